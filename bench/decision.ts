/**
 * `npm run -s bench:decision [-- --quick] [--only http | rules]`: decisions from end to end over HTTP (bench/decision/http.ts). Then 200
 * generated products of 5 conditions each, evaluated for generated enterprises by this platform's own rules (every rule's outcome with its
 * gap, for every product), by GoRules' ZEN (traced and not) and by json-rules-engine, in one run and one process. The sets of products that
 * pass are compared first, for every engine. Then the demonstration region's own products matched by one call: rules with reasons, limit,
 * price, annual cost, ranking. The last line is JSON.
 */
import { readFileSync, readdirSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ZenEngine } from "@gorules/zen-engine";
import { Engine } from "json-rules-engine";
import { parseProduct } from "@zhiwei/api/product.schema";
import type { IsoDate } from "@zhiwei/core/basics";
import {
  type Condition,
  type Rule,
  type Product,
  compileBook,
  compileCatalogue,
  compileRules,
  evaluateBook,
  evaluateRules,
  factById,
  factRow,
  findingsOf,
  isTimesFact,
  matchAll,
  matchBriefly,
  outcomeOf,
  toJdm,
  toJdmInput,
} from "@zhiwei/core/product";
import { benchHttp } from "./decision/http.ts";
import { random } from "./decision/random.ts";

const { values } = parseArgs({ options: { quick: { type: "boolean", default: false }, only: { type: "string" } } });
const QUICK = values.quick;
const http = values.only === "rules" ? {} : { http: await benchHttp(QUICK) };
if (values.only === "http") {
  console.log(JSON.stringify({ bench: "decision", figures: http, ratios: {} }));
  process.exit();
}

const PRODUCTS = 200;
const APPLICANTS = 1000;
/** Many short rounds in turn, so that whatever else the machine does falls on all alike. */
const ROUNDS = QUICK ? 15 : 60;
const ROUND_MS = QUICK ? 120 : 250;
const DAY = "2025-06-01" as IsoDate;

const next = random(20250601);
const whole = (from: number, to: number) => from + Math.floor(next() * (to - from + 1));
const pick = <T>(of: readonly T[]): T => of[Math.floor(next() * of.length)]!;

const SIZES = ["micro", "small", "medium", "large"];
const GRADES = ["A", "B", "M", "C", "D"];
const REGIONS = ["340104", "340203", "341003", "341221", "110105", "320102"];

/** Five conditions as products have them: turnover, history, region or size, tax grade, and one more figure. */
const conditions = (): Condition[] => [
  { fact: "feature.net_sales_12m", op: "ge", value: whole(10, 500) * 1_000_000 },
  { fact: "feature.history_months", op: "ge", value: whole(3, 30) },
  pick<Condition>([
    { fact: "enterprise.sizeClass", op: "in", value: pick([["micro"], ["micro", "small"], ["small", "medium"]]) },
    { fact: "request.purpose", op: "in", value: pick([["working"], ["working", "order"], ["order", "equipment", "research"]]) },
  ]),
  { fact: "request.taxGrade", op: "in", value: pick([["A"], ["A", "B"], ["A", "B", "M"]]) },
  pick<Condition>([
    { fact: "feature.buyer_top1_share_12m", op: "le", value: whole(30, 90) / 100 },
    { fact: "feature.void_sales_amount_share_12m", op: "lt", value: whole(5, 30) / 100 },
    { fact: "feature.sales_growth_12m", op: "gt", value: whole(-50, 0) / 100 },
    { fact: "request.overdues24m", op: "le", value: whole(0, 4) },
  ]),
];
const products = Array.from({ length: PRODUCTS }, (_, i) => ({
  id: `product-${i}`,
  version: 1,
  title: { zh: `产品${i}`, en: `Product ${i}` },
  eligibility: conditions().map((when, k): Rule => {
    const title = { zh: `条件${k}`, en: `Condition ${k}` };
    return { id: `rule-${k}`, title, when, unless: [], citation: "assumption", validFrom: null, validTo: null };
  }),
}));
const applicants = Array.from({ length: APPLICANTS }, () => ({
  "feature.net_sales_12m": whole(5, 600) * 1_000_000,
  "feature.history_months": whole(1, 40),
  "enterprise.sizeClass": pick(SIZES),
  "request.purpose": pick(["working", "order", "equipment", "research"]),
  "request.taxGrade": pick(GRADES),
  "feature.buyer_top1_share_12m": whole(10, 100) / 100,
  "feature.void_sales_amount_share_12m": whole(0, 35) / 100,
  "feature.sales_growth_12m": whole(-80, 80) / 100,
  "request.overdues24m": whole(0, 6),
}));

// ── Ours ──
const book = compileBook(products.map(({ eligibility }) => eligibility));
process.stderr.write(`${PRODUCTS * 5} conditions, ${book.distinct.length} of them different\n`);
const rows = applicants.map(factRow);
let sink = 0;
const ours = (i: number): string[] => {
  const found = evaluateBook(book, rows[i]!);
  const passed: string[] = [];
  for (let k = 0; k < PRODUCTS; k++) {
    // Every rule of every product is looked at, with how far off it is; nothing stops at the first that fails.
    let rank = 3;
    for (const place of book.places[k]!) {
      const finding = found[place]!;
      sink += finding.gap ?? 0;
      if (finding.rank < rank) rank = finding.rank;
    }
    if (rank === 3) passed.push(products[k]!.id);
  }
  return passed;
};
/** The same with every condition of every product evaluated by itself, though others have it too. */
const apart = products.map(({ eligibility }) => compileRules(eligibility, DAY));
const unshared = (i: number): number => {
  const row = rows[i]!;
  let passed = 0;
  for (const rules of apart) {
    const findings = evaluateRules(rules, row);
    for (const { gap } of findings) sink += gap ?? 0;
    if (outcomeOf(findings) === "pass") passed++;
  }
  return passed;
};
/** The same as one document: each rule with its fact, value, bound, gap and share. */
const explained = (i: number) => {
  const row = rows[i]!;
  const all = evaluateBook(book, row);
  return products.map(({ id, eligibility }, k) => {
    const findings = findingsOf(book, all, k);
    return {
      product: id,
      outcome: outcomeOf(findings),
      rules: findings.map(({ outcome, gap, share, test }, r) => ({
        rule: eligibility[r]!.id,
        outcome,
        fact: test?.fact.id ?? null,
        value: test ? row[test.place] : null,
        bound: test && !isTimesFact(test.comparison.value) ? test.comparison.value : null,
        gap,
        share,
      })),
    };
  });
};

// ── ZEN ──
const zen = new ZenEngine();
const decision = zen.createDecision(Buffer.from(JSON.stringify(toJdm(products))));
const inputs = applicants.map(toJdmInput);
const zenAnswer = async (i: number, trace: boolean): Promise<string[]> => {
  const { result } = (await decision.evaluate(inputs[i], { trace })) as { result: { product: string }[] };
  return result.map(({ product }) => product);
};

// ── json-rules-engine ──
const OPERATOR: Readonly<Record<string, string>> = {
  ge: "greaterThanInclusive",
  gt: "greaterThan",
  le: "lessThanInclusive",
  lt: "lessThan",
  in: "in",
};
const other = (when: Condition) => {
  if (!("fact" in when)) throw new RangeError("only what the products above hold");
  return { fact: when.fact, operator: OPERATOR[when.op]!, value: when.value };
};
const engine = new Engine(
  products.map(
    ({ id, eligibility }) => ({ conditions: { all: eligibility.map(({ when }) => other(when)) }, event: { type: id } }) as never,
  ),
  { allowUndefinedFacts: true },
);
const jsonRules = async (i: number): Promise<string[]> => (await engine.run(applicants[i])).events.map(({ type }) => type);

// ── The same answers first ──
const CHECKED = QUICK ? 100 : 300;
let passes = 0;
for (let i = 0; i < CHECKED; i++) {
  const mine = ours(i).toSorted().join();
  passes += mine === "" ? 0 : mine.split(",").length;
  for (const [name, answer] of [
    ["zen", await zenAnswer(i, false)],
    ["zen traced", await zenAnswer(i, true)],
    ["json-rules-engine", await jsonRules(i)],
  ] as const)
    if (answer.toSorted().join() !== mine) throw new Error(`${name} answers otherwise for enterprise ${i}`);
}
process.stderr.write(
  `answers equal for ${CHECKED} enterprises, ${(passes / CHECKED).toFixed(1)} of ${PRODUCTS} products pass on average\n`,
);

// ── Speed: rounds in turn, the median of each ──
/**
 * Enterprises in a second of processor time, of all threads together: what one core does, whatever else the machine is busy with. The
 * clock on the wall would measure the others.
 */
const timed = async (work: (i: number) => unknown): Promise<number> => {
  const start = performance.now();
  const before = process.cpuUsage();
  let done = 0;
  while (performance.now() - start < ROUND_MS) {
    const answer = work(done % APPLICANTS);
    if (answer instanceof Promise) await answer;
    done++;
  }
  const { user, system } = process.cpuUsage(before);
  return (done * 1e6) / (user + system);
};

const demo = join(import.meta.dirname, "../demo/products");
const documents = readdirSync(demo)
  .filter((name) => name.endsWith(".json"))
  .map((name): Product => {
    const parsed = parseProduct(JSON.parse(readFileSync(join(demo, name), "utf8")));
    if (!parsed.ok) throw new Error(`${name}: ${parsed.error[0]?.at} ${parsed.error[0]?.text.en}`);
    return parsed.value;
  });
const offered = compileCatalogue(documents, DAY);
const used = new Set(
  documents.flatMap((product) => JSON.stringify(product).match(/"fact":"([^"]+)"/g) ?? []).map((text) => text.slice(8, -1)),
);
/** Enterprises of which every fact that the products read is known, so that nothing is left out of the work. */
const full = Array.from({ length: 200 }, () =>
  factRow(
    Object.fromEntries(
      [...used, "enterprise.region", "enterprise.industry"].map((id) => {
        const fact = factById(id)!;
        if (fact.type.kind === "number")
          return [
            id,
            fact.type.unit === "fen" ? whole(10, 900) * 1_000_000 : fact.type.unit === "ratio" ? whole(0, 100) / 100 : whole(0, 60),
          ];
        if (fact.type.kind === "boolean") return [id, next() < 0.2];
        if (fact.type.kind === "word") return [id, pick(Object.keys(fact.type.words))];
        if (fact.type.kind === "words") return [id, Object.keys(fact.type.words).filter(() => next() < 0.3)];
        if (fact.type.kind === "code") return [id, fact.type.of === "region" ? pick(REGIONS) : pick(["C", "F51", "A", "I65"])];
        return [id, pick(["A", "B", "C"])];
      }),
    ),
  ),
);

const contestants: Readonly<Record<string, (i: number) => unknown>> = {
  ours,
  oursUnshared: unshared,
  oursExplained: explained,
  zenTraced: (i) => zenAnswer(i, true),
  zen: (i) => zenAnswer(i, false),
  jsonRulesEngine: jsonRules,
  match: (i) => matchAll(offered, full[i % full.length]!),
  matchBriefly: (i) => matchBriefly(offered, full[i % full.length]!),
};
const rates = new Map<string, number[]>(Object.keys(contestants).map((name) => [name, []]));
for (const work of Object.values(contestants)) for (let i = 0; i < 50; i++) await work(i);
for (let round = 0; round < ROUNDS; round++)
  for (const [name, work] of Object.entries(contestants)) rates.get(name)!.push(await timed(work));
const median = (name: string): number => {
  const all = rates.get(name)!.toSorted((a, b) => a - b);
  return all[Math.floor(all.length / 2)]!;
};
zen.dispose();

for (const name of Object.keys(contestants))
  process.stderr.write(
    `${name.padEnd(18)}${Math.round(median(name)).toLocaleString("en-US").padStart(9)} enterprises a second of one core\n`,
  );
process.stderr.write(`machine: ${cpus().length} × ${cpus()[0]!.model}, Node ${process.version}\n`);
const ratio = (a: string, b: string) => Number((median(a) / median(b)).toFixed(1));
console.log(
  JSON.stringify({
    bench: "decision",
    figures: {
      products: PRODUCTS,
      conditions: 5,
      checked: CHECKED,
      everyReasonPerSecond: Math.round(median("ours")),
      differentConditions: book.distinct.length,
      unsharedPerSecond: Math.round(median("oursUnshared")),
      explainedPerSecond: Math.round(median("oursExplained")),
      zenTracedPerSecond: Math.round(median("zenTraced")),
      zenPerSecond: Math.round(median("zen")),
      jsonRulesEnginePerSecond: Math.round(median("jsonRulesEngine")),
      matchedProducts: offered.products.length,
      matchedPerSecond: Math.round(median("match")),
      matchedBrieflyPerSecond: Math.round(median("matchBriefly")),
      ...http,
    },
    // What was added up is looked at, so that no work can be left out as useless.
    ratios: {
      ...(Number.isFinite(sink) ? {} : { broken: 1 }),
      toZenTraced: ratio("ours", "zenTraced"),
      toZen: ratio("ours", "zen"),
      toJsonRulesEngine: ratio("ours", "jsonRulesEngine"),
      unsharedToZenTraced: ratio("oursUnshared", "zenTraced"),
      explainedToZenTraced: ratio("oursExplained", "zenTraced"),
    },
  }),
);

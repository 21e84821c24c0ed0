import { type Fen, type IsoDate, type Text, asPeopleCount } from "../basics/index.ts";
import type { Citation, Comparison, Product, ProductKind, RepaymentMethod, Rule } from "./document.ts";
import {
  type CompiledRule,
  type Finding,
  type Outcome,
  type RuleBook,
  type Unknown,
  compileBook,
  decisiveGap,
  evaluateBook,
  evaluateRules,
  findingText,
  inForce,
  isTimesFact,
  once,
  rankOf,
  settledBy,
  worse,
} from "./eligibility.ts";
import {
  type Fact,
  type FactRow,
  type FactUnit,
  type FactValue,
  factById,
  factPlace,
  factValueText,
  amountText,
  isOfApplication,
} from "./facts.ts";
import type { Lpr } from "./lpr.ts";
import {
  type CompiledPrice,
  type Cost,
  type LimitFound,
  type LimitLine,
  type PriceFound,
  compilePrice,
  costOf,
  limitOf,
  priceOf,
} from "./offer.ts";

/** A product made ready for a day: rules in force, those that its region, sectors, term and amount are, and its price. */
export type CompiledProduct = {
  readonly product: Product;
  readonly day: IsoDate;
  readonly rules: readonly CompiledRule[];
  /** Only looked at where the request states them: a request without an amount is for as much as there is. */
  readonly asked: readonly CompiledRule[];
  /** Place of each rule, and of each asked, in the catalogue's book. */
  readonly places: { readonly rules: Uint32Array; readonly asked: Uint32Array };
  readonly price: CompiledPrice;
  /** The smallest amount in words. */
  readonly least: Text;
};

const own = (id: string, zh: string, en: string, when: Comparison): Rule => ({
  id,
  title: { zh, en },
  when,
  unless: [],
  citation: "assumption",
  validFrom: null,
  validTo: null,
});

export const isOffered = ({ offered }: Product, day: IsoDate): boolean => offered.from <= day && (offered.to === null || day <= offered.to);

/** Products compiled together, so that a condition that several have is looked at once. */
export type Catalogue = { readonly day: IsoDate; readonly products: readonly CompiledProduct[]; readonly book: RuleBook };

/** Compiles the products that are offered on a day, once. */
export const compileCatalogue = (products: readonly Product[], day: IsoDate): Catalogue => {
  const offered = products.filter((product) => isOffered(product, day));
  const book = compileBook(offered.flatMap((product) => [rulesOf(product, day), askedOf(product)]));
  return {
    day,
    book,
    products: offered.map((product, i) => ({
      product,
      day,
      rules: book.lists[2 * i]!,
      asked: book.lists[2 * i + 1]!,
      places: { rules: book.places[2 * i]!, asked: book.places[2 * i + 1]! },
      price: compilePrice(product.price),
      least: amountText("fen", product.limit.minFen),
    })),
  };
};

/** One product for a day; null where it is not offered then. */
export const compileProduct = (product: Product, day: IsoDate): CompiledProduct | null =>
  compileCatalogue([product], day).products[0] ?? null;

/** Where and to whom it is offered, then its own rules in force. */
const rulesOf = ({ offered, eligibility }: Product, day: IsoDate): Rule[] => {
  const where = [
    ...(offered.regions.length > 0
      ? [
          own("offered-region", "在受理地区", "In a region where it is offered", {
            fact: "enterprise.region",
            op: "within",
            value: offered.regions,
          }),
        ]
      : []),
    ...(offered.sectors.length > 0
      ? [
          own("offered-sector", "在受理行业", "In a sector that it is for", {
            fact: "enterprise.industry",
            op: "within",
            value: offered.sectors,
          }),
        ]
      : []),
    ...(offered.notSectors.length > 0
      ? [
          own("excluded-sector", "不在禁入行业", "Not in a sector that is excluded", {
            fact: "enterprise.industry",
            op: "not-within",
            value: offered.notSectors,
          }),
        ]
      : []),
  ];
  return [...where, ...eligibility.filter((rule) => inForce(rule, day))];
};

const askedOf = ({ term, limit }: Product): Rule[] => [
  own("asked-term", "申请期限在产品期限内", "The term asked for is one of the product's", {
    fact: "request.termMonths",
    op: "between",
    value: [term.minMonths, term.maxMonths],
  }),
  own("asked-amount", "申请金额不低于起点", "The amount asked for reaches the smallest", {
    fact: "request.amountFen",
    op: "ge",
    value: limit.minFen,
  }),
];

type Gap = {
  readonly fact: string;
  /** In the unit of its fact, or steps of a grade. */
  readonly amount: number;
  readonly unit: FactUnit | "steps";
  readonly share: number | null;
};

/** What one rule says, as a document: the fact looked at, what it is, how far off, and what would settle it. */
export type RuleResult = {
  readonly rule: string;
  readonly title: Text;
  readonly outcome: Outcome;
  /** The reason in words. */
  readonly reason: Text;
  readonly asked: Text;
  readonly facts: readonly { readonly fact: string; readonly name: Text; readonly value: FactValue | null; readonly text: Text }[];
  /** Null where nothing can be measured. */
  readonly gap: Gap | null;
  readonly settledBy: readonly Unknown[];
  readonly citation: Citation;
};

const NO_FINDINGS: readonly Finding[] = [];
const NO_UNKNOWNS: readonly Unknown[] = [];

/** The looks that a finding is made of. */
const looks = (finding: Finding): readonly Finding[] => (finding.of === "test" ? [finding] : finding.parts.flatMap(looks));

/** What is said of a finding, whichever product's rule it is of. */
type Said = {
  readonly outcome: Outcome;
  readonly reason: Text;
  readonly looks: readonly Finding[];
  readonly gap: Gap | null;
  readonly settledBy: readonly Unknown[];
  /** The same as documents have it, once one was asked for. */
  full?: ReturnType<typeof inFull>;
  brief?: BriefFinding;
};

const say = (finding: Finding, row: FactRow): Said => {
  const gap = decisiveGap(finding);
  return {
    outcome: finding.outcome,
    reason: findingText(finding, row),
    looks: looks(finding),
    gap: gap && {
      fact: gap.test!.fact.id,
      amount: gap.gap!,
      unit: gap.test!.fact.type.kind === "number" ? gap.test!.fact.type.unit : "steps",
      share: gap.share,
    },
    settledBy: finding.outcome === "unknown" ? settledBy(finding, row) : NO_UNKNOWNS,
  };
};

/** What was said before: of a look at a word or code, and of what is not known, there is only so much to say. */
const saidBefore = new WeakMap<Finding, Map<FactValue | null, Said>>();
const MOST_SAID = 500;

const saidOf = (finding: Finding, row: FactRow): Said => {
  const { test } = finding;
  if (!test || isTimesFact(test.comparison.value)) return say(finding, row);
  const value = row[test.place] ?? null;
  if (typeof value === "number" || Array.isArray(value)) return say(finding, row);
  let known = saidBefore.get(finding);
  if (!known) saidBefore.set(finding, (known = new Map()));
  let said = known.get(value);
  if (!said) {
    said = say(finding, row);
    if (known.size < MOST_SAID) known.set(value, said);
  }
  return said;
};

const lookedAt = (said: Pick<Said, "looks">): readonly Fact[] =>
  said.looks.length === 1 ? [said.looks[0]!.test!.fact] : [...new Set(said.looks.map(({ test }) => test!.fact))];

/** How many of a population have a known outcome of a rule, and how many of those keep it. */
export type PassRates = ReadonlyMap<string, { readonly known: number; readonly passed: number }>;

/**
 * Chance of approval 获批可能: the chance that every rule is kept once everything is known. A rule that is kept counts as one, one that is
 * not as zero, one that is unknown as the share of the region's enterprises that keep it, (passed + 1) ÷ (known + 2) after Laplace. The
 * estimate takes unknown rules as independent; `low` and `high` are the bounds of Fréchet, which hold whatever their dependence.
 */
export type Chance = { readonly estimate: number; readonly low: number; readonly high: number; readonly unknownRules: number };

const round = (value: number, digits: number): number => Math.round(value * 10 ** digits) / 10 ** digits;

const CERTAIN: Chance = { estimate: 1, low: 1, high: 1, unknownRules: 0 };
const NEVER: Chance = { estimate: 0, low: 0, high: 0, unknownRules: 0 };

const chanceOf = (product: string, outcome: Outcome, unknown: readonly string[], rates: PassRates | null): Chance => {
  if (outcome === "pass") return CERTAIN;
  if (outcome !== "unknown") return NEVER;
  let estimate = 1;
  let high = 1;
  let shortfall = 0;
  for (const rule of unknown) {
    const seen = rates?.get(`${product} ${rule}`) ?? { known: 0, passed: 0 };
    const share = (seen.passed + 1) / (seen.known + 2);
    estimate *= share;
    high = Math.min(high, share);
    shortfall += 1 - share;
  }
  return { estimate: round(estimate, 4), low: round(Math.max(0, 1 - shortfall), 4), high: round(high, 4), unknownRules: unknown.length };
};

export type Match = {
  /** Id of the product. */
  readonly product: string;
  readonly version: number;
  readonly kind: ProductKind;
  readonly title: Text;
  readonly provider: Product["provider"];
  readonly outcome: Outcome;
  readonly rules: readonly RuleResult[];
  /** What can be had, in fen; null where it is not certain yet (`limitFrom` has its bounds). */
  readonly limit: Fen | null;
  readonly limitFrom: LimitFound;
  /** What the quote is of: the amount asked for or the limit, whichever is less; null where nothing can be had. */
  readonly amountFen: Fen | null;
  readonly termMonths: number;
  readonly method: RepaymentMethod;
  /** Nominal rate a year, as a decimal. */
  readonly nominalRate: number | null;
  readonly price: PriceFound;
  /** All-in annual cost, as a decimal; null where it is not known. */
  readonly annualCost: number | null;
  readonly cost: Cost | null;
  readonly chance: Chance;
  readonly daysToFunds: number;
  /** The reasons that decide an outcome other than pass, nearest first. */
  readonly inTheWay: readonly Text[];
  /** Costs less than the best that passes, or nothing passes: worth knowing what stands in the way. */
  readonly better: boolean;
};

const LIMIT = "limit";
const LIMIT_RULE: Text = { zh: "额度达到起点", en: "The limit reaches the smallest amount" };
const NEAR_LIMIT = 0.1;

const limitOutcome = ({ limit }: Product, { lowFen, highFen, shortFen }: LimitFound): Outcome =>
  lowFen > 0 ? "pass" : highFen > 0 ? "unknown" : shortFen !== null && shortFen <= limit.minFen * NEAR_LIMIT ? "near" : "fail";

/** The limit as a rule of its own, so that a refusal for too small a limit has its reason like any other. */
const limitSaid = ({ product, least }: CompiledProduct, outcome: Outcome, found: LimitFound): Said => {
  const { minFen } = product.limit;
  const high = amountText("fen", Math.max(0, minFen - (found.shortFen ?? 0)));
  const decided = found.lines.filter(({ id }) => found.decidedBy.includes(id)).map(({ title }) => title);
  const records = once(found.missing.map(({ recordName }) => recordName));
  const from: Text = { zh: decided.map(({ zh }) => zh).join("、"), en: decided.map(({ en }) => en).join(", ") };
  const range = [amountText("fen", found.lowFen), amountText("fen", found.highFen)] as const;
  const short: Text = {
    zh: `测算额度 ${high.zh}，起点 ${least.zh}，取决于${from.zh}`,
    en: `The limit comes to ${high.en}, the smallest amount is ${least.en}; decided by ${from.en}`,
  };
  const reason: Text =
    outcome === "pass"
      ? found.lowFen === found.highFen
        ? { zh: `可用额度 ${range[1].zh}，取决于${from.zh}`, en: `Limit ${range[1].en}, decided by ${from.en}` }
        : { zh: `可用额度至少 ${range[0].zh}，至多 ${range[1].zh}`, en: `Limit at least ${range[0].en}, at most ${range[1].en}` }
      : outcome === "unknown"
        ? {
            zh: `额度尚不能确定（至多 ${range[1].zh}）；提供${records.map(({ zh }) => zh).join("、")}可以确定`,
            en: `The limit is not certain yet (at most ${range[1].en}); settled by ${records.map(({ en }) => en).join(", ")}`,
          }
        : short;
  return {
    outcome,
    reason,
    looks: NO_FINDINGS,
    gap: found.shortFen === null ? null : { fact: "limit", amount: found.shortFen, unit: "fen", share: found.shortFen / minFen },
    settledBy: outcome === "unknown" ? found.missing : NO_UNKNOWNS,
  };
};

const AMOUNT = factPlace("request.amountFen");
const TERM = factPlace("request.termMonths");

/** Which of the two rules on what is asked for a row makes apply: those of what it asks for. */
const isAsked = (row: FactRow): readonly [term: boolean, amount: boolean] => [row[TERM] !== null, row[AMOUNT] !== null];

/** What is quoted: the amount asked for or the limit, whichever is less, for the term asked for within the product's, and its cost. */
const offerOf = ({ product, price: compiled, day }: CompiledProduct, row: FactRow, limit: LimitFound, wish?: RepaymentMethod) => {
  const wanted = row[AMOUNT];
  const months = row[TERM];
  const price = priceOf(compiled, row, day);
  const most = limit.lowFen > 0 ? limit.lowFen : limit.highFen;
  const amount = typeof wanted === "number" && wanted > 0 ? Math.min(wanted, most) : most;
  const amountFen = amount > 0 ? amount : null;
  const termMonths =
    typeof months === "number"
      ? Math.max(product.term.minMonths, Math.min(product.term.maxMonths, Math.round(months)))
      : product.term.usualMonths;
  const method = wish !== undefined && product.repayment.methods.includes(wish) ? wish : product.repayment.methods[0]!;
  const cost =
    amountFen === null || price.rateBp === null
      ? null
      : costOf(product, { amountFen, rateBp: price.rateBp, months: termMonths, method, from: day }, row);
  const annualCost = cost?.annualCost == null ? null : round(cost.annualCost, 6);
  return { price, amountFen, termMonths, method, cost, annualCost };
};

/** One product for one enterprise, before it is put into a document. Findings are places in the list of all that was said of the row. */
type Judged = ReturnType<typeof offerOf> & {
  readonly compiled: CompiledProduct;
  /** The rules that apply; the limit, which comes last among the findings, is none of them. */
  readonly rules: readonly CompiledRule[];
  readonly findings: readonly number[];
  readonly outcome: Outcome;
  readonly limitFrom: LimitFound;
  readonly chance: Chance;
  /** The findings that decide an outcome other than pass, nearest first. */
  readonly inTheWay: readonly number[];
  better: boolean;
};

/** All that was said of a row, each finding once, and each product judged by it, in order. */
type Judgement = { readonly said: readonly Said[]; readonly judged: readonly Judged[] };

const judgeProduct = (
  compiled: CompiledProduct,
  row: FactRow,
  [term, amount]: ReturnType<typeof isAsked>,
  /** What is said of the condition at a place of the book: its place in the list. */
  placed: (place: number) => number,
  said: Said[],
  rates: PassRates | null,
  wish: RepaymentMethod | undefined,
): Judged => {
  const { product, places, asked } = compiled;
  const limitFrom = limitOf(product, row);
  const findings: number[] = [];
  for (const place of places.rules) findings.push(placed(place));
  if (term) findings.push(placed(places.asked[0]!));
  if (amount) findings.push(placed(places.asked[1]!));
  findings.push(said.push(limitSaid(compiled, limitOutcome(product, limitFrom), limitFrom)) - 1);
  const rules = term && amount ? [...compiled.rules, ...asked] : [...compiled.rules, ...asked.filter((_, i) => (i === 0 ? term : amount))];
  let outcome: Outcome = "pass";
  const inTheWay: number[] = [];
  const unknown: string[] = [];
  for (let i = 0; i < findings.length; i++) {
    const own = said[findings[i]!]!.outcome;
    if (own === "pass") continue;
    outcome = worse(outcome, own);
    inTheWay.push(findings[i]!);
    if (own === "unknown") unknown.push(rules[i]?.rule.id ?? LIMIT);
  }
  if (inTheWay.length > 1)
    inTheWay.sort((a, b) => {
      const [one, other] = [said[a]!, said[b]!];
      return rankOf(one.outcome) - rankOf(other.outcome) || (one.gap?.share ?? Infinity) - (other.gap?.share ?? Infinity) || 0;
    });
  return {
    ...offerOf(compiled, row, limitFrom, wish),
    compiled,
    rules,
    findings,
    outcome,
    limitFrom,
    chance: chanceOf(product.id, outcome, unknown, rates),
    inTheWay,
    better: false,
  };
};

export const rankings = ["cost", "chance", "amount", "time"] as const;
export type Ranking = (typeof rankings)[number];

type Ranked = Pick<Judged, "outcome" | "annualCost" | "chance" | "amountFen" | "compiled">;
const BY: Readonly<Record<Ranking, (a: Ranked, b: Ranked) => number>> = {
  cost: (a, b) => (a.annualCost ?? Infinity) - (b.annualCost ?? Infinity) || 0,
  chance: (a, b) => b.chance.estimate - a.chance.estimate,
  amount: (a, b) => (b.amountFen ?? 0) - (a.amountFen ?? 0),
  time: (a, b) => a.compiled.product.daysToFunds - b.compiled.product.daysToFunds,
};

export type MatchOptions = { readonly ranking?: Ranking; readonly rates?: PassRates; readonly method?: RepaymentMethod };

const judgeAll = ({ products, book }: Catalogue, row: FactRow, options: MatchOptions): Judgement => {
  const found = evaluateBook(book, row);
  const said: Said[] = [];
  const at = new Int32Array(found.length).fill(-1);
  const placed = (place: number): number => {
    if (at[place] === -1) at[place] = said.push(saidOf(found[place]!, row)) - 1;
    return at[place]!;
  };
  const asked = isAsked(row);
  const judged = products.map((each) => judgeProduct(each, row, asked, placed, said, options.rates ?? null, options.method));
  const order = [options.ranking ?? "cost", ...rankings];
  const compare = (a: Ranked, b: Ranked): number => {
    const byOutcome = rankOf(b.outcome) - rankOf(a.outcome);
    if (byOutcome !== 0) return byOutcome;
    for (const by of order) {
      const difference = BY[by](a, b);
      if (difference !== 0 && !Number.isNaN(difference)) return difference;
    }
    return a.compiled.product.id < b.compiled.product.id ? -1 : 1;
  };
  let best = Infinity;
  for (const { outcome, annualCost } of judged) if (outcome === "pass" && annualCost !== null) best = Math.min(best, annualCost);
  for (const each of judged) each.better = each.outcome !== "pass" && each.annualCost !== null && each.annualCost < best;
  return { said, judged: judged.sort(compare) };
};

/** What is said of one finding in full. */
const inFull = ({ outcome, reason, gap, settledBy: by, ...said }: Omit<Said, "full" | "brief">, row: FactRow) => ({
  outcome,
  reason,
  facts: lookedAt(said).map((fact) => {
    const value = row[factPlace(fact.id)] ?? null;
    return { fact: fact.id, name: fact.name, value, text: factValueText(fact, value) };
  }),
  gap,
  settledBy: by,
});

const fullMatch = (each: Judged, said: readonly Said[], row: FactRow): Match => {
  const { compiled, findings, outcome, limitFrom, price, amountFen, termMonths, method, annualCost, cost, chance, better } = each;
  const { least } = compiled;
  const { id, version, kind, title, provider, daysToFunds, limit } = compiled.product;
  return {
    product: id,
    version,
    kind,
    title,
    provider,
    outcome,
    rules: findings.map((place, i): RuleResult => {
      const of = each.rules[i];
      const found = said[place]!;
      const { outcome: own, reason, facts, gap, settledBy: by } = (found.full ??= inFull(found, row));
      return {
        rule: of ? of.rule.id : LIMIT,
        title: of ? of.rule.title : LIMIT_RULE,
        outcome: own,
        reason,
        asked: of ? of.asked : { zh: `额度不低于 ${least.zh}`, en: `a limit of at least ${least.en}` },
        facts,
        gap,
        settledBy: by,
        citation: of ? of.rule.citation : limit.citation,
      };
    }),
    limit: limitFrom.lowFen === limitFrom.highFen ? limitFrom.lowFen : null,
    limitFrom,
    amountFen,
    termMonths,
    method,
    nominalRate: price.rateBp === null ? null : price.rateBp / 10_000,
    price,
    annualCost,
    cost,
    chance,
    daysToFunds,
    inTheWay: each.inTheWay.map((place) => said[place]!.reason),
    better,
  };
};

/**
 * All products for one enterprise: those that pass first, then unknown, near and refused, within each by the ranking asked for and then by
 * the others in the order cost, chance, amount, time.
 */
export const matchAll = (catalogue: Catalogue, row: FactRow, options: MatchOptions = {}): Match[] => {
  const { said, judged } = judgeAll(catalogue, row, options);
  return judged.map((each) => fullMatch(each, said, row));
};

/**
 * A match without what the product and the catalogue of facts say of themselves. Rules are those of the product by id; facts that are
 * missing are named by id.
 */
export type BriefMatch = Pick<
  Match,
  | "product"
  | "version"
  | "outcome"
  | "amountFen"
  | "termMonths"
  | "method"
  | "nominalRate"
  | "annualCost"
  | "chance"
  | "daysToFunds"
  | "better"
> & {
  readonly rules: readonly { readonly rule: string; /** Place among the findings. */ readonly finding: number }[];
  /** Places among the findings, nearest first. */
  readonly inTheWay: readonly number[];
  readonly limit: Pick<LimitFound, "lowFen" | "highFen" | "shortFen" | "decidedBy"> & {
    readonly lines: readonly Pick<LimitLine, "id" | "value" | "amountFen">[];
    readonly missing: readonly string[];
  };
  readonly price: Pick<PriceFound, "rateBp" | "lowBp" | "highBp" | "spreadBp"> & { readonly missing: readonly string[] };
  readonly cost: (Omit<Cost, "missing"> & { readonly missing: readonly string[] }) | null;
};

/** A finding with its reason in words; several rules of several products may rest on one. */
export type BriefFinding = Pick<RuleResult, "outcome" | "reason" | "gap"> & {
  readonly facts: readonly { readonly fact: string; readonly value: FactValue | null }[];
  readonly settledBy: readonly string[];
};

export type BriefMatching = {
  readonly findings: readonly BriefFinding[];
  readonly matches: readonly BriefMatch[];
  /** The base rates that prices rest on, and what is said where they may be out of date. */
  readonly base: { readonly lpr: readonly Lpr[]; readonly warning: Text | null };
  readonly missing: readonly { readonly fact: string; readonly products: readonly string[] }[];
};

const inBrief = ({ outcome, reason, gap, settledBy: by, ...said }: Omit<Said, "full" | "brief">, row: FactRow): BriefFinding => ({
  outcome,
  reason,
  facts: lookedAt(said).map(({ id }) => ({ fact: id, value: row[factPlace(id)] ?? null })),
  gap,
  settledBy: idsOf(by),
});

const idsOf = (unknown: readonly Unknown[]): readonly string[] => (unknown.length === 0 ? NO_IDS : unknown.map(({ fact }) => fact));
const NO_IDS: readonly string[] = [];

const briefMatch = (each: Judged): BriefMatch => {
  const { compiled, rules, findings, outcome, limitFrom, price, amountFen, termMonths, method, annualCost, cost, chance, better } = each;
  const { product } = compiled;
  return {
    product: product.id,
    version: product.version,
    outcome,
    rules: findings.map((finding, i) => ({ rule: rules[i]?.rule.id ?? LIMIT, finding })),
    inTheWay: each.inTheWay,
    limit: {
      lowFen: limitFrom.lowFen,
      highFen: limitFrom.highFen,
      shortFen: limitFrom.shortFen,
      decidedBy: limitFrom.decidedBy,
      lines: limitFrom.lines.map(({ id, value, amountFen: amount }) => ({ id, value, amountFen: amount })),
      missing: idsOf(limitFrom.missing),
    },
    amountFen,
    termMonths,
    method,
    nominalRate: price.rateBp === null ? null : price.rateBp / 10_000,
    price: { rateBp: price.rateBp, lowBp: price.lowBp, highBp: price.highBp, spreadBp: price.spreadBp, missing: idsOf(price.missing) },
    annualCost,
    cost: cost && { ...cost, missing: idsOf(cost.missing) },
    chance,
    daysToFunds: product.daysToFunds,
    better,
  };
};

/** `matchAll` in short: each finding once, the words of products and facts left to their catalogues. */
export const matchBriefly = (catalogue: Catalogue, row: FactRow, options: MatchOptions = {}): BriefMatching => {
  const { said, judged } = judgeAll(catalogue, row, options);
  const lpr = new Map<string, Lpr>();
  let warning: Text | null = null;
  for (const { price } of judged) {
    if (price.base) lpr.set(price.base.tenor, price.base);
    warning ??= price.warning;
  }
  return {
    findings: said.map((each) => (each.brief ??= inBrief(each, row))),
    matches: judged.map(briefMatch),
    base: { lpr: [...lpr.values()], warning },
    missing: waitingFor(
      judged
        .filter(({ outcome }) => outcome === "unknown")
        .map(({ compiled, inTheWay }) => ({
          product: compiled.product.id,
          unknown: inTheWay.flatMap((place) => said[place]!.settledBy),
        })),
    ).map(({ unknown, products }) => ({ fact: unknown.fact, products })),
  };
};

type Waiting = { readonly unknown: Unknown; readonly products: readonly string[] };

const waitingFor = (matches: readonly { readonly product: string; readonly unknown: readonly Unknown[] }[]): Waiting[] => {
  const waiting = new Map<string, { unknown: Unknown; products: string[] }>();
  for (const { product, unknown } of matches) {
    for (const each of unknown) {
      const entry = waiting.get(each.fact);
      if (!entry) waiting.set(each.fact, { unknown: each, products: [product] });
      else if (entry.products.at(-1) !== product) entry.products.push(product);
    }
  }
  return [...waiting.values()].toSorted((a, b) => b.products.length - a.products.length || (a.unknown.fact < b.unknown.fact ? -1 : 1));
};

/** What would settle most: each missing fact with the products that wait for it, the most first. */
export const missingOf = (matches: readonly Match[]): Waiting[] =>
  waitingFor(
    matches
      .filter(({ outcome }) => outcome === "unknown")
      .map(({ product, rules }) => ({ product, unknown: rules.flatMap(({ settledBy: by }) => by) })),
  );

/** Outcome and limit alone, for a whole region at once: no words, no cost. */
export const outcomeFor = (compiled: CompiledProduct, row: FactRow): { readonly outcome: Outcome; readonly limit: LimitFound } => {
  const limit = limitOf(compiled.product, row);
  let outcome = limitOutcome(compiled.product, limit);
  for (const { evaluate } of compiled.rules) outcome = worse(outcome, evaluate(row).outcome);
  return { outcome, limit };
};

/** What an outcome waits for: nothing, what only an application states (also the rights it names), or a record of the enterprise too. */
export type WaitsFor = "nothing" | "application" | "records";

export type Fit = {
  readonly enterprise: string;
  readonly outcome: "pass" | "unknown";
  readonly waitsFor: WaitsFor;
  readonly lowFen: Fen;
  readonly highFen: Fen;
};

const ofApplication = ({ fact }: Unknown): boolean => isOfApplication(factById(fact)!);

const waitsFor = ({ rules }: CompiledProduct, row: FactRow, { missing }: LimitFound): WaitsFor => {
  let open = missing.length > 0;
  if (!missing.every(ofApplication)) return "records";
  for (const { evaluate } of rules) {
    const finding = evaluate(row);
    if (finding.outcome !== "unknown") continue;
    open = true;
    if (!settledBy(finding, row).every(ofApplication)) return "records";
  }
  return open ? "application" : "nothing";
};

const WAITING = ["nothing", "application", "records"] as const satisfies readonly WaitsFor[];

/**
 * For a product, the enterprises that fit, or may, and never asked: first those that fit, then those that only an application keeps from
 * it, then those of which a record is missing; within each the largest limit first.
 */
export const fitsOf = (
  compiled: CompiledProduct,
  rows: readonly { readonly enterprise: string; readonly row: FactRow }[],
  asked: ReadonlySet<string>,
): Fit[] =>
  rows
    .filter(({ enterprise }) => !asked.has(enterprise))
    .flatMap(({ enterprise, row }): Fit[] => {
      const { outcome, limit } = outcomeFor(compiled, row);
      if (outcome !== "pass" && outcome !== "unknown") return [];
      const waits = outcome === "pass" ? "nothing" : waitsFor(compiled, row, limit);
      return [{ enterprise, outcome, waitsFor: waits, lowFen: limit.lowFen, highFen: limit.highFen }];
    })
    .toSorted(
      (a, b) =>
        WAITING.indexOf(a.waitsFor) - WAITING.indexOf(b.waitsFor) || b.highFen - a.highFen || asPeopleCount(a.enterprise, b.enterprise),
    );

/** By provider: whether a product of it passes, or none does and one may; and whether one is the cheapest of all that pass. */
export type Served = {
  readonly fits: ReadonlySet<string>;
  readonly mayFit: ReadonlySet<string>;
  /** Several where they cost the same; none where nothing passes or no cost is known. */
  readonly best: ReadonlySet<string>;
};

/** Who can serve an enterprise, and who best: as a full match says, without words and with the costs of what passes alone. */
export const servedBy = ({ products, book }: Catalogue, row: FactRow): Served => {
  const findings = evaluateBook(book, row);
  const [term, amount] = isAsked(row);
  const fits = new Set<string>();
  const open = new Set<string>();
  let least = Infinity;
  let best = new Set<string>();
  for (const compiled of products) {
    const { product, places } = compiled;
    const { id } = product.provider;
    const limit = limitOf(product, row);
    let outcome = limitOutcome(product, limit);
    for (const place of places.rules) outcome = worse(outcome, findings[place]!.outcome);
    if (term) outcome = worse(outcome, findings[places.asked[0]!]!.outcome);
    if (amount) outcome = worse(outcome, findings[places.asked[1]!]!.outcome);
    if (outcome === "unknown") open.add(id);
    if (outcome !== "pass") continue;
    fits.add(id);
    const { annualCost } = offerOf(compiled, row, limit);
    if (annualCost === null || annualCost > least) continue;
    if (annualCost < least) best = new Set();
    least = annualCost;
    best.add(id);
  }
  return { fits, mayFit: open.difference(fits), best };
};

/** What part of a population a provider serves: how many it could, how many it serves at the least cost of all, how many came to it. */
export type Share = {
  readonly enterprises: number;
  readonly fits: number;
  readonly mayFit: number;
  readonly best: number;
  readonly applied: number;
};

export const shareOf = (
  provider: string,
  population: readonly { readonly enterprise: string; readonly served: Served }[],
  applied: ReadonlySet<string>,
): Share => {
  const count = (holds: (each: { readonly enterprise: string; readonly served: Served }) => boolean) => population.filter(holds).length;
  return {
    enterprises: population.length,
    fits: count(({ served }) => served.fits.has(provider)),
    mayFit: count(({ served }) => served.mayFit.has(provider)),
    best: count(({ served }) => served.best.has(provider)),
    applied: count(({ enterprise }) => applied.has(enterprise)),
  };
};

/** How often a region's enterprises keep each rule, where it can be told: `product rule` to counts. */
export const passRatesOf = (products: readonly CompiledProduct[], rows: readonly FactRow[]): PassRates => {
  const rates = new Map<string, { known: number; passed: number }>();
  for (const compiled of products) {
    const ids = [...compiled.rules.map(({ rule }) => rule.id), "limit"];
    const counts = ids.map(() => ({ known: 0, passed: 0 }));
    for (const row of rows) {
      const found = [
        ...evaluateRules(compiled.rules, row).map(({ outcome }) => outcome),
        limitOutcome(compiled.product, limitOf(compiled.product, row)),
      ];
      for (const [i, outcome] of found.entries()) {
        if (outcome === "unknown") continue;
        counts[i]!.known++;
        if (outcome === "pass") counts[i]!.passed++;
      }
    }
    for (const [i, id] of ids.entries()) rates.set(`${compiled.product.id} ${id}`, counts[i]!);
  }
  return rates;
};

import { expect, test } from "vitest";
import { type Family, type Unit, catalogue, catalogueVersion, compile, featureById, holdsWhenSplit, rowsCondition } from "./index.ts";
import { OLDEST_MONTH } from "./scan.ts";
import { type IsoDate, type Text, addDays, monthsBefore } from "../basics/index.ts";

test("at least a hundred features, each with a name of its own, of every family and window", () => {
  expect(catalogue.length).toBeGreaterThanOrEqual(100);
  expect(new Set(catalogue.map((feature) => feature.id)).size).toBe(catalogue.length);
  expect(new Set(catalogue.map((feature) => feature.name.zh)).size).toBe(catalogue.length);
  expect(new Set(catalogue.map((feature) => feature.name.en)).size).toBe(catalogue.length);
  expect(new Set(catalogue.map((feature) => feature.family))).toEqual(new Set(Object.keys(FAMILIES)));
  expect(new Set(catalogue.map((feature) => feature.windowMonths))).toEqual(new Set([null, 3, 6, 12, 24, 36]));
  for (const feature of catalogue) {
    expect(feature.id).toMatch(/^[a-z][a-z0-9_]*$/);
    expect(feature.id.endsWith("m") && /_\d+m$/.test(feature.id)).toBe(feature.windowMonths !== null);
    expect(feature.sql === null).toBe(feature.needs === "graph");
    for (const text of [feature.name, feature.formula, feature.missing])
      expect([text.zh.length > 0, text.en.length > 0]).toEqual([true, true]);
    expect(featureById(feature.id)).toBe(feature);
  }
  for (const { id, movedBySplitting } of catalogue) {
    expect([id, holdsWhenSplit(id)]).toEqual([id, movedBySplitting === null]);
    if (movedBySplitting) expect([movedBySplitting.zh.length > 0, movedBySplitting.en.length > 0]).toEqual([true, true]);
  }
  expect(featureById("net_sales_13m")).toBe(null);
  expect(holdsWhenSplit("net_sales_13m")).toBe(false); // of what is not defined nothing is promised
  expect(JSON.parse(catalogueVersion)).toMatchObject({ features: catalogue });
});

test("the older months fit beside the bits that hold them, and every window looks at less", () => {
  expect(OLDEST_MONTH).toBeLessThan(61);
  for (const feature of catalogue) expect(feature.rows.toMonth ?? 0).toBeLessThanOrEqual(OLDEST_MONTH);
  for (let ago = 0; ago < 400; ago++)
    expect(monthsBefore("2024-02-29" as IsoDate, addDays("2024-02-29" as IsoDate, -ago))).toBeLessThanOrEqual(13);
});

test("each dialect is compiled without a word of another, and texts cannot leave their quotes", () => {
  const options = { asOf: "2024-02-29" as IsoDate, invoices: "lake", bank: "flows" };
  const postgres = compile({ ...options, dialect: "postgres" });
  expect(postgres).not.toMatch(/HUGEINT|TRY_CAST|@/);
  expect(compile({ ...options, dialect: "duckdb" })).not.toMatch(/numeric|extract\(|@/);
  expect(compile({ ...options, dialect: "spark" })).not.toMatch(/HUGEINT|<<|>>|@/);
  const scan = { dialect: "duckdb" as const, asOf: options.asOf, invoices: "lake" };
  const known = { source: "invoices", side: "sale", status: "valid", fromMonth: 0, toMonth: 12, parties: { kind: "identified" } } as const;
  expect(rowsCondition(known, scan, ["O'Hara"])).toContain("'O''Hara'");
});

const FAMILIES: Record<Family, Text> = {
  scale: { zh: "规模", en: "Scale" },
  activity: { zh: "活跃度", en: "Activity" },
  growth: { zh: "增长", en: "Growth" },
  stability: { zh: "稳定性", en: "Stability" },
  season: { zh: "季节性", en: "Season" },
  margin: { zh: "毛利", en: "Margin" },
  concentration: { zh: "集中度", en: "Concentration" },
  loyalty: { zh: "客户与供应商黏性", en: "Loyalty" },
  quality: { zh: "发票质量", en: "Quality of the invoices" },
  tax: { zh: "税负与税率结构", en: "Tax" },
  graph: { zh: "关系网络", en: "Graph" },
  cash: { zh: "现金流", en: "Cash" },
};
const UNITS: Record<Unit, Text> = {
  fen: { zh: "分", en: "fen" },
  ratio: { zh: "比率", en: "ratio" },
  count: { zh: "个", en: "count" },
  months: { zh: "月", en: "months" },
  days: { zh: "天", en: "days" },
  "per-month": { zh: "每月", en: "per month" },
};
const ARROWS = { "higher-is-better": "↑", "lower-is-better": "↓", neutral: "·" } as const;

const INTRO = `# Features 特征目录

<!-- Made from core/src/features by core/src/features/catalogue.test.ts; \`vitest run --project core -u core/src/features\` writes it again. -->

${catalogue.length} features of an enterprise as of a day, from its invoices (发票) and, where they exist, its bank transactions (银行流水). Each is defined
once, in [catalogue.ts](../core/src/features/catalogue.ts); the table below is made from it.

## Windows 窗口

A window of N months is the N *rolling* months that end on the as-of day (观察日). The month that ends on 21 February runs from 22
January to 21 February, so no window holds a part-month. Nothing issued or booked later than the day is used: deleting all
later rows changes no bit of any value. The default day is the last day in the lake, never the wall clock.

**Void** (作废) invoices count in nothing but the void shares. **Valid** is every other invoice; **red-letter** (红字) ones are valid with a
negative total, and net sums include them. Sums are before tax unless a formula says "with tax".

**Missing is not zero.** A value is null where it is undefined (no sales, no margin) or unknown (no purchase invoices were ever
given, so purchases are unknown; fewer than 24 months of history, so nothing can be called *gained*). The last column says
which. A side with records but none in the window is a true zero.

## One statement, the same bits 一条语句，逐位一致

\`compile\` turns the catalogue into one SQL statement for DuckDB, PostgreSQL 15 or Spark SQL. It sums the lake to three small
tables (enterprise × side × month; enterprise × side × counterparty; runs of numbers), and every feature is a closed expression over
them. All sums are of whole numbers (fen, counts, days, bits of months), in a type of at least 38 digits, never of fractions. So
neither the order of the rows, nor their division into files, nor the number of threads changes a bit; two engines differ
only in the last digits of logarithms and divisions (tests hold them to 1e-9). Sums stay exact while an enterprise's monthly net stays
under 10¹⁸ fen.

The months in which a counterparty was traded with are bits of one integer. Gained, lost, kept, repeat and core counterparties, late red
letters and runs of empty months are then operations on bits.

## The graph 关系网络

Parties are nodes; an edge runs from seller to buyer and weighs their net trade of the last 24 months. A counterparty is an enterprise
here when its code is an enterprise's id or unified social credit code; other parties join too, so a ring may lead through a party
outside. What seller and buyer both report is one edge of the larger amount. Rings (循环开票) are closed chains of two to five parties
inside a strongly connected component (Tarjan); at most 100 are counted for one enterprise, shorter ones first.

Where all counterparties' codes are masked (none is an enterprise here, none has the form of a credit code, none stands on both sides of
the books), a ring could not show even if there were one: the value is null, not 0. The demonstration region is such a case.

Clusters of related parties (疑似关联群) join enterprises whose uncommon counterparties overlap: at least five in common and a Jaccard
coefficient of 0.2 or more, among counterparties of at most 20 enterprises. A code means the same party everywhere in the lake.

After new records of a few enterprises only their own values are computed again, each from its own files; features of the graph are
then those of the last whole run for the day, which the job after an import makes.

## Billing in parts 分开开票

One sale can be billed to the same buyer on the same day as several invoices of the same total, and nothing of the trade is different.
So every feature says whether that moves it, and why. (The rate stays too: it is read of the amounts, and a part of a few fen can agree with several.)
${catalogue.filter((feature) => feature.movedBySplitting === null).length} of the ${catalogue.length} hold: they are made of money, days, months and parties. The other ${catalogue.filter((feature) => feature.movedBySplitting !== null).length} count
invoices, or look at single ones; they stay for whoever looks at an enterprise, and **no decision rests on them**: rules of products and policies that
name one are refused with the reason, the flags made of them are for a question and count in no rule, no position in the profile uses
them, and a scorecard of the platform's own sample is trained without them unless somebody turns that off, which its document records.
Where both exist, take the measure by amount: void by amount says what void by number says, and cannot be thinned out.

A declaration cannot rot: random trade is billed in random parts, to the fen, and computed by the real SQL and the real graph; each feature that is
said to hold keeps its value, and each that is said to move does move in some case (\`server/src/features/features.test.ts\`). That all
shipped products and an application are decided alike is tested through the API (\`test/api/metamorphic.test.ts\`).

## The rows behind a number 数字背后的发票

Every feature states its rows as data (\`rows\`: side, status, window, mark, choice of counterparties). The same predicates serve the sum and the
list, so the console shows the very invoices.

## Catalogue 目录

↑ higher is better, ↓ lower is better, · neither. Amounts are in fen (分); a ratio of 0.05 is five per cent.
`;

test("docs/features.md says what the catalogue says", async () => {
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const tables = Object.entries(FAMILIES).map(([family, name]) => {
    const rows = catalogue
      .filter((feature) => feature.family === family)
      .map(({ id, name, unit, windowMonths, formula, direction, missing, movedBySplitting }) =>
        row([
          `\`${id}\``,
          name.zh,
          name.en,
          `${UNITS[unit].zh} ${UNITS[unit].en}`,
          windowMonths === null ? "–" : String(windowMonths),
          `${formula.zh}<br>${formula.en}`,
          ARROWS[direction],
          `${missing.zh}<br>${missing.en}`,
          movedBySplitting ? `${movedBySplitting.zh}<br>${movedBySplitting.en}` : "–",
        ]),
      );
    const head = row([
      "id",
      "中文",
      "English",
      "unit 单位",
      "months 月",
      "formula 公式",
      "",
      "null means 缺失含义",
      "moved by billing in parts, since 分开开票会变，因为",
    ]);
    return `\n### ${name.en} ${name.zh}\n\n${head}\n${row(Array.from({ length: 9 }, () => "---"))}\n${rows.join("\n")}\n`;
  });
  await expect(INTRO + tables.join("")).toMatchFileSnapshot("../../../docs/features.md");
});

import type { Fen, IsoDate, Text } from "../basics/index.ts";
import { type IndustryCode, divisionOf, divisions, groupOf, sectionOf } from "./industry.ts";

export type SizeClass = "large" | "medium" | "small" | "micro";
/** What the standard measures: persons employed (X), revenue (Y) and total assets (Z), the sums in 10,000 yuan there. */
export type SizeMeasure = "persons" | "revenue" | "assets";

export const sizeClassText: Readonly<Record<SizeClass, Text>> = {
  large: { zh: "大型", en: "large" },
  medium: { zh: "中型", en: "medium" },
  small: { zh: "小型", en: "small" },
  micro: { zh: "微型", en: "micro" },
};
export const sizeMeasureText: Readonly<Record<SizeMeasure, Text>> = {
  persons: { zh: "从业人员", en: "persons employed" },
  revenue: { zh: "营业收入", en: "revenue" },
  assets: { zh: "资产总额", en: "total assets" },
};

/** The classes from the highest; `bounds` below holds the lower bound of each but the last. */
const CLASSES: readonly SizeClass[] = ["large", "medium", "small", "micro"];

type Bounds = readonly [large: number, medium: number, small: number];

/** One row of the table. `divisions` and `groups` are codes of GB/T 4754-2017 without their section's letter. */
export type SizeRow = {
  readonly id: string;
  readonly name: Text;
  readonly divisions: readonly string[];
  /** Where a row covers a part of a division only: its groups. */
  readonly groups: readonly string[];
  readonly bounds: Readonly<Partial<Record<SizeMeasure, Bounds>>>;
};

export type SizeStandard = { readonly id: string; readonly source: Text; readonly validFrom: IsoDate; readonly rows: readonly SizeRow[] };

const span = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, at) => String(from + at).padStart(2, "0"));
const row = (id: string, zh: string, en: string, covers: readonly string[], bounds: SizeRow["bounds"]): SizeRow => ({
  id,
  name: { zh, en },
  divisions: covers.filter((code) => code.length === 2),
  groups: covers.filter((code) => code.length === 3),
  bounds,
});

/**
 * Statistical classification of large, medium, small and micro enterprises (2017). Sums in 10,000 yuan.
 * Which divisions a row covers is from the notes below its table: transport is without railways; loading and
 * removal (591) belongs to transport, the rest of division 59 to storage; of real estate, development and property
 * management have rows of their own, agencies and others fall under "other", letting one's own is left out, as are
 * finance, education, health and public administration, which have no row.
 */
export const SIZE_STANDARD_2017: SizeStandard = {
  id: "size-2017",
  source: {
    zh: "国家统计局《统计上大中小微型企业划分办法（2017）》（国统字〔2017〕213号）",
    en: "National Bureau of Statistics, Statistical classification of large, medium, small and micro enterprises (2017), No. 213",
  },
  validFrom: "2017-12-28" as IsoDate,
  rows: [
    row("farming", "农、林、牧、渔业", "Farming, forestry, husbandry and fishery", span(1, 5), { revenue: [20000, 500, 50] }),
    row("industry", "工业", "Industry", span(6, 46), { persons: [1000, 300, 20], revenue: [40000, 2000, 300] }),
    row("construction", "建筑业", "Construction", span(47, 50), { revenue: [80000, 6000, 300], assets: [80000, 5000, 300] }),
    row("wholesale", "批发业", "Wholesale", ["51"], { persons: [200, 20, 5], revenue: [40000, 5000, 1000] }),
    row("retail", "零售业", "Retail", ["52"], { persons: [300, 50, 10], revenue: [20000, 500, 100] }),
    row("transport", "交通运输业", "Transport", [...span(54, 58), "591"], { persons: [1000, 300, 20], revenue: [30000, 3000, 200] }),
    row("storage", "仓储业", "Storage", ["592", "593", "594", "595", "596", "599"], {
      persons: [200, 100, 20],
      revenue: [30000, 1000, 100],
    }),
    row("post", "邮政业", "Post", ["60"], { persons: [1000, 300, 20], revenue: [30000, 2000, 100] }),
    row("lodging", "住宿业", "Lodging", ["61"], { persons: [300, 100, 10], revenue: [10000, 2000, 100] }),
    row("catering", "餐饮业", "Catering", ["62"], { persons: [300, 100, 10], revenue: [10000, 2000, 100] }),
    row("information", "信息传输业", "Information transmission", ["63", "64"], { persons: [2000, 100, 10], revenue: [100000, 1000, 100] }),
    row("software", "软件和信息技术服务业", "Software and information technology services", ["65"], {
      persons: [300, 100, 10],
      revenue: [10000, 1000, 50],
    }),
    row("real-estate-development", "房地产开发经营", "Real-estate development", ["701"], {
      revenue: [200000, 1000, 100],
      assets: [10000, 5000, 2000],
    }),
    row("property-management", "物业管理", "Property management", ["702"], { persons: [1000, 300, 100], revenue: [5000, 1000, 500] }),
    row("leasing-business", "租赁和商务服务业", "Leasing and business services", ["71", "72"], {
      persons: [300, 100, 10],
      assets: [120000, 8000, 100],
    }),
    row(
      "other",
      "其他未列明行业",
      "Other industries listed in the notes",
      [...span(73, 75), ...span(76, 79), ...span(80, 82), "85", ...span(86, 90), "703", "709"],
      {
        persons: [300, 100, 10],
      },
    ),
  ],
};

const STANDARDS: readonly SizeStandard[] = [SIZE_STANDARD_2017];

/**
 * The standard in force on a day. For days before the first one that we hold, that first one is used: statistics
 * recompute earlier years by it.
 */
export const sizeStandardOn = (day: IsoDate): SizeStandard => STANDARDS.findLast((standard) => standard.validFrom <= day) ?? STANDARDS[0]!;

/** The rows that may apply to an industry: one; several where the code is too coarse to tell; none where the standard has none. */
export const rowsFor = (standard: SizeStandard, industry: IndustryCode): readonly SizeRow[] => {
  const group = groupOf(industry);
  const division = divisionOf(industry);
  if (!division) {
    const inside = divisions.filter((each) => each.section === sectionOf(industry)).map((each) => rowsFor(standard, each.code));
    return inside.some((rows) => rows.length === 0) ? [] : [...new Set(inside.flat())];
  }
  return standard.rows.filter(
    (row) =>
      row.divisions.includes(division) || (group ? row.groups.includes(group) : row.groups.some((code) => code.startsWith(division))),
  );
};

/** What is known of an enterprise's size. `null`: not known. */
export type SizeFigures = { readonly persons: number | null; readonly revenueFen: Fen | null; readonly assetsFen: Fen | null };

export type SizeResult = {
  readonly class: SizeClass | null;
  /** True where a figure is missing that could still lower the class (a missing figure can never raise it). */
  readonly provisional: boolean;
  readonly measured: readonly SizeMeasure[];
  readonly missing: readonly SizeMeasure[];
  readonly row: string | null;
  readonly standard: string;
  /** Why it came out so, for a reader. */
  readonly basis: Text;
};

const FEN_PER_10000_YUAN = 1_000_000;

/** The class that one measure alone would give: the highest whose lower bound it reaches. */
const classBy = (value: number, bounds: Bounds): number => {
  const at = bounds.findIndex((bound) => value >= bound);
  return at < 0 ? 3 : at;
};

const list = (measures: readonly SizeMeasure[]): Text => ({
  zh: measures.map((measure) => sizeMeasureText[measure].zh).join("、"),
  en: measures.map((measure) => sizeMeasureText[measure].en).join(" and "),
});

/**
 * Size class of an enterprise by the standard in force on `day`.
 *
 * Large, medium and small ask for every lower bound that the row lists; who misses one is one class lower, and again
 * until it fits; micro asks for one only. So the class is the lowest that any single measure gives. Hence a missing
 * figure can only lower the class: with one missing the class is provisional ("from revenue alone"), unless it is
 * micro already.
 */
export const sizeClass = (industry: IndustryCode | null, figures: SizeFigures, day: IsoDate): SizeResult => {
  const standard = sizeStandardOn(day);
  const unknown = (basis: Text, missing: readonly SizeMeasure[] = []): SizeResult => ({
    class: null,
    provisional: false,
    measured: [],
    missing,
    row: null,
    standard: standard.id,
    basis,
  });
  if (industry === null)
    return unknown({ zh: "行业未知，划型标准因行业而异。", en: "The industry is not known, and the standard differs by industry." });
  const rows = rowsFor(standard, industry);
  if (rows.length === 0)
    return unknown({ zh: `划型标准未列入行业 ${industry}。`, en: `The standard has no row for industry ${industry}.` });

  const results = rows.map((row) => classInRow(row, figures, standard));
  const [first, ...rest] = results;
  if (rest.every((result) => result.class === first!.class && result.provisional === first!.provisional)) return first!;
  return unknown({
    zh: `行业代码 ${industry} 过粗，可能适用${rows.map((row) => `“${row.name.zh}”`).join("、")}标准。`,
    en: `Industry code ${industry} is too coarse: ${rows.map((row) => `"${row.name.en}"`).join(" or ")} may apply.`,
  });
};

const classInRow = (row: SizeRow, { persons, revenueFen, assetsFen }: SizeFigures, standard: SizeStandard): SizeResult => {
  const values: Record<SizeMeasure, number | null> = {
    persons,
    revenue: revenueFen === null ? null : revenueFen / FEN_PER_10000_YUAN,
    assets: assetsFen === null ? null : assetsFen / FEN_PER_10000_YUAN,
  };
  const asked = (["persons", "revenue", "assets"] as const).filter((measure) => row.bounds[measure]);
  const measured = asked.filter((measure) => values[measure] !== null);
  const missing = asked.filter((measure) => values[measure] === null);
  const common = { measured, missing, row: row.id, standard: standard.id };
  if (measured.length === 0)
    return {
      ...common,
      class: null,
      provisional: false,
      basis: {
        zh: `按“${row.name.zh}”标准需要${list(missing).zh}，尚缺。`,
        en: `The row "${row.name.en}" needs ${list(missing).en}, not known.`,
      },
    };
  const level = Math.max(...measured.map((measure) => classBy(values[measure]!, row.bounds[measure]!)));
  const provisional = missing.length > 0 && level < 3;
  const by = list(measured);
  return {
    ...common,
    class: CLASSES[level]!,
    provisional,
    basis: provisional
      ? {
          zh: `按“${row.name.zh}”标准，仅据${by.zh}暂定；缺${list(missing).zh}，补齐后只会持平或下调。`,
          en: `By the row "${row.name.en}" from ${by.en} alone, provisional: ${list(missing).en} not known, and could only lower it.`,
        }
      : { zh: `按“${row.name.zh}”标准，据${by.zh}判定。`, en: `By the row "${row.name.en}", from ${by.en}.` },
  };
};

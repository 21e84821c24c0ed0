import type { IsoDate } from "../basics/index.ts";
import { type Dialect, type DialectName, dialects } from "./dialect.ts";
import type { Mark } from "./feature.ts";

/** Rolling months kept apart; everything older than this is one heap, of which only its existence counts. */
export const OLDEST_MONTH = 48;

/** The as-of day as the integers that the month arithmetic needs. */
const asOfParts = (asOf: IsoDate) => {
  const [year, month, day] = asOf.split("-").map(Number) as [number, number, number];
  return { month: year * 12 + month - 1, day };
};

/** `monthsBefore(asOf, day)` of basics as SQL over a DATE column: plain integer arithmetic, equal in every engine. */
export const monthsBeforeSql = (dialect: Dialect, asOf: IsoDate, day: string): string => {
  const at = asOfParts(asOf);
  return `(${at.month + 1} - ${dialect.year(day)} * 12 - ${dialect.month(day)} - CASE WHEN ${dialect.day(day)} > ${at.day} THEN 1 ELSE 0 END)`;
};

/** Amounts just below the highest single invoice that tax offices allow: 10,000, 100,000 and 1,000,000 yuan before tax. */
const LIMITS_FEN = [1_000_000, 10_000_000, 100_000_000] as const;
const NEAR_LIMIT_PERCENT = 95;
/** A round amount is a whole multiple of 1,000 yuan with tax. */
const ROUND_FEN = 100_000;
/** From this day of the calendar month on an invoice counts as issued at the month's end. */
const MONTH_END_FROM_DAY = 26;

/**
 * The predicates of the marks over the columns of the lake. They hold for valid invoices; voidness is tested
 * apart. `marks` is the one place where a mark is defined.
 */
export const marks = (dialect: Dialect): Readonly<Record<Mark, string>> => ({
  positive: "total_fen > 0",
  red: "total_fen < 0",
  round: `total_fen > 0 AND total_fen % ${ROUND_FEN} = 0`,
  "near-limit": `(${LIMITS_FEN.map((limit) => `amount_fen BETWEEN ${(limit / 100) * NEAR_LIMIT_PERCENT} AND ${limit}`).join(" OR ")})`,
  "month-end": `total_fen > 0 AND ${dialect.day("issued_on")} >= ${MONTH_END_FROM_DAY}`,
  // 2000-01-01 was a Saturday, so days 0 and 1 of each week counted from it are the weekend.
  weekend: `total_fen > 0 AND issued_on >= DATE '2000-01-01' AND ${dialect.days("DATE '2000-01-01'", "issued_on")} % 7 < 2`,
  "rate-high": "total_fen > 0 AND rate_bps >= 1300",
  "rate-middle": "total_fen > 0 AND rate_bps BETWEEN 600 AND 1299",
  "rate-low": "total_fen > 0 AND rate_bps BETWEEN 1 AND 599",
  "rate-zero": "total_fen > 0 AND rate_bps = 0",
});

/** Aggregates over valid rows, with a further test; integers only, so that no order of rows changes a bit. */
const aggregates = (asOf: IsoDate, dialect: Dialect) => {
  const valid = (test?: string) => `FILTER (WHERE NOT is_void${test ? ` AND ${test}` : ""})`;
  const sum = (column: string, filter: string) => `coalesce(sum(${column}) ${filter}, 0)`;
  return { valid, sum, day: `DATE '${asOf}'`, mark: marks(dialect) };
};
type Columns = readonly (readonly [name: string, sql: string])[];

/** What is summed to enterprise × side × rolling month, and can be summed again over months. */
export const monthSums = (dialect: Dialect, asOf: IsoDate): Columns => {
  const { valid, sum, day, mark } = aggregates(asOf, dialect);
  return [
    ["n", `count(*) ${valid()}`],
    ["nv", "count(*) FILTER (WHERE is_void)"],
    ["np", `count(*) ${valid(mark.positive)}`],
    ["nr", `count(*) ${valid(mark.red)}`],
    ["net", sum("amount_fen", valid())],
    ["pnet", sum("amount_fen", valid(mark.positive))],
    ["tax", sum("tax_fen", valid())],
    ["total", sum("total_fen", valid())],
    ["vt", sum("abs(total_fen)", "FILTER (WHERE is_void)")],
    ["pt", sum("total_fen", valid(mark.positive))],
    ["red", sum("-total_fen", valid(mark.red))],
    ["rnd", `count(*) ${valid(mark.round)}`],
    ["lim", `count(*) ${valid(mark["near-limit"])}`],
    ["mend", sum("total_fen", valid(mark["month-end"]))],
    ["wend", `count(*) ${valid(mark.weekend)}`],
    ["rhigh", sum("amount_fen", valid(mark["rate-high"]))],
    ["rmid", sum("amount_fen", valid(mark["rate-middle"]))],
    ["rlow", sum("amount_fen", valid(mark["rate-low"]))],
    ["rzero", sum("amount_fen", valid(mark["rate-zero"]))],
    // Exact: an amount times days may pass 64 bits, so the product is formed in the wide type.
    ["wday", sum(`CAST(total_fen AS ${dialect.wide}) * ${dialect.days("issued_on", day)}`, valid("k < 12"))],
  ];
};

/** What is kept of enterprise × side × rolling month beside the sums. */
export const monthExtremes = (dialect: Dialect): Columns => [
  ["big", "max(total_fen) FILTER (WHERE NOT is_void)"],
  // A rolling month holds each day of the month once, so bits of the day of the month are its different days.
  ["days", dialect.popcount(`coalesce(bit_or(${dialect.bit("day_of_month")}) FILTER (WHERE NOT is_void), 0)`)],
  ["first_on", "min(issued_on) FILTER (WHERE NOT is_void)"],
  ["last_on", "max(issued_on) FILTER (WHERE NOT is_void)"],
];

export const PARTY_WINDOWS = [12, 24] as const;

/** What is kept of enterprise × side × counterparty: months of trade as bits, and net amounts of the windows. */
export const partyColumns = (dialect: Dialect): Columns => {
  const mark = marks(dialect);
  const mask = (test?: string) => `coalesce(bit_or(${dialect.bit("k")}) FILTER (WHERE NOT is_void${test ? ` AND ${test}` : ""}), 0)`;
  return [
    ["mask", mask()],
    ["mask_pos", mask(mark.positive)],
    ["mask_red", mask(mark.red)],
    ...PARTY_WINDOWS.map((w) => [`net_${w}`, `coalesce(sum(amount_fen) FILTER (WHERE NOT is_void AND k < ${w}), 0)`] as const),
  ];
};

/** Bits `from` to `to` (exclusive) as a number: months present are kept as bits of one integer. */
export const bits = (from: number, to: number): string => String((1n << BigInt(to)) - (1n << BigInt(from)));
const older = (from: number) => bits(from, OLDEST_MONTH + 1);
const RECENT = bits(0, 12);
const BEFORE = bits(12, 24);

/** What makes a counterparty gained, lost, kept, repeat or core, by the months of its trade. */
export const partyTests = (dialect: Dialect) =>
  ({
    gained: `(mask & ${RECENT}) <> 0 AND (mask & ${older(12)}) = 0`,
    lost: `(mask & ${RECENT}) = 0 AND (mask & ${BEFORE}) <> 0`,
    kept: `(mask & ${RECENT}) <> 0 AND (mask & ${BEFORE}) <> 0`,
    before: `(mask & ${BEFORE}) <> 0`,
    repeat: `${dialect.popcount(`(mask & ${RECENT})`)} >= 2`,
    core: `${dialect.popcount(`(mask & ${RECENT})`)} >= 6`,
  }) as const;

/** Of a group of invoices: at least three, none of them red, whose numbers run without a gap. */
export const IN_SEQUENCE =
  "count(*) >= 3 AND min(total_fen) >= 0 AND count(serial) = count(*) AND max(serial) - min(serial) = count(*) - 1";

export type Scan = { readonly dialect: DialectName; readonly asOf: IsoDate; readonly invoices: string };

/** The invoices up to the as-of day with their rolling month `k`, the heap of the old ones at `OLDEST_MONTH`. */
export const dated = ({ dialect: name, asOf, invoices }: Scan): string => {
  const dialect = dialects[name];
  return `(
    SELECT *, CASE WHEN k_exact > ${OLDEST_MONTH} THEN ${OLDEST_MONTH} ELSE k_exact END AS k
    FROM (
      SELECT enterprise, is_sale, counterparty, number, issued_on, amount_fen, tax_fen, total_fen, is_void, rate_bps,
        ${monthsBeforeSql(dialect, asOf, "issued_on")} AS k_exact, ${dialect.day("issued_on")} AS day_of_month
      FROM ${invoices} AS lake
      WHERE issued_on <= DATE '${asOf}'
    ) AS counted
  ) AS dated`;
};

import type { IsoDate } from "../basics/index.ts";
import type { Dialect } from "./dialect.ts";
import type { Mark } from "./feature.ts";

/** Rolling months kept apart; everything older than this is one heap, of which only its existence counts. */
export const OLDEST_MONTH = 48;

/** The as-of day as the integers that the month arithmetic needs. */
export const asOfParts = (asOf: IsoDate) => {
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
export const ROUND_FEN = 100_000;
/** From this day of the calendar month on an invoice counts as issued at the month's end. */
export const MONTH_END_FROM_DAY = 26;

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

/**
 * What is summed of the invoices of one enterprise, side, counterparty and rolling month: name, aggregate over the
 * lake's rows, and how two of these values combine. All are integers or days, so that no order of the rows and no
 * division into files can change a bit.
 */
export const tradeMeasures = (dialect: Dialect, asOf: IsoDate): readonly (readonly [name: string, sql: string])[] => {
  const mark = marks(dialect);
  const valid = (test?: string) => `FILTER (WHERE NOT is_void${test ? ` AND ${test}` : ""})`;
  const sum = (column: string, filter: string) => `coalesce(sum(${column}) ${filter}, 0)`;
  return [
    ["n", `count(*) ${valid()}`],
    ["nv", `count(*) FILTER (WHERE is_void)`],
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
    // Exact: amounts times days pass 64 bits only together, so the product is formed in the wide type.
    ["wday", sum(`CAST(total_fen AS ${dialect.wide}) * ${dialect.days("issued_on", `DATE '${asOf}'`)}`, valid())],
    ["big", `max(total_fen) ${valid()}`],
    ["days", `bit_or(${dialect.bit("day_of_month")}) ${valid()}`],
    ["first_on", `min(issued_on) ${valid()}`],
    ["last_on", `max(issued_on) ${valid()}`],
    ["serial_min", `min(serial) ${valid()}`],
    ["serial_max", `max(serial) ${valid()}`],
    ["serials", `count(serial) ${valid()}`],
  ];
};

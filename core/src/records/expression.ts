/**
 * Expressions of SQL (DuckDB's dialect) over trimmed text, one per way of reading a cell. They stand here, not in the
 * server, so that what a date or an amount is, is said once for every format.
 */
import { VAT_RATES } from "./vat-rates.ts";

export type Sql = string;

export const text = (value: string): Sql => `'${value.replaceAll("'", "''")}'`;

/** A cell whose file holds none of the rare blanks. */
export const trimmedOfSpaces = (cell: Sql): Sql => `trim(coalesce(${cell}, ''))`;

/**
 * Blanks that spreadsheets and tax systems leave around a cell: space, tab, no-break and ideographic space. A cell
 * without any of the rare ones, nearly every one, takes the short way.
 */
export const trimmed = (cell: Sql): Sql =>
  `case when ${cell} is null then '' when contains(${cell}, chr(12288)) or contains(${cell}, chr(160)) or contains(${cell}, chr(9)) or contains(${cell}, chr(13))
    then trim(${cell}, ' ' || chr(9) || chr(13) || chr(160) || chr(12288)) else trim(${cell}) end`;

/** An amount as people write it; the same grammar as `fenFromYuanText` of basics, which a test holds it to. */
const AMOUNT = "([+-]?[¥￥]?|[¥￥][+-])(\\d{1,3}(,\\d{3})+|\\d+)(\\.(\\d|\\d\\d0*))?";

/**
 * Yuan to fen, exactly: a decimal of 15 digits, so that neither the value nor its product with a rate in basis points
 * leaves 64 bits. Null where the text is no amount, is finer than a fen, or is 10 trillion yuan or more. The plain way of
 * writing, nearly every one, is taken first.
 */
export const fenOf = (cell: Sql): Sql =>
  `case when regexp_full_match(${cell}, '-?\\d+(\\.\\d\\d?)?') then (try_cast(${cell} as decimal(15, 2)) * cast(100 as decimal(3, 0)))::bigint
    when regexp_full_match(${cell}, ${text(AMOUNT)})
    then (try_cast(replace(replace(replace(${cell}, ',', ''), '¥', ''), '￥', '') as decimal(15, 2)) * cast(100 as decimal(3, 0)))::bigint end`;

/** A day in any of the ways of writing that docs/records.md lists; null where it is none, or not of the calendar. */
export const dayOf = (cell: Sql): Sql => `case
    when regexp_full_match(${cell}, '\\d{4}(-\\d{1,2}-|/\\d{1,2}/)\\d{1,2}') then try_cast(${cell} as date)
    when regexp_full_match(${cell}, '\\d{4}[-/.]\\d{1,2}[-/.]\\d{1,2}([ T]\\d{1,2}:\\d{2}(:\\d{2}(\\.\\d+)?)?(Z|[+-]\\d{2}:?\\d{2})?)?')
      then try_cast(regexp_extract(replace(replace(${cell}, '/', '-'), '.', '-'), '^[0-9-]+') as date)
    when regexp_full_match(${cell}, '\\d{8}') then cast(try_strptime(${cell}, '%Y%m%d') as date)
    when regexp_full_match(${cell}, '\\d{14}') then cast(try_strptime(${cell}, '%Y%m%d%H%M%S') as date)
    when regexp_full_match(${cell}, '\\d{4} *年 *\\d{1,2} *月 *\\d{1,2} *日?')
      then try_cast(replace(replace(replace(replace(${cell}, ' ', ''), '年', '-'), '月', '-'), '日', '') as date)
    when regexp_full_match(${cell}, '[2-7]\\d{4}(\\.\\d+)?') then date '1899-12-30' + cast(left(${cell}, 5) as integer)
  end`;

const USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY";
const RESIDENT_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/** Codes of 18 characters are compared in capitals; any other id stays as it is written. */
export const idOf = (cell: Sql): Sql => `case when length(${cell}) = 18 then upper(${cell}) else ${cell} end`;

/**
 * True where an id looks like a unified social credit code and its check character (GB 32100-2015) is wrong. A resident
 * identity number (GB 11643), under which a sole trader may be registered, also has 18 places: its own check is then
 * the one that counts.
 */
export const usccIsWrong = (id: Sql): Sql => {
  let weight = 1;
  const sum = Array.from({ length: 17 }, (_, place) => {
    const term = `(strpos('${USCC}', substr(${id}, ${place + 1}, 1)) - 1) * ${weight}`;
    weight = (weight * 3) % 31;
    return term;
  }).join(" + ");
  const resident = RESIDENT_WEIGHTS.map((each, place) => `cast(substr(${id}, ${place + 1}, 1) as integer) * ${each}`).join(" + ");
  return `case when length(${id}) <> 18 then false
    when not regexp_full_match(${id}, '[1-9ANY][0-9A-Z]\\d{6}[0-9A-Z]{10}') then false
    when regexp_full_match(${id}, '\\d{17}[\\dX]') and substr('10X98765432', (${resident}) % 11 + 1, 1) = substr(${id}, 18, 1) then false
    when regexp_matches(${id}, '[IOSVZ]') then true
    else (31 - (${sum}) % 31) % 31 <> strpos('${USCC}', substr(${id}, 18, 1)) - 1 end`;
};

/**
 * Highest rate that was ever in force up to a day: an invoice issued late for an earlier supply bears the rate of then,
 * alone or beside others.
 */
const highestRateUpTo = (day: Sql): Sql =>
  `greatest(${VAT_RATES.filter((rate) => rate.bps >= 1300)
    .map((rate) => `case when ${day} >= date '${rate.from}' then ${rate.bps} else 0 end`)
    .join(", ")})`;

/**
 * How far, in units of a ten-thousandth fen, the tax of an invoice may stand from the product of its sum and a rate. Tax
 * is rounded line by line and the lines are not given, so more is borne on more tax: 6 fen (1 fen below 12 yuan, where 6 would
 * blur neighbouring rates) or a thousandth of the tax. Of the 80,416 real invoices of the demonstration region whose tax lies
 * above 17 %, 99.86 % do so by 6 fen or less, and all but one by a thousandth or less.
 */
const roundingOf = (amount: Sql, tax: Sql): Sql => `greatest(case when abs(${amount}) >= 1200 then 60000 else 10000 end, abs(${tax}) * 10)`;

/** True where the tax is above what any rate allows that was in force up to the day. */
export const taxIsTooHigh = (amount: Sql, tax: Sql, day: Sql): Sql =>
  `abs(${tax}) * 10000 > abs(${amount}) * ${highestRateUpTo(day)} + ${roundingOf(amount, tax)}`;

/**
 * The rate that the sums of an invoice show, in basis points: one in force on its day, else one in force earlier (an
 * invoice issued late for an earlier supply). Exact rounding is sought before tolerance, high rates before low.
 * Null where amount and tax are both nil and where several rates blend.
 */
export const rateOf = (amount: Sql, tax: Sql, day: Sql): Sql => {
  const shows = (bps: number, tolerance: Sql) => `abs(${tax} * 10000 - ${amount} * ${bps}) <= ${tolerance}`;
  const from = (rate: (typeof VAT_RATES)[number]) => `${day} >= date '${rate.from}'`;
  const inForce = (rate: (typeof VAT_RATES)[number]) => `${from(rate)}${rate.to ? ` and ${day} <= date '${rate.to}'` : ""}`;
  const rates = VAT_RATES.filter((rate) => rate.bps > 0);
  const chain = [
    ...rates.map((rate) => `when ${shows(rate.bps, "5000")} and ${inForce(rate)} then ${rate.bps}`),
    ...rates.map((rate) => `when ${shows(rate.bps, "10000")} and ${inForce(rate)} then ${rate.bps}`),
    ...rates.map((rate) => `when ${shows(rate.bps, roundingOf(amount, tax))} and ${inForce(rate)} then ${rate.bps}`),
    ...rates.filter((rate) => rate.to).map((rate) => `when ${shows(rate.bps, roundingOf(amount, tax))} and ${from(rate)} then ${rate.bps}`),
  ];
  return `case when ${tax} = 0 then case when ${amount} <> 0 then 0 end when ${amount} = 0 then null ${chain.join(" ")} end`;
};

const VALID = [
  "",
  "有效",
  "有效发票",
  "正常",
  "正常发票",
  "已开具",
  "开具",
  "红冲",
  "已红冲",
  "红字",
  "红字发票",
  "部分红冲",
  "全额红冲",
  "已红冲-全额",
  "已红冲-部分",
  "负数发票",
  "蓝字",
  "蓝字发票",
  "valid",
  "normal",
  "red",
  "red-letter",
  "issued",
];
const VOID = ["作废", "作废发票", "已作废", "void", "voided", "cancelled", "canceled", "invalid"];
const list = (words: readonly string[]) => words.map(text).join(", ");

/**
 * Whether a status says void; null where it is unknown. A red-letter status is valid: the invoice that takes the amount
 * back is a record of its own, with a negative sum.
 */
export const isVoidOf = (cell: Sql): Sql =>
  `case when lower(${cell}) in (${list(VALID)}) then false when lower(${cell}) in (${list(VOID)}) then true end`;

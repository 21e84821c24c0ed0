import { type Fen, type IsoDate, addMonths, dayNumber, daysBetween, fen } from "../basics/index.ts";
import type { DayCount, RepaymentMethod } from "./document.ts";

/** A rate a year in millionths: 4.35 % is 43,500. Rates in documents are basis points, so this is exact. */
export type Millionths = number;

const SPLIT = 100_000;

/**
 * a·b ÷ c for whole numbers of zero or more, to the nearest whole number, halves up. Exact: where a·b leaves the whole numbers that a
 * double holds, the product is divided in two steps, and by big integers where those do not fit either.
 */
export const mulDivRound = (a: number, b: number, c: number): number => {
  const product = a * b;
  if (product <= Number.MAX_SAFE_INTEGER) {
    const rest = product % c;
    return (product - rest) / c + (rest * 2 >= c ? 1 : 0);
  }
  const low = a % SPLIT;
  const high = ((a - low) / SPLIT) * b;
  if (high <= Number.MAX_SAFE_INTEGER) {
    const carried = high % c;
    const second = carried * SPLIT + low * b;
    if (second <= Number.MAX_SAFE_INTEGER) {
      const rest = second % c;
      const whole = ((high - carried) / c) * SPLIT + (second - rest) / c;
      if (whole <= Number.MAX_SAFE_INTEGER) return whole + (rest * 2 >= c ? 1 : 0);
    }
  }
  return fen((2n * BigInt(a) * BigInt(b) + BigInt(c)) / (2n * BigInt(c)));
};

/** Days between two days as a day count counts them; 30/360 counts every month as thirty days. */
export const countedDays = (from: IsoDate, to: IsoDate, dayCount: DayCount): number => {
  if (dayCount !== "30/360") return daysBetween(from, to);
  const day = (text: IsoDate) => Math.min(30, Number(text.slice(8)));
  return (
    (Number(to.slice(0, 4)) - Number(from.slice(0, 4))) * 360 +
    (Number(to.slice(5, 7)) - Number(from.slice(5, 7))) * 30 +
    day(to) -
    day(from)
  );
};

const BASIS: Readonly<Record<DayCount, number>> = { "actual/365": 365, "actual/360": 360, "30/360": 360 };

/** Interest of a balance over some days, to the nearest fen, halves up. */
export const interestOf = (balanceFen: Fen, rate: Millionths, days: number, dayCount: DayCount): Fen =>
  mulDivRound(balanceFen, rate * days, BASIS[dayCount] * 1_000_000);

export type Payment = {
  readonly on: IsoDate;
  readonly principalFen: Fen;
  readonly interestFen: Fen;
  /** What is still owed after the payment. */
  readonly balanceFen: Fen;
};

export type LoanTerms = {
  readonly principalFen: Fen;
  readonly rate: Millionths;
  readonly from: IsoDate;
  readonly months: number;
  /** Months between payments; the last may come sooner. */
  readonly everyMonths: number;
  readonly method: RepaymentMethod;
  readonly dayCount: DayCount;
};

/** When a loan is paid: after how many months each time, and the days of each period as they are counted. */
type Rhythm = { readonly months: readonly number[]; readonly counted: readonly number[] };

/** The same day of this and each later month, as text and as a number; found once, since every offer of a day counts from it. */
export type Months = { readonly days: readonly IsoDate[]; readonly numbers: readonly number[] };
type KeptMonths = { readonly days: IsoDate[]; readonly numbers: number[]; readonly rhythms: Map<number, Rhythm> };
const kept = new Map<IsoDate, KeptMonths>();
const KEPT_DAYS = 64;

const keptMonths = (from: IsoDate, count: number): KeptMonths => {
  let found = kept.get(from);
  if (!found) {
    if (kept.size >= KEPT_DAYS) kept.clear();
    kept.set(from, (found = { days: [], numbers: [], rhythms: new Map() }));
  }
  for (let month = found.days.length; month <= count; month++) {
    const day = addMonths(from, month);
    found.days.push(day);
    found.numbers.push(dayNumber(day));
  }
  return found;
};

/** At least so many months from a day, the day itself first. Each is counted from the first, so that a loan of the 31st comes back to the 31st. */
export const monthsFrom = (from: IsoDate, count: number): Months => keptMonths(from, count);

/** `everyMonths` of zero is one payment at the end. */
const rhythmOf = (from: IsoDate, months: number, everyMonths: number, thirties: boolean): Rhythm => {
  const { days, numbers, rhythms } = keptMonths(from, months);
  const key = (months * 1024 + everyMonths) * 2 + (thirties ? 1 : 0);
  let rhythm = rhythms.get(key);
  if (!rhythm) {
    const paid: number[] = [];
    if (everyMonths > 0) for (let month = everyMonths; month < months; month += everyMonths) paid.push(month);
    paid.push(months);
    const counted = paid.map((month, i) => {
      const before = i === 0 ? 0 : paid[i - 1]!;
      return thirties ? countedDays(days[before]!, days[month]!, "30/360") : numbers[month]! - numbers[before]!;
    });
    if (rhythms.size >= KEPT_RHYTHMS) rhythms.clear();
    rhythms.set(key, (rhythm = { months: paid, counted }));
  }
  return rhythm;
};
const KEPT_RHYTHMS = 1000;

/** A schedule in columns: what is paid after how many months. */
export type Columns = {
  readonly months: readonly number[];
  readonly principal: readonly Fen[];
  readonly interest: readonly Fen[];
  /** What is still owed after each payment. */
  readonly balance: readonly Fen[];
};

/** `scheduleOf` without its days as text: what a cost is made from. */
export const columnsOf = ({ principalFen, rate, from, months, everyMonths, method, dayCount }: LoanTerms): Columns => {
  const { months: paid, counted } = rhythmOf(from, months, method === "bullet" ? 0 : Math.min(everyMonths, months), dayCount === "30/360");
  const level = method === "equal-instalment" ? levelInstalment(principalFen, rate, counted, BASIS[dayCount]) : 0;
  const share = Math.floor(principalFen / paid.length);
  const principal: Fen[] = [];
  const interest: Fen[] = [];
  const balance: Fen[] = [];
  let owed = principalFen;
  for (let i = 0; i < paid.length; i++) {
    const due = interestOf(owed, rate, counted[i]!, dayCount);
    const wanted = method === "equal-instalment" ? level - due : method === "equal-principal" ? share : 0;
    const part = i === paid.length - 1 ? owed : Math.max(0, Math.min(owed, wanted));
    owed -= part;
    principal.push(part);
    interest.push(due);
    balance.push(owed);
  }
  return { months: paid, principal, interest, balance };
};

/**
 * The schedule of a loan, to the fen. Interest is that of the days of each period, rounded to the nearest fen.
 * - Equal instalments 等额本息: one instalment, the nearest fen to the one that brings the balance to zero over the actual days
 *   (the closed annuity formula where all periods are equal); the last payment takes what rounding left.
 * - Equal principal 等额本金: the principal divided by the number of payments, rounded down; the last takes the rest.
 * - Interest monthly 按月付息到期还本 and bullet 到期一次还本付息: all principal at the end.
 */
export const scheduleOf = (terms: LoanTerms): Payment[] => {
  const { months, principal, interest, balance } = columnsOf(terms);
  const { days } = monthsFrom(terms.from, terms.months);
  return months.map((month, i) => ({
    on: days[month]!,
    principalFen: principal[i]!,
    interestFen: interest[i]!,
    balanceFen: balance[i]!,
  }));
};

/** P·Πf ÷ Σ of the products of the later factors, with f = 1 + rate·days/basis: the present value of the instalments is P. */
const levelInstalment = (principalFen: Fen, rate: Millionths, days: readonly number[], basis: number): Fen => {
  let grown = 1;
  let sum = 0;
  for (const count of days) {
    // Horner's scheme: each instalment so far grows by this period, and one more is paid at its end.
    const factor = 1 + (rate * count) / (basis * 1_000_000);
    grown *= factor;
    sum = sum * factor + 1;
  }
  return Math.round((principalFen * grown) / sum);
};

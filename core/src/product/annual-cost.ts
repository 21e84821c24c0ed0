import { type Fen, type IsoDate, type Result, dayNumber, err, ok } from "../basics/index.ts";

/** Money at a day, as its owner sees it: positive comes in, negative goes out. */
export type CashFlow = { readonly on: IsoDate; readonly amountFen: Fen };

/**
 * The days of flows, in rising order and all different. Flows of a loan come a month apart, so few distances between neighbours differ:
 * a power is worked out once for each, and the others are products of these.
 */
type Times = {
  /** In years from the first day. */
  readonly t: readonly number[];
  /** For each but the first, which of `gaps` lies before it. */
  readonly gapOf: readonly number[];
  /** Distances between neighbours, in years, all different. */
  readonly gaps: readonly number[];
  /** Room for the powers of `gaps`. */
  readonly powers: number[];
};

/** A sum Σ aᵢ·e^(−tᵢ·x); no amount is zero. */
type Terms = { readonly times: Times; readonly a: readonly number[] };

const YEAR = 365;

const timesOf = (days: readonly number[]): Times => {
  const t = [0];
  const gapOf = [0];
  const gaps: number[] = [];
  for (let i = 1; i < days.length; i++) {
    t.push((days[i]! - days[0]!) / YEAR);
    const gap = (days[i]! - days[i - 1]!) / YEAR;
    let at = gaps.indexOf(gap);
    if (at < 0) at = gaps.push(gap) - 1;
    gapOf.push(at);
  }
  return { t, gapOf, gaps, powers: gaps.map(() => 1) };
};

/** The sum and its slope at a place; one pair for all, read before the next call. */
const at = { value: 0, slope: 0 };

/**
 * The sum and its slope at `x`, both times e^(s·x), a positive factor that moves no root: s is the first time where x is positive and the
 * last where it is not, so that every power is between zero and one and none overflows.
 */
const evaluate = ({ times: { t, gapOf, gaps, powers }, a }: Terms, x: number): void => {
  const size = Math.abs(x);
  for (let k = 0; k < gaps.length; k++) powers[k] = Math.exp(-gaps[k]! * size);
  const last = t.length - 1;
  let power = 1;
  let value = 0;
  let slope = 0;
  if (x >= 0)
    for (let i = 0; i <= last; i++) {
      if (i > 0) power *= powers[gapOf[i]!]!;
      const part = a[i]! * power;
      value += part;
      slope -= t[i]! * part;
    }
  else
    for (let i = last; i >= 0; i--) {
      const part = a[i]! * power;
      value += part;
      slope -= (t[i]! - t[last]!) * part;
      if (i > 0) power *= powers[gapOf[i]!]!;
    }
  at.value = value;
  at.slope = slope;
};

const valueAt = (terms: Terms, x: number): number => {
  evaluate(terms, x);
  return at.value;
};

const signChanges = (a: readonly number[]): number => {
  let changes = 0;
  for (let i = 1; i < a.length; i++) if (a[i]! > 0 !== a[i - 1]! > 0) changes++;
  return changes;
};

/** What comes and what goes, each as one flow at its mean time: their root is near that of a loan. */
const guessOf = ({ times: { t }, a }: Terms): number => {
  let [comes, comesAt, goes, goesAt] = [0, 0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const amount = a[i]!;
    if (amount > 0) {
      comes += amount;
      comesAt += amount * t[i]!;
    } else {
      goes -= amount;
      goesAt -= amount * t[i]!;
    }
  }
  return Math.log(goes / comes) / (goesAt / goes - comesAt / comes);
};

/**
 * The root between two places where the sum has different signs, and where it has no other: Newton's step where it stays between them and
 * halving where it does not, so that the root is always kept between `low` and `high`. Null where no halving is allowed and one is needed.
 */
const between = (terms: Terms, from: number, to: number, signFrom: number, halving = true): number | null => {
  let low = from;
  let high = to;
  const guess = guessOf(terms);
  let x = guess > from && guess < to ? guess : (from + to) / 2;
  for (let step = 0; step < 200; step++) {
    evaluate(terms, x);
    const { value, slope } = at;
    if (value === 0) return x;
    if (Math.sign(value) === signFrom) low = x;
    else high = x;
    const next = x - value / slope;
    const moved = Math.abs(next - x);
    if (next > low && next < high) x = next;
    else if (halving) x = (low + high) / 2;
    else return null;
    // Newton doubles the digits: once a step is this small the next place is exact to the last bits.
    if (moved < 1e-8 && next > low && next < high) return x;
    if (high - low < 1e-14 * Math.max(1, Math.abs(low))) return x;
  }
  return x;
};

/**
 * All real roots, in rising order. The number of roots is at most the number of changes of sign (Descartes' rule for sums of
 * exponentials), and the proof is the algorithm: multiplied by e^(s·x), with s between the times of a change of sign, the derivative has
 * one change less, and between two of its roots the sum has one root at most. With one change of sign the root is the only one.
 */
const rootsOf = (terms: Terms): number[] => {
  const { times, a } = terms;
  const { t } = times;
  const changes = signChanges(a);
  if (changes === 0) return [];
  // Far to the left the last flow decides, far to the right the first.
  const ends: [number, number] = [Math.sign(a.at(-1)!), Math.sign(a[0]!)];
  let turning: number[] = [];
  if (changes === 1) {
    // Nearly every loan: the one root is where Newton's steps from zero lead, and any bracket around them would only agree.
    const root = between(terms, -1, 1, ends[0], false);
    if (root !== null) return [root];
  } else {
    const change = a.findIndex((each, i) => i > 0 && each > 0 !== a[i - 1]! > 0);
    const shift = (t[change - 1]! + t[change]!) / 2;
    turning = rootsOf({ times, a: a.map((each, i) => each * (shift - t[i]!)) });
  }
  const reach = (start: number, direction: -1 | 1, sign: number): number => {
    let step = 1;
    while (Math.sign(valueAt(terms, start + direction * step)) !== sign && step < 1e6) step *= 2;
    return start + direction * step;
  };
  const grid = [reach(turning[0] ?? 0, -1, ends[0]), ...turning, reach(turning.at(-1) ?? 0, 1, ends[1])];
  const roots: number[] = [];
  const scale = a.reduce((sum, each) => sum + Math.abs(each), 0);
  let there = valueAt(terms, grid[0]!);
  for (let i = 1; i < grid.length; i++) {
    const [from, to] = [grid[i - 1]!, grid[i]!];
    const here = there;
    there = valueAt(terms, to);
    // A turning point that touches zero is a double root.
    if (i > 1 && Math.abs(here) <= 1e-12 * scale) {
      if (roots.at(-1) !== from) roots.push(from);
      continue;
    }
    if (Math.sign(here) !== Math.sign(there) && Math.abs(there) > 1e-12 * scale) roots.push(between(terms, from, to, Math.sign(here))!);
  }
  return roots;
};

/**
 * What can be the annual cost of a loan: from −99 % to 10,000 %. Subsidies that come after the last payment put a root next to −100 % that
 * is algebra and no cost; a payment the day after can put one above any bound.
 */
const LEAST = -0.99;
const MOST = 100;
const [LEAST_X, MOST_X] = [Math.log1p(LEAST), Math.log1p(MOST)];

/**
 * The roots within those bounds where the sums of the flows so far show that there are few, which they do of nearly every loan; null where
 * they do not. For x > 0 the sum is x·∫ A(t)·e^(−tx) dt, with A(t) the flows up to t, so it has at most as many roots as A changes its
 * sign (Norstrøm 1972; the variation diminishing property of the Laplace transform), and for x < 0 the same from the last flow backwards.
 * With one root at most on a side, the signs at its ends tell whether it lies between them.
 */
const fewRoots = (terms: Terms): number[] | null => {
  const { a } = terms;
  const all = a.reduce((sum, each) => sum + each, 0);
  if (all === 0) return null;
  const changes = (step: 1 | -1): number => {
    let sum = 0;
    let sign = 0;
    let count = 0;
    for (let i = step > 0 ? 0 : a.length - 1; i >= 0 && i < a.length; i += step) {
      sum += a[i]!;
      if (sum === 0) continue;
      if (sign !== 0 && Math.sign(sum) !== sign) count++;
      sign = Math.sign(sum);
    }
    return count;
  };
  const [later, sooner] = [changes(1), changes(-1)];
  if (later > 1 || sooner > 1) return null;
  const roots: number[] = [];
  const here = Math.sign(all);
  if (sooner === 1) {
    const there = Math.sign(valueAt(terms, LEAST_X));
    if (there === 0) return null;
    if (there !== here) roots.push(between(terms, LEAST_X, 0, there)!);
  }
  if (later === 1) {
    const there = Math.sign(valueAt(terms, MOST_X));
    if (there === 0) return null;
    if (there !== here) roots.push(between(terms, 0, MOST_X, here)!);
  }
  return roots;
};

export type NoRate =
  /** No rate between −99 % and 10,000 %: nothing is borrowed, nothing is paid, or far too little or much. */
  | { readonly kind: "no-root" }
  /** More than one rate within those bounds makes the flows worth nothing: none of them is the cost. */
  | { readonly kind: "ambiguous"; readonly rates: readonly number[] };

/**
 * The effective rate a year r at which Σ flowᵢ ÷ (1 + r)^(daysᵢ/365) is zero: the internal rate of return by day, as XIRR, the
 * annual percentage rate of Directive 98/7/EC (calendar basis) and the compound method of 中国人民银行公告〔2021〕第3号 have it.
 * `no-root` and `ambiguous` are values, since flows come from documents.
 */
export const annualCost = (flows: readonly CashFlow[]): Result<number, NoRate> => {
  const ledger = newLedger();
  for (const { on, amountFen } of flows) enter(ledger, dayNumber(on), amountFen);
  return rateOf(ledger);
};

/** Money by day, in rising order of days: what comes and goes on a day is one amount. */
export type Ledger = { readonly days: number[]; readonly amounts: Fen[] };

export const newLedger = (): Ledger => ({ days: [], amounts: [] });

/** Adds an amount on a day, a whole number that counts days. Quick where days come nearly in order, as those of a loan do. */
export const enter = ({ days, amounts }: Ledger, day: number, amount: Fen): void => {
  let at = days.length;
  while (at > 0 && days[at - 1]! > day) at--;
  if (at > 0 && days[at - 1] === day) {
    amounts[at - 1]! += amount;
    return;
  }
  days.push(day);
  amounts.push(amount);
  for (let i = days.length - 1; i > at; i--) {
    days[i] = days[i - 1]!;
    amounts[i] = amounts[i - 1]!;
  }
  days[at] = day;
  amounts[at] = amount;
};

/** `annualCost` of a ledger. A root is the same from whichever day years are counted. */
export const rateOf = ({ days, amounts }: Ledger): Result<number, NoRate> => {
  const own = amounts.includes(0) ? days.filter((_, i) => amounts[i] !== 0) : days;
  const a = own === days ? amounts : amounts.filter((amount) => amount !== 0);
  if (a.length < 2) return err({ kind: "no-root" });
  const terms: Terms = { times: timesOf(own), a };
  const rates = (fewRoots(terms) ?? rootsOf(terms)).map((x) => Math.exp(x) - 1).filter((rate) => rate > LEAST && rate < MOST);
  if (rates.length === 0) return err({ kind: "no-root" });
  return rates.length === 1 ? ok(rates[0]!) : err({ kind: "ambiguous", rates });
};

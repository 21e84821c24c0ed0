import { type Fen, type IsoDate, type Result, dayNumber, err, ok } from "../basics/index.ts";

/** Money at a day, as its owner sees it: positive comes in, negative goes out. */
export type CashFlow = { readonly on: IsoDate; readonly amountFen: Fen };

/** A sum Σ aᵢ·e^(−tᵢ·x) with times in years, in rising order and all different; no amount is zero. */
type Terms = { readonly t: readonly number[]; readonly a: readonly number[] };

const valueAt = ({ t, a }: Terms, x: number): number => {
  // The exponents are taken from the middle one, so that none overflows; a positive factor moves no root.
  const shift = x >= 0 ? t[0]! : t.at(-1)!;
  let sum = 0;
  for (let i = 0; i < t.length; i++) sum += a[i]! * Math.exp(-(t[i]! - shift) * x);
  return sum;
};

const signChanges = ({ a }: Terms): number => {
  let changes = 0;
  for (let i = 1; i < a.length; i++) if (a[i]! > 0 !== a[i - 1]! > 0) changes++;
  return changes;
};

/**
 * The root between two places where the sum has different signs, and where it has no other: Newton's step where it stays between them and
 * halving where it does not, so that the root is always kept between `low` and `high`. Null where no halving is allowed and one is needed.
 */
const between = ({ t, a }: Terms, from: number, to: number, signFrom: number, halving = true): number | null => {
  let low = from;
  let high = to;
  let x = from < 0 && to > 0 ? 0 : (from + to) / 2;
  const [first, last] = [t[0]!, t.at(-1)!];
  for (let step = 0; step < 200; step++) {
    const shift = x >= 0 ? first : last;
    let value = 0;
    let slope = 0;
    for (let i = 0; i < t.length; i++) {
      const after = t[i]! - shift;
      const part = a[i]! * Math.exp(-after * x);
      value += part;
      slope -= after * part;
    }
    if (value === 0) return x;
    if (Math.sign(value) === signFrom) low = x;
    else high = x;
    const next = x - value / slope;
    const moved = Math.abs(next - x);
    if (next > low && next < high) x = next;
    else if (halving) x = (low + high) / 2;
    else return null;
    // Newton doubles the digits: once a step is this small the next place is exact to the last bits.
    if (moved < 1e-9 && next > low && next < high) return x;
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
  const { t, a } = terms;
  const changes = signChanges(terms);
  if (changes === 0) return [];
  // Far to the left the last flow decides, far to the right the first.
  const ends: [number, number] = [Math.sign(a.at(-1)!), Math.sign(a[0]!)];
  let turning: number[] = [];
  if (changes === 1) {
    // Nearly every loan: the one root is where Newton's steps from zero lead, and any bracket around them would only agree.
    const root = between(terms, -1, 1, ends[0], false);
    if (root !== null) return [root];
  } else {
    const at = a.findIndex((each, i) => i > 0 && each > 0 !== a[i - 1]! > 0);
    const shift = (t[at - 1]! + t[at]!) / 2;
    turning = rootsOf({ t, a: a.map((each, i) => each * (shift - t[i]!)) });
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

/** `annualCost` of a ledger. Years count from its first day, whatever comes on it. */
export const rateOf = ({ days, amounts }: Ledger): Result<number, NoRate> => {
  const t: number[] = [];
  const a: Fen[] = [];
  for (let i = 0; i < days.length; i++) {
    if (amounts[i] === 0) continue;
    t.push((days[i]! - days[0]!) / 365);
    a.push(amounts[i]!);
  }
  if (t.length < 2) return err({ kind: "no-root" });
  const rates = rootsOf({ t, a })
    .map((x) => Math.exp(x) - 1)
    .filter((rate) => rate > LEAST && rate < MOST);
  if (rates.length === 0) return err({ kind: "no-root" });
  return rates.length === 1 ? ok(rates[0]!) : err({ kind: "ambiguous", rates });
};

import { type Fen, type IsoDate, type Result, daysBetween, err, ok } from "../basics/index.ts";

/** Money at a day, as its owner sees it: positive comes in, negative goes out. */
export type CashFlow = { readonly on: IsoDate; readonly amountFen: Fen };

/** A sum Σ aᵢ·e^(−tᵢ·x) with times in years, in rising order and all different. */
type Terms = readonly { readonly t: number; readonly a: number }[];

const valueAt = (terms: Terms, x: number): number => {
  // The exponents are taken from the middle one, so that none overflows; a positive factor moves no root.
  const shift = x >= 0 ? terms[0]!.t : terms.at(-1)!.t;
  let sum = 0;
  for (const { t, a } of terms) sum += a * Math.exp(-(t - shift) * x);
  return sum;
};

const signChanges = (terms: Terms): number => {
  let changes = 0;
  let before = 0;
  for (const { a } of terms) {
    if (a === 0) continue;
    if (before !== 0 && Math.sign(a) !== before) changes++;
    before = Math.sign(a);
  }
  return changes;
};

/**
 * The root between two places where the sum has different signs, and where it has no other: Newton's step where it stays between them and
 * halving where it does not, so that the root is always kept between `low` and `high`.
 */
const between = (terms: Terms, from: number, to: number, signFrom: number): number => {
  let low = from;
  let high = to;
  let x = from < 0 && to > 0 ? 0 : (from + to) / 2;
  for (let step = 0; step < 200; step++) {
    const shift = x >= 0 ? terms[0]!.t : terms.at(-1)!.t;
    let value = 0;
    let slope = 0;
    for (const { t, a } of terms) {
      const part = a * Math.exp(-(t - shift) * x);
      value += part;
      slope -= (t - shift) * part;
    }
    if (value === 0) return x;
    if (Math.sign(value) === signFrom) low = x;
    else high = x;
    const next = x - value / slope;
    const moved = Math.abs(next - x);
    if (next > low && next < high) x = next;
    else x = (low + high) / 2;
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
  const changes = signChanges(terms);
  if (changes === 0) return [];
  const known = terms.filter(({ a }) => a !== 0);
  let turning: number[] = [];
  if (changes > 1) {
    const at = known.findIndex(({ a }, i) => i > 0 && Math.sign(a) !== Math.sign(known[i - 1]!.a));
    const shift = (known[at - 1]!.t + known[at]!.t) / 2;
    turning = rootsOf(known.map(({ t, a }) => ({ t, a: a * (shift - t) })));
  }
  // Far to the left the last flow decides, far to the right the first.
  const ends: [number, number] = [Math.sign(known.at(-1)!.a), Math.sign(known[0]!.a)];
  const reach = (start: number, direction: -1 | 1, sign: number): number => {
    let step = 1;
    while (Math.sign(valueAt(known, start + direction * step)) !== sign && step < 1e6) step *= 2;
    return start + direction * step;
  };
  const marks = [...turning];
  const places = marks.length === 0 ? [0] : marks;
  const grid = [reach(places[0]!, -1, ends[0]), ...marks, reach(places.at(-1)!, 1, ends[1])];
  const roots: number[] = [];
  const scale = known.reduce((sum, { a }) => sum + Math.abs(a), 0);
  for (let i = 1; i < grid.length; i++) {
    const [from, to] = [grid[i - 1]!, grid[i]!];
    const [a, b] = [valueAt(known, from), valueAt(known, to)];
    // A turning point that touches zero is a double root.
    if (i > 1 && Math.abs(a) <= 1e-12 * scale) {
      if (roots.at(-1) !== from) roots.push(from);
      continue;
    }
    if (Math.sign(a) !== Math.sign(b) && Math.abs(b) > 1e-12 * scale) roots.push(between(known, from, to, Math.sign(a)));
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
  const [first] = flows.toSorted((a, b) => (a.on < b.on ? -1 : a.on > b.on ? 1 : 0));
  if (!first) return err({ kind: "no-root" });
  const byDay = new Map<IsoDate, number>();
  for (const { on, amountFen } of flows) byDay.set(on, (byDay.get(on) ?? 0) + amountFen);
  const terms = [...byDay]
    .map(([on, a]) => ({ t: daysBetween(first.on, on) / 365, a }))
    .filter(({ a }) => a !== 0)
    .toSorted((a, b) => a.t - b.t);
  if (terms.length < 2) return err({ kind: "no-root" });
  const rates = rootsOf(terms)
    .map((x) => Math.exp(x) - 1)
    .filter((rate) => rate > LEAST && rate < MOST);
  if (rates.length === 0) return err({ kind: "no-root" });
  return rates.length === 1 ? ok(rates[0]!) : err({ kind: "ambiguous", rates });
};

import { sortNumbers } from "./sort.ts";
import type { Random } from "./random.ts";

/**
 * The finest division that binning looks at: neighbouring runs of distinct values, each with its counts. `firsts[i]`
 * and `lasts[i]` are the smallest and largest value in bucket i.
 */
export type Buckets = {
  readonly firsts: Float64Array;
  readonly lasts: Float64Array;
  readonly events: Float64Array;
  readonly nonEvents: Float64Array;
  /** Each bucket is a single value. */
  readonly exact: boolean;
  /** Counts by fold, fold-major (fold · buckets + bucket), when folds were asked for. */
  readonly foldEvents: Float64Array;
  readonly foldNonEvents: Float64Array;
};

/**
 * Sorts both classes and walks them together. Up to `most` distinct values each gets its own bucket, exactly; beyond
 * that, buckets of about equal count that never split equal values. Folds are drawn in sorted order, in which rows
 * that are alike cannot be told apart, so the order of rows changes nothing.
 */
export const bucketsOf = (
  eventValues: Float64Array,
  nonEventValues: Float64Array,
  most: number,
  folds: number,
  random: Random | null,
): Buckets => {
  const a = sortNumbers(eventValues);
  const b = sortNumbers(nonEventValues);
  const n = a.length + b.length;

  let distinct = 0;
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    const value = j >= b.length || (i < a.length && a[i]! <= b[j]!) ? a[i]! : b[j]!;
    while (i < a.length && a[i] === value) i++;
    while (j < b.length && b[j] === value) j++;
    if (++distinct > most) break;
  }
  const target = distinct > most ? Math.ceil(n / most) : 1;

  const size = Math.min(distinct, most) + 1;
  const firsts = new Float64Array(size);
  const lasts = new Float64Array(size);
  const events = new Float64Array(size);
  const nonEvents = new Float64Array(size);
  let count = 0;
  let fresh = true;
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    const value = j >= b.length || (i < a.length && a[i]! <= b[j]!) ? a[i]! : b[j]!;
    if (fresh) firsts[count] = value;
    const i0 = i;
    const j0 = j;
    while (i < a.length && a[i] === value) i++;
    while (j < b.length && b[j] === value) j++;
    events[count]! += i - i0;
    nonEvents[count]! += j - j0;
    lasts[count] = value;
    fresh = events[count]! + nonEvents[count]! >= target;
    if (fresh) count++;
  }
  if (!fresh) count++;

  const foldEvents = new Float64Array(folds * count);
  const foldNonEvents = new Float64Array(folds * count);
  if (random !== null && folds > 0) {
    for (const [counts, byFold] of [
      [events, foldEvents],
      [nonEvents, foldNonEvents],
    ] as const) {
      for (let bucket = 0; bucket < count; bucket++) {
        for (let k = counts[bucket]!; k > 0; k--) byFold[Math.floor(random() * folds) * count + bucket]!++;
      }
    }
  }
  return {
    firsts: firsts.slice(0, count),
    lasts: lasts.slice(0, count),
    events: events.slice(0, count),
    nonEvents: nonEvents.slice(0, count),
    exact: distinct <= most,
    foldEvents,
    foldNonEvents,
  };
};

/**
 * The same buckets with those of `open` taken apart into single values. `eventValues` and `nonEventValues` are sorted, as
 * `bucketsOf` leaves them. Without counts by fold.
 */
export const magnify = (
  buckets: Buckets,
  eventValues: Float64Array,
  nonEventValues: Float64Array,
  open: (bucket: number) => boolean,
): Buckets => {
  const firsts: number[] = [];
  const lasts: number[] = [];
  const events: number[] = [];
  const nonEvents: number[] = [];
  let i = 0;
  let j = 0;
  for (let bucket = 0; bucket < buckets.events.length; bucket++) {
    const iEnd = i + buckets.events[bucket]!;
    const jEnd = j + buckets.nonEvents[bucket]!;
    if (!open(bucket)) {
      firsts.push(buckets.firsts[bucket]!);
      lasts.push(buckets.lasts[bucket]!);
      events.push(iEnd - i);
      nonEvents.push(jEnd - j);
      i = iEnd;
      j = jEnd;
      continue;
    }
    while (i < iEnd || j < jEnd) {
      const value = j >= jEnd || (i < iEnd && eventValues[i]! <= nonEventValues[j]!) ? eventValues[i]! : nonEventValues[j]!;
      const i0 = i;
      const j0 = j;
      while (i < iEnd && eventValues[i] === value) i++;
      while (j < jEnd && nonEventValues[j] === value) j++;
      firsts.push(value);
      lasts.push(value);
      events.push(i - i0);
      nonEvents.push(j - j0);
    }
  }
  return {
    firsts: Float64Array.from(firsts),
    lasts: Float64Array.from(lasts),
    events: Float64Array.from(events),
    nonEvents: Float64Array.from(nonEvents),
    exact: false,
    foldEvents: new Float64Array(0),
    foldNonEvents: new Float64Array(0),
  };
};

const entropy = (events: number, nonEvents: number): number => {
  const n = events + nonEvents;
  return (events > 0 ? -events * Math.log(events / n) : 0) + (nonEvents > 0 ? -nonEvents * Math.log(nonEvents / n) : 0);
};

/**
 * Chooses at most `most` pre-bins among the buckets, as a classification tree does: the split that lowers entropy most
 * comes first. The tree first grows leaves that are large enough for a bin (`binRecords`), then goes on inside them down
 * to `minRecords`; so the boundaries of a plain tree are always among the candidates. Gives the first bucket of each
 * pre-bin. When there are no more buckets than pre-bins and each is large enough, the buckets are the pre-bins.
 */
export const candidateStarts = (
  nonEvents: ArrayLike<number>,
  events: ArrayLike<number>,
  most: number,
  minRecords: number,
  binRecords: number,
): number[] => {
  const n = events.length;
  const g = new Float64Array(n + 1);
  const b = new Float64Array(n + 1);
  let allLarge = n <= most;
  for (let i = 0; i < n; i++) {
    g[i + 1] = g[i]! + nonEvents[i]!;
    b[i + 1] = b[i]! + events[i]!;
    if (events[i]! + nonEvents[i]! < minRecords) allLarge = false;
  }
  if (allLarge) return Array.from({ length: n }, (_, i) => i);

  type Leaf = { readonly from: number; readonly to: number; readonly cut: number; readonly gain: number };
  const leaf = (from: number, to: number, least: number): Leaf => {
    const bad = b[to]! - b[from]!;
    const good = g[to]! - g[from]!;
    const whole = entropy(bad, good);
    let cut = -1;
    let gain = 0;
    for (let k = from + 1; k < to; k++) {
      const badLeft = b[k]! - b[from]!;
      const goodLeft = g[k]! - g[from]!;
      if (badLeft + goodLeft < least || bad + good - badLeft - goodLeft < least) continue;
      const lowered = whole - entropy(badLeft, goodLeft) - entropy(bad - badLeft, good - goodLeft);
      if (lowered > gain + 1e-12) {
        gain = lowered;
        cut = k;
      }
    }
    return { from, to, cut, gain };
  };
  let leaves = [leaf(0, n, binRecords)];
  const grow = (least: number) => {
    while (leaves.length < most) {
      let best = -1;
      for (let k = 0; k < leaves.length; k++) if (leaves[k]!.cut >= 0 && (best < 0 || leaves[k]!.gain > leaves[best]!.gain)) best = k;
      if (best < 0) break;
      const { from, to, cut } = leaves[best]!;
      leaves.splice(best, 1, leaf(from, cut, least), leaf(cut, to, least));
    }
  };
  grow(binRecords);
  if (minRecords < binRecords) {
    leaves = leaves.map(({ from, to }) => leaf(from, to, minRecords));
    grow(minRecords);
  }
  return leaves.map((each) => each.from);
};

/** Sums of runs of counts that begin at `starts`. */
export const sumRuns = (counts: ArrayLike<number>, starts: readonly number[], offset = 0, length = counts.length): Float64Array => {
  const sums = new Float64Array(starts.length);
  for (let run = 0; run < starts.length; run++) {
    const end = starts[run + 1] ?? length;
    for (let i = starts[run]!; i < end; i++) sums[run]! += counts[offset + i]!;
  }
  return sums;
};

/** The number with the fewest digits in (below, upTo]: a boundary that people can read and that splits the same rows. */
export const readableBoundary = (below: number, upTo: number): number => {
  const middle = below / 2 + upTo / 2;
  for (let digits = 1; digits <= 17; digits++) {
    const rounded = Number(middle.toPrecision(digits));
    if (rounded > below && rounded <= upTo) return rounded;
  }
  return upTo;
};

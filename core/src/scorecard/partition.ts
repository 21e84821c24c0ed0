import { normalQuantile } from "./statistics.ts";

/**
 * The best division of a row of neighbouring pre-bins into bins, by dynamic programming: the proven optimum, not a
 * greedy merge. Binning 分箱 in binning.ts makes the pre-bins.
 */

/**
 * What a division maximises. With p the share of all non-events in a bin and q the share of all events:
 * `iv` Σ (p − q) ln(p / q), information value (Kullback's J); `js` ½ Σ p ln(2p / (p + q)) + q ln(2q / (p + q)),
 * Jensen–Shannon divergence in nats; `hellinger` ½ Σ (√p − √q)², the squared Hellinger distance.
 */
export type Objective = "iv" | "js" | "hellinger";

/** The shape that the event rate has to follow along the feature. Equal neighbours satisfy either direction. */
export type Shape = "none" | "ascending" | "descending" | "peak" | "valley";

export type PartitionRules = {
  readonly objective: Objective;
  readonly shape: Shape;
  /** Fewest records, events and non-events in a bin. */
  readonly minRecords: number;
  readonly minEvents: number;
  readonly minNonEvents: number;
  readonly minBins: number;
  readonly maxBins: number | null;
  /** Largest p-value allowed between neighbouring bins: chi-squared test of the 2 × 2 table, without correction. */
  readonly maxPValue: number | null;
  /** All events and non-events of the sample, those outside the pre-bins (missing, special) included. */
  readonly allEvents: number;
  readonly allNonEvents: number;
  /** Records at the overall rate that are added to a bin which has no events or no non-events. */
  readonly smoothing: number;
};

/** `starts[b]` is the first pre-bin of bin b; `value` the objective over the bins. */
export type Partition = { readonly starts: readonly number[]; readonly value: number };

/**
 * What one bin adds to the objective. A bin without events or without non-events has no finite information value,
 * so there, and only there, the shares are smoothed as weights of evidence are.
 */
export const binValue = (
  objective: Objective,
  nonEvents: number,
  events: number,
  rules: Pick<PartitionRules, "allEvents" | "allNonEvents" | "smoothing">,
): number => {
  const p = nonEvents / rules.allNonEvents;
  const q = events / rules.allEvents;
  switch (objective) {
    case "iv": {
      if (nonEvents + events === 0) return 0;
      if (nonEvents > 0 && events > 0) return (p - q) * Math.log(p / q);
      // The added records are split at the overall rate, so each side gains the same share of its own total.
      const added = rules.smoothing / (rules.allEvents + rules.allNonEvents);
      return (p - q) * Math.log((p + added) / (q + added));
    }
    case "js":
      return 0.5 * ((p > 0 ? p * Math.log((2 * p) / (p + q)) : 0) + (q > 0 ? q * Math.log((2 * q) / (p + q)) : 0));
    case "hellinger":
      return 0.5 * (Math.sqrt(p) - Math.sqrt(q)) ** 2;
    default:
      return objective satisfies never;
  }
};

/** Pearson's chi-squared of the 2 × 2 table of two bins, without continuity correction; 0 when a margin is empty. */
export const chiSquared = (nonEvents1: number, events1: number, nonEvents2: number, events2: number): number => {
  const n1 = nonEvents1 + events1;
  const n2 = nonEvents2 + events2;
  const events = events1 + events2;
  const nonEvents = nonEvents1 + nonEvents2;
  if (n1 === 0 || n2 === 0 || events === 0 || nonEvents === 0) return 0;
  const cross = events1 * nonEvents2 - events2 * nonEvents1;
  return (cross / n1 / n2) * (cross / events / nonEvents) * (n1 + n2);
};

/** Least chi-squared that neighbours must have; 0 where there is no such rule. */
const criticalValue = ({ maxPValue }: PartitionRules): number =>
  maxPValue === null || maxPValue >= 1 ? 0 : normalQuantile(maxPValue / 2) ** 2;

/**
 * The division with the greatest value under the rules, or null when none keeps them. Values that differ by rounding
 * alone go to the one with fewer bins.
 *
 * A state is the last bin (first and last pre-bin), the number of bins so far, and for a peak or a valley whether the
 * turn has been made; the bin before is all that the next bin's trend and p-value depend on, so the best way into a
 * state is all that has to be kept. O(n³ · bins) for n pre-bins, with bins that break a rule left out at once. Where no
 * rule links neighbours (no trend, no p-value) the end of the last bin is state enough: O(n² · bins).
 */
export const optimalPartition = (nonEvents: ArrayLike<number>, events: ArrayLike<number>, rules: PartitionRules): Partition | null => {
  const n = events.length;
  if (n === 0) return null;
  const g = new Float64Array(n + 1);
  const b = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) {
    g[i + 1] = g[i]! + nonEvents[i]!;
    b[i + 1] = b[i]! + events[i]!;
  }

  const minBins = Math.max(1, rules.minBins);
  const saturates = rules.maxBins === null;
  const layers = saturates ? minBins : rules.maxBins;
  if (layers < minBins) return null;
  const critical = criticalValue(rules);
  if (rules.shape === "none" && critical === 0) return unlinked(g, b, rules, minBins, layers, saturates);

  // value[i * n + j] of the bin of pre-bins i…j; NaN where it breaks a rule by itself.
  const value = new Float64Array(n * n).fill(Number.NaN);
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) {
      const bad = b[j + 1]! - b[i]!;
      const good = g[j + 1]! - g[i]!;
      if (bad < rules.minEvents || good < rules.minNonEvents || bad + good < rules.minRecords) continue;
      value[i * n + j] = binValue(rules.objective, good, bad, rules);
    }
  }

  const turns = rules.shape === "peak" || rules.shape === "valley";
  const phases = turns ? 2 : 1;

  // best[((start * n + end) * phases + phase) * layers + (bins − 1)], and the state it came from.
  const size = n * n * phases * layers;
  const best = new Float64Array(size).fill(Number.NEGATIVE_INFINITY);
  const from = new Int32Array(size).fill(-1);
  for (let j = 0; j < n; j++) if (!Number.isNaN(value[j]!)) best[j * phases * layers] = value[j]!;

  // Rates of whole numbers below 2²⁶ are equal as floating-point numbers exactly when they are equal.
  const rate = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = i; j < n; j++) rate[i * n + j] = (b[j + 1]! - b[i]!) / (b[j + 1]! - b[i]! + g[j + 1]! - g[i]!);
  const reached = new Uint8Array(n * n);
  const sources = new Int32Array(n);
  const width = phases * layers;
  for (let j = 0; j < n - 1; j++) {
    let count = 0;
    for (let i = 0; i <= j; i++) if (reached[i * n + j] === 1 || (i === 0 && !Number.isNaN(value[j]!))) sources[count++] = i;
    for (let m = j + 1; m < n; m++) {
      const bin = (j + 1) * n + m;
      const gain = value[bin]!;
      if (Number.isNaN(gain)) continue;
      const own = rate[bin]!;
      for (let s = 0; s < count; s++) {
        const before = sources[s]! * n + j;
        const rises = own >= rate[before]!;
        const falls = own <= rate[before]!;
        if (rules.shape === "ascending" && !rises) continue;
        if (rules.shape === "descending" && !falls) continue;
        if (critical > 0) {
          const i = sources[s]!;
          if (chiSquared(g[j + 1]! - g[i]!, b[j + 1]! - b[i]!, g[m + 1]! - g[j + 1]!, b[m + 1]! - b[j + 1]!) < critical) continue;
        }
        reached[bin] = 1;
        for (let phase = 0; phase < phases; phase++) {
          const source = before * width + phase * layers;
          for (let next = phase; next < phases; next++) {
            if (turns && !((next === 0) === (rules.shape === "peak") ? rises : falls)) continue;
            const target = bin * width + next * layers;
            for (let k = 0; k < layers; k++) {
              const sum = best[source + k]! + gain;
              const to = k + 1 < layers ? k + 1 : saturates ? k : -1;
              if (to >= 0 && sum > best[target + to]!) {
                best[target + to] = sum;
                from[target + to] = source + k;
              }
            }
          }
        }
      }
    }
  }

  let winner = -1;
  let winning = Number.NEGATIVE_INFINITY;
  for (let k = minBins - 1; k < layers; k++) {
    for (let phase = 0; phase < phases; phase++) {
      for (let i = 0; i < n; i++) {
        const at = ((i * n + n - 1) * phases + phase) * layers + k;
        const found = best[at]!;
        if (found === Number.NEGATIVE_INFINITY) continue;
        if (winner < 0 || found > winning + 1e-12 * Math.max(1, Math.abs(winning))) {
          winner = at;
          winning = found;
        }
      }
    }
  }
  if (winner < 0) return null;
  const starts: number[] = [];
  for (let at = winner; at >= 0; at = from[at]!) starts.unshift(Math.floor(Math.floor(at / layers / phases) / n));
  return { starts, value: winning };
};

/** The optimum when no rule links neighbouring bins; `g` and `b` are running sums of non-events and events. */
const unlinked = (
  g: Float64Array,
  b: Float64Array,
  rules: PartitionRules,
  minBins: number,
  layers: number,
  saturates: boolean,
): Partition | null => {
  const n = g.length - 1;
  // best[end * layers + (bins − 1)] over divisions of the pre-bins before `end`, and where their last bin starts.
  const best = new Float64Array((n + 1) * layers).fill(Number.NEGATIVE_INFINITY);
  const from = new Int32Array((n + 1) * layers).fill(-1);
  for (let end = 1; end <= n; end++) {
    for (let start = 0; start < end; start++) {
      const bad = b[end]! - b[start]!;
      const good = g[end]! - g[start]!;
      if (bad < rules.minEvents || good < rules.minNonEvents || bad + good < rules.minRecords) continue;
      const gain = binValue(rules.objective, good, bad, rules);
      if (start === 0) {
        if (gain > best[end * layers]!) {
          best[end * layers] = gain;
          from[end * layers] = 0;
        }
        continue;
      }
      for (let k = 0; k < layers; k++) {
        const had = best[start * layers + k]!;
        if (had === Number.NEGATIVE_INFINITY) continue;
        const to = k + 1 < layers ? k + 1 : saturates ? k : -1;
        if (to >= 0 && had + gain > best[end * layers + to]!) {
          best[end * layers + to] = had + gain;
          from[end * layers + to] = start * layers + k;
        }
      }
    }
  }
  let winner = -1;
  for (let k = minBins - 1; k < layers; k++) {
    const found = best[n * layers + k]!;
    if (found === Number.NEGATIVE_INFINITY) continue;
    if (winner < 0 || found > best[winner]! + 1e-12 * Math.max(1, Math.abs(best[winner]!))) winner = n * layers + k;
  }
  if (winner < 0) return null;
  const starts: number[] = [];
  for (let at = winner; at >= layers;) {
    at = from[at]!;
    starts.unshift(Math.floor(at / layers));
  }
  return { starts, value: best[winner]! };
};

/** Whether bins that end before `bounds[1]`, `bounds[2]`, … keep the rules; `g` and `b` are running sums. */
const keepsRules = (bounds: ArrayLike<number>, g: Float64Array, b: Float64Array, rules: PartitionRules, critical: number): boolean => {
  let rose = false;
  let fell = false;
  let good1 = 0;
  let bad1 = 0;
  for (let k = 0; k + 1 < bounds.length; k++) {
    const good2 = g[bounds[k + 1]!]! - g[bounds[k]!]!;
    const bad2 = b[bounds[k + 1]!]! - b[bounds[k]!]!;
    if (bad2 < rules.minEvents || good2 < rules.minNonEvents || bad2 + good2 < rules.minRecords) return false;
    if (k > 0) {
      const difference = bad2 * (bad1 + good1) - bad1 * (bad2 + good2);
      if (difference > 0) {
        if (rules.shape === "descending" || (rules.shape === "peak" && fell)) return false;
        rose = true;
      } else if (difference < 0) {
        if (rules.shape === "ascending" || (rules.shape === "valley" && rose)) return false;
        fell = true;
      }
      if (critical > 0 && chiSquared(good1, bad1, good2, bad2) < critical) return false;
    }
    good1 = good2;
    bad1 = bad2;
  }
  return true;
};

/**
 * Moves one boundary at a time to the best of all places between its neighbours that keep the rules, until none moves:
 * no single boundary can then be moved to a greater value. `starts` has to keep the rules; the value never falls.
 */
export const settleBoundaries = (
  nonEvents: ArrayLike<number>,
  events: ArrayLike<number>,
  rules: PartitionRules,
  starts: readonly number[],
): Partition => {
  const n = events.length;
  const g = new Float64Array(n + 1);
  const b = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) {
    g[i + 1] = g[i]! + nonEvents[i]!;
    b[i + 1] = b[i]! + events[i]!;
  }
  const critical = criticalValue(rules);
  const worth = (from: number, to: number) => binValue(rules.objective, g[to]! - g[from]!, b[to]! - b[from]!, rules);
  const bounds = [...starts, n];
  for (let round = 0, moved = true; moved && round < 50; round++) {
    moved = false;
    for (let k = 1; k + 1 < bounds.length; k++) {
      const from = bounds[k - 1]!;
      const to = bounds[k + 1]!;
      let at = bounds[k]!;
      let most = worth(from, at) + worth(at, to);
      for (let place = from + 1; place < to; place++) {
        const records = g[place]! + b[place]!;
        if (records - g[from]! - b[from]! < rules.minRecords) continue;
        if (g[to]! + b[to]! - records < rules.minRecords) break;
        const found = worth(from, place) + worth(place, to);
        if (!(found > most + 1e-12 * Math.max(1e-6, most))) continue;
        bounds[k] = place;
        if (keepsRules(bounds, g, b, rules, critical)) {
          most = found;
          at = place;
          moved = true;
        }
      }
      bounds[k] = at;
    }
  }
  let value = 0;
  for (let k = 0; k + 1 < bounds.length; k++) value += worth(bounds[k]!, bounds[k + 1]!);
  return { starts: bounds.slice(0, -1), value };
};

import type { IsoDate } from "../basics/index.ts";
import type { Target } from "./binning.ts";
import { cholesky, inverseOf } from "./linear.ts";
import { type Random, shuffle } from "./random.ts";
import { chiSquaredTail, normalQuantile, twoSided } from "./statistics.ts";

/**
 * How good a model is, and how it stays so. `risk` is anything that is higher for those more likely to default (a
 * probability, log-odds, a score with its sign turned); `score` is higher for the safer. One entry a record throughout.
 */

const orderOf = (values: ArrayLike<number>): Int32Array =>
  Int32Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[a]! - values[b]!);

const countEvents = (target: Target): number => {
  let events = 0;
  for (let i = 0; i < target.length; i++) events += target[i] === 1 ? 1 : 0;
  return events;
};

const bothClasses = (target: Target): { readonly events: number; readonly nonEvents: number } => {
  const events = countEvents(target);
  if (events === 0 || events === target.length) throw new RangeError("both outcomes are needed");
  return { events, nonEvents: target.length - events };
};

/** Ranks from 1, ties sharing their mean. */
const midRanks = (values: ArrayLike<number>): Float64Array => {
  const order = orderOf(values);
  const ranks = new Float64Array(values.length);
  for (let i = 0; i < order.length;) {
    let j = i;
    while (j < order.length && values[order[j]!] === values[order[i]!]) j++;
    for (let k = i; k < j; k++) ranks[order[k]!] = (i + j + 1) / 2;
    i = j;
  }
  return ranks;
};

/** DeLong's structural components: for each event the share of non-events below it, for each non-event of events above. */
const placements = (risk: ArrayLike<number>, target: Target) => {
  const { events, nonEvents } = bothClasses(target);
  const eventRisk = new Float64Array(events);
  const nonEventRisk = new Float64Array(nonEvents);
  const places = new Int32Array(target.length);
  let e = 0;
  let n = 0;
  for (let i = 0; i < target.length; i++) {
    if (target[i] === 1) {
      places[i] = e;
      eventRisk[e++] = risk[i]!;
    } else {
      places[i] = n;
      nonEventRisk[n++] = risk[i]!;
    }
  }
  const all = midRanks(risk);
  const amongEvents = midRanks(eventRisk);
  const amongNonEvents = midRanks(nonEventRisk);
  const ofEvents = new Float64Array(events);
  const ofNonEvents = new Float64Array(nonEvents);
  let sum = 0;
  for (let i = 0; i < target.length; i++) {
    const place = places[i]!;
    if (target[i] === 1) {
      ofEvents[place] = (all[i]! - amongEvents[place]!) / nonEvents;
      sum += ofEvents[place]!;
    } else ofNonEvents[place] = 1 - (all[i]! - amongNonEvents[place]!) / events;
  }
  return { events, nonEvents, ofEvents, ofNonEvents, auc: sum / events };
};

const covarianceOf = (a: Float64Array, b: Float64Array): number => {
  const n = a.length;
  if (n < 2) return 0;
  let meanA = 0;
  let meanB = 0;
  for (let i = 0; i < n; i++) {
    meanA += a[i]! / n;
    meanB += b[i]! / n;
  }
  let sum = 0;
  for (let i = 0; i < n; i++) sum += (a[i]! - meanA) * (b[i]! - meanB);
  return sum / (n - 1);
};

/** How well risks rank outcomes, with 95 % bounds of the AUC. */
export type Discrimination = {
  /** Chance that an event has the higher risk of an event and a non-event drawn at random; ties count half. */
  readonly auc: number;
  /** 2 · AUC − 1, the accuracy ratio. */
  readonly gini: number;
  /** DeLong's standard error and interval, cut at 0 and 1. It shrinks to nothing at an AUC of 1: see `scoreLow`. */
  readonly standardError: number;
  readonly low: number;
  readonly high: number;
  /** Newcombe's (2006) method 5: the interval for few labels, which keeps its width at an AUC of 1. */
  readonly scoreLow: number;
  readonly scoreHigh: number;
  /** Largest distance between the two cumulative distributions, and the risk at which it is reached (approve up to it). */
  readonly ks: number;
  readonly ksAt: number;
};

/** AUC by mid-ranks with DeLong's variance (DeLong et al. 1988; the O(n log n) form of Sun and Xu 2014), Gini and KS. */
export const discrimination = (risk: ArrayLike<number>, target: Target, level = 0.95): Discrimination => {
  const { events, nonEvents, ofEvents, ofNonEvents, auc } = placements(risk, target);
  const standardError = Math.sqrt(covarianceOf(ofEvents, ofEvents) / events + covarianceOf(ofNonEvents, ofNonEvents) / nonEvents);
  const z = normalQuantile(0.5 + level / 2);
  const order = orderOf(risk);
  let ks = 0;
  let ksAt = risk[order[0]!]!;
  for (let i = 0, seenEvents = 0, seenNonEvents = 0; i < order.length; i++) {
    if (target[order[i]!] === 1) seenEvents++;
    else seenNonEvents++;
    if (i + 1 < order.length && risk[order[i + 1]!] === risk[order[i]!]) continue;
    const distance = Math.abs(seenNonEvents / nonEvents - seenEvents / events);
    if (distance > ks) {
      ks = distance;
      ksAt = risk[order[i]!]!;
    }
  }
  const [scoreLow, scoreHigh] = newcombe(auc, events, nonEvents, z);
  return {
    auc,
    gini: 2 * auc - 1,
    standardError,
    low: Math.max(0, auc - z * standardError),
    high: Math.min(1, auc + z * standardError),
    scoreLow,
    scoreHigh,
    ks,
    ksAt,
  };
};

/** The A on either side with |A − auc| = z · √V(A), V of Hanley and McNeil with both sample sizes at their mean. */
const newcombe = (auc: number, events: number, nonEvents: number, z: number): [number, number] => {
  const size = (events + nonEvents) / 2 - 1;
  const spread = (a: number) =>
    z * Math.sqrt(((a * (1 - a)) / (events * nonEvents)) * (1 + (size * (1 - a)) / (2 - a) + (size * a) / (1 + a)));
  const solve = (from: number, to: number) => {
    // `from` keeps |a − auc| ≤ spread(a), `to` does not.
    let inside = from;
    let outside = to;
    for (let k = 0; k < 100; k++) {
      const middle = (inside + outside) / 2;
      if (Math.abs(middle - auc) <= spread(middle)) inside = middle;
      else outside = middle;
    }
    return inside;
  };
  return [auc === 0 ? 0 : solve(auc, 0), auc === 1 ? 1 : solve(auc, 1)];
};

/** AUC alone, for loops. */
export const aucOf = (risk: ArrayLike<number>, target: Target): number => {
  const { events, nonEvents } = bothClasses(target);
  const ranks = midRanks(risk);
  let sum = 0;
  for (let i = 0; i < target.length; i++) if (target[i] === 1) sum += ranks[i]!;
  return (sum - (events * (events + 1)) / 2) / (events * nonEvents);
};

/** Whether one model ranks better than another on the same records: DeLong's test of correlated AUCs. */
export const compareAuc = (riskA: ArrayLike<number>, riskB: ArrayLike<number>, target: Target) => {
  const a = placements(riskA, target);
  const b = placements(riskB, target);
  const part = (x: Float64Array, y: Float64Array) => covarianceOf(x, x) + covarianceOf(y, y) - 2 * covarianceOf(x, y);
  const standardError = Math.sqrt(Math.max(0, part(a.ofEvents, b.ofEvents) / a.events + part(a.ofNonEvents, b.ofNonEvents) / a.nonEvents));
  const difference = a.auc - b.auc;
  const z = standardError > 0 ? difference / standardError : difference === 0 ? 0 : Math.sign(difference) * Infinity;
  return { aucA: a.auc, aucB: b.auc, difference, standardError, z, pValue: Number.isFinite(z) ? twoSided(z) : 0 };
};

/** Wilson's interval of a rate. */
export const wilson = (events: number, records: number, level = 0.95): { readonly low: number; readonly high: number } => {
  if (records === 0) return { low: 0, high: 1 };
  const z = normalQuantile(0.5 + level / 2);
  const rate = events / records;
  const centre = (rate + (z * z) / (2 * records)) / (1 + (z * z) / records);
  const half = (z / (1 + (z * z) / records)) * Math.sqrt((rate * (1 - rate)) / records + (z * z) / (4 * records * records));
  return { low: events === 0 ? 0 : centre - half, high: events === records ? 1 : centre + half };
};

/** Records of neighbouring predictions: the mean predicted probability against the observed rate. */
export type CalibrationGroup = {
  readonly records: number;
  readonly events: number;
  readonly meanPd: number;
  readonly rate: number;
  /** Wilson interval of the observed rate at 95 %. */
  readonly low: number;
  readonly high: number;
};

/** Groups of about equal size by probability; equal probabilities are never split. */
export const calibrationTable = (pd: ArrayLike<number>, target: Target, groups = 10): CalibrationGroup[] => {
  const order = orderOf(pd);
  const n = order.length;
  const table: CalibrationGroup[] = [];
  for (let i = 0, made = 0; i < n;) {
    made = Math.max(made + 1, Math.floor((i * groups) / n) + 1);
    let end = Math.min(n, Math.max(i + 1, Math.round((made * n) / groups)));
    while (end < n && pd[order[end]!] === pd[order[end - 1]!]) end++;
    let events = 0;
    let sum = 0;
    for (let k = i; k < end; k++) {
      events += target[order[k]!]!;
      sum += pd[order[k]!]!;
    }
    const records = end - i;
    table.push({ records, events, meanPd: sum / records, rate: events / records, ...wilson(events, records) });
    i = end;
  }
  return table;
};

/** How well probabilities meet outcomes; `brierOfRate` is what always predicting the overall rate would get. */
export type CalibrationQuality = {
  /** Mean squared error of the probabilities, and that of the constant rate. */
  readonly brier: number;
  readonly brierOfRate: number;
  readonly logLoss: number;
  readonly meanPd: number;
  readonly rate: number;
  /** Mean distance of predicted and observed over the groups, by size. */
  readonly expectedError: number;
  /** Hosmer and Lemeshow's Σ (O − E)² / (E (1 − E/n)) over the groups, and its p-value. */
  readonly hosmerLemeshow: { readonly statistic: number; readonly freedom: number; readonly pValue: number };
  readonly table: readonly CalibrationGroup[];
};

/**
 * How true the probabilities are. The Hosmer–Lemeshow statistic has groups − 2 degrees of freedom on the records the model
 * was fitted to, and as many as groups on others (`fitted` false). Probabilities are kept within 1e-15 of 0 and 1.
 */
export const calibrationQuality = (pd: ArrayLike<number>, target: Target, fitted = false, groups = 10): CalibrationQuality => {
  const n = target.length;
  if (n === 0) throw new RangeError("no records");
  const rate = countEvents(target) / n;
  let brier = 0;
  let logLoss = 0;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const p = Math.min(1 - 1e-15, Math.max(1e-15, pd[i]!));
    brier += (pd[i]! - target[i]!) ** 2 / n;
    logLoss -= (target[i] === 1 ? Math.log(p) : Math.log1p(-p)) / n;
    sum += pd[i]!;
  }
  const table = calibrationTable(pd, target, groups);
  let statistic = 0;
  let expectedError = 0;
  for (const group of table) {
    const p = Math.min(1 - 1e-15, Math.max(1e-15, group.meanPd));
    statistic += (group.events - group.records * p) ** 2 / (group.records * p * (1 - p));
    expectedError += (group.records / n) * Math.abs(group.rate - group.meanPd);
  }
  const freedom = Math.max(1, table.length - (fitted ? 2 : 0));
  return {
    brier,
    brierOfRate: rate * (1 - rate),
    logLoss,
    meanPd: sum / n,
    rate,
    expectedError,
    hosmerLemeshow: { statistic, freedom, pValue: chiSquaredTail(statistic, freedom) },
    table,
  };
};

/** One group from the riskiest down; cumulative figures include it. */
export type GainsRow = {
  readonly records: number;
  readonly events: number;
  readonly rate: number;
  /** Rate of the group over the rate of all. */
  readonly lift: number;
  /** Shares of all records and of all events from the riskiest group to this one, and their quotient. */
  readonly recordsShare: number;
  readonly eventsShare: number;
  readonly cumulativeLift: number;
};

/** Gains from the riskiest group down. Groups are of about equal size; equal risks are never split. */
export const gainsTable = (risk: ArrayLike<number>, target: Target, groups = 10): GainsRow[] => {
  const { events: allEvents } = bothClasses(target);
  const n = target.length;
  const turned = Float64Array.from(risk, (value) => -value);
  let records = 0;
  let events = 0;
  return calibrationTable(turned, target, groups).map((group) => {
    records += group.records;
    events += group.events;
    return {
      records: group.records,
      events: group.events,
      rate: group.rate,
      lift: group.rate / (allEvents / n),
      recordsShare: records / n,
      eventsShare: events / allEvents,
      cumulativeLift: events / allEvents / (records / n),
    };
  });
};

/** What a cut-off does: records with at least this score are approved. Shares are of their own denominators. */
export type CutOffRow = {
  /** Approved are scores of at least this. */
  readonly cutOff: number;
  readonly approved: number;
  readonly approvalRate: number;
  /** Event rate among the approved and the refused; null where there is none. */
  readonly badRate: number | null;
  readonly refusedBadRate: number | null;
  /** Share of the events refused, and of the non-events refused. */
  readonly eventsRefused: number;
  readonly nonEventsRefused: number;
};

/** What each cut-off approves, and at what bad rate. */
export const cutOffTable = (score: ArrayLike<number>, target: Target, cutOffs: readonly number[]): CutOffRow[] => {
  const { events, nonEvents } = bothClasses(target);
  const order = orderOf(score);
  const n = order.length;
  const eventsBelow = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) eventsBelow[i + 1] = eventsBelow[i]! + target[order[i]!]!;
  return cutOffs.map((cutOff) => {
    let low = 0;
    let high = n;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (score[order[middle]!]! < cutOff) low = middle + 1;
      else high = middle;
    }
    const refusedEvents = eventsBelow[low]!;
    const approved = n - low;
    return {
      cutOff,
      approved,
      approvalRate: approved / n,
      badRate: approved > 0 ? (events - refusedEvents) / approved : null,
      refusedBadRate: low > 0 ? refusedEvents / low : null,
      eventsRefused: refusedEvents / events,
      nonEventsRefused: (low - refusedEvents) / nonEvents,
    };
  });
};

/** Approves the `share` with the highest scores, ties together: never more than the share unless a tie forces it. */
export const approveTop = (score: ArrayLike<number>, share: number): Uint8Array => {
  const order = orderOf(score);
  const wanted = Math.round(share * order.length);
  if (wanted <= 0) return new Uint8Array(score.length);
  const cutOff = score[order[order.length - wanted]!]!;
  return Uint8Array.from(score, (value) => (value >= cutOff ? 1 : 0));
};

/** Records on which two models agree or differ. */
export type SwapCell = { readonly records: number; readonly events: number; readonly rate: number | null };

/** Who changes sides when model B replaces model A: swapped in are those whom B alone approves, swapped out whom A alone does. */
export const swapSets = (approvedA: ArrayLike<number>, approvedB: ArrayLike<number>, target: Target) => {
  const cell = (a: number, b: number): SwapCell => {
    let records = 0;
    let events = 0;
    for (let i = 0; i < target.length; i++)
      if (approvedA[i] === a && approvedB[i] === b) {
        records++;
        events += target[i]!;
      }
    return { records, events, rate: records > 0 ? events / records : null };
  };
  return { bothApprove: cell(1, 1), swappedIn: cell(0, 1), swappedOut: cell(1, 0), bothRefuse: cell(0, 0) };
};

/** How far shares have moved: the index, each part's addition, and the chance of as much if nothing had changed. */
export type Stability = {
  /** Σ (actual − expected) · ln(actual / expected) over the shares. */
  readonly index: number;
  /** Chance of an index as large when nothing has changed: index / (1/N + 1/M) is χ² with bins − 1 degrees (Yurdakul, Naranjo 2020). */
  readonly pValue: number;
  /** The usual reading: below 0.1 stable, below 0.25 to be watched. */
  readonly verdict: "stable" | "watch" | "shifted";
  readonly parts: readonly { readonly expected: number; readonly actual: number; readonly index: number }[];
};

/**
 * Population (or characteristic) stability index 群体稳定性指数 of two counts over the same bins. Bins empty on both sides
 * count for nothing; one empty on one side is taken as half a record, since ln 0 has no value.
 */
export const stability = (expected: ArrayLike<number>, actual: ArrayLike<number>): Stability => {
  if (expected.length !== actual.length) throw new RangeError("the same bins are needed");
  let n = 0;
  let m = 0;
  for (let i = 0; i < expected.length; i++) {
    n += expected[i]!;
    m += actual[i]!;
  }
  if (n === 0 || m === 0) throw new RangeError("no records on one side");
  const parts = Array.from(expected, (count, i) => {
    const e = count / n;
    const a = actual[i]! / m;
    const index = e === 0 && a === 0 ? 0 : (a - e) * Math.log((a || 0.5 / m) / (e || 0.5 / n));
    return { expected: e, actual: a, index };
  });
  const index = parts.reduce((sum, part) => sum + part.index, 0);
  const bins = parts.filter((part) => part.expected > 0 || part.actual > 0).length;
  const pValue = bins > 1 ? chiSquaredTail(index / (1 / n + 1 / m), bins - 1) : 1;
  return { index, pValue, verdict: index < 0.1 ? "stable" : index < 0.25 ? "watch" : "shifted", parts };
};

/** Stability of a score: bands are quantiles of the expected scores. */
export const scoreStability = (expected: ArrayLike<number>, actual: ArrayLike<number>, bands = 10): Stability => {
  const sorted = Float64Array.from(expected).sort();
  const edges = [...new Set(Array.from({ length: bands - 1 }, (_, k) => sorted[Math.floor(((k + 1) * sorted.length) / bands)]!))];
  const count = (scores: ArrayLike<number>) => {
    const counts = new Float64Array(edges.length + 1);
    for (let i = 0; i < scores.length; i++) {
      let band = 0;
      while (band < edges.length && scores[i]! >= edges[band]!) band++;
      counts[band]!++;
    }
    return counts;
  };
  return stability(count(expected), count(actual));
};

/** Pearson correlations, row-major; a constant column has 0 with all others. */
export const correlations = (columns: readonly ArrayLike<number>[]): Float64Array => {
  const k = columns.length;
  const n = columns[0]?.length ?? 0;
  const centred = columns.map((column) => {
    let mean = 0;
    for (let i = 0; i < n; i++) mean += column[i]! / n;
    const values = Float64Array.from(column, (value) => value - mean);
    const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
    return length > 1e-12 * (1 + Math.abs(mean)) * Math.sqrt(n) ? values.map((value) => value / length) : new Float64Array(n);
  });
  const matrix = new Float64Array(k * k);
  for (let a = 0; a < k; a++)
    for (let b = 0; b <= a; b++) {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += centred[a]![i]! * centred[b]![i]!;
      matrix[a * k + b] = a === b ? 1 : sum;
      matrix[b * k + a] = matrix[a * k + b]!;
    }
  return matrix;
};

/** Spearman's rank correlation; ties have their mean rank. */
export const rankCorrelation = (a: ArrayLike<number>, b: ArrayLike<number>): number => correlations([midRanks(a), midRanks(b)])[1]!;

/**
 * Variance inflation factors 1 / (1 − R²) of each column on the others, from the inverse of the correlation matrix; null
 * for all when a column is a linear combination of others (the factor is then infinite).
 */
export const varianceInflation = (columns: readonly ArrayLike<number>[]): number[] | null => {
  const k = columns.length;
  const factor = cholesky(correlations(columns), k);
  if (typeof factor === "number") return null;
  const inverse = inverseOf(factor, k);
  return columns.map((_, j) => inverse[j * k + j]!);
};

/** The fold, 0 to folds − 1, of every record: each fold has its share of the events and of the non-events. */
export const stratifiedFolds = (target: Target, folds: number, random: Random): Int32Array => {
  if (!(folds >= 2 && folds <= target.length)) throw new RangeError(`${folds} folds of ${target.length} records`);
  const result = new Int32Array(target.length);
  let next = 0;
  for (const outcome of [1, 0]) {
    const rows = shuffle(Int32Array.from(Array.from({ length: target.length }, (_, i) => i).filter((i) => target[i] === outcome)), random);
    // Going on where the events stopped keeps the folds' sizes within one of each other.
    for (const row of rows) result[row] = next++ % folds;
  }
  return result;
};

/** Rows of a table to train on and to test on. */
export type Parts = { readonly train: Int32Array; readonly test: Int32Array };

/** Training and held-out rows of one fold. */
export const partsOf = (folds: Int32Array, fold: number): Parts => {
  const rows = Array.from(folds, (_, i) => i);
  return { train: Int32Array.from(rows.filter((i) => folds[i] !== fold)), test: Int32Array.from(rows.filter((i) => folds[i] === fold)) };
};

/** Out-of-sample split, stratified: about `share` of each outcome is held out. */
export const holdOut = (target: Target, share: number, random: Random): Parts => {
  const test = new Uint8Array(target.length);
  for (const outcome of [1, 0]) {
    const rows = shuffle(Int32Array.from(Array.from({ length: target.length }, (_, i) => i).filter((i) => target[i] === outcome)), random);
    for (let k = 0; k < Math.round(share * rows.length); k++) test[rows[k]!] = 1;
  }
  return partsOf(Int32Array.from(test), 1);
};

/** Out-of-time split: what was observed before the day trains, from that day on it tests. */
export const outOfTime = (days: readonly IsoDate[], from: IsoDate): Parts =>
  partsOf(
    Int32Array.from(days, (day) => (day < from ? 0 : 1)),
    1,
  );

/** Percentile interval of a statistic over resamples with replacement (Efron 1979). `rows` repeat. NaN results are left out. */
export const bootstrap = (
  records: number,
  statistic: (rows: Int32Array) => number,
  random: Random,
  { times = 1000, level = 0.95 }: { readonly times?: number; readonly level?: number } = {},
): { readonly low: number; readonly high: number; readonly standardError: number; readonly times: number } => {
  const rows = new Int32Array(records);
  const found: number[] = [];
  for (let time = 0; time < times; time++) {
    for (let i = 0; i < records; i++) rows[i] = Math.floor(random() * records);
    const value = statistic(rows);
    if (!Number.isNaN(value)) found.push(value);
  }
  if (found.length < 2) throw new RangeError("the statistic had no value on any resample");
  found.sort((a, b) => a - b);
  const quantile = (p: number) => {
    const at = p * (found.length - 1);
    const low = Math.floor(at);
    return found[low]! + (at - low) * ((found[low + 1] ?? found[low]!) - found[low]!);
  };
  const mean = found.reduce((sum, value) => sum + value, 0) / found.length;
  const variance = found.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (found.length - 1);
  return { low: quantile((1 - level) / 2), high: quantile((1 + level) / 2), standardError: Math.sqrt(variance), times: found.length };
};

/** Approval of one group beside the largest, and among those without the event alone (equal opportunity). */
export type GroupFairness = {
  readonly group: string;
  readonly records: number;
  readonly events: number;
  readonly approvalRate: number;
  /** Wilson interval of the approval rate at 95 %: a small group's ratio says little. */
  readonly low: number;
  readonly high: number;
  /** Approval rate over the reference group's: below 0.8 fails the four-fifths rule. */
  readonly ratio: number | null;
  /** Approval rate of its non-events less that of the reference group's non-events. */
  readonly opportunityDifference: number | null;
  readonly badRateOfApproved: number | null;
};

/**
 * Fairness by group (region, size class, ownership): the approval-rate ratio (四五规则, the four-fifths rule of the US
 * Uniform Guidelines 1978, 29 CFR 1607.4 D) and the equal-opportunity difference (Hardt et al. 2016). The reference is
 * the group named, else the largest, the first by name of those.
 */
export const fairness = (groups: readonly string[], approved: ArrayLike<number>, target: Target, reference?: string): GroupFairness[] => {
  type Count = { records: number; events: number; approved: number; approvedEvents: number };
  const counts = new Map<string, Count>();
  groups.forEach((group, i) => {
    const count = counts.get(group) ?? { records: 0, events: 0, approved: 0, approvedEvents: 0 };
    counts.set(group, count);
    count.records++;
    count.events += target[i]!;
    count.approved += approved[i]!;
    count.approvedEvents += approved[i]! * target[i]!;
  });
  const names = [...counts.keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const chosen =
    reference ?? names.reduce((best, name) => (counts.get(name)!.records > counts.get(best)!.records ? name : best), names[0]!);
  const against = counts.get(chosen);
  if (!against) throw new RangeError(`no record in the reference group ${chosen}`);
  const goodRate = (count: Count) =>
    count.records > count.events ? (count.approved - count.approvedEvents) / (count.records - count.events) : null;
  return names.map((group) => {
    const count = counts.get(group)!;
    const approvalRate = count.approved / count.records;
    const own = goodRate(count);
    const theirs = goodRate(against);
    return {
      group,
      records: count.records,
      events: count.events,
      approvalRate,
      ...wilson(count.approved, count.records),
      ratio: against.approved > 0 ? approvalRate / (against.approved / against.records) : null,
      opportunityDifference: own === null || theirs === null ? null : own - theirs,
      badRateOfApproved: count.approved > 0 ? count.approvedEvents / count.approved : null,
    };
  });
};

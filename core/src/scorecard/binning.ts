import { type Problem, type Result, type Text, err, ok, problem } from "../basics/index.ts";
import {
  type Objective,
  type Partition,
  type PartitionRules,
  type Shape,
  binValue,
  optimalPartition,
  settleBoundaries,
} from "./partition.ts";
import { evenEvidence } from "./even.ts";
import { type Buckets, bucketsOf, candidateStarts, magnify, readableBoundary, sumRuns } from "./prebin.ts";
import { seeded } from "./random.ts";

/** A feature's values, one a record. What is not a finite number is missing (a ratio over zero, too); so is category −1. */
export type NumericalFeature = { readonly kind: "numerical"; readonly name: string; readonly values: ArrayLike<number> };
/** A feature of texts: `codes[row]` is a place in `categories`, −1 where the value is missing. */
export type CategoricalFeature = {
  readonly kind: "categorical";
  readonly name: string;
  readonly codes: ArrayLike<number>;
  readonly categories: readonly string[];
};
/** One column of a labelled table. All columns of a table have as many values as it has records. */
export type FeatureData = NumericalFeature | CategoricalFeature;

/** 1 for each event (default, 违约), 0 for each non-event. */
export type Target = ArrayLike<number>;

/** A shape of the event rate that is asked for; `auto` compares all and keeps the simplest that holds out of sample. */
export type Trend = Shape | "auto";

/** How a feature is divided. What is left out has the value of `binningDefaults`. */
export type BinningOptions = {
  /**
   * `optimal`: boundaries where the objective is greatest. `even`, for numbers with few labels: `maxBins` bins of equal
   * count whose weights of evidence lie on a line; see `evenEvidence`. Its trend is `ascending`, `descending` or free.
   */
  readonly method?: "optimal" | "even";
  readonly objective?: Objective;
  /** Shape of the event rate along the feature; `auto` tries each and keeps the one that holds out of sample. */
  readonly trend?: Trend;
  /** Most pre-bins, 2 to 64; the optimum is proven over these. */
  readonly maxPreBins?: number;
  /** Smallest pre-bin as a share of the records with an ordinary value. */
  readonly minPreBinShare?: number;
  /** Move the boundaries of the optimum over the pre-bins to where the objective is greatest; see `refine`. */
  readonly refine?: boolean;
  /** Smallest bin as a share of the records with an ordinary value. */
  readonly minBinShare?: number;
  readonly minEvents?: number;
  readonly minNonEvents?: number;
  readonly minBins?: number;
  readonly maxBins?: number | null;
  /** Largest p-value between neighbouring bins (chi-squared, one degree of freedom); null for no such rule. */
  readonly maxPValue?: number | null;
  /** Values with a meaning of their own (−999, "未填"): each gets a bin. */
  readonly special?: readonly (number | string)[];
  /** Categories below this share of the records are taken together as "other", which also takes unseen ones. */
  readonly rareShare?: number;
  /** Fewest records to bin at all. */
  readonly minRecords?: number;
  /** Records at the overall rate that weight of evidence adds to each bin; see `woeOf`. */
  readonly smoothing?: number;
  /** Folds and seed of the comparison of trends. */
  readonly folds?: number;
  readonly seed?: number;
};

type Settings = Required<BinningOptions>;

/** Defaults for a thousand records and more; for few labels see `method: "even"`. */
export const binningDefaults: Settings = {
  method: "optimal",
  objective: "iv",
  trend: "auto",
  maxPreBins: 32,
  minPreBinShare: 0.02,
  refine: true,
  minBinShare: 0.03,
  minEvents: 1,
  minNonEvents: 1,
  minBins: 2,
  maxBins: 8,
  maxPValue: null,
  special: [],
  rareShare: 0.01,
  minRecords: 20,
  smoothing: 0.5,
  folds: 5,
  seed: 1,
};

type BinKind = "interval" | "categories" | "special" | "missing";

/** One bin with its counts and its evidence; weights and variances are in natural logarithms. */
export type Bin = {
  readonly kind: BinKind;
  /** An interval holds from ≤ value < to; null where it is open. */
  readonly from: number | null;
  readonly to: number | null;
  readonly categories: readonly string[];
  /** This bin takes categories that were rare, and those never seen. */
  readonly takesOther: boolean;
  readonly special: number | string | null;
  readonly records: number;
  readonly events: number;
  readonly nonEvents: number;
  readonly share: number;
  /** events / records; null in an empty bin. */
  readonly eventRate: number | null;
  readonly woe: number;
  /** Variance of the weight of evidence by sampling: 1/events + 1/non-events of the smoothed counts. */
  readonly woeVariance: number;
  /** What the bin adds to each divergence. */
  readonly iv: number;
  readonly js: number;
  readonly hellinger: number;
};

/** How each trend did on the held-out parts: mean log-loss per record, and whether it could be met on every part. */
export type TrendTrial = { readonly shape: Shape; readonly logLoss: number; readonly feasible: boolean };

/** A feature divided: its bins in order (intervals or groups, then special values, then missing), and how it came about. */
export type Binning = {
  readonly name: string;
  readonly kind: FeatureData["kind"];
  readonly objective: Objective;
  /** The shape kept. Categories have no order of their own, so theirs is `none`. */
  readonly trend: Shape;
  readonly trials: readonly TrendTrial[];
  readonly splits: readonly number[];
  readonly bins: readonly Bin[];
  readonly records: number;
  readonly events: number;
  readonly iv: number;
  readonly js: number;
  readonly hellinger: number;
  readonly preBins: number;
  readonly smoothing: number;
  /** True once a person has moved a boundary: no longer the proven optimum. */
  readonly edited: boolean;
};

/**
 * Weight of evidence 证据权重: ln of the bin's odds of non-event to event over the sample's odds, so that higher is safer.
 * `smoothing` records at the overall rate are added to the bin: ln((g + s·G/N) / (b + s·B/N)) − ln(G / B). An empty bin
 * then has 0, a bin without events stays finite, and small bins shrink towards 0; s = 0 gives the plain definition
 * (but half a record where a count is 0, which has no logarithm).
 */
export const woeOf = (nonEvents: number, events: number, allNonEvents: number, allEvents: number, smoothing: number): number => {
  if (nonEvents + events === 0) return 0;
  const added = (nonEvents > 0 && events > 0 ? smoothing : smoothing || 0.5) / (allNonEvents + allEvents);
  return Math.log((nonEvents + added * allNonEvents) / (events + added * allEvents)) - Math.log(allNonEvents / allEvents);
};

const problems = {
  oneClass: (events: number, records: number) =>
    problem(
      "one-class",
      `样本中只有一类结果（${records} 条中违约 ${events} 条），无法分箱。`,
      `The sample has one outcome only (${events} events in ${records} records), so nothing can be binned.`,
      "请补充另一类结果的样本，或核对目标变量的取值。",
      "Add records with the other outcome, or check how the target is coded.",
    ),
  allMissing: (name: string) =>
    problem(
      "all-missing",
      `特征“${name}”没有任何有效取值，全部缺失或为特殊值。`,
      `Feature "${name}" has no ordinary value: all are missing or special.`,
      "请检查数据来源，或不使用该特征。",
      "Check where the data comes from, or leave the feature out.",
    ),
  constant: (name: string) =>
    problem(
      "constant",
      `特征“${name}”只有一个取值，不能区分好坏。`,
      `Feature "${name}" has a single value, so it cannot tell outcomes apart.`,
      "不使用该特征即可。",
      "Leave the feature out.",
    ),
  tooFew: (records: number, needed: number) =>
    problem(
      "too-few-records",
      `只有 ${records} 条有效记录，少于分箱所需的 ${needed} 条。`,
      `Only ${records} usable records, fewer than the ${needed} that binning needs.`,
      "请增加样本；样本确实很少时，可用专家评分或调低 minRecords 并承担不确定性。",
      "Add records; where there are none, use expert scoring, or lower minRecords and accept the uncertainty.",
    ),
  separable: (name: string, cut: string) =>
    problem(
      "separable",
      `特征“${name}”在 ${cut} 处把好坏样本完全分开，多半是结果泄漏或样本过少。`,
      `Feature "${name}" separates the outcomes completely at ${cut}: most likely the outcome has leaked into it, or the sample is too small.`,
      "请核对该特征在决策时是否已知；若确实可用，请写成准入规则而不是评分项。",
      "Check that it is known when the decision is made; if it is, make it a rule of admission rather than a score item.",
    ),
  noPartition: (name: string) =>
    problem(
      "no-partition",
      `在给定约束下，特征“${name}”没有可行的分箱。`,
      `Under these constraints feature "${name}" has no admissible division into bins.`,
      "请放宽最小箱占比、最少违约数、相邻箱 p 值或单调性要求，或不使用该特征。",
      "Relax the smallest bin, the fewest events, the p-value between neighbours or the trend, or leave the feature out.",
    ),
};

/** A row's place before binning: its class counts, ordinary values by class, and what is missing or special. */
type Split = {
  readonly eventValues: Float64Array;
  readonly nonEventValues: Float64Array;
  readonly outside: readonly { readonly kind: "special" | "missing"; readonly special: number | string | null; readonly counts: Counts }[];
  readonly allEvents: number;
  readonly allNonEvents: number;
};
type Counts = { events: number; nonEvents: number };

const splitRows = (data: FeatureData, target: Target, special: readonly (number | string)[]): Split => {
  const values = data.kind === "numerical" ? data.values : data.codes;
  const n = values.length;
  if (target.length !== n) throw new RangeError(`${n} values of ${data.name} but ${target.length} outcomes`);
  const marks = special.map((mark) => (data.kind === "numerical" ? Number(mark) : data.categories.indexOf(String(mark))));
  const outside: Split["outside"] = [
    ...special.map((mark) => ({ kind: "special" as const, special: mark, counts: { events: 0, nonEvents: 0 } })),
    { kind: "missing" as const, special: null, counts: { events: 0, nonEvents: 0 } },
  ];
  const missing = outside[marks.length]!.counts;
  const eventValues = new Float64Array(n);
  const nonEventValues = new Float64Array(n);
  let events = 0;
  let nonEvents = 0;
  let allEvents = 0;
  for (let row = 0; row < n; row++) {
    const value = values[row]!;
    const outcome = target[row]!;
    if (outcome === 1) allEvents++;
    else if (outcome !== 0) throw new RangeError(`outcome ${outcome} of row ${row} is neither 0 nor 1`);
    let counts: Counts | null = null;
    if (!Number.isFinite(value) || (data.kind === "categorical" && value < 0)) counts = missing;
    else for (let k = 0; k < marks.length; k++) if (value === marks[k]) counts = outside[k]!.counts;
    if (counts !== null) {
      if (outcome === 1) counts.events++;
      else counts.nonEvents++;
    } else if (outcome === 1) eventValues[events++] = value;
    else nonEventValues[nonEvents++] = value;
  }
  return {
    eventValues: eventValues.subarray(0, events),
    nonEventValues: nonEventValues.subarray(0, nonEvents),
    outside,
    allEvents,
    allNonEvents: n - allEvents,
  };
};

type Draft = Pick<Bin, "kind"> & Partial<Pick<Bin, "from" | "to" | "categories" | "takesOther" | "special">> & Counts;

const finish = (
  name: string,
  kind: FeatureData["kind"],
  drafts: readonly Draft[],
  rows: Pick<Split, "allEvents" | "allNonEvents">,
  rest: Pick<Binning, "objective" | "trend" | "trials" | "splits" | "preBins" | "smoothing" | "edited">,
): Binning => {
  const { allEvents, allNonEvents } = rows;
  const records = allEvents + allNonEvents;
  const bins = drafts.map((draft): Bin => {
    const { events, nonEvents } = draft;
    const measure = (objective: Objective) =>
      binValue(objective, nonEvents, events, { allEvents, allNonEvents, smoothing: rest.smoothing || 0.5 });
    // Half a record at least, so that the variance of an empty cell is finite.
    const added = Math.max(rest.smoothing, 0.5) / records;
    return {
      kind: draft.kind,
      from: draft.from ?? null,
      to: draft.to ?? null,
      categories: draft.categories ?? [],
      takesOther: draft.takesOther ?? false,
      special: draft.special ?? null,
      records: events + nonEvents,
      events,
      nonEvents,
      share: (events + nonEvents) / records,
      eventRate: events + nonEvents > 0 ? events / (events + nonEvents) : null,
      woe: woeOf(nonEvents, events, allNonEvents, allEvents, rest.smoothing),
      woeVariance: 1 / (nonEvents + added * allNonEvents) + 1 / (events + added * allEvents),
      iv: measure("iv"),
      js: measure("js"),
      hellinger: measure("hellinger"),
    };
  });
  // A value never met in the sample tells nothing: its weight is 0, and its variance is that of the bins that were met.
  const spread = bins.reduce((sum, bin) => sum + bin.share * bin.woe ** 2, 0);
  const settled = bins.map((bin) => (bin.records === 0 ? { ...bin, woeVariance: spread } : bin));
  const sum = (objective: Objective) => settled.reduce((total, bin) => total + bin[objective], 0);
  return { name, kind, bins: settled, records, events: allEvents, iv: sum("iv"), js: sum("js"), hellinger: sum("hellinger"), ...rest };
};

const outsideDrafts = (rows: Split): Draft[] => rows.outside.map(({ kind, special, counts }) => ({ kind, special, ...counts }));

const rulesOf = (settings: Settings, shape: Shape, ordinary: number, rows: Pick<Split, "allEvents" | "allNonEvents">): PartitionRules => ({
  objective: settings.objective,
  shape,
  minRecords: Math.ceil(settings.minBinShare * ordinary),
  minEvents: settings.minEvents,
  minNonEvents: settings.minNonEvents,
  minBins: settings.minBins,
  maxBins: settings.maxBins,
  maxPValue: settings.maxPValue,
  allEvents: rows.allEvents,
  allNonEvents: rows.allNonEvents,
  smoothing: settings.smoothing || 0.5,
});

type Best = { readonly starts: number[]; readonly partition: Partition; readonly preBins: number };

/** Pre-bins of the buckets, and the optimum over them; `starts` are buckets. */
const divide = (
  nonEvents: ArrayLike<number>,
  events: ArrayLike<number>,
  settings: Settings,
  shape: Shape,
  rows: Pick<Split, "allEvents" | "allNonEvents">,
  candidates?: readonly number[],
): Best | null => {
  let ordinary = 0;
  for (let i = 0; i < events.length; i++) ordinary += events[i]! + nonEvents[i]!;
  const preStarts =
    candidates ??
    candidateStarts(
      nonEvents,
      events,
      settings.maxPreBins,
      Math.ceil(settings.minPreBinShare * ordinary),
      Math.ceil(settings.minBinShare * ordinary),
    );
  const partition = optimalPartition(sumRuns(nonEvents, preStarts), sumRuns(events, preStarts), rulesOf(settings, shape, ordinary, rows));
  return partition && { starts: partition.starts.map((start) => preStarts[start]!), partition, preBins: preStarts.length };
};

/** Finest division of a feature: with a million records, buckets of a quarter of a thousandth. */
const MOST_BUCKETS = 4096;

/** Most candidates at once: where no rule links neighbours, with a trend, and with a p-value. */
const MOST_CANDIDATES = { free: 512, linked: 128 };

/** First buckets of at most `parts` runs of about equal count. */
const grid = (sums: Float64Array, parts: number): number[] => {
  const n = sums.length - 1;
  const starts: number[] = [];
  for (let i = 0; i < n && starts.length < parts; i++) if (sums[i]! * parts >= sums[n]! * starts.length) starts.push(i);
  return starts;
};

/**
 * Moves the boundaries of an optimum: the same optimisation over the boundaries found and a grid of equal counts, then
 * over their neighbours at a step that shrinks to one bucket, and over the places that lie one smallest bin from a
 * boundary or an end (there optima press against the rule). What was found is always among the candidates, so the
 * objective never falls; it ends when no boundary moves at the finest step. Last, each boundary in turn goes to the best
 * of all buckets around it.
 */
const refine = (
  found: Best,
  nonEvents: ArrayLike<number>,
  events: ArrayLike<number>,
  settings: Settings,
  shape: Shape,
  rows: Pick<Split, "allEvents" | "allNonEvents">,
): Best => {
  const n = events.length;
  if (found.preBins >= n) return found;
  const sums = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) sums[i + 1] = sums[i]! + events[i]! + nonEvents[i]!;
  const smallest = Math.max(1, Math.ceil(settings.minBinShare * sums[n]!));
  /** Nearest boundaries that leave a smallest bin between themselves and `start`. */
  const pressed = (start: number): number[] => {
    const before = lowerBound(sums, sums[start]! - smallest + 1) - 1;
    const after = lowerBound(sums, sums[start]! + smallest);
    return [before, after].filter((at) => at > 0 && at < n);
  };
  const most = shape === "none" && settings.maxPValue === null ? MOST_CANDIDATES.free : MOST_CANDIDATES.linked;
  const over = (candidates: Set<number>) =>
    divide(
      nonEvents,
      events,
      settings,
      shape,
      rows,
      [...candidates].sort((a, b) => a - b),
    );

  let best = found;
  const accept = (next: Best | null): boolean => {
    if (next === null || !(next.partition.value > best.partition.value * (1 + 1e-12))) return false;
    best = { ...next, preBins: found.preBins };
    return true;
  };
  const first = new Set([...found.starts, ...pressed(0), ...pressed(n)]);
  if (most === MOST_CANDIDATES.linked) {
    // Where the evidence is when no rule links neighbours, and where a plain tree divides.
    const free = { ...settings, maxPValue: null };
    const anywhere = divide(nonEvents, events, free, "none", rows, grid(sums, MOST_CANDIDATES.free));
    for (const start of anywhere?.starts ?? []) first.add(start);
    for (const start of candidateStarts(nonEvents, events, 48, smallest >> 2, smallest)) first.add(start);
  }
  for (const start of grid(sums, most - first.size)) first.add(start);
  accept(over(first));
  if (first.size < n) {
    let step = Math.max(1, Math.ceil((2 * n) / most));
    for (let round = 0; round < 12; round++) {
      const inner = best.starts.slice(1);
      const candidates = new Set([0, ...pressed(0), ...pressed(n), ...inner, ...inner.flatMap(pressed)]);
      const reach = Math.max(1, Math.floor((most - candidates.size) / (2 * inner.length)));
      for (const start of inner)
        for (let k = 1; k <= reach; k++)
          for (const moved of [start - k * step, start + k * step]) if (moved > 0 && moved < n) candidates.add(moved);
      const moved = accept(over(candidates));
      if (step > 1) step = Math.max(1, step >> 2);
      else if (!moved) break;
    }
  }
  const settled = settleBoundaries(nonEvents, events, rulesOf(settings, shape, sums[n]!, rows), best.starts);
  return settled.value > best.partition.value ? { ...best, starts: [...settled.starts], partition: settled } : best;
};

/** Most records around the boundaries that are looked at one value at a time. */
const MOST_MAGNIFIED = 32_768;

/**
 * Where values were walked together into buckets, moves the boundaries on among single values: the buckets around each
 * boundary and at the smallest tails are taken apart (all of them, in a table of up to some ten thousands).
 */
const refineByValue = (found: Best, buckets: Buckets, settings: Settings, shape: Shape, rows: Split): { best: Best; buckets: Buckets } => {
  const { eventValues, nonEventValues } = rows;
  const ordinary = eventValues.length + nonEventValues.length;
  const n = buckets.events.length;
  if (buckets.exact || found.starts.length < 2) return { best: found, buckets };
  const reach = Math.max(1, Math.floor((MOST_MAGNIFIED * n) / ordinary / (2 * (found.starts.length + 1))));
  const open = new Uint8Array(n);
  const smallest = settings.minBinShare * ordinary;
  let left = 0;
  for (let sum = 0; left < n && sum < smallest; left++) sum += buckets.events[left]! + buckets.nonEvents[left]!;
  let right = n;
  for (let sum = 0; right > 0 && sum < smallest;) sum += buckets.events[--right]! + buckets.nonEvents[right]!;
  for (const start of [...found.starts.slice(1), left, right]) open.fill(1, Math.max(0, start - reach), start + reach);
  const fine = magnify(buckets, eventValues, nonEventValues, (bucket) => open[bucket] === 1);
  const starts = found.starts.map((start) => lowerBound(fine.firsts, buckets.firsts[start]!));
  return { best: refine({ ...found, starts }, fine.nonEvents, fine.events, settings, shape, rows), buckets: fine };
};

/** First place in a rising row whose value is at least `value`. */
const lowerBound = (sorted: Float64Array, value: number): number => {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
};

const STANDARD_ERRORS = 2;

/** Simplest first: among trends that do as well out of sample, the earliest is kept. */
const SHAPES: readonly Shape[] = ["ascending", "descending", "peak", "valley", "none"];

/**
 * Tries each trend by cross-validation inside the sample: pre-bins and bins from the training part, log-loss of its
 * event rates on the held-out part. Kept is the simplest whose loss lies within one standard error (of the paired
 * differences between folds) of the least (Breiman et al. 1984, the 1-SE rule).
 */
const chooseShape = (buckets: Buckets, settings: Settings): { readonly shape: Shape; readonly trials: readonly TrendTrial[] } => {
  const n = buckets.events.length;
  const losses = SHAPES.map(() => new Float64Array(settings.folds));
  const feasible = SHAPES.map(() => true);
  for (let fold = 0; fold < settings.folds; fold++) {
    const events = new Float64Array(n);
    const nonEvents = new Float64Array(n);
    let allEvents = 0;
    let allNonEvents = 0;
    for (let i = 0; i < n; i++) {
      events[i] = buckets.events[i]! - buckets.foldEvents[fold * n + i]!;
      nonEvents[i] = buckets.nonEvents[i]! - buckets.foldNonEvents[fold * n + i]!;
      allEvents += events[i]!;
      allNonEvents += nonEvents[i]!;
    }
    const rows = { allEvents, allNonEvents };
    const candidates = candidateStarts(
      nonEvents,
      events,
      settings.maxPreBins,
      Math.ceil(settings.minPreBinShare * (allEvents + allNonEvents)),
      Math.ceil(settings.minBinShare * (allEvents + allNonEvents)),
    );
    SHAPES.forEach((shape, s) => {
      const best = allEvents > 0 && allNonEvents > 0 ? divide(nonEvents, events, settings, shape, rows, candidates) : null;
      if (!best) feasible[s] = false;
      const starts = best?.starts ?? [0];
      const trainEvents = sumRuns(events, starts);
      const trainNonEvents = sumRuns(nonEvents, starts);
      const heldEvents = sumRuns(buckets.foldEvents, starts, fold * n, n);
      const heldNonEvents = sumRuns(buckets.foldNonEvents, starts, fold * n, n);
      const overall = (allEvents + 0.5) / (allEvents + allNonEvents + 1);
      let loss = 0;
      let held = 0;
      for (let bin = 0; bin < starts.length; bin++) {
        const rate = (trainEvents[bin]! + overall) / (trainEvents[bin]! + trainNonEvents[bin]! + 1);
        loss -= heldEvents[bin]! * Math.log(rate) + heldNonEvents[bin]! * Math.log(1 - rate);
        held += heldEvents[bin]! + heldNonEvents[bin]!;
      }
      losses[s]![fold] = held > 0 ? loss / held : 0;
    });
  }
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const means = losses.map(mean);
  let least = SHAPES.length - 1;
  for (let s = 0; s < SHAPES.length; s++) if (feasible[s] && (!feasible[least] || means[s]! < means[least]!)) least = s;
  // Of the two monotonic shapes only the better stands for "monotonic", likewise of the two that turn once.
  const better = (a: number, b: number) => (means[a]! <= means[b]! ? a : b);
  const order = [better(0, 1), better(2, 3), 4];
  const chosen =
    order.find((s) => {
      if (!feasible[s]) return false;
      const differences = losses[s]!.map((loss, fold) => loss - losses[least]![fold]!);
      const average = mean(differences);
      const variance = differences.reduce((sum, x) => sum + (x - average) ** 2, 0) / Math.max(1, differences.length - 1);
      return average <= STANDARD_ERRORS * Math.sqrt(variance / differences.length) + 1e-12;
    }) ?? least;
  return {
    shape: SHAPES[chosen]!,
    trials: SHAPES.map((shape, s) => ({ shape, logLoss: means[s]!, feasible: feasible[s]! })),
  };
};

/**
 * Bins a feature against a binary target: pre-bins by entropy among up to 4,096 buckets of neighbouring values, then the
 * division into bins that maximises the objective under all the rules, proven by dynamic programming. Missing and
 * special values have bins of their own. Neither the order of rows nor of categories changes the result.
 *
 * Refused, each with its reason: `one-class`, `too-few-records`, `all-missing`, `constant`, `separable`,
 * `no-partition`. Lengths that differ and outcomes other than 0 and 1 are the caller's mistake and throw.
 */
export const binFeature = (data: FeatureData, target: Target, options: BinningOptions = {}): Result<Binning, Problem> => {
  const settings: Settings = { ...binningDefaults, ...options };
  if (!(settings.maxPreBins >= 2 && settings.maxPreBins <= 64))
    throw new RangeError(`maxPreBins ${settings.maxPreBins} is not within 2 to 64`);
  const rows = splitRows(data, target, settings.special);
  const records = rows.allEvents + rows.allNonEvents;
  if (records < settings.minRecords || records === 0) return err(problems.tooFew(records, Math.max(1, settings.minRecords)));
  if (rows.allEvents === 0 || rows.allNonEvents === 0) return err(problems.oneClass(rows.allEvents, records));
  const ordinary = rows.eventValues.length + rows.nonEventValues.length;
  if (ordinary === 0) return err(problems.allMissing(data.name));
  if (data.kind === "numerical" && settings.method === "even") return binEvenly(data, rows, settings);
  return data.kind === "numerical" ? binNumbers(data, rows, settings) : binCategories(data, rows, settings);
};

/** The intervals between boundaries with what falls into them. */
const intervalDrafts = (rows: Split, splits: readonly number[]): Draft[] => {
  const counts = Array.from({ length: splits.length + 1 }, () => ({ events: 0, nonEvents: 0 }));
  for (const value of rows.eventValues) counts[intervalOf(splits, value)]!.events++;
  for (const value of rows.nonEventValues) counts[intervalOf(splits, value)]!.nonEvents++;
  return intervals(counts, splits);
};
const intervals = (counts: readonly Counts[], splits: readonly number[]): Draft[] =>
  counts.map((count, bin) => ({ kind: "interval", from: splits[bin - 1] ?? null, to: splits[bin] ?? null, ...count }));

/** Weights on a line take the place of counted ones; what the bins add to the information value follows them. */
const onLine = (binning: Binning, trend: Shape): Binning => {
  const ordinary = binning.bins.filter((bin) => bin.kind === "interval");
  const nonEvents = binning.records - binning.events;
  const evidence = evenEvidence(
    ordinary.map((bin) => bin.events),
    ordinary.map((bin) => bin.nonEvents),
    trend,
    { events: binning.events, nonEvents },
  );
  if (!evidence) return binning;
  const bins = binning.bins.map((bin, at): Bin => {
    if (bin.kind !== "interval") return bin;
    const woe = evidence.woe[at]!;
    const iv = (bin.nonEvents / nonEvents - bin.events / binning.events) * woe;
    return { ...bin, woe, woeVariance: evidence.variance[at]!, iv };
  });
  return { ...binning, bins, iv: bins.reduce((sum, bin) => sum + bin.iv, 0) };
};

/** Bins of equal count with even evidence. Equal values stay together, in the bin above the boundary that would part them. */
const binEvenly = (data: NumericalFeature, rows: Split, settings: Settings): Result<Binning, Problem> => {
  const values = Float64Array.from([...rows.eventValues, ...rows.nonEventValues]).sort();
  if (values[0] === values.at(-1)) return err(problems.constant(data.name));
  const least = (of: Float64Array) => of.reduce((found, value) => Math.min(found, value), Infinity);
  const most = (of: Float64Array) => of.reduce((found, value) => Math.max(found, value), -Infinity);
  const [leastEvent, mostEvent] = [least(rows.eventValues), most(rows.eventValues)];
  const [leastOther, mostOther] = [least(rows.nonEventValues), most(rows.nonEventValues)];
  if (Number.isFinite(leastEvent) && Number.isFinite(leastOther) && (mostEvent < leastOther || mostOther < leastEvent))
    return err(problems.separable(data.name, String(Math.max(leastOther, leastEvent))));
  const splits: number[] = [];
  const wanted = settings.maxBins ?? 10;
  for (let bin = 1; bin < wanted; bin++) {
    const at = Math.min(values.length - 1, Math.round((bin * values.length) / wanted));
    let start = at;
    while (start > 0 && values[start - 1] === values[at]) start--;
    if (start === 0) continue;
    const split = readableBoundary(values[start - 1]!, values[start]!);
    if (splits.length === 0 || split > splits.at(-1)!) splits.push(split);
  }
  const trend: Shape = settings.trend === "ascending" || settings.trend === "descending" ? settings.trend : "none";
  const rest = { objective: settings.objective, smoothing: settings.smoothing, preBins: splits.length + 1, trials: [], trend };
  const counted = finish(data.name, data.kind, [...intervalDrafts(rows, splits), ...outsideDrafts(rows)], rows, {
    ...rest,
    splits,
    edited: false,
  });
  return ok(onLine(counted, trend));
};

const binNumbers = (data: NumericalFeature, rows: Split, settings: Settings): Result<Binning, Problem> => {
  const ordinary = rows.eventValues.length + rows.nonEventValues.length;
  const outsideRecords = rows.allEvents + rows.allNonEvents - ordinary;
  const auto = settings.trend === "auto";
  let buckets = bucketsOf(
    rows.eventValues,
    rows.nonEventValues,
    MOST_BUCKETS,
    auto ? settings.folds : 0,
    auto ? seeded(settings.seed) : null,
  );
  const n = buckets.events.length;
  const rest = { objective: settings.objective, smoothing: settings.smoothing, edited: false };
  if (n === 1) {
    if (outsideRecords === 0) return err(problems.constant(data.name));
    const only: Draft = { kind: "interval", events: buckets.events[0]!, nonEvents: buckets.nonEvents[0]! };
    return ok(
      finish(data.name, data.kind, [only, ...outsideDrafts(rows)], rows, { ...rest, trend: "none", trials: [], splits: [], preBins: 1 }),
    );
  }
  const cut = separatingBucket(buckets);
  if (cut > 0) return err(problems.separable(data.name, String(readableBoundary(buckets.lasts[cut - 1]!, buckets.firsts[cut]!))));

  const { shape: wanted, trials } =
    settings.trend === "auto" ? chooseShape(buckets, settings) : { shape: settings.trend, trials: [] as readonly TrendTrial[] };
  let shape = wanted;
  let best = divide(buckets.nonEvents, buckets.events, settings, shape, rows);
  if (!best && auto) {
    // Chosen on parts of the sample, it may fail on the whole; any shape at all is then better than none.
    shape = "none";
    best = divide(buckets.nonEvents, buckets.events, settings, shape, rows);
  }
  if (!best) return err(problems.noPartition(data.name));
  if (settings.refine && best.starts.length > 1) {
    // A table that is looked at one value at a time as a whole needs no search among buckets before.
    if (ordinary > MOST_MAGNIFIED || buckets.exact) best = refine(best, buckets.nonEvents, buckets.events, settings, shape, rows);
    ({ best, buckets } = refineByValue(best, buckets, settings, shape, rows));
  }
  const splits = best.starts.slice(1).map((start) => readableBoundary(buckets.lasts[start - 1]!, buckets.firsts[start]!));
  const events = sumRuns(buckets.events, best.starts);
  const nonEvents = sumRuns(buckets.nonEvents, best.starts);
  const drafts = [...events].map((count, bin): Draft => ({
    kind: "interval",
    from: splits[bin - 1] ?? null,
    to: splits[bin] ?? null,
    events: count,
    nonEvents: nonEvents[bin]!,
  }));
  return ok(
    finish(data.name, data.kind, [...drafts, ...outsideDrafts(rows)], rows, {
      ...rest,
      trend: shape,
      trials,
      splits,
      preBins: best.preBins,
    }),
  );
};

/** The bucket at which all of one class lies below and all of the other above, or −1. */
const separatingBucket = ({ events, nonEvents }: Pick<Buckets, "events" | "nonEvents">): number => {
  const range = (counts: Float64Array) => [counts.findIndex((count) => count > 0), counts.findLastIndex((count) => count > 0)] as const;
  const [firstEvent, lastEvent] = range(events);
  const [firstNonEvent, lastNonEvent] = range(nonEvents);
  if (firstEvent < 0 || firstNonEvent < 0) return -1;
  if (lastEvent < firstNonEvent) return firstNonEvent;
  if (lastNonEvent < firstEvent) return firstEvent;
  return -1;
};

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Categories in the order of their event rate, in which the best division into groups of any kind is one into runs,
 * for any convex divergence (Breiman et al. 1984, theorem 4.5). Rare ones go together first.
 */
const binCategories = (data: CategoricalFeature, rows: Split, settings: Settings): Result<Binning, Problem> => {
  const events = new Float64Array(data.categories.length);
  const nonEvents = new Float64Array(data.categories.length);
  for (const code of rows.eventValues) events[code]!++;
  for (const code of rows.nonEventValues) nonEvents[code]!++;
  const ordinary = rows.eventValues.length + rows.nonEventValues.length;
  type Group = Counts & { readonly categories: string[]; readonly other: boolean };
  const groups: Group[] = [];
  const other: Group = { events: 0, nonEvents: 0, categories: [], other: true };
  data.categories.forEach((category, code) => {
    const counts = { events: events[code]!, nonEvents: nonEvents[code]! };
    const size = counts.events + counts.nonEvents;
    if (size === 0) return;
    if (size < settings.rareShare * ordinary) {
      other.events += counts.events;
      other.nonEvents += counts.nonEvents;
      other.categories.push(category);
    } else groups.push({ ...counts, categories: [category], other: false });
  });
  if (other.categories.length > 0) groups.push(other);
  const outsideRecords = rows.allEvents + rows.allNonEvents - ordinary;
  if (groups.length === 1 && outsideRecords === 0) return err(problems.constant(data.name));
  groups.sort(
    (a, b) =>
      a.events * (b.events + b.nonEvents) - b.events * (a.events + a.nonEvents) ||
      compareText(a.categories.toSorted(compareText)[0]!, b.categories.toSorted(compareText)[0]!),
  );
  const ordered = {
    events: Float64Array.from(groups, (group) => group.events),
    nonEvents: Float64Array.from(groups, (group) => group.nonEvents),
  };
  if (groups.length > 1 && separatingBucket(ordered) > 0) {
    const cut = separatingBucket(ordered);
    return err(problems.separable(data.name, groups[cut]!.categories.toSorted(compareText).join("、")));
  }
  const draft = (from: number, to: number): Draft => {
    const merged = groups.slice(from, to);
    return {
      kind: "categories",
      categories: merged.flatMap((group) => group.categories).toSorted(compareText),
      takesOther: merged.some((group) => group.other),
      events: merged.reduce((sum, group) => sum + group.events, 0),
      nonEvents: merged.reduce((sum, group) => sum + group.nonEvents, 0),
    };
  };
  const rest = {
    objective: settings.objective,
    smoothing: settings.smoothing,
    edited: false,
    trend: "none" as const,
    trials: [],
    splits: [],
  };
  if (groups.length === 1) return ok(finish(data.name, data.kind, [draft(0, 1), ...outsideDrafts(rows)], rows, { ...rest, preBins: 1 }));
  // Categories have no rows to spare: a group may be smaller than a pre-bin of numbers, the bin may not.
  const candidates = groups.length <= settings.maxPreBins ? groups.map((_, index) => index) : undefined;
  const best = divide(ordered.nonEvents, ordered.events, settings, "none", rows, candidates);
  if (!best) return err(problems.noPartition(data.name));
  const drafts = best.starts.map((start, bin) => draft(start, best.starts[bin + 1] ?? groups.length));
  return ok(finish(data.name, data.kind, [...drafts, ...outsideDrafts(rows)], rows, { ...rest, preBins: best.preBins }));
};

/**
 * The same feature with boundaries set by hand: counts, weights and divergences follow from the data. Rules are not
 * enforced, since a person has decided; `edited` says so. Boundaries must rise.
 */
export const withSplits = (binning: Binning, data: NumericalFeature, target: Target, splits: readonly number[]): Binning => {
  requireRising(splits);
  const rows = splitRows(data, target, specialsOf(binning));
  return byHand(binning, [...intervalDrafts(rows, splits), ...outsideDrafts(rows)], rows, splits);
};

/** Distinct values in any order, with the outcomes of the records that have each. */
export type CountedValues = {
  readonly values: ArrayLike<number>;
  readonly events: ArrayLike<number>;
  readonly nonEvents: ArrayLike<number>;
};

/**
 * `withSplits` from counts instead of records, for a workshop that follows a boundary while it is dragged. Missing and special
 * values stay as `binning` has them.
 */
export const withSplitsCounted = (binning: Binning, { values, events, nonEvents }: CountedValues, splits: readonly number[]): Binning => {
  requireRising(splits);
  const special = new Set(specialsOf(binning).map(Number));
  const counts = Array.from({ length: splits.length + 1 }, () => ({ events: 0, nonEvents: 0 }));
  for (let i = 0; i < values.length; i++) {
    if (special.has(values[i]!)) continue;
    const count = counts[intervalOf(splits, values[i]!)]!;
    count.events += events[i]!;
    count.nonEvents += nonEvents[i]!;
  }
  return byHand(binning, [...intervals(counts, splits), ...outsideOf(binning)], totalsOf(binning), splits);
};

/** `withGroups` from counts instead of records; see `withSplitsCounted`. */
export const withGroupsCounted = (
  binning: Binning,
  counted: { readonly categories: readonly string[]; readonly events: ArrayLike<number>; readonly nonEvents: ArrayLike<number> },
  groups: readonly (readonly string[])[],
): Binning => {
  if (groups.length === 0) throw new RangeError("at least one group is needed");
  const special = new Set(specialsOf(binning).map(String));
  const place = new Map(groups.flatMap((group, index) => group.map((category) => [category, index] as const)));
  const counts = groups.map((group) => ({ events: 0, nonEvents: 0, categories: new Set(group) }));
  counted.categories.forEach((category, i) => {
    if (special.has(category)) return;
    const group = counts[place.get(category) ?? groups.length - 1]!;
    group.events += counted.events[i]!;
    group.nonEvents += counted.nonEvents[i]!;
    group.categories.add(category);
  });
  return byHand(binning, [...grouped(counts), ...outsideOf(binning)], totalsOf(binning), null);
};

const requireRising = (splits: readonly number[]): void => {
  if (splits.some((split, i) => !Number.isFinite(split) || (i > 0 && split <= splits[i - 1]!)))
    throw new RangeError("boundaries must be finite and rise");
};
const outsideOf = (binning: Binning): Draft[] => binning.bins.filter((bin) => bin.kind === "special" || bin.kind === "missing");
const totalsOf = ({ events, records }: Binning) => ({ allEvents: events, allNonEvents: records - events });

const grouped = (counts: readonly (Counts & { readonly categories: ReadonlySet<string> })[]): Draft[] =>
  counts.map(({ events, nonEvents, categories }, bin) => ({
    kind: "categories",
    categories: [...categories].sort(compareText),
    takesOther: bin === counts.length - 1,
    events,
    nonEvents,
  }));

/** A person has decided: whatever shape the rates now have, the bins are as laid down. Without splits it is of categories. */
const byHand = (
  binning: Binning,
  drafts: readonly Draft[],
  totals: Pick<Split, "allEvents" | "allNonEvents">,
  splits: readonly number[] | null,
): Binning => {
  const rates = drafts.flatMap(({ kind, events, nonEvents }) =>
    kind === "interval" && events + nonEvents > 0 ? [events / (events + nonEvents)] : [],
  );
  return finish(binning.name, binning.kind, drafts, totals, {
    objective: binning.objective,
    smoothing: binning.smoothing,
    preBins: binning.preBins,
    trials: splits === null ? [] : binning.trials,
    splits: splits === null ? [] : [...splits],
    trend: splits === null ? "none" : shapeOf(rates),
    edited: true,
  });
};

/** The same for categories: each list of `groups` is a bin; a category in none goes with the last, which takes unseen ones. */
export const withGroups = (binning: Binning, data: CategoricalFeature, target: Target, groups: readonly (readonly string[])[]): Binning => {
  if (groups.length === 0) throw new RangeError("at least one group is needed");
  const rows = splitRows(data, target, specialsOf(binning));
  const place = new Map(groups.flatMap((group, index) => group.map((category) => [category, index] as const)));
  const counts = groups.map((group) => ({ events: 0, nonEvents: 0, categories: new Set(group) }));
  const count = (values: Float64Array, side: keyof Counts) => {
    for (const code of values) {
      const category = data.categories[code]!;
      const group = counts[place.get(category) ?? groups.length - 1]!;
      group[side]++;
      group.categories.add(category);
    }
  };
  count(rows.eventValues, "events");
  count(rows.nonEventValues, "nonEvents");
  return byHand(binning, [...grouped(counts), ...outsideDrafts(rows)], rows, null);
};

const specialsOf = (binning: Binning) => binning.bins.flatMap((bin) => (bin.kind === "special" ? [bin.special!] : []));

/** The simplest shape that a row of rates follows. */
export const shapeOf = (rates: readonly number[]): Shape => {
  const signs = rates.flatMap((rate, i) => (i === 0 || rate === rates[i - 1] ? [] : [Math.sign(rate - rates[i - 1]!)]));
  const changes = signs.filter((sign, i) => i > 0 && sign !== signs[i - 1]).length;
  if (changes === 0) return signs[0] === -1 ? "descending" : "ascending";
  if (changes === 1) return signs[0] === 1 ? "peak" : "valley";
  return "none";
};

/** The number of boundaries at or below the value: which interval it falls in. */
const intervalOf = (splits: ArrayLike<number>, value: number): number => {
  let low = 0;
  let high = splits.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value >= splits[middle]!) low = middle + 1;
    else high = middle;
  }
  return low;
};

/**
 * Which bin a value falls in. `null`, numbers that are not finite and text in a numerical feature are missing. A category never seen goes where
 * the rare ones went, else to the missing ones.
 */
export const binOf = (binning: Binning, value: number | string | null): number => {
  const { bins, splits } = binning;
  const missing = bins.length - 1;
  if (value === null || value === "" || (typeof value === "number" && !Number.isFinite(value))) return missing;
  const special = bins.findIndex((bin) => bin.kind === "special" && String(bin.special) === String(value));
  if (special >= 0) return special;
  if (binning.kind === "numerical") return typeof value === "number" ? intervalOf(splits, value) : missing;
  const seen = bins.findIndex((bin) => bin.kind === "categories" && bin.categories.includes(String(value)));
  if (seen >= 0) return seen;
  const other = bins.findIndex((bin) => bin.takesOther);
  return other >= 0 ? other : missing;
};

/** The bin of every row: `binOf` for whole columns. */
export const binRows = (binning: Binning, data: FeatureData): Int32Array => {
  if (data.kind !== binning.kind) throw new RangeError(`${data.name} is ${data.kind}, its bins are ${binning.kind}`);
  if (data.kind === "categorical") {
    const places = Int32Array.from(data.categories, (category) => binOf(binning, category));
    return Int32Array.from(data.codes, (code) => (code < 0 || Number.isNaN(code) ? binning.bins.length - 1 : places[code]!));
  }
  const { values } = data;
  const splits = Float64Array.from(binning.splits);
  const specials = new Map(binning.bins.flatMap((bin, index) => (bin.kind === "special" ? [[Number(bin.special), index] as const] : [])));
  const missing = binning.bins.length - 1;
  const result = new Int32Array(values.length);
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    result[row] = !Number.isFinite(value) ? missing : ((specials.size > 0 ? specials.get(value) : undefined) ?? intervalOf(splits, value));
  }
  return result;
};

/** The weight of evidence of every row. */
export const woeRows = (binning: Binning, data: FeatureData): Float64Array => {
  const woe = Float64Array.from(binning.bins, (bin) => bin.woe);
  return Float64Array.from(binRows(binning, data), (bin) => woe[bin]!);
};

/** A categorical feature from texts; null and "" are missing. Categories are listed in the order of their characters. */
export const categorical = (name: string, values: readonly (string | null)[]): CategoricalFeature => {
  const categories = [...new Set(values.filter((value) => value !== null && value !== ""))] as string[];
  categories.sort(compareText);
  const codes = new Map(categories.map((category, code) => [category, code]));
  return { kind: "categorical", name, categories, codes: Int32Array.from(values, (value) => codes.get(value ?? "") ?? -1) };
};

/** A numerical feature from numbers; null is missing. */
export const numerical = (name: string, values: readonly (number | null)[]): NumericalFeature => ({
  kind: "numerical",
  name,
  values: Float64Array.from(values, (value) => value ?? Number.NaN),
});

/** The rows of a feature at the given places, in that order. */
export const takeRows = <T extends FeatureData>(data: T, rows: ArrayLike<number>): T => {
  const source = data.kind === "numerical" ? data.values : data.codes;
  const taken = data.kind === "numerical" ? new Float64Array(rows.length) : new Int32Array(rows.length);
  for (let i = 0; i < rows.length; i++) taken[i] = source[rows[i]!]!;
  return data.kind === "numerical" ? { ...data, values: taken } : { ...data, codes: taken };
};

/** How a bin reads in a table or a reason. */
export const binLabel = (bin: Bin): Text => {
  const same = (text: string): Text => ({ zh: text, en: text });
  if (bin.kind === "missing") return { zh: "缺失", en: "Missing" };
  if (bin.kind === "special") return { zh: `特殊值 ${bin.special}`, en: `Special value ${bin.special}` };
  if (bin.kind === "categories") {
    const list = bin.categories.join("、");
    const listEn = bin.categories.join(", ");
    return bin.takesOther ? { zh: `${list}及其他`, en: `${listEn} and others` } : { zh: list, en: listEn };
  }
  if (bin.from === null && bin.to === null) return { zh: "全部取值", en: "All values" };
  if (bin.from === null) return same(`< ${bin.to}`);
  if (bin.to === null) return same(`≥ ${bin.from}`);
  return same(`${bin.from} – ${bin.to}`);
};

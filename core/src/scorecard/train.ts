import { type IsoDate, type Problem, type Result, err, ok, problem } from "../basics/index.ts";
import {
  type Binning,
  type BinningOptions,
  type FeatureData,
  type Target,
  binFeature,
  binRows,
  takeRows,
  withGroups,
  withSplits,
  woeRows,
} from "./binning.ts";
import { type BoostingOptions, boost, boostedLogOdds } from "./boosting.ts";
import { type Calibration, type MasterScale, anchorTo, masterScale, uncalibrated } from "./calibration.ts";
import {
  type Column,
  type LogisticFit,
  type StepwiseOptions,
  type StepwiseStep,
  fitLogistic,
  linearPredictor,
  stepwise,
} from "./logistic.ts";
import type { Shape } from "./partition.ts";
import { type PointScale, type Scorecard, defaultScale, logOddsOfScore, makeScorecard, scoreRows } from "./points.ts";
import type { Random } from "./random.ts";
import { type Stability, calibrationQuality, correlations, discrimination, partsOf, stability, stratifiedFolds } from "./validation.ts";

/**
 * What an expert lays down where labels are few: the direction of a feature, or a range for its coefficient. It is part
 * of the model's record, with who set it, when and why.
 */
export type ExpertPrior = {
  readonly feature: string;
  /** How the event rate must run along the feature. */
  readonly trend?: Shape;
  /** Range of the coefficient of its weight of evidence in the log-odds of the event (−1 keeps the evidence as it is). */
  readonly least?: number;
  readonly most?: number;
  readonly setBy: string;
  readonly setOn: IsoDate;
  readonly reason: string;
};

/** How a scorecard is trained. What is left out has the value of `trainDefaults`. */
export type TrainOptions = {
  readonly binning?: BinningOptions;
  /** Binning of single features: overrides the common one. */
  readonly byFeature?: Readonly<Record<string, BinningOptions>>;
  readonly priors?: readonly ExpertPrior[];
  /** Features with less information value are left out. */
  readonly minIv?: number;
  /** Of two features whose weights of evidence correlate more than this, the one with less information value is left out. */
  readonly maxCorrelation?: number;
  /** Stepwise selection, or null (the default, which did better out of sample) to keep all that are left. */
  readonly selection?: Omit<StepwiseOptions, "l1" | "l2" | "maxIterations"> | null;
  /** The L2 penalty, or several to choose from by cross-validation with the binning inside the fold. */
  readonly l2?: number | readonly number[];
  readonly l1?: number;
  /**
   * What L2 draws the coefficients towards: 0, no evidence at all, or with few labels −1, each feature's evidence at face
   * value (a naive Bayes card), or between.
   */
  readonly centre?: number;
  /** Lets no coefficient turn positive, so that more evidence of safety never costs points. */
  readonly keepMeaning?: boolean;
  readonly scale?: PointScale;
  /** Long-run default rate that the mean probability is anchored to; null leaves the sample's. */
  readonly centralTendency?: number | null;
  readonly grades?: MasterScale;
  readonly folds?: number;
  /**
   * Bins laid down by hand: boundaries of a number, or groups of categories. They are the same in every fold, where their
   * evidence is counted anew; whoever drew them had seen all outcomes, which no cross-validation can take back.
   */
  readonly edits?: readonly BinEdit[];
};

/** Bins of one feature as a person has drawn them: rising boundaries, or groups of categories. */
export type BinEdit = { readonly feature: string } & (
  | { readonly splits: readonly number[] }
  | { readonly groups: readonly (readonly string[])[] }
);

export const trainDefaults = {
  binning: {},
  byFeature: {},
  priors: [],
  minIv: 0.02,
  maxCorrelation: 0.95,
  selection: null,
  l2: 3,
  l1: 0,
  centre: 0,
  keepMeaning: true,
  scale: defaultScale,
  centralTendency: null,
  grades: masterScale(["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"], 0.001, 0.3),
  folds: 5,
  edits: [],
} as const satisfies Required<TrainOptions>;

/** A trained card with all that it came from. */
export type ScorecardModel = {
  readonly card: Scorecard;
  readonly fit: LogisticFit;
  /** Bins of every feature that could be binned, kept or not. */
  readonly binnings: readonly Binning[];
  /** Features that are not in the scorecard, and why. */
  readonly left: readonly { readonly feature: string; readonly problem: Problem }[];
  readonly path: readonly StepwiseStep[];
  readonly priors: readonly ExpertPrior[];
  readonly l2: number;
  /** Held-out log-loss of each penalty that was tried. */
  readonly l2Trials: readonly { readonly l2: number; readonly logLoss: number }[];
};

const problems = {
  weak: (iv: number, least: number) =>
    problem(
      "weak",
      `信息值 ${iv.toFixed(4)} 低于 ${least}。`,
      `Information value ${iv.toFixed(4)} is below ${least}.`,
      "无需处理；确有业务意义时可降低门槛。",
      "Nothing to do; lower the bar where the feature has meaning of its own.",
    ),
  alike: (other: string, correlation: number) =>
    problem(
      "correlated",
      `与“${other}”的证据权重相关系数为 ${correlation.toFixed(3)}，信息重复。`,
      `Its weight of evidence correlates ${correlation.toFixed(3)} with that of "${other}".`,
      "保留其中解释性更好的一个。",
      "Keep the one that is easier to explain.",
    ),
  notChosen: problem(
    "not-selected",
    "逐步回归未选入：加入后准则没有改善，或系数方向与证据相反。",
    "Not selected: it does not improve the criterion, or its coefficient would go against its evidence.",
    "无需处理。",
    "Nothing to do.",
  ),
  none: problem(
    "no-features",
    "没有任何特征可用于评分卡。",
    "No feature can be used in a scorecard.",
    "请查看每个特征被排除的原因；样本过少时可降低信息值门槛。",
    "See why each feature was left out; with few records, lower the bar of information value.",
  ),
  foldsWithout: (fewer: number, folds: number) =>
    problem(
      "too-few-records",
      `较少的一类结果只有 ${fewer} 条，分成 ${folds} 折后有的折没有这一类，无法检验。`,
      `The rarer outcome has ${fewer} records only, so of ${folds} folds some would be without it and nothing could be measured there.`,
      "请减少折数、补充样本，或改用留出检验。",
      "Use fewer folds, add records, or hold out a part instead.",
    ),
};

type Settings = Required<TrainOptions>;

/** The feature as a person has divided it. What cannot be binned at all (one outcome, a constant) is refused as ever. */
const binByHand = (data: FeatureData, target: Target, options: BinningOptions, edit: BinEdit): Result<Binning, Problem> => {
  const found = binFeature(data, target, {
    ...options,
    trend: "none",
    refine: false,
    minBins: 1,
    minBinShare: 0,
    minEvents: 0,
    minNonEvents: 0,
  });
  if (!found.ok) return found;
  if ("splits" in edit) {
    if (data.kind !== "numerical") throw new RangeError(`${data.name} is categorical and has groups, not boundaries`);
    return ok(withSplits(found.value, data, target, edit.splits));
  }
  if (data.kind !== "categorical") throw new RangeError(`${data.name} is numerical and has boundaries, not groups`);
  return ok(withGroups(found.value, data, target, edit.groups));
};

const binAll = (features: readonly FeatureData[], target: Target, settings: Settings) => {
  const binnings: { readonly binning: Binning; readonly data: FeatureData }[] = [];
  const left: { feature: string; problem: Problem }[] = [];
  for (const data of features) {
    const prior = settings.priors.find((each) => each.feature === data.name);
    const options = {
      ...settings.binning,
      ...settings.byFeature[data.name],
      ...(prior?.trend === undefined ? {} : { trend: prior.trend }),
    };
    const edit = settings.edits.find((each) => each.feature === data.name);
    const result = edit ? binByHand(data, target, options, edit) : binFeature(data, target, options);
    if (result.ok) binnings.push({ binning: result.value, data });
    else left.push({ feature: data.name, problem: result.error });
  }
  return { binnings, left };
};

/** Binned features that pass the bars of information value and correlation, as columns with their bounds. */
const screen = (features: readonly FeatureData[], target: Target, settings: Settings) => {
  const { binnings, left } = binAll(features, target, settings);
  const strong = binnings.filter(({ binning }) => {
    if (binning.iv >= settings.minIv) return true;
    left.push({ feature: binning.name, problem: problems.weak(binning.iv, settings.minIv) });
    return false;
  });
  const columns = strong.map(({ binning, data }): Column => {
    const prior = settings.priors.find((each) => each.feature === binning.name);
    const most = Math.min(prior?.most ?? Infinity, settings.keepMeaning ? 0 : Infinity);
    return { name: binning.name, values: woeRows(binning, data), least: prior?.least ?? -Infinity, most, centre: settings.centre };
  });
  const matrix = correlations(columns.map((column) => column.values));
  const byIv = columns.map((_, j) => j).sort((a, b) => strong[b]!.binning.iv - strong[a]!.binning.iv || a - b);
  const taken: number[] = [];
  for (const j of byIv) {
    const twin = taken.find((k) => Math.abs(matrix[j * columns.length + k]!) > settings.maxCorrelation);
    if (twin === undefined) taken.push(j);
    else left.push({ feature: columns[j]!.name, problem: problems.alike(columns[twin]!.name, matrix[j * columns.length + twin]!) });
  }
  taken.sort((a, b) => a - b);
  return { binnings, left, columns: taken.map((j) => columns[j]!), chosen: taken.map((j) => strong[j]!.binning) };
};

/** Held-out log-loss of each penalty; bins, screening and fit are all made anew on the training part. */
const tryPenalties = (
  features: readonly FeatureData[],
  target: Target,
  settings: Settings,
  penalties: readonly number[],
  random: Random,
): { l2: number; logLoss: number }[] => {
  const losses = penalties.map(() => 0);
  const folds = stratifiedFolds(target, settings.folds, random);
  for (let fold = 0; fold < settings.folds; fold++) {
    const { train, test } = partsOf(folds, fold);
    const outcomes = Uint8Array.from(train, (row) => target[row]!);
    const held = Uint8Array.from(test, (row) => target[row]!);
    const screened = screen(
      features.map((feature) => takeRows(feature, train)),
      outcomes,
      settings,
    );
    const heldWoe = screened.chosen.map((binning) =>
      woeRows(
        binning,
        takeRows(
          features.find((each) => each.name === binning.name)!,
          test,
        ),
      ),
    );
    penalties.forEach((l2, k) => {
      const fit = fitLogistic(screened.columns, outcomes, { l2, l1: settings.l1 });
      if (!fit.ok) {
        losses[k] = Infinity;
        return;
      }
      const eta = linearPredictor(heldWoe, [fit.value.intercept.value, ...fit.value.coefficients.map((each) => each.value)], held.length);
      for (let i = 0; i < held.length; i++) {
        const x = held[i] === 1 ? -eta[i]! : eta[i]!;
        losses[k]! += (x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x))) / target.length;
      }
    });
  }
  return penalties.map((l2, k) => ({ l2, logLoss: losses[k]! }));
};

/**
 * From a labelled table to a scorecard: bins, weights of evidence, screening, regression, points, calibration. The
 * generator is used where a penalty is chosen; with one penalty the result does not depend on it.
 *
 * Refused with a reason: what every feature fails by alike (`one-class`, `too-few-records`, …), `no-features`, and what the
 * regression refuses. A prior or binning options for a feature that is not in the table throw.
 */
export const trainScorecard = (
  features: readonly FeatureData[],
  target: Target,
  options: TrainOptions,
  random: Random,
): Result<ScorecardModel, Problem> => {
  const settings: Settings = { ...trainDefaults, ...options };
  const names = new Set(features.map((feature) => feature.name));
  if (names.size < features.length) throw new RangeError("two features have the same name");
  // What was laid down for a feature that is not there would be lost without a word.
  const unknown = [
    ...settings.priors.map((prior) => prior.feature),
    ...Object.keys(settings.byFeature),
    ...settings.edits.map((edit) => edit.feature),
  ].find((name) => !names.has(name));
  if (unknown !== undefined) throw new RangeError(`no feature ${unknown}, yet something is laid down for it`);
  if (new Set(settings.priors.map((prior) => prior.feature)).size < settings.priors.length) throw new RangeError("one prior for a feature");
  const screened = screen(features, target, settings);
  const left = [...screened.left];
  // When every feature fails alike (one outcome, too few records), that reason is the answer.
  const first = left[0]?.problem;
  if (screened.binnings.length === 0 && first && left.every((each) => each.problem.code === first.code)) return err(first);
  if (screened.columns.length === 0) return err(problems.none);

  const penalties = typeof settings.l2 === "number" ? [settings.l2] : settings.l2;
  const l2Trials = penalties.length > 1 ? tryPenalties(features, target, settings, penalties, random) : [];
  const l2 = l2Trials.length > 0 ? l2Trials.reduce((best, trial) => (trial.logLoss < best.logLoss ? trial : best)).l2 : (penalties[0] ?? 0);

  let fit: LogisticFit;
  let kept: readonly number[] = screened.columns.map((_, j) => j);
  let path: readonly StepwiseStep[] = [];
  if (settings.selection === null) {
    const fitted = fitLogistic(screened.columns, target, { l1: settings.l1, l2 });
    if (!fitted.ok) return fitted;
    fit = fitted.value;
    // A coefficient held at 0 gives no points: the feature is not part of the card.
    kept = kept.filter((j) => fit.coefficients[j]!.value !== 0);
    if (kept.length < screened.columns.length) {
      const again = fitLogistic(
        kept.map((j) => screened.columns[j]!),
        target,
        { l1: settings.l1, l2 },
      );
      if (!again.ok) return again;
      fit = again.value;
    }
  } else {
    const steps = stepwise(screened.columns, target, { ...settings.selection, l1: settings.l1, l2 });
    if (!steps.ok) return steps;
    ({ fit, kept, path } = steps.value);
    for (const { name, problem: why } of steps.value.skipped) left.push({ feature: name, problem: why });
  }
  if (kept.length === 0) return err(problems.none);
  for (let j = 0; j < screened.columns.length; j++) {
    const { name } = screened.columns[j]!;
    if (!kept.includes(j) && !left.some((each) => each.feature === name)) left.push({ feature: name, problem: problems.notChosen });
  }
  const chosen = kept.map((j) => screened.chosen[j]!);
  const draft = makeScorecard(chosen, fit, settings.scale, uncalibrated, settings.grades);
  let calibration: Calibration = uncalibrated;
  if (settings.centralTendency !== null) {
    const scores = scoreRows(draft, features, target.length);
    calibration = anchorTo(
      scores.map((value) => logOddsOfScore(settings.scale, value)),
      settings.centralTendency,
    );
  }
  return ok({
    card: { ...draft, calibration },
    fit,
    binnings: screened.binnings.map(({ binning }) => binning),
    left,
    path,
    priors: settings.priors,
    l2,
    l2Trials,
  });
};

/** What one fold's model showed on the records held out from it. */
export type FoldFigures = {
  readonly repeat: number;
  readonly fold: number;
  readonly auc: number;
  readonly ks: number;
  readonly brier: number;
  readonly logLoss: number;
  readonly features: readonly string[];
};

/** A mean over folds with its 95 % interval. */
export type Estimate = {
  readonly mean: number;
  /** Between folds. */
  readonly deviation: number;
  /**
   * Nadeau and Bengio's (2003) corrected standard error √((1/k + test/train) · s²): folds share their training records, so
   * s/√k is far too small.
   */
  readonly standardError: number;
  readonly low: number;
  readonly high: number;
};

/** All folds of all repeats, their means, and what was said of each record while it was held out. */
export type CrossValidation = {
  readonly folds: readonly FoldFigures[];
  readonly auc: Estimate;
  readonly ks: Estimate;
  readonly brier: Estimate;
  readonly logLoss: Estimate;
  /** Mean of the held-out log-odds of every record over the repeats. */
  readonly heldOut: Float64Array;
};

/** Mean of fold results with Nadeau and Bengio's interval at 95 % (normal). */
export const estimate = (values: readonly number[], folds: number): Estimate => {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const variance = n > 1 ? values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1) : 0;
  const standardError = Math.sqrt((1 / n + 1 / (folds - 1)) * variance);
  return {
    mean,
    deviation: Math.sqrt(variance),
    standardError,
    low: mean - 1.959963984540054 * standardError,
    high: mean + 1.959963984540054 * standardError,
  };
};

type Folding = { readonly folds: number; readonly repeats: number; readonly onFold?: (done: number) => void };

/** A model made on some rows, and what it says of others that it has never seen: log-odds of the event. */
type MadeAndAsked = (
  train: Int32Array,
  test: Int32Array,
) => Result<{ readonly eta: Float64Array; readonly features: readonly string[] }, Problem>;

/** All folds are drawn first, so that two ways of training meet the same ones from the same seed. */
const overFolds = (
  target: Target,
  { folds, repeats, onFold }: Folding,
  random: Random,
  ask: MadeAndAsked,
): Result<CrossValidation, Problem> => {
  const figures: FoldFigures[] = [];
  const heldOut = new Float64Array(target.length);
  const divisions = Array.from({ length: repeats }, () => stratifiedFolds(target, folds, random));
  for (let repeat = 0; repeat < repeats; repeat++) {
    const drawn = divisions[repeat]!;
    for (let fold = 0; fold < folds; fold++) {
      const { train, test } = partsOf(drawn, fold);
      const asked = ask(train, test);
      if (!asked.ok) return asked;
      const { eta, features } = asked.value;
      const outcomes = Uint8Array.from(test, (row) => target[row]!);
      const { auc, ks } = discrimination(eta, outcomes);
      const { brier, logLoss } = calibrationQuality(
        eta.map((value) => 1 / (1 + Math.exp(-value))),
        outcomes,
      );
      figures.push({ repeat, fold, auc, ks, brier, logLoss, features });
      test.forEach((row, i) => (heldOut[row]! += eta[i]! / repeats));
      onFold?.(repeat * folds + fold + 1);
    }
  }
  const of = (key: "auc" | "ks" | "brier" | "logLoss") =>
    estimate(
      figures.map((each) => each[key]),
      folds,
    );
  return ok({ folds: figures, auc: of("auc"), ks: of("ks"), brier: of("brier"), logLoss: of("logLoss"), heldOut });
};

/**
 * Repeated stratified cross-validation of the whole training, binning and selection included: each held-out record is
 * scored by a card that has never seen its outcome. A fold on which training fails gives its reason.
 */
export const crossValidate = (
  features: readonly FeatureData[],
  target: Target,
  options: TrainOptions,
  how: Folding,
  random: Random,
): Result<CrossValidation, Problem> => {
  let events = 0;
  for (let row = 0; row < target.length; row++) events += target[row]!;
  const rarer = Math.min(events, target.length - events);
  // A table of one outcome, or too small for a card at all, is refused by training, which says so more plainly.
  if (rarer < how.folds) {
    const whole = trainScorecard(features, target, options, random);
    return whole.ok ? err(problems.foldsWithout(rarer, how.folds)) : whole;
  }
  return overFolds(target, how, random, (train, test) => {
    const model = trainScorecard(
      features.map((feature) => takeRows(feature, train)),
      Uint8Array.from(train, (row) => target[row]!),
      options,
      random,
    );
    if (!model.ok) return model;
    const { card } = model.value;
    const scores = scoreRows(
      card,
      features.map((feature) => takeRows(feature, test)),
      test.length,
    );
    return ok({
      eta: scores.map((value) => card.calibration.shift + card.calibration.slope * logOddsOfScore(card.scale, value)),
      features: card.features.map((feature) => feature.name),
    });
  });
};

/** The same for boosted trees: from the same seed on the same folds as `crossValidate`. Each outcome must occur `folds` times. */
export const crossValidateBoosted = (
  features: readonly FeatureData[],
  target: Target,
  options: BoostingOptions,
  how: Folding,
  random: Random,
): CrossValidation => {
  const found = overFolds(target, how, random, (train, test) => {
    const model = boost(
      features.map((feature) => takeRows(feature, train)),
      Uint8Array.from(train, (row) => target[row]!),
      options,
      random,
    );
    const held = features.map((feature) => takeRows(feature, test));
    return ok({ eta: boostedLogOdds(model, held, test.length), features: model.features.map(({ name }) => name) });
  });
  if (!found.ok) throw new Error(found.error.text.en); // trees refuse nothing
  return found.value;
};

/** Characteristic stability 特征稳定性 of a feature: its bins in training against the same bins now, and what the move costs in points. */
export const characteristicStability = (
  feature: Scorecard["features"][number],
  now: FeatureData,
): Stability & { readonly pointsMoved: number } => {
  const counts = new Float64Array(feature.binning.bins.length);
  for (const bin of binRows(feature.binning, now)) counts[bin]!++;
  const found = stability(
    feature.binning.bins.map((bin) => bin.records),
    counts,
  );
  return { ...found, pointsMoved: found.parts.reduce((sum, part, bin) => sum + (part.actual - part.expected) * feature.points[bin]!, 0) };
};

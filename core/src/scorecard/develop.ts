import { type IsoDate, type Problem, type Result, type Text, err, ok, problem } from "../basics/index.ts";
import { type FeatureData, type Target, binRows, takeRows, woeRows } from "./binning.ts";
import { type Boosted, type BoostingOptions, boost, boostedContributions, boostedLogOdds, boostingDefaults } from "./boosting.ts";
import { type Calibration, anchorTo, calibrated, platt } from "./calibration.ts";
import type { LogisticFit } from "./logistic.ts";
import { type Scorecard, gradesOf, logOddsOfScore, scoreOfLogOdds, scoreRows } from "./points.ts";
import { type Random, seeded, shuffle } from "./random.ts";
import { normalQuantile, sigmoid } from "./statistics.ts";
import {
  type CrossValidation,
  type Estimate,
  type TrainOptions,
  crossValidate,
  crossValidateBoosted,
  trainDefaults,
  trainScorecard,
} from "./train.ts";
import {
  type CalibrationQuality,
  type CutOffRow,
  type Discrimination,
  type GainsRow,
  type GroupFairness,
  approveTop,
  aucOf,
  calibrationQuality,
  compareAuc,
  correlations,
  cutOffTable,
  discrimination,
  fairness,
  gainsTable,
  holdOut,
  outOfTime,
  varianceInflation,
} from "./validation.ts";

/** A labelled table 标注样本: one row a record, 1 for each event. */
export type Sample = {
  readonly features: readonly FeatureData[];
  readonly target: Target;
  /** What fairness is looked at by (size, region, ownership): never a feature on that account. */
  readonly groups: readonly { readonly name: Text; readonly values: readonly string[] }[];
  /** The day each record was observed, where known: an out-of-time split needs it. */
  readonly days: readonly IsoDate[] | null;
};

/** How a model is to be made: with the same sample and code, the same recipe gives the same model to the bit. */
export type Recipe = {
  /** Features that may be used; null for all of the sample. */
  readonly features: readonly string[] | null;
  /**
   * Whether only features were offered that billing one sale as several invoices cannot move: a score that an enterprise moves by
   * billing otherwise can be gamed. Absent in models older than the question, and for a table whose columns nobody here defined. It
   * is kept by whoever knows what the features are; here it is only recorded.
   */
  readonly unmovedBySplitting?: boolean;
  readonly options: TrainOptions;
  readonly folds: number;
  readonly repeats: number;
  /** Times that the whole training is repeated on resampled records, for the uncertainty of a score; 0 for none. */
  readonly refits: number;
  readonly seed: number;
  /** Records kept out of all training: a share drawn at random, or those observed from a day on. */
  readonly holdOut: { readonly share: number } | { readonly from: IsoDate } | null;
  /** Share approved where approval is looked at: fairness, swap sets. */
  readonly approvalShare: number;
  /** Boosted trees beside the scorecard, on the same features and folds; null for none. */
  readonly challenger: BoostingOptions | null;
};

/** 20 times 5-fold, 100 refits, the challenger beside it. */
export const recipeDefaults: Recipe = {
  features: null,
  options: {},
  folds: 5,
  repeats: 20,
  refits: 100,
  seed: 1,
  holdOut: null,
  approvalShare: 0.75,
  challenger: boostingDefaults,
};

/** What became of one feature offered to the model. */
export type Candidate = {
  readonly feature: string;
  /** Information value on all training records; null where it could not be binned. */
  readonly iv: number | null;
  /** AUC of the feature's own weight of evidence on the records it was binned on: flattering, as everything seen before. */
  readonly auc: number | null;
  readonly used: boolean;
  /** Share of the cross-validation's models that used it. */
  readonly usedInFolds: number;
  /** Why it is not in the scorecard; null where it is. */
  readonly left: Problem | null;
};

/** How far a score can be trusted, beside the sampling of its coefficients and bins. */
export type Uncertainty = {
  /**
   * Of each refit on resampled records what it gives to the card's own bins, in log-odds to four decimals: its constant,
   * then every bin in the order of the card. A bin's part is the mean over the training records in it.
   */
  readonly refits: readonly (readonly number[])[];
  /** Covariance of the calibration's shift and slope: [shift, both, slope]. */
  readonly calibration: readonly [number, number, number];
};

/** What held-out records show. Those of a cross-validation are scored by the mean log-odds of the models that never saw them. */
export type Assessment = {
  readonly records: number;
  readonly events: number;
  readonly discrimination: Discrimination;
  /** Of the calibrated probabilities; for cross-validation the calibration was fitted on these very predictions. */
  readonly calibration: CalibrationQuality;
  readonly gains: readonly GainsRow[];
  readonly cutOffs: readonly CutOffRow[];
  readonly byGrade: readonly { readonly grade: string; readonly records: number; readonly events: number; readonly meanPd: number }[];
};

/** What is known of a model beyond its own training records. */
export type Validation = {
  readonly folds: number;
  readonly repeats: number;
  readonly auc: Estimate;
  readonly ks: Estimate;
  readonly brier: Estimate;
  readonly logLoss: Estimate;
  readonly heldOut: Assessment;
  /** On the records trained on: how much of it is flattery shows against the above. */
  readonly seen: { readonly auc: number; readonly ks: number };
  /** Mean AUC of cross-validations with the outcomes shuffled: about 0.5, or something leaks. Null where no model came of any. */
  readonly shuffledAuc: number | null;
  readonly split: { readonly kind: "sample" | "time"; readonly assessment: Assessment } | null;
  readonly vif: readonly { readonly feature: string; readonly value: number | null }[];
  /** Correlations of the weights of evidence, row-major over the card's features. */
  readonly correlations: readonly number[];
  readonly fairness: readonly { readonly by: Text; readonly approvalShare: number; readonly groups: readonly GroupFairness[] }[];
};

/**
 * What plainness costs 可解释性的代价: boosted trees on every feature that was offered, cross-validated on the card's own folds.
 * They decide nothing; they show what a model free of bins and signs would rank better, and by which features.
 */
export type Challenger = {
  readonly model: Boosted;
  readonly auc: Estimate;
  readonly ks: Estimate;
  readonly brier: Estimate;
  readonly logLoss: Estimate;
  /** Held-out log-odds of every training record, as of the card. */
  readonly heldOut: readonly number[];
  /** Platt's, on the held-out log-odds; null where they rank no better than chance. Anchored where the card is. */
  readonly calibration: Calibration | null;
  /** Of the mean held-out log-odds: the trees' AUC less the card's, with DeLong's interval at 95 % and p-value. */
  readonly gain: {
    readonly card: number;
    readonly challenger: number;
    readonly difference: number;
    readonly low: number;
    readonly high: number;
    readonly pValue: number;
  };
  /** On records kept out of all training, where there are any. */
  readonly split: Discrimination | null;
  /** Mean absolute Shapley value of each feature over the training records, in log-odds, greatest first. */
  readonly importance: readonly { readonly feature: string; readonly logOdds: number; readonly inCard: boolean }[];
};

/** A model developed whole: the card, how it was validated, how far it can be trusted. */
export type Development = {
  readonly records: number;
  readonly events: number;
  readonly card: Scorecard;
  /** Without the covariance, which the card has. */
  readonly regression: Omit<LogisticFit, "covariance">;
  readonly candidates: readonly Candidate[];
  readonly validation: Validation;
  readonly uncertainty: Uncertainty;
  readonly challenger: Challenger | null;
  /** Held-out log-odds of every training record, in the order of the sample: two models of one sample are compared by these. */
  readonly heldOut: readonly number[];
  /** Scores of the training records in rising order, for stability later. */
  readonly scores: readonly number[];
};

/** What a development is at. */
export type Phase = "bins" | "folds" | "refits" | "challenger" | "checks";
/** Told how far a development is; `total` counts the steps of the phase. */
export type OnProgress = (phase: Phase, done: number, total: number) => void;

const noDiscrimination = problem(
  "no-discrimination",
  "模型在未见过的样本上不比随机好（校准斜率不为正），不能给出概率。",
  "On records it has not seen the model is no better than chance (its calibration slope is not positive), so no probability can be given.",
  "请更换特征或增加样本，不要上线。",
  "Use other features or more records; do not put it to use.",
);
const badHoldOut = problem(
  "hold-out-empty",
  "留出样本或训练样本中缺少违约或非违约记录，无法验证。",
  "The held-out part or the training part lacks events or non-events, so nothing can be validated.",
  "请改变留出比例或时间分界。",
  "Change the share held out or the day of the split.",
);

const rounded = (value: number, digits: number) => Math.round(value * 10 ** digits) / 10 ** digits;

/** Rows of a sample, in the order given; a row may come more than once. */
const take = (target: Target, rows: Int32Array) => Uint8Array.from(rows, (row) => target[row]!);

/** One division of a few records says little, so the fewer there are, the more often the outcomes are shuffled anew. */
const shuffledAuc = (
  features: readonly FeatureData[],
  target: Target,
  options: TrainOptions,
  folds: number,
  random: Random,
): number | null => {
  const times = target.length < 500 ? 20 : target.length < 5000 ? 5 : 1;
  const found: number[] = [];
  for (let time = 0; time < times; time++) {
    const result = crossValidate(features, shuffle(Uint8Array.from(target), random), options, { folds, repeats: 1 }, random);
    if (result.ok) found.push(result.value.auc.mean);
  }
  return found.length > 0 ? found.reduce((sum, value) => sum + value, 0) / found.length : null;
};

/** A normal interval can leave the range of what it is of. */
const within = (estimate: Estimate): Estimate => ({ ...estimate, low: Math.max(0, estimate.low), high: Math.min(1, estimate.high) });

const assess = (card: Scorecard, eta: Float64Array, target: Target, fitted: boolean): Assessment => {
  const pd = eta.map((value) => calibrated(card.calibration, value));
  const scores = eta.map((value) => scoreOfLogOdds(card.scale, value));
  const sorted = scores.toSorted();
  const cutOffs = [...new Set(Array.from({ length: 19 }, (_, k) => Math.round(sorted[Math.floor(((k + 1) * sorted.length) / 20)]!)))];
  const grades = gradesOf(card, pd);
  let events = 0;
  for (let i = 0; i < target.length; i++) events += target[i]!;
  return {
    records: target.length,
    events,
    discrimination: discrimination(pd, target),
    calibration: calibrationQuality(pd, target, fitted, target.length < 200 ? 5 : 10),
    gains: gainsTable(pd, target),
    cutOffs: cutOffTable(scores, target, cutOffs),
    byGrade: card.grades.map(({ name }) => {
      let records = 0;
      let eventsOfGrade = 0;
      let sum = 0;
      grades.forEach((grade, i) => {
        if (grade !== name) return;
        records++;
        eventsOfGrade += target[i]!;
        sum += pd[i]!;
      });
      return { grade: name, records, events: eventsOfGrade, meanPd: records > 0 ? sum / records : 0 };
    }),
  };
};

/** Inverse information of shift and slope at a calibration: the sampling covariance of the two. */
const calibrationCovariance = (eta: Float64Array, { shift, slope }: Calibration): [number, number, number] => {
  let a = 0;
  let b = 0;
  let c = 0;
  for (const value of eta) {
    const probability = sigmoid(shift + slope * value);
    const weight = probability * (1 - probability);
    a += weight;
    b += weight * value;
    c += weight * value * value;
  }
  const determinant = a * c - b * b;
  // Equal scores leave the slope without any information: only the level is known.
  if (!(determinant > 1e-10 * a * c)) return [1 / a, 0, 0];
  return [c / determinant, -b / determinant, a / determinant];
};

/**
 * What each refit gives to the bins of `card`. A resample on which training fails (one outcome only, no feature left) is
 * left out, and the next one drawn takes its place, up to three times as many as asked for.
 */
const refitParts = (
  sample: Pick<Sample, "features" | "target">,
  card: Scorecard,
  options: TrainOptions,
  times: number,
  random: Random,
  onProgress: OnProgress,
): number[][] => {
  const n = sample.target.length;
  const bins = card.features.map((feature) =>
    binRows(
      feature.binning,
      sample.features.find((each) => each.name === feature.name)!,
    ),
  );
  const rows = new Int32Array(n);
  const found: number[][] = [];
  for (let draw = 0; draw < 3 * times && found.length < times; draw++) {
    for (let i = 0; i < n; i++) rows[i] = Math.floor(random() * n);
    const model = trainScorecard(
      sample.features.map((feature) => takeRows(feature, rows)),
      take(sample.target, rows),
      options,
      random,
    );
    if (!model.ok) continue;
    const refit = model.value;
    let constant = refit.fit.intercept.value;
    const parts: number[] = [];
    const unused = new Set(refit.card.features.map((feature) => feature.name));
    card.features.forEach((feature, j) => {
      const own = refit.card.features.find((each) => each.name === feature.name);
      unused.delete(feature.name);
      const size = feature.binning.bins.length;
      const sums = new Float64Array(size);
      const counts = new Float64Array(size);
      if (own) {
        const values = woeRows(
          own.binning,
          sample.features.find((each) => each.name === feature.name)!,
        );
        for (let i = 0; i < n; i++) {
          sums[bins[j]![i]!]! += own.coefficient * values[i]!;
          counts[bins[j]![i]!]!++;
        }
      }
      for (let bin = 0; bin < size; bin++) parts.push(counts[bin]! > 0 ? rounded(sums[bin]! / counts[bin]!, 4) : 0);
    });
    // What the refit gives to features that the card has not: its mean belongs to the constant.
    for (const name of unused) {
      const own = refit.card.features.find((each) => each.name === name)!;
      const values = woeRows(
        own.binning,
        sample.features.find((each) => each.name === name)!,
      );
      constant += (own.coefficient * values.reduce((sum, value) => sum + value, 0)) / n;
    }
    found.push([rounded(constant, 4), ...parts]);
    onProgress("refits", found.length, times);
  }
  return found;
};

/** Records that importance is averaged over: more change its third digit only. */
const ENOUGH_FOR_IMPORTANCE = 1000;

const challenge = (
  { features, target }: Pick<Sample, "features" | "target">,
  apart: Pick<Sample, "features" | "target"> | null,
  { challenger, folds, repeats, seed, options }: Recipe,
  card: Scorecard,
  heldOutOfCard: Float64Array,
  onProgress: OnProgress,
): Challenger => {
  const settings = challenger ?? {};
  const total = folds * repeats;
  const how = { folds, repeats, onFold: (done: number) => onProgress("challenger", done, total) };
  const cross = crossValidateBoosted(features, target, settings, how, seeded(seed));
  const model = boost(features, target, settings, seeded(seed));
  const compared = compareAuc(cross.heldOut, heldOutOfCard, target);
  const reach = normalQuantile(0.975) * compared.standardError;
  const fitted = platt(cross.heldOut, target);
  const tendency = options.centralTendency ?? null;
  const step = Math.ceil(target.length / ENOUGH_FOR_IMPORTANCE);
  const rows = Int32Array.from({ length: Math.ceil(target.length / step) }, (_, i) => i * step);
  const { contributions } = boostedContributions(
    model,
    features.map((feature) => takeRows(feature, rows)),
    rows.length,
  );
  const width = model.features.length;
  const inCard = new Set(card.features.map((feature) => feature.name));
  return {
    model,
    auc: within(cross.auc),
    ks: within(cross.ks),
    brier: cross.brier,
    logLoss: cross.logLoss,
    heldOut: Array.from(cross.heldOut, (value) => rounded(value, 6)),
    calibration: fitted.slope > 0 ? (tendency === null ? fitted : anchorTo(cross.heldOut, tendency, fitted.slope)) : null,
    gain: {
      card: compared.aucB,
      challenger: compared.aucA,
      difference: compared.difference,
      low: compared.difference - reach,
      high: compared.difference + reach,
      pValue: compared.pValue,
    },
    split: apart && discrimination(boostedLogOdds(model, apart.features, apart.target.length), apart.target),
    importance: model.features
      .map(({ name }, j) => {
        let sum = 0;
        for (let i = 0; i < rows.length; i++) sum += Math.abs(contributions[i * width + j]!);
        return { feature: name, logOdds: sum / rows.length, inCard: inCard.has(name) };
      })
      .filter(({ logOdds }) => logOdds > 0)
      .sort((a, b) => b.logOdds - a.logOdds),
  };
};

/**
 * From a labelled table to a validated model: the scorecard on all training records; cross-validation with everything
 * inside the fold; probabilities calibrated on held-out log-odds (Platt) and, where a central tendency is given, anchored to
 * it; refits on resampled records; and the checks a model committee asks for. Deterministic for a seed.
 *
 * Refused with a reason: what `trainScorecard` refuses, `no-discrimination`, `hold-out-empty`.
 */
export const develop = (sample: Sample, given: Partial<Recipe>, onProgress: OnProgress = () => {}): Result<Development, Problem> => {
  const recipe: Recipe = { ...recipeDefaults, ...given };
  const chosen = recipe.features === null ? null : new Set(recipe.features);
  const known = new Set(sample.features.map((feature) => feature.name));
  const unknown = recipe.features?.find((name) => !known.has(name));
  if (unknown !== undefined) throw new RangeError(`no feature ${unknown} in the sample`);
  const offered = sample.features.filter((feature) => chosen === null || chosen.has(feature.name));
  const random = seeded(recipe.seed);

  let rows = Int32Array.from({ length: sample.target.length }, (_, i) => i);
  let test: Int32Array | null = null;
  if (recipe.holdOut !== null) {
    if ("from" in recipe.holdOut && sample.days === null) throw new RangeError("the sample has no days to split by");
    const parts =
      "from" in recipe.holdOut ? outOfTime(sample.days!, recipe.holdOut.from) : holdOut(sample.target, recipe.holdOut.share, random);
    const classes = (part: Int32Array) => new Set(Array.from(part, (row) => sample.target[row]!)).size;
    if (classes(parts.train) < 2 || classes(parts.test) < 2) return err(badHoldOut);
    rows = Int32Array.from(parts.train);
    ({ test } = parts);
  }
  const features = test === null ? offered : offered.map((feature) => takeRows(feature, rows));
  const target = test === null ? sample.target : take(sample.target, rows);
  const n = target.length;
  // Calibration and anchor are laid over the finished card: inside the folds they would change no ranking.
  const options: TrainOptions = { ...recipe.options, centralTendency: null };

  onProgress("bins", 0, 1);
  const trained = trainScorecard(features, target, options, seeded(recipe.seed));
  if (!trained.ok) return trained;
  const model = trained.value;
  onProgress("bins", 1, 1);

  const total = recipe.folds * recipe.repeats;
  const validated = crossValidate(
    features,
    target,
    options,
    { folds: recipe.folds, repeats: recipe.repeats, onFold: (done) => onProgress("folds", done, total) },
    seeded(recipe.seed),
  );
  if (!validated.ok) return validated;
  const cross: CrossValidation = validated.value;

  const seenEta = scoreRows(model.card, features, n).map((value) => logOddsOfScore(model.card.scale, value));
  const fitted = platt(cross.heldOut, target);
  if (!(fitted.slope > 0)) return err(noDiscrimination);
  const tendency = recipe.options.centralTendency ?? null;
  const calibration = tendency === null ? fitted : anchorTo(cross.heldOut, tendency, fitted.slope);
  const card: Scorecard = { ...model.card, calibration };

  const refits = refitParts({ features, target }, card, options, recipe.refits, random, onProgress);

  const challenger =
    recipe.challenger === null
      ? null
      : challenge(
          { features, target },
          test === null ? null : { features: offered.map((feature) => takeRows(feature, test)), target: take(sample.target, test) },
          recipe,
          card,
          cross.heldOut,
          onProgress,
        );

  onProgress("checks", 0, 1);
  const chance = shuffledAuc(features, target, options, recipe.folds, random);
  const woes = card.features.map((feature) =>
    woeRows(
      feature.binning,
      features.find((each) => each.name === feature.name)!,
    ),
  );
  const vif = varianceInflation(woes);
  const heldScores = cross.heldOut.map((value) => scoreOfLogOdds(card.scale, value));
  const approved = approveTop(heldScores, recipe.approvalShare);
  const seen = discrimination(seenEta, target);
  const uses = (name: string) => cross.folds.filter((fold) => fold.features.includes(name)).length / cross.folds.length;
  const split = (): Validation["split"] => {
    if (test === null) return null;
    const held = offered.map((feature) => takeRows(feature, test));
    const eta = scoreRows(card, held, test.length).map((value) => logOddsOfScore(card.scale, value));
    return {
      kind: recipe.holdOut !== null && "from" in recipe.holdOut ? "time" : "sample",
      assessment: assess(card, eta, take(sample.target, test), false),
    };
  };
  const { covariance: _, ...regression } = model.fit;
  const events = Array.from(target).reduce((sum, value) => sum + value, 0);
  const validation: Validation = {
    folds: recipe.folds,
    repeats: recipe.repeats,
    auc: within(cross.auc),
    ks: within(cross.ks),
    brier: cross.brier,
    logLoss: cross.logLoss,
    heldOut: assess(card, cross.heldOut, target, true),
    seen: { auc: seen.auc, ks: seen.ks },
    shuffledAuc: chance,
    split: split(),
    vif: card.features.map((feature, j) => ({ feature: feature.name, value: vif?.[j] ?? null })),
    correlations: Array.from(correlations(woes)),
    fairness: sample.groups.map(({ name, values }) => ({
      by: name,
      approvalShare: recipe.approvalShare,
      groups: fairness(
        Array.from(rows, (row) => values[row]!),
        approved,
        target,
      ),
    })),
  };
  onProgress("checks", 1, 1);
  return ok({
    records: n,
    events,
    card,
    regression,
    candidates: offered.map(({ name }): Candidate => {
      const binning = model.binnings.find((each) => each.name === name);
      const data = features.find((each) => each.name === name)!;
      const used = card.features.some((feature) => feature.name === name);
      return {
        feature: name,
        iv: binning?.iv ?? null,
        auc: binning
          ? aucOf(
              woeRows(binning, data).map((value) => -value),
              target,
            )
          : null,
        used,
        usedInFolds: uses(name),
        left: used ? null : (model.left.find((each) => each.feature === name)?.problem ?? null),
      };
    }),
    validation,
    uncertainty: { refits, calibration: calibrationCovariance(cross.heldOut, fitted) },
    challenger,
    heldOut: Array.from(cross.heldOut, (value) => rounded(value, 6)),
    scores: Array.from(scoreRows(card, features, n)).sort((a, b) => a - b),
  });
};

/** The settings as they will be used, defaults included: what a model document records. */
export const settledOptions = (options: TrainOptions): Required<TrainOptions> => ({ ...trainDefaults, ...options });

import type { Text } from "../basics/index.ts";
import { type Binning, type FeatureData, binLabel, binOf, binRows } from "./binning.ts";
import { type Calibration, type MasterScale, calibrated, gradeOf } from "./calibration.ts";
import type { LogisticFit } from "./logistic.ts";
import { normalQuantile } from "./statistics.ts";

/**
 * How log-odds become points: `basePoints` at odds of `baseOdds` non-events to one event, and `pointsToDouble` more for
 * every doubling of the odds. factor = pointsToDouble / ln 2; score = basePoints + factor · ln(odds / baseOdds).
 */
export type PointScale = {
  readonly basePoints: number;
  readonly baseOdds: number;
  readonly pointsToDouble: number;
  /** Decimals of an attribute's points: 0 for whole points, null for none of the rounding. */
  readonly decimals: number | null;
  /** Share the intercept's points out evenly over the features, as printed scorecards do, instead of keeping them apart. */
  readonly spread: boolean;
};

/** 600 points at 50 non-events to an event, 20 points double the odds, whole points. */
export const defaultScale: PointScale = { basePoints: 600, baseOdds: 50, pointsToDouble: 20, decimals: 0, spread: false };

/** A feature of a card: bins, coefficient, and the points of each bin in the order of the bins. */
export type ScorecardFeature = {
  readonly name: string;
  readonly binning: Binning;
  /** Coefficient of the weight of evidence in the log-odds of the event: negative where the feature keeps its meaning. */
  readonly coefficient: number;
  /** Points of each bin, in the order of `binning.bins`. */
  readonly points: readonly number[];
  /** The most points of a bin that held records, and the mean over the training records. */
  readonly best: number;
  readonly expected: number;
};

/** A scorecard 评分卡, all that scoring needs: plain data, the same after JSON. */
export type Scorecard = {
  readonly scale: PointScale;
  /** Points that everyone has. */
  readonly base: number;
  readonly features: readonly ScorecardFeature[];
  readonly calibration: Calibration;
  readonly grades: MasterScale;
  /** Covariance of intercept and coefficients, row-major; see LogisticFit. */
  readonly covariance: readonly number[];
};

const factorOf = (scale: PointScale) => scale.pointsToDouble / Math.LN2;

const rounded = (value: number, decimals: number | null): number => {
  if (decimals === null) return value;
  const unit = 10 ** decimals;
  const whole = Math.round(Math.abs(value) * unit) / unit;
  return value < 0 && whole !== 0 ? -whole : whole;
};

/**
 * Points from bins and coefficients: with β the coefficients of weights of evidence in the log-odds of the event,
 * points of a bin = −factor · β · woe, base = basePoints − factor · (β₀ + ln baseOdds). Rounding is to the nearest, half away
 * from 0, per attribute and for the base; so a score differs from the exact one by at most half a unit for each of them.
 */
export const makeScorecard = (
  binnings: readonly Binning[],
  fit: LogisticFit,
  scale: PointScale,
  calibration: Calibration,
  grades: MasterScale,
): Scorecard => {
  if (binnings.length !== fit.coefficients.length) throw new RangeError("one coefficient for each feature is needed");
  const factor = factorOf(scale);
  const exactBase = scale.basePoints - factor * (fit.intercept.value + Math.log(scale.baseOdds));
  const share = scale.spread && binnings.length > 0 ? exactBase / binnings.length : 0;
  return {
    scale,
    base: scale.spread && binnings.length > 0 ? 0 : rounded(exactBase, scale.decimals),
    features: binnings.map((binning, j) => {
      const coefficient = fit.coefficients[j]!.value;
      const points = binning.bins.map((bin) => rounded(share - factor * coefficient * bin.woe, scale.decimals));
      const met = points.filter((_, bin) => binning.bins[bin]!.records > 0);
      return {
        name: binning.name,
        binning,
        coefficient,
        points,
        best: Math.max(...met),
        expected: points.reduce((sum, value, bin) => sum + value * binning.bins[bin]!.share, 0),
      };
    }),
    calibration,
    grades,
    covariance: fit.covariance,
  };
};

/** The log-odds of the event that a score stands for, before calibration. */
export const logOddsOfScore = (scale: PointScale, score: number): number =>
  (scale.basePoints - score) / factorOf(scale) - Math.log(scale.baseOdds);

/** The score that log-odds of the event stand for, before any rounding. */
export const scoreOfLogOdds = (scale: PointScale, eta: number): number =>
  scale.basePoints - factorOf(scale) * (eta + Math.log(scale.baseOdds));

/** The calibrated probability of default of a score. It comes from the printed points, so that paper and program agree. */
export const pdOfScore = (card: Pick<Scorecard, "scale" | "calibration">, score: number): number =>
  calibrated(card.calibration, logOddsOfScore(card.scale, score));

/** The score at which the calibrated probability is `pd`. */
export const scoreOfPd = (card: Pick<Scorecard, "scale" | "calibration">, pd: number): number => {
  const eta = (Math.log(pd) - Math.log1p(-pd) - card.calibration.shift) / card.calibration.slope;
  return card.scale.basePoints - factorOf(card.scale) * (eta + Math.log(card.scale.baseOdds));
};

/** Why a score is what it is: one feature's part in it. */
export type Reason = {
  readonly feature: string;
  readonly bin: Text;
  /** The bin's place in the binning. */
  readonly place: number;
  readonly value: number | string | null;
  readonly points: number;
  /** Points lost against the feature's best bin: never negative for a bin met in training. */
  readonly lostToBest: number;
  /** Points lost against the mean of the training records: negative where the enterprise does better. */
  readonly lostToMean: number;
};

/** A score with its probability of default, the interval of that at the level asked for, grade and reasons. */
export type Scored = {
  readonly score: number;
  readonly pd: number;
  readonly grade: string;
  /** Interval of the probability at the level asked for, wider where bins are thin or a value is missing. */
  readonly pdLow: number;
  readonly pdHigh: number;
  /** Standard error of the log-odds before calibration, from which the interval comes. */
  readonly deviation: number;
  /** Every feature, by points lost against the mean, most first; ties in the order of the scorecard. */
  readonly reasons: readonly Reason[];
};

/** How a single record is scored. */
export type ScoringOptions = { readonly against?: "mean" | "best"; readonly level?: number };

/**
 * Scores one enterprise. Values by feature name; absent, null and not finite are missing.
 *
 * The interval is of the model's log-odds: x'Σx for the coefficients, and β² · Var(woe) for each bin's own sampling
 * (delta method; the two come from one sample, so their sum is on the wide side). A value that is missing and was never
 * missing in training has the whole spread of the feature as its variance: an enterprise without records has a wider
 * interval, not an invented value. Binning's own choice of boundaries is not in it.
 */
export const score = (
  card: Scorecard,
  values: Readonly<Record<string, number | string | null | undefined>>,
  options: ScoringOptions = {},
): Scored => {
  const { against = "mean", level = 0.95 } = options;
  const size = card.features.length + 1;
  const x = new Float64Array(size);
  x[0] = 1;
  let total = card.base;
  let variance = 0;
  const reasons = card.features.map((feature, j): Reason => {
    const value = values[feature.name] ?? null;
    const place = binOf(feature.binning, value);
    const bin = feature.binning.bins[place]!;
    const points = feature.points[place]!;
    total += points;
    x[j + 1] = bin.woe;
    variance += feature.coefficient ** 2 * bin.woeVariance;
    return {
      feature: feature.name,
      bin: binLabel(bin),
      place,
      value: typeof value === "number" && !Number.isFinite(value) ? null : value,
      points,
      lostToBest: feature.best - points,
      lostToMean: feature.expected - points,
    };
  });
  for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) variance += x[i]! * x[j]! * card.covariance[i * size + j]!;
  total = rounded(total, card.scale.decimals);
  const pd = pdOfScore(card, total);
  const eta = logOddsOfScore(card.scale, total);
  const deviation = Math.sqrt(variance);
  const reach = normalQuantile(0.5 + level / 2) * deviation;
  const key = against === "mean" ? "lostToMean" : "lostToBest";
  return {
    score: total,
    pd,
    grade: gradeOf(card.grades, pd),
    pdLow: calibrated(card.calibration, eta - reach),
    pdHigh: calibrated(card.calibration, eta + reach),
    deviation,
    reasons: reasons.sort((a, b) => b[key] - a[key]),
  };
};

/** Grades of probabilities, one for each. */
export const gradesOf = (card: Pick<Scorecard, "grades">, pd: ArrayLike<number>): string[] =>
  Array.from(pd, (value) => gradeOf(card.grades, value));

/** Scores of whole columns, which may stand in any order; a feature that is not among them throws. */
export const scoreRows = (card: Scorecard, columns: readonly FeatureData[], rows: number): Float64Array => {
  const total = new Float64Array(rows).fill(card.base);
  for (const feature of card.features) {
    const data = columns.find((column) => column.name === feature.name);
    if (!data) throw new RangeError(`no column ${feature.name}`);
    const points = Float64Array.from(feature.points);
    const bins = binRows(feature.binning, data);
    for (let row = 0; row < rows; row++) total[row]! += points[bins[row]!]!;
  }
  return card.scale.decimals === null ? total : total.map((value) => rounded(value, card.scale.decimals));
};

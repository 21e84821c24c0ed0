import type { Target } from "./binning.ts";
import { logit, sigmoid } from "./statistics.ts";

/**
 * A straight line on the log-odds: calibrated log-odds = shift + slope · log-odds. It keeps the order of the scores, so
 * it changes neither AUC nor KS.
 */
export type Calibration = { readonly shift: number; readonly slope: number };

/** Log-odds taken as they are. */
export const uncalibrated: Calibration = { shift: 0, slope: 1 };

/** The probability for log-odds `eta` after calibration. */
export const calibrated = (calibration: Calibration, eta: number): number => sigmoid(calibration.shift + calibration.slope * eta);

/**
 * The through-the-cycle anchor: the shift of the log-odds that makes the mean probability equal the central tendency (a
 * long-run default rate). Safeguarded Newton on the mean, which rises with the shift, so the answer is the only one.
 * Throws unless the tendency lies inside (0, 1).
 */
export const anchorTo = (eta: ArrayLike<number>, centralTendency: number, slope = 1): Calibration => {
  if (!(centralTendency > 0 && centralTendency < 1)) throw new RangeError(`central tendency ${centralTendency} is not inside (0, 1)`);
  if (eta.length === 0) throw new RangeError("no records to anchor");
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < eta.length; i++) {
    low = Math.min(low, slope * eta[i]!);
    high = Math.max(high, slope * eta[i]!);
  }
  // If all had the highest (lowest) log-odds, this shift would be the answer: the root lies between.
  let least = logit(centralTendency) - high;
  let most = logit(centralTendency) - low;
  let shift = (least + most) / 2;
  for (let round = 0; round < 200; round++) {
    let mean = 0;
    let slopeOfMean = 0;
    for (let i = 0; i < eta.length; i++) {
      const probability = sigmoid(shift + slope * eta[i]!);
      mean += probability;
      slopeOfMean += probability * (1 - probability);
    }
    const excess = mean / eta.length - centralTendency;
    if (excess > 0) most = shift;
    else least = shift;
    let next = shift - (excess * eta.length) / slopeOfMean;
    if (!(next > least && next < most)) next = (least + most) / 2;
    if (Math.abs(next - shift) <= 1e-14 * (1 + Math.abs(shift))) return { shift: next, slope };
    shift = next;
  }
  return { shift, slope };
};

/**
 * Prior correction for a sample in which events were drawn at another rate than the population's (case-control): the
 * shift ln(τ / (1 − τ)) − ln(ȳ / (1 − ȳ)) (King and Zeng 2001).
 */
export const priorCorrection = (sampleRate: number, populationRate: number): Calibration => ({
  shift: logit(populationRate) - logit(sampleRate),
  slope: 1,
});

/** Mean of the yearly default rates, each year counted alike whatever its number of loans. */
export const longRunRate = (yearly: readonly { readonly obligors: number; readonly defaults: number }[]): number =>
  yearly.reduce((sum, year) => sum + year.defaults / year.obligors, 0) / yearly.length;

/**
 * Platt scaling: shift and slope by maximum likelihood, with Platt's smoothed outcomes (N₊ + 1) / (N₊ + 2) and 1 / (N₋ + 2)
 * (Platt 1999), so that separated data stay finite. To be fitted on records that the model has not seen.
 */
export const platt = (eta: ArrayLike<number>, target: Target): Calibration => {
  const n = eta.length;
  let events = 0;
  for (let i = 0; i < n; i++) events += target[i]!;
  const high = (events + 1) / (events + 2);
  const low = 1 / (n - events + 2);
  let shift = logit((events + 1) / (n + 2));
  let slope = 0;
  const lossAt = (a: number, b: number) => {
    let loss = 0;
    for (let i = 0; i < n; i++) {
      const x = a + b * eta[i]!;
      const wanted = target[i] === 1 ? high : low;
      loss += (x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x))) - wanted * x;
    }
    return loss;
  };
  let loss = lossAt(shift, slope);
  for (let round = 0; round < 100; round++) {
    let g0 = 0;
    let g1 = 0;
    let h00 = 0;
    let h01 = 0;
    let h11 = 0;
    for (let i = 0; i < n; i++) {
      const x = eta[i]!;
      const probability = sigmoid(shift + slope * x);
      const residual = probability - (target[i] === 1 ? high : low);
      const weight = probability * (1 - probability);
      g0 += residual;
      g1 += residual * x;
      h00 += weight;
      h01 += weight * x;
      h11 += weight * x * x;
    }
    const determinant = h00 * h11 - h01 * h01;
    const level = determinant <= 1e-10 * h00 * h11; // equal scores: nothing to slope
    const d0 = !level ? -(h11 * g0 - h01 * g1) / determinant : -g0 / h00;
    const d1 = !level ? -(h00 * g1 - h01 * g0) / determinant : 0;
    let size = 1;
    while (size > 1e-10 && lossAt(shift + size * d0, slope + size * d1) > loss) size /= 2;
    shift += size * d0;
    slope += size * d1;
    const next = lossAt(shift, slope);
    if (Math.abs(loss - next) <= 1e-15 * Math.abs(loss) && Math.abs(d0) + Math.abs(d1) < 1e-10) break;
    loss = next;
  }
  return { shift, slope };
};

/** A rising step function through (at[i], value[i]). */
export type Isotonic = { readonly at: readonly number[]; readonly value: readonly number[] };

/**
 * Isotonic calibration: the rising function of the risk with the least squared error, by pooling adjacent violators
 * (Ayer et al. 1955). Equal risks are one point. Each pooled block keeps its two ends, with straight lines between blocks.
 */
export const isotonic = (risk: ArrayLike<number>, target: Target): Isotonic => {
  const order = Int32Array.from({ length: risk.length }, (_, i) => i).sort((a, b) => risk[a]! - risk[b]!);
  const blocks: { first: number; last: number; sum: number; count: number }[] = [];
  for (let k = 0; k < order.length;) {
    const at = risk[order[k]!]!;
    let sum = 0;
    let count = 0;
    while (k < order.length && risk[order[k]!] === at) {
      sum += target[order[k]!]!;
      count++;
      k++;
    }
    let block = { first: at, last: at, sum, count };
    for (let before = blocks.at(-1); before && before.sum * block.count >= block.sum * before.count; before = blocks.at(-1)) {
      blocks.pop();
      block = { first: before.first, last: block.last, sum: before.sum + block.sum, count: before.count + block.count };
    }
    blocks.push(block);
  }
  const at: number[] = [];
  const value: number[] = [];
  for (const block of blocks) {
    const rate = block.sum / block.count;
    at.push(block.first);
    value.push(rate);
    if (block.last > block.first) {
      at.push(block.last);
      value.push(rate);
    }
  }
  return { at, value };
};

/** Linear between the points, level outside them. */
export const isotonicAt = ({ at, value }: Isotonic, risk: number): number => {
  if (!(risk > at[0]!)) return value[0]!;
  let low = 0;
  let high = at.length - 1;
  if (risk >= at[high]!) return value[high]!;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (at[middle]! <= risk) low = middle;
    else high = middle;
  }
  return value[low]! + ((value[high]! - value[low]!) * (risk - at[low]!)) / (at[high]! - at[low]!);
};

/** A grade of the master scale: probabilities from the grade before up to, but not including, `upTo`. */
export type Grade = { readonly name: string; readonly upTo: number };
/** A master scale 主标尺: grades from best to worst; a grade holds probabilities below its `upTo`, the last is 1. */
export type MasterScale = readonly Grade[];

/**
 * A master scale of geometrically spaced grades: the first ends at `first`, the last but one at `last`, each boundary the
 * same multiple of the one before, so that a grade is the same step of risk everywhere; the last grade ends at 1.
 */
export const masterScale = (names: readonly string[], first: number, last: number): MasterScale => {
  const n = names.length;
  if (n < 3 || !(first > 0 && first < last && last < 1)) throw new RangeError("a master scale needs three grades and 0 < first < last < 1");
  return names.map((name, k) => ({ name, upTo: k === n - 1 ? 1 : k === n - 2 ? last : first * (last / first) ** (k / (n - 2)) }));
};

/** The grade of a probability; throws when boundaries do not rise to 1. */
export const gradeOf = (scale: MasterScale, probability: number): string => {
  const found = scale.find((grade) => probability < grade.upTo) ?? scale.at(-1);
  if (!found) throw new RangeError("an empty master scale");
  return found.name;
};

/** Whether boundaries rise strictly and end at 1, and names differ. */
export const isMasterScale = (scale: MasterScale): boolean =>
  scale.length > 0 &&
  scale.every((grade, k) => grade.upTo > (scale[k - 1]?.upTo ?? 0)) &&
  scale.at(-1)!.upTo === 1 &&
  new Set(scale.map((grade) => grade.name)).size === scale.length;

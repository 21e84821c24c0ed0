import type { Shape } from "./partition.ts";
import { fitLogistic } from "./logistic.ts";
import { logit } from "./statistics.ts";

/** Penalty on the slope over the whole range of a feature, as of a normal prior with a standard deviation of 2 in log-odds. */
const SLOPE_PENALTY = 0.25;

/**
 * Even evidence 均匀证据, for few labels: bins of equal count, whose weights of evidence lie on one straight line over the
 * mean rank of the bins. Boundaries come from the values alone and not from the outcomes; of these a single number is
 * learned, the slope, held to the side that the trend names. With some ten events a weight for each bin is mostly noise:
 * a line has the order of the values left, and one thing to get wrong.
 *
 * The line is a logistic regression of the event on the mean rank (0 to 1) under a ridge penalty; the weight of a bin is the
 * log-odds of all ordinary records less the line's. Null where the outcomes are of one kind only.
 */
export const evenEvidence = (
  events: ArrayLike<number>,
  nonEvents: ArrayLike<number>,
  trend: Shape,
  all: { readonly events: number; readonly nonEvents: number },
): { readonly woe: number[]; readonly variance: number[] } | null => {
  const bins = events.length;
  let records = 0;
  for (let bin = 0; bin < bins; bin++) records += events[bin]! + nonEvents[bin]!;
  const rank: number[] = [];
  for (let bin = 0, before = 0; bin < bins; bin++) {
    const own = events[bin]! + nonEvents[bin]!;
    rank.push((before + own / 2) / records);
    before += own;
  }
  const values = new Float64Array(records);
  const target = new Uint8Array(records);
  let row = 0;
  for (let bin = 0; bin < bins; bin++)
    for (let k = 0; k < events[bin]! + nonEvents[bin]!; k++, row++) {
      values[row] = rank[bin]! - 0.5;
      target[row] = k < events[bin]! ? 1 : 0;
    }
  const fit = fitLogistic(
    [{ name: "rank", values, least: trend === "ascending" ? 0 : -Infinity, most: trend === "descending" ? 0 : Infinity }],
    target,
    { l2: SLOPE_PENALTY },
  );
  if (!fit.ok) return null;
  const { intercept, coefficients, covariance } = fit.value;
  const slope = coefficients[0]!.value;
  const level = logit(all.events / (all.events + all.nonEvents));
  return {
    woe: rank.map((at) => level - intercept.value - slope * (at - 0.5)),
    variance: rank.map((at) => covariance[0]! + 2 * (at - 0.5) * covariance[1]! + (at - 0.5) ** 2 * covariance[3]!),
  };
};

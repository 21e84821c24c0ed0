/** Boundaries of bins on an axis of records: what a hand on a boundary may do, without any screen. */
import { readableBoundary } from "@zhiwei/core/scorecard";

/** Distinct ordinary values in rising order; `before[i]` records have a smaller value than the i-th. */
export type Axis = { readonly values: readonly number[]; readonly before: readonly number[]; readonly total: number };

export const axisOf = (
  counted: { readonly values: readonly number[]; readonly events: readonly number[]; readonly nonEvents: readonly number[] },
  special: readonly (number | string | null)[] = [],
): Axis => {
  const marks = new Set(special.map(Number));
  const values: number[] = [];
  const before: number[] = [];
  let total = 0;
  counted.values.forEach((value, i) => {
    if (marks.has(value)) return;
    values.push(value);
    before.push(total);
    total += counted.events[i]! + counted.nonEvents[i]!;
  });
  return { values, before, total };
};

/** Place of the smallest value that a boundary keeps on its right; the number of values where it keeps none. */
export const indexOf = ({ values }: Axis, split: number): number => {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle]! < split) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** Share of the records left of a boundary. */
export const placeOf = (axis: Axis, split: number): number => {
  const index = indexOf(axis, split);
  return axis.total === 0 ? 0 : (axis.before[index] ?? axis.total) / axis.total;
};

/** The value whose place among the records is nearest to a share: a boundary before it, never before the first. */
export const indexAt = ({ before, total }: Axis, share: number): number => {
  let best = 1;
  for (let i = 1; i < before.length; i++) if (Math.abs(before[i]! / total - share) < Math.abs(before[best]! / total - share)) best = i;
  return best;
};

/** The most readable number that puts the i-th value and all above it on the right. */
const splitAt = ({ values }: Axis, index: number): number => readableBoundary(values[index - 1]!, values[index]!);

/** Moves the k-th boundary before the value at `index`, as far as its neighbours leave a value in every bin. */
export const moveTo = (axis: Axis, splits: readonly number[], k: number, index: number): readonly number[] => {
  const least = k === 0 ? 1 : indexOf(axis, splits[k - 1]!) + 1;
  const most = k === splits.length - 1 ? axis.values.length - 1 : indexOf(axis, splits[k + 1]!) - 1;
  const settled = Math.max(least, Math.min(most, index));
  if (least > most || settled === indexOf(axis, splits[k]!)) return splits;
  return splits.with(k, splitAt(axis, settled));
};

export const without = (splits: readonly number[], k: number): readonly number[] => splits.filter((_, i) => i !== k);

/** The bin divided where its records are halved; null where all of them have one value. */
export const halved = (axis: Axis, splits: readonly number[], bin: number): readonly number[] | null => {
  const from = bin === 0 ? 0 : indexOf(axis, splits[bin - 1]!);
  const to = bin === splits.length ? axis.values.length : indexOf(axis, splits[bin]!);
  if (to - from < 2) return null;
  const start = axis.before[from]!;
  const end = axis.before[to] ?? axis.total;
  let best = from + 1;
  for (let i = from + 1; i < to; i++)
    if (Math.abs(axis.before[i]! - (start + end) / 2) < Math.abs(axis.before[best]! - (start + end) / 2)) best = i;
  return [...splits.slice(0, bin), splitAt(axis, best), ...splits.slice(bin)];
};

/** A boundary typed in: where it would leave a bin without any value, or repeat another, it is refused with null. */
export const typed = (axis: Axis, splits: readonly number[], k: number, value: number): readonly number[] | null => {
  if (!Number.isFinite(value)) return null;
  const next = splits.with(k, value);
  const places = [0, ...next.map((split) => indexOf(axis, split)), axis.values.length];
  return places.every((place, i) => i === 0 || place > places[i - 1]!) ? next : null;
};

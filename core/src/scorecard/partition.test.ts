import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Objective, type PartitionRules, type Shape, binValue, chiSquared, optimalPartition } from "./partition.ts";
import { chiSquaredTail } from "./statistics.ts";

/** Every division of n pre-bins, one bit per possible boundary. */
const divisions = (n: number) =>
  Array.from({ length: 2 ** (n - 1) }, (_, mask) => [
    0,
    ...Array.from({ length: n - 1 }, (_, i) => i + 1).filter((i) => mask & (1 << (i - 1))),
  ]);

const total = (counts: readonly number[], from: number, to: number) => counts.slice(from, to).reduce((sum, x) => sum + x, 0);

const follows = (rates: readonly number[], shape: Shape): boolean => {
  const up = (part: readonly number[]) => part.every((rate, i) => i === 0 || rate >= part[i - 1]!);
  const down = (part: readonly number[]) => part.every((rate, i) => i === 0 || rate <= part[i - 1]!);
  if (shape === "ascending") return up(rates);
  if (shape === "descending") return down(rates);
  if (shape === "peak") return rates.some((_, i) => up(rates.slice(0, i + 1)) && down(rates.slice(i)));
  if (shape === "valley") return rates.some((_, i) => down(rates.slice(0, i + 1)) && up(rates.slice(i)));
  return true;
};

const binsOf = (starts: readonly number[], good: readonly number[], bad: readonly number[]) =>
  starts.map((start, i) => {
    const end = starts[i + 1] ?? good.length;
    return { good: total(good, start, end), bad: total(bad, start, end) };
  });

const bruteForce = (good: readonly number[], bad: readonly number[], rules: PartitionRules): number | null => {
  let best: number | null = null;
  for (const starts of divisions(good.length)) {
    const bins = binsOf(starts, good, bad);
    if (bins.length < rules.minBins || (rules.maxBins !== null && bins.length > rules.maxBins)) continue;
    if (bins.some((bin) => bin.bad < rules.minEvents || bin.good < rules.minNonEvents || bin.bad + bin.good < rules.minRecords)) continue;
    const rates = bins.map((bin) => bin.bad / (bin.bad + bin.good));
    if (!follows(rates, rules.shape)) continue;
    const tooAlike = bins.some((bin, i) => {
      const before = bins[i - 1];
      return (
        rules.maxPValue !== null &&
        before !== undefined &&
        chiSquaredTail(chiSquared(before.good, before.bad, bin.good, bin.bad), 1) > rules.maxPValue
      );
    });
    if (tooAlike) continue;
    const value = bins.reduce((sum, bin) => sum + binValue(rules.objective, bin.good, bin.bad, rules), 0);
    if (best === null || value > best) best = value;
  }
  return best;
};

const counts = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 25 })), { minLength: 1, maxLength: 8 })
  .filter((bins) => bins.some(([good]) => good > 0) && bins.some(([, bad]) => bad > 0) && bins.every(([good, bad]) => good + bad > 0));

describe.each(["iv", "js", "hellinger"] as const)("the optimum of %s", (objective: Objective) => {
  test.each(["none", "ascending", "descending", "peak", "valley"] as const)("equals brute force, trend %s", (shape) =>
    fc.assert(
      fc.property(
        counts,
        fc.record({
          minRecords: fc.integer({ min: 0, max: 30 }),
          minEvents: fc.integer({ min: 0, max: 3 }),
          minNonEvents: fc.integer({ min: 0, max: 3 }),
          minBins: fc.integer({ min: 1, max: 3 }),
          maxBins: fc.option(fc.integer({ min: 1, max: 5 })),
          maxPValue: fc.option(fc.constantFrom(0.05, 0.2, 0.5)),
        }),
        (bins, bounds) => {
          const good = bins.map(([count]) => count);
          const bad = bins.map(([, count]) => count);
          const rules: PartitionRules = {
            ...bounds,
            objective,
            shape,
            allEvents: total(bad, 0, bad.length) + 3,
            allNonEvents: total(good, 0, good.length) + 2,
            smoothing: 0.5,
          };
          const found = optimalPartition(good, bad, rules);
          const expected = bruteForce(good, bad, rules);
          if (expected === null) expect(found).toBeNull();
          else {
            expect(found!.value).toBeCloseTo(expected, 10);
            const kept = binsOf(found!.starts, good, bad);
            expect(kept.reduce((sum, bin) => sum + binValue(objective, bin.good, bin.bad, rules), 0)).toBeCloseTo(expected, 10);
            expect(
              follows(
                kept.map((bin) => bin.bad / (bin.bad + bin.good)),
                shape,
              ),
            ).toBe(true);
            expect(kept.length).toBeGreaterThanOrEqual(rules.minBins);
          }
        },
      ),
      { numRuns: 300 },
    ),
  );
});

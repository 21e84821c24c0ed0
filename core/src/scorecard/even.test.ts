import fc from "fast-check";
import { expect, test } from "vitest";
import { type BinningOptions, type FeatureData, binFeature, numerical, withSplits } from "./binning.ts";
import { seeded } from "./random.ts";

const made = (data: FeatureData, target: ArrayLike<number>, options: BinningOptions = {}) => {
  const result = binFeature(data, target, { method: "even", ...options });
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
};

/** About a quarter events, rarer the larger the value. */
const table = (records: number, seed: number) => {
  const random = seeded(seed);
  const values = Array.from({ length: records }, () => (random() < 0.1 ? null : random()));
  const target = Uint8Array.from(values, (value) => (random() < 0.5 - 0.45 * (value ?? 0.5) ? 1 : 0));
  target[0] = 1;
  target[1] = 0;
  return { values, target, data: numerical("x", values) };
};

test("bins of equal count; their weights lie on a line over the mean rank", () => {
  const { data, target, values } = table(230, 1);
  const { bins } = made(data, target, { maxBins: 10 });
  const intervals = bins.filter((bin) => bin.kind === "interval");
  const counts = intervals.map((bin) => bin.records);
  expect(intervals).toHaveLength(10);
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(values.filter((value) => value !== null).length);
  let before = 0;
  const ranks = counts.map((count) => {
    before += count;
    return before - count / 2;
  });
  const slope = (intervals.at(-1)!.woe - intervals[0]!.woe) / (ranks.at(-1)! - ranks[0]!);
  intervals.forEach((bin, k) => expect(bin.woe).toBeCloseTo(intervals[0]!.woe + slope * (ranks[k]! - ranks[0]!), 10));
  expect(slope).toBeGreaterThan(0);
});

test("the line is that of a ridge regression on the ranks, found by a grid", () => {
  const { data, target } = table(120, 3);
  const binning = made(data, target, { maxBins: 6 });
  const intervals = binning.bins.filter((bin) => bin.kind === "interval");
  const total = intervals.reduce((sum, bin) => sum + bin.records, 0);
  let before = 0;
  const rank = intervals.map((bin) => {
    before += bin.records;
    return (before - bin.records / 2) / total - 0.5;
  });
  const loss = (level: number, slope: number) =>
    intervals.reduce((sum, bin, k) => {
      const eta = level + slope * rank[k]!;
      return sum + bin.records * Math.log1p(Math.exp(eta)) - bin.events * eta;
    }, 0) +
    (0.25 / 2) * slope * slope;
  const events = Array.from(target).reduce((sum, value) => sum + value, 0);
  const prior = Math.log(events / (target.length - events));
  // The weight is the log-odds of all records less the line's.
  const slope = -(intervals.at(-1)!.woe - intervals[0]!.woe) / (rank.at(-1)! - rank[0]!);
  const level = prior - intervals[0]!.woe - slope * rank[0]!;
  const found = loss(level, slope);
  for (const a of [-0.01, 0, 0.01])
    for (const b of [-0.05, 0, 0.05]) expect(loss(level + a, slope + b)).toBeGreaterThanOrEqual(found - 1e-9);
});

test("boundaries owe nothing to the outcomes; the trend laid down holds against them", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.constantFrom("ascending" as const, "descending" as const), (seed, trend) => {
      const { data, target } = table(90, seed);
      const turned = Uint8Array.from(target, (_, i) => target[(i + 31) % 90]!);
      const a = made(data, target, { trend });
      const b = made(data, turned, { trend });
      expect(b.splits).toEqual(a.splits);
      for (const binning of [a, b]) {
        const woe = binning.bins.filter((bin) => bin.kind === "interval").map((bin) => bin.woe);
        for (let k = 1; k < woe.length; k++)
          if (trend === "ascending") expect(woe[k]!).toBeLessThanOrEqual(woe[k - 1]! + 1e-12);
          else expect(woe[k]!).toBeGreaterThanOrEqual(woe[k - 1]! - 1e-12);
      }
    }),
    { numRuns: 60 },
  );
});

test("the order of rows changes nothing but the last digits", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
      const { values, target } = table(80, seed);
      const order = values.map((_, i) => (i * 37) % 80);
      const a = made(numerical("x", values), target);
      const b = made(
        numerical(
          "x",
          order.map((i) => values[i]!),
        ),
        Uint8Array.from(order, (i) => target[i]!),
      );
      expect(b.splits).toEqual(a.splits);
      a.bins.forEach((bin, k) => {
        expect([b.bins[k]!.records, b.bins[k]!.events]).toEqual([bin.records, bin.events]);
        expect(b.bins[k]!.woe).toBeCloseTo(bin.woe, 9);
      });
    }),
    { numRuns: 40 },
  );
});

test("missing and special values keep bins of their own, drawn to nought by the smoothing", () => {
  const { values, target } = table(200, 9);
  const marked = values.map((value, i) => (i % 17 === 0 ? -999 : value));
  const weak = made(numerical("x", marked), target, { special: [-999], smoothing: 0.5 });
  const strong = made(numerical("x", marked), target, { special: [-999], smoothing: 50 });
  for (const kind of ["missing", "special"] as const) {
    const of = (binning: typeof weak) => binning.bins.find((bin) => bin.kind === kind)!;
    expect(of(weak).records).toBe(marked.filter((value) => (kind === "missing" ? value === null : value === -999)).length);
    expect(Math.abs(of(strong).woe)).toBeLessThan(Math.abs(of(weak).woe));
  }
  // Once a hand has moved a boundary, bins have the evidence counted in them.
  const moved = withSplits(weak, numerical("x", marked), target, [0.5]);
  const [left] = moved.bins;
  const all = Array.from(target).reduce((sum, value) => sum + value, 0);
  const counted =
    Math.log((left!.nonEvents + (0.5 * (200 - all)) / 200) / (left!.events + (0.5 * all) / 200)) - Math.log((200 - all) / all);
  expect(left!.woe).toBeCloseTo(counted, 12);
});

test("equal values stay together; what cannot be binned says why", () => {
  const ties = Array.from({ length: 60 }, (_, i) => (i < 45 ? 1 : 2 + (i % 3)));
  const target = Uint8Array.from(ties, (_, i) => (i % 4 === 0 ? 1 : 0));
  const { bins } = made(numerical("x", ties), target, { maxBins: 5 });
  expect(bins[0]!.records).toBe(45);
  const code = (values: (number | null)[], outcomes: ArrayLike<number>) => {
    const result = binFeature(numerical("x", values), outcomes, { method: "even" });
    return result.ok ? "ok" : result.error.code;
  };
  expect(code(ties, new Uint8Array(60))).toBe("one-class");
  expect(code(Array<number>(60).fill(7), target)).toBe("constant");
  expect(code(Array<null>(60).fill(null), target)).toBe("all-missing");
  expect(code(ties.slice(0, 10), target.slice(0, 10))).toBe("too-few-records");
  expect(
    code(
      Array.from(target, (value, i) => value * 100 + i),
      target,
    ),
  ).toBe("separable");
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type BinningOptions,
  type FeatureData,
  binFeature,
  binLabel,
  binOf,
  binRows,
  categorical,
  numerical,
  shapeOf,
  takeRows,
  withGroups,
  withGroupsCounted,
  withSplits,
  withSplitsCounted,
  woeOf,
  woeRows,
} from "./binning.ts";
import { optimalPartition } from "./partition.ts";
import { seeded, shuffle } from "./random.ts";
import { sortNumbers } from "./sort.ts";

const sample = (n: number, seed: number, risk: (x: number) => number, round = (x: number) => x) => {
  const random = seeded(seed);
  const values = new Float64Array(n);
  const target = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    values[i] = round(random() * 10);
    target[i] = random() < risk(values[i]!) ? 1 : 0;
  }
  return { data: { kind: "numerical", name: "x", values } as const, target };
};

const made = (data: FeatureData, target: ArrayLike<number>, options?: BinningOptions) => {
  const result = binFeature(data, target, options);
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
};

test("a worked example: counts, weights and information value by hand", () => {
  // 100 records: below 5, 40 good and 10 bad; from 5 on, 30 good and 20 bad.
  const values = [...Array(50).fill(1), ...Array(50).fill(9)] as number[];
  const target = [...Array(10).fill(1), ...Array(40).fill(0), ...Array(20).fill(1), ...Array(30).fill(0)] as number[];
  const binning = made(numerical("x", values), target, { smoothing: 0 });
  expect(binning.splits).toEqual([5]);
  expect(binning.bins.map((bin) => [bin.records, bin.events])).toEqual([
    [50, 10],
    [50, 20],
    [0, 0],
  ]);
  expect(binning.bins[0]!.woe).toBeCloseTo(Math.log(40 / 70 / (10 / 30)), 12);
  expect(binning.bins[1]!.woe).toBeCloseTo(Math.log(30 / 70 / (20 / 30)), 12);
  expect(binning.iv).toBeCloseTo(
    (40 / 70 - 10 / 30) * Math.log(40 / 70 / (10 / 30)) + (30 / 70 - 20 / 30) * Math.log(30 / 70 / (20 / 30)),
    12,
  );
  expect(binning.trend).toBe("ascending");
});

test("neither the order of rows nor of categories changes a bit", () =>
  fc.assert(
    fc.property(fc.integer(), fc.boolean(), fc.constantFrom("auto", "none", "peak", "ascending"), (seed, coarse, trend) => {
      const { data, target } = sample(400, seed, (x) => 0.1 + 0.05 * x, coarse ? (x) => (x > 9 ? Number.NaN : Math.round(x)) : undefined);
      const order = shuffle(
        Int32Array.from({ length: 400 }, (_, i) => i),
        seeded(seed + 1),
      );
      const turned = Uint8Array.from(order, (row) => target[row]!);
      expect(binFeature(takeRows(data, order), turned, { trend })).toEqual(binFeature(data, target, { trend }));

      const names = "dacb";
      const letters = categorical(
        "c",
        [...data.values].map((x) => (Number.isNaN(x) ? null : names[Math.floor(x / 3)]!)),
      );
      const reversed = {
        ...letters,
        categories: letters.categories.toReversed(),
        codes: Int32Array.from(letters.codes, (code) => (code < 0 ? code : letters.categories.length - 1 - code)),
      };
      expect(binFeature(takeRows(reversed, order), turned)).toEqual(binFeature(letters, target));
    }),
    { numRuns: 60 },
  ));

describe.each(["ascending", "descending", "peak", "valley"] as const)("trend %s", (trend) => {
  test("is kept by every binning that is given", () =>
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(-0.05, 0, 0.05), (seed, slope) => {
        const { data, target } = sample(600, seed, (x) => 0.4 + slope * (x - 5));
        const result = binFeature(data, target, { trend });
        if (!result.ok) return;
        const rates = result.value.bins.filter((bin) => bin.kind === "interval").map((bin) => bin.eventRate!);
        const found = shapeOf(rates);
        const allowed = trend === "peak" || trend === "valley" ? [trend, "ascending", "descending"] : [trend];
        expect(allowed).toContain(found);
      }),
      { numRuns: 60 },
    ));
});

test("every bin keeps the rules, and all records are in one", () =>
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const { data, target } = sample(
        500,
        seed,
        (x) => (x > 3 ? 0.5 : 0.15),
        (x) => (x < 0.5 ? Number.NaN : x < 1 ? -999 : x),
      );
      const options = { minBinShare: 0.1, minEvents: 5, maxBins: 4, maxPValue: 0.1, special: [-999] };
      const result = binFeature(data, target, options);
      if (!result.ok) return;
      const { bins } = result.value;
      expect(bins.reduce((sum, bin) => sum + bin.records, 0)).toBe(500);
      expect(bins.map((bin) => bin.kind).slice(-2)).toEqual(["special", "missing"]);
      const ordinary = bins.filter((bin) => bin.kind === "interval");
      const all = ordinary.reduce((sum, bin) => sum + bin.records, 0);
      expect(ordinary.length).toBeLessThanOrEqual(4);
      for (const bin of ordinary) {
        expect(bin.records).toBeGreaterThanOrEqual(0.1 * all);
        expect(bin.events).toBeGreaterThanOrEqual(5);
      }
      const counted = new Float64Array(bins.length);
      for (const bin of binRows(result.value, data)) counted[bin]!++;
      expect([...counted]).toEqual(bins.map((bin) => bin.records));
      expect([...data.values].map((value) => binOf(result.value, value))).toEqual([...binRows(result.value, data)]);
    }),
    { numRuns: 60 },
  ));

test("a U-shaped risk is found by trying each trend out of sample, a straight one stays monotonic", () => {
  const valley = sample(3000, 5, (x) => 0.1 + 0.02 * (x - 5) ** 2);
  expect(made(valley.data, valley.target).trend).toBe("valley");
  const straight = sample(3000, 6, (x) => 0.05 + 0.05 * x);
  const binning = made(straight.data, straight.target);
  expect(binning.trend).toBe("ascending");
  expect(binning.trials).toHaveLength(5);
});

test("moving the boundaries never lowers the objective, and without linked rules reaches the optimum over all values", () =>
  fc.assert(
    fc.property(fc.integer(), fc.constantFrom("none", "ascending", "peak"), (seed, trend) => {
      const { data, target } = sample(300, seed, (x) => 0.1 + 0.06 * x);
      const options = { trend, maxBins: 4, maxPreBins: 12 } as const;
      const coarse = binFeature(data, target, { ...options, refine: false });
      const fine = binFeature(data, target, options);
      if (!coarse.ok || !fine.ok) return;
      expect(fine.value.iv).toBeGreaterThanOrEqual(coarse.value.iv - 1e-12);
      if (trend !== "none") return;
      const order = Array.from(data.values, (_, i) => i).sort((a, b) => data.values[a]! - data.values[b]!);
      const all = optimalPartition(
        order.map((row) => 1 - target[row]!),
        order.map((row) => target[row]!),
        {
          objective: "iv",
          shape: "none",
          minRecords: 9,
          minEvents: 1,
          minNonEvents: 1,
          minBins: 2,
          maxBins: 4,
          maxPValue: null,
          allEvents: fine.value.events,
          allNonEvents: 300 - fine.value.events,
          smoothing: 0.5,
        },
      );
      expect(fine.value.iv).toBeCloseTo(all!.value, 10);
    }),
    { numRuns: 30 },
  ));

test("special and missing values have their own bins, and unmet ones weigh nothing with the variance of the whole", () => {
  const { data, target } = sample(
    400,
    9,
    (x) => 0.05 + 0.06 * x,
    (x) => (x < 1 ? -1 : x),
  );
  const binning = made(data, target, { special: [-1] });
  const [special, missing] = binning.bins.slice(-2);
  expect(special!.records).toBe([...data.values].filter((value) => value === -1).length);
  expect(missing!.records).toBe(0);
  expect(missing!.woe).toBe(0);
  expect(missing!.woeVariance).toBeCloseTo(
    binning.bins.reduce((sum, bin) => sum + bin.share * bin.woe ** 2, 0),
    12,
  );
  expect(binLabel(missing!).zh).toBe("缺失");
});

test("bins moved by hand are counted again, and the boundaries of the optimum give the optimum back", () => {
  const { data, target } = sample(800, 12, (x) => 0.05 + 0.05 * x);
  const binning = made(data, target);
  const same = withSplits(binning, data, target, binning.splits);
  expect(same.bins).toEqual(binning.bins);
  expect(same.edited).toBe(true);
  const moved = withSplits(binning, data, target, [2, 4]);
  expect(moved.bins.map((bin) => bin.to)).toEqual([2, 4, null, null]);
  expect(moved.bins[0]!.records).toBe([...data.values].filter((value) => value < 2).length);
  expect(moved.iv).not.toBe(binning.iv);
  expect(new Set(woeRows(moved, data))).toEqual(new Set(moved.bins.slice(0, 3).map((bin) => bin.woe)));
  expect(() => withSplits(binning, data, target, [4, 2])).toThrow(RangeError);
});

test("counted by distinct value, bins moved by hand are those of the records themselves", () => {
  const counted = (values: ArrayLike<number>, target: ArrayLike<number>) => {
    const distinct = [...new Set(Array.from(values).filter((value) => Number.isFinite(value)))];
    const of = (outcome: number) =>
      distinct.map((value) => Array.from(values).filter((each, i) => each === value && target[i] === outcome).length);
    return { values: distinct, events: of(1), nonEvents: of(0) };
  };
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { maxLength: 4 }), (seed, marks) => {
      const { data, target } = sample(300, seed, (x) => 0.1 + 0.05 * x, Math.round);
      const holes = numerical(
        "x",
        Array.from(data.values, (value, i) => (i % 11 === 0 ? null : i % 13 === 0 ? -999 : value)),
      );
      const binning = made(holes, target, { special: [-999] });
      const splits = marks.toSorted((a, b) => a - b);
      expect(withSplitsCounted(binning, counted(holes.values, target), splits)).toEqual(withSplits(binning, holes, target, splits));
    }),
    { numRuns: 40 },
  );
  const texts = Array.from({ length: 400 }, (_, i) => (i % 9 === 0 ? null : ["甲", "乙", "丙", "丁"][(i * 7) % 4]!));
  const target = texts.map((text, i) => (text === "甲" ? (i % 2 === 0 ? 1 : 0) : i % 5 === 0 ? 1 : 0));
  const data = categorical("类别", texts);
  const binning = made(data, target);
  const groups = [["甲"], ["丁", "乙"]];
  const { values, events, nonEvents } = counted(
    Array.from(data.codes, (code) => (code < 0 ? Number.NaN : code)),
    target,
  );
  expect(withGroupsCounted(binning, { categories: values.map((code) => data.categories[code]!), events, nonEvents }, groups)).toEqual(
    withGroups(binning, data, target, groups),
  );
});

test("rare categories go together and take those never seen; groups can be set by hand", () => {
  const random = seeded(4);
  const values: string[] = [];
  const target: number[] = [];
  for (let i = 0; i < 1000; i++) {
    const category = i < 6 ? `rare${i}` : ["甲", "乙", "丙"][i % 3]!;
    values.push(category);
    target.push(random() < (category === "甲" ? 0.1 : 0.4) ? 1 : 0);
  }
  const data = categorical("行业", values);
  const binning = made(data, target);
  const takes = binning.bins.findIndex((bin) => bin.takesOther);
  expect(binning.bins[takes]!.categories).toContain("rare0");
  expect(binOf(binning, "从未见过")).toBe(takes);
  expect(binOf(binning, null)).toBe(binning.bins.length - 1);
  const grouped = withGroups(binning, data, target, [["甲", "乙"], ["丙"]]);
  expect(grouped.bins[0]!.records).toBe(values.filter((value) => value === "甲" || value === "乙").length);
  expect(grouped.bins[1]!.categories).toContain("rare3");
});

describe("degenerate input has a named answer", () => {
  const zeros = (n: number) => Array<number>(n).fill(0);
  const half = (n: number) => Array.from({ length: n }, (_, i) => (i * 7919) % 2);
  test.each<[string, FeatureData, number[], string]>([
    ["one class", numerical("x", half(40)), zeros(40), "one-class"],
    ["constant", numerical("x", zeros(40)), half(40), "constant"],
    ["all missing", numerical("x", Array<null>(40).fill(null)), half(40), "all-missing"],
    ["all infinite", numerical("x", Array<number>(40).fill(Infinity)), half(40), "all-missing"],
    [
      "separable",
      numerical(
        "x",
        Array.from({ length: 40 }, (_, i) => i),
      ),
      Array.from({ length: 40 }, (_, i) => (i < 17 ? 1 : 0)),
      "separable",
    ],
    ["ten rows", numerical("x", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), [0, 1, 0, 1, 0, 0, 1, 0, 1, 1], "too-few-records"],
    ["no rows", numerical("x", []), [], "too-few-records"],
    ["constant category", categorical("x", Array<string>(40).fill("a")), half(40), "constant"],
    ["category that is the outcome", categorical("x", half(40).map(String)), half(40), "separable"],
    ["all categories missing", categorical("x", Array<null>(40).fill(null)), half(40), "all-missing"],
  ])("%s", (_, data, target, code) => {
    const result = binFeature(data, target);
    expect(result.ok).toBe(false);
    if (result.ok) return;
    expect(result.error.code).toBe(code);
    expect(result.error.text.zh).not.toBe("");
    expect(result.error.remedy.en).not.toBe("");
  });

  test("rules that cannot be met", () => {
    const { data, target } = sample(60, 3, () => 0.3);
    const result = binFeature(data, target, { trend: "none", minEvents: 50 });
    expect(!result.ok && result.error.code).toBe("no-partition");
  });

  test("a constant with missing values still tells missing from present", () => {
    const binning = made(numerical("x", [...Array<number>(30).fill(1), ...Array<null>(30).fill(null)]), [...half(30), ...zeros(28), 1, 1]);
    expect(binning.bins.map((bin) => bin.records)).toEqual([30, 30]);
  });

  test("whatever is given, no NaN comes out", () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.oneof(fc.double(), fc.integer({ min: -3, max: 3 })), fc.constantFrom(0, 1)), { maxLength: 60 }),
        (rows) => {
          const result = binFeature(
            numerical(
              "x",
              rows.map(([value]) => value),
            ),
            rows.map(([, outcome]) => outcome),
            { minRecords: 1 },
          );
          if (result.ok)
            expect(JSON.stringify(result.value, (_, value: unknown) => (Number.isNaN(value) ? "NaN" : value))).not.toContain("NaN");
        },
      ),
      { numRuns: 300 },
    ));

  test("outcomes other than 0 and 1 are the caller's mistake", () =>
    expect(() => binFeature(numerical("x", [1, 2]), [0, 2], { minRecords: 1 })).toThrow(RangeError));
});

test("weight of evidence shrinks towards 0 with fewer records", () => {
  expect(woeOf(0, 0, 70, 30, 0.5)).toBe(0);
  expect(woeOf(7, 3, 70, 30, 0.5)).toBeCloseTo(0, 12);
  expect(woeOf(5, 0, 70, 30, 0.5)).toBeGreaterThan(0);
  expect(Math.abs(woeOf(1, 0, 70, 30, 0.5))).toBeLessThan(Math.abs(woeOf(50, 0, 70, 30, 0.5)));
});

test("the radix sort sorts as the engine does", () => {
  const random = seeded(2);
  const values = Float64Array.from({ length: 50_000 }, (_, i) =>
    i % 7 === 0 ? Math.round(random() * 9) - 4 : (random() - 0.5) * 10 ** (Math.floor(random() * 600) - 300),
  );
  expect(sortNumbers(values.slice())).toEqual(values.slice().sort());
  const whole = Float64Array.from({ length: 30_000 }, () => Math.floor(random() * 50));
  expect(sortNumbers(whole.slice())).toEqual(whole.slice().sort());
});

test.each(["none", "ascending", "valley"] as const)(
  "with more values than buckets no boundary can be moved to a better place: %s",
  (trend) => {
    const random = seeded(8);
    const xs = Array.from({ length: 9000 }, () => random());
    const target = xs.map((x) => (random() < 0.1 + 0.05 * x ? 1 : 0));
    const binning = made(numerical("x", xs), target, { trend, maxBins: 5, minBinShare: 0.05 });
    const order = xs.map((_, i) => i).sort((i, j) => xs[i]! - xs[j]!);
    const events = [0];
    for (const row of order) events.push(events.at(-1)! + target[row]!);
    const all = events.at(-1)!;
    const sorted = order.map((row) => xs[row]!);
    const bounds = [0, ...binning.splits.map((split) => sorted.findIndex((x) => x >= split)), xs.length];
    const value = (places: readonly number[]) => {
      let sum = 0;
      const rates: number[] = [];
      for (let k = 0; k + 1 < places.length; k++) {
        const records = places[k + 1]! - places[k]!;
        const bad = events[places[k + 1]!]! - events[places[k]!]!;
        if (records < 450 || bad === 0 || bad === records) return -1;
        rates.push(bad / records);
        const [p, q] = [(records - bad) / (xs.length - all), bad / all];
        sum += (p - q) * Math.log(p / q);
      }
      const turn = rates.indexOf(Math.min(...rates));
      const rises = (from: number, to: number, sign: number) =>
        rates.slice(from, to).every((rate, i) => sign * (rates[from + i + 1]! - rate) >= 0);
      if (trend === "ascending" && !rises(0, rates.length - 1, 1)) return -1;
      if (trend === "valley" && !(rises(0, turn, -1) && rises(turn, rates.length - 1, 1))) return -1;
      return sum;
    };
    expect(value(bounds)).toBeCloseTo(binning.iv, 12);
    for (let k = 1; k + 1 < bounds.length; k++)
      for (let place = bounds[k - 1]! + 1; place < bounds[k + 1]!; place++) {
        const found = value(bounds.with(k, place));
        if (found > binning.iv * (1 + 1e-9)) throw new Error(`boundary ${k} at ${place} has ${found}, not ${binning.iv}`);
      }
  },
);

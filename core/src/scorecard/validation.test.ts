import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { IsoDate } from "../basics/index.ts";
import { seeded } from "./random.ts";
import {
  approveTop,
  aucOf,
  bootstrap,
  calibrationQuality,
  calibrationTable,
  compareAuc,
  correlations,
  cutOffTable,
  discrimination,
  fairness,
  gainsTable,
  holdOut,
  outOfTime,
  partsOf,
  scoreStability,
  stability,
  stratifiedFolds,
  swapSets,
  varianceInflation,
  wilson,
} from "./validation.ts";

/**
 * Reference values: scikit-learn 1.9.1, scipy, statsmodels 0.15.0, numpy; DeLong from the kernel matrix of its definition.
 *
 *   n = 300; i = np.arange(n); p = ((i*37)%301+.5)/302; q = np.round(((i*53)%293)/293*.4+p*.6, 2); r = ((i*71)%97)/97
 *   y = (((i*7919+13)%1009)/1009 < p).astype(int)
 */
const n = 300;
const p = Float64Array.from({ length: n }, (_, i) => (((i * 37) % 301) + 0.5) / 302);
const q = Float64Array.from({ length: n }, (_, i) => Number(((((i * 53) % 293) / 293) * 0.4 + p[i]! * 0.6).toFixed(2)));
const r = Float64Array.from({ length: n }, (_, i) => ((i * 71) % 97) / 97);
const y = Uint8Array.from({ length: n }, (_, i) => (((i * 7919 + 13) % 1009) / 1009 < p[i]! ? 1 : 0));

test("AUC, its standard error, KS, Brier, log-loss and Hosmer–Lemeshow agree with the references", () => {
  expect(y.reduce((sum, value) => sum + value, 0)).toBe(149);
  const one = discrimination(p, y);
  const two = discrimination(q, y);
  expect(one.auc).toBeCloseTo(0.8297257655895817, 12);
  expect(one.gini).toBeCloseTo(2 * 0.8297257655895817 - 1, 12);
  expect(two.auc).toBeCloseTo(0.7645450908929288, 12);
  expect(aucOf(q, y)).toBeCloseTo(two.auc, 12);
  expect(one.standardError).toBeCloseTo(0.023217180408684878, 12);
  expect(two.standardError).toBeCloseTo(0.026868327276962718, 12);
  expect(two.ks).toBeCloseTo(0.4023734388195031, 12);
  const quality = calibrationQuality(p, y, true);
  expect(quality.brier).toBeCloseTo(0.1684502507199977, 12);
  expect(quality.logLoss).toBeCloseTo(0.505445323273874, 12);
  expect(quality.hosmerLemeshow.statistic).toBeCloseTo(3.8686283417750564, 9);
  expect(quality.hosmerLemeshow.pValue).toBeCloseTo(0.8687774088847731, 9);
  expect(quality.hosmerLemeshow.freedom).toBe(8);
});

test("two models on the same records: DeLong's test", () => {
  const found = compareAuc(p, q, y);
  expect(found.difference).toBeCloseTo(0.06518067469665323, 12);
  expect(found.standardError).toBeCloseTo(0.0177690375185039, 12);
  expect(found.pValue).toBeLessThan(0.001);
  expect(compareAuc(p, p, y)).toMatchObject({ difference: 0, z: 0, pValue: 1 });
});

test("AUC and its variance are those of the definition, pair by pair", () =>
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.constantFrom(0, 1)), { minLength: 4, maxLength: 30 }), (rows) => {
      const events = rows.filter(([, outcome]) => outcome === 1).map(([risk]) => risk);
      const others = rows.filter(([, outcome]) => outcome === 0).map(([risk]) => risk);
      fc.pre(events.length > 1 && others.length > 1);
      const above = (a: number, b: number) => (a > b ? 1 : a === b ? 0.5 : 0);
      const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
      const variance = (values: readonly number[]) =>
        values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / (values.length - 1);
      const ofEvents = events.map((e) => mean(others.map((o) => above(e, o))));
      const ofOthers = others.map((o) => mean(events.map((e) => above(e, o))));
      const found = discrimination(
        rows.map(([risk]) => risk),
        rows.map(([, outcome]) => outcome),
      );
      expect(found.auc).toBeCloseTo(mean(ofEvents), 12);
      expect(found.standardError).toBeCloseTo(Math.sqrt(variance(ofEvents) / events.length + variance(ofOthers) / others.length), 10);
      expect(found.scoreLow).toBeLessThanOrEqual(found.auc);
      expect(found.scoreHigh).toBeGreaterThanOrEqual(found.auc);
      const best = Math.max(
        ...[-1, 0, 1, 2, 3, 4, 5, 6].map((cut) =>
          Math.abs(events.filter((e) => e <= cut).length / events.length - others.filter((o) => o <= cut).length / others.length),
        ),
      );
      expect(found.ks).toBeCloseTo(best, 12);
    }),
  ));

test("with few labels the interval keeps its width where DeLong's has none", () => {
  const found = discrimination([1, 2, 3, 4, 5, 6, 7, 8], [0, 0, 0, 0, 0, 1, 1, 1]);
  expect(found).toMatchObject({ auc: 1, standardError: 0, low: 1, high: 1, ks: 1, scoreHigh: 1 });
  expect(found.scoreLow).toBeGreaterThan(0.4);
  expect(found.scoreLow).toBeLessThan(0.85);
});

test("one class has no AUC", () => expect(() => discrimination([1, 2], [0, 0])).toThrow(RangeError));

test("Wilson's interval agrees with statsmodels and stays within [0, 1]", () => {
  expect(wilson(3, 40).low).toBeCloseTo(0.025836025774588184, 10);
  expect(wilson(3, 40).high).toBeCloseTo(0.1986423352431055, 10);
  expect(wilson(0, 10).low).toBe(0);
  expect(wilson(10, 10).high).toBe(1);
});

test("groups hold every record once and never split equal probabilities", () =>
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 80 }),
      fc.integer({ min: 1, max: 12 }),
      (levels, groups) => {
        const outcome = levels.map((_, i) => i % 2);
        const table = calibrationTable(levels, outcome, groups);
        expect(table.reduce((sum, group) => sum + group.records, 0)).toBe(levels.length);
        expect(table.length).toBeLessThanOrEqual(Math.min(groups, new Set(levels).size));
        table.forEach((group, k) => expect(k === 0 || group.meanPd > table[k - 1]!.meanPd).toBe(true));
      },
    ),
  ));

test("gains by hand: ten records, three events, the riskiest first", () => {
  const table = gainsTable([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], [1, 1, 0, 0, 1, 0, 0, 0, 0, 0], 5);
  expect(table.map((row) => row.events)).toEqual([2, 0, 1, 0, 0]);
  expect(table[0]!.lift).toBeCloseTo(1 / 0.3, 12);
  expect(table[1]!.cumulativeLift).toBeCloseTo(2 / 3 / 0.4, 12);
  expect(table[4]).toMatchObject({ recordsShare: 1, eventsShare: 1, cumulativeLift: 1 });
});

test("cut-offs by hand", () => {
  const scores = [500, 520, 540, 560, 580, 600];
  const outcome = [1, 0, 1, 0, 0, 0];
  expect(cutOffTable(scores, outcome, [400, 540, 601])).toEqual([
    { cutOff: 400, approved: 6, approvalRate: 1, badRate: 2 / 6, refusedBadRate: null, eventsRefused: 0, nonEventsRefused: 0 },
    { cutOff: 540, approved: 4, approvalRate: 4 / 6, badRate: 1 / 4, refusedBadRate: 1 / 2, eventsRefused: 1 / 2, nonEventsRefused: 1 / 4 },
    { cutOff: 601, approved: 0, approvalRate: 0, badRate: null, refusedBadRate: 2 / 6, eventsRefused: 1, nonEventsRefused: 1 },
  ]);
});

test("swap sets by hand", () => {
  const a = approveTop([1, 2, 3, 4], 0.5);
  const b = approveTop([4, 1, 2, 3], 0.5);
  expect([...a]).toEqual([0, 0, 1, 1]);
  const sets = swapSets(a, b, [0, 1, 1, 0]);
  expect(sets.swappedIn).toEqual({ records: 1, events: 0, rate: 0 });
  expect(sets.swappedOut).toEqual({ records: 1, events: 1, rate: 1 });
  expect(sets.bothApprove).toEqual({ records: 1, events: 0, rate: 0 });
  expect(sets.bothRefuse).toEqual({ records: 1, events: 1, rate: 1 });
  expect([...approveTop([5, 5, 5], 0.1)]).toEqual([0, 0, 0]);
  expect([...approveTop([5, 5, 1], 0.34)]).toEqual([1, 1, 0]);
});

describe("stability", () => {
  test("by hand: shares 20/30/50 against 30/30/40 per cent", () => {
    const found = stability([200, 300, 500], [30, 30, 40]);
    expect(found.index).toBeCloseTo(0.1 * Math.log(1.5) - 0.1 * Math.log(0.8), 12);
    expect(found.verdict).toBe("stable");
    expect(stability([200, 300, 500], [200, 300, 500])).toMatchObject({ index: 0, pValue: 1 });
  });

  test("an emptied bin has a finite part", () => {
    const found = stability([50, 50, 0], [100, 0, 0]);
    expect(found.index).toBeCloseTo(0.5 * Math.log(2) + 0.5 * Math.log(0.5 / (0.5 / 100)), 12);
    expect(found.verdict).toBe("shifted");
  });

  test("when nothing has changed, about one sample in twenty has a p-value below 0.05", () => {
    const random = seeded(3);
    let below = 0;
    for (let time = 0; time < 400; time++) {
      const draw = () => {
        const counts = new Float64Array(5);
        for (let i = 0; i < 500; i++) counts[Math.floor(random() * 5)]!++;
        return counts;
      };
      if (stability(draw(), draw()).pValue < 0.05) below++;
    }
    expect(below / 400).toBeGreaterThan(0.02);
    expect(below / 400).toBeLessThan(0.09);
  });

  test("a score against itself and against a shifted one", () => {
    const scores = Float64Array.from({ length: 1000 }, (_, i) => i);
    expect(scoreStability(scores, scores).index).toBe(0);
    expect(
      scoreStability(
        scores,
        scores.map((value) => value + 300),
      ).verdict,
    ).toBe("shifted");
    expect(scoreStability(new Float64Array(9).fill(5), new Float64Array(4).fill(5)).index).toBe(0);
  });
});

test("variance inflation and correlation agree with statsmodels and numpy", () => {
  const factors = varianceInflation([p, q, r])!;
  [3.285235443166509, 3.2831527659626243, 1.0023695208199264].forEach((value, j) => expect(factors[j]).toBeCloseTo(value, 9));
  expect(correlations([p, q])[1]).toBeCloseTo(0.8339146354909094, 12);
  expect(varianceInflation([p, p.map((value) => 2 * value + 1)])).toBeNull();
});

describe("folds", () => {
  test("each record once, sizes and events within one of each other, the same for the same seed", () =>
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 2, max: 7 }), (seed, k) => {
        const target = Uint8Array.from({ length: 53 }, (_, i) => (i % 4 === 0 ? 1 : 0));
        const folds = stratifiedFolds(target, k, seeded(seed));
        expect(folds).toEqual(stratifiedFolds(target, k, seeded(seed)));
        const sizes = new Float64Array(k);
        const events = new Float64Array(k);
        folds.forEach((fold, i) => {
          sizes[fold]!++;
          events[fold]! += target[i]!;
        });
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        expect(Math.max(...events) - Math.min(...events)).toBeLessThanOrEqual(1);
        const { train, test } = partsOf(folds, 0);
        expect([...train, ...test].sort((a, b) => a - b)).toEqual(Array.from({ length: 53 }, (_, i) => i));
      }),
    ));

  test("held out by share, and by time", () => {
    const { train, test } = holdOut(y, 0.25, seeded(1));
    expect(test.length).toBe(Math.round(149 * 0.25) + Math.round(151 * 0.25));
    expect(train.length + test.length).toBe(n);
    const split = outOfTime(["2018-01-01", "2019-01-01", "2018-06-30"] as IsoDate[], "2019-01-01" as IsoDate);
    expect([...split.train]).toEqual([0, 2]);
    expect([...split.test]).toEqual([1]);
  });
});

test("the bootstrap of a mean has the standard error s / √n", () => {
  const values = Float64Array.from({ length: 200 }, (_, i) => ((i * 37) % 101) / 101);
  const mean = values.reduce((sum, value) => sum + value, 0) / 200;
  const s = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 199);
  const found = bootstrap(200, (rows) => rows.reduce((sum, row) => sum + values[row]!, 0) / 200, seeded(7), { times: 2000 });
  expect(found.standardError / (s / Math.sqrt(200))).toBeGreaterThan(0.93);
  expect(found.standardError / (s / Math.sqrt(200))).toBeLessThan(1.07);
  expect(found.low).toBeLessThan(mean);
  expect(found.high).toBeGreaterThan(mean);
});

test("fairness by hand: the four-fifths rule and equal opportunity", () => {
  // North: 10, 6 approved, 2 events none approved. South: 5, 2 approved, 1 event approved.
  const groups = [...Array<string>(10).fill("north"), ...Array<string>(5).fill("south")];
  const approved = [1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0];
  const target = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0];
  const [north, south] = fairness(groups, approved, target);
  expect(north).toMatchObject({ ratio: 1, opportunityDifference: 0, approvalRate: 0.6, badRateOfApproved: 0 });
  expect(south!.ratio).toBeCloseTo(0.4 / 0.6, 12);
  expect(south!.opportunityDifference).toBeCloseTo(1 / 4 - 6 / 8, 12);
  expect(south!.badRateOfApproved).toBe(0.5);
  expect(() => fairness(groups, approved, target, "west")).toThrow(RangeError);
});

import { describe, expect, test } from "vitest";
import type { IsoDate } from "../basics/index.ts";
import { type FeatureData, type NumericalFeature, categorical, numerical, takeRows } from "./binning.ts";
import { calibrated } from "./calibration.ts";
import { logOddsOfScore, score, scoreRows } from "./points.ts";
import { seeded } from "./random.ts";
import { sigmoid } from "./statistics.ts";
import { characteristicStability, crossValidate, estimate, trainScorecard } from "./train.ts";

const table = (rows: number, seed: number) => {
  const random = seeded(seed);
  const draw = () => Array.from({ length: rows }, () => random());
  const sales = draw();
  const voids = draw();
  const kind = draw().map((value) => ["制造", "批发", "零售", "服务"][Math.floor(value * 4)]!);
  const noise = Array.from({ length: 4 }, draw);
  const target = Uint8Array.from(sales, (x, i) =>
    random() < sigmoid(-0.5 - 3 * x + 2.5 * voids[i]! + (kind[i] === "批发" ? 1 : 0)) ? 1 : 0,
  );
  const features: FeatureData[] = [
    numerical("sales", sales),
    numerical("voids", voids),
    numerical(
      "sales twice",
      sales.map((x) => 2 * x + 1),
    ),
    categorical("kind", kind),
    ...noise.map((values, k) => numerical(`noise${k}`, values)),
  ];
  return { features, target };
};

const { features, target } = table(1500, 3);
const trained = (...args: Parameters<typeof trainScorecard>) => {
  const result = trainScorecard(...args);
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
};

test("a card keeps what matters, says why the rest is left out, and is the same for the same table", () => {
  const model = trained(features, target, { selection: { direction: "both", criterion: "aic" } }, seeded(1));
  const names = model.card.features.map((feature) => feature.name);
  expect(names).toEqual(expect.arrayContaining(["voids", "kind"]));
  expect(names.filter((name) => name.startsWith("sales"))).toHaveLength(1);
  expect(new Set([...names, ...model.left.map((each) => each.feature)])).toEqual(new Set(features.map((feature) => feature.name)));
  expect(model.left.find((each) => each.feature.startsWith("sales"))!.problem.code).toBe("correlated");
  for (const feature of model.card.features) expect(feature.coefficient).toBeLessThan(0);
  expect(trained(features, target, { selection: { direction: "both", criterion: "aic" } }, seeded(2))).toEqual(model);
});

test("the mean probability is anchored to the central tendency, on the points as printed", () => {
  const { card } = trained(features, target, { centralTendency: 0.03 }, seeded(1));
  const scores = scoreRows(card, features, target.length);
  const mean = scores.reduce((sum, value) => sum + calibrated(card.calibration, logOddsOfScore(card.scale, value)), 0) / target.length;
  expect(mean).toBeCloseTo(0.03, 10);
});

test("a penalty is chosen out of sample, with the bins made inside the fold", () => {
  const small = table(120, 5);
  const model = trained(small.features, small.target, { selection: null, l2: [0.01, 1, 10, 1000], minIv: 0 }, seeded(4));
  expect(model.l2Trials).toHaveLength(4);
  expect(model.l2).toBe(model.l2Trials.toSorted((a, b) => a.logLoss - b.logLoss)[0]!.l2);
  expect(model.l2).toBeGreaterThan(0.01);
});

test("a strong penalty towards −1 gives the card whose evidence counts at face value", () => {
  const model = trained(features, target, { selection: null, l2: 1e9, centre: -1 }, seeded(1));
  for (const feature of model.card.features) expect(feature.coefficient).toBeCloseTo(-1, 5);
});

test("an expert's direction and range hold, and stay on record", () => {
  const prior = {
    feature: "noise0",
    trend: "descending" as const,
    least: -0.2,
    most: -0.1,
    setBy: "风险委员会",
    setOn: "2026-11-01" as IsoDate,
    reason: "经验：该指标越高越安全",
  };
  const model = trained(features, target, { selection: null, minIv: 0, priors: [prior] }, seeded(1));
  const feature = model.card.features.find((each) => each.name === "noise0")!;
  const rates = feature.binning.bins.filter((bin) => bin.kind === "interval").map((bin) => bin.eventRate!);
  rates.forEach((rate, k) => expect(rate).toBeLessThanOrEqual(rates[k - 1] ?? 1));
  expect(feature.coefficient).toBeGreaterThanOrEqual(-0.2);
  expect(feature.coefficient).toBeLessThanOrEqual(-0.1);
  expect(model.priors).toEqual([prior]);
  expect(() => trainScorecard(features, target, { priors: [{ ...prior, feature: "absent" }] }, seeded(1))).toThrow(RangeError);
  expect(() => trainScorecard(features, target, { priors: [prior, prior] }, seeded(1))).toThrow(RangeError);
});

describe("cross-validation", () => {
  test("noise stays at one half: nothing of the outcome leaks through the bins", () => {
    const random = seeded(11);
    const blind = Uint8Array.from({ length: 400 }, () => (random() < 0.3 ? 1 : 0));
    const noise = Array.from({ length: 8 }, (_, k) =>
      numerical(
        `n${k}`,
        Array.from({ length: 400 }, () => random()),
      ),
    );
    const result = crossValidate(
      noise,
      blind,
      { minIv: 0, selection: null, l2: 1, binning: { trend: "none" } },
      { folds: 5, repeats: 4 },
      random,
    );
    if (!result.ok) throw new Error(result.error.code);
    // Below one half is common: what a part of noise shows, the rest of it must lack.
    expect(result.value.auc.mean).toBeLessThan(0.54);
    // The same bins made on all records would look like a model.
    const leaked = trained(noise, blind, { minIv: 0, selection: null, l2: 1, binning: { trend: "none" } }, random);
    expect(leaked.fit.pseudoR2).toBeGreaterThan(0.05);
  });

  test("every record is held out once a repeat, and two ways of training meet the same folds", () => {
    const run = (options: Parameters<typeof crossValidate>[2]) => {
      const part = table(500, 10);
      const result = crossValidate(part.features, part.target, options, { folds: 4, repeats: 2 }, seeded(6));
      if (!result.ok) throw new Error(result.error.code);
      return result.value;
    };
    const first = run({ selection: { criterion: "bic" }, l2: 0 });
    const second = run({ selection: null, l2: 1 });
    expect(first.folds).toHaveLength(8);
    expect(first.auc.mean).toBeGreaterThan(0.72);
    expect(Math.abs(first.auc.mean - second.auc.mean)).toBeLessThan(0.03);
    expect(first.auc.low).toBeLessThan(first.auc.mean);
    expect(first.heldOut.every((value) => value !== 0 && Number.isFinite(value))).toBe(true);
  });

  test("the interval of folds is Nadeau and Bengio's", () => {
    const found = estimate([0.7, 0.8], 5);
    expect(found.mean).toBeCloseTo(0.75, 12);
    expect(found.standardError).toBeCloseTo(Math.sqrt((1 / 2 + 1 / 4) * 0.005), 12);
  });
});

describe("degenerate tables have a named answer", () => {
  const code = (data: readonly FeatureData[], outcomes: ArrayLike<number>, options = {}) => {
    const result = trainScorecard(data, outcomes, options, seeded(1));
    return result.ok ? "trained" : result.error.code;
  };
  const half = Uint8Array.from({ length: 60 }, (_, i) => (i * 37) % 2);
  const line = numerical(
    "x",
    Array.from({ length: 60 }, (_, i) => i),
  );

  test("one class, ten rows, no feature, separable, all weak", () => {
    expect(code([line], new Uint8Array(60))).toBe("one-class");
    expect(code([takeRows(line, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])], half.slice(0, 10))).toBe("too-few-records");
    expect(code([], half)).toBe("no-features");
    expect(
      code(
        [line],
        half.map((_, i) => (i < 30 ? 0 : 1)),
      ),
    ).toBe("separable");
    expect(code([line, numerical("c", Array<number>(60).fill(1))], half, { minIv: 9 })).toBe("no-features");
  });

  test("the 82 labels of a small sample give a card with wide intervals, not a refusal", () => {
    const small = table(82, 21);
    const { card } = trained(small.features, small.target, { selection: null, l2: [1, 3, 10, 30], centre: -0.5, minIv: 0 }, seeded(3));
    const one = score(card, { sales: 0.5, voids: 0.5, kind: "制造" });
    expect(one.pdHigh - one.pdLow).toBeGreaterThan(0.1);
    expect(score(card, {}).pdHigh - score(card, {}).pdLow).toBeGreaterThan(one.pdHigh - one.pdLow);
  });
});

test("characteristic stability: the training table against itself, and against one that moved", () => {
  const { card } = trained(features, target, {}, seeded(1));
  const feature = card.features.find((each) => each.name === "voids")!;
  expect(characteristicStability(feature, features[1]!).index).toBe(0);
  const moved = numerical(
    "voids",
    Array.from((features[1] as NumericalFeature).values, (value) => Math.min(1, value + 0.3)),
  );
  const found = characteristicStability(feature, moved);
  expect(found.verdict).toBe("shifted");
  expect(found.pointsMoved).toBeLessThan(0);
});

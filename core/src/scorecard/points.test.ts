import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type FeatureData, binFeature, binRows, categorical, numerical, withSplits, woeRows } from "./binning.ts";
import {
  anchorTo,
  calibrated,
  gradeOf,
  isMasterScale,
  isotonic,
  isotonicAt,
  longRunRate,
  masterScale,
  platt,
  priorCorrection,
  uncalibrated,
} from "./calibration.ts";
import { fitLogistic, predict } from "./logistic.ts";
import { type PointScale, defaultScale, logOddsOfScore, makeScorecard, pdOfScore, score, scoreOfPd, scoreRows } from "./points.ts";
import { seeded } from "./random.ts";
import { sigmoid } from "./statistics.ts";

const random = seeded(31);
const rows = 1500;
const amount = Float64Array.from({ length: rows }, () => random() * 100);
const kinds = Array.from({ length: rows }, () => ["制造", "批发", "零售"][Math.floor(random() * 3)]!);
const target = Uint8Array.from({ length: rows }, (_, i) =>
  random() < sigmoid(-0.5 - 0.03 * amount[i]! + (kinds[i] === "批发" ? 0.9 : 0)) ? 1 : 0,
);
const columns: FeatureData[] = [numerical("amount", [...amount]), categorical("kind", kinds)];
const binnings = columns.map((column) => {
  const result = binFeature(column, target);
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
});
const woe = binnings.map((binning, j) => ({ name: binning.name, values: woeRows(binning, columns[j]!) }));
const fit = (() => {
  const result = fitLogistic(woe, target);
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
})();
const grades = masterScale(["A", "B", "C", "D", "E"], 0.02, 0.4);
const card = (scale: Partial<PointScale> = {}) => makeScorecard(binnings, fit, { ...defaultScale, ...scale }, uncalibrated, grades);

test("the worked example of Siddiqi (2017): 600 points at 50 to 1, 20 to double: factor 28.8539, offset 487.123", () => {
  expect(logOddsOfScore(defaultScale, 600)).toBeCloseTo(-Math.log(50), 12);
  expect(logOddsOfScore(defaultScale, 620)).toBeCloseTo(-Math.log(100), 12);
  expect(logOddsOfScore(defaultScale, 487.123)).toBeCloseTo(0, 4);
  expect(scoreOfPd({ scale: defaultScale, calibration: uncalibrated }, 1 / 51)).toBeCloseTo(600, 10);
});

test("without rounding the points say exactly what the regression says, spread out or not", () => {
  const probability = predict(
    fit,
    woe.map((each) => each.values),
    rows,
  );
  for (const spread of [false, true]) {
    const exact = card({ decimals: null, spread });
    const scores = scoreRows(exact, columns, rows);
    for (let i = 0; i < rows; i += 7) expect(pdOfScore(exact, scores[i]!)).toBeCloseTo(probability[i]!, 12);
  }
});

test("rounding moves a score by at most half a point for the base and each feature", () => {
  const whole = scoreRows(card(), columns, rows);
  const exact = scoreRows(card({ decimals: null }), columns, rows);
  for (let i = 0; i < rows; i++) {
    expect(Number.isInteger(whole[i])).toBe(true);
    expect(Math.abs(whole[i]! - exact[i]!)).toBeLessThanOrEqual(1.5);
  }
});

test("one enterprise scores as its row does, and its reasons add up", () => {
  const whole = card();
  const scores = scoreRows(whole, columns, rows);
  const mean = whole.base + whole.features.reduce((sum, feature) => sum + feature.expected, 0);
  const best = whole.base + whole.features.reduce((sum, feature) => sum + feature.best, 0);
  for (let i = 0; i < 50; i++) {
    const one = score(whole, { amount: amount[i]!, kind: kinds[i]! });
    expect(one.score).toBe(scores[i]);
    expect(mean - one.reasons.reduce((sum, reason) => sum + reason.lostToMean, 0)).toBeCloseTo(one.score, 9);
    expect(best - one.reasons.reduce((sum, reason) => sum + reason.lostToBest, 0)).toBeCloseTo(one.score, 9);
    expect(one.reasons[0]!.lostToMean).toBeGreaterThanOrEqual(one.reasons[1]!.lostToMean);
    expect(one.reasons.every((reason) => reason.lostToBest >= 0)).toBe(true);
    expect(one.pdLow).toBeLessThan(one.pd);
    expect(one.pdHigh).toBeGreaterThan(one.pd);
    expect(one.grade).toBe(gradeOf(grades, one.pd));
  }
});

test("what is not known widens the interval and invents no value", () => {
  const whole = card();
  const known = score(whole, { amount: 50, kind: "零售" });
  const unknown = score(whole, { kind: "零售" });
  const width = (scored: typeof known) => Math.log(scored.pdHigh / (1 - scored.pdHigh)) - Math.log(scored.pdLow / (1 - scored.pdLow));
  expect(width(unknown)).toBeGreaterThan(1.5 * width(known));
  expect(unknown.reasons.find((reason) => reason.feature === "amount")).toMatchObject({ points: 0, value: null });
});

test("moving a boundary by hand moves the score", () => {
  const edited = withSplits(binnings[0]!, columns[0] as Parameters<typeof withSplits>[1], target, [30, 60]);
  const again = makeScorecard([edited, binnings[1]!], fit, defaultScale, uncalibrated, grades);
  expect(again.features[0]!.points).toHaveLength(4);
  expect(new Set(binRows(edited, columns[0]!))).toEqual(new Set([0, 1, 2]));
});

describe("calibration", () => {
  test("the anchor makes the mean probability the central tendency", () =>
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -15, max: 15, noNaN: true }), { minLength: 1, maxLength: 40 }),
        fc.double({ min: 0.001, max: 0.999, noNaN: true }),
        (eta, tendency) => {
          const calibration = anchorTo(eta, tendency);
          const mean = eta.reduce((sum, value) => sum + calibrated(calibration, value), 0) / eta.length;
          expect(mean).toBeCloseTo(tendency, 9);
        },
      ),
    ));

  test("prior correction gives back the population's rate for a model of the intercept alone", () =>
    expect(calibrated(priorCorrection(0.5, 0.02), 0)).toBeCloseTo(0.02, 12));

  test("each year counts alike in the long-run rate", () =>
    expect(
      longRunRate([
        { obligors: 100, defaults: 1 },
        { obligors: 1000, defaults: 50 },
      ]),
    ).toBeCloseTo(0.03, 12));

  // scikit-learn 1.9.1, scipy: i = np.arange(40); x = ((i*37)%29)/29; y = (((i*7919+13)%1009)/1009 < x).astype(int);
  // IsotonicRegression(out_of_bounds="clip").fit(x, y).predict([-1,.1,.33,.5,.71,.9,2]); Platt: BFGS on the smoothed loss of 4x − 2.
  const x = Float64Array.from({ length: 40 }, (_, i) => ((i * 37) % 29) / 29);
  const y = Uint8Array.from({ length: 40 }, (_, i) => (((i * 7919 + 13) % 1009) / 1009 < x[i]! ? 1 : 0));

  test("isotonic agrees with scikit-learn", () => {
    const found = isotonic(x, y);
    [0, 0.3, 1 / 3, 1 / 3, 2 / 3, 2 / 3, 1].forEach((value, k) =>
      expect(isotonicAt(found, [-1, 0.1, 0.33, 0.5, 0.71, 0.9, 2][k]!)).toBeCloseTo(value, 12),
    );
  });

  test("Platt agrees with its definition minimised by scipy", () => {
    const found = platt(
      x.map((value) => 4 * value - 2),
      y,
    );
    expect(found.shift).toBeCloseTo(-0.17271077586601855, 6);
    expect(found.slope).toBeCloseTo(0.6286073503780316, 6);
  });

  test("Platt stays finite where the outcomes are separated or the scores equal", () => {
    const separated = platt([-1, -1, 1, 1], [0, 0, 1, 1]);
    expect(separated.slope).toBeCloseTo(Math.log(3), 6); // outcomes 1/4 and 3/4 at ∓1
    expect(platt([2, 2, 2], [0, 1, 1]).slope).toBe(0);
  });

  test("isotonic rises and keeps the mean", () =>
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.constantFrom(0, 1)), { minLength: 1 }), (points) => {
        const risk = points.map(([r]) => r);
        const outcome = points.map(([, o]) => o);
        const found = isotonic(risk, outcome);
        found.value.forEach((value, k) => expect(value).toBeGreaterThanOrEqual(found.value[k - 1] ?? 0));
        const sum = risk.reduce((total, r) => total + isotonicAt(found, r), 0);
        expect(sum).toBeCloseTo(
          outcome.reduce<number>((total, o) => total + o, 0),
          9,
        );
      }),
    ));
});

test("a master scale rises in equal steps of risk", () => {
  expect(isMasterScale(grades)).toBe(true);
  expect(grades.map((grade) => grade.upTo)).toEqual([
    0.02,
    expect.closeTo(0.02 * 20 ** (1 / 3)),
    expect.closeTo(0.02 * 20 ** (2 / 3)),
    0.4,
    1,
  ]);
  expect(gradeOf(grades, 0.0199)).toBe("A");
  expect(gradeOf(grades, 0.02)).toBe("B");
  expect(gradeOf(grades, 1)).toBe("E");
  expect(
    isMasterScale([
      { name: "A", upTo: 0.3 },
      { name: "B", upTo: 0.2 },
    ]),
  ).toBe(false);
});

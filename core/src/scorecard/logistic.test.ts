import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Column, fitLogistic, predict, stepwise } from "./logistic.ts";
import { seeded } from "./random.ts";
import { sigmoid, softplus } from "./statistics.ts";

/**
 * Reference values: statsmodels 0.15.0 and scikit-learn 1.9.1, on columns that both languages can write down exactly:
 *
 *   i = np.arange(240); a = ((i*37)%101)/101; b = ((i*53)%89)/89; c = ((i*71)%97)/97; u = ((i*7919+13)%1009)/1009
 *   y = (u < 1/(1+np.exp(-(-1+2*a-1.5*b+0.3*c)))).astype(int); X = np.column_stack([a,b,c])
 *   m = sm.Logit(y, sm.add_constant(X)).fit(tol=1e-14, maxiter=100)      # params, bse, pvalues, llf, llnull, aic, bic
 *   LogisticRegression(penalty="l2", C=1/3, solver="lbfgs", tol=1e-14, max_iter=1000000).fit(X, y)
 *   LogisticRegression(penalty="l1", C=1/4, solver="saga", tol=1e-14, max_iter=1000000).fit(X, y)
 */
const n = 240;
const column = (name: string, times: number, modulus: number, extra: Partial<Column> = {}): Column => ({
  name,
  values: Float64Array.from({ length: n }, (_, i) => ((i * times) % modulus) / modulus),
  ...extra,
});
const columns = [column("a", 37, 101), column("b", 53, 89), column("c", 71, 97)];
const [a, b, c] = columns.map((each) => each.values) as [Float64Array, Float64Array, Float64Array];
const target = Uint8Array.from({ length: n }, (_, i) =>
  ((i * 7919 + 13) % 1009) / 1009 < sigmoid(-1 + 2 * a[i]! - 1.5 * b[i]! + 0.3 * c[i]!) ? 1 : 0,
);

const fitted = (...args: Parameters<typeof fitLogistic>) => {
  const result = fitLogistic(...args);
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
};
const values = (fit: ReturnType<typeof fitted>) => [fit.intercept, ...fit.coefficients].map((each) => each.value);

const near = (found: readonly (number | null)[], expected: readonly number[], digits = 8) =>
  expected.forEach((value, i) => expect(found[i]!).toBeCloseTo(value, digits));

test("maximum likelihood agrees with statsmodels: coefficients, standard errors, p-values, likelihoods", () => {
  const fit = fitted(columns, target);
  const all = [fit.intercept, ...fit.coefficients];
  near(values(fit), [-0.8799198241821111, 1.704614870068584, -1.7440584264121668, 0.6191537569112417]);
  near(
    all.map((each) => each.standardError),
    [0.41153644307968856, 0.5216001058071152, 0.50632104084601, 0.5128319290703692],
  );
  near(
    all.map((each) => each.pValue),
    [0.0325059158691947, 0.0010829149369653314, 0.0005719678485642659, 0.22730779605278428],
  );
  near(
    [fit.logLikelihood, fit.nullLogLikelihood, fit.aic, fit.bic, fit.pseudoR2],
    [-144.42773033498472, -158.2554493464121, 296.85546066996943, 310.7780163633374, 0.08737594230426338],
    7, // statsmodels finds its null likelihood by iteration, to 1e-8
  );
  expect(fit.events).toBe(89);
});

test("L2 and L1 agree with scikit-learn", () => {
  near(values(fitted(columns, target, { l2: 3 })), [-0.7694738592721303, 0.9855059766654658, -0.9813449258570488, 0.4376909240975264], 6);
  const lasso = fitted(columns, target, { l1: 4 });
  near(values(lasso), [-0.6073120348238575, 0.8627213568848472, -0.7274331925075798, 0], 6);
  expect(lasso.coefficients[2]!.value).toBe(0);
  expect(lasso.coefficients[0]!.standardError).toBeNull();
});

test("the gradient vanishes at the fit, and within bounds the conditions of Karush, Kuhn and Tucker hold", () =>
  fc.assert(
    fc.property(fc.integer(), fc.constantFrom(0, 0.5, 5), fc.constantFrom(0, 2), (seed, l2, l1) => {
      const random = seeded(seed);
      const rows = 120;
      const bounded = [0, 1, 2, 3].map((j): Column => ({
        name: `x${j}`,
        values: Float64Array.from({ length: rows }, () => random() * 2 - 1),
        ...(j < 2 ? { most: 0 } : j === 2 ? { least: 0.5, most: 0.8 } : {}),
      }));
      const outcomes = Uint8Array.from({ length: rows }, (_, i) =>
        random() < sigmoid(bounded[0]!.values[i]! - bounded[3]!.values[i]!) ? 1 : 0,
      );
      const fit = fitted(bounded, outcomes, { l1, l2 });
      const probability = predict(
        fit,
        bounded.map((each) => each.values),
        rows,
      );
      bounded.forEach((each, j) => {
        const beta = fit.coefficients[j]!.value;
        let slope = l2 * beta;
        for (let i = 0; i < rows; i++) slope += (probability[i]! - outcomes[i]!) * each.values[i]!;
        const low = beta > (each.least ?? -Infinity) ? slope + l1 * (beta > 0 ? 1 : -1) : -Infinity;
        const high = beta < (each.most ?? Infinity) ? slope + l1 * (beta >= 0 ? 1 : -1) : Infinity;
        // Moving down must not help (slope from the left ≤ 0) and moving up must not help (slope from the right ≥ 0).
        expect(low).toBeLessThan(1e-5);
        expect(high).toBeGreaterThan(-1e-5);
        expect(beta).toBeGreaterThanOrEqual(each.least ?? -Infinity);
        expect(beta).toBeLessThanOrEqual(each.most ?? Infinity);
      });
    }),
    { numRuns: 60 },
  ));

test("L2 draws towards its centre: what is added to the slope is what the likelihood gives", () => {
  const centred = columns.map((each, j) => ({ ...each, centre: [1, -1, 0.5][j]! }));
  expect(values(fitted(centred, target, { l2: 1e9 })).slice(1)).toEqual([1, -1, 0.5].map((value) => expect.closeTo(value, 6)));
  const fit = fitted(centred, target, { l2: 3 });
  const probability = predict(fit, [a, b, c], n);
  centred.forEach((each, j) => {
    let slope = 3 * (fit.coefficients[j]!.value - each.centre);
    for (let i = 0; i < n; i++) slope += (probability[i]! - target[i]!) * each.values[i]!;
    expect(slope).toBeCloseTo(0, 8);
  });
});

test("a saturated fit has the closed form ln odds ratio, with Woolf's standard error", () => {
  // 30/100 events where x = 0, 60/100 where x = 1.
  const x = Float64Array.from({ length: 200 }, (_, i) => (i < 100 ? 0 : 1));
  const y = Uint8Array.from({ length: 200 }, (_, i) => (i < 100 ? (i < 30 ? 1 : 0) : i < 160 ? 1 : 0));
  const fit = fitted([{ name: "x", values: x }], y);
  expect(fit.coefficients[0]!.value).toBeCloseTo(Math.log((60 / 40) * (70 / 30)), 10);
  expect(fit.coefficients[0]!.standardError).toBeCloseTo(Math.sqrt(1 / 30 + 1 / 70 + 1 / 60 + 1 / 40), 10);
});

test("a coefficient of the wrong sign is held at 0, and the others are as without it", () => {
  const held = fitted([columns[0]!, { ...columns[1]!, least: 0 }, columns[2]!], target);
  const without = fitted([columns[0]!, columns[2]!], target);
  expect(held.coefficients[1]).toMatchObject({ value: 0, atBound: true, standardError: null });
  expect(held.coefficients[0]!.value).toBeCloseTo(without.coefficients[0]!.value, 8);
  expect(held.coefficients[0]!.standardError).toBeCloseTo(without.coefficients[0]!.standardError!, 8);
  expect(held.logLikelihood).toBeCloseTo(without.logLikelihood, 9);
});

describe("what has no answer is said", () => {
  const code = (...args: Parameters<typeof fitLogistic>) => {
    const result = fitLogistic(...args);
    return result.ok ? "fitted" : result.error.code;
  };
  const line = Float64Array.from({ length: 60 }, (_, i) => i / 60);
  const noise = Float64Array.from({ length: 60 }, (_, i) => ((i * 37) % 61) / 61);
  const half = Uint8Array.from({ length: 60 }, (_, i) => (i < 30 ? 0 : 1));

  test("complete separation names the feature", () => {
    const result = fitLogistic(
      [
        { name: "leak", values: line },
        { name: "noise", values: noise },
      ],
      half,
    );
    expect(result.ok).toBe(false);
    if (!result.ok) {
      expect(result.error.code).toBe("separation");
      expect(result.error.text.en).toContain("leak");
    }
  });

  test("quasi-complete separation: one level without events", () => {
    const level = Float64Array.from({ length: 60 }, (_, i) => (i < 10 ? 1 : 0));
    const mixed = Uint8Array.from({ length: 60 }, (_, i) => (i < 10 ? 0 : i % 2));
    const result = fitLogistic(
      [
        { name: "level", values: level },
        { name: "noise", values: noise },
      ],
      mixed,
    );
    expect(result.ok).toBe(false);
    if (!result.ok) {
      expect(result.error.code).toBe("separation");
      expect(result.error.text.en).toContain("level");
      expect(result.error.text.en).not.toContain("noise");
    }
  });

  test("with L2 the fit exists and says that the outcomes are separated", () =>
    expect(fitted([{ name: "leak", values: line }], half, { l2: 1 }).separated).toBe(true));

  test("the rest", () => {
    expect(code([{ name: "x", values: line }], new Uint8Array(60))).toBe("one-class");
    expect(
      code(
        [
          { name: "x", values: noise },
          { name: "twice", values: noise.map((v) => 2 * v) },
        ],
        half,
      ),
    ).toBe("collinear");
    expect(code([{ name: "constant", values: new Float64Array(60).fill(3) }], half)).toBe("collinear");
    expect(
      code(
        columns.map((each) => ({ ...each, values: each.values.slice(0, 3) })),
        [0, 1, 0],
      ),
    ).toBe("too-few-records");
  });
});

describe("stepwise", () => {
  const random = seeded(8);
  const rows = 800;
  const pool = Array.from({ length: 6 }, (_, j): Column => ({
    name: `x${j}`,
    values: Float64Array.from({ length: rows }, () => random() * 2 - 1),
  }));
  const outcomes = Uint8Array.from({ length: rows }, (_, i) =>
    random() < sigmoid(1.5 * pool[1]!.values[i]! - 1.2 * pool[4]!.values[i]!) ? 1 : 0,
  );

  test.each(["aic", "bic", "p"] as const)("by %s the best subset of all 64 is reached, or nothing one step away is better", (criterion) => {
    for (const direction of ["forward", "backward", "both"] as const) {
      const result = stepwise(pool, outcomes, { direction, criterion });
      if (!result.ok) throw new Error(result.error.code);
      expect(result.value.kept).toEqual(expect.arrayContaining([1, 4]));
      if (criterion === "p" || direction !== "both") continue;
      for (let j = 0; j < pool.length; j++) {
        const kept = result.value.kept.includes(j) ? result.value.kept.filter((k) => k !== j) : [...result.value.kept, j];
        const other = fitted(
          kept.map((k) => pool[k]!),
          outcomes,
        );
        expect(result.value.fit[criterion]).toBeLessThanOrEqual(other[criterion] + 1e-9);
      }
    }
  });

  test("a column held at 0 by its sign never enters; one that copies another is skipped with the reason", () => {
    const copies = [...pool, { ...pool[1]!, name: "copy" }].map((each) => (each.name === "x4" ? { ...each, least: 0 } : each));
    const result = stepwise(copies, outcomes, { direction: "forward" });
    if (!result.ok) throw new Error(result.error.code);
    expect(result.value.kept).not.toContain(4);
    expect(result.value.skipped.map((each) => [each.name, each.problem.code])).toContainEqual(["copy", "collinear"]);
  });
});

test("ln(1 + e^x) and 1 / (1 + e^−x) hold at the ends", () => {
  expect(softplus(800)).toBe(800);
  expect(softplus(-800)).toBe(0);
  expect(sigmoid(-800)).toBe(0);
  expect(sigmoid(800)).toBe(1);
});

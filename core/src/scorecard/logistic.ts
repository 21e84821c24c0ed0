import { type Problem, type Result, err, ok, problem } from "../basics/index.ts";
import { cholesky, inverseOf, multiply, solveCholesky } from "./linear.ts";
import type { Target } from "./binning.ts";
import { chiSquaredTail, logit, sigmoid, softplus, twoSided } from "./statistics.ts";

/** A column of the design: weights of evidence, or any numbers. */
export type Column = {
  readonly name: string;
  readonly values: Float64Array;
  /** Bounds of its coefficient: a sign ([−∞, 0]) or an expert's range. */
  readonly least?: number;
  readonly most?: number;
  /** What L2 draws its coefficient towards: 0 unless said. */
  readonly centre?: number;
};

/** Penalties on −ln L and where to stop. Lambda weighs sums over records, so the same penalty weighs less with more of them. */
export type LogisticOptions = {
  /** Minimised is −ln L + l2/2 · Σ(β − centre)² + l1 · Σ|β|, without the intercept: scikit-learn's C is 1 / l2. */
  readonly l2?: number;
  readonly l1?: number;
  readonly maxIterations?: number;
};

/** An estimate in log-odds of the event per unit of its column. Errors are null where none is valid: at a bound, under L1. */
export type Coefficient = {
  readonly name: string;
  readonly value: number;
  /** Null where it cannot be given honestly: with L1, and for a coefficient held at its bound. */
  readonly standardError: number | null;
  readonly z: number | null;
  readonly pValue: number | null;
  /** The coefficient lies at a bound that was set for it. */
  readonly atBound: boolean;
};

/** A fitted regression of the log-odds of the event; likelihoods are natural logarithms over all records. */
export type LogisticFit = {
  readonly intercept: Coefficient;
  readonly coefficients: readonly Coefficient[];
  /** Row-major over intercept and coefficients; rows of those held at a bound, or at 0 by L1, are 0. */
  readonly covariance: readonly number[];
  readonly logLikelihood: number;
  /** With the intercept alone. */
  readonly nullLogLikelihood: number;
  /** Parameters that were free; with L2 the effective number, tr(H (H + l2 I)⁻¹). */
  readonly freedom: number;
  readonly aic: number;
  readonly bic: number;
  /** McFadden's 1 − ln L / ln L₀. */
  readonly pseudoR2: number;
  readonly iterations: number;
  readonly records: number;
  readonly events: number;
  /** The penalty or the bounds alone keep the coefficients finite: the columns separate the outcomes completely. */
  readonly separated: boolean;
  readonly l1: number;
  readonly l2: number;
};

const separation = (names: readonly string[], complete: boolean) =>
  problem(
    "separation",
    `${complete ? "特征把好坏样本完全分开" : "部分样本被特征完全分开"}（${names.join("、")}），最大似然估计不存在。`,
    `${complete ? "The features separate the outcomes completely" : "The features separate a part of the records completely"} (${names.join(", ")}), so no maximum-likelihood estimate exists.`,
    "请核对是否有结果泄漏；否则合并分箱、去掉该特征，或使用 L2 正则化。",
    "Check for a leak of the outcome; otherwise merge bins, drop the feature, or use L2 regularisation.",
  );

const problems = {
  oneClass: problem(
    "one-class",
    "样本中只有一类结果，无法拟合。",
    "The sample has one outcome only, so nothing can be fitted.",
    "请补充另一类结果的样本。",
    "Add records with the other outcome.",
  ),
  collinear: (name: string) =>
    problem(
      "collinear",
      `特征“${name}”可由其他特征线性表示（或为常数），系数不唯一。`,
      `Feature "${name}" is a linear combination of the others (or constant), so its coefficient is not determined.`,
      "请去掉其中一个特征，或使用 L2 正则化。",
      "Drop one of them, or use L2 regularisation.",
    ),
  tooFew: (records: number, columns: number) =>
    problem(
      "too-few-records",
      `${records} 条记录不足以估计 ${columns} 个系数。`,
      `${records} records are too few for ${columns} coefficients.`,
      "请减少特征、增加样本，或使用 L2 正则化。",
      "Use fewer features or more records, or L2 regularisation.",
    ),
  notConverged: (iterations: number) =>
    problem(
      "not-converged",
      `迭代 ${iterations} 次仍未收敛。`,
      `Not converged after ${iterations} iterations.`,
      "请检查特征的量级，或使用 L2 正则化。",
      "Check the scale of the features, or use L2 regularisation.",
    ),
};

/** η = β₀ + Σ βⱼ xⱼ for every row. */
export const linearPredictor = (columns: readonly Float64Array[], beta: ArrayLike<number>, rows: number): Float64Array => {
  const eta = new Float64Array(rows).fill(beta[0]!);
  columns.forEach((column, j) => {
    const weight = beta[j + 1]!;
    if (weight !== 0) for (let i = 0; i < rows; i++) eta[i]! += weight * column[i]!;
  });
  return eta;
};

const logLikelihoodOf = (eta: Float64Array, target: Target): number => {
  let sum = 0;
  for (let i = 0; i < eta.length; i++) sum += (target[i] === 1 ? eta[i]! : 0) - softplus(eta[i]!);
  return sum;
};

/** Every event lies above every non-event (ties allowed when not `strict`). */
const separates = (eta: Float64Array, target: Target, strict: boolean): boolean => {
  let lowestEvent = Number.POSITIVE_INFINITY;
  let highestNonEvent = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < eta.length; i++) {
    if (target[i] === 1) lowestEvent = Math.min(lowestEvent, eta[i]!);
    else highestNonEvent = Math.max(highestNonEvent, eta[i]!);
  }
  return strict ? lowestEvent > highestNonEvent : lowestEvent >= highestNonEvent;
};

/**
 * Logistic regression of the event by Newton's method (IRLS), with L2 and L1 penalties and bounds on coefficients. The
 * quadratic model of each step is solved by Cholesky where nothing binds, else by coordinate descent with soft
 * thresholding and clipping (Friedman, Hastie and Tibshirani 2010), and each step is halved until the objective falls.
 *
 * Standard errors come from the information matrix H: H⁻¹, and with L2 the sandwich (H + λI)⁻¹ H (H + λI)⁻¹, which is the
 * variance alone: the bias of shrinking is not in it.
 *
 * Refused with a reason: `one-class`, `collinear`, `separation`, `too-few-records`, `not-converged`.
 */
export const fitLogistic = (
  columns: readonly Column[],
  target: Target,
  options: LogisticOptions = {},
  start?: ArrayLike<number>,
): Result<LogisticFit, Problem> => {
  const { l1 = 0, l2 = 0, maxIterations = 60 } = options;
  if (l1 < 0 || l2 < 0) throw new RangeError("penalties are not negative");
  const n = target.length;
  const p = columns.length + 1;
  for (const column of columns)
    if (column.values.length !== n) throw new RangeError(`${column.values.length} values of ${column.name}, ${n} outcomes`);
  let events = 0;
  for (let i = 0; i < n; i++) events += target[i] === 1 ? 1 : 0;
  if (events === 0 || events === n) return err(problems.oneClass);
  if (n < p && l2 === 0 && l1 === 0) return err(problems.tooFew(n, p));

  const x = columns.map((column) => column.values);
  const least = Float64Array.from({ length: p }, (_, j) => (j === 0 ? -Infinity : (columns[j - 1]!.least ?? -Infinity)));
  const most = Float64Array.from({ length: p }, (_, j) => (j === 0 ? Infinity : (columns[j - 1]!.most ?? Infinity)));
  const centre = Float64Array.from({ length: p }, (_, j) => (j === 0 ? 0 : (columns[j - 1]!.centre ?? 0)));
  const bounded = least.some((bound) => bound > -Infinity) || most.some((bound) => bound < Infinity);
  const prior = logit(events / n);
  const beta = Float64Array.from({ length: p }, (_, j) => Math.min(most[j]!, Math.max(least[j]!, start?.[j] ?? (j === 0 ? prior : 0))));

  const penalty = (at: Float64Array) => {
    let sum = 0;
    for (let j = 1; j < p; j++) sum += 0.5 * l2 * (at[j]! - centre[j]!) ** 2 + l1 * Math.abs(at[j]!);
    return sum;
  };
  const gradient = new Float64Array(p);
  const information = new Float64Array(p * p);
  const weighted = new Float64Array(n);
  const residual = new Float64Array(n);
  const derive = (eta: Float64Array) => {
    for (let i = 0; i < n; i++) {
      const probability = sigmoid(eta[i]!);
      residual[i] = probability - (target[i] === 1 ? 1 : 0);
      weighted[i] = probability * (1 - probability);
    }
    const product = new Float64Array(n);
    for (let j = 0; j < p; j++) {
      const column = j === 0 ? null : x[j - 1]!;
      let slope = 0;
      if (column === null) {
        for (let i = 0; i < n; i++) slope += residual[i]!;
        product.set(weighted);
      } else
        for (let i = 0; i < n; i++) {
          slope += residual[i]! * column[i]!;
          product[i] = weighted[i]! * column[i]!;
        }
      gradient[j] = slope;
      for (let k = 0; k <= j; k++) {
        const other = k === 0 ? null : x[k - 1]!;
        let sum = 0;
        if (other === null) for (let i = 0; i < n; i++) sum += product[i]!;
        else for (let i = 0; i < n; i++) sum += product[i]! * other[i]!;
        information[j * p + k] = sum;
        information[k * p + j] = sum;
      }
    }
  };
  const ridge = () => {
    const matrix = information.slice();
    for (let j = 1; j < p; j++) matrix[j * p + j]! += l2;
    return matrix;
  };

  let eta = linearPredictor(x, beta, n);
  let logLikelihood = logLikelihoodOf(eta, target);
  let objective = penalty(beta) - logLikelihood;
  let step = new Float64Array(p);
  let iterations = 0;
  let converged = false;
  /** Columns whose coefficient still moves: those that separate, when nothing else stops it. */
  const moving = () => {
    const spread = x.map((column, j) => Math.abs(step[j + 1]!) * deviation(column));
    const largest = Math.max(...spread, 0);
    return columns.filter((_, j) => spread[j]! > 0.2 * largest).map((column) => column.name);
  };
  for (; iterations < maxIterations; iterations++) {
    derive(eta);
    const slope = gradient.map((value, j) => (j === 0 ? value : value + l2 * (beta[j]! - centre[j]!)));
    const matrix = ridge();
    if (l1 === 0 && !bounded) {
      const factor = cholesky(matrix, p);
      if (typeof factor === "number") {
        if (iterations === 0) return err(problems.collinear(columns[factor - 1]?.name ?? "1"));
        return err(separation(moving(), separates(eta, target, true)));
      }
      step = solveCholesky(
        factor,
        p,
        slope.map((value) => -value),
      ) as Float64Array<ArrayBuffer>;
    } else step = descend(matrix, slope, beta, least, most, l1, p) as Float64Array<ArrayBuffer>;

    let size = 1;
    let next = beta;
    let nextEta = eta;
    let nextLikelihood = logLikelihood;
    let nextObjective = objective;
    for (let halving = 0; halving < 30; halving++, size /= 2) {
      next = beta.map((value, j) => Math.min(most[j]!, Math.max(least[j]!, value + size * step[j]!)));
      nextEta = linearPredictor(x, next, n);
      nextLikelihood = logLikelihoodOf(nextEta, target);
      nextObjective = penalty(next) - nextLikelihood;
      if (nextObjective <= objective + 1e-13 * Math.abs(objective)) break;
    }
    let change = 0;
    for (let j = 0; j < p; j++) change = Math.max(change, Math.abs(next[j]! - beta[j]!) / (1 + Math.abs(beta[j]!)));
    beta.set(next);
    eta = nextEta;
    logLikelihood = nextLikelihood;
    objective = nextObjective;
    if (l2 === 0 && l1 === 0 && iterations >= 4 && separates(eta, target, true)) return err(separation(moving(), true));
    if (change < 1e-9) {
      converged = true;
      iterations++;
      break;
    }
  }
  if (!converged) {
    // Newton adds about 1 to the separated rows' predictor at each step, for ever; nothing else keeps it moving so long.
    const farthest = eta.reduce((far, value) => Math.max(far, Math.abs(value)), 0);
    return farthest > 15 ? err(separation(moving(), separates(eta, target, false))) : err(problems.notConverged(maxIterations));
  }

  derive(eta);
  const free = Array.from({ length: p }, (_, j) => j).filter(
    (j) => j === 0 || (beta[j]! > least[j]! && beta[j]! < most[j]! && (l1 === 0 || beta[j] !== 0)),
  );
  const k = free.length;
  const reduced = Float64Array.from({ length: k * k }, (_, at) => information[free[Math.floor(at / k)]! * p + free[at % k]!]!);
  const penalised = reduced.map((value, at) => (Math.floor(at / k) === at % k && at > 0 ? value + l2 : value));
  const factor = cholesky(penalised, k, 1e-13);
  if (typeof factor === "number") return err(problems.collinear(columns[free[factor]! - 1]?.name ?? "1"));
  const bread = inverseOf(factor, k);
  const shrunk = multiply(bread, reduced, k);
  const covarianceFree = l2 > 0 ? multiply(shrunk, bread, k) : bread;
  const covariance = Array<number>(p * p).fill(0);
  free.forEach((row, r) => free.forEach((column, c) => (covariance[row * p + column] = covarianceFree[r * k + c]!)));
  let freedom = 0;
  for (let r = 0; r < k; r++) freedom += shrunk[r * k + r]!;
  const coefficient = (name: string, j: number): Coefficient => {
    const value = beta[j]!;
    const standardError = l1 > 0 || !free.includes(j) ? null : Math.sqrt(covariance[j * p + j]!);
    const z = standardError === null ? null : value / standardError;
    const atBound = j > 0 && (value <= least[j]! || value >= most[j]!);
    return { name, value, standardError, z, pValue: z === null ? null : twoSided(z), atBound };
  };
  const nullLogLikelihood = events * Math.log(events / n) + (n - events) * Math.log(1 - events / n);
  return ok({
    intercept: coefficient("intercept", 0),
    coefficients: columns.map((column, j) => coefficient(column.name, j + 1)),
    covariance,
    logLikelihood,
    nullLogLikelihood,
    freedom,
    aic: 2 * freedom - 2 * logLikelihood,
    bic: Math.log(n) * freedom - 2 * logLikelihood,
    pseudoR2: 1 - logLikelihood / nullLogLikelihood,
    iterations,
    records: n,
    events,
    separated: separates(eta, target, true),
    l1,
    l2,
  });
};

const deviation = (values: Float64Array): number => {
  let sum = 0;
  let squares = 0;
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  return Math.sqrt(Math.max(0, squares / values.length - (sum / values.length) ** 2));
};

/** The step d that minimises slope·d + ½ dᵀ matrix d + l1 |β + d| within the bounds, one coordinate at a time. */
const descend = (
  matrix: Float64Array,
  slope: Float64Array,
  beta: Float64Array,
  least: Float64Array,
  most: Float64Array,
  l1: number,
  p: number,
): Float64Array => {
  const step = new Float64Array(p);
  const residual = slope.slice();
  for (let round = 0; round < 2000; round++) {
    let moved = 0;
    for (let j = 0; j < p; j++) {
      const curvature = matrix[j * p + j]!;
      if (!(curvature > 0)) continue;
      const at = beta[j]! + step[j]!;
      const wanted = at - residual[j]! / curvature;
      const shrink = j === 0 ? 0 : l1 / curvature;
      const soft = Math.sign(wanted) * Math.max(0, Math.abs(wanted) - shrink);
      const change = Math.min(most[j]!, Math.max(least[j]!, soft)) - at;
      if (change === 0) continue;
      step[j]! += change;
      for (let k = 0; k < p; k++) residual[k]! += matrix[j * p + k]! * change;
      moved = Math.max(moved, Math.abs(change) * Math.sqrt(curvature));
    }
    if (moved < 1e-11) break;
  }
  return step;
};

/** Probability of the event for every row. */
export const predict = (fit: LogisticFit, columns: readonly Float64Array[], rows: number): Float64Array =>
  linearPredictor(columns, [fit.intercept.value, ...fit.coefficients.map((each) => each.value)], rows).map(sigmoid);

/** How columns enter and leave: by AIC, BIC, or the p-value of the likelihood-ratio test. */
export type StepwiseOptions = LogisticOptions & {
  readonly direction?: "forward" | "backward" | "both";
  readonly criterion?: "aic" | "bic" | "p";
  /** With criterion `p`: largest p-value of the likelihood-ratio test to enter, and smallest to leave. */
  readonly enter?: number;
  readonly leave?: number;
  readonly maxColumns?: number;
};

/** One step of a stepwise selection, with the criterion after it. */
export type StepwiseStep = {
  readonly change: "enter" | "leave";
  readonly name: string;
  /** The criterion after the step: AIC, BIC, or the p-value of the likelihood-ratio test. */
  readonly criterion: number;
};

/** What a stepwise selection came to: the fit, the places of the columns kept, and every step on the way. */
export type StepwiseResult = {
  readonly fit: LogisticFit;
  /** Places of the kept columns, in the order given. */
  readonly kept: readonly number[];
  readonly path: readonly StepwiseStep[];
  /** Columns that could not be fitted beside the others, with why. */
  readonly skipped: readonly { readonly name: string; readonly problem: Problem }[];
};

/**
 * Chooses columns step by step: at each step the entry or removal that improves the criterion most. A column that its
 * bounds hold at 0 brings nothing and never enters; one that cannot be fitted (collinear, separating) is left out and
 * reported. p-values after selection are too small, as those of every stepwise procedure are: judge by cross-validation
 * with the selection inside the fold.
 */
export const stepwise = (columns: readonly Column[], target: Target, options: StepwiseOptions = {}): Result<StepwiseResult, Problem> => {
  const { direction = "both", criterion = "aic", enter = 0.05, leave = 0.1, maxColumns = columns.length } = options;
  const skipped = new Map<string, Problem>();
  const fitOf = (kept: readonly number[], start?: readonly number[]) =>
    fitLogistic(
      kept.map((j) => columns[j]!),
      target,
      options,
      start,
    );
  const startOf = (fit: LogisticFit, places: readonly number[], kept: readonly number[]) => [
    fit.intercept.value,
    ...kept.map((j) => fit.coefficients[places.indexOf(j)]?.value ?? 0),
  ];

  let kept: number[] = direction === "backward" ? columns.map((_, j) => j) : [];
  const first = fitOf(kept);
  if (!first.ok) return first;
  let fit = first.value;
  const path: StepwiseStep[] = [];
  const likelihoodRatio = (larger: LogisticFit, smaller: LogisticFit) =>
    chiSquaredTail(Math.max(0, 2 * (larger.logLikelihood - smaller.logLikelihood)), 1);

  for (let round = 0; round < 4 * columns.length + 4; round++) {
    let best: { readonly kept: number[]; readonly fit: LogisticFit; readonly step: StepwiseStep; readonly gain: number } | null = null;
    const consider = (change: StepwiseStep["change"], j: number) => {
      const places = change === "enter" ? [...kept, j].sort((a, b) => a - b) : kept.filter((k) => k !== j);
      const tried = fitOf(places, startOf(fit, kept, places));
      const { name } = columns[j]!;
      if (!tried.ok) {
        skipped.set(name, tried.error);
        return;
      }
      let value: number;
      let gain: number;
      if (criterion === "p") {
        value = change === "enter" ? likelihoodRatio(tried.value, fit) : likelihoodRatio(fit, tried.value);
        gain = change === "enter" ? enter - value : value - leave;
      } else {
        value = tried.value[criterion];
        gain = fit[criterion] - value;
      }
      if (change === "enter" && tried.value.coefficients[places.indexOf(j)]!.value === 0) return;
      if (gain > 1e-9 && (best === null || gain > best.gain))
        best = { kept: places, fit: tried.value, step: { change, name, criterion: value }, gain };
    };
    if (direction !== "forward") for (const j of kept) consider("leave", j);
    // By p-values a removal comes before any entry, so that the two thresholds cannot chase each other.
    if (direction !== "backward" && kept.length < maxColumns && !(criterion === "p" && best !== null))
      for (let j = 0; j < columns.length; j++) if (!kept.includes(j)) consider("enter", j);
    const chosen = best as { readonly kept: number[]; readonly fit: LogisticFit; readonly step: StepwiseStep } | null;
    if (chosen === null) break;
    kept = chosen.kept;
    fit = chosen.fit;
    path.push(chosen.step);
  }
  for (const j of kept) skipped.delete(columns[j]!.name);
  return ok({ fit, kept, path, skipped: [...skipped].map(([name, reason]) => ({ name, problem: reason })) });
};

/**
 * The distributions the room needs, in double precision. Tested against scipy.stats values.
 */

/** ln Γ(x) for x > 0, Lanczos approximation (g = 7, n = 9), relative error below 1e-14. */
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];
const lnGamma = (x: number): number => {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - lnGamma(1 - x);
  const y = x - 1;
  let sum = LANCZOS[0]!;
  for (let i = 1; i < LANCZOS.length; i++) sum += LANCZOS[i]! / (y + i);
  const t = y + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (y + 0.5) * Math.log(t) - t + Math.log(sum);
};

/** Q(a, x), the regularised upper incomplete gamma function: series below a + 1, continued fraction (Lentz) above. */
const upperGamma = (a: number, x: number): number => {
  if (x <= 0) return 1;
  const front = Math.exp(-x + a * Math.log(x) - lnGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = 1; n < 2000; n++) {
      term *= x / (a + n);
      sum += term;
      if (term < sum * 1e-17) break;
    }
    return Math.max(0, 1 - sum * front);
  }
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let h = d;
  for (let n = 1; n < 2000; n++) {
    const an = -n * (n - a);
    b += 2;
    d = 1 / (an * d + b || 1e-300);
    c = b + an / c || 1e-300;
    const delta = d * c;
    h *= delta;
    if (Math.abs(delta - 1) < 1e-16) break;
  }
  return front * h;
};

/** P(X > x) of a chi-squared variable with `freedom` degrees of freedom. */
export const chiSquaredTail = (x: number, freedom: number): number => upperGamma(freedom / 2, x / 2);

/** P(Z ≤ z) of a standard normal variable. */
export const normalCdf = (z: number): number => {
  const tail = 0.5 * upperGamma(0.5, (z * z) / 2);
  return z > 0 ? 1 - tail : tail;
};

/** P(|Z| > |z|): the two-sided p-value of a Wald statistic. */
export const twoSided = (z: number): number => upperGamma(0.5, (z * z) / 2);

/** The z with P(Z ≤ z) = p: Acklam's rational approximation, then one Halley step to full precision. */
export const normalQuantile = (p: number): number => {
  if (!(p > 0 && p < 1)) throw new RangeError(`not a probability inside (0, 1): ${p}`);
  const tail = Math.min(p, 1 - p);
  let z: number;
  if (tail < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(tail));
    z =
      (((((-7.784894002430293e-3 * q - 0.3223964580411365) * q - 2.400758277161838) * q - 2.549732539343734) * q + 4.374664141464968) * q +
        2.938163982698783) /
      ((((7.784695709041462e-3 * q + 0.3224671290700398) * q + 2.445134137142996) * q + 3.754408661907416) * q + 1);
  } else {
    const q = tail - 0.5;
    const r = q * q;
    z =
      ((((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.357751867269) * r - 30.66479806614716) * r +
        2.506628277459239) *
        q) /
      (((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r - 13.28068155288572) * r + 1);
  }
  const e = normalCdf(z) - tail;
  const u = e * Math.sqrt(2 * Math.PI) * Math.exp((z * z) / 2);
  z -= u / (1 + (z * u) / 2);
  return p > 0.5 ? -z : z;
};

/** 1 / (1 + e^−x) without overflow at either end. */
export const sigmoid = (x: number): number => {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const e = Math.exp(x);
  return e / (1 + e);
};

export const logit = (p: number): number => Math.log(p) - Math.log1p(-p);

/** ln(1 + e^x) without overflow. */
export const softplus = (x: number): number => (x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x)));

import { expect, test } from "vitest";
import { chiSquaredTail, normalCdf, normalQuantile, twoSided } from "./statistics.ts";

// python3 -c "from scipy.stats import chi2, norm; print(chi2.sf(3.84,1), chi2.sf(7.3,8), chi2.sf(40,8), chi2.sf(0.02,3), norm.cdf(1.3), norm.ppf(.975), norm.ppf(1e-9), 2*norm.sf(5.2))"
const close = (value: number, expected: number) => expect(Math.abs(value / expected - 1)).toBeLessThan(1e-11);

test("distributions agree with scipy", () => {
  close(chiSquaredTail(3.84, 1), 0.05004352124870519);
  close(chiSquaredTail(7.3, 8), 0.5046378000679683);
  close(chiSquaredTail(40, 8), 3.203719780476998e-6);
  close(chiSquaredTail(0.02, 3), 0.9992522446606088);
  close(normalCdf(1.3), 0.9031995154143897);
  close(normalQuantile(0.975), 1.959963984540054);
  close(normalQuantile(1e-9), -5.9978070150076865);
  close(twoSided(5.2), 1.992885263386694e-7);
});

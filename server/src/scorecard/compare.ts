/** Two models side by side, and a model against the enterprises of today. */
import type { compareScorecards, monitorScorecard } from "@zhiwei/api/scorecard";
import type { Output } from "@zhiwei/api/route";
import { type IsoDate, problem } from "@zhiwei/core/basics";
import {
  type FeatureData,
  approveTop,
  compareAuc,
  featuresNeeded,
  monitor,
  rankCorrelation,
  scoreOfLogOdds,
  swapSets,
} from "@zhiwei/core/scorecard";
import { usable } from "../consent/negative.ts";
import { Refusal } from "../http/refusal.ts";
import type { Platform } from "../platform.ts";
import { asOfDay, today } from "../system/as-of.ts";
import { type Model, getModel } from "./registry.ts";
import { PLATFORM_SAMPLE, columnsOf, loadSample, storedFeatures, titleOf } from "./sample.ts";
import { scoreEnterprise } from "./score.ts";

/** Outcomes of the sample that two models were both trained on, where it is still there to be read. */
const sharedTarget = async (platform: Platform, a: Model, b: Model): Promise<ArrayLike<number> | null> => {
  const hash = a.document.sample.sha256;
  if (hash !== b.document.sample.sha256) return null;
  const same = (model: Model) =>
    JSON.stringify([model.document.recipe.holdOut, model.document.recipe.holdOut && model.document.recipe.seed]);
  if (same(a) !== same(b) || a.document.recipe.holdOut !== null) return null;
  const tables = await platform.db.selectFrom("scorecard_sample").select(["id", "summary"]).execute();
  const id =
    a.document.sample.kind === "platform"
      ? PLATFORM_SAMPLE
      : tables.find((row) => (row.summary as { source?: { sha256?: string } }).source?.sha256 === hash)?.id;
  if (id === undefined) return null;
  const loaded = await loadSample(platform, id);
  return loaded.source.sha256 === hash ? loaded.sample.target : null;
};

export const compareModels = async (
  platform: Platform,
  idA: string,
  idB: string,
  approvalShare: number,
): Promise<Output<typeof compareScorecards>> => {
  const [a, b] = await Promise.all([getModel(platform.db, idA), getModel(platform.db, idB)]);
  const target = await sharedTarget(platform, a, b);
  const held = ({ document: { development } }: Model) => development.heldOut;
  const heldScores = (model: Model) => held(model).map((eta) => scoreOfLogOdds(model.document.development.card.scale, eta));
  let migration: Output<typeof compareScorecards>["migration"] = null;
  if (a.summary.applies && b.summary.applies) {
    const asOf = await asOfDay(platform.db, undefined);
    const stored = await storedFeatures(platform, asOf);
    const gradesA = a.document.development.card.grades.map((grade) => grade.name);
    const gradesB = b.document.development.card.grades.map((grade) => grade.name);
    const counts = gradesA.map(() => gradesB.map(() => 0));
    const pdA: number[] = [];
    const pdB: number[] = [];
    for (const { id, values } of stored) {
      const byA = scoreEnterprise(a, id, values);
      const byB = scoreEnterprise(b, id, values);
      counts[gradesA.indexOf(byA.grade)]![gradesB.indexOf(byB.grade)]!++;
      pdA.push(byA.pd);
      pdB.push(byB.pd);
    }
    migration = {
      asOf,
      enterprises: stored.length,
      gradesA,
      gradesB,
      counts,
      rankCorrelation: stored.length > 1 ? rankCorrelation(pdA, pdB) : 1,
    };
  }
  const coefficients = ({ document }: Model) =>
    new Map(document.development.card.features.map((feature) => [feature.name, feature.coefficient]));
  const ofA = coefficients(a);
  const ofB = coefficients(b);
  return {
    a: a.summary,
    b: b.summary,
    ranking:
      target &&
      (({ aucA, aucB, difference, standardError, pValue }) => ({ aucA, aucB, difference, standardError, pValue }))(
        compareAuc(held(a), held(b), target),
      ),
    swap: target && {
      approvalShare,
      ...swapSets(approveTop(heldScores(a), approvalShare), approveTop(heldScores(b), approvalShare), target),
    },
    migration,
    features: [...new Set([...ofA.keys(), ...ofB.keys()])].map((feature) => ({
      feature,
      title: titleOf(feature),
      a: ofA.get(feature) ?? null,
      b: ofB.get(feature) ?? null,
    })),
  };
};

const notApplicable = new Refusal(
  409,
  problem(
    "not-applicable",
    "该模型用到的特征不在平台指标目录中，没有可对照的现有企业。",
    "The model uses features that are not in the platform's catalogue, so there is no population here to hold it against.",
    "请在数据所在系统监测。",
    "Monitor it where its data is.",
  ),
);

type Group = "all" | "seen" | "unseen";

export const monitorModel = async (platform: Platform, id: string, day?: IsoDate): Promise<Output<typeof monitorScorecard>> => {
  const model = await getModel(platform.db, id);
  if (!model.summary.applies) throw notApplicable;
  const asOf = day ?? (await asOfDay(platform.db, undefined));
  const stored = await storedFeatures(platform, asOf);
  const known = await platform.db
    .selectFrom("credit_outcome")
    .select(["enterprise_id", "defaulted"])
    .where("defaulted", "is not", null)
    .where(usable(today()))
    .execute();
  const outcomes = new Map<string, number>();
  for (const row of known) outcomes.set(row.enterprise_id, row.defaulted ? 1 : (outcomes.get(row.enterprise_id) ?? 0));
  const { development } = model.document;
  const groups: readonly (readonly [Group, typeof stored])[] = [
    ["all", stored],
    ["seen", stored.filter((row) => model.seen.has(row.id))],
    ["unseen", stored.filter((row) => !model.seen.has(row.id))],
  ];
  return {
    asOf,
    groups: groups
      .filter(([, own]) => own.length > 0)
      .map(([group, own]) => {
        const columns: FeatureData[] = columnsOf(
          featuresNeeded(development),
          own.map((row) => row.values),
        );
        const found = monitor(
          development,
          columns,
          Int8Array.from(own, (row) => outcomes.get(row.id) ?? -1),
        );
        const { index, pValue, verdict, parts } = found.population;
        return {
          group,
          monitoring: {
            records: found.records,
            population: { index, pValue, verdict, parts: parts.map((part) => ({ ...part })) },
            features: found.features.map((feature) => ({
              ...feature,
              title: titleOf(feature.feature),
              expected: [...feature.expected],
              actual: [...feature.actual],
            })),
            byGrade: found.byGrade.map((grade) => ({ ...grade })),
            meanPd: found.meanPd,
            outcomes: found.outcomes && {
              records: found.outcomes.records,
              events: found.outcomes.events,
              auc: found.outcomes.discrimination.auc,
              low: found.outcomes.discrimination.low,
              high: found.outcomes.discrimination.high,
            },
          },
        };
      }),
  };
};

/** Scores of the platform's enterprises by the models in use. */
import type { Output } from "@zhiwei/api/route";
import type { Score, getScore } from "@zhiwei/api/scorecard";
import { type IsoDate, canonicalJson } from "@zhiwei/core/basics";
import { type FeatureValues, featureById } from "@zhiwei/core/features";
import { type ModelScore, featuresNeeded, scoreByChallenger, scoreByModel } from "@zhiwei/core/scorecard";
import { type ListPermit, type Permit, traceShown } from "../consent/index.ts";
import { type Context, catalogueHash } from "../features/index.ts";
import { type Stated, logRecords } from "../evidence/records.ts";
import { asOfDay, lastDay } from "../system/as-of.ts";
import { type Model, getModel, modelsInUse } from "./registry.ts";
import { storedFeatures, titleOf } from "./sample.ts";
import { sha256Hex } from "../system/hash.ts";

export const scoreEnterprise = (model: Model, enterprise: string, values: FeatureValues): ModelScore =>
  scoreByModel(model.document.development, values, { seen: model.seen.has(enterprise) });

/** Share of the training records whose score is no higher; `scores` rise. */
const rankOf = (scores: readonly number[], score: number): number => {
  let low = 0;
  let high = scores.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (scores[middle]! <= score) low = middle + 1;
    else high = middle;
  }
  return scores.length > 0 ? low / scores.length : 0;
};

const documentOf = (model: Model, enterprise: string, asOf: IsoDate, values: FeatureValues): Score => {
  const { summary, document } = model;
  const { card, scores } = document.development;
  const scored = scoreEnterprise(model, enterprise, values);
  const used = Object.fromEntries(featuresNeeded(document.development).map((name) => [name, values[name] ?? null]));
  const sum = (of: (points: readonly number[]) => number) => card.base + card.features.reduce((total, each) => total + of(each.points), 0);
  return {
    enterprise,
    asOf,
    model: { id: summary.id, title: summary.title, sha256: summary.sha256, state: summary.state, role: summary.role },
    score: scored.score,
    range: { least: sum((points) => Math.min(...points)), most: sum((points) => Math.max(...points)), base: card.base },
    grade: scored.grade,
    grades: card.grades.map(({ name, upTo }) => ({ name, upTo })),
    pd: scored.pd,
    pdLow: scored.pdLow,
    pdHigh: scored.pdHigh,
    seen: scored.seen,
    rank: rankOf(scores, scored.score),
    missing: [...scored.missing],
    reasons: scored.reasons.map(({ place, ...reason }) => {
      const bin = card.features.find((each) => each.name === reason.feature)!.binning.bins[place]!;
      return {
        ...reason,
        from: bin.from,
        to: bin.to,
        title: titleOf(reason.feature),
        unit: featureById(reason.feature)?.unit ?? null,
      };
    }),
    inputs: { catalogue: catalogueHash, features: sha256Hex(canonicalJson(used)) },
  };
};

const treesOf = ({ document }: Model, values: FeatureValues): Output<typeof getScore>["trees"] => {
  const { challenger } = document.development;
  if (!challenger) return null;
  const { contributions, ...said } = scoreByChallenger(challenger, values);
  return {
    ...said,
    contributions: contributions.map((each) => ({
      ...each,
      title: titleOf(each.feature),
      unit: featureById(each.feature)?.unit ?? null,
    })),
  };
};

/** The score of an enterprise by the champion, or the model named, and what the challengers say beside it. */
export const scoreOf = async (
  context: Context,
  { enterprise }: Permit<"profile">,
  day?: IsoDate,
  modelId?: string,
): Promise<Output<typeof getScore>> => {
  const { champion, challengers } = await modelsInUse(context.db);
  const model = modelId === undefined ? champion : await getModel(context.db, modelId);
  if (!model?.summary.applies) return { score: null, trees: null, challengers: [] };
  const asOf = day ?? (await asOfDay(context.db, undefined));
  const stored = await storedFeatures(context, asOf, enterprise);
  const values = stored[0]?.values ?? {};
  return {
    score: documentOf(model, enterprise, asOf, values),
    trees: treesOf(model, values),
    challengers: challengers.map((each) => {
      const { score, grade, pd } = scoreEnterprise(each, enterprise, values);
      return { model: each.summary.id, title: each.summary.title, score, grade, pd };
    }),
  };
};

/** Scores of all enterprises with records up to a day that the permit covers, or of those of them named, by a model. */
export const scoresOf = async (
  context: Context,
  permit: ListPermit<"profile">,
  model: Model,
  asOf: IsoDate,
  enterprises?: readonly string[],
): Promise<Score[]> => {
  const wanted = enterprises && new Set(enterprises);
  const stored = (await storedFeatures(context, asOf)).filter(({ id }) => !wanted || wanted.has(id));
  const shown = await traceShown(
    context.db,
    permit,
    stored.map(({ id }) => id),
  );
  return stored.filter(({ id }) => shown.has(id)).map(({ id, values }) => documentOf(model, id, asOf, values));
};

const AT_ONCE = 1000;

/** Brings the scores that the list shows up to date with the records and with the champion. */
export const refreshScores = async (context: Context): Promise<void> => {
  const { db } = context;
  const { champion } = await modelsInUse(db);
  const asOf = await lastDay(db);
  if (!champion || asOf === null) {
    await db.deleteFrom("score_summary").execute();
    return;
  }
  const stored = await storedFeatures(context, asOf);
  const found = stored.map(({ id, values }) => {
    const { score, grade, pd, pdLow, pdHigh } = scoreEnterprise(champion, id, values);
    return { enterprise_id: id, model_id: champion.summary.id, as_of: asOf, score, grade, pd, pd_low: pdLow, pd_high: pdHigh };
  });
  const statements = stored.map(({ id, values }, at) => statementOf(champion, asOf, values, found[at]!, id));
  await db.transaction().execute(async (tx) => {
    await tx.deleteFrom("score_summary").execute();
    for (let at = 0; at < found.length; at += AT_ONCE)
      await tx
        .insertInto("score_summary")
        .values(found.slice(at, at + AT_ONCE))
        .execute();
    const logged = new Set<string>();
    for (let at = 0; at < statements.length; at += AT_ONCE) {
      const known = await tx
        .selectFrom("evidence_record")
        .select("about")
        .where("kind", "=", "score")
        .where(
          "about",
          "in",
          statements.slice(at, at + AT_ONCE).map((each) => each.about),
        )
        .execute();
      for (const { about } of known) logged.add(about!);
    }
    await logRecords(
      tx,
      statements.filter(({ about }) => !logged.has(about)),
      new Date(),
    );
  });
};

/** A score as the evidence log has it; the same score of the same day by the same model is one statement. */
const statementOf = (
  { summary, document }: Model,
  asOf: IsoDate,
  values: FeatureValues,
  { score, grade, pd, pd_low, pd_high }: { score: number; grade: string; pd: number; pd_low: number; pd_high: number },
  id: string,
): Stated & { readonly about: string } => {
  const used = Object.fromEntries(featuresNeeded(document.development).map((name) => [name, values[name] ?? null]));
  const content = {
    asOf,
    model: summary.id,
    modelSha256: summary.sha256,
    score,
    grade,
    pd,
    pdLow: pd_low,
    pdHigh: pd_high,
    features: sha256Hex(canonicalJson(used)),
  };
  return {
    kind: "score",
    subject: id,
    content,
    about: sha256Hex(canonicalJson([id, content])),
  };
};

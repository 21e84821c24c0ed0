import {
  actOnScorecard,
  addSample,
  binSample,
  compareScorecards,
  exportScorecard,
  getSampleFeature,
  getScore,
  getScorecard,
  getTraining,
  listSamples,
  listScorecards,
  monitorScorecard,
  rollBackScorecard,
  startTraining,
} from "@zhiwei/api/scorecard";
import type { Output } from "@zhiwei/api/route";
import type { BinEdit, BinningOptions } from "@zhiwei/core/scorecard";
import { actingName } from "../access/actor.ts";
import { permitRead } from "../consent/index.ts";
import { badRequest, notFound } from "../http/refusal.ts";
import type { Serve } from "../http/routes.ts";
import { asOfDay } from "../system/as-of.ts";
import { type System, platformOf, putOff } from "../system/state.ts";
import { compareModels, monitorModel } from "./compare.ts";
import { exportModel } from "./export.ts";
import { actOn, listModels, modelDetails, plain, rollBack } from "./registry.ts";
import { keepUploadedTable, listSampleSummaries, loadSample, titleOf } from "./sample.ts";
import { refreshScores, scoreOf } from "./score.ts";
import { beginTraining, getTrainingState } from "./training.ts";
import { onThread } from "./work.ts";

/** Distinct values of a feature that a workshop is given to count with; above that, neighbours are run together. */
const MOST_VALUES = 2000;

const featureOf = async (system: System, id: string, name: string): Promise<Output<typeof getSampleFeature>> => {
  const { sample, source } = await loadSample(platformOf(system), id);
  const data = sample.features.find((feature) => feature.name === name);
  if (!data) throw notFound({ zh: "特征", en: "feature" }, name.slice(0, 100));
  const { target } = sample;
  const missing = { events: 0, nonEvents: 0 };
  const counts = new Map<number, { events: number; nonEvents: number }>();
  const values = data.kind === "numerical" ? data.values : data.codes;
  for (let row = 0; row < target.length; row++) {
    const value = values[row]!;
    let count = missing;
    if (Number.isFinite(value) && !(data.kind === "categorical" && value < 0)) {
      count = counts.get(value) ?? { events: 0, nonEvents: 0 };
      counts.set(value, count);
    }
    if (target[row] === 1) count.events++;
    else count.nonEvents++;
  }
  let points = [...counts].toSorted(([a], [b]) => a - b);
  const exact = data.kind === "categorical" || points.length <= MOST_VALUES;
  if (!exact) {
    const total = points.reduce((sum, [, { events, nonEvents }]) => sum + events + nonEvents, 0);
    const runs: typeof points = [];
    let seen = 0;
    for (const [value, count] of points) {
      const last = runs.at(-1);
      if (last && Math.floor((seen * MOST_VALUES) / total) < runs.length) {
        last[1].events += count.events;
        last[1].nonEvents += count.nonEvents;
      } else runs.push([value, { ...count }]);
      seen += count.events + count.nonEvents;
    }
    points = runs;
  }
  return {
    feature: {
      name,
      title: source.kind === "platform" ? titleOf(name) : { zh: name, en: name },
      kind: data.kind,
      missing: missing.events + missing.nonEvents,
    },
    values: data.kind === "numerical" ? points.map(([value]) => value) : [],
    categories: data.kind === "categorical" ? points.map(([code]) => data.categories[code]!) : [],
    events: points.map(([, count]) => count.events),
    nonEvents: points.map(([, count]) => count.nonEvents),
    missing,
    exact,
  };
};

export const scorecardRoutes = (serve: Serve, system: System): void => {
  const platform = () => platformOf(system);
  /** After the champion may have changed: the list's scores follow, behind the answer. */
  const follow = () => putOff(system, "scores", () => refreshScores(platform()));

  serve(listScorecards, () => listModels(platform().db));
  serve(getScorecard, async ({ params }) => {
    const { summary, document, events, actions } = await modelDetails(platform().db, params.id);
    return { summary, document: document as unknown as Output<typeof getScorecard>["document"], events, actions };
  });
  serve(actOnScorecard, async ({ params, body }, { actor }) => {
    const summary = await actOn(platform().db, params.id, { ...body, by: actingName(actor, body.by) });
    if (body.action === "deploy" || body.action === "stand-down") follow();
    return summary;
  });
  serve(rollBackScorecard, async ({ body }, { actor }) => {
    const summary = await rollBack(platform().db, actingName(actor, body.by), body.note);
    follow();
    return summary;
  });
  serve(exportScorecard, ({ params, query }) => exportModel(platform(), params.id, params.format, query.language ?? "zh"));

  serve(listSamples, () => listSampleSummaries(platform()));
  serve(addSample, ({ body }) => {
    const { upload, title, target, event, id, day, leaveOut, groups } = body;
    return keepUploadedTable(platform(), upload, title, {
      target,
      event,
      id: id ?? null,
      day: day ?? null,
      leaveOut: leaveOut ?? [],
      groups: groups ?? [],
    });
  });
  serve(binSample, async ({ params, body }) => {
    const { sample } = await loadSample(platform(), params.id);
    const wanted = body.features && new Set(body.features);
    const features = sample.features.filter((feature) => !wanted || wanted.has(feature.name));
    const kinds = new Map(features.map((feature) => [feature.name, feature.kind]));
    for (const edit of body.edits ?? []) {
      if (!kinds.has(edit.feature)) continue;
      if ("splits" in edit !== (kinds.get(edit.feature) === "numerical"))
        throw badRequest(`特征“${edit.feature}”的分箱方式与其类型不符。`, `The bins given for "${edit.feature}" do not fit its kind.`);
      if ("splits" in edit && edit.splits.some((split, at) => at > 0 && split <= edit.splits[at - 1]!))
        throw badRequest(`特征“${edit.feature}”的分界点须递增。`, `The boundaries of "${edit.feature}" must rise.`);
    }
    const binned = await onThread({
      kind: "bins",
      sample: { features, target: sample.target },
      binning: (body.binning ?? {}) as BinningOptions,
      byFeature: (body.byFeature ?? {}) as Record<string, BinningOptions>,
      edits: (body.edits ?? []) as BinEdit[],
    });
    return plain(binned) as unknown as Output<typeof binSample>;
  });
  serve(getSampleFeature, ({ params }) => featureOf(system, params.id, params.feature));

  serve(startTraining, ({ body }, { actor }) => beginTraining(platform(), { ...body, by: actingName(actor, body.by) }));
  serve(getTraining, ({ params }) => getTrainingState(platform().db, params.id));

  serve(compareScorecards, ({ params, query }) => compareModels(platform(), params.id, params.other, (query.approval ?? 75) / 100));
  serve(monitorScorecard, async ({ params, query }) =>
    monitorModel(platform(), params.id, query.asOf === undefined ? undefined : await asOfDay(platform().db, query.asOf)),
  );

  serve(getScore, async ({ params, query }, { actor }) => {
    const permit = await permitRead(platform().db, actor, {
      enterprise: params.id,
      purpose: query.purpose,
      classes: ["profile"],
      what: "score",
    });
    const asOf = query.asOf === undefined ? undefined : await asOfDay(platform().db, query.asOf);
    return scoreOf(platform(), permit, asOf, query.model);
  });
};

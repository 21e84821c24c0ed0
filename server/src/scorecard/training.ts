/** Training 训练: from a request to a new version in the registry, with its progress kept for whoever looks. */
import { randomUUID } from "node:crypto";
import type { Selectable } from "kysely";
import { sql } from "kysely";
import type { startTraining } from "@zhiwei/api/scorecard";
import type { ModelSummary, Training } from "@zhiwei/api/scorecard";
import type { Input } from "@zhiwei/api/route";
import { type Text, isoDate, problem } from "@zhiwei/core/basics";
import { featureById, holdsWhenSplit } from "@zhiwei/core/features";
import { type OnProgress, type Phase, type Recipe, recipeDefaults, settledOptions } from "@zhiwei/core/scorecard";
import type { Static } from "typebox";
import type { Db } from "../db/index.ts";
import type { Database } from "../db/schema.ts";
import { describeError, log } from "../http/log.ts";
import { Refusal, badRequest, internal, notFound, problemOf } from "../http/refusal.ts";
import type { Platform } from "../platform.ts";
import { VERSION } from "../system/version.ts";
import { getModel, keepModel } from "./registry.ts";
import { instant } from "../db/instant.ts";
import { type LoadedSample, loadSample } from "./sample.ts";
import { onThread } from "./work.ts";

export type TrainingRequest = Input<typeof startTraining>["body"] & { by: string };

/** What a training is at, for the reader. */
export const trainingPhase: Readonly<Record<Phase, Text>> = {
  bins: { zh: "分箱与回归", en: "Binning and regression" },
  folds: { zh: "交叉验证（分箱在折内）", en: "Cross-validation, binning inside the fold" },
  refits: { zh: "重抽样以估计不确定性", en: "Refits on resampled records, for the uncertainty" },
  challenger: { zh: "对照的梯度提升树", en: "Boosted trees beside it" },
  checks: { zh: "稳健性检查", en: "Checks" },
};

/** Whether only features are to be used that splitting invoices cannot move: unless somebody turns it off, where it can be known. */
const onlyUnmoved = ({ recipe }: TrainingRequest, { source }: LoadedSample): boolean =>
  recipe.unmovedBySplitting ?? source.kind === "platform";

const movable = (name: string): Refusal => {
  const feature = featureById(name)!;
  const why = feature.movedBySplitting!;
  return new Refusal(
    422,
    problem(
      "moved-by-splitting",
      `“${feature.name.zh}”（${name}）${why.zh}：企业换一种开票方式就能移动自己的评分。`,
      `"${feature.name.en}" (${name}) ${why.en}: an enterprise could move its own score by billing otherwise.`,
      "请改用按金额、日、月或对手方计的特征；确要使用，请关闭“只用分开开票不能改变的特征”，模型文档会记下。",
      "Use a feature of money, days, months or parties; or turn off “only features that billing in parts cannot move”, which the model document then records.",
    ),
  );
};

/** What must hold of a request against its sample before a thread is spent on it. */
const requireSound = (request: TrainingRequest, loaded: LoadedSample): void => {
  const { recipe } = request;
  const { sample, source } = loaded;
  const names = new Map(sample.features.map((feature) => [feature.name, feature.kind]));
  const options = recipe.options ?? {};
  const named = [
    ...(recipe.features ?? []),
    ...(options.priors ?? []).map((prior) => prior.feature),
    ...(options.edits ?? []).map((edit) => edit.feature),
    ...Object.keys(options.byFeature ?? {}),
  ];
  const unknown = named.find((name) => !names.has(name));
  if (unknown !== undefined) throw badRequest(`样本中没有特征“${unknown}”。`, `The sample has no feature "${unknown}".`);
  if (recipe.unmovedBySplitting && source.kind === "table")
    throw badRequest(
      "带入的表的列不在指标目录中，平台无从知道分开开票是否改变它们。",
      "The columns of a table that was brought are not in the catalogue, so nobody here knows whether billing in parts moves them.",
    );
  if (onlyUnmoved(request, loaded)) {
    const laidDown = [...(recipe.features ?? []), ...(options.priors ?? []).map((prior) => prior.feature)];
    const moved = laidDown.find((name) => !holdsWhenSplit(name));
    if (moved !== undefined) throw movable(moved);
  }
  if (recipe.features?.length === 0) throw badRequest("请至少选一个特征。", "Choose one feature at least.");
  const offered = recipe.features && new Set(recipe.features);
  for (const prior of options.priors ?? [])
    if (offered && !offered.has(prior.feature))
      throw badRequest(`特征“${prior.feature}”有专家先验但未入选。`, `Feature "${prior.feature}" has an expert prior but is not offered.`);
  for (const edit of options.edits ?? []) {
    if ("splits" in edit !== (names.get(edit.feature) === "numerical"))
      throw badRequest(`特征“${edit.feature}”的分箱方式与其类型不符。`, `The bins given for "${edit.feature}" do not fit its kind.`);
    if ("splits" in edit && edit.splits.some((split, at) => at > 0 && split <= edit.splits[at - 1]!))
      throw badRequest(`特征“${edit.feature}”的分界点须递增。`, `The boundaries of "${edit.feature}" must rise.`);
  }
  const days = [
    ...(options.priors ?? []).map((prior) => prior.setOn),
    ...(recipe.holdOut && "from" in recipe.holdOut ? [recipe.holdOut.from] : []),
  ];
  const noDay = days.find((day) => isoDate(day) === null);
  if (noDay !== undefined) throw badRequest(`“${noDay}”不是日历上的一天。`, `"${noDay}" is not a day of the calendar.`);
  if (recipe.holdOut && "from" in recipe.holdOut && sample.days === null)
    throw badRequest("样本没有日期列，不能按时间留出。", "The sample has no column of days to hold out by.");
};

/** Trains, validates and keeps a model. What the data do not allow is refused with the reason. */
export const train = async (
  platform: Platform,
  request: TrainingRequest,
  onProgress: OnProgress = () => {},
  signal?: AbortSignal,
): Promise<ModelSummary> => {
  const loaded = await loadSample(platform, request.sample);
  requireSound(request, loaded);
  if (request.basedOn) await getModel(platform.db, request.basedOn);
  const unmoved = onlyUnmoved(request, loaded);
  const asked = request.recipe as unknown as Partial<Recipe>;
  const given: Partial<Recipe> = {
    ...asked,
    ...(unmoved && !asked.features ? { features: loaded.sample.features.map(({ name }) => name).filter(holdsWhenSplit) } : {}),
    ...(loaded.source.kind === "platform" ? { unmovedBySplitting: unmoved } : {}),
  };
  // Priors and byFeature of features that are not offered would be refused as unknown; what is laid down for others stays out.
  const offered = given.features ? new Set(given.features) : null;
  const { byFeature, ...options } = given.options ?? {};
  const kept = Object.fromEntries(Object.entries(byFeature ?? {}).filter(([name]) => !offered || offered.has(name)));
  const edits = (options.edits ?? []).filter((edit) => !offered || offered.has(edit.feature));
  const recipe: Recipe = { ...recipeDefaults, ...given, options: settledOptions({ ...options, byFeature: kept, edits }) };
  const developed = await onThread({ kind: "develop", sample: loaded.sample, recipe }, onProgress, signal);
  if (!developed.ok) throw new Refusal(422, developed.error);
  const { title, purpose, limits, name, by, note, basedOn } = request;
  return keepModel(
    platform.db,
    {
      format: "zhiwei.scorecard.v1",
      name,
      title,
      purpose,
      limits,
      sample: loaded.source,
      code: { product: VERSION },
      madeBy: by,
      madeAt: new Date().toISOString(),
      note: note ?? "",
      basedOn: basedOn ?? null,
      recipe,
      development: developed.value,
    },
    loaded.source.kind === "platform" ? loaded.ids : [],
  );
};

const toTraining = (row: Selectable<Database["scorecard_training"]>): Static<typeof Training> => ({
  id: row.id,
  state: row.state,
  phase: row.phase === null ? null : trainingPhase[row.phase as Phase],
  done: row.done,
  total: row.total,
  model: row.model_id,
  problem: row.problem,
  startedAt: instant(row.started_at),
  finishedAt: row.finished_at && instant(row.finished_at),
});

export const getTrainingState = async (db: Db, id: string): Promise<Static<typeof Training>> => {
  const row = await db.selectFrom("scorecard_training").selectAll().where("id", "=", id).executeTakeFirst();
  if (!row) throw notFound({ zh: "训练", en: "training" }, id.slice(0, 100));
  return toTraining(row);
};

const PROGRESS_EVERY_MS = 200;
/** Trainings of this process, one after the other: each takes a whole core. */
const queues = new WeakMap<Platform, { last: Promise<void>; readonly stopping: AbortController }>();
const queueOf = (platform: Platform) => {
  let queue = queues.get(platform);
  if (!queue) queues.set(platform, (queue = { last: Promise.resolve(), stopping: new AbortController() }));
  return queue;
};

const perform = async (platform: Platform, id: string, request: TrainingRequest, signal: AbortSignal): Promise<void> => {
  const { db } = platform;
  const update = (values: Partial<{ phase: string; done: number; total: number; state: "running" }>) =>
    db.updateTable("scorecard_training").set(values).where("id", "=", id).execute();
  let written = 0;
  let writing: Promise<unknown> = update({ state: "running" });
  try {
    const model = await train(
      platform,
      request,
      (phase, done, total) => {
        if (Date.now() - written < PROGRESS_EVERY_MS) return;
        written = Date.now();
        writing = writing.then(() => update({ phase, done, total }));
        writing.catch(() => {}); // looked at below
      },
      signal,
    );
    await writing;
    await db
      .updateTable("scorecard_training")
      .set({ state: "done", model_id: model.id, finished_at: sql<string>`now()` })
      .where("id", "=", id)
      .execute();
  } catch (error) {
    await writing.catch(() => {});
    const stated = signal.aborted ? interrupted : problemOf(error);
    if (!stated) log(`training ${id}: ${describeError(error)}`);
    await db
      .updateTable("scorecard_training")
      .set({ state: "failed", problem: JSON.stringify(stated ?? internal), finished_at: sql<string>`now()` })
      .where("id", "=", id)
      .execute();
  }
};

/** Checks a request and puts it in the queue; its progress is read by `getTrainingState`. */
export const beginTraining = async (platform: Platform, request: TrainingRequest): Promise<Static<typeof Training>> => {
  requireSound(request, await loadSample(platform, request.sample));
  if (request.basedOn) await getModel(platform.db, request.basedOn);
  const id = randomUUID();
  await platform.db
    .insertInto("scorecard_training")
    .values({ id, request: JSON.stringify(request) })
    .execute();
  const queue = queueOf(platform);
  queue.last = queue.last
    .then(() => perform(platform, id, request, queue.stopping.signal))
    .catch((error: unknown) => log(`training ${id}: ${describeError(error)}`));
  return getTrainingState(platform.db, id);
};

const interrupted = problem(
  "interrupted",
  "训练因服务停止而中断。",
  "The training was cut off when the server stopped.",
  "请重新开始训练；相同样本与设置得到相同的模型。",
  "Start it again: the same sample and settings give the same model.",
);

/** Ends what runs; it says so in its row. */
export const stopTrainings = async (platform: Platform): Promise<void> => {
  const queue = queues.get(platform);
  queue?.stopping.abort();
  await queue?.last;
};

/** At a start: trainings that a process died over are told so. */
export const markInterrupted = async (db: Db): Promise<void> => {
  await db
    .updateTable("scorecard_training")
    .set({ state: "failed", problem: JSON.stringify(interrupted), finished_at: sql<string>`now()` })
    .where("state", "in", ["waiting", "running"])
    .execute();
};

/** The registry of models 模型登记簿: documents that never change, their standing, and what was done with them. */
import type { Selectable } from "kysely";
import type { ModelEvent, ModelSummary } from "@zhiwei/api/scorecard";
import { type Json, canonicalJson, problem } from "@zhiwei/core/basics";
import { featureById } from "@zhiwei/core/features";
import { type ModelAction, type ModelDocument, type Standing, act, featuresNeeded, possibleActions } from "@zhiwei/core/scorecard";
import type { Static } from "typebox";
import { type Db, type Tx, serializable } from "../db/index.ts";
import { type Revision, remembering } from "../db/revision.ts";
import type { Database } from "../db/schema.ts";
import { logRecords } from "../evidence/records.ts";
import { Refusal, notFound } from "../http/refusal.ts";
import { instant } from "../db/instant.ts";
import { sha256Hex } from "../system/hash.ts";

type Row = Selectable<Database["scorecard_model"]>;
type Kept = Pick<ModelSummary, "title" | "sample" | "records" | "events" | "features" | "auc" | "ks" | "madeAt">;

/** A model with its document parsed. */
export type Model = { readonly summary: ModelSummary; readonly document: ModelDocument; readonly seen: ReadonlySet<string> };

const standingOf = (row: Row): Standing => ({
  state: row.state,
  role: row.role,
  madeBy: row.made_by,
  submittedBy: row.submitted_by,
  applies: row.applies,
});

const toSummary = (row: Omit<Row, "document" | "seen">): ModelSummary => ({
  id: row.id,
  name: row.name,
  version: row.version,
  state: row.state,
  role: row.role,
  applies: row.applies,
  sha256: row.sha256,
  madeBy: row.made_by,
  approvedBy: row.approved_by,
  ...(row.summary as unknown as Kept),
});

/** What JSON cannot say becomes null: a trend that no fold allowed has no finite loss. */
export const plain = (value: unknown): Json => {
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (value === null || typeof value !== "object") return value as Json;
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number>, plain);
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).flatMap(([key, each]) => (each === undefined ? [] : [[key, plain(each)]])));
};

/** Keeps a document as the next version of its name. */
export const keepModel = async (db: Db, draft: Omit<ModelDocument, "version">, seen: readonly string[]): Promise<ModelSummary> =>
  serializable(db, async (tx) => {
    const { last } = await tx
      .selectFrom("scorecard_model")
      .select(({ fn }) => fn.max("version").as("last"))
      .where("name", "=", draft.name)
      .executeTakeFirstOrThrow();
    const document: ModelDocument = { ...draft, version: (last ?? 0) + 1 };
    const text = canonicalJson(plain(document));
    const id = `${document.name}@${document.version}`;
    const { development } = document;
    const { auc, ks } = development.validation;
    const summary: Kept = {
      title: document.title,
      sample: document.sample,
      records: development.records,
      events: development.events,
      features: development.card.features.length,
      auc: { mean: auc.mean, low: auc.low, high: auc.high },
      ks: ks.mean,
      madeAt: document.madeAt,
    };
    const sha256 = sha256Hex(text);
    const row = await tx
      .insertInto("scorecard_model")
      .values({
        id,
        name: document.name,
        version: document.version,
        document: text,
        sha256,
        summary: JSON.stringify(summary),
        seen: [...seen],
        applies: document.sample.kind === "platform" && featuresNeeded(development).every((feature) => featureById(feature) !== undefined),
        made_by: document.madeBy,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    await note(tx, row, "train", document.madeBy, document.note);
    return toSummary(row);
  });

const note = (tx: Tx, row: Pick<Row, "id" | "sha256">, action: Static<typeof ModelEvent>["action"], by: string, text: string) =>
  tx.insertInto("scorecard_event").values({ model_id: row.id, action, by_whom: by, note: text, sha256: row.sha256 }).execute();

const columns = [
  "id",
  "name",
  "version",
  "sha256",
  "summary",
  "applies",
  "state",
  "role",
  "made_by",
  "submitted_by",
  "approved_by",
  "created_at",
] as const;

/** Champion, challengers, then the others; the newest first within each. */
export const listModels = async (db: Db): Promise<ModelSummary[]> => {
  const found = await db.selectFrom("scorecard_model").select(columns).orderBy("created_at", "desc").orderBy("id").execute();
  const place = (row: Pick<Row, "role">) => (row.role === "champion" ? 0 : row.role === "challenger" ? 1 : 2);
  return found.toSorted((a, b) => place(a) - place(b)).map(toSummary);
};

const rowOf = async (db: Db | Tx, id: string): Promise<Row> => {
  const row = await db.selectFrom("scorecard_model").selectAll().where("id", "=", id).executeTakeFirst();
  if (!row) throw notFound({ zh: "模型", en: "model" }, id.slice(0, 100));
  return row;
};

const parsed = (row: Row): Model => ({
  summary: toSummary(row),
  document: JSON.parse(row.document) as ModelDocument,
  seen: new Set(row.seen),
});

/** Documents never change, so those read once need not be read again; only their standing does. */
const documents = new Map<string, Model>();
const DOCUMENTS_KEPT = 12;

const modelAt = async (db: Db, { id, sha256 }: Pick<Row, "id" | "sha256">): Promise<Model> => {
  const known = documents.get(sha256);
  if (known) return known;
  const model = parsed(await rowOf(db, id));
  documents.set(sha256, model);
  for (const key of documents.keys()) if (documents.size > DOCUMENTS_KEPT) documents.delete(key);
  return model;
};

export const getModel = async (db: Db, id: string): Promise<Model> => {
  const row = await db.selectFrom("scorecard_model").select(columns).where("id", "=", id).executeTakeFirst();
  if (!row) throw notFound({ zh: "模型", en: "model" }, id.slice(0, 100));
  return { ...(await modelAt(db, row)), summary: toSummary(row) };
};

export const modelDetails = async (
  db: Db,
  id: string,
): Promise<Model & { readonly text: string; readonly events: Static<typeof ModelEvent>[]; readonly actions: ModelAction[] }> => {
  const row = await rowOf(db, id);
  const events = await db.selectFrom("scorecard_event").selectAll().where("model_id", "=", id).orderBy("id").execute();
  return {
    ...parsed(row),
    text: row.document,
    events: events.map((event) => ({
      action: event.action as Static<typeof ModelEvent>["action"],
      by: event.by_whom,
      note: event.note,
      at: instant(event.at),
    })),
    actions: possibleActions(standingOf(row)),
  };
};

/** The models in use: the champion, if there is one, and those in shadow. */
export const modelsInUse = (db: Db, revision?: Revision | null): Promise<InUse> => inUse(db, revision, "", () => readInUse(db));

type InUse = { readonly champion: Model | null; readonly challengers: Model[] };
const inUse = remembering<InUse>(["models"], 1);

const readInUse = async (db: Db): Promise<InUse> => {
  const found = await db.selectFrom("scorecard_model").select(columns).where("role", "is not", null).orderBy("id").execute();
  const models = await Promise.all(found.map(async (row): Promise<Model> => ({ ...(await modelAt(db, row)), summary: toSummary(row) })));
  return {
    champion: models.find((model) => model.summary.role === "champion") ?? null,
    challengers: models.filter((model) => model.summary.role === "challenger"),
  };
};

export const noChampion = new Refusal(
  409,
  problem(
    "no-champion",
    "没有在用的评分模型。",
    "No scorecard is in use.",
    "请先训练、审批并上线一个模型，或用 --model 指定模型。",
    "Train, approve and deploy one first, or name a model with --model.",
  ),
);

const stale = new Refusal(
  409,
  problem(
    "not-what-was-seen",
    "所审批文档的哈希与登记簿中的不同。",
    "The document approved is not the one in the registry: their hashes differ.",
    "请重新打开模型页，核对后再审批。",
    "Open the model's page again and approve what it shows.",
  ),
);

/** Does an action with a model, in one transaction with its record. What is not allowed is refused with the reason. */
export const actOn = async (
  db: Db,
  id: string,
  {
    action,
    by,
    note: text = "",
    sha256,
  }: { readonly action: ModelAction; readonly by: string; readonly note?: string; readonly sha256?: string },
): Promise<ModelSummary> =>
  serializable(db, async (tx) => {
    const row = await rowOf(tx, id);
    if (action === "approve" && sha256 !== row.sha256) throw stale;
    const next = act(standingOf(row), action, by, text);
    if (!next.ok) throw new Refusal(409, next.error);
    if (action === "deploy") await standDown(tx, by, id);
    const changed = await tx
      .updateTable("scorecard_model")
      .set({
        state: next.value.state,
        role: next.value.role,
        submitted_by: next.value.submittedBy,
        ...(action === "approve" ? { approved_by: by } : {}),
      })
      .where("id", "=", id)
      .returningAll()
      .executeTakeFirstOrThrow();
    await note(tx, row, action, by, text);
    await logAction(tx, row, action, by);
    return toSummary(changed);
  });

/** What is done with a model, as the evidence log has it. */
const logAction = (tx: Tx, { id, sha256 }: Pick<Row, "id" | "sha256">, action: ModelAction, by: string): Promise<number> =>
  logRecords(tx, [{ kind: "model-approval", subject: null, content: { model: id, sha256, action, by }, about: sha256 }], new Date());

/** There is one champion: whoever holds the place leaves it. */
const standDown = async (tx: Tx, by: string, successor: string): Promise<void> => {
  const before = await tx.updateTable("scorecard_model").set({ role: null }).where("role", "=", "champion").returningAll().execute();
  for (const row of before) await note(tx, row, "replaced", by, successor);
};

const nothingBefore = new Refusal(
  409,
  problem(
    "nothing-before",
    "没有可以回退到的上一任冠军模型。",
    "There is no earlier champion to roll back to.",
    "只有曾经上线、之后被替换且仍获批准的模型可以回退。",
    "Only a model that was champion, was replaced, and is still approved can take its place again.",
  ),
);

/** The champion that was replaced last and is still approved takes its place again. */
export const rollBack = async (db: Db, by: string, text: string): Promise<ModelSummary> =>
  serializable(db, async (tx) => {
    const champion = await tx.selectFrom("scorecard_model").select("id").where("role", "=", "champion").executeTakeFirst();
    const before = await tx
      .selectFrom("scorecard_event")
      .innerJoin("scorecard_model", "scorecard_model.id", "scorecard_event.model_id")
      .select("scorecard_model.id")
      .where("scorecard_event.action", "in", ["replaced", "stand-down"])
      .where("scorecard_model.state", "=", "approved")
      .where("scorecard_model.id", "!=", champion?.id ?? "")
      .orderBy("scorecard_event.id", "desc")
      .limit(1)
      .executeTakeFirst();
    if (!before) throw nothingBefore;
    const row = await rowOf(tx, before.id);
    const next = act({ ...standingOf(row), role: null }, "deploy", by, text);
    if (!next.ok) throw new Refusal(409, next.error);
    await standDown(tx, by, row.id);
    const changed = await tx
      .updateTable("scorecard_model")
      .set({ role: "champion" })
      .where("id", "=", row.id)
      .returningAll()
      .executeTakeFirstOrThrow();
    await note(tx, row, "deploy", by, text);
    await logAction(tx, row, "deploy", by);
    return toSummary(changed);
  });

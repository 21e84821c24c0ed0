/** Subscriptions of parties to events, the record of what was delivered, and replay. A party sees its own alone. */
import { randomBytes, randomUUID } from "node:crypto";
import { type Selectable, sql } from "kysely";
import type { AttemptProblem, EventType, listDeliveries, listWebhooks } from "@zhiwei/api/events";
import type { Output } from "@zhiwei/api/route";
import { problem } from "@zhiwei/core/basics";
import type { Actor } from "../access/actor.ts";
import type { Db, Tx } from "../db/index.ts";
import type { Database } from "../db/schema.ts";
import { Refusal, notFound } from "../http/refusal.ts";
import { instant } from "../db/instant.ts";
import { notify } from "./outbox.ts";
import type { Seal } from "./seal.ts";
import { misfitOf } from "./send.ts";

type Row = Selectable<Database["webhook"]>;
type Webhook = Output<typeof listWebhooks>[number];

/** Of one party; more would let one party keep the worker busy. */
const MOST_WEBHOOKS = 20;
/** How long events are kept for replay, in days. */
const KEPT_DAYS = 90;
const SECRET_BYTES = 32;

const WEBHOOK = { zh: "订阅", en: "subscription" };

const notAllowed = (code: "url" | "address"): Refusal =>
  new Refusal(
    422,
    code === "url"
      ? problem(
          "wrong-url",
          "这不是可以投递的网址。",
          "This is no address that can be delivered to.",
          "应为 http 或 https 网址，不含用户名、口令与 # 部分。",
          "Give an http or https address without user name, password and fragment.",
        )
      : problem(
          "private-address",
          "不向内网地址投递。",
          "Nothing is delivered to addresses of private networks.",
          "请换用公网地址；演示时可由运维人员设置 ZHIWEI_WEBHOOKS_LOCAL=1。",
          "Give a public address; for a demonstration the operator can set ZHIWEI_WEBHOOKS_LOCAL=1.",
        ),
  );
const tooMany = new Refusal(
  409,
  problem(
    "too-many-webhooks",
    `每一方最多 ${MOST_WEBHOOKS} 个订阅。`,
    `A party has ${MOST_WEBHOOKS} subscriptions at most.`,
    "请先取消不用的订阅。",
    "End those that are of no use any more.",
  ),
);

const toWebhook = (row: Row, waiting: number): Webhook => ({
  id: row.id,
  url: row.url,
  types: row.types,
  madeBy: row.made_by,
  madeAt: instant(row.made_at),
  failingSince: row.failing_since && instant(row.failing_since),
  disabledAt: row.disabled_at && instant(row.disabled_at),
  disabledReason: row.disabled_reason,
  waiting,
});

const withWaiting = (db: Db | Tx) =>
  db
    .selectFrom("webhook")
    .selectAll("webhook")
    .select((row) =>
      row
        .selectFrom("webhook_delivery")
        .whereRef("webhook_delivery.webhook", "=", "webhook.id")
        .where("webhook_delivery.state", "=", "waiting")
        .select((of) => of.fn.countAll<number>().as("waiting"))
        .as("waiting"),
    );

export const webhooksOf = async (db: Db, actor: Actor): Promise<Webhook[]> =>
  (await withWaiting(db).where("party", "=", actor.party).orderBy("made_at").orderBy("id").execute()).map((row) =>
    toWebhook(row, row.waiting ?? 0),
  );

/** One of the party's own. Whether another party has one is nobody's business. */
const own = async (tx: Db | Tx, actor: Actor, id: string): Promise<Webhook> => {
  const row = await withWaiting(tx).where("id", "=", id).where("party", "=", actor.party).executeTakeFirst();
  if (!row) throw notFound(WEBHOOK, id);
  return toWebhook(row, row.waiting ?? 0);
};

const lockOwn = async (tx: Tx, actor: Actor, id: string): Promise<Row> => {
  const row = await tx
    .selectFrom("webhook")
    .selectAll()
    .where("id", "=", id)
    .where("party", "=", actor.party)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (!row) throw notFound(WEBHOOK, id);
  return row;
};

const newSecret = () => {
  const bytes = randomBytes(SECRET_BYTES);
  return { bytes, text: `whsec_${bytes.toString("base64")}` };
};

type Settings = { readonly seal: Seal; readonly local: boolean };

export const addWebhook = async (
  db: Db,
  { seal, local }: Settings,
  actor: Actor,
  { url, types }: { readonly url: string; readonly types: EventType[] },
  now: Date,
): Promise<{ webhook: Webhook; secret: string }> => {
  const misfit = misfitOf(url, local);
  if (misfit) throw notAllowed(misfit);
  const id = randomUUID();
  const { bytes, text } = newSecret();
  return db.transaction().execute(async (tx) => {
    // Two at once count one after the other.
    await sql`select pg_advisory_xact_lock(hashtextextended(${`webhooks of ${actor.party}`}, 0))`.execute(tx);
    const { have } = await tx
      .selectFrom("webhook")
      .select((of) => of.fn.countAll<number>().as("have"))
      .where("party", "=", actor.party)
      .executeTakeFirstOrThrow();
    if (have >= MOST_WEBHOOKS) throw tooMany;
    await tx
      .insertInto("webhook")
      .values({ id, party: actor.party, url, types, secret: seal.seal(bytes, id), made_by: actor.name, made_at: now.toISOString() })
      .execute();
    return { webhook: await own(tx, actor, id), secret: text };
  });
};

/** Ends what waits for a subscription that is delivered to no more; it can be replayed later. */
export const giveUpWaiting = (tx: Tx, webhook: string) =>
  tx.updateTable("webhook_delivery").set({ state: "given-up" }).where("webhook", "=", webhook).where("state", "=", "waiting").execute();

export const changeWebhook = async (
  db: Db,
  { seal, local }: Settings,
  actor: Actor,
  id: string,
  wanted: { readonly url?: string; readonly types?: EventType[]; readonly enabled?: boolean; readonly newSecret?: true },
  now: Date,
): Promise<{ webhook: Webhook; secret: string | null }> => {
  const misfit = wanted.url === undefined ? null : misfitOf(wanted.url, local);
  if (misfit) throw notAllowed(misfit);
  const secret = wanted.newSecret ? newSecret() : null;
  return db.transaction().execute(async (tx) => {
    const row = await lockOwn(tx, actor, id);
    const disable = wanted.enabled === false && row.disabled_at === null;
    const enable = wanted.enabled === true && row.disabled_at !== null;
    await tx
      .updateTable("webhook")
      .set({
        url: wanted.url ?? row.url,
        types: wanted.types ?? row.types,
        ...(secret ? { secret: seal.seal(secret.bytes, id) } : {}),
        ...(disable ? { disabled_at: now.toISOString(), disabled_reason: "by-hand" as const } : {}),
        ...(enable ? { disabled_at: null, disabled_reason: null, failing_since: null } : {}),
      })
      .where("id", "=", id)
      .execute();
    if (disable) await giveUpWaiting(tx, id);
    return { webhook: await own(tx, actor, id), secret: secret?.text ?? null };
  });
};

export const removeWebhook = async (db: Db, actor: Actor, id: string): Promise<void> => {
  const gone = await db.deleteFrom("webhook").where("id", "=", id).where("party", "=", actor.party).returning("id").executeTakeFirst();
  if (!gone) throw notFound(WEBHOOK, id);
};

type Attempt = { readonly at: string; readonly ms: number; readonly status: number | null; readonly problem: AttemptProblem | null };

export const deliveriesOf = async (
  db: Db,
  actor: Actor,
  id: string,
  {
    page = 1,
    pageSize = 25,
    state,
  }: { readonly page?: number; readonly pageSize?: number; readonly state?: "waiting" | "delivered" | "given-up" },
): Promise<Output<typeof listDeliveries>> => {
  await own(db, actor, id);
  let found = db.selectFrom("webhook_delivery").innerJoin("event", "event.place", "webhook_delivery.event").where("webhook", "=", id);
  if (state !== undefined) found = found.where("state", "=", state);
  const [{ total }, rows] = await Promise.all([
    found.select((of) => of.fn.countAll<number>().as("total")).executeTakeFirstOrThrow(),
    found
      .select(["event.id", "event.type", "event.subject", "event.at", "webhook_delivery.state", "webhook_delivery.due_at"])
      .select(
        sql<
          Attempt[]
        >`coalesce((select json_agg(json_build_object('at', a.at, 'ms', a.ms, 'status', a.status, 'problem', a.problem) order by a.id)
          from webhook_attempt a where a.webhook = webhook_delivery.webhook and a.event = webhook_delivery.event), '[]')`.as("attempts"),
      )
      .orderBy("event.place", "desc")
      .limit(pageSize)
      .offset((page - 1) * pageSize)
      .execute(),
  ]);
  return {
    items: rows.map(({ due_at, at, id: event, attempts, ...row }) => ({
      ...row,
      event,
      at: instant(at),
      dueAt: row.state === "waiting" ? instant(due_at) : null,
      attempts: attempts.map((each) => ({ ...each, at: new Date(each.at).toISOString() })),
    })),
    total,
    page,
    pageSize,
  };
};

const disabled = new Refusal(
  409,
  problem("webhook-disabled", "这一订阅已停用。", "This subscription is disabled.", "请先启用它，再重放。", "Enable it, then replay."),
);

/** Puts the party's events of the subscribed types, from one event or instant on, into the queue again. Gives how many. */
export const replayEvents = async (
  db: Db,
  actor: Actor,
  id: string,
  from: { readonly event: string } | { readonly since: string },
  now: Date,
): Promise<number> =>
  db.transaction().execute(async (tx) => {
    const row = await lockOwn(tx, actor, id);
    if (row.disabled_at !== null) throw disabled;
    let first: number | null = null;
    if ("event" in from) {
      const known = await tx
        .selectFrom("event")
        .select("place")
        .where("id", "=", from.event)
        .where(sql<boolean>`${actor.party} = any (parties)`)
        .executeTakeFirst();
      if (!known) throw notFound({ zh: "事件", en: "event" }, from.event);
      first = known.place;
    }
    const since = "since" in from ? new Date(from.since) : null;
    if (since && Number.isNaN(since.getTime())) throw notAnInstant;
    const at = now.toISOString();
    const { numAffectedRows } = await sql`
      insert into webhook_delivery (webhook, event, queued_at, due_at)
      select ${id}::uuid, place, ${at}::timestamptz, ${at}::timestamptz from event
      where ${actor.party} = any (parties) and type = any (${row.types}::text[])
        and ${first === null ? sql`at >= ${since!.toISOString()}::timestamptz` : sql`place >= ${first}::bigint`}
      on conflict (webhook, event) do update set state = 'waiting', queued_at = excluded.queued_at, due_at = excluded.due_at, failures = 0`.execute(
      tx,
    );
    const queued = Number(numAffectedRows ?? 0);
    if (queued > 0) await notify(tx);
    return queued;
  });

const notAnInstant = new Refusal(
  400,
  problem(
    "bad-request",
    "since 不是一个时刻。",
    "since is no instant.",
    "应形如 2026-01-31T08:00:00Z。",
    "Write it as 2026-01-31T08:00:00Z.",
  ),
);

/** Lets go of events that are too old to be replayed, with the record of their deliveries. Gives how many. */
export const forgetEvents = async (db: Db, now: Date): Promise<number> => {
  const before = new Date(now.getTime() - KEPT_DAYS * 24 * 3600 * 1000).toISOString();
  const { numDeletedRows } = await db.deleteFrom("event").where("at", "<", before).executeTakeFirstOrThrow();
  return Number(numDeletedRows);
};

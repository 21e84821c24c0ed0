/** Subscriptions of parties to events, the record of what was delivered, and replay. A party sees its own alone. */
import { randomBytes, randomUUID } from "node:crypto";
import { type RawBuilder, type Selectable, sql } from "kysely";
import { type DeliveryState, type EventType, TRIAL, type listDeliveries, type listWebhooks, type readDelivery } from "@zhiwei/api/events";
import type { Output } from "@zhiwei/api/route";
import { canonicalJson, problem } from "@zhiwei/core/basics";
import type { Actor } from "../access/actor.ts";
import type { Db, Tx } from "../db/index.ts";
import type { Database } from "../db/schema.ts";
import { Refusal, notFound } from "../http/refusal.ts";
import { instant } from "../db/instant.ts";
import { bodyOf, notify } from "./outbox.ts";
import type { Seal } from "./seal.ts";
import { misfitOf } from "./send.ts";

type Row = Selectable<Database["webhook"]>;
type Webhook = Output<typeof listWebhooks>[number];

/** Of one party; more would let one party keep the worker busy. */
const MOST_WEBHOOKS = 20;
/** How long events are kept for replay, in days. */
const KEPT_DAYS = 90;
const SECRET_BYTES = 32;
/**
 * How long a secret signs along after it was replaced: receivers are changed by hand, through a release and maybe by somebody who is at
 * work tomorrow; and as long as what fails meanwhile is tried, so that in the worst case nothing of it is lost.
 */
const OLD_SIGNS_MS = 24 * 3600 * 1000;
/** How many replaced secrets sign along; each is a signature more with all that is sent. */
const MOST_OLD = 4;

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

const tooManySecrets = new Refusal(
  409,
  problem(
    "too-many-secrets",
    `24 小时内已换发 ${MOST_OLD} 次，旧密钥都还在签名。`,
    `It was given ${MOST_OLD} new secrets within 24 hours, and the old ones all sign along.`,
    "请先作废旧密钥（endOld），或等最早的到期。",
    "End the old ones (endOld), or wait until the first of them has ended.",
  ),
);

/** An attempt as PostgreSQL writes it in JSON. */
type Attempt = NonNullable<Webhook["lastAttempt"]>;
const toAttempt = (attempt: Attempt): Attempt => ({ ...attempt, at: new Date(attempt.at).toISOString() });
const ATTEMPT = sql.raw("json_build_object('at', a.at, 'ms', a.ms, 'status', a.status, 'problem', a.problem)");

type Standing = {
  readonly waiting: number | null;
  readonly last: Attempt | null;
  readonly missed: string | null;
  readonly old_until: string | null;
};

const toWebhook = (row: Row & Standing): Webhook => ({
  id: row.id,
  url: row.url,
  types: row.types,
  madeBy: row.made_by,
  madeAt: instant(row.made_at),
  failingSince: row.failing_since && instant(row.failing_since),
  disabledAt: row.disabled_at && instant(row.disabled_at),
  disabledReason: row.disabled_reason,
  oldSecretUntil: row.old_until && instant(row.old_until),
  waiting: row.waiting ?? 0,
  lastAttempt: row.last && toAttempt(row.last),
  missedSince: row.missed && instant(row.missed),
});

const withStanding = (db: Db | Tx) =>
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
    )
    .select(
      sql<Attempt | null>`(select ${ATTEMPT} from webhook_attempt a where a.webhook = webhook.id order by a.id desc limit 1)`.as("last"),
    )
    .select(
      sql<string | null>`(select max(o.until) from webhook_old_secret o where o.webhook = webhook.id and o.until > now())`.as("old_until"),
    )
    .select(
      sql<string | null>`least(webhook.disabled_at, (select min(event.at) from webhook_delivery d join event on event.place = d.event
        where d.webhook = webhook.id and d.state = 'given-up' and event.type <> ${TRIAL}))`.as("missed"),
    );

export const webhooksOf = async (db: Db, actor: Actor): Promise<Webhook[]> =>
  (await withStanding(db).where("party", "=", actor.party).orderBy("made_at").orderBy("id").execute()).map(toWebhook);

/** One of the party's own. Whether another party has one is nobody's business. */
const own = async (tx: Db | Tx, actor: Actor, id: string): Promise<Webhook> => {
  const row = await withStanding(tx).where("id", "=", id).where("party", "=", actor.party).executeTakeFirst();
  if (!row) throw notFound(WEBHOOK, id);
  return toWebhook(row);
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
  wanted: {
    readonly url?: string;
    readonly types?: EventType[];
    readonly enabled?: boolean;
    readonly newSecret?: true;
    readonly endOld?: true;
  },
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
    if (wanted.endOld) await tx.deleteFrom("webhook_old_secret").where("webhook", "=", id).execute();
    // One that does not open signs nothing, now or later.
    else if (secret && seal.open(row.secret, id) !== null) await signAlong(tx, row, now);
    if (disable) await giveUpWaiting(tx, id);
    return { webhook: await own(tx, actor, id), secret: secret?.text ?? null };
  });
};

/** Lets the secret that is being replaced sign along, beside those before it: a new one that was lost again leaves no gap either. */
const signAlong = async (tx: Tx, { id, secret }: Row, now: Date): Promise<void> => {
  await tx.deleteFrom("webhook_old_secret").where("webhook", "=", id).where("until", "<=", now.toISOString()).execute();
  const { have } = await tx
    .selectFrom("webhook_old_secret")
    .select((of) => of.fn.countAll<number>().as("have"))
    .where("webhook", "=", id)
    .executeTakeFirstOrThrow();
  if (have >= MOST_OLD) throw tooManySecrets;
  await tx
    .insertInto("webhook_old_secret")
    .values({ webhook: id, secret, until: new Date(now.getTime() + OLD_SIGNS_MS).toISOString() })
    .execute();
};

export const removeWebhook = async (db: Db, actor: Actor, id: string): Promise<void> => {
  const gone = await db.deleteFrom("webhook").where("id", "=", id).where("party", "=", actor.party).returning("id").executeTakeFirst();
  if (!gone) throw notFound(WEBHOOK, id);
};

/** Deliveries of one subscription with the events that they are of. */
const deliveriesTo = (db: Db | Tx, webhook: string) =>
  db
    .selectFrom("webhook_delivery")
    .innerJoin("event", "event.place", "webhook_delivery.event")
    .where("webhook", "=", webhook)
    .select(["event.id", "event.type", "event.subject", "event.data", "event.at"])
    .select(["webhook_delivery.state", "webhook_delivery.due_at", "webhook_delivery.queued_at"])
    .select(
      sql<Attempt[]>`coalesce((select json_agg(${ATTEMPT} order by a.id) from webhook_attempt a
        where a.webhook = webhook_delivery.webhook and a.event = webhook_delivery.event), '[]')`.as("attempts"),
    );

const toDelivery = (row: Awaited<ReturnType<ReturnType<typeof deliveriesTo>["executeTakeFirstOrThrow"]>>) => ({
  event: row.id,
  type: row.type,
  subject: row.subject,
  at: instant(row.at),
  queuedAt: instant(row.queued_at),
  state: row.state,
  dueAt: row.state === "waiting" ? instant(row.due_at) : null,
  attempts: row.attempts.map(toAttempt),
});

export const deliveriesOf = async (
  db: Db,
  actor: Actor,
  id: string,
  {
    page = 1,
    pageSize = 25,
    state,
    queuedAt,
  }: { readonly page?: number; readonly pageSize?: number; readonly state?: DeliveryState; readonly queuedAt?: string },
): Promise<Output<typeof listDeliveries>> => {
  await own(db, actor, id);
  const replay = queuedAt === undefined ? null : instantIn("queuedAt", queuedAt);
  const ofReplay = replay === null ? sql<boolean>`true` : sql<boolean>`queued_at = ${replay}::timestamptz`;
  let found = deliveriesTo(db, id).where(ofReplay);
  if (state !== undefined) found = found.where("state", "=", state);
  const [counted, rows] = await Promise.all([
    db
      .selectFrom("webhook_delivery")
      .select("state")
      .select((of) => of.fn.countAll<number>().as("count"))
      .where("webhook", "=", id)
      .where(ofReplay)
      .groupBy("state")
      .execute(),
    found
      .orderBy("event.place", "desc")
      .limit(pageSize)
      .offset((page - 1) * pageSize)
      .execute(),
  ]);
  const counts = { waiting: 0, delivered: 0, "given-up": 0 };
  for (const each of counted) counts[each.state] = each.count;
  const total = state === undefined ? counts.waiting + counts.delivered + counts["given-up"] : counts[state];
  return { items: rows.map(toDelivery), total, page, pageSize, counts };
};

const EVENT = { zh: "事件", en: "event" };

export const deliveryOf = async (db: Db, actor: Actor, id: string, event: string, source: string): Promise<Output<typeof readDelivery>> => {
  await own(db, actor, id);
  const row = await deliveriesTo(db, id).where("event.id", "=", event).executeTakeFirst();
  if (!row) throw notFound(EVENT, event);
  return { ...toDelivery(row), body: bodyOf(row, source) };
};

const disabled = new Refusal(
  409,
  problem("webhook-disabled", "这一订阅已停用。", "This subscription is disabled.", "请先启用它。", "Enable it first."),
);
const trialWaits = new Refusal(
  409,
  problem(
    "trial-waiting",
    "上一次试投还没有结果。",
    "The last trial has not come to an end yet.",
    "请等它结束后再试。",
    "Wait for it, then try again.",
  ),
);

/** Sends an event to one subscription in which nothing happened: whether it arrives, and is verified, is what is to be seen. */
export const trialOf = async (db: Db, actor: Actor, id: string, now: Date): Promise<string> =>
  db.transaction().execute(async (tx) => {
    const row = await lockOwn(tx, actor, id);
    if (row.disabled_at !== null) throw disabled;
    const waits = await tx
      .selectFrom("webhook_delivery")
      .innerJoin("event", "event.place", "webhook_delivery.event")
      .select("event.id")
      .where("webhook", "=", id)
      .where("state", "=", "waiting")
      .where("event.type", "=", TRIAL)
      .executeTakeFirst();
    if (waits) throw trialWaits;
    const at = now.toISOString();
    const event = await tx
      .insertInto("event")
      .values({ type: TRIAL, subject: id, data: canonicalJson({ webhook: id }), parties: [actor.party], at })
      .returning(["id", "place"])
      .executeTakeFirstOrThrow();
    await tx.insertInto("webhook_delivery").values({ webhook: id, event: event.place, queued_at: at, due_at: at }).execute();
    await notify(tx);
    return event.id;
  });

/** Where to replay from; `only`: one event that is in the record of this subscription, whatever its type. */
type From = { readonly event: string } | { readonly since: string } | { readonly only: string };

/** Puts the party's events of the subscribed types, from one event or instant on, or one alone, into the queue again. */
export const replayEvents = async (
  db: Db,
  actor: Actor,
  id: string,
  from: From,
  now: Date,
): Promise<{ events: number; queuedAt: string }> =>
  db.transaction().execute(async (tx) => {
    const row = await lockOwn(tx, actor, id);
    if (row.disabled_at !== null) throw disabled;
    const which = await chosen(tx, actor, row, from);
    const at = now.toISOString();
    const { numAffectedRows } = await sql`
      insert into webhook_delivery (webhook, event, queued_at, due_at)
      select ${id}::uuid, place, ${at}::timestamptz, ${at}::timestamptz from event
      where ${actor.party} = any (parties) and ${which}
      on conflict (webhook, event) do update set state = 'waiting', queued_at = excluded.queued_at, due_at = excluded.due_at, failures = 0`.execute(
      tx,
    );
    const events = Number(numAffectedRows ?? 0);
    if (events > 0) await notify(tx);
    return { events, queuedAt: at };
  });

/** Which events a replay is of, as a condition on table `event`. */
const chosen = async (tx: Tx, actor: Actor, row: Row, from: From): Promise<RawBuilder<boolean>> => {
  const subscribed = sql<boolean>`type = any (${row.types}::text[])`;
  if ("since" in from) return sql<boolean>`${subscribed} and at >= ${instantIn("since", from.since)}::timestamptz`;
  const wanted = "only" in from ? from.only : from.event;
  const known = await ("only" in from ? deliveriesTo(tx, row.id) : tx.selectFrom("event"))
    .select("event.place")
    .where("event.id", "=", wanted)
    .where(sql<boolean>`${actor.party} = any (event.parties)`)
    .executeTakeFirst();
  if (!known) throw notFound(EVENT, wanted);
  return "only" in from ? sql<boolean>`place = ${known.place}::bigint` : sql<boolean>`${subscribed} and place >= ${known.place}::bigint`;
};

/** An instant of a request. Refuses what has the form of one and is none. */
const instantIn = (name: string, text: string): string => {
  const found = new Date(text);
  if (!Number.isNaN(found.getTime())) return found.toISOString();
  throw new Refusal(
    400,
    problem(
      "bad-request",
      `${name} 不是一个时刻。`,
      `${name} is no instant.`,
      "应形如 2026-01-31T08:00:00Z。",
      "Write it as 2026-01-31T08:00:00Z.",
    ),
  );
};

/** Lets go of events that are too old to be replayed, with the record of their deliveries, and of secrets that sign no more. Gives how many events. */
export const forgetEvents = async (db: Db, now: Date): Promise<number> => {
  const before = new Date(now.getTime() - KEPT_DAYS * 24 * 3600 * 1000).toISOString();
  await db.deleteFrom("webhook_old_secret").where("until", "<=", now.toISOString()).execute();
  const { numDeletedRows } = await db.deleteFrom("event").where("at", "<", before).executeTakeFirstOrThrow();
  return Number(numDeletedRows);
};

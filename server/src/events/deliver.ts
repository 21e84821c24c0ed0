/**
 * Delivers events 投递, at least once: a delivery counts as made when the receiver's answer is written down, and is made again, under the
 * same id, where a process dies before that. One process of a database delivers at a time; PostgreSQL lets go of its lock however it ends.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import pg from "pg";
import { type AttemptProblem, TRIAL } from "@zhiwei/api/events";
import type { Db, Tx } from "../db/index.ts";
import { describeError, log } from "../http/log.ts";
import type { Platform } from "../platform.ts";
import { instant } from "../db/instant.ts";
import { CHANNEL, type Kept, bodyOf } from "./outbox.ts";
import { type Seal, openSeal } from "./seal.ts";
import { type Sent, send } from "./send.ts";
import { giveUpWaiting } from "./store.ts";

/** Key of the lock that lets one process of a database be the one that delivers. */
const LOCK = 4757;
const TIMEOUT_MS = 10_000;
const FIRST_WAIT_MS = 5000;
const LONGEST_WAIT_MS = 4 * 3600 * 1000;
/** How long one event is tried; a subscription that was tried for as long and took nothing is disabled. */
const PATIENCE_MS = 24 * 3600 * 1000;
/**
 * By the rule of waits, tries of what is waiting are never further apart than `LONGEST_WAIT_MS`. Where they are by twice as much, it was
 * this platform that stood still, and a time in which nothing was tried is no time in which nothing was taken.
 */
const STOOD_STILL_MS = 2 * LONGEST_WAIT_MS;
/** Subscriptions that are delivered to at once; within one, events go one after the other. */
const LANES = 32;
/** How many in one go, before others have their turn. */
const RUN = 20;
const POLL_MS = 30_000;

/**
 * How long to wait after the `failures`-th failure in a row: twice as long each time, from 5 seconds to 4 hours, less up to a half by
 * chance (`random` from 0 to 1), so that many who failed together do not come back together.
 */
export const waitAfter = (failures: number, random: number): number =>
  Math.min(FIRST_WAIT_MS * 2 ** Math.min(failures - 1, 30), LONGEST_WAIT_MS) * (1 - random / 2);

export type Deliverer = { stop(): Promise<void> };

/** Delivers from now on: at once what is queued, later what was not taken. `source` is the platform's address. */
export const startDelivery = async (platform: Platform, source: () => string): Promise<Deliverer> => {
  const { db, config } = platform;
  const seal = await openSeal(config);
  const stopping = new AbortController();
  const busy = new Map<string, Promise<void>>();
  let wake = (): void => {};

  /** Starts a lane for each subscription that has something due and none yet. Gives how long until there may be more, in milliseconds. */
  const pass = async (): Promise<number> => {
    const occupied = [...busy.keys()];
    const { rows } = await sql<{ webhook: string; due: string }>`
      select d.webhook, min(d.due_at) as due from webhook_delivery d join webhook w on w.id = d.webhook
      where d.state = 'waiting' and w.disabled_at is null and not d.webhook = any (${occupied}::uuid[])
      group by d.webhook, w.tried_at order by w.tried_at nulls first`.execute(db);
    const now = Date.now();
    let next = POLL_MS;
    for (const { webhook, due } of rows) {
      const inMs = Date.parse(instant(due)) - now;
      if (inMs > 0) next = Math.min(next, inMs);
      else if (busy.size < LANES)
        busy.set(
          webhook,
          lane(db, seal, webhook, source(), config.webhooksLocal, stopping.signal)
            .catch((error: unknown) => log(`webhooks: ${describeError(error)}`))
            .finally(() => {
              busy.delete(webhook);
              wake();
            }),
        );
    }
    return next;
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const client = new pg.Client({ connectionString: platform.databaseUrl });
      let lost = false;
      let asked = false;
      const ask = (): void => {
        asked = true;
        wake();
      };
      client.on("error", () => {
        lost = true;
        wake();
      });
      client.on("notification", ask);
      stopping.signal.addEventListener("abort", ask, { once: true });
      try {
        await client.connect();
        await client.query(`listen ${CHANNEL}`);
        for (let held = false; !stopping.signal.aborted && !lost;) {
          held ||= (await client.query<{ held: boolean }>("select pg_try_advisory_lock($1) as held", [LOCK])).rows[0]!.held;
          asked = false;
          const woken = new Promise<void>((done) => {
            wake = done;
          });
          // Whoever waits for the lock looks often: the other one may have died over a delivery.
          const ms = held ? await pass() : 1000;
          if (asked || lost || stopping.signal.aborted) continue;
          const timer = new AbortController();
          await Promise.race([woken, sleep(ms, undefined, { signal: timer.signal }).catch(() => {})]);
          timer.abort();
        }
      } catch (error) {
        if (!stopping.signal.aborted) log(`webhooks: ${describeError(error)}`);
      } finally {
        stopping.signal.removeEventListener("abort", ask);
        await client.end().catch(() => {});
      }
      await sleep(1000, undefined, { signal: stopping.signal }).catch(() => {});
    }
  };
  const running = run();
  return {
    stop: async () => {
      stopping.abort();
      await running;
      await Promise.all(busy.values());
    },
  };
};

/** Delivers what is due to one subscription, in the order of the events, until something is not taken. */
const lane = async (db: Db, seal: Seal, webhook: string, source: string, local: boolean, stopping: AbortSignal): Promise<void> => {
  for (let done = 0; done < RUN && !stopping.aborted; done++) {
    const next = await db
      .selectFrom("webhook_delivery")
      .innerJoin("webhook", "webhook.id", "webhook_delivery.webhook")
      .innerJoin("event", "event.place", "webhook_delivery.event")
      .select(["webhook.url", "webhook.secret", "webhook_delivery.queued_at", "webhook_delivery.failures"])
      .select(["event.place", "event.id", "event.type", "event.subject", "event.data", "event.at"])
      .select(
        sql<
          Buffer[]
        >`array(select o.secret from webhook_old_secret o where o.webhook = webhook.id and o.until > now() order by o.until desc)`.as(
          "old_secrets",
        ),
      )
      .where("webhook.id", "=", webhook)
      .where("webhook.disabled_at", "is", null)
      .where("webhook_delivery.state", "=", "waiting")
      .where("webhook_delivery.due_at", "<=", new Date().toISOString())
      .orderBy("event.place")
      .limit(1)
      .executeTakeFirst();
    if (!next) return;
    const secret = seal.open(next.secret, webhook);
    const old = next.old_secrets.map((sealed) => seal.open(sealed, webhook)).filter((each) => each !== null);
    const now = new Date();
    const started = performance.now();
    let sent: Sent;
    try {
      sent = secret
        ? await send(
            { url: next.url, id: next.id, body: bodyOf(next, source), secrets: [secret, ...old] },
            { now, timeoutMs: TIMEOUT_MS, local, stopping },
          )
        : { status: null, problem: "secret", retryAfterMs: 0 };
    } catch (error) {
      // Whether it arrived is not known: it stays due, and is sent again by whoever delivers next.
      if (stopping.aborted) return;
      throw error;
    }
    await record(db, webhook, next, sent, now, Math.round(performance.now() - started));
    if (sent.problem !== null) return;
  }
};

type Due = Kept & { readonly place: number; readonly queued_at: string; readonly failures: number };

/** Writes down what came of a try, and when the next one is, if there is to be one. */
const record = async (
  db: Db,
  webhook: string,
  { place, type, queued_at, failures }: Due,
  { status, problem, retryAfterMs }: Sent,
  at: Date,
  ms: number,
): Promise<void> => {
  await db.transaction().execute(async (tx) => {
    const subscription = await tx
      .selectFrom("webhook")
      .select(["failing_since", "tried_at"])
      .where("id", "=", webhook)
      .forNoKeyUpdate()
      .executeTakeFirst();
    if (!subscription) return; // ended meanwhile, and its record with it
    await tx.insertInto("webhook_attempt").values({ webhook, event: place, at: at.toISOString(), ms, status, problem }).execute();
    const ended = new Date();
    const tried = (fields: { state: "delivered" | "given-up" } | { due_at: string; failures: number }) =>
      tx
        .updateTable("webhook_delivery")
        .set(fields)
        .where("webhook", "=", webhook)
        .where("event", "=", place)
        // What was replayed meanwhile is due anew.
        .where("queued_at", "=", queued_at)
        .where("state", "=", "waiting")
        .execute();
    if (problem === null) {
      await tried({ state: "delivered" });
      await tx.updateTable("webhook").set({ tried_at: at.toISOString(), failing_since: null }).where("id", "=", webhook).execute();
      return;
    }
    // A trial is tried once, and is no event that was missed: its failure does not count towards the day after which nothing is sent.
    const trial = type === TRIAL;
    const over = trial || ended.getTime() - Date.parse(instant(queued_at)) >= PATIENCE_MS;
    const wait = Math.max(waitAfter(failures + 1, Math.random()), Math.min(retryAfterMs, LONGEST_WAIT_MS));
    await tried(over ? { state: "given-up" } : { due_at: new Date(ended.getTime() + wait).toISOString(), failures: failures + 1 });
    // Whether nothing was taken for a day counts within one run of tries: from its first failure, as long as something is waiting.
    const { failing_since, tried_at } = subscription;
    const stoodStill = tried_at === null || at.getTime() - Date.parse(instant(tried_at)) > STOOD_STILL_MS;
    const since = trial || (failing_since !== null && !stoodStill) ? failing_since : at.toISOString();
    const ends = gone(problem) || (!trial && since !== null && ended.getTime() - Date.parse(instant(since)) >= PATIENCE_MS);
    const runEnds = over && !ends && !trial && !(await isWaited(tx, webhook));
    await tx
      .updateTable("webhook")
      .set({ tried_at: at.toISOString(), failing_since: runEnds ? null : since })
      .where("id", "=", webhook)
      .execute();
    if (ends) {
      await tx
        .updateTable("webhook")
        .set({ disabled_at: ended.toISOString(), disabled_reason: problem })
        .where("id", "=", webhook)
        .where("disabled_at", "is", null)
        .execute();
      await giveUpWaiting(tx, webhook);
    }
  });
};

/** Whether an event is still to be delivered; a trial is none. */
const isWaited = async (tx: Tx, webhook: string): Promise<boolean> =>
  (await tx
    .selectFrom("webhook_delivery")
    .innerJoin("event", "event.place", "webhook_delivery.event")
    .select("event.place")
    .where("webhook", "=", webhook)
    .where("state", "=", "waiting")
    .where("event.type", "<>", TRIAL)
    .limit(1)
    .executeTakeFirst()) !== undefined;

/** No try will do better: the receiver says that it is gone (410), or nothing can be signed until there is a new secret. */
const gone = (problem: AttemptProblem): boolean => problem === "gone" || problem === "secret";

import { randomUUID } from "node:crypto";
import { type IncomingHttpHeaders, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { sql } from "kysely";
import { Webhook } from "standardwebhooks";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { EventType } from "../../api/src/events.ts";
import { routes } from "../../api/src/index.ts";
import { connectDb } from "../../server/src/db/index.ts";
import { waitAfter } from "../../server/src/events/deliver.ts";
import { emit } from "../../server/src/events/outbox.ts";
import { isPublic, misfitOf, send } from "../../server/src/events/send.ts";
import { forgetEvents } from "../../server/src/events/store.ts";
import { platformOf } from "../../server/src/system/state.ts";
import { type Api, freshSurroundings, serveProcess, testServer } from "./server.ts";

type Heard = { readonly headers: IncomingHttpHeaders; readonly body: string };

/** A real receiver. `answer` decides what each request is told; `heard` gives the n-th request as soon as it is there. */
const receiver = async (answer: (response: ServerResponse, n: number) => void = (response) => void response.writeHead(204).end()) => {
  const requests: Heard[] = [];
  const waiting: { n: number; done: (heard: Heard) => void }[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      requests.push({ headers: request.headers, body });
      for (const { n, done } of waiting) if (requests[n]) done(requests[n]);
      state.answer(response, requests.length - 1);
    });
  });
  const state = { answer };
  const listen = (port: number) => new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const stop = () =>
    new Promise<void>((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  return {
    url: `http://127.0.0.1:${port}/hook`,
    state,
    requests,
    heard: (n: number) => new Promise<Heard>((done) => (requests[n] ? done(requests[n]) : void waiting.push({ n, done }))),
    stop,
    start: () => listen(port),
    [Symbol.asyncDispose]: async () => {
      if (server.listening) await stop();
    },
  };
};

let server: Awaited<ReturnType<typeof testServer>>;
let bankA: Api;
let bankB: Api;
let owner: Api;
const db = () => platformOf(server.system).db;

beforeAll(async () => {
  server = await testServer({ ZHIWEI_WEBHOOKS_LOCAL: "1" });
  bankA = await server.as("demo-bank-a");
  bankB = await server.as("demo-bank-b");
  owner = await server.as("enterprise:E1");
});
afterAll(() => server[Symbol.asyncDispose]());
afterEach(async () => {
  await db().deleteFrom("webhook").execute();
});

const happen = (subject: string, parties: readonly string[] = ["demo-bank-a"], type: EventType = "application.changed", now = new Date()) =>
  db()
    .transaction()
    .execute((tx) => emit(tx, [{ type, subject, parties, data: { application: subject } }], now));
const subscribe = (api: Api, url: string, types: EventType[] = ["application.decided", "application.changed"]) =>
  api.call(routes.addWebhook, { body: { url, types } });
/** Asks until it holds; the interval is politeness, not luck. */
const until = async <T>(look: () => Promise<T>, holds: (found: T) => boolean): Promise<T> => {
  for (;;) {
    const found = await look();
    if (holds(found)) return found;
    await new Promise((done) => setTimeout(done, 20));
  }
};
const deliveries = async (api: Api, id: string) => (await api.call(routes.listDeliveries, { params: { id } })).items;
const settled = (api: Api, id: string, attempts: number) =>
  until(
    () => deliveries(api, id),
    ([first]) => first !== undefined && first.attempts.length >= attempts,
  );
/** Lets time pass for what waits. */
const later = async () => {
  await sql`update webhook_delivery set due_at = now() where state = 'waiting'`.execute(db());
  await sql`notify zhiwei_events`.execute(db());
};

describe("an event", () => {
  test("arrives as a CloudEvent that the reference library of Standard Webhooks verifies, and is told with nothing but its id", async () => {
    await using hook = await receiver();
    const { webhook, secret } = await subscribe(bankA, hook.url);
    const subject = randomUUID();
    await happen(subject);
    const { headers, body } = await hook.heard(0);
    expect(headers["content-type"]).toMatch(/^application\/cloudevents\+json/);
    const event = new Webhook(secret!).verify(body, headers as Record<string, string>) as Record<string, unknown>;
    expect(event).toEqual({
      specversion: "1.0",
      id: headers["webhook-id"],
      source: server.url,
      type: "application.changed",
      subject,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      datacontenttype: "application/json",
      data: { application: subject },
    });
    expect(() => new Webhook(secret!).verify(body.replace(subject, randomUUID()), headers as Record<string, string>)).toThrow();
    const [made] = await until(
      () => deliveries(bankA, webhook.id),
      ([first]) => first?.state === "delivered",
    );
    expect(made).toMatchObject({ event: headers["webhook-id"], attempts: [{ status: 204, problem: null }] });
  });

  test("of a transaction that fails is none", async () => {
    await using hook = await receiver();
    await subscribe(bankA, hook.url);
    await db()
      .transaction()
      .execute(async (tx) => {
        await emit(tx, [{ type: "application.changed", subject: "undone", parties: ["demo-bank-a"], data: {} }], new Date());
        throw new Error("undone");
      })
      .catch(() => {});
    await happen("done");
    expect((await hook.heard(0)).body).toContain('"done"');
    expect(await db().selectFrom("event").select("id").where("subject", "=", "undone").execute()).toEqual([]);
  });

  test("comes to the parties that it concerns and to the types that they asked for, in order", async () => {
    await using hookA = await receiver();
    await using hookB = await receiver();
    await subscribe(bankA, hookA.url, ["application.changed"]);
    await subscribe(bankB, hookB.url);
    await happen("of both", ["demo-bank-a", "demo-bank-b"], "application.decided");
    for (let i = 0; i < 30; i++) await happen(`a ${i}`);
    await happen("of b", ["demo-bank-b"]);
    await hookA.heard(29);
    await hookB.heard(1);
    const subjects = ({ requests }: typeof hookA) => requests.map(({ body }) => (JSON.parse(body) as { subject: string }).subject);
    expect(subjects(hookA)).toEqual(Array.from({ length: 30 }, (_, i) => `a ${i}`));
    expect(subjects(hookB)).toEqual(["of both", "of b"]);
  });
});

describe("a receiver", () => {
  test("that is down gets the event when it is up, under the same id", async () => {
    await using hook = await receiver();
    const { webhook, secret } = await subscribe(bankA, hook.url);
    await hook.stop();
    await happen("while down");
    const [tried] = await settled(bankA, webhook.id, 1);
    expect(tried).toMatchObject({ state: "waiting", attempts: [{ status: null, problem: "unreachable" }] });
    expect(Date.parse(tried!.dueAt!)).toBeGreaterThan(Date.parse(tried!.attempts[0]!.at) + 2000);
    expect((await bankA.call(routes.listWebhooks))[0]).toMatchObject({ waiting: 1, failingSince: tried!.attempts[0]!.at });
    await hook.start();
    await later();
    const { headers, body } = await hook.heard(0);
    new Webhook(secret!).verify(body, headers as Record<string, string>);
    expect(headers["webhook-id"]).toBe(tried!.event);
    const [webhookNow] = await until(
      () => bankA.call(routes.listWebhooks),
      ([first]) => first?.waiting === 0,
    );
    expect(webhookNow!.failingSince).toBeNull();
  });

  test("that answers 500, or sends elsewhere, is tried again; where it sends to, nothing goes", async () => {
    await using elsewhere = await receiver();
    await using hook = await receiver((response, n) => {
      if (n === 0) response.writeHead(500).end("no");
      else if (n === 1) response.writeHead(307, { location: elsewhere.url }).end();
      else response.writeHead(200).end("x".repeat(100_000));
    });
    const { webhook } = await subscribe(bankA, hook.url);
    await happen("stubborn");
    await settled(bankA, webhook.id, 1);
    await later();
    await settled(bankA, webhook.id, 2);
    await later();
    const [done] = await settled(bankA, webhook.id, 3);
    expect(done).toMatchObject({
      state: "delivered",
      attempts: [
        { status: 500, problem: "status" },
        { status: 307, problem: "redirect" },
        { status: 200, problem: null },
      ],
    });
    expect(elsewhere.requests).toEqual([]);
    expect(new Set(hook.requests.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(new Set(hook.requests.map(({ body }) => body)).size).toBe(1);
  });

  test("that does not answer holds up its own events alone", async () => {
    await using slow = await receiver(() => {});
    await using quick = await receiver();
    await subscribe(bankA, slow.url);
    await happen("first");
    await slow.heard(0);
    await subscribe(bankA, quick.url);
    await happen("second");
    expect((await quick.heard(0)).body).toContain("second");
    const found = await send(
      { url: slow.url, id: "x", body: "{}", secrets: [Buffer.from("x")] },
      { now: new Date(), timeoutMs: 50, local: true, stopping: new AbortController().signal },
    );
    expect(found).toEqual({ status: null, problem: "timeout", retryAfterMs: 0 });
  });

  test("that says it is gone is disabled at once; one that took nothing for a day, with the reason", async () => {
    await using hook = await receiver((response) => void response.writeHead(410).end());
    const { webhook } = await subscribe(bankA, hook.url);
    await happen("gone");
    const goneAt = (await deliveries(bankA, webhook.id))[0]!.at;
    const look = () => bankA.call(routes.listWebhooks);
    const [ended] = await until(look, ([first]) => first?.disabledAt !== null);
    expect(ended).toMatchObject({ disabledReason: "gone", waiting: 0 });
    await happen("unheard");
    expect(await bankA.refusal(routes.replayEvents, { params: { id: webhook.id }, body: { since: "2026-01-01T00:00:00Z" } })).toEqual({
      status: 409,
      code: "webhook-disabled",
    });
    // Enabled again, it fails for a day.
    hook.state.answer = (response) => void response.writeHead(503, { "retry-after": "60" }).end();
    await bankA.call(routes.changeWebhook, { params: { id: webhook.id }, body: { enabled: true } });
    await happen("for a day");
    const [failed] = await settled(bankA, webhook.id, 1);
    expect(Date.parse(failed!.dueAt!) - Date.parse(failed!.attempts[0]!.at)).toBeGreaterThanOrEqual(60_000);
    await sql`update webhook set failing_since = failing_since - interval '1 day'`.execute(db());
    await sql`update webhook_delivery set queued_at = queued_at - interval '1 day'`.execute(db());
    await later();
    const [disabled] = await until(look, ([first]) => first?.disabledAt !== null);
    // From when the oldest event happened that was given up; that is before the subscription failed, and before it was disabled.
    expect(disabled).toMatchObject({ disabledReason: "status", waiting: 0, missedSince: goneAt });
    expect((await deliveries(bankA, webhook.id))[0]).toMatchObject({ state: "given-up", dueAt: null });
  });
});

describe("the day after which an endpoint is disabled", () => {
  const look = async () => (await bankA.call(routes.listWebhooks))[0]!;
  /** Sets back what is remembered of the past: so long ago it was. */
  const ago = async (interval: string) => {
    await sql`update webhook set failing_since = failing_since - ${interval}::interval, tried_at = tried_at - ${interval}::interval`.execute(
      db(),
    );
    await sql`update webhook_delivery set queued_at = queued_at - ${interval}::interval`.execute(db());
  };
  const refusing = () => receiver((response) => void response.writeHead(503).end());
  /** Waits until the event about `subject` has been tried so often, and gives its delivery. */
  const tried = async (id: string, subject: string, times: number) =>
    (
      await until(
        () => deliveries(bankA, id),
        (found) => (found.find((each) => each.subject === subject)?.attempts.length ?? 0) >= times,
      )
    ).find((each) => each.subject === subject)!;

  test("does not run on while nothing waits: after a quiet day the first failure begins a new one", async () => {
    await using hook = await refusing();
    const { webhook } = await subscribe(bankA, hook.url);
    await happen("given up alone");
    await tried(webhook.id, "given up alone", 1);
    // It was taken up by the queue a day ago; that all has failed is known for less, since another was taken in between.
    await sql`update webhook_delivery set queued_at = queued_at - interval '1 day'`.execute(db());
    await later();
    expect(await tried(webhook.id, "given up alone", 2)).toMatchObject({ state: "given-up" });
    expect(await look()).toMatchObject({ failingSince: null, disabledAt: null, waiting: 0 });
    await ago("2 days");
    // A trial on the quiet day neither begins one nor keeps one.
    await bankA.call(routes.trialWebhook, { params: { id: webhook.id } });
    await tried(webhook.id, webhook.id, 1);
    await happen("after a quiet day");
    const first = await tried(webhook.id, "after a quiet day", 1);
    expect(first.state).toBe("waiting");
    expect(await look()).toMatchObject({ failingSince: first.attempts[0]!.at, disabledAt: null, waiting: 1 });
  });

  test("runs on while another waits, and ends the endpoint when nothing was taken of any", async () => {
    await using hook = await refusing();
    const { webhook } = await subscribe(bankA, hook.url);
    await happen("first");
    const { event, attempts } = await tried(webhook.id, "first", 1);
    await happen("second");
    await tried(webhook.id, "second", 1);
    await sql`update webhook_delivery set queued_at = queued_at - interval '1 day'
      where event = (select place from event where id = ${event})`.execute(db());
    await later();
    expect(await tried(webhook.id, "first", 2)).toMatchObject({ state: "given-up" });
    await tried(webhook.id, "second", 2);
    expect(await look()).toMatchObject({ failingSince: attempts[0]!.at, disabledAt: null, waiting: 1 });
    await sql`update webhook set failing_since = failing_since - interval '1 day'`.execute(db());
    await later();
    await tried(webhook.id, "second", 3);
    expect(await look()).toMatchObject({ disabledReason: "status", waiting: 0 });
  });

  test("does not count a day on which this platform stood still", async () => {
    await using hook = await refusing();
    const { webhook } = await subscribe(bankA, hook.url);
    await happen("before it stood still");
    await tried(webhook.id, "before it stood still", 1);
    await sql`update webhook set failing_since = failing_since - interval '2 days', tried_at = tried_at - interval '2 days'`.execute(db());
    await later();
    const { attempts } = await tried(webhook.id, "before it stood still", 2);
    expect(await look()).toMatchObject({ failingSince: attempts[1]!.at, disabledAt: null, waiting: 1 });
  });
});

test("waits grow from 5 seconds to 4 hours, less up to a half by chance, and fill a day with some fifteen tries", () => {
  expect([1, 2, 3, 12, 13, 40].map((n) => waitAfter(n, 0))).toEqual([5000, 10_000, 20_000, 10_240_000, 14_400_000, 14_400_000]);
  expect(waitAfter(3, 1)).toBe(10_000);
  let [elapsed, tries] = [0, 0];
  while (elapsed < 24 * 3600 * 1000) elapsed += waitAfter(++tries, 0);
  expect(tries).toBe(17);
});

describe("replay", () => {
  test("delivers again under the same ids, from an event or an instant on, also what came before the subscription", async () => {
    await using hook = await receiver();
    const start = new Date().toISOString();
    for (const subject of ["r1", "r2", "r3"]) await happen(subject, ["demo-bank-a"]);
    await happen("of b", ["demo-bank-b"]);
    const { webhook } = await subscribe(bankA, hook.url);
    const at = { params: { id: webhook.id } };
    expect(await bankA.call(routes.replayEvents, { ...at, body: { since: start } })).toMatchObject({ events: 3 });
    await hook.heard(2);
    const ids = hook.requests.map(({ headers }) => headers["webhook-id"] as string);
    await until(
      () => deliveries(bankA, webhook.id),
      (found) => found.every(({ state }) => state === "delivered"),
    );
    expect(await bankA.call(routes.replayEvents, { ...at, body: { event: ids[1]! } })).toMatchObject({ events: 2 });
    await hook.heard(4);
    expect(hook.requests.map(({ headers }) => headers["webhook-id"])).toEqual([...ids, ids[1], ids[2]]);
    const foreign = await db().selectFrom("event").select("id").where("subject", "=", "of b").executeTakeFirstOrThrow();
    expect((await bankA.refusal(routes.replayEvents, { ...at, body: { event: foreign.id } })).status).toBe(404);
    expect((await bankA.refusal(routes.replayEvents, { ...at, body: { since: "2026-13-45T00:00:00Z" } })).status).toBe(400);
  });

  test("does not reach what is older than ninety days", async () => {
    const old = new Date(Date.now() - 91 * 24 * 3600 * 1000);
    await happen("old", ["demo-bank-a"], "application.changed", old);
    expect(await forgetEvents(db(), new Date())).toBe(1);
    expect(await db().selectFrom("event").select("id").where("subject", "=", "old").execute()).toEqual([]);
  });
});

describe("one delivery", () => {
  test("is read with the very body that is posted, and delivered again alone, also before its time", async () => {
    await using hook = await receiver(
      (response, n) => void (n === 0 ? response.writeHead(500, { "retry-after": "600" }) : response.writeHead(204)).end(),
    );
    const { webhook } = await subscribe(bankA, hook.url);
    await happen("alone 1");
    const [failed] = await settled(bankA, webhook.id, 1);
    await happen("alone 2");
    await hook.heard(1);
    const at = { params: { id: webhook.id, event: failed!.event } };
    const read = await bankA.call(routes.readDelivery, at);
    expect(read.body).toBe(hook.requests[0]!.body);
    expect(read).toMatchObject({ ...failed, state: "waiting" });
    expect(await bankB.refusal(routes.readDelivery, at)).toMatchObject({ status: 404 });

    // It is due in ten minutes; asked for, it goes now, under its own id, and the later one does not go with it.
    const { events, queuedAt } = await bankA.call(routes.replayEvents, { params: { id: webhook.id }, body: { only: failed!.event } });
    expect(events).toBe(1);
    const again = await hook.heard(2);
    expect(again.headers["webhook-id"]).toBe(failed!.event);
    const done = await until(
      () => bankA.call(routes.readDelivery, at),
      ({ state }) => state === "delivered",
    );
    expect(done).toMatchObject({ queuedAt, dueAt: null, attempts: [{ status: 500 }, { status: 204 }] });
    expect(hook.requests).toHaveLength(3);

    // The replay is found by its instant, and the counts are of it alone.
    const ofReplay = await bankA.call(routes.listDeliveries, { params: { id: webhook.id }, query: { queuedAt, state: "delivered" } });
    expect(ofReplay.items.map(({ event }) => event)).toEqual([failed!.event]);
    expect(ofReplay.counts).toEqual({ waiting: 0, delivered: 1, "given-up": 0 });
    const all = await bankA.call(routes.listDeliveries, { params: { id: webhook.id }, query: { state: "waiting" } });
    expect([all.total, all.counts]).toEqual([0, { waiting: 0, delivered: 2, "given-up": 0 }]);

    // What never went to this subscription is no delivery of it, though the party knows of it.
    const { webhook: other } = await subscribe(bankA, hook.url);
    for (const body of [{ only: failed!.event }, { only: randomUUID() }])
      expect((await bankA.refusal(routes.replayEvents, { params: { id: other.id }, body })).status).toBe(404);
    const list = { params: { id: webhook.id }, query: { queuedAt: "2026-13-45T00:00:00Z" } };
    expect((await bankA.refusal(routes.listDeliveries, list)).status).toBe(400);
  });
});

describe("a trial", () => {
  test("arrives signed at that one subscription, and is no event that a replay would bring", async () => {
    await using hook = await receiver();
    await using otherHook = await receiver();
    const { webhook, secret } = await subscribe(bankA, hook.url, ["consent.withdrawn"]);
    await subscribe(bankA, otherHook.url);
    const start = new Date().toISOString();
    const { event } = await bankA.call(routes.trialWebhook, { params: { id: webhook.id } });
    const { headers, body } = await hook.heard(0);
    expect(new Webhook(secret!).verify(body, headers as Record<string, string>)).toMatchObject({
      id: event,
      type: "webhook.trial",
      subject: webhook.id,
      data: { webhook: webhook.id },
    });
    await until(
      () => deliveries(bankA, webhook.id),
      ([first]) => first?.state === "delivered",
    );
    expect((await bankA.call(routes.listWebhooks))[0]!.lastAttempt).toMatchObject({ status: 204, problem: null });
    expect(await bankA.call(routes.replayEvents, { params: { id: webhook.id }, body: { since: start } })).toMatchObject({ events: 0 });
    expect(otherHook.requests).toEqual([]);
    expect((await bankB.refusal(routes.trialWebhook, { params: { id: webhook.id } })).status).toBe(404);
    // Nobody subscribes to it.
    const types = ["webhook.trial"] as unknown as EventType[];
    expect((await bankA.refusal(routes.addWebhook, { body: { url: hook.url, types } })).status).toBe(400);
  });

  test("is tried once, one at a time, and its failure is not counted towards the day after which nothing is sent", async () => {
    const answers: ServerResponse[] = [];
    await using hook = await receiver((response) => void answers.push(response));
    const { webhook } = await subscribe(bankA, hook.url);
    const at = { params: { id: webhook.id } };
    await bankA.call(routes.trialWebhook, at);
    await hook.heard(0);
    expect(await bankA.refusal(routes.trialWebhook, at)).toEqual({ status: 409, code: "trial-waiting" });
    answers[0]!.writeHead(503).end();
    const [tried] = await settled(bankA, webhook.id, 1);
    expect(tried).toMatchObject({ type: "webhook.trial", state: "given-up", dueAt: null, attempts: [{ status: 503 }] });
    const [now] = await bankA.call(routes.listWebhooks);
    expect(now).toMatchObject({ failingSince: null, disabledAt: null, waiting: 0, missedSince: null, lastAttempt: tried!.attempts[0] });
    // Even where all has failed for a day, it is an event that decides it.
    await sql`update webhook set failing_since = now() - interval '2 days'`.execute(db());
    await bankA.call(routes.trialWebhook, at);
    await hook.heard(1);
    answers[1]!.writeHead(503).end();
    await settled(bankA, webhook.id, 1);
    expect((await bankA.call(routes.listWebhooks))[0]!.disabledAt).toBeNull();
    await bankA.call(routes.changeWebhook, { ...at, body: { enabled: false } });
    expect(await bankA.refusal(routes.trialWebhook, at)).toEqual({ status: 409, code: "webhook-disabled" });
  });
});

describe("a party", () => {
  test("sees, changes and ends its own subscriptions alone", async () => {
    const { webhook } = await subscribe(bankA, "http://127.0.0.1:9/hook");
    const at = { params: { id: webhook.id } };
    expect(await bankB.call(routes.listWebhooks)).toEqual([]);
    expect((await bankB.refusal(routes.listDeliveries, at)).status).toBe(404);
    expect((await bankB.refusal(routes.changeWebhook, { ...at, body: { newSecret: true } })).status).toBe(404);
    expect((await bankB.refusal(routes.replayEvents, { ...at, body: { since: "2026-01-01T00:00:00Z" } })).status).toBe(404);
    expect((await bankB.refusal(routes.removeWebhook, at)).status).toBe(404);
    expect((await owner.refusal(routes.removeWebhook, at)).status).toBe(404);
    const supervisor = await server.as("demo-supervisor");
    expect((await supervisor.refusal(routes.listWebhooks)).status).toBe(403);
    // Another post of the same bank.
    const risk = await server.as("demo-bank-a-risk");
    expect(await risk.call(routes.listWebhooks)).toHaveLength(1);
    expect(await bankA.call(routes.removeWebhook, at)).toEqual({ removed: webhook.id });
    expect(await bankA.call(routes.listWebhooks)).toEqual([]);
  });

  test("has twenty at most, also when many are asked for at once", async () => {
    const made = await Promise.allSettled(Array.from({ length: 24 }, () => subscribe(owner, "http://127.0.0.1:9/hook")));
    expect(made.filter(({ status }) => status === "fulfilled")).toHaveLength(20);
    expect(await owner.refusal(routes.addWebhook, { body: { url: "http://127.0.0.1:9/hook", types: ["application.decided"] } })).toEqual({
      status: 409,
      code: "too-many-webhooks",
    });
  });

  describe("that gets a new secret", () => {
    const verifies = (secret: string, { headers, body }: Heard): boolean => {
      try {
        new Webhook(secret).verify(body, headers as Record<string, string>);
        return true;
      } catch {
        return false;
      }
    };
    const renew = async (id: string, more: { endOld?: true } = {}) =>
      bankA.call(routes.changeWebhook, { params: { id }, body: { newSecret: true, ...more } });
    const DAY_MS = 24 * 3600 * 1000;

    test("may verify by the old one too for 24 hours, and not after", async () => {
      await using hook = await receiver();
      const { webhook, secret } = await subscribe(bankA, hook.url);
      expect(webhook.oldSecretUntil).toBeNull();
      const before = Date.now();
      const renewed = await renew(webhook.id);
      const until = Date.parse(renewed.webhook.oldSecretUntil!);
      expect(until).toBeGreaterThanOrEqual(before + DAY_MS);
      expect(until).toBeLessThanOrEqual(Date.now() + DAY_MS);
      await happen("renewed");
      const both = await hook.heard(0);
      expect(both.headers["webhook-signature"]).toMatch(/^v1,[^ ]+ v1,[^ ]+$/);
      expect([renewed.secret!, secret!].map((each) => verifies(each, both))).toEqual([true, true]);
      expect(verifies(`whsec_${Buffer.alloc(32, 1).toString("base64")}`, both)).toBe(false);

      await sql`update webhook_old_secret set until = until - interval '1 day'`.execute(db());
      await happen("a day later");
      const later = await hook.heard(1);
      expect([renewed.secret!, secret!].map((each) => verifies(each, later))).toEqual([true, false]);
      expect((await bankA.call(routes.listWebhooks))[0]!.oldSecretUntil).toBeNull();
      await forgetEvents(db(), new Date());
      expect(await db().selectFrom("webhook_old_secret").selectAll().execute()).toEqual([]);
    });

    test("can end the old one at once, with the change or after it", async () => {
      await using hook = await receiver();
      const { webhook, secret } = await subscribe(bankA, hook.url);
      const second = await renew(webhook.id, { endOld: true });
      expect(second.webhook.oldSecretUntil).toBeNull();
      await happen("ended with it");
      const first = await hook.heard(0);
      expect([second.secret!, secret!].map((each) => verifies(each, first))).toEqual([true, false]);

      const third = await renew(webhook.id);
      const ended = await bankA.call(routes.changeWebhook, { params: { id: webhook.id }, body: { endOld: true } });
      expect(ended).toMatchObject({ secret: null, webhook: { oldSecretUntil: null } });
      await happen("ended after it");
      const next = await hook.heard(1);
      expect([third.secret!, second.secret!].map((each) => verifies(each, next))).toEqual([true, false]);
    });

    test("and loses it again, still verifies by the first; more than four old ones are refused, and nothing is changed", async () => {
      await using hook = await receiver();
      const { webhook, secret } = await subscribe(bankA, hook.url);
      const told = [secret!];
      for (let i = 0; i < 4; i++) told.push((await renew(webhook.id)).secret!);
      expect(await bankA.refusal(routes.changeWebhook, { params: { id: webhook.id }, body: { newSecret: true } })).toEqual({
        status: 409,
        code: "too-many-secrets",
      });
      await happen("all of them");
      const heard = await hook.heard(0);
      expect(told.map((each) => verifies(each, heard))).toEqual(told.map(() => true));
      const last = await renew(webhook.id, { endOld: true });
      await happen("one of them");
      const next = await hook.heard(1);
      expect([...told, last.secret!].map((each) => verifies(each, next))).toEqual([...told.map(() => false), true]);
    });

    test("is told neither of them again, and where the old one cannot be opened the new one signs alone", async () => {
      const written = vi.spyOn(process.stderr, "write").mockReturnValue(true);
      await using hook = await receiver();
      const { webhook, secret } = await subscribe(bankA, hook.url);
      const renewed = await renew(webhook.id);
      await happen("told");
      await settled(bankA, webhook.id, 1);
      const bytes = [secret!, renewed.secret!].map((each) => Buffer.from(each.slice("whsec_".length), "base64"));
      const kept = await db().selectFrom("webhook_old_secret").select("secret").execute();
      expect(kept).toHaveLength(1);
      for (const each of bytes) expect(kept[0]!.secret.includes(each)).toBe(false);
      const said = [
        written.mock.calls.map(([text]) => String(text)).join(""),
        JSON.stringify(await bankA.call(routes.listWebhooks)),
        JSON.stringify(await deliveries(bankA, webhook.id)),
        hook.requests[0]!.body,
        JSON.stringify(hook.requests[0]!.headers),
      ];
      written.mockRestore();
      for (const text of said) for (const each of [secret!, renewed.secret!]) expect(text).not.toContain(each.slice(6));

      await sql`update webhook set secret = set_byte(secret, 20, get_byte(secret, 20) # 1)`.execute(db());
      await sql`update webhook_old_secret set secret = set_byte(secret, 20, get_byte(secret, 20) # 1)`.execute(db());
      const mended = await renew(webhook.id);
      await happen("mended");
      const next = await hook.heard(1);
      expect(next.headers["webhook-signature"]).not.toContain(" ");
      expect(verifies(mended.secret!, next)).toBe(true);
      expect(await db().selectFrom("webhook_old_secret").select("secret").execute()).toHaveLength(1);
    });
  });

  test("is told its secret once: it is in no later answer, not in the database, and not in the log", async () => {
    const written = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const { webhook, secret } = await subscribe(bankA, "http://127.0.0.1:9/token-in-the-address");
    await happen("logged");
    await settled(bankA, webhook.id, 1);
    // A secret that was sealed with another key is no reason to fail for ever: it is said, and a new one mends it.
    await sql`update webhook set secret = set_byte(secret, 20, get_byte(secret, 20) # 1)`.execute(db());
    await happen("unsealed");
    const [ended] = await until(
      () => bankA.call(routes.listWebhooks),
      ([first]) => first?.disabledAt !== null,
    );
    expect(ended!.disabledReason).toBe("secret");
    const bytes = Buffer.from(secret!.slice("whsec_".length), "base64");
    const { rows } = await sql<{ secret: Buffer }>`select secret from webhook`.execute(db());
    expect(rows[0]!.secret.includes(bytes)).toBe(false);
    const said = [
      written.mock.calls.map(([text]) => String(text)).join(""),
      JSON.stringify(await bankA.call(routes.listWebhooks)),
      JSON.stringify(await deliveries(bankA, webhook.id)),
    ];
    written.mockRestore();
    for (const text of said) expect(text).not.toContain(secret!.slice(6));
    expect(said[0]).not.toContain("token-in-the-address");
  });
});

describe("an address", () => {
  test.each([
    ["0.0.0.0", false],
    ["10.1.2.3", false],
    ["100.64.0.1", false],
    ["127.0.0.1", false],
    ["169.254.169.254", false],
    ["172.16.0.1", false],
    ["172.32.0.1", true],
    ["192.168.1.1", false],
    ["198.18.0.1", false],
    ["224.0.0.1", false],
    ["255.255.255.255", false],
    ["1.1.1.1", true],
    ["::", false],
    ["::1", false],
    ["::ffff:127.0.0.1", false],
    ["64:ff9b::7f00:1", false],
    ["fc00::1", false],
    ["fe80::1", false],
    ["2001::1", false],
    ["2001:db8::1", false],
    ["2002:7f00:1::", false],
    ["ff02::1", false],
    ["2606:4700:4700::1111", true],
    ["not an address", false],
  ])("%s is public: %s", (address, expected) => expect(isPublic(address)).toBe(expected));

  test.each([
    ["https://example.com/hook", null],
    ["http://example.com:8080/hook?key=1", null],
    ["ftp://example.com/", "url"],
    ["file:///etc/passwd", "url"],
    ["https://user:word@example.com/", "url"],
    ["https://example.com/#part", "url"],
    ["nonsense", "url"],
    // Other ways to write 127.0.0.1.
    ["http://127.0.0.1/", "address"],
    ["http://2130706433/", "address"],
    ["http://0x7f.1/", "address"],
    ["http://0177.0.0.1/", "address"],
    ["http://127.1/", "address"],
    ["http://[::1]/", "address"],
    ["http://[::ffff:127.0.0.1]/", "address"],
    ["http://169.254.169.254/latest/meta-data/", "address"],
  ])("%s as a subscription: %s", (url, expected) => expect(misfitOf(url, false)).toBe(expected));

  test("of this machine gets nothing by whatever name, unless the settings say so", async () => {
    await using hook = await receiver();
    const port = new URL(hook.url).port;
    const post = (url: string, local: boolean) =>
      send(
        { url, id: "x", body: "{}", secrets: [Buffer.from("x")] },
        { now: new Date(), timeoutMs: 5000, local, stopping: new AbortController().signal },
      );
    // A name that resolves to this machine passes the look at the URL, and not the look-up.
    expect(misfitOf(`http://localhost:${port}/`, false)).toBeNull();
    expect(await post(`http://localhost:${port}/`, false)).toMatchObject({ problem: "address" });
    expect(await post(hook.url, false)).toMatchObject({ problem: "address" });
    expect(hook.requests).toEqual([]);
    expect(await post(hook.url, true)).toMatchObject({ status: 204, problem: null });
  });
});

test("a worker that is killed over a delivery loses nothing: the next one sends it again under the same id", async () => {
  await using surroundings = await freshSurroundings();
  await using hook = await receiver(() => {}); // hears, and does not answer
  const env = { ...surroundings.env, ZHIWEI_WEBHOOKS_LOCAL: "1" };
  const first = await serveProcess(env);
  const { webhook, secret } = await subscribe(first, hook.url);
  const own = connectDb(surroundings.env.DATABASE_URL, 1);
  try {
    await own
      .transaction()
      .execute((tx) => emit(tx, [{ type: "application.changed", subject: "s", parties: ["operator"], data: {} }], new Date()));
    await hook.heard(0);
    first.child.kill("SIGKILL");
    await first.ended;
    hook.state.answer = (response) => void response.writeHead(204).end();
    const second = await serveProcess(env);
    try {
      const again = await hook.heard(1);
      expect(again.headers["webhook-id"]).toBe(hook.requests[0]!.headers["webhook-id"]);
      new Webhook(secret!).verify(again.body, again.headers as Record<string, string>);
      const [made] = await until(
        () => deliveries(second, webhook.id),
        ([each]) => each?.state === "delivered",
      );
      // The first try was never written down.
      expect(made!.attempts).toHaveLength(1);
    } finally {
      second.child.kill("SIGTERM");
      await second.ended;
    }
  } finally {
    await own.destroy();
  }
});

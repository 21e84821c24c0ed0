import { createHash } from "node:crypto";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Kysely, sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { API_PREFIX, routes } from "../../api/src/index.ts";
import { type Input, PARTY_KINDS } from "../../api/src/route.ts";
import { type Json, canonicalJson } from "../../core/src/basics/index.ts";
import { type EvidenceRecord, commitmentOf, entryOf } from "../../core/src/evidence/index.ts";
import { leafHash, parsePolicy, parseProof, trustCheckpoint, verifyInclusion } from "../../core/src/tlog/index.ts";
import { assetCommitment, mayRegister, maySearch, patentCheck } from "../../core/src/pledge/index.ts";
import { type Actor, OPERATOR } from "../../server/src/access/actor.ts";
import { addDemonstrationParties } from "../../server/src/access/parties.ts";
import { type Db, openDb } from "../../server/src/db/index.ts";
import type { Database } from "../../server/src/db/schema.ts";
import { checkLog } from "../../server/src/evidence/fsck.ts";
import { logSigners, sha256, verify } from "../../server/src/evidence/keys.ts";
import { signCheckpoint } from "../../server/src/evidence/log.ts";
import { Refusal } from "../../server/src/http/refusal.ts";
import { type PledgeChain, listAwaiting, settleClaim } from "../../server/src/pledge/index.ts";
import { consortiumKey, keyFrom } from "../../server/src/pledge/key.ts";
import { type Registry, change, details, expireDue, list, object, register, release, search } from "../../server/src/pledge/registry.ts";
import { freshDatabase } from "../database.ts";
import { testServer, zhiwei } from "./server.ts";

const KEY = keyFrom("0f".repeat(32));
const BODY = "91350100M000100Y43"; // the worked example of GB 32100-2015
const NOW = new Date("2026-06-01T02:00:00.000Z");

/** Generated numbers, each of a patent that does not exist. */
const patent = (n: number) => {
  const digits = `20261${String(n).padStart(7, "0")}`;
  return digits + patentCheck(digits);
};
const bank = (name: string): Actor => ({ party: `bank:${name}`, kind: "bank", enterprise: null, name: `示范银行 ${name}` });
const owner = (enterprise: string): Actor => ({
  party: `enterprise:${enterprise}`,
  kind: "enterprise",
  enterprise,
  name: "企业主（示范）",
});

const DEMO: Actor = { party: "demo-bank-b", kind: "bank", enterprise: null, name: "信贷员" };

type Body = Input<typeof routes.registerPledge>["body"];
const asked = (key: string, number: string, more: Partial<Body> = {}): Body => ({
  key,
  asset: { kind: "patent", number },
  pledgor: "E1",
  securedFen: 1_000_000_00,
  contract: "质字第 1 号",
  description: "生成的检验数据，一种方法",
  endsOn: "2027-06-01",
  ...more,
});
const problemOf = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Refusal)) throw error ?? new Error("it was not refused");
  return { status: error.status, code: error.problem.code, text: error.problem.text.zh };
};

/** A registry over a database of its own with two enterprises, which are generated. */
const freshRegistry = async (chain: PledgeChain | null = null) => {
  const database = await freshDatabase();
  const db = await openDb(database.url);
  await addDemonstrationParties(db);
  await db
    .insertInto("enterprise")
    .values(["E1", "E2"].map((id) => ({ id, name: `检验企业 ${id}` })))
    .execute();
  const registry: Registry = { db, key: KEY, chain };
  return {
    ...registry,
    registry,
    url: database.url,
    [Symbol.asyncDispose]: async () => {
      await db.destroy();
      await database[Symbol.asyncDispose]();
    },
  };
};

/** A chain that keeps what it was asked, in the transactions that asked. */
const queue = () => {
  const held = new Map<string, string>();
  const put = async (tx: Db, what: string) => {
    // The queue of a chain lies in the same database: what a transaction asked is gone with it.
    await sql`insert into system_note (name, value) values (${`queue ${crypto.randomUUID()}`}, ${JSON.stringify({ what })})`.execute(tx);
  };
  const chain: PledgeChain = {
    queueClaim: async (tx, { claim }) => {
      await put(tx, `claim ${claim}`);
      return true;
    },
    queueRelease: (tx, { claim }) => put(tx, `release ${claim}`),
    holder: async (_, commitment) => (held.has(commitment) ? { since: held.get(commitment)! } : null),
  };
  const queued = async (db: Kysely<Database>) =>
    (
      await sql<{ value: { what: string } }>`select value from system_note where name like 'queue %' order by noted_at`.execute(db)
    ).rows.map((row) => row.value.what);
  return { chain, queued, held };
};

describe("a registration", () => {
  test("is registered, changed, objected to and released, each with its evidence", async () => {
    await using fresh = await freshRegistry();
    const { registry, db } = fresh;
    const [own, other] = [bank("a"), bank("b")];
    const made = await register(registry, own, asked("r1", patent(1)), NOW);
    expect(made).toMatchObject({
      state: "registered",
      position: 0,
      pledgee: { party: "bank:a", name: { zh: "bank:a" } },
      startsOn: "2026-06-01",
      block: null,
    });
    expect(made.commitment).toBe(assetCommitment(KEY.mac, { kind: "patent", application: patent(1) }));

    const changed = await change(registry, own, made.id, { securedFen: 2_000_000_00, endsOn: "2028-06-01" }, NOW);
    expect(changed).toMatchObject({ securedFen: 2_000_000_00, endsOn: "2028-06-01", position: 0 });
    await object(registry, owner("E1"), made.id, { action: "object", reason: "已清偿" }, NOW);
    expect(await search(registry, other, { asset: { kind: "patent", number: patent(1) } }, NOW)).toMatchObject({
      pledged: true,
      objected: true,
    });
    await release(registry, own, made.id, { reason: "discharged", on: "2026-06-01" }, NOW);

    const { events, pledge, searches, actions } = await details(db, own, made.id, NOW);
    expect(pledge).toMatchObject({ state: "released", release: { reason: "discharged", on: "2026-06-01", due: "2026-06-15" } });
    expect(actions).toEqual([]);
    expect(searches).toEqual([{ by: { party: "bank:b", name: { zh: "bank:b", en: "bank:b" }, post: other.name }, at: NOW.toISOString() }]);
    expect(events.map(({ action, position, by }) => [action, position, by.party])).toEqual([
      ["register", 0, "bank:a"],
      ["change", 1, "bank:a"],
      ["object", 2, "enterprise:E1"],
      ["release", 3, "bank:a"],
    ]);
    // From the page to the log, by hand: document → hash → record → commitment → entry.
    for (const { document, sha256: stated, evidence, position } of events) {
      expect(createHash("sha256").update(document).digest("hex")).toBe(stated);
      const record = JSON.parse(evidence!.record);
      expect(record).toMatchObject({ kind: "pledge", subject: "E1", content: { document: stated, commitment: made.commitment } });
      const salt = Buffer.from(evidence!.salt, "hex");
      const leaf = await db.selectFrom("evidence_leaf").select("entry").where("position", "=", position).executeTakeFirstOrThrow();
      expect(leaf.entry.equals(Buffer.from(entryOf(sha256, salt, record)))).toBe(true);
      expect(leaf.entry.toString()).toContain(commitmentOf(sha256, salt, record));
      expect(leaf.entry.toString()).not.toContain(made.commitment);
    }
    // Free again, and the one before it stays beside it by priority.
    const next = await register(registry, other, asked("r2", patent(1)), NOW);
    expect((await details(db, other, next.id, NOW)).others).toEqual([{ registeredAt: NOW.toISOString(), position: 0, state: "released" }]);
  });

  test("of one asset stands once, however it is spelt, and the refusal says since when", async () => {
    await using fresh = await freshRegistry();
    const { registry } = fresh;
    const debtor = BODY;
    await register(registry, bank("a"), asked("1", "", { asset: { kind: "receivable", debtor, document: "皖合〔2026〕017号" } }), NOW);
    const again = await problemOf(
      register(
        registry,
        bank("b"),
        asked("1", "", { asset: { kind: "receivable", debtor: debtor.toLowerCase(), document: "皖合(2026) 017" } }),
        NOW,
      ),
    );
    expect(again).toMatchObject({ status: 409, code: "already-pledged" });
    expect(again.text).toContain("2026-06-01 10:00:00（北京时间）");
    expect(again.text).toContain("存证日志第 0 位");
  });

  test("asked for twice with one key is one; with the same key and other contents, refused; another bank's keys are its own", async () => {
    await using fresh = await freshRegistry();
    const { registry, db } = fresh;
    const body = asked("k", patent(1));
    const [first, ...others] = await Promise.all(Array.from({ length: 12 }, () => register(registry, bank("a"), body, NOW)));
    expect(new Set(others.map(({ id }) => id))).toEqual(new Set([first!.id]));
    expect(await problemOf(register(registry, bank("a"), { ...body, securedFen: 1 }, NOW))).toMatchObject({ code: "key-used" });
    await register(registry, bank("b"), asked("k", patent(2)), NOW);
    expect(await db.selectFrom("pledge_event").select("id").execute()).toHaveLength(2);
    // Also after it was released: the answer to a request does not change its registration.
    await release(registry, bank("a"), first!.id, { reason: "waived", on: "2026-06-01" }, NOW);
    expect(await register(registry, bank("a"), body, NOW)).toMatchObject({ id: first!.id, state: "released" });
  });

  test("runs out after its last day: written down by the sweep, or by whoever registers next", async () => {
    await using fresh = await freshRegistry();
    const { registry, db } = fresh;
    const a = await register(registry, bank("a"), asked("1", patent(1)), NOW);
    const b = await register(registry, bank("a"), asked("2", patent(2)), NOW);
    // 1 June in China ends at 16:00 UTC.
    const [last, after] = [new Date("2027-06-01T15:59:59Z"), new Date("2027-06-01T16:00:00Z")];
    expect(await expireDue(registry, last)).toBe(0);
    expect(await problemOf(register(registry, bank("b"), asked("1", patent(1), { endsOn: "2028-01-01" }), last))).toMatchObject({
      code: "already-pledged",
    });
    expect((await list(db, bank("a"), { state: "expired" }, after)).total).toBe(2);
    expect((await list(db, bank("a"), { state: "registered" }, after)).total).toBe(0);
    expect(await search(registry, bank("b"), { asset: { kind: "patent", number: patent(1) } }, after)).toMatchObject({
      pledged: false,
      nextRank: 1,
    });
    const next = await register(registry, bank("b"), asked("1", patent(1), { endsOn: "2028-01-01" }), after);
    expect(next).toMatchObject({ state: "registered", position: 3 });
    expect((await details(db, bank("a"), a.id, after)).events.map(({ action, position }) => [action, position])).toEqual([
      ["register", 0],
      ["expire", 2],
    ]);
    expect(await expireDue(registry, after)).toBe(1);
    expect(await expireDue(registry, after)).toBe(0);
    expect((await details(db, bank("a"), b.id, after)).pledge.state).toBe("expired");
  });

  test("is refused with its reason", async () => {
    await using fresh = await freshRegistry();
    const { registry } = fresh;
    const code = async (actor: Actor, more: Partial<Body>) =>
      (await problemOf(register(registry, actor, asked("x", patent(1), more), NOW))).code;
    expect(await code(bank("a"), { asset: { kind: "patent", number: "2017106018624" } })).toBe("patent-check");
    expect(await code(bank("a"), { pledgor: "E9" })).toBe("not-found");
    expect(await code(bank("a"), { endsOn: "2026-06-30" })).toBe("pledge-term");
    expect(await code(bank("a"), { endsOn: "2027-02-30" })).toBe("bad-request");
    expect(await code(bank("a"), { description: "短" })).toBe("pledge-description");
    expect(await code(bank("a"), { pledgee: "demo-bank-b" })).toBe("not-allowed");
    expect(await code(owner("E1"), {})).toBe("not-allowed");
    expect(await code(OPERATOR, {})).toBe("bad-request");
    expect(await code(OPERATOR, { pledgee: "enterprise:E1" })).toBe("bad-request");
  });
});

test("whom the contract lets in is whom the rules let in", () => {
  const viewer = (kind: string) => ({ kind, party: "x", enterprise: null });
  for (const [route, may] of [
    [routes.registerPledge, mayRegister],
    [routes.searchPledge, maySearch],
  ] as const)
    expect(PARTY_KINDS.filter((kind) => (route.audience as readonly string[]).includes(kind))).toEqual(
      PARTY_KINDS.filter((kind) => may(viewer(kind))),
    );
});

test("who sees and does what", async () => {
  await using fresh = await freshRegistry();
  const { registry, db } = fresh;
  const { id } = await register(registry, bank("a"), asked("1", patent(1)), NOW);
  await register(registry, OPERATOR, asked("1", patent(2), { pledgor: "E2", pledgee: "demo-bank-b" }), NOW);
  const totals = await Promise.all(
    [OPERATOR, bank("a"), DEMO, bank("c"), owner("E1"), owner("E3")].map((actor) => list(db, actor, {}, NOW)),
  );
  expect(totals.map(({ total }) => total)).toEqual([2, 1, 1, 0, 1, 0]);
  // Whoever may not see it is not told that it is there.
  for (const actor of [DEMO, owner("E2")]) {
    expect(await problemOf(details(db, actor, id, NOW))).toMatchObject({ status: 404 });
    expect(await problemOf(release(registry, actor, id, { reason: "waived", on: "2026-06-01" }, NOW))).toMatchObject({ status: 404 });
  }
  expect(await problemOf(release(registry, owner("E1"), id, { reason: "waived", on: "2026-06-01" }, NOW))).toMatchObject({ status: 403 });
  expect(await problemOf(object(registry, bank("a"), id, { action: "object", reason: "x" }, NOW))).toMatchObject({ status: 403 });
  expect((await details(db, owner("E1"), id, NOW)).actions).toEqual(["object"]);
  expect((await details(db, bank("a"), id, NOW)).actions).toEqual(["change", "release"]);

  const asset = { kind: "patent", number: patent(1) } as const;
  const bare = await search(registry, bank("c"), { asset }, NOW);
  expect(bare).toMatchObject({ pledged: true, since: NOW.toISOString(), position: 0, nextRank: 2, own: null });
  expect(JSON.stringify(bare)).not.toMatch(/bank|E1|质字|10000000/);
  expect(await search(registry, owner("E1"), { asset }, NOW).catch((error: Refusal) => error.problem.code)).toBe("not-allowed");
  expect(await search(registry, bank("a"), { asset }, NOW)).toMatchObject({ own: id });
});

describe("at the same moment", () => {
  test("of forty requests through two servers for one asset exactly one is registered; the others are told by whose moment", async () => {
    await using fresh = await freshRegistry();
    const second = await openDb(fresh.url);
    try {
      for (let round = 0; round < 5; round++) {
        const outcomes = await Promise.allSettled(
          Array.from({ length: 40 }, (_, n) =>
            register(
              { ...fresh.registry, db: n % 2 === 0 ? fresh.db : second },
              bank(String(n)),
              asked(`r${round}`, patent(round)),
              new Date(NOW.getTime() + n),
            ),
          ),
        );
        const won = outcomes.filter((outcome) => outcome.status === "fulfilled");
        expect(won).toHaveLength(1);
        const since = won[0]!.value.registeredAt;
        for (const outcome of outcomes)
          if (outcome.status === "rejected") {
            expect((outcome.reason as Refusal).problem).toMatchObject({ code: "already-pledged" });
            const at = new Date(new Date(since).getTime() + 8 * 3600 * 1000).toISOString().slice(0, 19).replace("T", " ");
            expect((outcome.reason as Refusal).problem.text.zh).toContain(at);
          }
      }
      const { size, faults } = await checkAll(fresh.db);
      expect([size, faults]).toEqual([5, []]);
    } finally {
      await second.destroy();
    }
  });

  test("forty different assets are all registered, each with a place of its own in the log", async () => {
    await using fresh = await freshRegistry();
    const made = await Promise.all(
      Array.from({ length: 40 }, (_, n) => register(fresh.registry, bank("a"), asked(`k${n}`, patent(n)), NOW)),
    );
    expect(made.map(({ position }) => position).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, n) => n));
  });

  test("a release and those who wait for it: at most one takes the place, and never before", async () => {
    await using fresh = await freshRegistry();
    const { registry, db } = fresh;
    for (let round = 0; round < 10; round++) {
      const { id } = await register(registry, bank("a"), asked(`first ${round}`, patent(round)), NOW);
      const outcomes = await Promise.allSettled([
        ...Array.from({ length: 6 }, (_, n) => register(registry, bank(`w${n}`), asked(`after ${round}`, patent(round)), NOW)),
        release(registry, bank("a"), id, { reason: "discharged", on: "2026-06-01" }, NOW),
      ]);
      const won = outcomes.slice(0, 6).flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
      expect(won.length).toBeLessThanOrEqual(1);
      const released = (await details(db, OPERATOR, id, NOW)).events.at(-1)!;
      expect(released.action).toBe("release");
      for (const { position } of won) expect(position).toBeGreaterThan(released.position);
    }
  });

  test("a release and a change of one registration: the log has them in the order in which they happened", async () => {
    await using fresh = await freshRegistry();
    const { registry, db } = fresh;
    const { id } = await register(registry, bank("a"), asked("1", patent(1)), NOW);
    await Promise.allSettled([
      ...Array.from({ length: 5 }, (_, n) => change(registry, bank("a"), id, { securedFen: 7 + n }, NOW)),
      release(registry, bank("a"), id, { reason: "discharged", on: "2026-06-01" }, NOW),
      ...Array.from({ length: 5 }, (_, n) => change(registry, bank("a"), id, { securedFen: 70 + n }, NOW)),
    ]);
    const { events, pledge } = await details(db, bank("a"), id, NOW);
    expect(events.at(-1)!.action).toBe("release");
    const before = JSON.parse(events.at(-2)!.document) as { terms: { securedFen: number } };
    expect(pledge.securedFen).toBe(before.terms.securedFen);
    expect(events.map(({ position }) => position)).toEqual(events.map((_, n) => n));
  });

  test("killed in the middle again and again: what was acknowledged is there with its evidence, nothing is pledged twice", async () => {
    await using fresh = await freshRegistry();
    const { db, url } = fresh;
    const said: { done: "register" | "release"; id: string; key?: string; position?: number }[] = [];
    for (let round = 0; round < 5; round++) {
      // Two processes, as two servers of two banks, of which the first dies at some point of its work, and the second soon after.
      const children = ["bank:a", "bank:b"].map((name) =>
        spawn(process.execPath, [resolve(import.meta.dirname, "../pledge-registrar.ts"), url, name], {
          stdio: ["ignore", "pipe", "inherit"],
        }),
      );
      await Promise.all(
        children.map(async (child, index) => {
          const ended = new Promise((done) => child.once("close", done));
          let left = 3 + ((round * 7 + index * 5) % 11);
          for await (const line of createInterface(child.stdout!)) {
            said.push(JSON.parse(line));
            if (--left === 0) setTimeout(() => child.kill("SIGKILL"), (round * 3 + index) % 9);
          }
          await ended;
          expect(child.signalCode).toBe("SIGKILL");
        }),
      );
    }
    const rows = await db.selectFrom("pledge").selectAll().execute();
    const byId = new Map(rows.map((row) => [row.id, row]));
    expect(said.length).toBeGreaterThan(20);
    for (const { done, id, key, position } of said) {
      const row = byId.get(id)!;
      if (done === "register") expect([row.request_key, row.position]).toEqual([key, position]);
      else expect(row.state).toBe("released");
    }
    const live = rows.filter(({ state }) => state === "registered").map(({ commitment }) => commitment);
    expect(new Set(live).size).toBe(live.length);
    // Nothing is there by halves: every registration has its events, every event its record and leaf, every record its event.
    const events = await db.selectFrom("pledge_event").selectAll().orderBy("position").execute();
    const { size, faults } = await checkAll(db);
    expect(faults).toEqual([]);
    expect(events.map(({ position }) => position)).toEqual(Array.from({ length: size }, (_, n) => n));
    for (const row of rows) expect(row.position).not.toBe(null);
    // Replayed in the order of the log, no asset is ever held twice.
    const holder = new Map<string, string>();
    for (const { action, pledge_id, document } of events) {
      const { commitment } = JSON.parse(document) as { commitment: string };
      if (action === "register") {
        expect(holder.get(commitment)).toBe(undefined);
        holder.set(commitment, pledge_id);
      } else {
        expect(holder.get(commitment)).toBe(pledge_id);
        holder.delete(commitment);
      }
    }
  });
});

const checkAll = async (db: Db) => {
  const folder = await mkdtemp(join(tmpdir(), "zhiwei-pledge-"));
  try {
    const signers = await logSigners(folder, "zhiwei.example/log");
    await signCheckpoint(db, signers, NOW);
    return await checkLog(db, signers);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

test("no way into the tables pledges twice or undoes what has ended", async () => {
  await using fresh = await freshRegistry();
  const { registry, db } = fresh;
  const first = await register(registry, bank("a"), asked("1", patent(1)), NOW);
  const second = await register(registry, bank("b"), asked("1", patent(2)), NOW);
  await release(registry, bank("a"), first.id, { reason: "waived", on: "2026-06-01" }, NOW);
  const refused = async (statement: string) => {
    await expect(sql.raw(statement).execute(db)).rejects.toMatchObject({ code: expect.stringMatching(/^(42501|23505|23514)$/) });
  };
  await refused(`update pledge set state = 'registered', standing = '{"state":"registered","block":null}' where id = '${first.id}'`);
  await refused(`update pledge set pledgee = 'bank:c' where id = '${second.id}'`);
  await refused(`update pledge set position = 0 where id = '${second.id}'`);
  await refused(`update pledge set ends_on = '2026-07-01' where id = '${second.id}'`);
  await refused(`update pledge set state = 'released' where id = '${second.id}'`);
  await refused(`delete from pledge`);
  await refused(`truncate pledge cascade`);
  await refused(`delete from pledge_event`);
  await refused(`insert into pledge select gen_random_uuid()::text, asset, commitment, key_id, 'bank:z', pledgor, secured_fen, contract,
    description, starts_on, ends_on, state, standing, objection, registered_at, position, 'other', request_sha256 from pledge where id = '${second.id}'`);
});

describe("with a consortium's chain", () => {
  test("a registration awaits the chain, and stands or falls by it; told twice, it is settled once", async () => {
    const { chain, queued } = queue();
    await using fresh = await freshRegistry(chain);
    const { registry, db } = fresh;
    const a = await register(registry, bank("a"), asked("1", patent(1)), NOW);
    const b = await register(registry, bank("a"), asked("2", patent(2)), NOW);
    expect([a.state, b.state]).toEqual(["awaiting-chain", "awaiting-chain"]);
    expect(await queued(db)).toEqual([`claim ${a.id}`, `claim ${b.id}`]);
    expect((await listAwaiting(db)).map(({ claim, position }) => [claim, position])).toEqual([
      [a.id, 0],
      [b.id, 1],
    ]);
    // Nobody else here takes it meanwhile.
    expect(await problemOf(register(registry, bank("b"), asked("1", patent(1)), NOW))).toMatchObject({ code: "already-pledged" });
    const settle = (id: string, outcome: Parameters<typeof settleClaim>[2]) =>
      db.transaction().execute((tx) => settleClaim(tx, id, outcome, NOW));
    expect(await settle(a.id, { kind: "confirmed", block: 7 })).toBe(true);
    expect(await settle(a.id, { kind: "confirmed", block: 7 })).toBe(false);
    expect(await settle(a.id, { kind: "confirmed", block: 8 })).toBe(true);
    expect(await settle(b.id, { kind: "refused" })).toBe(true);
    expect(await settle(b.id, { kind: "confirmed", block: 9 })).toBe(false);
    expect((await details(db, bank("a"), a.id, NOW)).pledge).toMatchObject({ state: "registered", block: 8 });
    expect((await details(db, bank("a"), b.id, NOW)).pledge).toMatchObject({ state: "refused", block: null });
    expect(await listAwaiting(db)).toEqual([]);
    // What was refused holds nothing on the chain; what is released gives it free.
    await release(registry, bank("a"), a.id, { reason: "discharged", on: "2026-06-01" }, NOW);
    expect((await queued(db)).slice(2)).toEqual([`release ${a.id}`]);
  });

  test("withdrawn before it is settled, or run out: the chain hears of it after the claim", async () => {
    const { chain, queued } = queue();
    await using fresh = await freshRegistry(chain);
    const { registry, db } = fresh;
    const a = await register(registry, bank("a"), asked("1", patent(1)), NOW);
    const b = await register(registry, bank("a"), asked("2", patent(2)), NOW);
    await release(registry, bank("a"), a.id, { reason: "waived", on: "2026-06-01" }, NOW);
    expect(await db.transaction().execute((tx) => settleClaim(tx, a.id, { kind: "confirmed", block: 7 }, NOW))).toBe(false);
    expect(await expireDue(registry, new Date("2030-01-01T00:00:00Z"))).toBe(1);
    expect(await queued(db)).toEqual([`claim ${a.id}`, `claim ${b.id}`, `release ${a.id}`, `release ${b.id}`]);
  });

  test("what another institution holds is refused at once and found by a search, and a refused request queues nothing", async () => {
    const { chain, queued, held } = queue();
    await using fresh = await freshRegistry(chain);
    const { registry, db } = fresh;
    held.set(assetCommitment(KEY.mac, { kind: "patent", application: patent(1) }), "2026-05-01T00:00:00Z");
    expect(await problemOf(register(registry, bank("a"), asked("1", patent(1)), NOW))).toMatchObject({ code: "already-pledged" });
    expect(await search(registry, bank("a"), { asset: { kind: "patent", number: patent(1) } }, NOW)).toMatchObject({
      pledged: true,
      elsewhere: true,
      since: "2026-05-01T00:00:00Z",
      position: null,
    });
    await register(registry, bank("a"), asked("2", patent(2)), NOW);
    await problemOf(register(registry, bank("b"), asked("2", patent(2)), NOW));
    expect(await queued(db)).toHaveLength(1);
  });
});

describe("the consortium's key", () => {
  const folderOf = () => mkdtemp(join(tmpdir(), "zhiwei-key-"));
  test("HMAC-SHA-256 as in RFC 4231, test case 6 (a key longer than a block)", () => {
    const { mac } = keyFrom("aa".repeat(131));
    expect(Buffer.from(mac(Buffer.from("Test Using Larger Than Block-Size Key - Hash Key First"))).toString("hex")).toBe(
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    );
  });

  test("the example of docs/pledge.md, which openssl gives as well", async () => {
    const { mac } = keyFrom(Array.from({ length: 32 }, (_, byte) => byte.toString(16).padStart(2, "0")).join(""));
    const made = assetCommitment(mac, { kind: "patent", application: "2017106018623" });
    expect(made).toBe("07e2903cf7e25e54ae08dafc3167102c5e75dc8a40e04a3b87467edd74726e16");
    expect(await readFile(resolve(import.meta.dirname, "../../docs/pledge.md"), "utf8")).toContain(`    ${made}\n`);
  });

  test("is made once in the data folder, for its owner alone, however many begin at once", async () => {
    const folder = await folderOf();
    try {
      const code = `import { consortiumKey } from ${JSON.stringify(resolve(import.meta.dirname, "../../server/src/pledge/key.ts"))};
        console.log((await consortiumKey({ dataFolder: process.argv[1], consortiumKey: null })).id);`;
      const ids = await Promise.all(
        Array.from(
          { length: 4 },
          () =>
            new Promise<string>((done) => {
              const child = spawn(process.execPath, ["--input-type=module", "-e", code, folder], { stdio: ["ignore", "pipe", "inherit"] });
              let text = "";
              child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
              child.once("close", () => done(text.trim()));
            }),
        ),
      );
      expect(ids[0]).toMatch(/^[0-9a-f]{16}$/);
      expect(new Set(ids).size).toBe(1);
      expect((await stat(join(folder, "consortium.key"))).mode & 0o777).toBe(0o600);
      expect(keyFrom((await readFile(join(folder, "consortium.key"), "utf8")).trim()).id).toBe(ids[0]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test("is taken as hex digits or from a file, and refused where it is none", async () => {
    const folder = await folderOf();
    try {
      const hex = "0123456789abcdef".repeat(4);
      await writeFile(join(folder, "key"), `${hex}\n`);
      await writeFile(join(folder, "short"), hex.slice(2));
      const of = (given: string) => consortiumKey({ dataFolder: folder, consortiumKey: given });
      expect((await of(hex)).id).toBe((await of(join(folder, "key"))).id);
      for (const wrong of [join(folder, "short"), join(folder, "nothing"), hex.slice(1)])
        expect(await problemOf(of(wrong))).toMatchObject({ code: "consortium-key-unusable" });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test("changed while registrations stand, nothing is registered or searched: two keys would hold nothing apart", async () => {
    await using fresh = await freshRegistry();
    const { registry } = fresh;
    const { id } = await register(registry, bank("a"), asked("1", patent(1)), NOW);
    const other = { ...registry, key: keyFrom("22".repeat(32)) };
    expect(await problemOf(register(other, bank("b"), asked("1", patent(1)), NOW))).toMatchObject({ code: "consortium-key-changed" });
    expect(await problemOf(search(other, bank("b"), { asset: { kind: "patent", number: patent(1) } }, NOW))).toMatchObject({
      code: "consortium-key-changed",
    });
    await release(registry, bank("a"), id, { reason: "waived", on: "2026-06-01" }, NOW);
    await register(other, bank("b"), asked("1", patent(1)), NOW);
  });
});

describe("over HTTP and on the command line", () => {
  let server: Awaited<ReturnType<typeof testServer>>;
  beforeAll(async () => {
    server = await testServer();
    await server.importFile("e.csv", "企业代号,企业名称\nE1,检验企业\n", { kind: "enterprises" });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test("the whole way from their seats, and the race", async () => {
    const [a, b, ownerSeat, supervisor] = await Promise.all(
      ["demo-bank-a", "demo-bank-b", "enterprise:E1", "demo-supervisor"].map((seat) => server.as(seat)),
    );
    const endsOn = "2050-01-01";
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) =>
        (n % 2 === 0 ? a! : b!).call(routes.registerPledge, { body: asked(`h${n}`, patent(1), { endsOn }) }),
      ),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const made = await a!.call(routes.registerPledge, { body: asked("one", patent(2), { endsOn }) });
    expect(made.pledgee).toEqual({ party: "demo-bank-a", name: { zh: "示范银行甲", en: "Demonstration Bank A" } });
    const again = { body: asked("two", patent(2), { endsOn }) };
    expect(await b!.refusal(routes.registerPledge, again)).toEqual({ status: 409, code: "already-pledged" });
    expect(await server.refusal(routes.registerPledge, again)).toEqual({ status: 400, code: "bad-request" });
    expect(await server.refusal(routes.registerPledge, { body: { ...again.body, pledgee: "demo-bank-b" } })).toEqual({
      status: 409,
      code: "already-pledged",
    });
    expect(await ownerSeat!.refusal(routes.registerPledge, again)).toEqual({ status: 403, code: "not-for-this-party" });
    expect(await ownerSeat!.refusal(routes.searchPledge, { body: { asset: again.body.asset } })).toEqual({
      status: 403,
      code: "not-for-this-party",
    });
    expect(await supervisor!.call(routes.searchPledge, { body: { asset: again.body.asset } })).toMatchObject({ pledged: true, own: null });
    expect((await supervisor!.call(routes.listPledges)).total).toBe(0);
    expect(await b!.refusal(routes.getPledge, { params: { id: made.id } })).toEqual({ status: 404, code: "not-found" });
    expect((await ownerSeat!.call(routes.listPledges)).items.map(({ id }) => id)).toContain(made.id);
    const params = { id: made.id };
    await server.call(routes.changePledge, { params, body: { securedFen: 5 } });
    expect(await server.refusal(routes.changePledge, { params, body: {} })).toEqual({ status: 409, code: "pledge-unchanged" });
    await ownerSeat!.call(routes.objectToPledge, { params, body: { action: "object", reason: "检验", caseNumber: "（2026）检 1 号" } });
    expect((await server.call(routes.getPledge, { params })).actions).toEqual(["change", "release", "object", "withdraw-objection"]);
    await server.call(routes.objectToPledge, { params, body: { action: "withdraw-objection" } });

    const listed = JSON.parse((await zhiwei(server.surroundings.env, "pledge", "list", "--json")).stdout);
    expect(listed).toHaveLength(2);
    expect(listed[0]).toMatchObject({ id: made.id, securedFen: 5 });
    const found = await zhiwei(server.surroundings.env, "pledge", "search", "patent", patent(2), "--json");
    expect(JSON.parse(found.stdout)).toMatchObject({ pledged: true, own: made.id });
    expect((await zhiwei(server.surroundings.env, "pledge", "search", "patent", "1")).status).toBe(3);
    expect((await zhiwei(server.surroundings.env, "pledge", "search", "ship", "1")).status).toBe(2);
    expect((await zhiwei(server.surroundings.env, "pledge", "list")).stdout).toContain(made.id.slice(0, 8));

    // The evidence of a step, checked with nothing but the file and the log's keys.
    const { keys } = await server.call(routes.getLog);
    const { events } = await a!.call(routes.getPledge, { params });
    for (const { position, sha256: stated } of events) {
      const address = `/pledges/${made.id}/evidence/${position}`;
      const reply = await fetch(`${server.url}${API_PREFIX}${address}`);
      expect(reply.headers.get("content-disposition")).toContain(`pledge-${made.id.slice(0, 8)}-${position}.json`);
      const text = await reply.text();
      const file = JSON.parse(text) as { document: Json; record: EvidenceRecord; salt: string; proof: string };
      expect(canonicalJson(file as unknown as Json)).toBe(text);
      expect(createHash("sha256").update(canonicalJson(file.document)).digest("hex")).toBe(stated);
      expect(file.record.content["document"]).toBe(stated);
      const { index, hashes, checkpoint } = parseProof(file.proof)!;
      expect(index).toBe(position);
      const policy = parsePolicy(sha256, [...keys.map((key) => `log ${key}`), "quorum none", ""].join("\n"));
      const trusted = policy.ok && trustCheckpoint(checkpoint, policy.value, verify);
      if (!trusted || !trusted.ok) throw new Error("the checkpoint is not the log's");
      const leaf = leafHash(sha256, entryOf(sha256, Buffer.from(file.salt, "hex"), file.record));
      const { size, root } = trusted.value.checkpoint;
      expect(verifyInclusion(sha256, leaf, index, size, hashes, root)).toBe(true);
    }
    expect(await server.refusal(routes.getPledgeEvidence, { params: { id: made.id, position: 999_999 } })).toEqual({
      status: 404,
      code: "not-found",
    });
    expect(await b!.refusal(routes.getPledgeEvidence, { params: { id: made.id, position: made.position } })).toEqual({
      status: 404,
      code: "not-found",
    });

    const on = made.startsOn;
    await server.call(routes.releasePledge, { params, body: { reason: "discharged", on } });
    expect(await server.refusal(routes.releasePledge, { params, body: { reason: "discharged", on } })).toEqual({
      status: 409,
      code: "pledge-over",
    });
    expect((await server.call(routes.searchPledge, { body: { asset: { kind: "patent", number: patent(2) } } })).pledged).toBe(false);
    expect((await server.call(routes.listPledges, { query: { state: "released" } })).total).toBe(1);
    expect(await server.refusal(routes.getPledge, { params: { id: "nothing" } })).toEqual({ status: 404, code: "not-found" });
  });
});

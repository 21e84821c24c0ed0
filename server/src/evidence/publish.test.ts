import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { formatVerifierKey, parseCheckpoint, parseNote, trustCheckpoint } from "@zhiwei/core/tlog";
import { freshDatabase } from "../../../test/database.ts";
import { readConfig } from "../config.ts";
import { type Db, openDb } from "../db/index.ts";
import type { Platform } from "../platform.ts";
import { verify } from "./keys.ts";
import { appendEntries, headOf } from "./log.ts";
import { type Evidence, type Fetch, countedCheckpoint, openEvidence, publish } from "./publish.ts";
import { openWitness, witnessApp } from "./witness.ts";

const append = (db: Db, ...names: string[]) =>
  db.transaction().execute((tx) =>
    appendEntries(
      tx,
      names.map((name) => new TextEncoder().encode(name)),
    ),
  );

/** A log with three witnesses, any two of which are enough. Requests go to the witnesses' own HTTP servers, without a port. */
const opened = async () => {
  const database = await freshDatabase();
  const folder = await mkdtemp(join(tmpdir(), "zhiwei-publish-"));
  const db = await openDb(database.url);
  const platformWith = (policy?: string): Platform =>
    ({
      db,
      config: readConfig({ ZHIWEI_DATA: folder, ZHIWEI_LOG_ORIGIN: "zhiwei.example/log", ...(policy ? { ZHIWEI_WITNESSES: policy } : {}) }),
    }) as Platform;
  const own = await openEvidence(platformWith());
  const logs = own.signers.map(({ key }) => key);
  const names = ["bank-a.example/w", "bank-b.example/w", "bureau.example/w"];
  const witnesses = await Promise.all(names.map((name, at) => openWitness(join(folder, `w${at}`), name, logs)));
  const apps = witnesses.map((witness) => witnessApp(witness, () => new Date("2026-01-05T00:00:00Z")));
  const path = join(folder, "witnesses.txt");
  await writeFile(
    path,
    [
      "# any two of three",
      ...witnesses.flatMap(({ signers }, at) =>
        signers.map(({ key }, kind) => `witness w${at}-${kind} ${formatVerifierKey(key)} http://w${at}.example`),
      ),
      ...witnesses.map((_, at) => `group w${at} all w${at}-0 w${at}-1`),
      "group two 2 w0 w1 w2",
      "quorum two",
      "",
    ].join("\n"),
  );
  const down = new Set<number>();
  const fetch: Fetch = async (url, init) => {
    const at = Number(/w(\d)\.example/.exec(url)![1]);
    if (down.has(at)) throw new TypeError("fetch failed");
    const reply = await apps[at]!.inject({ method: "POST", url: "/add-checkpoint", payload: init.body as string });
    return new Response(reply.body, { status: reply.statusCode });
  };
  return {
    db,
    witnesses,
    down,
    fetch,
    evidence: await openEvidence(platformWith(path)),
    platformWith,
    folder,
    [Symbol.asyncDispose]: async () => {
      for (const witness of witnesses) witness.close();
      await db.destroy();
      await database[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
const NOW = new Date("2026-01-05T00:00:00Z");
const states = (db: Db) => db.selectFrom("evidence_witness").select(["witness", "size", "problem"]).orderBy("witness").execute();
const alarms = (db: Db) => db.selectFrom("evidence_alarm").select(["code", "witness", "size"]).orderBy("id").execute();

test("a checkpoint counts once the quorum has cosigned; a witness that was down catches up", async () => {
  await using at = await opened();
  const { db, evidence, down, fetch } = at;
  await append(db, "a", "b");
  down.add(1).add(2);
  expect(await publish(db, evidence, NOW, fetch)).toBeNull();
  expect(await countedCheckpoint(db, evidence)).toBeNull();
  expect((await states(db)).map(({ size, problem }) => [size, problem?.split(":")[0] ?? null])).toEqual([
    [2, null],
    [0, "unreachable"],
    [0, "unreachable"],
  ]);
  down.delete(1);
  const counted = (await publish(db, evidence, NOW, fetch))!;
  expect(counted.size).toBe(2);
  // Log twice, two witnesses twice.
  const trusted = trustCheckpoint(counted.signed, evidence.policy, verify);
  expect(trusted.ok && trusted.value.signatures.length).toBe(6);

  await append(db, "c");
  down.add(0);
  // Only one of three answers: readers keep the last checkpoint that counts.
  expect((await publish(db, evidence, NOW, fetch))!.size).toBe(2);
  await append(db, "d");
  down.clear();
  const last = (await publish(db, evidence, NOW, fetch))!;
  expect(last.size).toBe(4);
  expect((await states(db)).map(({ size, problem }) => [size, problem])).toEqual([
    [4, null],
    [4, null],
    [4, null],
  ]);
  expect(parseCheckpoint(parseNote(last.signed)!.text)!.root).toEqual(new Uint8Array((await headOf(db)).root));
  expect(await alarms(db)).toEqual([]);
});

test("what we remember of a witness may be wrong: it says its size, and we go on from there", async () => {
  await using at = await opened();
  const { db, evidence, fetch } = at;
  await append(db, "a", "b", "c");
  await publish(db, evidence, NOW, fetch);
  await append(db, "d");
  await db.updateTable("evidence_witness").set({ size: 1 }).execute();
  expect((await publish(db, evidence, NOW, fetch))!.size).toBe(4);
  expect(await alarms(db)).toEqual([]);
});

test("a database that was set back is found out by the witnesses: nothing counts, and alarms are raised once", async () => {
  await using at = await opened();
  const { db, evidence, fetch } = at;
  await append(db, ...Array.from({ length: 20 }, (_, n) => `entry ${n}`));
  await publish(db, evidence, NOW, fetch);
  // Somebody with all rights takes the log back to its beginning, and lets it grow another way.
  const clear =
    "begin; set local session_replication_role = replica; delete from evidence_leaf; delete from evidence_tile; delete from evidence_checkpoint; delete from evidence_cosignature; delete from evidence_witness; update evidence_head set size = 0, root = sha256(''); commit";
  await sql.raw(clear).execute(db);
  await append(db, "another history");
  expect(await publish(db, evidence, NOW, fetch)).toBeNull();
  expect(new Set((await alarms(db)).map(({ code }) => code))).toEqual(new Set(["witness-ahead"]));
  // Grown to the very size that was cosigned, it is a fork.
  await append(db, ...Array.from({ length: 19 }, (_, n) => `other ${n}`));
  for (let again = 0; again < 2; again++) expect(await publish(db, evidence, NOW, fetch)).toBeNull();
  expect((await alarms(db)).filter(({ code }) => code === "witness-refused")).toHaveLength(3);
  for (const witness of at.witnesses) expect(witness.forks().length).toBeGreaterThan(0);
});

test("a log that does not go on from what it signed is not signed, and that is an alarm of its own", async () => {
  await using at = await opened();
  const { db, evidence, fetch } = at;
  await append(db, "a", "b");
  await publish(db, evidence, NOW, fetch);
  const clear =
    "begin; set local session_replication_role = replica; delete from evidence_leaf; delete from evidence_tile; update evidence_head set size = 0, root = sha256(''); commit";
  await sql.raw(clear).execute(db);
  await append(db, "x", "y", "z");
  await expect(publish(db, evidence, NOW, fetch)).rejects.toThrow(/nothing is signed/);
  expect(await alarms(db)).toEqual([{ code: "own-fork", witness: null, size: 2 }]);
});

test("an answer without a cosignature of the witness's keys counts for nothing", async () => {
  await using at = await opened();
  const { db, evidence } = at;
  await append(db, "a");
  const lying: Fetch = async () => new Response("— bank-a.example/w AAAAAAAA\n", { status: 200 });
  expect(await publish(db, evidence, NOW, lying)).toBeNull();
  expect((await states(db)).every(({ problem, size }) => problem!.includes("no cosignature") && size === 0)).toBe(true);
});

test("the log keeps its name, and a policy that cannot be read is refused with its line", async () => {
  await using at = await opened();
  const again: Evidence = await openEvidence(at.platformWith());
  expect(again.origin).toBe("zhiwei.example/log");
  const bad = join(at.folder, "bad.txt");
  await writeFile(bad, "quorum two\n");
  await expect(openEvidence(at.platformWith(bad))).rejects.toMatchObject({
    problem: { code: "witness-policy", text: { en: expect.stringContaining("line 1") } },
  });
  const [witness] = at.witnesses;
  await writeFile(bad, `witness w ${formatVerifierKey(witness!.signers[0]!.key)}\nquorum w\n`);
  await expect(openEvidence(at.platformWith(bad))).rejects.toMatchObject({
    problem: { text: { en: expect.stringContaining("has no address") } },
  });
});

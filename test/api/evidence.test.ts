import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { API_PREFIX, routes } from "../../api/src/index.ts";
import { parseBundle, parseEntry, verifyBundle } from "../../core/src/evidence/index.ts";
import {
  entriesOf,
  leafHash,
  parseCheckpoint,
  parseNote,
  parsePolicy,
  rootOf,
  subtreeOf,
  tilePath,
  tilesOf,
  trustCheckpoint,
  verifyConsistency,
} from "../../core/src/tlog/index.ts";
import { openDb } from "../../server/src/db/index.ts";
import { checkStore } from "../../server/src/evidence/check-store.ts";
import { checkLog } from "../../server/src/evidence/fsck.ts";
import { hashes, sha256, verify } from "../../server/src/evidence/keys.ts";
import { consistencyOf, headOf } from "../../server/src/evidence/log.ts";
import { openEvidence } from "../../server/src/evidence/publish.ts";
import { freshSurroundings, salesCsv, serveProcess, testServer, zhiwei } from "./server.ts";

const suite = { hashes, verify };

/** Asks until the log has been published so far; the interval is politeness, not luck. */
const publishedLog = async (url: string, size: number) => {
  for (;;) {
    const reply = await fetch(`${url}/log/checkpoint`);
    const note = reply.ok ? await reply.text() : null;
    if (note && parseCheckpoint(parseNote(note)!.text)!.size >= size) return note;
    await new Promise((done) => setTimeout(done, 50));
  }
};

test("an import, its profile and its score are in the log; the bundle of the profile holds offline", async () => {
  await using server = await testServer();
  await server.importFile("sales.csv", salesCsv("C1", 60));
  const { profile, sha256: hash } = await server.call(routes.getProfile, { params: { id: "C1" } });
  const reply = await fetch(`${server.url}${API_PREFIX}/enterprises/C1/bundle`);
  const text = await reply.text();
  expect(reply.headers.get("content-disposition")).toContain(`C1-${profile.asOf}.bundle.json`);
  expect(verifyBundle(text, suite).filter((check) => !check.ok)).toEqual([]);
  const bundle = parseBundle(text)!;
  expect(bundle.statements.profile.record).toMatchObject({ kind: "profile", subject: "C1", content: { sha256: hash } });
  expect(bundle.statements.batches[0]!.record.content).toMatchObject({ rows: 60, rowsRoot: expect.stringMatching(/^[0-9a-f]{64}$/) });

  // The same profile is the same statement: nothing is logged anew.
  const before = await server.call(routes.getLog);
  await server.call(routes.getProfile, { params: { id: "C1" } });
  expect((await server.call(routes.getLog)).size).toBe(before.size);
  expect(before.kinds).toEqual([
    { kind: "import-batch", count: 1 },
    { kind: "profile", count: 1 },
  ]);
  // By a checkpoint that a reader holds, the bundle proves that the log went on from there.
  await server.importFile("more.csv", salesCsv("C2", 10, 20_000_000));
  const later = await (await fetch(`${server.url}${API_PREFIX}/enterprises/C2/bundle?known=${before.size}`)).text();
  expect(verifyBundle(later, suite, { known: bundle.checkpoint }).filter((check) => !check.ok)).toEqual([]);
  expect(await server.refusal(routes.getBundle, { params: { id: "C2" }, query: { known: 1_000_000 } })).toEqual({
    status: 404,
    code: "no-such-checkpoint",
  });
});

test("the log as other tools read it: checkpoint, tiles and entries lead to one root; nothing of an enterprise stands in it", async () => {
  await using server = await testServer();
  await server.importFile("sales.csv", salesCsv("企业名称很特别", 60));
  await server.call(routes.getProfile, { params: { id: "企业名称很特别" } });
  const { size } = await server.call(routes.getLog);
  const note = await publishedLog(server.url, size);
  const policy = parsePolicy(sha256, await (await fetch(`${server.url}/log/policy`)).text());
  if (!policy.ok) throw new Error("no policy");
  const trusted = trustCheckpoint(note, policy.value, verify);
  if (!trusted.ok) throw new Error(trusted.error);
  const { checkpoint } = trusted.value;
  const bytesAt = async (path: string) => {
    const reply = await fetch(`${server.url}/log/${path}`);
    expect([reply.status, reply.headers.get("cache-control")], path).toEqual([200, "public, max-age=31536000, immutable"]);
    return new Uint8Array(await reply.arrayBuffer());
  };
  const entries: Uint8Array[] = [];
  for (const tile of tilesOf(checkpoint.size).filter(({ level }) => level === 0)) {
    const bundle = entriesOf(await bytesAt(tilePath({ ...tile, level: "entries" })))!;
    const hashes = await bytesAt(tilePath(tile));
    for (const [at, entry] of bundle.entries())
      expect(hashes.subarray(at * 32, at * 32 + 32)).toEqual(new Uint8Array(leafHash(sha256, entry)));
    entries.push(...bundle);
  }
  const leaves = entries.map((entry) => leafHash(sha256, entry));
  expect(Buffer.from(rootOf(sha256, subtreeOf(sha256, leaves), leaves.length))).toEqual(Buffer.from(checkpoint.root));
  for (const entry of entries) {
    expect(parseEntry(entry)).not.toBeNull();
    expect(Buffer.from(entry).toString()).toMatch(/^\{"commitment":"[0-9a-f]{64}","kind":"[a-z-]+","v":1\}$/);
  }
  expect((await fetch(`${server.url}/log/tile/0/999`)).status).toBe(404);
  expect((await fetch(`${server.url}/log/tile/0/000.p/0`)).status).toBe(404);
});

test("verify and fsck at the command line; a file, a row, a record, a profile changed is named", async () => {
  await using at = await freshSurroundings();
  const run = async (...args: string[]) => {
    const { status, stdout } = await zhiwei(at.env, ...args, "--json");
    return {
      status,
      document: (stdout === "" ? null : JSON.parse(stdout)) as {
        valid?: boolean;
        ok?: boolean;
        checks?: { name: string; ok: boolean }[];
        faults?: object[];
      },
    };
  };
  const failing = ({ checks }: { checks?: { name: string; ok: boolean }[] }) =>
    checks!.filter((check) => !check.ok).map(({ name }) => name);
  await run("import", await at.file("sales.csv", salesCsv("C1", 60)), "--kind", "sales-invoices");
  const profile = await at.file("profile.json", (await zhiwei(at.env, "profile", "C1", "--json")).stdout);
  const bundle = await at.file("bundle.json", (await zhiwei(at.env, "profile", "C1", "--bundle")).stdout);
  const whole = await run("verify", profile, "--recompute");
  expect([whole.status, whole.document.valid]).toEqual([0, true]);
  expect(whole.document.checks!.map(({ name }) => name)).toEqual(expect.arrayContaining(["inclusion profile", "recompute"]));
  // Without the platform, from the bundle alone.
  expect((await zhiwei({ ...at.env, DATABASE_URL: "postgres://127.0.0.1:1/none" }, "verify", bundle, "--json")).status).toBe(0);
  expect((await run("fsck")).document).toMatchObject({ ok: true, size: 2, faults: [] });

  const changed = await at.file("changed.json", (await readFile(profile, "utf8")).replace('"asOf":"20', '"asOf":"21'));
  expect(failing((await run("verify", changed)).document)).toEqual(["profile-hash"]);
  expect((await run("verify", await at.file("text.json", "{}"))).status).toBe(1);
  expect((await run("verify", "/nonexistent")).status).toBe(2);
  expect((await run("verify", bundle, "--policy", await at.file("policy.txt", "quorum none\nnonsense\n"))).status).toBe(2);

  const db = await openDb(at.env.DATABASE_URL);
  try {
    const behind = (statement: string) => sql.raw(`begin; set local session_replication_role = replica; ${statement}; commit`).execute(db);
    const parquet = join(at.env.ZHIWEI_DATA, "lake/invoices");
    const [name] = await readdir(parquet);
    const bytes = await readFile(join(parquet, name!));
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(7), async (place, bit) => {
        const other = Buffer.from(bytes);
        other[place]! ^= 1 << bit;
        await writeFile(join(parquet, name!), other);
        const config = (await import("../../server/src/config.ts")).readConfig(at.env);
        const { openPlatform } = await import("../../server/src/platform.ts");
        const platform = await openPlatform(config);
        try {
          const { faults } = await checkStore(platform, await openEvidence(platform));
          expect(faults).toEqual([{ code: "file-changed", where: name!.replace(".parquet", "") }]);
        } finally {
          await platform.close();
        }
      }),
      { numRuns: 4 },
    );
    await writeFile(join(parquet, name!), bytes.with(100, bytes[100]! ^ 1));
    expect(failing((await run("verify", profile, "--recompute")).document)).toContain(`records ${name!.replace(".parquet", "")}`);
    await writeFile(join(parquet, name!), bytes);

    const kept = await db.selectFrom("evidence_record").select(["position", "record"]).orderBy("position").execute();
    await behind(`update evidence_record set record = replace(record, '"rows":60', '"rows":61') where position = ${kept[0]!.position}`);
    expect((await run("fsck")).document).toMatchObject({
      ok: false,
      faults: expect.arrayContaining([{ code: "record-changed", where: "0" }]),
    });
    await behind(`update evidence_record set record = '${kept[0]!.record!.replaceAll("'", "''")}' where position = ${kept[0]!.position}`);
    await behind("update profile set document = jsonb_set(document, '{asOf}', '\"2030-01-01\"')");
    expect((await run("fsck")).document).toMatchObject({
      ok: false,
      faults: [{ code: "profile-changed", where: expect.stringContaining("C1") }],
    });
    expect((await zhiwei(at.env, "erase", "C1", "--json")).stdout).toBe('{"enterprise":"C1","records":2,"profiles":1}\n');
    // What was erased is told apart from what was tampered with.
    expect((await run("fsck")).document).toMatchObject({ ok: true, size: 3, records: 1, erased: 2, faults: [] });
  } finally {
    await db.destroy();
  }
});

test("a record that is erased on request leaves the log sound, and says nothing any more", async () => {
  await using server = await testServer();
  await server.importFile("sales.csv", salesCsv("C1", 60));
  await server.call(routes.getProfile, { params: { id: "C1" } });
  const { platform } = server.system.running!;
  const { eraseRecords } = await import("../../server/src/evidence/records.ts");
  expect(await eraseRecords(platform.db, "C1", new Date())).toBe(2);
  const evidence = await openEvidence(platform);
  expect((await checkLog(platform.db, evidence.signers)).faults).toEqual([]);
  const left = await platform.db.selectFrom("evidence_record").selectAll().where("erased_at", "is not", null).execute();
  expect(left.map(({ record, salt, subject, about }) => [record, salt, subject, about])).toEqual([
    [null, null, null, null],
    [null, null, null, null],
  ]);
  // That something was erased is itself in the log.
  expect((await server.call(routes.getLog)).kinds).toEqual(expect.arrayContaining([{ kind: "erasure", count: 1 }]));
  const entries = await server.call(routes.listEntries, { query: { kind: "profile" } });
  expect(entries.items).toMatchObject([{ kind: "profile", erased: true }]);
});

test("the server killed at random in the middle of imports and profiles loses no acknowledged entry and forks nothing", async () => {
  await using at = await freshSurroundings();
  await mkdir(at.env.ZHIWEI_DATA, { recursive: true });
  const db = await openDb(at.env.DATABASE_URL);
  const checkpoints: string[] = [];
  const acknowledged = new Set<string>();
  try {
    for (let round = 0; round < 4; round++) {
      const server = await serveProcess(at.env);
      const work = (async () => {
        for (let n = 0; ; n++) {
          const enterprise = `C${round}x${n}`;
          await server.importFile(`${enterprise}.csv`, salesCsv(enterprise, 20, 10_000_000 + round * 100_000 + n * 100));
          const { sha256: hash } = await server.call(routes.getProfile, { params: { id: enterprise } });
          acknowledged.add(hash);
          checkpoints.push(await (await fetch(`${server.url}/log/checkpoint`)).text());
          // Dies at some point of what comes after an acknowledgement that differs by the round.
          if (n === 1 + (round % 3)) setTimeout(() => server.child.kill("SIGKILL"), (round * 37) % 90);
        }
      })();
      await expect(work).rejects.toThrow();
      await server.ended;
      expect(server.child.signalCode).toBe("SIGKILL");
    }
    const { readConfig } = await import("../../server/src/config.ts");
    const platform = { db, config: readConfig(at.env) } as Parameters<typeof openEvidence>[0];
    const { signers } = await openEvidence(platform);
    expect((await checkLog(db, signers)).faults).toEqual([]);
    const logged = await db.selectFrom("evidence_record").select("about").where("kind", "=", "profile").execute();
    const abouts = new Set(logged.map(({ about }) => about));
    expect([...acknowledged].filter((hash) => !abouts.has(hash))).toEqual([]);
    const head = await headOf(db);
    const seen = checkpoints.filter((note) => note !== "");
    expect(seen.length).toBeGreaterThan(2);
    for (const note of seen) {
      const { size, root } = parseCheckpoint(parseNote(note)!.text)!;
      expect(verifyConsistency(sha256, size, root, head.size, head.root, await consistencyOf(db, size, head.size))).toBe(true);
    }
  } finally {
    await db.destroy();
  }
});

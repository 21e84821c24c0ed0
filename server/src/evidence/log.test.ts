import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import {
  SUITES,
  type Suite,
  type TrustPolicy,
  entriesOf,
  leafHash,
  parseCheckpoint,
  parseNote,
  rootOf,
  subtreeOf,
  tilesOf,
  trustCheckpoint,
  verifyConsistency,
  verifyProof,
} from "@zhiwei/core/tlog";
import { freshDatabase } from "../../../test/database.ts";
import { type Db, openDb } from "../db/index.ts";
import { checkLog } from "./fsck.ts";
import { hashes, logSigners, verify } from "./keys.ts";
import { appendEntries, consistencyOf, latestCheckpoint, openLog, proofOf, readTile, signCheckpoint } from "./log.ts";

const ORIGIN = "zhiwei.example/log";
const NOW = new Date("2026-01-05T00:00:00Z");
const entry = (n: number) => new TextEncoder().encode(`entry ${n}`);
const entries = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => entry(from + i));
const rootOfEntries = (suite: Suite, count: number) =>
  Buffer.from(
    rootOf(
      hashes[suite],
      subtreeOf(
        hashes[suite],
        entries(0, count).map((each) => leafHash(hashes[suite], each)),
      ),
      count,
    ),
  ).toString("hex");

const opened = async (suite: Suite) => {
  const database = await freshDatabase();
  const folder = await mkdtemp(join(tmpdir(), "zhiwei-log-"));
  const db = await openDb(database.url);
  await openLog(db, suite);
  return {
    db,
    url: database.url,
    folder,
    signers: await logSigners(folder, ORIGIN, suite),
    [Symbol.asyncDispose]: async () => {
      await db.destroy();
      await database[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
const append = (db: Db, list: readonly Uint8Array[]) => db.transaction().execute((tx) => appendEntries(tx, list));
const policyOf = (signers: Awaited<ReturnType<typeof logSigners>>): TrustPolicy => ({
  logs: signers.map((each) => each.key),
  witnesses: [],
  quorum: null,
});

describe.each(SUITES)("the evidence log, %s suite", (suite) => {
  const hash = hashes[suite];
  test("grown in batches of any size it is the tree of all entries, with every checkpoint the beginning of the next", async () => {
    await using at = await opened(suite);
    const { db, signers } = at;
    let size = 0;
    let last = await signCheckpoint(db, signers, NOW);
    expect(last.size).toBe(0);
    for (const step of [1, 1, 254, 1, 300, 7, 2000, 65_000]) {
      expect(await append(db, entries(size, size + step))).toBe(size);
      size += step;
      const next = await signCheckpoint(db, signers, NOW);
      expect(verifyConsistency(hash, last.size, last.root, next.size, next.root, await consistencyOf(db, last.size, next.size))).toBe(true);
      last = next;
    }
    expect(Buffer.from(last.root).toString("hex")).toBe(rootOfEntries(suite, size));
    for (const position of [0, 1, 255, 256, 2563, size - 1]) {
      const proof = await proofOf(db, position, last);
      expect(verifyProof(hash, proof, leafHash(hash, entry(position)), policyOf(signers), verify)).toMatchObject({
        ok: true,
        value: { index: position },
      });
      expect(verifyProof(hash, proof, leafHash(hash, entry(position + 1)), policyOf(signers), verify).ok).toBe(false);
    }
    expect(await checkLog(db, signers)).toEqual({ size, checkpoints: 9, faults: [] });
    // Both signatures hold, each on its own.
    for (const { key } of signers) expect(trustCheckpoint(last.signed, { logs: [key], witnesses: [], quorum: null }, verify).ok).toBe(true);
    // Signed once, it is not signed again.
    expect((await signCheckpoint(db, signers, new Date())).signed).toBe(last.signed);
  });

  test("tiles and bundles as they are served: of signed trees only, a narrower one the beginning of a wider", async () => {
    await using at = await opened(suite);
    const { db, signers } = at;
    await append(db, entries(0, 300));
    expect(await readTile(db, { level: 0, index: 0, width: 256 })).toBeNull();
    await signCheckpoint(db, signers, NOW);
    await append(db, entries(300, 400));
    for (const tile of tilesOf(300)) expect((await readTile(db, tile))!.length).toBe(32 * tile.width);
    expect(await readTile(db, { level: 0, index: 1, width: 45 })).toBeNull();
    await signCheckpoint(db, signers, NOW);
    expect((await readTile(db, { level: 0, index: 1, width: 144 }))!.subarray(0, 44 * 32)).toEqual(
      await readTile(db, { level: 0, index: 1, width: 44 }),
    );
    const bundle = entriesOf((await readTile(db, { level: "entries", index: 1, width: 44 }))!)!;
    expect(bundle.map((each) => new TextDecoder().decode(each))).toEqual(entries(256, 300).map((each) => new TextDecoder().decode(each)));
    expect(await readTile(db, { level: 63, index: 0, width: 1 })).toBeNull();
  });

  test("a log that is written to while it is checked is found sound, at whatever moment", async () => {
    await using at = await opened(suite);
    const { db, signers } = at;
    let [size, written, checked] = [0, 0, 0];
    const goesOn = () => written < 12 || checked < 12;
    const write = async () => {
      for (; goesOn(); written++) {
        const more = 1 + ((written * 37) % 190);
        await append(db, entries(size, size + more));
        size += more;
        await signCheckpoint(db, signers, NOW);
      }
    };
    const check = async () => {
      for (; goesOn(); checked++) {
        const before = size;
        const found = await checkLog(db, signers);
        expect(found.faults).toEqual([]);
        expect(found.size).toBeGreaterThanOrEqual(before);
      }
    };
    await Promise.all([write(), check()]);
  });

  test("appended by many at once, each entry has its own place; what is rolled back leaves nothing", async () => {
    await using at = await opened(suite);
    const { db, signers } = at;
    const turns = Array.from({ length: 24 }, (_, k) => k);
    const found = await Promise.all(
      turns.map((k) =>
        k % 4 === 3
          ? db
              .transaction()
              .execute(async (tx) => {
                await appendEntries(tx, entries(k * 100, k * 100 + 17));
                throw new Error("the cause came to nothing");
              })
              .catch(() => null)
          : append(db, entries(k * 100, k * 100 + 17)),
      ),
    );
    const firsts = found.filter((first) => first !== null).toSorted((a, b) => a - b);
    expect(firsts).toEqual(Array.from({ length: 18 }, (_, i) => 17 * i));
    expect(await append(db, [])).toBe(18 * 17);
    await signCheckpoint(db, signers, NOW);
    expect((await checkLog(db, signers)).faults).toEqual([]);
  });

  test("the tables refuse every change", async () => {
    await using at = await opened(suite);
    const { db, signers } = at;
    await append(db, entries(0, 10));
    await signCheckpoint(db, signers, NOW);
    for (const statement of [
      "update evidence_leaf set entry = 'x'",
      "delete from evidence_leaf",
      "truncate evidence_leaf cascade",
      "update evidence_tile set hashes = decode(repeat('00', 320), 'hex')",
      "update evidence_tile set hashes = substring(hashes for 32)",
      "delete from evidence_tile",
      "update evidence_head set size = 9",
      "update evidence_head set root = sha256('x')",
      "delete from evidence_head",
      "update evidence_checkpoint set signed = 'x'",
      "delete from evidence_checkpoint",
    ])
      await expect(sql.raw(statement).execute(db), statement).rejects.toMatchObject({ code: "42501" });
  });

  test("a database that was set back is not signed over: that would be a fork of our own", async () => {
    await using at = await opened(suite);
    const { db, signers } = at;
    await append(db, entries(0, 500));
    await signCheckpoint(db, signers, NOW);
    // Somebody with all rights puts another history in the place of the one that was signed.
    const connection = sql.raw(
      "begin; set local session_replication_role = replica; delete from evidence_leaf; delete from evidence_tile; update evidence_head set size = 0, root = sha256(''); commit",
    );
    await connection.execute(db);
    await append(db, entries(1000, 1600));
    await expect(signCheckpoint(db, signers, NOW)).rejects.toThrow(/nothing is signed/);
    expect((await latestCheckpoint(db))!.size).toBe(500);
    expect((await checkLog(db, signers)).faults).toEqual([{ code: "fork", where: "500" }]);
  });

  test("a proof that does not hold is not given, whatever bit of a tile was changed; once it is mended, it is given again", async () => {
    await using at = await opened(suite);
    const { db, signers } = at;
    const size = 700;
    await append(db, entries(0, size));
    const checkpoint = await signCheckpoint(db, signers, NOW);
    const put = (level: number, place: number, bytes: Buffer) =>
      sql
        .raw(
          `begin; set local session_replication_role = replica; update evidence_tile set hashes = '\\x${bytes.toString("hex")}' where level = ${level} and place = ${place}; commit`,
        )
        .execute(db);
    const tiles = tilesOf(size);
    const outcomes = new Set<boolean>();
    await fc.assert(
      fc.asyncProperty(fc.nat(tiles.length - 1), fc.nat(), fc.nat(size - 1), async (which, bit, any) => {
        const { level, index, width } = tiles[which]! as { level: number; index: number; width: number };
        // A leaf of the tile that is changed; a tile further up is of all of them.
        const position = level === 0 ? index * 256 + (any % width) : any;
        const bytes = (await readTile(db, tiles[which]!))!;
        const changed = Buffer.from(bytes);
        const byte = (bit >> 3) % bytes.length;
        changed[byte]! ^= 1 << (bit & 7);
        await put(level, index, changed);
        // Another process, which remembers nothing.
        const fresh = await openDb(at.url);
        try {
          const given = await proofOf(fresh, position, checkpoint).catch(() => null);
          outcomes.add(given === null);
          const leaf = leafHash(hash, entry(position));
          if (given !== null) expect(verifyProof(hash, given, leaf, policyOf(signers), verify).ok).toBe(true);
          await put(level, index, bytes);
          expect(verifyProof(hash, await proofOf(fresh, position, checkpoint), leaf, policyOf(signers), verify).ok).toBe(true);
        } finally {
          await fresh.destroy();
        }
      }),
      { numRuns: 20 },
    );
    expect(outcomes.has(true)).toBe(true);
  });

  test("whatever is changed behind its back, by one bit, fsck names it", async () => {
    await using at = await opened(suite);
    const { db, signers } = at;
    for (const [from, to] of [
      [0, 200],
      [200, 700],
    ] as const) {
      await append(db, entries(from, to));
      await signCheckpoint(db, signers, NOW);
    }
    const behind = (statement: string) => sql.raw(`begin; set local session_replication_role = replica; ${statement}; commit`).execute(db);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom("entry", "leaf_hash", "tile", "root", "checkpoint"), fc.nat(), fc.nat(), async (what, at_, bit) => {
        const position = at_ % 700;
        const tiles = tilesOf(700);
        const tile = tiles[at_ % tiles.length]!;
        const [table, column, where, code, place] = {
          entry: ["evidence_leaf", "entry", `position = ${position}`, "leaf-changed", String(position)],
          leaf_hash: ["evidence_leaf", "leaf_hash", `position = ${position}`, "leaf-changed", String(position)],
          tile: ["evidence_tile", "hashes", `level = ${tile.level} and place = ${tile.index}`, "tile-changed", `tile/${tile.level}/`],
          root: ["evidence_head", "root", "true", "root", "700"],
          checkpoint: ["evidence_checkpoint", "root", "size = 200", "checkpoint", "200"],
        }[what] as [string, string, string, string, string];
        const { rows } = await sql<{
          bytes: Buffer;
        }>`select ${sql.ref(column)} as bytes from ${sql.table(table)} where ${sql.raw(where)}`.execute(db);
        const bytes = rows[0]!.bytes;
        const changed = Buffer.from(bytes);
        changed[(bit >> 3) % bytes.length]! ^= 1 << (bit & 7);
        await behind(`update ${table} set ${column} = '\\x${changed.toString("hex")}' where ${where}`);
        const { faults } = await checkLog(db, signers);
        await behind(`update ${table} set ${column} = '\\x${bytes.toString("hex")}' where ${where}`);
        expect(faults.some((each) => each.code === code && each.where.startsWith(place))).toBe(true);
      }),
      { numRuns: 40 },
    );
    expect((await checkLog(db, signers)).faults).toEqual([]);
    const { signed } = (await latestCheckpoint(db))!;
    await behind(`update evidence_checkpoint set signed = replace(signed, '— ${ORIGIN} ', '— ${ORIGIN}x ') where size = 700`);
    expect((await checkLog(db, signers)).faults).toEqual([{ code: "signature", where: "700" }]);
    expect(parseCheckpoint(parseNote(signed)!.text)!.size).toBe(700);
  });
});

test.each(SUITES)("keys are made once, for this account alone, and stay: %s", async (suite) => {
  const folder = await mkdtemp(join(tmpdir(), "zhiwei-keys-"));
  try {
    const first = await logSigners(join(folder, "keys"), ORIGIN, suite);
    const second = await logSigners(join(folder, "keys"), ORIGIN, suite);
    expect(second.map((each) => each.key)).toEqual(first.map((each) => each.key));
    const names = { international: ["log-ed25519.pem", "log-ml-dsa-44.pem"], national: ["log-sm2.pem"] }[suite];
    for (const name of names) expect((await stat(join(folder, "keys", name))).mode & 0o777).toBe(0o600);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

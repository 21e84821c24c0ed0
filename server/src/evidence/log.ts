/** The evidence log 存证日志 in PostgreSQL: leaves are appended in the transaction that causes them; checkpoints are signed after. */
import { sql } from "kysely";
import { problem } from "@zhiwei/core/basics";
import {
  type Checkpoint,
  type Hash,
  HASH_BYTES,
  type RaisedTile,
  type Subtree,
  type Suite,
  type Tile,
  bundleOf,
  consistencyProof,
  formatCheckpoint,
  formatNote,
  formatProof,
  inclusionProof,
  leafHash,
  raiseTile,
  rootOf,
  sameBytes,
  subtreeFromRaised,
  subtreeFromTiles,
  suiteOf,
  tilePath,
  tilesAdded,
  tilesWanted,
  verifyConsistency,
  verifyInclusion,
  widthIn,
} from "@zhiwei/core/tlog";
import type { Db, Tx } from "../db/index.ts";
import { Refusal } from "../http/refusal.ts";
import { type NoteSigner, hashes } from "./keys.ts";

type Head = { readonly suite: Suite; readonly size: number; readonly root: Uint8Array };

/** The tree as it stands; `lock` holds back all other appends until the transaction ends. */
export const headOf = async (db: Db | Tx, lock = false): Promise<Head> => {
  const query = db.selectFrom("evidence_head").select(["suite", "size", "root"]);
  return (lock ? query.forUpdate() : query).executeTakeFirstOrThrow();
};

/** By database: the suite of a log that has begun, which is fixed. */
const suites = new WeakMap<Db | Tx, Suite>();

export const suiteOfLog = async (db: Db | Tx): Promise<Suite> => {
  const known = suites.get(db);
  if (known) return known;
  const { suite, size } = await headOf(db);
  if (size > 0) suites.set(db, suite);
  return suite;
};

const NAMES = { international: { zh: "国际", en: "international" }, national: { zh: "国密", en: "national" } };

const otherSuite = (is: Suite, wanted: Suite): Refusal =>
  new Refusal(
    409,
    problem(
      "log-of-another-suite",
      `存证日志以${NAMES[is].zh}套件建立，而当前设置为${NAMES[wanted].zh}套件。日志一经写入或签名，套件不可更换。`,
      `The evidence log was begun in the ${NAMES[is].en} suite, but the ${NAMES[wanted].en} one is set. Once written to or signed, a log keeps its suite.`,
      `请将环境变量 ZHIWEI_SUITE 设为 ${is}；若要使用另一套件，请以新的数据库建立新日志。`,
      `Set the environment variable ZHIWEI_SUITE to ${is}; for the other suite, begin a new log in a new database.`,
    ),
  );

/** Makes the log, while it is empty and unsigned, one of the suite; refuses where it has begun in another. */
export const openLog = async (db: Db, suite: Suite): Promise<void> => {
  await db
    .updateTable("evidence_head")
    .set({ suite, root: Buffer.from(hashes[suite](new Uint8Array())) })
    .where("size", "=", 0)
    .where("suite", "<>", suite)
    .where((is) => is.not(is.exists(is.selectFrom("evidence_checkpoint").select("size"))))
    .execute();
  const head = await headOf(db);
  if (head.suite !== suite) throw otherSuite(head.suite, suite);
};

/** The rightmost tile of each level, which an append goes on from. */
const edgeOf = async (db: Db | Tx, size: number): Promise<Map<string, Uint8Array>> => {
  const edge: { level: number; place: number }[] = [];
  for (let level = 0, hashes = size; hashes > 0; level++, hashes = Math.floor(hashes / 256))
    if (hashes % 256 > 0) edge.push({ level, place: Math.floor(hashes / 256) });
  return tilesAt(db, edge);
};

const tilesAt = async (
  db: Db | Tx,
  wanted: readonly { readonly level: number; readonly place: number }[],
): Promise<Map<string, Uint8Array>> => {
  if (wanted.length === 0) return new Map();
  // A proof mostly lacks one tile, and the simplest question is planned the fastest.
  if (wanted.length === 1) {
    const [{ level, place }] = wanted as [{ level: number; place: number }];
    const { rows } = await sql<{ hashes: Uint8Array }>`
      select hashes from evidence_tile where level = ${level} and place = ${place}`.execute(db);
    return new Map(rows.map((row) => [`${level}/${place}`, row.hashes]));
  }
  const { rows } = await sql<{ level: number; place: number; hashes: Uint8Array }>`
    select t.level, t.place, t.hashes from evidence_tile t
    join unnest(${wanted.map((tile) => tile.level)}::smallint[], ${wanted.map((tile) => tile.place)}::bigint[]) as w(level, place)
      on t.level = w.level and t.place = w.place`.execute(db);
  return new Map(rows.map((row) => [`${row.level}/${row.place}`, row.hashes]));
};

/**
 * Appends entries in the transaction of whatever they are evidence of, so both are there or neither is, and gives the position of
 * the first; the others follow it. Whoever wants to find its leaf again keeps that position. Until the transaction ends no
 * other one appends: come to it last.
 */
export const appendEntries = async (tx: Tx, entries: readonly Uint8Array[]): Promise<number> => {
  const { suite, size } = await headOf(tx, true);
  if (entries.length === 0) return size;
  const hash = hashes[suite];
  const leaves = entries.map((entry) => leafHash(hash, entry));
  const lengths = entries.map((entry) => entry.length);
  let at = 0;
  const offsets = lengths.map((length) => {
    const offset = at;
    at += length;
    return offset;
  });
  // Two long values and where to cut them reach the server in a fraction of the time that a row each would take.
  await sql`
    insert into evidence_leaf (position, entry, leaf_hash)
    select ${size}::bigint + n - 1, substring(${Buffer.concat(entries)}::bytea from o + 1 for l),
      substring(${Buffer.concat(leaves)}::bytea from (n::int - 1) * 32 + 1 for 32)
    from unnest(${offsets}::int[], ${lengths}::int[]) with ordinality as e(o, l, n)`.execute(tx);
  const edge = await edgeOf(tx, size);
  const read = ({ level, index, width }: Tile) => edge.get(`${level}/${index}`)!.subarray(0, width * HASH_BYTES);
  const added = tilesAdded(hash, size, leaves, read);
  for (let from = 0; from < added.length; from += 500)
    await tx
      .insertInto("evidence_tile")
      .values(
        added
          .slice(from, from + 500)
          .map(({ tile, bytes }) => ({ level: tile.level as number, place: tile.index, hashes: Buffer.from(bytes) })),
      )
      .onConflict((conflict) => conflict.columns(["level", "place"]).doUpdateSet((row) => ({ hashes: row.ref("excluded.hashes") })))
      .execute();
  const newSize = size + entries.length;
  const written = new Map([...edge, ...added.map(({ tile, bytes }) => [`${tile.level}/${tile.index}`, bytes] as const)]);
  // Only right edges and what was just written are ever asked for here: a full tile left of them is one hash in the tile above.
  const subtree = subtreeFromTiles(hash, newSize, ({ level, index, width }) =>
    written.get(`${level}/${index}`)!.subarray(0, width * HASH_BYTES),
  );
  const root = Buffer.from(rootOf(hash, subtree, newSize));
  await tx.updateTable("evidence_head").set({ size: newSize, root }).execute();
  return size;
};

/** Raised tiles of a tree, of each level's kind those asked for last at the end: leaves are many, what stands above them serves all. */
type Memory = { readonly leaves: Map<string, RaisedTile>; readonly above: Map<string, RaisedTile> };
const noMemory = (): Memory => ({ leaves: new Map(), above: new Map() });
/** 64 MB of full tiles; those above the leaves are all remembered up to 200 million leaves. */
const MOST_REMEMBERED = { leaves: 1024, above: 3072 } as const satisfies Record<keyof Memory, number>;

/**
 * Asks of a tree by its tiles. Those that are wanted are few, and all that are not remembered are fetched at once. What is asked with a
 * memory has to be held against a root: a tile at one width never changes, but somebody may change it behind the database's back.
 */
const askTree = async <T>(db: Db | Tx, size: number, ask: (hash: Hash, subtree: Subtree) => T, memory: Memory = noMemory()): Promise<T> => {
  const hash = hashes[await suiteOfLog(db)];
  const found = new Map<string, RaisedTile>();
  const missing = new Map<string, Tile>();
  // A dry run tells which tiles are wanted: it is answered with noughts, and nobody looks at what comes of them.
  const wanted = tilesWanted(size, (tile) => {
    const key = tilePath(tile);
    if (found.has(key) || missing.has(key)) return;
    const kept = tile.level === 0 ? memory.leaves : memory.above;
    const raised = kept.get(key);
    if (!raised) return void missing.set(key, tile);
    found.set(key, raised);
    kept.delete(key);
    kept.set(key, raised);
  });
  const nought = new Uint8Array(HASH_BYTES);
  ask(() => nought, wanted);
  if (missing.size > 0) {
    const tiles = await tilesAt(
      db,
      [...missing.values()].map(({ level, index }) => ({ level: level as number, place: index })),
    );
    for (const [key, { level, index, width }] of missing) {
      const bytes = tiles.get(`${level}/${index}`);
      if (!bytes || bytes.length < width * HASH_BYTES) throw new Error(`tile ${level}/${index} of the evidence log is missing or short`);
      const raised = raiseTile(hash, bytes.subarray(0, width * HASH_BYTES));
      found.set(key, raised);
      (level === 0 ? memory.leaves : memory.above).set(key, raised);
    }
    for (const kind of ["leaves", "above"] as const)
      for (const oldest of memory[kind].keys())
        if (memory[kind].size > MOST_REMEMBERED[kind]) memory[kind].delete(oldest);
        else break;
  }
  return ask(
    hash,
    subtreeFromRaised(size, (tile) => found.get(tilePath(tile))!),
  );
};

export const consistencyOf = (db: Db | Tx, older: number, newer: number): Promise<Uint8Array[]> =>
  askTree(db, newer, (hash, subtree) => consistencyProof(hash, subtree, older, newer));

/** Root of the first `size` leaves, which are no more than the tree has. */
export const rootAt = (db: Db | Tx, size: number): Promise<Uint8Array> => askTree(db, size, (hash, subtree) => rootOf(hash, subtree, size));

export type SignedCheckpoint = Pick<Checkpoint, "size" | "root"> & { readonly signed: string };

export const latestCheckpoint = async (db: Db | Tx): Promise<SignedCheckpoint | null> =>
  (await db.selectFrom("evidence_checkpoint").select(["size", "root", "signed"]).orderBy("size", "desc").limit(1).executeTakeFirst()) ??
  null;

/**
 * Signs the tree as it stands, unless it is signed already. Never signs a tree of which the last signed one is not the
 * beginning: that would be a fork, signed by ourselves. Then it throws, and nothing is written.
 */
export const signCheckpoint = async (db: Db, signers: readonly NoteSigner[], now: Date): Promise<SignedCheckpoint> =>
  db.transaction().execute(async (tx) => {
    const head = await headOf(tx, true);
    for (const { key } of signers) if (suiteOf(key) !== head.suite) throw otherSuite(head.suite, suiteOf(key));
    const last = await latestCheckpoint(tx);
    if (last?.size === head.size && sameBytes(last.root, head.root)) return last;
    if (last) {
      const proof = last.size <= head.size ? await consistencyOf(tx, last.size, head.size) : [];
      if (!verifyConsistency(hashes[head.suite], last.size, last.root, head.size, head.root, proof))
        throw new Error(`the evidence log of ${head.size} leaves does not go on from the ${last.size} that were signed: nothing is signed`);
    }
    const timestamp = Math.floor(now.getTime() / 1000);
    const text = formatCheckpoint({ origin: signers[0]!.key.name, size: head.size, root: head.root, extensions: [] });
    const signed = formatNote({ text, signatures: signers.map((signer) => signer.sign(text, timestamp)) });
    await tx
      .insertInto("evidence_checkpoint")
      .values({ size: head.size, root: Buffer.from(head.root), signed })
      .execute();
    return { size: head.size, root: head.root, signed };
  });

/** What proofs were made of, by database. */
const remembered = new WeakMap<Db, Memory>();

/** An offline proof that the leaf at `position` is in the tree of a checkpoint (C2SP tlog-proof). Never given unless it holds. */
export const proofOf = async (db: Db, position: number, { size, root, signed }: SignedCheckpoint): Promise<string> => {
  const prove = (memory: Memory) =>
    askTree(
      db,
      size,
      (hash, subtree) => {
        // The leaf stands in the tile that its neighbours are read from.
        const leaf = subtree(position, position + 1);
        const path = inclusionProof(hash, subtree, position, size);
        return { path, holds: verifyInclusion(hash, leaf, position, size, path, root) };
      },
      memory,
    );
  const known = remembered.get(db);
  let found = known && (await prove(known));
  if (!found?.holds) {
    const fresh = noMemory();
    remembered.set(db, fresh);
    found = await prove(fresh);
    if (!found.holds) throw new Error(`the evidence log's tiles do not lead from leaf ${position} to the root that was signed`);
  }
  return formatProof({ extra: null, index: position, hashes: found.path, checkpoint: signed });
};

/**
 * The bytes of a tile or of a bundle of entries; null where the tree that was last signed has none such. A narrower width than the
 * tile has by now is served too, being its beginning; one that no signed tree has is not.
 */
export const readTile = async (db: Db, { level, index, width }: Tile): Promise<Buffer | null> => {
  const size = (await latestCheckpoint(db))?.size ?? 0;
  if (width > widthIn(level === "entries" ? 0 : level, index, size)) return null;
  if (level !== "entries") {
    const found = await db
      .selectFrom("evidence_tile")
      .select("hashes")
      .where("level", "=", level)
      .where("place", "=", index)
      .executeTakeFirst();
    return found ? Buffer.from(found.hashes.subarray(0, width * HASH_BYTES)) : null;
  }
  const rows = await db
    .selectFrom("evidence_leaf")
    .select("entry")
    .where("position", ">=", index * 256)
    .where("position", "<", index * 256 + width)
    .orderBy("position")
    .execute();
  return rows.length === width ? Buffer.from(bundleOf(rows.map((row) => row.entry))) : null;
};

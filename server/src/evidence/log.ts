/** The evidence log 存证日志 in PostgreSQL: leaves are appended in the transaction that causes them; checkpoints are signed after. */
import { sql } from "kysely";
import {
  type Checkpoint,
  HASH_BYTES,
  type Tile,
  bundleOf,
  consistencyProof,
  formatCheckpoint,
  formatNote,
  formatProof,
  inclusionProof,
  leafHash,
  rootOf,
  sameBytes,
  subtreeFromTiles,
  tilesAdded,
  verifyConsistency,
  widthIn,
} from "@zhiwei/core/tlog";
import type { Db, Tx } from "../db/index.ts";
import { type NoteSigner, sha256 } from "./keys.ts";

type Head = { readonly size: number; readonly root: Uint8Array };

/** The tree as it stands; `lock` holds back all other appends until the transaction ends. */
export const headOf = async (db: Db | Tx, lock = false): Promise<Head> => {
  const query = db.selectFrom("evidence_head").select(["size", "root"]);
  return (lock ? query.forUpdate() : query).executeTakeFirstOrThrow();
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
  const { rows } = await sql<{ level: number; place: number; hashes: Uint8Array }>`
    select t.level, t.place, t.hashes from evidence_tile t
    join unnest(${wanted.map((tile) => tile.level)}::smallint[], ${wanted.map((tile) => tile.place)}::bigint[]) as w(level, place)
      on t.level = w.level and t.place = w.place`.execute(db);
  return new Map(rows.map((row) => [`${row.level}/${row.place}`, row.hashes]));
};

const joined = (parts: readonly Uint8Array[]): Buffer => Buffer.concat(parts);

/**
 * Appends entries in the transaction of whatever they are evidence of, so both are there or neither is. Gives the position of
 * each; an entry that is in the log already keeps its position. Until the transaction ends no other one appends: come to it last.
 */
export const appendEntries = async (tx: Tx, entries: readonly Uint8Array[]): Promise<readonly number[]> => {
  if (entries.length === 0) return [];
  const hashes = entries.map((entry) => leafHash(sha256, entry));
  const keys = hashes.map((each) => Buffer.from(each).toString("latin1"));
  const { size } = await headOf(tx, true);
  const known = await sql<{ position: number; leaf_hash: Buffer }>`
    select position, leaf_hash from evidence_leaf where leaf_hash in (
      select substring(${joined(hashes)}::bytea from n * 32 + 1 for 32) from generate_series(0, ${hashes.length - 1}::int) as n)`.execute(
    tx,
  );
  const positions = new Map(known.rows.map((row) => [row.leaf_hash.toString("latin1"), row.position]));
  const fresh: number[] = [];
  keys.forEach((key, i) => {
    if (positions.has(key)) return;
    positions.set(key, size + fresh.length);
    fresh.push(i);
  });
  if (fresh.length > 0) {
    const leaves = fresh.map((i) => hashes[i]!);
    const lengths = fresh.map((i) => entries[i]!.length);
    let at = 0;
    const offsets = lengths.map((length) => {
      const offset = at;
      at += length;
      return offset;
    });
    await sql`
      insert into evidence_leaf (position, entry, leaf_hash)
      select ${size}::bigint + n - 1, substring(${joined(fresh.map((i) => entries[i]!))}::bytea from o + 1 for l),
        substring(${joined(leaves)}::bytea from (n::int - 1) * 32 + 1 for 32)
      from unnest(${offsets}::int[], ${lengths}::int[]) with ordinality as e(o, l, n)`.execute(tx);
    const edge = await edgeOf(tx, size);
    const read = ({ level, index, width }: Tile) => edge.get(`${level}/${index}`)!.subarray(0, width * HASH_BYTES);
    const added = tilesAdded(sha256, size, leaves, read);
    for (let from = 0; from < added.length; from += 500)
      await tx
        .insertInto("evidence_tile")
        .values(
          added
            .slice(from, from + 500)
            .map(({ tile, bytes }) => ({ level: tile.level as number, place: tile.index, hashes: Buffer.from(bytes) })),
        )
        .onConflict((conflict) => conflict.columns(["level", "place"]).doUpdateSet(({ ref }) => ({ hashes: ref("excluded.hashes") })))
        .execute();
    const newSize = size + fresh.length;
    const written = new Map([...edge, ...added.map(({ tile, bytes }) => [`${tile.level}/${tile.index}`, bytes] as const)]);
    // Only right edges and what was just written are ever asked for here: a full tile left of them is one hash in the tile above.
    const subtree = subtreeFromTiles(sha256, newSize, ({ level, index, width }) =>
      written.get(`${level}/${index}`)!.subarray(0, width * HASH_BYTES),
    );
    const root = Buffer.from(rootOf(sha256, subtree, newSize));
    await tx.updateTable("evidence_head").set({ size: newSize, root }).execute();
  }
  return keys.map((key) => positions.get(key)!);
};

/** Asks of a tree by its tiles. Those that are wanted are few, and all are fetched at once. */
const withTiles = async <T>(db: Db | Tx, ask: (read: (tile: Tile) => Uint8Array) => T): Promise<T> => {
  // A dry run tells which: it is answered with noughts, and nobody looks at what comes of them.
  const wanted = new Map<string, { level: number; place: number }>();
  ask(({ level, index, width }) => {
    wanted.set(`${level}/${index}`, { level: level as number, place: index });
    return new Uint8Array(width * HASH_BYTES);
  });
  const tiles = await tilesAt(db, [...wanted.values()]);
  return ask(({ level, index, width }) => {
    const bytes = tiles.get(`${level}/${index}`);
    if (!bytes || bytes.length < width * HASH_BYTES) throw new Error(`tile ${level}/${index} of the evidence log is missing or short`);
    return bytes.subarray(0, width * HASH_BYTES);
  });
};

export const inclusionOf = (db: Db | Tx, position: number, size: number): Promise<Uint8Array[]> =>
  withTiles(db, (read) => inclusionProof(sha256, subtreeFromTiles(sha256, size, read), position, size));

export const consistencyOf = (db: Db | Tx, older: number, newer: number): Promise<Uint8Array[]> =>
  withTiles(db, (read) => consistencyProof(sha256, subtreeFromTiles(sha256, newer, read), older, newer));

/** Root of the first `size` leaves, which are no more than the tree has. */
export const rootAt = (db: Db | Tx, size: number): Promise<Uint8Array> =>
  withTiles(db, (read) => rootOf(sha256, subtreeFromTiles(sha256, size, read), size));

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
    const last = await latestCheckpoint(tx);
    if (last?.size === head.size && sameBytes(last.root, head.root)) return last;
    if (last) {
      const proof = last.size <= head.size ? await consistencyOf(tx, last.size, head.size) : [];
      if (!verifyConsistency(sha256, last.size, last.root, head.size, head.root, proof))
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

/** An offline proof that the leaf at `position` is in the tree of a checkpoint (C2SP tlog-proof). */
export const proofOf = async (db: Db, position: number, { size, signed }: SignedCheckpoint): Promise<string> =>
  formatProof({ extra: null, index: position, hashes: await inclusionOf(db, position, size), checkpoint: signed });

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

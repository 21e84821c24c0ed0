/** `fsck`: the whole log made anew from its entries and held against every byte that is kept of it. */
import {
  HASH_BYTES,
  type TrustPolicy,
  leafHash,
  parseCheckpoint,
  parseNote,
  rootOf,
  sameBytes,
  subtreeFromTiles,
  tilePath,
  tilesAdded,
  trustCheckpoint,
} from "@zhiwei/core/tlog";
import { type Db, type Tx, snapshot } from "../db/index.ts";
import { type NoteSigner, hashes, verify } from "./keys.ts";
import { headOf, rootAt } from "./log.ts";

export type LogFault = {
  readonly code:
    | "leaf-missing"
    | "leaf-changed"
    | "tile-missing"
    | "tile-changed"
    | "tile-left-over"
    | "root"
    | "checkpoint"
    | "signature"
    | "fork";
  /** What is wrong: a position, the path of a tile, the size of a tree. */
  readonly where: string;
};

const AT_ONCE = 20_000;
/** After so many faults a reader knows enough. */
const MOST_FAULTS = 100;

/**
 * Every leaf against its entry, every tile against the leaves, the head and every checkpoint against the tree of its size, every
 * signature against the keys. Nothing found means: what was signed is what is there. It looks at one moment, so the log may go on.
 */
export const checkLog = (db: Db, signers: readonly Pick<NoteSigner, "key">[], onLeaves: OnLeaves = () => {}): Promise<LogCheck> =>
  snapshot(db, (tx) => checkIn(tx, signers, onLeaves));

type OnLeaves = (done: number, size: number) => void;
type LogCheck = { readonly size: number; readonly checkpoints: number; readonly faults: readonly LogFault[] };

const checkIn = async (db: Tx, signers: readonly Pick<NoteSigner, "key">[], onLeaves: OnLeaves): Promise<LogCheck> => {
  const head = await headOf(db);
  const hash = hashes[head.suite];
  const faults: LogFault[] = [];
  const fault = (code: LogFault["code"], where: string | number) => {
    if (faults.length < MOST_FAULTS) faults.push({ code, where: String(where) });
  };
  /** Tiles as the entries make them: of each level only the rightmost, the others once compared are let go. */
  const edge = new Map<string, Uint8Array>();
  const compare = async (
    tiles: readonly { readonly path: string; readonly level: number; readonly place: number; readonly bytes: Uint8Array }[],
  ) => {
    for (const { path, level, place, bytes } of tiles) {
      const kept = await db
        .selectFrom("evidence_tile")
        .select("hashes")
        .where("level", "=", level)
        .where("place", "=", place)
        .executeTakeFirst();
      if (!kept) fault("tile-missing", path);
      else if (!sameBytes(kept.hashes, bytes)) fault("tile-changed", path);
    }
  };
  let size = 0;
  let tiles = 0;
  for (let from = 0; from < head.size; from += AT_ONCE) {
    const rows = await db
      .selectFrom("evidence_leaf")
      .selectAll()
      .where("position", ">=", from)
      .where("position", "<", Math.min(head.size, from + AT_ONCE))
      .orderBy("position")
      .execute();
    const byPosition = new Map(rows.map((row) => [row.position, row]));
    const leaves: Uint8Array[] = [];
    for (let position = from; position < Math.min(head.size, from + AT_ONCE); position++) {
      const row = byPosition.get(position);
      const leaf = row ? leafHash(hash, row.entry) : new Uint8Array(HASH_BYTES);
      if (!row) fault("leaf-missing", position);
      else if (!sameBytes(leaf, row.leaf_hash)) fault("leaf-changed", position);
      leaves.push(leaf);
    }
    const added = tilesAdded(hash, size, leaves, ({ level, index, width }) =>
      edge.get(`${level}/${index}`)!.subarray(0, width * HASH_BYTES),
    );
    const full = added.filter(({ tile }) => tile.width === 256);
    await compare(full.map(({ tile, bytes }) => ({ path: tilePath(tile), level: tile.level as number, place: tile.index, bytes })));
    tiles += full.length;
    for (const { tile, bytes } of added) edge.set(`${tile.level}/${tile.index}`, bytes);
    for (const { tile } of full) edge.delete(`${tile.level}/${tile.index}`);
    size += leaves.length;
    onLeaves(size, head.size);
  }
  const beyond = await db
    .selectFrom("evidence_leaf")
    .select("position")
    .where("position", ">=", head.size)
    .orderBy("position")
    .executeTakeFirst();
  if (beyond) fault("root", head.size);
  const partial = [...edge].map(([key, bytes]) => {
    const [level, place] = key.split("/").map(Number) as [number, number];
    return { path: tilePath({ level, index: place, width: bytes.length / HASH_BYTES }), level, place, bytes };
  });
  await compare(partial);
  const kept = await db
    .selectFrom("evidence_tile")
    .select(({ fn }) => fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  if (kept.count > tiles + partial.length) fault("tile-left-over", kept.count - tiles - partial.length);
  const root = rootOf(
    hash,
    subtreeFromTiles(hash, size, ({ level, index }) => edge.get(`${level}/${index}`)!),
    size,
  );
  if (!sameBytes(root, head.root)) fault("root", head.size);

  // Tiles that are wrong make no roots worth comparing.
  const sound = faults.length === 0;
  const logs = signers.map((signer) => signer.key);
  const policy: TrustPolicy = { logs, witnesses: [], quorum: null };
  const signed = await db.selectFrom("evidence_checkpoint").select(["size", "root", "signed"]).orderBy("size").execute();
  for (const checkpoint of signed) {
    const note = parseNote(checkpoint.signed);
    const said = note && parseCheckpoint(note.text);
    const trusted = trustCheckpoint(checkpoint.signed, policy, verify);
    if (!said || said.size !== checkpoint.size || !sameBytes(said.root, checkpoint.root)) fault("checkpoint", checkpoint.size);
    else if (!trusted.ok || logs.some((log) => !trusted.value.signatures.some((each) => each.key === log)))
      fault("signature", checkpoint.size);
    else if (checkpoint.size > head.size || (sound && !sameBytes(await rootAt(db, checkpoint.size), checkpoint.root)))
      fault("fork", checkpoint.size);
  }
  return { size: head.size, checkpoints: signed.length, faults };
};

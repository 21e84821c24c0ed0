/**
 * Tiles 瓦片 of a log: C2SP tlog-tiles. A tile holds up to 256 hashes of one level; level 0 are leaf hashes, each hash above is the
 * root of a full tile below. Full tiles never change; the rightmost of each level may be partial.
 */
import { type Hash, HASH_BYTES, type Subtree, nodeHash, subtreeOf } from "./merkle.ts";

export const TILE_WIDTH = 256;

/** A tile by level (0 to 63), place within its level, and width (1 to 256); entry bundles have the level "entries". */
export type Tile = { readonly level: number | "entries"; readonly index: number; readonly width: number };

/** Where a tile is served: `tile/<L>/<N>[.p/<W>]`, N in groups of three digits. */
export const tilePath = ({ level, index, width }: Tile): string => {
  const digits = String(index);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, "0");
  const groups = padded.match(/.{3}/g)!;
  const place = groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join("/");
  return `tile/${level}/${place}${width < TILE_WIDTH ? `.p/${width}` : ""}`;
};

/** The tile of a path, or null where it is none: no other spelling of the same tile is taken. */
export const tileOf = (path: string): Tile | null => {
  const found = /^tile\/(\d{1,2}|entries)\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path);
  if (!found) return null;
  const level = found[1] === "entries" ? "entries" : Number(found[1]);
  const index = Number(found[2]!.replaceAll(/[x/]/g, ""));
  const width = found[3] === undefined ? TILE_WIDTH : Number(found[3]);
  const tile: Tile = { level, index, width };
  if ((level !== "entries" && level > 63) || !Number.isSafeInteger(index) || width < 1 || (found[3] !== undefined && width > 255))
    return null;
  return tilePath(tile) === path ? tile : null;
};

/** How many hashes level `level` has in a tree of `size` leaves. */
const hashesAt = (level: number, size: number): number => Math.floor(size / TILE_WIDTH ** level);

/** Width of a tile in a tree of `size` leaves; 0 where it has none. */
export const widthIn = (level: number, index: number, size: number): number =>
  Math.max(0, Math.min(TILE_WIDTH, hashesAt(level, size) - index * TILE_WIDTH));

/** All tiles of a tree, from level 0 up, in order. */
export const tilesOf = (size: number): Tile[] => {
  const found: Tile[] = [];
  for (let level = 0; hashesAt(level, size) > 0; level++)
    for (let index = 0; index * TILE_WIDTH < hashesAt(level, size); index++)
      found.push({ level, index, width: widthIn(level, index, size) });
  return found;
};

/** Where the hash of a perfect subtree over leaves [start, end) stands: `at` among those of its height above the tile's own hashes. */
const placeOf = (start: number, end: number, size: number): { readonly tile: Tile; readonly height: number; readonly at: number } => {
  if (end > size) throw new RangeError(`leaves to ${end} of a tree of ${size}`);
  // The level whose hashes are the largest that fit.
  let level = 0;
  let span = 1;
  while (span * TILE_WIDTH <= end - start) {
    level++;
    span *= TILE_WIDTH;
  }
  const first = start / span;
  const index = Math.floor(first / TILE_WIDTH);
  const count = (end - start) / span;
  return { tile: { level, index, width: widthIn(level, index, size) }, height: Math.log2(count), at: (first - index * TILE_WIDTH) / count };
};

/** Tells `wanted` each tile that is asked for in place of reading it, so that all can be fetched at once. */
export const tilesWanted = (size: number, wanted: (tile: Tile) => void): Subtree => {
  const nought = new Uint8Array(HASH_BYTES);
  return (start, end) => {
    wanted(placeOf(start, end, size).tile);
    return nought;
  };
};

/** A tile's hashes, and over them those of its perfect subtrees, by their height: 511 hashes of a full one. */
export type RaisedTile = readonly Uint8Array[];

export const raiseTile = (hash: Hash, bytes: Uint8Array): RaisedTile => {
  const heights = [bytes];
  for (let below = bytes; below.length >= 2 * HASH_BYTES;) {
    const above = new Uint8Array(Math.floor(below.length / (2 * HASH_BYTES)) * HASH_BYTES);
    for (let at = 0; at < above.length; at += HASH_BYTES)
      above.set(
        nodeHash(hash, below.subarray(2 * at, 2 * at + HASH_BYTES), below.subarray(2 * at + HASH_BYTES, 2 * (at + HASH_BYTES))),
        at,
      );
    heights.push(above);
    below = above;
  }
  return heights;
};

/** Reads subtrees from tiles: `raised` gives a tile at the width that it has in the tree of `size`. */
export const subtreeFromRaised =
  (size: number, raised: (tile: Tile) => RaisedTile): Subtree =>
  (start, end) => {
    const { tile, height, at } = placeOf(start, end, size);
    return raised(tile)[height]!.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES);
  };

/** The same from the bytes of tiles, each read once. */
export const subtreeFromTiles = (hash: Hash, size: number, read: (tile: Tile) => Uint8Array): Subtree => {
  const known = new Map<string, RaisedTile>();
  return subtreeFromRaised(size, (tile) => {
    const key = `${tile.level}/${tile.index}`;
    let found = known.get(key);
    if (!found) {
      const bytes = read(tile);
      if (bytes.length !== tile.width * HASH_BYTES) throw new RangeError(`${tilePath(tile)} has ${bytes.length} bytes`);
      known.set(key, (found = raiseTile(hash, bytes)));
    }
    return found;
  });
};

/**
 * The tiles that a tree of `older` leaves gains or widens when `leaves` (leaf hashes) are added, with their bytes: the rightmost
 * tile of each level first filled up, then new ones. `read` gives tiles of the older tree.
 */
export const tilesAdded = (
  hash: Hash,
  older: number,
  leaves: readonly Uint8Array[],
  read: (tile: Tile) => Uint8Array,
): { readonly tile: Tile; readonly bytes: Uint8Array }[] => {
  const found: { tile: Tile; bytes: Uint8Array }[] = [];
  let added: readonly Uint8Array[] = leaves;
  for (let level = 0; added.length > 0; level++) {
    const before = hashesAt(level, older);
    const above: Uint8Array[] = [];
    let at = 0;
    for (let index = Math.floor(before / TILE_WIDTH); at < added.length; index++) {
      const held = Math.max(0, before - index * TILE_WIDTH);
      const taken = Math.min(TILE_WIDTH - held, added.length - at);
      const bytes = new Uint8Array((held + taken) * HASH_BYTES);
      if (held > 0) bytes.set(read({ level, index, width: held }));
      for (let k = 0; k < taken; k++) bytes.set(added[at + k]!, (held + k) * HASH_BYTES);
      at += taken;
      found.push({ tile: { level, index, width: held + taken }, bytes });
      if (held + taken === TILE_WIDTH) {
        const hashes = Array.from({ length: TILE_WIDTH }, (_, k) => bytes.subarray(k * HASH_BYTES, (k + 1) * HASH_BYTES));
        above.push(subtreeOf(hash, hashes)(0, TILE_WIDTH));
      }
    }
    added = above;
  }
  return found;
};

const LONGEST_ENTRY = 0xffff;

/** Entries of a bundle: each after its length in two bytes, the greater first. Longer than 65,535 bytes throws. */
export const bundleOf = (entries: readonly Uint8Array[]): Uint8Array => {
  const bytes = new Uint8Array(entries.reduce((sum, entry) => sum + 2 + entry.length, 0));
  let at = 0;
  for (const entry of entries) {
    if (entry.length > LONGEST_ENTRY) throw new RangeError(`an entry of ${entry.length} bytes`);
    bytes[at] = entry.length >> 8;
    bytes[at + 1] = entry.length & 0xff;
    bytes.set(entry, at + 2);
    at += 2 + entry.length;
  }
  return bytes;
};

/** The entries of a bundle, or null where its lengths do not add up. */
export const entriesOf = (bundle: Uint8Array): Uint8Array[] | null => {
  const entries: Uint8Array[] = [];
  for (let at = 0; at < bundle.length;) {
    if (at + 2 > bundle.length) return null;
    const length = bundle[at]! * 256 + bundle[at + 1]!;
    if (at + 2 + length > bundle.length) return null;
    entries.push(bundle.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return entries;
};

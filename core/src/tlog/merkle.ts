/**
 * Merkle tree hashes and proofs: RFC 9162 section 2.1, the same as RFC 6962. A tree is known by its size and root; its leaves are
 * leaf hashes, H(0x00 ‖ entry), and an inner node is H(0x01 ‖ left ‖ right). Sizes and indexes are whole numbers below 2^53.
 */

/** SHA-256, or another hash of 32 bytes where a suite says so. */
export type Hash = (bytes: Uint8Array) => Uint8Array;

export const HASH_BYTES = 32;

/** Hash of the subtree over leaves [start, end), which is perfect: end − start is a power of two that divides start. */
export type Subtree = (start: number, end: number) => Uint8Array;

/** Reused for every inner node: a hash reads it and keeps nothing. */
const node = new Uint8Array(1 + 2 * HASH_BYTES);
node[0] = 1;

export const leafHash = (hash: Hash, entry: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(1 + entry.length);
  bytes.set(entry, 1);
  return hash(bytes);
};
export const nodeHash = (hash: Hash, left: Uint8Array, right: Uint8Array): Uint8Array => {
  node.set(left, 1);
  node.set(right, 1 + HASH_BYTES);
  return hash(node);
};

export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i]);

/** The largest power of two below n, for n ≥ 2. Not by bits: sizes go beyond 2^31. */
const splitOf = (n: number): number => {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
};

const requireSize = (size: number): void => {
  if (!Number.isSafeInteger(size) || size < 0) throw new RangeError(`${size} is no size of a tree`);
};

/** Hash of any run of leaves [start, end) as it stands within a tree, from its perfect subtrees. */
export const rangeHash = (hash: Hash, subtree: Subtree, start: number, end: number): Uint8Array => {
  const count = end - start;
  const k = count > 1 ? splitOf(count) : 1;
  if (count === 1 || k * 2 === count) return subtree(start, end);
  return nodeHash(hash, subtree(start, start + k), rangeHash(hash, subtree, start + k, end));
};

/** Root of the tree of the first `size` leaves; of no leaves, H(""). */
export const rootOf = (hash: Hash, subtree: Subtree, size: number): Uint8Array => {
  requireSize(size);
  return size === 0 ? hash(new Uint8Array()) : rangeHash(hash, subtree, 0, size);
};

/** A subtree reader over leaf hashes in memory. */
export const subtreeOf = (hash: Hash, leaves: readonly Uint8Array[]): Subtree => {
  const read: Subtree = (start, end) => {
    if (end - start === 1) return leaves[start]!;
    const middle = start + (end - start) / 2;
    return nodeHash(hash, read(start, middle), read(middle, end));
  };
  return read;
};

/** PATH(index, D[size]): the hashes that lead from a leaf to the root, the leaf's sibling first (RFC 9162, 2.1.3.1). */
export const inclusionProof = (hash: Hash, subtree: Subtree, index: number, size: number): Uint8Array[] => {
  requireSize(size);
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) throw new RangeError(`leaf ${index} of a tree of ${size}`);
  const path = (m: number, start: number, end: number): Uint8Array[] => {
    if (end - start === 1) return [];
    const k = splitOf(end - start);
    return m < k
      ? [...path(m, start, start + k), rangeHash(hash, subtree, start + k, end)]
      : [...path(m - k, start + k, end), rangeHash(hash, subtree, start, start + k)];
  };
  return path(index, 0, size);
};

/** PROOF(older, D[newer]): that the tree of `older` leaves is the beginning of that of `newer` (RFC 9162, 2.1.4.1). Empty for 0 and for equal sizes. */
export const consistencyProof = (hash: Hash, subtree: Subtree, older: number, newer: number): Uint8Array[] => {
  requireSize(older);
  requireSize(newer);
  if (older > newer) throw new RangeError(`a tree of ${older} is no beginning of one of ${newer}`);
  if (older === 0) return [];
  const proof = (m: number, start: number, end: number, whole: boolean): Uint8Array[] => {
    if (m === end - start) return whole ? [] : [rangeHash(hash, subtree, start, end)];
    const k = splitOf(end - start);
    return m <= k
      ? [...proof(m, start, start + k, whole), rangeHash(hash, subtree, start + k, end)]
      : [...proof(m - k, start + k, end, false), rangeHash(hash, subtree, start, start + k)];
  };
  return proof(older, 0, newer, true);
};

const odd = (n: number) => n % 2 === 1;
const half = (n: number) => Math.floor(n / 2);

/** The root that an inclusion proof leads to, or null where its length cannot be that of such a leaf (RFC 9162, 2.1.3.2). */
export const rootFromInclusion = (
  hash: Hash,
  leaf: Uint8Array,
  index: number,
  size: number,
  proof: readonly Uint8Array[],
): Uint8Array | null => {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return null;
  let fn = index;
  let sn = size - 1;
  let r = leaf;
  for (const p of proof) {
    if (sn === 0 || p.length !== HASH_BYTES) return null;
    if (odd(fn) || fn === sn) {
      r = nodeHash(hash, p, r);
      if (!odd(fn))
        do {
          fn = half(fn);
          sn = half(sn);
        } while (!odd(fn) && fn !== 0);
    } else r = nodeHash(hash, r, p);
    fn = half(fn);
    sn = half(sn);
  }
  return sn === 0 ? r : null;
};

export const verifyInclusion = (
  hash: Hash,
  leaf: Uint8Array,
  index: number,
  size: number,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): boolean => {
  const found = rootFromInclusion(hash, leaf, index, size, proof);
  return found !== null && sameBytes(found, root);
};

/** Whether the tree (older, olderRoot) is the beginning of (newer, newerRoot) by this proof (RFC 9162, 2.1.4.2). */
export const verifyConsistency = (
  hash: Hash,
  older: number,
  olderRoot: Uint8Array,
  newer: number,
  newerRoot: Uint8Array,
  proof: readonly Uint8Array[],
): boolean => {
  if (!Number.isSafeInteger(older) || !Number.isSafeInteger(newer) || older < 0 || older > newer) return false;
  if (proof.some((p) => p.length !== HASH_BYTES)) return false;
  // Every tree begins with the empty one, whose root is known.
  if (older === 0)
    return proof.length === 0 && sameBytes(olderRoot, hash(new Uint8Array())) && (newer > 0 || sameBytes(olderRoot, newerRoot));
  if (older === newer) return proof.length === 0 && sameBytes(olderRoot, newerRoot);
  let power = 1;
  while (power < older) power *= 2;
  const path = power === older ? [olderRoot, ...proof] : proof;
  if (path.length === 0) return false;
  let fn = older - 1;
  let sn = newer - 1;
  while (odd(fn)) {
    fn = half(fn);
    sn = half(sn);
  }
  let fr = path[0]!;
  let sr = path[0]!;
  for (const c of path.slice(1)) {
    if (sn === 0) return false;
    if (odd(fn) || fn === sn) {
      fr = nodeHash(hash, c, fr);
      sr = nodeHash(hash, c, sr);
      if (!odd(fn))
        do {
          fn = half(fn);
          sn = half(sn);
        } while (!odd(fn) && fn !== 0);
    } else sr = nodeHash(hash, sr, c);
    fn = half(fn);
    sn = half(sn);
  }
  return sn === 0 && sameBytes(fr, olderRoot) && sameBytes(sr, newerRoot);
};

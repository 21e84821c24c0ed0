import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Hash,
  consistencyProof,
  inclusionProof,
  leafHash,
  nodeHash,
  rootFromInclusion,
  rootOf,
  sameBytes,
  subtreeOf,
  verifyConsistency,
  verifyInclusion,
} from "./merkle.ts";
import {
  TILE_WIDTH,
  bundleOf,
  entriesOf,
  raiseTile,
  subtreeFromTiles,
  tileOf,
  tilePath,
  tilesAdded,
  tilesOf,
  tilesWanted,
  widthIn,
} from "./tiles.ts";

const sha256: Hash = (bytes) => new Uint8Array(createHash("sha256").update(bytes).digest());
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, "hex"));

/** The inputs and roots of RFC 6962's reference implementation (github.com/google/certificate-transparency, merkle_tree_test.cc). */
const ENTRIES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"].map(bytesOf);
const ROOTS = [
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];
const LEAVES = ENTRIES.map((entry) => leafHash(sha256, entry));

/** The tree by its recursive definition: nothing shared with the code under test but the hash. */
const definition = (leaves: readonly Uint8Array[]): Uint8Array => {
  if (leaves.length === 0) return sha256(new Uint8Array());
  if (leaves.length === 1) return leaves[0]!;
  const k = 2 ** Math.ceil(Math.log2(leaves.length) - 1);
  return nodeHash(sha256, definition(leaves.slice(0, k)), definition(leaves.slice(k)));
};
const leavesOf = (count: number) => Array.from({ length: count }, (_, i) => leafHash(sha256, Uint8Array.of(i >> 8, i & 255)));

describe("Merkle trees", () => {
  test("roots, inclusion and consistency of RFC 6962's own vectors", () => {
    const subtree = subtreeOf(sha256, LEAVES);
    ROOTS.forEach((root, size) => expect(hex(rootOf(sha256, subtree, size))).toBe(root));
    const path = (index: number, size: number) => inclusionProof(sha256, subtree, index, size).map(hex);
    expect(path(0, 1)).toEqual([]);
    expect(path(0, 8)).toEqual([
      "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]);
    expect(path(5, 8)).toEqual([
      "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]);
    expect(path(2, 3)).toEqual(["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]);
    const proof = (older: number, newer: number) => consistencyProof(sha256, subtree, older, newer).map(hex);
    expect(proof(1, 1)).toEqual([]);
    expect(proof(1, 8)).toEqual([
      "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]);
    expect(proof(6, 8)).toEqual([
      "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]);
    expect(proof(2, 5)).toEqual([
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ]);
  });

  test("every leaf of every small tree: proved, and the root as defined", () => {
    const leaves = leavesOf(33);
    const subtree = subtreeOf(sha256, leaves);
    for (let size = 1; size <= 33; size++) {
      const root = rootOf(sha256, subtree, size);
      expect(hex(root)).toBe(hex(definition(leaves.slice(0, size))));
      for (let index = 0; index < size; index++) {
        const proof = inclusionProof(sha256, subtree, index, size);
        expect(verifyInclusion(sha256, leaves[index]!, index, size, proof, root)).toBe(true);
        // The same hashes prove no other place, size or leaf.
        for (let other = 0; other < size; other++)
          if (other !== index) {
            expect(verifyInclusion(sha256, leaves[other]!, index, size, proof, root)).toBe(false);
            expect(verifyInclusion(sha256, leaves[index]!, other, size, proof, root)).toBe(false);
          }
      }
      for (let older = 0; older <= size; older++) {
        const proof = consistencyProof(sha256, subtree, older, size);
        expect(verifyConsistency(sha256, older, rootOf(sha256, subtree, older), size, root, proof)).toBe(true);
      }
    }
  });

  test("any change of a proof, by a bit, a hash more or less, or another size, is refused", () => {
    const leaves = leavesOf(200);
    const subtree = subtreeOf(sha256, leaves);
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 200 }),
        fc.nat(),
        fc.nat(),
        fc.constantFrom("bit", "drop", "add", "swap"),
        fc.boolean(),
        (size, at, bit, change, inclusion) => {
          const index = at % size;
          const older = 1 + (at % (size - 1));
          const honest = inclusion ? inclusionProof(sha256, subtree, index, size) : consistencyProof(sha256, subtree, older, size);
          let proof: Uint8Array[] = honest.map((each) => each.slice());
          if (change === "bit") {
            if (proof.length === 0) return;
            const place = bit % (proof.length * 256);
            proof[place >> 8]![(place & 255) >> 3]! ^= 1 << (place & 7);
          } else if (change === "drop") proof = proof.filter((_, k) => k !== bit % Math.max(1, proof.length));
          else if (change === "add") proof.splice(bit % (proof.length + 1), 0, leaves[bit % 200]!);
          else proof.reverse();
          if (proof.length === honest.length && proof.every((each, k) => sameBytes(each, honest[k]!))) return;
          const root = rootOf(sha256, subtree, size);
          if (inclusion) expect(verifyInclusion(sha256, leaves[index]!, index, size, proof, root)).toBe(false);
          else expect(verifyConsistency(sha256, older, rootOf(sha256, subtree, older), size, root, proof)).toBe(false);
        },
      ),
      { numRuns: 400 },
    );
  });

  test("a tree that was forked is not consistent with the one before, by no proof of its own", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 60 }), fc.nat(), (older, more, at) => {
        const leaves = leavesOf(older + more);
        const forked = leaves.with(at % older, leafHash(sha256, Uint8Array.of(9, 9, 9)));
        const [before, after] = [subtreeOf(sha256, leaves), subtreeOf(sha256, forked)];
        const proof = consistencyProof(sha256, after, older, older + more);
        const said = verifyConsistency(
          sha256,
          older,
          rootOf(sha256, before, older),
          older + more,
          rootOf(sha256, after, older + more),
          proof,
        );
        expect(said).toBe(false);
      }),
    );
  });

  test("what cannot be asked throws; what cannot be true is false", () => {
    const subtree = subtreeOf(sha256, LEAVES);
    expect(() => inclusionProof(sha256, subtree, 3, 3)).toThrow(RangeError);
    expect(() => consistencyProof(sha256, subtree, 4, 3)).toThrow(RangeError);
    expect(() => rootOf(sha256, subtree, -1)).toThrow(RangeError);
    expect(rootFromInclusion(sha256, LEAVES[0]!, 0, 0, [])).toBeNull();
    expect(rootFromInclusion(sha256, LEAVES[0]!, 0.5, 2, [])).toBeNull();
    expect(verifyConsistency(sha256, 0, LEAVES[0]!, 3, LEAVES[1]!, [])).toBe(false);
    // Sizes beyond 32 bits are counted rightly: a leaf far out needs as many hashes as the tree has levels.
    expect(rootFromInclusion(sha256, LEAVES[0]!, 2 ** 40, 2 ** 40 + 1, [LEAVES[1]!])).not.toBeNull();
    expect(rootFromInclusion(sha256, LEAVES[0]!, 2 ** 40, 2 ** 40 + 1, [LEAVES[1]!, LEAVES[2]!])).toBeNull();
  });
});

describe("tiles", () => {
  test("the examples of C2SP tlog-tiles", () => {
    expect(tilePath({ level: 0, index: 1234067, width: 256 })).toBe("tile/0/x001/x234/067");
    expect(tilePath({ level: "entries", index: 5, width: 17 })).toBe("tile/entries/005.p/17");
    const tiles = tilesOf(70_000);
    const at = (level: number) => tiles.filter((tile) => tile.level === level);
    expect([at(0).length, at(0).at(-1)!.width]).toEqual([274, 112]);
    expect(at(1).map((tile) => tile.width)).toEqual([256, 17]);
    expect(at(2).map((tile) => tile.width)).toEqual([1]);
    expect(tilesOf(256)).toEqual([
      { level: 0, index: 0, width: 256 },
      { level: 1, index: 0, width: 1 },
    ]);
    expect(widthIn(0, 1, 256)).toBe(0);
  });

  test("a path is one tile's, in one spelling", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.constant("entries" as const), fc.integer({ min: 0, max: 63 })),
        fc.nat(2 ** 31 - 1),
        fc.integer({ min: 1, max: 256 }),
        (level, index, width) => {
          expect(tileOf(tilePath({ level, index, width }))).toEqual({ level, index, width });
        },
      ),
    );
    for (const wrong of [
      "tile/0/1",
      "tile/00/001",
      "tile/64/001",
      "tile/0/x000/001",
      "tile/0/001.p/0",
      "tile/0/001.p/256",
      "tile/0/001.p/01",
      "tile/0/../001",
      "tile/0/001/",
      "tile/x/001",
    ])
      expect(tileOf(wrong), wrong).toBeNull();
  });

  test("a tree grown in any steps has the tiles of the tree made at once, and they give its roots and proofs", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 5 }), fc.nat(), (steps, at) => {
        const total = steps.reduce((sum, step) => sum + step, 0);
        if (total === 0) return;
        const leaves = leavesOf(total);
        const kept = new Map<string, Uint8Array>();
        // A width that was once served is a prefix of the wider tile that took its place.
        const read = ({ level, index, width }: { level: number | "entries"; index: number; width: number }) =>
          kept.get(`${level}/${index}`)!.subarray(0, width * 32);
        let size = 0;
        for (const step of steps) {
          for (const { tile, bytes } of tilesAdded(sha256, size, leaves.slice(size, size + step), read))
            kept.set(`${tile.level}/${tile.index}`, bytes);
          size += step;
        }
        expect(new Set(kept.keys())).toEqual(new Set(tilesOf(total).map((tile) => `${tile.level}/${tile.index}`)));
        const subtree = subtreeFromTiles(sha256, total, read);
        const root = definition(leaves);
        expect(hex(rootOf(sha256, subtree, total))).toBe(hex(root));
        const index = at % total;
        expect(verifyInclusion(sha256, leaves[index]!, index, total, inclusionProof(sha256, subtree, index, total), root)).toBe(true);
        const older = 1 + (at % total);
        expect(
          verifyConsistency(
            sha256,
            older,
            definition(leaves.slice(0, older)),
            total,
            root,
            consistencyProof(sha256, subtree, older, total),
          ),
        ).toBe(true);
      }),
      { numRuns: 30 },
    );
    expect(TILE_WIDTH).toBe(256);
  });

  test("a tile raised has the hash of each perfect subtree of its leaves, at every width", () => {
    const leaves = leavesOf(TILE_WIDTH);
    for (const width of [1, 2, 3, 100, 255, 256]) {
      const raised = raiseTile(sha256, Buffer.concat(leaves.slice(0, width)));
      const expected: string[] = [];
      for (let span = 1; span <= width; span *= 2)
        expected.push(
          Array.from({ length: Math.floor(width / span) }, (_, at) => hex(definition(leaves.slice(at * span, (at + 1) * span)))).join(""),
        );
      expect(raised.map(hex)).toEqual(expected);
    }
  });

  test("what is wanted is what is read: a proof asks for a few tiles, before it reads any, and for no others", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 40 }), fc.nat(), fc.boolean(), (size, at, consistency) => {
        const ask = (hash: Hash, subtree: (start: number, end: number) => Uint8Array) =>
          consistency ? consistencyProof(hash, subtree, 1 + (at % size), size) : inclusionProof(hash, subtree, at % size, size);
        const wanted = new Set<string>();
        const nought = new Uint8Array(32);
        ask(
          () => nought,
          tilesWanted(size, (tile) => void wanted.add(tilePath(tile))),
        );
        const readTiles = new Set<string>();
        ask(
          sha256,
          subtreeFromTiles(sha256, size, (tile) => {
            readTiles.add(tilePath(tile));
            return new Uint8Array(tile.width * 32);
          }),
        );
        expect(readTiles).toEqual(wanted);
        // Of each level at most the leaf's own and the rightmost.
        const levels = Math.ceil(Math.log2(size + 1) / 8);
        expect(wanted.size).toBeLessThanOrEqual(2 * levels);
      }),
      { numRuns: 60 },
    );
  });

  test("a third level appears with the 65,536th leaf", () => {
    const leaf = leafHash(sha256, new Uint8Array());
    const leaves = Array.from({ length: 65_536 }, () => leaf);
    const tiles = tilesAdded(sha256, 0, leaves, () => new Uint8Array());
    expect(tiles.filter(({ tile }) => tile.level === 2).map(({ tile, bytes }) => [tile.width, hex(bytes)])).toEqual([
      [1, hex(definition(leaves))],
    ]);
  });

  test("bundles of entries", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 }), (entries) => {
        expect(entriesOf(bundleOf(entries))!.map(hex)).toEqual(entries.map(hex));
      }),
    );
    expect(entriesOf(Uint8Array.of(0, 3, 1, 2))).toBeNull();
    expect(entriesOf(Uint8Array.of(0))).toBeNull();
    expect(() => bundleOf([new Uint8Array(65_536)])).toThrow(RangeError);
  });
});

import { createHash, generateKeyPairSync, sign, verify as verifySignature, createPublicKey } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Hash, consistencyProof, leafHash, rootOf, sameBytes, subtreeOf } from "./merkle.ts";
import {
  type Verify,
  formatCheckpoint,
  formatNote,
  parseCheckpoint,
  parseNote,
  signatureBytes,
  signedMessage,
  verifierKey,
  verifySignatures,
} from "./note.ts";
import { type Cosigned, cosignedNote, formatSubmission, judgeSubmission, parseSubmission } from "./witness.ts";

const sha256: Hash = (bytes) => new Uint8Array(createHash("sha256").update(bytes).digest());
const hashes = { international: sha256, national: (bytes: Uint8Array) => new Uint8Array(createHash("sm3").update(bytes).digest()) };
const SPKI = Buffer.from("302a300506032b6570032100", "hex");
const verify: Verify = (_, publicKey, message, signature) =>
  verifySignature(null, message, createPublicKey({ key: Buffer.concat([SPKI, publicKey]), format: "der", type: "spki" }), signature);

const signerOf = (name: string, type: "ed25519" | "ed25519-cosignature" = "ed25519") => {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const key = verifierKey(sha256, name, type, new Uint8Array(publicKey.export({ type: "spki", format: "der" }).subarray(SPKI.length)));
  return {
    key,
    sign: (text: string, time = 0) => ({
      name,
      id: key.id,
      bytes: signatureBytes(type, time, new Uint8Array(sign(null, signedMessage(key, text, time)!, privateKey))),
    }),
  };
};
const ORIGIN = "zhiwei.example/log";
const log = signerOf(ORIGIN);
const stranger = signerOf(ORIGIN);
const treeOf = (mark: number) =>
  subtreeOf(
    sha256,
    Array.from({ length: 64 }, (_, i) => leafHash(sha256, Uint8Array.of(i < 20 ? 0 : mark, i))),
  );
const honest = treeOf(0);
const forked = treeOf(1);
const textOf = (size: number, subtree = honest, root = rootOf(sha256, subtree, size)) =>
  formatCheckpoint({ origin: ORIGIN, size, root, extensions: [] });
const signed = (text: string, signer = log) => formatNote({ text, signatures: [signer.sign(text)] });
const body = (old: number, size: number, subtree = honest) =>
  formatSubmission(old, consistencyProof(sha256, subtree, old, size), signed(textOf(size, subtree)));
const judge = (request: string, latest: number | null, subtree = honest) =>
  judgeSubmission(
    hashes,
    request,
    [log.key],
    (origin) => (origin === ORIGIN && latest !== null ? { size: latest, root: rootOf(sha256, subtree, latest) } : null),
    verify,
  );
const said = (request: string, latest: number | null) => {
  const found = judge(request, latest);
  return found.kind === "accept"
    ? "accept"
    : found.kind === "conflict"
      ? `409 ${found.size}`
      : `${found.status}${found.fork ? " fork" : ""}`;
};

describe("the answers of C2SP tlog-witness", () => {
  const wrongRoot = textOf(30, honest, sha256(Uint8Array.of(1)));
  test.each<[string, string, number | null, string]>([
    ["the first checkpoint of a log, from nothing", body(0, 10), null, "accept"],
    ["the next one, with its proof", body(10, 30), 10, "accept"],
    ["the same one again", body(30, 30), 30, "accept"],
    ["an empty tree", body(0, 0), null, "accept"],
    ["no body of the form", "old 1\nno proof", 10, "400"],
    ["an old size with a leading nought", body(10, 30).replace("old 10", "old 010"), 10, "400"],
    ["an old size beyond the checkpoint", formatSubmission(31, [], signed(textOf(30))), 31, "400"],
    ["an unknown origin", body(0, 10).replaceAll(ORIGIN, "other.example/log"), null, "404"],
    ["no signature of a trusted key", formatSubmission(0, [], signed(textOf(10), stranger)), null, "403"],
    ["a trusted key's signature that fails", body(0, 10).replace("\n10\n", "\n11\n"), null, "403"],
    ["an old size that is not the latest: too small", body(10, 40), 30, "409 30"],
    ["an old size that is not the latest: too large", body(30, 40), 10, "409 10"],
    ["a log never seen, asked from the middle", body(10, 30), null, "409 0"],
    ["an empty tree with a root of its own", formatSubmission(0, [], signed(textOf(0, honest, sha256(Uint8Array.of(7))))), null, "422"],
    ["a proof where none can be", formatSubmission(0, [sha256(Uint8Array.of(1))], signed(textOf(10))), null, "422"],
    ["a proof that does not verify", formatSubmission(10, consistencyProof(sha256, honest, 9, 30), signed(textOf(30))), 10, "422"],
    ["a proof left out", formatSubmission(10, [], signed(textOf(30))), 10, "422"],
    ["the latest size with another root", formatSubmission(30, [], signed(wrongRoot)), 30, "422 fork"],
  ])("%s", (_, request, latest, answer) => {
    expect(said(request, latest)).toBe(answer);
  });

  test("more than 63 lines of proof are no request", () => {
    const lines = Array.from({ length: 64 }, () => sha256(Uint8Array.of(1)));
    expect(said(formatSubmission(10, lines, signed(textOf(30))), 10)).toBe("400");
    expect(said(formatSubmission(10, lines.slice(1), signed(textOf(30))), 10)).toBe("422");
  });

  test("a fork is refused at whichever size it is shown", () => {
    for (let old = 21; old <= 40; old++) for (const size of [old, 41, 64]) expect(judge(body(old, size, forked), old).kind).toBe("refuse");
    // Before the histories part there is nothing to refuse.
    expect(judge(body(20, 40, forked), 20).kind).toBe("accept");
  });

  test("what monitors are given carries the log's signature and the witness's, and nobody else's", () => {
    const text = textOf(10);
    const request = formatSubmission(0, [], formatNote({ text, signatures: [stranger.sign(text), log.sign(text)] }));
    const found = judge(request, null);
    if (found.kind !== "accept") throw new Error("refused");
    const witness = signerOf("bank.example/witness", "ed25519-cosignature");
    const note = parseNote(cosignedNote(found.submission, found.logSignatures, [witness.sign(text, 1_700_000_000)]))!;
    expect(note.signatures).toHaveLength(2);
    expect(verifySignatures(note, [log.key, witness.key], verify)).toMatchObject({
      verified: [{ timestamp: null }, { timestamp: 1_700_000_000 }],
      refused: null,
    });
  });
});

test("check and store in one step: no order of requests rolls a tree back; in two steps one does", () => {
  /** A witness whose store is compared and set, or, wrongly, only set. */
  const witness = (atomic: boolean) => {
    let latest: Cosigned = { size: 0, root: sha256(new Uint8Array()) };
    let largest = 0;
    let rolledBack = false;
    const begin = (request: string) => {
      const before = latest;
      const found = judgeSubmission(hashes, request, [log.key], () => before, verify);
      return () => {
        if (found.kind !== "accept" || (atomic && latest !== before)) return;
        latest = found.submission.checkpoint;
        rolledBack ||= latest.size < largest;
        largest = Math.max(largest, latest.size);
      };
    };
    return { begin, rolledBack: () => rolledBack };
  };
  const everRolledBack = (atomic: boolean) => {
    let ever = false;
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.boolean()), { minLength: 2, maxLength: 12 }), (steps) => {
        const one = witness(atomic);
        const waiting: (() => void)[] = [];
        for (const [size, finish] of steps) {
          waiting.push(one.begin(body(0, size)));
          if (finish) waiting.shift()!();
        }
        for (const end of waiting.toReversed()) end();
        ever ||= one.rolledBack();
      }),
      { numRuns: 60, seed: 7 },
    );
    return ever;
  };
  expect(everRolledBack(true)).toBe(false);
  expect(everRolledBack(false)).toBe(true);
});

test("a request is read as it was written", () => {
  const request = body(10, 30);
  const found = parseSubmission(request)!;
  expect(formatSubmission(found.old, found.proof, formatNote(found.note))).toBe(request);
  expect(sameBytes(found.checkpoint.root, parseCheckpoint(textOf(30))!.root)).toBe(true);
});

import { mkdtemp, rm } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { canonicalJson } from "@zhiwei/core/basics";
import {
  type Bundle,
  type BundledProfile,
  type EvidenceRecord,
  entryOf,
  formatBundle,
  parseBundle,
  policyOf,
  proofOfStatement,
  statementOf,
  verifyBundle,
} from "@zhiwei/core/evidence";
import {
  type Hash,
  consistencyProof,
  formatCheckpoint,
  formatNote,
  inclusionProof,
  leafHash,
  parsePolicy,
  rootOf,
  subtreeOf,
  toBase64,
  verifyProof,
} from "@zhiwei/core/tlog";
import { type NoteSigner, logSigners, hashes, sha256, sm3, verify, witnessSigners } from "./keys.ts";

const suite = { hashes, verify };
const ORIGIN = "zhiwei.example/log";
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const AT = "2026-01-05T00:00:00.000Z";

let folder: string;
let log: readonly NoteSigner[];
let witnesses: readonly NoteSigner[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "zhiwei-bundle-"));
  log = await logSigners(join(folder, "log"), ORIGIN);
  witnesses = [
    ...(await witnessSigners(join(folder, "w1"), "bank.example/w")),
    ...(await witnessSigners(join(folder, "w2"), "bureau.example/w")),
  ];
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const profile = {
  asOf: "2020-02-21",
  enterprise: { id: "E1", name: "企业 1" },
  used: {
    batches: [
      { id: "b1", sha256: "11".repeat(32), rows: 3 },
      { id: "b2", sha256: "22".repeat(32), rows: 5 },
    ],
  },
  dimensions: [{ position: 61.5 }],
} satisfies BundledProfile & { enterprise: { name: string }; dimensions: object[] };

/** A log of 40 entries that holds the statements on one profile, whole and signed, in memory. */
const bundled = (cosigners = witnesses, origin = log, hash: Hash = sha256): { text: string; bundle: Bundle } => {
  const record = (kind: EvidenceRecord["kind"], subject: string | null, content: EvidenceRecord["content"]): EvidenceRecord => ({
    kind,
    subject,
    at: AT,
    content,
  });
  const digest = hex(sha256(new TextEncoder().encode(canonicalJson(profile))));
  const made = Array.from({ length: 40 }, (_, n) => ({ record: record("reads", null, { n }), salt: new Uint8Array(randomBytes(32)) }));
  made[3]!.record = record("import-batch", null, { batch: "b1", sha256: "11".repeat(32), rows: 3, rowsRoot: null });
  made[8]!.record = record("import-batch", null, { batch: "b2", sha256: "22".repeat(32), rows: 5, rowsRoot: null });
  made[20]!.record = record("score", "E1", { asOf: profile.asOf, grade: "2" });
  made[31]!.record = record("profile", "E1", { asOf: profile.asOf, sha256: digest });
  const subtree = subtreeOf(
    hash,
    made.map(({ record, salt }) => leafHash(hash, entryOf(hash, salt, record))),
  );
  const sign = (size: number, by: readonly NoteSigner[]) => {
    const text = formatCheckpoint({ origin: ORIGIN, size, root: rootOf(hash, subtree, size), extensions: [] });
    return formatNote({ text, signatures: by.map((signer) => signer.sign(text, 1_767_571_200)) });
  };
  const statement = (index: number) => statementOf(made[index]!.record, made[index]!.salt, index, inclusionProof(hash, subtree, index, 40));
  const bundle: Bundle = {
    format: "zhiwei-bundle@v1",
    profile,
    statements: { profile: statement(31), score: statement(20), batches: [statement(3), statement(8)] },
    checkpoint: sign(40, [...origin, ...cosigners]),
    earlier: { checkpoint: sign(17, origin), hashes: consistencyProof(hash, subtree, 17, 40).map(toBase64) },
    policy: policyOf(
      origin.map(({ key }) => key),
      cosigners.map(({ key }) => key),
    ),
  };
  return { text: formatBundle(bundle), bundle };
};

const faultsOf = (text: string, trust = {}) =>
  verifyBundle(text, suite, trust)
    .filter((check) => !check.ok)
    .map((check) => check.name);

describe("a bundle", () => {
  test("holds by its own keys and by a policy of the reader's", () => {
    const { text, bundle } = bundled();
    const checks = verifyBundle(text, suite);
    expect(checks.map(({ name }) => name)).toEqual([
      "format",
      "profile-hash",
      "policy",
      "signatures",
      "inclusion profile",
      "statement score",
      "inclusion score",
      "statement batches",
      "inclusion batch b1",
      "inclusion batch b2",
      "consistency",
    ]);
    expect(faultsOf(text)).toEqual([]);
    const policy = parsePolicy(
      sha256,
      policyOf(
        [log[0]!.key],
        witnesses.slice(0, 2).map(({ key }) => key),
      ),
    );
    if (!policy.ok) throw new Error("no policy");
    expect(faultsOf(text, { policy: policy.value })).toEqual([]);
    // The proof of a statement is one that other verifiers read.
    const { record, salt } = bundle.statements.profile;
    const leaf = leafHash(sha256, entryOf(sha256, Uint8Array.from(Buffer.from(salt, "hex")), record));
    expect(verifyProof(sha256, proofOfStatement(bundle.statements.profile, bundle.checkpoint), leaf, policy.value, verify)).toMatchObject({
      ok: true,
      value: { index: 31 },
    });
  });

  test("one bit changed anywhere is named", () => {
    const { text } = bundled();
    const bytes = Buffer.from(text);
    const named = new Map<string, number>();
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(7), (at, bit) => {
        const changed = Buffer.from(bytes);
        changed[at]! ^= 1 << bit;
        const faults = faultsOf(changed.toString("utf8"));
        for (const name of faults) named.set(name, (named.get(name) ?? 0) + 1);
        expect(faults.length, `byte ${at} bit ${bit}: ${text.slice(Math.max(0, at - 40), at + 40)}`).toBeGreaterThan(0);
      }),
      { numRuns: 1500 },
    );
    for (const name of ["format", "signatures"]) expect(named.get(name)).toBeGreaterThan(0);
  });

  test("each part changed such that it still reads well is named by the check that looks at it", () => {
    const { bundle } = bundled();
    const changed = (change: (bundle: Record<string, never> & Bundle) => void) => {
      const copy = structuredClone(bundle);
      change(copy as never);
      return faultsOf(formatBundle(copy));
    };
    const write = (target: object, key: string, value: unknown) => Object.assign(target, { [key]: value });
    expect(changed((b) => write((b.profile as unknown as typeof profile).dimensions[0]!, "position", 61.6))).toEqual(["profile-hash"]);
    expect(changed((b) => write(b.profile, "asOf", "2020-02-22"))).toContain("profile-hash");
    expect(changed((b) => write(b.statements.profile.record.content, "sha256", "0".repeat(64)))).toEqual([
      "profile-hash",
      "inclusion profile",
    ]);
    expect(changed((b) => write(b.statements.profile, "index", 30))).toEqual(["inclusion profile"]);
    expect(changed((b) => write(b.statements.profile, "salt", "0".repeat(64)))).toEqual(["inclusion profile"]);
    expect(changed((b) => write(b.statements.score!.record.content, "grade", "1"))).toEqual(["inclusion score"]);
    expect(changed((b) => write(b.statements.score!.record, "subject", "E2"))).toEqual(["statement score", "inclusion score"]);
    expect(changed((b) => write(b.statements.batches[0]!.record.content, "rows", 4))).toEqual(["statement batches", "inclusion batch b1"]);
    expect(changed((b) => write(b.statements, "batches", b.statements.batches.slice(1)))).toContain("statement batches");
    expect(changed((b) => write(b.earlier!, "hashes", b.earlier!.hashes.toReversed()))).toEqual(["consistency"]);
    expect(changed((b) => write(b.earlier!, "checkpoint", b.checkpoint))).toEqual(["consistency"]);
    expect(changed((b) => write(b, "policy", b.policy.replace("log ", "lag ")))).toEqual(["policy"]);
    expect(changed((b) => write(b, "more", 1))).toEqual(["format"]);
  });

  test("a quorum that the reader asks for has to be there, and a log that he does not know is refused", async () => {
    const { text } = bundled(witnesses.slice(0, 1));
    const asks = parsePolicy(
      sha256,
      policyOf(
        [log[0]!.key],
        witnesses.slice(2).map(({ key }) => key),
      ),
    );
    const other = await logSigners(join(folder, "other"), ORIGIN);
    const knows = parsePolicy(sha256, policyOf([other[0]!.key], []));
    if (!asks.ok || !knows.ok) throw new Error("no policy");
    expect(faultsOf(text, { policy: asks.value })).toEqual(["signatures"]);
    expect(faultsOf(text, { policy: knows.value })).toEqual(["signatures"]);
  });

  test("a checkpoint that the reader holds tells a fork from a proof that is missing", async () => {
    const { text, bundle } = bundled();
    expect(faultsOf(text, { known: bundle.earlier!.checkpoint })).toEqual([]);
    expect(faultsOf(text, { known: bundle.checkpoint })).toEqual([]);
    // Another tree under the same keys: salts are random, so it is another history.
    const fork = bundled();
    const [, at40] = [fork.bundle.earlier!.checkpoint, fork.bundle.checkpoint];
    const said = verifyBundle(text, suite, { known: at40 }).find(({ name }) => name === "known")!;
    expect([said.ok, said.detail.en]).toEqual([false, expect.stringContaining("has forked")]);
    const missing = { ...bundle, earlier: null };
    const told = verifyBundle(formatBundle(missing), suite, { known: bundle.earlier!.checkpoint }).find(({ name }) => name === "known")!;
    expect([told.ok, told.detail.en]).toEqual([false, expect.stringContaining("holds no proof")]);
  });

  test("of a log of the national suite it holds as well, and its hash is not that of the other", async () => {
    const national = await logSigners(join(folder, "national"), ORIGIN, "national");
    const cosigner = await witnessSigners(join(folder, "national-w"), "bureau.example/sm2", "national");
    const { text } = bundled(cosigner, national, sm3);
    expect(faultsOf(text)).toEqual([]);
    expect(faultsOf(bundled(cosigner, national, sha256).text)).toContain("inclusion profile");
  });

  test("has one spelling", () => {
    const { text, bundle } = bundled();
    expect(parseBundle(`${text}\n`)).toEqual(bundle);
    expect(parseBundle(JSON.stringify(bundle, null, 1))).toBeNull();
    expect(parseBundle(text.replace('"asOf":"2020', '"asOf":"\\u0032020'))).toBeNull();
    expect(parseBundle("null")).toBeNull();
  });
});

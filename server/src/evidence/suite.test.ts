import { createPublicKey, generateKeyPairSync, sign, verify as verifySignature } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { sql } from "kysely";
import { sm2 } from "sm-crypto-v2";
import { describe, expect, test } from "vitest";
import {
  SUITES,
  type Suite,
  consistencyProof,
  formatCheckpoint,
  formatNote,
  formatProof,
  formatSubmission,
  formatVerifierKey,
  inclusionProof,
  leafHash,
  parseNote,
  parsePolicy,
  parseVerifierKey,
  rootOf,
  subtreeOf,
  toBase64,
  trustCheckpoint,
  verifyProof,
  verifySignatures,
} from "@zhiwei/core/tlog";
import { parseEntry, commitmentOf } from "@zhiwei/core/evidence";
import { freshDatabase } from "../../../test/database.ts";
import { readConfig } from "../config.ts";
import { openDb } from "../db/index.ts";
import { openPlatform } from "../platform.ts";
import { type NoteSigner, hashes, logSigners, sha256, sm3, verify, witnessSigners } from "./keys.ts";
import { openLog, signCheckpoint } from "./log.ts";
import { logRecords } from "./records.ts";
import { sm2Signer, verifySm2 } from "./sm2.ts";
import { openWitness } from "./witness.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const hex = (value: Uint8Array) => Buffer.from(value).toString("hex");
const NOW = new Date("2026-01-05T00:00:00Z");
const ORIGIN = "zhiwei.example/log";
const folderFor = async () => {
  const folder = await mkdtemp(join(tmpdir(), "zhiwei-suite-"));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
};

describe("the algorithms of the national suite", () => {
  test("SM3: the examples of GB/T 32905 annex A", () => {
    expect(hex(sm3(utf8("abc")))).toBe("66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    expect(hex(sm3(utf8("abcd".repeat(16))))).toBe("debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
  });

  /** GB/T 32918.5 annex A.2 (GM/T 0003.5): user ID 1234567812345678, message "message digest". */
  const published = {
    publicKey: bytes(
      "04 09F9DF31 1E5421A1 50DD7D16 1E4BC5C6 72179FAD 1833FC07 6BB08FF3 56F35020 CCEA490C E26775A5 2DC6EA71 8CC1AA60 0AED05FB F35E084A 6632F607 2DA9AD13",
    ),
    r: "F5A03B06 48D2C463 0EEAC513 E1BB81A1 5944DA38 27D5B741 43AC7EAC EEE720B3",
    s: "B1B6AA29 DF212FD8 763182BC 0D421CA1 BB9038FD 1F7F42D4 840B69C4 85BBC1AA",
    message: utf8("message digest"),
  };

  test("SM2: the published signature holds; nothing near it does", () => {
    const { publicKey, r, s, message } = published;
    expect(verifySm2(publicKey, message, bytes(r + s))).toBe(true);
    fc.assert(
      fc.property(fc.nat(), fc.nat(7), fc.constantFrom("key", "message", "signature"), (at, bit, what) => {
        const made = { key: publicKey.slice(), message: message.slice(), signature: bytes(r + s) };
        made[what][at % made[what].length]! ^= 1 << bit;
        expect(verifySm2(made.key, made.message, made.signature)).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  test("SM2: numbers outside 1 to n − 1 are no signature, however they work out", () => {
    const { publicKey, r, s, message } = published;
    const n = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;
    const text = (number: bigint) => number.toString(16).padStart(64, "0");
    const zero = text(0n);
    // s + n is another spelling of s modulo n; it fits 32 bytes for small s only, so r is what is stretched here.
    for (const wrong of [zero + s, r + zero, zero + zero, text(n) + s, r + text(n), text(n + 1n) + s])
      expect(verifySm2(publicKey, message, bytes(wrong))).toBe(false);
    expect(verifySm2(publicKey, message, bytes(r + s).subarray(0, 63))).toBe(false);
    expect(verifySm2(new Uint8Array(65).fill(4), message, bytes(r + s))).toBe(false);
  });

  test("SM2: beside OpenSSL, which signs and verifies with an empty user ID", () => {
    for (let turn = 0; turn < 20; turn++) {
      const { privateKey } = generateKeyPairSync("ec", { namedCurve: "SM2" });
      // Only a key that was read from PEM is taken for one of SM2 by OpenSSL.
      const theirs = createPublicKey(createPublicKey(privateKey).export({ type: "spki", format: "pem" }));
      const pem = privateKey.export({ type: "pkcs8", format: "pem" });
      const publicKey = hex(theirs.export({ type: "spki", format: "der" }).subarray(-65));
      const number = hex(privateKey.export({ type: "pkcs8", format: "der" }).subarray(36, 68));
      const message = sha256(Uint8Array.of(turn));
      const options = { hash: true, der: true, userId: "" };
      const ours = sm2.doSignature(message, number, { ...options, publicKey });
      expect(verifySignature("sm3", message, theirs, Buffer.from(ours, "hex"))).toBe(true);
      expect(sm2.doVerifySignature(message, hex(sign("sm3", message, pem)), publicKey, options)).toBe(true);
      // With the user ID of GM/T 0009 it is another signature.
      const signature = sm2Signer(privateKey, bytes(publicKey))(message);
      expect(verifySm2(bytes(publicKey), message, signature)).toBe(true);
      expect(sm2.doVerifySignature(message, hex(signature), publicKey, { hash: true })).toBe(true);
      expect(sm2.doVerifySignature(message, hex(signature), publicKey, { hash: true, userId: "" })).toBe(false);
    }
  });
});

/** A log of 300 entries in memory, with a witness, signed and cosigned. */
const made = async (folder: string, suite: Suite) => {
  const hash = hashes[suite];
  const log = await logSigners(join(folder, "log"), ORIGIN, suite);
  const witness = await witnessSigners(join(folder, "witness"), "bank.example/witness", suite);
  const leaves = Array.from({ length: 300 }, (_, i) => leafHash(hash, utf8(`entry ${i}`)));
  const subtree = subtreeOf(hash, leaves);
  const text = formatCheckpoint({ origin: ORIGIN, size: 300, root: rootOf(hash, subtree, 300), extensions: [] });
  const signedBy = (signers: readonly NoteSigner[]) =>
    formatNote({ text, signatures: signers.map((each) => each.sign(text, 1_767_571_200)) });
  const lines = [
    ...log.map((each) => `log ${formatVerifierKey(each.key)}`),
    ...witness.map((each, i) => `witness w${i} ${formatVerifierKey(each.key)}`),
    `group all-kinds all ${witness.map((_, i) => `w${i}`).join(" ")}`,
    "quorum all-kinds",
  ];
  const policy = parsePolicy(sha256, lines.join("\n"));
  if (!policy.ok) throw new Error(`line ${policy.error.line}: ${policy.error.code}`);
  const checkpoint = signedBy([...log, ...witness]);
  const proof = (index: number) => formatProof({ extra: null, index, hashes: inclusionProof(hash, subtree, index, 300), checkpoint });
  return { hash, log, witness, leaves, text, signedBy, lines, policy: policy.value, checkpoint, proof };
};

describe.each(SUITES)("notes, policies and proofs in the %s suite", (suite) => {
  test("a proof holds under a policy for its own leaf, and not by the hash of the other suite", async () => {
    await using at = await folderFor();
    const { hash, leaves, policy, proof, log, witness, signedBy } = await made(at.folder, suite);
    expect(verifyProof(hash, proof(7), leaves[7]!, policy, verify)).toMatchObject({ ok: true, value: { index: 7 } });
    expect(verifyProof(hash, proof(7), leaves[8]!, policy, verify)).toEqual({ ok: false, error: "inclusion" });
    const other = hashes[suite === "national" ? "international" : "national"];
    expect(verifyProof(other, proof(7), leaves[7]!, policy, verify)).toEqual({ ok: false, error: "inclusion" });
    expect(trustCheckpoint(signedBy(log), policy, verify)).toEqual({ ok: false, error: "quorum" });
    expect(trustCheckpoint(signedBy(witness), policy, verify)).toEqual({ ok: false, error: "no-log-signature" });
  });

  test("whatever bit of a proof is changed, it is refused, or it has one of the log's two signatures fewer and says the same", async () => {
    await using at = await folderFor();
    const { hash, leaves, log, witness, policy, proof } = await made(at.folder, suite);
    const whole = verifyProof(hash, proof(100), leaves[100]!, policy, verify);
    const text = Buffer.from(proof(100));
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.nat(7), (place, bit) => {
        const changed = Buffer.from(text);
        changed[place]! ^= 1 << bit;
        const found = verifyProof(hash, changed.toString("utf8"), leaves[100]!, policy, verify);
        if (!found.ok || !whole.ok) return;
        // The name or the ID of a signature was changed: it is passed over as a stranger's, and one signature of the log is enough.
        expect(found.value.signatures).toHaveLength(log.length + witness.length - 1);
        expect({ ...found.value, signatures: [] }).toEqual({ ...whole.value, signatures: [] });
        expect(log).toHaveLength(2);
      }),
      { numRuns: 300 },
    );
  });

  test("whatever character of a checkpoint or a policy is changed, it is refused or trusts nobody else", async () => {
    await using at = await folderFor();
    const { policy, log, witness, checkpoint, lines } = await made(at.folder, suite);
    const keys = lines.filter((line) => /^(log|witness) /.test(line));
    const characters = fc.constantFrom("A", "Z", "a", "z", "0", "9", "+", "/", "=", " ", "\n");
    fc.assert(
      fc.property(fc.nat(), characters, fc.boolean(), (place, character, ofNote) => {
        const text = ofNote ? checkpoint : keys.join("\n");
        const where = place % text.length;
        const changed = text.slice(0, where) + character + text.slice(where + 1);
        fc.pre(changed !== text);
        if (ofNote) {
          const found = trustCheckpoint(changed, policy, verify);
          if (found.ok) expect(found.value.signatures.length).toBeLessThan(log.length + witness.length);
          expect(found.ok && log.length === 1).toBe(false);
        } else {
          const found = parsePolicy(sha256, [changed, ...lines.slice(keys.length)].join("\n"));
          // A key's ID is that of its name and bytes: a key that is misspelt is none. Its name in the policy alone may differ.
          if (found.ok) expect([...found.value.logs, ...found.value.witnesses]).toEqual([...policy.logs, ...policy.witnesses]);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("keys are read as they were written", async () => {
    await using at = await folderFor();
    const { log, witness } = await made(at.folder, suite);
    for (const { key } of [...log, ...witness]) expect(parseVerifierKey(sha256, formatVerifierKey(key))).toEqual(key);
  });
});

test("keys of SM2: type 0xff, a name in place of a number, the point uncompressed; the ID made as of every key", async () => {
  await using at = await folderFor();
  const { log, witness } = await made(at.folder, "national");
  for (const [signer, name, mark] of [
    [log[0]!, ORIGIN, "GM/T-0003-SM2-SM3"],
    [witness[0]!, "bank.example/witness", "GM/T-0003-SM2-SM3-cosignature/v1"],
  ] as const) {
    const { publicKey } = signer.key;
    const typed = Buffer.concat([Buffer.of(0xff), Buffer.from(mark), publicKey]);
    const id = sha256(Buffer.concat([Buffer.from(`${name}\n`), typed])).subarray(0, 4);
    expect(formatVerifierKey(signer.key)).toBe(`${name}+${hex(id)}+${typed.toString("base64")}`);
    // Other spellings of the same point are no keys.
    const compressed = Buffer.concat([Buffer.of(0xff), Buffer.from(mark), Buffer.of(2), publicKey.subarray(1, 33)]);
    expect(parseVerifierKey(sha256, `${name}+${hex(id)}+${compressed.toString("base64")}`)).toBeNull();
  }
  // A log signs the text of its note, a witness its own name and the time too.
  const text = formatCheckpoint({ origin: ORIGIN, size: 0, root: sm3(new Uint8Array()), extensions: [] });
  const plain = log[0]!.sign(text, 0);
  expect(plain.bytes).toHaveLength(64);
  expect(verifySm2(log[0]!.key.publicKey, utf8(text), plain.bytes)).toBe(true);
  const cosigned = witness[0]!.sign(text, 1_767_571_200);
  expect(cosigned.bytes).toHaveLength(72);
  const later = { ...cosigned, bytes: cosigned.bytes.with(7, cosigned.bytes[7]! ^ 1) };
  expect(verifySignatures({ text, signatures: [cosigned] }, [witness[0]!.key], verify).verified).toMatchObject([
    { timestamp: 1_767_571_200 },
  ]);
  expect(verifySignatures({ text, signatures: [later] }, [witness[0]!.key], verify).refused).toBe(witness[0]!.key);
});

test("a policy takes no log by keys of two suites, no cosigner's key for a log and no log's for a witness", async () => {
  await using at = await folderFor();
  const national = await made(at.folder, "national");
  const international = await made(at.folder, "international");
  const faultOf = (...lines: string[]) => {
    const found = parsePolicy(sha256, [...lines, "quorum none"].join("\n"));
    return found.ok ? null : found.error;
  };
  const key = formatVerifierKey;
  expect(faultOf(`log ${key(international.log[0]!.key)}`, `log ${key(national.log[0]!.key)}`)).toEqual({ line: 2, code: "suite" });
  expect(faultOf(`log ${key(national.witness[0]!.key)}`)).toEqual({ line: 1, code: "key" });
  expect(faultOf(`witness w ${key(national.log[0]!.key)}`)).toEqual({ line: 1, code: "key" });
});

describe("witnesses of both suites", () => {
  test.each<[Suite, Suite]>([
    ["national", "national"],
    ["international", "national"],
    ["national", "international"],
  ])("a witness in the %s suite cosigns a log in the %s one, and keeps a fork of it", async (ofWitness, ofLog) => {
    await using at = await folderFor();
    const hash = hashes[ofLog];
    const log = await logSigners(join(at.folder, "log"), ORIGIN, ofLog);
    const treeOf = (mark: number) =>
      subtreeOf(
        hash,
        Array.from({ length: 90 }, (_, i) => leafHash(hash, Uint8Array.of(i < 20 ? 0 : mark, i))),
      );
    const honest = treeOf(0);
    const textOf = (size: number, subtree = honest) =>
      formatCheckpoint({ origin: ORIGIN, size, root: rootOf(hash, subtree, size), extensions: [] });
    const request = (old: number, size: number, subtree = honest) => {
      const text = textOf(size, subtree);
      return formatSubmission(
        old,
        consistencyProof(hash, subtree, old, size),
        formatNote({ text, signatures: log.map((each) => each.sign(text, 1_767_571_200)) }),
      );
    };
    const witness = await openWitness(
      at.folder,
      "bank.example/witness",
      log.map((each) => each.key),
      ofWitness,
    );
    try {
      expect(witness.addCheckpoint(request(0, 60), NOW).status).toBe(200);
      const { status, body } = witness.addCheckpoint(request(60, 90), NOW);
      expect(status).toBe(200);
      const keys = witness.signers.map((each) => each.key);
      const { verified, refused } = verifySignatures(parseNote(`${textOf(90)}\n${body}`)!, keys, verify);
      expect({ verified: verified.map((each) => each.timestamp), refused }).toEqual({
        verified: keys.map(() => NOW.getTime() / 1000),
        refused: null,
      });
      expect(witness.addCheckpoint(request(90, 90, treeOf(1)), NOW).status).toBe(422);
      expect(witness.forks()).toHaveLength(1);
      expect(witness.addCheckpoint(request(60, 90), NOW)).toMatchObject({ status: 409, body: "90\n" });
      const latest = parseNote(witness.checkpoint(hex(sha256(utf8(ORIGIN))))!)!;
      expect(verifySignatures(latest, [...log.map((each) => each.key), ...keys], verify).verified).toHaveLength(log.length + keys.length);
    } finally {
      witness.close();
    }
  });

  test("a log that signs in two suites at once is refused: its tree would mean two things", async () => {
    await using at = await folderFor();
    const log = [...(await logSigners(at.folder, ORIGIN, "international")), ...(await logSigners(at.folder, ORIGIN, "national"))];
    const text = formatCheckpoint({ origin: ORIGIN, size: 1, root: sm3(Uint8Array.of(0)), extensions: [] });
    const witness = await openWitness(
      join(at.folder, "witness"),
      "bank.example/witness",
      log.map((each) => each.key),
      "national",
    );
    try {
      const note = (signers: readonly NoteSigner[]) => formatNote({ text, signatures: signers.map((each) => each.sign(text, 1)) });
      expect(witness.addCheckpoint(formatSubmission(0, [], note(log)), NOW).status).toBe(403);
      expect(witness.addCheckpoint(formatSubmission(0, [], note(log.slice(-1))), NOW).status).toBe(200);
    } finally {
      witness.close();
    }
  });
});

describe("the suite of a log", () => {
  const opened = async () => {
    const database = await freshDatabase();
    const folder = await mkdtemp(join(tmpdir(), "zhiwei-suite-"));
    const db = await openDb(database.url);
    return {
      db,
      url: database.url,
      folder,
      [Symbol.asyncDispose]: async () => {
        await db.destroy();
        await database[Symbol.asyncDispose]();
        await rm(folder, { recursive: true, force: true });
      },
    };
  };

  test("is chosen while nothing stands in it, and then fixed; another is refused with what to do", async () => {
    await using at = await opened();
    const { db } = at;
    await openLog(db, "national");
    await openLog(db, "international");
    await openLog(db, "national");
    const national = await logSigners(at.folder, ORIGIN, "national");
    const international = await logSigners(at.folder, ORIGIN, "international");
    await expect(signCheckpoint(db, international, NOW)).rejects.toMatchObject({ problem: { code: "log-of-another-suite" } });
    await expect(signCheckpoint(db, [...national, ...international], NOW)).rejects.toThrow(/begun in the national suite/);
    // The signature of the empty tree begins it.
    expect(toBase64((await signCheckpoint(db, national, NOW)).root)).toBe(toBase64(sm3(new Uint8Array())));
    await expect(openLog(db, "international")).rejects.toMatchObject({
      problem: { code: "log-of-another-suite", remedy: { en: expect.stringContaining("ZHIWEI_SUITE to national") } },
    });
    await openLog(db, "national");
    for (const statement of ["update evidence_head set suite = 'international'", "update evidence_head set suite = 'other'"])
      await expect(sql.raw(statement).execute(db)).rejects.toThrow();
  });

  test("a platform that is set to another suite than its log's does not open", async () => {
    await using at = await opened();
    const set = (suite: string) => readConfig({ ZHIWEI_DATA: at.folder, DATABASE_URL: at.url, ZHIWEI_SUITE: suite });
    const platform = await openPlatform(set("national"));
    await platform.db.transaction().execute((tx) => logRecords(tx, [{ kind: "profile", subject: "E1", content: {} }], NOW));
    await platform.close();
    await expect(openPlatform(set(""))).rejects.toMatchObject({ problem: { code: "log-of-another-suite" } });
    await (await openPlatform(set("national"))).close();
    expect(() => set("sm3")).toThrow(/must be international or national/);
  });

  test("is fixed by the first leaf too; a record's commitment is made by its hash", async () => {
    await using at = await opened();
    const { db } = at;
    await openLog(db, "national");
    await db.transaction().execute((tx) => logRecords(tx, [{ kind: "profile", subject: "E1", content: { hash: "a" } }], NOW));
    await expect(openLog(db, "international")).rejects.toMatchObject({ problem: { code: "log-of-another-suite" } });
    const kept = await db.selectFrom("evidence_record").selectAll().executeTakeFirstOrThrow();
    const { entry } = await db.selectFrom("evidence_leaf").select("entry").executeTakeFirstOrThrow();
    const commitment = (hash: typeof sm3) => commitmentOf(hash, kept.salt!, JSON.parse(kept.record!));
    expect(parseEntry(entry)).toEqual({ kind: "profile", commitment: commitment(sm3) });
    expect(commitment(sm3)).not.toBe(commitment(sha256));
  });
});

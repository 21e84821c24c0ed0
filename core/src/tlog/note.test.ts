import { createHash, createPublicKey, generateKeyPairSync, sign, verify as verifySignature } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Hash, consistencyProof, inclusionProof, leafHash, rootOf, subtreeOf } from "./merkle.ts";
import {
  type KeyType,
  type Verify,
  type VerifierKey,
  formatCheckpoint,
  formatNote,
  formatVerifierKey,
  fromBase64,
  parseCheckpoint,
  parseNote,
  parseVerifierKey,
  signatureBytes,
  signedMessage,
  toBase64,
  verifierKey,
  verifySignatures,
} from "./note.ts";
import { formatProof, parsePolicy, parseProof, trustCheckpoint, verifyProof } from "./proof.ts";
import { tilePath } from "./tiles.ts";

const sha256: Hash = (bytes) => new Uint8Array(createHash("sha256").update(bytes).digest());
const utf8 = (text: string) => new TextEncoder().encode(text);
const ED25519_SPKI = Buffer.from("302a300506032b6570032100", "hex");
const ML_DSA_44_SPKI = Buffer.from("30820532300b06096086480165030403110382052100", "hex");
const verify: Verify = (algorithm, publicKey, message, signature) => {
  const prefix = algorithm === "ed25519" ? ED25519_SPKI : ML_DSA_44_SPKI;
  const key = createPublicKey({ key: Buffer.concat([prefix, publicKey]), format: "der", type: "spki" });
  return verifySignature(null, message, key, signature);
};

/**
 * What another implementation makes: filippo.io/torchwood v0.9.0 with golang.org/x/mod, a log of the 300 entries "entry 0" to
 * "entry 299", its checkpoint signed by the log and cosigned by two witnesses, proofs, and a policy that asks for both.
 */
type Made = {
  origin: string;
  size: number;
  root: string;
  vkey: string;
  checkpoint: string;
  signedByLogOnly: string;
  policy: string;
  proofs: { Index: number; Proof: string; Extra: string }[];
  consistency: { Older: number; Newer: number; Hashes: string[] }[];
  paths: Record<string, string>;
};
const made = JSON.parse(readFileSync(join(import.meta.dirname, "fixtures/torchwood.json"), "utf8")) as Made;
const leaves = Array.from({ length: made.size }, (_, i) => leafHash(sha256, utf8(`entry ${i}`)));
const subtree = subtreeOf(sha256, leaves);
const policyOf = (text: string) => {
  const found = parsePolicy(sha256, text);
  if (!found.ok) throw new Error(`line ${found.error.line}: ${found.error.code}`);
  return found.value;
};

describe("signed notes", () => {
  test("the example of C2SP signed-note", () => {
    const key = parseVerifierKey(sha256, "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")!;
    const text =
      "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
    const note = parseNote(text)!;
    expect(note.text).toBe("This is an example message.\n");
    expect(verifySignatures(note, [key], verify)).toMatchObject({ verified: [{ timestamp: null }], refused: null });
    expect(verifySignatures({ ...note, text: "This is another message.\n" }, [key], verify).refused).toBe(key);
    expect(formatNote(note)).toBe(text);
    expect(formatVerifierKey(key)).toBe("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k");
  });

  test("the example of C2SP tlog-checkpoint is read and written alike", () => {
    const text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    const checkpoint = parseCheckpoint(text)!;
    expect(checkpoint).toMatchObject({ origin: "example.com/behind-the-sofa", size: 20_852_163, extensions: [] });
    expect(formatCheckpoint(checkpoint)).toBe(text);
    for (const wrong of [
      text.slice(0, -1),
      text.replace("20852163", "020852163"),
      text.replace("20852163", "-1"),
      text.replace("q2I=", "q2J="),
      `\n${text}`,
      text.replace("CsUY", "CsU"),
      `${text}\n`,
    ])
      expect(parseCheckpoint(wrong), wrong).toBeNull();
    expect(parseCheckpoint(`${text}more\n`)!.extensions).toEqual(["more"]);
  });

  test("base64 has one spelling", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
        expect(Buffer.from(fromBase64(toBase64(bytes))!).equals(Buffer.from(bytes))).toBe(true);
      }),
    );
    for (const wrong of ["A", "AB=", "AB==\n", "AAB=", "A===", "AA=A", "____", "AA =", "=AAA"]) expect(fromBase64(wrong), wrong).toBeNull();
  });

  test("what is no note", () => {
    for (const wrong of [
      "",
      "text\n",
      "text\n\n",
      "a\n\n— name AAAA\n",
      "a\n\n- name AAAAAAA=\n",
      "a\r\n\n— name AAAAAAA=\n",
      "a\n\n— na+me AAAAAAA=\n",
      "a\n\n— name AAAAAAA=",
    ])
      expect(parseNote(wrong), JSON.stringify(wrong)).toBeNull();
    expect(parseNote("a\n\nb\n\n— name AAAAAAA=\n")!.text).toBe("a\n\nb\n");
  });
});

describe("beside another implementation", () => {
  test("its root, its tile paths and its proofs are ours", () => {
    expect(toBase64(rootOf(sha256, subtree, made.size))).toBe(made.root);
    expect(tilePath({ level: 0, index: 1_234_067, width: 256 })).toBe(made.paths["0"]);
    expect(tilePath({ level: "entries", index: 1000, width: 44 })).toBe(made.paths["1"]);
    for (const { Index, Proof, Extra } of made.proofs) {
      const extra = Extra === "" ? null : fromBase64(Extra);
      expect(
        formatProof({ extra, index: Index, hashes: inclusionProof(sha256, subtree, Index, made.size), checkpoint: made.checkpoint }),
      ).toBe(Proof);
    }
    for (const { Older, Newer, Hashes } of made.consistency)
      expect(consistencyProof(sha256, subtree, Older, Newer).map(toBase64)).toEqual(Hashes);
  });

  test("its proofs are accepted under its policy, for their own leaf and no other", () => {
    const policy = policyOf(made.policy);
    for (const { Index, Proof } of made.proofs) {
      expect(verifyProof(sha256, Proof, leaves[Index]!, policy, verify)).toMatchObject({ ok: true, value: { index: Index } });
      expect(verifyProof(sha256, Proof, leaves[Index + 1 === 300 ? 0 : Index + 1]!, policy, verify)).toEqual({
        ok: false,
        error: "inclusion",
      });
    }
    expect(formatVerifierKey(policy.logs[0]!)).toBe(made.vkey);
  });

  test("a quorum that is not reached, a log that is not known, a signature that is not the log's", () => {
    const policy = policyOf(made.policy);
    expect(trustCheckpoint(made.signedByLogOnly, policy, verify)).toEqual({ ok: false, error: "quorum" });
    expect(trustCheckpoint(made.signedByLogOnly, policyOf(made.policy.replace("quorum both", "quorum none")), verify).ok).toBe(true);
    expect(trustCheckpoint(made.checkpoint.replace("log.example/zhiwei\n300", "log.example/other\n300"), policy, verify)).toEqual({
      ok: false,
      error: "unknown-log",
    });
    expect(trustCheckpoint(made.checkpoint.replace("\n300\n", "\n301\n"), policy, verify)).toEqual({ ok: false, error: "signature" });
    const withoutLog = made.checkpoint
      .split("\n")
      .filter((line) => !line.startsWith("— log"))
      .join("\n");
    expect(trustCheckpoint(withoutLog, policy, verify)).toEqual({ ok: false, error: "no-log-signature" });
    const twice = made.signedByLogOnly + made.signedByLogOnly.split("\n\n")[1]!;
    expect(trustCheckpoint(twice, policy, verify)).toEqual({ ok: false, error: "quorum" });
  });

  test("any byte of a proof changed is refused, whichever it is", () => {
    const policy = policyOf(made.policy);
    const { Index, Proof } = made.proofs[2]!;
    const bytes = Buffer.from(Proof);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 7 }), (at, bit) => {
        const changed = Buffer.from(bytes);
        changed[at]! ^= 1 << bit;
        expect(verifyProof(sha256, changed.toString("utf8"), leaves[Index]!, policy, verify).ok).toBe(false);
      }),
      { numRuns: 600 },
    );
  });
});

describe("keys of both kinds", () => {
  const signerOf = (name: string, type: KeyType) => {
    const quantum = type === "ml-dsa-44-cosignature";
    const { publicKey, privateKey } = quantum ? generateKeyPairSync("ml-dsa-44") : generateKeyPairSync("ed25519");
    const der = publicKey.export({ type: "spki", format: "der" });
    const key = verifierKey(sha256, name, type, new Uint8Array(der.subarray((quantum ? ML_DSA_44_SPKI : ED25519_SPKI).length)));
    return {
      key,
      sign: (text: string, timestamp: number) => ({
        name,
        id: key.id,
        bytes: signatureBytes(type, timestamp, new Uint8Array(sign(null, signedMessage(key, text, timestamp)!, privateKey))),
      }),
    };
  };
  const origin = "zhiwei.example/log";
  const log = signerOf(origin, "ed25519");
  const quantum = signerOf(origin, "ml-dsa-44-cosignature");
  const witness = signerOf("bank.example/witness", "ml-dsa-44-cosignature");
  const text = formatCheckpoint({ origin, size: 300, root: rootOf(sha256, subtree, 300), extensions: [] });

  test("Ed25519 and ML-DSA-44 together, and a witness with its time", () => {
    const note = parseNote(
      formatNote({ text, signatures: [log.sign(text, 0), quantum.sign(text, 1_700_000_000), witness.sign(text, 1_700_000_060)] }),
    )!;
    const { verified, refused } = verifySignatures(note, [log.key, quantum.key, witness.key], verify);
    expect(refused).toBeNull();
    expect(verified.map((each) => each.timestamp)).toEqual([null, 1_700_000_000, 1_700_000_060]);
    const keys: VerifierKey[] = [log.key, quantum.key, witness.key];
    for (const key of keys) expect(parseVerifierKey(sha256, formatVerifierKey(key))).toEqual(key);
  });

  test("the time is signed, and a cosigner's name is", () => {
    const signature = witness.sign(text, 1_700_000_060);
    const later = { ...signature, bytes: signature.bytes.with(7, signature.bytes[7]! ^ 1) };
    expect(verifySignatures({ text, signatures: [later] }, [witness.key], verify).refused).toBe(witness.key);
    const renamed = verifierKey(sha256, "other.example/witness", "ml-dsa-44-cosignature", witness.key.publicKey);
    expect(verifySignatures({ text, signatures: [{ ...signature, name: renamed.name, id: renamed.id }] }, [renamed], verify).refused).toBe(
      renamed,
    );
  });

  test("signatures of unknown keys are passed over", () => {
    expect(verifySignatures({ text, signatures: [log.sign(text, 0)] }, [witness.key], verify)).toEqual({ verified: [], refused: null });
  });
});

describe("policies", () => {
  const [log = "", w1 = "", w2 = ""] = made.policy.split("\n").filter((line) => /^(log|witness)/.test(line));
  const faultOf = (text: string) => {
    const found = parsePolicy(sha256, text);
    return found.ok ? null : `${found.error.line} ${found.error.code}`;
  };
  test.each<[string, string, string | null]>([
    ["comments, tabs and empty lines", `# a\n\n\t${log}  \n${w1}\nquorum\tw1\n`, null],
    ["no quorum", `${log}\n`, "3 quorum"],
    ["two quorums", `quorum none\nquorum none\n`, "2 quorum"],
    ["a quorum of nobody known", `${w1}\nquorum w2\n`, "2 unknown-name"],
    ["a group of names below it", `${w1}\ngroup g any w1 h\ngroup h any w1\nquorum g\n`, "2 unknown-name"],
    ["a threshold beyond its members", `${w1}\n${w2}\ngroup g 3 w1 w2\nquorum g\n`, "3 threshold"],
    ["a threshold of none", `${w1}\ngroup g 0 w1\nquorum g\n`, "2 threshold"],
    ["a witness in two groups", `${w1}\ngroup g any w1\ngroup h any w1\nquorum g\n`, "3 duplicate"],
    ["a name twice", `${w1}\n${w2.replace("w2", "w1")}\nquorum w1\n`, "2 duplicate"],
    ["a key twice", `${w1}\n${w1.replace("witness w1", "witness other")}\nquorum w1\n`, "2 duplicate"],
    ["a witness by the name of none", `${w1.replace("witness w1", "witness none")}\nquorum none\n`, "1 duplicate"],
    ["a log's key for a witness", `${log.replace(/^log (\S+).*/, "witness w $1")}\nquorum w\n`, "1 key"],
    ["a witness's key for a log", `${w1.replace(/^witness w1 (\S+)/, "log $1")}\nquorum none\n`, "1 key"],
    ["a line of another kind", `trust me\nquorum none\n`, "1 syntax"],
  ])("%s", (_, text, fault) => {
    expect(faultOf(text)).toBe(fault);
  });

  test("groups of groups", () => {
    const both = `${log}\n${w1}\n${w2}\n`;
    const asks = (rest: string) => trustCheckpoint(made.checkpoint, policyOf(both + rest), verify).ok;
    const oneOnly = made.checkpoint
      .split("\n")
      .filter((line) => !line.startsWith("— witness.example/w2"))
      .join("\n");
    const asksOne = (rest: string) => trustCheckpoint(oneOnly, policyOf(both + rest), verify).ok;
    expect([asks("group g all w1 w2\nquorum g\n"), asksOne("group g all w1 w2\nquorum g\n")]).toEqual([true, false]);
    expect([asks("group g any w1 w2\nquorum g\n"), asksOne("group g any w1 w2\nquorum g\n")]).toEqual([true, true]);
    expect(asksOne("group a all w2\ngroup g 1 w1 a\nquorum g\n")).toBe(true);
    expect(asksOne("group a all w2\ngroup g all w1 a\nquorum g\n")).toBe(false);
  });
});

test("what is no proof", () => {
  const { Proof } = made.proofs[0]!;
  expect(parseProof(Proof)!.index).toBe(0);
  for (const wrong of [
    "",
    Proof.replace("@v1", "@v2"),
    Proof.replace("index 0", "index 00"),
    Proof.replace("index 0", "index -1"),
    Proof.replace("index 0\n", ""),
    Proof.replace("index 0", "extra !\nindex 0"),
  ])
    expect(parseProof(wrong)).toBeNull();
});

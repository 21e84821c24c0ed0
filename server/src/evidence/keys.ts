/**
 * Keys of logs and witnesses. International suite: Ed25519, which every verifier reads, and ML-DSA-44, which a quantum computer does not
 * break; both sign each checkpoint. National suite 国密: SM2.
 */
import {
  type KeyObject,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  randomUUID,
  sign,
  verify as verifySignature,
} from "node:crypto";
import { link, mkdir, open, readFile, unlink } from "node:fs/promises";
import { join } from "node:path";
import {
  type Algorithm,
  type Hash,
  type Hashes,
  type KeyType,
  type NoteSignature,
  type Suite,
  type VerifierKey,
  type Verify,
  signatureBytes,
  signedMessage,
  verifierKey,
} from "@zhiwei/core/tlog";
import { sm2Signer, verifySm2 } from "./sm2.ts";

/** Asked for as text and read back: of many hashes, a buffer of its own for each costs as much as the hashing. */
const hashBy =
  (algorithm: "sha256" | "sm3"): Hash =>
  (bytes) =>
    Buffer.from(hash(algorithm, bytes, "latin1"), "latin1");
export const sha256: Hash = hashBy("sha256");
/** SM3 (GB/T 32905). */
export const sm3: Hash = hashBy("sm3");
export const hashes: Hashes = { international: sha256, national: sm3 };

/** What stands before the raw public key in its DER form (RFC 8410; RFC 9881; GM/T 0010). */
const SPKI = {
  ed25519: Buffer.from("302a300506032b6570032100", "hex"),
  "ml-dsa-44": Buffer.from("30820532300b06096086480165030403110382052100", "hex"),
  sm2: Buffer.from("3059301306072a8648ce3d020106082a811ccf5501822d034200", "hex"),
} as const satisfies Record<Algorithm, Buffer>;

export const verify: Verify = (algorithm, publicKey, message, signature) => {
  if (algorithm === "sm2") return verifySm2(publicKey, message, signature);
  const key = createPublicKey({ key: Buffer.concat([SPKI[algorithm], publicKey]), format: "der", type: "spki" });
  return verifySignature(null, message, key, signature);
};

/** Signs notes under one name with one key. `timestamp`: seconds since 1970, which a log's own Ed25519 key does not sign. */
export type NoteSigner = { readonly key: VerifierKey; readonly sign: (text: string, timestamp: number) => NoteSignature };

const signerOf = (name: string, type: KeyType, algorithm: Algorithm, privateKey: KeyObject): NoteSigner => {
  const der = createPublicKey(privateKey as never).export({ type: "spki", format: "der" });
  const prefix = SPKI[algorithm];
  if (!der.subarray(0, prefix.length).equals(prefix)) throw new Error(`the key of ${name} is no ${type} key`);
  const publicKey = new Uint8Array(der.subarray(prefix.length));
  const key = verifierKey(sha256, name, type, publicKey);
  const signBytes =
    algorithm === "sm2" ? sm2Signer(privateKey, publicKey) : (message: Uint8Array) => new Uint8Array(sign(null, message, privateKey));
  return {
    key,
    sign: (text, timestamp) => {
      const message = signedMessage(key, text, timestamp);
      if (!message) throw new Error(`${name} signs checkpoints only`);
      return { name, id: key.id, bytes: signatureBytes(type, timestamp, signBytes(message)) };
    },
  };
};

/** A log signs notes as they are, a witness with the time; of ML-DSA-44 there is the one way with the time for both. */
const KINDS = {
  international: {
    log: { ed25519: "ed25519", "ml-dsa-44": "ml-dsa-44-cosignature" },
    witness: { ed25519: "ed25519-cosignature", "ml-dsa-44": "ml-dsa-44-cosignature" },
  },
  national: { log: { sm2: "sm2" }, witness: { sm2: "sm2-cosignature" } },
} as const satisfies Record<Suite, Record<"log" | "witness", Partial<Record<Algorithm, KeyType>>>>;

const newKey = (algorithm: Algorithm): KeyObject => {
  if (algorithm === "ed25519") return generateKeyPairSync("ed25519").privateKey;
  if (algorithm === "ml-dsa-44") return generateKeyPairSync("ml-dsa-44").privateKey;
  return generateKeyPairSync("ec", { namedCurve: "SM2" }).privateKey;
};

/** A private key of this platform, made at its first use in `folder`; readable by this account alone. */
export const keptKey = async (folder: string, name: string, make: () => KeyObject): Promise<KeyObject> => {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${name}.pem`);
  const read = () =>
    readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
      return null;
    });
  const kept = await read();
  if (kept !== null) return createPrivateKey(kept);
  // Whole and on the disk before anything is signed by it: a key that is lost after it signed would be another signer.
  const draft = `${path}.${randomUUID()}`;
  const file = await open(draft, "wx", 0o600);
  try {
    await file.writeFile(make().export({ type: "pkcs8", format: "pem" }));
    await file.sync();
  } finally {
    await file.close();
  }
  // Of two that make it at once the first is kept, and both use that one.
  await link(draft, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  await unlink(draft);
  return createPrivateKey((await read())!);
};

/** The keys of a log or a witness, made at their first use in `folder`; readable by this account alone. */
const signersOf = async (kind: "log" | "witness", folder: string, name: string, suite: Suite): Promise<readonly NoteSigner[]> =>
  Promise.all(
    (Object.entries(KINDS[suite][kind]) as [Algorithm, KeyType][]).map(async ([algorithm, type]) =>
      signerOf(name, type, algorithm, await keptKey(folder, `${kind}-${algorithm}`, () => newKey(algorithm))),
    ),
  );

export const logSigners = (folder: string, origin: string, suite: Suite = "international"): Promise<readonly NoteSigner[]> =>
  signersOf("log", folder, origin, suite);
export const witnessSigners = (folder: string, name: string, suite: Suite = "international"): Promise<readonly NoteSigner[]> =>
  signersOf("witness", folder, name, suite);

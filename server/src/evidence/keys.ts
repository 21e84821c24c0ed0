/** Keys of the log: Ed25519, which every verifier reads, and ML-DSA-44, which a quantum computer does not break; both sign each checkpoint. */
import { type KeyObject, createPrivateKey, createPublicKey, generateKeyPairSync, hash, sign, verify as verifySignature } from "node:crypto";
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import {
  type Hash,
  type KeyType,
  type NoteSignature,
  type VerifierKey,
  type Verify,
  signatureBytes,
  signedMessage,
  verifierKey,
} from "@zhiwei/core/tlog";

export const sha256: Hash = (bytes) => hash("sha256", bytes, "buffer");

/** What stands before the raw public key in its DER form (RFC 8410; RFC 9881). */
const SPKI = {
  ed25519: Buffer.from("302a300506032b6570032100", "hex"),
  "ml-dsa-44": Buffer.from("30820532300b06096086480165030403110382052100", "hex"),
} as const;

export const verify: Verify = (algorithm, publicKey, message, signature) => {
  const key = createPublicKey({ key: Buffer.concat([SPKI[algorithm], publicKey]), format: "der", type: "spki" });
  return verifySignature(null, message, key, signature);
};

/** Signs notes under one name with one key. `timestamp`: seconds since 1970, which a log's own Ed25519 key does not sign. */
export type NoteSigner = { readonly key: VerifierKey; readonly sign: (text: string, timestamp: number) => NoteSignature };

const signerOf = (name: string, type: KeyType, privateKey: KeyObject): NoteSigner => {
  const prefix = SPKI[type === "ml-dsa-44-cosignature" ? "ml-dsa-44" : "ed25519"];
  const der = createPublicKey(privateKey as never).export({ type: "spki", format: "der" });
  if (!der.subarray(0, prefix.length).equals(prefix)) throw new Error(`the key of ${name} is no ${type} key`);
  const key = verifierKey(sha256, name, type, new Uint8Array(der.subarray(prefix.length)));
  return {
    key,
    sign: (text, timestamp) => {
      const message = signedMessage(key, text, timestamp);
      if (!message) throw new Error(`${name} signs checkpoints only`);
      return { name, id: key.id, bytes: signatureBytes(type, timestamp, new Uint8Array(sign(null, message, privateKey))) };
    },
  };
};

/** A log signs notes as they are, a witness with the time; of ML-DSA-44 there is the one way with the time for both. */
const KINDS = {
  log: { ed25519: "ed25519", "ml-dsa-44": "ml-dsa-44-cosignature" },
  witness: { ed25519: "ed25519-cosignature", "ml-dsa-44": "ml-dsa-44-cosignature" },
} as const satisfies Record<string, Record<keyof typeof SPKI, KeyType>>;

/** The keys of a log or a witness, made at their first use in `folder`; readable by this account alone. */
const signersOf = async (kind: keyof typeof KINDS, folder: string, name: string): Promise<readonly NoteSigner[]> => {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return Promise.all(
    (["ed25519", "ml-dsa-44"] as const).map(async (algorithm) => {
      const path = join(folder, `${kind}-${algorithm}.pem`);
      let pem = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT") throw error;
        return null;
      });
      if (pem === null) {
        const { privateKey } = algorithm === "ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("ml-dsa-44");
        pem = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
        // Whole and on the disk before anything is signed by it: a key that is lost after it signed would be another log.
        const draft = `${path}.part`;
        const file = await open(draft, "w", 0o600);
        try {
          await file.writeFile(pem);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(draft, path);
      }
      return signerOf(name, KINDS[kind][algorithm], createPrivateKey(pem));
    }),
  );
};

export const logSigners = (folder: string, origin: string): Promise<readonly NoteSigner[]> => signersOf("log", folder, origin);
export const witnessSigners = (folder: string, name: string): Promise<readonly NoteSigner[]> => signersOf("witness", folder, name);

/** Secrets of subscriptions, sealed by AES-256-GCM with a key that is made from the data folder's own and is not in the database. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { cookieSecret } from "../access/sign-in.ts";
import type { Config } from "../config.ts";

const NONCE = 12;
const TAG = 16;

export type Seal = {
  /** Seals a secret for one subscription; elsewhere it does not open. */
  seal(secret: Uint8Array, webhook: string): Buffer;
  /** Null where it was sealed with another key: the data folder is not the one that it was made in. */
  open(sealed: Uint8Array, webhook: string): Buffer | null;
};

export const openSeal = async (config: Config): Promise<Seal> => {
  const key = Buffer.from(hkdfSync("sha256", await cookieSecret(config), "zhiwei", "webhook secrets", 32));
  return {
    seal: (secret, webhook) => {
      const nonce = randomBytes(NONCE);
      const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(webhook));
      return Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
    },
    open: (sealed, webhook) => {
      const bytes = Buffer.from(sealed);
      const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, NONCE)).setAAD(Buffer.from(webhook));
      decipher.setAuthTag(bytes.subarray(-TAG));
      try {
        return Buffer.concat([decipher.update(bytes.subarray(NONCE, -TAG)), decipher.final()]);
      } catch {
        return null;
      }
    },
  };
};

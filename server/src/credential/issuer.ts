/** The issuer of credentials: its key, its published metadata, and the trade of signing. */
import { type KeyObject, createPublicKey, generateKeyPairSync, hkdfSync, randomBytes, sign } from "node:crypto";
import { join } from "node:path";
import { StatusList } from "@sd-jwt/jwt-status-list";
import { SDJwtVcInstance } from "@sd-jwt/sd-jwt-vc";
import { type JWK, calculateJwkThumbprint } from "jose";
import { TYPE_PATH } from "@zhiwei/core/credential";
import type { Db } from "../db/index.ts";
import { keptKey, sha256 } from "../evidence/keys.ts";
import type { System } from "../system/state.ts";

export type Issuer = {
  /** The address that stands in a credential as `iss`. */
  readonly url: string;
  readonly vct: string;
  /** The public key, as its metadata publishes it. */
  readonly jwk: JWK & { readonly kid: string };
  /** ES256 over the text, base64url. */
  readonly sign: (text: string) => string;
  /** Makes secrets of this issuer's own that outlive a restart and that no two purposes share. */
  readonly secret: (purpose: string) => Buffer;
};

/** ES256 as JWS wants it: r and s, 32 bytes each (RFC 7518 section 3.4). */
const signature = (key: KeyObject, text: string): string =>
  sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" }).toString("base64url");

const open = async (system: System): Promise<Issuer> => {
  const make = () => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const key = await keptKey(join(system.config.dataFolder, "keys"), "credential-es256", make);
  const jwk = createPublicKey(key as never).export({ format: "jwk" }) as JWK;
  const kid = await calculateJwkThumbprint(jwk);
  return {
    url: system.url,
    vct: `${system.url}${TYPE_PATH}`,
    jwk: { ...jwk, kid, alg: "ES256", use: "sig" },
    sign: (text) => signature(key, text),
    secret: (purpose) => Buffer.from(hkdfSync("sha256", key.export({ type: "pkcs8", format: "der" }), "zhiwei", purpose, 32)),
  };
};

const opened = new WeakMap<System, Promise<Issuer>>();

/** The issuer of this platform; its key is made at the first use, in `keys/` of the data folder. */
export const issuerOf = (system: System): Promise<Issuer> => {
  let issuer = opened.get(system);
  if (!issuer) {
    opened.set(system, (issuer = open(system)));
    // A folder that could not be written to may be mended: the next one to ask tries again.
    issuer.catch(() => opened.delete(system));
  }
  return issuer;
};

const encode = (json: object): string => Buffer.from(JSON.stringify(json)).toString("base64url");

/** A JWT of the issuer's. `typ` says what it is, so that none can be taken for another. */
export const signJwt = (issuer: Issuer, typ: string, payload: object): string => {
  const text = `${encode({ alg: "ES256", typ, kid: issuer.jwk.kid })}.${encode(payload)}`;
  return `${text}.${issuer.sign(text)}`;
};

/** Hashes as `@sd-jwt/core` asks for them; SHA-256 is the one that credentials name. */
export const hasher = (data: string | ArrayBuffer): Uint8Array =>
  new Uint8Array(sha256(typeof data === "string" ? Buffer.from(data) : new Uint8Array(data)));

/** Signs SD-JWT VCs: 128 random bits of salt a claim (RFC 9901 section 9.3). */
export const vcIssuer = (issuer: Issuer): SDJwtVcInstance =>
  new SDJwtVcInstance({
    signer: issuer.sign,
    signAlg: "ES256",
    hasher,
    hashAlg: "sha-256",
    saltGenerator: () => randomBytes(16).toString("base64url"),
  });

/** Published at /.well-known/jwt-vc-issuer (draft-ietf-oauth-sd-jwt-vc). */
export const issuerMetadata = ({ url, jwk }: Issuer) => ({ issuer: url, jwks: { keys: [jwk] } });

// Revocation: a list of bits, one a credential, signed and published (draft-ietf-oauth-status-list).

/** Credentials in one list. All lists are of one length, and a list is half empty, so that its bits tell little of how many there are. */
export const LIST_SIZE = 65_536;
/** Seconds that a verifier may go on with the list that it has. */
const LIST_TTL = 60;
const LIST_LIFE = 24 * 3600;

export const listUri = (issuer: Issuer, list: number): string => `${issuer.url}/status-lists/${list}`;

/** The status list token: which of its credentials are revoked, as of now. Null where there is no such list. */
export const statusToken = async (db: Db, issuer: Issuer, list: number, now: Date): Promise<string | null> => {
  const rows = await db.selectFrom("credential").select(["status_index", "revoked_at"]).where("status_list", "=", list).execute();
  if (rows.length === 0 && list !== 0) return null;
  const bits = Array.from<number>({ length: LIST_SIZE }).fill(0);
  for (const { status_index, revoked_at } of rows) if (revoked_at !== null) bits[status_index] = 1;
  const iat = Math.floor(now.getTime() / 1000);
  return signJwt(issuer, "statuslist+jwt", {
    sub: listUri(issuer, list),
    iat,
    exp: iat + LIST_LIFE,
    ttl: LIST_TTL,
    status_list: { bits: 1, lst: new StatusList(bits, 1).compressStatusList() },
  });
};
export const STATUS_LIST_TYPE = "application/statuslist+jwt";
export const STATUS_LIST_CACHE = `public, max-age=${LIST_TTL}`;

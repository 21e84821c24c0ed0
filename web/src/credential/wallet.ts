/**
 * The owner's wallet, in the owner's browser: its key is made here, cannot be read out, and never leaves. It fetches a credential over
 * OpenID4VCI and answers a verifier over OpenID4VP, as any other wallet would.
 */
import { SDJwtInstance } from "@sd-jwt/core";
import { ApiError } from "@zhiwei/api/client";
import { offerCredential } from "@zhiwei/api/credential";
import type { Json, Problem } from "@zhiwei/core/basics";
import { type AskedClaim, type ClaimPath, type Disclosed, presentationOf, withCompanions } from "@zhiwei/core/credential";
import { call } from "../ui/api.ts";

/** What this browser holds for an enterprise. */
export type Held = { readonly enterprise: string; readonly key: CryptoKeyPair; readonly credential: string };

const problem = (code: string, zh: string, en: string, remedyZh: string, remedyEn: string): ApiError =>
  new ApiError(0, { code, text: { zh, en }, remedy: { zh: remedyZh, en: remedyEn } } satisfies Problem);

// Kept in IndexedDB: it takes a key without anybody seeing its bytes.

const STORE = "credential";
const database = (): Promise<IDBDatabase> =>
  new Promise((done, fail) => {
    const request = indexedDB.open("zhiwei-wallet", 1);
    request.addEventListener("upgradeneeded", () => request.result.createObjectStore(STORE, { keyPath: "enterprise" }));
    request.addEventListener("success", () => done(request.result));
    request.addEventListener("error", () =>
      fail(
        problem(
          "no-store",
          "浏览器不允许本页保存密钥。",
          "The browser does not let this page keep a key.",
          "请退出无痕模式，或允许本站点保存数据。",
          "Leave private browsing, or let this site keep data.",
        ),
      ),
    );
  });

const inStore = async <T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> => {
  const db = await database();
  try {
    return await new Promise<T>((done, fail) => {
      const transaction = db.transaction(STORE, mode);
      const request = work(transaction.objectStore(STORE));
      transaction.addEventListener("complete", () => done(request.result));
      transaction.addEventListener("abort", () => fail(transaction.error ?? new Error("the store was not written")));
    });
  } finally {
    db.close();
  }
};

export const heldFor = async (enterprise: string): Promise<Held | null> =>
  (await inStore("readonly", (store) => store.get(enterprise) as IDBRequest<Held | undefined>)) ?? null;

// JWTs of the wallet's own.

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
const encode = (json: object): string => base64url(new TextEncoder().encode(JSON.stringify(json)));
const ES256 = { name: "ECDSA", hash: "SHA-256" } as const;
const signWith =
  ({ privateKey }: CryptoKeyPair) =>
  async (text: string): Promise<string> =>
    base64url(new Uint8Array(await crypto.subtle.sign(ES256, privateKey, new TextEncoder().encode(text))));
const seconds = () => Math.floor(Date.now() / 1000);

const sha256 = async (data: string | ArrayBuffer): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", typeof data === "string" ? new TextEncoder().encode(data) : data));
/** Of the JWT that the issuer signed: by it the platform's list knows a credential. */
export const fingerprint = async (credential: string): Promise<string> =>
  Array.from(await sha256(credential.split("~")[0]!), (byte) => byte.toString(16).padStart(2, "0")).join("");

// Fetching.

const post = async (
  path: string,
  body: URLSearchParams | object | null,
  headers: Readonly<Record<string, string>> = {},
): Promise<unknown> => {
  const form = body instanceof URLSearchParams;
  const reply = await window.fetch(path, {
    method: "POST",
    headers: { ...headers, ...(body !== null && !form ? { "content-type": "application/json" } : {}) },
    ...(body === null ? {} : { body: form ? body : JSON.stringify(body) }),
  });
  const document: unknown = await reply.json().catch(() => null);
  if (reply.ok) return document;
  const { error_description: reason = `HTTP ${reply.status}` } = (document ?? {}) as { error_description?: string };
  throw problem(
    "wallet-refused",
    `对方没有接受：${reason}`,
    `It was not accepted: ${reason}`,
    "请重新开始；仍不成功时请联系平台运营方。",
    "Begin anew; if that does not help, ask the platform's operator.",
  );
};

type IssuerMetadata = { readonly credential_issuer: string; readonly credential_endpoint: string; readonly nonce_endpoint: string };
/** The platform may be reached by another name than its own; what it serves is under both. */
const here = (url: string): string => new URL(url).pathname;

/** Makes a key, proves that it is had, and fetches a credential that is bound to it. What was held before is put aside for it. */
export const fetchCredential = async (enterprise: string): Promise<Held> => {
  const { offer, txCode } = await call(offerCredential, { params: { id: enterprise } });
  const { grants, credential_configuration_ids: ids } = JSON.parse(new URL(offer).searchParams.get("credential_offer") ?? "{}") as {
    grants: Readonly<Record<string, { "pre-authorized_code": string }>>;
    credential_configuration_ids: readonly string[];
  };
  const [grant, { "pre-authorized_code": code }] = Object.entries(grants)[0]!;
  const metadata = (await (await window.fetch("/.well-known/openid-credential-issuer")).json()) as IssuerMetadata;
  const key = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", key.publicKey);
  const { access_token: token } = (await post(
    "/openid4vc/token",
    new URLSearchParams({ grant_type: grant, "pre-authorized_code": code, tx_code: txCode }),
  )) as { access_token: string };
  const { c_nonce: nonce } = (await post(here(metadata.nonce_endpoint), null)) as { c_nonce: string };
  const text = `${encode({ alg: "ES256", typ: "openid4vci-proof+jwt", jwk: { kty, crv, x, y } })}.${encode({
    aud: metadata.credential_issuer,
    iat: seconds(),
    nonce,
  })}`;
  const proof = `${text}.${await signWith(key)(text)}`;
  const { credentials } = (await post(
    here(metadata.credential_endpoint),
    { credential_configuration_id: ids[0], proofs: { jwt: [proof] } },
    { authorization: `Bearer ${token}` },
  )) as { credentials: readonly { credential: string }[] };
  const held: Held = { enterprise, key, credential: credentials[0]!.credential };
  await inStore("readwrite", (store) => store.put(held));
  return held;
};

// Presenting.

const reader = new SDJwtInstance<Record<string, unknown>>({ hasher: sha256 });

/** Everything that the credential says, for its holder's eyes. */
export const claimsIn = (credential: string): Promise<Disclosed> => reader.getClaims(credential) as Promise<Disclosed>;

/** Exactly what a verifier would read: the very disclosures that would be sent, read back. */
export const previewOf = async ({ credential }: Held, chosen: readonly ClaimPath[]): Promise<Disclosed> =>
  claimsIn(await reader.present(credential, presentationOf(withCompanions(chosen)) as never));

/** What is sent: the credential, the disclosures chosen, and the holder's signature over both for this one verifier. */
export const present = (
  { credential, key }: Held,
  chosen: readonly ClaimPath[],
  { audience, nonce }: { audience: string; nonce: string },
): Promise<string> =>
  new SDJwtInstance({ hasher: sha256, kbSigner: signWith(key), kbSignAlg: "ES256" }).present(
    credential,
    presentationOf(withCompanions(chosen)) as never,
    { kb: { payload: { aud: audience, nonce, iat: seconds() } } },
  );

export const randomNonce = (): string => base64url(crypto.getRandomValues(new Uint8Array(24)));

/** What a verifier asks for, read from its `openid4vp://…`. */
export type Asked = {
  readonly audience: string;
  readonly responseUri: string;
  readonly nonce: string;
  readonly state: string;
  readonly id: string;
  readonly claims: readonly AskedClaim[];
  readonly who: string;
};

/** Reads a request; null where it is none that this wallet answers. The answer must go where the request's own name says. */
export const readRequest = (text: string): Asked | null => {
  try {
    const query = new URL(text.trim()).searchParams;
    const get = (name: string) => query.get(name) ?? "";
    const responseUri = get("response_uri");
    const { credentials } = JSON.parse(get("dcql_query")) as { credentials: { id: string; format: string; claims?: AskedClaim[] }[] };
    const [wanted, ...more] = credentials;
    const sound =
      get("response_type") === "vp_token" && get("response_mode") === "direct_post" && get("client_id") === `redirect_uri:${responseUri}`;
    if (!sound || !wanted || more.length > 0 || wanted.format !== "dc+sd-jwt" || !/^https?:/.test(responseUri)) return null;
    const { client_name: who = "" } = JSON.parse(query.get("client_metadata") ?? "{}") as { client_name?: string };
    const claims = (wanted.claims ?? []).filter(({ path }) => Array.isArray(path));
    return { audience: get("client_id"), responseUri, nonce: get("nonce"), state: get("state"), id: wanted.id, claims, who };
  } catch {
    return null;
  }
};

/** Whether the answer can be sent from here: a page of this platform speaks to this platform alone. */
export const isOurs = ({ responseUri }: Asked, claims: Disclosed): boolean =>
  typeof claims["iss"] === "string" && new URL(responseUri).origin === new URL(claims["iss"]).origin;

export const answer = async ({ responseUri, state, id }: Asked, presentation: string): Promise<void> => {
  await post(here(responseUri), new URLSearchParams({ vp_token: JSON.stringify({ [id]: [presentation] } satisfies Json), state }));
};

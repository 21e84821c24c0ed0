/**
 * OpenID for Verifiable Credentials: a wallet fetches a credential (OpenID4VCI 1.0, pre-authorized code) and answers a verifier
 * (OpenID4VP 1.0, direct_post, DCQL). The console's own wallet goes the same way as any other.
 */
import { createHmac, randomBytes, randomInt, randomUUID, timingSafeEqual } from "node:crypto";
import {
  type CallbackContext,
  type HttpMethod,
  Oauth2AuthorizationServer,
  Oauth2ErrorCodes,
  Oauth2ServerErrorResponseError,
  preAuthorizedCodeGrantIdentifier,
  setGlobalConfig,
} from "@openid4vc/oauth2";
import { type IssuerMetadataResult, Openid4vciIssuer, Openid4vciVersion } from "@openid4vc/openid4vci";
import { Openid4vpVerifier } from "@openid4vc/openid4vp";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { type JWK, compactVerify, importJWK } from "jose";
import type { CredentialRequest } from "@zhiwei/api/credential";
import { problem } from "@zhiwei/core/basics";
import { type AskedClaim, ALWAYS_SHOWN, CLAIMS, TYPE_PATH, typeMetadata } from "@zhiwei/core/credential";
import type { Actor } from "../access/actor.ts";
import { partyOf } from "../access/parties.ts";
import type { Db, Tx } from "../db/index.ts";
import { sha256 } from "../evidence/keys.ts";
import { evidenceOf } from "../evidence/routes.ts";
import { describeError, log } from "../http/log.ts";
import { Refusal, notFound } from "../http/refusal.ts";
import { type System, platformOf } from "../system/state.ts";
import { hexOf, issueCredential } from "./issue.ts";
import { type Issuer, STATUS_LIST_CACHE, STATUS_LIST_TYPE, issuerMetadata, issuerOf, signJwt, statusToken } from "./issuer.ts";
import { type Expected, MOST_CHARACTERS } from "./verify.ts";

const CONFIGURATION = "enterprise-profile";
const OFFER_MINUTES = 10;
const REQUEST_DAYS = 7;
const NONCE_SECONDS = 300;
/** Wrong transaction codes that an offer bears. */
const MOST_MISSES = 5;

const refuse = (error: Oauth2ErrorCodes, description: string, status = 400): never => {
  throw new Oauth2ServerErrorResponseError({ error, error_description: description }, { status });
};

const EC_POINT = /^[A-Za-z0-9_-]{43}$/;
/** A holder's public key, and nothing of it but the point: null where it is none of P-256. */
const holderKey = (jwk: Readonly<Record<string, unknown>>): JWK | null => {
  const { kty, crv, x, y } = jwk;
  const point = typeof x === "string" && typeof y === "string" && EC_POINT.test(x) && EC_POINT.test(y);
  return kty === "EC" && crv === "P-256" && point && !("d" in jwk) ? { kty, crv, x, y } : null;
};

const callbacks = (issuer: Issuer): CallbackContext => ({
  hash: (data, algorithm) => {
    if (algorithm !== "sha-256") throw new Error(`no hash ${algorithm} here`);
    return new Uint8Array(sha256(data));
  },
  generateRandom: (bytes) => new Uint8Array(randomBytes(bytes)),
  signJwt: (_signer, { header, payload }) => ({ jwt: signJwt(issuer, String(header.typ), payload), signerJwk: issuer.jwk as never }),
  verifyJwt: async (signer, { compact }) => {
    const jwk = signer.method === "jwk" ? holderKey(signer.publicJwk) : null;
    if (!jwk) return { verified: false };
    return compactVerify(compact, await importJWK(jwk, "ES256"), { algorithms: ["ES256"] }).then(
      () => ({ verified: true as const, signerJwk: jwk as never }),
      () => ({ verified: false as const }),
    );
  },
  encryptJwe: () => Promise.reject(new Error("nothing is encrypted here")),
  decryptJwe: async () => ({ decrypted: false }),
  clientAuthentication: () => {},
});

/** What of OpenID a platform publishes and speaks; made once its address is known. */
const speak = (issuer: Issuer) => {
  const { url, vct } = issuer;
  // A platform on this machine has no https, and the library asks to be told.
  if (url.startsWith("http://")) setGlobalConfig({ allowInsecureUrls: true });
  const vci = new Openid4vciIssuer({ callbacks: callbacks(issuer) });
  const authorization = new Oauth2AuthorizationServer({ callbacks: callbacks(issuer) });
  const display = [
    { name: "知微 Zhiwei", locale: "zh-CN" },
    { name: "Zhiwei 知微", locale: "en" },
  ];
  const credentialIssuer = vci.createCredentialIssuerMetadata({
    credential_issuer: url,
    credential_endpoint: `${url}/openid4vc/credential`,
    nonce_endpoint: `${url}/openid4vc/nonce`,
    display,
    credential_configurations_supported: {
      [CONFIGURATION]: {
        format: "dc+sd-jwt",
        vct,
        scope: CONFIGURATION,
        cryptographic_binding_methods_supported: ["jwk"],
        credential_signing_alg_values_supported: ["ES256"],
        proof_types_supported: { jwt: { proof_signing_alg_values_supported: ["ES256"] } },
        credential_metadata: {
          display: [
            { name: "企业信用画像凭证", locale: "zh-CN" },
            { name: "Enterprise credit profile", locale: "en" },
          ],
          claims: [
            ...ALWAYS_SHOWN.filter(({ name }) => name === "asOf").map(({ name, label }) => ({ path: [name], label })),
            ...CLAIMS.map(({ path, name }) => ({ path: [...path], label: name })),
          ].map(({ path, label }) => ({
            path: path as [string, ...string[]],
            mandatory: true,
            display: [
              { name: label.zh, locale: "zh-CN" },
              { name: label.en, locale: "en" },
            ],
          })),
        },
      },
    },
  });
  const authorizationServer = authorization.createAuthorizationServerMetadata({
    issuer: url,
    token_endpoint: `${url}/openid4vc/token`,
    grant_types_supported: [preAuthorizedCodeGrantIdentifier],
    token_endpoint_auth_methods_supported: ["none"],
    "pre-authorized_grant_anonymous_access_supported": true,
  });
  const metadata: IssuerMetadataResult = {
    originalDraftVersion: Openid4vciVersion.V1,
    credentialIssuer,
    authorizationServers: [authorizationServer],
    knownCredentialConfigurations: vci.getKnownCredentialConfigurationsSupported(credentialIssuer),
  };
  const vp = new Openid4vpVerifier({ callbacks: callbacks(issuer) });
  const nonceSecret = issuer.secret("openid4vci nonce");
  const seal = (text: string) => createHmac("sha256", nonceSecret).update(text).digest("base64url");
  return {
    issuer,
    vci,
    authorization,
    authorizationServer,
    metadata,
    vp,
    /** A nonce that this issuer knows again for five minutes without keeping it; that it serves once is for the token to hold. */
    makeNonce: (now: Date): string => {
      const text = `${randomBytes(16).toString("base64url")}.${Math.floor(now.getTime() / 1000) + NONCE_SECONDS}`;
      return `${text}.${seal(text)}`;
    },
    isNonce: (nonce: string, now: Date): boolean => {
      const [random = "", until = "", mac = ""] = nonce.split(".");
      const own = Buffer.from(seal(`${random}.${until}`));
      const given = Buffer.from(mac);
      return own.length === given.length && timingSafeEqual(own, given) && Number(until) * 1000 > now.getTime();
    },
  };
};
type Spoken = ReturnType<typeof speak>;
const spoken = new WeakMap<Issuer, Spoken>();
export const openidOf = async (system: System): Promise<Spoken> => {
  const issuer = await issuerOf(system);
  let found = spoken.get(issuer);
  if (!found) spoken.set(issuer, (found = speak(issuer)));
  return found;
};

// Issuance.

/** Entitles whoever has the code, and the transaction code that goes another way, to fetch one credential within ten minutes. */
export const makeOffer = async (db: Db, { vci, metadata }: Spoken, enterprise: string, actor: Actor, now: Date) => {
  const code = randomBytes(32).toString("base64url");
  const txCode = String(randomInt(1_000_000)).padStart(6, "0");
  const expires = new Date(now.getTime() + OFFER_MINUTES * 60_000).toISOString();
  await db.transaction().execute(async (tx) => {
    await tx.deleteFrom("credential_offer").where("expires_at", "<", now.toISOString()).execute();
    await tx
      .insertInto("credential_offer")
      .values({
        id: randomUUID(),
        enterprise_id: enterprise,
        code_sha256: hexOf(code),
        tx_code: txCode,
        made_by: actor.party,
        expires_at: expires,
        token_sha256: null,
        credential_id: null,
      })
      .execute();
  });
  const { credentialOffer } = await vci.createCredentialOffer({
    credentialConfigurationIds: [CONFIGURATION],
    grants: {
      [preAuthorizedCodeGrantIdentifier]: { "pre-authorized_code": code, tx_code: { input_mode: "numeric", length: txCode.length } },
    },
    issuerMetadata: metadata,
  });
  return { offer: credentialOffer, txCode, expiresAt: expires };
};

const requestLike = (request: FastifyRequest, { issuer }: Spoken) => ({
  headers: new Headers(
    Object.entries(request.headers).flatMap(([name, value]) => (typeof value === "string" ? [[name, value] as [string, string]] : [])),
  ),
  method: request.method as HttpMethod,
  url: `${issuer.url}${request.url}`,
});

/** Gives an access token for a pre-authorized code and its transaction code; a wrong one is counted, and a code serves once. */
const giveToken = async (db: Db, openid: Spoken, request: FastifyRequest, now: Date) => {
  const { authorization, authorizationServer } = openid;
  const asked = requestLike(request, openid);
  const { grant, accessTokenRequest } = authorization.parseAccessTokenRequest({
    accessTokenRequest: request.body as Record<string, unknown>,
    request: asked,
  });
  if (grant.grantType !== preAuthorizedCodeGrantIdentifier)
    return refuse(Oauth2ErrorCodes.UnsupportedGrantType, "Only the pre-authorized code grant is known here");
  const token = randomBytes(32).toString("base64url");
  const refusal = await db.transaction().execute(async (tx): Promise<Oauth2ServerErrorResponseError | null> => {
    const found = await tx
      .selectFrom("credential_offer")
      .selectAll()
      .where("code_sha256", "=", hexOf(grant.preAuthorizedCode))
      .forUpdate()
      .executeTakeFirst();
    if (!found || found.token_sha256 !== null || found.misses >= MOST_MISSES)
      return new Oauth2ServerErrorResponseError({
        error: Oauth2ErrorCodes.InvalidGrant,
        error_description: "The code is not known, or was used",
      });
    try {
      await authorization.verifyPreAuthorizedCodeAccessTokenRequest({
        grant,
        accessTokenRequest,
        request: asked,
        authorizationServerMetadata: authorizationServer,
        expectedPreAuthorizedCode: grant.preAuthorizedCode,
        expectedTxCode: found.tx_code,
        preAuthorizedCodeExpiresAt: new Date(found.expires_at),
        now,
      });
    } catch (error) {
      if (!(error instanceof Oauth2ServerErrorResponseError)) throw error;
      // Counted, though refused: a code of six digits must not be found by trying.
      await tx
        .updateTable("credential_offer")
        .set({ misses: found.misses + 1 })
        .where("id", "=", found.id)
        .execute();
      return error;
    }
    await tx
      .updateTable("credential_offer")
      .set({ token_sha256: hexOf(token) })
      .where("id", "=", found.id)
      .execute();
    return null;
  });
  if (refusal) throw refusal;
  return { access_token: token, token_type: "Bearer", expires_in: OFFER_MINUTES * 60 };
};

/** Issues the credential that a token entitles to, bound to the key whose possession the wallet proves. */
const giveCredential = async (system: System, openid: Spoken, request: FastifyRequest, now: Date) => {
  const platform = platformOf(system);
  const { vci, metadata, issuer } = openid;
  const token = /^Bearer ([\w-]+)$/i.exec(request.headers.authorization ?? "")?.[1];
  const offer =
    token && (await platform.db.selectFrom("credential_offer").selectAll().where("token_sha256", "=", hexOf(token)).executeTakeFirst());
  if (!offer || offer.credential_id !== null || new Date(offer.expires_at) <= now)
    return refuse(Oauth2ErrorCodes.InvalidToken, "The access token is not known, has expired, or was used", 401);
  const parsed = vci.parseCredentialRequest({ issuerMetadata: metadata, credentialRequest: request.body as Record<string, unknown> });
  if (parsed.credentialConfigurationId !== CONFIGURATION)
    return refuse(Oauth2ErrorCodes.UnsupportedCredentialType, `Only ${CONFIGURATION} is issued here`);
  const [proof, more] = parsed.proofs?.jwt ?? [];
  if (!proof || more) return refuse(Oauth2ErrorCodes.InvalidProof, "One proof of possession, of type jwt, is needed");
  const nonce = nonceOf(proof);
  if (nonce === null || !openid.isNonce(nonce, now))
    return refuse(Oauth2ErrorCodes.InvalidNonce, "The proof bears no nonce of this issuer's");
  const { signer } = await vci.verifyCredentialRequestJwtProof({ issuerMetadata: metadata, jwt: proof, expectedNonce: nonce, now });
  const holder = holderKey(signer.publicJwk);
  if (!holder) return refuse(Oauth2ErrorCodes.InvalidProof, "The key must be of P-256 and public");
  const claim = async (tx: Tx, id: string): Promise<void> => {
    const { numUpdatedRows } = await tx
      .updateTable("credential_offer")
      .set({ credential_id: id })
      .where("id", "=", offer.id)
      .where("credential_id", "is", null)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) refuse(Oauth2ErrorCodes.InvalidToken, "The access token was used", 401);
  };
  const asked = { enterprise: offer.enterprise_id, holder, by: offer.made_by, log: (await evidenceOf(system)).origin };
  const { credential } = await issueCredential(platform, issuer, asked, claim, now);
  return vci.createCredentialResponse({ credentialRequest: parsed, credentials: [{ credential }] });
};

const nonceOf = (jwt: string): string | null => {
  try {
    const { nonce, aud } = JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString()) as { nonce?: unknown; aud?: unknown };
    // The library passes over a proof that names nobody; this one must be made for us.
    return typeof nonce === "string" && aud !== undefined ? nonce : null;
  } catch {
    return null;
  }
};

// Presentation.

/** For whom a presentation is made that nobody asked for: whoever looks at this platform's page of verification. */
export const unaskedAudience = (issuer: Issuer): string => `${issuer.url}/credential/verify`;

type VpRequest = { readonly client_id: string; readonly response_uri: string; readonly nonce: string; readonly state: string };
type RequestRow = {
  readonly id: string;
  readonly purpose: string;
  readonly request: object;
  readonly made_at: string;
  readonly expires_at: string;
  readonly answered_at: string | null;
};

/** Asks an enterprise for claims. The request goes by value and unsigned; it says where the answer goes, and the answer is bound to that. */
export const makeRequest = async (
  db: Db,
  { vp, issuer }: Spoken,
  actor: Actor,
  { purpose, asked }: { purpose: string; asked: readonly AskedClaim[] },
  now: Date,
): Promise<RequestRow> => {
  const id = randomUUID();
  const party = await partyOf(db, actor.party);
  const who = party ? `${party.name.zh} ${party.name.en} · ${actor.name}` : actor.name;
  const responseUri = `${issuer.url}/openid4vc/responses/${id}`;
  const { authorizationRequestPayload: request } = await vp.createOpenId4vpAuthorizationRequest({
    authorizationRequestPayload: {
      response_type: "vp_token",
      response_mode: "direct_post",
      client_id: `redirect_uri:${responseUri}`,
      response_uri: responseUri,
      nonce: randomBytes(24).toString("base64url"),
      state: randomBytes(24).toString("base64url"),
      dcql_query: {
        credentials: [
          {
            id: CONFIGURATION,
            format: "dc+sd-jwt",
            meta: { vct_values: [issuer.vct] },
            ...(asked.length > 0 ? { claims: asked } : {}),
          },
        ],
      },
      client_metadata: {
        client_name: `${who}: ${purpose}`,
        vp_formats_supported: { "dc+sd-jwt": { "sd-jwt_alg_values": ["ES256"], "kb-jwt_alg_values": ["ES256"] } },
      },
    },
  });
  return db.transaction().execute(async (tx) => {
    // What an enterprise disclosed is not kept for ever.
    await tx.deleteFrom("credential_request").where("expires_at", "<", now.toISOString()).execute();
    return tx
      .insertInto("credential_request")
      .values({
        id,
        party: actor.party,
        purpose,
        nonce: (request as unknown as VpRequest).nonce,
        request: JSON.stringify(request),
        made_at: now.toISOString(),
        expires_at: new Date(now.getTime() + REQUEST_DAYS * 24 * 3600_000).toISOString(),
        presentation: null,
        answered_at: null,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
  });
};

const query = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
/** What was asked, without its answer. */
export const statedRequest = ({
  id,
  purpose,
  request,
  made_at,
  expires_at,
  answered_at,
}: RequestRow): Omit<CredentialRequest, "report"> => ({
  id,
  purpose,
  asked: askedIn(request) as never,
  uri: `openid4vp://?${new URLSearchParams(Object.entries(request).map(([name, value]) => [name, query(value)])).toString()}`,
  madeAt: new Date(made_at).toISOString(),
  expiresAt: new Date(expires_at).toISOString(),
  answeredAt: answered_at === null ? null : new Date(answered_at).toISOString(),
});

const askedIn = (request: object): readonly AskedClaim[] =>
  (request as { dcql_query: { credentials: { claims?: AskedClaim[] }[] } }).dcql_query.credentials[0]?.claims ?? [];

/** The request of a party's own; nobody else sees what was answered to it. */
export const requestOf = async (db: Db, id: string, actor: Actor) => {
  const found = await db.selectFrom("credential_request").selectAll().where("id", "=", id).executeTakeFirst();
  if (!found || (found.party !== actor.party && actor.kind !== "operator")) throw notFound({ zh: "核验请求", en: "request" }, id);
  return found;
};

/** What a presentation must be in answer to a request. */
export const expectedBy = (request: { readonly request: object; readonly nonce: string; readonly made_at: string }): Expected => ({
  audience: (request.request as VpRequest).client_id,
  challenge: { nonce: request.nonce, madeAt: new Date(request.made_at) },
  asked: askedIn(request.request),
});

/** Takes a wallet's answer, once; what it is worth is said when the verifier looks at it. */
const takeAnswer = async (db: Db, { vp, issuer }: Spoken, id: string, body: unknown, now: Date): Promise<void> => {
  const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);
  const found = uuid && (await db.selectFrom("credential_request").selectAll().where("id", "=", id).executeTakeFirst());
  if (!found || new Date(found.expires_at) <= now)
    return refuse(Oauth2ErrorCodes.InvalidRequest, "The request is not known, or has expired", 404);
  let presentation: unknown;
  try {
    const parsed = await vp.parseOpenid4vpAuthorizationResponse({
      authorizationResponse: body as Record<string, unknown>,
      authorizationRequestPayload: found.request as never,
      callbacks: callbacks(issuer),
    });
    const presentations = parsed.type === "dcql" ? parsed.dcql.presentations[CONFIGURATION] : undefined;
    if (presentations?.length === 1) presentation = presentations[0];
  } catch (error) {
    return refuse(Oauth2ErrorCodes.InvalidRequest, (error as Error).message.split("\n")[0]!);
  }
  if (typeof presentation !== "string" || presentation === "" || presentation.length > MOST_CHARACTERS)
    return refuse(Oauth2ErrorCodes.InvalidRequest, "One presentation of the credential asked for is needed");
  const { numUpdatedRows } = await db
    .updateTable("credential_request")
    .set({ presentation, answered_at: now.toISOString() })
    .where("id", "=", id)
    .where("presentation", "is", null)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) refuse(Oauth2ErrorCodes.InvalidRequest, "The request was answered already");
};

/** The addresses that wallets and verifiers of others know by their standards; they stand beside the platform's own contract. */
export const serveOpenid = (app: FastifyInstance, system: System): void => {
  void app.register(async (scope) => {
    scope.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_, body, done) =>
      done(null, Object.fromEntries(new URLSearchParams(String(body)))),
    );
    scope.setErrorHandler((error, request, reply) => {
      const [status, answer] =
        error instanceof Oauth2ServerErrorResponseError
          ? [error.status, error.errorResponse]
          : error instanceof Refusal
            ? [error.status, { error: "invalid_request", error_description: error.problem.text.en, code: error.problem.code }]
            : ((error as { statusCode?: number }).statusCode ?? 500) < 500
              ? [400, { error: "invalid_request", error_description: "The request cannot be read" }]
              : [500, { error: "server_error", error_description: "Something went wrong inside the server" }];
      if (status >= 500) log(`${request.method} ${request.routeOptions.url ?? "-"}: ${describeError(error)}`);
      return reply.status(status).header("cache-control", "no-store").type("application/json; charset=utf-8").send(JSON.stringify(answer));
    });
    const db = () => platformOf(system).db;
    const json = (path: string, document: (openid: Spoken) => object) =>
      scope.get(path, async (_, reply) =>
        reply
          .type("application/json; charset=utf-8")
          .header("cache-control", "no-cache")
          .send(JSON.stringify(document(await openidOf(system)))),
      );
    json("/.well-known/jwt-vc-issuer", ({ issuer }) => issuerMetadata(issuer));
    json("/.well-known/openid-credential-issuer", ({ metadata }) => metadata.credentialIssuer);
    json("/.well-known/oauth-authorization-server", ({ authorizationServer }) => authorizationServer);
    json(TYPE_PATH, ({ issuer }) => typeMetadata(issuer.vct) as object);
    scope.get<{ Params: { list: string } }>("/status-lists/:list", async (request, reply) => {
      const { list } = request.params;
      const token = /^\d{1,6}$/.test(list) ? await statusToken(db(), await issuerOf(system), Number(list), new Date()) : null;
      if (token === null) throw notFound({ zh: "状态列表", en: "status list" }, list.slice(0, 20));
      return reply.type(STATUS_LIST_TYPE).header("cache-control", STATUS_LIST_CACHE).send(token);
    });

    const secretly = (path: string, work: (openid: Spoken, request: FastifyRequest) => Promise<object>) =>
      scope.post(path, async (request, reply) =>
        reply
          .header("cache-control", "no-store")
          .type("application/json; charset=utf-8")
          .send(JSON.stringify(await work(await openidOf(system), request))),
      );
    secretly("/openid4vc/token", (openid, request) => giveToken(db(), openid, request, new Date()));
    secretly("/openid4vc/nonce", async (openid) => openid.vci.createNonceResponse({ cNonce: openid.makeNonce(new Date()) }));
    secretly("/openid4vc/credential", (openid, request) => giveCredential(system, openid, request, new Date()));
    secretly("/openid4vc/responses/:id", async (openid, request) => {
      await takeAnswer(db(), openid, (request.params as { id: string }).id, request.body, new Date());
      return {};
    });
  });
};

/** Refuses what is asked of the catalogue and is not in it: it would never be answered. */
export const requireKnown = (asked: readonly AskedClaim[]): void => {
  const unknown = asked.filter(({ path }) => !CLAIMS.some((claim) => claim.path.join("\n") === path.join("\n")));
  if (unknown.length === 0) return;
  const names = unknown.map(({ path }) => path.join("/")).join(", ");
  throw new Refusal(
    422,
    problem(
      "no-such-claim",
      `凭证中没有这些内容：${names}。`,
      `The credential has no such claims: ${names}.`,
      "可要的内容见凭证类型文档（/vct/enterprise-profile/1）。",
      "See the document of the credential's type (/vct/enterprise-profile/1) for those that it has.",
    ),
  );
};

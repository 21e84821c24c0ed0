import { type Static, Type } from "typebox";
import { Day, Nullable, PARTY_KINDS, TextSchema, route } from "./route.ts";

/** A credential is the enterprise's own; the operator, to whom it has entrusted its records, may act for it and is named in the evidence. */
const HOLDERS = ["operator", "enterprise"] as const;
const VERIFIERS = PARTY_KINDS.filter((kind) => kind !== "enterprise");

const closed = { additionalProperties: false } as const;
const Sha256 = Type.String({ pattern: "^[0-9a-f]{64}$" });
const Instant = Type.String({ description: "RFC 3339 in UTC" });
const Uuid = Type.String({ pattern: "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" });
const Path = Type.Array(Type.String({ minLength: 1, maxLength: 60 }), { minItems: 1, maxItems: 4, description: "Where the claim stands" });

export const CredentialSummary = Type.Object(
  {
    id: Type.String(),
    sha256: Type.String({ ...Sha256, description: "Of the JWT that the issuer signed" }),
    profileSha256: Sha256,
    asOf: Day,
    issuedAt: Instant,
    expiresAt: Instant,
    issuedBy: Type.String(),
    state: Type.Enum(["valid", "expired", "revoked"]),
    revokedAt: Nullable(Instant),
    reason: Nullable(Type.String()),
  },
  { $id: "Credential", description: "A credential that was issued; the credential itself is its holder's alone" },
);
export type CredentialSummary = Static<typeof CredentialSummary>;

const CheckSchema = Type.Object(
  {
    id: Type.Enum(["form", "issuer", "signature", "disclosures", "type", "validity", "status", "holder", "challenge", "asked"]),
    state: Type.Enum(["passed", "failed", "open"], { description: "open: not looked at, or nothing to hold it against" }),
    text: TextSchema,
  },
  { $id: "CredentialCheck" },
);
export type CredentialCheck = Static<typeof CheckSchema>;

export const CredentialReport = Type.Object(
  {
    accepted: Type.Boolean({ description: "No check failed, and the holder presented it" }),
    checks: Type.Array(CheckSchema),
    credential: Nullable(
      Type.Object({
        issuer: Type.String(),
        asOf: Type.String({ description: "Day that the profile is of" }),
        issuedAt: Type.String(),
        expiresAt: Type.String(),
        holder: Type.String({ description: "Thumbprint of the holder's key" }),
        sha256: Sha256,
      }),
    ),
    shown: Type.Array(Type.Object({ path: Path, name: TextSchema, words: TextSchema, value: Type.Unknown() })),
    hidden: Type.Array(Type.Object({ path: Path, name: TextSchema }), { description: "Not disclosed: they say neither yes nor no" }),
    sales: Nullable(
      Type.Object(
        { from: Nullable(Type.Integer()), to: Nullable(Type.Integer()) },
        { description: "Yuan between which net sales of 12 months lie by the thresholds shown; null where they contradict one another" },
      ),
    ),
  },
  { $id: "CredentialReport" },
);
export type CredentialReport = Static<typeof CredentialReport>;

const AskedClaim = Type.Object(
  {
    path: Path,
    values: Type.Optional(
      Type.Array(Type.Union([Type.String({ maxLength: 200 }), Type.Number(), Type.Boolean()]), { minItems: 1, maxItems: 50 }),
    ),
  },
  { ...closed, description: "A claim, as DCQL asks for it (OpenID4VP section 6.3)" },
);

export const listCredentials = route({
  id: "listCredentials",
  method: "GET",
  path: "/enterprises/:id/credentials",
  tag: "credential",
  audience: HOLDERS,
  summary: { zh: "一家企业领取过的凭证", en: "The credentials that were issued to an enterprise" },
  params: Type.Object({ id: Type.String() }),
  reply: Type.Array(CredentialSummary),
});

export const offerCredential = route({
  id: "offerCredential",
  method: "POST",
  path: "/enterprises/:id/credentials/offers",
  tag: "credential",
  audience: HOLDERS,
  summary: {
    zh: "为企业开出一次领取凭证的要约（OpenID4VCI 预授权码）",
    en: "Offer the enterprise a credential, to be fetched once (OpenID4VCI, pre-authorized code)",
  },
  params: Type.Object({ id: Type.String() }),
  reply: Type.Object({
    offer: Type.String({ description: "openid-credential-offer://… for a wallet" }),
    txCode: Type.String({ description: "Transaction code that the wallet asks for" }),
    expiresAt: Instant,
  }),
});

export const revokeCredential = route({
  id: "revokeCredential",
  method: "POST",
  path: "/enterprises/:id/credentials/:credential/revocation",
  tag: "credential",
  audience: HOLDERS,
  summary: { zh: "吊销凭证，立即生效，不可恢复", en: "Revoke a credential, at once and for good" },
  params: Type.Object({ id: Type.String(), credential: Uuid }),
  body: Type.Object({ reason: Type.String({ minLength: 1, maxLength: 500 }) }, closed),
  reply: CredentialSummary,
});

export const CredentialRequest = Type.Object(
  {
    id: Type.String(),
    purpose: Type.String(),
    asked: Type.Array(AskedClaim),
    uri: Type.String({ description: "openid4vp://… for the enterprise's wallet" }),
    madeAt: Instant,
    expiresAt: Instant,
    answeredAt: Nullable(Instant),
    /** Of the answer, checked anew whenever it is asked for: a credential may have been revoked since. */
    report: Nullable(CredentialReport),
  },
  { $id: "CredentialRequest" },
);
export type CredentialRequest = Static<typeof CredentialRequest>;

export const requestPresentation = route({
  id: "requestPresentation",
  method: "POST",
  path: "/credentials/requests",
  tag: "credential",
  audience: VERIFIERS,
  summary: { zh: "核验方提出请求：要看哪几项（OpenID4VP、DCQL）", en: "A verifier asks for claims (OpenID4VP, DCQL)" },
  body: Type.Object({ purpose: Type.String({ minLength: 1, maxLength: 200 }), asked: Type.Array(AskedClaim, { maxItems: 50 }) }, closed),
  reply: CredentialRequest,
});

export const getPresentation = route({
  id: "getPresentation",
  method: "GET",
  path: "/credentials/requests/:id",
  tag: "credential",
  audience: VERIFIERS,
  summary: { zh: "一次请求及其答复的核验结果", en: "A request, and the answer to it verified" },
  params: Type.Object({ id: Uuid }),
  reply: CredentialRequest,
});

export const verifyCredential = route({
  id: "verifyCredential",
  method: "POST",
  path: "/credentials/verifications",
  tag: "credential",
  audience: VERIFIERS,
  summary: { zh: "核验企业出示的凭证，逐项说明", en: "Verify what an enterprise presents, check by check" },
  body: Type.Object(
    {
      presentation: Type.String({ minLength: 1, maxLength: 65_536 }),
      request: Type.Optional(Type.String({ ...Uuid, description: "The request that it should answer" })),
    },
    closed,
  ),
  reply: CredentialReport,
});

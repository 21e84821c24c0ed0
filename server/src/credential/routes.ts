import { type JWK } from "jose";
import {
  getPresentation,
  listCredentials,
  offerCredential,
  requestPresentation,
  revokeCredential,
  verifyCredential,
} from "@zhiwei/api/credential";
import type { Config } from "../config.ts";
import { requireEnterprise } from "../enterprise/require.ts";
import type { Serve } from "../http/routes.ts";
import { type System, platformOf } from "../system/state.ts";
import { listCredentials as listOf, revokeCredential as revoke } from "./issue.ts";
import { type Issuer, issuerOf, listUri, statusToken } from "./issuer.ts";
import { expectedBy, makeOffer, makeRequest, openidOf, requestOf, requireKnown, statedRequest, unaskedAudience } from "./openid.ts";
import { type Trust, verifyPresentation } from "./verify.ts";

/** Others' metadata is small, and whoever does not answer soon is not waited for. */
const MOST_BYTES = 1024 * 1024;
const PATIENCE_MS = 5000;

const fetchText = async (url: string, accept: string): Promise<string> => {
  const reply = await fetch(url, { headers: { accept }, redirect: "error", signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!reply.ok || !reply.body) throw new Error(`${url} answered ${reply.status}`);
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of reply.body) {
    size += part.length;
    if (size > MOST_BYTES) throw new Error(`${url} answers too much`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
};

/** Keys that another issuer publishes, at its own address and in the document itself. */
const publishedKeys = async (issuer: string): Promise<readonly JWK[]> => {
  const text = await fetchText(`${issuer}/.well-known/jwt-vc-issuer`, "application/json");
  const { issuer: named, jwks } = JSON.parse(text) as { issuer?: unknown; jwks?: { keys?: JWK[] } };
  if (named !== issuer || !Array.isArray(jwks?.keys)) throw new Error(`${issuer} publishes no keys of its own`);
  return jwks.keys;
};

/** This platform's own credentials, and those of the issuers that its operator names; nobody else's address is ever asked. */
export const trustOf = (system: System, own: Issuer, config: Config = system.config): Trust => ({
  keysOf: async (issuer) => {
    if (issuer === own.url) return [own.jwk];
    return config.trustedIssuers.includes(issuer) ? publishedKeys(issuer) : null;
  },
  statusList: async (uri) => {
    const list = /\/status-lists\/(\d{1,6})$/.exec(uri)?.[1];
    if (list === undefined || uri !== listUri(own, Number(list))) return fetchText(uri, "application/statuslist+jwt");
    const token = await statusToken(platformOf(system).db, own, Number(list), new Date());
    if (token === null) throw new Error(`no list ${uri}`);
    return token;
  },
});

export const credentialRoutes = (serve: Serve, system: System): void => {
  const db = () => platformOf(system).db;
  const trust = async () => trustOf(system, await issuerOf(system));

  serve(listCredentials, async ({ params }) => {
    await requireEnterprise(db(), params.id);
    return listOf(db(), params.id, new Date());
  });
  serve(offerCredential, async ({ params }, { actor }) => {
    await requireEnterprise(db(), params.id);
    return makeOffer(db(), await openidOf(system), params.id, actor, new Date());
  });
  serve(revokeCredential, async ({ params, body }, { actor }) => {
    await requireEnterprise(db(), params.id);
    return revoke(db(), params.id, params.credential, { by: actor.party, reason: body.reason.trim() }, new Date());
  });
  serve(requestPresentation, async ({ body }, { actor }) => {
    requireKnown(body.asked);
    return { ...statedRequest(await makeRequest(db(), await openidOf(system), actor, body, new Date())), report: null };
  });
  serve(getPresentation, async ({ params }, { actor }) => {
    const found = await requestOf(db(), params.id, actor);
    const report =
      found.presentation === null ? null : await verifyPresentation(found.presentation, await trust(), expectedBy(found), new Date());
    return { ...statedRequest(found), report };
  });
  serve(verifyCredential, async ({ body }, { actor }) => {
    const expected =
      body.request === undefined
        ? { audience: unaskedAudience(await issuerOf(system)), challenge: null, asked: [] }
        : expectedBy(await requestOf(db(), body.request, actor));
    return verifyPresentation(body.presentation.trim(), await trust(), expected, new Date());
  });
};

/** A wallet that was not written here: the client side of `@openid4vc`, with a key of its own. */
import { createHash, randomBytes } from "node:crypto";
import {
  type CallbackContext,
  type Jwk,
  clientAuthenticationAnonymous,
  preAuthorizedCodeGrantIdentifier,
  setGlobalConfig,
} from "@openid4vc/oauth2";
import { Openid4vciClient } from "@openid4vc/openid4vci";
import { Openid4vpClient } from "@openid4vc/openid4vp";
import { SDJwtInstance } from "@sd-jwt/core";
import { SignJWT, exportJWK, generateKeyPair } from "jose";
import { type ClaimPath, presentationOf } from "../core/src/credential/index.ts";

setGlobalConfig({ allowInsecureUrls: true });

export const hasher = (data: string | ArrayBuffer): Uint8Array =>
  new Uint8Array(
    createHash("sha256")
      .update(typeof data === "string" ? data : new Uint8Array(data))
      .digest(),
  );

export const openWallet = async () => {
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = (await exportJWK(publicKey)) as Jwk;
  const callbacks: CallbackContext = {
    fetch,
    hash: (data, algorithm) => new Uint8Array(createHash(algorithm.replace("-", "")).update(data).digest()),
    generateRandom: (bytes) => new Uint8Array(randomBytes(bytes)),
    signJwt: async (_, { header, payload }) => ({
      jwt: await new SignJWT(payload as Record<string, unknown>).setProtectedHeader(header as { alg: string }).sign(privateKey),
      signerJwk: jwk,
    }),
    verifyJwt: () => ({ verified: false }),
    encryptJwe: () => Promise.reject(new Error("nothing is encrypted")),
    decryptJwe: () => ({ decrypted: false }),
    clientAuthentication: clientAuthenticationAnonymous(),
  };
  const vci = new Openid4vciClient({ callbacks });
  const vp = new Openid4vpClient({ callbacks });
  const kbSigner = async (text: string): Promise<string> =>
    Buffer.from(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, privateKey, Buffer.from(text))).toString("base64url");

  /** Redeems an offer's code, and gives what is needed to ask for the credential. */
  const redeem = async (offerUri: string, txCode: string) => {
    const credentialOffer = await vci.resolveCredentialOffer(offerUri);
    const issuerMetadata = await vci.resolveIssuerMetadata(credentialOffer.credential_issuer);
    const { accessTokenResponse } = await vci.retrievePreAuthorizedCodeAccessTokenFromOffer({ credentialOffer, issuerMetadata, txCode });
    return { credentialOffer, issuerMetadata, accessToken: accessTokenResponse.access_token };
  };
  /** Asks for the credential with a proof that this wallet has its key. */
  const ask = async ({ credentialOffer, issuerMetadata, accessToken }: Awaited<ReturnType<typeof redeem>>): Promise<string> => {
    const { c_nonce: nonce } = await vci.requestNonce({ issuerMetadata });
    const [credentialConfigurationId] = credentialOffer.credential_configuration_ids as [string];
    const { jwt } = await vci.createCredentialRequestJwtProof({
      issuerMetadata,
      signer: { method: "jwk", publicJwk: jwk, alg: "ES256" },
      nonce,
      issuedAt: new Date(),
      credentialConfigurationId,
    });
    const { credentialResponse } = await vci.retrieveCredentials({
      accessToken,
      credentialConfigurationId,
      issuerMetadata,
      proofs: { jwt: [jwt] },
    });
    return (credentialResponse.credentials as { credential: string }[])[0]!.credential;
  };
  const present = (credential: string, chosen: readonly ClaimPath[], aud: string, nonce: string, iat = Math.floor(Date.now() / 1000)) =>
    new SDJwtInstance({ hasher, kbSigner, kbSignAlg: "ES256" }).present(credential, presentationOf(chosen) as never, {
      kb: { payload: { aud, nonce, iat } },
    });
  return {
    vci,
    jwk,
    privateKey,
    redeem,
    ask,
    fetchCredential: async (offerUri: string, txCode: string) => ask(await redeem(offerUri, txCode)),
    present,
    /** Answers a verifier's request: reads it, discloses what it asks for, and posts it where it says. */
    answer: async (credential: string, uri: string, chosen?: readonly ClaimPath[]) => {
      const { params } = vp.parseOpenid4vpAuthorizationRequest({ authorizationRequest: uri });
      const resolved = await vp.resolveOpenId4vpAuthorizationRequest({ authorizationRequestPayload: params as never });
      const { authorizationRequestPayload: request } = resolved as unknown as {
        authorizationRequestPayload: { client_id: string; nonce: string };
      };
      const query = resolved.dcql!.query as { credentials: { id: string; claims?: { path: ClaimPath }[] }[] };
      const [{ id, claims } = { id: "" }] = query.credentials;
      const token = await present(credential, chosen ?? (claims ?? []).map(({ path }) => path), request.client_id, request.nonce);
      const { authorizationResponsePayload } = await vp.createOpenid4vpAuthorizationResponse({
        authorizationRequestPayload: request as never,
        authorizationResponsePayload: { vp_token: { [id]: [token] } },
      });
      const { response } = await vp.submitOpenid4vpAuthorizationResponse({
        authorizationRequestPayload: request as never,
        authorizationResponsePayload,
      });
      return { status: response.status, text: await response.text(), token };
    },
  };
};
export const PRE_AUTHORIZED = preAuthorizedCodeGrantIdentifier;

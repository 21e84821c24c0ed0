/**
 * Credential 可验证凭证: the profile in the enterprise's own hands. The issuer signs hashes of salted claims; whoever holds the
 * credential discloses those that it chooses, and nothing else can be read from it: the grade without the turnover, "at least
 * 5 million yuan" without the figure.
 *
 * Standards: RFC 9901 (SD-JWT); draft-ietf-oauth-sd-jwt-vc; draft-ietf-oauth-status-list; OpenID4VCI and OpenID4VP 1.0.
 */
export {
  CLAIMS,
  type Claim,
  type ClaimPath,
  type Claims,
  type CredentialSource,
  SALES_THRESHOLDS,
  claimAt,
  claimsOf,
  pathText,
  withCompanions,
  yuanWords,
} from "./claims.ts";
export {
  type AskedClaim,
  type Disclosed,
  type SalesBounds,
  askedPaths,
  disclosureGroups,
  presentationOf,
  readClaims,
  salesBounds,
  unmetClaims,
} from "./read.ts";
export { ALWAYS_SHOWN, TYPE_PATH, typeMetadata } from "./type.ts";

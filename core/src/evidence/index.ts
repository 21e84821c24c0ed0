/**
 * Evidence 存证: what the platform states of an enterprise, such that anybody can check it later. Each statement is a record; the
 * transparency log holds a salted commitment to it, never the record itself, so that a record can be erased on request while the
 * log stays sound (PIPL article 47).
 */
export { EVIDENCE_KINDS, type EvidenceKind, type EvidenceRecord, SALT_BYTES, commitmentOf, entryOf, hexOf, parseEntry } from "./record.ts";
export {
  type Bundle,
  type BundledProfile,
  type Check,
  type Statement,
  type Means,
  type Trust,
  bytesOfHex,
  formatBundle,
  opens,
  parseBundle,
  parseCanonical,
  policyOf,
  proofOfStatement,
  statementOf,
  verifyBundle,
} from "./bundle.ts";

/**
 * Transparency log 透明日志: an append-only Merkle tree that anybody can check. Knows nothing of credit, signs nothing and keeps
 * nothing; hashing and the check of a signature are handed in, for the international suite and the national one 国密.
 *
 * Standards: RFC 9162 section 2 (trees and proofs); C2SP tlog-tiles, signed-note, tlog-checkpoint, tlog-cosignature, tlog-proof,
 * tlog-policy, tlog-witness (github.com/C2SP/C2SP), which other verifiers read. GB/T 32905 (SM3) and GB/T 32918 (SM2).
 */
export {
  HASH_BYTES,
  type Hash,
  type Subtree,
  consistencyProof,
  inclusionProof,
  leafHash,
  nodeHash,
  rangeHash,
  rootFromInclusion,
  rootOf,
  sameBytes,
  subtreeOf,
  verifyConsistency,
  verifyInclusion,
} from "./merkle.ts";
export { TILE_WIDTH, type Tile, bundleOf, entriesOf, subtreeFromTiles, tileOf, tilePath, tilesAdded, tilesOf, widthIn } from "./tiles.ts";
export {
  type Algorithm,
  type Checkpoint,
  type Hashes,
  type KeyType,
  type Note,
  type NoteSignature,
  SUITES,
  type Suite,
  type Verified,
  type VerifierKey,
  type Verify,
  formatCheckpoint,
  formatNote,
  formatVerifierKey,
  fromBase64,
  keyId,
  parseCheckpoint,
  parseNote,
  parseVerifierKey,
  signatureBytes,
  signedMessage,
  suiteOf,
  toBase64,
  verifierKey,
  verifySignatures,
} from "./note.ts";
export {
  type CheckpointFault,
  type LogProof,
  type PolicyFault,
  type ProofFault,
  type TrustPolicy,
  type TrustedCheckpoint,
  formatProof,
  parsePolicy,
  parseProof,
  trustCheckpoint,
  verifyProof,
} from "./proof.ts";
export {
  type Cosigned,
  type Judgement,
  type Submission,
  cosignedNote,
  formatSubmission,
  judgeSubmission,
  parseSubmission,
} from "./witness.ts";

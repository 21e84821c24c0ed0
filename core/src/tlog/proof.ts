/**
 * Offline proofs of inclusion (C2SP tlog-proof) and whom to trust (tlog-policy): all that a verifier without a network needs.
 */
import { type Hash, HASH_BYTES, verifyInclusion } from "./merkle.ts";
import {
  type Checkpoint,
  type Verified,
  type VerifierKey,
  type Verify,
  fromBase64,
  isTimed,
  parseCheckpoint,
  parseNote,
  parseVerifierKey,
  sameKey,
  suiteOf,
  toBase64,
  verifySignatures,
} from "./note.ts";

const PROOF_HEADER = "c2sp.org/tlog-proof@v1";

/** `checkpoint` is the signed note, verbatim. `extra` is not authenticated: the reader must not trust it. */
export type LogProof = {
  readonly extra: Uint8Array | null;
  readonly index: number;
  readonly hashes: readonly Uint8Array[];
  readonly checkpoint: string;
};

export const formatProof = ({ extra, index, hashes, checkpoint }: LogProof): string =>
  [PROOF_HEADER, ...(extra ? [`extra ${toBase64(extra)}`] : []), `index ${index}`, ...hashes.map(toBase64), "", checkpoint].join("\n");

/** Null where the text is no proof. */
export const parseProof = (text: string): LogProof | null => {
  const end = text.indexOf("\n\n");
  if (end < 0) return null;
  const lines = text.slice(0, end).split("\n");
  if (lines.shift() !== PROOF_HEADER) return null;
  let extra: Uint8Array | null = null;
  if (lines[0]?.startsWith("extra ")) {
    extra = fromBase64(lines.shift()!.slice("extra ".length));
    if (!extra) return null;
  }
  const place = /^index (0|[1-9]\d{0,15})$/.exec(lines.shift() ?? "");
  const hashes = lines.map(fromBase64);
  if (!place || !Number.isSafeInteger(Number(place[1])) || hashes.some((each) => each?.length !== HASH_BYTES)) return null;
  return { extra, index: Number(place[1]), hashes: hashes as Uint8Array[], checkpoint: text.slice(end + 2) };
};

/** A witness, or a group of which `least` members are enough. */
type Member = { readonly witness: VerifierKey } | { readonly least: number; readonly members: readonly Member[] };

/** Which logs are taken, and which witnesses must have cosigned; `quorum` null asks for none. */
export type TrustPolicy = {
  readonly logs: readonly VerifierKey[];
  readonly witnesses: readonly VerifierKey[];
  readonly quorum: Member | null;
};

export type PolicyFault = {
  readonly line: number;
  readonly code: "syntax" | "key" | "duplicate" | "unknown-name" | "threshold" | "quorum" | "suite";
};

/** A policy, or the first line that is wrong and how. Lines count from 1; a missing quorum is of the line after the last. */
export const parsePolicy = (
  sha256: Hash,
  text: string,
): { readonly ok: true; readonly value: TrustPolicy } | { readonly ok: false; readonly error: PolicyFault } => {
  const logs: VerifierKey[] = [];
  const witnesses: VerifierKey[] = [];
  const members = new Map<string, Member>();
  const used = new Set<string>();
  let quorum: Member | null | undefined;
  const lines = text.split("\n");
  const fault = (line: number, code: PolicyFault["code"]) => ({ ok: false as const, error: { line: line + 1, code } });
  for (let at = 0; at < lines.length; at++) {
    // oxlint-disable-next-line no-control-regex -- of control characters only the tab is allowed
    if (/[\u0000-\u0008\u000b-\u001f\u007f]/.test(lines[at]!)) return fault(at, "syntax");
    const words = lines[at]!.split(/[ \t]+/).filter((word) => word !== "");
    if (words.length === 0 || words[0]!.startsWith("#")) continue;
    const [kind, ...rest] = words;
    if (kind === "log") {
      const key = parseVerifierKey(sha256, rest[0] ?? "");
      if (rest.length < 1 || rest.length > 2) return fault(at, "syntax");
      // A log signs as it is; with the time, too, where an algorithm has no other way.
      if (!key || (isTimed(key) && key.type !== "ml-dsa-44-cosignature")) return fault(at, "key");
      if (logs.some((each) => sameKey(each, key))) return fault(at, "duplicate");
      // One log, one tree: keys of two suites would make it mean two things.
      if (logs.some((each) => each.name === key.name && suiteOf(each) !== suiteOf(key))) return fault(at, "suite");
      logs.push(key);
    } else if (kind === "witness") {
      const [name, vkey] = rest;
      if (name === undefined || vkey === undefined || rest.length > 3) return fault(at, "syntax");
      const key = parseVerifierKey(sha256, vkey);
      if (!key || !isTimed(key)) return fault(at, "key");
      if (name === "none" || members.has(name) || witnesses.some((each) => sameKey(each, key))) return fault(at, "duplicate");
      witnesses.push(key);
      members.set(name, { witness: key });
    } else if (kind === "group") {
      const [name, threshold, ...names] = rest;
      if (name === undefined || threshold === undefined || names.length === 0) return fault(at, "syntax");
      if (name === "none" || members.has(name)) return fault(at, "duplicate");
      const found: Member[] = [];
      for (const each of names) {
        const member = members.get(each);
        if (!member) return fault(at, "unknown-name");
        if (used.has(each)) return fault(at, "duplicate");
        used.add(each);
        found.push(member);
      }
      const least = threshold === "all" ? found.length : threshold === "any" ? 1 : /^[1-9]\d*$/.test(threshold) ? Number(threshold) : 0;
      if (least < 1 || least > found.length) return fault(at, "threshold");
      members.set(name, { least, members: found });
    } else if (kind === "quorum") {
      if (rest.length !== 1) return fault(at, "syntax");
      if (quorum !== undefined) return fault(at, "quorum");
      quorum = rest[0] === "none" ? null : members.get(rest[0]!);
      if (quorum === undefined) return fault(at, "unknown-name");
    } else return fault(at, "syntax");
  }
  return quorum === undefined ? fault(lines.length, "quorum") : { ok: true, value: { logs, witnesses, quorum } };
};

const reached = (member: Member, cosigned: readonly VerifierKey[]): boolean =>
  "witness" in member ? cosigned.includes(member.witness) : member.members.filter((each) => reached(each, cosigned)).length >= member.least;

export type CheckpointFault = "note" | "checkpoint" | "unknown-log" | "signature" | "no-log-signature" | "quorum";
export type TrustedCheckpoint = { readonly checkpoint: Checkpoint; readonly signatures: readonly Verified[] };

/** A checkpoint that a known log signed and a quorum cosigned, or the first thing that is wrong with it. */
export const trustCheckpoint = (
  signed: string,
  { logs, witnesses, quorum }: TrustPolicy,
  verify: Verify,
): { readonly ok: true; readonly value: TrustedCheckpoint } | { readonly ok: false; readonly error: CheckpointFault } => {
  const no = (error: CheckpointFault) => ({ ok: false as const, error });
  const note = parseNote(signed);
  if (!note) return no("note");
  const checkpoint = parseCheckpoint(note.text);
  if (!checkpoint) return no("checkpoint");
  const own = logs.filter((log) => log.name === checkpoint.origin);
  if (own.length === 0) return no("unknown-log");
  const { verified, refused } = verifySignatures(note, [...own, ...witnesses], verify);
  if (refused) return no("signature");
  const by = verified.map((each) => each.key);
  if (!own.some((log) => by.includes(log))) return no("no-log-signature");
  if (quorum && !reached(quorum, by)) return no("quorum");
  return { ok: true, value: { checkpoint, signatures: verified } };
};

export type ProofFault = CheckpointFault | "proof" | "inclusion";

/** Whether a leaf is in a log that the policy trusts, by a proof that needs no network; the first thing that is wrong has a name. */
export const verifyProof = (
  hash: Hash,
  proof: string,
  leaf: Uint8Array,
  policy: TrustPolicy,
  verify: Verify,
):
  | { readonly ok: true; readonly value: TrustedCheckpoint & { readonly index: number } }
  | { readonly ok: false; readonly error: ProofFault } => {
  const parsed = parseProof(proof);
  if (!parsed) return { ok: false, error: "proof" };
  const trusted = trustCheckpoint(parsed.checkpoint, policy, verify);
  if (!trusted.ok) return trusted;
  const { size, root } = trusted.value.checkpoint;
  if (!verifyInclusion(hash, leaf, parsed.index, size, parsed.hashes, root)) return { ok: false, error: "inclusion" };
  return { ok: true, value: { ...trusted.value, index: parsed.index } };
};

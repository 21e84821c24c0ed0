/** A record of evidence and the log entry that commits to it. */
import { type Json, canonicalJson } from "../basics/index.ts";
import type { Hash } from "../tlog/index.ts";

declare const TextEncoder: new () => { encode(text: string): Uint8Array };
declare const TextDecoder: new (label: string, options: { fatal: boolean }) => { decode(bytes: Uint8Array): string };

/** What is logged. A kind stands in the clear in the log; everything else of a record is behind its commitment. */
export const EVIDENCE_KINDS = [
  "import-batch",
  "consent",
  "consent-withdrawal",
  "reads",
  "profile",
  "score",
  "decision",
  "decision-policy",
  "pledge",
  "model-approval",
  "product",
  "credential",
  "erasure",
] as const;
export type EvidenceKind = (typeof EVIDENCE_KINDS)[number];

/**
 * One statement. `subject` is the enterprise that it is about, null where it is about none (a model). `content` is what is stated,
 * as JSON: hashes of documents, ids, days. `at` is an instant, RFC 3339 in UTC.
 */
export type EvidenceRecord = {
  readonly kind: EvidenceKind;
  readonly subject: string | null;
  readonly at: string;
  readonly content: { readonly [key: string]: Json };
};

export const SALT_BYTES = 32;
const DOMAIN = "zhiwei evidence v1\n";

export const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/**
 * H("zhiwei evidence v1\n" ‖ salt ‖ canonical JSON of the record). The salt is random and as long as the hash, so that nobody who
 * guesses a record can see from the log whether he guessed right.
 */
export const commitmentOf = (hash: Hash, salt: Uint8Array, record: EvidenceRecord): string => {
  if (salt.length !== SALT_BYTES) throw new RangeError(`a salt of ${salt.length} bytes`);
  const encoder = new TextEncoder();
  const parts = [encoder.encode(DOMAIN), salt, encoder.encode(canonicalJson(record as unknown as Json))];
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return hexOf(hash(bytes));
};

/** The entry of the log: canonical JSON `{"commitment":"<hex>","kind":"<kind>","v":1}`. */
export const entryOf = (hash: Hash, salt: Uint8Array, record: EvidenceRecord): Uint8Array =>
  new TextEncoder().encode(canonicalJson({ commitment: commitmentOf(hash, salt, record), kind: record.kind, v: 1 }));

/** What an entry says, or null where it is none of ours: another spelling of the same JSON is none. */
export const parseEntry = (entry: Uint8Array): { readonly kind: EvidenceKind; readonly commitment: string } | null => {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(entry);
    const { commitment, kind } = JSON.parse(text) as { commitment: unknown; kind: unknown };
    if (typeof commitment !== "string" || !/^[0-9a-f]{64}$/.test(commitment)) return null;
    const known = EVIDENCE_KINDS.find((each) => each === kind);
    return known && canonicalJson({ commitment, kind: known, v: 1 }) === text ? { kind: known, commitment } : null;
  } catch {
    return null;
  }
};

/**
 * What a witness 见证人 answers to a log that submits a checkpoint (C2SP tlog-witness, add-checkpoint). Pure: the latest checkpoint that
 * was cosigned is handed in, and `accept` says what has to be stored in its place. Looking it up and storing are one atomic step
 * for the caller to hold, or a slower request could roll a faster one back.
 */
import { HASH_BYTES, sameBytes, verifyConsistency } from "./merkle.ts";
import {
  type Checkpoint,
  type Hashes,
  type Note,
  type NoteSignature,
  type VerifierKey,
  type Verify,
  formatNote,
  fromBase64,
  parseCheckpoint,
  parseNote,
  suiteOf,
  toBase64,
  verifySignatures,
} from "./note.ts";

/** What a witness remembers of a log: the largest tree that it cosigned. */
export type Cosigned = Pick<Checkpoint, "size" | "root">;

export type Submission = {
  readonly old: number;
  readonly proof: readonly Uint8Array[];
  readonly note: Note;
  readonly checkpoint: Checkpoint;
};

/** `fork` is a log caught signing two histories: what was submitted is the proof of it, and is to be kept. */
export type Judgement =
  | { readonly kind: "accept"; readonly submission: Submission; readonly logSignatures: readonly NoteSignature[] }
  | { readonly kind: "refuse"; readonly status: 400 | 403 | 404 | 422; readonly fork: boolean }
  /** The size that the witness has: the log tries again from there. */
  | { readonly kind: "conflict"; readonly status: 409; readonly size: number };

const MOST_PROOF_LINES = 63;

/** The body of a request, or null where it is none. */
export const parseSubmission = (body: string): Submission | null => {
  const end = body.indexOf("\n\n");
  if (end < 0) return null;
  const [first = "", ...lines] = body.slice(0, end).split("\n");
  const old = /^old (0|[1-9]\d{0,15})$/.exec(first);
  const proof = lines.map(fromBase64);
  const note = parseNote(body.slice(end + 2));
  const checkpoint = note && parseCheckpoint(note.text);
  if (!old || !Number.isSafeInteger(Number(old[1])) || !note || !checkpoint) return null;
  if (lines.length > MOST_PROOF_LINES || proof.some((each) => each?.length !== HASH_BYTES)) return null;
  return { old: Number(old[1]), proof: proof as Uint8Array[], note, checkpoint };
};

export const formatSubmission = (old: number, proof: readonly Uint8Array[], signed: string): string =>
  [`old ${old}`, ...proof.map(toBase64), "", signed].join("\n");

/**
 * The order of the checks is that of the specification, so that a log is told the first thing that is wrong. A tree is judged by the
 * hash of the suite that its log signs in.
 */
export const judgeSubmission = (
  hashes: Hashes,
  body: string,
  logs: readonly VerifierKey[],
  latestOf: (origin: string) => Cosigned | null,
  verify: Verify,
): Judgement => {
  const refuse = (status: 400 | 403 | 404 | 422, fork = false): Judgement => ({ kind: "refuse", status, fork });
  const submission = parseSubmission(body);
  if (!submission) return refuse(400);
  const { old, proof, note, checkpoint } = submission;
  const { origin, size, root } = checkpoint;
  const own = logs.filter((log) => log.name === origin);
  if (own.length === 0) return refuse(404);
  const { verified, refused } = verifySignatures(note, own, verify);
  const [suite, ...others] = new Set(verified.map(({ key }) => suiteOf(key)));
  if (refused || suite === undefined || others.length > 0) return refuse(403);
  const hash = hashes[suite];
  if (old > size) return refuse(400);
  const latest = latestOf(origin) ?? { size: 0, root: hash(new Uint8Array()) };
  if (old !== latest.size) return { kind: "conflict", status: 409, size: latest.size };
  const empty = hash(new Uint8Array());
  if (size === 0 && !sameBytes(root, empty)) return refuse(422);
  // From here on the log has signed what it said: a tree that does not go on from ours is another history.
  if (old === 0) {
    if (proof.length > 0) return refuse(422);
  } else if (!verifyConsistency(hash, old, latest.root, size, root, proof))
    // A wrong proof may be a mistake; two roots of one size cannot.
    return refuse(422, old === size && !sameBytes(latest.root, root));
  const by = new Set(verified.map(({ key }) => key));
  const logSignatures = note.signatures.filter(({ name, id }) => [...by].some((key) => key.name === name && key.id === id));
  return { kind: "accept", submission, logSignatures };
};

/** What monitors are given: the checkpoint with the log's signatures and the witness's own. */
export const cosignedNote = (
  { note }: Submission,
  logSignatures: readonly NoteSignature[],
  cosignatures: readonly NoteSignature[],
): string => formatNote({ text: note.text, signatures: [...logSignatures, ...cosignatures] });

/**
 * Signed notes 签名文书 (C2SP signed-note), checkpoints (tlog-checkpoint) and cosignatures (tlog-cosignature): a text and the
 * signatures under it. Nothing here signs or holds a key; verification of a signature is handed in.
 */
import { type Hash, HASH_BYTES, sameBytes } from "./merkle.ts";

// Of the language's hosts all have it, but the language itself does not.
declare const TextEncoder: new () => { encode(text: string): Uint8Array };
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const concat = (...parts: readonly Uint8Array[]): Uint8Array => {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
};

export type Algorithm = "ed25519" | "ml-dsa-44" | "sm2";

/**
 * The suites 密码套件 that a log can be made in. International: SHA-256, Ed25519 and ML-DSA-44. National 国密: SM3 (GB/T 32905) and SM2
 * (GB/T 32918). A log has one suite from its first leaf on, and its keys tell which.
 */
export const SUITES = ["international", "national"] as const;
export type Suite = (typeof SUITES)[number];

/** The hash of each suite's trees, and of the commitments that they hold. */
export type Hashes = Readonly<Record<Suite, Hash>>;

type Kind = {
  readonly suite: Suite;
  readonly algorithm: Algorithm;
  /** Whether it signs a time: a cosignature (tlog-cosignature), and not a note's text alone. */
  readonly timed: boolean;
  /** What stands for the type in verifier keys and key IDs. */
  readonly mark: Uint8Array;
  readonly keyBytes: number;
  readonly signatureBytes: number;
};
export type KeyType = "ed25519" | "ed25519-cosignature" | "ml-dsa-44-cosignature" | "sm2" | "sm2-cosignature";

const unnumbered = (name: string): Uint8Array => concat(Uint8Array.of(0xff), utf8(name));
/** Types of signed-note by their number; SM2 has none, for which 0xff and a longer name are set aside. */
const KINDS: Readonly<Record<KeyType, Kind>> = {
  ed25519: { suite: "international", algorithm: "ed25519", timed: false, mark: Uint8Array.of(0x01), keyBytes: 32, signatureBytes: 64 },
  "ed25519-cosignature": {
    suite: "international",
    algorithm: "ed25519",
    timed: true,
    mark: Uint8Array.of(0x04),
    keyBytes: 32,
    signatureBytes: 64,
  },
  "ml-dsa-44-cosignature": {
    suite: "international",
    algorithm: "ml-dsa-44",
    timed: true,
    mark: Uint8Array.of(0x06),
    keyBytes: 1312,
    signatureBytes: 2420,
  },
  sm2: {
    suite: "national",
    algorithm: "sm2",
    timed: false,
    mark: unnumbered("GM/T-0003-SM2-SM3"),
    keyBytes: 65,
    signatureBytes: 64,
  },
  "sm2-cosignature": {
    suite: "national",
    algorithm: "sm2",
    timed: true,
    mark: unnumbered("GM/T-0003-SM2-SM3-cosignature/v1"),
    keyBytes: 65,
    signatureBytes: 64,
  },
};
const KEY_TYPES = Object.keys(KINDS) as KeyType[];

/**
 * A verifier key: whose it is, what it verifies, and the public key. Of SM2 that is the point uncompressed, 04 ‖ x ‖ y (GM/T 0009),
 * and a signature is r ‖ s, 32 bytes each, so that both have one spelling.
 */
export type VerifierKey = { readonly name: string; readonly id: number; readonly type: KeyType; readonly publicKey: Uint8Array };

export const suiteOf = (key: Pick<VerifierKey, "type">): Suite => KINDS[key.type].suite;
/** Whether it is a cosigner's key; ML-DSA-44 has the one kind, for logs too. */
export const isTimed = (key: Pick<VerifierKey, "type">): boolean => KINDS[key.type].timed;

/** Checks one signature of an algorithm, over the message as it stands; SM2 with the user ID of GM/T 0009, 1234567812345678. */
export type Verify = (algorithm: Algorithm, publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

export type NoteSignature = { readonly name: string; readonly id: number; readonly bytes: Uint8Array };
/** `text` ends with a line break. */
export type Note = { readonly text: string; readonly signatures: readonly NoteSignature[] };

/** Key names hold neither white space nor a plus. */
const isKeyName = (name: string): boolean => name !== "" && !/[\s+]/u.test(name);

const bigEndian = (value: number, bytes: number): Uint8Array => {
  const found = new Uint8Array(bytes);
  let rest = value;
  for (let at = bytes - 1; at >= 0; at--) {
    found[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return found;
};
const numberOf = (bytes: Uint8Array): number => bytes.reduce((sum, byte) => sum * 256 + byte, 0);

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const PLACES = new Map(Array.from(ALPHABET, (character, place) => [character, place]));

/** Base64 of RFC 4648 section 4, padded. */
export const toBase64 = (bytes: Uint8Array): string => {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const word = (bytes[at]! << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    text += ALPHABET[word >> 18]! + ALPHABET[(word >> 12) & 63]!;
    text += at + 1 < bytes.length ? ALPHABET[(word >> 6) & 63]! : "=";
    text += at + 2 < bytes.length ? ALPHABET[word & 63]! : "=";
  }
  return text;
};

/** Null for anything but the one spelling that `toBase64` gives: two texts of the same bytes would be two notes. */
export const fromBase64 = (text: string): Uint8Array | null => {
  if (text.length % 4 !== 0) return null;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let word = 0;
  for (let at = 0; at < text.length; at++) {
    const place = at >= text.length - padding ? 0 : PLACES.get(text[at]!);
    if (place === undefined) return null;
    word = ((word << 6) | place) & 0xffffff;
    if (at % 4 === 3)
      for (let k = 0; k < 3; k++) {
        const into = ((at - 3) / 4) * 3 + k;
        if (into < bytes.length) bytes[into] = (word >> (16 - 8 * k)) & 255;
      }
  }
  return toBase64(bytes) === text ? bytes : null;
};

const isPublicKey = (type: KeyType, bytes: Uint8Array): boolean =>
  bytes.length === KINDS[type].keyBytes && (KINDS[type].algorithm !== "sm2" || bytes[0] === 4);

/** Key ID: the first four bytes of SHA-256(name ‖ line break ‖ type ‖ public key), in every suite: it names, and proves nothing. */
export const keyId = (sha256: Hash, name: string, type: KeyType, publicKey: Uint8Array): number =>
  numberOf(sha256(concat(utf8(`${name}\n`), KINDS[type].mark, publicKey)).subarray(0, 4));

export const verifierKey = (sha256: Hash, name: string, type: KeyType, publicKey: Uint8Array): VerifierKey => {
  if (!isKeyName(name)) throw new RangeError(`"${name}" is no name of a key`);
  if (!isPublicKey(type, publicKey)) throw new RangeError(`${publicKey.length} bytes are no public key of ${type}`);
  return { name, id: keyId(sha256, name, type, publicKey), type, publicKey };
};

/** A verifier key as text: name+id+base64(type ‖ public key). */
export const formatVerifierKey = ({ name, id, type, publicKey }: VerifierKey): string =>
  `${name}+${id.toString(16).padStart(8, "0")}+${toBase64(concat(KINDS[type].mark, publicKey))}`;

/** Null where the text is no key of a known type, or its ID is not that of its name and key. */
export const parseVerifierKey = (sha256: Hash, text: string): VerifierKey | null => {
  const [name, id, key, ...more] = splitKey(text);
  if (name === undefined || id === undefined || key === undefined || more.length > 0 || !isKeyName(name) || !/^[0-9a-f]{8}$/.test(id))
    return null;
  const bytes = fromBase64(key);
  const type = KEY_TYPES.find(
    (each) =>
      bytes &&
      sameBytes(bytes.subarray(0, KINDS[each].mark.length), KINDS[each].mark) &&
      isPublicKey(each, bytes.subarray(KINDS[each].mark.length)),
  );
  if (!bytes || !type) return null;
  const found = verifierKey(sha256, name, type, bytes.slice(KINDS[type].mark.length));
  return found.id === Number.parseInt(id, 16) ? found : null;
};
/** Base64 may hold a plus of its own; names and IDs do not. */
const splitKey = (text: string): string[] => {
  const first = text.indexOf("+");
  const second = text.indexOf("+", first + 1);
  return first < 0 || second < 0 ? [] : [text.slice(0, first), text.slice(first + 1, second), text.slice(second + 1)];
};

const MOST_SIGNATURES = 64;

/** A note, or null where it is none: the text before its last empty line, then one signature a line. */
export const parseNote = (note: string): Note | null => {
  // oxlint-disable-next-line no-control-regex -- control characters are what a note may not hold
  if (/[\u0000-\u0009\u000b-\u001f]/.test(note) || !note.isWellFormed() || !note.endsWith("\n")) return null;
  const end = note.lastIndexOf("\n\n");
  if (end < 0) return null;
  const lines = note.slice(end + 2, -1).split("\n");
  if (lines.length > MOST_SIGNATURES) return null;
  const signatures: NoteSignature[] = [];
  for (const line of lines) {
    const found = /^— (\S+) (\S+)$/u.exec(line);
    const bytes = found && fromBase64(found[2]!);
    if (!found || !bytes || bytes.length < 5 || !isKeyName(found[1]!)) return null;
    signatures.push({ name: found[1]!, id: numberOf(bytes.subarray(0, 4)), bytes: bytes.slice(4) });
  }
  return { text: note.slice(0, end + 1), signatures };
};

export const formatNote = ({ text, signatures }: Note): string =>
  `${text}\n${signatures.map(({ name, id, bytes }) => `— ${name} ${toBase64(concat(bigEndian(id, 4), bytes))}\n`).join("")}`;

/** What a log says of its tree. */
export type Checkpoint = {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
  /** Lines that this log adds; auditors do not look at them. */
  readonly extensions: readonly string[];
};

export const formatCheckpoint = ({ origin, size, root, extensions }: Checkpoint): string =>
  [origin, String(size), toBase64(root), ...extensions].map((line) => `${line}\n`).join("");

/** Null where the text is no checkpoint; a size beyond 2^53 is none here. */
export const parseCheckpoint = (text: string): Checkpoint | null => {
  if (!text.endsWith("\n")) return null;
  const [origin, sizeText, rootText, ...extensions] = text.slice(0, -1).split("\n");
  if (!origin || sizeText === undefined || rootText === undefined || !/^(0|[1-9]\d{0,15})$/.test(sizeText)) return null;
  const size = Number(sizeText);
  const root = fromBase64(rootText);
  if (!Number.isSafeInteger(size) || root?.length !== HASH_BYTES || extensions.includes("")) return null;
  return { origin, size, root, extensions };
};

/** What is signed: a note's text for a log's own key; with name, time and tree for cosigners (tlog-cosignature; SM2 as ML-DSA-44). */
export const signedMessage = (key: Pick<VerifierKey, "name" | "type">, text: string, timestamp: number): Uint8Array | null => {
  if (!isTimed(key)) return utf8(text);
  if (key.type === "ed25519-cosignature") return utf8(`cosignature/v1\ntime ${timestamp}\n${text}`);
  const checkpoint = parseCheckpoint(text);
  if (!checkpoint) return null;
  const vector = (value: string) => {
    const bytes = utf8(value);
    return bytes.length >= 1 && bytes.length <= 255 ? concat(Uint8Array.of(bytes.length), bytes) : null;
  };
  const name = vector(key.name);
  const origin = vector(checkpoint.origin);
  if (!name || !origin) return null;
  return concat(
    utf8("subtree/v1\n\0"),
    name,
    bigEndian(timestamp, 8),
    origin,
    bigEndian(0, 8),
    bigEndian(checkpoint.size, 8),
    checkpoint.root,
  );
};

/** The bytes of a signature line's signature: the time first, where there is one. */
export const signatureBytes = (type: KeyType, timestamp: number, signature: Uint8Array): Uint8Array =>
  KINDS[type].timed ? concat(bigEndian(timestamp, 8), signature) : signature;

export type Verified = {
  readonly key: VerifierKey;
  /** Seconds since 1970; null for a key that signs no time. */ readonly timestamp: number | null;
};

/**
 * The known keys whose signatures hold, or which one does not: a signature by a known key that fails condemns the note;
 * those of unknown keys are passed over.
 */
export const verifySignatures = (
  note: Note,
  keys: readonly VerifierKey[],
  verify: Verify,
): { readonly verified: readonly Verified[]; readonly refused: VerifierKey | null } => {
  const verified: Verified[] = [];
  for (const { name, id, bytes } of note.signatures) {
    const key = keys.find((each) => each.name === name && each.id === id);
    if (!key || verified.some((each) => each.key === key)) continue;
    const { algorithm, timed, signatureBytes: length } = KINDS[key.type];
    const timestamp = timed ? numberOf(bytes.subarray(0, 8)) : null;
    const message =
      bytes.length === length + (timed ? 8 : 0) && Number.isSafeInteger(timestamp ?? 0)
        ? signedMessage(key, note.text, timestamp ?? 0)
        : null;
    if (!message || !verify(algorithm, key.publicKey, message, timed ? bytes.slice(8) : bytes)) return { verified, refused: key };
    verified.push({ key, timestamp });
  }
  return { verified, refused: null };
};

export const sameKey = (a: VerifierKey, b: VerifierKey): boolean => sameBytes(a.publicKey, b.publicKey);

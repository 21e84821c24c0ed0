/**
 * A bundle 存证包: a profile with everything that a reader needs to check it without the platform that made it and without a network:
 * the record that was logged of it, of its score and of each batch of its records, where in the log they stand, the checkpoint that
 * the log signed and witnesses cosigned, and that the log went on from an earlier one.
 *
 * A bundle is canonical JSON (RFC 8785): of every document there is one spelling, so that no byte can be changed unseen.
 */
import { type Json, type Text, canonicalJson } from "../basics/index.ts";
import {
  type Hash,
  type Hashes,
  type TrustPolicy,
  type Verify,
  formatProof,
  formatVerifierKey,
  fromBase64,
  leafHash,
  parsePolicy,
  sameBytes,
  suiteOf,
  toBase64,
  trustCheckpoint,
  verifyConsistency,
  verifyInclusion,
} from "../tlog/index.ts";
import { type EvidenceRecord, SALT_BYTES, entryOf, hexOf } from "./record.ts";

declare const TextEncoder: new () => { encode(text: string): Uint8Array };

const FORMAT = "zhiwei-bundle@v1";

/** A record, what its commitment is opened with, and its way to the root. */
export type Statement = {
  readonly record: EvidenceRecord;
  /** Hex. */
  readonly salt: string;
  readonly index: number;
  /** Base64, the leaf's sibling first. */
  readonly hashes: readonly string[];
};

/** What of a profile is looked at here; all of it is hashed. */
export type BundledProfile = {
  readonly enterprise: { readonly id: string };
  readonly asOf: string;
  readonly used: { readonly batches: readonly { readonly id: string; readonly sha256: string; readonly rows: number }[] };
};

export type Bundle = {
  readonly format: typeof FORMAT;
  readonly profile: BundledProfile;
  readonly statements: {
    readonly profile: Statement;
    readonly score: Statement | null;
    /** In the order of the profile's `used.batches`. */
    readonly batches: readonly Statement[];
  };
  /** The signed note with its cosignatures. */
  readonly checkpoint: string;
  /** An earlier checkpoint of the same log, and the proof that this one goes on from it. */
  readonly earlier: { readonly checkpoint: string; readonly hashes: readonly string[] } | null;
  /** C2SP tlog-policy that lists the log's keys and exactly the witnesses who cosigned. What it is worth, the reader decides. */
  readonly policy: string;
};

/** The offline proof of a statement in the format that other verifiers read (C2SP tlog-proof). */
export const proofOfStatement = ({ index, hashes }: Statement, checkpoint: string): string =>
  formatProof({ extra: null, index, hashes: hashes.map((each) => fromBase64(each)!), checkpoint });

export const formatBundle = (bundle: Bundle): string => canonicalJson(bundle as unknown as Json);

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const has = (value: unknown, ...keys: readonly string[]): value is Record<string, unknown> =>
  isObject(value) && Object.keys(value).length === keys.length && keys.every((key) => Object.hasOwn(value, key));
const isHashes = (value: unknown): value is string[] =>
  Array.isArray(value) && value.length <= 64 && value.every((each) => typeof each === "string" && fromBase64(each)?.length === 32);

const isStatement = (value: unknown): value is Statement =>
  has(value, "record", "salt", "index", "hashes") &&
  has(value["record"], "kind", "subject", "at", "content") &&
  isObject(value["record"]["content"]) &&
  typeof value["salt"] === "string" &&
  new RegExp(`^[0-9a-f]{${SALT_BYTES * 2}}$`).test(value["salt"]) &&
  Number.isSafeInteger(value["index"]) &&
  (value["index"] as number) >= 0 &&
  isHashes(value["hashes"]);

const isProfile = (value: unknown): value is BundledProfile =>
  isObject(value) &&
  isObject(value["enterprise"]) &&
  typeof value["enterprise"]["id"] === "string" &&
  typeof value["asOf"] === "string" &&
  isObject(value["used"]) &&
  Array.isArray(value["used"]["batches"]) &&
  value["used"]["batches"].every(
    (each) => isObject(each) && typeof each["id"] === "string" && typeof each["sha256"] === "string" && typeof each["rows"] === "number",
  );

/** Null where the text is no bundle, or not in its one spelling (a line break at its end is let pass). */
export const parseBundle = (text: string): Bundle | null => {
  const value = parseCanonical(text);
  if (!has(value, "format", "profile", "statements", "checkpoint", "earlier", "policy")) return null;
  const { format, profile, statements, checkpoint, earlier, policy } = value;
  if (format !== FORMAT || typeof checkpoint !== "string" || typeof policy !== "string" || !isProfile(profile)) return null;
  if (
    earlier !== null &&
    !(has(earlier, "checkpoint", "hashes") && typeof earlier["checkpoint"] === "string" && isHashes(earlier["hashes"]))
  )
    return null;
  if (!has(statements, "profile", "score", "batches") || !isStatement(statements["profile"])) return null;
  if (statements["score"] !== null && !isStatement(statements["score"])) return null;
  if (!Array.isArray(statements["batches"]) || !statements["batches"].every(isStatement)) return null;
  return value as unknown as Bundle;
};

/** The value of a text that is canonical JSON, or undefined. */
export const parseCanonical = (text: string): unknown => {
  const body = text.endsWith("\n") ? text.slice(0, -1) : text;
  try {
    const value = JSON.parse(body) as unknown;
    return canonicalJson(value as Json) === body ? value : undefined;
  } catch {
    return undefined;
  }
};

/** Who has to vouch for a checkpoint, as a policy that lists the keys and asks for all of the witnesses. */
export const policyOf = (logs: TrustPolicy["logs"], witnesses: TrustPolicy["witnesses"]): string =>
  [
    ...logs.map((key) => `log ${formatVerifierKey(key)}`),
    ...witnesses.map((key, at) => `witness w${at + 1} ${formatVerifierKey(key)}`),
    ...(witnesses.length > 0 ? [`group all all ${witnesses.map((_, at) => `w${at + 1}`).join(" ")}`, "quorum all"] : ["quorum none"]),
    "",
  ].join("\n");

/** One thing that was looked at, by a name that stays the same. */
export type Check = { readonly name: string; readonly ok: boolean; readonly detail: Text };

/** The hashes of both suites, of which SHA-256 is also that of documents, and the check of a signature. */
export type Means = { readonly hashes: Hashes; readonly verify: Verify };

export type Trust = {
  /** Whom the reader trusts. Without it the bundle's own keys are taken, which proves that it hangs together and no more. */
  readonly policy?: TrustPolicy;
  /** A checkpoint of the same log that the reader has from elsewhere: same size, same root, or it is another history. */
  readonly known?: string;
};

export const bytesOfHex = (hex: string): Uint8Array =>
  Uint8Array.from({ length: hex.length / 2 }, (_, at) => Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16));

const FAULTS: Readonly<Record<string, Text>> = {
  note: { zh: "不是签名文书", en: "it is no signed note" },
  checkpoint: { zh: "不是检查点", en: "it is no checkpoint" },
  "unknown-log": { zh: "不是所信任的日志", en: "its log is not among those trusted" },
  signature: { zh: "有一个签名不成立", en: "one of its signatures does not hold" },
  "no-log-signature": { zh: "没有日志自己的签名", en: "the log has not signed it" },
  quorum: { zh: "会签的见证人不足", en: "too few witnesses have cosigned it" },
};

/**
 * Checks a bundle, offline. Every check is made that can be made, in this order: `format`, `profile-hash`, `policy`, `signatures`,
 * `statement …`, `inclusion …`, `consistency`, `known`. Whatever was changed in the bundle, by one bit, is named by one of them.
 */
export const verifyBundle = (text: string, { hashes, verify }: Means, trust: Trust = {}): readonly Check[] => {
  const sha256 = hashes.international;
  const checks: Check[] = [];
  const check = (name: string, ok: boolean, good: Text, bad: Text) => {
    checks.push({ name, ok, detail: ok ? good : bad });
    return ok;
  };
  const bundle = parseBundle(text);
  if (!bundle) {
    check("format", false, NOTHING, {
      zh: "不是知微存证包，或已被改动：存证包只有一种写法（RFC 8785）。",
      en: "This is no bundle, or it was changed: of a bundle there is one spelling (RFC 8785).",
    });
    return checks;
  }
  check("format", true, { zh: "存证包格式完整", en: "The bundle is whole" }, NOTHING);
  const utf8 = new TextEncoder();
  const { profile, statements, checkpoint, earlier } = bundle;
  const digest = hexOf(sha256(utf8.encode(canonicalJson(profile as unknown as Json))));
  const stated = statements.profile.record;
  check(
    "profile-hash",
    stated.kind === "profile" &&
      stated.content["sha256"] === digest &&
      stated.subject === profile.enterprise.id &&
      stated.content["asOf"] === profile.asOf,
    { zh: `画像的 SHA-256 为 ${digest}，与存证一致`, en: `The profile's SHA-256 is ${digest}, as was logged` },
    { zh: `画像的 SHA-256 为 ${digest}，与存证不符`, en: `The profile's SHA-256 is ${digest}, which is not what was logged` },
  );

  const parsed = trust.policy ? { ok: true as const, value: trust.policy } : parsePolicy(sha256, bundle.policy);
  const whose: Text = trust.policy
    ? { zh: "按您给出的信任策略", en: "By the policy that you gave" }
    : {
        zh: "按存证包自带的公钥：请另行向日志运营方核对公钥",
        en: "By the keys in the bundle itself: compare them with those that the log's operator publishes",
      };
  if (
    !check("policy", parsed.ok && (trust.policy !== undefined || ownKeys(parsed.value)), whose, {
      zh: "信任策略无法读取",
      en: "The policy cannot be read",
    }) ||
    !parsed.ok
  )
    return checks;
  const policy = parsed.value;
  const trusted = trustCheckpoint(checkpoint, policy, verify);
  // Every log key that is listed has to have signed, not one of them: nothing in the bundle may be changed unseen.
  const every = trusted.ok && policy.logs.filter((log) => log.name === trusted.value.checkpoint.origin);
  const whole = trusted.ok && every && every.every((log) => trusted.value.signatures.some(({ key }) => key === log));
  const signed = trusted.ok
    ? {
        zh: `检查点：${trusted.value.checkpoint.size} 条存证，${trusted.value.signatures.length} 个签名成立`,
        en: `The checkpoint of ${trusted.value.checkpoint.size} entries, ${trusted.value.signatures.length} signatures of which hold`,
      }
    : NOTHING;
  const fault = trusted.ok ? FAULTS["no-log-signature"]! : FAULTS[trusted.error]!;
  if (
    !check("signatures", trusted.ok && whole && exactSignatures(checkpoint, trusted.value.signatures.length, trust), signed, {
      zh: `检查点不可信：${fault.zh}`,
      en: `The checkpoint is not to be trusted: ${fault.en}`,
    }) ||
    !trusted.ok
  )
    return checks;
  const { origin, size, root } = trusted.value.checkpoint;
  // The log's keys say by which hash its tree is made.
  const hash = hashes[suiteOf(policy.logs.find((log) => log.name === origin)!)];

  const include = (name: string, { record, salt, index, hashes }: Statement) => {
    const leaf = leafHash(hash, entryOf(hash, bytesOfHex(salt), record));
    check(
      `inclusion ${name}`,
      verifyInclusion(
        hash,
        leaf,
        index,
        size,
        hashes.map((each) => fromBase64(each)!),
        root,
      ),
      { zh: `是日志 ${origin} 的第 ${index} 条`, en: `It is entry ${index} of the log ${origin}` },
      {
        zh: "不在日志中：记录、盐值、位置或证明路径被改动过",
        en: "It is not in the log: the record, its salt, its place or its proof was changed",
      },
    );
  };
  include("profile", statements.profile);
  if (statements.score) {
    const { record } = statements.score;
    check(
      "statement score",
      record.kind === "score" && record.subject === profile.enterprise.id && record.content["asOf"] === profile.asOf,
      { zh: "评分属于这家企业、这一天", en: "The score is this enterprise's, of this day" },
      { zh: "评分不属于这家企业或这一天", en: "The score is not this enterprise's, or not of this day" },
    );
    include("score", statements.score);
  }
  const { batches } = profile.used;
  check(
    "statement batches",
    batches.length === statements.batches.length &&
      batches.every((batch, at) => {
        const { kind, content } = statements.batches[at]!.record;
        return (
          kind === "import-batch" && content["batch"] === batch.id && content["sha256"] === batch.sha256 && content["rows"] === batch.rows
        );
      }),
    { zh: `画像引用的 ${batches.length} 个批次都有存证`, en: `Each of the ${batches.length} batches that the profile cites was logged` },
    { zh: "画像引用的批次与存证不符", en: "The batches that the profile cites are not those that were logged" },
  );
  for (const [at, statement] of statements.batches.entries()) include(`batch ${batches[at]?.id ?? at}`, statement);

  if (earlier) {
    const before = trustCheckpoint(earlier.checkpoint, { ...policy, witnesses: [], quorum: null }, verify);
    check(
      "consistency",
      before.ok &&
        before.value.checkpoint.origin === origin &&
        exactSignatures(earlier.checkpoint, before.value.signatures.length, trust) &&
        verifyConsistency(
          hash,
          before.value.checkpoint.size,
          before.value.checkpoint.root,
          size,
          root,
          earlier.hashes.map((each) => fromBase64(each)!),
        ),
      {
        zh: `日志从 ${before.ok ? before.value.checkpoint.size : 0} 条增长到 ${size} 条，此前的没有改动`,
        en: `The log grew from ${before.ok ? before.value.checkpoint.size : 0} to ${size} entries, and none before was changed`,
      },
      { zh: "日志与较早的检查点不一致：历史被改写过", en: "The log does not go on from the earlier checkpoint: its history was rewritten" },
    );
  }
  if (trust.known !== undefined) {
    const known = trustCheckpoint(trust.known, { ...policy, witnesses: [], quorum: null }, verify);
    const candidates = [trusted.value.checkpoint, ...(earlier ? [trustedOf(earlier.checkpoint, policy, verify)] : [])];
    const same = known.ok ? candidates.find((each) => each?.size === known.value.checkpoint.size) : undefined;
    check(
      "known",
      known.ok && same != null && same.origin === known.value.checkpoint.origin && sameBytes(same.root, known.value.checkpoint.root),
      { zh: "与您手中的检查点是同一段历史", en: "It is the history of the checkpoint that you hold" },
      known.ok && same === undefined
        ? {
            zh: "存证包里没有到您手中检查点的一致性证明；请以该检查点重新导出",
            en: "The bundle holds no proof to the checkpoint that you hold; have it exported with that one",
          }
        : {
            zh: "与您手中的检查点不是同一段历史：日志分叉了",
            en: "It is another history than that of the checkpoint that you hold: the log has forked",
          },
    );
  }
  return checks;
};

const NOTHING: Text = { zh: "", en: "" };

const trustedOf = (signed: string, policy: TrustPolicy, verify: Verify) => {
  const found = trustCheckpoint(signed, { ...policy, witnesses: [], quorum: null }, verify);
  return found.ok ? found.value.checkpoint : null;
};

/** The keys that a bundle brings along are of one log. */
const ownKeys = ({ logs }: TrustPolicy): boolean => logs.length > 0 && logs.every((log) => log.name === logs[0]!.name);

/** By the bundle's own keys no signature may stand there that nobody looked at: it could be changed unseen. */
const exactSignatures = (note: string, verified: number, { policy }: Trust): boolean =>
  policy !== undefined || note.split("\n").filter((line) => line.startsWith("— ")).length === verified;

/** A statement as it goes into a bundle. */
export const statementOf = (record: EvidenceRecord, salt: Uint8Array, index: number, hashes: readonly Uint8Array[]): Statement => ({
  record,
  salt: hexOf(salt),
  index,
  hashes: hashes.map(toBase64),
});

/** Whether a record, as it is kept, is the one that the entry commits to. */
export const opens = (hash: Hash, entry: Uint8Array, salt: Uint8Array, record: unknown): boolean =>
  sameBytes(entryOf(hash, salt, record as EvidenceRecord), entry);

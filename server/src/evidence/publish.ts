/**
 * Publishes the evidence log: signs the tree as it has grown and has witnesses cosign it (C2SP tlog-witness). A checkpoint counts
 * once the quorum of the configured policy has cosigned; until then readers get the last one that counts.
 */
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { sql } from "kysely";
import { problem } from "@zhiwei/core/basics";
import {
  type TrustPolicy,
  type VerifierKey,
  formatNote,
  formatVerifierKey,
  formatSubmission,
  parseNote,
  parsePolicy,
  trustCheckpoint,
  verifySignatures,
} from "@zhiwei/core/tlog";
import { queueCheckpoint } from "../chain/outbox.ts";
import { commitReads } from "../consent/index.ts";
import type { Db } from "../db/index.ts";
import { describeError, log } from "../http/log.ts";
import { Refusal } from "../http/refusal.ts";
import type { Platform } from "../platform.ts";
import { readNote, writeNote } from "../system/notes.ts";
import { type NoteSigner, logSigners, sha256, verify } from "./keys.ts";
import { type SignedCheckpoint, consistencyOf, headOf, latestCheckpoint, signCheckpoint } from "./log.ts";

export type Witnessed = { readonly name: string; readonly url: string; readonly keys: readonly VerifierKey[] };

/** The log of this platform: its name, its keys, and who is asked to cosign. */
export type Evidence = {
  readonly origin: string;
  readonly signers: readonly NoteSigner[];
  /** The log's own keys with the witnesses and the quorum of the configured policy; with none configured, no quorum. */
  readonly policy: TrustPolicy;
  readonly witnesses: readonly Witnessed[];
  /** The same policy as text, for whoever verifies: our own keys, then the lines of the configured file that are no logs. */
  readonly policyText: string;
};

const badPolicy = (path: string, zh: string, en: string) =>
  new Refusal(
    500,
    problem(
      "witness-policy",
      `见证策略文件 ${path} 有误：${zh}`,
      `The witness policy ${path} is wrong: ${en}`,
      "请按 C2SP tlog-policy 改正：每个见证人一行 witness 名称 公钥 网址，并以 quorum 一行结尾；所列 log 行可省略。",
      "Correct it after C2SP tlog-policy: a line `witness NAME KEY URL` for each, and a line `quorum …` at the end; `log` lines may be left out.",
    ),
  );

/** Reads name, keys and witnesses, and makes name and keys at the first use. Throws a Refusal where the policy cannot be read. */
export const openEvidence = async ({ config, db }: Platform): Promise<Evidence> => {
  let name = (await readNote(db, "evidence-log"))?.origin;
  if (name === undefined) {
    name = config.logOrigin ?? `zhiwei.invalid/log/${randomUUID()}`;
    await writeNote(db, "evidence-log", { origin: name });
  }
  const origin = name;
  const signers = await logSigners(join(config.dataFolder, "evidence", "keys"), origin, config.suite);
  const logs = signers.map((signer) => signer.key);
  const path = config.witnessPolicy;
  const own = logs.map((key) => `log ${formatVerifierKey(key)}\n`).join("");
  if (path === null)
    return { origin, signers, policy: { logs, witnesses: [], quorum: null }, witnesses: [], policyText: `${own}quorum none\n` };
  const text = await readFile(path, "utf8").catch((error: Error) => {
    throw badPolicy(path, error.message, error.message);
  });
  const parsed = parsePolicy(sha256, text);
  if (!parsed.ok)
    throw badPolicy(path, `第 ${parsed.error.line} 行（${parsed.error.code}）。`, `line ${parsed.error.line} (${parsed.error.code}).`);
  const urls = new Map(
    text.split("\n").flatMap((line) => {
      const [kind, , key, url] = line.split(/[ \t]+/).filter((word) => word !== "");
      return kind === "witness" && key !== undefined && url !== undefined ? [[key.split("+")[0]!, url] as const] : [];
    }),
  );
  const names = [...new Set(parsed.value.witnesses.map((key) => key.name))];
  return {
    origin,
    signers,
    policy: { ...parsed.value, logs },
    policyText:
      own +
      text
        .split("\n")
        .filter((line) => !/^\s*log\s/.test(line))
        .join("\n"),
    witnesses: names.map((name) => {
      const url = urls.get(name);
      if (url === undefined || !/^https?:\/\//.test(url))
        throw badPolicy(path, `见证人 ${name} 没有网址。`, `the witness ${name} has no address.`);
      return { name, url: url.replace(/\/$/, ""), keys: parsed.value.witnesses.filter((key) => key.name === name) };
    }),
  };
};

/** A checkpoint with the cosignatures that it has. */
export const cosigned = async (db: Db, checkpoint: SignedCheckpoint): Promise<SignedCheckpoint> => {
  const lines = await db
    .selectFrom("evidence_cosignature")
    .select("line")
    .where("size", "=", checkpoint.size)
    .orderBy("witness")
    .orderBy("key_id")
    .execute();
  return { ...checkpoint, signed: checkpoint.signed + lines.map(({ line }) => `${line}\n`).join("") };
};

/** The latest checkpoint that counts by the policy, with its cosignatures; null while there is none. At most the last 200 are looked at. */
export const countedCheckpoint = async (db: Db, { policy }: Evidence, least = 0): Promise<SignedCheckpoint | null> => {
  const recent = await db
    .selectFrom("evidence_checkpoint")
    .select(["size", "root", "signed"])
    .where("size", ">=", least)
    .orderBy("size", "desc")
    .limit(policy.quorum ? 200 : 1)
    .execute();
  for (const each of recent) {
    const found = await cosigned(db, each);
    if (trustCheckpoint(found.signed, policy, verify).ok) return found;
  }
  return null;
};

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

const raise = async (
  db: Db,
  code: "witness-ahead" | "witness-refused" | "own-fork",
  witness: string | null,
  size: number,
  detail: string,
) => {
  log(`evidence: ${code}${witness === null ? "" : ` (${witness})`} at ${size} entries: ${detail}`);
  await db
    .insertInto("evidence_alarm")
    .values({ code, witness, size, detail })
    .onConflict((on) => on.doNothing())
    .execute();
};

const WAIT_MS = 10_000;
/** How often a witness may correct us on its size in one turn: two servers of one log may both be asking it. */
const MOST_TURNS = 4;

/** Has one witness cosign a checkpoint. What it said is kept; a history that is not ours raises an alarm. */
const ask = async (db: Db, witness: Witnessed, checkpoint: SignedCheckpoint, fetch: Fetch): Promise<void> => {
  const { name, url, keys } = witness;
  const seen = await db.selectFrom("evidence_witness").select("size").where("witness", "=", name).executeTakeFirst();
  const settle = (size: number, problem: string | null) =>
    db
      .insertInto("evidence_witness")
      .values({ witness: name, size, problem })
      .onConflict((on) => on.column("witness").doUpdateSet({ size, problem, asked_at: sql<string>`now()` }))
      .execute();
  let old = Math.min(seen?.size ?? 0, checkpoint.size);
  for (let turn = 1; turn <= MOST_TURNS; turn++) {
    let reply: Response;
    let body: string;
    try {
      const proof = await consistencyOf(db, old, checkpoint.size);
      reply = await fetch(`${url}/add-checkpoint`, {
        method: "POST",
        body: formatSubmission(old, proof, checkpoint.signed),
        signal: AbortSignal.timeout(WAIT_MS),
      });
      body = await reply.text();
    } catch (error) {
      await settle(old, `unreachable: ${describeError(error).split("\n")[0]!.slice(0, 200)}`);
      return;
    }
    if (reply.status === 409) {
      const size = /^(0|[1-9]\d{0,15})\n$/.test(body) ? Number(body) : Number.NaN;
      if (size > checkpoint.size) {
        // Another server of this log may have published meanwhile; a size beyond what the log has cannot be ours.
        if (size > (await headOf(db)).size)
          await raise(db, "witness-ahead", name, size, `the witness has cosigned ${size} entries, and there are fewer here`);
        await settle(old, null);
        return;
      }
      if (Number.isSafeInteger(size) && size !== old) {
        old = size;
        continue;
      }
    }
    if (reply.status === 200) {
      const note = parseNote(checkpoint.signed)!;
      const answer = parseNote(`${note.text}\n${body}`);
      const { verified } = answer ? verifySignatures(answer, keys, verify) : { verified: [] };
      if (!answer || verified.length === 0) {
        await settle(old, "its answer holds no cosignature of its keys");
        return;
      }
      await db
        .insertInto("evidence_cosignature")
        .values(
          verified.map(({ key }) => {
            const signature = answer.signatures.find((each) => each.name === key.name && each.id === key.id)!;
            return { size: checkpoint.size, witness: name, key_id: key.id, line: formatNote({ text: "", signatures: [signature] }).trim() };
          }),
        )
        .onConflict((on) => on.doNothing())
        .execute();
      await settle(checkpoint.size, null);
      return;
    }
    if (reply.status === 422)
      await raise(db, "witness-refused", name, checkpoint.size, `the witness holds another history than ours from ${old} entries on`);
    await settle(old, `answered ${reply.status}`);
    return;
  }
  await settle(old, "its size keeps changing");
};

/** Signs what has been added and asks the witnesses that are behind. Gives the checkpoint that counts now, or null while none does. */
export const publish = async (db: Db, evidence: Evidence, now: Date, fetch: Fetch = globalThis.fetch): Promise<SignedCheckpoint | null> => {
  let checkpoint: SignedCheckpoint;
  try {
    checkpoint = await signCheckpoint(db, evidence.signers, now);
  } catch (error) {
    const last = await latestCheckpoint(db);
    if (last && /nothing is signed/.test((error as Error).message)) await raise(db, "own-fork", null, last.size, (error as Error).message);
    throw error;
  }
  if (evidence.witnesses.length > 0) {
    const asked = await db.selectFrom("evidence_witness").select(["witness", "size"]).execute();
    const behind = evidence.witnesses.filter(
      (witness) => (asked.find((each) => each.witness === witness.name)?.size ?? -1) < checkpoint.size,
    );
    await Promise.all(behind.map((witness) => ask(db, witness, checkpoint, fetch)));
  }
  return countedCheckpoint(db, evidence);
};

/** How often the log commits to the reads since the last time. */
const COMMIT_READS_MS = 60_000;
/** How often the log is looked at. What was added is signed within this time; nothing is done while nothing was added. */
const LOOK_EVERY_MS = 2_000;
/** A witness that did not answer is asked again after this time, also when nothing was added. */
const ASK_AGAIN_MS = 60_000;

/** A chain is asked to hold a checkpoint no more often than this; each later one speaks for those before it. */
const ANCHOR_EVERY_MS = 60_000;

export type Publisher = { /** Waits for what is under way. */ stop(): Promise<void> };

/** Publishes the log for as long as the server runs. */
export const startPublisher = (platform: Platform, evidence: Evidence): Publisher => {
  const { db } = platform;
  let under: Promise<unknown> | null = null;
  let last = { size: -1, at: 0 };
  let anchored = { size: 0, at: 0 };
  let reads = 0;
  const turn = async () => {
    if (Date.now() - reads >= COMMIT_READS_MS) {
      await commitReads(db, new Date());
      reads = Date.now();
    }
    const { size } = await headOf(db);
    const due = size > anchored.size && Date.now() - anchored.at >= ANCHOR_EVERY_MS;
    const quiet = size === last.size && !due;
    if (quiet && (evidence.witnesses.length === 0 || Date.now() - last.at < ASK_AGAIN_MS)) return;
    const counted = await publish(db, evidence, new Date());
    last = { size, at: Date.now() };
    if (counted && counted.size > anchored.size && Date.now() - anchored.at >= ANCHOR_EVERY_MS) {
      await db.transaction().execute((tx) => queueCheckpoint(tx, { origin: evidence.origin, ...counted }));
      anchored = { size: counted.size, at: Date.now() };
    }
  };
  const look = () => {
    under ??= turn()
      .catch((error: unknown) => log(`evidence: ${describeError(error)}`))
      .finally(() => (under = null));
  };
  look();
  const timer = setInterval(look, LOOK_EVERY_MS).unref();
  return {
    stop: async () => {
      clearInterval(timer);
      await under;
    },
  };
};

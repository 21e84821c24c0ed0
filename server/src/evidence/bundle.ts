/** Makes the bundle of a profile: its records of evidence with their proofs, under the checkpoint that counts now. */
import { sql } from "kysely";
import { problem } from "@zhiwei/core/basics";
import {
  type Bundle,
  type BundledProfile,
  type EvidenceRecord,
  type Statement,
  formatBundle,
  policyOf,
  statementOf,
} from "@zhiwei/core/evidence";
import { parseProof, toBase64, trustCheckpoint } from "@zhiwei/core/tlog";
import type { Db } from "../db/index.ts";
import { Refusal } from "../http/refusal.ts";
import { verify } from "./keys.ts";
import { type SignedCheckpoint, consistencyOf, proofOf } from "./log.ts";
import { type Evidence, countedCheckpoint, publish } from "./publish.ts";
import { type KeptRecord, recordAbout } from "./records.ts";

const notLogged = new Refusal(
  409,
  problem(
    "not-logged",
    "这份画像或它引用的批次没有存证，或存证已应请求删除。",
    "This profile, or a batch that it cites, was never logged, or its record was erased on request.",
    "请重新打开画像后再试；早于存证功能导入的数据需要重新导入。",
    "Open the profile again and retry; data imported before there was evidence has to be imported again.",
  ),
);
const notCounted = new Refusal(
  503,
  problem(
    "quorum-pending",
    "见证人尚未会签到这份存证，暂不能导出。",
    "The witnesses have not yet cosigned so far, so the bundle cannot be exported.",
    "请稍候再试；见证人状态见“存证”页。",
    "Try again in a moment; the page Evidence shows where the witnesses stand.",
  ),
);

/** The newest statement on an enterprise's score as of a day; null where none was made. */
const scoreRecord = async (db: Db, enterprise: string, asOf: string): Promise<KeptRecord | null> => {
  const found = await db
    .selectFrom("evidence_record")
    .select(["position", "salt", "record"])
    .where("subject", "=", enterprise)
    .where("kind", "=", "score")
    .where("record", "is not", null)
    .orderBy("position", "desc")
    .limit(50)
    .execute();
  const of = found.find(({ record }) => (JSON.parse(record!) as EvidenceRecord).content["asOf"] === asOf);
  return of ? { ...of, kind: "score" } : null;
};

const stated = async (db: Db, kept: KeptRecord | null, checkpoint: SignedCheckpoint): Promise<Statement> => {
  if (!kept?.record || !kept.salt) throw notLogged;
  const proof = parseProof(await proofOf(db, kept.position, checkpoint))!;
  return statementOf(JSON.parse(kept.record) as EvidenceRecord, kept.salt, kept.position, proof.hashes);
};

/**
 * The bundle of a profile that was stated, as canonical JSON. Publishes first where the records are not under a checkpoint that
 * counts. `known` is the size of a checkpoint that the reader holds: the bundle then proves that the log went on from there.
 * Refuses with `not-logged`, `quorum-pending`, `no-such-checkpoint`.
 */
export const bundleOf = async (
  db: Db,
  evidence: Evidence,
  { canonical, sha256 }: { readonly canonical: string; readonly sha256: string },
  now: Date,
  known?: number,
): Promise<string> => {
  const profile = JSON.parse(canonical) as BundledProfile;
  const own = await recordAbout(db, "profile", sha256);
  const score = await scoreRecord(db, profile.enterprise.id, profile.asOf);
  const batches = await Promise.all(profile.used.batches.map(({ id }) => recordAbout(db, "import-batch", id)));
  if (!own || batches.includes(null)) throw notLogged;
  const least = 1 + Math.max(own.position, score?.position ?? 0, ...batches.map((each) => each!.position));
  const checkpoint = (await countedCheckpoint(db, evidence, least)) ?? (await publish(db, evidence, now));
  if (!checkpoint || checkpoint.size < least) throw notCounted;

  const trusted = trustCheckpoint(checkpoint.signed, evidence.policy, verify);
  if (!trusted.ok) throw notCounted;
  const by = trusted.value.signatures.map(({ key }) => key);
  const before = await db
    .selectFrom("evidence_checkpoint")
    .select(["size", "root", "signed"])
    .where(
      known === undefined
        ? sql<boolean>`size < ${checkpoint.size} and size > 0`
        : sql<boolean>`size = ${known} and size <= ${checkpoint.size}`,
    )
    .orderBy("size", "desc")
    .limit(1)
    .executeTakeFirst();
  if (known !== undefined && !before)
    throw new Refusal(
      404,
      problem(
        "no-such-checkpoint",
        `本日志没有签署过 ${known} 条存证的检查点。`,
        `This log has signed no checkpoint of ${known} entries.`,
        "请核对您手中的检查点；若它确由本日志签署，说明日志分叉，请通知监管方。",
        "Check the checkpoint that you hold; if this log did sign it, the log has forked: tell the supervisor.",
      ),
    );
  const bundle: Bundle = {
    format: "zhiwei-bundle@v1",
    profile,
    statements: {
      profile: await stated(db, own, checkpoint),
      score: score && (await stated(db, score, checkpoint)),
      batches: await Promise.all(batches.map((each) => stated(db, each, checkpoint))),
    },
    checkpoint: checkpoint.signed,
    earlier:
      before && before.size < checkpoint.size
        ? { checkpoint: before.signed, hashes: (await consistencyOf(db, before.size, checkpoint.size)).map(toBase64) }
        : null,
    policy: policyOf(
      evidence.policy.logs,
      evidence.policy.witnesses.filter((key) => by.includes(key)),
    ),
  };
  return formatBundle(bundle);
};

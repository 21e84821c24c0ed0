/** The evidence of one step of a registration, such that it can be checked without this platform. */
import { type Json, canonicalJson, problem } from "@zhiwei/core/basics";
import type { EvidenceRecord } from "@zhiwei/core/evidence";
import type { FileReply } from "@zhiwei/api/route";
import type { Actor } from "../access/actor.ts";
import type { Db } from "../db/index.ts";
import { proofOf } from "../evidence/log.ts";
import { type Evidence, countedCheckpoint, publish } from "../evidence/publish.ts";
import { Refusal, notFound } from "../http/refusal.ts";
import { details } from "./registry.ts";

const erased = new Refusal(
  409,
  problem(
    "evidence-erased",
    "这条存证记录已应请求删除；日志中的条目仍在，但已无法对应到内容。",
    "This record of evidence was erased on request; its entry stays in the log, and can no longer be led back to its contents.",
    "请使用此前下载的存证文件。",
    "Use a copy that was downloaded before.",
  ),
);
const notCounted = new Refusal(
  503,
  problem(
    "quorum-pending",
    "见证人尚未会签到这份存证，暂不能导出。",
    "The witnesses have not yet cosigned so far, so it cannot be exported.",
    "请稍候再试；见证人状态见“存证”页。",
    "Try again in a moment; the page Evidence shows where the witnesses stand.",
  ),
);

/**
 * Canonical JSON: the document as it stood after the step, whose SHA-256 is in the record; the record, which with the salt makes the
 * entry of the log; the proof that the entry stands at its place under a checkpoint that counts.
 */
export const evidenceOfStep = async (
  db: Db,
  evidence: Evidence,
  actor: Actor,
  { id, position }: { readonly id: string; readonly position: number },
  now: Date,
): Promise<FileReply> => {
  const { events } = await details(db, actor, id, now);
  const event = events.find((each) => each.position === position);
  if (!event) throw notFound({ zh: "存证", en: "evidence" }, position);
  if (!event.evidence) throw erased;
  const checkpoint = (await countedCheckpoint(db, evidence, position + 1)) ?? (await publish(db, evidence, now));
  if (!checkpoint || checkpoint.size <= position) throw notCounted;
  const content: Json = {
    format: "zhiwei-pledge-evidence@v1",
    document: JSON.parse(event.document) as Json,
    record: JSON.parse(event.evidence.record) as EvidenceRecord as unknown as Json,
    salt: event.evidence.salt,
    proof: await proofOf(db, position, checkpoint),
  };
  return { type: "application/json; charset=utf-8", name: `pledge-${id.slice(0, 8)}-${position}.json`, content: canonicalJson(content) };
};

/** Decision policies 审批策略 of lenders: versions that a second person puts into force. */
import type { Selectable } from "kysely";
import type { listPolicies } from "@zhiwei/api/decision";
import type { Output } from "@zhiwei/api/route";
import { type Json, canonicalJson, problem } from "@zhiwei/core/basics";
import { type DecisionPolicy, POLICY_SCHEMA, settlePolicy } from "@zhiwei/core/decision";
import { type Fault, checkCondition, faultProblem } from "@zhiwei/core/product";
import type { Actor } from "../access/actor.ts";
import { type Db, serializable } from "../db/index.ts";
import { type Revision, remembering } from "../db/revision.ts";
import type { Database } from "../db/schema.ts";
import { logRecords } from "../evidence/records.ts";
import { Refusal, notFound } from "../http/refusal.ts";
import { sha256Hex } from "../system/hash.ts";

type Row = Selectable<Database["decision_policy"]>;
export type KeptPolicy = Output<typeof listPolicies>[number];

const toKept = (row: Row): KeptPolicy => ({
  provider: row.provider,
  version: row.version,
  state: row.state,
  sha256: row.sha256,
  madeBy: row.made_by,
  approvedBy: row.approved_by,
  document: JSON.parse(row.document) as KeptPolicy["document"],
});

const notYours = new Refusal(
  403,
  problem(
    "not-your-policy",
    "机构只能制定自己的审批策略。",
    "An institution makes its own policy alone.",
    "请由该机构或平台运营方操作。",
    "Have that institution or the operator do it.",
  ),
);
const mayWrite = (actor: Actor, provider: string): void => {
  if (actor.kind !== "operator" && actor.party !== provider) throw notYours;
};

/** Policies in force and proposed; a party sees its own, the operator and the supervisor all. */
export const policiesOf = async (db: Db, actor: Actor): Promise<KeptPolicy[]> => {
  let query = db.selectFrom("decision_policy").selectAll().where("state", "in", ["in-force", "proposed"]);
  if (actor.kind !== "operator" && actor.kind !== "supervisor") query = query.where("provider", "=", actor.party);
  return (await query.orderBy("provider").orderBy("version", "desc").execute()).map(toKept);
};

export const propose = async (db: Db, actor: Actor, provider: string, document: DecisionPolicy, by: string): Promise<KeptPolicy> => {
  mayWrite(actor, provider);
  for (const [at, { when }] of [...document.decline, ...document.refer].entries()) {
    const faults: Fault[] = [];
    checkCondition(when, `rules.${at}.when`, (path, zh, en) => faults.push({ at: path, text: { zh, en } }));
    if (faults.length > 0) throw new Refusal(422, faultProblem(faults));
  }
  return serializable(db, async (tx) => {
    const last = await tx
      .selectFrom("decision_policy")
      .select("version")
      .where("provider", "=", provider)
      .orderBy("version", "desc")
      .executeTakeFirst();
    const version = (last?.version ?? 0) + 1;
    const text = canonicalJson({ ...document, schema: POLICY_SCHEMA, version } as unknown as Json);
    await tx
      .updateTable("decision_policy")
      .set({ state: "rejected" })
      .where("provider", "=", provider)
      .where("state", "=", "proposed")
      .execute();
    const row = await tx
      .insertInto("decision_policy")
      .values({ provider, version, document: text, sha256: sha256Hex(text), made_by: by })
      .returningAll()
      .executeTakeFirstOrThrow();
    return toKept(row);
  });
};

export const settle = async (
  db: Db,
  actor: Actor,
  provider: string,
  version: number,
  { approve, sha256, by }: { readonly approve: boolean; readonly sha256: string; readonly by: string },
): Promise<KeptPolicy> => {
  mayWrite(actor, provider);
  return serializable(db, async (tx) => {
    const row = await tx
      .selectFrom("decision_policy")
      .selectAll()
      .where("provider", "=", provider)
      .where("version", "=", version)
      .executeTakeFirst();
    if (!row) throw notFound({ zh: "审批策略", en: "policy" }, `${provider}@${version}`);
    const next = settlePolicy({ state: row.state, madeBy: row.made_by, sha256: row.sha256 }, { approve, by, sha256 });
    if (!next.ok) throw new Refusal(409, next.error);
    const now = new Date();
    if (approve)
      await tx
        .updateTable("decision_policy")
        .set({ state: "replaced" })
        .where("provider", "=", provider)
        .where("state", "=", "in-force")
        .execute();
    const changed = await tx
      .updateTable("decision_policy")
      .set({ state: next.value, ...(approve ? { approved_by: by, approved_at: now.toISOString() } : {}) })
      .where("provider", "=", provider)
      .where("version", "=", version)
      .returningAll()
      .executeTakeFirstOrThrow();
    // By what a lender's decisions are made from here on, and whose two pairs of eyes saw it.
    if (approve)
      await logRecords(
        tx,
        [
          {
            kind: "decision-policy",
            subject: null,
            content: { provider, version, sha256: row.sha256, proposedBy: row.made_by, by },
            about: row.sha256,
          },
        ],
        now,
      );
    return toKept(changed);
  });
};

type InForce = { readonly policy: DecisionPolicy; readonly sha256: string };
const inForce = remembering<InForce>(["policies"], 1000);

/** The policy of a lender that is in force. Refuses with `no-policy`: without one nothing may be decided by a machine. */
export const policyInForce = (db: Db, provider: string, revision?: Revision | null): Promise<InForce> =>
  inForce(db, revision, provider, () => readInForce(db, provider));

const readInForce = async (db: Db, provider: string): Promise<InForce> => {
  const row = await db
    .selectFrom("decision_policy")
    .select(["document", "sha256"])
    .where("provider", "=", provider)
    .where("state", "=", "in-force")
    .executeTakeFirst();
  if (!row)
    throw new Refusal(
      409,
      problem(
        "no-policy",
        `机构 ${provider} 没有在用的审批策略，不能自动审批。`,
        `${provider} has no decision policy in force, so nothing can be decided.`,
        "请由该机构提出并批准一份审批策略。",
        "Have it propose one and put it into force.",
      ),
    );
  return { policy: JSON.parse(row.document) as DecisionPolicy, sha256: row.sha256 };
};

/** Applications 融资申请: decided when they come, kept with everything that makes the decision again, and worked on by people. */
import { randomUUID } from "node:crypto";
import { type Selectable, sql } from "kysely";
import type { ApplicationDocument, ApplicationSummary, DecisionDocument } from "@zhiwei/api/decision";
import { type IsoDate, type Json, type Problem, canonicalJson, problem } from "@zhiwei/core/basics";
import {
  type Case,
  type CaseAction,
  type DecisionPolicy,
  type OfferedTerms,
  type Person,
  type Side,
  actOnCase,
  authorityOf,
  offeredTerms,
  openCase,
  possibleCaseActions,
  underwrite,
  validUntil,
} from "@zhiwei/core/decision";
import { type FactValues, type Product, type RepaymentMethod, factsText } from "@zhiwei/core/product";
import { type Actor, actingName } from "../access/actor.ts";
import { institutionOf } from "../access/parties.ts";
import { permitRead } from "../consent/index.ts";
import { type Db, type Tx, prepared, serializable } from "../db/index.ts";
import { revisionOf } from "../db/revision.ts";
import { together } from "../db/together.ts";
import type { Database } from "../db/schema.ts";
import { type Happened, emit } from "../events/outbox.ts";
import { logRecords } from "../evidence/records.ts";
import type { Context } from "../features/index.ts";
import { Refusal, badRequest, notFound, problemOf } from "../http/refusal.ts";
import { knownFacts } from "../product/match.ts";
import { liveProducts } from "../product/store.ts";
import { instant } from "../db/instant.ts";
import { today } from "../system/as-of.ts";
import { policyInForce } from "./policy.ts";
import { sha256Hex as sha256 } from "../system/hash.ts";

type Row = Selectable<Database["application"]>;
type Wanted = {
  readonly enterprise: string;
  readonly product: string;
  readonly request: Readonly<Record<string, unknown>>;
  readonly method?: RepaymentMethod;
};

const DECISION_SCHEMA = { id: "zhiwei/decision", version: 1 } as const;

type Computed = { readonly document: DecisionDocument; readonly text: string; readonly facts: string };

/** The document of a decision from its inputs alone: made the same way when it is made and when it is made again. */
const documentOf = (
  application: string | null,
  enterprise: string,
  { product, sha256: productSha256 }: { readonly product: Product; readonly sha256: string },
  { policy, provider, sha256: policySha256 }: { readonly policy: DecisionPolicy; readonly provider: string; readonly sha256: string },
  source: {
    readonly on: IsoDate;
    readonly asOf: IsoDate;
    readonly profile: string;
    readonly model: string | null;
    readonly facts: string;
    readonly method?: RepaymentMethod | undefined;
  },
): Computed | null => {
  const found = underwrite({
    facts: JSON.parse(source.facts) as FactValues,
    product,
    policy,
    day: source.on,
    ...(source.method === undefined ? {} : { method: source.method }),
  });
  if (!found) return null;
  const document = {
    schema: DECISION_SCHEMA,
    application,
    enterprise,
    product: { id: product.id, version: product.version, sha256: productSha256 },
    policy: { provider, version: policy.version, sha256: policySha256 },
    on: source.on,
    asOf: source.asOf,
    inputs: { profile: source.profile, model: source.model, facts: sha256(source.facts) },
    match: found.match,
    decided: found.decided,
  } as unknown as DecisionDocument;
  return { document, text: canonicalJson(document as unknown as Json), facts: source.facts };
};

const notOffered = (id: string): Refusal =>
  new Refusal(
    409,
    problem(
      "not-offered",
      `产品 ${id} 目前不受理申请。`,
      `The product ${id} is not offered now.`,
      "请在产品目录中另选一个。",
      "Choose another from the catalogue.",
    ),
  );

type Decided = Computed & { readonly product: Product; readonly policy: DecisionPolicy };

/**
 * Computes a decision on an enterprise for a live product. It is the lender who reads, so the enterprise has to have consented to
 * that; without it refused with `no-consent`.
 */
const compute = async (context: Context, application: string | null, wanted: Wanted): Promise<Decided> => {
  const { db } = context;
  const revision = await revisionOf(db);
  const { products } = await liveProducts(db, revision);
  const live = products.find(({ product }) => product.id === wanted.product);
  if (!live) throw notOffered(wanted.product);
  const provider = live.product.provider.id;
  const [party, policy] = await Promise.all([institutionOf(db, provider, revision), policyInForce(db, provider, revision)]);
  const lender: Actor = { party: provider, kind: party?.kind ?? "bank", enterprise: null, name: "自动审批" };
  const permit = await permitRead(db, lender, {
    enterprise: wanted.enterprise,
    purpose: "loan-application",
    classes: ["profile"],
    what: "decision",
  });
  const on = today();
  const { row, ...known } = await knownFacts(context, permit, { request: wanted.request });
  const computed = documentOf(
    application,
    wanted.enterprise,
    live,
    { ...policy, provider },
    { on, ...known, facts: factsText(row), method: wanted.method },
  );
  if (!computed) throw notOffered(wanted.product);
  return { ...computed, product: live.product, policy: policy.policy };
};

const keyReused = new Refusal(
  409,
  problem(
    "key-reused",
    "这个 key 已用于另一份内容不同的申请。",
    "This key was used for another application.",
    "请为每份申请使用新的 key。",
    "Use a new key for each application.",
  ),
);

/** An application that was decided and is to be kept. */
type Kept = {
  readonly actor: Actor;
  readonly id: string;
  readonly key: string;
  readonly body: string;
  readonly wanted: Wanted;
  readonly decided: Decided;
  readonly now: Date;
};

/** What was sent before under the key. Refuses where it was something else. */
const sentBefore = async (db: Db, { party }: Actor, key: string, body: string): Promise<string | null> => {
  const [row] = await prepared(
    db,
    "application-sent-before",
    sql<{ id: string; body_sha256: string }>`select id, body_sha256 from application where sent_by = ${party} and key = ${key}`,
  );
  if (row && row.body_sha256 !== body) throw keyReused;
  return row?.id ?? null;
};

/**
 * Keeps applications with their decisions, in one transaction with their events and evidence. Gives each as a party sees it; null for those
 * whose key was there already.
 */
const keepAll = (db: Db, all: readonly Kept[]): Promise<readonly (ApplicationDocument | null)[]> =>
  db.transaction().execute(async (tx) => {
    const inserted = await tx
      .insertInto("application")
      .values(
        all.map(({ actor, id, key, body, wanted, decided: { document }, now }) => {
          const { decided, product, policy } = document;
          const standing = openCase(decided.outcome, decided.terms);
          const asked = wanted.request["request.amountFen"];
          return {
            id,
            enterprise_id: wanted.enterprise,
            provider: policy.provider,
            product_id: product.id,
            product_version: product.version,
            sent_by: actor.party,
            key,
            body_sha256: body,
            state: standing.state,
            standing: JSON.stringify(standing),
            amount_fen: typeof asked === "number" ? asked : null,
            valid_until: decided.validUntil,
            created_at: now.toISOString(),
            changed_at: now.toISOString(),
          };
        }),
      )
      .onConflict((on) => on.columns(["sent_by", "key"]).doNothing())
      .returningAll()
      .returning((row) =>
        row.selectFrom("enterprise").select("name").whereRef("enterprise.id", "=", "application.enterprise_id").as("name"),
      )
      .execute();
    const rows = new Map(inserted.map((row) => [row.id, row]));
    const kept = all.filter(({ id }) => rows.has(id));
    if (kept.length === 0) return all.map(() => null);
    const digests = new Map(kept.map(({ id, decided }) => [id, sha256(decided.text)]));
    await tx
      .insertInto("decision")
      .values(
        kept.map(({ id, decided: { text, facts }, now }) => ({
          id: randomUUID(),
          application_id: id,
          document: text,
          sha256: digests.get(id)!,
          facts,
          made_at: now.toISOString(),
        })),
      )
      .execute();
    await tx
      .insertInto("application_event")
      .values(
        kept.map(({ actor, id, now }) => ({
          application_id: id,
          action: "apply",
          by_whom: actor.name,
          post: actor.post ?? "",
          at: now.toISOString(),
        })),
      )
      .execute();
    const now = kept.at(-1)!.now;
    await emit(
      tx,
      kept.map(({ id }) => toldOf("application.decided", rows.get(id)!, "apply")),
      now,
    );
    await logRecords(
      tx,
      kept.map(({ id, wanted, decided: { document } }) => ({
        kind: "decision",
        subject: wanted.enterprise,
        content: {
          application: id,
          provider: document.policy.provider,
          product: document.product.id,
          outcome: document.decided.outcome,
          sha256: digests.get(id)!,
        },
        about: digests.get(id)!,
      })),
      now,
    );
    return all.map(({ actor, id, decided: { document, product, policy }, now: at }) => {
      const row = rows.get(id);
      const side = row && sideOf(actor, row);
      if (!row || side == null) return null;
      return asSeen(side, actor, {
        row: { ...row, title: product.title },
        document,
        sha256: digests.get(id)!,
        policy,
        events: [{ action: "apply", by_whom: actor.name, post: actor.post ?? "", note: "", at: at.toISOString() }],
      });
    });
  });

/** One after the other, since only one transaction at a time writes to the log. */
const keepTogether = together(keepAll, { atOnce: 1, most: 100 });

/** Applies, and has the decision at once. The same key from the same sender is the same application, also when sent twice at once. */
export const applyFor = async (context: Context, actor: Actor, key: string, wanted: Wanted, now: Date): Promise<ApplicationDocument> => {
  if (actor.kind === "enterprise" && actor.enterprise !== wanted.enterprise)
    throw notFound({ zh: "企业", en: "enterprise" }, wanted.enterprise);
  const { db } = context;
  const body = sha256(canonicalJson(wanted as unknown as Json));
  const known = await sentBefore(db, actor, key, body);
  if (known !== null) return applicationFor(db, actor, known);
  const id = randomUUID();
  const decided = await compute(context, id, wanted);
  const kept = await keepTogether(db, { actor, id, key, body, wanted, decided, now });
  return kept ?? applicationFor(db, actor, (await sentBefore(db, actor, key, body)) ?? id);
};

const rowOf = async (db: Db | Tx, id: string, lock = false): Promise<Row> => {
  const query = db.selectFrom("application").selectAll().where("id", "=", id);
  const row = await (lock ? query.forUpdate() : query).executeTakeFirst();
  if (!row) throw notFound({ zh: "申请", en: "application" }, id);
  return row;
};

/** What the parties to an application are told of it: what they may all read, and its id. */
const toldOf = (
  type: "application.decided" | "application.changed",
  row: Pick<Row, "id" | "enterprise_id" | "provider" | "product_id" | "product_version" | "state">,
  action: CaseAction["action"] | "apply",
): Happened => ({
  type,
  subject: row.id,
  parties: ["operator", row.provider, `enterprise:${row.enterprise_id}`],
  data: {
    application: row.id,
    enterprise: row.enterprise_id,
    provider: row.provider,
    product: { id: row.product_id, version: row.product_version },
    state: row.state,
    action,
  },
});

const tell = (tx: Tx, row: Parameters<typeof toldOf>[1], action: CaseAction["action"], now: Date): Promise<void> =>
  emit(tx, [toldOf("application.changed", row, action)], now);

/** Whose side somebody is on with an application; null where it is none of his business. */
const sideOf = (actor: Actor, row: Pick<Row, "provider" | "enterprise_id">): Side | null => {
  if (actor.enterprise !== null) return actor.enterprise === row.enterprise_id ? "enterprise" : null;
  return actor.kind === "operator" || actor.party === row.provider ? "lender" : null;
};

const titleOf = sql<string>`product_version.document::jsonb -> 'title'`;

const summaryOf = (row: Row & { readonly name: string | null; readonly title: unknown }): ApplicationSummary => {
  const standing = row.standing as unknown as Case;
  return {
    id: row.id,
    enterprise: { id: row.enterprise_id, name: row.name ?? row.enterprise_id },
    provider: row.provider,
    product: {
      id: row.product_id,
      version: row.product_version,
      title: (row.title ?? { zh: row.product_id, en: row.product_id }) as ApplicationSummary["product"]["title"],
    },
    state: row.state,
    computed: standing.computed.outcome,
    askedFen: row.amount_fen,
    terms: (standing.resolution ? standing.resolution.terms : standing.computed.terms) as ApplicationSummary["terms"],
    takenBy: standing.takenBy,
    review: standing.review,
    validUntil: row.valid_until,
    createdAt: instant(row.created_at),
    changedAt: instant(row.changed_at),
  };
};

const withNames = (db: Db) =>
  db
    .selectFrom("application")
    .leftJoin("enterprise", "enterprise.id", "application.enterprise_id")
    .leftJoin("product_version", (join) =>
      join
        .onRef("product_version.product_id", "=", "application.product_id")
        .onRef("product_version.version", "=", "application.product_version"),
    )
    .selectAll("application")
    .select(["enterprise.name", titleOf.as("title")]);

/** One page of the applications that somebody may see, those that wait the longest first where only open ones are asked for. */
export const applicationsOf = async (
  db: Db,
  actor: Actor,
  query: {
    readonly page?: number;
    readonly pageSize?: number;
    readonly state?: Row["state"];
    readonly enterprise?: string;
    readonly open?: "yes";
  },
) => {
  const { page = 1, pageSize = 25 } = query;
  let found = withNames(db);
  if (actor.enterprise !== null) found = found.where("application.enterprise_id", "=", actor.enterprise);
  else if (actor.kind !== "operator") found = found.where("application.provider", "=", actor.party);
  if (query.enterprise !== undefined) found = found.where("application.enterprise_id", "=", query.enterprise);
  if (query.state !== undefined) found = found.where("application.state", "=", query.state);
  if (query.open) found = found.where("application.state", "in", ["referred", "proposed"]);
  const [{ total }, rows] = await Promise.all([
    db
      .selectFrom(found.as("a"))
      .select(sql<number>`count(*)`.as("total"))
      .executeTakeFirstOrThrow(),
    found
      .orderBy("application.created_at", query.open ? "asc" : "desc")
      .orderBy("application.id")
      .limit(pageSize)
      .offset((page - 1) * pageSize)
      .execute(),
  ]);
  return { items: rows.map(summaryOf), total, page, pageSize };
};

const policyOfDecision = async (
  db: Db | Tx,
  { policy }: DecisionDocument,
): Promise<{ readonly policy: DecisionPolicy; readonly sha256: string; readonly provider: string }> => {
  const row = await db
    .selectFrom("decision_policy")
    .select(["document", "sha256"])
    .where("provider", "=", policy.provider)
    .where("version", "=", policy.version)
    .executeTakeFirstOrThrow();
  return { policy: JSON.parse(row.document) as DecisionPolicy, sha256: row.sha256, provider: policy.provider };
};

const productOfDecision = async (
  db: Db | Tx,
  { product }: DecisionDocument,
): Promise<{ readonly product: Product; readonly sha256: string }> => {
  const row = await db
    .selectFrom("product_version")
    .select(["document", "sha256"])
    .where("product_id", "=", product.id)
    .where("version", "=", product.version)
    .executeTakeFirstOrThrow();
  return { product: JSON.parse(row.document) as Product, sha256: row.sha256 };
};

const decisionOf = (db: Db | Tx, application: string) =>
  db.selectFrom("decision").selectAll().where("application_id", "=", application).orderBy("made_at").executeTakeFirstOrThrow();

/** An application as a side of it sees it. */
const asSeen = (
  side: Side,
  actor: Actor,
  {
    row,
    document,
    sha256: digest,
    policy,
    events,
  }: {
    readonly row: Parameters<typeof summaryOf>[0];
    readonly document: DecisionDocument;
    readonly sha256: string;
    readonly policy: DecisionPolicy;
    readonly events: readonly Pick<Selectable<Database["application_event"]>, "action" | "by_whom" | "post" | "note" | "at">[];
  },
): ApplicationDocument => {
  const standing = row.standing as unknown as Case;
  return {
    summary: summaryOf(row),
    decision: document,
    sha256: digest,
    resolution: standing.resolution as ApplicationDocument["resolution"],
    signedBy: standing.signedBy,
    actions: possibleCaseActions(standing, side) as ApplicationDocument["actions"],
    authorityFen: side === "lender" ? authorityOf(policy, actor.post ?? "") : null,
    // Notes among a lender's people are theirs; the enterprise sees that something was done, and the reason of what was resolved.
    events: events.map(({ action, by_whom, post, note, at }) => ({
      action,
      by: side === "lender" || action === "apply" ? by_whom : post,
      post,
      note: side === "lender" || ["resolve", "ask-review"].includes(action) ? note : "",
      at: instant(at),
    })),
  };
};

export const applicationFor = async (db: Db, actor: Actor, id: string): Promise<ApplicationDocument> => {
  const row = await withNames(db).where("application.id", "=", id).executeTakeFirst();
  const side = row && sideOf(actor, row);
  // Whether there is an application is nobody else's business either.
  if (!row || side == null) throw notFound({ zh: "申请", en: "application" }, id);
  const [decision, events] = await Promise.all([
    decisionOf(db, id),
    db.selectFrom("application_event").selectAll().where("application_id", "=", id).orderBy("id").execute(),
  ]);
  const document = JSON.parse(decision.document) as DecisionDocument;
  const { policy } = await policyOfDecision(db, document);
  return asSeen(side, actor, { row, document, sha256: decision.sha256, policy, events });
};

type Act = {
  readonly action: Exclude<CaseAction["action"], "expire">;
  readonly outcome?: "approve" | "counter-offer" | "decline";
  readonly terms?: object | null;
  readonly reason?: string;
  readonly by?: string;
};

const toAction = ({ action, outcome, terms = null, reason = "" }: Act): CaseAction => {
  if (action === "resolve") {
    if (outcome === undefined) throw badRequest("须写明决定（outcome）。", "It must be stated what is resolved (outcome).");
    return { action, outcome, terms: terms as never, reason };
  }
  return action === "send-back" || action === "ask-review" ? { action, reason } : ({ action } as CaseAction);
};

/** What a person offers, within the version of the product that was decided on, with the cost worked out. */
const heldToProduct = async (
  tx: Tx,
  document: DecisionDocument,
  facts: string,
  terms: OfferedTerms,
  day: IsoDate,
): Promise<OfferedTerms> => {
  const { product } = await productOfDecision(tx, document);
  const found = offeredTerms(product, JSON.parse(facts) as FactValues, terms, day);
  if (!found.ok) throw new Refusal(422, found.error);
  return found.value;
};

/** Does an action with an application, in one transaction with its record. Two at once: the second acts on what the first has left. */
export const act = async (db: Db, actor: Actor, id: string, asked: Act, now: Date): Promise<void> => {
  const action = toAction(asked);
  await serializable(db, async (tx) => {
    const row = await rowOf(tx, id, true);
    const side = sideOf(actor, row);
    if (side === null) throw notFound({ zh: "申请", en: "application" }, id);
    const name = actingName(actor, asked.by);
    const decision = await decisionOf(tx, id);
    const document = JSON.parse(decision.document) as DecisionDocument;
    const { policy } = await policyOfDecision(tx, document);
    const day = today();
    const held =
      action.action === "resolve" && action.terms !== null
        ? { ...action, terms: await heldToProduct(tx, document, decision.facts, action.terms, day) }
        : action;
    const person: Person = { name, post: actor.post ?? "" };
    const days = { today: day, validUntil: row.valid_until as IsoDate };
    const next = actOnCase(policy, row.standing as unknown as Case, held, side, person, days);
    if (!next.ok) throw new Refusal(next.error.code === "not-yours" ? 403 : 409, next.error);
    // An offer that a person makes stands from the day on which he made it, not from that of the application.
    const offered = next.value.resolution !== null && (next.value.state === "approved" || next.value.state === "countered");
    const until = offered ? validUntil(policy, day) : row.valid_until;
    const at = now.toISOString();
    await tx
      .updateTable("application")
      .set({ state: next.value.state, standing: JSON.stringify(next.value), valid_until: until, changed_at: at })
      .where("id", "=", id)
      .execute();
    await tx
      .insertInto("application_event")
      .values({
        application_id: id,
        action: action.action,
        by_whom: name,
        post: actor.post ?? "",
        note: asked.reason ?? "",
        resolution: next.value.resolution && action.action === "resolve" ? JSON.stringify(next.value.resolution) : null,
        at,
      })
      .execute();
    await tell(tx, { ...row, state: next.value.state }, action.action, now);
    // What a person has settled is a decision like that of the machine, and is logged like it.
    const { resolution, signedBy, state } = next.value;
    if (resolution && (action.action === "resolve" || action.action === "sign") && state !== "proposed")
      await logRecords(
        tx,
        [
          {
            kind: "decision",
            subject: row.enterprise_id,
            content: {
              application: id,
              provider: row.provider,
              product: row.product_id,
              outcome: resolution.outcome,
              by: resolution.by.name,
              signed: signedBy?.name ?? null,
              override: resolution.override,
              resolution: sha256(canonicalJson(resolution as unknown as Json)),
            },
          },
        ],
        now,
      );
  });
};

/** Offers whose last day has passed are no offers any more. Gives how many. */
export const expireOffers = async (db: Db, now: Date): Promise<number> => {
  const day = today();
  const due = await db
    .selectFrom("application")
    .select("id")
    .where("state", "in", ["approved", "countered"])
    .where("valid_until", "<", day)
    .execute();
  for (const { id } of due)
    await db.transaction().execute(async (tx) => {
      const row = await rowOf(tx, id, true);
      const { policy } = await policyOfDecision(tx, JSON.parse((await decisionOf(tx, id)).document) as DecisionDocument);
      const days = { today: day, validUntil: row.valid_until as IsoDate };
      const next = actOnCase(policy, row.standing as unknown as Case, { action: "expire" }, "clock", null, days);
      if (!next.ok) return; // somebody was quicker
      const at = now.toISOString();
      await tx
        .updateTable("application")
        .set({ state: next.value.state, standing: JSON.stringify(next.value), changed_at: at })
        .where("id", "=", id)
        .execute();
      await tx.insertInto("application_event").values({ application_id: id, action: "expire", by_whom: "—", post: "", at }).execute();
      await tell(tx, { ...row, state: "expired" }, "expire", now);
    });
  return due.length;
};

/** Makes a decision again from what was kept of it, and says whether it is the same to the bit and whether it stands in the log. */
export const replay = async (db: Db, actor: Actor, id: string) => {
  const row = await rowOf(db, id);
  if (actor.kind !== "supervisor" && sideOf(actor, row) !== "lender") throw notFound({ zh: "申请", en: "application" }, id);
  const decision = await decisionOf(db, id);
  const document = JSON.parse(decision.document) as DecisionDocument;
  const policy = await policyOfDecision(db, document);
  const again = documentOf(document.application, document.enterprise, await productOfDecision(db, document), policy, {
    on: document.on as IsoDate,
    asOf: document.asOf as IsoDate,
    profile: document.inputs.profile,
    model: document.inputs.model,
    facts: decision.facts,
    method: document.match.method,
  });
  const digest = again ? sha256(again.text) : "";
  const logged = await db
    .selectFrom("evidence_record")
    .select("position")
    .where("kind", "=", "decision")
    .where("about", "=", decision.sha256)
    .executeTakeFirst();
  return {
    same: again?.text === decision.document && sha256(decision.document) === decision.sha256,
    sha256: decision.sha256,
    again: digest,
    logged: logged !== undefined,
  };
};

/** Decisions on many enterprises for one product of the actor's own, without applications. What cannot be decided says why. */
export const decideMany = async (
  context: Context,
  actor: Actor,
  wanted: { readonly product: string; readonly enterprises: readonly string[]; readonly request: Readonly<Record<string, unknown>> },
) => {
  const { products } = await liveProducts(context.db);
  const live = products.find(({ product }) => product.id === wanted.product);
  if (!live) throw notOffered(wanted.product);
  if (actor.kind !== "operator" && live.product.provider.id !== actor.party)
    throw new Refusal(
      403,
      problem(
        "not-your-product",
        "机构只能对自己提供的产品批量试算。",
        "An institution decides on its own products alone.",
        "请换用本机构的产品。",
        "Name one of its own.",
      ),
    );
  const found = [];
  for (const enterprise of wanted.enterprises) {
    try {
      const { document } = await compute(context, null, { enterprise, product: wanted.product, request: wanted.request });
      found.push({ enterprise, decided: document.decided, problem: null });
    } catch (error) {
      const stated: Problem | null = problemOf(error);
      if (!stated) throw error;
      found.push({ enterprise, decided: null, problem: stated.text });
    }
  }
  return found;
};

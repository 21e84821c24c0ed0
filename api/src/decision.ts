import { type Static, Type } from "typebox";
import { MatchSchema, RuleResultSchema } from "./product.ts";
import { RepaymentMethodSchema, RuleSchema } from "./product.schema.ts";
import { Day, FenSchema, Nullable, PARTY_KINDS, Page, PageQuery, TextSchema, route } from "./route.ts";

const closed = { additionalProperties: false } as const;
const Sha256 = Type.String({ pattern: "^[0-9a-f]{64}$" });
const ProductId = Type.String({ pattern: "^[a-z0-9][a-z0-9-]{1,60}$" });
const Uuid = Type.String({ pattern: "^[0-9a-f-]{36}$" });
const Amount = Type.Integer({ minimum: 0, maximum: 1e15 });
const Rate = Type.Number({ description: "Rate a year as a decimal: 0.0435 is 4.35 %" });
const Outcome = Type.Enum(["approve", "counter-offer", "decline", "refer"]);
export const ApplicationState = Type.Enum([
  "approved",
  "countered",
  "declined",
  "referred",
  "proposed",
  "accepted",
  "withdrawn",
  "expired",
]);

const LENDERS = ["operator", "bank", "guarantor", "insurer"] as const;
const APPLICANTS = ["operator", "enterprise"] as const;

export const OfferedTermsSchema = Type.Object(
  {
    amountFen: Type.Integer({ minimum: 1, maximum: 1e15, description: "Amount in fen" }),
    termMonths: Type.Integer({ minimum: 1, maximum: 360 }),
    method: RepaymentMethodSchema,
    nominalRate: Type.Number({ minimum: 0, maximum: 1, description: "Nominal rate a year, as a decimal" }),
    annualCost: Nullable(Rate),
  },
  { $id: "OfferedTerms", additionalProperties: false },
);

/** What a person offers. Its all-in cost is worked out by the platform: one that is stated is not looked at. */
const TermsWanted = Type.Object(
  { ...OfferedTermsSchema.properties, annualCost: Type.Optional(Nullable(Rate)) },
  { additionalProperties: false },
);

const Missing = RuleResultSchema.properties.settledBy;
const DecidedSchema = Type.Object({
  outcome: Outcome,
  terms: Nullable(OfferedTermsSchema),
  reasons: Type.Array(
    Type.Object({ code: Type.String(), from: Type.Enum(["product", "policy", "amount"]), text: TextSchema, remedy: Nullable(TextSchema) }),
  ),
  missing: Missing,
  validUntil: Day,
});

/** What a decision was made of, and what came of it; with the facts that are kept beside it, it can be made again. */
export const DecisionSchema = Type.Object(
  {
    schema: Type.Object({ id: Type.Literal("zhiwei/decision"), version: Type.Literal(1) }),
    application: Nullable(Uuid),
    enterprise: Type.String(),
    product: Type.Object({ id: ProductId, version: Type.Integer({ minimum: 1 }), sha256: Sha256 }),
    policy: Type.Object({ provider: Type.String(), version: Type.Integer({ minimum: 1 }), sha256: Sha256 }),
    /** Day on which it was decided, and day of the records. */
    on: Day,
    asOf: Day,
    inputs: Type.Object({ profile: Sha256, model: Nullable(Sha256), facts: Sha256 }),
    match: Type.Omit(MatchSchema, ["sha256"]),
    decided: DecidedSchema,
  },
  { $id: "Decision" },
);
export type DecisionDocument = Static<typeof DecisionSchema>;

const Resolution = Type.Object({
  outcome: Type.Enum(["approve", "counter-offer", "decline"]),
  terms: Nullable(OfferedTermsSchema),
  reason: Type.String(),
  by: Type.Object({ name: Type.String(), post: Type.String() }),
  override: Type.Boolean(),
});

export const ApplicationSummary = Type.Object(
  {
    id: Uuid,
    enterprise: Type.Object({ id: Type.String(), name: Type.String() }),
    provider: Type.String(),
    product: Type.Object({ id: ProductId, version: Type.Integer(), title: TextSchema }),
    state: ApplicationState,
    computed: Outcome,
    askedFen: Nullable(FenSchema),
    terms: Nullable(OfferedTermsSchema),
    takenBy: Nullable(Type.String()),
    review: Type.Enum(["none", "asked", "done"]),
    validUntil: Day,
    createdAt: Type.String(),
    changedAt: Type.String(),
  },
  { $id: "ApplicationSummary" },
);
export type ApplicationSummary = Static<typeof ApplicationSummary>;

const Action = Type.Enum(["take", "give-back", "resolve", "sign", "send-back", "ask-review", "accept", "withdraw"]);

export const ApplicationSchema = Type.Object(
  {
    summary: ApplicationSummary,
    decision: DecisionSchema,
    sha256: Sha256,
    resolution: Nullable(Resolution),
    signedBy: Nullable(Type.Object({ name: Type.String(), post: Type.String() })),
    /** What whoever asks can do next. */
    actions: Type.Array(Action),
    /** Up to which amount whoever asks may decide, in fen; null for the enterprise. */
    authorityFen: Nullable(FenSchema),
    events: Type.Array(
      Type.Object({ action: Type.String(), by: Type.String(), post: Type.String(), note: Type.String(), at: Type.String() }),
    ),
  },
  { $id: "Application" },
);
export type ApplicationDocument = Static<typeof ApplicationSchema>;

const Fields = Type.Record(
  Type.String({ maxLength: 100 }),
  Nullable(
    Type.Union([
      Type.Number(),
      Type.String({ maxLength: 200 }),
      Type.Boolean(),
      Type.Array(Type.String({ maxLength: 100 }), { maxItems: 50 }),
    ]),
  ),
  { description: 'Facts of the request by name: {"request.amountFen": 50000000, "request.termMonths": 12}' },
);

export const applyForFinance = route({
  id: "applyForFinance",
  method: "POST",
  path: "/applications",
  tag: "decision",
  audience: APPLICANTS,
  summary: {
    zh: "提交融资申请并立即得到决定；同一 key 重复提交得到同一申请",
    en: "Apply for finance and have the decision at once; the same key again is the same application",
  },
  body: Type.Object(
    {
      enterprise: Type.String({ maxLength: 100 }),
      product: ProductId,
      key: Type.String({ minLength: 8, maxLength: 100, description: "Chosen by the client, once for each application" }),
      request: Fields,
      method: Type.Optional(RepaymentMethodSchema),
    },
    closed,
  ),
  reply: ApplicationSchema,
});

export const listApplications = route({
  id: "listApplications",
  method: "GET",
  path: "/applications",
  tag: "decision",
  audience: ["operator", "bank", "guarantor", "insurer", "enterprise"],
  summary: { zh: "申请：机构看自己收到的（工作台），企业看自己的", en: "Applications: a lender's own (its worklist), an enterprise's own" },
  query: Type.Object({
    ...PageQuery,
    state: Type.Optional(ApplicationState),
    enterprise: Type.Optional(Type.String({ maxLength: 100 })),
    open: Type.Optional(Type.Enum(["yes"], { description: "Only those that wait for a person" })),
  }),
  reply: Page(ApplicationSummary),
});

export const getApplication = route({
  id: "getApplication",
  method: "GET",
  path: "/applications/:id",
  tag: "decision",
  audience: ["operator", "bank", "guarantor", "insurer", "enterprise"],
  summary: { zh: "一笔申请：决定、理由、经办记录", en: "One application: the decision, its reasons, what was done" },
  params: Type.Object({ id: Uuid }),
  reply: ApplicationSchema,
});

export const actOnApplication = route({
  id: "actOnApplication",
  method: "POST",
  path: "/applications/:id/actions",
  tag: "decision",
  audience: ["operator", "bank", "guarantor", "insurer", "enterprise"],
  summary: {
    zh: "受理、退回、提出意见、签批；企业：接受、撤回、请求人工复核",
    en: "Take, give back, resolve, sign, send back; the enterprise: accept, withdraw, ask that a person decide",
  },
  params: Type.Object({ id: Uuid }),
  body: Type.Object(
    {
      action: Action,
      outcome: Type.Optional(Type.Enum(["approve", "counter-offer", "decline"])),
      terms: Type.Optional(Nullable(TermsWanted)),
      reason: Type.Optional(Type.String({ maxLength: 2000 })),
      by: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: "At this machine without accounts: who does it" })),
    },
    closed,
  ),
  reply: ApplicationSchema,
});

export const replayDecision = route({
  id: "replayDecision",
  method: "POST",
  path: "/applications/:id/replay",
  tag: "decision",
  audience: [...LENDERS, "supervisor"],
  summary: { zh: "由存档的输入重新作出决定，逐字节比较", en: "Make the decision again from what was kept, and compare it to the bit" },
  params: Type.Object({ id: Uuid }),
  reply: Type.Object({ same: Type.Boolean(), sha256: Sha256, again: Sha256, logged: Type.Boolean() }),
});

export const decideBatch = route({
  id: "decideBatch",
  method: "POST",
  path: "/decisions",
  tag: "decision",
  audience: LENDERS,
  summary: {
    zh: "批量试算：对多家企业按一个产品作出决定，不建立申请",
    en: "Decisions on many enterprises for one product, without making applications",
  },
  body: Type.Object(
    {
      product: ProductId,
      enterprises: Type.Array(Type.String({ maxLength: 100 }), { minItems: 1, maxItems: 500 }),
      request: Fields,
    },
    closed,
  ),
  reply: Type.Array(
    Type.Object({
      enterprise: Type.String(),
      /** Null where it could not be decided: `problem` says why (no consent, no records). */
      decided: Nullable(DecidedSchema),
      problem: Nullable(TextSchema),
    }),
  ),
});

export const PolicySchema = Type.Object(
  {
    schema: Type.Object({ id: Type.Literal("zhiwei/decision-policy"), version: Type.Literal(1) }, closed),
    id: Type.String({ pattern: "^[a-z0-9][a-z0-9-]{1,60}$" }),
    version: Type.Integer({ minimum: 1 }),
    title: TextSchema,
    decline: Type.Array(RuleSchema, { maxItems: 50 }),
    refer: Type.Array(RuleSchema, { maxItems: 50 }),
    near: Type.Enum(["decline", "refer"]),
    straightThroughUpToFen: Amount,
    counterOfferLeastShare: Type.Number({ minimum: 0, maximum: 1 }),
    authority: Type.Array(Type.Object({ post: Type.String({ minLength: 1, maxLength: 100 }), upToFen: Amount }, closed), { maxItems: 20 }),
    secondAboveFen: Nullable(Amount),
    validDays: Type.Integer({ minimum: 1, maximum: 365 }),
  },
  { $id: "DecisionPolicy", additionalProperties: false },
);

const KeptPolicy = Type.Object({
  provider: Type.String(),
  version: Type.Integer({ minimum: 1 }),
  state: Type.Enum(["proposed", "in-force", "replaced", "rejected"]),
  sha256: Sha256,
  madeBy: Type.String(),
  approvedBy: Nullable(Type.String()),
  document: PolicySchema,
});

export const listPolicies = route({
  id: "listPolicies",
  method: "GET",
  path: "/decision-policies",
  tag: "decision",
  audience: PARTY_KINDS,
  summary: { zh: "审批策略：在用的与待批准的", en: "Decision policies: those in force and those proposed" },
  reply: Type.Array(KeptPolicy),
});

export const proposePolicy = route({
  id: "proposePolicy",
  method: "PUT",
  path: "/decision-policies/:provider",
  tag: "decision",
  audience: LENDERS,
  summary: { zh: "提出审批策略的下一版本", en: "Propose the next version of a decision policy" },
  params: Type.Object({ provider: Type.String({ maxLength: 100 }) }),
  body: Type.Object({ document: PolicySchema, by: Type.Optional(Type.String({ maxLength: 100 })) }, closed),
  reply: KeptPolicy,
});

export const settlePolicy = route({
  id: "settlePolicy",
  method: "POST",
  path: "/decision-policies/:provider/:version",
  tag: "decision",
  audience: LENDERS,
  summary: {
    zh: "由第二人批准或驳回所提策略，写明所见文档的哈希",
    en: "A second person approves or rejects a proposed policy, stating the hash seen",
  },
  params: Type.Object({ provider: Type.String({ maxLength: 100 }), version: Type.Integer({ minimum: 1 }) }),
  body: Type.Object({ approve: Type.Boolean(), sha256: Sha256, by: Type.Optional(Type.String({ maxLength: 100 })) }, closed),
  reply: KeptPolicy,
});

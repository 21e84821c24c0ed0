import { type Static, Type } from "typebox";
import { ASSET_KINDS, PLEDGE_STATES, RELEASE_REASONS } from "@zhiwei/core/pledge";
import { type Audience, Day, FenSchema, Nullable, PARTY_KINDS, Page, PageQuery, TextSchema, route } from "./route.ts";

const Sha256 = Type.String({ pattern: "^[0-9a-f]{64}$" });
const Number_ = Type.String({ maxLength: 200 });
const Body = Type.String({ maxLength: 60, description: "Unified social credit code" });
const closed = { additionalProperties: false };

/** An asset as it is stated; however it is spelt, the same asset is found. */
export const StatedAssetSchema = Type.Union(
  [
    Type.Object({ kind: Type.Literal("patent"), number: Number_ }, closed),
    Type.Object(
      { kind: Type.Literal("receivable"), document: Number_, debtor: Type.Optional(Body) },
      { ...closed, description: "Number of an invoice or a contract; the debtor is needed unless it is an e-invoice of 20 digits" },
    ),
    Type.Object({ kind: Type.Literal("warehouse-receipt"), warehouse: Body, receipt: Number_ }, closed),
    Type.Object({ kind: Type.Literal("insurance-benefit"), insurer: Body, policy: Number_ }, closed),
  ],
  { $id: "StatedAsset" },
);

const PledgeStateSchema = Type.Enum([...PLEDGE_STATES]);
const ReleaseReasonSchema = Type.Enum([...RELEASE_REASONS]);
const PledgeActionName = Type.Enum(["register", "confirm", "refuse", "change", "release", "expire", "object", "withdraw-objection"]);
const Position = Type.Integer({ minimum: 0, description: "Place in the evidence log, which is the place in time" });

export const PledgeSchema = Type.Object(
  {
    id: Type.String(),
    asset: Type.Object({ kind: Type.Enum([...ASSET_KINDS]), name: TextSchema, stated: StatedAssetSchema }),
    commitment: Type.String({ description: "By what institutions see that the asset is pledged, without which it is" }),
    pledgee: Type.Object({ party: Type.String(), name: TextSchema }),
    pledgor: Type.Object({ enterprise: Type.String(), name: Type.String() }),
    securedFen: FenSchema,
    contract: Type.String(),
    description: Type.String(),
    startsOn: Day,
    endsOn: Day,
    state: PledgeStateSchema,
    block: Nullable(Type.Integer({ minimum: 0, description: "Block of the consortium's chain that confirmed it; null without a chain" })),
    release: Nullable(
      Type.Object({
        reason: ReleaseReasonSchema,
        on: Day,
        due: Type.String({ description: "Last of the ten working days, public holidays left out of account" }),
      }),
    ),
    objection: Nullable(Type.Object({ since: Day, reason: Type.String(), caseNumber: Nullable(Type.String()), stands: Type.Boolean() })),
    registeredAt: Type.String(),
    position: Position,
  },
  { $id: "Pledge" },
);
export type PledgeDocument = Static<typeof PledgeSchema>;

const ByWhom = Type.Object({
  party: Type.String(),
  name: TextSchema,
  post: Type.String({ description: "The account or post, as recorded" }),
});

const PledgeEvent = Type.Object(
  {
    action: PledgeActionName,
    by: ByWhom,
    at: Type.String(),
    position: Position,
    sha256: Sha256,
    document: Type.String({ description: "Canonical JSON of the registration after the action; sha256 is of these bytes" }),
    evidence: Nullable(
      Type.Object({ salt: Type.String(), record: Type.String() }, { description: "What the log's entry commits to; null once erased" }),
    ),
  },
  { $id: "PledgeEvent" },
);

export const PledgeDetailsSchema = Type.Object(
  {
    pledge: PledgeSchema,
    events: Type.Array(PledgeEvent, { description: "The oldest first" }),
    others: Type.Array(Type.Object({ registeredAt: Type.String(), position: Position, state: PledgeStateSchema }), {
      description: "Other registrations of the same asset, by priority, without their parties and terms",
    }),
    searches: Type.Array(Type.Object({ by: ByWhom, at: Type.String() }), {
      description: "Who asked about the asset, the latest first",
    }),
    actions: Type.Array(Type.Enum(["change", "release", "object", "withdraw-objection"]), { description: "What whoever asks can do now" }),
  },
  { $id: "PledgeDetails" },
);

const PLEDGEES = ["bank", "guarantor", "insurer", "operator"] as const satisfies Audience;

export const listPledges = route({
  id: "listPledges",
  method: "GET",
  path: "/pledges",
  tag: "pledge",
  audience: PARTY_KINDS,
  summary: {
    zh: "质押登记列表：机构看本机构为质权人的，企业看以其为出质人的，新的在前",
    en: "Pledges: an institution's own as pledgee, an enterprise's as pledgor, the newest first",
  },
  query: Type.Object({
    ...PageQuery,
    state: Type.Optional(PledgeStateSchema),
    kind: Type.Optional(Type.Enum([...ASSET_KINDS])),
    pledgor: Type.Optional(Type.String({ maxLength: 100 })),
  }),
  reply: Page(PledgeSchema),
});

export const getPledge = route({
  id: "getPledge",
  method: "GET",
  path: "/pledges/:id",
  tag: "pledge",
  audience: [...PLEDGEES, "enterprise"],
  summary: { zh: "一项登记：条款、历次变动及其存证", en: "One registration: its terms, what happened to it, and the evidence" },
  params: Type.Object({ id: Type.String() }),
  reply: PledgeDetailsSchema,
});

/** Answered with the file itself. */
export const getPledgeEvidence = route({
  id: "getPledgeEvidence",
  method: "GET",
  path: "/pledges/:id/evidence/:position",
  tag: "pledge",
  audience: [...PLEDGEES, "enterprise"],
  summary: {
    zh: "一次变动的存证：文档、记录、盐值，以及检查点下的离线证明（C2SP tlog-proof）",
    en: "The evidence of one step: document, record, salt, and the offline proof under a checkpoint (C2SP tlog-proof)",
  },
  params: Type.Object({ id: Type.String(), position: Position }),
  file: true,
  reply: Type.Unknown(),
});

const Amount = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: "Highest amount secured, in fen" });
const Contract = Type.String({ minLength: 1, maxLength: 100, description: "Number of the written pledge contract" });
const Description = Type.String({ minLength: 1, maxLength: 1000, description: "By which others can recognise the asset" });
const Reason = Type.String({ minLength: 1, maxLength: 1000 });

export const registerPledge = route({
  id: "registerPledge",
  method: "POST",
  path: "/pledges",
  tag: "pledge",
  audience: PLEDGEES,
  summary: {
    zh: "登记质押：同一财产只能登记一次，先到者得；同一请求键重复提交只登记一次",
    en: "Register a pledge: an asset once, whoever comes first; the same key sent again registers once",
  },
  body: Type.Object(
    {
      key: Type.String({ minLength: 1, maxLength: 100, description: "By what its sender knows this request" }),
      asset: StatedAssetSchema,
      pledgor: Type.String({ minLength: 1, maxLength: 100, description: "Id of the enterprise" }),
      pledgee: Type.Optional(
        Type.String({
          maxLength: 100,
          description: "Party for whom the operator enters it; an institution registers in its own name and leaves it out",
        }),
      ),
      securedFen: Amount,
      contract: Contract,
      description: Description,
      endsOn: Day,
    },
    closed,
  ),
  reply: PledgeSchema,
});

export const changePledge = route({
  id: "changePledge",
  method: "POST",
  path: "/pledges/:id/changes",
  tag: "pledge",
  audience: PLEDGEES,
  summary: { zh: "变更登记、展期", en: "Change the terms, extend the term" },
  params: Type.Object({ id: Type.String() }),
  body: Type.Object(
    {
      securedFen: Type.Optional(Amount),
      contract: Type.Optional(Contract),
      description: Type.Optional(Description),
      endsOn: Type.Optional(Day),
    },
    closed,
  ),
  reply: PledgeSchema,
});

export const releasePledge = route({
  id: "releasePledge",
  method: "POST",
  path: "/pledges/:id/release",
  tag: "pledge",
  audience: PLEDGEES,
  summary: { zh: "注销登记：事由与发生日", en: "Release: why, and on which day its ground fell away" },
  params: Type.Object({ id: Type.String() }),
  body: Type.Object({ reason: ReleaseReasonSchema, on: Day }, closed),
  reply: PledgeSchema,
});

export const objectToPledge = route({
  id: "objectToPledge",
  method: "POST",
  path: "/pledges/:id/objection",
  tag: "pledge",
  audience: ["enterprise", "operator"],
  summary: { zh: "异议登记，或撤回异议", en: "Object to a registration, or withdraw the objection" },
  params: Type.Object({ id: Type.String() }),
  body: Type.Union([
    Type.Object(
      {
        action: Type.Literal("object"),
        reason: Reason,
        caseNumber: Type.Optional(Nullable(Type.String({ minLength: 1, maxLength: 100 }))),
      },
      closed,
    ),
    Type.Object({ action: Type.Literal("withdraw-objection") }, closed),
  ]),
  reply: PledgeSchema,
});

export const searchPledge = route({
  id: "searchPledge",
  method: "POST",
  path: "/pledges/search",
  tag: "pledge",
  audience: PARTY_KINDS.filter((kind) => kind !== "enterprise"),
  summary: {
    zh: "查询某项财产是否已出质：只答是否、自何时起、次序；查询留痕",
    en: "Whether an asset is pledged: yes or no, since when, its place; who asks is kept",
  },
  body: Type.Object({ asset: StatedAssetSchema }, closed),
  reply: Type.Object({
    asset: TextSchema,
    commitment: Type.String(),
    pledged: Type.Boolean(),
    state: Nullable(Type.Enum(["awaiting-chain", "registered"])),
    since: Nullable(Type.String()),
    position: Nullable(Position),
    nextRank: Type.Integer({
      minimum: 1,
      maximum: 2,
      description: "The place that a further claim would take; none is taken behind the first",
    }),
    objected: Type.Boolean(),
    elsewhere: Type.Boolean({ description: "Pledged to an institution with a server of its own, as the consortium's chain says" }),
    own: Nullable(Type.String({ description: "Id of the registration, for its parties and the operator" })),
  }),
});

import { type Static, Type } from "typebox";
import { productActions, productStates, rankings } from "@zhiwei/core/product";
import { ProductKindSchema, ProductSchema, RepaymentMethodSchema } from "./product.schema.ts";
import { Day, FenSchema, Nullable, PARTY_KINDS, Page, PageQuery, PurposeQuery, TextSchema, route } from "./route.ts";

export * from "./product.schema.ts";

const closed = { additionalProperties: false } as const;
const Count = Type.Integer({ minimum: 0 });
const Sha256 = Type.String({ pattern: "^[0-9a-f]{64}$" });
const By = Type.Optional(
  Type.String({
    minLength: 1,
    maxLength: 100,
    description: "Who does this: a name or a post; whoever is signed in acts under the account, whatever is stated",
  }),
);
const ProductId = Type.String({ pattern: "^[a-z0-9][a-z0-9-]{1,60}$" });
const Version = Type.Integer({ minimum: 1 });
const Rate = Type.Number({ description: "Rate a year as a decimal: 0.0435 is 4.35 %" });

const ProductStateSchema = Type.Enum([...productStates]);
const ProductActionSchema = Type.Enum([...productActions]);
const OutcomeSchema = Type.Enum(["pass", "near", "fail", "unknown"]);

export const ProductSummary = Type.Object(
  {
    product: ProductId,
    version: Version,
    state: ProductStateSchema,
    kind: ProductKindSchema,
    title: TextSchema,
    summary: TextSchema,
    provider: Type.Object({ id: Type.String(), name: TextSchema, kind: Type.Enum(["bank", "guarantor", "insurer", "lessor"]) }),
    minFen: FenSchema,
    maxFen: FenSchema,
    minMonths: Count,
    maxMonths: Count,
    rules: Count,
    offeredFrom: Day,
    offeredTo: Nullable(Day),
    programme: Nullable(Type.String()),
    sha256: Sha256,
    madeBy: Type.String(),
    publishedBy: Nullable(Type.String()),
    publishedAt: Nullable(Type.String()),
  },
  { $id: "ProductSummary" },
);
export type ProductSummary = Static<typeof ProductSummary>;

/** Who makes products and publishes them. A bank, guarantor or insurer writes its own alone. */
const MAKERS = ["operator", "bank", "guarantor", "insurer"] as const;

export const listProducts = route({
  id: "listProducts",
  method: "GET",
  path: "/products",
  tag: "product",
  audience: PARTY_KINDS,
  summary: {
    zh: "产品目录：每个产品的在售版本，以及未发布的版本",
    en: "The catalogue: the live version of each product, and those not published yet",
  },
  query: Type.Object({ state: Type.Optional(ProductStateSchema) }),
  reply: Type.Array(ProductSummary),
});

export const getProduct = route({
  id: "getProduct",
  method: "GET",
  path: "/products/:id",
  tag: "product",
  audience: PARTY_KINDS,
  summary: {
    zh: "一个产品版本的文档、状态与历次操作",
    en: "The document of a version of a product, its standing and what was done with it",
  },
  params: Type.Object({ id: ProductId }),
  query: Type.Object({ version: Type.Optional(Version) }),
  reply: Type.Object({
    summary: ProductSummary,
    document: ProductSchema,
    versions: Type.Array(ProductSummary, { description: "All versions, the newest first" }),
    events: Type.Array(
      Type.Object({ version: Version, action: Type.String(), by: Type.String(), note: Type.String(), sha256: Sha256, at: Type.String() }),
    ),
    actions: Type.Array(ProductActionSchema, { description: "What can be done next, by whoever may" }),
  }),
});

export const putProductDraft = route({
  id: "putProductDraft",
  method: "PUT",
  path: "/products/:id/draft",
  tag: "product",
  audience: MAKERS,
  summary: {
    zh: "写入产品草稿（下一版本）；已有草稿则覆盖",
    en: "Write a product's draft, which is its next version; an open draft is overwritten",
  },
  params: Type.Object({ id: ProductId }),
  body: Type.Object(
    {
      by: By,
      document: Type.Unknown({ description: "A Product; its version is set here. What does not fit is refused with its path" }),
      /** The draft that was read before it was changed; another one in its place is not overwritten. */
      basedOn: Type.Optional(Sha256),
    },
    closed,
  ),
  reply: ProductSummary,
});

export const actOnProduct = route({
  id: "actOnProduct",
  method: "POST",
  path: "/products/:id/actions",
  tag: "product",
  audience: MAKERS,
  summary: {
    zh: "提交、撤回、发布、驳回、下架；发布须由第二人，并写明所见文档的哈希",
    en: "Submit, recall, publish, reject, withdraw; publication by a second person who states the hash seen",
  },
  params: Type.Object({ id: ProductId }),
  body: Type.Object(
    {
      action: ProductActionSchema,
      version: Version,
      by: By,
      note: Type.Optional(Type.String({ maxLength: 2000 })),
      sha256: Type.Optional(Sha256),
    },
    closed,
  ),
  reply: ProductSummary,
});

const Words = Type.Array(Type.Object({ word: Type.String(), name: TextSchema }));
export const listFacts = route({
  id: "listFacts",
  method: "GET",
  path: "/products/facts",
  tag: "product",
  audience: PARTY_KINDS,
  summary: {
    zh: "规则可用的指标：名称、类型、单位、可用的比较方式，以及何种资料可使其已知",
    en: "Facts that rules may look at: name, type, unit, operators, and the record that makes each known",
  },
  reply: Type.Array(
    Type.Object({
      fact: Type.String(),
      name: TextSchema,
      source: Type.Enum(["enterprise", "feature", "profile", "score", "request", "rights"]),
      type: Type.Enum(["number", "boolean", "word", "text", "words", "code"]),
      unit: Nullable(Type.String()),
      words: Words,
      operators: Type.Array(Type.String()),
      record: Type.String(),
      recordName: TextSchema,
    }),
  ),
});

/** Answered with the file itself. */
export const exportProducts = route({
  id: "exportProducts",
  method: "GET",
  path: "/products/export/:format",
  tag: "product",
  audience: PARTY_KINDS,
  summary: {
    zh: "导出在售产品：JSON 文档，或 JDM 决策表（准入规则）",
    en: "The live products: JSON documents, or their eligibility as a JDM decision table",
  },
  params: Type.Object({ format: Type.Enum(["json", "jdm"]) }),
  file: true,
  reply: Type.Unknown(),
});

export const readDecisionTable = route({
  id: "readDecisionTable",
  method: "POST",
  path: "/products/decision-table",
  tag: "product",
  audience: MAKERS,
  summary: { zh: "把 JDM 决策表读成准入规则，供写入草稿", en: "Reads a JDM decision table as eligibility rules, to be put into a draft" },
  body: Type.Object({ document: Type.Unknown() }, closed),
  reply: Type.Array(
    Type.Object({
      outputs: Type.Record(Type.String(), Type.Unknown()),
      description: Type.String(),
      rules: ProductSchema.properties.eligibility,
    }),
  ),
});

// Matching.

const UnknownSchema = Type.Object(
  { fact: Type.String(), name: TextSchema, record: Type.String(), recordName: TextSchema },
  { $id: "MissingFact", description: "A fact that is not known, and the record that would make it known" },
);
const FactValueSchema = Type.Union([Type.Number(), Type.String(), Type.Boolean(), Type.Array(Type.String())]);

export const RuleResultSchema = Type.Object(
  {
    rule: Type.String(),
    title: TextSchema,
    outcome: OutcomeSchema,
    reason: TextSchema,
    asked: TextSchema,
    facts: Type.Array(Type.Object({ fact: Type.String(), name: TextSchema, value: Nullable(FactValueSchema), text: TextSchema })),
    gap: Nullable(
      Type.Object({
        fact: Type.String(),
        amount: Type.Number({ description: "In the unit; steps, where a grade is meant" }),
        unit: Type.String(),
        share: Nullable(Type.Number({ description: "Of the bound" })),
      }),
    ),
    settledBy: Type.Array(UnknownSchema),
    citation: Type.String(),
  },
  { $id: "RuleResult" },
);

export const MatchSchema = Type.Object(
  {
    product: ProductId,
    version: Version,
    sha256: Sha256,
    kind: ProductKindSchema,
    title: TextSchema,
    provider: ProductSummary.properties.provider,
    outcome: OutcomeSchema,
    rules: Type.Array(RuleResultSchema, { description: "The outcome of every rule, whatever the others say" }),
    limit: Nullable(Type.Integer({ minimum: 0, description: "In fen; null while it is not certain" })),
    limitFrom: Type.Object({
      lowFen: FenSchema,
      highFen: FenSchema,
      lines: Type.Array(
        Type.Object({
          id: Type.String(),
          of: Type.Enum(["term", "cap"]),
          title: TextSchema,
          fact: Nullable(Type.String()),
          value: Nullable(Type.Number()),
          times: Nullable(Type.Number()),
          amountFen: Nullable(FenSchema),
          citation: Type.String(),
        }),
      ),
      decidedBy: Type.Array(Type.String()),
      shortFen: Nullable(FenSchema),
      missing: Type.Array(UnknownSchema),
    }),
    amountFen: Nullable(FenSchema),
    termMonths: Count,
    method: RepaymentMethodSchema,
    nominalRate: Nullable(Rate),
    price: Type.Object({
      rateBp: Nullable(Type.Integer()),
      lowBp: Nullable(Type.Integer()),
      highBp: Nullable(Type.Integer()),
      base: Nullable(Type.Object({ tenor: Type.Enum(["1y", "5y"]), bp: Type.Integer(), from: Day })),
      /** Said where the base may be out of date on the day of the offer. */
      warning: Nullable(TextSchema),
      spreadBp: Type.Integer(),
      row: TextSchema,
      missing: Type.Array(UnknownSchema),
    }),
    annualCost: Nullable(
      Type.Number({ description: "All-in annual cost as a decimal: internal rate of return by day, fees in and subsidies out" }),
    ),
    cost: Nullable(
      Type.Object({
        annualCost: Nullable(Type.Number()),
        beforeSubsidies: Nullable(Type.Number()),
        interestFen: FenSchema,
        feesFen: FenSchema,
        subsidiesFen: FenSchema,
        payments: Count,
        firstPaymentFen: FenSchema,
        largestPaymentFen: FenSchema,
        missing: Type.Array(UnknownSchema),
      }),
    ),
    chance: Type.Object({ estimate: Type.Number(), low: Type.Number(), high: Type.Number(), unknownRules: Count }),
    daysToFunds: Count,
    inTheWay: Type.Array(TextSchema),
    better: Type.Boolean({ description: "It does not pass, and costs less than the best that does" }),
  },
  { $id: "Match" },
);
export type MatchDocument = Static<typeof MatchSchema>;

export const MatchingSchema = Type.Object(
  {
    enterprise: Nullable(Type.String()),
    /** Day of the offers: which versions, rules and LPR hold. */
    on: Day,
    asOf: Nullable(Day),
    /** What it was made from, by hash. */
    inputs: Type.Object({
      profile: Nullable(Sha256),
      model: Nullable(Sha256),
      facts: Sha256,
      catalogue: Sha256,
      demonstration: Type.Boolean({
        description: "No product was entered: these are the products that come with the demonstration region",
      }),
    }),
    matches: Type.Array(MatchSchema),
    missing: Type.Array(Type.Object({ unknown: UnknownSchema, products: Type.Array(Type.String()) }), {
      description: "Facts that are not known, with the products that wait for them, the most wanted first",
    }),
  },
  { $id: "Matching" },
);
export type MatchingDocument = Static<typeof MatchingSchema>;

const FactIds = Type.Array(Type.String(), { description: "Ids of facts that are not known" });
const { properties: Full } = MatchSchema;
const { properties: FullCost } = Full.cost.anyOf[0];

export const BriefMatchSchema = Type.Object(
  {
    product: Full.product,
    version: Full.version,
    sha256: Full.sha256,
    outcome: Full.outcome,
    rules: Type.Array(Type.Object({ rule: Type.String(), finding: Count }), {
      description: "Every rule by its id in the product's document, and the place of what was found among the findings",
    }),
    inTheWay: Type.Array(Count, { description: "Places of the findings that decide an outcome other than pass, nearest first" }),
    limit: Type.Object({
      lowFen: FenSchema,
      highFen: FenSchema,
      shortFen: Nullable(FenSchema),
      decidedBy: Type.Array(Type.String()),
      lines: Type.Array(Type.Object({ id: Type.String(), value: Nullable(Type.Number()), amountFen: Nullable(FenSchema) })),
      missing: FactIds,
    }),
    amountFen: Full.amountFen,
    termMonths: Full.termMonths,
    method: Full.method,
    nominalRate: Full.nominalRate,
    price: Type.Object({
      rateBp: Nullable(Type.Integer()),
      lowBp: Nullable(Type.Integer()),
      highBp: Nullable(Type.Integer()),
      spreadBp: Type.Integer(),
      missing: FactIds,
    }),
    annualCost: Full.annualCost,
    cost: Nullable(Type.Object({ ...FullCost, missing: FactIds })),
    chance: Full.chance,
    daysToFunds: Full.daysToFunds,
    better: Full.better,
  },
  { $id: "BriefMatch" },
);

export const BriefMatchingSchema = Type.Object(
  {
    enterprise: MatchingSchema.properties.enterprise,
    on: Day,
    asOf: Nullable(Day),
    inputs: MatchingSchema.properties.inputs,
    findings: Type.Array(
      Type.Object({
        outcome: OutcomeSchema,
        reason: TextSchema,
        facts: Type.Array(Type.Object({ fact: Type.String(), value: Nullable(FactValueSchema) })),
        gap: RuleResultSchema.properties.gap,
        settledBy: FactIds,
      }),
      { description: "What was found of each condition, once, with the reason in words; rules of several products may rest on one" },
    ),
    matches: Type.Array(BriefMatchSchema),
    base: Type.Object({
      lpr: Type.Array(Type.Object({ tenor: Type.Enum(["1y", "5y"]), bp: Type.Integer(), from: Day })),
      warning: Nullable(TextSchema),
    }),
    missing: Type.Array(Type.Object({ fact: Type.String(), products: Type.Array(Type.String()) })),
  },
  {
    $id: "BriefMatching",
    description:
      "A matching for machines: the same outcomes, reasons and figures. Titles, citations and sentences of rules are in the product's document (by its sha256), names of facts and the records that settle them in the catalogue of facts.",
  },
);
export type BriefMatchingDocument = Static<typeof BriefMatchingSchema>;

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
  {
    description: 'Facts by name, as in the catalogue of facts: {"request.amountFen": 50000000, "request.taxGrade": "A"}',
  },
);
const Wanted = {
  request: Type.Optional(Fields),
  ranking: Type.Optional(Type.Enum([...rankings])),
  method: Type.Optional(RepaymentMethodSchema),
  on: Type.Optional(Day),
};

export const matchEnterprise = route({
  id: "matchEnterprise",
  method: "POST",
  path: "/enterprises/:id/matches",
  tag: "product",
  audience: PARTY_KINDS,
  summary: {
    zh: "为一家企业匹配全部产品：每条规则的结论与理由、额度、价格、综合年化成本",
    en: "All products for one enterprise: the outcome and reason of every rule, limit, price, all-in annual cost",
  },
  params: Type.Object({ id: Type.String() }),
  query: Type.Object({ ...PurposeQuery }),
  body: Type.Object({ ...Wanted, asOf: Type.Optional(Day) }, closed),
  reply: MatchingSchema,
});

export const matchEnterpriseBriefly = route({
  ...matchEnterprise,
  id: "matchEnterpriseBriefly",
  path: "/enterprises/:id/matches/brief",
  summary: {
    zh: "为一家企业匹配全部产品，供机器读取：每条规则的结论与理由各说一次，产品与指标自身的文字以编号引用",
    en: "All products for one enterprise, for machines: each finding once with its reason, the words of products and facts by reference",
  },
  reply: BriefMatchingSchema,
});

export const matchRequest = route({
  id: "matchRequest",
  method: "POST",
  path: "/matches",
  tag: "product",
  audience: PARTY_KINDS,
  summary: {
    zh: "没有画像也可匹配：只凭所填字段，并说明还缺什么",
    en: "Matching without a profile: on the fields stated alone, saying what is missing",
  },
  body: Type.Object(Wanted, closed),
  reply: MatchingSchema,
});

const Tally = Type.Object({ pass: Count, near: Count, unknown: Count, fail: Count });
export const tryProduct = route({
  id: "tryProduct",
  method: "POST",
  path: "/products/:id/trial",
  tag: "product",
  audience: MAKERS,
  summary: {
    zh: "试运行：把一个未发布的文档与在售版本在全区域企业上并行运行，谁的结论会变",
    en: "Shadow run: a document that is not published beside the live version over the whole region, and whose outcome changes",
  },
  params: Type.Object({ id: ProductId }),
  body: Type.Object({ document: Type.Optional(Type.Unknown({ description: "Left out: the open draft" })), on: Type.Optional(Day) }, closed),
  reply: Type.Object({
    asOf: Day,
    on: Day,
    enterprises: Count,
    draft: Tally,
    live: Nullable(Tally),
    rules: Type.Array(Type.Object({ rule: Type.String(), title: TextSchema, known: Count, passed: Count })),
    changed: Type.Array(
      Type.Object({
        enterprise: Type.String(),
        name: Type.String(),
        before: OutcomeSchema,
        after: OutcomeSchema,
        beforeFen: FenSchema,
        afterFen: FenSchema,
      }),
      { description: "At most 1,000: outcome or largest limit changes" },
    ),
    changes: Count,
  }),
});

export const listFits = route({
  id: "listFits",
  method: "GET",
  path: "/products/:id/fits",
  tag: "product",
  audience: MAKERS,
  summary: {
    zh: "适合该产品而从未申请的企业（机构只见已授权给自己的）：符合的在前，其次只待申请时说明的，再次还缺资料的；额度高的在前",
    en: "Enterprises that fit the product and never applied for it (an institution sees those that consented to it): those that pass first, then those that wait for what an application states, then for records; the largest limits first",
  },
  params: Type.Object({ id: ProductId }),
  query: Type.Object({ on: Type.Optional(Day), ...PageQuery }),
  reply: Type.Object({
    asOf: Day,
    on: Day,
    version: Version,
    sha256: Sha256,
    enterprises: Type.Integer({ minimum: 0, description: "All that were looked at, whether they fit or not" }),
    pass: Type.Integer({ minimum: 0, description: "Of the total, those of which every rule is kept" }),
    application: Type.Integer({
      minimum: 0,
      description: "Of the total, those that break no rule, where all that is open is what only an application states",
    }),
    ...Page(
      Type.Object({
        enterprise: Type.String(),
        name: Type.String(),
        outcome: Type.Enum(["pass", "unknown"]),
        waitsFor: Type.Enum(["nothing", "application", "records"], {
          description: "What the outcome waits for: what only an application states, or a record of the enterprise too",
        }),
        lowFen: FenSchema,
        highFen: FenSchema,
      }),
    ).properties,
  }),
});

export const listShares = route({
  id: "listShares",
  method: "GET",
  path: "/products/shares",
  tag: "product",
  audience: MAKERS,
  summary: {
    zh: "各机构在已授权企业中的份额：适合其产品的、由其最优服务的、已申请的；机构只见自己的",
    en: "What part of the enterprises that consented to it each provider could serve, serves best, and has applications from; an institution sees its own alone",
  },
  query: Type.Object({ on: Type.Optional(Day) }),
  reply: Type.Object({
    asOf: Day,
    on: Day,
    providers: Type.Array(
      Type.Object({
        provider: Type.String(),
        name: TextSchema,
        products: Count,
        enterprises: Type.Integer({ minimum: 0, description: "That consented to this provider" }),
        fits: Type.Integer({ minimum: 0, description: "At least one of its products passes" }),
        mayFit: Type.Integer({ minimum: 0, description: "None passes and at least one is unknown" }),
        best: Type.Integer({ minimum: 0, description: "One of its products is the cheapest of all providers' that pass" }),
        applied: Type.Integer({ minimum: 0, description: "Have applied to it, whatever became of it" }),
      }),
    ),
  }),
});

import { type Static, Type } from "typebox";
import { type Fault, type Product, checkProduct } from "@zhiwei/core/product";
import { type Result, err, ok } from "@zhiwei/core/basics";
import { checker } from "./check.ts";
import { Day, Nullable } from "./route.ts";

/** The published schema of a product: what a product manager writes, in JSON Schema 2020-12. */

const closed = { additionalProperties: false } as const;
const Slug = Type.String({ pattern: "^[a-z0-9][a-z0-9-]{1,60}$" });
const Amount = Type.Integer({ minimum: 1, maximum: 1e13, description: "Amount in fen (1 yuan = 100 fen)" });
const Months = Type.Integer({ minimum: 1, maximum: 360 });
const Words = Type.Object(
  { zh: Type.String({ minLength: 1, maxLength: 1000 }), en: Type.String({ minLength: 1, maxLength: 1000 }) },
  closed,
);
const Code = Type.String({ minLength: 1, maxLength: 8 });
const FactId = Type.String({ minLength: 1, maxLength: 100, description: "As in the catalogue of facts: source.name" });
const Citation = Type.String({ minLength: 1, maxLength: 60, description: "Id of a source of this document, or `assumption`" });
const BasisPoints = Type.Integer({ minimum: -1000, maximum: 3600 });

export const OperatorSchema = Type.Enum([
  "eq",
  "ne",
  "lt",
  "le",
  "gt",
  "ge",
  "between",
  "not-between",
  "in",
  "not-in",
  "within",
  "not-within",
  "any-of",
  "all-of",
  "none-of",
  "not-all-of",
]);

const Finite = Type.Number({ minimum: -1e15, maximum: 1e15 });
const Operand = Type.Union([
  Finite,
  Type.String({ maxLength: 100 }),
  Type.Boolean(),
  Type.Array(Finite, { maxItems: 200 }),
  Type.Array(Type.String({ maxLength: 100 }), { maxItems: 200 }),
  Type.Object({ fact: FactId, times: Finite }, closed),
]);

const Comparison = Type.Object(
  {
    fact: FactId,
    op: OperatorSchema,
    value: Operand,
    near: Type.Optional(
      Type.Union([
        Type.Object({ share: Type.Number({ minimum: 0, maximum: 1 }) }, closed),
        Type.Object({ amount: Type.Number({ minimum: 0 }) }, closed),
      ]),
    ),
  },
  closed,
);

/** Groups nest; how deep, core checks. */
export const ConditionSchema = Type.Cyclic(
  {
    Condition: Type.Union([
      Comparison,
      Type.Object({ all: Type.Array(Type.Ref("Condition"), { minItems: 1, maxItems: 50 }) }, closed),
      Type.Object({ any: Type.Array(Type.Ref("Condition"), { minItems: 1, maxItems: 50 }) }, closed),
      Type.Object({ not: Type.Ref("Condition") }, closed),
    ]),
  },
  "Condition",
);

export const RuleSchema = Type.Object(
  {
    id: Slug,
    title: Words,
    when: ConditionSchema,
    unless: Type.Array(Type.Object({ title: Words, when: ConditionSchema, citation: Citation }, closed), { maxItems: 20 }),
    citation: Citation,
    validFrom: Nullable(Day),
    validTo: Nullable(Day),
  },
  closed,
);

const LimitSchema = Type.Object(
  {
    take: Type.Enum(["least", "greatest", "sum"]),
    terms: Type.Array(
      Type.Object(
        { id: Slug, title: Words, fact: FactId, times: Type.Number({ exclusiveMinimum: 0, maximum: 1e6 }), citation: Citation },
        closed,
      ),
      { minItems: 1, maxItems: 20 },
    ),
    minFen: Amount,
    maxFen: Amount,
    stepFen: Amount,
    exposure: Nullable(
      Type.Object(
        {
          fact: Nullable(FactId),
          times: Type.Number({
            exclusiveMinimum: 0,
            maximum: 1e13,
            description: "Factor of the fact, or the cap in fen where there is none",
          }),
          less: FactId,
          citation: Citation,
        },
        closed,
      ),
    ),
    citation: Citation,
  },
  closed,
);

const PriceSchema = Type.Object(
  {
    base: Type.Enum(["lpr-1y", "lpr-5y", "fixed"]),
    rows: Type.Array(Type.Object({ when: Nullable(ConditionSchema), title: Words, spreadBp: BasisPoints }, closed), {
      minItems: 1,
      maxItems: 50,
    }),
    floorBp: Nullable(BasisPoints),
    ceilingBp: Nullable(BasisPoints),
    citation: Citation,
  },
  closed,
);

export const RepaymentMethodSchema = Type.Enum(["equal-instalment", "equal-principal", "interest-monthly", "bullet"]);
export const FeeKindSchema = Type.Enum(["guarantee", "insurance", "valuation", "registration", "service", "deposit"]);
export const ProductKindSchema = Type.Enum([
  "credit-loan",
  "tax-invoice-loan",
  "revolving-line",
  "receivable-finance",
  "order-finance",
  "ip-pledge-loan",
  "weather-insurance-loan",
  "guaranteed-loan",
  "first-loan",
  "renewal-loan",
  "equipment-lease",
]);

export const ProductSchema = Type.Object(
  {
    schema: Type.Object({ id: Type.Literal("zhiwei/product"), version: Type.Literal(1) }, closed),
    id: Slug,
    version: Type.Integer({ minimum: 1 }),
    kind: ProductKindSchema,
    title: Words,
    summary: Words,
    provider: Type.Object({ id: Slug, name: Words, kind: Type.Enum(["bank", "guarantor", "insurer", "lessor"]) }, closed),
    sources: Type.Array(
      Type.Object({ id: Slug, title: Words, publisher: Words, year: Type.Integer({ minimum: 1980, maximum: 2100 }) }, closed),
      { maxItems: 40 },
    ),
    offered: Type.Object(
      {
        from: Day,
        to: Nullable(Day),
        regions: Type.Array(Code, { maxItems: 400 }),
        sectors: Type.Array(Code, { maxItems: 200 }),
        notSectors: Type.Array(Code, { maxItems: 200 }),
      },
      closed,
    ),
    eligibility: Type.Array(RuleSchema, { maxItems: 100 }),
    limit: LimitSchema,
    price: PriceSchema,
    term: Type.Object({ minMonths: Months, maxMonths: Months, usualMonths: Months, revolving: Type.Boolean() }, closed),
    repayment: Type.Object(
      {
        methods: Type.Array(RepaymentMethodSchema, { minItems: 1, maxItems: 4 }),
        everyMonths: Type.Union([Type.Literal(1), Type.Literal(3), Type.Literal(6), Type.Literal(12)]),
        dayCount: Type.Enum(["actual/365", "actual/360", "30/360"]),
      },
      closed,
    ),
    fees: Type.Array(
      Type.Object(
        {
          id: Slug,
          kind: FeeKindSchema,
          title: Words,
          of: Type.Enum(["principal", "balance", "amount", "fact"]),
          fact: Nullable(FactId),
          times: Type.Number({ minimum: 0, maximum: 1e13 }),
          at: Type.Enum(["start", "yearly"]),
          citation: Citation,
        },
        closed,
      ),
      { maxItems: 20 },
    ),
    subsidies: Type.Array(
      Type.Object(
        {
          id: Slug,
          title: Words,
          of: Type.Enum(["interest-points", "interest-share", "fee-share"]),
          fee: Nullable(FeeKindSchema),
          rate: Type.Number({ minimum: 0, maximum: 1 }),
          principalCapFen: Nullable(Amount),
          months: Nullable(Months),
          lagDays: Type.Integer({ minimum: 0, maximum: 730 }),
          citation: Citation,
        },
        closed,
      ),
      { maxItems: 20 },
    ),
    documents: Type.Array(Words, { maxItems: 40 }),
    security: Type.Array(Words, { maxItems: 20 }),
    riskSharing: Nullable(
      Type.Object(
        {
          programme: Slug,
          title: Words,
          shares: Type.Array(Type.Object({ party: Words, share: Type.Number({ exclusiveMinimum: 0, maximum: 1 }) }, closed), {
            minItems: 1,
            maxItems: 10,
          }),
          borrowerCapFen: Nullable(Amount),
          citation: Citation,
        },
        closed,
      ),
    ),
    daysToFunds: Type.Integer({ minimum: 0, maximum: 365 }),
    assumptions: Type.Array(Words, { maxItems: 40 }),
  },
  {
    $id: "Product",
    ...closed,
    description: "A financing product: kind, provider, eligibility, limit, price, term, repayment, fees, subsidies",
  },
);
export type ProductDocument = Static<typeof ProductSchema>;

const misfit = checker(ProductSchema);

/** A product out of any JSON, or every fault that it has, each with its path. */
export const parseProduct = (document: unknown): Result<Product, readonly Fault[]> => {
  const wrong = misfit(document);
  if (wrong)
    return err([
      { at: wrong.at, text: { zh: `不符合公布的结构（${wrong.rule}）`, en: `does not fit the published schema (${wrong.rule})` } },
    ]);
  const product = document as Product;
  const faults = checkProduct(product);
  return faults.length > 0 ? err(faults) : ok(product);
};

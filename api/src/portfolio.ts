import { type Static, Type } from "typebox";
import { Day, FenSchema, Nullable, TextSchema, route } from "./route.ts";

/** Portfolio 组合: allocation of a lending budget, its efficient frontier, and what a shock does to it. Formulas: docs/portfolio.md. */

const Share = Type.Number({ minimum: 0, maximum: 1 });
const Amount = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: "Fen" });
const Id = Type.String({ minLength: 1, maxLength: 100 });

export const ChurnTableSchema = Type.Object(
  {
    rates: Type.Array(Share, { minItems: 1, maxItems: 2000, description: "Rates a year, rising" }),
    grades: Type.Array(Type.Object({ grade: Id, churn: Type.Array(Share, { minItems: 1, maxItems: 2000 }) }), {
      minItems: 1,
      maxItems: 50,
    }),
  },
  { $id: "ChurnTable", description: "Share of the customers of a grade who leave at a rate" },
);

export const GradeBandsSchema = Type.Array(Type.Object({ name: Id, upTo: Type.Number({ minimum: 0, maximum: 1 }) }), {
  minItems: 1,
  maxItems: 50,
  description: "Grades by probability of default, best first: a grade holds probabilities below its upTo, the last is 1",
});

const Shock = Type.Object({ odds: Type.Number({ minimum: 0.01, maximum: 100 }), turnover: Type.Number({ minimum: 0, maximum: 10 }) });
export const ScenarioSchema = Type.Object(
  {
    id: Id,
    title: TextSchema,
    source: TextSchema,
    sectors: Type.Record(Type.String(), Shock, { description: "By section of GB/T 4754; odds of default and turnover are multiplied" }),
    otherwise: Shock,
  },
  { $id: "Scenario", description: "A shock by sector, with the source of its factors" },
);

export const LimitSchema = Type.Object(
  {
    kind: Type.Enum(["sector", "region"]),
    code: Type.String({
      minLength: 1,
      maxLength: 20,
      description: "Section of GB/T 4754, code of GB/T 2260, `unknown`, or `*` for each of them",
    }),
    limitFen: Amount,
  },
  { additionalProperties: false },
);

export const AllocateBody = Type.Object(
  {
    budgetFen: Amount,
    budgetKind: Type.Optional(Type.Enum(["nominal", "expected-disbursed"])),
    minFen: Amount,
    maxFen: Amount,
    rateMin: Share,
    rateMax: Share,
    rateStep: Type.Optional(Nullable(Type.Number({ minimum: 0.0001, maximum: 1 }))),
    lgd: Type.Optional(Share),
    funding: Type.Optional(Share),
    interest: Type.Optional(Type.Enum(["survivors", "all"])),
    limits: Type.Optional(Type.Array(LimitSchema, { maxItems: 200 })),
    singleNameFen: Type.Optional(Nullable(Amount)),
    turnoverShare: Type.Optional(Nullable(Type.Number({ minimum: 0, maximum: 100 }))),
    refusedGrades: Type.Optional(Type.Array(Id, { maxItems: 50 })),
    churn: Type.Optional(ChurnTableSchema),
    bands: Type.Optional(GradeBandsSchema),
    centralTendency: Type.Optional(
      Nullable(
        Type.Number({
          exclusiveMinimum: 0,
          exclusiveMaximum: 1,
          description: "Log-odds are shifted so that the mean probability of those considered is this",
        }),
      ),
    ),
    enterprises: Type.Optional(
      Type.Union([Type.Enum(["unseen", "seen", "all"]), Type.Array(Id, { minItems: 1, maxItems: 100_000 })], {
        description: "Those the model did not learn from (without a credit record), those it did, all, or those named",
      }),
    ),
    asOf: Type.Optional(Day),
    model: Type.Optional(Type.String({ description: "Default: the champion" })),
    scenario: Type.Optional(
      Nullable(Type.Union([Id, ScenarioSchema], { description: "Id of one that comes with the platform, or a document" })),
    ),
  },
  { additionalProperties: false },
);
export type AllocateBody = Static<typeof AllocateBody>;

const Who = {
  enterprise: Type.String(),
  name: Type.String(),
  grade: Type.String(),
  pd: Type.Number(),
  sector: Nullable(Type.String()),
  region: Nullable(Type.String()),
};
const Expected = Type.Integer({ description: "Expected value, rounded to a fen" });
const TotalsSchema = Type.Object({
  enterprises: Type.Integer(),
  offeredFen: FenSchema,
  disbursedFen: Expected,
  interestFen: Expected,
  lossFen: Expected,
  fundingFen: Expected,
  profitFen: Expected,
});

export const AllocationSchema = Type.Object(
  {
    asOf: Day,
    model: Type.Object({ id: Type.String(), sha256: Type.String() }),
    expectedProfit: Type.Number({ description: "Yuan" }),
    expectedProfitFen: Expected,
    bound: Type.Number({ description: "Yuan: no allocation within the terms is expected to bring more" }),
    boundFen: Type.Integer(),
    gapFen: Type.Integer(),
    proven: Type.Boolean({ description: "The search ended with the bound reached to a yuan, or a millionth" }),
    nodes: Type.Integer(),
    riskFen: Type.Object({ expectedLoss: Expected, lossQuantile: Expected }, { description: "Quantile by Vasicek's one-factor model" }),
    totals: TotalsSchema,
    allocations: Type.Array(
      Type.Object({
        ...Who,
        amount: Type.Number({ description: "Yuan" }),
        amountFen: FenSchema,
        rate: Type.Number({ description: "A year" }),
        churn: Type.Number(),
        disbursedFen: Expected,
        interestFen: Expected,
        lossFen: Expected,
        fundingFen: Expected,
        profitFen: Expected,
        why: Type.Array(Type.Object({ rate: Type.Number(), churn: Type.Number(), profit: Type.Number(), worth: Type.Number() }), {
          description: "A yuan offered at this rate and its neighbours: profit, and what is left after the price of the budget it uses",
        }),
      }),
    ),
    refused: Type.Array(
      Type.Object({
        ...Who,
        because: Type.Enum(["grade", "no-profitable-rate", "below-minimum", "better-use"]),
        best: Nullable(Type.Object({ rate: Type.Number(), profit: Type.Number({ description: "Of a yuan offered" }) })),
      }),
    ),
    limits: Type.Array(
      Type.Object({
        kind: Type.Enum(["budget", "sector", "region"]),
        code: Nullable(Type.String()),
        limitFen: FenSchema,
        usedFen: Expected,
        price: Type.Number({ description: "What one more yuan of it would bring" }),
      }),
    ),
  },
  { $id: "Allocation" },
);
export type AllocationDocument = Static<typeof AllocationSchema>;

const Side = Type.Object({ amountFen: FenSchema, rate: Nullable(Type.Number()), pd: Type.Number(), grade: Type.String() });
export const ShockResultSchema = Type.Object(
  {
    scenario: ScenarioSchema,
    after: AllocationSchema,
    heldProfitFen: Type.Integer({ description: "Expected profit where the first allocation is kept through the shock" }),
    changes: Type.Array(
      Type.Object({
        enterprise: Type.String(),
        name: Type.String(),
        sector: Nullable(Type.String()),
        change: Type.Enum(["enters", "leaves", "more", "less", "dearer", "cheaper"]),
        before: Side,
        after: Side,
      }),
    ),
  },
  { $id: "ShockResult" },
);
export type ShockResult = Static<typeof ShockResultSchema>;

export const allocatePortfolio = route({
  id: "allocatePortfolio",
  method: "POST",
  path: "/portfolio/allocations",
  tag: "portfolio",
  audience: ["operator", "bank"],
  summary: {
    zh: "按预算分配额度与利率，预期利润最大，附上界；可附冲击情景下的调整",
    en: "Allot a budget: amounts and rates of the highest expected profit, with a bound; with a scenario, the adjusted allocation too",
  },
  body: AllocateBody,
  reply: Type.Object({ allocation: AllocationSchema, shock: Nullable(ShockResultSchema) }),
});

export const portfolioFrontier = route({
  id: "portfolioFrontier",
  method: "POST",
  path: "/portfolio/frontier",
  tag: "portfolio",
  audience: ["operator", "bank"],
  summary: { zh: "有效前沿：预期利润与风险", en: "Efficient frontier: expected profit against risk" },
  body: Type.Object(
    {
      terms: AllocateBody,
      measure: Type.Optional(Type.Enum(["expected-loss", "loss-quantile"])),
      rho: Type.Optional(Type.Number({ minimum: 0, maximum: 0.99, description: "Correlation of assets" })),
      quantile: Type.Optional(Type.Number({ minimum: 0.5, maximum: 0.99999 })),
      points: Type.Optional(Type.Integer({ minimum: 2, maximum: 50 })),
    },
    { additionalProperties: false },
  ),
  reply: Type.Object({
    measure: Type.Enum(["expected-loss", "loss-quantile"]),
    rho: Type.Number(),
    quantile: Type.Number(),
    points: Type.Array(
      Type.Object({
        charge: Nullable(Type.Number({ description: "Yuan charged a yuan of risk; null for lending nothing" })),
        profitFen: Expected,
        riskFen: Expected,
        expectedLossFen: Expected,
        enterprises: Type.Integer(),
        offeredFen: FenSchema,
        disbursedFen: Expected,
        proven: Type.Boolean(),
        gapFen: Type.Integer(),
      }),
    ),
  }),
});

export const getPortfolioSettings = route({
  id: "getPortfolioSettings",
  method: "GET",
  path: "/portfolio/settings",
  tag: "portfolio",
  audience: ["operator", "bank"],
  summary: {
    zh: "随平台提供的客户流失率表、等级区间与情景",
    en: "The table of churn, grade bands and scenarios that come with the platform",
  },
  reply: Type.Object({
    churn: Nullable(ChurnTableSchema),
    bands: GradeBandsSchema,
    scenarios: Type.Array(ScenarioSchema),
    sectors: Type.Array(Type.Object({ code: Type.String(), name: TextSchema })),
  }),
});

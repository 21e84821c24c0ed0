import { Type } from "typebox";
import { Day, Nullable, ProblemSchema, TextSchema } from "./route.ts";

// The model document, as core/src/scorecard/model.ts makes it.

const Count = Type.Integer({ minimum: 0 });
const Sha256 = Type.String({ pattern: "^[0-9a-f]{64}$" });
const Share = Type.Number({ minimum: 0, maximum: 1 });
const Shape = Type.Enum(["none", "ascending", "descending", "peak", "valley"]);
const Trend = Type.Enum(["auto", "none", "ascending", "descending", "peak", "valley"]);
const Objective = Type.Enum(["iv", "js", "hellinger"]);

export const BinSchema = Type.Object(
  {
    kind: Type.Enum(["interval", "categories", "special", "missing"]),
    from: Nullable(Type.Number({ description: "An interval holds from ≤ value < to; null where it is open" })),
    to: Nullable(Type.Number()),
    categories: Type.Array(Type.String()),
    takesOther: Type.Boolean({ description: "Takes rare and unseen categories" }),
    special: Nullable(Type.Union([Type.Number(), Type.String()])),
    records: Count,
    events: Count,
    nonEvents: Count,
    share: Share,
    eventRate: Nullable(Share),
    woe: Type.Number({ description: "Weight of evidence: higher is safer" }),
    woeVariance: Type.Number(),
    iv: Type.Number(),
    js: Type.Number(),
    hellinger: Type.Number(),
  },
  { $id: "ScorecardBin" },
);

export const BinningSchema = Type.Object(
  {
    name: Type.String(),
    kind: Type.Enum(["numerical", "categorical"]),
    objective: Objective,
    trend: Shape,
    trials: Type.Array(Type.Object({ shape: Shape, logLoss: Nullable(Type.Number()), feasible: Type.Boolean() })),
    splits: Type.Array(Type.Number()),
    bins: Type.Array(BinSchema),
    records: Count,
    events: Count,
    iv: Type.Number(),
    js: Type.Number(),
    hellinger: Type.Number(),
    preBins: Count,
    smoothing: Type.Number(),
    edited: Type.Boolean({ description: "A person has moved a boundary: no longer the proven optimum" }),
  },
  { $id: "ScorecardBinning" },
);

const MasterScale = Type.Array(Type.Object({ name: Type.String(), upTo: Share }));
const Scale = Type.Object({
  basePoints: Type.Number(),
  baseOdds: Type.Number(),
  pointsToDouble: Type.Number(),
  decimals: Nullable(Type.Integer()),
  spread: Type.Boolean(),
});

export const ScorecardSchema = Type.Object(
  {
    scale: Scale,
    base: Type.Number(),
    features: Type.Array(
      Type.Object({
        name: Type.String(),
        binning: BinningSchema,
        coefficient: Type.Number(),
        points: Type.Array(Type.Number(), { description: "Of each bin, in the order of the bins" }),
        best: Type.Number(),
        expected: Type.Number(),
      }),
    ),
    calibration: Type.Object({ shift: Type.Number(), slope: Type.Number() }),
    grades: MasterScale,
    covariance: Type.Array(Type.Number()),
  },
  { $id: "Scorecard" },
);

export const BinningOptionsSchema = Type.Object(
  {
    method: Type.Optional(
      Type.Enum(["optimal", "even"], { description: "even: bins of equal count with evidence on a line, for few labels" }),
    ),
    objective: Type.Optional(Objective),
    trend: Type.Optional(Trend),
    maxPreBins: Type.Optional(Type.Integer({ minimum: 2, maximum: 64 })),
    minPreBinShare: Type.Optional(Share),
    refine: Type.Optional(Type.Boolean()),
    minBinShare: Type.Optional(Share),
    minEvents: Type.Optional(Count),
    minNonEvents: Type.Optional(Count),
    minBins: Type.Optional(Type.Integer({ minimum: 1, maximum: 64 })),
    maxBins: Type.Optional(Nullable(Type.Integer({ minimum: 1, maximum: 64 }))),
    maxPValue: Type.Optional(Nullable(Share)),
    special: Type.Optional(Type.Array(Type.Union([Type.Number(), Type.String()]), { maxItems: 50 })),
    rareShare: Type.Optional(Share),
    minRecords: Type.Optional(Count),
    smoothing: Type.Optional(Type.Number({ minimum: 0, maximum: 1000 })),
    folds: Type.Optional(Type.Integer({ minimum: 2, maximum: 20 })),
    seed: Type.Optional(Type.Integer({ minimum: 0 })),
  },
  { $id: "BinningOptions", additionalProperties: false },
);

export const ExpertPriorSchema = Type.Object(
  {
    feature: Type.String(),
    trend: Type.Optional(Shape),
    least: Type.Optional(Type.Number()),
    most: Type.Optional(Type.Number()),
    setBy: Type.String({ minLength: 1, maxLength: 100 }),
    setOn: Day,
    reason: Type.String({ minLength: 1, maxLength: 1000 }),
  },
  { $id: "ExpertPrior", additionalProperties: false },
);

export const BinEditSchema = Type.Union([
  Type.Object({ feature: Type.String(), splits: Type.Array(Type.Number(), { maxItems: 63 }) }, { additionalProperties: false }),
  Type.Object(
    { feature: Type.String(), groups: Type.Array(Type.Array(Type.String()), { minItems: 1, maxItems: 64 }) },
    { additionalProperties: false },
  ),
]);

/** How a scorecard is trained; what is left out has the defaults of core/src/scorecard/train.ts. */
export const TrainOptionsSchema = Type.Object(
  {
    binning: Type.Optional(BinningOptionsSchema),
    byFeature: Type.Optional(Type.Record(Type.String(), BinningOptionsSchema)),
    priors: Type.Optional(Type.Array(ExpertPriorSchema)),
    minIv: Type.Optional(Type.Number({ minimum: 0 })),
    maxCorrelation: Type.Optional(Share),
    selection: Type.Optional(
      Nullable(
        Type.Object({
          direction: Type.Optional(Type.Enum(["forward", "backward", "both"])),
          criterion: Type.Optional(Type.Enum(["aic", "bic", "p"])),
          enter: Type.Optional(Share),
          leave: Type.Optional(Share),
          maxColumns: Type.Optional(Type.Integer({ minimum: 1 })),
        }),
      ),
    ),
    l2: Type.Optional(Type.Union([Type.Number({ minimum: 0 }), Type.Array(Type.Number({ minimum: 0 }), { minItems: 1, maxItems: 20 })])),
    l1: Type.Optional(Type.Number({ minimum: 0 })),
    centre: Type.Optional(Type.Number({ minimum: -2, maximum: 0 })),
    keepMeaning: Type.Optional(Type.Boolean()),
    scale: Type.Optional(Scale),
    centralTendency: Type.Optional(Nullable(Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1 }))),
    grades: Type.Optional(MasterScale),
    folds: Type.Optional(Type.Integer({ minimum: 2, maximum: 20 })),
    edits: Type.Optional(Type.Array(BinEditSchema)),
  },
  { $id: "TrainOptions" },
);

export const BoostingOptionsSchema = Type.Object(
  {
    trees: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
    learningRate: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1 })),
    leaves: Type.Optional(Type.Integer({ minimum: 2, maximum: 64 })),
    minLeaf: Type.Optional(Nullable(Type.Integer({ minimum: 1 }))),
    l2: Type.Optional(Type.Number({ minimum: 0 })),
    rowShare: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1 })),
    featureShare: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1 })),
    bins: Type.Optional(Type.Integer({ minimum: 2, maximum: 254 })),
  },
  { $id: "BoostingOptions", additionalProperties: false, description: "Boosted trees beside the scorecard" },
);

export const RecipeSchema = Type.Object(
  {
    features: Nullable(Type.Array(Type.String())),
    unmovedBySplitting: Type.Optional(
      Type.Boolean({
        description:
          "Only features that billing one sale as several invoices cannot move. On for the platform's own sample unless turned off; not for a table that was brought, whose columns are not known here",
      }),
    ),
    options: TrainOptionsSchema,
    folds: Type.Integer({ minimum: 2, maximum: 20 }),
    repeats: Type.Integer({ minimum: 1, maximum: 100 }),
    refits: Type.Integer({ minimum: 0, maximum: 500 }),
    seed: Type.Integer({ minimum: 0 }),
    holdOut: Nullable(
      Type.Union([
        Type.Object({ share: Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1 }) }, { additionalProperties: false }),
        Type.Object({ from: Day }, { additionalProperties: false }),
      ]),
    ),
    approvalShare: Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1 }),
    challenger: Nullable(BoostingOptionsSchema),
  },
  { $id: "ScorecardRecipe" },
);

const Estimate = Type.Object(
  {
    mean: Type.Number(),
    deviation: Type.Number(),
    standardError: Type.Number(),
    low: Type.Number({ description: "95 %, corrected for folds that share records (Nadeau and Bengio 2003)" }),
    high: Type.Number(),
  },
  { $id: "Estimate" },
);

const DiscriminationSchema = Type.Object(
  {
    auc: Type.Number(),
    gini: Type.Number(),
    standardError: Type.Number(),
    low: Type.Number(),
    high: Type.Number(),
    scoreLow: Type.Number(),
    scoreHigh: Type.Number(),
    ks: Type.Number(),
    ksAt: Type.Number(),
  },
  { $id: "Discrimination" },
);

export const AssessmentSchema = Type.Object(
  {
    records: Count,
    events: Count,
    discrimination: DiscriminationSchema,
    calibration: Type.Object({
      brier: Type.Number(),
      brierOfRate: Type.Number(),
      logLoss: Type.Number(),
      meanPd: Type.Number(),
      rate: Type.Number(),
      expectedError: Type.Number(),
      hosmerLemeshow: Type.Object({ statistic: Type.Number(), freedom: Count, pValue: Type.Number() }),
      table: Type.Array(
        Type.Object({
          records: Count,
          events: Count,
          meanPd: Type.Number(),
          rate: Type.Number(),
          low: Type.Number(),
          high: Type.Number(),
        }),
      ),
    }),
    gains: Type.Array(
      Type.Object({
        records: Count,
        events: Count,
        rate: Type.Number(),
        lift: Type.Number(),
        recordsShare: Type.Number(),
        eventsShare: Type.Number(),
        cumulativeLift: Type.Number(),
      }),
    ),
    cutOffs: Type.Array(
      Type.Object({
        cutOff: Type.Number(),
        approved: Count,
        approvalRate: Type.Number(),
        badRate: Nullable(Type.Number()),
        refusedBadRate: Nullable(Type.Number()),
        eventsRefused: Type.Number(),
        nonEventsRefused: Type.Number(),
      }),
    ),
    byGrade: Type.Array(Type.Object({ grade: Type.String(), records: Count, events: Count, meanPd: Type.Number() })),
  },
  { $id: "ScorecardAssessment" },
);

export const ValidationSchema = Type.Object(
  {
    folds: Count,
    repeats: Count,
    auc: Estimate,
    ks: Estimate,
    brier: Estimate,
    logLoss: Estimate,
    heldOut: AssessmentSchema,
    seen: Type.Object({ auc: Type.Number(), ks: Type.Number() }),
    shuffledAuc: Nullable(Type.Number()),
    split: Nullable(Type.Object({ kind: Type.Enum(["sample", "time"]), assessment: AssessmentSchema })),
    vif: Type.Array(Type.Object({ feature: Type.String(), value: Nullable(Type.Number()) })),
    correlations: Type.Array(Type.Number()),
    fairness: Type.Array(
      Type.Object({
        by: TextSchema,
        approvalShare: Type.Number(),
        groups: Type.Array(
          Type.Object({
            group: Type.String(),
            records: Count,
            events: Count,
            approvalRate: Type.Number(),
            low: Type.Number(),
            high: Type.Number(),
            ratio: Nullable(Type.Number()),
            opportunityDifference: Nullable(Type.Number()),
            badRateOfApproved: Nullable(Type.Number()),
          }),
        ),
      }),
    ),
  },
  { $id: "ScorecardValidation" },
);

const Coefficient = Type.Object({
  name: Type.String(),
  value: Type.Number(),
  standardError: Nullable(Type.Number()),
  z: Nullable(Type.Number()),
  pValue: Nullable(Type.Number()),
  atBound: Type.Boolean(),
});

const ChallengerSchema = Type.Object(
  {
    model: Type.Object({
      features: Type.Array(Type.Object({ name: Type.String(), categories: Nullable(Type.Array(Type.String())) })),
      start: Type.Number(),
      trees: Type.Array(
        Type.Array(
          Type.Union([
            Type.Object({ cover: Count, value: Type.Number() }),
            Type.Object({
              cover: Count,
              feature: Count,
              below: Nullable(Type.Number()),
              categories: Nullable(Type.Array(Count)),
              missingLeft: Type.Boolean(),
              left: Count,
              right: Count,
            }),
          ]),
        ),
      ),
    }),
    auc: Estimate,
    ks: Estimate,
    brier: Estimate,
    logLoss: Estimate,
    heldOut: Type.Array(Type.Number()),
    calibration: Nullable(Type.Object({ shift: Type.Number(), slope: Type.Number() })),
    gain: Type.Object(
      {
        card: Type.Number(),
        challenger: Type.Number(),
        difference: Type.Number(),
        low: Type.Number(),
        high: Type.Number(),
        pValue: Type.Number(),
      },
      { description: "AUC of the mean held-out log-odds: the trees' less the card's, 95 % by DeLong" },
    ),
    split: Nullable(DiscriminationSchema),
    importance: Type.Array(
      Type.Object({
        feature: Type.String(),
        logOdds: Type.Number({ description: "Mean absolute Shapley value" }),
        inCard: Type.Boolean(),
      }),
    ),
  },
  { $id: "ScorecardChallenger", description: "Boosted trees on the same features and folds: what plainness costs. They decide nothing." },
);

export const DevelopmentSchema = Type.Object(
  {
    records: Count,
    events: Count,
    card: ScorecardSchema,
    regression: Type.Object({
      intercept: Coefficient,
      coefficients: Type.Array(Coefficient),
      logLikelihood: Type.Number(),
      nullLogLikelihood: Type.Number(),
      freedom: Type.Number(),
      aic: Type.Number(),
      bic: Type.Number(),
      pseudoR2: Type.Number(),
      iterations: Count,
      records: Count,
      events: Count,
      separated: Type.Boolean(),
      l1: Type.Number(),
      l2: Type.Number(),
    }),
    candidates: Type.Array(
      Type.Object({
        feature: Type.String(),
        iv: Nullable(Type.Number()),
        auc: Nullable(Type.Number()),
        used: Type.Boolean(),
        usedInFolds: Share,
        left: Nullable(ProblemSchema),
      }),
    ),
    validation: ValidationSchema,
    uncertainty: Type.Object({
      refits: Type.Array(Type.Array(Type.Number())),
      calibration: Type.Array(Type.Number(), { minItems: 3, maxItems: 3 }),
    }),
    challenger: Nullable(ChallengerSchema),
    heldOut: Type.Array(Type.Number()),
    scores: Type.Array(Type.Number()),
  },
  { $id: "ScorecardDevelopment" },
);

export const SampleSourceSchema = Type.Object(
  {
    kind: Type.Enum(["platform", "table"]),
    title: TextSchema,
    asOf: Nullable(Day),
    outcome: TextSchema,
    sha256: Sha256,
    catalogue: Nullable(Type.String()),
  },
  { $id: "SampleSource" },
);

export const ModelDocumentSchema = Type.Object(
  {
    format: Type.Literal("zhiwei.scorecard.v1"),
    name: Type.String(),
    version: Type.Integer({ minimum: 1 }),
    title: TextSchema,
    purpose: TextSchema,
    limits: Type.Array(TextSchema),
    sample: SampleSourceSchema,
    code: Type.Object({ product: Type.String() }),
    madeBy: Type.String(),
    madeAt: Type.String(),
    note: Type.String(),
    basedOn: Nullable(Type.String()),
    recipe: RecipeSchema,
    development: DevelopmentSchema,
  },
  { $id: "ScorecardModel", description: "A model: everything a committee signs. It never changes once kept." },
);

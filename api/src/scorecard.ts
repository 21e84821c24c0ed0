import { type Static, Type } from "typebox";
import { Day, Nullable, PARTY_KINDS, ProblemSchema, PurposeQuery, TextSchema, route } from "./route.ts";
import {
  BinEditSchema,
  BinningOptionsSchema,
  BinningSchema,
  ModelDocumentSchema,
  RecipeSchema,
  SampleSourceSchema,
} from "./scorecard.schema.ts";

export * from "./scorecard.schema.ts";

const Count = Type.Integer({ minimum: 0 });
const Sha256 = Type.String({ pattern: "^[0-9a-f]{64}$" });
const By = Type.String({
  minLength: 1,
  maxLength: 100,
  description: "Who does this: a name or a post. Where the caller is signed in or has a seat, that says who, and this is ignored",
});
const Note = Type.String({ maxLength: 2000 });

export const ModelState = Type.Enum(["draft", "submitted", "approved", "rejected", "retired"]);
export const ModelRole = Type.Enum(["champion", "challenger"]);
export const ModelAction = Type.Enum(["submit", "withdraw", "approve", "reject", "deploy", "shadow", "stand-down", "retire"]);

export const ModelSummary = Type.Object(
  {
    id: Type.String({ description: "name@version" }),
    name: Type.String(),
    version: Type.Integer({ minimum: 1 }),
    title: TextSchema,
    state: ModelState,
    role: Nullable(ModelRole),
    applies: Type.Boolean({ description: "Whether it can score the platform's enterprises" }),
    sha256: Sha256,
    sample: SampleSourceSchema,
    records: Count,
    events: Count,
    features: Count,
    auc: Type.Object({ mean: Type.Number(), low: Type.Number(), high: Type.Number() }),
    ks: Type.Number(),
    madeBy: Type.String(),
    madeAt: Type.String(),
    approvedBy: Nullable(Type.String()),
  },
  { $id: "ScorecardSummary" },
);
export type ModelSummary = Static<typeof ModelSummary>;

export const ModelEvent = Type.Object(
  {
    action: Type.Union([ModelAction, Type.Literal("train"), Type.Literal("replaced")]),
    by: Type.String(),
    note: Type.String(),
    at: Type.String(),
  },
  { $id: "ScorecardEvent" },
);

/** Who makes models and decides on them; and who may look at them. */
const MODELLERS = ["operator", "bank"] as const;
const MODEL_READERS = ["operator", "bank", "supervisor"] as const;

export const listScorecards = route({
  id: "listScorecards",
  method: "GET",
  path: "/scorecards",
  tag: "scorecard",
  audience: MODEL_READERS,
  summary: { zh: "模型登记簿：全部评分卡，在用的在前", en: "The registry: every scorecard, those in use first" },
  reply: Type.Array(ModelSummary),
});

export const getScorecard = route({
  id: "getScorecard",
  method: "GET",
  path: "/scorecards/:id",
  tag: "scorecard",
  audience: MODEL_READERS,
  summary: { zh: "一个模型的文档、状态与历次操作", en: "A model's document, its standing and what was done with it" },
  params: Type.Object({ id: Type.String() }),
  reply: Type.Object({
    summary: ModelSummary,
    document: ModelDocumentSchema,
    events: Type.Array(ModelEvent),
    actions: Type.Array(ModelAction, { description: "What can be done next, by whoever may" }),
  }),
});

export const actOnScorecard = route({
  id: "actOnScorecard",
  method: "POST",
  path: "/scorecards/:id/actions",
  tag: "scorecard",
  audience: MODELLERS,
  summary: {
    zh: "提交、审批、驳回、上线、影子运行、下线、停用；审批须由第二人，并写明所见文档的哈希",
    en: "Submit, approve, reject, deploy, shadow, stand down, retire; approval by a second person who states the hash seen",
  },
  params: Type.Object({ id: Type.String() }),
  body: Type.Object(
    { action: ModelAction, by: Type.Optional(By), note: Type.Optional(Note), sha256: Type.Optional(Sha256) },
    { additionalProperties: false },
  ),
  reply: ModelSummary,
});

export const rollBackScorecard = route({
  id: "rollBackScorecard",
  method: "POST",
  path: "/scorecards/roll-back",
  tag: "scorecard",
  audience: MODELLERS,
  summary: { zh: "回退：上一任冠军模型重新上线", en: "Roll back: the champion before this one takes its place again" },
  body: Type.Object({ by: Type.Optional(By), note: Type.String({ minLength: 1, maxLength: 2000 }) }, { additionalProperties: false }),
  reply: ModelSummary,
});

/** Answered with the file itself, not with JSON. */
export const exportScorecard = route({
  id: "exportScorecard",
  method: "GET",
  path: "/scorecards/:id/export/:format",
  tag: "scorecard",
  audience: MODEL_READERS,
  summary: {
    zh: "导出：JSON、SQL 表达式、PMML 4.4，或模型卡 PDF",
    en: "Export: JSON, one SQL expression, PMML 4.4, or the model card as a PDF",
  },
  params: Type.Object({ id: Type.String(), format: Type.Enum(["json", "sql", "pmml", "pdf"]) }),
  query: Type.Object({ language: Type.Optional(Type.Enum(["zh", "en"])) }),
  file: true,
  reply: Type.Unknown(),
});

// Samples: the platform's own labelled enterprises, and tables that were brought.

export const SampleFeature = Type.Object(
  { name: Type.String(), title: TextSchema, kind: Type.Enum(["numerical", "categorical"]), missing: Count },
  { $id: "SampleFeature" },
);

export const SampleSummary = Type.Object(
  {
    id: Type.String({ description: "`platform`, or the id of a table" }),
    source: SampleSourceSchema,
    records: Count,
    events: Count,
    features: Type.Array(SampleFeature),
    days: Nullable(Type.Object({ column: Type.String(), first: Day, last: Day })),
  },
  { $id: "Sample" },
);
export type SampleSummary = Static<typeof SampleSummary>;

export const listSamples = route({
  id: "listSamples",
  method: "GET",
  path: "/scorecards/samples",
  tag: "scorecard",
  audience: MODELLERS,
  summary: { zh: "可用于训练的样本", en: "Samples that a scorecard can be trained on" },
  reply: Type.Array(SampleSummary),
});

export const addSample = route({
  id: "addSample",
  method: "POST",
  path: "/scorecards/samples",
  tag: "scorecard",
  audience: MODELLERS,
  summary: { zh: "把已上传的 CSV 表登记为样本", en: "Register an uploaded CSV table as a sample" },
  body: Type.Object(
    {
      upload: Type.String(),
      title: Type.String({ minLength: 1, maxLength: 200 }),
      target: Type.String({ description: "Column that holds the outcome" }),
      event: Type.String({ description: "Value of that column that is the event" }),
      id: Type.Optional(Nullable(Type.String({ description: "Column that names the record; it is no feature" }))),
      day: Type.Optional(Nullable(Type.String({ description: "Column with the day of observation, YYYY-MM-DD" }))),
      leaveOut: Type.Optional(Type.Array(Type.String(), { description: "Columns that are no features" })),
      groups: Type.Optional(
        Type.Array(Type.String(), {
          maxItems: 10,
          description: "Columns that fairness is looked at by: region, size, ownership. No features",
        }),
      ),
    },
    { additionalProperties: false },
  ),
  reply: SampleSummary,
});

export const binSample = route({
  id: "binSample",
  method: "POST",
  path: "/scorecards/samples/:id/bins",
  tag: "scorecard",
  audience: MODELLERS,
  summary: { zh: "对样本的特征分箱（最优分箱）", en: "Bin the features of a sample (proven optimum)" },
  params: Type.Object({ id: Type.String() }),
  body: Type.Object(
    {
      features: Type.Optional(Type.Array(Type.String())),
      binning: Type.Optional(BinningOptionsSchema),
      byFeature: Type.Optional(Type.Record(Type.String(), BinningOptionsSchema)),
      edits: Type.Optional(Type.Array(BinEditSchema)),
    },
    { additionalProperties: false },
  ),
  reply: Type.Array(Type.Object({ feature: Type.String(), binning: Nullable(BinningSchema), problem: Nullable(ProblemSchema) })),
});

export const getSampleFeature = route({
  id: "getSampleFeature",
  method: "GET",
  path: "/scorecards/samples/:id/features/:feature",
  tag: "scorecard",
  audience: MODELLERS,
  summary: {
    zh: "一个特征的取值分布与结果，用于在界面上即时调整分箱",
    en: "A feature's values with outcomes, from which a workshop counts bins again while a boundary is dragged",
  },
  params: Type.Object({ id: Type.String(), feature: Type.String() }),
  reply: Type.Object({
    feature: SampleFeature,
    /** Distinct values in rising order, at most 2,000: above that, runs of neighbouring values under their smallest. */
    values: Type.Array(Type.Number()),
    categories: Type.Array(Type.String(), { description: "Of a categorical feature, in place of values" }),
    events: Type.Array(Count),
    nonEvents: Type.Array(Count),
    missing: Type.Object({ events: Count, nonEvents: Count }),
    exact: Type.Boolean({ description: "False where values were run together" }),
  }),
});

// Training.

export const Training = Type.Object(
  {
    id: Type.String(),
    state: Type.Enum(["waiting", "running", "done", "failed"]),
    phase: Nullable(TextSchema),
    done: Count,
    total: Count,
    model: Nullable(Type.String({ description: "Id of the model that came of it" })),
    problem: Nullable(ProblemSchema),
    startedAt: Type.String(),
    finishedAt: Nullable(Type.String()),
  },
  { $id: "Training" },
);

export const startTraining = route({
  id: "startTraining",
  method: "POST",
  path: "/scorecards/trainings",
  tag: "scorecard",
  audience: MODELLERS,
  summary: { zh: "训练并验证一张评分卡，成为新版本草稿", en: "Train and validate a scorecard; it becomes a new version, in draft" },
  body: Type.Object(
    {
      sample: Type.String(),
      name: Type.String({ pattern: "^[a-z0-9][a-z0-9-]{1,60}$", description: "Name of the line of models" }),
      title: TextSchema,
      purpose: TextSchema,
      limits: Type.Array(TextSchema, { maxItems: 30 }),
      by: Type.Optional(By),
      note: Type.Optional(Note),
      basedOn: Type.Optional(Nullable(Type.String())),
      recipe: Type.Partial(RecipeSchema),
    },
    { additionalProperties: false },
  ),
  reply: Training,
});

export const getTraining = route({
  id: "getTraining",
  method: "GET",
  path: "/scorecards/trainings/:id",
  tag: "scorecard",
  audience: MODELLERS,
  summary: { zh: "训练进度", en: "How far a training is" },
  params: Type.Object({ id: Type.String() }),
  reply: Training,
});

// Comparison and monitoring.

const Cell = Type.Object({ records: Count, events: Count, rate: Nullable(Type.Number()) });

export const compareScorecards = route({
  id: "compareScorecards",
  method: "GET",
  path: "/scorecards/:id/compare/:other",
  tag: "scorecard",
  audience: MODEL_READERS,
  summary: {
    zh: "两个模型对比：AUC 之差及检验、换入换出、现有企业的评分迁移",
    en: "Two models side by side: difference of AUC with its test, swap sets, movement of today's enterprises",
  },
  params: Type.Object({ id: Type.String(), other: Type.String() }),
  query: Type.Object({ approval: Type.Optional(Type.Integer({ minimum: 1, maximum: 99, default: 75, description: "Percent approved" })) }),
  reply: Type.Object({
    a: ModelSummary,
    b: ModelSummary,
    /** On the held-out predictions of the same sample; null where the samples differ. */
    ranking: Nullable(
      Type.Object({
        aucA: Type.Number(),
        aucB: Type.Number(),
        difference: Type.Number({ description: "A less B" }),
        standardError: Type.Number(),
        pValue: Type.Number(),
      }),
    ),
    swap: Nullable(Type.Object({ approvalShare: Type.Number(), bothApprove: Cell, swappedIn: Cell, swappedOut: Cell, bothRefuse: Cell })),
    /** Grades of today's enterprises by both; null where one of the two cannot score them. */
    migration: Nullable(
      Type.Object({
        asOf: Day,
        enterprises: Count,
        gradesA: Type.Array(Type.String()),
        gradesB: Type.Array(Type.String()),
        counts: Type.Array(Type.Array(Count), { description: "Rows are grades of A, columns of B" }),
        rankCorrelation: Type.Number({ description: "Spearman's" }),
      }),
    ),
    features: Type.Array(
      Type.Object({ feature: Type.String(), title: TextSchema, a: Nullable(Type.Number()), b: Nullable(Type.Number()) }),
      { description: "Coefficients; null where a model does without" },
    ),
  }),
});

const StabilitySchema = Type.Object({
  index: Type.Number(),
  pValue: Type.Number(),
  verdict: Type.Enum(["stable", "watch", "shifted"]),
});

const MonitoringSchema = Type.Object({
  records: Count,
  population: Type.Object({
    ...StabilitySchema.properties,
    parts: Type.Array(Type.Object({ expected: Type.Number(), actual: Type.Number(), index: Type.Number() })),
  }),
  features: Type.Array(
    Type.Object({
      ...StabilitySchema.properties,
      feature: Type.String(),
      title: TextSchema,
      pointsMoved: Type.Number(),
      expected: Type.Array(Type.Number()),
      actual: Type.Array(Type.Number()),
    }),
  ),
  byGrade: Type.Array(Type.Object({ grade: Type.String(), expected: Type.Number(), actual: Type.Number() })),
  meanPd: Type.Number(),
  outcomes: Nullable(Type.Object({ records: Count, events: Count, auc: Type.Number(), low: Type.Number(), high: Type.Number() })),
});

export const monitorScorecard = route({
  id: "monitorScorecard",
  method: "GET",
  path: "/scorecards/:id/monitoring",
  tag: "scorecard",
  audience: MODEL_READERS,
  summary: {
    zh: "监测：现有企业与训练样本相比的群体稳定性与特征稳定性",
    en: "Monitoring: stability of score and features, today's enterprises against the training sample",
  },
  params: Type.Object({ id: Type.String() }),
  query: Type.Object({ asOf: Type.Optional(Day) }),
  reply: Type.Object({
    asOf: Day,
    groups: Type.Array(Type.Object({ group: Type.Enum(["all", "seen", "unseen"]), monitoring: MonitoringSchema })),
  }),
});

// Scores of enterprises.

export const ScoreReason = Type.Object(
  {
    feature: Type.String(),
    title: TextSchema,
    bin: TextSchema,
    from: Nullable(Type.Number({ description: "Of a bin that is an interval: from ≤ value < to" })),
    to: Nullable(Type.Number()),
    value: Nullable(Type.Union([Type.Number(), Type.String()])),
    unit: Nullable(Type.String({ description: "As in the catalogue of features" })),
    points: Type.Number(),
    lostToBest: Type.Number({ description: "Points lost against the feature's best bin" }),
    lostToMean: Type.Number({ description: "Points lost against the mean of the training records; negative where it does better" }),
  },
  { $id: "ScoreReason" },
);

export const ScoreSchema = Type.Object(
  {
    enterprise: Type.String(),
    asOf: Day,
    model: Type.Object({
      id: Type.String(),
      title: TextSchema,
      sha256: Sha256,
      state: ModelState,
      role: Nullable(ModelRole),
    }),
    score: Type.Number(),
    /** Lowest and highest score that the model can give. */
    range: Type.Object({ least: Type.Number(), most: Type.Number(), base: Type.Number() }),
    grade: Type.String(),
    grades: Type.Array(Type.Object({ name: Type.String(), upTo: Type.Number() })),
    pd: Type.Number(),
    pdLow: Type.Number({ description: "95 % interval" }),
    pdHigh: Type.Number(),
    seen: Type.Boolean({ description: "Its own record was among those the model learned from; if not, the interval is wider" }),
    /** Share of the training records that score no higher. */
    rank: Type.Number(),
    missing: Type.Array(Type.String()),
    reasons: Type.Array(ScoreReason),
    inputs: Type.Object({ catalogue: Type.String(), features: Sha256 }),
  },
  { $id: "Score" },
);
export type Score = Static<typeof ScoreSchema>;

export const getScore = route({
  id: "getScore",
  method: "GET",
  path: "/enterprises/:id/score",
  tag: "scorecard",
  audience: PARTY_KINDS,
  summary: {
    zh: "一家企业的评分、等级、违约概率及其原因；附影子模型的评分",
    en: "Score, grade and probability of default of an enterprise, with reasons; and what the models in shadow say",
  },
  params: Type.Object({ id: Type.String() }),
  query: Type.Object({ ...PurposeQuery, asOf: Type.Optional(Day), model: Type.Optional(Type.String()) }),
  reply: Type.Object({
    /** Null where no model is in use. */
    score: Nullable(ScoreSchema),
    /** What the model's boosted trees say of it; they decide nothing. Null where the model has none. */
    trees: Nullable(
      Type.Object({
        pd: Nullable(Type.Number()),
        logOdds: Type.Number({ description: "base and the contributions of all features add up to it" }),
        base: Type.Number(),
        contributions: Type.Array(
          Type.Object({
            feature: Type.String(),
            title: TextSchema,
            unit: Nullable(Type.String()),
            value: Nullable(Type.Union([Type.Number(), Type.String()])),
            logOdds: Type.Number({ description: "Shapley value; positive towards default" }),
          }),
        ),
      }),
    ),
    challengers: Type.Array(
      Type.Object({ model: Type.String(), title: TextSchema, score: Type.Number(), grade: Type.String(), pd: Type.Number() }),
    ),
  }),
});

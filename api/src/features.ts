import { Type } from "typebox";
import { Day, Nullable, PARTY_KINDS, PurposeQuery, TextSchema, route } from "./route.ts";

export const FeatureDescription = Type.Object(
  {
    id: Type.String(),
    family: Type.String(),
    familyName: TextSchema,
    name: TextSchema,
    unit: Type.String(),
    windowMonths: Nullable(Type.Integer()),
    formula: TextSchema,
    direction: Type.Union([Type.Literal("higher-is-better"), Type.Literal("lower-is-better"), Type.Literal("neutral")]),
    missing: TextSchema,
    movedBySplitting: Nullable(TextSchema),
    /** Whether rows behind the number can be listed by `listInvoices?feature=`. */
    traceable: Type.Boolean(),
  },
  { $id: "Feature" },
);

export const listFeatures = route({
  id: "listFeatures",
  method: "GET",
  path: "/features",
  tag: "features",
  audience: PARTY_KINDS,
  summary: { zh: "指标目录", en: "The catalogue of features" },
  reply: Type.Object({ catalogue: Type.String({ description: "Hash of the definitions" }), features: Type.Array(FeatureDescription) }),
});

export const FeatureValues = Type.Object(
  { enterprise: Type.String(), asOf: Day, values: Type.Record(Type.String(), Nullable(Type.Number())) },
  { $id: "FeatureValues" },
);

export const getFeatures = route({
  id: "getFeatures",
  method: "GET",
  path: "/enterprises/:id/features",
  tag: "features",
  audience: PARTY_KINDS,
  summary: { zh: "一家企业在某日的全部指标值", en: "All feature values of an enterprise as of a day" },
  params: Type.Object({ id: Type.String() }),
  query: Type.Object({ ...PurposeQuery, asOf: Type.Optional(Day) }),
  reply: FeatureValues,
});

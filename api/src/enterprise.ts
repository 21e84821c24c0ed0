import { type Static, Type } from "typebox";
import { Day, FenSchema, Nullable, PARTY_KINDS, Page, PageQuery, PurposeQuery, TextSchema, route } from "./route.ts";

export const SizeClass = Type.Union([Type.Literal("large"), Type.Literal("medium"), Type.Literal("small"), Type.Literal("micro")]);

export const EnterpriseSummary = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    kind: Type.Union([Type.Literal("company"), Type.Literal("sole-trader")]),
    uscc: Nullable(Type.String()),
    industry: Nullable(
      Type.Object({
        code: Type.String({ description: "GB/T 4754-2017" }),
        section: Type.String(),
        name: TextSchema,
        source: Type.Union([Type.Literal("stated"), Type.Literal("inferred-from-name")]),
      }),
    ),
    sizeClass: Nullable(SizeClass),
    sizeProvisional: Type.Boolean({ description: "True where the class rests on part of what the standard asks for" }),
    region: Nullable(Type.Object({ code: Type.String({ description: "GB/T 2260" }), name: TextSchema })),
    netSales12mFen: Nullable(FenSchema),
    position: Nullable(Type.Number({ minimum: 0, maximum: 100, description: "Overall position among peers" })),
    score: Nullable(
      Type.Object(
        { model: Type.String(), score: Type.Number(), grade: Type.String(), pd: Type.Number() },
        { description: "By the champion scorecard; null where none is in use" },
      ),
    ),
    flags: Type.Object({ high: Type.Integer(), medium: Type.Integer(), low: Type.Integer() }),
    disputed: Type.Integer({ description: "Objections to its records that wait for an answer" }),
    invoices: Type.Integer(),
    firstOn: Nullable(Day),
    lastOn: Nullable(Day),
  },
  { $id: "EnterpriseSummary" },
);
export type EnterpriseSummary = Static<typeof EnterpriseSummary>;

export const listEnterprises = route({
  id: "listEnterprises",
  method: "GET",
  path: "/enterprises",
  tag: "enterprise",
  audience: PARTY_KINDS,
  summary: { zh: "企业名录：检索、筛选、排序、分页", en: "Enterprises: search, filter, sort, page" },
  query: Type.Object({
    ...PageQuery,
    ...PurposeQuery,
    search: Type.Optional(Type.String({ maxLength: 100 })),
    industry: Type.Optional(Type.String({ description: "Section letter, or the start of a code, of GB/T 4754-2017" })),
    sizeClass: Type.Optional(SizeClass),
    region: Type.Optional(Type.String({ description: "Start of a GB/T 2260 code: 2, 4 or 6 digits" })),
    flags: Type.Optional(Type.Union([Type.Literal("any"), Type.Literal("high"), Type.Literal("none")])),
    sort: Type.Optional(
      Type.Union([
        Type.Literal("id"),
        Type.Literal("name"),
        Type.Literal("netSales12m"),
        Type.Literal("position"),
        Type.Literal("score"),
        Type.Literal("flags"),
        Type.Literal("invoices"),
        Type.Literal("lastOn"),
      ]),
    ),
    order: Type.Optional(Type.Union([Type.Literal("asc"), Type.Literal("desc")])),
  }),
  reply: Type.Object({
    ...Page(EnterpriseSummary).properties,
    facets: Type.Object({
      industries: Type.Array(Type.Object({ code: Type.String(), name: TextSchema, count: Type.Integer() })),
      sizeClasses: Type.Array(Type.Object({ code: SizeClass, count: Type.Integer() })),
      regions: Type.Array(Type.Object({ code: Type.String(), name: TextSchema, count: Type.Integer() })),
    }),
  }),
});

export const getEnterprise = route({
  id: "getEnterprise",
  method: "GET",
  path: "/enterprises/:id",
  tag: "enterprise",
  audience: PARTY_KINDS,
  summary: { zh: "一家企业的基本情况", en: "One enterprise" },
  params: Type.Object({ id: Type.String() }),
  query: Type.Object({ ...PurposeQuery }),
  reply: EnterpriseSummary,
});

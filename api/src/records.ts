import { type Static, Type } from "typebox";
import { Day, FenSchema, Nullable, PARTY_KINDS, Page, PageQuery, ProblemSchema, PurposeQuery, TextSchema, noBody, route } from "./route.ts";

export const RecordKind = Type.Union([
  Type.Literal("sales-invoices"),
  Type.Literal("purchase-invoices"),
  Type.Literal("enterprises"),
  Type.Literal("bank-transactions"),
]);

export const Batch = Type.Object(
  {
    id: Type.String(),
    kind: Type.String(),
    file: Type.String(),
    fileSha256: Type.String(),
    sha256: Nullable(Type.String({ description: "Of the Parquet file that holds the accepted rows" })),
    rows: Type.Integer({ description: "Rows accepted" }),
    quarantined: Type.Integer(),
    duplicates: Type.Integer(),
    firstOn: Nullable(Day),
    lastOn: Nullable(Day),
    createdAt: Type.String(),
  },
  { $id: "Batch" },
);

export const ImportOutcome = Type.Object(
  {
    accepted: Type.Integer(),
    quarantined: Type.Integer(),
    duplicates: Type.Integer(),
    batches: Type.Array(Type.Object({ id: Type.String(), file: Type.String(), rows: Type.Integer(), sha256: Nullable(Type.String()) })),
  },
  { $id: "ImportOutcome" },
);

export const ImportJob = Type.Object(
  {
    id: Type.String(),
    file: Type.String(),
    kind: Nullable(Type.String()),
    state: Type.Union([Type.Literal("waiting"), Type.Literal("running"), Type.Literal("done"), Type.Literal("failed")]),
    phase: Nullable(TextSchema),
    bytesTotal: Type.Integer(),
    bytesRead: Type.Integer(),
    rowsRead: Type.Integer(),
    outcome: Nullable(ImportOutcome),
    problem: Nullable(ProblemSchema),
    createdAt: Type.String(),
    finishedAt: Nullable(Type.String()),
  },
  { $id: "ImportJob" },
);

export const KindDescription = Type.Object({
  kind: RecordKind,
  name: TextSchema,
  fields: Type.Array(Type.Object({ id: Type.String(), name: TextSchema, required: Type.Boolean(), synonyms: Type.Array(Type.String()) })),
});

const Mapping = Type.Record(Type.String(), Type.String(), { description: "Field to the header of the file that holds it" });

export const Preview = Type.Object(
  {
    upload: Type.String({ description: "Id of the upload, to start the import with" }),
    file: Type.String(),
    bytes: Type.Integer(),
    format: Type.String({ description: "csv, csv.gz, xlsx, einvoice-xml, camt.053, parquet" }),
    encoding: Nullable(Type.String()),
    headers: Type.Array(Type.String()),
    rows: Type.Array(Type.Array(Type.String()), { description: "The first rows as they stand" }),
    kind: Nullable(RecordKind),
    mapping: Mapping,
    /** Required fields for which no header was found. */
    missing: Type.Array(Type.String()),
  },
  { $id: "Preview" },
);

export const listKinds = route({
  id: "listKinds",
  method: "GET",
  path: "/records/kinds",
  tag: "records",
  audience: ["operator", "bank"],
  summary: { zh: "可导入的记录种类及其字段", en: "Kinds of record that can be imported, and their fields" },
  reply: Type.Array(KindDescription),
});

export const uploadFile = route({
  id: "uploadFile",
  method: "POST",
  path: "/records/uploads",
  tag: "records",
  audience: ["operator", "bank"],
  summary: { zh: "上传一个文件并预览其列与前几行", en: "Upload a file and preview its columns and first rows" },
  encoding: "multipart",
  body: Type.Object({ file: Type.Unknown() }),
  reply: Preview,
});

export const startImport = route({
  id: "startImport",
  method: "POST",
  path: "/records/imports",
  tag: "records",
  audience: ["operator"],
  summary: { zh: "按给定列对应关系导入已上传的文件", en: "Import an uploaded file with a column mapping" },
  body: Type.Object({
    upload: Type.String(),
    kind: RecordKind,
    mapping: Type.Optional(Mapping),
    enterprise: Type.Optional(Type.String({ description: "Whose records these are, where the file does not say" })),
  }),
  reply: ImportJob,
});

export const listImports = route({
  id: "listImports",
  method: "GET",
  path: "/records/imports",
  tag: "records",
  audience: ["operator"],
  summary: { zh: "导入任务", en: "Import jobs, newest first" },
  query: Type.Object(PageQuery),
  reply: Page(ImportJob),
});

export const getImport = route({
  id: "getImport",
  method: "GET",
  path: "/records/imports/:id",
  tag: "records",
  audience: ["operator"],
  summary: { zh: "一个导入任务的进度与结果", en: "Progress and outcome of one import job" },
  params: Type.Object({ id: Type.String() }),
  reply: ImportJob,
});

export const listBatches = route({
  id: "listBatches",
  method: "GET",
  path: "/records/batches",
  tag: "records",
  audience: ["operator"],
  summary: { zh: "已导入的批次及其哈希", en: "Imported batches and their hashes" },
  query: Type.Object(PageQuery),
  reply: Page(Batch),
});

export const QuarantineRow = Type.Object(
  {
    id: Type.Integer(),
    batch: Type.String(),
    kind: Type.String(),
    file: Type.String(),
    line: Type.Integer(),
    raw: Type.Record(Type.String(), Type.String(), { description: "The row as it arrived, header to text" }),
    mended: Nullable(Type.Record(Type.String(), Type.String(), { description: "The cells of the last attempt to mend it" })),
    /** Header that holds each field, so that a cell can be shown beside its reason. */
    mapping: Mapping,
    reasons: Type.Array(Type.Object({ code: Type.String(), field: Nullable(Type.String()), text: TextSchema, remedy: TextSchema })),
    state: Type.Union([Type.Literal("open"), Type.Literal("mended"), Type.Literal("dismissed")]),
    changedAt: Type.String(),
  },
  { $id: "QuarantineRow" },
);

export const listQuarantine = route({
  id: "listQuarantine",
  method: "GET",
  path: "/records/quarantine",
  tag: "records",
  audience: ["operator"],
  summary: { zh: "隔离区：未能接收的行及其原因", en: "Quarantine: rows that were not accepted, and why" },
  query: Type.Object({
    ...PageQuery,
    batch: Type.Optional(Type.String()),
    reason: Type.Optional(Type.String()),
    state: Type.Optional(Type.Union([Type.Literal("open"), Type.Literal("mended"), Type.Literal("dismissed")])),
  }),
  reply: Type.Object({
    ...Page(QuarantineRow).properties,
    reasons: Type.Array(Type.Object({ code: Type.String(), text: TextSchema, count: Type.Integer() })),
  }),
});

export const retryQuarantine = route({
  id: "retryQuarantine",
  method: "POST",
  path: "/records/quarantine/:id/retry",
  tag: "records",
  audience: ["operator"],
  summary: { zh: "改正一行后重新校验", en: "Mend a row and validate it again" },
  params: Type.Object({ id: Type.Integer() }),
  body: Type.Object({ raw: Type.Record(Type.String(), Type.String(), { description: "All cells of the row, header to text" }) }),
  reply: QuarantineRow,
});

export const dismissQuarantine = route({
  id: "dismissQuarantine",
  method: "POST",
  path: "/records/quarantine/:id/dismiss",
  tag: "records",
  audience: ["operator"],
  summary: { zh: "确认一行不予接收", en: "Settle that a row is not taken" },
  params: Type.Object({ id: Type.Integer() }),
  body: noBody,
  reply: QuarantineRow,
});

export const Invoice = Type.Object(
  {
    batch: Type.String(),
    line: Type.Integer(),
    side: Type.Union([Type.Literal("sale"), Type.Literal("purchase")]),
    code: Nullable(Type.String()),
    number: Type.String(),
    issuedOn: Day,
    counterparty: Type.String(),
    counterpartyName: Nullable(Type.String()),
    amountFen: FenSchema,
    taxFen: FenSchema,
    totalFen: FenSchema,
    void: Type.Boolean(),
    rateBps: Nullable(Type.Integer()),
  },
  { $id: "Invoice" },
);
export type Invoice = Static<typeof Invoice>;

export const listInvoices = route({
  id: "listInvoices",
  method: "GET",
  path: "/enterprises/:id/invoices",
  tag: "records",
  audience: PARTY_KINDS,
  summary: {
    zh: "企业的发票；可限定为某一指标或风险提示背后的发票",
    en: "Invoices of an enterprise, or just those behind one feature or flag",
  },
  params: Type.Object({ id: Type.String() }),
  query: Type.Object({
    ...PageQuery,
    ...PurposeQuery,
    asOf: Type.Optional(Day),
    feature: Type.Optional(Type.String({ description: "Id of the feature whose rows to list" })),
    flag: Type.Optional(Type.String({ description: "Id of the red flag whose rows to list" })),
    side: Type.Optional(Type.Union([Type.Literal("sale"), Type.Literal("purchase")])),
    status: Type.Optional(Type.Union([Type.Literal("valid"), Type.Literal("void"), Type.Literal("red")])),
    month: Type.Optional(Type.String({ pattern: "^\\d{4}-(0[1-9]|1[0-2])$", description: "Calendar month, YYYY-MM" })),
    counterparty: Type.Optional(Type.String()),
    sort: Type.Optional(
      Type.Union([Type.Literal("issuedOn"), Type.Literal("totalFen"), Type.Literal("counterparty"), Type.Literal("number")]),
    ),
    order: Type.Optional(Type.Union([Type.Literal("asc"), Type.Literal("desc")])),
  }),
  reply: Type.Object({ ...Page(Invoice).properties, sumTotalFen: FenSchema, rule: Nullable(TextSchema) }),
});

export const Counterparty = Type.Object({
  counterparty: Type.String(),
  name: Nullable(Type.String()),
  invoices: Type.Integer(),
  netTotalFen: FenSchema,
  share: Nullable(Type.Number()),
  firstOn: Day,
  lastOn: Day,
});

export const listCounterparties = route({
  id: "listCounterparties",
  method: "GET",
  path: "/enterprises/:id/counterparties",
  tag: "records",
  audience: PARTY_KINDS,
  summary: {
    zh: "主要客户或供应商（有效发票净额，近 N 个月）",
    en: "Main customers or suppliers by net valid invoices of the last N months",
  },
  params: Type.Object({ id: Type.String() }),
  query: Type.Object({
    ...PageQuery,
    ...PurposeQuery,
    side: Type.Union([Type.Literal("sale"), Type.Literal("purchase")]),
    months: Type.Optional(Type.Integer({ minimum: 1, maximum: 120, default: 12 })),
    asOf: Type.Optional(Day),
  }),
  reply: Type.Object({ ...Page(Counterparty).properties, sumNetTotalFen: FenSchema }),
});

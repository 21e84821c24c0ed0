import { type Static, Type } from "typebox";
import { Day, FenSchema, Nullable, TextSchema } from "./route.ts";

const closed = { additionalProperties: false } as const;
const Count = Type.Integer({ minimum: 0 });
const Position = Type.Number({ minimum: 0, maximum: 100, description: "Mid-rank percentile among the peers, one decimal" });
const Share = Type.Number({ minimum: 0, maximum: 1 });
const Sha256 = Type.String({ pattern: "^[0-9a-f]{64}$" });
const Month = Type.String({ pattern: "^\\d{4}-\\d{2}$", description: "Calendar month, YYYY-MM" });

export const SizeMeasure = Type.Enum(["persons", "revenue", "assets"]);
export const DimensionId = Type.Enum(["scale", "growth", "stability", "margin", "partners", "conduct", "tax", "cash"]);
const LevelId = Type.Enum(["leading", "good", "middle", "weak", "trailing"]);
const Level = Nullable(Type.Object({ id: LevelId, name: TextSchema }, closed));
const PeerGroupKind = Type.Enum(["size-and-industry", "size", "industry", "all"]);
const SourceKind = Type.Enum(["sales-invoices", "purchase-invoices", "bank-transactions"]);
export const Severity = Type.Enum(["low", "medium", "high"]);

export const RowFilterSchema = Type.Object(
  {
    source: Type.Enum(["invoices", "bank"]),
    side: Type.Enum(["sale", "purchase", "both"]),
    status: Type.Enum(["valid", "void", "red", "any"]),
    fromMonth: Count,
    toMonth: Nullable(Count),
    mark: Type.Optional(
      Type.Enum(["positive", "red", "round", "near-limit", "month-end", "weekend", "rate-high", "rate-middle", "rate-low", "rate-zero"]),
    ),
    parties: Type.Optional(
      Type.Union([
        Type.Object({ kind: Type.Literal("top"), count: Count }, closed),
        Type.Object(
          { kind: Type.Enum(["gained", "lost", "kept", "repeat", "core", "late-red", "in-sequence", "both-sides", "identified"]) },
          closed,
        ),
      ]),
    ),
    kinds: Type.Optional(Type.Array(Type.String())),
    flow: Type.Optional(Type.Enum(["in", "out"])),
  },
  {
    ...closed,
    description: "Which rows stand behind a number; months are rolling months before the as-of day, from inclusive, to exclusive",
  },
);

const Dimension = Type.Object(
  {
    id: DimensionId,
    name: TextSchema,
    meaning: TextSchema,
    position: Nullable(Position),
    level: Level,
    trend: Type.Object(
      {
        direction: Type.Enum(["up", "flat", "down", "unknown"]),
        asOf: Day,
        position: Nullable(Position),
        change: Nullable(Type.Number({ minimum: -100, maximum: 100 })),
      },
      closed,
    ),
    confidence: Type.Object(
      { value: Share, level: Type.Enum(["high", "medium", "low"]), history: Share, invoices: Share, coverage: Share, peers: Share },
      closed,
    ),
    features: Type.Array(
      Type.Object(
        {
          id: Type.String(),
          name: TextSchema,
          value: Nullable(Type.Number()),
          percentile: Nullable(Position),
          weight: Type.Number({ exclusiveMinimum: 0 }),
          aim: Type.Enum(["higher", "lower", "middle"]),
        },
        closed,
      ),
    ),
  },
  closed,
);

const Flag = Type.Object(
  {
    id: Type.String(),
    severity: Severity,
    name: TextSchema,
    why: TextSchema,
    features: Type.Array(Type.String()),
    rows: RowFilterSchema,
    steers: Type.Boolean({ description: "Whether rules of products and policies may rest on it: not where splitting an invoice moves it" }),
    evidence: Type.Object(
      { rows: Count, sumFen: FenSchema },
      { ...closed, description: "How many rows the filter lists, and their sum with tax" },
    ),
  },
  closed,
);

/**
 * The published schema of the credit profile document, version 1; the document itself is made in core/src/profile. Its
 * canonical JSON (RFC 8785) is what the hash is of.
 */
export const ProfileSchema = Type.Object(
  {
    schema: Type.Object({ id: Type.Literal("zhiwei/credit-profile"), version: Type.Literal(1) }, closed),
    asOf: Day,
    enterprise: Type.Object(
      {
        id: Type.String(),
        name: Type.String(),
        kind: Type.Enum(["company", "sole-trader"]),
        uscc: Nullable(Type.String({ pattern: "^[0-9A-HJ-NPQRTUWXY]{18}$", description: "GB 32100-2015" })),
        industry: Nullable(
          Type.Object(
            {
              code: Type.String({ description: "GB/T 4754-2017, with the section's letter" }),
              name: TextSchema,
              section: Type.String(),
              sectionName: TextSchema,
              source: Type.Enum(["stated", "inferred-from-name"]),
            },
            closed,
          ),
        ),
        sizeClass: Type.Object(
          {
            class: Nullable(Type.Enum(["large", "medium", "small", "micro"])),
            name: Nullable(TextSchema),
            provisional: Type.Boolean({ description: "True where a missing figure could still lower the class" }),
            measured: Type.Array(SizeMeasure),
            missing: Type.Array(SizeMeasure),
            row: Nullable(Type.String({ description: "Row of the statistical standard" })),
            standard: Type.String(),
            basis: TextSchema,
            revenueSource: Nullable(Type.Enum(["stated", "invoiced-sales"])),
          },
          closed,
        ),
        region: Nullable(Type.Object({ code: Type.String({ description: "GB/T 2260" }), name: Type.String() }, closed)),
        foundedOn: Nullable(Day),
      },
      closed,
    ),
    peers: Type.Object(
      {
        kind: PeerGroupKind,
        name: TextSchema,
        count: Type.Integer({ minimum: 0, description: "Other enterprises in the group" }),
        tried: Type.Array(Type.Object({ kind: PeerGroupKind, count: Count }, closed)),
        sha256: Sha256,
      },
      closed,
    ),
    overall: Type.Object({ position: Nullable(Position), level: Level }, closed),
    dimensions: Type.Array(Dimension),
    flags: Type.Array(Flag),
    strengths: Type.Array(
      Type.Object({ id: Type.String(), name: TextSchema, why: TextSchema, features: Type.Array(Type.String()) }, closed),
    ),
    completeness: Type.Object(
      {
        score: Type.Integer({ minimum: 0, maximum: 100 }),
        sources: Type.Array(
          Type.Object({ kind: SourceKind, present: Type.Boolean(), rows: Count, firstOn: Nullable(Day), lastOn: Nullable(Day) }, closed),
        ),
        monthsCovered: Count,
        monthsSpan: Count,
        gaps: Type.Array(Type.Object({ from: Month, to: Month, months: Count }, closed)),
      },
      closed,
    ),
    freshness: Type.Object(
      { lastRecordOn: Nullable(Day), days: Nullable(Count), level: Type.Enum(["fresh", "ageing", "stale", "none"]) },
      closed,
    ),
    monthly: Type.Array(
      Type.Object(
        {
          month: Month,
          partial: Type.Boolean(),
          salesFen: FenSchema,
          purchasesFen: FenSchema,
          saleInvoices: Count,
          purchaseInvoices: Count,
        },
        closed,
      ),
      { description: "Net sales and purchases before tax by calendar month" },
    ),
    features: Type.Record(Type.String(), Type.Object({ value: Nullable(Type.Number()), percentile: Nullable(Position) }, closed)),
    used: Type.Object(
      {
        method: Type.Integer({ minimum: 1, description: "Version of the dimensions, weights, rules and formulas" }),
        catalogue: Sha256,
        trade: Nullable(Sha256),
        batches: Type.Array(
          Type.Object(
            {
              id: Type.String(),
              kind: Type.String(),
              fileName: Type.String(),
              fileSha256: Sha256,
              sha256: Sha256,
              rows: Count,
              ownRows: Count,
            },
            closed,
          ),
        ),
      },
      closed,
    ),
  },
  { $id: "Profile", ...closed, description: "Credit profile of an enterprise as of a day, from its own records" },
);
export type ProfileDocument = Static<typeof ProfileSchema>;

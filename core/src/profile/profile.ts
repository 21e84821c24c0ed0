import type { Fen, IsoDate, Text } from "../basics/index.ts";
import type { SizeResult } from "../enterprise/index.ts";
import type { RowFilter } from "../features/index.ts";
import type { Aim, DimensionId, LevelId } from "./dimensions.ts";
import type { Severity } from "./flags.ts";
import type { PeerGroupKind } from "./peers.ts";

/** The document's own version: raised where a field changes its meaning. The published schema is api/profile.schema. */
export const PROFILE_SCHEMA = { id: "zhiwei/credit-profile", version: 1 } as const;

/** The version of dimensions, weights, rules and formulas: raised with every change that can move a figure. */
export const PROFILE_METHOD = 2;

export type TrendId = "up" | "flat" | "down" | "unknown";
export type ConfidenceLevel = "high" | "medium" | "low";
export type SourceKind = "sales-invoices" | "purchase-invoices" | "bank-transactions";

export type ProfileDimension = {
  readonly id: DimensionId;
  readonly name: Text;
  readonly meaning: Text;
  /** 0–100, one decimal; null where too few features have a value. */
  readonly position: number | null;
  readonly level: { readonly id: LevelId; readonly name: Text } | null;
  readonly trend: {
    readonly direction: TrendId;
    /** Position then, and change since, in points; null where unknown. */
    readonly asOf: IsoDate;
    readonly position: number | null;
    readonly change: number | null;
  };
  readonly confidence: {
    /** 0–1, two decimals. */
    readonly value: number;
    readonly level: ConfidenceLevel;
    readonly history: number;
    readonly invoices: number;
    readonly coverage: number;
    readonly peers: number;
  };
  readonly features: readonly {
    readonly id: string;
    readonly name: Text;
    readonly value: number | null;
    readonly percentile: number | null;
    readonly weight: number;
    readonly aim: Aim;
  }[];
};

export type ProfileFlag = {
  readonly id: string;
  readonly severity: Severity;
  readonly name: Text;
  readonly why: Text;
  readonly features: readonly string[];
  readonly rows: RowFilter;
  /** Whether decisions may rest on it: no, where splitting invoices moves what it looks at. */
  readonly steers: boolean;
  /** The rows that `rows` lists: how many, and the sum with tax (bank: of the amounts). */
  readonly evidence: { readonly rows: number; readonly sumFen: Fen };
};

export type ProfileMonth = {
  /** Calendar month, `YYYY-MM`. */
  readonly month: string;
  /** True where the as-of day cuts the month off before its last day. */
  readonly partial: boolean;
  /** Net, before tax, valid, red-letter invoices deducted. */
  readonly salesFen: Fen;
  readonly purchasesFen: Fen;
  readonly saleInvoices: number;
  readonly purchaseInvoices: number;
};

export type ProfileBatch = {
  readonly id: string;
  readonly kind: string;
  readonly fileName: string;
  readonly fileSha256: string;
  /** Of the Parquet bytes in the lake. */
  readonly sha256: string;
  /** Rows of the batch, and those of this enterprise. */
  readonly rows: number;
  readonly ownRows: number;
};

/** The credit profile 信用画像: what is known of an enterprise as of a day, from its own records, and from which. */
export type Profile = {
  readonly schema: typeof PROFILE_SCHEMA;
  readonly asOf: IsoDate;
  readonly enterprise: {
    readonly id: string;
    readonly name: string;
    readonly kind: "company" | "sole-trader";
    readonly uscc: string | null;
    readonly industry: {
      readonly code: string;
      readonly name: Text;
      readonly section: string;
      readonly sectionName: Text;
      readonly source: "stated" | "inferred-from-name";
    } | null;
    readonly sizeClass: SizeResult & {
      readonly name: Text | null;
      /** Where the revenue comes from: stated, or net invoiced sales of 12 months in its place. */
      readonly revenueSource: "stated" | "invoiced-sales" | null;
    };
    readonly region: { readonly code: string; readonly name: string } | null;
    readonly foundedOn: IsoDate | null;
  };
  readonly peers: {
    readonly kind: PeerGroupKind;
    readonly name: Text;
    /** Other enterprises in the group. */
    readonly count: number;
    readonly tried: readonly { readonly kind: PeerGroupKind; readonly count: number }[];
    /** Over the members of the group and the inputs of their features. */
    readonly sha256: string;
  };
  readonly overall: { readonly position: number | null; readonly level: { readonly id: LevelId; readonly name: Text } | null };
  readonly dimensions: readonly ProfileDimension[];
  readonly flags: readonly ProfileFlag[];
  readonly strengths: readonly { readonly id: string; readonly name: Text; readonly why: Text; readonly features: readonly string[] }[];
  readonly completeness: {
    /** 0–100, whole. */
    readonly score: number;
    readonly sources: readonly {
      readonly kind: SourceKind;
      readonly present: boolean;
      readonly rows: number;
      readonly firstOn: IsoDate | null;
      readonly lastOn: IsoDate | null;
    }[];
    /** Calendar months with an invoice, of those from the first to the as-of day. */
    readonly monthsCovered: number;
    readonly monthsSpan: number;
    /** Runs of calendar months within the span without any invoice. */
    readonly gaps: readonly { readonly from: string; readonly to: string; readonly months: number }[];
  };
  readonly freshness: {
    readonly lastRecordOn: IsoDate | null;
    readonly days: number | null;
    readonly level: "fresh" | "ageing" | "stale" | "none";
  };
  readonly monthly: readonly ProfileMonth[];
  /** Every feature of the catalogue: its value and its percentile among the peers, whatever the direction. */
  readonly features: Readonly<Record<string, { readonly value: number | null; readonly percentile: number | null }>>;
  readonly used: {
    /** Version of the dimensions, weights, rules and formulas. */
    readonly method: number;
    /** Hash of the catalogue of features. */
    readonly catalogue: string;
    /** Hash of the batches of all enterprises that the features of the graph were made from. */
    readonly trade: string | null;
    readonly batches: readonly ProfileBatch[];
  };
};

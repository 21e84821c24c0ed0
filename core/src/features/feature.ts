import type { Text } from "../basics/index.ts";

export type Family =
  | "scale"
  | "activity"
  | "growth"
  | "stability"
  | "season"
  | "margin"
  | "concentration"
  | "loyalty"
  | "quality"
  | "tax"
  | "graph"
  | "cash";

/** `ratio` is a plain quotient (0.05 is five per cent); `per-month` a change of the logarithm a month; money is in fen. */
export type Unit = "fen" | "ratio" | "count" | "months" | "days" | "per-month";

export type Direction = "higher-is-better" | "lower-is-better" | "neutral";

/**
 * Marks that single rows carry by themselves. Each is one SQL predicate (`marks` in scan.ts), used alike by the
 * feature and by the list of invoices behind it.
 */
export type Mark =
  | "positive"
  | "red"
  | "round"
  | "near-limit"
  | "month-end"
  | "weekend"
  | "rate-high"
  | "rate-middle"
  | "rate-low"
  | "rate-zero";

/** Which counterparties' rows are meant; all where absent. Top N by net amount within the window. */
export type PartyChoice =
  | { readonly kind: "top"; readonly count: number }
  | { readonly kind: "gained" | "lost" | "kept" | "repeat" | "core" | "late-red" | "in-sequence" | "both-sides" | "identified" };

/**
 * The rows behind a number, said as data, so that the console lists the very invoices. Months are rolling months
 * before the as-of day (`monthsBefore`): from `fromMonth` inclusive to `toMonth` exclusive; null is without end.
 */
export type RowFilter = {
  readonly source: "invoices" | "bank";
  readonly side: "sale" | "purchase" | "both";
  /** `valid` is not void and includes red-letter invoices; `red` is valid and negative; `any` is all. */
  readonly status: "valid" | "void" | "red" | "any";
  readonly fromMonth: number;
  readonly toMonth: number | null;
  readonly mark?: Mark;
  readonly parties?: PartyChoice;
  /** Bank rows only: which kinds, and money in or out. */
  readonly kinds?: readonly string[];
  readonly flow?: "in" | "out";
};

export type Feature = {
  /** Stable name, with its window where it has one: `net_sales_12m`. */
  readonly id: string;
  readonly family: Family;
  readonly name: Text;
  readonly unit: Unit;
  /** Length of the window in rolling months that end on the as-of day; null where it looks at the whole history. */
  readonly windowMonths: number | null;
  readonly formula: Text;
  readonly direction: Direction;
  /** What it means that there is no value. */
  readonly missing: Text;
  /**
   * Why billing the same sale as several invoices (same day, party, rate and status, sums to the fen) moves the value; null where it
   * cannot. What it can move an enterprise can move, without trading differently: no decision rests on it.
   */
  readonly movedBySplitting: Text | null;
  readonly needs: "invoices" | "bank" | "graph";
  readonly rows: RowFilter;
  /** Expression over the columns of compile.ts; null for features of the graph, which graph.ts computes. */
  readonly sql: string | null;
};

/** Values of one enterprise: feature id to value, null where it is undefined or unknown. */
export type FeatureValues = Readonly<Record<string, number | null>>;

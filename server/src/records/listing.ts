import type { DuckDBValue } from "@duckdb/node-api";
import { DuckDBDateValue } from "@duckdb/node-api";
import { type IsoDate, addMonths, daysBetween, isoDate } from "@zhiwei/core/basics";
import type { Invoice } from "@zhiwei/api/records";
import type { Permit } from "../consent/index.ts";
import { rows } from "../lake/index.ts";
import { invoiceRelation } from "../lake/relation.ts";
import type { Platform } from "../platform.ts";

export type InvoiceFilter = {
  /** Nothing later than this day is listed. */
  readonly asOf: IsoDate;
  readonly side?: "sale" | "purchase" | undefined;
  readonly status?: "valid" | "void" | "red" | undefined;
  /** Calendar month, `YYYY-MM`. */
  readonly month?: string | undefined;
  readonly counterparty?: string | undefined;
  /** A further condition over the columns of the lake: the rows behind a feature or a flag. */
  readonly behind?: string | undefined;
};

const SORT = { issuedOn: "issued_on", totalFen: "total_fen", counterparty: "counterparty", number: "number" } as const;
export type InvoiceOrder = {
  readonly sort: keyof typeof SORT;
  readonly order: "asc" | "desc";
  readonly page: number;
  readonly pageSize: number;
};

const day = (text: IsoDate) => new DuckDBDateValue(daysBetween("1970-01-01" as IsoDate, text));

const conditions = (enterprise: string, filter: InvoiceFilter): { where: string; values: Record<string, DuckDBValue> } => {
  const parts = ["enterprise = $enterprise", "issued_on <= $as_of"];
  const values: Record<string, DuckDBValue> = { enterprise, as_of: day(filter.asOf) };
  if (filter.side) parts.push(filter.side === "sale" ? "is_sale" : "NOT is_sale");
  if (filter.status === "valid") parts.push("NOT is_void");
  if (filter.status === "void") parts.push("is_void");
  if (filter.status === "red") parts.push("NOT is_void AND total_fen < 0");
  const first = filter.month === undefined ? null : isoDate(`${filter.month}-01`);
  if (first) {
    parts.push("issued_on >= $first AND issued_on < $next");
    Object.assign(values, { first: day(first), next: day(addMonths(first, 1)) });
  }
  if (filter.counterparty !== undefined) {
    parts.push("counterparty = $counterparty");
    values["counterparty"] = filter.counterparty;
  }
  if (filter.behind) parts.push(`(${filter.behind})`);
  return { where: parts.join(" AND "), values };
};

/**
 * One page of an enterprise's invoices with the sum of all that fit. A void invoice counts in no sum, except where
 * nothing but void ones is listed.
 */
export const listInvoices = async (
  { lake, db }: Platform,
  { enterprise }: Permit<"invoices">,
  filter: InvoiceFilter,
  { sort, order, page, pageSize }: InvoiceOrder,
): Promise<{ items: Invoice[]; total: number; sumTotalFen: number }> => {
  const relation = await invoiceRelation(lake, db, [enterprise]);
  const { where, values } = conditions(enterprise, filter);
  const [sums] = await rows<{ total: number; net: number; of_void: number; valid: number }>(
    lake.connection,
    `SELECT count(*) AS total, count(*) FILTER (WHERE NOT is_void) AS valid,
       coalesce(sum(total_fen) FILTER (WHERE NOT is_void), 0) AS net, coalesce(sum(total_fen) FILTER (WHERE is_void), 0) AS of_void
     FROM ${relation} AS lake WHERE ${where}`,
    values,
  );
  const items = await rows<Invoice>(
    lake.connection,
    `SELECT batch, line, CASE WHEN is_sale THEN 'sale' ELSE 'purchase' END AS side, code, number, issued_on AS "issuedOn", counterparty,
       counterparty_name AS "counterpartyName", amount_fen AS "amountFen", tax_fen AS "taxFen", total_fen AS "totalFen", is_void AS "void",
       rate_bps AS "rateBps"
     FROM ${relation} AS lake WHERE ${where}
     ORDER BY ${SORT[sort]} ${order}, issued_on DESC, batch, line LIMIT ${pageSize} OFFSET ${(page - 1) * pageSize}`,
    values,
  );
  const { total, net, of_void: ofVoid, valid } = sums!;
  return { items, total, sumTotalFen: valid > 0 ? net : ofVoid };
};

export type CounterpartyRow = {
  counterparty: string;
  name: string | null;
  invoices: number;
  netTotalFen: number;
  share: number | null;
  firstOn: string;
  lastOn: string;
};

/**
 * Counterparties of one side by net valid invoices, tax included, of the rolling `months` that end on the as-of day. The share
 * is of the sum over all counterparties; null where that sum is not positive, since a share of it would mislead.
 */
export const listCounterparties = async (
  { lake, db }: Platform,
  { enterprise }: Permit<"invoices">,
  filter: { readonly asOf: IsoDate; readonly side: "sale" | "purchase"; readonly months: number },
  { page, pageSize }: { readonly page: number; readonly pageSize: number },
): Promise<{ items: CounterpartyRow[]; total: number; sumNetTotalFen: number }> => {
  const relation = await invoiceRelation(lake, db, [enterprise]);
  // A rolling month ends on the as-of day: the window begins the day after the same day `months` earlier.
  const after = addMonths(filter.asOf, -filter.months);
  const values = { enterprise, as_of: day(filter.asOf), after: day(after) };
  const grouped = `SELECT counterparty, max(counterparty_name) AS name, count(*) AS invoices, sum(total_fen) AS net,
      min(issued_on) AS first_on, max(issued_on) AS last_on
    FROM ${relation} AS lake
    WHERE enterprise = $enterprise AND issued_on <= $as_of AND issued_on > $after AND NOT is_void AND ${filter.side === "sale" ? "is_sale" : "NOT is_sale"}
    GROUP BY counterparty`;
  const [sums] = await rows<{ total: number; net: number }>(
    lake.connection,
    `SELECT count(*) AS total, coalesce(sum(net), 0) AS net FROM (${grouped}) AS party`,
    values,
  );
  const { total, net } = sums!;
  const items = await rows<Omit<CounterpartyRow, "share">>(
    lake.connection,
    `SELECT counterparty, name, invoices, net AS "netTotalFen", first_on AS "firstOn", last_on AS "lastOn" FROM (${grouped}) AS party
     ORDER BY net DESC, counterparty LIMIT ${pageSize} OFFSET ${(page - 1) * pageSize}`,
    values,
  );
  return { items: items.map((item) => ({ ...item, share: net > 0 ? item.netTotalFen / net : null })), total, sumNetTotalFen: net };
};

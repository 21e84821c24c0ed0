import { join } from "node:path";
import type { Db } from "../db/index.ts";
import { type Lake, literal } from "./index.ts";

type Column = readonly [name: string, type: string];

/** Columns of `lake/invoices/*.parquet` in their order; docs/records.md says what each means. */
export const INVOICE_COLUMNS: readonly Column[] = [
  ["batch", "VARCHAR"],
  ["line", "BIGINT"],
  ["enterprise", "VARCHAR"],
  ["is_sale", "BOOLEAN"],
  ["number", "VARCHAR"],
  ["code", "VARCHAR"],
  ["issued_on", "DATE"],
  ["counterparty", "VARCHAR"],
  ["counterparty_name", "VARCHAR"],
  ["amount_fen", "BIGINT"],
  ["tax_fen", "BIGINT"],
  ["total_fen", "BIGINT"],
  ["is_void", "BOOLEAN"],
  ["rate_bps", "SMALLINT"],
  ["key", "UBIGINT"],
];

/** Columns of `lake/bank/*.parquet` in their order. */
export const BANK_COLUMNS: readonly Column[] = [
  ["batch", "VARCHAR"],
  ["line", "BIGINT"],
  ["enterprise", "VARCHAR"],
  ["account", "VARCHAR"],
  ["booked_on", "DATE"],
  ["amount_fen", "BIGINT"],
  ["balance_fen", "BIGINT"],
  ["currency", "VARCHAR"],
  ["counterparty", "VARCHAR"],
  ["counterparty_account", "VARCHAR"],
  ["remittance", "VARCHAR"],
  ["bank_ref", "VARCHAR"],
  ["kind", "VARCHAR"],
  ["key", "UBIGINT"],
];

export const INVOICE_KINDS = ["sales-invoices", "purchase-invoices"] as const;
export const BANK_KINDS = ["bank-transactions"] as const;

/** Enterprises for which the batches are looked up one by one; above it, reading all files costs less than asking. */
const FEW = 1000;

const relation = async (
  lake: Lake,
  db: Db,
  kinds: readonly string[],
  columns: readonly Column[],
  enterprises: readonly string[] | undefined,
): Promise<string> => {
  const names = columns.map(([name]) => name).join(", ");
  let query = db.selectFrom("import_batch").select(["id", "parquet_path"]).where("kind", "in", kinds).where("parquet_path", "is not", null);
  if (enterprises && enterprises.length > 0 && enterprises.length <= FEW)
    query = query.where("id", "in", (within) =>
      within.selectFrom("batch_enterprise").select("batch_id").where("enterprise_id", "in", enterprises),
    );
  const batches = enterprises?.length === 0 ? [] : await query.orderBy("id").execute();
  if (batches.length === 0) return `(select ${columns.map(([name, type]) => `null::${type} as ${name}`).join(", ")} where false)`;

  const superseded = await db
    .selectFrom("superseded_row")
    .select(["batch_id", "line"])
    .where(
      "batch_id",
      "in",
      batches.map((batch) => batch.id),
    )
    .orderBy("batch_id")
    .orderBy("line")
    .execute();
  const files = batches.map((batch) => literal(join(lake.folder, batch.parquet_path!))).join(", ");
  const conditions = [
    ...(enterprises ? [`enterprise in (${enterprises.map(literal).join(", ")})`] : []),
    ...(superseded.length > 0
      ? [`(batch, line) not in (values ${superseded.map((row) => `(${literal(row.batch_id)}, ${row.line}::BIGINT)`).join(", ")})`]
      : []),
  ];
  return `(select ${names} from read_parquet([${files}])${conditions.length > 0 ? ` where ${conditions.join(" and ")}` : ""})`;
};

/**
 * The live invoices of the lake as a relation of SQL in parentheses, to stand after `from`: every imported batch
 * (of the enterprises named, or all), without rows that a later record replaced. With nothing imported it has the same
 * columns and no rows.
 */
export const invoiceRelation = (lake: Lake, db: Db, enterprises?: readonly string[]): Promise<string> =>
  relation(lake, db, INVOICE_KINDS, INVOICE_COLUMNS, enterprises);

/** The same for the transactions of bank accounts. */
export const bankRelation = (lake: Lake, db: Db, enterprises?: readonly string[]): Promise<string> =>
  relation(lake, db, BANK_KINDS, BANK_COLUMNS, enterprises);

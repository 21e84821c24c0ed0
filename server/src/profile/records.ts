import type { DuckDBConnection } from "@duckdb/node-api";
import type { IsoDate } from "@zhiwei/core/basics";
import type { ProfileBatch, ProfileInputs, SourceKind, SourceRows } from "@zhiwei/core/profile";
import type { Db } from "../db/index.ts";
import type { Context } from "../features/index.ts";
import { rows } from "../lake/index.ts";
import { BANK_KINDS, INVOICE_KINDS, bankRelation, invoiceRelation } from "../lake/relation.ts";

type Months = ProfileInputs["months"];

/** The invoices of one enterprise, read from the lake once and held in memory while several questions are asked of them. */
export type OwnInvoices = { readonly connection: DuckDBConnection; readonly invoices: string; close(): void };

export const openOwnInvoices = async ({ db, lake }: Context, enterprise: string): Promise<OwnInvoices> => {
  const [connection, relation] = await Promise.all([lake.connect(), invoiceRelation(lake, db, [enterprise])]);
  await connection.run(`CREATE TEMP TABLE own_invoices AS SELECT * FROM ${relation} AS lake`);
  return { connection, invoices: "own_invoices", close: () => connection.closeSync() };
};

/** An enterprise's own rows up to a day: monthly sums of its invoices, and how far each source reaches. */
export const readOwnRecords = async (
  { db, lake }: Context,
  { connection, invoices }: OwnInvoices,
  enterprise: string,
  asOf: IsoDate,
): Promise<{ readonly months: Months; readonly sources: readonly SourceRows[] }> => {
  const found = await rows<{
    month: string;
    is_sale: boolean;
    net: number;
    valid: number;
    all_rows: number;
    first_on: string;
    last_on: string;
  }>(
    connection,
    `SELECT strftime(issued_on, '%Y-%m') AS month, is_sale, coalesce(sum(amount_fen) FILTER (WHERE NOT is_void), 0) AS net,
       count(*) FILTER (WHERE NOT is_void) AS valid, count(*) AS all_rows, min(issued_on) AS first_on, max(issued_on) AS last_on
     FROM ${invoices} AS lake WHERE issued_on <= DATE '${asOf}' GROUP BY ALL ORDER BY ALL`,
  );
  const months = new Map<string, Months[number]>();
  const sources = new Map<SourceKind, { kind: SourceKind; rows: number; firstOn: string | null; lastOn: string | null }>();
  const extend = (kind: SourceKind, count: number, firstOn: string | null, lastOn: string | null) => {
    const known = sources.get(kind) ?? { kind, rows: 0, firstOn: null, lastOn: null };
    known.rows += count;
    if (firstOn && (known.firstOn === null || firstOn < known.firstOn)) known.firstOn = firstOn;
    if (lastOn && (known.lastOn === null || lastOn > known.lastOn)) known.lastOn = lastOn;
    sources.set(kind, known);
  };
  for (const row of found) {
    extend(row.is_sale ? "sales-invoices" : "purchase-invoices", row.all_rows, row.first_on, row.last_on);
    if (row.valid === 0) continue;
    const month = months.get(row.month) ?? { month: row.month, salesFen: 0, purchasesFen: 0, saleInvoices: 0, purchaseInvoices: 0 };
    months.set(
      row.month,
      row.is_sale
        ? { ...month, salesFen: row.net, saleInvoices: row.valid }
        : { ...month, purchasesFen: row.net, purchaseInvoices: row.valid },
    );
  }
  const banked = await rows<{ all_rows: number; first_on: string | null; last_on: string | null }>(
    connection,
    `SELECT count(*) AS all_rows, min(booked_on) AS first_on, max(booked_on) AS last_on FROM ${await bankRelation(lake, db, [enterprise])} AS lake WHERE booked_on <= DATE '${asOf}'`,
  );
  for (const row of banked) if (row.all_rows > 0) extend("bank-transactions", row.all_rows, row.first_on, row.last_on);
  return { months: [...months.values()], sources: [...sources.values()] };
};

/** The batches that hold rows of an enterprise up to a day. */
export const readBatches = async (db: Db, enterprise: string, asOf: IsoDate): Promise<readonly ProfileBatch[]> => {
  const found = await db
    .selectFrom("batch_enterprise")
    .innerJoin("import_batch", "import_batch.id", "batch_enterprise.batch_id")
    .where("batch_enterprise.enterprise_id", "=", enterprise)
    .where("batch_enterprise.first_on", "<=", asOf)
    .where("import_batch.kind", "in", [...INVOICE_KINDS, ...BANK_KINDS])
    .where("import_batch.parquet_sha256", "is not", null)
    .select([
      "import_batch.id",
      "kind",
      "file_name",
      "file_sha256",
      "parquet_sha256",
      "import_batch.rows",
      "batch_enterprise.rows as own_rows",
    ])
    .orderBy("import_batch.id")
    .execute();
  return found.map((row) => ({
    id: row.id,
    kind: row.kind,
    fileName: row.file_name,
    fileSha256: row.file_sha256,
    sha256: row.parquet_sha256!,
    rows: row.rows,
    ownRows: row.own_rows,
  }));
};

/**
 * Features 特征 at the rim: computes the catalogue over the lake, keeps the values, and lists the rows behind them.
 *
 * All values of a day come from one run over the lake (`computeFeatures`). After a change to one enterprise its own
 * values are made again from its own files (`featuresOf`); its features of the graph are then those of the last run for
 * the day, since they depend on everybody's records, until the next run takes the new trade in.
 */
import { createHash } from "node:crypto";
import { sql } from "kysely";
import type { IsoDate } from "@zhiwei/core/basics";
import { type FeatureValues, type RowFilter, catalogue, catalogueVersion, featureById, rowsCondition } from "@zhiwei/core/features";
import type { Db } from "../db/index.ts";
import { type Lake, rows } from "../lake/index.ts";
import { BANK_KINDS, INVOICE_KINDS, bankRelation, invoiceRelation } from "../lake/relation.ts";
import { type Progress, type Sources, type TradeState, computeAll, computeOne, tradeOf } from "./compute.ts";

export type { Progress } from "./compute.ts";
export type Context = { readonly lake: Lake; readonly db: Db };

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Hash of the catalogue's definitions: values of another one are not compared with these. */
export const catalogueHash: string = sha256(catalogueVersion);

const graphIds = catalogue.filter((feature) => feature.needs === "graph").map((feature) => feature.id);

/** The last day on which anything in the lake happened; null while it is empty. */
export const lastDay = async (db: Db): Promise<IsoDate | null> => {
  const found = await db
    .selectFrom("import_batch")
    .select((select) => select.fn.max("last_on").as("day"))
    .where("kind", "in", [...INVOICE_KINDS, ...BANK_KINDS])
    .executeTakeFirst();
  return (found?.day ?? null) as IsoDate | null;
};

/**
 * By which batches an enterprise's values are made: a hash of the content of those that hold rows of it up to the
 * day. It changes with the enterprise's own records only.
 */
export const inputsOf = async (db: Db, asOf: IsoDate, enterprises?: readonly string[]): Promise<Map<string, string>> => {
  let query = db
    .selectFrom("batch_enterprise")
    .innerJoin("import_batch", "import_batch.id", "batch_enterprise.batch_id")
    .where("batch_enterprise.first_on", "<=", asOf)
    .where("import_batch.kind", "in", [...INVOICE_KINDS, ...BANK_KINDS])
    .where("import_batch.parquet_sha256", "is not", null);
  if (enterprises) query = query.where("batch_enterprise.enterprise_id", "=", sql<string>`any(${[...enterprises]})`);
  const found = await query
    .select(["enterprise_id", sql<string>`string_agg(parquet_sha256, ',' order by parquet_sha256)`.as("content")])
    .groupBy("enterprise_id")
    .execute();
  return new Map(found.map((row) => [row.enterprise_id, sha256(row.content)]));
};

const hasBank = async (db: Db): Promise<boolean> =>
  (
    await db
      .selectFrom("import_batch")
      .select("id")
      .where("kind", "in", [...BANK_KINDS])
      .where("parquet_path", "is not", null)
      .limit(1)
      .execute()
  ).length > 0;

const sourcesOf = async ({ lake, db }: Context, enterprises?: readonly string[]): Promise<Sources> => {
  const codes = await db.selectFrom("enterprise").select(["id", "uscc"]).where("uscc", "is not", null).execute();
  return {
    invoices: await invoiceRelation(lake, db, enterprises),
    bank: (await hasBank(db)) ? await bankRelation(lake, db, enterprises) : null,
    creditCodes: codes.map((row) => [row.id, row.uscc!] as const),
  };
};

/** The last runs' trade between parties by lake and day, for the rings behind a flag and for `featuresOf`. */
const trades = new WeakMap<Lake, Map<IsoDate, TradeState>>();
const TRADES_KEPT = 3;
const keepTrade = (lake: Lake, state: TradeState): void => {
  const known = trades.get(lake) ?? new Map<IsoDate, TradeState>();
  known.delete(state.asOf);
  known.set(state.asOf, state);
  for (const day of known.keys()) if (known.size > TRADES_KEPT) known.delete(day);
  trades.set(lake, known);
};

/**
 * The whole catalogue as of a day, for all enterprises with records up to it or those named. The graph is always
 * that of all, since a ring leads through others.
 */
export const computeFeatures = async (
  context: Context,
  { asOf, enterprises, onProgress }: { readonly asOf: IsoDate; readonly enterprises?: readonly string[]; readonly onProgress?: Progress },
): Promise<Map<string, FeatureValues>> => {
  const connection = await context.lake.connect();
  try {
    const { values, trade } = await computeAll(connection, await sourcesOf(context), asOf, onProgress);
    keepTrade(context.lake, trade);
    if (!enterprises) return values;
    return new Map(enterprises.flatMap((id) => (values.has(id) ? [[id, values.get(id)!] as const] : [])));
  } finally {
    connection.closeSync();
  }
};

const STORED_AT_ONCE = 1000;

/** Keeps values of a day, in place of those that the same catalogue gave before. Enterprises not registered are left out. */
export const storeFeatures = async (db: Db, asOf: IsoDate, values: ReadonlyMap<string, FeatureValues>): Promise<void> => {
  const ids = [...values.keys()];
  const inputs = await inputsOf(db, asOf, ids.length <= STORED_AT_ONCE ? ids : undefined);
  for (let at = 0; at < ids.length; at += STORED_AT_ONCE) {
    const part = ids.slice(at, at + STORED_AT_ONCE);
    await sql`
      insert into feature_row (enterprise_id, as_of, catalogue, inputs, values)
      select given.id, ${asOf}::date, ${catalogueHash}, given.inputs, given.values::jsonb
      from unnest(${part}::text[], ${part.map((id) => inputs.get(id) ?? "")}::text[], ${part.map((id) => JSON.stringify(values.get(id)))}::text[]) as given (id, inputs, values)
      join enterprise on enterprise.id = given.id
      on conflict (as_of, enterprise_id, catalogue) do update set inputs = excluded.inputs, values = excluded.values`.execute(db);
  }
};

const storedGraph = async (db: Db, enterprise: string, asOf: IsoDate): Promise<FeatureValues | null> => {
  const row = await db
    .selectFrom("feature_row")
    .select("values")
    .where("enterprise_id", "=", enterprise)
    .where("as_of", "=", asOf)
    .where("catalogue", "=", catalogueHash)
    .executeTakeFirst();
  return row ? Object.fromEntries(graphIds.map((id) => [id, row.values[id] ?? null])) : null;
};

/**
 * The catalogue of one enterprise as of a day from its own files; null where it has no records up to the day. Features
 * of the graph come from the last run for the day, in memory or stored; without one the run is made.
 */
export const featuresOf = async (context: Context, enterprise: string, asOf: IsoDate): Promise<FeatureValues | null> => {
  const { lake, db } = context;
  const [invoices, bank] = await Promise.all([
    invoiceRelation(lake, db, [enterprise]),
    hasBank(db).then((any) => (any ? bankRelation(lake, db, [enterprise]) : null)),
  ]);
  const own = await computeOne(() => lake.connect(), { invoices, bank }, asOf);
  if (!own) return null;
  const state = trades.get(lake)?.get(asOf);
  const graph = state ? tradeOf(state)(enterprise).values : await storedGraph(db, enterprise, asOf);
  if (graph) return { ...own, ...graph };
  return (await computeFeatures(context, { asOf, enterprises: [enterprise] })).get(enterprise) ?? null;
};

/** The rings of circular trade through an enterprise: each party sells to the next, the last to the first. */
export const ringsOf = async (
  context: Context,
  enterprise: string,
  asOf: IsoDate,
): Promise<readonly { readonly parties: readonly string[]; readonly weightFen: number }[]> => {
  if (!trades.get(context.lake)?.has(asOf)) await computeFeatures(context, { asOf, enterprises: [enterprise] });
  const state = trades.get(context.lake)!.get(asOf)!;
  return tradeOf(state)(enterprise).rings.map((ring) => ({
    parties: ring.parties.map((party) => state.names[party]!),
    weightFen: ring.weight,
  }));
};

/**
 * The rows behind a number as a condition over the lake's columns, to stand beside others in a WHERE over the
 * enterprise's own relation.
 */
export const behind = async ({ lake, db }: Context, enterprise: string, asOf: IsoDate, filter: RowFilter): Promise<string> => {
  const invoices = await invoiceRelation(lake, db, [enterprise]);
  let known: string[] = [];
  if (filter.parties?.kind === "identified") {
    const codes = await rows<{ code: string }>(lake.connection, `SELECT DISTINCT counterparty AS code FROM ${invoices} AS lake`);
    const given = codes.map((row) => row.code);
    const found = await sql<{ code: string }>`
      select code from unnest(${given}::text[]) as given (code)
      where exists (select from enterprise where id = code or uscc = code)`.execute(db);
    known = found.rows.map((row) => row.code);
  }
  return rowsCondition(filter, { dialect: "duckdb", asOf, invoices }, known);
};

export type InvoiceRow = {
  readonly batch: string;
  readonly line: number;
  readonly is_sale: boolean;
  readonly number: string;
  readonly issued_on: string;
  readonly counterparty: string;
  readonly counterparty_name: string | null;
  readonly amount_fen: number;
  readonly tax_fen: number;
  readonly total_fen: number;
  readonly is_void: boolean;
  readonly rate_bps: number | null;
};
const SORTS = { issued_on: "issued_on", total_fen: "total_fen", counterparty: "counterparty", number: "number" } as const;
export type RowSort = { readonly by: keyof typeof SORTS; readonly descending: boolean };

/** One page of the invoices behind a feature, newest first unless sorted otherwise, and how many there are in all. */
export const invoicesBehind = async (
  context: Context,
  {
    enterprise,
    asOf,
    feature,
    page = 1,
    pageSize = 50,
    sort = { by: "issued_on", descending: true },
  }: {
    readonly enterprise: string;
    readonly asOf: IsoDate;
    /** A feature's id, or the rows themselves, as a flag states them. */
    readonly feature: string | RowFilter;
    readonly page?: number;
    readonly pageSize?: number;
    readonly sort?: RowSort;
  },
): Promise<{ readonly rows: readonly InvoiceRow[]; readonly total: number }> => {
  const filter = typeof feature === "string" ? featureById(feature)?.rows : feature;
  if (!filter || filter.source !== "invoices") return { rows: [], total: 0 };
  const condition = await behind(context, enterprise, asOf, filter);
  const from = `FROM ${await invoiceRelation(context.lake, context.db, [enterprise])} AS lake WHERE ${condition}`;
  const [counted] = await rows<{ total: number }>(context.lake.connection, `SELECT count(*) AS total ${from}`);
  const found = await rows<InvoiceRow>(
    context.lake.connection,
    `SELECT batch, line, is_sale, number, issued_on, counterparty, counterparty_name, amount_fen, tax_fen, total_fen, is_void, rate_bps ${from}
     ORDER BY ${SORTS[sort.by]} ${sort.descending ? "DESC" : "ASC"}, issued_on DESC, batch, line LIMIT ${Math.trunc(pageSize)} OFFSET ${Math.trunc(pageSize * (page - 1))}`,
  );
  return { rows: found, total: counted!.total };
};

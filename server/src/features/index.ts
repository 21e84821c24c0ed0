/**
 * Features 特征 at the rim: computes the catalogue over the lake, keeps the values, and lists the rows behind them.
 *
 * All values of a day come from one run over the lake (`computeFeatures`). After a change to one enterprise its own
 * values are made again from its own files (`featuresOf`); its features of the graph are then those of the last run for
 * the day, since they depend on everybody's records, until the next run takes the new trade in.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { sql } from "kysely";
import type { IsoDate } from "@zhiwei/core/basics";
import { type FeatureValues, type RowFilter, catalogue, catalogueVersion, featureById, rowsCondition } from "@zhiwei/core/features";
import type { Permit } from "../consent/index.ts";
import type { Db } from "../db/index.ts";
import { type Lake, rows } from "../lake/index.ts";
import { BANK_KINDS, INVOICE_KINDS, bankRelation, invoiceRelation } from "../lake/relation.ts";
import { type Progress, type Sources, type TradeState, computeAll, tradeOf } from "./compute.ts";

import { type OneByOne, openOneByOne } from "./one.ts";
import { type Revision, remembering } from "../db/revision.ts";
import { sha256Hex as sha256 } from "../system/hash.ts";

export type { Progress } from "./compute.ts";
/** With a revision, what is known to be up to date at it is not looked at again. */
export type Context = { readonly lake: Lake; readonly db: Db; readonly revision?: Revision | null };

/** Hash of the catalogue's definitions: values of another one are not compared with these. */
export const catalogueHash: string = sha256(catalogueVersion);

const graphIds = catalogue.filter((feature) => feature.needs === "graph").map((feature) => feature.id);

const SOURCE_KINDS: readonly string[] = [...INVOICE_KINDS, ...BANK_KINDS];

/** Of each enterprise with records up to the day a hash of the content of the batches that hold them. */
const ownInputs = (asOf: IsoDate) => sql<{ enterprise_id: string; hash: string }>`
  select batch_enterprise.enterprise_id,
    encode(sha256(convert_to(string_agg(import_batch.parquet_sha256, ',' order by import_batch.parquet_sha256), 'UTF8')), 'hex') as hash
  from batch_enterprise join import_batch on import_batch.id = batch_enterprise.batch_id
  where batch_enterprise.first_on <= ${asOf}::date and import_batch.kind = any(${SOURCE_KINDS}::text[]) and import_batch.parquet_sha256 is not null
  group by batch_enterprise.enterprise_id`;

/** The same of everybody's invoices: what the features of the graph are made of. */
const tradeInputs = async (db: Db, asOf: IsoDate): Promise<string> => {
  const found = await sql<{ content: string | null }>`
    select string_agg(parquet_sha256, ',' order by parquet_sha256) as content from import_batch
    where first_on <= ${asOf}::date and kind = any(${[...INVOICE_KINDS]}::text[]) and parquet_sha256 is not null`.execute(db);
  return sha256(found.rows[0]?.content ?? "");
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
type KeptTrade = { readonly state: TradeState; readonly inputs: string };
const trades = new WeakMap<Lake, Map<IsoDate, KeptTrade>>();
const TRADES_KEPT = 3;
const keepTrade = (lake: Lake, state: TradeState, inputs: string): void => {
  const known = trades.get(lake) ?? new Map<IsoDate, KeptTrade>();
  known.delete(state.asOf);
  known.set(state.asOf, { state, inputs });
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
    const inputs = await tradeInputs(context.db, asOf);
    const { values, trade } = await computeAll(connection, await sourcesOf(context), asOf, onProgress);
    keepTrade(context.lake, trade, inputs);
    if (!enterprises) return values;
    return new Map(enterprises.flatMap((id) => (values.has(id) ? [[id, values.get(id)!] as const] : [])));
  } finally {
    connection.closeSync();
  }
};

const STORED_AT_ONCE = 1000;

/**
 * Keeps values of a day in place of those that the same catalogue gave before, with a hash of the enterprise's own
 * batches and one of everybody's trade that they were made from. Enterprises not registered are left out.
 */
export const storeFeatures = async (db: Db, asOf: IsoDate, values: ReadonlyMap<string, FeatureValues>, trade?: string): Promise<void> => {
  const ids = [...values.keys()];
  const everybody = trade ?? (await tradeInputs(db, asOf));
  for (let at = 0; at < ids.length; at += STORED_AT_ONCE) {
    const part = ids.slice(at, at + STORED_AT_ONCE);
    await sql`
      with own as (${ownInputs(asOf)})
      insert into feature_row (enterprise_id, as_of, catalogue, inputs, values)
      select given.id, ${asOf}::date, ${catalogueHash}, coalesce(own.hash, '') || '.' || ${everybody}, given.values::jsonb
      from unnest(${part}::text[], ${part.map((id) => JSON.stringify(values.get(id)))}::text[]) as given (id, values)
      join enterprise on enterprise.id = given.id left join own on own.enterprise_id = given.id
      on conflict (as_of, enterprise_id, catalogue) do update set inputs = excluded.inputs, values = excluded.values`.execute(db);
  }
};

/** Features of the graph from the last run for the day, and by what trade they were made. */
const lastGraph = async (
  { lake, db }: Context,
  enterprise: string,
  asOf: IsoDate,
): Promise<{ values: FeatureValues; inputs: string } | null> => {
  const kept = trades.get(lake)?.get(asOf);
  if (kept) return { values: tradeOf(kept.state)(enterprise).values, inputs: kept.inputs };
  const row = await db
    .selectFrom("feature_row")
    .select(["values", "inputs"])
    .where("enterprise_id", "=", enterprise)
    .where("as_of", "=", asOf)
    .where("catalogue", "=", catalogueHash)
    .executeTakeFirst();
  if (!row) return null;
  return { values: Object.fromEntries(graphIds.map((id) => [id, row.values[id] ?? null])), inputs: row.inputs.split(".")[1] ?? "" };
};

/** The statements planned for single enterprises, a set for each lake; they go with it. */
const oneByOne = new WeakMap<Lake, Promise<OneByOne>>();
const oneByOneOf = (lake: Lake): Promise<OneByOne> => {
  let one = oneByOne.get(lake);
  if (!one) oneByOne.set(lake, (one = openOneByOne()));
  return one;
};

/** An enterprise's own rows as the lake holds them now: files are immutable, so equal text means equal rows. */
const ownSources = async ({ lake, db }: Context, enterprise: string): Promise<Pick<Sources, "invoices" | "bank">> => {
  const [invoices, bank] = await Promise.all([
    invoiceRelation(lake, db, [enterprise]),
    hasBank(db).then((any) => (any ? bankRelation(lake, db, [enterprise]) : null)),
  ]);
  return { invoices, bank };
};

/** Values that were begun before it was known whether they are needed, by day and rows. */
const begun = new WeakMap<Lake, Map<string, Promise<FeatureValues | null>>>();
const BEGUN_KEPT = 8;
const workKey = ({ invoices, bank }: Pick<Sources, "invoices" | "bank">, asOf: IsoDate) => `${asOf} ${invoices} ${bank}`;

/**
 * Begins to compute the features of an enterprise whose records are seen to have changed, while the database is still asked
 * what else has. `ensureFeatures` takes the values over; unneeded ones are forgotten.
 */
export const beginFeatures = async (context: Context, enterprise: string, asOf: IsoDate): Promise<void> => {
  const sources = await ownSources(context, enterprise);
  const works = begun.get(context.lake) ?? new Map<string, Promise<FeatureValues | null>>();
  begun.set(context.lake, works);
  const work = oneByOneOf(context.lake).then((one) => one.compute(sources, asOf));
  work.catch(() => {}); // whoever takes it over hears of it
  works.set(workKey(sources, asOf), work);
  for (const key of works.keys()) if (works.size > BEGUN_KEPT) works.delete(key);
};

const computeOwn = async (lake: Lake, sources: Pick<Sources, "invoices" | "bank">, asOf: IsoDate): Promise<FeatureValues | null> => {
  const key = workKey(sources, asOf);
  const work = begun.get(lake)?.get(key);
  begun.get(lake)?.delete(key);
  return work ?? (await oneByOneOf(lake)).compute(sources, asOf);
};

const computeSingle = async (
  context: Context,
  enterprise: string,
  asOf: IsoDate,
): Promise<{ values: FeatureValues; inputs: string } | null> => {
  const { lake, db } = context;
  const [sources, graph] = await Promise.all([ownSources(context, enterprise), lastGraph(context, enterprise, asOf)]);
  if (!graph) {
    const inputs = await tradeInputs(db, asOf);
    const values = (await computeFeatures(context, { asOf, enterprises: [enterprise] })).get(enterprise);
    return values ? { values, inputs } : null;
  }
  const own = await computeOwn(lake, sources, asOf);
  return own && { values: { ...own, ...graph.values }, inputs: graph.inputs };
};

/**
 * The catalogue of one enterprise as of a day from its own files; null where it has no records up to the day. Features
 * of the graph come from the last run for the day, in memory or stored; without one the run is made.
 */
export const featuresOf = async (context: Context, permit: Permit<"profile">, asOf: IsoDate): Promise<FeatureValues | null> =>
  (await computeSingle(context, permit.enterprise, asOf))?.values ?? null;

/** Up to so many enterprises with new records are brought up to date one by one rather than by a run over the lake. */
const FEW_STALE = 8;
const running = new WeakMap<Lake, Map<string, Promise<string>>>();
const upToDate = remembering<string>(["records", "features"], 16);

/**
 * Brings the stored values of a day up to date and gives the hash of the catalogue they are kept under. Where only a
 * few enterprises have new records, only those are computed anew, and the features of the graph stay those of the
 * last run; a caller that shows progress waits for the whole run, which takes the new trade into the graph.
 */
export const ensureFeatures = (context: Context, asOf: IsoDate, onProgress?: Progress): Promise<string> =>
  upToDate(context.db, onProgress ? null : context.revision, asOf, () => ensureOnce(context, asOf, onProgress));

const ensureOnce = (context: Context, asOf: IsoDate, onProgress: Progress | undefined): Promise<string> => {
  const busy = running.get(context.lake) ?? new Map<string, Promise<string>>();
  running.set(context.lake, busy);
  const key = `${asOf} ${onProgress ? "whole" : "quick"}`;
  let work = busy.get(key);
  if (!work) busy.set(key, (work = bringUpToDate(context, asOf, onProgress).finally(() => busy.delete(key))));
  return work;
};

const bringUpToDate = async (context: Context, asOf: IsoDate, onProgress: Progress | undefined): Promise<string> => {
  const { db } = context;
  const trade = await tradeInputs(db, asOf);
  const found = await sql<{ id: string; own: boolean }>`
    with own as (${ownInputs(asOf)})
    select enterprise.id, split_part(feature_row.inputs, '.', 1) is distinct from own.hash as own
    from own join enterprise on enterprise.id = own.enterprise_id
    left join feature_row on feature_row.enterprise_id = own.enterprise_id and feature_row.as_of = ${asOf}::date and feature_row.catalogue = ${catalogueHash}
    where feature_row.inputs is distinct from own.hash || '.' || ${trade}`.execute(db);
  const stale = found.rows.filter((row) => row.own).map((row) => row.id);
  if (onProgress ? found.rows.length === 0 : stale.length === 0) return catalogueHash;
  if (onProgress || stale.length > FEW_STALE) {
    const values = await computeFeatures(context, { asOf, ...(onProgress ? { onProgress } : {}) });
    // An enterprise all of whose rows were replaced has no values, and that is kept too.
    for (const id of stale) if (!values.has(id)) values.set(id, {});
    await storeFeatures(db, asOf, values, trade);
    return catalogueHash;
  }
  for (const id of stale) {
    const single = await computeSingle(context, id, asOf);
    await storeFeatures(db, asOf, new Map([[id, single?.values ?? {}]]), single?.inputs ?? trade);
  }
  return catalogueHash;
};

/** The rings of circular trade through an enterprise: each party sells to the next, the last to the first. */
export const ringsOf = async (
  context: Context,
  enterprise: string,
  asOf: IsoDate,
): Promise<readonly { readonly parties: readonly string[]; readonly weightFen: number }[]> => {
  if (!trades.get(context.lake)?.has(asOf)) await computeFeatures(context, { asOf, enterprises: [enterprise] });
  const { state } = trades.get(context.lake)!.get(asOf)!;
  return tradeOf(state)(enterprise).rings.map((ring) => ({
    parties: ring.parties.map((party) => state.names[party]!),
    weightFen: ring.weight,
  }));
};

/**
 * The rows behind a number as a condition over the lake's columns, to stand beside others in a WHERE over the
 * enterprise's own relation; `from` names that relation where the caller holds its rows already.
 */
export const behind = async (
  { lake, db }: Context,
  enterprise: string,
  asOf: IsoDate,
  filter: RowFilter,
  from?: { readonly connection: DuckDBConnection; readonly invoices: string },
): Promise<string> => {
  const { connection, invoices } = from ?? { connection: lake.connection, invoices: await invoiceRelation(lake, db, [enterprise]) };
  let known: string[] = [];
  if (filter.parties?.kind === "identified") {
    const codes = await rows<{ code: string }>(connection, `SELECT DISTINCT counterparty AS code FROM ${invoices} AS lake`);
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

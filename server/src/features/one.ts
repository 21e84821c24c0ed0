import { type DuckDBConnection, DuckDBInstance, type DuckDBPreparedStatement } from "@duckdb/node-api";
import type { IsoDate } from "@zhiwei/core/basics";
import { type FeatureValues, catalogue, compile } from "@zhiwei/core/features";
import { type Sources, readValues } from "./compute.ts";

/** Features that look at counterparties, numbers and trends, and the others: two statements of about the same length. */
const TELLING = new Set(["concentration", "loyalty", "quality", "scale"]);
const sqlFeatures = catalogue.filter((feature) => feature.needs !== "graph");
const HALVES = [sqlFeatures.filter(({ family }) => TELLING.has(family)), sqlFeatures.filter(({ family }) => !TELLING.has(family))] as const;

/** What the catalogue reads of an invoice and of a transaction. */
const INVOICE = "enterprise, is_sale, counterparty, number, issued_on, amount_fen, tax_fen, total_fen, is_void, rate_bps";
const BANK = "enterprise, booked_on, amount_fen, balance_fen, currency, kind";
const NOTHING = `(SELECT NULL::VARCHAR AS enterprise, NULL::BOOLEAN AS is_sale, NULL::VARCHAR AS counterparty, NULL::VARCHAR AS number,
  NULL::DATE AS issued_on, NULL::BIGINT AS amount_fen, NULL::BIGINT AS tax_fen, NULL::BIGINT AS total_fen, NULL::BOOLEAN AS is_void,
  NULL::SMALLINT AS rate_bps, NULL::DATE AS booked_on, NULL::BIGINT AS balance_fen, NULL::VARCHAR AS currency, NULL::VARCHAR AS kind WHERE false)`;

/** Statements of a day, planned once, over tables that hold one enterprise at a time. */
type Desk = {
  readonly connections: readonly DuckDBConnection[];
  readonly statements: readonly DuckDBPreparedStatement[];
  readonly table: string;
  /** Rows ever put into the tables: an in-memory table keeps the room of deleted rows, so a worn desk is replaced. */
  rows: number;
  /** The work that has the tables; the next waits for it. */
  busy: Promise<unknown>;
};

const DESKS_KEPT = 4;
const WORN_AFTER_ROWS = 2_000_000;

/**
 * Steps of DuckDB's planning that take the smallest and largest values in a table for granted. In a statement that is
 * planned once they would answer for the rows that were there then: with them, a plan made over an empty table gives
 * nothing for ever.
 */
const TRUSTING_STATISTICS = "statistics_propagation,compressed_materialization,row_group_pruner,sum_rewriter,empty_result_pullup";

/** Computes the features of SQL of one enterprise at a time. */
export type OneByOne = {
  /** Null where the enterprise has no record up to the day. */
  compute(sources: Pick<Sources, "invoices" | "bank">, asOf: IsoDate): Promise<FeatureValues | null>;
  close(): void;
};

/**
 * For the few rows of one enterprise, planning the catalogue's statement takes several times as long as running it. So it
 * is planned once a day of observation, over tables of memory into which the rows of the enterprise in question are put.
 * An instance of its own keeps the plans: a table made or dropped elsewhere would have them made again.
 */
export const openOneByOne = async (): Promise<OneByOne> => {
  const instance = await DuckDBInstance.create(":memory:", { memory_limit: "1GB", threads: "1", disabled_optimizers: TRUSTING_STATISTICS });
  const desks = new Map<string, Promise<Desk>>();
  let made = 0;

  const makeDesk = async (asOf: IsoDate, withBank: boolean): Promise<Desk> => {
    const table = `desk_${++made}`;
    const connections = await Promise.all(HALVES.map(() => instance.connect()));
    await connections[0]!.run(
      `CREATE TABLE ${table} AS SELECT ${INVOICE} FROM ${NOTHING}; CREATE TABLE ${table}_bank AS SELECT ${BANK} FROM ${NOTHING}`,
    );
    const statements: DuckDBPreparedStatement[] = [];
    for (const [index, features] of HALVES.entries())
      statements.push(
        await connections[index]!.prepare(
          compile({ dialect: "duckdb", asOf, invoices: table, bank: withBank ? `${table}_bank` : null, features }),
        ),
      );
    return { connections, statements, table, rows: 0, busy: Promise.resolve() };
  };

  const clear = async (desk: Desk) => {
    await desk.busy.catch(() => {});
    for (const statement of desk.statements) statement.destroySync();
    await desk.connections[0]!.run(`DROP TABLE ${desk.table}; DROP TABLE ${desk.table}_bank`);
    for (const connection of desk.connections) connection.closeSync();
  };

  const deskFor = (asOf: IsoDate, withBank: boolean): Promise<Desk> => {
    const key = `${asOf} ${withBank}`;
    let desk = desks.get(key);
    desks.delete(key);
    desk ??= makeDesk(asOf, withBank);
    desks.set(key, desk); // the one used last stands last
    for (const [other, old] of desks) {
      if (desks.size <= DESKS_KEPT) break;
      desks.delete(other);
      void old.then(clear);
    }
    return desk;
  };

  const work = async (desk: Desk, { invoices, bank }: Pick<Sources, "invoices" | "bank">, asOf: IsoDate): Promise<FeatureValues | null> => {
    const [first] = desk.connections;
    await first!.run(`DELETE FROM ${desk.table}; DELETE FROM ${desk.table}_bank`);
    const put = await first!.run(`INSERT INTO ${desk.table} SELECT ${INVOICE} FROM ${invoices} AS lake WHERE issued_on <= DATE '${asOf}'`);
    desk.rows += Number(put.rowsChanged);
    if (bank !== null) {
      const banked = await first!.run(
        `INSERT INTO ${desk.table}_bank SELECT ${BANK} FROM ${bank} AS lake WHERE booked_on <= DATE '${asOf}'`,
      );
      desk.rows += Number(banked.rowsChanged);
    }
    const values = new Map<string, Record<string, number | null>>();
    await Promise.all(HALVES.map(async (features, index) => readValues(await desk.statements[index]!.run(), features, values)));
    return values.values().next().value ?? null;
  };

  return {
    compute: async (sources, asOf) => {
      const desk = await deskFor(asOf, sources.bank !== null);
      const done = desk.busy.catch(() => {}).then(() => work(desk, sources, asOf));
      desk.busy = done;
      const values = await done;
      if (desk.rows > WORN_AFTER_ROWS) {
        const key = `${asOf} ${sources.bank !== null}`;
        if ((await desks.get(key)) === desk) {
          desks.delete(key);
          void clear(desk);
        }
      }
      return values;
    },
    close: () => instance.closeSync(),
  };
};

import type { DuckDBConnection, DuckDBResult } from "@duckdb/node-api";
import type { IsoDate } from "@zhiwei/core/basics";
import {
  type Feature,
  type FeatureValues,
  type GraphValues,
  type Relations,
  type Ring,
  type Standing,
  type TradeGraph,
  COMMON_PARTNER_MAX,
  catalogue,
  compile,
  compileParties,
  components,
  graphValues,
  recognisable,
  relations,
  ringFinder,
  tradeGraph,
} from "@zhiwei/core/features";
import { literal } from "../lake/index.ts";

/** What the values are computed from: relations of SQL in parentheses with the lake's columns. */
export type Sources = {
  readonly invoices: string;
  /** Null where no bank transactions were ever imported. */
  readonly bank: string | null;
  /** By which codes a counterparty is known to be an enterprise here, beside the enterprise's own id. */
  readonly creditCodes: readonly (readonly [enterprise: string, creditCode: string])[];
};

/** Invoices summed in one go; more are taken in slices of enterprises, so that memory stays bounded. */
const SLICE_ROWS = 25_000_000;

type Values = Record<string, number | null>;
export type Progress = (done: number, all: number) => void;

const sqlFeatures = catalogue.filter((feature) => feature.needs !== "graph");

/** Rows of a compiled statement into a map, by columns: a row object a row would take longer than the computing. */
export const readValues = async (result: DuckDBResult, features: readonly Feature[], into: Map<string, Values>): Promise<void> => {
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const names = chunk.getColumnValues(0) as string[];
    const values = names.map((name): Values => into.get(name) ?? {});
    for (const [index, feature] of features.entries()) {
      const column = chunk.getColumnValues(index + 1) as (number | null)[];
      for (let row = 0; row < values.length; row++) values[row]![feature.id] = column[row]!;
    }
    for (const [row, name] of names.entries()) into.set(name, values[row]!);
  }
};

const columns = async (connection: DuckDBConnection, sql: string): Promise<unknown[][]> => {
  const reader = await connection.runAndReadAll(sql);
  // Without rows there are no columns either; the caller still wants one array each.
  return reader.currentRowCount === 0 ? Array.from({ length: reader.columnCount }, () => []) : reader.getColumns();
};

/** Sales and purchases of the last 24 months by partner, where a partner known here bears its enterprise's id. */
const DEALING = `SELECT party.enterprise, party.is_sale, coalesce(identity.enterprise, party.counterparty) AS partner,
    identity.enterprise IS NOT NULL AS known, sum(party.net_24) AS net
  FROM party LEFT JOIN identity ON identity.code = party.counterparty
  WHERE (party.mask & ${2 ** 24 - 1}) <> 0
  GROUP BY 1, 2, 3, 4`;

const slices = async (connection: DuckDBConnection, invoices: string, asOf: IsoDate, sliceRows: number): Promise<readonly string[]> => {
  const [counted] = (await connection.runAndReadAll(`SELECT count(*) FROM ${invoices} WHERE issued_on <= DATE '${asOf}'`)).getRows();
  const parts = Math.ceil(Number(counted![0]) / sliceRows);
  if (parts <= 1) return ["true"];
  const [names] = await columns(connection, `SELECT DISTINCT enterprise FROM ${invoices} ORDER BY enterprise`);
  const bounds = Array.from({ length: parts - 1 }, (_, part) =>
    literal((names as string[])[Math.floor(((part + 1) * names!.length) / parts)]!),
  );
  return Array.from({ length: parts }, (_, part) =>
    [...(part > 0 ? [`enterprise >= ${bounds[part - 1]}`] : []), ...(part < parts - 1 ? [`enterprise < ${bounds[part]}`] : [])].join(
      " AND ",
    ),
  );
};

/**
 * The trade between parties as of a day, numbered and in typed arrays. It answers for all enterprises, and after one
 * more invoice for the one that it concerns, without another look at the rest of the lake.
 */
export type TradeState = {
  readonly asOf: IsoDate;
  /** Names of the nodes in their order; enterprises and their possible partners on rings. */
  readonly names: readonly string[];
  readonly node: ReadonlyMap<string, number>;
  readonly graph: TradeGraph;
  readonly component: Int32Array;
  readonly componentSizes: readonly number[];
  readonly standings: ReadonlyMap<string, Standing>;
  /** Position of an enterprise in `related`. */
  readonly position: ReadonlyMap<string, number>;
  readonly related: Relations;
};

/** Reads the table `dealing` of the connection. */
const readTrade = async (connection: DuckDBConnection, asOf: IsoDate): Promise<TradeState> => {
  // Text is joined once, to number partners; everything after works on the numbers.
  await connection.run(`
    CREATE OR REPLACE TEMP TABLE partner_number AS
    SELECT partner, row_number() OVER (ORDER BY partner) - 1 AS number,
      bool_or(known) OR (bool_or(is_sale) AND bool_or(NOT is_sale)) AS linking,
      regexp_full_match(partner, '[0-9A-HJ-NPQRTUWXY]{18}') AS coded
    FROM (SELECT partner, known, is_sale FROM dealing UNION ALL SELECT DISTINCT enterprise, true, true FROM dealing) AS named
    GROUP BY partner`);
  await connection.run(`
    CREATE OR REPLACE TEMP TABLE numbered AS
    SELECT one.number AS enterprise, is_sale, other.number AS partner, known, other.linking, other.coded, net
    FROM dealing JOIN partner_number AS other USING (partner) JOIN partner_number AS one ON one.partner = dealing.enterprise`);
  const [enterpriseNumbers, enterpriseNames] = await columns(
    connection,
    `SELECT number, partner FROM partner_number WHERE number IN (SELECT enterprise FROM numbered) ORDER BY number`,
  );
  // Nodes in the order of their names: the enterprises, and partners that could lie on a ring.
  const [nodeNumbers, nodeNames] = await columns(connection, `SELECT number, partner FROM partner_number WHERE linking ORDER BY number`);
  const nodeOf = new Map((nodeNumbers as bigint[]).map((number, index) => [Number(number), index]));
  const positionOf = new Map((enterpriseNumbers as bigint[]).map((number, index) => [Number(number), index]));
  const [reporter, partner, sold, amount] = await columns(
    connection,
    `SELECT CAST(enterprise AS INTEGER), CAST(partner AS INTEGER), is_sale, CAST(net AS DOUBLE) FROM numbered WHERE linking AND net > 0`,
  );
  const graph = tradeGraph({
    nodes: nodeNumbers!.length,
    reporter: Int32Array.from(reporter as number[], (number) => nodeOf.get(number)!),
    partner: Int32Array.from(partner as number[], (number) => nodeOf.get(number)!),
    sold: Uint8Array.from(sold as boolean[], Number),
    amount: Float64Array.from(amount as number[]),
  });
  const { of: component, sizes } = components(graph);

  const [number, sales, knownSales, known, coded, reciprocal, bothSides] = await columns(
    connection,
    `SELECT CAST(enterprise AS INTEGER), CAST(sum(sold) FILTER (WHERE sold > 0) AS DOUBLE), CAST(sum(sold) FILTER (WHERE sold > 0 AND known) AS DOUBLE),
       bool_or(known), bool_or(coded), CAST(sum(least(sold, bought)) FILTER (WHERE sold > 0 AND bought > 0) AS DOUBLE), bool_or(sold IS NOT NULL AND bought IS NOT NULL)
     FROM (
       SELECT enterprise, partner, sum(net) FILTER (WHERE is_sale) AS sold, sum(net) FILTER (WHERE NOT is_sale) AS bought, bool_or(known) AS known, bool_or(coded) AS coded
       FROM numbered GROUP BY enterprise, partner
     ) GROUP BY enterprise`,
  );
  const names = enterpriseNames as string[];
  const standings = new Map<string, Standing>();
  for (const [row, one] of (number as number[]).entries())
    standings.set(names[positionOf.get(one)!]!, {
      node: nodeOf.get(one)!,
      salesFen: (sales![row] as number | null) ?? 0,
      knownSalesFen: (knownSales![row] as number | null) ?? 0,
      reciprocalFen: (reciprocal![row] as number | null) ?? 0,
      recognisable: recognisable(known![row] as boolean, coded![row] as boolean, bothSides![row] as boolean),
      active: true,
    });

  await connection.run(`
    CREATE OR REPLACE TEMP TABLE shared AS
    SELECT partner, count(*) AS degree FROM (SELECT DISTINCT enterprise, partner FROM numbered) AS pair GROUP BY partner`);
  const [dealer, common] = await columns(
    connection,
    `SELECT CAST(enterprise AS INTEGER), CAST(dense_rank() OVER (ORDER BY partner) - 1 AS INTEGER)
     FROM (SELECT DISTINCT enterprise, partner FROM numbered) AS pair JOIN shared USING (partner)
     WHERE degree BETWEEN 2 AND ${COMMON_PARTNER_MAX}`,
  );
  const [lone, own] = await columns(
    connection,
    `SELECT CAST(enterprise AS INTEGER), CAST(count(DISTINCT partner) AS INTEGER) FROM numbered JOIN shared USING (partner) WHERE degree = 1 GROUP BY enterprise`,
  );
  const alone = new Int32Array(names.length);
  for (const [row, one] of (lone as number[]).entries()) alone[positionOf.get(one)!] = own![row] as number;
  let partners = 0;
  for (const one of common as number[]) if (one >= partners) partners = one + 1;
  const related = relations({
    enterprises: names.length,
    partners,
    enterprise: Int32Array.from(dealer as number[], (one) => positionOf.get(one)!),
    partner: Int32Array.from(common as number[]),
    alone,
  });
  await connection.run("DROP TABLE partner_number; DROP TABLE numbered; DROP TABLE shared");
  return {
    asOf,
    names: nodeNames as string[],
    node: new Map((nodeNames as string[]).map((name, index) => [name, index])),
    graph,
    component,
    componentSizes: sizes,
    standings,
    position: new Map(names.map((name, index) => [name, index])),
    related,
  };
};

const NO_TRADE: GraphValues = {
  cycles_24m: null,
  cycle_trade_share_24m: null,
  shortest_cycle_24m: null,
  ring_component_24m: null,
  reciprocal_trade_share_24m: null,
  known_buyer_share_24m: null,
  largest_related_overlap_24m: null,
  related_cluster_size_24m: null,
};

/** The features of the graph of one enterprise, and the rings behind them. */
export const tradeOf = (state: TradeState): ((enterprise: string) => { readonly values: GraphValues; readonly rings: readonly Ring[] }) => {
  const find = ringFinder(state.graph, state.component);
  return (enterprise) => {
    const standing = state.standings.get(enterprise);
    if (!standing) return { values: NO_TRADE, rings: [] };
    const size = state.componentSizes[state.component[standing.node]!]!;
    const rings = standing.recognisable && size > 1 ? find(standing.node) : [];
    const at = state.position.get(enterprise)!;
    const related = { overlap: state.related.overlap[at]!, size: state.related.size[at]! };
    return { values: graphValues(state.graph, standing, rings, size, related), rings };
  };
};

/**
 * The whole catalogue for every enterprise as of a day, and the state of the trade between them. `connection` must be
 * its own: temporary tables live on it while it works.
 */
export const computeAll = async (
  connection: DuckDBConnection,
  sources: Sources,
  asOf: IsoDate,
  onProgress?: Progress,
  sliceRows = SLICE_ROWS,
): Promise<{ readonly values: Map<string, FeatureValues>; readonly trade: TradeState }> => {
  const values = new Map<string, Values>();
  await identify(connection, sources, asOf);
  const parts = await slices(connection, sources.invoices, asOf, sliceRows);
  await connection.run("DROP TABLE IF EXISTS dealing");
  for (const [index, part] of parts.entries()) {
    const within = (relation: string) => (part === "true" ? relation : `(SELECT * FROM ${relation} WHERE ${part})`);
    const invoices = within(sources.invoices);
    const bank = sources.bank === null ? null : within(sources.bank);
    await connection.run(`CREATE OR REPLACE TEMP TABLE party AS ${compileParties({ dialect: "duckdb", asOf, invoices })}`);
    const statement = compile({ dialect: "duckdb", asOf, invoices, bank, parties: "party", features: sqlFeatures });
    await readValues(await connection.stream(statement), sqlFeatures, values);
    await connection.run(index === 0 ? `CREATE TEMP TABLE dealing AS ${DEALING}` : `INSERT INTO dealing ${DEALING}`);
    await connection.run("DROP TABLE party");
    onProgress?.(index + 1, parts.length + 1);
  }
  const trade = await readTrade(connection, asOf);
  const graphOf = tradeOf(trade);
  for (const [enterprise, row] of values) Object.assign(row, graphOf(enterprise).values);
  await connection.run("DROP TABLE dealing; DROP TABLE identity");
  onProgress?.(parts.length + 1, parts.length + 1);
  return { values, trade };
};

/**
 * Table `identity`: the codes by which an enterprise of the lake may appear as a counterparty. An enterprise is known
 * from its first record on, so one that comes into the lake after the as-of day is a stranger on it.
 */
const identify = async (connection: DuckDBConnection, { invoices, creditCodes }: Sources, asOf: IsoDate): Promise<void> => {
  const known = `SELECT DISTINCT enterprise FROM ${invoices} AS lake WHERE issued_on <= DATE '${asOf}'`;
  await connection.run(`CREATE OR REPLACE TEMP TABLE identity AS SELECT enterprise AS code, enterprise FROM (${known}) AS known`);
  const codes = creditCodes.filter(([enterprise, code]) => code !== enterprise);
  if (codes.length === 0) return;
  const appender = await connection.createAppender("identity", null, "temp");
  for (const [enterprise, code] of codes) {
    appender.appendVarchar(code);
    appender.appendVarchar(enterprise);
    appender.endRow();
  }
  appender.closeSync();
  await connection.run("DELETE FROM identity WHERE enterprise NOT IN (SELECT enterprise FROM identity WHERE code = enterprise)");
};

/**
 * Makes a lake of invoices for the benchmarks: `node bench/generate.ts FOLDER INVOICES ENTERPRISES`. The same arguments give
 * the same rows. Enterprises differ in size; each sells to and buys from recurring counterparties of very unequal
 * weight, with a season of its own; some invoices are void or red-letter; one counterparty in twenty is an enterprise
 * of the lake; and 500 rings of two to five enterprises pass the same money round.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";

export const FIRST_DAY = "2021-01-01";
export const DAYS = 1560;
/** The last day of the generated invoices. */
export const LAST_DAY = "2025-04-09";
export const RINGS = 500;
export const enterpriseId = (index: number): string => `N${String(index).padStart(8, "0")}`;
export const ringMembers = (ring: number, enterprises: number): readonly number[] =>
  Array.from({ length: 2 + (ring % 4) }, (_, place) => (ring * 37 + place * 7919 + 11) % enterprises);

const [folder, invoiceText, enterpriseText] = process.argv.slice(2);
if (import.meta.main) {
  if (!folder || !invoiceText || !enterpriseText) throw new Error("usage: node bench/generate.ts FOLDER INVOICES ENTERPRISES");
  const invoices = Number(invoiceText);
  const enterprises = Number(enterpriseText);
  await mkdir(join(folder, "invoices"), { recursive: true });
  const instance = await DuckDBInstance.create(":memory:", { memory_limit: "1500MB", threads: "2", temp_directory: join(folder, "spill") });
  const connection = await instance.connect();
  const id = (index: string) => `'N' || lpad(CAST(${index} AS VARCHAR), 8, '0')`;
  const draw = (salt: number, of = "i") => `(hash(${of} * 97 + ${salt}) % 1000000 / 1000000.0)`;
  // Sizes follow a long tail whose mean is one, so that the sum comes near the number asked for.
  const size = `(0.35 + 1.3 * power(${draw(1, "e")}, 2) + CASE WHEN ${draw(2, "e")} < 0.02 THEN 11 ELSE 0 END)`;
  const mean = invoices / enterprises;
  await connection.run(`CREATE TABLE ring (e BIGINT, partner BIGINT, ring BIGINT)`);
  const links = Array.from({ length: RINGS }, (_, ring) => {
    const members = ringMembers(ring, enterprises);
    return members.map((member, place) => `(${member}, ${members[(place + 1) % members.length]}, ${ring})`);
  }).flat();
  await connection.run(`INSERT INTO ring VALUES ${links.join(", ")}`);
  const perFile = Math.max(1, Math.round(1_000_000 / mean));
  for (let from = 0, file = 0; from < enterprises; from += perFile, file++) {
    const to = Math.min(enterprises, from + perFile);
    const batch = `b${String(file).padStart(4, "0")}`;
    await connection.run(`
      COPY (
        WITH firm AS (SELECT e, CAST(${mean} * ${size} AS BIGINT) AS many, 6 + hash(e * 31 + 3) % 40 AS parties, 1 + hash(e * 31 + 4) % 60 AS scale, 6.283 * ${draw(5, "e")} AS phase FROM range(${from}, ${to}) AS given (e)),
        one AS (SELECT e, parties, scale, phase, e * 1000003 + place AS i FROM firm, LATERAL (SELECT unnest(range(many)) AS place)),
        dealt AS (
          SELECT *, ${draw(11)} < 0.4 AS is_sale, ${draw(12)} AS u, CAST(floor(parties * power(${draw(13)}, 2)) AS BIGINT) AS party FROM one
        ),
        placed AS (
          SELECT *, hash(e * 977 + party * 2 + CAST(is_sale AS INTEGER)) AS partner,
            least(${DAYS - 1}, greatest(0, CAST(${DAYS} * (u + 0.03 * sin(phase + 6.283 * u * ${DAYS} / 365.25)) AS INTEGER))) AS on_day,
            CAST(CASE WHEN ${draw(14)} < 0.03 THEN -1 ELSE 1 END * (10000 + CAST(2000000 * power(${draw(15)}, 3) AS BIGINT) * CAST(scale AS BIGINT)) AS BIGINT) AS amount,
            CASE WHEN ${draw(16)} < 0.6 THEN 1300 WHEN ${draw(16)} < 0.8 THEN 600 ELSE 300 END AS rate
          FROM dealt
        ),
        written AS (
          SELECT e, i, is_sale, DATE '${FIRST_DAY}' + on_day AS issued_on, amount, rate,
            CASE WHEN partner % 20 = 0 THEN ${id(`partner % ${enterprises}`)} ELSE CASE WHEN is_sale THEN 'B' ELSE 'S' END || lpad(CAST(partner % ${enterprises * 12} AS VARCHAR), 9, '0') END AS counterparty,
            ${draw(17)} < 0.04 AS is_void
          FROM placed
          UNION ALL
          SELECT e, 1000000000000000 + ring * 100 + month, true, DATE '${LAST_DAY}' - CAST(20 * month AS INTEGER), CAST(50000000 + ring * 1000 AS BIGINT), 1300, ${id("partner")}, false
          FROM ring, range(12) AS given (month) WHERE e >= ${from} AND e < ${to}
        )
        SELECT '${batch}' AS batch, row_number() OVER () AS line, ${id("e")} AS enterprise, is_sale, lpad(CAST(i % 100000000 AS VARCHAR), 8, '0') AS number, CAST(NULL AS VARCHAR) AS code,
          issued_on, counterparty, CAST(NULL AS VARCHAR) AS counterparty_name, amount AS amount_fen, CAST(amount * rate // 10000 AS BIGINT) AS tax_fen, CAST(amount + amount * rate // 10000 AS BIGINT) AS total_fen,
          is_void, CAST(rate AS SMALLINT) AS rate_bps, hash(i) AS "key"
        FROM written ORDER BY enterprise, issued_on, line
      ) TO '${join(folder, "invoices", `${batch}.parquet`)}' (FORMAT parquet, COMPRESSION zstd)`);
  }
  connection.closeSync();
  instance.closeSync();
}

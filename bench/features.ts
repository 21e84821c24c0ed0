/**
 * `npm run -s bench:features [-- --quick | --large]`: the whole catalogue for every enterprise of a generated lake, beside
 * the same SQL on a PostgreSQL server in the same run. 10 million invoices of 20,000 enterprises; a tenth with `--quick`;
 * ten times as many, without PostgreSQL, with `--large`. Progress goes to standard error; the last line is JSON.
 */
import { execFileSync } from "node:child_process";
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { cpus, totalmem, tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import type { IsoDate } from "@zhiwei/core/basics";
import { type FeatureValues, catalogue, compile } from "@zhiwei/core/features";
import { openDb } from "../server/src/db/index.ts";
import { startPostgres } from "../server/src/db/postgres.ts";
import { platformPermit } from "../server/src/consent/index.ts";
import { computeFeatures, featuresOf } from "../server/src/features/index.ts";
import { literal, openLake } from "../server/src/lake/index.ts";
import { INVOICE_COLUMNS, invoiceRelation } from "../server/src/lake/relation.ts";
import { LAST_DAY, RINGS, enterpriseId, ringMembers } from "./generate.ts";

const quick = process.argv.includes("--quick");
const large = process.argv.includes("--large");
const [invoices, enterprises] = quick ? [1_000_000, 2_000] : large ? [100_000_000, 200_000] : [10_000_000, 20_000];
const MEMORY = "2500MB";
const THREADS = 2;
const asOf = LAST_DAY as IsoDate;

const say = (text: string) => process.stderr.write(`${text}\n`);
const seconds = async <T>(work: () => Promise<T>): Promise<readonly [T, number]> => {
  const start = performance.now();
  const value = await work();
  return [value, (performance.now() - start) / 1000];
};
const round = (value: number, digits = 2) => Number(value.toFixed(digits));
const check = (test: boolean, text: string) => {
  if (!test) throw new Error(text);
};

const folder = await mkdtemp(join(tmpdir(), "zhiwei-bench-"));
await chmod(folder, 0o755); // the database server, under its own account, reads the rows from here
const postgres = await startPostgres(join(folder, "postgres"));
const db = await openDb(postgres.url, 3);
const lake = await openLake({ folder: join(folder, "lake"), memory: MEMORY, threads: THREADS });
try {
  say(`generating ${invoices.toLocaleString("en")} invoices of ${enterprises.toLocaleString("en")} enterprises`);
  const [, generated] = await seconds(async () =>
    execFileSync(process.execPath, [join(import.meta.dirname, "generate.ts"), lake.folder, String(invoices), String(enterprises)], {
      stdio: ["ignore", 2, 2],
    }),
  );
  const context = { lake, db };
  /** Registers a file of the lake as an import does. */
  const register = async (batch: string) => {
    const path = `invoices/${batch}.parquet`;
    await db
      .insertInto("import_batch")
      .values({
        id: batch,
        kind: "sales-invoices",
        file_name: batch,
        file_sha256: batch,
        enterprise_id: null,
        mapping: "{}",
        rows: 0,
        parquet_path: path,
        parquet_sha256: batch,
        first_on: "2021-01-01",
        last_on: LAST_DAY,
      })
      .execute();
    const reader = await lake.connection.runAndReadAll(`SELECT DISTINCT enterprise FROM read_parquet(${literal(join(lake.folder, path))})`);
    const names = reader.getRows().map((row) => row[0] as string);
    for (let at = 0; at < names.length; at += 5000)
      await db
        .insertInto("batch_enterprise")
        .values(
          names
            .slice(at, at + 5000)
            .map((enterprise_id) => ({ batch_id: batch, enterprise_id, rows: 1, first_on: "2021-01-01", last_on: LAST_DAY })),
        )
        .execute();
  };
  for (const file of (await readdir(join(lake.folder, "invoices"))).toSorted()) await register(file.replace(".parquet", ""));
  const relation = await invoiceRelation(lake, db);
  const [counted] = (await lake.connection.runAndReadAll(`SELECT count(*) FROM ${relation}`)).getRows();
  const rows = Number(counted![0]);
  say(`${rows.toLocaleString("en")} invoices in ${round(generated, 1)} s`);

  const before = process.cpuUsage();
  const [values, whole] = await seconds(() => computeFeatures(context, { asOf }));
  const used = process.cpuUsage(before);
  const cpu = (used.user + used.system) / 1e6;
  const peak = process.resourceUsage().maxRSS / 1024;
  say(
    `${catalogue.length} features of ${values.size} enterprises, graph included: ${round(whole)} s, ${Math.round(rows / whole).toLocaleString("en")} rows/s, ${round(cpu)} s of processor time, peak memory ${Math.round(peak)} MB`,
  );
  check(values.size === enterprises, "an enterprise is missing");
  for (let ring = 0; ring < RINGS; ring++)
    for (const member of ringMembers(ring, enterprises))
      check((values.get(enterpriseId(member))!["cycles_24m"] ?? 0) >= 1, `planted ring ${ring} was not found`);

  // One more invoice of one enterprise: a batch of one row, then that enterprise's catalogue.
  const times: number[] = [];
  for (let turn = 0; turn < 12; turn++) {
    const id = enterpriseId((turn * 1571 + 3) % enterprises);
    const row = `'new${turn}', 1, ${literal(id)}, true, '1', NULL, DATE '${LAST_DAY}', 'B000000001', NULL, 100000, 13000, 113000, false, 1300, ${turn}`;
    const columns = INVOICE_COLUMNS.map(([name, type]) => `CAST(${name} AS ${type}) AS ${name}`).join(", ");
    await lake.connection.run(
      `COPY (SELECT ${columns} FROM (VALUES (${row})) AS given (${INVOICE_COLUMNS.map(([name]) => name).join(", ")})) TO ${literal(join(lake.folder, `invoices/new${turn}.parquet`))} (FORMAT parquet)`,
    );
    await register(`new${turn}`);
    const [own, took] = await seconds(() => featuresOf(context, platformPermit(id), asOf));
    check(own!["sale_invoices_3m"] === values.get(id)!["sale_invoices_3m"]! + 1, "the new invoice was not seen");
    if (turn > 1) times.push(took * 1000);
  }
  times.sort((a, b) => a - b);
  const one = times[Math.floor(times.length / 2)]!;
  say(`one enterprise after one new invoice: ${round(one, 1)} ms (median of ${times.length})`);

  const features = catalogue.filter((feature) => feature.sql !== null);
  const [ours, bySql] = await seconds(async () =>
    lake.connection.runAndReadAll(compile({ dialect: "duckdb", asOf, invoices: relation, bank: null, features })),
  );
  say(`the features of SQL alone: ${round(bySql)} s`);
  check(ours.currentRowCount === enterprises, "an enterprise is missing");

  const figures: Record<string, number> = {
    invoices: rows,
    enterprises,
    features: catalogue.length,
    seconds: round(whole),
    cpuSeconds: round(cpu),
    rowsPerSecond: Math.round(rows / whole),
    secondsOfSql: round(bySql),
    peakMemoryMB: Math.round(peak),
    memoryLimitMB: Number.parseInt(MEMORY),
    threads: THREADS,
    oneEnterpriseMs: round(one, 1),
  };
  const ratios: Record<string, number> = {};
  if (!large) {
    const client = new Client({ connectionString: postgres.url });
    await client.connect();
    const setup = `set work_mem = '256MB'; set hash_mem_multiplier = 2; set max_parallel_workers_per_gather = 2; set jit = off; set effective_cache_size = '4GB'`;
    await client.query(setup);
    const csv = join(folder, "invoices.csv");
    const columns = "enterprise, is_sale, number, issued_on, counterparty, amount_fen, tax_fen, total_fen, is_void, rate_bps";
    await lake.connection.run(`COPY (SELECT ${columns} FROM ${relation}) TO ${literal(csv)} (FORMAT csv, HEADER false)`);
    await client.query(
      "create unlogged table invoice (enterprise text, is_sale boolean, number text, issued_on date, counterparty text, amount_fen bigint, tax_fen bigint, total_fen bigint, is_void boolean, rate_bps smallint)",
    );
    const [, loading] = await seconds(() => client.query(`copy invoice from '${csv}' (format csv)`));
    await client.query("vacuum analyze invoice");
    await rm(csv);
    say(`loaded into PostgreSQL in ${round(loading, 1)} s (not counted)`);
    const text = compile({ dialect: "postgres", asOf, invoices: "invoice", bank: null, features });
    const [theirs, slow] = await seconds(() => client.query<Record<string, number | string | null>>(text));
    say(`PostgreSQL, the same SQL: ${round(slow)} s`);
    const mine: ReadonlyMap<string, FeatureValues> = values;
    let compared = 0;
    for (const row of theirs.rows)
      for (const { id } of features) {
        const [a, b] = [mine.get(row["enterprise"] as string)![id] as number | null, row[id] as number | null];
        check(
          a === b || (a !== null && b !== null && Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b))),
          `${row["enterprise"]} ${id}: ${a} here, ${b} in PostgreSQL`,
        );
        compared++;
      }
    check(theirs.rows.length === enterprises, "an enterprise is missing in PostgreSQL");
    say(`${compared.toLocaleString("en")} values agree`);
    await client.end();
    figures["postgresSeconds"] = round(slow);
    ratios["postgresToSql"] = round(slow / bySql, 1);
    ratios["postgresToWholeWithGraph"] = round(slow / whole, 1);
  }
  say(`machine: ${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}`);
  process.stdout.write(`${JSON.stringify({ bench: "features", figures, ratios })}\n`);
} finally {
  lake.close();
  await db.destroy();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
}

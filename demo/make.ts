/**
 * Makes the files of this folder from the original CSV files (see README.md): `node demo/make.ts FOLDER`. Every cell is
 * kept as it came, as text, stray spaces included, in the order of the source; only the container changes.
 */
import { copyFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";

const source = process.argv[2];
if (!source) {
  console.error("用法 usage: node demo/make.ts FOLDER-OF-THE-CSV-FILES");
  process.exit(2);
}
const from = resolve(source);
const to = import.meta.dirname;

const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
const connection = await instance.connect();
for (const group of ["with-credit-record", "without-credit-record"]) {
  for (const side of ["sales", "purchase"]) {
    const file = join(to, `${group}.${side}.parquet`);
    await connection.run(
      `copy (select * from read_csv('${join(from, `${group}.${side}.csv.gz`)}', all_varchar = true, header = true, delim = ',', quote = '"', escape = '"', parallel = false))
       to '${file}' (format parquet, parquet_version v2, compression zstd, compression_level 19, row_group_size 400000)`,
    );
    const counted = await connection.runAndReadAll(`select count(*)::integer from '${file}'`);
    console.log(`${group}.${side}.parquet ${String(counted.getRows()[0]![0])}`);
  }
  await copyFile(join(from, `${group}.enterprises.csv`), join(to, `${group}.enterprises.csv`));
}
await copyFile(join(from, "rate-churn.csv"), join(to, "rate-churn.csv"));
connection.closeSync();
instance.closeSync();

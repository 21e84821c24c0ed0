/**
 * Import of invoices as CSV: rows a second validated, compared, sorted and written as Parquet, and the peak memory. Beside
 * it, in the same run, what DuckDB alone needs to turn the same file into Parquet without looking at it: the physical limit.
 * `node bench/import.ts [--quick]`: 3 million rows, or 500,000.
 */
import { createWriteStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { IsoDate } from "@zhiwei/core/basics";
import { openDb } from "../server/src/db/index.ts";
import { startPostgres } from "../server/src/db/postgres.ts";
import { literal, openLake } from "../server/src/lake/index.ts";
import { importFile } from "../server/src/records/index.ts";

const ROWS = process.argv.includes("--quick") ? 500_000 : 3_000_000;
const ENTERPRISES = 2_000;

const folder = await mkdtemp(join(tmpdir(), "zhiwei-bench-import-"));
const file = join(folder, "invoices.csv");

/** Rows as a tax system exports them; one in a thousand is wrong, one in two hundred stands there twice. */
const generate = async (): Promise<void> => {
  const out = createWriteStream(file, { highWaterMark: 4 * 2 ** 20 });
  let seed = 20_241_123;
  const next = (below: number) => (seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff) % below;
  const rates = [13, 9, 6, 3];
  let text = "企业代号,发票号码,开票日期,购方单位代号,金额,税额,价税合计,发票状态\n";
  let line = "";
  for (let row = 0; row < ROWS; row++) {
    if (row % 200 !== 199) {
      const amount = 100 + next(50_000_000);
      const tax = Math.round((amount * rates[next(4)]!) / 100);
      const total = amount + tax + (row % 1000 === 500 ? 77 : 0);
      const yuan = (fen: number) => `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, "0")}`;
      line = `E${Math.floor((row * ENTERPRISES) / ROWS)},${10_000_000 + row},${2020 + next(4)}/${1 + next(12)}/${1 + next(28)},B${next(40_000)},${yuan(amount)},${yuan(tax)},${yuan(total)},${next(25) === 0 ? "作废发票" : "有效发票"}\n`;
    }
    text += line;
    if (text.length > 2 ** 20) {
      if (!out.write(text)) await once(out, "drain");
      text = "";
    }
  }
  out.end(text);
  await once(out, "close");
};

let peak = 0;
const watch = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss());
}, 50);

console.log(`generating ${ROWS} rows`);
await generate();
const bytes = (await stat(file)).size;
const postgres = await startPostgres(join(folder, "postgres"));
const db = await openDb(postgres.url, 4);
const lake = await openLake({ folder: join(folder, "lake"), memory: "2GB", threads: 2 });
try {
  const plain = async () => {
    const started = performance.now();
    await lake.connection.run(
      `copy (select * from read_csv(${literal(file)}, all_varchar = true, header = true)) to ${literal(join(folder, "plain.parquet"))} (format parquet, compression zstd)`,
    );
    return (performance.now() - started) / 1000;
  };
  const plainBefore = await plain();
  peak = 0;
  const phases: Record<string, number> = {};
  let phase = "";
  let since = performance.now();
  const started = since;
  const result = await importFile(
    { db, lake },
    {
      path: file,
      today: "2024-12-31" as IsoDate,
      onProgress: (progress) => {
        if (progress.phase === phase) return;
        const now = performance.now();
        if (phase) phases[phase] = (phases[phase] ?? 0) + (now - since) / 1000;
        [phase, since] = [progress.phase, now];
      },
    },
  );
  const ended = performance.now();
  phases[phase] = (phases[phase] ?? 0) + (ended - since) / 1000;
  const seconds = (ended - started) / 1000;
  const importPeak = peak;
  if (!result.ok) throw new Error(result.error.text.en);
  const { accepted, quarantined, duplicates } = result.value;
  if (accepted + quarantined + duplicates !== ROWS) throw new Error(`rows lost: ${JSON.stringify(result.value)}`);
  const plainSeconds = (plainBefore + (await plain())) / 2;
  const round = (value: number, places = 2) => Number(value.toFixed(places));
  for (const [name, spent] of Object.entries(phases)) console.log(`${name.padEnd(10)} ${spent.toFixed(2)} s`);
  console.log(
    `${accepted} accepted, ${quarantined} quarantined, ${duplicates} duplicates in ${seconds.toFixed(2)} s; plain copy ${plainSeconds.toFixed(2)} s`,
  );
  console.log(
    JSON.stringify({
      bench: "import",
      figures: {
        rows: ROWS,
        megabytes: round(bytes / 2 ** 20, 0),
        seconds: round(seconds),
        rowsPerSecond: Math.round(ROWS / seconds),
        peakMegabytes: Math.round(importPeak / 2 ** 20),
        plainSeconds: round(plainSeconds),
        plainRowsPerSecond: Math.round(ROWS / plainSeconds),
      },
      ratios: { toPlainCopy: round(seconds / plainSeconds) },
    }),
  );
} finally {
  clearInterval(watch);
  await db.destroy();
  lake.close();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
}

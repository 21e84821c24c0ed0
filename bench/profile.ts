/**
 * `npm run -s bench:profile [-- --quick]`: on the real demonstration region, the time from one new invoice in the lake to
 * the new credit profile of its enterprise, and of the parts: features alone, a profile that is kept, the whole region.
 * The physical limit beside it is one read of the enterprise's rows from Parquet. The last line is JSON.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import type { IsoDate } from "@zhiwei/core/basics";
import { loadDemo } from "../demo/load.ts";
import { OPERATOR } from "../server/src/access/actor.ts";
import { readConfig } from "../server/src/config.ts";
import { permitRead } from "../server/src/consent/index.ts";
import { invoiceRelation } from "../server/src/lake/relation.ts";
import { openPlatform } from "../server/src/platform.ts";
import { profileOf, rebuildRegion } from "../server/src/profile/index.ts";
import { importFile } from "../server/src/records/index.ts";

const TURNS = process.argv.includes("--quick") ? 6 : 20;
const HEADER = "企业代号,发票号码,开票日期,购方单位代号,金额,税额,价税合计,发票状态";

const folder = await mkdtemp(join(tmpdir(), "zhiwei-bench-"));
const platform = await openPlatform(readConfig({ ZHIWEI_DATA: folder }));
const milliseconds = async <T>(work: () => Promise<T>): Promise<readonly [T, number]> => {
  const start = performance.now();
  const value = await work();
  return [value, performance.now() - start];
};
const median = (times: readonly number[]) => Math.round(times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!);
const p95 = (times: readonly number[]) => Math.round(times.toSorted((a, b) => a - b)[Math.ceil(times.length * 0.95) - 1]!);

/** As the command line reads it: on a permit, with its trace. */
const profileFor = async (enterprise: string) =>
  profileOf(platform, await permitRead(platform.db, OPERATOR, { enterprise, classes: ["profile"], what: "profile" }));

try {
  const [, load] = await milliseconds(() => loadDemo(platform));
  const [, region] = await milliseconds(() => rebuildRegion(platform, () => {}));
  const enterprises = (await platform.db.selectFrom("enterprise").select("id").orderBy("id").execute()).map((row) => row.id);
  const fresh: number[] = [];
  const kept: number[] = [];
  const limit: number[] = [];
  for (let turn = 0; turn < TURNS + 2; turn++) {
    const id = enterprises[(turn * 37 + 11) % enterprises.length]!;
    const before = await profileFor(id);
    const path = join(folder, `new-${turn}.csv`);
    await writeFile(path, `${HEADER}\n${id},9900${turn},2020-02-20,B99999,1000.00,130.00,1130.00,有效发票\n`);
    const imported = await importFile(platform, { path, kind: "sales-invoices", today: "2026-01-01" as IsoDate });
    if (!imported.ok || imported.value.accepted !== 1) throw new Error("the new invoice was not taken");
    const [after, took] = await milliseconds(() => profileFor(id));
    if (!before.ok || !after.ok) throw new Error("no profile");
    const sales = (stated: typeof after) => stated.value.profile.features["sale_invoices_3m"]?.value ?? 0;
    if (sales(after) !== sales(before) + 1) throw new Error("the new invoice was not seen");
    const [, again] = await milliseconds(() => profileFor(id));
    const relation = await invoiceRelation(platform.lake, platform.db, [id]);
    const [, read] = await milliseconds(() =>
      platform.lake.connection.runAndReadAll(`SELECT sum(total_fen), sum(tax_fen), max(issued_on) FROM ${relation}`),
    );
    if (turn < 2) continue; // the first turns plan the statements and read the peers
    fresh.push(took);
    kept.push(again);
    limit.push(read);
  }
  process.stderr.write(
    `demonstration region loaded in ${(load / 1000).toFixed(1)} s, features and standing of all in ${(region / 1000).toFixed(1)} s\n`,
  );
  process.stderr.write(`machine: ${cpus().length} × ${cpus()[0]!.model}, Node ${process.version}\n`);
  console.log(
    JSON.stringify({
      bench: "profile",
      figures: {
        turns: fresh.length,
        loadMs: Math.round(load),
        regionMs: Math.round(region),
        afterOneInvoiceMs: median(fresh),
        afterOneInvoiceP95Ms: p95(fresh),
        keptMs: median(kept),
        oneReadMs: median(limit),
      },
      ratios: { toOneRead: Number((median(fresh) / median(limit)).toFixed(1)) },
    }),
  );
} finally {
  await platform.close();
  await rm(folder, { recursive: true, force: true });
}

/**
 * `npm run -s bench:scoring [-- --quick] [-- --only NAME[,NAME]]`: scorecards on public tables beside published figures,
 * and binning of a million records by 50 features on two threads. Progress goes to standard error; the last line is JSON.
 *
 * The parts are in `bench/scoring/`. Tables are read from `ZHIWEI_BENCH_DATA`, else `../shared/data`. What is absent is
 * said and left out. With a Python that has optbinning (`PYTHON`, else python3) it runs on the same folds and the same
 * columns in the same run; without one its part is left out.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Context } from "./scoring/context.ts";
import { invoices } from "./scoring/invoices.ts";
import { lake } from "./scoring/lake.ts";
import { challenger } from "./scoring/challenger.ts";
import { german } from "./scoring/german.ts";
import { pmml } from "./scoring/pmml.ts";
import { sba } from "./scoring/sba.ts";
import { smesd } from "./scoring/smesd.ts";
import { speed } from "./scoring/speed.ts";
import { taiwan } from "./scoring/taiwan.ts";
import { value } from "./scoring/value.ts";

const parts: Readonly<Record<string, (context: Context) => void | Promise<void>>> = {
  invoices,
  german,
  taiwan,
  sba,
  smesd,
  challenger,
  pmml,
  value,
  speed,
  lake,
};

const { values } = parseArgs({ options: { quick: { type: "boolean", default: false }, only: { type: "string" } } });
const chosen = values.only?.split(",") ?? Object.keys(parts);
const unknown = chosen.filter((name) => !Object.hasOwn(parts, name));
if (unknown.length > 0) throw new Error(`no part ${unknown.join(", ")}; there are ${Object.keys(parts).join(", ")}`);

const say = (line: string) => void process.stderr.write(`${line}\n`);
const python = process.env["PYTHON"] ?? "python3";
const peer = (() => {
  try {
    const code = "import optbinning, sys; print(optbinning.__version__)";
    return execFileSync(python, ["-c", code], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], timeout: 60_000 }).trim();
  } catch {
    return null;
  }
})();
say(peer === null ? `optbinning: not importable by ${python}, its part is left out` : `optbinning ${peer} by ${python}`);

const folder = mkdtempSync(join(tmpdir(), "zhiwei-scoring-"));
/** Runs a script of the peer on files in the folder; its standard output is JSON. */
const runPeer = (code: string) =>
  JSON.parse(execFileSync(python, ["-W", "ignore", "-c", code, folder], { encoding: "utf8", timeout: 240_000 })) as Record<string, unknown>;
const context: Context = {
  data: resolve(process.env["ZHIWEI_BENCH_DATA"] ?? join(import.meta.dirname, "../../shared/data")),
  quick: values.quick,
  folder,
  runPeer: peer === null ? null : runPeer,
  figures: { cpu: cpus()[0]?.model ?? "unknown", threads: 2, optbinning: peer },
  ratios: {},
  say,
};
try {
  for (const name of chosen) await parts[name]!(context);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.stdout.write(`${JSON.stringify({ bench: "scoring", figures: context.figures, ratios: context.ratios })}\n`);

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { binFeature, seeded } from "@zhiwei/core/scorecard";
import type { Context } from "./context.ts";
import { readTable, round } from "./tables.ts";

type Sample = { readonly name: string; readonly values: Float64Array; readonly target: Uint8Array };
type Counts = { readonly good: number[]; readonly bad: number[] };

const LEAST_SHARE = 0.05;
const MOST_BINS = 10;
const TRENDS = ["none", "ascending", "descending", "peak", "valley"] as const;

/** Numerical columns of the public tables. */
const samples = (data: string): Sample[] => {
  const found: Sample[] = [];
  const add = (
    table: string,
    head: readonly string[],
    rows: readonly (readonly string[])[],
    outcome: (row: readonly string[]) => boolean,
  ) => {
    const target = Uint8Array.from(rows, (row) => (outcome(row) ? 1 : 0));
    head.forEach((name, j) => {
      if (!rows.every((row) => row[j] === "" || row[j] === "?" || Number.isFinite(Number(row[j])))) return;
      const values = Float64Array.from(rows, (row) => (row[j] === "" || row[j] === "?" ? Number.NaN : Number(row[j])));
      found.push({ name: `${table} ${name}`, values, target });
    });
  };
  const taiwan = readTable(join(data, "taiwan-default/UCI_Credit_Card.csv.gz"));
  if (taiwan) add("taiwan", taiwan.head.slice(0, -1), taiwan.rows, (row) => row[taiwan.head.length - 1] === "1");
  const german = readTable(join(data, "german-credit/germancredit.csv"));
  if (german) {
    const at = german.head.indexOf("creditability");
    add("german", german.head, german.rows, (row) => row[at] === "bad");
  }
  const polish = join(data, "polish-bankruptcy/1year.arff.gz");
  if (existsSync(polish)) {
    const text = gunzipSync(readFileSync(polish)).toString("utf8");
    const lines = text
      .slice(text.toLowerCase().indexOf("@data") + 5)
      .trim()
      .split(/\r?\n/);
    const rows = lines.map((line) => line.split(",").map((cell) => cell.trim()));
    const width = rows[0]!.length - 1;
    add(
      "polish",
      Array.from({ length: width }, (_, j) => `Attr${j + 1}`),
      rows,
      (row) => row[width] === "1",
    );
  }
  return found.filter(({ name }) => !name.endsWith(" ID"));
};

/** Information value of bins by its definition, nothing smoothed. */
const informationValue = ({ good, bad }: Counts, allGood: number, allBad: number): number =>
  good.reduce((sum, count, k) => {
    const [p, q] = [count / allGood, bad[k]! / allBad];
    return sum + (p - q) * Math.log(p / q);
  }, 0);

/**
 * Information value beside optbinning's under the same rules: bins of at least 5 % of all records (rounded up), at most
 * ten, one event and one non-event in each, one bin allowed, and each of five trends; both measured by the plain
 * definition on the bins of ordinary values. optbinning divides further what its tree of 20 leaves has made.
 */
export const value = ({ data, quick, folder, runPeer, figures, ratios, say }: Context) => {
  if (runPeer === null) {
    say("information value beside optbinning: no peer, left out");
    return;
  }
  // Random halves as well: the search was written with the whole tables in view, not with these.
  const whole = samples(data);
  const random = seeded(2026);
  const all = [
    ...whole,
    ...whole.map(({ name, values, target }): Sample => {
      const rows = Array.from(target.keys()).filter(() => random() < 0.5);
      return {
        name: `half of ${name}`,
        values: Float64Array.from(rows, (row) => values[row]!),
        target: Uint8Array.from(rows, (row) => target[row]!),
      };
    }),
  ];
  const columns = quick ? all.filter((_, k) => k % 24 === 0) : all;
  columns.forEach(({ values, target }, k) => {
    writeFileSync(join(folder, `value${k}.bin`), new Uint8Array(values.buffer));
    writeFileSync(join(folder, `target${k}.bin`), target);
  });
  const theirs = runPeer(`
import sys, json, numpy as np
from optbinning import OptimalBinning
out = []
for k in range(${columns.length}):
    x = np.fromfile(f"{sys.argv[1]}/value{k}.bin"); y = np.fromfile(f"{sys.argv[1]}/target{k}.bin", dtype=np.uint8).astype(int)
    found = {}
    for trend in ${JSON.stringify(TRENDS)}:
        o = OptimalBinning(name="x", dtype="numerical", monotonic_trend=None if trend == "none" else trend, min_bin_size=${LEAST_SHARE}, max_n_bins=${MOST_BINS})
        try: o.fit(x, y)
        except Exception: continue
        t = o.binning_table; t.build(); n = len(o.splits) + 1
        found[trend] = {"good": [int(v) for v in t.n_nonevent[:n]], "bad": [int(v) for v in t.n_event[:n]], "status": o.status}
    out.append(found)
print(json.dumps({"columns": out}))
`)["columns"] as Partial<Record<(typeof TRENDS)[number], Counts & { status: string }>>[];

  const compared: { name: string; trend: string; ratio: number }[] = [];
  let unequal = 0;
  let missed = 0;
  columns.forEach(({ name, values, target }, k) => {
    const ordinary = values.reduce((sum, each) => sum + (Number.isFinite(each) ? 1 : 0), 0);
    const allBad = target.reduce((sum, each) => sum + each, 0);
    const allGood = target.length - allBad;
    for (const trend of TRENDS) {
      const found = theirs[k]![trend];
      if (!found || found.status !== "OPTIMAL") continue;
      const other = informationValue(found, allGood, allBad);
      // One bin, or a bin of one outcome: no information value to compare.
      if (!Number.isFinite(other) || other <= 1e-12 || found.good.length < 2) {
        unequal++;
        continue;
      }
      const minBinShare = Math.min(1, Math.ceil(LEAST_SHARE * target.length) / ordinary);
      const result = binFeature({ kind: "numerical", name, values }, target, { trend, minBinShare, maxBins: MOST_BINS, minBins: 1 });
      if (!result.ok) {
        missed++;
        say(`  ${name}, ${trend}: ${result.error.code}`);
        continue;
      }
      const bins = result.value.bins.filter((bin) => bin.kind === "interval");
      const counts = { good: bins.map((bin) => bin.nonEvents), bad: bins.map((bin) => bin.events) };
      compared.push({ name, trend, ratio: informationValue(counts, allGood, allBad) / other });
    }
  });
  compared.sort((a, b) => a.ratio - b.ratio);
  const wholeTables = compared.filter(({ name }) => !name.startsWith("half"));
  const below = compared.filter(({ ratio }) => ratio < 1 - 1e-9);
  const median = compared[compared.length >> 1]?.ratio ?? Number.NaN;
  ratios["leastIvToOptbinningPublicTables"] = round(wholeTables[0]?.ratio ?? Number.NaN, 6);
  ratios["leastIvToOptbinningHalves"] = round(compared.find(({ name }) => name.startsWith("half"))?.ratio ?? Number.NaN, 6);
  figures["value"] = {
    columns: columns.length,
    compared: compared.length,
    withoutComparison: unequal,
    refusedByUs: missed,
    below: below.length,
    belowOnWholeTables: below.filter(({ name }) => !name.startsWith("half")).length,
    least: compared.slice(0, 3).map((each) => ({ ...each, ratio: round(each.ratio, 6) })),
    medianRatio: round(median, 4),
  };
  say(
    `information value beside optbinning, ${columns.length} columns (whole tables and halves) by ${TRENDS.length} trends: ${compared.length} compared, ${below.length} below, least ratio ${round(compared[0]?.ratio ?? Number.NaN, 6)}, median ${round(median, 4)}`,
  );
};

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import { type BinningOptions, binFeature, seeded } from "@zhiwei/core/scorecard";
import type { Context } from "./context.ts";
import { round } from "./tables.ts";

/** Same constraints for both programs: bins of at least 5 %, at most 10, no trend forced. */
const COMMON: BinningOptions = { trend: "none", minBinShare: 0.05, maxBins: 10 };

type Job = {
  readonly columns: SharedArrayBuffer[];
  readonly target: SharedArrayBuffer;
  readonly next: SharedArrayBuffer;
  readonly options: BinningOptions;
};

/** Takes the next feature that nobody has taken, until none is left. */
const binAll = ({ columns, target, next, options }: Job): number[] => {
  const outcomes = new Uint8Array(target);
  const ticket = new Int32Array(next);
  const found: number[] = [];
  for (let at = Atomics.add(ticket, 0, 1); at < columns.length; at = Atomics.add(ticket, 0, 1)) {
    const result = binFeature({ kind: "numerical", name: `x${at}`, values: new Float64Array(columns[at]!) }, outcomes, options);
    found[at] = result.ok ? result.value.iv : 0;
  }
  return found;
};

/** Columns of several shapes, generated: rising, turning, heavy-tailed, whole numbers, noise; a part has 5 % missing. */
const generate = (records: number, features: number) => {
  const random = seeded(1);
  const target = new Uint8Array(new SharedArrayBuffer(records));
  const latent = new Float64Array(records);
  for (let i = 0; i < records; i++) {
    latent[i] = random() + random() + random() - 1.5;
    target[i] = random() < 1 / (1 + Math.exp(2.2 - 1.5 * latent[i]!)) ? 1 : 0;
  }
  const columns = Array.from({ length: features }, (_, j) => {
    const values = new Float64Array(new SharedArrayBuffer(8 * records));
    const strength = 0.3 + 0.7 * random();
    for (let i = 0; i < records; i++) {
      const x = strength * latent[i]! + (random() - 0.5) * 2;
      values[i] =
        j % 5 === 0 ? x : j % 5 === 1 ? x * x : j % 5 === 2 ? Math.exp(3 * x) : j % 5 === 3 ? Math.round(10 * x) : x + 3 * random();
      if (j % 3 === 0 && random() < 0.05) values[i] = Number.NaN;
    }
    return values;
  });
  return { target, columns };
};

/** Binning of a million records on two threads; information value and speed beside optbinning on the same columns. */
export const speed = async ({ quick, folder, runPeer, figures, ratios, say }: Context) => {
  const records = 1_000_000;
  const features = quick ? 20 : 50;
  say(`generating ${records.toLocaleString("en")} records by ${features} features`);
  const { target, columns } = generate(records, features);
  const job = (options: BinningOptions, part: readonly Float64Array<SharedArrayBuffer>[] = columns): Job => ({
    columns: part.map((column) => column.buffer),
    target: target.buffer,
    next: new SharedArrayBuffer(4),
    options,
  });
  /** Seconds from the first feature taken to the last one done, on two threads that are already up. */
  const onTwoThreads = async (options: BinningOptions): Promise<number> => {
    const workers = [0, 1].map(() => new Worker(new URL(import.meta.url), { workerData: "bin" }));
    await Promise.all(workers.map((worker) => new Promise((done) => worker.once("message", done))));
    const work = job(options);
    const start = performance.now();
    await Promise.all(
      workers.map(
        (worker) =>
          new Promise((done, fail) => {
            worker.once("message", done);
            worker.once("error", fail);
            worker.postMessage(work);
          }),
      ),
    );
    const elapsed = (performance.now() - start) / 1000;
    await Promise.all(workers.map((worker) => worker.terminate()));
    return elapsed;
  };
  const withTrends = await onTwoThreads({});
  const plain = await onTwoThreads(COMMON);
  figures["binning"] = { records, features, autoTrendSeconds: round(withTrends, 2), noTrendSeconds: round(plain, 2) };
  say(`binning ${features} features on two threads: ${round(withTrends, 2)} s with each trend tried, ${round(plain, 2)} s without`);
  if (runPeer === null) return;

  // The same columns on one thread each, one after the other.
  const part = columns.slice(0, quick ? 3 : 5);
  binAll(job(COMMON, part));
  const start = performance.now();
  const ours = binAll(job(COMMON, part));
  const seconds = (performance.now() - start) / 1000;
  writeFileSync(join(folder, "target.bin"), target);
  part.forEach((column, j) => writeFileSync(join(folder, `x${j}.bin`), new Uint8Array(column.buffer)));
  const theirs = runPeer(`
import sys, json, time, numpy as np
from optbinning import OptimalBinning
y = np.fromfile(sys.argv[1] + "/target.bin", dtype=np.uint8).astype(int)
xs = [np.fromfile(f"{sys.argv[1]}/x{j}.bin") for j in range(${part.length})]
def fit(x):
    return OptimalBinning(name="x", dtype="numerical", monotonic_trend=None, min_bin_size=0.05, max_n_bins=10).fit(x, y)
start = time.perf_counter()
fitted = [fit(x) for x in xs]
seconds = time.perf_counter() - start
iv = []
for o in fitted:
    o.binning_table.build(); iv.append(float(o.binning_table.iv))
print(json.dumps({"iv": iv, "seconds": seconds}))
`) as { iv: number[]; seconds: number };
  ratios["binningSpeedToOptbinning"] = round(theirs.seconds / seconds, 2);
  const ivRatios = ours.map((iv, j) => iv / theirs.iv[j]!);
  ratios["leastIvToOptbinning"] = round(Math.min(...ivRatios), 5);
  figures["sameColumns"] = {
    features: part.length,
    seconds: round(seconds, 3),
    optbinningSeconds: round(theirs.seconds, 3),
    iv: ours.map((iv) => round(iv, 6)),
    optbinningIv: theirs.iv.map((iv) => round(iv, 6)),
  };
  say(
    `the same ${part.length} columns: ${round(seconds, 2)} s, optbinning ${round(theirs.seconds, 2)} s; information value at least ${ratios["leastIvToOptbinning"]} times optbinning's`,
  );
};

// This file is its own worker.
if (!isMainThread && workerData === "bin") {
  parentPort!.on("message", (job: Job) => parentPort!.postMessage(binAll(job)));
  parentPort!.postMessage("ready");
}

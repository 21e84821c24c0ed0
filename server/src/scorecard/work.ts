/** Binning and training on a thread of their own, so that requests are answered meanwhile. */
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import type { Problem } from "@zhiwei/core/basics";
import {
  type BinEdit,
  type Binning,
  type BinningOptions,
  type Development,
  type OnProgress,
  type Phase,
  type Recipe,
  type Sample,
  binFeature,
  develop,
  withGroups,
  withSplits,
} from "@zhiwei/core/scorecard";

export type BinTask = {
  readonly kind: "bins";
  readonly sample: Pick<Sample, "features" | "target">;
  readonly binning: BinningOptions;
  readonly byFeature: Readonly<Record<string, BinningOptions>>;
  readonly edits: readonly BinEdit[];
};
export type DevelopTask = { readonly kind: "develop"; readonly sample: Sample; readonly recipe: Partial<Recipe> };

export type Binned = { readonly feature: string; readonly binning: Binning | null; readonly problem: Problem | null };
export type Developed = { readonly ok: true; readonly value: Development } | { readonly ok: false; readonly error: Problem };
type Outcome<T> = T extends BinTask ? Binned[] : Developed;

type Message =
  | { readonly is: "progress"; readonly phase: Phase; readonly done: number; readonly total: number }
  | { readonly is: "result"; readonly value: unknown };

const binAll = ({ sample, binning, byFeature, edits }: BinTask): Binned[] =>
  sample.features.map((data): Binned => {
    const feature = data.name;
    const found = binFeature(data, sample.target, { ...binning, ...byFeature[feature] });
    if (!found.ok) return { feature, binning: null, problem: found.error };
    const edit = edits.find((each) => each.feature === feature);
    if (!edit) return { feature, binning: found.value, problem: null };
    if ("splits" in edit)
      return {
        feature,
        binning: data.kind === "numerical" ? withSplits(found.value, data, sample.target, edit.splits) : found.value,
        problem: null,
      };
    return {
      feature,
      binning: data.kind === "categorical" ? withGroups(found.value, data, sample.target, edit.groups) : found.value,
      problem: null,
    };
  });

/** Does one task on a new thread; rejects where the thread dies, with what it died of, or when `signal` aborts. */
export const onThread = <T extends BinTask | DevelopTask>(task: T, onProgress?: OnProgress, signal?: AbortSignal): Promise<Outcome<T>> =>
  new Promise((done, fail) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: task });
    const abort = () => {
      void worker.terminate();
      fail(signal!.reason instanceof Error ? signal!.reason : new Error("stopped"));
    };
    if (signal?.aborted) {
      abort();
      return;
    }
    signal?.addEventListener("abort", abort, { once: true });
    worker.on("message", (message: Message) => {
      if (message.is === "progress") onProgress?.(message.phase, message.done, message.total);
      else done(message.value as Outcome<T>);
    });
    worker.once("error", fail);
    worker.once("exit", () => {
      signal?.removeEventListener("abort", abort);
      fail(new Error("the thread ended without a result"));
    });
  });

if (!isMainThread && parentPort) {
  const port = parentPort;
  const task = workerData as BinTask | DevelopTask;
  const send = (message: Message) => port.postMessage(message);
  const value =
    task.kind === "bins"
      ? binAll(task)
      : develop(task.sample, task.recipe, (phase, done, total) => send({ is: "progress", phase, done, total }));
  send({ is: "result", value });
}

/** Allocations on a thread of their own: one with many limits may take seconds, and requests are answered meanwhile. */
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import type { Problem, Result } from "@zhiwei/core/basics";
import {
  type Allocation,
  type AllocationChange,
  type AllocationTerms,
  type Applicant,
  type ChurnTable,
  type FrontierPoint,
  type RiskTerms,
  type Scenario,
  allocate,
  frontier,
  underShock,
} from "@zhiwei/core/product";
import type { MasterScale } from "@zhiwei/core/scorecard";
import { Refusal } from "../http/refusal.ts";

type Asked = { readonly applicants: readonly Applicant[]; readonly table: ChurnTable; readonly terms: AllocationTerms };
export type Shocked = {
  readonly before: Allocation;
  readonly after: Allocation;
  readonly heldProfitFen: number;
  readonly changes: readonly AllocationChange[];
};

type Tasks = {
  readonly allocate: { readonly task: Asked; readonly answer: Allocation };
  readonly shock: { readonly task: Asked & { readonly scenario: Scenario; readonly bands: MasterScale }; readonly answer: Shocked };
  readonly frontier: { readonly task: Asked & { readonly risk: RiskTerms; readonly points: number }; readonly answer: FrontierPoint[] };
};

const WORK: { readonly [Kind in keyof Tasks]: (task: Tasks[Kind]["task"]) => Result<Tasks[Kind]["answer"], Problem> } = {
  allocate: ({ applicants, table, terms }) => allocate(applicants, table, terms),
  shock: ({ applicants, table, terms, scenario, bands }) => underShock(applicants, table, terms, scenario, bands),
  frontier: ({ applicants, table, terms, risk, points }) => frontier(applicants, table, terms, risk, points, { mostNodes: 200 }),
};

/** Refuses with what the terms refuse with (`allocation-terms`); rejects where the thread dies. */
export const onAllocationThread = <Kind extends keyof Tasks>(kind: Kind, task: Tasks[Kind]["task"]): Promise<Tasks[Kind]["answer"]> =>
  new Promise((done, fail) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { kind, task } });
    worker.on("message", (found: Result<Tasks[Kind]["answer"], Problem>) => {
      if (found.ok) done(found.value);
      else fail(new Refusal(422, found.error));
    });
    worker.once("error", fail);
    worker.once("exit", () => fail(new Error("the thread ended without a result")));
  });

const perform = <Kind extends keyof Tasks>({ kind, task }: { readonly kind: Kind; readonly task: Tasks[Kind]["task"] }) => WORK[kind](task);

if (!isMainThread && parentPort) parentPort.postMessage(perform(workerData as Parameters<typeof perform>[0]));

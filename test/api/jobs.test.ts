import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { routes } from "../../api/src/index.ts";
import { freshSurroundings, salesCsv, serveProcess, waitForJob } from "./server.ts";

test("an import that dies with its server runs again at the next start, and takes nothing in twice", async () => {
  await using at = await freshSurroundings();
  const count = 150_000;
  const first = await serveProcess(at.env);
  const { document } = await first.upload("big.csv", salesCsv("K1", count));
  const second = await first.upload("next.csv", salesCsv("K2", 10));
  const job = await first.call(routes.startImport, { body: { upload: document.upload, kind: "sales-invoices" } });
  const queued = await first.call(routes.startImport, { body: { upload: second.document.upload, kind: "sales-invoices" } });
  // Killed in the middle: the job has begun, and nothing of it is there yet.
  for (;;) {
    const { state } = await first.call(routes.getImport, { params: { id: job.id } });
    expect(state).not.toBe("done");
    if (state === "running") break;
  }
  first.child.kill("SIGKILL");
  await first.ended;

  const again = await serveProcess(at.env);
  try {
    expect(await waitForJob(again, job.id)).toMatchObject({ state: "done", outcome: { accepted: count, duplicates: 0, quarantined: 0 } });
    expect(await waitForJob(again, queued.id)).toMatchObject({ state: "done", outcome: { accepted: 10 } });
    expect((await again.call(routes.getSystem)).counts).toMatchObject({ invoices: count + 10, batches: 2, enterprises: 2 });
    expect((await again.call(routes.getEnterprise, { params: { id: "K1" } })).invoices).toBe(count);
    // Uploads go when their import is done.
    expect(await readdir(join(at.env.ZHIWEI_DATA, "uploads"))).toEqual([]);
  } finally {
    again.child.kill("SIGINT");
  }
  expect(await again.ended).toBe(0);
});

test("a training that dies with its server says so at the next start, and begun again it comes to its end", async () => {
  await using at = await freshSurroundings();
  const first = await serveProcess(at.env);
  const rows = Array.from(
    { length: 3000 },
    (_, i) => `${(i * 37) % 211},${(i * 101) % 97},${(i * 7919) % 100 < 10 + ((i * 37) % 211) / 5 ? 1 : 0}`,
  );
  const { document } = await first.upload("loans.csv", ["a,b,bad", ...rows].join("\n"));
  const sample = await first.call(routes.addSample, { body: { upload: document.upload, title: "t", target: "bad", event: "1" } });
  const request = (recipe: { repeats: number; refits: number }) => ({
    sample: sample.id,
    name: "loans",
    title: { zh: "贷款", en: "Loans" },
    purpose: { zh: "检验", en: "A test" },
    limits: [],
    by: "开发岗",
    recipe: { folds: 5, seed: 1, ...recipe },
  });
  const long = await first.call(routes.startTraining, { body: request({ repeats: 100, refits: 500 }) });
  const waiting = await first.call(routes.startTraining, { body: request({ repeats: 1, refits: 2 }) });
  for (;;) {
    const { state } = await first.call(routes.getTraining, { params: { id: long.id } });
    expect(["waiting", "running"]).toContain(state);
    if (state === "running") break;
  }
  first.child.kill("SIGKILL");
  await first.ended;

  const again = await serveProcess(at.env);
  try {
    for (const { id } of [long, waiting])
      expect(await again.call(routes.getTraining, { params: { id } })).toMatchObject({
        state: "failed",
        model: null,
        problem: { code: "interrupted" },
      });
    expect(await again.call(routes.listScorecards, {})).toEqual([]);
    const { id } = await again.call(routes.startTraining, { body: request({ repeats: 1, refits: 2 }) });
    for (;;) {
      const { state, model } = await again.call(routes.getTraining, { params: { id } });
      expect(state).not.toBe("failed");
      if (state !== "done") {
        await new Promise((done) => setTimeout(done, 25));
        continue;
      }
      expect(model).toBe("loans@1");
      break;
    }
  } finally {
    again.child.kill("SIGINT");
  }
  expect(await again.ended).toBe(0);
});

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

import { type Updateable, sql } from "kysely";
import type { Problem } from "@zhiwei/core/basics";
import type { RecordKind } from "@zhiwei/core/records";
import type { Database } from "../db/schema.ts";
import { describeError, log } from "../http/log.ts";
import { internal } from "../http/refusal.ts";
import type { Platform } from "../platform.ts";
import { type ImportOutcome, importFile } from "../records/index.ts";
import { dropUpload } from "../records/uploads.ts";
import { today } from "../system/as-of.ts";
import { markStale, refresh, unmark } from "../system/refresh.ts";

/** Progress is written this often at most: it is read by people. */
const PROGRESS_EVERY_MS = 250;

/**
 * Does one import job: takes the file in, then brings features and profiles up to date. What it finds wrong with the file it
 * states in the job. When `signal` aborts, the job is handed back as if it had not begun.
 */
export const performImport = async (platform: Platform, id: string, signal: AbortSignal): Promise<void> => {
  const { db } = platform;
  const job = await db.selectFrom("import_job").selectAll().where("id", "=", id).executeTakeFirst();
  if (!job || job.state === "done" || job.state === "failed") return;
  const update = (values: Updateable<Database["import_job"]>) => db.updateTable("import_job").set(values).where("id", "=", id).execute();
  await db
    .updateTable("import_job")
    .set({ state: "running", started_at: sql<string>`coalesce(started_at, now())` })
    .where("id", "=", id)
    .execute();

  // One at a time, and the last one wins: a slow database must not pile up reports that are out of date.
  let written = 0;
  let writing: Promise<unknown> = Promise.resolve();
  try {
    const mark = await markStale(platform);
    const result = await importFile(platform, {
      path: job.file_path,
      fileName: job.file_name,
      ...(job.kind === null ? {} : { kind: job.kind as RecordKind }),
      ...(job.enterprise_id === null ? {} : { enterprise: job.enterprise_id }),
      ...(job.mapping === null ? {} : { mapping: job.mapping }),
      today: today(),
      signal,
      onProgress: ({ bytesRead, rowsRead }) => {
        if (Date.now() - written < PROGRESS_EVERY_MS) return;
        written = Date.now();
        writing = writing.then(() => update({ bytes_read: bytesRead, rows_read: rowsRead }));
        writing.catch(() => {}); // looked at below
      },
    });
    await writing;
    if (!result.ok) {
      await unmark(platform, mark);
      await end(platform, id, { state: "failed", problem: result.error });
    } else {
      const outcome = job.started_at ? await ownOutcome(platform, result.value, job.started_at) : result.value;
      const rows = outcome.accepted + outcome.quarantined + outcome.duplicates;
      await update({ outcome: stated(outcome), bytes_read: job.bytes_total, rows_read: rows });
      // The records are in; that the rest could not be computed is not the import's failure. The next start catches up.
      await (outcome.accepted > 0 ? refresh : unmark)(platform, mark).catch((error: unknown) =>
        log(`import ${id}: features and profiles: ${describeError(error)}`),
      );
      await end(platform, id, { state: "done" });
    }
    await dropUpload(job.file_path);
  } catch (error) {
    await writing.catch(() => {});
    if (signal.aborted) {
      await update({ state: "waiting", bytes_read: 0, rows_read: 0 });
      return;
    }
    log(`import ${id}: ${describeError(error)}`);
    await end(platform, id, { state: "failed", problem: internal });
  }
};

const stated = ({ accepted, quarantined, duplicates, batches }: ImportOutcome): string =>
  JSON.stringify({ accepted, quarantined, duplicates, batches: batches.map(({ id, file, rows, sha256 }) => ({ id, file, rows, sha256 })) });

const end = async ({ db }: Platform, id: string, { state, problem }: { state: "done" | "failed"; problem?: Problem }): Promise<void> => {
  await db
    .updateTable("import_job")
    .set({ state, finished_at: sql<string>`now()`, ...(problem ? { problem: JSON.stringify(problem) } : {}) })
    .where("id", "=", id)
    .execute();
};

/**
 * A job that ran before and died between its commit and its report meets its own batch, and everything in it looks
 * like a duplicate. What it took in the first time is then what it reports.
 */
const ownOutcome = async ({ db }: Platform, outcome: ImportOutcome, since: string): Promise<ImportOutcome> => {
  if (outcome.accepted > 0 || outcome.quarantined > 0 || outcome.batches.length === 0) return outcome;
  const ids = outcome.batches.map((batch) => batch.id);
  const own = await db.selectFrom("import_batch").selectAll().where("id", "in", ids).where("created_at", ">=", since).execute();
  if (own.length !== ids.length) return outcome;
  const sum = (of: (batch: (typeof own)[number]) => number) => own.reduce((total, batch) => total + of(batch), 0);
  return {
    ...outcome,
    accepted: sum((batch) => batch.rows),
    quarantined: sum((batch) => batch.quarantined),
    duplicates: sum((batch) => batch.duplicates),
  };
};

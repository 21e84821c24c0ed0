import { PgBoss, fromKysely } from "pg-boss";
import pg from "pg";
import type { Tx } from "../db/index.ts";
import { describeError, log } from "../http/log.ts";
import type { Platform } from "../platform.ts";

/**
 * Work that outlives the request that asked for it. What is to be done is kept in `import_job`; pg-boss, in the same
 * database, hands it to a worker. A job is enqueued in the transaction that writes it, so there is never one without
 * the other, and a job that a process died over runs again at the next start.
 */
export type Jobs = {
  /** Enqueues an import within the transaction that inserts its `import_job`. Call `wake` after the commit. */
  enqueue(tx: Tx, id: string): Promise<void>;
  /** Lets the worker look for work now instead of at its next poll. */
  wake(): void;
  /** Waits up to `seconds` for the running job to end; what has not ended by then runs again at the next start. */
  stop(seconds: number): Promise<void>;
};

const QUEUE = "import";
/** First key of the advisory locks of running jobs; the second is a hash of the job's id. */
const LOCK = 4755;

export const openJobs = async (
  platform: Platform,
  /** Does one job; it states failures in `import_job` itself, and throws only on our own mistakes or a lost database. */
  perform: (id: string, signal: AbortSignal) => Promise<void>,
): Promise<Jobs> => {
  const boss = new PgBoss({ connectionString: platform.databaseUrl, schema: "job", max: 3, schedule: false, registerInstance: false });
  boss.on("error", (error) => log(`job queue: ${describeError(error)}`));
  await boss.start();
  await boss.createQueue(QUEUE, { retryLimit: 0, expireInSeconds: 23 * 3600, deleteAfterSeconds: 24 * 3600 });

  const stopping = new AbortController();
  await handBack(platform, boss);
  const worker = await boss.work<{ id: string }>(QUEUE, { batchSize: 1, pollingIntervalSeconds: 2 }, async ([job]) => {
    if (!job) return;
    const lock = await lockJob(platform.databaseUrl, job.data.id);
    if (!lock) return; // another server works at it
    try {
      await perform(job.data.id, stopping.signal);
    } finally {
      await lock.end().catch(() => {});
    }
  });
  return {
    enqueue: async (tx, id) => {
      await boss.send(QUEUE, { id }, { id, db: fromKysely(tx) });
    },
    wake: () => boss.notifyWorker(worker),
    stop: async (seconds) => {
      stopping.abort();
      await boss.stop({ graceful: true, timeout: seconds * 1000 });
    },
  };
};

/**
 * Holds a job for as long as the connection lives. PostgreSQL lets go of the lock when this process dies, however it
 * dies; so whether somebody still works at a job is never guessed from the time that has passed.
 */
const lockJob = async (url: string, id: string): Promise<pg.Client | null> => {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  const { rows } = await client.query<{ held: boolean }>("select pg_try_advisory_lock($1, hashtext($2)) as held", [LOCK, id]);
  if (rows[0]?.held) return client;
  await client.end();
  return null;
};

/** Puts every unfinished job that nobody works at back into the queue. */
const handBack = async (platform: Platform, boss: PgBoss): Promise<void> => {
  const unfinished = await platform.db
    .selectFrom("import_job")
    .select("id")
    .where("state", "in", ["waiting", "running"])
    .orderBy("created_at")
    .execute();
  for (const { id } of unfinished) {
    const lock = await lockJob(platform.databaseUrl, id);
    if (!lock) continue;
    try {
      await platform.db.updateTable("import_job").set({ state: "waiting", bytes_read: 0, rows_read: 0 }).where("id", "=", id).execute();
      await boss.deleteJob(QUEUE, id);
      await boss.send(QUEUE, { id }, { id });
    } finally {
      await lock.end();
    }
  }
};

import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { Kysely, PostgresDialect, type RawBuilder, type Transaction, sql } from "kysely";
import pg from "pg";
import type { Database } from "./schema.ts";

export type Db = Kysely<Database>;
export type Tx = Transaction<Database>;

const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, (text) => {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`a 64-bit integer beyond exact numbers: ${text}`);
  return value;
});
for (const type of [pg.types.builtins.DATE, pg.types.builtins.TIMESTAMPTZ, pg.types.builtins.TIMESTAMP])
  types.setTypeParser(type, (text) => text);

/** Connects to the server at `url`, whose tables are up to date. */
export const connectDb = (url: string, connections = 10): Db => {
  const pool = new pg.Pool({ connectionString: url, max: connections, types });
  pool.on("error", () => {}); // an idle connection that the server ended is replaced at the next use
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  pools.set(db, pool);
  return db;
};

const pools = new WeakMap<Db, pg.Pool>();

/**
 * The rows of a statement that is asked for again and again with other values: each connection parses and plans it once, under its name,
 * which must always be of the same text.
 */
export const prepared = async <Row extends object>(db: Db, name: string, statement: RawBuilder<Row>): Promise<Row[]> => {
  const { sql: text, parameters } = statement.compile(db);
  const pool = pools.get(db);
  if (!pool) throw new RangeError("a transaction prepares no statements");
  return (await pool.query<Row>({ name, text, values: [...parameters] })).rows;
};

/** Connects to the server at `url` and brings its tables up to date. */
export const openDb = async (url: string, connections = 10): Promise<Db> => {
  const db = connectDb(url, connections);
  await migrate(db);
  return db;
};

const MIGRATIONS = join(import.meta.dirname, "migrations");

const migrate = async (db: Db): Promise<void> => {
  const files = (await readdir(MIGRATIONS)).filter((name) => name.endsWith(".sql")).sort();
  await db.connection().execute(async (connection) => {
    // Two servers that start at once on one database: the second waits, then finds nothing to do.
    await sql`select pg_advisory_lock(4754)`.execute(connection);
    try {
      await sql`create table if not exists schema_migration (name text primary key, applied_at timestamptz not null default now())`.execute(
        connection,
      );
      const applied = await sql<{ name: string }>`select name from schema_migration`.execute(connection);
      const done = new Set(applied.rows.map((row) => row.name));
      for (const name of files) {
        if (done.has(name)) continue;
        const text = await readFile(join(MIGRATIONS, name), "utf8");
        await connection.transaction().execute(async (tx) => {
          await sql.raw(text).execute(tx);
          await sql`insert into schema_migration (name) values (${name})`.execute(tx);
        });
      }
    } finally {
      await sql`select pg_advisory_unlock(4754)`.execute(connection);
    }
  });
};

/** What several statements read of one and the same moment, whatever is written meanwhile. */
export const snapshot = <T>(db: Db, read: (tx: Tx) => Promise<T>): Promise<T> =>
  db.transaction().setIsolationLevel("repeatable read").setAccessMode("read only").execute(read);

const RETRYABLE = new Set(["40001", "40P01"]);

/**
 * Runs `work` in a serializable transaction and, where PostgreSQL reports a conflict with another one, runs it
 * again; so `work` must have no effect but through `tx`.
 */
export const serializable = async <T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction().setIsolationLevel("serializable").execute(work);
    } catch (error) {
      if (attempt >= 20 || !RETRYABLE.has((error as { code?: string }).code ?? "")) throw error;
    }
  }
};

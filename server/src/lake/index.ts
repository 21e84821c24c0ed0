import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from "@duckdb/node-api";

/**
 * The lake: immutable Parquet batches below `folder`, read by DuckDB. The engine itself keeps nothing: it is an
 * in-memory instance, so that any number of processes may read one lake.
 */
export type Lake = {
  readonly folder: string;
  readonly instance: DuckDBInstance;
  /** One connection for short questions; long work opens its own with `connect`. */
  readonly connection: DuckDBConnection;
  connect(): Promise<DuckDBConnection>;
  close(): void;
};

export type LakeOptions = { readonly folder: string; readonly memory: string; readonly threads: number | null };

export const openLake = async ({ folder, memory, threads }: LakeOptions): Promise<Lake> => {
  const spill = join(folder, "../spill");
  await mkdir(folder, { recursive: true });
  await mkdir(spill, { recursive: true });
  const instance = await DuckDBInstance.create(":memory:", {
    memory_limit: memory,
    temp_directory: spill,
    ...(threads === null ? {} : { threads: String(threads) }),
  });
  const connection = await instance.connect();
  return {
    folder,
    instance,
    connection,
    connect: () => instance.connect(),
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
};

/** All rows of a small result as objects; integers that fit come as numbers, dates as `YYYY-MM-DD`. */
export const rows = async <Row>(connection: DuckDBConnection, sql: string, values?: Record<string, DuckDBValue>): Promise<Row[]> => {
  const reader = await connection.runAndReadAll(sql, values);
  return reader.getRowObjectsJS().map((row) => {
    for (const [name, value] of Object.entries(row)) {
      if (typeof value === "bigint") row[name] = Number.isSafeInteger(Number(value)) ? Number(value) : value;
      else if (value instanceof Date) row[name] = value.toISOString().slice(0, 10);
    }
    return row as Row;
  });
};

/** A text as a literal of SQL, for file names, which DuckDB does not take as parameters everywhere. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

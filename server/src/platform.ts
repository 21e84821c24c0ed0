import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { access, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { problem } from "@zhiwei/core/basics";
import type { Config } from "./config.ts";
import { type Db, openDb } from "./db/index.ts";
import { type Postgres, startPostgres } from "./db/postgres.ts";
import { openLog } from "./evidence/log.ts";
import { Refusal } from "./http/refusal.ts";
import { type Lake, openLake } from "./lake/index.ts";

/** What every command and every request works with: the settings, PostgreSQL and the lake. */
export type Platform = {
  readonly config: Config;
  readonly db: Db;
  readonly lake: Lake;
  /** Address of the PostgreSQL server, for those who need a connection of their own. Holds a password: never log it. */
  readonly databaseUrl: string;
  /** Closes in the order of use: sessions, DuckDB, and PostgreSQL last, unless another command still works with it. */
  close(): Promise<void>;
};

export const lakeFolder = (config: Config): string => join(config.dataFolder, "lake");
export const uploadFolder = (config: Config): string => join(config.dataFolder, "uploads");

/**
 * Makes a folder and those above it. (Node's own recursive `mkdir` never ends where a file system answers ENOENT to a
 * folder it does not allow, as /proc does.)
 */
const makeFolder = async (path: string): Promise<void> => {
  const failure = await mkdir(path).then(
    () => null,
    (error: NodeJS.ErrnoException) => error,
  );
  if (failure === null || failure.code === "EEXIST") return;
  if (failure.code !== "ENOENT" || dirname(path) === path) throw failure;
  await makeFolder(dirname(path));
  await mkdir(path);
};

/** Refuses, with the remedy, a data folder that cannot be written to. */
export const requireDataFolder = async (config: Config): Promise<void> => {
  try {
    await makeFolder(config.dataFolder);
    await access(config.dataFolder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new Refusal(
      500,
      problem(
        "data-folder-unwritable",
        `数据目录 ${config.dataFolder} 无法写入（${reason}）。`,
        `The data folder ${config.dataFolder} cannot be written to (${reason}).`,
        "请更改该目录的权限，或用环境变量 ZHIWEI_DATA 指定另一个目录。",
        "Change its permissions, or name another folder in the environment variable ZHIWEI_DATA.",
      ),
      { cause },
    );
  }
};

const unreachable = (cause: unknown): Refusal => {
  const { code, message } = cause as { code?: string; message?: string };
  const reason = code ?? message ?? "?";
  return new Refusal(
    500,
    problem(
      "postgres-unreachable",
      `DATABASE_URL 所指的 PostgreSQL 没有应答（${reason}）。`,
      `The PostgreSQL server named by DATABASE_URL does not answer (${reason}).`,
      "请确认该服务已启动、地址与口令正确；或去掉 DATABASE_URL，使用随附的 PostgreSQL。",
      "See that it runs and that address and password are right; or unset DATABASE_URL to use the PostgreSQL that comes along.",
    ),
    { cause },
  );
};

const notStarted = (cause: unknown): Refusal =>
  new Refusal(
    500,
    problem(
      "postgres-not-started",
      `随附的 PostgreSQL 未能启动：${(cause as Error).message}`,
      `The PostgreSQL server that comes along could not be started: ${(cause as Error).message}`,
      "请查看数据目录中的 postgres.log；或用环境变量 DATABASE_URL 指定另一个 PostgreSQL。",
      "Look into postgres.log in the data folder; or name another PostgreSQL in the environment variable DATABASE_URL.",
    ),
    { cause },
  );

const named = (url: string, name: string): string => {
  const address = new URL(url);
  address.searchParams.set("application_name", name);
  return address.href;
};

/**
 * Starts or joins PostgreSQL, brings its tables up to date and opens the lake. Throws a Refusal that says what to do
 * where the data folder or the database cannot be used.
 */
export const openPlatform = async (config: Config): Promise<Platform> => {
  await requireDataFolder(config);
  const postgres: Postgres | null = config.databaseUrl
    ? null
    : await startPostgres(join(config.dataFolder, "postgres")).catch((error: unknown) => {
        throw notStarted(error);
      });
  // Sessions bear a name of this platform's own, by which the last user of an embedded server knows that it is the last.
  const name = `zhiwei-${randomUUID()}`;
  const databaseUrl = config.databaseUrl ?? named(postgres!.url, name);
  let db: Db | null = null;
  try {
    db = await openDb(databaseUrl).catch((error: unknown) => {
      throw postgres ? notStarted(error) : unreachable(error);
    });
    await openLog(db, config.suite);
    const lake = await openLake({ folder: lakeFolder(config), memory: config.lakeMemory, threads: config.lakeThreads });
    const open = db;
    return {
      config,
      db,
      lake,
      databaseUrl,
      close: async () => {
        await open.destroy();
        lake.close();
        await postgres?.stop(name);
      },
    };
  } catch (error) {
    await db?.destroy();
    await postgres?.stop(name);
    throw error;
  }
};

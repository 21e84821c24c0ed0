import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { openDb } from "../server/src/db/index.ts";
import { startPostgres } from "../server/src/db/postgres.ts";
import pg from "pg";

declare module "vitest" {
  export interface ProvidedContext {
    /** Server on which each test makes a database of its own from `zhiwei_template`. */
    postgresUrl: string;
  }
}

/** One real PostgreSQL server for the whole run, with a migrated template database that tests copy. */
export default async (project: TestProject) => {
  const given = process.env["DATABASE_URL"];
  const folder = given ? null : await mkdtemp(join(tmpdir(), "zhiwei-postgres-"));
  const server = folder ? await startPostgres(folder) : null;
  const url = given ?? server!.url;
  const template = new URL(url);
  template.pathname = "/zhiwei_template";
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query("drop database if exists zhiwei_template");
  await client.query("create database zhiwei_template");
  await client.end();
  await (await openDb(template.href, 1)).destroy();
  project.provide("postgresUrl", url);
  return async () => {
    await server?.stop();
    if (folder) await rm(folder, { recursive: true, force: true });
  };
};

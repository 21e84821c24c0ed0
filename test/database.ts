import { randomBytes } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";

/** A fresh, migrated database for one test, and its removal: `await using database = await freshDatabase()`. */
export const freshDatabase = async (): Promise<{ url: string } & AsyncDisposable> => {
  const base = inject("postgresUrl");
  const name = `zhiwei_test_${randomBytes(6).toString("hex")}`;
  const run = async (statement: string) => {
    const client = new pg.Client({ connectionString: base });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  };
  await run(`create database ${name} template zhiwei_template`);
  const url = new URL(base);
  url.pathname = `/${name}`;
  return { url: url.href, [Symbol.asyncDispose]: () => run(`drop database ${name} with (force)`) };
};

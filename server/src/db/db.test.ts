import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { freshDatabase } from "../../../test/database.ts";
import { openDb, serializable } from "./index.ts";
import { startPostgres } from "./postgres.ts";

test("a second command on the same folder joins the running server and leaves it running", async () => {
  const folder = await mkdtemp(join(tmpdir(), "zhiwei-db-"));
  const first = await startPostgres(folder);
  try {
    const db = await openDb(first.url, 1);
    const second = await startPostgres(folder);
    expect(second.url).toBe(first.url);
    await second.stop();
    await sql`select 1`.execute(db); // still there for the first
    await db.destroy();
  } finally {
    await first.stop();
  }
  const again = await startPostgres(folder);
  const db = await openDb(again.url, 1);
  expect((await sql<{ n: number }>`select count(*) as n from schema_migration`.execute(db)).rows[0]!.n).toBeGreaterThan(0);
  await db.destroy();
  await again.stop();
  await rm(folder, { recursive: true, force: true });
});

test("two commands that start in the same moment share one server", async () => {
  const folder = await mkdtemp(join(tmpdir(), "zhiwei-db-"));
  await (await startPostgres(folder)).stop();
  const both = await Promise.all([startPostgres(folder), startPostgres(folder)]);
  expect(both[0].url).toBe(both[1].url);
  for (const server of both) await server.stop();
  await rm(folder, { recursive: true, force: true });
});

test("every advisory lock has a key of its own", async () => {
  const root = join(import.meta.dirname, "..");
  const files = (await readdir(root, { recursive: true })).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
  const keys: string[] = [];
  for (const name of files)
    for (const [, named, inline] of (await readFile(join(root, name), "utf8")).matchAll(/\bLOCK = (\d+);|pg_advisory_lock\((\d+)\)/g))
      keys.push((named ?? inline)!);
  expect(keys.length).toBeGreaterThan(3);
  expect(new Set(keys).size).toBe(keys.length);
});

test("transactions that conflict are run again until each has seen the other's work", async () => {
  await using database = await freshDatabase();
  const db = await openDb(database.url);
  await sql`create table counter (id int primary key, value int not null)`.execute(db);
  await sql`insert into counter values (1, 0)`.execute(db);
  await Promise.all(
    Array.from({ length: 10 }, () =>
      serializable(db, async (tx) => {
        const { rows } = await sql<{ value: number }>`select value from counter where id = 1`.execute(tx);
        await sql`update counter set value = ${rows[0]!.value + 1} where id = 1`.execute(tx);
      }),
    ),
  );
  expect((await sql<{ value: number }>`select value from counter`.execute(db)).rows[0]!.value).toBe(10);
  await db.destroy();
});

test("an error that is no conflict is not tried again", async () => {
  await using database = await freshDatabase();
  const db = await openDb(database.url);
  let runs = 0;
  await expect(
    serializable(db, async (tx) => {
      runs++;
      await sql`select 1 / 0`.execute(tx);
    }),
  ).rejects.toThrow("division by zero");
  expect(runs).toBe(1);
  await db.destroy();
});

import fc from "fast-check";
import { type RawBuilder, sql } from "kysely";
import { expect, test } from "vitest";
import { freshDatabase } from "../../../test/database.ts";
import { openDb } from "./index.ts";
import { type Revision, type RevisionRoom, compactRevisions, remembering, revisionOf } from "./revision.ts";

/** A database of a test's own with two connections. */
const place = async () => {
  const database = await freshDatabase();
  const db = await openDb(database.url, 4);
  return {
    db,
    [Symbol.asyncDispose]: async () => {
      await db.destroy();
      await database[Symbol.asyncDispose]();
    },
  };
};

/** One change of each table that something remembered is made of. */
const CHANGES: readonly (readonly [RevisionRoom, RawBuilder<unknown>])[] = [
  ["records", sql`insert into enterprise (id, name) values ('E' || gen_random_uuid(), 'name')`],
  ["records", sql`update enterprise set name = name`],
  ["records", sql`delete from import_batch`],
  ["records", sql`delete from batch_enterprise`],
  ["records", sql`truncate superseded_row`],
  ["features", sql`delete from feature_row`],
  ["profiles", sql`delete from profile`],
  ["models", sql`update scorecard_model set role = role`],
  ["products", sql`update product_version set state = state`],
  ["parties", sql`update access_party set name_zh = name_zh`],
  ["policies", sql`update decision_policy set state = state`],
];
const ROOMS: readonly RevisionRoom[] = ["records", "features", "profiles", "models", "products", "parties", "policies"];
const numbers = (revision: Revision) => ROOMS.map((room) => revision[room]);

test("every change of a table counts one up in its room and in no other, and putting the counts together changes none", async () => {
  await using at = await place();
  const { db } = at;
  for (const [room, change] of CHANGES) {
    const before = await revisionOf(db);
    await change.execute(db);
    const after = await revisionOf(db);
    expect(after).toEqual({ ...before, [room]: before[room] + 1 });
    await compactRevisions(db);
    expect(await revisionOf(db)).toEqual(after);
  }
  expect((await sql`select from revision_change`.execute(db)).rows.length).toBe(0);
});

test("a change counts from its commit on, whichever began first; one taken back never counts", async () => {
  await using at = await place();
  const { db } = at;
  const before = await revisionOf(db);
  const add = sql`insert into enterprise (id, name) values ('E' || gen_random_uuid(), 'name')`;
  await db.transaction().execute(async (early) => {
    await add.execute(early);
    await add.execute(db); // begun later, committed sooner
    expect((await revisionOf(db)).records).toBe(before.records + 1);
    await compactRevisions(db); // does not wait for the open one, and does not lose it
    expect((await revisionOf(db)).records).toBe(before.records + 1);
  });
  expect((await revisionOf(db)).records).toBe(before.records + 2);
  await db
    .transaction()
    .execute(async (tx) => {
      await add.execute(tx);
      throw new Error("taken back");
    })
    .catch(() => {});
  expect((await revisionOf(db)).records).toBe(before.records + 2);
});

test("counts and compactions at the same time lose no change", async () => {
  await using at = await place();
  const { db } = at;
  const before = numbers(await revisionOf(db));
  const all = Array.from({ length: 60 }, (_, i) => CHANGES[i % CHANGES.length]!);
  await Promise.all([...all.map(([, change]) => change.execute(db)), ...Array.from({ length: 20 }, () => compactRevisions(db))]);
  expect(numbers(await revisionOf(db))).toEqual(ROOMS.map((room, i) => before[i]! + all.filter(([of]) => of === room).length));
});

test("whatever is changed and asked in whatever order, what is remembered is what the database says", async () => {
  await using at = await place();
  const { db } = at;
  const names = async () =>
    (await sql<{ names: string | null }>`select string_agg(name, ' ' order by id) as names from enterprise`.execute(db)).rows[0]!.names;
  let made = 0;
  const remember = remembering<string | null>(["records"], 2);
  const ask = async (key: string) =>
    remember(db, await revisionOf(db), key, () => {
      made++;
      return names();
    });
  let asked = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom("ask a", "ask b", "records", "products", "compact"), { maxLength: 12 }), async (steps) => {
      for (const step of steps) {
        if (step === "records") await sql`insert into enterprise (id, name) values ('E' || gen_random_uuid(), 'x' || random())`.execute(db);
        else if (step === "products") await sql`update product_version set state = state`.execute(db);
        else if (step === "compact") await compactRevisions(db);
        else {
          asked++;
          expect(await ask(step)).toBe(await names());
        }
      }
    }),
    { numRuns: 60 },
  );
  expect(made).toBeLessThan(asked); // or nothing was remembered
  // Of another room's changes nothing is made anew; of the own, at once, and once for all who ask together.
  await ask("a");
  const before = made;
  await sql`update product_version set state = state`.execute(db);
  await ask("a");
  expect(made).toBe(before);
  await sql`insert into enterprise (id, name) values ('Z', 'last')`.execute(db);
  const revision = await revisionOf(db);
  await Promise.all(Array.from({ length: 5 }, () => remember(db, revision, "a", async () => String(++made))));
  expect(made).toBe(before + 1);
});

test("what was made while something changed is given and not remembered, nor is a failure; without a revision nothing is", async () => {
  await using at = await place();
  const { db } = at;
  const remember = remembering<number>(["records"], 10);
  let made = 0;
  const disturbed = async () => {
    await sql`insert into enterprise (id, name) values ('E' || gen_random_uuid(), 'name')`.execute(db);
    return ++made;
  };
  const revision = await revisionOf(db);
  expect(await remember(db, revision, "k", disturbed)).toBe(1);
  expect(await remember(db, revision, "k", disturbed)).toBe(2);
  const now = await revisionOf(db);
  await expect(remember(db, now, "k", () => Promise.reject(new Error("failed")))).rejects.toThrow("failed");
  expect(await remember(db, now, "k", async () => ++made)).toBe(3);
  expect(await remember(db, now, "k", async () => ++made)).toBe(3);
  expect(await remember(db, null, "k", async () => ++made)).toBe(4);
  // A server that was started anew may stand on a copy: its counts are not compared with those before.
  expect(await remember(db, { ...now, since: now.since + 1 }, "k", async () => ++made)).toBe(5);
});

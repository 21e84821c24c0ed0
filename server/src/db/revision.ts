/**
 * What is remembered of the database, and whether it still holds. Triggers count the changes of each room's tables
 * (migrations/0022-revision.sql); a memory made at one count is good for as long as the count is the same, whoever writes.
 */
import { sql } from "kysely";
import { type Db, prepared } from "./index.ts";

export type RevisionRoom = "records" | "features" | "profiles" | "models" | "products" | "parties" | "policies";

/** How many changes of each room a snapshot of the database sees, and since when its server runs: one put back from a copy starts anew. */
export type Revision = Readonly<Record<RevisionRoom, number>> & { readonly since: number };

/** The revision that the statement sees, as one JSON value. */
export const REVISION = sql<Revision>`(
  select jsonb_object_agg(room, changes + (select count(*) from revision_change as change where change.room = counted.room))
    || jsonb_build_object('since', extract(epoch from pg_postmaster_start_time()))
  from revision_counted as counted)`;

export const revisionOf = async (db: Db): Promise<Revision> =>
  (await prepared(db, "revision", sql<{ revision: Revision }>`select ${REVISION} as revision`))[0]!.revision;

/** Adds the listed changes to those counted, so that the list stays short. The sums stay as they are at every moment. */
export const compactRevisions = async (db: Db): Promise<void> => {
  await sql`
    with gone as (delete from revision_change returning room),
    summed as (select room, count(*) as changes from gone group by room)
    update revision_counted set changes = revision_counted.changes + summed.changes from summed where summed.room = revision_counted.room`.execute(
    db,
  );
};

type Kept<V> = { readonly stamp: string; readonly value: Promise<V> };

/** Gives the value of `key` at a revision, from memory or made by `make`; where no revision is known it is made. */
export type Remember<V> = (db: Db, revision: Revision | null | undefined, key: string, make: () => Promise<V>) => Promise<V>;

/**
 * A memory of at most `most` values of each database, made of the rooms named; the one used longest ago goes first. Those who ask at the
 * same time wait for one making. What is made is remembered only if nothing changed meanwhile, since it may hold parts of both states;
 * nor is a failure remembered.
 */
export const remembering = <V>(rooms: readonly RevisionRoom[], most: number): Remember<V> => {
  const memories = new WeakMap<Db, Map<string, Kept<V>>>();
  const stampOf = (revision: Revision): string => {
    let stamp = `${revision.since}`;
    for (const room of rooms) stamp += ` ${revision[room]}`;
    return stamp;
  };
  return (db, revision, key, make) => {
    if (!revision) return make();
    const stamp = stampOf(revision);
    let memory = memories.get(db);
    if (!memory) memories.set(db, (memory = new Map()));
    const known = memory.get(key);
    memory.delete(key);
    if (known?.stamp === stamp) {
      memory.set(key, known); // used last stands last
      return known.value;
    }
    const forget = () => {
      if (memory.get(key) === kept) memory.delete(key);
    };
    const value = Promise.resolve()
      .then(make)
      .then(async (made) => {
        if (stampOf(await revisionOf(db)) !== stamp) forget();
        return made;
      });
    value.catch(forget); // whoever asked hears of it
    const kept: Kept<V> = { stamp, value };
    memory.set(key, kept);
    for (const oldest of memory.keys()) {
      if (memory.size <= most) break;
      memory.delete(oldest);
    }
    return value;
  };
};

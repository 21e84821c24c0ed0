import { sql } from "kysely";
import type { Db } from "../db/index.ts";

/** What the platform remembers of itself between starts. */
export type Notes = {
  /** `loading` until every record of the demonstration region is in. */
  demonstration: { state: "loading" | "loaded" };
  /** The name under which this platform's evidence log is signed; it never changes. */
  "evidence-log": { origin: string };
};

export const readNote = async <Name extends keyof Notes>(db: Db, name: Name): Promise<Notes[Name] | null> => {
  const row = await db.selectFrom("system_note").select("value").where("name", "=", name).executeTakeFirst();
  return (row?.value as Notes[Name] | undefined) ?? null;
};

export const writeNote = async <Name extends keyof Notes>(db: Db, name: Name, value: Notes[Name]): Promise<void> => {
  await db
    .insertInto("system_note")
    .values({ name, value: JSON.stringify(value) })
    .onConflict((conflict) => conflict.column("name").doUpdateSet({ value: JSON.stringify(value), noted_at: sql`now()` }))
    .execute();
};

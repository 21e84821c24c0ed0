import { randomUUID } from "node:crypto";
import type { Db } from "../db/index.ts";
import type { Platform } from "../platform.ts";
import { rebuildRegion } from "../profile/index.ts";
import type { Progress } from "./state.ts";

type OnProgress = (progress: Progress) => void;

/** One import's note that features and profiles may be behind the records; each import has its own. */
export type Mark = string & { readonly __mark: true };
const PREFIX = "stale:";

/** Written before records change, so that a crash at any later moment leaves the note, and the next start catches up. */
export const markStale = async ({ db }: Platform): Promise<Mark> => {
  const mark = `${PREFIX}${randomUUID()}` as Mark;
  await db.insertInto("system_note").values({ name: mark, value: "{}" }).execute();
  return mark;
};

/** Where the records have not changed after all. */
export const unmark = async ({ db }: Platform, mark: Mark): Promise<void> => {
  await db.deleteFrom("system_note").where("name", "=", mark).execute();
};

/** After records changed: brings features and profiles up to date. */
export const refresh = async (platform: Platform, mark: Mark, onProgress?: OnProgress): Promise<void> => {
  await rebuildRegion(platform, onProgress);
  await unmark(platform, mark);
};

const marks = async (db: Db): Promise<string[]> =>
  (await db.selectFrom("system_note").select("name").where("name", "like", `${PREFIX}%`).execute()).map(({ name }) => name);

/** Whether some change of the records does not show yet. */
export const isStale = async (db: Db): Promise<boolean> => (await marks(db)).length > 0;

/** Makes good what earlier changes left undone. */
export const catchUp = async (platform: Platform, onProgress?: OnProgress): Promise<void> => {
  const left = await marks(platform.db);
  if (left.length === 0) return;
  await rebuildRegion(platform, onProgress);
  await platform.db.deleteFrom("system_note").where("name", "in", left).execute();
};

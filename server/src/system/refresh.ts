import { randomUUID } from "node:crypto";
import type { Platform } from "../platform.ts";
import { rebuildRegion } from "../profile/index.ts";
import { type Notes, dropNote, readNote, writeNote } from "./notes.ts";
import type { Progress } from "./state.ts";

type OnProgress = (progress: Progress) => void;

/**
 * Notes that features and profiles will be behind the records. Written before records change, so that a crash at any
 * later moment leaves the note, and the next start catches up.
 */
export const markStale = async ({ db }: Platform): Promise<Notes["stale"]> => {
  const note = { mark: randomUUID() };
  await writeNote(db, "stale", note);
  return note;
};

/** Brings features and profiles up to date, where they are behind. */
export const catchUp = async (platform: Platform, onProgress?: OnProgress): Promise<void> => {
  const note = await readNote(platform.db, "stale");
  if (!note) return;
  await rebuildRegion(platform, onProgress);
  await dropNote(platform.db, "stale", note);
};

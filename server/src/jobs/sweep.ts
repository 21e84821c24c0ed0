import { readdir, rm, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { deleteAgedOut } from "../consent/negative.ts";
import { type Platform, lakeFolder, uploadFolder } from "../platform.ts";
import { today } from "../system/as-of.ts";

const HOUR = 3600 * 1000;
/** An upload that no import was started with is kept this long. */
const UPLOAD_KEPT = 24 * HOUR;
/** A Parquet file without its batch may be one that another command is just writing; older than this it is a leftover. */
const LAKE_KEPT = 6 * HOUR;

/**
 * Removes files that nothing speaks of any more (abandoned uploads, Parquet files of imports that were cut off), and negative
 * information that has aged out.
 */
export const sweep = async (platform: Platform, now = Date.now()): Promise<{ uploads: number; lake: number }> => {
  await deleteAgedOut(platform.db, today());
  const waiting = await platform.db.selectFrom("import_job").select("file_path").where("state", "in", ["waiting", "running"]).execute();
  const uploads = await removeOld(uploadFolder(platform.config), now - UPLOAD_KEPT, new Set(waiting.map((job) => job.file_path)));

  const lake = lakeFolder(platform.config);
  const batches = await platform.db.selectFrom("import_batch").select("parquet_path").where("parquet_path", "is not", null).execute();
  const kept = new Set(batches.map((batch) => join(lake, batch.parquet_path!)));
  return { uploads, lake: await removeOld(lake, now - LAKE_KEPT, kept) };
};

const removeOld = async (folder: string, before: number, kept: ReadonlySet<string>): Promise<number> => {
  let removed = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])) {
    const path = join(entry.parentPath, entry.name);
    // The description of an upload lies beside it, under its name with an ending.
    const owner = path.replace(/\.json$/, "");
    if (!entry.isFile() || kept.has(path) || kept.has(owner) || relative(folder, path).startsWith("..")) continue;
    const found = await stat(path).catch(() => null);
    if (!found || found.mtimeMs >= before) continue;
    await rm(path, { force: true });
    removed++;
  }
  return removed;
};

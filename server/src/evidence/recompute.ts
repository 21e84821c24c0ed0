/**
 * Recomputes a profile from the records at hand: nothing derived that is kept is read, and nothing is written where anybody else
 * reads. Derived tables are shadowed by empty ones in a schema of its own; the lake is opened anew, so that no memory helps.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { sql } from "kysely";
import type { IsoDate, Problem, Result } from "@zhiwei/core/basics";
import { platformPermit } from "../consent/index.ts";
import { connectDb } from "../db/index.ts";
import { openLake } from "../lake/index.ts";
import { type Platform, lakeFolder } from "../platform.ts";
import { type StatedProfile, profileOf } from "../profile/profile-of.ts";
import { fileSha256 } from "../records/input.ts";
import { rowsRoot } from "./rows.ts";

/** Tables that are made from others: a recomputation must not see what is in them. */
const DERIVED = [
  "feature_row",
  "profile",
  "profile_summary",
  "score_summary",
  "evidence_leaf",
  "evidence_tile",
  "evidence_head",
  "evidence_record",
] as const;

export const recomputeProfile = async (platform: Platform, enterprise: string, asOf: IsoDate): Promise<Result<StatedProfile, Problem>> => {
  const { config, databaseUrl, db } = platform;
  const schema = `recompute_${randomBytes(6).toString("hex")}`;
  await sql`create schema ${sql.id(schema)}`.execute(db);
  try {
    for (const table of DERIVED)
      await sql`create table ${sql.id(schema, table)} (like ${sql.id("public", table)} including all)`.execute(db);
    await sql`insert into ${sql.id(schema, "evidence_head")} (size, root) values (0, sha256(''))`.execute(db);
    const url = new URL(databaseUrl);
    url.searchParams.set("options", `-c search_path=${schema},public`);
    const shadow = connectDb(url.href, 4);
    const lake = await openLake({ folder: lakeFolder(config), memory: config.lakeMemory, threads: config.lakeThreads });
    try {
      return await profileOf({ db: shadow, lake }, platformPermit(enterprise), asOf);
    } finally {
      lake.close();
      await shadow.destroy();
    }
  } finally {
    await sql`drop schema ${sql.id(schema)} cascade`.execute(db);
  }
};

/** What is wrong with the file of a batch by what was logged of it; null where it is those bytes and those rows. */
export const batchFault = async (
  { lake }: Pick<Platform, "lake">,
  parquetPath: string | null,
  logged: { readonly sha256: unknown; readonly rowsRoot: unknown; readonly rowsSalt: unknown },
): Promise<"file-missing" | "file-changed" | "rows-changed" | null> => {
  if (logged.sha256 === null) return null;
  if (parquetPath === null) return "file-missing";
  const path = join(lake.folder, parquetPath);
  const found = await fileSha256(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (found === null) return "file-missing";
  if (found !== logged.sha256) return "file-changed";
  const connection = await lake.connect();
  try {
    const { root } = await rowsRoot(connection, path, Buffer.from(typeof logged.rowsSalt === "string" ? logged.rowsSalt : "", "hex"));
    return root === logged.rowsRoot ? null : "rows-changed";
  } finally {
    connection.closeSync();
  }
};

/** Where two JSON documents first differ, as a path; null where they are the same. */
export const firstDifference = (a: unknown, b: unknown, at = ""): string | null => {
  if (Object.is(a, b)) return null;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return at || "/";
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  for (const key of keys) {
    const found = firstDifference((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key], `${at}/${key}`);
    if (found !== null) return found;
  }
  return null;
};

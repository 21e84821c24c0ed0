import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getMigrations } from "better-auth/db/migration";
import { expect, test } from "vitest";
import { freshDatabase } from "../../../test/database.ts";
import { readConfig } from "../config.ts";
import { openDb } from "../db/index.ts";
import { authOptions, cookieSecret } from "./sign-in.ts";

test("our tables are those that better-auth wants; what signs its cookies is made once, for this account's eyes", async () => {
  await using database = await freshDatabase();
  const db = await openDb(database.url);
  const folder = await mkdtemp(join(tmpdir(), "zhiwei-access-"));
  try {
    const config = readConfig({ ZHIWEI_DATA: folder });
    const secrets = new Set(await Promise.all([1, 2, 3].map(() => cookieSecret(config))));
    const [secret] = secrets;
    expect([secrets.size, secret!.length]).toEqual([1, 43]);
    const path = join(folder, "access/cookie-secret");
    expect([await readFile(path, "utf8"), (await stat(path)).mode & 0o777]).toEqual([secret, 0o600]);
    const { toBeCreated, toBeAdded } = await getMigrations(await authOptions(db, config, secret!));
    expect([toBeCreated, toBeAdded]).toEqual([[], []]);
  } finally {
    await db.destroy();
    await rm(folder, { recursive: true });
  }
});

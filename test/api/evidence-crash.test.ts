import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { parseCheckpoint, parseNote, verifyConsistency } from "../../core/src/tlog/index.ts";
import { openDb } from "../../server/src/db/index.ts";
import { checkLog } from "../../server/src/evidence/fsck.ts";
import { logSigners, sha256 } from "../../server/src/evidence/keys.ts";
import { consistencyOf, headOf, latestCheckpoint } from "../../server/src/evidence/log.ts";
import { freshDatabase } from "../database.ts";

type Said = { batch: number; count: number; first: number } | { size: number; signed: string };

test("killed in the middle of appends again and again, the log loses no acknowledged leaf and forks nothing", async () => {
  await using database = await freshDatabase();
  const folder = await mkdtemp(join(tmpdir(), "zhiwei-crash-"));
  const db = await openDb(database.url);
  try {
    const acknowledged: { name: string; position: number }[] = [];
    const signed: string[] = [];
    for (let round = 0; round < 8; round++) {
      const child = spawn(
        process.execPath,
        [resolve(import.meta.dirname, "../evidence-appender.ts"), database.url, folder, String(round)],
        {
          stdio: ["ignore", "pipe", "inherit"],
        },
      );
      const ended = new Promise((done) => child.once("close", done));
      // Dies at an acknowledgement that differs by the round, at some point of what comes after it.
      let left = 2 + ((round * 11) % 17);
      for await (const line of createInterface(child.stdout)) {
        const said = JSON.parse(line) as Said;
        if ("signed" in said) signed.push(said.signed);
        else
          for (let i = 0; i < said.count; i++)
            acknowledged.push({ name: `round ${round} batch ${said.batch} entry ${i}`, position: said.first + i });
        if (--left === 0) setTimeout(() => child.kill("SIGKILL"), (round * 7) % 13);
      }
      await ended;
      expect(child.signalCode).toBe("SIGKILL");

      const signers = await logSigners(folder, "zhiwei.example/log");
      const { faults, size } = await checkLog(db, signers);
      expect(faults).toEqual([]);
      expect(size).toBeGreaterThanOrEqual(acknowledged.length);
      const rows = await db
        .selectFrom("evidence_leaf")
        .select(["position", "entry"])
        .where(
          "position",
          "in",
          acknowledged.slice(-3000).map((each) => each.position),
        )
        .execute();
      const found = new Map(rows.map((row) => [row.position, row.entry.toString()]));
      for (const { name, position } of acknowledged.slice(-3000)) expect(found.get(position)).toBe(name);
    }
    // Every checkpoint that anybody was ever given is the beginning of the log as it is now.
    const head = await headOf(db);
    expect(signed.length).toBeGreaterThan(8);
    for (const each of signed) {
      const { size, root } = parseCheckpoint(parseNote(each)!.text)!;
      expect(verifyConsistency(sha256, size, root, head.size, head.root, await consistencyOf(db, size, head.size))).toBe(true);
    }
    expect((await latestCheckpoint(db))!.size).toBeLessThanOrEqual(head.size);
  } finally {
    await db.destroy();
    await rm(folder, { recursive: true, force: true });
  }
});

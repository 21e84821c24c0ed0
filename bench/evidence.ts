/**
 * `npm run -s bench:evidence [-- --quick]`: leaves appended a second with durable storage, beside plain inserts of the same bytes
 * into a table without a tree; the time of a proof; the whole log checked. Progress goes to standard error; the last line is JSON.
 */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { sql } from "kysely";
import { formatVerifierKey, leafHash, tilePath, tilesOf, verifyProof } from "@zhiwei/core/tlog";
import { readConfig } from "../server/src/config.ts";
import { openPlatform } from "../server/src/platform.ts";
import { checkLog } from "../server/src/evidence/fsck.ts";
import { logSigners, sha256, verify } from "../server/src/evidence/keys.ts";
import { appendEntries, proofOf, readTile, signCheckpoint } from "../server/src/evidence/log.ts";

const { values } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
const LEAVES = values.quick ? 100_000 : 1_000_000;
const BATCH = 10_000;
const BYTES = 120;
const say = (line: string) => void process.stderr.write(`${line}\n`);
const seconds = async (work: () => Promise<void>) => {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
};

const folder = await mkdtemp(join(tmpdir(), "zhiwei-evidence-"));
const platform = await openPlatform(readConfig({ ZHIWEI_DATA: folder }));
try {
  const { db } = platform;
  const signers = await logSigners(join(folder, "keys"), "bench.example/log");
  const batches = Array.from({ length: LEAVES / BATCH }, () => Array.from({ length: BATCH }, () => new Uint8Array(randomBytes(BYTES))));

  await sql`create table plain_entry (position bigint primary key, entry bytea not null)`.execute(db);
  const plain = await seconds(async () => {
    let at = 0;
    for (const batch of batches) {
      await db.transaction().execute((tx) =>
        sql`insert into plain_entry select ${at}::bigint + n, substring(${Buffer.concat(batch)}::bytea from n * ${BYTES}::int + 1 for ${BYTES}::int)
          from generate_series(0, ${BATCH - 1}::int) as n`.execute(tx),
      );
      at += batch.length;
    }
  });
  say(`plain inserts of ${LEAVES} entries of ${BYTES} bytes, ${BATCH} a transaction: ${Math.round(LEAVES / plain)} a second`);

  const logged = await seconds(async () => {
    for (const batch of batches) await db.transaction().execute((tx) => appendEntries(tx, batch));
  });
  say(`the same appended to the log: ${Math.round(LEAVES / logged)} leaves a second`);

  let one = 0;
  const singles = await seconds(async () => {
    for (; one < 300; one++) await db.transaction().execute((tx) => appendEntries(tx, [new Uint8Array(randomBytes(BYTES))]));
  });
  say(`one leaf a transaction: ${((singles / one) * 1000).toFixed(2)} ms each`);

  const signing = await seconds(async () => {
    await signCheckpoint(db, signers, new Date());
  });
  const checkpoint = await signCheckpoint(db, signers, new Date());
  // What the appends left to be written belongs to them, not to the proofs.
  await sql`checkpoint`.execute(db);
  await sql`vacuum analyze evidence_tile`.execute(db);
  const times: number[] = [];
  const policy = { logs: signers.map((each) => each.key), witnesses: [], quorum: null };
  for (let k = 0; k < 300; k++) {
    const position = Math.floor((k * LEAVES) / 300);
    const start = performance.now();
    const proof = await proofOf(db, position, checkpoint);
    times.push(performance.now() - start);
    if (
      k % 100 === 0 &&
      !verifyProof(sha256, proof, leafHash(sha256, batches[Math.floor(position / BATCH)]![position % BATCH]!), policy, verify).ok
    )
      throw new Error(`the proof of leaf ${position} does not hold`);
  }
  times.sort((a, b) => a - b);
  say(
    `a proof from a log of ${checkpoint.size} leaves: median ${times[150]!.toFixed(2)} ms, 95 % ${times[285]!.toFixed(2)} ms; a checkpoint signed twice over: ${(signing * 1000).toFixed(1)} ms`,
  );

  // What a verifier not written here says of checkpoint, tiles, entries and proofs.
  const judged = await (async () => {
    const out = join(folder, "judge");
    const put = async (path: string, bytes: string | Uint8Array) => {
      await mkdir(dirname(join(out, path)), { recursive: true });
      await writeFile(join(out, path), bytes);
    };
    await put("log/checkpoint", checkpoint.signed);
    for (const tile of tilesOf(checkpoint.size)) {
      await put(`log/${tilePath(tile)}`, (await readTile(db, tile))!);
      if (tile.level === 0)
        await put(`log/${tilePath({ ...tile, level: "entries" })}`, (await readTile(db, { ...tile, level: "entries" }))!);
    }
    await put("vkey", formatVerifierKey(signers[0]!.key));
    for (const position of [0, 1, 255, 256, 77_777]) await put(`proofs/${position}`, await proofOf(db, position, checkpoint));
    await put("go.mod", "module judge\n\ngo 1.26\n");
    await cp(join(import.meta.dirname, "evidence/judge.go"), join(out, "judge.go"));
    try {
      const go = (...args: string[]) =>
        execFileSync("go", args, { cwd: out, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], timeout: 240_000 });
      go("get", "filippo.io/torchwood@v0.9.0");
      return JSON.parse(go("run", ".", out)) as { size: number; entries: number; proofs: number };
    } catch (problem) {
      say(`torchwood: not run (${String(problem).split("\n")[0]!.slice(0, 160)})`);
      return null;
    }
  })();
  if (judged)
    say(
      `torchwood v0.9.0 accepts the checkpoint of ${judged.size} leaves, ${judged.entries} entries against its tiles, and ${judged.proofs} proofs`,
    );

  const checking = await seconds(async () => {
    const { faults } = await checkLog(db, signers);
    if (faults.length > 0) throw new Error(JSON.stringify(faults));
  });
  say(`the whole log checked: ${Math.round(LEAVES / checking)} leaves a second`);
  const round = (value: number, digits: number) => Number(value.toFixed(digits));
  process.stdout.write(
    `${JSON.stringify({
      bench: "evidence",
      figures: {
        cpu: cpus()[0]?.model ?? "unknown",
        leaves: LEAVES,
        entryBytes: BYTES,
        batch: BATCH,
        leavesPerSecond: Math.round(LEAVES / logged),
        plainPerSecond: Math.round(LEAVES / plain),
        oneLeafMs: round((singles / one) * 1000, 2),
        checkpointMs: round(signing * 1000, 1),
        proofMs: round(times[150]!, 2),
        proofP95Ms: round(times[285]!, 2),
        torchwood: judged,
        checkedPerSecond: Math.round(LEAVES / checking),
      },
      ratios: { plainToLog: round(logged / plain, 2) },
    })}\n`,
  );
} finally {
  await platform.close();
  await rm(folder, { recursive: true, force: true });
}

/**
 * `npm run -s bench:evidence [-- --quick | --large]`: leaves appended a second with durable storage in both suites, beside plain inserts
 * of the same bytes into a table without a tree; the time of a proof from logs of 1 million leaves and, with `--large`, of 10 and 100;
 * signatures of both suites; verification in a browser; the whole log checked; and what verifiers not written here say of all that.
 * Progress goes to standard error; the last line is JSON. `--large` needs some 10 GB of disk.
 */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { cpus, loadavg, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { sql } from "kysely";
import {
  HASH_BYTES,
  type Hash,
  SUITES,
  type Suite,
  TILE_WIDTH,
  formatCheckpoint,
  formatNote,
  formatProof,
  formatVerifierKey,
  leafHash,
  parseNote,
  parseProof,
  raiseTile,
  rootOf,
  subtreeFromTiles,
  tilePath,
  tilesOf,
  trustCheckpoint,
  verifyInclusion,
  verifyProof,
} from "@zhiwei/core/tlog";
import { readConfig } from "../server/src/config.ts";
import { type Db, openDb } from "../server/src/db/index.ts";
import { openPlatform } from "../server/src/platform.ts";
import { checkLog } from "../server/src/evidence/fsck.ts";
import { type NoteSigner, hashes, logSigners, verify, witnessSigners } from "../server/src/evidence/keys.ts";
import { type SignedCheckpoint, appendEntries, openLog, proofOf, readTile, signCheckpoint } from "../server/src/evidence/log.ts";

import { launchBrowser } from "../test/browser.ts";
import type { Given } from "./evidence/browser/main.ts";

const { values } = parseArgs({ options: { quick: { type: "boolean", default: false }, large: { type: "boolean", default: false } } });
const LEAVES = values.quick ? 100_000 : 1_000_000;
const BATCH = 10_000;
const BYTES = 120;
const ORIGIN = "bench.example/log";
const say = (line: string) => void process.stderr.write(`${line}\n`);
const round = (value: number, digits: number) => Number(value.toFixed(digits));
const seconds = async (work: () => Promise<unknown>) => {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
};
/** Median and 95 % of the milliseconds that each turn takes. */
const spread = async (turns: number, work: (turn: number) => unknown) => {
  const times: number[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const start = performance.now();
    await work(turn);
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return { median: times[Math.floor(turns / 2)]!, p95: times[Math.floor(turns * 0.95)]! };
};
/** Processor time in ms that `work` takes of this process and of the database's: what others' work does not lengthen. Null where Linux does not tell. */
const processorTime = async (db: Db, work: () => Promise<unknown>): Promise<number | null> => {
  const ofDatabase = async () => {
    const { rows } = await sql<{ pid: number }>`select pid from pg_stat_activity where datname = current_database()`.execute(db);
    const ticks = await Promise.all(
      rows.map(async ({ pid }) => {
        // Fields 14 and 15 of the whole line, counted after the name, which may hold blanks; in hundredths of a second.
        const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1]!.split(" ");
        return Number(fields[11]) + Number(fields[12]);
      }),
    );
    return 10 * ticks.reduce((sum, each) => sum + each, 0);
  };
  const before = await ofDatabase().catch(() => null);
  const own = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(own);
  const after = await ofDatabase().catch(() => null);
  return before === null || after === null ? null : (user + system) / 1000 + after - before;
};

/** Places all over a log, in no order that a disk or a memory would like; no two in one tile, for as many turns as there are tiles. */
const placeOf = (turn: number, size: number) => {
  const tile = (turn * 7919) % Math.floor(size / TILE_WIDTH);
  return tile * TILE_WIDTH + ((turn * 101) % TILE_WIDTH);
};

const folder = await mkdtemp(join(tmpdir(), "zhiwei-evidence-"));
const platform = await openPlatform(readConfig({ ZHIWEI_DATA: folder }));
const loadBefore = loadavg()[0]!;

/** A database of its own on the same server. */
const withDatabase = async <T>(name: string, work: (db: Db) => Promise<T>): Promise<T> => {
  await sql.raw(`create database ${name}`).execute(platform.db);
  const url = new URL(platform.databaseUrl);
  url.pathname = `/${name}`;
  const db = await openDb(url.href);
  try {
    return await work(db);
  } finally {
    await db.destroy();
    await sql.raw(`drop database ${name}`).execute(platform.db);
  }
};

const policyOf = (signers: readonly NoteSigner[]) => ({ logs: signers.map((each) => each.key), witnesses: [], quorum: null });

/**
 * Proofs of leaves all over a log, each in a tile that none was asked for before, and then of such as are remembered; some are held against
 * the checkpoint. Beside them what a proof cannot do without: one tile read from the database, and raised.
 */
const proofs = async (db: Db, hash: Hash, checkpoint: SignedCheckpoint) => {
  const { size, root } = checkpoint;
  // What the load left to be written belongs to it, not to the proofs.
  await sql`checkpoint`.execute(db);
  await sql`vacuum analyze evidence_tile`.execute(db);
  const tiles = Math.floor(size / TILE_WIDTH);
  const reading = await spread(300, (turn) =>
    db
      .selectFrom("evidence_tile")
      .select("hashes")
      .where("level", "=", 0)
      .where("place", "=", (turn * 7919) % tiles)
      .executeTakeFirstOrThrow(),
  );
  const bytes = randomBytes(TILE_WIDTH * HASH_BYTES);
  const raising = await spread(300, () => raiseTile(hash, bytes));
  const first = await spread(1, () => proofOf(db, size - 1, checkpoint));
  // The first proofs find the tiles above the leaves, too, for the first time.
  const turns = Math.min(2000, Math.floor(tiles / 3));
  const early = await spread(turns, (turn) => proofOf(db, placeOf(turn, size), checkpoint));
  let all = { median: 0, p95: 0 };
  const processor = await processorTime(db, async () => {
    all = await spread(turns, (turn) => proofOf(db, placeOf(turns + turn, size), checkpoint));
  });
  const processorEach = processor === null ? null : round(processor / turns, 3);
  const again = await spread(500, (turn) => proofOf(db, placeOf(2 * turns - 1 - (turn % 100), size), checkpoint));
  for (let turn = 0; turn < 2 * turns; turn += Math.ceil(turns / 20)) {
    const index = placeOf(turn, size);
    const { hashes: path } = parseProof(await proofOf(db, index, checkpoint))!;
    const tile = (await readTile(db, { level: 0, index: Math.floor(index / TILE_WIDTH), width: TILE_WIDTH }))!;
    const at = (index % TILE_WIDTH) * HASH_BYTES;
    if (!verifyInclusion(hash, tile.subarray(at, at + HASH_BYTES), index, size, path, root))
      throw new Error(`the proof of leaf ${index} of ${size} does not hold`);
  }
  say(
    `a proof from a log of ${size} leaves, the first ${first.median.toFixed(1)} ms, ${turns} all over it while nothing is remembered: median ${early.median.toFixed(3)} ms, as many after those: median ${all.median.toFixed(3)} ms, 95 % ${all.p95.toFixed(2)} ms, ${processorEach ?? "?"} ms of processor time each; from a tile that is remembered ${again.median.toFixed(3)} ms; one tile read by itself ${reading.median.toFixed(3)} ms, raised ${raising.median.toFixed(3)} ms`,
  );
  return {
    leaves: size,
    firstMs: round(first.median, 2),
    earlyMedianMs: round(early.median, 3),
    medianMs: round(all.median, 3),
    p95Ms: round(all.p95, 2),
    processorMs: processorEach,
    rememberedMs: round(again.median, 3),
    tileReadMs: round(reading.median, 3),
    tileRaisedMs: round(raising.median, 3),
  };
};

/** Whatever a verifier not written here prints, or null where it cannot be run. */
const judge = async (name: string, source: string, packages: readonly string[], out: string) => {
  await writeFile(join(out, "go.mod"), "module judge\n\ngo 1.26\n");
  await cp(join(import.meta.dirname, "evidence", source), join(out, "judge.go"));
  try {
    const go = (...args: string[]) =>
      execFileSync("go", args, { cwd: out, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], timeout: 240_000 });
    go("get", ...packages);
    const found = JSON.parse(go("run", ".", out)) as { size: number; entries: number; proofs: number };
    say(`${name} accepts the checkpoint of ${found.size} leaves, ${found.entries} entries against its tree, and ${found.proofs} proofs`);
    return found;
  } catch (problem) {
    say(`${name}: not run (${String(problem).slice(0, 400)})`);
    return null;
  }
};

/** Verification of proofs in Chromium, by the console's own means; the first one with all that is made ready only once. */
const inBrowser = async (given: readonly Given[]) => {
  const out = join(folder, "browser");
  const vite = join(import.meta.dirname, "../node_modules/.bin/vite");
  execFileSync(vite, ["build", join(import.meta.dirname, "evidence/browser"), "--base", "./", "--outDir", out, "--logLevel", "error"]);
  const server = createServer((request, response) => {
    const path = new URL(request.url!, "http://localhost").pathname;
    readFile(join(out, path === "/" ? "index.html" : path)).then(
      (bytes) => response.setHeader("content-type", path.endsWith(".js") ? "text/javascript" : "text/html").end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const browser = await launchBrowser();
  try {
    const found: Record<string, { firstMs: number; medianMs: number; signatures: number }> = {};
    for (const each of given) {
      // A page for each, so that none finds ready what another made ready.
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      const times: number[] = await page.evaluate(
        (one) => (globalThis as never as { timed: (g: Given, n: number) => number[] }).timed(one, 50),
        each,
      );
      await page.close();
      const sorted = times.toSorted((a, b) => a - b);
      const signatures = parseNote(parseProof(each.proof)!.checkpoint)!.signatures.length;
      found[each.suite] = { firstMs: round(times[0]!, 1), medianMs: round(sorted[25]!, 1), signatures };
      say(
        `${each.suite}: a proof with ${signatures} signatures verified in Chromium, the first in ${times[0]!.toFixed(1)} ms, then median ${sorted[25]!.toFixed(1)} ms`,
      );
    }
    return found;
  } finally {
    await browser.close();
    server.close();
  }
};

const putter = (out: string) => async (path: string, bytes: string | Uint8Array) => {
  await mkdir(dirname(join(out, path)), { recursive: true });
  await writeFile(join(out, path), bytes);
};

try {
  const batches = Array.from({ length: LEAVES / BATCH }, () => Array.from({ length: BATCH }, () => new Uint8Array(randomBytes(BYTES))));
  const entryAt = (position: number) => batches[Math.floor(position / BATCH)]![position % BATCH]!;
  const positions = [0, 1, 255, 256, 77_777];

  /**
   * Batch by batch into the log of each suite and, in the database of the first, into a table without a tree: in turns, so that whatever
   * else the machine does is shared by all three.
   */
  const appended = async (logs: Readonly<Record<Suite, Db>>) => {
    const times = { plain: [] as number[], international: [] as number[], national: [] as number[] };
    await sql`create table plain_entry (position bigint primary key, entry bytea not null)`.execute(logs.international);
    for (const [turn, batch] of batches.entries()) {
      const plain = () =>
        logs.international.transaction().execute((tx) =>
          sql`insert into plain_entry select ${turn * BATCH}::bigint + n, substring(${Buffer.concat(batch)}::bytea from n * ${BYTES}::int + 1 for ${BYTES}::int)
            from generate_series(0, ${BATCH - 1}::int) as n`.execute(tx),
        );
      times.plain.push(await seconds(plain));
      for (const suite of SUITES)
        times[suite].push(await seconds(() => logs[suite].transaction().execute((tx) => appendEntries(tx, batch))));
    }
    const perSecond = (kind: keyof typeof times) => Math.round(LEAVES / times[kind].reduce((sum, each) => sum + each, 0));
    const median = (kind: keyof typeof times) => times[kind].toSorted((one, other) => one - other)[Math.floor(batches.length / 2)]!;
    const found = {
      plainPerSecond: perSecond("plain"),
      leavesPerSecond: { international: perSecond("international"), national: perSecond("national") },
      /** Of the median batches: a batch that had to wait for others weighs no more than one that had not. */
      medianBatchPerSecond: {
        international: Math.round(BATCH / median("international")),
        national: Math.round(BATCH / median("national")),
      },
      plainToLog: round(median("international") / median("plain"), 2),
      plainToNationalLog: round(median("national") / median("plain"), 2),
    };
    say(
      `appended durably, ${BATCH} of ${BYTES} bytes a transaction: ${SUITES.map((suite) => `${suite} ${found.leavesPerSecond[suite]} leaves a second (median batch ${found.medianBatchPerSecond[suite]})`).join(", ")}; plain inserts of the same ${found.plainPerSecond}`,
    );
    return found;
  };

  const ofSuite = async (suite: Suite, db: Db) => {
    const signers = await logSigners(join(folder, "keys"), ORIGIN, suite);
    const single = await spread(200, () => db.transaction().execute((tx) => appendEntries(tx, [new Uint8Array(randomBytes(BYTES))])));
    const signing = await seconds(() => signCheckpoint(db, signers, new Date()));
    const checkpoint = await signCheckpoint(db, signers, new Date());
    say(`${suite}: one leaf a transaction ${single.median.toFixed(2)} ms, a checkpoint signed ${(signing * 1000).toFixed(1)} ms`);
    const proof = await proofs(db, hashes[suite], checkpoint);
    for (const position of positions) {
      const leaf = leafHash(hashes[suite], entryAt(position));
      if (!verifyProof(hashes[suite], await proofOf(db, position, checkpoint), leaf, policyOf(signers), verify).ok)
        throw new Error(`the proof of leaf ${position} does not hold`);
    }
    const witness = await witnessSigners(join(folder, "witness"), "bank.example/witness", suite);
    const { hashes: path } = parseProof(await proofOf(db, 7, checkpoint))!;
    const note = parseNote(checkpoint.signed)!;
    const cosigned = formatNote({
      ...note,
      signatures: [...note.signatures, ...witness.map((each) => each.sign(note.text, 1_767_571_200))],
    });
    const given: Given = {
      suite,
      policy: [
        ...signers.map((each) => `log ${formatVerifierKey(each.key)}`),
        ...witness.map((each, i) => `witness w${i} ${formatVerifierKey(each.key)}`),
        "quorum w0",
      ].join("\n"),
      entry: [...entryAt(7)],
      proof: formatProof({ extra: null, index: 7, hashes: path, checkpoint: cosigned }),
    };

    const text = formatCheckpoint({ origin: ORIGIN, size: 1, root: new Uint8Array(HASH_BYTES), extensions: [] });
    const signOnce = await spread(100, () => signers.map((each) => each.sign(text, 1)));
    const trustOnce = await spread(100, () => trustCheckpoint(checkpoint.signed, policyOf(signers), verify));
    say(`${suite}: signatures of a checkpoint made in ${signOnce.median.toFixed(2)} ms, verified in ${trustOnce.median.toFixed(2)} ms`);

    const out = join(folder, `judge-${suite}`);
    const put = putter(out);
    await put("vkey", formatVerifierKey(signers[0]!.key));
    await put(suite === "international" ? "log/checkpoint" : "checkpoint", checkpoint.signed);
    for (const tile of tilesOf(checkpoint.size)) {
      if (suite === "international") await put(`log/${tilePath(tile)}`, (await readTile(db, tile))!);
      if (tile.level !== 0) continue;
      const bundle = (await readTile(db, { ...tile, level: "entries" }))!;
      if (suite === "international") await put(`log/${tilePath({ ...tile, level: "entries" })}`, bundle);
      else await put(`entries/${String(tile.index).padStart(6, "0")}`, bundle);
    }
    for (const position of positions) await put(`proofs/${position}`, await proofOf(db, position, checkpoint));
    const judged =
      suite === "international"
        ? await judge("torchwood v0.9.0", "judge.go", ["filippo.io/torchwood@v0.9.0"], out)
        : await judge("gmsm v0.15.5", "national.go", ["github.com/emmansun/gmsm/sm2@v0.15.5", "github.com/emmansun/gmsm/sm3@v0.15.5"], out);

    const checking = await seconds(async () => {
      const { faults } = await checkLog(db, signers);
      if (faults.length > 0) throw new Error(JSON.stringify(faults));
    });
    say(`${suite}: the whole log checked, ${Math.round(LEAVES / checking)} leaves a second`);
    return {
      figures: {
        oneLeafMs: round(single.median, 2),
        checkpointMs: round(signing * 1000, 1),
        signaturesMadeMs: round(signOnce.median, 3),
        signaturesVerifiedMs: round(trustOnce.median, 3),
        proof,
        judged,
        checkedPerSecond: Math.round(LEAVES / checking),
      },
      given,
    };
  };
  const { appends, suites } = await withDatabase("international", (international) =>
    withDatabase("national", async (national) => {
      await openLog(national, "national");
      const appends = await appended({ international, national });
      return {
        appends,
        suites: { international: await ofSuite("international", international), national: await ofSuite("national", national) },
      };
    }),
  );
  const browser = await inBrowser([suites.international.given, suites.national.given]);

  /**
   * Tiles of a log of `size` leaves, put into evidence_tile past the log: proofs read nothing else. Its full tiles of level 0 are so
   * many places of 4,096 random ones, for each tile's root is worked out here; the database keeps each place in full.
   */
  const filled = (size: number) =>
    withDatabase(`filled_${size}`, async (db) => {
      const hash = hashes.international;
      const kinds = 4096;
      const tiles = Math.floor(size / TILE_WIDTH);
      const loading = await seconds(async () => {
        await sql`create table kind (id int primary key, hashes bytea not null)`.execute(db);
        await sql`alter table kind alter column hashes set storage external`.execute(db);
        const roots: Uint8Array[] = [];
        for (let id = 0; id < kinds; id++) {
          const bytes = randomBytes(TILE_WIDTH * HASH_BYTES);
          roots.push(raiseTile(hash, bytes)[8]!);
          await sql`insert into kind values (${id}, ${bytes})`.execute(db);
        }
        for (let from = 0; from < tiles; from += 20_000)
          await sql`insert into evidence_tile (level, place, hashes)
            select 0, n, k.hashes from generate_series(${from}::bigint, ${Math.min(tiles, from + 20_000) - 1}::bigint) n
            join kind k on k.id = (n * 7919) % ${kinds}::int`.execute(db);
        let level = 0;
        let above = Array.from({ length: tiles }, (_, n) => roots[(n * 7919) % kinds]!);
        const rest = randomBytes((size % TILE_WIDTH) * HASH_BYTES);
        if (rest.length > 0) await db.insertInto("evidence_tile").values({ level, place: tiles, hashes: rest }).execute();
        while (above.length > 0) {
          level++;
          const next: Uint8Array[] = [];
          for (let place = 0; place * TILE_WIDTH < above.length; place++) {
            const bytes = Buffer.concat(above.slice(place * TILE_WIDTH, (place + 1) * TILE_WIDTH));
            await db.insertInto("evidence_tile").values({ level, place, hashes: bytes }).execute();
            if (bytes.length === TILE_WIDTH * HASH_BYTES) next.push(raiseTile(hash, bytes)[8]!);
          }
          above = next;
        }
        // The head last, as an append would leave it: its root from the right edge.
        const edge = new Map<string, Uint8Array>();
        for (const tile of tilesOf(size).filter(({ level: at, width }) => at !== 0 || width < TILE_WIDTH)) {
          const row = await db
            .selectFrom("evidence_tile")
            .select("hashes")
            .where("level", "=", tile.level as number)
            .where("place", "=", tile.index)
            .executeTakeFirstOrThrow();
          edge.set(tilePath(tile), row.hashes);
        }
        const root = rootOf(
          hash,
          subtreeFromTiles(hash, size, (tile) => edge.get(tilePath(tile))!),
          size,
        );
        await db
          .updateTable("evidence_head")
          .set({ size, root: Buffer.from(root) })
          .execute();
      });
      say(`tiles of ${size} leaves put into the database in ${Math.round(loading)} s`);
      const signers = await logSigners(join(folder, "keys"), ORIGIN);
      return proofs(db, hash, await signCheckpoint(db, signers, new Date()));
    });
  const large = values.large ? [await filled(10_000_000), await filled(100_000_000)] : [];

  process.stdout.write(
    `${JSON.stringify({
      bench: "evidence",
      figures: {
        cpu: cpus()[0]?.model ?? "unknown",
        threads: cpus().length,
        // Work of others on the machine: above the number of threads, times hold something of it.
        load: [round(loadBefore, 1), round(loadavg()[0]!, 1)],
        leaves: LEAVES,
        entryBytes: BYTES,
        batch: BATCH,
        plainPerSecond: appends.plainPerSecond,
        leavesPerSecond: appends.leavesPerSecond,
        medianBatchPerSecond: appends.medianBatchPerSecond,
        international: suites.international.figures,
        national: suites.national.figures,
        verifiedInBrowser: browser,
        ...(large.length > 0 ? { proofsOfFilledTiles: large } : {}),
      },
      ratios: {
        plainToLog: appends.plainToLog,
        plainToNationalLog: appends.plainToNationalLog,
        proofToTileRead: round(suites.international.figures.proof.medianMs / suites.international.figures.proof.tileReadMs, 2),
      },
    })}\n`,
  );
} finally {
  await platform.close();
  await rm(folder, { recursive: true, force: true });
}

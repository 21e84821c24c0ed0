/**
 * `npm run -s bench:decision -- --only http [--quick]`: the demonstration region with its products behind the server, asked over HTTP by
 * another process: matches of an enterprise with all products and every reason, and applications that are decided, kept and logged. First as
 * many as are answered, then at half of that rate, where p99 counts. The last line is JSON.
 */
import { fork } from "node:child_process";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { API_PREFIX } from "@zhiwei/api/index";
import { readConfig } from "../../server/src/config.ts";
import { startServer } from "../../server/src/main.ts";
import { platformOf } from "../../server/src/system/state.ts";
import type { Found, Load } from "./load.ts";

const say = (line: string) => void process.stderr.write(`${line}\n`);

/** Fields of a process from its state on (proc(5)); none where it has ended. */
const statOf = async (pid: string): Promise<string[]> => {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
};
/** Processor seconds of PostgreSQL since its start, over all its processes, ended ones too. Linux counts a hundredth as one. */
const postgresSeconds = async (main: string): Promise<number> => {
  let ticks = 0;
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const fields = await statOf(pid);
    if (pid === main) ticks += Number(fields[11]) + Number(fields[12]) + Number(fields[13]) + Number(fields[14]);
    else if (fields[1] === main) ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks / 100;
};

export const benchHttp = async (quick: boolean): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), "zhiwei-bench-"));
  const running = await startServer(readConfig({ ZHIWEI_DATA: folder, PORT: "0" }), { demo: true, console: false, onProgress: () => {} });
  const generator = fork(join(import.meta.dirname, "load.ts"), { stdio: "inherit", execArgv: [] });
  try {
    await running.ready;
    const { db } = platformOf(running.system);
    const enterprises = (await db.selectFrom("enterprise").select("id").orderBy("id").execute()).map(({ id }) => id);
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db);
    const postmaster = (await statOf(String(rows[0]!.pid)))[1]!;
    const { products } = await db
      .selectFrom("product_version")
      .select((of) => of.fn.countAll<number>().as("products"))
      .where("state", "=", "published")
      .executeTakeFirstOrThrow();
    say(`${enterprises.length} enterprises, ${products} products, load ${loadavg()[0]!.toFixed(1)} on ${cpus().length} cores`);
    const url = running.url.replace("localhost", "127.0.0.1");
    const request = { "request.amountFen": 50_000_000, "request.termMonths": 12, "request.taxGrade": "B", "request.purpose": "working" };
    const ask = (requests: Load["requests"], seconds: number, rate: number | null): Promise<Found> => {
      const load: Load = { url, headers: {}, requests, connections: rate === null ? 8 : 64, seconds, rate };
      const found = new Promise<Found>((done, fail) => {
        generator.removeAllListeners();
        generator.once("message", (message) => done(message as Found));
        generator.once("exit", (status) => fail(new Error(`the other end ended with ${status}`)));
      });
      generator.send(load);
      return found;
    };
    // Each profile is made at its first read; that is bench:profile's to time.
    const started = performance.now();
    const matches = enterprises.map((id) => ({ path: `${API_PREFIX}/enterprises/${id}/matches`, body: JSON.stringify({ request }) }));
    for (const { path, body } of matches) {
      const reply = await fetch(`${url}${path}`, { method: "POST", headers: { "content-type": "application/json" }, body });
      if (!reply.ok) throw new Error(`${path}: ${reply.status}`);
      await reply.arrayBuffer();
    }
    const firstReadsMs = Number(((performance.now() - started) / enterprises.length).toFixed(1));
    say(`first match of each: ${firstReadsMs} ms`);
    /** Transactions that PostgreSQL has counted; a statement by itself is one. */
    const transactions = async (): Promise<number> => {
      const { rows } = await sql<{ n: number }>`select xact_commit as n from pg_stat_database where datname = current_database()`.execute(
        db,
      );
      return rows[0]!.n;
    };
    const measured = async (name: string, requests: Load["requests"]) => {
      const seconds = quick ? 4 : 10;
      await ask(requests, Math.max(3, seconds / 3), null); // until everything is compiled and remembered
      const load = loadavg()[0]!;
      const before = process.cpuUsage();
      const beforePg = await postgresSeconds(postmaster);
      const beforeTx = await transactions();
      const most = await ask(requests, seconds, null);
      const asked = (await transactions()) - beforeTx;
      const used = process.cpuUsage(before);
      const node = (used.user + used.system) / 1e6;
      const postgres = (await postgresSeconds(postmaster)) - beforePg;
      const perSecond = most.answered / most.seconds;
      const half = await ask(requests, seconds, perSecond / 2);
      if (most.refused + half.refused > 0) say(`${name}: ${most.refused + half.refused} refused`);
      const figures = {
        answered: most.answered,
        refused: most.refused + half.refused,
        kilobytes: Math.round(most.bytes / most.answered / 1000),
        transactionsEach: Math.round(asked / most.answered),
        perSecond: Math.round(perSecond),
        perCoreOfServer: Math.round(most.answered / node),
        perCoreWithPostgres: Math.round(most.answered / (node + postgres)),
        p50: most.p50,
        p99: most.p99,
        atHalf: { perSecond: Math.round(half.answered / half.seconds), p50: half.p50, p95: half.p95, p99: half.p99 },
        load: Number(load.toFixed(1)),
      };
      say(`${name}: ${JSON.stringify(figures)}`);
      return figures;
    };
    const matched = await measured("match", matches);
    // A product that is offered now, of the lender to whom most have consented for an application; KEY is another one each time.
    const { rows: consented } = await sql<{ enterprise: string; product: string }>`
      with lender as (
        select recipient from consent where withdrawn_at is null and until_at > now() and 'loan-application' = any (purposes)
          and exists (select from decision_policy where provider = recipient and state = 'in-force')
          and exists (select from product_version where provider = recipient and state = 'published')
        group by recipient order by count(*) desc limit 1)
      select distinct consent.enterprise_id as enterprise,
        (select min(product_id) from product_version where provider = consent.recipient and state = 'published') as product
      from consent join lender using (recipient)
      where withdrawn_at is null and until_at > now() and 'loan-application' = any (purposes) and 'profile' = any (classes)`.execute(db);
    say(`${consented.length} enterprises apply for ${consented[0]?.product}`);
    const applied = await measured(
      "apply",
      consented.map(({ enterprise, product }) => ({
        path: `${API_PREFIX}/applications`,
        body: JSON.stringify({ enterprise, product, key: "KEY", request }),
      })),
    );
    say(`machine: ${cpus().length} × ${cpus()[0]!.model}, Node ${process.version}`);
    console.log(
      JSON.stringify({
        bench: "decision-http",
        figures: { enterprises: enterprises.length, products, firstReadsMs, match: matched, apply: applied },
        ratios: {},
      }),
    );
  } finally {
    generator.removeAllListeners().kill();
    await running.stop();
    await rm(folder, { recursive: true, force: true });
  }
};

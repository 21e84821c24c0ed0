/**
 * The part of `bench:decision` over HTTP: the demonstration region with its products behind the server, asked over HTTP by
 * another process with a bank's key: matches of an enterprise with all products and every reason, each read on the enterprise's consent and
 * traced, and applications that are decided, kept and logged. Each request is for another amount, term and purpose. First as many as are
 * answered, then at half of that rate and at 500 a second, where p99 counts.
 */
import { fork } from "node:child_process";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { API_PREFIX } from "@zhiwei/api/index";
import { addAccount } from "../../server/src/access/accounts.ts";
import { openAccess } from "../../server/src/access/actor-of.ts";
import { addKey } from "../../server/src/access/keys.ts";
import { readConfig } from "../../server/src/config.ts";
import { startServer } from "../../server/src/main.ts";
import { platformOf } from "../../server/src/system/state.ts";
import type { Found, Load } from "./load.ts";
import { random } from "./random.ts";

/** The bank that the demonstration's enterprises consented to. */
const LENDER = "demo-bank-a";

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

const paced = ({ answered, seconds, p50, p95, p99 }: Found) => ({ perSecond: Math.round(answered / seconds), p50, p95, p99 });

export const benchHttp = async (quick: boolean) => {
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
    const auth = await openAccess(running.system).auth();
    const account = { email: "operator@example.cn", party: "operator", post: "operator", password: "a password for a bench" };
    const keyOf = async ({ id }: { readonly id: string }) => ({ "x-api-key": (await addKey(db, auth, id, "bench", 1)).secret });
    const operator = await keyOf(await addAccount(db, account));
    const bank = await keyOf(await addAccount(db, { ...account, email: "bank@example.cn", party: LENDER, post: "machine" }));
    const next = random(7);
    const whole = (from: number, to: number) => from + Math.floor(next() * (to - from + 1));
    const wish = () => ({
      "request.amountFen": whole(5, 300) * 1_000_000,
      "request.termMonths": whole(3, 36),
      "request.taxGrade": ["A", "B", "M"][whole(0, 2)],
      "request.purpose": ["working", "order", "equipment", "research"][whole(0, 3)],
    });
    const ask = (headers: Load["headers"], requests: Load["requests"], seconds: number, rate: number | null): Promise<Found> => {
      const load: Load = { url, headers, requests, connections: rate === null ? 24 : 64, seconds, rate };
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
    const match = (of: string, form = "") => ({
      path: `${API_PREFIX}/enterprises/${of}/matches${form}`,
      body: JSON.stringify({ request: wish() }),
    });
    for (const { path, body } of enterprises.map((each) => match(each))) {
      const reply = await fetch(`${url}${path}`, { method: "POST", headers: { ...bank, "content-type": "application/json" }, body });
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
    const measured = async (name: string, headers: Load["headers"], requests: Load["requests"]) => {
      const seconds = quick ? 4 : 10;
      await ask(headers, requests, Math.max(3, seconds / 3), null); // until everything is compiled and remembered
      const load = loadavg()[0]!;
      const before = process.cpuUsage();
      const beforePg = await postgresSeconds(postmaster);
      const beforeTx = await transactions();
      const most = await ask(headers, requests, seconds, null);
      const asked = (await transactions()) - beforeTx;
      const used = process.cpuUsage(before);
      const node = (used.user + used.system) / 1e6;
      const postgres = (await postgresSeconds(postmaster)) - beforePg;
      const perSecond = most.answered / most.seconds;
      const half = await ask(headers, requests, seconds, perSecond / 2);
      // Long enough that what the server does once a minute falls into it.
      const at500 = await ask(headers, requests, quick ? seconds : 75, 500);
      const refused = most.refused + half.refused + at500.refused;
      if (refused > 0) say(`${name}: ${refused} refused`);
      const figures = {
        answered: most.answered,
        refused,
        kilobytes: Math.round(most.bytes / most.answered / 1000),
        transactionsEach: Number((asked / most.answered).toFixed(2)),
        perSecond: Math.round(perSecond),
        perCoreOfServer: Math.round(most.answered / node),
        perCoreWithPostgres: Math.round(most.answered / (node + postgres)),
        p50: most.p50,
        p99: most.p99,
        atHalf: paced(half),
        at500: paced(at500),
        load: Number(load.toFixed(1)),
      };
      say(`${name}: ${JSON.stringify(figures)}`);
      return figures;
    };
    const anyOf = <T>(list: readonly T[]): T => list[whole(0, list.length - 1)]!;
    const many = (form: string) => Array.from({ length: 20_000 }, () => match(anyOf(enterprises), form));
    const matched = await measured("match", bank, many("/brief"));
    const inFull = await measured("match in full", bank, many(""));
    // A product of the bank that is offered now; KEY is another one each time.
    const { rows: consented } = await sql<{ enterprise: string; product: string }>`
      select distinct consent.enterprise_id as enterprise,
        (select min(product_id) from product_version where provider = consent.recipient and state = 'published') as product
      from consent
      where recipient = ${LENDER} and withdrawn_at is null and until_at > now() and 'loan-application' = any (purposes) and 'profile' = any (classes)`.execute(
      db,
    );
    say(`${consented.length} enterprises apply for ${consented[0]?.product}`);
    const applied = await measured(
      "apply",
      operator,
      Array.from({ length: 5000 }, () => ({
        path: `${API_PREFIX}/applications`,
        body: JSON.stringify({ ...anyOf(consented), key: "KEY", request: wish() }),
      })),
    );
    say(`machine: ${cpus().length} × ${cpus()[0]!.model}, Node ${process.version}`);
    return { enterprises: enterprises.length, products, firstReadsMs, match: matched, inFull, apply: applied };
  } finally {
    generator.removeAllListeners().kill();
    await running.stop();
    await rm(folder, { recursive: true, force: true });
  }
};

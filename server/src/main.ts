import { type Server, createServer } from "node:http";
import type { FastifyInstance } from "fastify";
import { problem, type Text } from "@zhiwei/core/basics";
import { loadConsents } from "../../demo/consents.ts";
import { DEMONSTRATION, loadDemo } from "../../demo/load.ts";
import { DEMO_APPROVAL, DEMO_MODEL } from "../../demo/scorecard.ts";
import { anyAccount, isLocal } from "./access/actor-of.ts";
import { adoptDemonstrationPolicies } from "./decision/demonstration.ts";
import { expireOffers } from "./decision/store.ts";
import { publishDemonstrationProducts } from "./product/demonstration.ts";
import { addDemonstrationParties } from "./access/parties.ts";
import type { Chain } from "./chain/index.ts";
import { declareChain } from "./chain/outbox.ts";
import type { ChainConfig, Config } from "./config.ts";
import { compactRevisions } from "./db/revision.ts";
import { type Deliverer, startDelivery } from "./events/deliver.ts";
import { forgetEvents } from "./events/store.ts";
import { type Publisher, startPublisher } from "./evidence/publish.ts";
import { evidenceOf } from "./evidence/routes.ts";
import { buildApp } from "./http/app.ts";
import { buildConsole } from "./http/build-console.ts";
import { describeError, log } from "./http/log.ts";
import { Refusal, problemOf } from "./http/refusal.ts";
import { openJobs } from "./jobs/index.ts";
import { performImport } from "./jobs/perform.ts";
import { sweep } from "./jobs/sweep.ts";
import { type Platform, openPlatform, requireDataFolder } from "./platform.ts";
import { expireDue, settleClaim } from "./pledge/index.ts";
import { actOn, listModels } from "./scorecard/registry.ts";
import { refreshScores } from "./scorecard/score.ts";
import { markInterrupted, stopTrainings, train } from "./scorecard/training.ts";
import { readNote, writeNote } from "./system/notes.ts";
import { catchUp, markStale } from "./system/refresh.ts";
import { type Progress, type System, newSystem } from "./system/state.ts";

export type ServeOptions = {
  /** Load the demonstration region where nothing was ever imported. */
  readonly demo: boolean;
  /** Build the console where it is missing or older than its sources. */
  readonly console: boolean;
  /** Hears of every step, for the person at the terminal. */
  readonly onProgress: (progress: Progress) => void;
};

/** A server that answers. It may still be loading: `ready` tells when not, and rejects where it could not start. */
export type Running = {
  readonly url: string;
  readonly system: System;
  readonly ready: Promise<void>;
  /** Stops in the order of use: HTTP, jobs, DuckDB, and PostgreSQL last. Safe to call more than once. */
  stop(): Promise<void>;
};

/** How long a running import may take to end when the server is stopped; after that it starts anew at the next start. */
const GRACE_SECONDS = 10;
const NO_ACCOUNT =
  "还没有账号，本机以外无人能登录。请执行：zhiwei account add --party operator --email 邮箱 --post 岗位 " +
  "There is no account, and nobody can sign in. Run: zhiwei account add --party operator --email ADDRESS --post POST";
const SWEEP_EVERY_MS = 3600 * 1000;

/** Starts the whole server. It answers, with its state, before the database is up. Throws a Refusal where it cannot listen. */
export const startServer = async (config: Config, options: ServeOptions): Promise<Running> => {
  await requireDataFolder(config);
  const system = newSystem(config);
  const app = buildApp(system);
  const { url, also } = await listen(app, config);
  system.url = config.publicUrl ?? url;
  const console_ = options.console ? buildConsole() : null;

  const progress = (phase: Text, done = 0, total = 0) => {
    system.progress = { phase, done, total };
    options.onProgress(system.progress);
  };
  const opened: { platform: Platform | null; timer: NodeJS.Timeout | null; publisher: Publisher | null; deliverer: Deliverer | null } = {
    platform: null,
    timer: null,
    publisher: null,
    deliverer: null,
  };
  let stopped: Promise<void> | null = null;
  const ready = (async () => {
    try {
      progress({ zh: "正在启动数据库", en: "Starting the database" });
      const platform = await openPlatform(config);
      opened.platform = platform;
      const jobs = await openJobs(platform, (id, signal) => performImport(platform, id, signal));
      if (config.chain) system.chain = await startChain(platform, config.chain);
      else await declareChain(platform.db, false);
      system.running = { platform, jobs };
      await markInterrupted(platform.db);
      await loadRegion(platform, system, options.demo, progress);
      if (!isLocal(config) && !(await anyAccount(platform.db))) log(NO_ACCOUNT);
      system.state = "ready";
      system.progress = null;
      const clean = () => {
        void sweep(platform).catch((error: unknown) => log(`sweep: ${describeError(error)}`));
        const registry = { db: platform.db, chain: system.pledgeChain };
        void expireOffers(platform.db, new Date()).catch((error: unknown) => log(`applications: ${describeError(error)}`));
        void forgetEvents(platform.db, new Date()).catch((error: unknown) => log(`events: ${describeError(error)}`));
        void compactRevisions(platform.db).catch((error: unknown) => log(`revisions: ${describeError(error)}`));
        void expireDue(registry, new Date()).catch((error: unknown) => log(`pledges: ${describeError(error)}`));
      };
      clean();
      opened.timer = setInterval(clean, SWEEP_EVERY_MS).unref();
      opened.deliverer = await startDelivery(platform, () => system.url);
      opened.publisher = startPublisher(platform, await evidenceOf(system));
    } catch (error) {
      if (stopped) return; // what breaks because we are stopping is no failure
      system.state = "failed";
      system.progress = null;
      system.problem = problemOf(error)?.text ?? {
        zh: "启动时出错，原因见服务日志。",
        en: "Starting failed; the server's log has the reason.",
      };
      throw error;
    }
  })();
  ready.catch(() => {}); // its caller looks at it; a server that is stopped first must not end the process

  return {
    url,
    system,
    ready,
    stop: () =>
      (stopped ??= (async () => {
        if (opened.timer) clearInterval(opened.timer);
        console_?.stop();
        also?.close();
        also?.closeAllConnections();
        await app.close();
        await opened.deliverer?.stop();
        await opened.publisher?.stop();
        await system.chain?.stop();
        await system.running?.jobs.stop(GRACE_SECONDS);
        if (opened.platform) await stopTrainings(opened.platform);
        await system.background;
        await opened.platform?.close();
      })()),
  };
};

/** The consortium chain is read only where one is configured, and then tells the pledge registry what became of its claims. */
const startChain = async (platform: Platform, config: ChainConfig): Promise<Chain> => {
  const { openChain } = await import("./chain/index.ts");
  const chain = await openChain(platform, config, {
    settled: async (tx, claim, outcome) => void (await settleClaim(tx, claim, outcome, new Date())),
  });
  chain.start();
  return chain;
};

/** Loads the demonstration region into a platform that never held anything, and computes what is not yet computed. */
const loadRegion = async (
  platform: Platform,
  system: System,
  demo: boolean,
  progress: (phase: Text, done?: number, total?: number) => void,
): Promise<void> => {
  const { db } = platform;
  let note = await readNote(db, "demonstration");
  if (!note && demo && !(await db.selectFrom("import_batch").select("id").limit(1).executeTakeFirst())) {
    await markStale(platform);
    note = { state: "loading" };
    await writeNote(db, "demonstration", note);
  }
  if (note) {
    await addDemonstrationParties(db);
    system.demonstration = DEMONSTRATION;
  }
  if (note?.state === "loading") {
    await loadDemo(platform, ({ phase, done, total }) => progress(phase, done, total));
    await writeNote(db, "demonstration", { state: "loaded" });
  }
  if (note) await loadConsents(db);
  await catchUp(platform, ({ phase, done, total }) => progress(phase, done, total));
  if (note && (await listModels(db)).length === 0) await loadModel(platform, progress);
  if (note) {
    await publishDemonstrationProducts(db);
    await adoptDemonstrationPolicies(db);
  }
};

/** The demonstration region comes with a model in use; that nobody real approved it stands on its card. */
const loadModel = async (platform: Platform, progress: (phase: Text) => void): Promise<void> => {
  progress({ zh: "正在训练示范评分卡", en: "Training the demonstration scorecard" });
  const { db } = platform;
  const { id, sha256 } = await train(platform, { ...DEMO_MODEL, sample: "platform" } as unknown as Parameters<typeof train>[1]);
  await actOn(db, id, { action: "submit", by: DEMO_MODEL.by });
  await actOn(db, id, { action: "approve", ...DEMO_APPROVAL, sha256 });
  await actOn(db, id, { action: "deploy", ...DEMO_APPROVAL });
  await refreshScores(platform);
};

/**
 * Listens on the address of the settings. For this machine alone that is both 127.0.0.1 and ::1, since either may be
 * what `localhost` means to a browser.
 */
const listen = async (app: FastifyInstance, config: Config): Promise<{ url: string; also: Server | null }> => {
  const address = await app.listen({ host: config.host, port: config.port }).catch((error: unknown) => {
    throw cannotListen(config, error);
  });
  const port = Number(new URL(address).port);
  if (config.host !== "127.0.0.1") return { url: address, also: null };
  const also = createServer((request, response) => app.routing(request, response));
  try {
    await new Promise<void>((done, fail) => {
      also.once("error", fail);
      also.listen({ host: "::1", port, ipv6Only: true }, done);
    });
    return { url: `http://localhost:${port}`, also };
  } catch (error) {
    // A machine without IPv6 has no ::1. One where another program has the port there would show that program instead.
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") return { url: `http://localhost:${port}`, also: null };
    await app.close();
    throw cannotListen(config, error);
  }
};

const cannotListen = (config: Config, cause: unknown): Refusal => {
  const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
  const { host, port } = config;
  return new Refusal(
    500,
    code === "EADDRINUSE"
      ? problem(
          "port-in-use",
          `端口 ${port} 已被另一个程序占用。`,
          `Port ${port} is in use by another program.`,
          `请先关闭那个程序，或换一个端口：PORT=${port + 1} npm start`,
          `Close that program, or take another port: PORT=${port + 1} npm start`,
        )
      : problem(
          "cannot-listen",
          `无法在 ${host}:${port} 上监听（${code}）。`,
          `It is not possible to listen on ${host}:${port} (${code}).`,
          "请检查环境变量 HOST 与 PORT；1024 以下的端口需要特权。",
          "Check the environment variables HOST and PORT; ports below 1024 need privileges.",
        ),
    { cause },
  );
};

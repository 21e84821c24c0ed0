import type { Text } from "@zhiwei/core/basics";
import type { Chain } from "../chain/index.ts";
import { pledgeChain } from "../chain/outbox.ts";
import type { Config } from "../config.ts";
import { describeError, log } from "../http/log.ts";
import { Refusal } from "../http/refusal.ts";
import type { Jobs } from "../jobs/index.ts";
import type { Platform } from "../platform.ts";
import type { PledgeChain } from "../pledge/index.ts";

export type Progress = { readonly phase: Text; readonly done: number; readonly total: number };

/** The running server as its routes see it: it answers before its database is up, and says how far it is. */
export type System = {
  readonly config: Config;
  /** Address under which the platform is known; set as soon as it listens. */
  url: string;
  state: "loading" | "ready" | "failed";
  progress: Progress | null;
  problem: Text | null;
  demonstration: Text | null;
  /** What still runs after its request was answered, one after the other; stopping waits for it. */
  background: Promise<void>;
  readonly pledgeChain: PledgeChain;
  /** The consortium chain; null where none is configured. */
  chain: Chain | null;
  /** Set as soon as the database is up and the work queue runs. */
  running: { readonly platform: Platform; readonly jobs: Jobs } | null;
};

export const newSystem = (config: Config): System => ({
  config,
  url: config.publicUrl ?? "",
  state: "loading",
  progress: { phase: { zh: "正在启动", en: "Starting" }, done: 0, total: 0 },
  problem: null,
  demonstration: null,
  background: Promise.resolve(),
  pledgeChain: pledgeChain(config.chain),
  chain: null,
  running: null,
});

/** Does `work` after the answer, and after what was put off before it. Failures are logged. */
export const putOff = (system: System, what: string, work: () => Promise<void>): void => {
  system.background = system.background.then(work).catch((error: unknown) => log(`${what}: ${describeError(error)}`));
};

/** The opened platform, or a refusal that asks to come again in a moment. */
export const platformOf = (system: System): Platform => runningOf(system).platform;
export const jobsOf = (system: System): Jobs => runningOf(system).jobs;

const runningOf = (system: System) => {
  if (system.running) return system.running;
  const failed = system.state === "failed";
  throw new Refusal(503, {
    code: failed ? "not-started" : "starting",
    text: failed ? { zh: "服务未能启动。", en: "The server could not start." } : { zh: "服务正在启动。", en: "The server is starting." },
    remedy: failed
      ? { zh: "请查看服务日志中的原因。", en: "Look for the reason in the server's log." }
      : { zh: "请稍候片刻再试。", en: "Try again in a moment." },
  });
};

/**
 * The consortium chain 联盟链: what several institutions that run platforms of their own have to agree on, which is who was first to
 * pledge a thing and what each one's evidence log said when. The platform works on without it; the chain catches up.
 */
import pg from "pg";
import type { PrivateKeyAccount } from "viem/accounts";
import { type Problem, problem } from "@zhiwei/core/basics";
import type { ChainConfig } from "../config.ts";
import type { Db } from "../db/index.ts";
import { describeError, log } from "../http/log.ts";
import { follow } from "./follow.ts";
import { readAccount } from "./key.ts";
import { NoContract, type Node, connect, isUnreachable, said, seatOf } from "./node.ts";
import { CHANNEL } from "./outbox.ts";
import { send } from "./send.ts";
import { type Handlers, settle } from "./settle.ts";

export { chainActive, queueCheckpoint, queueClaim, queueRelease } from "./outbox.ts";
export type { Handlers, Outcome } from "./settle.ts";

/** How the work stands, from the worker's own memory; everything else is in the database. */
export type ChainWork = {
  readonly address: string;
  readonly state: "starting" | "following" | "elsewhere" | "unreachable" | "refused";
  readonly problem: Problem | null;
  /** Height of the chain at the last look. */
  readonly head: number | null;
};

export type Chain = {
  readonly config: ChainConfig;
  work(): ChainWork;
  /** One pass: reads what is new, settles, sends. Throws nothing: what went wrong stands in `work`. */
  advance(): Promise<void>;
  /** Works from now on: at each new item of the outbox, and as often as the settings say. */
  start(): void;
  stop(): Promise<void>;
};

/** Key of the lock that lets one process of a database be the one that sends. */
const LOCK = 4756;
const LONGEST_WAIT_MS = 30_000;

const PROBLEMS = {
  unreachable: problem(
    "chain-unreachable",
    "联盟链节点没有应答；上链事项照常排队，恢复后自动补上。",
    "The chain's node does not answer; what is to go onto the chain is queued, and goes when it is back.",
    "请检查节点与环境变量 ZHIWEI_CHAIN_URL。",
    "Check the node and the environment variable ZHIWEI_CHAIN_URL.",
  ),
  contract: problem(
    "chain-no-contract",
    "设置的地址上没有联盟合约。",
    "There is no consortium contract at the address of the settings.",
    "请核对环境变量 ZHIWEI_CHAIN_CONTRACT；部署用 zhiwei chain deploy。",
    "Check the environment variable ZHIWEI_CHAIN_CONTRACT; to deploy one, zhiwei chain deploy.",
  ),
  member: problem(
    "chain-not-member",
    "本机构还不是联盟成员；上链事项照常排队。",
    "This institution is no member of the consortium yet; what is to go onto the chain is queued.",
    "请把地址交给现有成员，由过半成员运行 zhiwei chain admit 同意。",
    "Give its address to the members; more than half of them have to run zhiwei chain admit.",
  ),
  other: problem(
    "chain-changed",
    "本库一直跟随的是另一条链或另一份合约。",
    "This database has followed another chain or another contract.",
    "请改回原来的 ZHIWEI_CHAIN_URL 与 ZHIWEI_CHAIN_CONTRACT；在一份合约上的登记不会出现在另一份上。",
    "Set ZHIWEI_CHAIN_URL and ZHIWEI_CHAIN_CONTRACT as they were; what is registered in one contract is not in another.",
  ),
} as const;
const unexpected = (text: string): Problem =>
  problem(
    "chain-refused",
    `节点拒绝了请求：${text}`,
    `The node refused a request: ${text}`,
    "稍后自动重试；若持续出现，请检查节点版本与设置。",
    "It is tried again; should it go on, check the node's version and settings.",
  );

/** Remembers whether this start of the platform has a chain. Called once at each start, before anything is queued. */
export const declareChain = async (db: Db, configured: boolean): Promise<void> => {
  if (!configured) {
    await db.updateTable("chain_link").set({ active: false }).execute();
    return;
  }
  await db
    .insertInto("chain_link")
    .values({ active: true, chain_id: 0, contract: "", height: -1 })
    .onConflict((conflict) => conflict.column("one").doUpdateSet({ active: true }))
    .execute();
  // Whatever was handed to a node before this start may have been lost since.
  await db.updateTable("chain_item").set({ not_before: null }).where("outcome", "is", null).execute();
};

/** Opens the room. Throws a Refusal where the key cannot be used; whether the chain answers shows later. */
export const openChain = async (
  { db, databaseUrl }: { readonly db: Db; readonly databaseUrl: string },
  config: ChainConfig,
  handlers: Handlers,
  now: () => Date = () => new Date(),
): Promise<Chain> => {
  const account = await readAccount(config.keyFile);
  await declareChain(db, true);
  const stopping = new AbortController();
  let work: ChainWork = { address: account.address, state: "starting", problem: null, head: null };
  let node: Node | null = null;

  const pass = async (): Promise<void> => {
    try {
      if (!node) {
        const found = await connect(config, stopping.signal);
        if (!(await joins(db, found))) {
          work = { ...work, state: "refused", problem: PROBLEMS.other };
          return;
        }
        node = found;
      }
      const { head, seat } = await advanceOnce(db, node, account, config, handlers, stopping.signal, now);
      work = { ...work, state: "following", problem: seat === 0 ? PROBLEMS.member : null, head };
    } catch (error) {
      if (stopping.signal.aborted) return;
      if (error instanceof NoContract) work = { ...work, state: "refused", problem: PROBLEMS.contract };
      else if (isUnreachable(error)) work = { ...work, state: "unreachable", problem: PROBLEMS.unreachable };
      else {
        if (work.state !== "refused") log(`chain: ${describeError(error)}`);
        work = { ...work, state: "refused", problem: unexpected(said(error)) };
      }
    }
  };

  let last = Promise.resolve();
  const advance = () => (last = last.then(pass));
  let running: Promise<void> | null = null;
  return {
    config,
    work: () => work,
    advance,
    start: () => {
      running ??= run(databaseUrl, config.pollMs, stopping.signal, advance, {
        failed: () => work.state === "unreachable" || work.state === "refused",
        elsewhere: () => (work = { ...work, state: "elsewhere", problem: null }),
      });
    },
    stop: async () => {
      stopping.abort();
      await running;
      await last;
    },
  };
};

/** Whether this is the chain and contract that the database has followed; the first one is taken as such. */
const joins = async (db: Db, { chainId, contracts, since }: Node): Promise<boolean> => {
  const contract = contracts.consortium.toLowerCase();
  await db
    .updateTable("chain_link")
    .set({ chain_id: chainId, contract, height: since - 1 })
    .where("contract", "=", "")
    .execute();
  const link = await db.selectFrom("chain_link").selectAll().executeTakeFirstOrThrow();
  return link.chain_id === chainId && link.contract === contract;
};

const advanceOnce = async (
  db: Db,
  node: Node,
  account: PrivateKeyAccount,
  { confirmations }: ChainConfig,
  handlers: Handlers,
  signal: AbortSignal,
  now: () => Date,
): Promise<{ head: number; seat: number }> => {
  const head = await follow(db, node, signal);
  const seat = await seatOf(node, account.address);
  const link = await db.selectFrom("chain_link").select("seat").executeTakeFirstOrThrow();
  if (seat !== 0 && seat !== link.seat) await db.updateTable("chain_link").set({ seat }).execute();
  const final = head - confirmations + 1;
  const known = seat || link.seat;
  await settle(db, known, final, handlers, now());
  await send(db, node, account, seat, known, final, now());
  return { head, seat };
};

/** Passes for as long as this process holds the lock, and waits for it where another one does. */
const run = async (
  databaseUrl: string,
  pollMs: number,
  signal: AbortSignal,
  advance: () => Promise<void>,
  state: { failed(): boolean; elsewhere(): void },
): Promise<void> => {
  let wake = (): void => {};
  signal.addEventListener("abort", () => wake());
  const wait = (ms: number, early: boolean) =>
    new Promise<void>((done) => {
      if (signal.aborted) return done();
      const timer = setTimeout(done, ms);
      wake = () => {
        if (!early && !signal.aborted) return;
        clearTimeout(timer);
        done();
      };
    });
  while (!signal.aborted) {
    const client = new pg.Client({ connectionString: databaseUrl });
    let lost = false;
    client.on("error", () => {
      lost = true;
      wake();
    });
    let queued = false;
    client.on("notification", () => {
      queued = true;
      wake();
    });
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
      let failures = 0;
      for (let held = false; !signal.aborted && !lost;) {
        held ||= (await client.query<{ held: boolean }>("select pg_try_advisory_lock($1) as held", [LOCK])).rows[0]!.held;
        queued = false;
        if (held) await advance();
        else state.elsewhere();
        failures = state.failed() ? failures + 1 : 0;
        if (!queued || failures > 0)
          await wait(Math.min(pollMs * 2 ** Math.min(failures, 20), Math.max(LONGEST_WAIT_MS, pollMs)), failures === 0);
      }
    } catch (error) {
      if (!signal.aborted) log(`chain: ${describeError(error)}`);
    } finally {
      await client.end().catch(() => {});
    }
    await wait(pollMs, false);
  }
};

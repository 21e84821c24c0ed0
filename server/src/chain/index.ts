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
import { NoContract, type Node, connect, isUnreachable, revertOf, said, seatOf } from "./node.ts";
import { CHANNEL, declareChain } from "./outbox.ts";
import { send } from "./send.ts";
import { type Handlers, settle } from "./settle.ts";

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
const LOCK = 4758;
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
/** What the consortium contract refuses a change of membership with. */
const REFUSED: Readonly<Record<string, Problem>> = {
  NotMember: problem(
    "chain-no-such-member",
    "该地址（或本机构）不是联盟成员。",
    "That address, or this institution, is no member of the consortium.",
    "用 zhiwei chain members 查看成员。",
    "See the members with zhiwei chain members.",
  ),
  AlreadyMember: problem(
    "chain-already-member",
    "该地址已是联盟成员。",
    "That address is a member of the consortium already.",
    "无需再做什么。",
    "There is nothing left to do.",
  ),
  AlreadyApproved: problem(
    "chain-already-approved",
    "本机构已同意过这项变更。",
    "This institution has approved this change already.",
    "请等待其他成员同意，须过半数。",
    "Wait for the other members; more than half have to approve.",
  ),
  NothingToChange: problem(
    "chain-nothing-to-change",
    "这项变更什么也没有改。",
    "This would change nothing.",
    "请核对地址。",
    "Check the addresses.",
  ),
  LastMember: problem(
    "chain-last-member",
    "最后一个成员不能退出。",
    "The last member cannot leave.",
    "请先接纳另一成员。",
    "Admit another one first.",
  ),
};
const unexpected = (text: string): Problem =>
  problem(
    "chain-refused",
    `节点拒绝了请求：${text}`,
    `The node refused a request: ${text}`,
    "稍后自动重试；若持续出现，请检查节点版本与设置。",
    "It is tried again; should it go on, check the node's version and settings.",
  );

/** What went wrong at the chain, in the reader's words. */
export const problemOfChain = (error: unknown): Problem => {
  if (error instanceof NoContract) return PROBLEMS.contract;
  if (isUnreachable(error)) return PROBLEMS.unreachable;
  return REFUSED[revertOf(error) ?? ""] ?? unexpected(said(error));
};

/** How the chain stands, from a single look, for whoever does not do the work. */
export const look = async (db: Db, config: ChainConfig): Promise<ChainWork> => {
  const { address } = await readAccount(config.keyFile);
  try {
    const node = await connect(config);
    const head = Number(await node.client.getBlockNumber());
    const link = await db.selectFrom("chain_link").selectAll().executeTakeFirst();
    const other =
      link && link.contract !== "" && (link.chain_id !== node.chainId || link.contract !== node.contracts.consortium.toLowerCase());
    if (other) return { address, state: "refused", problem: PROBLEMS.other, head };
    return { address, state: "following", problem: (await seatOf(node, address)) === 0 ? PROBLEMS.member : null, head };
  } catch (error) {
    return { address, state: isUnreachable(error) ? "unreachable" : "refused", problem: problemOfChain(error), head: null };
  }
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
      const state = isUnreachable(error) ? "unreachable" : "refused";
      if (state === "refused" && work.state !== "refused") log(`chain: ${describeError(error)}`);
      work = { ...work, state, problem: problemOfChain(error) };
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

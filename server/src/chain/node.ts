/** One node of the chain over standard JSON-RPC, and the consortium contract on it. */
import {
  BaseError,
  ContractFunctionRevertedError,
  type Hex,
  HttpRequestError,
  type Log,
  type PublicClient,
  TimeoutError,
  createPublicClient,
  decodeEventLog,
  getAddress,
  http,
} from "viem";
import type { ChainConfig } from "../config.ts";
import { consortiumAbi, eventsAbi } from "./abi.ts";

export type Contracts = { readonly consortium: Hex; readonly pledges: Hex; readonly checkpoints: Hex };

export type Node = {
  readonly client: PublicClient;
  readonly chainId: number;
  readonly contracts: Contracts;
  /** Block in which the consortium was deployed. */
  readonly since: number;
};

/** A request that got no answer may be repeated; a node that is asked twice for the same gives the same. */
const TIMEOUT_MS = 10_000;

export const clientAt = (url: string, signal?: AbortSignal): PublicClient =>
  createPublicClient({
    // The worker tries again itself, and remembers what it was at.
    transport: http(url, { timeout: TIMEOUT_MS, retryCount: 0, ...(signal ? { fetchOptions: { signal } } : {}) }),
    cacheTime: 0,
  });

/** Whether nobody answered, as against a node that answered something. */
export const isUnreachable = (error: unknown): boolean =>
  error instanceof BaseError && error.walk((cause) => cause instanceof HttpRequestError || cause instanceof TimeoutError) !== null;

/** What the node said, in its own words and without its address. */
export const said = (error: unknown): string => {
  const text = error instanceof BaseError ? error.details || error.shortMessage : error instanceof Error ? error.message : String(error);
  return text.replaceAll(/https?:\/\/\S+/g, "…").slice(0, 300);
};

/** Name of the error that a contract refused a call with. */
export const revertOf = (error: unknown): string | null => {
  const refused = error instanceof BaseError ? error.walk((cause) => cause instanceof ContractFunctionRevertedError) : null;
  return refused instanceof ContractFunctionRevertedError ? (refused.data?.errorName ?? null) : null;
};

export class NoContract extends Error {}

export const connect = async (config: ChainConfig, signal?: AbortSignal): Promise<Node> => {
  const client = clientAt(config.url, signal);
  const chainId = await client.getChainId();
  if (!config.contract) throw new NoContract("no contract is configured");
  const address = getAddress(config.contract);
  const code = await client.getCode({ address });
  if (!code || code === "0x") throw new NoContract(`there is no contract at ${address}`);
  const ask = <const Name extends "pledges" | "checkpoints" | "since">(functionName: Name) =>
    client.readContract({ address, abi: consortiumAbi, functionName });
  const [pledges, checkpoints, since] = await Promise.all([ask("pledges"), ask("checkpoints"), ask("since")]);
  return { client, chainId, contracts: { consortium: address, pledges, checkpoints }, since: Number(since) };
};

export const seatOf = async ({ client, contracts }: Node, member: Hex): Promise<number> =>
  client.readContract({ address: contracts.consortium, abi: consortiumAbi, functionName: "seatOf", args: [member] });

/** An event of ours, as it is kept. */
export type Event = {
  readonly block: number;
  readonly place: number;
  readonly name: "Claimed" | "Refused" | "Released" | "Anchored" | "Forked";
  readonly seat: number;
  readonly at: string;
  readonly commitment: Buffer | null;
  readonly claim_id: Buffer | null;
  readonly origin: Buffer | null;
  readonly size: number | null;
  /** Of a fork, the second root. */
  readonly root: Buffer | null;
};

const bytes = (hex: Hex) => Buffer.from(hex.slice(2), "hex");

const eventOf = (entry: Log<bigint, number, false>, block: Block): Event => {
  const { eventName, args } = decodeEventLog({ abi: eventsAbi, data: entry.data, topics: entry.topics });
  const at = { block: Number(entry.blockNumber), place: entry.logIndex, name: eventName, seat: args.seat, at: block.at };
  if ("claimId" in args)
    return { ...at, commitment: bytes(args.commitment), claim_id: bytes(args.claimId), origin: null, size: null, root: null };
  const root = "other" in args ? args.other : args.root;
  return { ...at, commitment: null, claim_id: null, origin: bytes(args.origin), size: Number(args.size), root: bytes(root) };
};

/** Events of one block, named by its hash so that no other block of that number can answer. */
export const eventsOf = async ({ client, contracts }: Node, block: Block): Promise<readonly Event[]> => {
  const logs = await client.getLogs({ address: [contracts.pledges, contracts.checkpoints], blockHash: block.hash });
  return logs.map((entry) => eventOf(entry, block));
};

/** Events of a range of old blocks. */
export const eventsBetween = async (node: Node, from: number, to: number): Promise<readonly Event[]> => {
  const { client, contracts } = node;
  const address = [contracts.pledges, contracts.checkpoints];
  const logs = await client.getLogs({ address, fromBlock: BigInt(from), toBlock: BigInt(to) });
  const events: Event[] = [];
  const blocks = new Map<bigint, Block | null>();
  for (const entry of logs) {
    const block = blocks.get(entry.blockNumber) ?? (await blockAt(node, Number(entry.blockNumber)));
    if (block?.hash !== entry.blockHash) throw new Error(`block ${entry.blockNumber} was replaced while it was read`);
    blocks.set(entry.blockNumber, block);
    events.push(eventOf(entry, block));
  }
  return events;
};

export type Block = { readonly hash: Hex; readonly parent: Hex; readonly at: string };

/** Ethereum's blocks count seconds; some chains of its kind count milliseconds, which a date this side of the year 5000 tells. */
const instantOf = (timestamp: bigint): string => new Date(Number(timestamp) * (timestamp < 100_000_000_000n ? 1000 : 1)).toISOString();

/** A block by its number; null where the chain is not that long. */
export const blockAt = async ({ client }: Node, number: number): Promise<Block | null> => {
  const block = await client.getBlock({ blockNumber: BigInt(number) }).catch((error: unknown) => {
    if (error instanceof BaseError && error.name === "BlockNotFoundError") return null;
    throw error;
  });
  return block?.hash ? { hash: block.hash, parent: block.parentHash, at: instantOf(block.timestamp) } : null;
};

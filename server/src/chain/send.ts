/**
 * Sends the outbox, in order, each item as one signed transaction that is kept before it leaves: whatever is lost on the way is sent
 * again as it was. Should an item need a second transaction after all (its nonce was used by another), the contracts decide it once.
 */
import { type Selectable, sql } from "kysely";
import { BaseError, type Hex, encodeFunctionData, keccak256 } from "viem";
import type { PrivateKeyAccount } from "viem/accounts";
import type { Db } from "../db/index.ts";
import type { Database } from "../db/schema.ts";
import { checkpointsAbi, pledgesAbi } from "./abi.ts";
import { type Node, isUnreachable, said } from "./node.ts";
import { alarm } from "./settle.ts";

type Item = Selectable<Database["chain_item"]>;
type Signed = Item & { readonly nonce: number; readonly raw: string; readonly tx_hash: string; readonly gas_price: string };

/** Transactions under way at once: nodes keep few of one sender. */
const MOST_UNDER_WAY = 200;
/** After so long a node that says nothing of a transaction is given it again: it may have been restarted. */
const AGAIN_SECONDS = 30;
const BACKOFF_SECONDS = [1, 2, 5, 15, 60, 300, 900] as const;
/** Well above what each takes (test/api/chain-contracts.test.ts measures it); what is not used is not paid for. */
const GAS = { claim: 250_000n, release: 150_000n, checkpoint: 250_000n } as const;

const hex = (bytes: Buffer | null): Hex => `0x${bytes!.toString("hex")}`;

const callOf = ({ contracts }: Node, item: Item): { to: Hex; data: Hex } => {
  if (item.kind === "checkpoint")
    return {
      to: contracts.checkpoints,
      data: encodeFunctionData({
        abi: checkpointsAbi,
        functionName: "anchor",
        args: [hex(item.origin), BigInt(item.size!), hex(item.root), hex(item.note)],
      }),
    };
  return {
    to: contracts.pledges,
    data: encodeFunctionData({ abi: pledgesAbi, functionName: item.kind, args: [hex(item.commitment), hex(item.claim_id)] }),
  };
};

/**
 * Throws what the node could not be asked; what it refused of an item stands at the item. `seat` is the member's now: where it is 0
 * nothing new is signed. `known` is the one it had, by which what was reported is its own.
 */
export const send = async (
  db: Db,
  node: Node,
  account: PrivateKeyAccount,
  seat: number,
  known: number,
  final: number,
  now: Date,
): Promise<void> => {
  const { client } = node;
  const address = account.address;
  const count = await client.getTransactionCount({ address });
  const signed = (await db
    .selectFrom("chain_item")
    .selectAll()
    .where("outcome", "is", null)
    .where("nonce", "is not", null)
    .orderBy("nonce")
    .execute()) as Signed[];
  const afresh = (ids: readonly number[], problem: string | null = null, seconds = 0) =>
    ids.length === 0
      ? null
      : db
          .updateTable("chain_item")
          .set((set) => ({
            nonce: null,
            raw: null,
            tx_hash: null,
            gas_price: null,
            problem,
            not_before: seconds > 0 ? later(now, seconds) : null,
            tries: set("tries", "+", problem === null ? 0 : 1),
          }))
          .where("id", "in", ids)
          .execute();

  // Their nonces are used: by themselves, as the events tell or soon will, or else by something that was not them.
  const used = signed.filter((each) => each.nonce < count);
  const told = await reported(
    db,
    used.map((each) => each.id),
    known,
  );
  for (const item of used) {
    if (told.has(item.id)) continue;
    const receipt = await client.getTransactionReceipt({ hash: item.tx_hash as Hex }).catch((error: unknown) => {
      if (error instanceof BaseError && error.name === "TransactionReceiptNotFoundError") return null;
      throw error;
    });
    if (receipt === null) await afresh([item.id]);
    else if (receipt.status === "reverted" && Number(receipt.blockNumber) <= final) await reverted(db, node, item, now, afresh);
  }

  let under = signed.filter((each) => each.nonce >= count);
  if (under.length > 0 && under[0]!.nonce > count && (await client.getTransactionCount({ address, blockTag: "pending" })) <= count) {
    // What stood before them is gone for good, so they would never be mined.
    await afresh(under.map((each) => each.id));
    under = [];
  }

  const gasPrice = await client.getGasPrice();
  const write = async (items: readonly Item[], first: number | null): Promise<Signed[]> => {
    const made: Signed[] = [];
    for (const [index, item] of items.entries()) {
      const nonce = item.nonce ?? first! + index;
      const before = item.gas_price === null ? null : BigInt(item.gas_price);
      const price = before === null ? gasPrice : max(gasPrice, (before * 9n) / 8n + 1n);
      const raw = await account.signTransaction({
        ...callOf(node, item),
        // Not every chain has the newer kind, nor the calls that its price is found by.
        type: "legacy",
        chainId: node.chainId,
        nonce,
        gas: GAS[item.kind],
        gasPrice: price,
      });
      made.push({ ...item, nonce, raw, tx_hash: keccak256(raw), gas_price: String(price) });
    }
    if (made.length > 0)
      await sql`update chain_item i set nonce = n.nonce, raw = n.raw, tx_hash = n.tx_hash, gas_price = n.gas_price::numeric, not_before = null
        from unnest(${made.map((each) => each.id)}::bigint[], ${made.map((each) => each.nonce)}::bigint[], ${made.map((each) => each.raw)}::text[],
          ${made.map((each) => each.tx_hash)}::text[], ${made.map((each) => each.gas_price)}::text[]) as n(id, nonce, raw, tx_hash, gas_price)
        where i.id = n.id`.execute(db);
    return made;
  };

  const due = under.filter((each) => each.not_before === null || new Date(each.not_before) <= now);
  const dearer = new Map(
    (
      await write(
        due.filter((each) => BigInt(each.gas_price) < gasPrice),
        null,
      )
    ).map((each) => [each.id, each]),
  );
  const outgoing = due.map((each) => dearer.get(each.id) ?? each);

  if (seat !== 0 && under.length < MOST_UNDER_WAY) {
    const waiting = await db
      .selectFrom("chain_item")
      .selectAll()
      .where("outcome", "is", null)
      .where("nonce", "is", null)
      .where((where) => where.or([where("not_before", "is", null), where("not_before", "<=", now.toISOString())]))
      .orderBy("id")
      .limit(MOST_UNDER_WAY - under.length)
      .execute();
    if (waiting.length > 0) {
      const pending = await client.getTransactionCount({ address, blockTag: "pending" });
      outgoing.push(...(await write(waiting, Math.max(count, pending, (under.at(-1)?.nonce ?? -1) + 1))));
    }
  }

  const taken: number[] = [];
  try {
    for (const item of outgoing) {
      const problem = await hand(node, item);
      if (problem !== null) {
        // The others stand behind it.
        const seconds = BACKOFF_SECONDS[Math.min(item.tries, BACKOFF_SECONDS.length - 1)]!;
        await db
          .updateTable("chain_item")
          .set((set) => ({ problem, tries: set("tries", "+", 1), not_before: later(now, seconds) }))
          .where("id", "=", item.id)
          .execute();
        break;
      }
      taken.push(item.id);
    }
  } finally {
    if (taken.length > 0)
      await db
        .updateTable("chain_item")
        .set({ not_before: later(now, AGAIN_SECONDS), problem: null })
        .where("id", "in", taken)
        .execute();
  }
};

const later = (now: Date, seconds: number): string => new Date(now.getTime() + seconds * 1000).toISOString();
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/** Those of the items of which blocks that were read hold an outcome: they only wait to be settled. */
const reported = async (db: Db, ids: readonly number[], seat: number): Promise<ReadonlySet<number>> => {
  if (ids.length === 0) return new Set();
  const { rows } = await sql<{ id: number }>`
    select i.id from chain_item i where i.id = any(${ids}::bigint[]) and exists (select from chain_event e where e.seat = ${seat}
      and (e.claim_id = i.claim_id and (e.name = 'Released') = (i.kind = 'release') or e.origin = i.origin and e.size = i.size and e.root = i.root))`.execute(
    db,
  );
  return new Set(rows.map((row) => row.id));
};

/** A transaction that the contract turned down. A checkpoint smaller than one that is anchored is never going to be taken. */
const reverted = async (
  db: Db,
  { client, contracts }: Node,
  item: Signed,
  now: Date,
  afresh: (ids: readonly number[], problem: string, seconds: number) => Promise<unknown> | null,
): Promise<void> => {
  if (item.kind === "checkpoint") {
    const { seat } = await db.selectFrom("chain_link").select("seat").executeTakeFirstOrThrow();
    const args = [seat, hex(item.origin)] as const;
    const anchored = Number(
      await client.readContract({ address: contracts.checkpoints, abi: checkpointsAbi, functionName: "sizeOf", args }),
    );
    if (anchored > item.size!) {
      await db
        .updateTable("chain_item")
        .set({ outcome: "failed", settled_at: now.toISOString(), problem: `the chain holds ${anchored} leaves of this log` })
        .where("id", "=", item.id)
        .execute();
      await alarm(db, "log-shrank", { origin: item.origin!.toString("hex"), anchored, size: item.size });
      return;
    }
  }
  await afresh([item.id], "the contract turned the transaction down", BACKOFF_SECONDS[Math.min(item.tries, BACKOFF_SECONDS.length - 1)]!);
};

/** Hands a transaction to the node: null where it has it, else what it said. Throws where it does not answer. */
const hand = async ({ client }: Node, item: Signed): Promise<string | null> => {
  try {
    await client.sendRawTransaction({ serializedTransaction: item.raw as Hex });
    return null;
  } catch (error) {
    if (isUnreachable(error)) throw error;
    const text = said(error);
    // It has it already, or it is mined: the next pass sees which.
    return /already known|already imported|known transaction|already exists|nonce too low/i.test(text) ? null : text;
  }
};

/** Follows the chain block by block: keeps what the contracts reported, notices reorganisations and undoes what they undid. */
import { type Db, type Tx } from "../db/index.ts";
import { log } from "../http/log.ts";
import { type Block, type Event, type Node, blockAt, eventsBetween, eventsOf } from "./node.ts";

/** So far behind the head blocks are read in ranges; nearer, each by its hash. */
const NEAR = 128;
const RANGE = 1000;
/** So many blocks are asked for at once, and kept in one transaction. */
const AT_ONCE = 16;
/** Hashes of so many of the latest blocks are kept; of older ones, every so manieth. */
const KEPT = 1024;

type Read = { readonly number: number; readonly block: Block; readonly events: readonly Event[] };

/** Reads up to the head of the chain, and gives its height. Stops early when `signal` aborts. */
export const follow = async (db: Db, node: Node, signal: AbortSignal): Promise<number> => {
  let head = Number(await node.client.getBlockNumber());
  let tip = await tipOf(db);
  // A tip that was read just now needs no second look: the next block says whether it goes on from it.
  let sure = false;
  for (;;) {
    signal.throwIfAborted();
    if (tip && !sure && (tip.number > head || (await blockAt(node, tip.number))?.hash !== tip.hash)) {
      await rollBack(db, node, head);
      tip = await tipOf(db);
    }
    sure = true;
    const next: number = tip ? tip.number + 1 : node.since;
    if (next > head) {
      const now = Number(await node.client.getBlockNumber());
      if (now <= head) return head;
      head = now;
      continue;
    }
    const far = head - next >= 2 * NEAR;
    const read = far
      ? await readRange(node, next, Math.min(next + RANGE - 1, head - NEAR))
      : await readBlocks(node, next, head, tip?.hash ?? null);
    const last = read.at(-1);
    // What does not go on from what we hold is looked at again from the beginning: it is a reorganisation.
    if (!last) {
      head = Number(await node.client.getBlockNumber());
      sure = false;
      continue;
    }
    await db.transaction().execute(async (tx) => {
      await tx
        .insertInto("chain_block")
        .values(read.map(({ number, block }) => ({ number, hash: block.hash })))
        .execute();
      await keep(
        tx,
        read.flatMap(({ events }) => events),
      );
      await tx.updateTable("chain_link").set({ height: last.number }).execute();
      if (far || read.some(({ number }) => number % KEPT === 0))
        await tx
          .deleteFrom("chain_block")
          .where("number", "<", last.number - KEPT)
          .where((where) => where(where.fn("mod", ["number", where.lit(KEPT)]), "<>", 0))
          .execute();
    });
    tip = { number: last.number, hash: last.block.hash };
  }
};

/** Some of the blocks from `from` on, as far as each goes on from the one before. */
const readBlocks = async (node: Node, from: number, head: number, parent: string | null): Promise<readonly Read[]> => {
  const numbers = Array.from({ length: Math.min(AT_ONCE, head - from + 1) }, (_, index) => from + index);
  const found = await Promise.all(
    numbers.map(async (number): Promise<Read | null> => {
      const block = await blockAt(node, number);
      return block && { number, block, events: await eventsOf(node, block) };
    }),
  );
  const read: Read[] = [];
  for (const each of found) {
    const before = read.at(-1)?.block.hash ?? parent;
    if (!each || (before !== null && each.block.parent !== before)) break;
    read.push(each);
  }
  return read;
};

/** A range of old blocks, of which the last stands for all; none where it was replaced meanwhile. */
const readRange = async (node: Node, from: number, to: number): Promise<readonly Read[]> => {
  const block = await blockAt(node, to);
  if (!block) return [];
  const events = await eventsBetween(node, from, to);
  return (await blockAt(node, to))?.hash === block.hash ? [{ number: to, block, events }] : [];
};

const tipOf = (db: Db) => db.selectFrom("chain_block").selectAll().orderBy("number", "desc").limit(1).executeTakeFirst();

const keep = async (tx: Tx, events: readonly Event[]): Promise<void> => {
  for (let from = 0; from < events.length; from += 1000)
    await tx
      .insertInto("chain_event")
      .values(events.slice(from, from + 1000))
      .execute();
};

/** Goes back to the last block that is still the chain's. What was settled by blocks that are gone is open again. */
const rollBack = async (db: Db, node: Node, head: number): Promise<void> => {
  let last = node.since - 1;
  const kept = await db.selectFrom("chain_block").selectAll().where("number", "<=", head).orderBy("number", "desc").execute();
  for (const { number, hash } of kept)
    if ((await blockAt(node, number))?.hash === hash) {
      last = number;
      break;
    }
  const undone = await db.transaction().execute(async (tx) => {
    await tx.deleteFrom("chain_block").where("number", ">", last).execute();
    await tx.deleteFrom("chain_event").where("block", ">", last).execute();
    await tx.updateTable("chain_link").set({ height: last }).execute();
    const { numUpdatedRows } = await tx
      .updateTable("chain_item")
      .set({ outcome: null, block: null, settled_at: null })
      .where("block", ">", last)
      .executeTakeFirstOrThrow();
    // The transactions may be gone with their blocks: they are handed to the node again.
    await tx.updateTable("chain_item").set({ not_before: null }).where("outcome", "is", null).where("raw", "is not", null).execute();
    return Number(numUpdatedRows);
  });
  log(`chain: reorganised above block ${last}${undone > 0 ? `; ${undone} settled outcomes are open again` : ""}`);
};

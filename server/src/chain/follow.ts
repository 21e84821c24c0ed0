/** Follows the chain block by block: keeps what the contracts reported, notices reorganisations and undoes what they undid. */
import { type Db, type Tx } from "../db/index.ts";
import { log } from "../http/log.ts";
import { type Event, type Node, blockAt, eventsIn } from "./node.ts";

/** So far behind the head blocks are read in ranges; nearer, one by one by their hashes. */
const NEAR = 128;
const RANGE = 1000;
/** Hashes of so many of the latest blocks are kept; of older ones, every so manieth. */
const KEPT = 1024;

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
    const next = tip ? tip.number + 1 : node.since;
    if (next > head) {
      const now = Number(await node.client.getBlockNumber());
      if (now <= head) return head;
      head = now;
      continue;
    }
    const far = head - next >= 2 * NEAR;
    const to = far ? Math.min(next + RANGE - 1, head - NEAR) : next;
    const block = await blockAt(node, to);
    // What does not go on from what we hold is looked at again from the beginning: it is a reorganisation.
    if (!block || (tip && to === tip.number + 1 && block.parent !== tip.hash)) {
      head = Number(await node.client.getBlockNumber());
      sure = false;
      continue;
    }
    const events = await eventsIn(node, far ? { from: next, to } : { hash: block.hash });
    if (far && (await blockAt(node, to))?.hash !== block.hash) continue;
    await db.transaction().execute(async (tx) => {
      await tx.insertInto("chain_block").values({ number: to, hash: block.hash }).execute();
      await keep(tx, events);
      await tx.updateTable("chain_link").set({ height: to }).execute();
      if (to % KEPT === 0 || far)
        await tx
          .deleteFrom("chain_block")
          .where("number", "<", to - KEPT)
          .where((where) => where(where.fn("mod", ["number", where.lit(KEPT)]), "<>", 0))
          .execute();
    });
    tip = { number: to, hash: block.hash };
  }
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

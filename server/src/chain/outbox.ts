/**
 * The outbox 待上链队列: what is to go onto the chain is written in the transaction that causes it, so there is never one without the
 * other. Where no chain is configured nothing is queued, and nobody waits.
 */
import { randomBytes } from "node:crypto";
import { sql } from "kysely";
import type { ChainConfig } from "../config.ts";
import type { Db, Tx } from "../db/index.ts";
import { sha256 } from "../evidence/keys.ts";
import type { PledgeChain } from "../pledge/index.ts";

/** Channel on which PostgreSQL tells the worker, after the commit, that something was queued. */
export const CHANNEL = "zhiwei_chain";

/** Whether this platform registers on a chain; a registration then waits for the chain's answer. */
export const chainActive = async (db: Db | Tx): Promise<boolean> =>
  (await db.selectFrom("chain_link").select("active").executeTakeFirst())?.active ?? false;

const notify = (tx: Tx) => sql`select pg_notify(${CHANNEL}, '')`.execute(tx);
const bytes32 = (hex: string, what: string): Buffer => {
  const bytes = Buffer.from(hex.replace(/^0x/, ""), "hex");
  if (bytes.length !== 32) throw new RangeError(`${what} is not 32 bytes in hexadecimal`);
  return bytes;
};

/**
 * Queues the claim of a registration. `commitment` is 32 bytes in hex: a keyed hash, the same at every member for the same thing
 * pledged, that tells nobody else what it is. The outcome comes through `Handlers.settled`. Queued twice it is one claim.
 * Gives whether there is a chain to wait for.
 */
export const queueClaim = async (tx: Tx, { claim, commitment }: { claim: string; commitment: string }): Promise<boolean> => {
  if (!(await chainActive(tx))) return false;
  await tx
    .insertInto("chain_item")
    .values({ kind: "claim", claim, commitment: bytes32(commitment, "the commitment"), claim_id: randomBytes(32) })
    .onConflict((conflict) => conflict.columns(["kind", "claim"]).where("claim", "is not", null).doNothing())
    .execute();
  await notify(tx);
  return true;
};

/** Queues the release of what a registration claimed; of one that was never claimed, or was refused, there is nothing to release. */
export const queueRelease = async (tx: Tx, { claim }: { claim: string }): Promise<void> => {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto("chain_item")
    .columns(["kind", "claim", "commitment", "claim_id"])
    .expression((from) =>
      from
        .selectFrom("chain_item")
        .select([sql.lit("release" as const).as("kind"), "claim", "commitment", "claim_id"])
        .where("kind", "=", "claim")
        .where("claim", "=", claim)
        .where((where) => where.or([where("outcome", "is", null), where("outcome", "=", "done")])),
    )
    .onConflict((conflict) => conflict.columns(["kind", "claim"]).where("claim", "is not", null).doNothing())
    .executeTakeFirstOrThrow();
  if (numInsertedOrUpdatedRows) await notify(tx);
};

/**
 * Since when another member holds a commitment, by the chain's clock and as far as blocks that count have been read; null where none
 * is known to. Only the chain decides, so this may be behind; it spares a claim that is going to be refused.
 */
export const heldElsewhere = async (db: Db | Tx, commitment: string, confirmations: number): Promise<{ readonly since: string } | null> => {
  const { rows } = await sql<{ at: string }>`
    select e.at from chain_event e, chain_link l
    where l.active and e.commitment = ${bytes32(commitment, "the commitment")} and e.name = 'Claimed' and e.seat <> l.seat and e.block <= l.height - ${confirmations}::int + 1
      and not exists (select from chain_event r where r.claim_id = e.claim_id and r.commitment = e.commitment and r.seat = e.seat
        and r.name = 'Released' and r.block <= l.height - ${confirmations}::int + 1)
    order by e.block desc, e.place desc limit 1`.execute(db);
  return rows[0] ? { since: new Date(rows[0].at).toISOString() } : null;
};

/**
 * Queues the head of an evidence log for anchoring. `origin` is the log's name, `root` the tree's hash, `signed` the signed note. Heads
 * of the same log that have not been sent yet are let go: the larger tree speaks for them. Queued twice it is anchored once.
 */
export const queueCheckpoint = async (
  tx: Tx,
  { origin, size, root, signed }: { origin: string; size: number; root: Uint8Array; signed: string },
): Promise<void> => {
  if (size === 0 || !(await chainActive(tx))) return;
  const name = Buffer.from(sha256(Buffer.from(origin)));
  const known = await tx
    .selectFrom("chain_item")
    .select("id")
    .where("origin", "=", name)
    .where("size", "=", size)
    .where("root", "=", Buffer.from(root))
    .executeTakeFirst();
  if (known) return;
  await tx
    .deleteFrom("chain_item")
    .where("kind", "=", "checkpoint")
    .where("origin", "=", name)
    .where("nonce", "is", null)
    .where("outcome", "is", null)
    .where("size", "<=", size)
    .execute();
  await tx
    .insertInto("chain_item")
    .values({ kind: "checkpoint", origin: name, size, root: Buffer.from(root), note: Buffer.from(sha256(Buffer.from(signed))) })
    .execute();
  await notify(tx);
};

/** What the pledge registry asks of the chain; where none is configured, its claims wait for nothing. */
export const pledgeChain = (config: ChainConfig | null): PledgeChain => ({
  queueClaim,
  queueRelease,
  holder: (db, commitment) => heldElsewhere(db, commitment, config?.confirmations ?? 1),
});

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

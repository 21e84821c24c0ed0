/**
 * The outbox 待上链队列: what is to go onto the chain is written in the transaction that causes it, so there is never one without the
 * other. Where no chain is configured nothing is queued, and nobody waits.
 */
import { randomBytes } from "node:crypto";
import { sql } from "kysely";
import type { Db, Tx } from "../db/index.ts";
import { sha256 } from "../evidence/keys.ts";

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
 * Queues the head of an evidence log for anchoring. `origin` is the log's name, `root` the tree's hash, `signed` the signed note. Heads
 * of the same log that have not been sent yet are let go: the larger tree speaks for them.
 */
export const queueCheckpoint = async (
  tx: Tx,
  { origin, size, root, signed }: { origin: string; size: number; root: Uint8Array; signed: string },
): Promise<void> => {
  if (size === 0 || !(await chainActive(tx))) return;
  const name = Buffer.from(sha256(Buffer.from(origin)));
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

/** Settles what the chain has decided, once enough blocks stand on it, and tells the room that asked. */
import { sql } from "kysely";
import { type Db, type Tx, serializable } from "../db/index.ts";
import { describeError, log } from "../http/log.ts";
import { queueRelease } from "./outbox.ts";

/** What became of a claim. Of a refusal nothing more is known, and nothing more is to be known, than that another member was first. */
export type Outcome = { readonly kind: "confirmed"; readonly block: number } | { readonly kind: "refused" };

export type Handlers = {
  /**
   * Told of each claim in the transaction that settles it, and again only where a reorganisation deeper than the confirmations has
   * changed what it was told. What it throws leaves the claim open, to be settled again later.
   */
  readonly settled: (tx: Tx, claim: string, outcome: Outcome) => Promise<void>;
};

const TOGETHER = 50;

type Decided = {
  readonly id: number;
  readonly kind: "claim" | "release" | "checkpoint";
  readonly claim: string | null;
  readonly name: string;
  readonly block: number;
};

export const alarm = async (db: Db | Tx, code: string, detail: object): Promise<void> => {
  await db
    .insertInto("chain_alarm")
    .values({ code, detail: JSON.stringify(detail) })
    .onConflict((conflict) => conflict.columns(["code", "detail"]).doNothing())
    .execute();
};

/** Settles everything that was decided up to block `final`, by the member of `seat`. */
export const settle = async (db: Db, seat: number, final: number, handlers: Handlers, now: Date): Promise<void> => {
  // The first event of a claim is its outcome; those that follow, of the same claim sent again, say nothing new.
  const { rows } = await sql<Decided>`
    select i.id, i.kind, i.claim, e.name, e.block from chain_item i cross join lateral (
      select e.name, e.block from chain_event e
      where e.claim_id = i.claim_id and e.seat = ${seat}
        and e.name = any(case i.kind when 'claim' then array['Claimed', 'Refused'] else array['Released'] end)
      order by e.block, e.place limit 1) e
    where i.outcome is null and i.claim_id is not null and e.block <= ${final}
    union all
    select i.id, i.kind, i.claim, e.name, e.block from chain_item i cross join lateral (
      select e.name, e.block from chain_event e
      where e.seat = ${seat} and e.origin = i.origin and e.size = i.size and e.root = i.root
      order by e.block, e.place limit 1) e
    where i.outcome is null and i.origin is not null and e.block <= ${final}
    order by 1`.execute(db);
  const settleAll = (some: readonly Decided[]) =>
    serializable(db, async (tx) => {
      for (const each of some) await settleOne(tx, each, handlers, now);
    });
  for (let from = 0; from < rows.length; from += TOGETHER) {
    const some = rows.slice(from, from + TOGETHER);
    // Together they take a fraction of the time. Where one fails, the others must not wait for it.
    await settleAll(some).catch(async () => {
      for (const each of some)
        await settleAll([each]).catch((error: unknown) => log(`chain: item ${each.id} could not be settled: ${describeError(error)}`));
    });
  }
  // A fork is everybody's business, whoever's log it is.
  const forks = await db
    .selectFrom("chain_event")
    .select(["seat", "origin", "size", "block"])
    .where("name", "=", "Forked")
    .where("block", "<=", final)
    .execute();
  for (const { seat: by, origin, size } of forks) await alarm(db, "log-forked", { seat: by, origin: origin!.toString("hex"), size });
};

const settleOne = async (tx: Tx, { id, kind, claim, name, block }: Decided, { settled }: Handlers, now: Date): Promise<void> => {
  const item = await tx
    .selectFrom("chain_item")
    .select(["outcome", "told", "told_block"])
    .where("id", "=", id)
    .forUpdate()
    .executeTakeFirstOrThrow();
  if (item.outcome !== null) return;
  const outcome = name === "Refused" ? "refused" : name === "Forked" ? "failed" : "done";
  await tx.updateTable("chain_item").set({ outcome, block, settled_at: now.toISOString() }).where("id", "=", id).execute();
  if (kind !== "claim" || claim === null || outcome === "failed" || (item.told === outcome && item.told_block === block)) return;
  // Turned round by a reorganisation after it was told: somebody may have acted on it, so people have to look.
  if (item.told !== null && item.told !== outcome) await alarm(tx, "outcome-reversed", { claim, told: item.told, now: outcome });
  await tx.updateTable("chain_item").set({ told: outcome, told_block: block }).where("id", "=", id).execute();
  if (item.told === "refused") {
    // What was refused here holds nothing: should the chain now give it to us, it is given back.
    if (outcome === "done") await queueRelease(tx, { claim });
    return;
  }
  // Last, for whoever is told may write into the evidence log, which lets nobody else write until the transaction ends.
  await settled(tx, claim, outcome === "done" ? { kind: "confirmed", block } : { kind: "refused" });
};

/** Objections 异议 as they are kept: each act is a line that is never changed. */
import { randomUUID } from "node:crypto";
import { type Selectable, sql } from "kysely";
import {
  type Clock,
  type DataClass,
  type Instant,
  type Objection,
  type ObjectionAction,
  actOnObjection as act,
  clockOf,
} from "@zhiwei/core/consent";
import { type Db, type Tx, serializable } from "../db/index.ts";
import type { Database } from "../db/schema.ts";
import { Refusal, notFound } from "../http/refusal.ts";
import { instant } from "../db/instant.ts";

export type KeptObjection = Objection &
  Clock & {
    readonly id: string;
    readonly enterprise: string;
    readonly class: DataClass;
    readonly about: string;
    readonly claim: string;
    readonly raisedBy: string;
    readonly answeredBy: string | null;
  };

const stateOf = (row: Selectable<Database["objection"]>): Objection => ({
  state: row.state,
  receivedAt: instant(row.received_at),
  answeredAt: row.answered_at === null ? null : instant(row.answered_at),
  answer: row.answer,
});

const toObjection = (row: Selectable<Database["objection"]>, now: Instant): KeptObjection => {
  const objection = stateOf(row);
  return {
    ...objection,
    ...clockOf(objection, now),
    id: row.id,
    enterprise: row.enterprise_id,
    class: row.class,
    about: row.about,
    claim: row.claim,
    raisedBy: row.raised_by,
    answeredBy: row.answered_by,
  };
};

const note = (tx: Tx, id: string, action: string, by: string, text: string, now: Date) =>
  tx.insertInto("objection_event").values({ objection_id: id, action, by_whom: by, note: text, at: now.toISOString() }).execute();

/** Receives an objection. From now on the enterprise's record is marked as disputed, and the clock runs. */
export const raiseObjection = (
  db: Db,
  raised: { readonly enterprise: string; readonly class: DataClass; readonly about: string; readonly claim: string; readonly by: string },
  now = new Date(),
): Promise<KeptObjection> =>
  db.transaction().execute(async (tx) => {
    const row = await tx
      .insertInto("objection")
      .values({
        id: randomUUID(),
        enterprise_id: raised.enterprise,
        class: raised.class,
        about: raised.about.trim(),
        claim: raised.claim.trim(),
        raised_by: raised.by,
        received_at: now.toISOString(),
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    await note(tx, row.id, "receive", raised.by, raised.claim.trim(), now);
    return toObjection(row, now.toISOString());
  });

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Does an act with an objection of an enterprise. Of two at the same moment, the second meets the state that the first left. */
export const actOnObjection = (
  db: Db,
  { enterprise, id, action, answer, by }: { enterprise: string; id: string; action: ObjectionAction; answer: string; by: string },
  now = new Date(),
): Promise<KeptObjection> =>
  serializable(db, async (tx) => {
    const row = UUID.test(id)
      ? await tx.selectFrom("objection").selectAll().where("id", "=", id).where("enterprise_id", "=", enterprise).executeTakeFirst()
      : undefined;
    if (!row) throw notFound({ zh: "异议", en: "objection" }, id.slice(0, 100));
    const next = act(stateOf(row), action, answer, now.toISOString());
    if (!next.ok) throw new Refusal(409, next.error);
    const changed = await tx
      .updateTable("objection")
      .set({
        state: next.value.state,
        answered_at: next.value.answeredAt,
        answered_by: next.value.answeredAt === null ? null : by,
        answer: next.value.answer,
      })
      .where("id", "=", id)
      .returningAll()
      .executeTakeFirstOrThrow();
    await note(tx, id, action, by, answer.trim(), now);
    return toObjection(changed, now.toISOString());
  });

/** Objections of an enterprise, the open ones first, then the newest. */
export const objectionsOf = async (db: Db, enterprise: string, now = new Date()): Promise<KeptObjection[]> =>
  (
    await db
      .selectFrom("objection")
      .selectAll()
      .where("enterprise_id", "=", enterprise)
      .orderBy(sql`answered_at is null desc`)
      .orderBy("received_at", "desc")
      .limit(200)
      .execute()
  ).map((row) => toObjection(row, now.toISOString()));

/** All that wait for an answer, the one due first at the top. */
export const openObjections = async (db: Db, now = new Date()): Promise<KeptObjection[]> =>
  (await db.selectFrom("objection").selectAll().where("answered_at", "is", null).orderBy("received_at").limit(500).execute()).map((row) =>
    toObjection(row, now.toISOString()),
  );

/**
 * The outbox of events 事件: what happened is written in the transaction that did it, with one delivery for each subscription of a party
 * that may know of it. So there is never one without the other.
 */
import { sql } from "kysely";
import type { DeliveredType, EventType } from "@zhiwei/api/events";
import { type Json, canonicalJson } from "@zhiwei/core/basics";
import { instant } from "../db/instant.ts";
import type { Tx } from "../db/index.ts";

/** Channel on which PostgreSQL tells the worker, after the commit, that something is to be delivered. */
export const CHANNEL = "zhiwei_events";

export const notify = (tx: Tx) => sql`select pg_notify(${CHANNEL}, '')`.execute(tx);

export type Happened = {
  readonly type: EventType;
  /** Id of what it happened to. */
  readonly subject: string;
  /** Parties that may know of it, each of which may read all of `data`. */
  readonly parties: readonly string[];
  /** What happened and the ids by which to ask for more; no figures of an enterprise. */
  readonly data: Readonly<Record<string, Json>>;
};

/** Writes events. One statement; it is called before evidence is logged, whose lock is taken last. */
export const emit = async (tx: Tx, happened: readonly Happened[], now: Date): Promise<void> => {
  if (happened.length === 0) return;
  const at = now.toISOString();
  const { rows } = await sql<{ queued: number }>`
    with happened as (
      insert into event (type, subject, data, parties, at)
      select type, subject, data, array(select jsonb_array_elements_text(parties::jsonb)), ${at}::timestamptz
      from unnest(${happened.map(({ type }) => type)}::text[], ${happened.map(({ subject }) => subject)}::text[],
        ${happened.map(({ data }) => canonicalJson(data))}::text[], ${happened.map(({ parties }) => JSON.stringify(parties))}::text[])
        as h (type, subject, data, parties)
      returning place, type, parties
    ), queued as (
      insert into webhook_delivery (webhook, event, queued_at, due_at)
      select webhook.id, happened.place, ${at}::timestamptz, ${at}::timestamptz from happened, webhook
      where webhook.disabled_at is null and happened.type = any (webhook.types) and webhook.party = any (happened.parties)
      -- One that is being ended at this moment is left out, and does not fail what happened.
      for key share of webhook
      returning 1
    )
    select count(*) as queued from queued`.execute(tx);
  if (rows[0]!.queued > 0) await notify(tx);
};

/** An event as it is kept. */
export type Kept = {
  readonly id: string;
  readonly type: DeliveredType;
  readonly subject: string;
  readonly data: string;
  readonly at: string;
};

/** What is posted: CloudEvents 1.0, structured mode. The same bytes each time, whoever asks. */
export const bodyOf = ({ id, type, subject, data, at }: Kept, source: string): string =>
  JSON.stringify({
    specversion: "1.0",
    id,
    source,
    type,
    subject,
    time: instant(at),
    datacontenttype: "application/json",
    data: JSON.parse(data) as unknown,
  });

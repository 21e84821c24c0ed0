/** The trace of reads 查询记录: who read what of an enterprise, and the evidence that no line of it was changed or taken away. */
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import { type Json, canonicalJson } from "@zhiwei/core/basics";
import type { DataClass, Denial, Instant, ReadBasis, ReadPurpose, ReadSubject } from "@zhiwei/core/consent";
import { leafHash, rootOf, sameBytes, subtreeOf } from "@zhiwei/core/tlog";
import { type Db, type Tx, snapshot } from "../db/index.ts";
import { sha256 } from "../evidence/keys.ts";
import { logRecords } from "../evidence/records.ts";

export type ReadTrace = {
  readonly id: number;
  readonly at: Instant;
  readonly enterprise: string;
  readonly party: string;
  readonly actor: string;
  readonly purpose: ReadPurpose;
  readonly classes: readonly DataClass[];
  readonly what: ReadSubject;
  readonly basis: ReadBasis;
  readonly consents: readonly string[];
  readonly denial: Denial | null;
};

const columns = sql`id, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, enterprise_id as enterprise, party, actor, purpose,
  classes, what, basis, consents, denial`;

export type ReadFilter = {
  readonly party?: string | undefined;
  readonly outcome?: "allowed" | "refused" | undefined;
};

/** One page of the reads of an enterprise, newest first. */
export const readsOf = async (
  db: Db,
  enterprise: string,
  { party, outcome }: ReadFilter,
  { page, pageSize }: { readonly page: number; readonly pageSize: number },
): Promise<{ items: ReadTrace[]; total: number }> => {
  const where = sql`enterprise_id = ${enterprise} and (${party ?? null}::text is null or party = ${party ?? null})
    and (${outcome ?? null}::text is null or (denial is null) = (${outcome ?? null} = 'allowed'))`;
  const [items, counted] = await Promise.all([
    sql<ReadTrace>`select ${columns} from consent_read where ${where} order by id desc limit ${pageSize} offset ${(page - 1) * pageSize}`.execute(
      db,
    ),
    sql<{ n: number }>`select count(*) as n from consent_read where ${where}`.execute(db),
  ]);
  return { items: items.rows, total: counted.rows[0]!.n };
};

export type PartyReads = {
  readonly party: string;
  readonly allowed: number;
  readonly refused: number;
  readonly first: Instant;
  readonly last: Instant;
  readonly classes: readonly DataClass[];
  readonly purposes: readonly ReadPurpose[];
};

/** Who read an enterprise at all: how often, what, what for. The one who read last stands first. */
export const readersOf = async (db: Db, enterprise: string): Promise<PartyReads[]> => {
  const { rows } = await sql<PartyReads>`
    with mine as (select * from consent_read where enterprise_id = ${enterprise})
    select party, count(*) filter (where denial is null) as allowed, count(*) filter (where denial is not null) as refused,
      to_char(min(at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as first,
      to_char(max(at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as last,
      coalesce((select array_agg(distinct class order by class) from mine as m, unnest(m.classes) as class where m.party = mine.party and denial is null), '{}') as classes,
      array_agg(distinct purpose order by purpose) as purposes
    from mine group by party order by max(at) desc, party`.execute(db);
  return rows;
};

// Evidence.

const hashOf = (trace: ReadTrace): Uint8Array => leafHash(sha256, new TextEncoder().encode(canonicalJson(trace as unknown as Json)));
const rootOver = (leaves: readonly Uint8Array[]): Uint8Array => rootOf(sha256, subtreeOf(sha256, leaves), leaves.length);

const tracesBetween = async (db: Db | Tx, after: number, last: number, most: number | null = null): Promise<ReadTrace[]> =>
  (await sql<ReadTrace>`select ${columns} from consent_read where id > ${after} and id <= ${last} order by id limit ${most}`.execute(db))
    .rows;

/** Traces in one commitment at most, so that their tree is hashed within a few milliseconds: requests wait for nothing longer. */
const COMMITTED_AT_ONCE = 2048;
/** Traces that are read and hashed in one go, for the same reason; then others have their turn, four times as long. */
const HASHED_AT_ONCE = 64;
const PAUSE = 4;

/**
 * Commits the evidence log to the reads since the last time: one record `reads` with their Merkle root. Called before a checkpoint is
 * signed. Gives how many; none were left out, for it waits until those being written are there. A second one at the same time waits,
 * and finds them committed to.
 */
export const commitReads = async (db: Db, now: Date): Promise<number> => {
  // A trace takes its number while it holds the table; with the table in hand, no number below the last one is still to come.
  const last = await db.transaction().execute(async (tx) => {
    await sql`lock table consent_read in share mode`.execute(tx);
    return (await sql<{ last: number | null }>`select max(id) as last from consent_read`.execute(tx)).rows[0]!.last;
  });
  if (last === null) return 0;
  let committed = 0;
  for (;;) {
    const done = await commitSome(db, last, now);
    committed += done;
    if (done < COMMITTED_AT_ONCE) return committed;
  }
};

const commitSome = (db: Db, upTo: number, now: Date): Promise<number> =>
  db.transaction().execute(async (tx) => {
    await sql`lock table consent_read_commitment in share row exclusive mode`.execute(tx);
    const after =
      (await sql<{ last: number | null }>`select max(last) as last from consent_read_commitment`.execute(tx)).rows[0]!.last ?? 0;
    const end = (
      await sql<{ last: number | null }>`select max(id) as last from (
        select id from consent_read where id > ${after} and id <= ${upTo} order by id limit ${COMMITTED_AT_ONCE}) as next`.execute(tx)
    ).rows[0]!.last;
    if (end === null) return 0;
    const ids: number[] = [];
    const leaves: Uint8Array[] = [];
    for (let done = after; done < end;) {
      const started = performance.now();
      const some = await tracesBetween(tx, done, end, HASHED_AT_ONCE);
      for (const trace of some) {
        ids.push(trace.id);
        leaves.push(hashOf(trace));
      }
      done = some.at(-1)?.id ?? end;
      if (done < end) await sleep(PAUSE * (performance.now() - started));
    }
    const root = Buffer.from(rootOver(leaves));
    await tx
      .insertInto("consent_read_commitment")
      .values({ last: end, root, ids, leaves: Buffer.concat(leaves) })
      .execute();
    const hex = root.toString("hex");
    await logRecords(tx, [{ kind: "reads", subject: null, content: { after, last: end, reads: ids.length, root: hex }, about: hex }], now);
    return ids.length;
  });

export type ReadsFault = {
  /** The trace that it concerns, or null where it is the commitment. */
  readonly id: number | null;
  /** Last trace of the commitment. */
  readonly last: number;
  readonly fault: "changed" | "missing" | "added" | "commitment-changed" | "commitment-missing" | "not-in-evidence";
};

/**
 * Holds every committed trace against the evidence log, and names what differs: a trace changed, missing or added later; a commitment
 * that no longer fits its own root, that was taken away, or whose root no evidence record states. That the record itself is in the log is for the
 * check of the log (`zhiwei fsck`). It looks at one moment, so reads may go on.
 */
export const checkReads = (db: Db): Promise<ReadsCheck> => snapshot(db, checkIn);

type ReadsCheck = { readonly traces: number; readonly faults: readonly ReadsFault[] };

const checkIn = async (db: Tx): Promise<ReadsCheck> => {
  const faults: ReadsFault[] = [];
  let checked = 0;
  let after = 0;
  const commitments = await db.selectFrom("consent_read_commitment").select(["last", "root"]).orderBy("last").execute();
  for (const { last, root } of commitments) {
    const { ids, leaves } = await db
      .selectFrom("consent_read_commitment")
      .select(["ids", "leaves"])
      .where("last", "=", last)
      .executeTakeFirstOrThrow();
    const committed = new Map(ids.map((id, place) => [Number(id), leaves.subarray(place * 32, place * 32 + 32)]));
    if (!sameBytes(rootOver([...committed.values()]), root)) faults.push({ id: null, last, fault: "commitment-changed" });
    const { rows: stated } = await sql<{ record: string | null }>`
      select record from evidence_record where kind = 'reads' and about = ${root.toString("hex")}`.execute(db);
    const states = stated.some(({ record }) => {
      const content = record === null ? null : (JSON.parse(record) as { content: Record<string, unknown> }).content;
      return content?.["after"] === after && content["last"] === last && content["reads"] === committed.size;
    });
    if (!states) faults.push({ id: null, last, fault: "not-in-evidence" });
    const present = await tracesBetween(db, after, last);
    for (const trace of present) {
      const leaf = committed.get(trace.id);
      if (!leaf) faults.push({ id: trace.id, last, fault: "added" });
      else if (!sameBytes(hashOf(trace), leaf)) faults.push({ id: trace.id, last, fault: "changed" });
      committed.delete(trace.id);
    }
    for (const id of committed.keys()) faults.push({ id, last, fault: "missing" });
    checked += present.length;
    after = last;
  }
  const { rows: orphans } = await sql<{ last: number }>`
    select (record::jsonb -> 'content' ->> 'last')::bigint as last from evidence_record
    where kind = 'reads' and record is not null and about <> all(${commitments.map(({ root }) => root.toString("hex"))}::text[])
    order by position`.execute(db);
  for (const { last } of orphans) faults.push({ id: null, last, fault: "commitment-missing" });
  return { traces: checked, faults };
};

/** Records of evidence: kept beside the log, whose entries commit to them; written in the transaction of what they are evidence of. */
import { randomBytes } from "node:crypto";
import { sql } from "kysely";
import { type Json, canonicalJson } from "@zhiwei/core/basics";
import { type EvidenceKind, type EvidenceRecord, SALT_BYTES, entryOf } from "@zhiwei/core/evidence";
import type { Db, Tx } from "../db/index.ts";
import { hashes } from "./keys.ts";
import { appendEntries, headOf } from "./log.ts";

/** A record to be logged; `about` is the hash of the document that it speaks of, by which it is found again. */
export type Stated = Omit<EvidenceRecord, "at"> & { readonly about?: string | undefined };

/**
 * Logs records in the transaction of what they are evidence of, and gives the position of the first; the others follow. Call it last
 * in the transaction: until that ends, nobody else can log anything.
 */
export const logRecords = async (tx: Tx, stated: readonly Stated[], now: Date): Promise<number> => {
  const at = now.toISOString();
  const made = stated.map(({ about, ...rest }) => {
    const record: EvidenceRecord = { ...rest, at };
    return { record, about: about ?? null, salt: randomBytes(SALT_BYTES), text: canonicalJson(record as unknown as Json) };
  });
  // Held until the end, as the append does: what is committed to is made by the hash of the tree that it goes into.
  const { suite } = await headOf(tx, true);
  const first = await appendEntries(
    tx,
    made.map(({ record, salt }) => entryOf(hashes[suite], salt, record)),
  );
  for (let from = 0; from < made.length; from += 5000) {
    const some = made.slice(from, from + 5000);
    await sql`insert into evidence_record (position, kind, subject, at, salt, record, about)
      select ${first + from}::bigint + n - 1, kind, subject, ${at}::timestamptz, decode(salt, 'hex'), record, about
      from unnest(${some.map((each) => each.record.kind)}::text[], ${some.map((each) => each.record.subject)}::text[],
        ${some.map((each) => each.salt.toString("hex"))}::text[], ${some.map((each) => each.text)}::text[], ${some.map((each) => each.about)}::text[])
        with ordinality as r(kind, subject, salt, record, about, n)`.execute(tx);
  }
  return first;
};

/** A record as it is kept. `salt` and `record` are null once it was erased. */
export type KeptRecord = {
  readonly position: number;
  readonly kind: EvidenceKind;
  readonly salt: Buffer | null;
  readonly record: string | null;
};

/** The newest record of a kind that speaks of a document, by the document's hash. */
export const recordAbout = async (db: Db | Tx, kind: EvidenceKind, about: string): Promise<KeptRecord | null> => {
  const found = await db
    .selectFrom("evidence_record")
    .select(["position", "salt", "record"])
    .where("kind", "=", kind)
    .where("about", "=", about)
    .orderBy("position", "desc")
    .limit(1)
    .executeTakeFirst();
  return found ? { ...found, kind } : null;
};

/**
 * Erases what the records on an enterprise say, on its request (PIPL article 47), and logs that so many were erased; gives how many.
 * The entries stay in the log, and without salt and record nobody can tell what they were of.
 */
export const eraseRecords = async (db: Db, subject: string, now: Date): Promise<number> =>
  db.transaction().execute(async (tx) => {
    const erased = await tx
      .updateTable("evidence_record")
      .set({ record: null, salt: null, about: null, subject: null, erased_at: now.toISOString() })
      .where("subject", "=", subject)
      .where("erased_at", "is", null)
      .returning("position")
      .execute();
    if (erased.length === 0) return 0;
    await logRecords(
      tx,
      [{ kind: "erasure", subject: null, content: { positions: erased.map(({ position }) => position).sort((a, b) => a - b) } }],
      now,
    );
    return erased.length;
  });

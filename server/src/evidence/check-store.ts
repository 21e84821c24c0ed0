/** `fsck` of the store: what is kept beside the log, held against what the log commits to. */
import { type EvidenceRecord, opens, parseEntry } from "@zhiwei/core/evidence";
import { parseNote, verifySignatures } from "@zhiwei/core/tlog";
import { type Tx, snapshot } from "../db/index.ts";
import type { Platform } from "../platform.ts";
import { hashes, verify } from "./keys.ts";
import { suiteOfLog } from "./log.ts";
import type { Evidence } from "./publish.ts";
import { batchFault } from "./recompute.ts";
import { sha256Hex } from "../system/hash.ts";

export type StoreFault = {
  readonly code:
    | "record-missing"
    | "record-changed"
    | "profile-changed"
    | "profile-not-logged"
    | "batch-not-logged"
    | "batch-changed"
    | "file-missing"
    | "file-changed"
    | "rows-changed"
    | "cosignature";
  readonly where: string;
};

const AT_ONCE = 10_000;
const MOST_FAULTS = 100;

/**
 * Every record against its entry, every kept profile and batch against its record, every file of the lake and its rows against the
 * batch, every cosignature against its witness's keys. It looks at one moment of the database, so work may go on.
 */
export const checkStore = (platform: Platform, evidence: Evidence): Promise<StoreCheck> =>
  snapshot(platform.db, (tx) => checkIn(tx, platform, evidence));

type StoreCheck = { readonly records: number; readonly erased: number; readonly faults: readonly StoreFault[] };

const checkIn = async (db: Tx, platform: Platform, evidence: Evidence): Promise<StoreCheck> => {
  const faults: StoreFault[] = [];
  const fault = (code: StoreFault["code"], where: string | number) => {
    if (faults.length < MOST_FAULTS) faults.push({ code, where: String(where) });
  };
  let records = 0;
  let erased = 0;
  let erasedBatches = 0;
  const unlogged: string[] = [];
  const hash = hashes[await suiteOfLog(db)];
  const batches = new Map<string, EvidenceRecord["content"]>();
  const profiles = new Set<string>();
  for (let after = -1; ;) {
    const rows = await db
      .selectFrom("evidence_leaf")
      .leftJoin("evidence_record", "evidence_record.position", "evidence_leaf.position")
      .select(["evidence_leaf.position", "evidence_leaf.entry", "evidence_record.kind", "salt", "record", "about", "erased_at"])
      .where("evidence_leaf.position", ">", after)
      .orderBy("evidence_leaf.position")
      .limit(AT_ONCE)
      .execute();
    for (const row of rows) {
      const said = parseEntry(row.entry);
      if (!said) continue; // an entry of another kind than ours says nothing of this store
      if (row.kind === null) fault("record-missing", row.position);
      else if (row.erased_at !== null) {
        erased++;
        if (row.kind === "import-batch") erasedBatches++;
      } else {
        const record = parsed(row.record!);
        if (!record || row.kind !== said.kind || record.kind !== said.kind || !opens(hash, row.entry, row.salt!, record))
          fault("record-changed", row.position);
        else {
          records++;
          if (record.kind === "import-batch") batches.set(textIn(record.content["batch"]), record.content);
          if (record.kind === "profile") profiles.add(textIn(record.content["sha256"]));
        }
      }
    }
    if (rows.length < AT_ONCE) break;
    after = rows.at(-1)!.position;
  }
  for (const batch of await db
    .selectFrom("import_batch")
    .select(["id", "rows", "parquet_path", "parquet_sha256"])
    .orderBy("id")
    .execute()) {
    const logged = batches.get(batch.id);
    if (!logged) unlogged.push(batch.id);
    else if (logged["sha256"] !== batch.parquet_sha256 || logged["rows"] !== batch.rows) fault("batch-changed", batch.id);
    else {
      const found = await batchFault(platform, batch.parquet_path, {
        sha256: logged["sha256"],
        rowsRoot: logged["rowsRoot"],
        rowsSalt: logged["rowsSalt"],
      });
      if (found) fault(found, batch.id);
    }
  }
  // Of which batch a record was that is erased nobody can tell; more batches without one than were erased is a fault.
  if (unlogged.length > erasedBatches) for (const id of unlogged) fault("batch-not-logged", id);
  const { canonicalJson } = await import("@zhiwei/core/basics");
  for (const { enterprise_id, as_of, sha256: stated, document } of await db
    .selectFrom("profile")
    .select(["enterprise_id", "as_of", "sha256", "document"])
    .execute()) {
    const found = sha256Hex(canonicalJson(document as never));
    if (found !== stated) fault("profile-changed", `${enterprise_id} ${as_of}`);
    else if (!profiles.has(stated)) fault("profile-not-logged", `${enterprise_id} ${as_of}`);
  }
  const lines = await db
    .selectFrom("evidence_cosignature")
    .innerJoin("evidence_checkpoint", "evidence_checkpoint.size", "evidence_cosignature.size")
    .select(["evidence_cosignature.size", "witness", "line", "signed"])
    .execute();
  for (const { size, witness, line, signed } of lines) {
    const keys = evidence.policy.witnesses.filter(({ name }) => name === witness);
    const note = parseNote(`${parseNote(signed)?.text ?? ""}\n${line}\n`);
    // Of a witness that is no longer configured there are no keys to look with.
    if (keys.length > 0 && (!note || verifySignatures(note, keys, verify).verified.length !== 1))
      fault("cosignature", `${witness} ${size}`);
  }
  return { records, erased, faults };
};

const textIn = (value: unknown): string => (typeof value === "string" ? value : "");

const parsed = (text: string): EvidenceRecord | null => {
  try {
    return JSON.parse(text) as EvidenceRecord;
  } catch {
    return null;
  }
};

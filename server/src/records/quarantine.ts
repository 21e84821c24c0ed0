import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { sql } from "kysely";
import { type IsoDate, type Problem, type Result, canonicalJson, err, ok } from "@zhiwei/core/basics";
import type { RecordKind } from "@zhiwei/core/records";
import type { Db } from "../db/index.ts";
import type { Reason } from "../db/schema.ts";
import { type ImportContext, type ImportOutcome, batchId, importPart, stagingFolder } from "./import.ts";
import { ImportRefusal, refuse } from "./problems.ts";
import { StageWriter, stagedRelation } from "./staged.ts";

/** A row that was not accepted, with the file and line it came from and every reason. */
export type QuarantinedRow = {
  readonly id: number;
  readonly batch: string;
  readonly kind: RecordKind;
  readonly file: string;
  readonly line: number;
  /** The row as it arrived: header to text. */
  readonly raw: Readonly<Record<string, string>>;
  /** Cells as last corrected; null where nobody tried. */
  readonly mended: Readonly<Record<string, string>> | null;
  /** Field to the header that holds it. */
  readonly mapping: Readonly<Record<string, string>>;
  readonly reasons: readonly Reason[];
  readonly state: "open" | "mended" | "dismissed";
  readonly mendedBatch: string | null;
  readonly changedAt: string;
};

export type QuarantineFilter = {
  readonly batch?: string | undefined;
  /** Code of a reason. */
  readonly reason?: string | undefined;
  readonly state?: QuarantinedRow["state"] | undefined;
};

const chosen = ({ batch, reason, state }: QuarantineFilter) => sql<boolean>`
  (${batch ?? null}::text is null or q.batch_id = ${batch ?? null})
  and (${state ?? null}::text is null or q.state = ${state ?? null})
  and (${reason ?? null}::text is null or q.reasons @> ${JSON.stringify(reason === undefined ? [] : [{ code: reason }])}::jsonb)`;

const columns = sql`q.id, q.batch_id as batch, b.kind, b.file_name as file, q.line, q.raw, q.mended, b.mapping, q.reasons, q.state,
  q.mended_batch_id as "mendedBatch", q.changed_at as "changedAt" from quarantine_row q join import_batch b on b.id = q.batch_id`;

/** One page of the quarantine, oldest batch first, by line. */
export const listQuarantine = async (
  db: Db,
  filter: QuarantineFilter,
  { page, pageSize }: { readonly page: number; readonly pageSize: number },
): Promise<{ items: readonly QuarantinedRow[]; total: number }> => {
  const counted = await sql<{ n: number }>`select count(*) as n from quarantine_row q where ${chosen(filter)}`.execute(db);
  const found = await sql<QuarantinedRow>`select ${columns} where ${chosen(filter)}
    order by b.created_at, q.batch_id, q.line limit ${pageSize} offset ${(page - 1) * pageSize}`.execute(db);
  return { items: found.rows, total: counted.rows[0]!.n };
};

const quarantinedRow = async (db: Db, id: number): Promise<QuarantinedRow | null> =>
  (await sql<QuarantinedRow>`select ${columns} where q.id = ${id}`.execute(db)).rows[0] ?? null;

const openRow = async (db: Db, id: number): Promise<QuarantinedRow> => {
  const row = await quarantinedRow(db, id);
  if (!row)
    throw refuse(
      "quarantine-unknown",
      `隔离区没有第 ${id} 号行。`,
      `There is no row ${id} in quarantine.`,
      "请刷新列表。",
      "Reload the list.",
    );
  if (row.state === "mended")
    throw refuse(
      "quarantine-settled",
      "该行已改正并接收。",
      "The row has been mended and accepted already.",
      "无需再处理。",
      "There is nothing left to do.",
    );
  return row;
};

export type MendRequest = {
  readonly id: number;
  /** Cells of the row, header to text; those left out stay as they are. */
  readonly cells: Readonly<Record<string, string>>;
  readonly today: IsoDate;
};

/**
 * Tries a row again with corrected cells, by the same rules as any import. What passes becomes a batch of its own that
 * keeps the line; what does not stays open with its new reasons, and the row as it arrived is kept beside the attempt.
 */
export const retryQuarantined = async (
  context: ImportContext,
  { id, cells, today }: MendRequest,
): Promise<Result<{ row: QuarantinedRow; outcome: ImportOutcome }, Problem>> => {
  try {
    const row = await openRow(context.db, id);
    const { enterprise_id: enterprise } = await context.db
      .selectFrom("import_batch")
      .select("enterprise_id")
      .where("id", "=", row.batch)
      .executeTakeFirstOrThrow();
    const headers = [...new Set([...Object.values(row.mapping), ...Object.keys(row.raw)])].filter((header) => header !== "…");
    const before = row.mended ?? row.raw;
    const mended = Object.fromEntries(headers.map((header) => [header, cells[header] ?? before[header] ?? ""]));
    const fileSha256 = createHash("sha256")
      .update(canonicalJson({ batch: row.batch, line: row.line, cells: mended }))
      .digest("hex");
    const folder = await stagingFolder(context.lake);
    const connection = await context.lake.connect();
    try {
      const writer = await StageWriter.open(folder, "staged.csv", headers.length);
      writer.row(
        row.line,
        headers.map((header) => mended[header]!),
      );
      await writer.close();
      const outcome = await importPart(context, connection, folder, {
        id: batchId(row.kind, enterprise, row.mapping, fileSha256),
        kind: row.kind,
        mapping: row.mapping,
        only: null,
        enterprise,
        fileName: row.file,
        fileSha256,
        staged: { headers, relation: stagedRelation(writer.path, headers.length), rows: 1 },
        today,
        refuseAllWrong: false,
        mends: { id, cells: mended },
        progress: () => {},
      });
      return ok({ row: (await quarantinedRow(context.db, id))!, outcome });
    } finally {
      connection.closeSync();
      await rm(folder, { recursive: true, force: true });
    }
  } catch (error) {
    if (error instanceof ImportRefusal) return err(error.problem);
    throw error;
  }
};

/** Settles that a row is not taken. It stays in the quarantine, with its reasons. */
export const dismissQuarantined = async (db: Db, id: number): Promise<Result<QuarantinedRow, Problem>> => {
  try {
    await openRow(db, id);
    await sql`update quarantine_row set state = 'dismissed', changed_at = now() where id = ${id} and state = 'open'`.execute(db);
    return ok((await quarantinedRow(db, id))!);
  } catch (error) {
    if (error instanceof ImportRefusal) return err(error.problem);
    throw error;
  }
};

import { createHash, randomBytes, randomUUID } from "node:crypto";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { type Kysely, sql } from "kysely";
import { type IsoDate, type Problem, type Result, type Text, canonicalJson, err, ok } from "@zhiwei/core/basics";
import { inferIndustry, region } from "@zhiwei/core/enterprise";
import {
  type Cells,
  type Compiled,
  type Mapping,
  type RecordKind,
  brokenRules,
  compileRecords,
  conflictReason,
  kindOf,
  missingFields,
  suggestMapping,
} from "@zhiwei/core/records";
import { SALT_BYTES } from "@zhiwei/core/evidence";
import type { Db, Tx } from "../db/index.ts";
import type { Database, Reason } from "../db/schema.ts";
import { type Lake, literal, rows } from "../lake/index.ts";
import { logRecords } from "../evidence/records.ts";
import { rowsRoot } from "../evidence/rows.ts";
import { fileSha256, openInput } from "./input.ts";
import { ImportRefusal, refuse } from "./problems.ts";
import { readerFor } from "./reader.ts";
import { type Staged, columnOf } from "./staged.ts";

export type ImportContext = { readonly db: Db; readonly lake: Lake };

export type ImportPhase = "reading" | "checking" | "comparing" | "writing";

/** The phases of an import for a reader who waits. */
export const IMPORT_PHASES: Readonly<Record<ImportPhase, Text>> = {
  reading: { zh: "正在读取文件", en: "Reading the file" },
  checking: { zh: "正在校验", en: "Validating" },
  comparing: { zh: "正在与已有记录比对", en: "Comparing with earlier records" },
  writing: { zh: "正在写入", en: "Writing" },
};

export type ImportProgress = {
  readonly bytesRead: number;
  readonly bytesTotal: number;
  readonly rowsRead: number;
  readonly phase: ImportPhase;
};

export type ImportRequest = {
  readonly path: string;
  /** What the user calls the file; it is cited in batches and quarantine. */
  readonly fileName?: string | undefined;
  /** Found from the headers where it is not given. */
  readonly kind?: RecordKind | undefined;
  /** Whose records these are, where the file does not say. */
  readonly enterprise?: string | undefined;
  /** Field to header; laid over what the headers suggest. */
  readonly mapping?: Mapping | undefined;
  /** The day of the import: rows dated later go to quarantine. */
  readonly today: IsoDate;
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
};

export type ImportedBatch = {
  readonly id: string;
  readonly file: string;
  readonly kind: RecordKind;
  /** Rows accepted. */
  readonly rows: number;
  /** Of the Parquet file; null where no row was accepted or the kind has no file. */
  readonly sha256: string | null;
};

/** accepted + quarantined + duplicates are all rows of the file. */
export type ImportOutcome = {
  readonly accepted: number;
  readonly quarantined: number;
  readonly duplicates: number;
  readonly batches: readonly ImportedBatch[];
};

/** Row groups of the lake's files: what a scan of one enterprise has to read at least. */
const ROW_GROUP = 122_880;
/** A file of which not a single one of this many rows can be accepted is taken for the wrong file. */
const ALL_WRONG = 10_000;
/** Serialises the comparison with what is accepted and the commit, over all processes that share the database. */
const LOCK = 4756;

/**
 * Takes a file in. Either all of it is taken in, with its bad rows in quarantine, or nothing is.
 *
 * A file that was imported before, in the same way, changes nothing: all its rows count as duplicates and the batches
 * they are in are cited. Refusals come as a Problem; what throws is a lost database or our own mistake.
 */
export const importFile = async (context: ImportContext, request: ImportRequest): Promise<Result<ImportOutcome, Problem>> => {
  try {
    return ok(await importOrThrow(context, request));
  } catch (error) {
    if (error instanceof ImportRefusal) return err(error.problem);
    throw error;
  }
};

const importOrThrow = async (context: ImportContext, request: ImportRequest): Promise<ImportOutcome> => {
  const { path, signal } = request;
  const fileName = request.fileName ?? basename(path);
  const input = await openInput(path);
  const before = await stat(path);
  const progress = (phase: ImportPhase, bytesRead: number, rowsRead: number) =>
    request.onProgress?.({ phase, bytesRead: Math.min(bytesRead, input.bytes), bytesTotal: input.bytes, rowsRead });
  progress("reading", 0, 0);
  const connection = await context.lake.connect();
  const folder = await stagingFolder(context.lake);
  try {
    const reader = await readerFor(input, connection);
    const parts = partsOf(reader.headers, request);
    const sha256 = await fileSha256(path);
    signal?.throwIfAborted();

    const plans = parts.map((part) => ({ ...part, id: batchId(part.kind, request.enterprise ?? null, part.mapping, sha256) }));
    const known = await context.db
      .selectFrom("import_batch")
      .selectAll()
      .where(
        "id",
        "in",
        plans.map((plan) => plan.id),
      )
      .execute();
    if (known.length === plans.length) return knownOutcome(known);

    const staged = await reader.stage(folder, (bytes, read) => {
      progress("reading", bytes, read);
      signal?.throwIfAborted();
    });
    const after = await stat(path);
    if (after.size !== before.size || after.mtimeMs !== before.mtimeMs)
      throw refuse(
        "file-changed",
        "文件在读取期间被改动。",
        "The file changed while it was read.",
        "请待文件写完后再导入。",
        "Import it again once it is complete.",
      );

    const outcomes: ImportOutcome[] = [];
    for (const plan of plans) {
      const done = known.find((batch) => batch.id === plan.id);
      outcomes.push(
        done
          ? knownOutcome([done])
          : await importPart(context, connection, folder, {
              id: plan.id,
              kind: plan.kind,
              mapping: plan.mapping,
              only: plan.only,
              enterprise: request.enterprise ?? null,
              fileName,
              fileSha256: sha256,
              staged: plan.filter ? { ...staged, relation: `(select * from ${staged.relation} where ${plan.filter})` } : staged,
              today: request.today,
              refuseAllWrong: true,
              mends: null,
              progress: (phase) => {
                progress(phase, input.bytes, staged.rows);
                signal?.throwIfAborted();
              },
            }),
      );
    }
    return sumOf(outcomes);
  } finally {
    connection.closeSync();
    await rm(folder, { recursive: true, force: true });
  }
};

const sumOf = (outcomes: readonly ImportOutcome[]): ImportOutcome => ({
  accepted: outcomes.reduce((sum, each) => sum + each.accepted, 0),
  quarantined: outcomes.reduce((sum, each) => sum + each.quarantined, 0),
  duplicates: outcomes.reduce((sum, each) => sum + each.duplicates, 0),
  batches: outcomes.flatMap((each) => each.batches),
});

type Part = {
  readonly kind: RecordKind;
  readonly mapping: Mapping;
  /** Condition on the staged columns, where one file holds two kinds. */
  readonly filter: string | null;
  /** The only enterprise whose records these may be. */
  readonly only: string | null;
};

/**
 * As which kinds a file is read. One that names seller and buyer holds sales and purchases alike; which of the two a
 * row is depends on whose records they are.
 */
const partsOf = (headers: readonly string[], request: ImportRequest): readonly Part[] => {
  const { enterprise } = request;
  const given = enterprise === undefined ? [] : ["enterprise"];
  const mapped = (kind: RecordKind): Mapping => {
    const found = suggestMapping(headers, kind).mapping;
    // The name of an account's owner tells whose records these are only where nobody names the enterprise by its id.
    const { enterprise: ownerHeader, ...rest } = found;
    const suggested = enterprise !== undefined && ownerHeader !== undefined && OWNER_NAMES.includes(ownerHeader) ? rest : found;
    const mapping = Object.fromEntries(
      Object.entries({ ...suggested, ...request.mapping }).filter(
        ([field, header]) => header !== "" && kindOf(kind).fields.some((each) => each.id === field),
      ),
    );
    const unknown = Object.values(mapping).find((header) => !headers.includes(header));
    if (unknown !== undefined)
      throw refuse(
        "header-unknown",
        `文件中没有“${unknown}”这一列。`,
        `The file has no column "${unknown}".`,
        `请从文件的列中选择：${headers.slice(0, 30).join("、")}。`,
        `Choose from the columns of the file: ${headers.slice(0, 30).join(", ")}.`,
      );
    return mapping;
  };
  if (request.kind) {
    const mapping = mapped(request.kind);
    const missing = missingFields(kindOf(request.kind), mapping, given);
    if (missing.length > 0) throw fieldsMissing(request.kind, missing, headers);
    return [{ kind: request.kind, mapping, filter: null, only: null }];
  }
  const suggestion = suggestMapping(headers);
  if (suggestion.kind) {
    const mapping = mapped(suggestion.kind);
    const missing = missingFields(kindOf(suggestion.kind), mapping, given);
    if (missing.length > 0) throw fieldsMissing(suggestion.kind, missing, headers);
    return [{ kind: suggestion.kind, mapping, filter: null, only: null }];
  }
  const [sales, purchases] = [mapped("sales-invoices"), mapped("purchase-invoices")];
  const bothSides =
    missingFields(kindOf("sales-invoices"), sales).length === 0 && missingFields(kindOf("purchase-invoices"), purchases).length === 0;
  if (bothSides && enterprise !== undefined) {
    const bought = `upper(trim(coalesce(${columnOf(headers)(purchases["enterprise"]!)}, ''))) = ${literal(enterprise.toUpperCase())}`;
    return [
      { kind: "sales-invoices", mapping: sales, filter: `not (${bought})`, only: enterprise },
      { kind: "purchase-invoices", mapping: purchases, filter: bought, only: enterprise },
    ];
  }
  if (bothSides)
    throw refuse(
      "side-unknown",
      "文件同时列出销方与购方，无法判断是谁的发票。",
      "The file names seller and buyer alike, so it does not say whose invoices these are.",
      "请指明企业（--enterprise），或指明是销项还是进项（--kind）。",
      "Name the enterprise (--enterprise), or say whether these are sales or purchases (--kind).",
    );
  throw refuse(
    "headers-unknown",
    `从表头看不出这是哪种记录：${headers.slice(0, 20).join("、")}。`,
    `The headers do not tell what kind of record this is: ${headers.slice(0, 20).join(", ")}.`,
    "请确认首行是表头；或指定记录种类并对应各列。",
    "See that the first row holds the headers; or name the kind of record and match its columns.",
  );
};

const OWNER_NAMES = ["户名", "本方户名", "账户名称"];

const fieldsMissing = (kind: RecordKind, missing: readonly string[], headers: readonly string[]): ImportRefusal => {
  const names = kindOf(kind).fields.filter((field) => missing.includes(field.id));
  return refuse(
    "fields-missing",
    `${kindOf(kind).name.zh}缺少必需的列：${names.map((field) => field.name.zh).join("、")}。文件的列为：${headers.slice(0, 30).join("、")}。`,
    `${kindOf(kind).name.en} need columns that were not found: ${names.map((field) => field.name.en).join(", ")}. The file has: ${headers.slice(0, 30).join(", ")}.`,
    missing.includes("enterprise") ? "请对应各列；文件不含企业时请指明企业（--enterprise）。" : "请对应各列，或补上缺少的列。",
    missing.includes("enterprise")
      ? "Match the columns; where the file does not name the enterprise, name it (--enterprise)."
      : "Match the columns, or add those that are missing.",
  );
};

/** Content-addressed, so that the same file read the same way is the same batch on every machine. */
export const batchId = (kind: RecordKind, enterprise: string | null, mapping: Mapping, fileSha: string): string =>
  createHash("sha256")
    .update(canonicalJson({ kind, enterprise, mapping, file: fileSha }))
    .digest("hex")
    .slice(0, 20);

type KnownBatch = {
  id: string;
  kind: string;
  file_name: string;
  rows: number;
  quarantined: number;
  duplicates: number;
  parquet_sha256: string | null;
};

const knownOutcome = (batches: readonly KnownBatch[]): ImportOutcome => ({
  accepted: 0,
  quarantined: 0,
  duplicates: batches.reduce((sum, batch) => sum + batch.rows + batch.quarantined + batch.duplicates, 0),
  batches: batches.map((batch) => ({
    id: batch.id,
    file: batch.file_name,
    kind: batch.kind as RecordKind,
    rows: batch.rows,
    sha256: batch.parquet_sha256,
  })),
});

/**
 * A folder for one import, named by the process that works in it; folders of processes that died are removed first, so
 * that a crash leaves no more than the next import sweeps away.
 */
export const stagingFolder = async (lake: Lake): Promise<string> => {
  const root = join(lake.folder, "../staging");
  await mkdir(root, { recursive: true });
  for (const name of await readdir(root)) {
    const pid = Number(name.split("-")[0]);
    if (pid !== process.pid && !isAlive(pid)) await rm(join(root, name), { recursive: true, force: true });
  }
  const folder = join(root, `${process.pid}-${randomUUID()}`);
  await mkdir(folder);
  return folder;
};

const isAlive = (pid: number): boolean => {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
};

export type PartPlan = {
  readonly id: string;
  readonly kind: RecordKind;
  readonly mapping: Mapping;
  readonly only: string | null;
  readonly enterprise: string | null;
  readonly fileName: string;
  readonly fileSha256: string;
  readonly staged: Staged;
  readonly today: IsoDate;
  readonly refuseAllWrong: boolean;
  readonly progress: (phase: ImportPhase) => void;
  /** The row of quarantine that is tried again: settled with its batch, or given its new reasons. */
  readonly mends: { readonly id: number; readonly cells: Readonly<Record<string, string>> } | null;
};

type Quarantined = { line: number; raw: Record<string, string>; reasons: Reason[] };

/** Brings one staged relation through the rules into the lake and the database. */
export const importPart = async (
  context: ImportContext,
  connection: DuckDBConnection,
  folder: string,
  plan: PartPlan,
): Promise<ImportOutcome> => {
  const { lake, db } = context;
  const { staged, kind } = plan;
  const column = columnOf(staged.headers);
  const compiled = compileRecords(kind, {
    mapping: plan.mapping,
    column,
    width: staged.headers.length,
    enterprise: plan.enterprise,
    only: plan.only,
    spacesOnly: staged.spacesOnly ?? false,
    today: plan.today,
  });
  plan.progress("checking");
  const parsedPath = join(folder, `parsed-${kind}.parquet`);
  const parsed = `read_parquet(${literal(parsedPath)})`;
  await connection.run(
    `copy (${compiled.select(staged.relation)}) to ${literal(parsedPath)} (format parquet, compression lz4_raw, row_group_size ${ROW_GROUP})`,
  );
  const [counted] = await rows<{ total: number; bad: number }>(
    connection,
    `select count(*) as total, count(*) filter (reasons <> 0) as bad from ${parsed}`,
  );
  const { total, bad } = counted!;
  if (plan.refuseAllWrong && total >= ALL_WRONG && bad === total) throw await allWrong(connection, parsed, compiled, total);

  return db.connection().execute(async (session) => {
    plan.progress("comparing");
    await sql`select pg_advisory_lock(${LOCK}::bigint)`.execute(session);
    try {
      // Another process may have taken the same file in while this one was reading it.
      const known = await session.selectFrom("import_batch").selectAll().where("id", "=", plan.id).execute();
      if (known.length > 0) {
        await settleMended(session, plan);
        return knownOutcome(known);
      }
      await judge(lake, session, connection, compiled, parsed);
      plan.progress("writing");
      const quarantined = await quarantinedRows(connection, compiled, staged, plan.mapping, parsed);
      if (plan.mends && quarantined.length > 0) {
        await stillBad(session, plan.mends, quarantined[0]!.reasons);
        return { accepted: 0, quarantined: quarantined.length, duplicates: 0, batches: [] };
      }
      return kind === "enterprises"
        ? await storeEnterprises(session, connection, compiled, plan, parsed, quarantined)
        : await storeLake(lake, session, connection, compiled, plan, parsed, quarantined);
    } finally {
      await sql`select pg_advisory_unlock(${LOCK}::bigint)`.execute(session);
      await connection.run("drop table if exists judged; drop table if exists candidate; drop table if exists seen");
    }
  });
};

const allWrong = async (connection: DuckDBConnection, parsed: string, compiled: Compiled, total: number): Promise<ImportRefusal> => {
  const [most] = await rows<{ reasons: bigint | number }>(
    connection,
    `select reasons from ${parsed} group by 1 order by count(*) desc, 1 limit 1`,
  );
  const titles = brokenRules(compiled, BigInt(most!.reasons)).map((rule) => rule.title);
  return refuse(
    "no-row-acceptable",
    `${total} 行中没有一行可以接收，最常见的原因：${titles.map((title) => title.zh).join("；")}。`,
    `Not one of ${total} rows can be accepted. Most often: ${titles.map((title) => title.en).join("; ")}.`,
    "很可能是列对应错了：请核对各列的对应关系。",
    "Most likely the columns are matched wrongly: check which column is which.",
  );
};

/**
 * Compares the sound rows with each other and with what was accepted before. Rows are found by the hash of their
 * identity and then compared on the identity itself, so that two invoices with one hash are both kept.
 *
 * Leaves the table `judged` with a verdict for every row that is not simply new.
 */
const judge = async (lake: Lake, db: Kysely<Database>, connection: DuckDBConnection, compiled: Compiled, parsed: string): Promise<void> => {
  const sound = `(select * from ${parsed} where reasons = 0)`;
  const existing = compiled.day === null ? [] : await overlapping(db, connection, compiled, parsed);
  const status = compiled.output.includes("is_void") ? "is_void" : "false";
  const wanted = ["key", ...compiled.content, `${status} as status`, `(${compiled.identity}) as identity`];
  const files = existing.map((batch) => literal(join(lake.folder, batch.parquet_path))).join(", ");
  await connection.run(
    existing.length === 0
      ? `create temp table seen as select ''::varchar as batch, line, ${wanted.join(", ")} from ${sound} where false`
      : `create temp table seen as select batch, line, ${wanted.join(", ")} from read_parquet([${files}]) where key in (select key from ${sound})`,
  );
  const superseded = existing.length
    ? await db
        .selectFrom("superseded_row")
        .select(["batch_id", "line"])
        .where(
          "batch_id",
          "in",
          existing.map((batch) => batch.id),
        )
        .execute()
    : [];
  for (let from = 0; from < superseded.length; from += 5000)
    await connection.run(
      `delete from seen where (batch, line) in (values ${superseded
        .slice(from, from + 5000)
        .map((row) => `(${literal(row.batch_id)}, ${row.line}::bigint)`)
        .join(", ")})`,
    );
  await connection.run(
    `create temp table candidate as select line, ${wanted.join(", ")} from ${sound}
     where key in (select key from ${sound} group by key having count(*) > 1) or key in (select key from seen)`,
  );
  if (compiled.repeats)
    // The n-th of several equal rows without a reference of their own is the n-th of them in every file.
    for (const [table, order] of [
      ["candidate", "line"],
      ["seen", "batch, line"],
    ])
      await connection.run(
        `create or replace temp table ${table} as select * replace (
           case when ${compiled.repeats} then identity || chr(31) || row_number() over (partition by identity order by ${order}) else identity end as identity)
         from (select * from ${table})`,
      );
  const reference = (name: string) =>
    `case when seen.identity is not null then seen.${name} else first_value(candidate.${name}) over same end`;
  await connection.run(
    `create temp table judged as
     with compared as (
       select candidate.*, seen.batch as seen_batch, seen.line as seen_line,
         ${reference("status")} as ref_status,
         ${compiled.content.map((name) => `${reference(name)} as ref_${name}`).join(", ")},
         case when seen.identity is not null then null else first_value(candidate.line) over same end as first_line
       from candidate left join seen on candidate.key = seen.key and candidate.identity = seen.identity
       window same as (partition by candidate.identity order by candidate.line)
     ), matched as (
       select *, ${compiled.content.map((name) => `${name} is not distinct from ref_${name}`).join(" and ")} as alike from compared
     ), marked as (
       select *, min(case when alike and status and not ref_status then line end) over (partition by identity) as voided_by from matched
     )
     select *, case
       when not alike then 'conflict'
       when line = voided_by then case when seen_batch is null then 'new' else 'amendment' end
       when line = first_line and voided_by is null then 'new'
       else 'duplicate' end as verdict
     from marked`,
  );
};

/**
 * Batches that may hold one of the rows: of the same kind, with an enterprise in common. Days do not narrow them, since an
 * e-invoice is known by its number whatever day is written.
 */
const overlapping = async (
  db: Kysely<Database>,
  connection: DuckDBConnection,
  compiled: Compiled,
  parsed: string,
): Promise<{ id: string; parquet_path: string }[]> => {
  const owners = await rows<{ enterprise: string }>(connection, `select distinct enterprise from ${parsed} where reasons = 0`);
  const found = await db
    .selectFrom("import_batch")
    .select(["id", "parquet_path"])
    .where("kind", "=", compiled.kind)
    .where("parquet_path", "is not", null)
    .where((where) =>
      where.exists(
        where
          .selectFrom("batch_enterprise")
          .select("batch_id")
          .whereRef("batch_enterprise.batch_id", "=", "import_batch.id")
          .where(sql<boolean>`enterprise_id = any(${owners.map((owner) => owner.enterprise)}::text[])`),
      ),
    )
    .orderBy("id")
    .execute();
  return found.map((batch) => ({ id: batch.id, parquet_path: batch.parquet_path! }));
};

/** The rows for quarantine, those that break a rule and those in conflict, with their cells as they came. */
const quarantinedRows = async (
  connection: DuckDBConnection,
  compiled: Compiled,
  staged: Staged,
  mapping: Mapping,
  parsed: string,
): Promise<Quarantined[]> => {
  const differing = compiled.content
    .map(
      (name) =>
        `case when ${name} is distinct from ref_${name} then [{'name': '${name}', 'accepted': coalesce(ref_${name}::varchar, ''), 'found': coalesce(${name}::varchar, '')}] else [] end`,
    )
    .join(" || ");
  const bad = `(select line, reasons, null::varchar as conflict, null::varchar as place from ${parsed} where reasons <> 0
     union all
     select line, 0, to_json(${differing})::varchar, coalesce(seen_batch || ':' || seen_line, ':' || first_line) from judged where verdict = 'conflict')`;
  const cells = staged.headers.map((_, index) => `staged.c${index}`).join(", ");
  const result = await connection.stream(
    `select staged.line, bad.reasons::varchar, bad.conflict, bad.place, staged.extra, ${cells} from ${staged.relation} staged join ${bad} bad on staged.line = bad.line order by staged.line`,
  );
  const found: Quarantined[] = [];
  for await (const chunk of result.yieldRowsJs())
    for (const row of chunk) {
      const [line, reasons, conflict, place, extra, ...values] = row as unknown as [
        bigint,
        string,
        string | null,
        string | null,
        string | null,
        ...(string | null)[],
      ];
      const raw: Record<string, string> = {};
      for (const [index, header] of staged.headers.entries()) raw[header] = (values[index] ?? "").replaceAll("\u001e", "\n");
      if (extra) raw["…"] = extra.replaceAll("\u001e", "\n");
      const byField: Record<string, string> = {};
      for (const [field, header] of Object.entries(mapping)) byField[field] = raw[header] ?? "";
      found.push({
        line: Number(line),
        raw,
        reasons: conflict === null ? reasonsOf(compiled, BigInt(reasons), byField) : [conflictOf(conflict, place ?? "")],
      });
    }
  return found;
};

const reasonsOf = (compiled: Compiled, reasons: bigint, cells: Cells): Reason[] =>
  brokenRules(compiled, reasons).map((rule) => ({ code: rule.code, field: rule.field, ...rule.explain(cells) }));

const conflictOf = (conflict: string, place: string): Reason => {
  const differences = (JSON.parse(conflict) as { name: string; accepted: string; found: string }[]).map(({ name, accepted, found }) => ({
    column: name,
    accepted: shownValue(name, accepted),
    found: shownValue(name, found),
  }));
  const [batch = "", line = ""] = place.split(":");
  return conflictReason(
    differences,
    batch
      ? { zh: `批次 ${batch} 第 ${line} 行`, en: `batch ${batch}, line ${line}` }
      : { zh: `本文件第 ${line} 行`, en: `line ${line} of this file` },
  );
};

const shownValue = (column: string, value: string): string => {
  if (!column.endsWith("_fen") || !/^-?\d+$/.test(value)) return value;
  const digits = value.replace("-", "").padStart(3, "0");
  return `${value.startsWith("-") ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`;
};

const storeLake = async (
  lake: Lake,
  session: Kysely<Database>,
  connection: DuckDBConnection,
  compiled: Compiled,
  plan: PartPlan,
  parsed: string,
  quarantined: Quarantined[],
): Promise<ImportOutcome> => {
  const day = compiled.day!;
  const relative = join(compiled.kind === "bank-transactions" ? "bank" : "invoices", `${plan.id}.parquet`);
  const target = join(lake.folder, relative);
  const temporary = `${target}.${process.pid}.tmp`;
  const [counts] = await rows<{ accepted: number; duplicates: number }>(
    connection,
    `select (select count(*) from ${parsed} where reasons = 0) - (select count(*) from judged where verdict in ('duplicate', 'conflict')) as accepted,
       (select count(*) from judged where verdict = 'duplicate') as duplicates`,
  );
  const { accepted, duplicates } = counts!;
  let sha256: string | null = null;
  let owners: { enterprise: string; rows: number; first_on: string; last_on: string }[] = [];
  try {
    if (accepted > 0) {
      await mkdir(dirname(target), { recursive: true });
      await connection.run(
        `copy (select ${literal(plan.id)} as batch, ${compiled.output.join(", ")} from ${parsed}
           where reasons = 0 and line not in (select line from judged where verdict in ('duplicate', 'conflict'))
           order by enterprise, ${day}, line)
         to ${literal(temporary)} (format parquet, compression zstd, compression_level 1, row_group_size ${ROW_GROUP})`,
      );
      owners = await rows(
        connection,
        `select enterprise, count(*) as rows, min(${day})::varchar as first_on, max(${day})::varchar as last_on
         from read_parquet(${literal(temporary)}) group by 1 order by 1`,
      );
      sha256 = await fileSha256(temporary);
      const file = await open(temporary, "r+");
      try {
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, target);
      await syncFolder(dirname(target));
    }
    const amended = await rows<{ seen_batch: string; seen_line: number }>(
      connection,
      "select seen_batch, seen_line from judged where verdict = 'amendment' order by 1, 2",
    );
    // Until the head of the log is taken at the very end, nobody waits for us.
    const rowsSalt = randomBytes(SALT_BYTES);
    const tree = accepted > 0 ? await rowsRoot(connection, target, rowsSalt) : null;
    await session.transaction().execute(async (tx) => {
      await tx
        .insertInto("import_batch")
        .values({
          id: plan.id,
          kind: plan.kind,
          file_name: plan.fileName,
          file_sha256: plan.fileSha256,
          enterprise_id: plan.enterprise,
          mapping: JSON.stringify(plan.mapping),
          rows: accepted,
          quarantined: quarantined.length,
          duplicates,
          parquet_path: accepted > 0 ? relative : null,
          parquet_sha256: sha256,
          first_on: owners.length > 0 ? owners.map((owner) => owner.first_on).reduce((a, b) => (a < b ? a : b)) : null,
          last_on: owners.length > 0 ? owners.map((owner) => owner.last_on).reduce((a, b) => (a > b ? a : b)) : null,
        })
        .execute();
      for (let from = 0; from < owners.length; from += 5000) {
        const some = owners.slice(from, from + 5000);
        await sql`insert into enterprise (id, name, kind)
          select id, id, case when id like '92%' and length(id) = 18 then 'sole-trader' else 'company' end
          from unnest(${some.map((owner) => owner.enterprise)}::text[]) as id on conflict (id) do nothing`.execute(tx);
        await sql`insert into batch_enterprise (batch_id, enterprise_id, rows, first_on, last_on)
          select ${plan.id}, * from unnest(${some.map((owner) => owner.enterprise)}::text[], ${some.map((owner) => owner.rows)}::bigint[],
            ${some.map((owner) => owner.first_on)}::date[], ${some.map((owner) => owner.last_on)}::date[])`.execute(tx);
      }
      for (let from = 0; from < amended.length; from += 5000) {
        const some = amended.slice(from, from + 5000);
        await sql`insert into superseded_row (batch_id, line, by_batch_id)
          select *, ${plan.id} from unnest(${some.map((row) => row.seen_batch)}::text[], ${some.map((row) => row.seen_line)}::bigint[])`.execute(
          tx,
        );
      }
      await insertQuarantine(tx, plan.id, quarantined);
      await settleMended(tx, plan);
      await logBatch(
        tx,
        plan,
        { rows: accepted, quarantined: quarantined.length, sha256 },
        owners.length === 1 ? owners[0]!.enterprise : null,
        {
          rowsRoot: tree?.root ?? null,
          rowsSalt: tree ? rowsSalt.toString("hex") : null,
        },
      );
    });
  } catch (error) {
    await rm(temporary, { force: true });
    // The file in place belongs to no batch now; a later import of the same rows would write the same bytes there.
    const kept = await session
      .selectFrom("import_batch")
      .select("id")
      .where("id", "=", plan.id)
      .executeTakeFirst()
      .catch(() => plan);
    if (!kept) await rm(target, { force: true });
    throw error;
  }
  return {
    accepted,
    quarantined: quarantined.length,
    duplicates,
    batches: [{ id: plan.id, file: plan.fileName, kind: plan.kind, rows: accepted, sha256 }],
  };
};

/** The batch as the evidence log has it, in the transaction that takes it in. Last in it: the log's head is held from here on. */
const logBatch = (
  tx: Tx,
  plan: PartPlan,
  counts: { readonly rows: number; readonly quarantined: number; readonly sha256: string | null },
  subject: string | null,
  tree: { readonly rowsRoot: string | null; readonly rowsSalt: string | null },
): Promise<number> =>
  logRecords(
    tx,
    [
      {
        kind: "import-batch",
        subject: plan.enterprise ?? subject,
        content: { batch: plan.id, kind: plan.kind, file: plan.fileName, fileSha256: plan.fileSha256, ...counts, ...tree },
        about: plan.id,
      },
    ],
    new Date(),
  );

const settleMended = async (tx: Kysely<Database>, plan: PartPlan): Promise<void> => {
  if (!plan.mends) return;
  await sql`update quarantine_row set state = 'mended', mended = ${JSON.stringify(plan.mends.cells)}::jsonb, mended_batch_id = ${plan.id}, changed_at = now()
    where id = ${plan.mends.id}`.execute(tx);
};

const stillBad = async (session: Kysely<Database>, mends: NonNullable<PartPlan["mends"]>, reasons: readonly Reason[]): Promise<void> => {
  await sql`update quarantine_row set mended = ${JSON.stringify(mends.cells)}::jsonb, reasons = ${JSON.stringify(reasons)}::jsonb, changed_at = now()
    where id = ${mends.id}`.execute(session);
};

const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

const insertQuarantine = async (tx: Kysely<Database>, batch: string, quarantined: readonly Quarantined[]): Promise<void> => {
  // PostgreSQL has no NUL in text; the staged form has shown it as a sign already.
  for (let from = 0; from < quarantined.length; from += 2000) {
    const some = quarantined.slice(from, from + 2000);
    await sql`insert into quarantine_row (batch_id, line, raw, reasons)
      select ${batch}, * from unnest(${some.map((row) => row.line)}::bigint[], ${some.map((row) => JSON.stringify(row.raw))}::jsonb[],
        ${some.map((row) => JSON.stringify(row.reasons))}::jsonb[])`.execute(tx);
  }
};

type EnterpriseRow = {
  line: number;
  enterprise: string;
  name: string;
  uscc: string | null;
  industry: string | null;
  region: string | null;
  persons: number | null;
  revenue_fen: number | null;
  assets_fen: number | null;
  founded_on: string | null;
  grade: string | null;
  defaulted: boolean | null;
  ended_on: string | null;
};

const SOLE_TRADER = /^个体(经营|工商户|户)|个体(经营|工商户|户)$|（个体）|\(个体\)/;

/**
 * The register of enterprises is small and lives in the database: new ones are added, known ones completed. A cell that
 * is empty takes nothing away; a row that says nothing new is a duplicate.
 */
const storeEnterprises = async (
  session: Kysely<Database>,
  connection: DuckDBConnection,
  compiled: Compiled,
  plan: PartPlan,
  parsed: string,
  quarantined: Quarantined[],
): Promise<ImportOutcome> => {
  const within = await rows<{ duplicates: number }>(connection, "select count(*) as duplicates from judged where verdict = 'duplicate'");
  const sound = await rows<EnterpriseRow>(
    connection,
    `select ${compiled.output.join(", ")} from ${parsed} where reasons = 0 and line not in (select line from judged where verdict in ('duplicate', 'conflict')) order by line`,
  );
  return session.transaction().execute(async (tx) => {
    let changed = 0;
    for (let from = 0; from < sound.length; from += 2000) {
      const some = sound.slice(from, from + 2000).map((row) => {
        const inferred = row.industry === null ? inferIndustry(row.name) : null;
        return {
          id: row.enterprise,
          name: row.name,
          uscc:
            row.uscc ?? (/^[0-9A-HJ-NPQRTUWXY]{18}$/.test(row.enterprise) && !/^\d{17}[\dX]$/.test(row.enterprise) ? row.enterprise : null),
          kind:
            SOLE_TRADER.test(row.name) || ((row.uscc ?? row.enterprise).startsWith("92") && (row.uscc ?? row.enterprise).length === 18)
              ? "sole-trader"
              : "company",
          industry_code: row.industry ?? inferred?.code ?? null,
          industry_source: row.industry !== null ? "stated" : inferred ? "inferred-from-name" : null,
          region_code: row.region ?? regionOf(row.uscc ?? row.enterprise),
          persons_employed: row.persons,
          revenue_fen: row.revenue_fen,
          assets_fen: row.assets_fen,
          founded_on: row.founded_on,
          bank_grade: row.grade,
          defaulted: row.defaulted,
          ended_on: row.ended_on,
        };
      });
      const json = JSON.stringify(some);
      const result = await sql<{ id: string }>`
        with arrived as (
          select * from jsonb_to_recordset(${json}::jsonb) as r(id text, name text, uscc text, kind text, industry_code text, industry_source text,
            region_code text, persons_employed integer, revenue_fen bigint, assets_fen bigint, founded_on date, bank_grade text, defaulted boolean)
        ), written as (
          insert into enterprise as e (id, name, uscc, kind, industry_code, industry_source, region_code, persons_employed, revenue_fen, assets_fen, founded_on)
          select id, name, uscc, kind, industry_code, industry_source, region_code, persons_employed, revenue_fen, assets_fen, founded_on from arrived
          on conflict (id) do update set
            name = excluded.name, uscc = coalesce(excluded.uscc, e.uscc), kind = excluded.kind,
            industry_code = case when excluded.industry_source = 'stated' or e.industry_source is distinct from 'stated' then coalesce(excluded.industry_code, e.industry_code) else e.industry_code end,
            industry_source = case when excluded.industry_source = 'stated' or e.industry_source is distinct from 'stated' then coalesce(excluded.industry_source, e.industry_source) else e.industry_source end,
            region_code = coalesce(excluded.region_code, e.region_code),
            persons_employed = coalesce(excluded.persons_employed, e.persons_employed), revenue_fen = coalesce(excluded.revenue_fen, e.revenue_fen),
            assets_fen = coalesce(excluded.assets_fen, e.assets_fen), founded_on = coalesce(excluded.founded_on, e.founded_on)
          where (e.name, e.kind) is distinct from (excluded.name, excluded.kind)
            or (excluded.uscc is not null and e.uscc is distinct from excluded.uscc)
            or (excluded.industry_code is not null and e.industry_code is distinct from excluded.industry_code and (excluded.industry_source = 'stated' or e.industry_source is distinct from 'stated'))
            or (excluded.region_code is not null and e.region_code is distinct from excluded.region_code)
            or (excluded.persons_employed is not null and e.persons_employed is distinct from excluded.persons_employed)
            or (excluded.revenue_fen is not null and e.revenue_fen is distinct from excluded.revenue_fen)
            or (excluded.assets_fen is not null and e.assets_fen is distinct from excluded.assets_fen)
            or (excluded.founded_on is not null and e.founded_on is distinct from excluded.founded_on)
          returning e.id
        ) select id from written`.execute(tx);
      const outcomes = await sql<{ enterprise_id: string }>`
        insert into credit_outcome as o (enterprise_id, source, bank_grade, defaulted, ended_on)
        select id, ${plan.fileName}, bank_grade, defaulted, ended_on
        from jsonb_to_recordset(${json}::jsonb) as r(id text, bank_grade text, defaulted boolean, ended_on date)
        where bank_grade is not null or defaulted is not null
        on conflict (enterprise_id, source) do update set bank_grade = excluded.bank_grade, defaulted = excluded.defaulted, ended_on = excluded.ended_on
        where (o.bank_grade, o.defaulted, o.ended_on) is distinct from (excluded.bank_grade, excluded.defaulted, excluded.ended_on)
        returning o.enterprise_id`.execute(tx);
      changed += new Set([...result.rows.map((row) => row.id), ...outcomes.rows.map((row) => row.enterprise_id)]).size;
    }
    const duplicates = within[0]!.duplicates + sound.length - changed;
    await tx
      .insertInto("import_batch")
      .values({
        id: plan.id,
        kind: plan.kind,
        file_name: plan.fileName,
        file_sha256: plan.fileSha256,
        enterprise_id: plan.enterprise,
        mapping: JSON.stringify(plan.mapping),
        rows: changed,
        quarantined: quarantined.length,
        duplicates,
        parquet_path: null,
        parquet_sha256: null,
        first_on: null,
        last_on: null,
      })
      .execute();
    await insertQuarantine(tx, plan.id, quarantined);
    await settleMended(tx, plan);
    await logBatch(tx, plan, { rows: changed, quarantined: quarantined.length, sha256: null }, null, { rowsRoot: null, rowsSalt: null });
    return {
      accepted: changed,
      quarantined: quarantined.length,
      duplicates,
      batches: [{ id: plan.id, file: plan.fileName, kind: plan.kind, rows: changed, sha256: null }],
    };
  });
};

/** Places 3–8 of a unified social credit code name the division that registered it; only if it is still one. */
const regionOf = (code: string): string | null => {
  const division = /^[1-9ANY][0-9A-Z](\d{6})[0-9A-Z]{10}$/.exec(code)?.[1];
  return division !== undefined && region(division) ? division : null;
};

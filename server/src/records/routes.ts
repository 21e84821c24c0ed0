import { randomUUID } from "node:crypto";
import { type Selectable, sql } from "kysely";
import {
  dismissQuarantine,
  getImport,
  listBatches,
  listCounterparties,
  listImports,
  listInvoices,
  listKinds,
  listQuarantine,
  retryQuarantine,
  startImport,
  uploadFile,
} from "@zhiwei/api/records";
import type { Output } from "@zhiwei/api/route";
import { type IsoDate, type Problem, type Result, type Text, isoDate, problem } from "@zhiwei/core/basics";
import { type RowFilter, featureById } from "@zhiwei/core/features";
import { KINDS, RECORD_KINDS, compileRecords } from "@zhiwei/core/records";
import type { Db } from "../db/index.ts";
import type { Database } from "../db/schema.ts";
import { type Permit, permitRead } from "../consent/index.ts";
import { behind as behindSql } from "../features/index.ts";
import { Refusal, badRequest, notFound } from "../http/refusal.ts";
import type { Serve } from "../http/routes.ts";
import type { Platform } from "../platform.ts";
import { profileOf } from "../profile/profile-of.ts";
import { asOfDay, today } from "../system/as-of.ts";
import { markStale, refresh, unmark } from "../system/refresh.ts";
import { type System, jobsOf, platformOf, putOff } from "../system/state.ts";
import { type QuarantinedRow, dismissQuarantined, listQuarantine as quarantineOf, previewFile, retryQuarantined } from "./index.ts";
import { listCounterparties as counterpartiesOf, listInvoices as invoicesOf } from "./listing.ts";
import { dropUpload, findUpload, keepUpload } from "./uploads.ts";
import { instant } from "../db/instant.ts";

type ImportJob = Output<typeof getImport>;
type Batch = Output<typeof listBatches>["items"][number];
type QuarantineRow = Output<typeof dismissQuarantine>;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const PHASES = {
  waiting: { zh: "排队等待", en: "Waiting" },
  running: { zh: "正在读取与校验", en: "Reading and validating" },
  computing: { zh: "正在更新指标与画像", en: "Updating features and profiles" },
} as const;

/** PostgreSQL writes an instant with a space and a short offset; documents carry RFC 3339 in UTC. */
const toImportJob = (job: Selectable<Database["import_job"]>): ImportJob => ({
  id: job.id,
  file: job.file_name,
  kind: job.kind,
  state: job.state,
  phase: job.state === "waiting" ? PHASES.waiting : job.state === "running" ? (job.outcome ? PHASES.computing : PHASES.running) : null,
  bytesTotal: job.bytes_total,
  bytesRead: Math.min(job.bytes_read, job.bytes_total),
  rowsRead: job.rows_read,
  outcome: job.outcome as ImportJob["outcome"],
  problem: job.problem,
  createdAt: instant(job.created_at),
  finishedAt: job.finished_at && instant(job.finished_at),
});

const toBatch = (batch: Selectable<Database["import_batch"]>): Batch => ({
  id: batch.id,
  kind: batch.kind,
  file: batch.file_name,
  fileSha256: batch.file_sha256,
  sha256: batch.parquet_sha256,
  rows: batch.rows,
  quarantined: batch.quarantined,
  duplicates: batch.duplicates,
  firstOn: batch.first_on,
  lastOn: batch.last_on,
  createdAt: instant(batch.created_at),
});

const toQuarantineRow = ({
  id,
  batch,
  kind,
  file,
  line,
  raw,
  mended,
  mapping,
  reasons,
  state,
  changedAt,
}: QuarantinedRow): QuarantineRow => ({
  id,
  batch,
  kind,
  file,
  line,
  raw: { ...raw },
  mended: mended && { ...mended },
  mapping: { ...mapping },
  reasons: [...reasons],
  state,
  changedAt: instant(changedAt),
});

/** What a rule says without regard to a row, by its code: every kind's rules, as any file is held to them. */
const titles: ReadonlyMap<string, Text> = new Map(
  RECORD_KINDS.flatMap((kind) =>
    compileRecords(kind, {
      mapping: {},
      column: () => "c0",
      width: 1,
      enterprise: null,
      only: null,
      spacesOnly: false,
      today: "1970-01-01" as IsoDate,
    }).rules.map(({ code, title }) => [code, title] as const),
  ),
);

const STATUS: Readonly<Record<string, number>> = { "quarantine-unknown": 404, "quarantine-settled": 409 };
const settled = <T>(result: Result<T, Problem>): T => {
  if (result.ok) return result.value;
  throw new Refusal(STATUS[result.error.code] ?? 422, result.error);
};

const importJob = async (db: Db, id: string): Promise<ImportJob> => {
  const job = UUID.test(id) ? await db.selectFrom("import_job").selectAll().where("id", "=", id).executeTakeFirst() : undefined;
  if (!job) throw notFound({ zh: "导入任务", en: "import job" }, id.slice(0, 100));
  return toImportJob(job);
};

const pageOf = ({ page, pageSize }: { page?: number; pageSize?: number }) => ({ page: page ?? 1, pageSize: pageSize ?? 25 });
const counted = sql<number>`count(*)`.as("n");

const formWanted = () => Object.assign(new Error("a form is wanted"), { statusCode: 415 });

const notTraceable = (): Refusal =>
  new Refusal(
    422,
    problem(
      "no-invoices-behind",
      "这一指标或风险提示并非由发票得出。",
      "This feature or flag does not come from invoices.",
      "请在指标目录中选择可追溯到发票的指标（traceable）。",
      "Choose a feature that the catalogue calls traceable.",
    ),
  );

/** The condition that picks the invoices behind a feature or a flag, and the sentence that says which these are. */
const rowsBehind = async (
  platform: Platform,
  permit: Permit<"profile">,
  asOf: IsoDate,
  { feature, flag }: { feature?: string; flag?: string },
): Promise<{ condition: string; rule: Text } | null> => {
  if (feature !== undefined && flag !== undefined) throw badRequest("feature 与 flag 只能给出一个。", "Give feature or flag, not both.");
  const rows = await (async (): Promise<{ filter: RowFilter; rule: Text } | null> => {
    if (feature !== undefined) {
      const found = featureById(feature);
      if (!found) throw notFound({ zh: "指标", en: "feature" }, feature);
      const { name, formula } = found;
      return { filter: found.rows, rule: { zh: `${name.zh}：${formula.zh}`, en: `${name.en}: ${formula.en}` } };
    }
    if (flag === undefined) return null;
    const stated = await profileOf(platform, permit, asOf);
    const raised = stated.ok ? stated.value.profile.flags.find(({ id }) => id === flag) : undefined;
    if (!raised) throw notFound({ zh: "该日的风险提示", en: "flag of that day" }, flag);
    return { filter: raised.rows, rule: { zh: `${raised.name.zh}：${raised.why.zh}`, en: `${raised.name.en}: ${raised.why.en}` } };
  })();
  if (!rows) return null;
  if (rows.filter.source !== "invoices") throw notTraceable();
  return { condition: await behindSql(platform, permit.enterprise, asOf, rows.filter), rule: rows.rule };
};

export const recordsRoutes = (serve: Serve, system: System): void => {
  serve(listKinds, () =>
    KINDS.map(({ kind, name, fields }) => ({
      kind,
      name,
      fields: fields.map(({ id, name: label, required, synonyms }) => ({ id, name: label, required, synonyms: [...synonyms] })),
    })),
  );

  serve(uploadFile, async (_, { request }) => {
    const platform = platformOf(system);
    if (!request.isMultipart()) throw formWanted();
    const part = await request.file();
    if (!part) throw badRequest("表单中没有文件。", "There is no file in the form.");
    const upload = await keepUpload(platform, part.file, part.filename ?? "");
    try {
      // The stream ends early where the file is larger than allowed.
      if (part.file.truncated) throw Object.assign(new Error("too large"), { statusCode: 413 });
      const preview = await previewFile(upload.path);
      return { ...preview, upload: upload.id, file: upload.name, bytes: upload.bytes };
    } catch (error) {
      await dropUpload(upload.path);
      throw error;
    }
  });

  serve(startImport, async ({ body }) => {
    const platform = platformOf(system);
    const jobs = jobsOf(system);
    const upload = await findUpload(platform, body.upload);
    const id = randomUUID();
    await platform.db.transaction().execute(async (tx) => {
      await tx
        .insertInto("import_job")
        .values({
          id,
          file_name: upload.name,
          file_path: upload.path,
          kind: body.kind,
          enterprise_id: body.enterprise ?? null,
          mapping: body.mapping ? JSON.stringify(body.mapping) : null,
          bytes_total: upload.bytes,
        })
        .execute();
      await jobs.enqueue(tx, id);
    });
    jobs.wake();
    return importJob(platform.db, id);
  });

  serve(listImports, async ({ query }) => {
    const { db } = platformOf(system);
    const { page, pageSize } = pageOf(query);
    const { n: total } = await db.selectFrom("import_job").select(counted).executeTakeFirstOrThrow();
    const jobs = await db
      .selectFrom("import_job")
      .selectAll()
      .orderBy("created_at", "desc")
      .orderBy("id")
      .limit(pageSize)
      .offset((page - 1) * pageSize)
      .execute();
    return { items: jobs.map(toImportJob), total, page, pageSize };
  });

  serve(getImport, ({ params }) => importJob(platformOf(system).db, params.id));

  serve(listBatches, async ({ query }) => {
    const { db } = platformOf(system);
    const { page, pageSize } = pageOf(query);
    const { n: total } = await db.selectFrom("import_batch").select(counted).executeTakeFirstOrThrow();
    const batches = await db
      .selectFrom("import_batch")
      .selectAll()
      .orderBy("created_at", "desc")
      .orderBy("id")
      .limit(pageSize)
      .offset((page - 1) * pageSize)
      .execute();
    return { items: batches.map(toBatch), total, page, pageSize };
  });

  serve(listQuarantine, async ({ query }) => {
    const { db } = platformOf(system);
    const { batch, reason, state } = query;
    const { items, total } = await quarantineOf(db, { batch, reason, state }, pageOf(query));
    // Of all rows in this state and batch, so that a reason can be chosen in place of another.
    const reasons = await sql<{ code: string; text: Text; count: number }>`
      select reason ->> 'code' as code, (array_agg(reason -> 'text' order by q.id))[1] as text, count(*) as count
      from quarantine_row q cross join jsonb_array_elements(q.reasons) as reason
      where (${state ?? null}::text is null or q.state = ${state ?? null}) and (${batch ?? null}::text is null or q.batch_id = ${batch ?? null})
      group by 1 order by 3 desc, 1`.execute(db);
    return {
      items: items.map(toQuarantineRow),
      total,
      ...pageOf(query),
      reasons: reasons.rows.map(({ code, text, count }) => ({ code, text: titles.get(code) ?? text, count })),
    };
  });

  serve(retryQuarantine, async ({ params, body }) => {
    const platform = platformOf(system);
    const mark = await markStale(platform);
    const tried = await retryQuarantined(platform, { id: params.id, cells: body.raw, today: today() });
    if (tried.ok && tried.value.outcome.accepted > 0) putOff(system, "mended row", () => refresh(platform, mark));
    else await unmark(platform, mark);
    return toQuarantineRow(settled(tried).row);
  });

  serve(dismissQuarantine, async ({ params }) => toQuarantineRow(settled(await dismissQuarantined(platformOf(system).db, params.id))));

  serve(listInvoices, async ({ params, query: { purpose, ...query } }, { actor }) => {
    const platform = platformOf(system);
    // The rows behind a feature or a flag tell what that is.
    const classes = query.feature === undefined && query.flag === undefined ? (["invoices"] as const) : (["invoices", "profile"] as const);
    const permit = await permitRead(platform.db, actor, { enterprise: params.id, purpose, classes, what: "invoices" });
    const asOf = await asOfDay(platform.db, query.asOf);
    if (query.month !== undefined && !isoDate(`${query.month}-01`))
      throw badRequest("month 不是日历上的一个月。", "month is no month of the calendar.");
    const behind = await rowsBehind(platform, permit, asOf, query);
    const order = { sort: query.sort ?? "issuedOn", order: query.order ?? "desc", ...pageOf(query) } as const;
    const found = await invoicesOf(platform, permit, { ...query, asOf, behind: behind?.condition }, order);
    return { ...found, ...pageOf(query), rule: behind?.rule ?? null };
  });

  serve(listCounterparties, async ({ params, query }, { actor }) => {
    const platform = platformOf(system);
    const permit = await permitRead(platform.db, actor, {
      enterprise: params.id,
      purpose: query.purpose,
      classes: ["invoices"],
      what: "counterparties",
    });
    const asOf = await asOfDay(platform.db, query.asOf);
    const paged = pageOf(query);
    const found = await counterpartiesOf(platform, permit, { asOf, side: query.side, months: query.months ?? 12 }, paged);
    return { ...found, ...paged };
  });
};

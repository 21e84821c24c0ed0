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
  startImport,
} from "@zhiwei/api/records";
import type { Output } from "@zhiwei/api/route";
import { type IsoDate, type Text, isoDate, problem } from "@zhiwei/core/basics";
import { type RowFilter, featureById } from "@zhiwei/core/features";
import { KINDS } from "@zhiwei/core/records";
import type { Db } from "../db/index.ts";
import type { Database } from "../db/schema.ts";
import { requireEnterprise } from "../enterprise/require.ts";
import { behind as behindSql } from "../features/index.ts";
import { Refusal, badRequest, notFound } from "../http/refusal.ts";
import type { Serve } from "../http/routes.ts";
import type { Platform } from "../platform.ts";
import { profileOf } from "../profile/profile-of.ts";
import { asOfDay } from "../system/as-of.ts";
import { type System, jobsOf, platformOf } from "../system/state.ts";
import { listCounterparties as counterpartiesOf, listInvoices as invoicesOf } from "./listing.ts";
import { findUpload } from "./uploads.ts";

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
const instant = (text: string): string => new Date(text.replace(" ", "T").replace(/([+-]\d{2})$/, "$1:00")).toISOString();

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

const quarantined = (db: Db) =>
  db
    .selectFrom("quarantine_row")
    .innerJoin("import_batch", "import_batch.id", "quarantine_row.batch_id")
    .select([
      "quarantine_row.id",
      "quarantine_row.batch_id as batch",
      "import_batch.kind",
      "import_batch.file_name as file",
      "quarantine_row.line",
      "quarantine_row.raw",
      "import_batch.mapping",
      "quarantine_row.reasons",
      "quarantine_row.state",
      "quarantine_row.changed_at",
    ]);

const toQuarantineRow = ({
  changed_at,
  ...row
}: Awaited<ReturnType<ReturnType<typeof quarantined>["execute"]>>[number]): QuarantineRow => ({
  ...row,
  changedAt: instant(changed_at),
});

const importJob = async (db: Db, id: string): Promise<ImportJob> => {
  const job = UUID.test(id) ? await db.selectFrom("import_job").selectAll().where("id", "=", id).executeTakeFirst() : undefined;
  if (!job) throw notFound({ zh: "导入任务", en: "import job" }, id.slice(0, 100));
  return toImportJob(job);
};

const pageOf = ({ page, pageSize }: { page?: number; pageSize?: number }) => ({ page: page ?? 1, pageSize: pageSize ?? 25 });
const count = sql<number>`count(*)`.as("n");

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
  enterprise: string,
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
    const stated = await profileOf(platform, enterprise, asOf);
    const raised = stated.ok ? stated.value.profile.flags.find(({ id }) => id === flag) : undefined;
    if (!raised) throw notFound({ zh: "该日的风险提示", en: "flag of that day" }, flag);
    return { filter: raised.rows, rule: { zh: `${raised.name.zh}：${raised.why.zh}`, en: `${raised.name.en}: ${raised.why.en}` } };
  })();
  if (!rows) return null;
  if (rows.filter.source !== "invoices") throw notTraceable();
  return { condition: await behindSql(platform, enterprise, asOf, rows.filter), rule: rows.rule };
};

export const recordsRoutes = (serve: Serve, system: System): void => {
  serve(listKinds, () =>
    KINDS.map(({ kind, name, fields }) => ({
      kind,
      name,
      fields: fields.map(({ id, name: label, required, synonyms }) => ({ id, name: label, required, synonyms: [...synonyms] })),
    })),
  );

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
    const { n: total } = await db.selectFrom("import_job").select(count).executeTakeFirstOrThrow();
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
    const { n: total } = await db.selectFrom("import_batch").select(count).executeTakeFirstOrThrow();
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
    const { page, pageSize } = pageOf(query);
    const within = sql<boolean>`(${query.state ?? null}::text is null or quarantine_row.state = ${query.state ?? null}) and (${query.batch ?? null}::text is null or quarantine_row.batch_id = ${query.batch ?? null})`;
    const reason = query.reason;
    const chosen =
      reason === undefined ? within : sql<boolean>`${within} and quarantine_row.reasons @> ${JSON.stringify([{ code: reason }])}::jsonb`;
    const { n: total } = await db.selectFrom("quarantine_row").select(count).where(chosen).executeTakeFirstOrThrow();
    const rows = await quarantined(db)
      .where(chosen)
      .orderBy("quarantine_row.batch_id")
      .orderBy("quarantine_row.line")
      .limit(pageSize)
      .offset((page - 1) * pageSize)
      .execute();
    // Of all rows in this state and batch, so that a reason can be chosen in place of another.
    const reasons = await sql<{ code: string; text: Text; count: number }>`
      select reason ->> 'code' as code, (array_agg(reason -> 'text' order by quarantine_row.id))[1] as text, count(*) as count
      from quarantine_row cross join jsonb_array_elements(quarantine_row.reasons) as reason
      where ${within} group by 1 order by 3 desc, 1`.execute(db);
    return { items: rows.map(toQuarantineRow), total, page, pageSize, reasons: reasons.rows };
  });

  serve(listInvoices, async ({ params, query }) => {
    const platform = platformOf(system);
    await requireEnterprise(platform.db, params.id);
    const asOf = await asOfDay(platform.db, query.asOf);
    if (query.month !== undefined && !isoDate(`${query.month}-01`))
      throw badRequest("month 不是日历上的一个月。", "month is no month of the calendar.");
    const behind = await rowsBehind(platform, params.id, asOf, query);
    const order = { sort: query.sort ?? "issuedOn", order: query.order ?? "desc", ...pageOf(query) } as const;
    const found = await invoicesOf(platform, { ...query, enterprise: params.id, asOf, behind: behind?.condition }, order);
    return { ...found, ...pageOf(query), rule: behind?.rule ?? null };
  });

  serve(listCounterparties, async ({ params, query }) => {
    const platform = platformOf(system);
    await requireEnterprise(platform.db, params.id);
    const asOf = await asOfDay(platform.db, query.asOf);
    const paged = pageOf(query);
    const found = await counterpartiesOf(platform, { enterprise: params.id, asOf, side: query.side, months: query.months ?? 12 }, paged);
    return { ...found, ...paged };
  });
};

import { type Expression, type ExpressionBuilder, type SqlBool, sql } from "kysely";
import type { EnterpriseSummary } from "@zhiwei/api/enterprise";
import type { Text } from "@zhiwei/core/basics";
import { type SizeClass, industryCode, industryName, region, regionText, sectionOf, sections } from "@zhiwei/core/enterprise";
import { type ListPermit, type Permit, permitted, traceShown } from "../consent/index.ts";
import type { Db } from "../db/index.ts";
import type { Database } from "../db/schema.ts";

type EnterpriseSort = "id" | "name" | "netSales12m" | "position" | "score" | "flags" | "invoices" | "lastOn";

type EnterpriseQuery = {
  /** Part of an id, a name or a credit code; letter case does not matter. */
  readonly search?: string | undefined;
  /** A section's letter, or the start of a code of GB/T 4754. */
  readonly industry?: string | undefined;
  readonly sizeClass?: SizeClass | undefined;
  /** Start of a code of GB/T 2260: two, four or six digits. */
  readonly region?: string | undefined;
  readonly flags?: "any" | "high" | "none" | undefined;
  readonly sort?: EnterpriseSort | undefined;
  readonly order?: "asc" | "desc" | undefined;
  readonly page?: number | undefined;
  readonly pageSize?: number | undefined;
};

type Facet<Code extends string = string> = { code: Code; name: Text; count: number };
type EnterpriseList = {
  readonly items: EnterpriseSummary[];
  readonly total: number;
  readonly page: number;
  readonly pageSize: number;
  /** How many of all enterprises there are of each industry, size and province, whatever is asked for. */
  readonly facets: { industries: Facet[]; sizeClasses: { code: SizeClass; count: number }[]; regions: Facet[] };
};

const base = (db: Db) =>
  db
    .selectFrom("enterprise")
    .leftJoin("profile_summary as summary", "summary.enterprise_id", "enterprise.id")
    .leftJoin("score_summary as scored", "scored.enterprise_id", "enterprise.id");
type Tables = {
  enterprise: Database["enterprise"];
  summary: { [Key in keyof Database["profile_summary"]]: Database["profile_summary"][Key] | null };
  scored: { [Key in keyof Database["score_summary"]]: Database["score_summary"][Key] | null };
};

const like = (text: string) => `%${text.replaceAll(/[\\%_]/g, (character) => `\\${character}`)}%`;
const starts = (text: string) => `${text.replaceAll(/[\\%_]/g, (character) => `\\${character}`)}%`;

const conditions = (query: EnterpriseQuery) => (build: ExpressionBuilder<Tables, "enterprise" | "summary" | "scored">) => {
  const parts: Expression<SqlBool>[] = [];
  const search = query.search?.trim();
  if (search)
    parts.push(
      build.or([
        build("enterprise.id", "ilike", like(search)),
        build("enterprise.name", "ilike", like(search)),
        build("enterprise.uscc", "ilike", like(search)),
      ]),
    );
  if (query.industry) parts.push(build("enterprise.industry_code", "like", starts(query.industry.toUpperCase())));
  if (query.sizeClass) parts.push(build("summary.size_class", "=", query.sizeClass));
  if (query.region) parts.push(build("enterprise.region_code", "like", starts(query.region)));
  if (query.flags === "high") parts.push(build("summary.flags_high", ">", 0));
  if (query.flags === "any") parts.push(sql<boolean>`summary.flags_high + summary.flags_medium + summary.flags_low > 0`);
  if (query.flags === "none") parts.push(sql<boolean>`coalesce(summary.flags_high + summary.flags_medium + summary.flags_low, 0) = 0`);
  return build.and(parts);
};

/** What each order sorts by. Codes sort as people count: E2 before E10. */
const SORT: Readonly<Record<EnterpriseSort, readonly ReturnType<typeof sql>[]>> = {
  id: [sql`length(enterprise.id)`, sql`enterprise.id`],
  name: [sql`enterprise.name`],
  netSales12m: [sql`summary.net_sales_12m_fen`],
  position: [sql`summary.position`],
  score: [sql`scored.score`],
  flags: [sql`summary.flags_high`, sql`summary.flags_medium`, sql`summary.flags_low`],
  invoices: [sql`summary.invoices`],
  lastOn: [sql`summary.last_on`],
};

const columns = [
  "enterprise.id",
  "enterprise.name",
  "enterprise.kind",
  "enterprise.uscc",
  "enterprise.industry_code",
  "enterprise.industry_source",
  "enterprise.region_code",
  "summary.size_class",
  "summary.size_provisional",
  "summary.net_sales_12m_fen",
  "summary.position",
  "summary.flags_high",
  "summary.flags_medium",
  "summary.flags_low",
  "summary.invoices",
  "summary.first_on",
  "summary.last_on",
  "scored.model_id",
  "scored.score",
  "scored.grade",
  "scored.pd",
  sql<number>`(select count(*) from objection where objection.enterprise_id = enterprise.id and objection.answered_at is null)`.as(
    "disputed",
  ),
] as const;
type Row = Awaited<ReturnType<typeof oneRow>>;
const oneRow = (db: Db, id: string) => base(db).select(columns).where("enterprise.id", "=", id).executeTakeFirst();

const summaryOf = (row: NonNullable<Row>): EnterpriseSummary => {
  const industry = row.industry_code === null ? null : industryCode(row.industry_code);
  const place = row.region_code === null ? null : region(row.region_code);
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    uscc: row.uscc,
    industry: industry && {
      code: industry,
      section: sectionOf(industry),
      name: industryName(industry),
      source: row.industry_source ?? "stated",
    },
    sizeClass: row.size_class,
    sizeProvisional: row.size_provisional ?? false,
    region: place && { code: place.code, name: regionText(place.code) },
    netSales12mFen: row.net_sales_12m_fen,
    position: row.position,
    score:
      row.model_id === null || row.score === null || row.grade === null || row.pd === null
        ? null
        : { model: row.model_id, score: row.score, grade: row.grade, pd: row.pd },
    flags: { high: row.flags_high ?? 0, medium: row.flags_medium ?? 0, low: row.flags_low ?? 0 },
    disputed: row.disputed,
    invoices: row.invoices ?? 0,
    firstOn: row.first_on,
    lastOn: row.last_on,
  };
};

/** One enterprise as the list shows it; null where there is none of this id. */
export const enterpriseSummary = async (db: Db, permit: Permit<"profile">): Promise<EnterpriseSummary | null> => {
  const row = await oneRow(db, permit.enterprise);
  return row ? summaryOf(row) : null;
};

/**
 * One page of the enterprises that the permit covers, from PostgreSQL alone; the others do not show in the counts either. What is not
 * known sorts last, either way round.
 */
export const enterpriseList = async (db: Db, permit: ListPermit<"profile">, query: EnterpriseQuery): Promise<EnterpriseList> => {
  const open = base(db).where(permitted(permit));
  const page = query.page ?? 1;
  const pageSize = query.pageSize ?? 25;
  const sort = query.sort ?? "id";
  const direction = query.order === "desc" ? sql`desc nulls last` : sql`asc nulls last`;
  const chosen = open.where(conditions(query));
  let ordered = chosen.select(columns);
  for (const column of SORT[sort]) ordered = ordered.orderBy(sql`${column} ${direction}`);
  if (sort !== "id") for (const column of SORT.id) ordered = ordered.orderBy(column);
  const shown = async () => {
    const rows = await ordered
      .limit(pageSize)
      .offset((page - 1) * pageSize)
      .execute();
    const traced = await traceShown(
      db,
      permit,
      rows.map((row) => row.id),
    );
    return rows.filter((row) => traced.has(row.id));
  };
  const [items, counted, industries, sizes, provinces] = await Promise.all([
    shown(),
    chosen.select(({ fn }) => fn.countAll<number>().as("total")).executeTakeFirstOrThrow(),
    open
      .where("industry_code", "is not", null)
      .select([sql<string>`left(industry_code, 1)`.as("code"), ({ fn }) => fn.countAll<number>().as("count")])
      .groupBy("code")
      .execute(),
    open
      .where("size_class", "is not", null)
      .select(["size_class as code", ({ fn }) => fn.countAll<number>().as("count")])
      .groupBy("code")
      .execute(),
    open
      .where("region_code", "is not", null)
      .select([sql<string>`left(region_code, 2)`.as("code"), ({ fn }) => fn.countAll<number>().as("count")])
      .groupBy("code")
      .execute(),
  ]);
  const order: readonly SizeClass[] = ["large", "medium", "small", "micro"];
  return {
    items: items.map(summaryOf),
    total: counted.total,
    page,
    pageSize,
    facets: {
      industries: sections.flatMap(({ code, name }) =>
        industries.filter((found) => found.code === code).map(({ count }) => ({ code, name, count })),
      ),
      sizeClasses: order.flatMap((code) => sizes.filter((found) => found.code === code).map(({ count }) => ({ code, count }))),
      regions: provinces
        .toSorted((a, b) => (a.code < b.code ? -1 : 1))
        .map(({ code, count }) => ({ code, name: regionText(`${code}0000`), count })),
    },
  };
};

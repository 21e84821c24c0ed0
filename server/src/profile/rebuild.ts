import { type IsoDate, type Text, addMonths } from "@zhiwei/core/basics";
import { type SourceRows, TREND_MONTHS, raisedFlags, sectionOfEnterprise, sizeOf, roundValues } from "@zhiwei/core/profile";
import { type Context, ensureFeatures } from "../features/index.ts";
import { rows } from "../lake/index.ts";
import { invoiceRelation } from "../lake/relation.ts";
import { refreshScores } from "../scorecard/score.ts";
import { lastDay } from "../system/as-of.ts";
import { peerMemory } from "./profile-of.ts";
import { summaryRow, writeSummaries } from "./summary.ts";

type RebuildProgress = { readonly phase: Text; readonly done: number; readonly total: number };

const PHASES = {
  features: { zh: "计算指标", en: "Computing features" },
  before: { zh: "计算一年前的指标", en: "Computing the features of a year before" },
  standing: { zh: "比较同业、排查红旗", en: "Comparing peers, raising flags" },
} as const;

/** How many rows each enterprise's two kinds of invoices have, and from when to when. */
const readCounts = async ({ db, lake }: Context, asOf: IsoDate): Promise<ReadonlyMap<string, SourceRows[]>> => {
  const found = await rows<{ enterprise: string; is_sale: boolean; all_rows: number; first_on: string; last_on: string }>(
    lake.connection,
    `SELECT enterprise, is_sale, count(*) AS all_rows, min(issued_on) AS first_on, max(issued_on) AS last_on
     FROM ${await invoiceRelation(lake, db)} AS lake WHERE issued_on <= DATE '${asOf}' GROUP BY ALL`,
  );
  const counts = new Map<string, SourceRows[]>();
  for (const row of found) {
    const own = counts.get(row.enterprise) ?? [];
    own.push({
      kind: row.is_sale ? "sales-invoices" : "purchase-invoices",
      rows: row.all_rows,
      firstOn: row.first_on,
      lastOn: row.last_on,
    });
    counts.set(row.enterprise, own);
  }
  return counts;
};

/**
 * After an import: the features of every enterprise as of `asOf` (by default the last day of the records) and of the day
 * twelve months before, and the standing of each among its peers, by which the list is sorted and filtered. The
 * documents themselves are made when they are asked for, from these. Doing it again changes nothing.
 */
export const rebuildRegion = async (
  context: Context,
  onProgress?: (progress: RebuildProgress) => void,
  asOf?: IsoDate,
): Promise<{ readonly asOf: IsoDate | null; readonly enterprises: number }> => {
  const last = await lastDay(context.db);
  const day = asOf ?? last;
  if (day === null) return { asOf: null, enterprises: 0 };
  onProgress?.({ phase: PHASES.features, done: 0, total: 1 });
  // With progress to report the whole run is made, so that features of the graph take everybody's new trade in.
  const catalogue = await ensureFeatures(context, day, (done, total) => onProgress?.({ phase: PHASES.features, done, total }));
  await ensureFeatures(context, addMonths(day, -TREND_MONTHS), (done, total) => onProgress?.({ phase: PHASES.before, done, total }));

  const memory = peerMemory(context);
  const now = await memory.day(context, day, catalogue);
  const counts = await readCounts(context, day);
  const enterprises = await context.db
    .selectFrom("enterprise")
    .select(["id", "industry_code as industryCode", "persons_employed as persons", "revenue_fen as revenueFen", "assets_fen as assetsFen"])
    .orderBy("id")
    .execute();
  const total = enterprises.length;
  const summaries = [];
  for (const [done, enterprise] of enterprises.entries()) {
    if (done % 200 === 0) {
      onProgress?.({ phase: PHASES.standing, done, total });
      await new Promise(setImmediate); // let requests through while many enterprises are placed
    }
    const values = now.peers.get(enterprise.id)?.values ?? roundValues({});
    const placed = now.place({
      id: enterprise.id,
      sizeClass: sizeOf(enterprise, values, day).class,
      section: sectionOfEnterprise(enterprise.industryCode),
      values,
    });
    summaries.push(summaryRow(enterprise, day, values, placed, raisedFlags(values, placed.comparison), counts.get(enterprise.id) ?? []));
  }
  if (day === last) {
    await writeSummaries(context.db, summaries);
    await refreshScores(context);
  }
  onProgress?.({ phase: PHASES.standing, done: total, total });
  return { asOf: day, enterprises: total };
};

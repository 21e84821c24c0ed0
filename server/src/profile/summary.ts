import type { Insertable } from "kysely";
import type { IsoDate } from "@zhiwei/core/basics";
import type { FeatureValues } from "@zhiwei/core/features";
import { type ProfileEnterprise, type RaisedFlag, type Severity, type SourceRows, sectionOfEnterprise, sizeOf } from "@zhiwei/core/profile";
import type { Db } from "../db/index.ts";
import type { Database } from "../db/schema.ts";
import type { Placed } from "./peers.ts";

type SummaryRow = Insertable<Database["profile_summary"]>;

/** What the enterprise list shows of a profile. Counts and days are of invoices, void ones included. */
export const summaryRow = (
  enterprise: Pick<ProfileEnterprise, "id" | "industryCode" | "persons" | "revenueFen" | "assetsFen">,
  asOf: IsoDate,
  values: FeatureValues,
  placed: Placed,
  raised: readonly RaisedFlag[],
  sources: readonly SourceRows[],
): SummaryRow => {
  const size = sizeOf(enterprise, values, asOf);
  const count = (severity: Severity) => raised.filter((flag) => flag.severity === severity).length;
  const invoices = sources.filter((source) => source.kind !== "bank-transactions");
  const days = (pick: (source: SourceRows) => string | null) => invoices.flatMap((source) => pick(source) ?? []).toSorted();
  return {
    enterprise_id: enterprise.id,
    as_of: asOf,
    section: sectionOfEnterprise(enterprise.industryCode),
    size_class: size.class,
    size_provisional: size.provisional,
    net_sales_12m_fen: values["net_sales_12m"] ?? null,
    position: placed.comparison.overall(values),
    flags_high: count("high"),
    flags_medium: count("medium"),
    flags_low: count("low"),
    invoices: invoices.reduce((sum, source) => sum + source.rows, 0),
    first_on: days((source) => source.firstOn)[0] ?? null,
    last_on: days((source) => source.lastOn).at(-1) ?? null,
  };
};

export const writeSummaries = async (db: Db, rows: readonly SummaryRow[]): Promise<void> => {
  for (let at = 0; at < rows.length; at += 1000)
    await db
      .insertInto("profile_summary")
      .values(rows.slice(at, at + 1000))
      .onConflict((conflict) =>
        conflict.column("enterprise_id").doUpdateSet((build) => ({
          as_of: build.ref("excluded.as_of"),
          section: build.ref("excluded.section"),
          size_class: build.ref("excluded.size_class"),
          size_provisional: build.ref("excluded.size_provisional"),
          net_sales_12m_fen: build.ref("excluded.net_sales_12m_fen"),
          position: build.ref("excluded.position"),
          flags_high: build.ref("excluded.flags_high"),
          flags_medium: build.ref("excluded.flags_medium"),
          flags_low: build.ref("excluded.flags_low"),
          invoices: build.ref("excluded.invoices"),
          first_on: build.ref("excluded.first_on"),
          last_on: build.ref("excluded.last_on"),
        })),
      )
      .execute();
};

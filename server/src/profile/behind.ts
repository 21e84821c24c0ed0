import type { Fen, IsoDate } from "@zhiwei/core/basics";
import { type RaisedFlag, flagRows } from "@zhiwei/core/profile";
import { behind } from "../features/index.ts";
import { rows } from "../lake/index.ts";
import { bankRelation, invoiceRelation } from "../lake/relation.ts";
import type { Context } from "./records.ts";

/** The condition over the lake's columns for the rows behind a flag; null where there is no such flag. */
export const behindFlag = async (context: Context, enterprise: string, flag: string, asOf: IsoDate): Promise<string | null> => {
  const filter = flagRows(flag);
  return filter && behind(context, enterprise, asOf, filter);
};

/** How many rows each raised flag's filter lists, and their sum: one question for all of an enterprise's flags. */
export const countBehind = async (
  context: Context,
  enterprise: string,
  asOf: IsoDate,
  raised: readonly RaisedFlag[],
): Promise<Readonly<Record<string, { readonly rows: number; readonly sumFen: Fen }>>> => {
  if (raised.length === 0) return {};
  const invoices = await invoiceRelation(context.lake, context.db, [enterprise]);
  const bank = await bankRelation(context.lake, context.db, [enterprise]);
  const questions: string[] = [];
  for (const flag of raised) {
    const condition = await behind(context, enterprise, asOf, flag.rows);
    const relation = flag.rows.source === "bank" ? bank : invoices;
    const amount = flag.rows.source === "bank" ? "amount_fen" : "total_fen";
    questions.push(
      `SELECT '${flag.id}' AS id, count(*) AS n, coalesce(sum(${amount}), 0) AS sum_fen FROM ${relation} AS lake WHERE ${condition}`,
    );
  }
  const counted = await rows<{ id: string; n: number; sum_fen: number }>(context.lake.connection, questions.join(" UNION ALL "));
  return Object.fromEntries(counted.map((row) => [row.id, { rows: row.n, sumFen: row.sum_fen }]));
};

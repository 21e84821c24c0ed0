import type { Fen, IsoDate } from "@zhiwei/core/basics";
import { rowsCondition } from "@zhiwei/core/features";
import type { RaisedFlag } from "@zhiwei/core/profile";
import { type Context, behind } from "../features/index.ts";
import { rows } from "../lake/index.ts";
import { bankRelation } from "../lake/relation.ts";
import type { OwnInvoices } from "./records.ts";

type Counted = { readonly rows: number; readonly sumFen: Fen };

/**
 * How many rows each raised flag's filter lists, and their sum. Filters over single rows are counted in one pass; those
 * that choose counterparties ask their own question of the same statement.
 */
export const countBehind = async (
  context: Context,
  { connection, invoices }: OwnInvoices,
  enterprise: string,
  asOf: IsoDate,
  raised: readonly RaisedFlag[],
): Promise<Readonly<Record<string, Counted>>> => {
  if (raised.length === 0) return {};
  const { lake, db } = context;
  const plain = raised.filter((flag) => flag.rows.source === "invoices" && !flag.rows.parties);
  const questions: string[] = [];
  if (plain.length > 0) {
    const columns = plain.flatMap((flag, at) => {
      const condition = rowsCondition(flag.rows, { dialect: "duckdb", asOf, invoices }, []);
      return [`count(*) FILTER (WHERE ${condition}) AS n_${at}`, `coalesce(sum(total_fen) FILTER (WHERE ${condition}), 0) AS sum_${at}`];
    });
    questions.push(
      `SELECT unnest([${plain.map((flag) => `'${flag.id}'`).join(", ")}]) AS id, unnest([${plain.map((_, at) => `n_${at}`).join(", ")}]) AS n,
         unnest([${plain.map((_, at) => `sum_${at}`).join(", ")}]) AS sum_fen
       FROM (SELECT ${columns.join(", ")} FROM ${invoices} AS lake) AS counted`,
    );
  }
  for (const flag of raised.filter((each) => !plain.includes(each))) {
    const ofBank = flag.rows.source === "bank";
    const condition = ofBank
      ? rowsCondition(flag.rows, { dialect: "duckdb", asOf, invoices }, [])
      : await behind(context, enterprise, asOf, flag.rows, { connection, invoices });
    const relation = ofBank ? await bankRelation(lake, db, [enterprise]) : invoices;
    questions.push(
      `SELECT '${flag.id}' AS id, count(*) AS n, coalesce(sum(${ofBank ? "amount_fen" : "total_fen"}), 0) AS sum_fen FROM ${relation} AS lake WHERE ${condition}`,
    );
  }
  const counted = await rows<{ id: string; n: number; sum_fen: number }>(connection, questions.join(" UNION ALL "));
  return Object.fromEntries(counted.map((row) => [row.id, { rows: row.n, sumFen: row.sum_fen }]));
};

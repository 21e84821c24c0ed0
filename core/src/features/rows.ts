import type { RowFilter } from "./feature.ts";
import { dialects } from "./dialect.ts";
import { IN_SEQUENCE, type Scan, bits, dated, marks, monthsBeforeSql, partyColumns, partyTests } from "./scan.ts";

const text = (value: string) => `'${value.replaceAll("'", "''")}'`;

/**
 * The rows behind a number as a condition of SQL over the lake's columns. `scan.invoices` must hold one enterprise, the
 * one whose rows are listed; `known` are those of its counterparties that are enterprises here.
 */
export const rowsCondition = (filter: RowFilter, scan: Scan, known: readonly string[]): string => {
  const dialect = dialects[scan.dialect];
  const day = filter.source === "bank" ? "booked_on" : "issued_on";
  const month = monthsBeforeSql(dialect, scan.asOf, day);
  const parts = [`${day} <= DATE '${scan.asOf}'`];
  if (filter.fromMonth > 0) parts.push(`${month} >= ${filter.fromMonth}`);
  if (filter.toMonth !== null) parts.push(`${month} < ${filter.toMonth}`);
  if (filter.source === "bank") {
    parts.push("currency = 'CNY'");
    // Trade is what is not said to be something else.
    if (filter.kinds)
      parts.push(`(kind IN (${filter.kinds.map(text).join(", ")})${filter.kinds.includes("transfer") ? " OR kind IS NULL" : ""})`);
    if (filter.flow) parts.push(filter.flow === "in" ? "amount_fen > 0" : "amount_fen < 0");
    return parts.join(" AND ");
  }
  if (filter.side !== "both") parts.push(filter.side === "sale" ? "is_sale" : "NOT is_sale");
  if (filter.status === "valid") parts.push("NOT is_void");
  if (filter.status === "void") parts.push("is_void");
  if (filter.status === "red") parts.push("NOT is_void AND total_fen < 0");
  if (filter.mark) parts.push(`(${marks(dialect)[filter.mark]})`);
  const choice = filter.parties;
  if (!choice) return parts.join(" AND ");

  const party = `(SELECT is_sale, counterparty, ${partyColumns(dialect)
    .map(([name, sql]) => `${sql} AS ${name}`)
    .join(", ")} FROM ${dated(scan)} GROUP BY is_sale, counterparty) AS party`;
  const from = (test: string) => `(is_sale, counterparty) IN (SELECT is_sale, counterparty FROM ${party} WHERE ${test})`;
  if (choice.kind === "top") {
    const net = filter.toMonth === 24 ? "net_24" : "net_12";
    const ranked = `SELECT *, row_number() OVER (PARTITION BY is_sale ORDER BY ${net} DESC, counterparty) AS place FROM ${party}`;
    parts.push(
      `(is_sale, counterparty) IN (SELECT is_sale, counterparty FROM (${ranked}) AS ranked WHERE place <= ${choice.count} AND ${net} > 0)`,
    );
  } else if (choice.kind === "identified") {
    parts.push(known.length === 0 ? "false" : `counterparty IN (${known.map(text).join(", ")})`);
  } else if (choice.kind === "both-sides") {
    const traded = `(mask & ${bits(0, 24)}) <> 0`;
    parts.push(`counterparty IN (SELECT counterparty FROM ${party} WHERE ${traded} GROUP BY counterparty HAVING count(*) = 2)`);
  } else if (choice.kind === "late-red") {
    const months = `(SELECT is_sale, counterparty, k, count(*) FILTER (WHERE total_fen < 0) AS red, count(*) FILTER (WHERE total_fen > 0) AS positive FROM ${dated(scan)} WHERE NOT is_void GROUP BY is_sale, counterparty, k)`;
    parts.push(`(is_sale, counterparty, ${month}) IN (
      SELECT late.is_sale, late.counterparty, late.k FROM ${months} AS late
      WHERE late.red > 0 AND NOT EXISTS (SELECT 1 FROM ${months} AS given WHERE given.is_sale = late.is_sale AND given.counterparty = late.counterparty
        AND given.positive > 0 AND given.k BETWEEN late.k AND late.k + 2))`);
  } else if (choice.kind === "in-sequence") {
    parts.push(`(counterparty, ${month}) IN (SELECT counterparty, k FROM (SELECT counterparty, k, total_fen, ${dialect.serial("number")} AS serial
      FROM ${dated(scan)} WHERE is_sale AND NOT is_void) AS numbered GROUP BY counterparty, k HAVING ${IN_SEQUENCE})`);
  } else parts.push(from(partyTests(dialect)[choice.kind]));
  return parts.join(" AND ");
};

import { sql } from "kysely";
import type { IsoDate } from "@zhiwei/core/basics";
import type { Db } from "../db/index.ts";

/** How much the platform holds, by the books of PostgreSQL: live rows, that is without those a later record replaced. */
export const countsOf = async (db: Db) => {
  const { rows } = await sql<{
    enterprises: number;
    invoices: number;
    bankTransactions: number;
    batches: number;
    quarantined: number;
    asOf: IsoDate | null;
  }>`
    select
      (select count(*) from enterprise) as enterprises,
      coalesce(sum(live) filter (where kind in ('sales-invoices', 'purchase-invoices')), 0)::bigint as invoices,
      coalesce(sum(live) filter (where kind = 'bank-transactions'), 0)::bigint as "bankTransactions",
      count(*) as batches,
      (select count(*) from quarantine_row where state = 'open') as quarantined,
      max(last_on) as "asOf"
    from (
      select b.kind, b.last_on, b.rows - (select count(*) from superseded_row s where s.batch_id = b.id) as live
      from import_batch b
    ) as batch`.execute(db);
  const { asOf, ...counts } = rows[0]!;
  return { counts, asOf };
};

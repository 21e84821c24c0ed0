/** Where the platform lets negative information age out: the dated outcomes of loans. */
import { type RawBuilder, type SqlBool, sql } from "kysely";
import type { IsoDate } from "@zhiwei/core/basics";
import { NEGATIVE_KEPT_MONTHS } from "@zhiwei/core/consent";
import type { Db } from "../db/index.ts";

/** `isAgedOut` of core/src/consent on a row of `credit_outcome`. A default without the day of its end does not age. */
const agedOut = (on: IsoDate) =>
  sql`credit_outcome.ended_on is not null and (credit_outcome.ended_on + make_interval(months => ${NEGATIVE_KEPT_MONTHS}))::date < ${on}::date`;

/** The condition on a row of `credit_outcome` that it may still be used on a day: that of its use, not the as-of day. */
export const usable = (on: IsoDate): RawBuilder<SqlBool> => sql<SqlBool>`not (${agedOut(on)})`;

/** Deletes what has aged out (征信业管理条例 art. 16). Until it runs, `usable` keeps it from being read. */
export const deleteAgedOut = async (db: Db, on: IsoDate): Promise<number> => {
  const { rows } = await sql`delete from credit_outcome where ${agedOut(on)} returning enterprise_id`.execute(db);
  return rows.length;
};

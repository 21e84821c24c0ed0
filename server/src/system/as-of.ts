import { type IsoDate, isoDate } from "@zhiwei/core/basics";
import type { Db } from "../db/index.ts";
import { badRequest } from "../http/refusal.ts";

/** Where nothing was imported there is no last day: the first one a calendar can be asked about stands in. */
const NOTHING_YET = "1970-01-01" as IsoDate;

/** The day on this machine's calendar. Rows dated later go to quarantine, and no profile looks at a later one. */
export const today = (): IsoDate => isoDate(Temporal.Now.plainDateISO().toString())!;

/** The last day of which any record speaks, which is the as-of day where none is asked for: never the wall clock. */
export const lastDay = async (db: Db): Promise<IsoDate | null> => {
  const { last } = await db
    .selectFrom("import_batch")
    .select(({ fn }) => fn.max("last_on").as("last"))
    .executeTakeFirstOrThrow();
  return last as IsoDate | null;
};

/** The as-of day that a request names, or the last day of the records. Refuses what is no day of the calendar, or not yet. */
export const asOfDay = async (db: Db, text: string | undefined): Promise<IsoDate> => {
  if (text === undefined) return (await lastDay(db)) ?? NOTHING_YET;
  const day = isoDate(text);
  if (day && day > today())
    throw badRequest("asOf 晚于今天：那一天还无从得知。", "asOf lies in the future: nothing can be known of that day yet.");
  if (day) return day;
  throw badRequest("asOf 不是日历上的一天（应为 YYYY-MM-DD）。", "asOf is not a day of the calendar (YYYY-MM-DD).");
};

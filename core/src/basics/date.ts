/** A calendar day, `YYYY-MM-DD`. Days carry no time and no zone: an invoice is issued on a day. */
export type IsoDate = string & { readonly __isoDate: true };

/** Parses `YYYY-MM-DD`; null when it is not a day of the calendar (30 February, month 13). */
export const isoDate = (text: string): IsoDate | null => {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  try {
    return Temporal.PlainDate.from(text, { overflow: "reject" }).toString() as IsoDate;
  } catch {
    return null;
  }
};

const plain = (day: IsoDate) => Temporal.PlainDate.from(day);

/** The same day of another month, or its last day where that month is shorter (31 Jan + 1 month = 28 Feb). */
export const addMonths = (day: IsoDate, months: number): IsoDate => plain(day).add({ months }).toString() as IsoDate;
export const addDays = (day: IsoDate, days: number): IsoDate => plain(day).add({ days }).toString() as IsoDate;
export const daysBetween = (from: IsoDate, to: IsoDate): number => plain(from).until(plain(to), { largestUnit: "days" }).days;

/** Months since year 0, so that differences are whole months: 2020-02 → 24241. */
export const monthIndex = (day: IsoDate): number => Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1;

/**
 * How many whole rolling months `day` lies before `asOf`: 0 within the month that ends on `asOf`, 1 in the month
 * before it. Rolling months end on the as-of day, so that no window holds a part-month.
 */
export const monthsBefore = (asOf: IsoDate, day: IsoDate): number =>
  monthIndex(asOf) - monthIndex(day) - (Number(day.slice(8)) > Number(asOf.slice(8)) ? 1 : 0);

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

const two = (value: number): string => (value < 10 ? `0${value}` : String(value));

/**
 * Days since 1970-01-01 in the proleptic Gregorian calendar, in whole numbers only (after Hinnant, chrono-compatible low-level date
 * algorithms, 2013): years begin in March, so that the leap day comes last.
 */
export const dayNumber = (day: IsoDate): number => {
  const month = Number(day.slice(5, 7));
  const year = Number(day.slice(0, 4)) - (month <= 2 ? 1 : 0);
  const era = Math.floor(year / 400);
  const ofEra = year - era * 400;
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + Number(day.slice(8, 10)) - 1;
  return era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468;
};

/** The day that is so many days after 1970-01-01. */
const dayAt = (number: number): IsoDate => {
  const shifted = number + 719_468;
  const era = Math.floor(shifted / 146_097);
  const ofEra = shifted - era * 146_097;
  const yearOfEra = Math.floor((ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365);
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * ofYear + 2) / 153);
  const month = shiftedMonth + (shiftedMonth < 10 ? 3 : -9);
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(ofYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1)}` as IsoDate;
};

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

/** The same day of another month, or its last day where that month is shorter (31 Jan + 1 month = 28 Feb). */
export const addMonths = (day: IsoDate, months: number): IsoDate => {
  const index = monthIndex(day) + months;
  const year = Math.floor(index / 12);
  const month = index - year * 12;
  const last = month === 1 && isLeap(year) ? 29 : MONTH_DAYS[month]!;
  return `${String(year).padStart(4, "0")}-${two(month + 1)}-${two(Math.min(Number(day.slice(8)), last))}` as IsoDate;
};
export const addDays = (day: IsoDate, days: number): IsoDate => dayAt(dayNumber(day) + days);
export const daysBetween = (from: IsoDate, to: IsoDate): number => dayNumber(to) - dayNumber(from);

/** Months since year 0, so that differences are whole months: 2020-02 → 24241. */
export const monthIndex = (day: IsoDate): number => Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1;

/**
 * How many whole rolling months `day` lies before `asOf`: 0 within the month that ends on `asOf`, 1 in the month
 * before it. Rolling months end on the as-of day, so that no window holds a part-month.
 */
export const monthsBefore = (asOf: IsoDate, day: IsoDate): number =>
  monthIndex(asOf) - monthIndex(day) - (Number(day.slice(8)) > Number(asOf.slice(8)) ? 1 : 0);

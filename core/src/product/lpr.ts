import { type IsoDate, type Text, daysBetween } from "../basics/index.ts";

/**
 * Loan prime rate 贷款市场报价利率 (LPR), in basis points a year, of one year and of more than five years, as the National Interbank
 * Funding Center publishes it by authority of the People's Bank of China, on the 20th of a month or the next working day.
 * Only the days on which it changed are listed; each value holds until the next.
 */
const CHANGES: readonly (readonly [from: string, oneYear: number, fiveYears: number])[] = [
  ["2019-08-20", 425, 485],
  ["2019-09-20", 420, 485],
  ["2019-11-20", 415, 480],
  ["2020-02-20", 405, 475],
  ["2020-04-20", 385, 465],
  ["2021-12-20", 380, 465],
  ["2022-01-20", 370, 460],
  ["2022-05-20", 370, 445],
  ["2022-08-22", 365, 430],
  ["2023-06-20", 355, 420],
  ["2023-08-21", 345, 420],
  ["2024-02-20", 345, 395],
  ["2024-07-22", 335, 385],
  ["2024-10-21", 310, 360],
  ["2025-05-20", 300, 350],
];

export type LprTenor = "1y" | "5y";
export type Lpr = { readonly tenor: LprTenor; readonly bp: number; readonly from: IsoDate };

/** The rate that holds on a day; null before the present way of quoting began on 2019-08-20. */
export const lprOn = (tenor: LprTenor, day: IsoDate): Lpr | null => {
  const found = CHANGES.findLast(([from]) => from <= day);
  return found ? { tenor, bp: tenor === "1y" ? found[1] : found[2], from: found[0] as IsoDate } : null;
};

/** It is published every month; a holiday may put a publication off by some days. */
const LASTS_DAYS = 45;

/** Said of a rate on a day so long after the last known value that a change may have been missed; null where that cannot be. */
export const lprWarning = (day: IsoDate): Text | null => {
  const last = CHANGES.at(-1)![0] as IsoDate;
  const days = daysBetween(last, day);
  return days <= LASTS_DAYS
    ? null
    : {
        zh: `LPR 最近一次已知变动为 ${last}，距报价日 ${days} 天：其后如有调整，此处未计入，请以最新公布为准`,
        en: `The last known change of LPR is of ${last}, ${days} days before the offer: a later one would be missing here; check the rate as published`,
      };
};

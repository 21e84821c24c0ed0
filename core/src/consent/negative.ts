/**
 * Negative information 不良信息 ages out. Regulation on the Administration of Credit Reporting 征信业管理条例, art. 16: negative
 * information of a natural person is kept for five years from the day on which the bad conduct or event ended; beyond that it is
 * deleted. The platform holds to it for every enterprise, since most of its owners are natural persons behind a small firm.
 */
import { type IsoDate, addMonths } from "../basics/index.ts";

export const NEGATIVE_KEPT_MONTHS = 60;

/** The last day on which it may be used, of a conduct or event that ended on a day; null while it has not ended. */
export const negativeUntil = (endedOn: IsoDate | null): IsoDate | null =>
  endedOn === null ? null : addMonths(endedOn, NEGATIVE_KEPT_MONTHS);

/** Whether it has aged out by a day: the day after the fifth anniversary, and ever after. What has not ended does not age. */
export const isAgedOut = (endedOn: IsoDate | null, on: IsoDate): boolean => {
  const until = negativeUntil(endedOn);
  return until !== null && on > until;
};

/** The items that may still be used on a day. */
export const withoutAged = <T extends { readonly endedOn: IsoDate | null }>(items: readonly T[], on: IsoDate): T[] =>
  items.filter((item) => !isAgedOut(item.endedOn, on));

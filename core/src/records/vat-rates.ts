import type { IsoDate } from "../basics/index.ts";

/** A rate or levy of value-added tax, in basis points, and the days on which it was in force (both included). */
export type VatRate = { readonly bps: number; readonly from: IsoDate; readonly to: IsoDate | null; readonly source: string };

const rate = (bps: number, from: string, to: string | null, source: string): VatRate => ({
  bps,
  from: from as IsoDate,
  to: to as IsoDate | null,
  source,
});

/**
 * Rates of value-added tax by period. A parameter, not a constant: a new rate is a new line here.
 * Highest first, since a sum of a few fen can agree with several rates.
 */
export const VAT_RATES: readonly VatRate[] = [
  rate(1700, "1994-01-01", "2018-04-30", "增值税暂行条例"),
  rate(1600, "2018-05-01", "2019-03-31", "财税〔2018〕32号"),
  rate(1300, "2019-04-01", null, "财政部 税务总局 海关总署公告2019年第39号"),
  rate(1300, "1994-01-01", "2017-06-30", "增值税暂行条例；财税〔2017〕37号取消"),
  rate(1100, "2012-01-01", "2018-04-30", "财税〔2011〕110号；财税〔2016〕36号"),
  rate(1000, "2018-05-01", "2019-03-31", "财税〔2018〕32号"),
  rate(900, "2019-04-01", null, "财政部 税务总局 海关总署公告2019年第39号"),
  rate(600, "1994-01-01", null, "增值税暂行条例；财税〔2016〕36号"),
  rate(500, "2016-05-01", null, "财税〔2016〕36号（征收率）"),
  rate(300, "2009-01-01", null, "增值税暂行条例（征收率）"),
  rate(100, "2020-03-01", null, "财政部 税务总局公告2020年第13号（减按1%征收）"),
  rate(0, "1994-01-01", null, "零税率与免税"),
];

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type IsoDate, addDays, addMonths } from "../basics/index.ts";
import { type CashFlow, annualCost } from "./annual-cost.ts";
import type { DayCount, RepaymentMethod } from "./document.ts";
import { lprOn, lprWarning } from "./lpr.ts";
import { countedDays, interestOf, mulDivRound, scheduleOf } from "./schedule.ts";

const day = (text: string) => text as IsoDate;
const flow = (on: string, yuan: number): CashFlow => ({ on: day(on), amountFen: Math.round(yuan * 100) });
const rate = (...flows: CashFlow[]): number => {
  const found = annualCost(flows);
  if (!found.ok) throw new Error(found.error.kind);
  return found.value;
};
const FROM = day("2025-01-15");

describe("annual cost", () => {
  // Directive 98/7/EC, annex II, A (calendar basis); sums in ecu, read here as yuan.
  test("first example: 1,000 on 1 January 1994, 1,200 on 1 July 1995: 12.96 %", () =>
    expect(rate(flow("1994-01-01", 1000), flow("1995-07-01", -1200))).toBeCloseTo(0.1296204, 6));
  test("second example: 50 retained for expenses: 16.9 %", () =>
    expect(rate(flow("1994-01-01", 950), flow("1995-07-01", -1200))).toBeCloseTo(0.169, 3));
  test("third example: 600 after one and after two years: 13.07 %", () =>
    expect(rate(flow("1994-01-01", 1000), flow("1995-01-01", -600), flow("1996-01-01", -600))).toBeCloseTo(0.1306623, 6));
  // Microsoft's example of XIRR: -10,000; 2,750; 4,250; 3,250; 2,750 → 37.34 %.
  test("the example of XIRR: 37.34 %", () =>
    expect(
      rate(
        flow("2008-01-01", -10_000),
        flow("2008-03-01", 2750),
        flow("2008-10-30", 4250),
        flow("2009-02-15", 3250),
        flow("2009-04-01", 2750),
      ),
    ).toBeCloseTo(0.373362535, 8));

  test("one year, one payment: the rate itself", () =>
    expect(rate(flow("2025-01-15", 100), flow("2026-01-15", -103.45))).toBeCloseTo(0.0345, 10));

  test("a plan of equal fees on the first amount costs nearly twice what it says", () => {
    // 12,000 yuan in 12 payments with a fee of 0.6 % of the whole a month: "7.2 %"; the annuity formula gives 1.0876 % a month.
    const flows = [
      flow("2025-01-15", 12_000),
      ...Array.from({ length: 12 }, (_, i) => ({ on: addMonths(FROM, i + 1), amountFen: -107_200 })),
    ];
    let monthly = 0.01;
    for (let i = 0; i < 100; i++) monthly = (1072 * (1 - (1 + monthly) ** -12)) / 12_000;
    expect(Math.abs(rate(...flows) - ((1 + monthly) ** 12 - 1))).toBeLessThan(0.001);
  });

  test("nothing borrowed, nothing paid, or paid on the same day: no rate", () => {
    for (const flows of [
      [],
      [flow("2025-01-15", 100)],
      [flow("2025-01-15", 100), flow("2025-01-15", -100)],
      [flow("2025-01-15", 1), flow("2026-01-15", 1)],
    ])
      expect(annualCost(flows)).toEqual({ ok: false, error: { kind: "no-root" } });
  });

  test("flows with two rates are said to have two: -100, 230, -132 at years 0, 1, 2 is 10 % and 20 %", () => {
    const found = annualCost([flow("2025-01-01", -100), flow("2026-01-01", 230), flow("2027-01-01", -132)]);
    expect(found.ok).toBe(false);
    if (found.ok || found.error.kind !== "ambiguous") throw new Error("two rates");
    expect(found.error.rates[0]).toBeCloseTo(0.1, 10);
    expect(found.error.rates[1]).toBeCloseTo(0.2, 10);
  });

  test("a subsidy that comes after the last payment changes sign again, and the one rate that is a cost is found", () => {
    const cost = rate(flow("2025-01-01", 1000), flow("2026-01-01", -1050), flow("2026-03-01", 20));
    // 1000 = 1050 v − 20 v^(424/365), by halving.
    let [low, high] = [0.9, 1];
    for (let i = 0; i < 60; i++) {
      const v = (low + high) / 2;
      if (1050 * v - 20 * v ** (424 / 365) < 1000) low = v;
      else high = v;
    }
    expect(cost).toBeCloseTo(1 / low - 1, 10);
  });

  const anyFlows = fc.array(fc.record({ days: fc.integer({ min: 1, max: 2000 }), yuan: fc.integer({ min: -5000, max: 5000 }) }), {
    minLength: 1,
    maxLength: 8,
  });
  /** Payments a month apart, some followed by a subsidy: the sign may change at each of them. */
  const loanFlows = fc
    .array(
      fc.record({ paid: fc.integer({ min: 0, max: 2500 }), given: fc.integer({ min: 0, max: 400 }), lag: fc.integer({ min: 1, max: 70 }) }),
      {
        minLength: 1,
        maxLength: 12,
      },
    )
    .map((months) =>
      months.flatMap(({ paid, given, lag }, i) => [
        { days: 30 * (i + 1), yuan: -paid },
        { days: 30 * (i + 1) + lag, yuan: given },
      ]),
    );
  const flows = fc.oneof(anyFlows, loanFlows);
  test("whatever is found is a root, and a scan of all rates from -60 % to 500 % finds no more", () =>
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: 9000 }), flows, (borrowed, later) => {
        const all = [flow("2025-01-01", borrowed), ...later.map(({ days, yuan }) => flow(addDays(day("2025-01-01"), days), yuan))];
        const value = (r: number) =>
          all.reduce(
            (sum, each) => sum + each.amountFen * (1 + r) ** (-(Date.parse(each.on) - Date.parse("2025-01-01")) / 86_400_000 / 365),
            0,
          );
        const found = annualCost(all);
        const rates = found.ok ? [found.value] : found.error.kind === "ambiguous" ? found.error.rates : [];
        const size = (r: number) =>
          all.reduce(
            (sum, each) =>
              sum + Math.abs(each.amountFen) * (1 + r) ** (-(Date.parse(each.on) - Date.parse("2025-01-01")) / 86_400_000 / 365),
            0,
          );
        for (const r of rates) expect(Math.abs(value(r)) / size(r)).toBeLessThan(1e-9);
        let scanned = 0;
        let before = Math.sign(value(-0.6));
        for (let r = -0.6 + 0.002; r < 5; r += 0.002) {
          const sign = Math.sign(value(r));
          if (sign !== 0 && before !== 0 && sign !== before) scanned++;
          before = sign;
        }
        expect(rates.toSorted((a, b) => a - b)).toEqual(rates);
        expect(rates.filter((r) => r > -0.6 && r < 5).length).toBeGreaterThanOrEqual(scanned);
        // One change of sign: one rate at most.
        if (later.every(({ yuan }) => yuan < 0)) expect(rates.length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 600 },
    ));
});

describe("schedule", () => {
  const terms = (method: RepaymentMethod, dayCount: DayCount, more: object = {}) => ({
    principalFen: 100_000_000,
    rate: 43_500,
    from: FROM,
    months: 12,
    everyMonths: 1,
    method,
    dayCount,
    ...more,
  });

  test("equal instalments over equal months are the closed annuity: 1 million, 4.35 %, 12 months: 85,307.50 a month", () => {
    const schedule = scheduleOf(terms("equal-instalment", "30/360"));
    const i = 0.0435 / 12;
    const annuity = (1_000_000 * i) / (1 - (1 + i) ** -12);
    const [first] = schedule;
    expect(first!.principalFen + first!.interestFen).toBe(Math.round(annuity * 100));
    expect(first!.interestFen).toBe(362_500);
    for (const each of schedule.slice(0, -1)) expect(each.principalFen + each.interestFen).toBe(Math.round(annuity * 100));
    expect(Math.abs(schedule.at(-1)!.principalFen + schedule.at(-1)!.interestFen - Math.round(annuity * 100))).toBeLessThanOrEqual(12);
  });

  test("interest of 100,000 yuan at 4.35 % over 31 days: 374.58 by 360, 369.45 by 365", () => {
    expect(interestOf(10_000_000, 43_500, 31, "actual/360")).toBe(37_458);
    expect(interestOf(10_000_000, 43_500, 31, "actual/365")).toBe(36_945);
  });

  test("a loan of the 31st falls due on the last days of the months, and comes back to the 31st", () => {
    const schedule = scheduleOf(terms("interest-monthly", "actual/365", { from: day("2025-01-31"), months: 3 }));
    expect(schedule.map(({ on }) => on)).toEqual(["2025-02-28", "2025-03-31", "2025-04-30"]);
  });

  test("thirty days to every month", () => {
    expect(countedDays(day("2025-01-31"), day("2025-02-28"), "30/360")).toBe(28);
    expect(countedDays(day("2025-01-15"), day("2026-01-15"), "30/360")).toBe(360);
    expect(countedDays(day("2024-01-15"), day("2025-01-15"), "actual/365")).toBe(366);
  });

  test("by any method all principal is repaid to the fen, in payments that are never negative", () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000_000_000 }),
        fc.integer({ min: 0, max: 240_000 }),
        fc.integer({ min: 1, max: 60 }),
        fc.constantFrom(1, 3, 6, 12),
        fc.constantFrom<RepaymentMethod>("equal-instalment", "equal-principal", "interest-monthly", "bullet"),
        fc.constantFrom<DayCount>("actual/365", "actual/360", "30/360"),
        (principalFen, yearly, months, everyMonths, method, dayCount) => {
          const schedule = scheduleOf({ principalFen, rate: yearly, from: FROM, months, everyMonths, method, dayCount });
          expect(schedule.reduce((sum, each) => sum + each.principalFen, 0)).toBe(principalFen);
          expect(schedule.at(-1)!.balanceFen).toBe(0);
          for (const each of schedule) {
            expect(Number.isSafeInteger(each.principalFen) && each.principalFen >= 0).toBe(true);
            expect(Number.isSafeInteger(each.interestFen) && each.interestFen >= 0).toBe(true);
          }
        },
      ),
    ));

  test("without fees the annual cost of a monthly loan by 30/360 is (1 + r/12)^12 - 1, but for the days of the months", () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 200, max: 2400 }),
        fc.constantFrom<RepaymentMethod>("equal-instalment", "equal-principal", "interest-monthly"),
        fc.integer({ min: 6, max: 36 }),
        (bp, method, months) => {
          const yearly = bp / 10_000;
          const schedule = scheduleOf({
            principalFen: 100_000_000,
            rate: bp * 100,
            from: FROM,
            months,
            everyMonths: 1,
            method,
            dayCount: "30/360",
          });
          const cost = rate(
            { on: FROM, amountFen: 100_000_000 },
            ...schedule.map((each) => ({ on: each.on, amountFen: -each.principalFen - each.interestFen })),
          );
          expect(Math.abs(cost - ((1 + yearly / 12) ** 12 - 1)) / yearly).toBeLessThan(0.025);
        },
      ),
      { numRuns: 60 },
    ));

  test("a product and quotient of whole numbers is that of big integers", () =>
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer({ min: 0, max: 2 ** 40 }), fc.integer({ min: 1, max: 365_000_000 }), (a, b, c) => {
        const exact = (2n * BigInt(a) * BigInt(b) + BigInt(c)) / (2n * BigInt(c));
        if (exact > BigInt(Number.MAX_SAFE_INTEGER)) expect(() => mulDivRound(a, b, c)).toThrow(RangeError);
        else expect(mulDivRound(a, b, c)).toBe(Number(exact));
      }),
      { numRuns: 3000 },
    ));
});

describe("LPR", () => {
  test("is warned of from the 46th day after its last known change on", () => {
    expect([lprWarning(day("2021-06-01")), lprWarning(day("2025-07-04"))]).toEqual([null, null]);
    expect(lprWarning(day("2025-07-05"))).toMatchObject({ zh: expect.stringContaining("距报价日 46 天") as string });
  });
  test("holds from the day it is published until the next", () => {
    expect(lprOn("1y", day("2019-08-19"))).toBeNull();
    expect(lprOn("1y", day("2019-08-20"))).toEqual({ tenor: "1y", bp: 425, from: "2019-08-20" });
    expect(lprOn("1y", day("2020-04-19"))?.bp).toBe(405);
    expect(lprOn("5y", day("2024-02-20"))?.bp).toBe(395);
    expect(lprOn("1y", day("2024-10-20"))?.bp).toBe(335);
    expect(lprOn("1y", day("2025-05-20"))?.bp).toBe(300);
  });
});

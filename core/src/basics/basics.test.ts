import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type IsoDate,
  type Json,
  addDays,
  addMonths,
  canonicalJson,
  dayNumber,
  daysBetween,
  fen,
  fenFromYuanText,
  isoDate,
  monthsBefore,
  yuanText,
} from "./index.ts";

describe("money", () => {
  test.each([
    ["0", 0],
    ["-0.00", 0],
    ["1,234.5", 123450],
    ["￥88", 8800],
    ["-¥0.07", -7],
    ["100.000", 10000],
    [" 12.30 ", 1230],
  ])("%s is %d fen", (text, expected) => expect(fenFromYuanText(text)).toEqual({ ok: true, value: expected }));

  test.each([
    ["", "not-a-number"],
    ["1e3", "not-a-number"],
    ["1,23", "not-a-number"],
    ["12.345", "finer-than-a-fen"],
    ["99999999999999999", "too-large"],
  ])("%s is refused: %s", (text, reason) => expect(fenFromYuanText(text)).toEqual({ ok: false, error: reason }));

  test("what is written is read back", () =>
    fc.assert(
      fc.property(fc.maxSafeInteger(), (amount) => {
        expect(fenFromYuanText(yuanText(amount))).toEqual({ ok: true, value: amount });
      }),
    ));

  test("a fraction of a fen is our own mistake", () => expect(() => fen(0.5)).toThrow(RangeError));
});

describe("days", () => {
  test.each(["2020-02-30", "2019-13-01", "2019-1-1", "", "2020-02-29x"])("%s is no day", (text) => expect(isoDate(text)).toBeNull());

  test("month k is the one that holds the days after asOf − (k+1) months up to asOf − k months", () => {
    const asOf = "2020-02-21" as IsoDate;
    expect(monthsBefore(asOf, "2020-02-21" as IsoDate)).toBe(0);
    expect(monthsBefore(asOf, "2020-01-22" as IsoDate)).toBe(0);
    expect(monthsBefore(asOf, "2020-01-21" as IsoDate)).toBe(1);
    expect(monthsBefore(asOf, "2019-02-21" as IsoDate)).toBe(12);
    expect(monthsBefore(asOf, "2020-02-22" as IsoDate)).toBe(-1);
  });

  test("rolling months and month arithmetic agree", () => {
    const day = fc
      .date({ min: new Date("2015-01-01"), max: new Date("2030-12-31"), noInvalidDate: true })
      .map((date) => date.toISOString().slice(0, 10) as IsoDate);
    fc.assert(
      fc.property(day, fc.integer({ min: 0, max: 48 }), (asOf, months) => {
        expect(monthsBefore(asOf, addMonths(asOf, -months))).toBe(months);
      }),
    );
  });
});

describe("days by whole numbers", () => {
  const day = fc
    .date({ min: new Date("1583-01-01"), max: new Date("2600-12-31"), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10) as IsoDate);
  const plain = (text: IsoDate) => Temporal.PlainDate.from(text);
  test("are those of the calendar in Temporal", () =>
    fc.assert(
      fc.property(day, day, fc.integer({ min: -5000, max: 5000 }), (a, b, count) => {
        expect(daysBetween(a, b)).toBe(plain(a).until(plain(b), { largestUnit: "days" }).days);
        expect(addDays(a, count)).toBe(plain(a).add({ days: count }).toString());
        expect(addMonths(a, count)).toBe(plain(a).add({ months: count }).toString());
        expect(dayNumber(a)).toBe(Date.parse(`${a}T00:00:00Z`) / 86_400_000);
      }),
      { numRuns: 2000 },
    ));
});

describe("canonical JSON", () => {
  test("the order of keys does not change the text", () =>
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        const turned = Object.fromEntries(Object.entries(object).reverse());
        expect(canonicalJson(turned as Json)).toBe(canonicalJson(object as Json));
        expect(JSON.parse(canonicalJson(object as Json))).toEqual(JSON.parse(JSON.stringify(object)));
      }),
    ));

  test("an example of RFC 8785", () => {
    const source = '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"literals":[null,true,false]}';
    expect(canonicalJson(JSON.parse(source) as Json)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27]}',
    );
  });

  test("what JSON cannot say is refused", () => expect(() => canonicalJson({ value: Number.NaN })).toThrow(RangeError));
});

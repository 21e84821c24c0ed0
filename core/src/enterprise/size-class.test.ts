import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { IsoDate } from "../basics/index.ts";
import { divisions, industryCode } from "./industry.ts";
import { SIZE_STANDARD_2017, type SizeClass, type SizeMeasure, rowsFor, sizeClass, sizeStandardOn } from "./size-class.ts";

const day = "2020-02-20" as IsoDate;
const code = (text: string) => industryCode(text)!;
const CLASSES: readonly SizeClass[] = ["large", "medium", "small", "micro"];
const figures = (values: Partial<Record<SizeMeasure, number>>) => ({
  persons: values.persons ?? null,
  revenueFen: values.revenue === undefined ? null : Math.round(values.revenue * 1_000_000),
  assetsFen: values.assets === undefined ? null : Math.round(values.assets * 1_000_000),
});

/** The table as printed, typed apart from the code: an industry of each row, and per measure the bounds of large, medium, small. */
const PRINTED: readonly (readonly [string, string, Partial<Record<SizeMeasure, readonly [number, number, number]>>])[] = [
  ["farming", "A01", { revenue: [20000, 500, 50] }],
  ["industry", "C35", { persons: [1000, 300, 20], revenue: [40000, 2000, 300] }],
  ["construction", "E47", { revenue: [80000, 6000, 300], assets: [80000, 5000, 300] }],
  ["wholesale", "F51", { persons: [200, 20, 5], revenue: [40000, 5000, 1000] }],
  ["retail", "F52", { persons: [300, 50, 10], revenue: [20000, 500, 100] }],
  ["transport", "G54", { persons: [1000, 300, 20], revenue: [30000, 3000, 200] }],
  ["storage", "G592", { persons: [200, 100, 20], revenue: [30000, 1000, 100] }],
  ["post", "G60", { persons: [1000, 300, 20], revenue: [30000, 2000, 100] }],
  ["lodging", "H61", { persons: [300, 100, 10], revenue: [10000, 2000, 100] }],
  ["catering", "H62", { persons: [300, 100, 10], revenue: [10000, 2000, 100] }],
  ["information", "I63", { persons: [2000, 100, 10], revenue: [100000, 1000, 100] }],
  ["software", "I65", { persons: [300, 100, 10], revenue: [10000, 1000, 50] }],
  ["real-estate-development", "K701", { revenue: [200000, 1000, 100], assets: [10000, 5000, 2000] }],
  ["property-management", "K702", { persons: [1000, 300, 100], revenue: [5000, 1000, 500] }],
  ["leasing-business", "L72", { persons: [300, 100, 10], assets: [120000, 8000, 100] }],
  ["other", "M75", { persons: [300, 100, 10] }],
];

test("every row of the table is there", () => expect(SIZE_STANDARD_2017.rows.map((row) => row.id)).toEqual(PRINTED.map(([id]) => id)));

describe.each(PRINTED)("%s (%s)", (id, industry, table) => {
  const measures = Object.keys(table) as SizeMeasure[];
  const high = Object.fromEntries(measures.map((measure) => [measure, 10_000_000]));
  /** The least step of each measure: one person; one fen. */
  const step = (measure: SizeMeasure) => (measure === "persons" ? 1 : 0.000001);

  for (const measure of measures)
    for (const [at, bound] of table[measure]!.entries())
      test(`${measure} ${bound}: ${CLASSES[at]} from there, one class lower below`, () => {
        expect(sizeClass(code(industry), figures({ ...high, [measure]: bound }), day)).toMatchObject({
          class: CLASSES[at],
          provisional: false,
          row: id,
        });
        expect(sizeClass(code(industry), figures({ ...high, [measure]: bound - step(measure) }), day)).toMatchObject({
          class: CLASSES[at + 1],
          provisional: false,
        });
      });

  test("the class is what the rule says when it is followed step by step", () => {
    const value = fc.oneof(
      ...measures.flatMap((measure) => table[measure]!.map((bound) => fc.constantFrom(bound - 1, bound, bound + 1))),
      fc.integer({ min: 0, max: 300_000 }),
    );
    fc.assert(
      fc.property(fc.tuple(...measures.map(() => value)), (values) => {
        // All lower bounds of a class, else one class lower, and again.
        const stepwise = CLASSES.find((_, at) => at === 3 || measures.every((measure, place) => values[place]! >= table[measure]![at]!));
        const given = Object.fromEntries(measures.map((measure, place) => [measure, values[place]]));
        return sizeClass(code(industry), figures(given), day).class === stepwise;
      }),
    );
  });
});

describe("what is not known", () => {
  test("from revenue alone: provisional, with what is missing", () => {
    const result = sizeClass(code("F51"), figures({ revenue: 6000 }), day);
    expect(result).toMatchObject({ class: "medium", provisional: true, measured: ["revenue"], missing: ["persons"] });
    expect(result.basis.en).toContain("from revenue alone");
  });
  test("a missing figure can only lower the class", () =>
    expect(sizeClass(code("F51"), figures({ revenue: 6000, persons: 6 }), day)).toMatchObject({ class: "small", provisional: false }));
  test("micro by one figure stands whatever the other is", () =>
    expect(sizeClass(code("F51"), figures({ revenue: 999 }), day)).toMatchObject({
      class: "micro",
      provisional: false,
      missing: ["persons"],
    }));
  test("a row that asks for nothing we know gives no class", () =>
    expect(sizeClass(code("M75"), figures({ revenue: 6000 }), day)).toMatchObject({ class: null, missing: ["persons"] }));
  test("no industry, no class", () => expect(sizeClass(null, figures({ revenue: 6000 }), day).class).toBeNull());
  test.each(["J66", "P83", "Q84", "S92", "G53", "K704"])("%s has no row in the standard", (industry) =>
    expect(sizeClass(code(industry), figures({ persons: 10, revenue: 10, assets: 10 }), day)).toMatchObject({ class: null, row: null }),
  );
});

describe("coarse codes", () => {
  test("division 59 may be transport or storage: a class only where both agree", () => {
    expect(rowsFor(SIZE_STANDARD_2017, code("G59")).map((row) => row.id)).toEqual(["transport", "storage"]);
    expect(sizeClass(code("G59"), figures({ persons: 5, revenue: 50 }), day).class).toBe("micro");
    expect(sizeClass(code("G59"), figures({ persons: 50, revenue: 150 }), day)).toMatchObject({ class: null });
  });
  test("a group decides", () => {
    expect(rowsFor(SIZE_STANDARD_2017, code("G591")).map((row) => row.id)).toEqual(["transport"]);
    expect(rowsFor(SIZE_STANDARD_2017, code("G5920")).map((row) => row.id)).toEqual(["storage"]);
  });
  test("a section will do where all its divisions share a row", () => {
    expect(rowsFor(SIZE_STANDARD_2017, code("E")).map((row) => row.id)).toEqual(["construction"]);
    expect(rowsFor(SIZE_STANDARD_2017, code("F")).map((row) => row.id)).toEqual(["wholesale", "retail"]);
    expect(rowsFor(SIZE_STANDARD_2017, code("J"))).toEqual([]);
  });
});

test("no division has two rows, but where its groups have", () => {
  for (const division of divisions) {
    const rows = rowsFor(SIZE_STANDARD_2017, division.code).map((row) => row.id);
    if (rows.length > 1)
      expect([division.code, rows]).toEqual(
        division.code === "G59" ? ["G59", ["transport", "storage"]] : ["K70", ["real-estate-development", "property-management", "other"]],
      );
  }
});

test("the standard is dated", () => {
  expect(sizeStandardOn("2019-01-01" as IsoDate)).toBe(SIZE_STANDARD_2017);
  expect(SIZE_STANDARD_2017.validFrom).toBe("2017-12-28");
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { axisOf, halved, indexAt, indexOf, moveTo, placeOf, typed, without } from "./boundaries.ts";

const axis = axisOf({ values: [-9, 1, 2, 5, 8, 13], events: [3, 1, 0, 2, 0, 1], nonEvents: [0, 1, 2, 2, 4, 1] }, [-9]);

test("places are among ordinary records", () => {
  expect(axis).toEqual({ values: [1, 2, 5, 8, 13], before: [0, 2, 4, 8, 12], total: 14 });
  expect(placeOf(axis, 5)).toBe(4 / 14);
  expect(placeOf(axis, 4.5)).toBe(4 / 14);
  expect(placeOf(axis, 99)).toBe(1);
  expect(indexAt(axis, 0)).toBe(1);
  expect(indexAt(axis, 0.55)).toBe(3);
});

test("a boundary moves between its neighbours, to a number that people can read", () => {
  expect(moveTo(axis, [5], 0, 3)).toEqual([7]);
  expect(moveTo(axis, [2, 8], 0, 4)).toEqual([4].concat(8));
  expect(moveTo(axis, [2, 5], 0, 3)).toEqual([2, 5]);
  expect(without([2, 5, 8], 1)).toEqual([2, 8]);
});

test("a bin is halved by its records; one value cannot be", () => {
  expect(halved(axis, [], 0)).toEqual([7]);
  expect(halved(axis, [13], 1)).toBeNull();
});

test("what is typed must leave a value in every bin", () => {
  expect(typed(axis, [2, 8], 0, 4)).toEqual([4, 8]);
  expect(typed(axis, [2, 8], 0, 9)).toBeNull();
  expect(typed(axis, [2], 0, 0.5)).toBeNull();
  expect(typed(axis, [2], 0, Number.NaN)).toBeNull();
});

test("whatever the hand does, boundaries rise and no bin is without a value", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 3, maxLength: 40 }),
      fc.array(fc.tuple(fc.constantFrom("move", "remove", "halve", "type"), fc.nat(40), fc.double({ noNaN: true, min: 0, max: 1 })), {
        maxLength: 30,
      }),
      (numbers, steps) => {
        const values = numbers.toSorted((a, b) => a - b);
        const all = axisOf({ values, events: values.map(() => 1), nonEvents: values.map((_, i) => i % 3) });
        let splits: readonly number[] = [];
        for (const [step, at, share] of steps) {
          const k = splits.length === 0 ? 0 : at % splits.length;
          if (step === "halve") splits = halved(all, splits, at % (splits.length + 1)) ?? splits;
          else if (splits.length === 0) continue;
          else if (step === "move") splits = moveTo(all, splits, k, indexAt(all, share));
          else if (step === "type") splits = typed(all, splits, k, values[0]! + share * (values.at(-1)! - values[0]!)) ?? splits;
          else splits = without(splits, k);
          const places = [0, ...splits.map((split) => indexOf(all, split)), values.length];
          for (let i = 1; i < places.length; i++) expect(places[i]).toBeGreaterThan(places[i - 1]!);
        }
      },
    ),
  );
});

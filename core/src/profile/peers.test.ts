import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { featureById, holdsWhenSplit } from "../features/index.ts";
import { dimensionFeatures, dimensions, levelOf } from "./dimensions.ts";
import { type Peer, compare, midRank, peerGroup, roundTo, roundValues } from "./peers.ts";

const peer = (id: string, values: Peer["values"] = {}, sizeClass: Peer["sizeClass"] = "small", section: string | null = "F"): Peer => ({
  id,
  sizeClass,
  section,
  values,
});
const many = (count: number, sizeClass: Peer["sizeClass"], section: string | null) =>
  Array.from({ length: count }, (_, at) => peer(`${sizeClass}${section}${at}`, {}, sizeClass, section));

describe("dimensions", () => {
  test("name only features of the catalogue, and aim as the catalogue says", () => {
    for (const dimension of dimensions)
      for (const { id, aim } of dimension.features) {
        const feature = featureById(id);
        expect([id, feature !== null]).toEqual([id, true]);
        if (aim !== "middle" && feature!.direction !== "neutral") expect([id, aim]).toEqual([id, feature!.direction.split("-")[0]]);
      }
  });
  test("no feature counts in two dimensions", () =>
    expect(dimensionFeatures).toHaveLength(dimensions.flatMap((dimension) => dimension.features).length));
  test("levels are fifths", () =>
    expect([100, 80, 79.9, 60, 40, 20, 19.9, 0].map(levelOf)).toEqual([
      "leading",
      "leading",
      "good",
      "good",
      "middle",
      "weak",
      "trailing",
      "trailing",
    ]));
});

describe("peer groups", () => {
  const subject = { sizeClass: "small", section: "F" } as const;
  test("of the same size and industry where there are twenty", () => {
    const everyone = [...many(21, "small", "F"), ...many(30, "micro", "F"), ...many(30, "small", "C")];
    expect(peerGroup(subject, everyone)).toMatchObject({
      kind: "size-and-industry",
      members: { length: 21 },
      tried: [{ kind: "size-and-industry", count: 20 }],
    });
  });
  test("one fewer: of the same size", () => {
    const everyone = [...many(20, "small", "F"), ...many(30, "small", "C")];
    expect(peerGroup(subject, everyone)).toMatchObject({
      kind: "size",
      section: null,
      tried: [
        { kind: "size-and-industry", count: 19 },
        { kind: "size", count: 49 },
      ],
    });
  });
  test("then of the same industry, then all", () => {
    expect(peerGroup(subject, [...many(3, "small", "F"), ...many(30, "micro", "F")]).kind).toBe("industry");
    expect(peerGroup(subject, [...many(3, "small", "F"), ...many(3, "micro", "C")])).toMatchObject({ kind: "all", members: { length: 6 } });
  });
  test("nothing known of size and industry: all at once", () =>
    expect(peerGroup({ sizeClass: null, section: null }, many(5, null, null)).tried).toEqual([{ kind: "all", count: 4 }]));
});

describe("percentiles", () => {
  test("mid-rank, by hand: 1 2 2 3 gives 12.5, 50, 87.5", () => {
    const sorted = Float64Array.from([1, 2, 2, 3]);
    expect([1, 2, 3, 0, 4].map((value) => midRank(sorted, value))).toEqual([12.5, 50, 87.5, 0, 100]);
  });
  test("the same by counting, for any values", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1 }), fc.integer({ min: -1, max: 10 }), (values, value) => {
        const below = values.filter((each) => each < value).length;
        const equal = values.filter((each) => each === value).length;
        return midRank(Float64Array.from(values).sort(), value) === (100 * (below + equal / 2)) / values.length;
      }),
    );
  });
  test("rounding has no minus zero and unknown ids go", () => {
    expect(Object.is(roundTo(-0.0000001, 6), 0)).toBe(true);
    expect(roundValues({ net_sales_12m: 12.4, void_sales_share_12m: 0.12345678, nonsense: 1, vat_burden_12m: null })).toEqual({
      net_sales_12m: 12,
      vat_burden_12m: null,
      void_sales_share_12m: 0.123457,
    });
  });
});

test("no position is a reward for billing in parts: splitting an invoice moves none of the features that make one", () =>
  expect(dimensionFeatures.filter((id) => !holdsWhenSplit(id))).toEqual([]));

const scale = dimensions.find((dimension) => dimension.id === "scale")!;
const measured = dimensions.filter((dimension) => dimension.id !== "tax");

describe("positions", () => {
  test("worked example of docs/profile.md", () => {
    // Four peers; net sales 3 of 7 weights, and so on. The second by everything lies at 37.5 throughout.
    const values = (at: number) => ({
      net_sales_12m: at,
      net_sales_24m: 2 * at,
      sales_per_active_month_12m: at,
      buyer_months_12m: at,
      buyers_12m: at,
    });
    const comparison = compare([1, 2, 3, 4].map((at) => peer(`p${at}`, values(at))));
    expect(comparison.standing(scale, values(2))).toMatchObject({ position: 37.5, coverage: 1 });
    expect(comparison.percentile("net_sales_12m", 2)).toBe(37.5);
  });
  test("too little known, no position", () => {
    const comparison = compare([peer("a", { net_sales_12m: 1 }), peer("b", { net_sales_12m: 2 })]);
    expect(comparison.standing(scale, { net_sales_12m: 1 })).toMatchObject({ position: null, coverage: 0.429 });
  });
  test("the mean position of a group without gaps is 50", () => {
    const group = Array.from({ length: 37 }, (_, at) =>
      peer(`p${at}`, Object.fromEntries(scale.features.map(({ id }, place) => [id, (at * (place + 3)) % 37]))),
    );
    const comparison = compare(group);
    const positions = group.map((member) => comparison.standing(scale, member.values).position!);
    expect(positions.reduce((sum, position) => sum + position, 0) / 37).toBeCloseTo(50, 1);
  });

  const value = fc.integer({ min: 0, max: 20 });
  const member = fc.record(Object.fromEntries(dimensionFeatures.map((id) => [id, fc.option(value, { nil: null, freq: 8 })])));
  test("a better feature never lowers a dimension, nor the enterprise as a whole against unchanged peers", () => {
    fc.assert(
      fc.property(
        fc.array(member, { minLength: 2, maxLength: 25 }),
        fc.nat(),
        fc.nat(),
        fc.integer({ min: 1, max: 10 }),
        (group, which, what, by) => {
          const dimension = measured[what % measured.length]!;
          const feature = dimension.features[which % dimension.features.length]!;
          const at = which % group.length;
          const old = group[at]![feature.id] ?? null;
          fc.pre(old !== null);
          const better = { ...group[at]!, [feature.id]: feature.aim === "higher" ? old + by : old - by };
          const before = compare(group.map((values, place) => peer(`p${place}`, values)));
          const after = compare(group.map((values, place) => peer(`p${place}`, place === at ? better : values)));
          const then = before.standing(dimension, group[at]!).position;
          const now = after.standing(dimension, better).position;
          return then === null ? now === null : now! >= then;
        },
      ),
      { numRuns: 300 },
    );
  });
});

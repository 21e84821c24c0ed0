import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type IsoDate, canonicalJson } from "../basics/index.ts";
import { type FeatureValues, catalogue, featureById, holdsWhenSplit } from "../features/index.ts";
import { flagRows, flagRules, raisedFlags, severities, steers } from "./flags.ts";
import { type ProfileEnterprise, type ProfileInputs, buildProfile, sizeOf } from "./from-features.ts";
import { type Peer, compare, peerGroup, roundValues } from "./peers.ts";

const asOf = "2020-02-20" as IsoDate;
const enterprise: ProfileEnterprise = {
  id: "E1",
  name: "***电器销售有限公司",
  kind: "company",
  uscc: null,
  industryCode: "F513",
  industrySource: "inferred-from-name",
  regionCode: "440305",
  persons: null,
  revenueFen: null,
  assetsFen: null,
  foundedOn: null,
};

/** Values of every feature from a small seed: no randomness, yet no two peers alike. */
const valuesOf = (seed: number): FeatureValues =>
  roundValues(
    Object.fromEntries(
      catalogue.map((feature, at) => [
        feature.id,
        feature.needs === "bank" ? null : feature.unit === "fen" ? 1_000_000 * ((seed * (at + 7)) % 97) : ((seed * (at + 3)) % 89) / 100,
      ]),
    ),
  );

const inputsOf = (changes: Partial<ProfileInputs> & { values?: FeatureValues } = {}): ProfileInputs => {
  const values = changes.values ?? valuesOf(5);
  const everyone: Peer[] = Array.from({ length: 40 }, (_, at) => ({
    id: `E${at}`,
    sizeClass: "small",
    section: "F",
    values: at === 1 ? values : valuesOf(at + 11),
  }));
  const group = peerGroup({ sizeClass: "small", section: "F" }, everyone);
  const comparison = compare(group.members);
  const evidence = Object.fromEntries(raisedFlags(values, comparison).map((flag) => [flag.id, { rows: 3, sumFen: 12_345 }]));
  return {
    enterprise,
    asOf,
    values,
    group,
    peersSha256: "0".repeat(64),
    comparison,
    before: null,
    evidence,
    months: [
      { month: "2019-11", salesFen: 100, purchasesFen: 50, saleInvoices: 2, purchaseInvoices: 1 },
      { month: "2020-02", salesFen: 300, purchasesFen: 0, saleInvoices: 1, purchaseInvoices: 0 },
    ],
    sources: [
      { kind: "sales-invoices", rows: 4, firstOn: "2019-11-03", lastOn: "2020-02-11" },
      { kind: "purchase-invoices", rows: 1, firstOn: "2019-11-07", lastOn: "2019-11-07" },
    ],
    batches: [
      { id: "b2", kind: "sales-invoices", fileName: "s.csv", fileSha256: "ab", sha256: "cd", rows: 9, ownRows: 4 },
      { id: "b1", kind: "purchase-invoices", fileName: "p.csv", fileSha256: "ef", sha256: "01", rows: 9, ownRows: 1 },
    ],
    catalogue: "c".repeat(64),
    trade: "d".repeat(64),
    ...changes,
  };
};

test("equal inputs give equal bytes, whatever the order in which they were handed over", () => {
  const inputs = inputsOf();
  const bytes = canonicalJson(buildProfile(inputs));
  const turned = inputsOf({
    months: inputs.months.toReversed(),
    sources: inputs.sources.toReversed(),
    batches: inputs.batches.toReversed(),
    values: roundValues(Object.fromEntries(Object.entries(inputs.values).toReversed())),
  });
  expect(canonicalJson(buildProfile(turned))).toBe(bytes);
  expect(bytes).not.toMatch(/\d\.\d{7}/);
});

test("no bank's grade and no default is anywhere in it", () => {
  expect(canonicalJson(buildProfile(inputsOf()))).not.toMatch(/grade|default|信誉评级|违约/i);
});

test("months are filled up, the cut-off one is marked, and a gap is told", () => {
  const { monthly, completeness } = buildProfile(inputsOf());
  expect(monthly.map((month) => [month.month, month.salesFen, month.partial])).toEqual([
    ["2019-11", 100, false],
    ["2019-12", 0, false],
    ["2020-01", 0, false],
    ["2020-02", 300, true],
  ]);
  expect(completeness.gaps).toEqual([{ from: "2019-12", to: "2020-01", months: 2 }]);
  expect(completeness).toMatchObject({ monthsCovered: 2, monthsSpan: 4, score: Math.round(35 + 25 + (20 * 2) / 24) });
  expect(buildProfile(inputsOf({ asOf: "2020-02-29" as IsoDate })).monthly.at(-1)!.partial).toBe(false);
});

test("freshness counts from the last record of any source", () =>
  expect(buildProfile(inputsOf()).freshness).toEqual({ lastRecordOn: "2020-02-11", days: 9, level: "fresh" }));

test("nothing known at all is a profile still", () => {
  const profile = buildProfile(inputsOf({ values: roundValues({}), months: [], sources: [], batches: [], evidence: {} }));
  expect(profile).toMatchObject({
    overall: { position: null, level: null },
    flags: [],
    strengths: [],
    monthly: [],
    freshness: { level: "none" },
    completeness: { score: 0 },
  });
  expect(profile.dimensions.every((dimension) => dimension.position === null && dimension.confidence.level === "low")).toBe(true);
});

test("confidence: the worked example of docs/profile.md, and none without a position", () => {
  const known = { ...valuesOf(5), history_months: 41, sale_invoices_12m: 30, purchase_invoices_12m: 5 };
  const everyone: Peer[] = Array.from({ length: 31 }, (_, at) => ({
    id: `P${at}`,
    sizeClass: "small",
    section: "F",
    values: at === 0 ? known : valuesOf(at + 3),
  }));
  const group = peerGroup({ sizeClass: "small", section: "F" }, everyone);
  const comparison = compare(group.members);
  const evidence = Object.fromEntries(raisedFlags(known, comparison).map((flag) => [flag.id, { rows: 1, sumFen: 1 }]));
  const { dimensions } = buildProfile(inputsOf({ values: known, group, comparison, evidence }));
  expect(dimensions[0]!.confidence).toEqual({ value: 0.86, level: "high", history: 1, invoices: 0.68, coverage: 1, peers: 0.6 });
  expect(dimensions.find((dimension) => dimension.id === "cash")).toMatchObject({ position: null, confidence: { value: 0, level: "low" } });
});

test("the trend compares with the same members twelve months before", () => {
  const inputs = inputsOf();
  const unchanged = buildProfile({ ...inputs, before: { values: inputs.values, comparison: inputs.comparison } });
  for (const { position, trend } of unchanged.dimensions)
    expect(trend).toEqual({
      asOf: "2019-02-20",
      direction: position === null ? "unknown" : "flat",
      position,
      change: position === null ? null : 0,
    });
  expect(buildProfile(inputs).dimensions[0]!.trend).toEqual({ asOf: "2019-02-20", direction: "unknown", position: null, change: null });
});

describe("size class", () => {
  const twelve = roundValues({ net_sales_12m: 6000 * 1_000_000, history_months: 12 });
  test("stated revenue comes before invoiced sales", () => {
    expect(sizeOf({ ...enterprise, revenueFen: 900 * 1_000_000 }, twelve, asOf)).toMatchObject({ class: "micro", revenueSource: "stated" });
    expect(sizeOf(enterprise, twelve, asOf)).toMatchObject({ class: "medium", provisional: true, revenueSource: "invoiced-sales" });
  });
  test("less than twelve months of invoices are no year's revenue", () =>
    expect(sizeOf(enterprise, roundValues({ net_sales_12m: 6000 * 1_000_000, history_months: 11 }), asOf)).toMatchObject({
      class: null,
      revenueSource: null,
    }));
});

describe("flags", () => {
  test("every rule reads features of the catalogue and knows the rows behind it", () => {
    for (const rule of flagRules) expect([rule.id, flagRows(rule.id) !== null]).toEqual([rule.id, true]);
    expect(flagRows("nonsense")).toBeNull();
    expect(new Set(flagRules.map((rule) => rule.id)).size).toBe(flagRules.length);
    for (const rule of flagRules)
      for (const id of rule.features) expect([rule.id, id, featureById(id) !== null]).toEqual([rule.id, id, true]);
  });

  test("a rule steers only where splitting an invoice moves nothing that it reads; how invoices are made out is for a question", () => {
    expect(flagRules.filter((rule) => !steers(rule.id)).map((rule) => rule.id)).toEqual([
      "round-amounts",
      "near-limit",
      "sequential-numbers",
    ]);
    for (const rule of flagRules) if (steers(rule.id)) expect(rule.features.filter((id) => !holdsWhenSplit(id))).toEqual([]);
    expect(raisedFlags(roundValues({ round_sale_share_12m: 0.6, sale_days_12m: 20 }), compare([]))).toMatchObject([{ steers: false }]);
    expect(raisedFlags(roundValues({ sales_gap_24m: 12 }), compare([]))).toMatchObject([{ steers: true }]);
    expect(steers("nonsense")).toBe(false);
  });

  const none = compare([]);
  const of = (values: Record<string, number | null>) => raisedFlags(roundValues(values), none).map((flag) => [flag.id, flag.severity]);

  test.each([
    [{ days_since_last_sale: 90 }, "sales-stopped", "medium"],
    [{ days_since_last_sale: 180 }, "sales-stopped", "high"],
    [{ net_purchases_12m: 100, sale_days_12m: 0 }, "purchases-without-sales", "medium"],
    [{ net_sales_12m: 100 }, "sales-without-purchases", "low"],
    [{ sales_growth_12m: -0.5 }, "sales-falling", "medium"],
    [{ sales_gap_24m: 12 }, "long-gap", "high"],
    [{ invoice_margin_12m: -0.1 }, "negative-margin", "medium"],
    [{ void_sales_amount_share_12m: 0.2, sale_days_12m: 20 }, "void-share-high", "medium"],
    [{ red_sales_share_12m: 0.3 }, "red-letter-surge", "high"],
    [{ cycle_trade_share_24m: 0.05 }, "circular-trade", "medium"],
    [{ buyer_top1_share_12m: 0.85 }, "single-customer", "medium"],
    [{ supplier_top1_share_12m: 0.8 }, "single-supplier", "low"],
    [{ buyer_retention_12m: 0.1, buyers_lost_12m: 9 }, "customers-lost", "low"],
    [{ month_end_sale_share_12m: 0.6, sale_days_12m: 20 }, "month-end-burst", "low"],
    [{ round_sale_share_12m: 0.6, sale_days_12m: 20 }, "round-amounts", "medium"],
    [{ in_sequence_sale_share_12m: 0.6, sale_days_12m: 20 }, "sequential-numbers", "medium"],
    [{ inflow_to_sales_12m: 0.1 }, "little-collected", "high"],
    [{ returned_items_12m: 1 }, "returned-items", "low"],
  ])("%o raises %s as %s", (values, id, severity) => expect(of(values)).toContainEqual([id, severity]));

  test.each([
    [{ void_sales_amount_share_12m: 0.5, sale_days_12m: 19 }],
    [{ void_sales_share_12m: 1, sale_invoices_12m: 900, sale_days_12m: 300 }],
    [{ late_red_sales_share_24m: 1, red_sales_share_24m: 0.009 }],
    [{ days_since_last_sale: 89 }],
    [{ invoice_margin_12m: 0 }],
    [{ net_purchases_12m: 100, sale_days_12m: 1 }],
    [{}],
  ])("%o raises nothing", (values) => expect(of(values)).toEqual([]));

  test("a tax burden is held against peers only where there are enough", () => {
    const peers = (count: number) =>
      compare(
        Array.from({ length: count }, (_, at) => ({ id: `${at}`, sizeClass: null, section: null, values: { vat_burden_12m: at / 1000 } })),
      );
    expect(raisedFlags({ vat_burden_12m: 1 }, peers(30)).map((flag) => flag.id)).toEqual(["tax-burden-far"]);
    expect(raisedFlags({ vat_burden_12m: 1 }, peers(20))).toEqual([]);
    expect(raisedFlags({ vat_burden_12m: 0.015 }, peers(30))).toEqual([]);
  });

  test("the most severe come first, and no value makes a rule fail", () => {
    const value = fc.option(fc.double({ min: -3, max: 400, noNaN: true }), { nil: null });
    const ids = [...new Set(flagRules.flatMap((rule) => rule.features))];
    fc.assert(
      fc.property(fc.record(Object.fromEntries(ids.map((id) => [id, value]))), (values) => {
        const order = raisedFlags(roundValues(values), none).map((flag) => severities.indexOf(flag.severity));
        return order.every((severity, at) => at === 0 || severity <= order[at - 1]!);
      }),
    );
  });

  test("a flag whose rows were not counted is our own mistake", () =>
    expect(() => buildProfile(inputsOf({ values: roundValues({ sales_gap_24m: 5 }), evidence: {} }))).toThrow("long-gap"));
});

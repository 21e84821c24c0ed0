import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type IsoDate, type Json, addDays, addMonths, canonicalJson, daysBetween } from "../basics/index.ts";
import { type CashFlow, annualCost } from "./annual-cost.ts";
import { checkProduct } from "./check.ts";
import type { Product, Rule } from "./document.ts";
import { rankOf } from "./eligibility.ts";
import {
  type Fact,
  type FactRow,
  type FactValue,
  type FactValues,
  factCatalogue,
  factPlace,
  factRow,
  factsText,
  withFacts,
} from "./facts.ts";
import { factsOfRequest } from "./from-profile.ts";
import {
  compileCatalogue,
  compileProduct,
  fitsOf,
  matchAll,
  matchBriefly,
  missingOf,
  outcomeFor,
  passRatesOf,
  servedBy,
  shareOf,
} from "./match.ts";
import { type OfferTerms, costOf, flowsOf, limitOf } from "./offer.ts";
import { scheduleOf } from "./schedule.ts";

const DAY = "2025-06-02" as IsoDate;
const WAN = 1_000_000;
const words = (text: string) => ({ zh: text, en: text });
const rule = (id: string, when: Rule["when"]): Rule => ({
  id,
  title: words(id),
  when,
  unless: [],
  citation: "assumption",
  validFrom: null,
  validTo: null,
});

const PRODUCT: Product = {
  schema: { id: "zhiwei/product", version: 1 },
  id: "plain",
  version: 1,
  kind: "tax-invoice-loan",
  title: words("plain"),
  summary: words("plain"),
  provider: { id: "demo-bank", name: words("bank"), kind: "bank" },
  sources: [],
  offered: { from: "2024-01-01" as IsoDate, to: null, regions: [], sectors: [], notSectors: [] },
  eligibility: [
    rule("history", { fact: "feature.history_months", op: "ge", value: 12 }),
    rule("grade", { fact: "request.taxGrade", op: "ge", value: "B" }),
  ],
  limit: {
    take: "least",
    terms: [
      { id: "sales", title: words("sales"), fact: "feature.net_sales_12m", times: 0.2, citation: "assumption" },
      { id: "tax", title: words("tax"), fact: "request.taxPaid12mFen", times: 7, citation: "assumption" },
    ],
    minFen: 5 * WAN,
    maxFen: 200 * WAN,
    stepFen: WAN,
    exposure: { fact: "feature.net_sales_12m", times: 0.5, less: "request.outstandingFen", citation: "assumption" },
    citation: "assumption",
  },
  price: {
    base: "lpr-1y",
    rows: [
      { when: { fact: "score.pd", op: "le", value: 0.02 }, title: words("low risk"), spreadBp: 60 },
      { when: null, title: words("others"), spreadBp: 200 },
    ],
    floorBp: null,
    ceilingBp: 480,
    citation: "assumption",
  },
  term: { minMonths: 3, maxMonths: 24, usualMonths: 12, revolving: false },
  repayment: { methods: ["interest-monthly", "equal-instalment"], everyMonths: 1, dayCount: "actual/360" },
  fees: [],
  subsidies: [],
  documents: [],
  security: [],
  riskSharing: null,
  daysToFunds: 3,
  assumptions: [],
};
const variant = (more: Partial<Product>): Product => ({ ...PRODUCT, ...more });
const GOOD: FactValues = {
  "feature.history_months": 30,
  "feature.net_sales_12m": 800 * WAN,
  "request.taxGrade": "A",
  "request.taxPaid12mFen": 20 * WAN,
  "request.outstandingFen": 100 * WAN,
  "score.pd": 0.01,
};
const limit = (facts: FactValues, product = PRODUCT) => limitOf(product, factRow(facts));
const match = (facts: FactValues, products: readonly Product[] = [PRODUCT]) => matchAll(compileCatalogue(products, DAY), factRow(facts));

describe("limit", () => {
  test("is the least of its terms and caps, and every line says where it comes from", () => {
    // Sales 800 × 20 % = 160; tax 20 × 7 = 140; exposure 800 × 50 % − 100 = 300; product 200: so 140, by tax.
    const found = limit(GOOD);
    expect(found).toMatchObject({ lowFen: 140 * WAN, highFen: 140 * WAN, decidedBy: ["tax"], shortFen: null, missing: [] });
    expect(found.lines.map(({ id, amountFen }) => [id, amountFen])).toEqual([
      ["sales", 160 * WAN],
      ["tax", 140 * WAN],
      ["product", 200 * WAN],
      ["exposure", 300 * WAN],
    ]);
  });
  test("of a programme's cap for one borrower, if that is less", () => {
    const shares = [
      { party: words("pool"), share: 0.5 },
      { party: words("bank"), share: 0.5 },
    ];
    const product = variant({
      riskSharing: { programme: "pool", title: words("pool"), shares, borrowerCapFen: 100 * WAN, citation: "assumption" },
    });
    expect(limit(GOOD, product)).toMatchObject({ highFen: 100 * WAN, decidedBy: ["programme"] });
  });
  test("where a term is not known lies between nothing and what the others allow", () => {
    const found = limit({ ...GOOD, "request.taxPaid12mFen": null });
    expect(found).toMatchObject({ lowFen: 0, highFen: 160 * WAN });
    expect(found.missing.map(({ fact, record }) => [fact, record])).toEqual([["request.taxPaid12mFen", "tax-certificate"]]);
  });
  test("what is missing does not matter where it cannot change anything", () => {
    const product = variant({ limit: { ...PRODUCT.limit, take: "greatest", maxFen: 50 * WAN, exposure: null } });
    expect(limit({ ...GOOD, "request.taxPaid12mFen": null }, product)).toMatchObject({ lowFen: 50 * WAN, highFen: 50 * WAN, missing: [] });
  });
  test("is rounded down to the step and is nothing below the smallest amount, with how much is short", () => {
    expect(limit({ ...GOOD, "request.taxPaid12mFen": 1_999_999 }).highFen).toBe(13 * WAN);
    expect(limit({ ...GOOD, "request.taxPaid12mFen": 700_000 })).toMatchObject({ lowFen: 0, highFen: 0, shortFen: 100_000 });
  });
  test("more income and more tax never lower it, more debt never raises it", () => {
    const amount = fc.integer({ min: 0, max: 3000 * WAN });
    fc.assert(
      fc.property(amount, amount, amount, amount, (sales, tax, owed, more) => {
        const facts = { ...GOOD, "feature.net_sales_12m": sales, "request.taxPaid12mFen": tax, "request.outstandingFen": owed };
        const base = limit(facts).highFen;
        for (const id of ["feature.net_sales_12m", "request.taxPaid12mFen"] as const)
          expect(limit({ ...facts, [id]: facts[id] + more }).highFen).toBeGreaterThanOrEqual(base);
        expect(limit({ ...facts, "request.outstandingFen": owed + more }).highFen).toBeLessThanOrEqual(base);
      }),
    );
  });
  test("whatever a missing figure turns out to be, the limit lies within the bounds", () => {
    const maybe = fc.option(fc.integer({ min: 0, max: 3000 * WAN }), { nil: null });
    const known = fc.integer({ min: 0, max: 3000 * WAN });
    const ids = ["feature.net_sales_12m", "request.taxPaid12mFen", "request.outstandingFen"] as const;
    fc.assert(
      fc.property(
        fc.tuple(maybe, maybe, maybe),
        fc.tuple(known, known, known),
        fc.constantFrom("least", "greatest", "sum"),
        (first, later, take) => {
          const product = variant({ limit: { ...PRODUCT.limit, take } });
          const facts = Object.fromEntries(ids.map((id, i) => [id, first[i]!]));
          const full = Object.fromEntries(ids.map((id, i) => [id, first[i] ?? later[i]!]));
          const { lowFen, highFen } = limit(facts, product);
          const exact = limit(full, product);
          expect(exact.lowFen).toBe(exact.highFen);
          expect(exact.lowFen).toBeGreaterThanOrEqual(lowFen);
          expect(exact.lowFen).toBeLessThanOrEqual(highFen);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("price", () => {
  test("is LPR of the day and the spread of the first row that holds", () => {
    expect(match(GOOD)[0]).toMatchObject({ nominalRate: 0.036, price: { base: { bp: 300, from: "2025-05-20" }, spreadBp: 60 } });
    expect(match({ ...GOOD, "score.pd": 0.03 })[0]!.price.rateBp).toBe(480);
  });
  test("that hangs on what is not known says between which bounds, and what would settle it", () => {
    const { price } = match({ ...GOOD, "score.pd": null })[0]!;
    expect(price).toMatchObject({ rateBp: 480, lowBp: 360, highBp: 480 });
    expect(price.missing.map(({ record }) => record)).toEqual(["scorecard"]);
  });
  test("before the first LPR there is none", () => {
    const early = variant({ offered: { ...PRODUCT.offered, from: "2018-01-01" as IsoDate } });
    const [found] = matchAll(compileCatalogue([early], "2018-06-01" as IsoDate), factRow(GOOD));
    expect(found).toMatchObject({ nominalRate: null, annualCost: null, cost: null });
  });
});

/** By brute force: the rate that brings the flows to zero, by halving over days counted by Date. */
const bruteRate = (flows: readonly { readonly on: string; readonly amountFen: number }[]): number => {
  const years = (on: string) => (Date.parse(on) - Date.parse(flows[0]!.on)) / 86_400_000 / 365;
  const value = (rate: number) => flows.reduce((total, { on, amountFen }) => total + amountFen / (1 + rate) ** years(on), 0);
  let [low, high] = [-0.5, 3];
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2;
    // The borrower receives first: a higher rate makes the later payments weigh less.
    if (value(middle) < 0) low = middle;
    else high = middle;
  }
  return low;
};

describe("cost", () => {
  const TERMS = { amountFen: 100 * WAN, rateBp: 435, months: 12, method: "bullet", from: DAY } as const;
  const year = variant({ repayment: { methods: ["bullet"], everyMonths: 1, dayCount: "actual/365" } });

  test("1 million for a year at 4.35 % with 1 % guarantee fee in advance: (1 + 0.0435) ÷ 0.99 − 1 = 5.40 %", () => {
    const product = {
      ...year,
      fees: [
        {
          id: "g",
          kind: "guarantee",
          title: words("g"),
          of: "balance",
          fact: null,
          times: 0.01,
          at: "yearly",
          citation: "assumption",
        } as const,
      ],
    };
    const cost = costOf(product, TERMS, factRow({}));
    expect(cost.annualCost).toBeCloseTo(1.0435 / 0.99 - 1, 8);
    expect(cost).toMatchObject({ interestFen: 4_350_000, feesFen: WAN, subsidiesFen: 0, payments: 1 });
  });
  test("half the interest subsidised at once: 2.175 %; and without the subsidy 4.35 %", () => {
    const subsidy = {
      id: "s",
      title: words("s"),
      of: "interest-share",
      fee: null,
      rate: 0.5,
      principalCapFen: null,
      months: null,
      lagDays: 0,
      citation: "assumption",
    } as const;
    const cost = costOf({ ...year, subsidies: [subsidy] }, TERMS, factRow({}));
    expect(cost.annualCost).toBeCloseTo(0.02175, 8);
    expect(cost.beforeSubsidies).toBeCloseTo(0.0435, 8);
  });
  test("one point of subsidy on a capped principal: 500,000 of 1 million is half a point", () => {
    const subsidy = {
      id: "s",
      title: words("s"),
      of: "interest-points",
      fee: null,
      rate: 0.01,
      principalCapFen: 50 * WAN,
      months: 12,
      lagDays: 0,
      citation: "assumption",
    } as const;
    expect(costOf({ ...year, subsidies: [subsidy] }, TERMS, factRow({})).subsidiesFen).toBe(500_000);
  });
  test("a yearly fee of the balance follows it down, and a part of a year is a part of the fee", () => {
    const fee = {
      id: "g",
      kind: "guarantee",
      title: words("g"),
      of: "balance",
      fact: null,
      times: 0.01,
      at: "yearly",
      citation: "assumption",
    } as const;
    const product = variant({ fees: [fee], repayment: { methods: ["equal-principal"], everyMonths: 1, dayCount: "30/360" } });
    const { flows } = flowsOf(product, { ...TERMS, months: 18, method: "equal-principal" }, factRow({}));
    // 1 % of 1,000,000 at once; a year later 333,333.36 is owed for six months: half of 1 %.
    expect(flows.filter(({ kind }) => kind === "fee").map(({ on, amountFen }) => [on, amountFen])).toEqual([
      ["2025-06-02", -WAN],
      ["2026-06-02", -166_667],
    ]);
  });
  test("a deposit comes back on the last day and still costs", () => {
    const deposit = {
      id: "d",
      kind: "deposit",
      title: words("d"),
      of: "principal",
      fact: null,
      times: 0.05,
      at: "start",
      citation: "assumption",
    } as const;
    const cost = costOf({ ...year, fees: [deposit] }, TERMS, factRow({}));
    expect(cost.feesFen).toBe(0);
    expect(cost.annualCost).toBeCloseTo((1.0435 - 0.05) / 0.95 - 1, 8);
  });
  test("a fee by a fact that is not known leaves the cost unknown, and says which fact", () => {
    const fee = {
      id: "v",
      kind: "valuation",
      title: words("v"),
      of: "fact",
      fact: "rights.valueFen",
      times: 0.003,
      at: "start",
      citation: "assumption",
    } as const;
    const cost = costOf({ ...year, fees: [fee] }, TERMS, factRow({}));
    expect(cost.annualCost).toBeNull();
    expect(cost.missing.map(({ fact }) => fact)).toEqual(["rights.valueFen"]);
  });
  test("agrees with brute force to 0.0001 percentage points, whatever the fees, subsidies and method", () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 1500 }),
        fc.integer({ min: 3, max: 36 }),
        fc.constantFrom("equal-instalment", "equal-principal", "interest-monthly", "bullet"),
        fc.constantFrom("actual/365", "actual/360", "30/360"),
        fc.integer({ min: 0, max: 30 }),
        fc.integer({ min: 0, max: 50 }),
        (rateBp, months, method, dayCount, fee, subsidised) => {
          const product = variant({
            repayment: { methods: [method], everyMonths: 1, dayCount },
            fees: [
              {
                id: "g",
                kind: "guarantee",
                title: words("g"),
                of: "balance",
                fact: null,
                times: fee / 1000,
                at: "yearly",
                citation: "assumption",
              },
            ],
            subsidies: [
              {
                id: "s",
                title: words("s"),
                of: "interest-share",
                fee: null,
                rate: subsidised / 100,
                principalCapFen: null,
                months: 12,
                lagDays: 30,
                citation: "assumption",
              },
            ],
          });
          const terms = { amountFen: 100 * WAN, rateBp, months, method, from: DAY } as const;
          const { flows } = flowsOf(product, terms, factRow({}));
          expect(Math.abs(costOf(product, terms, factRow({})).annualCost! - bruteRate(flows))).toBeLessThan(1e-6);
        },
      ),
      { numRuns: 200 },
    ));
});

/** The cost read off the document line by line, with days as text and every flow written out. */
const naiveCost = (product: Product, { amountFen, rateBp, months, method, from }: OfferTerms, row: FactRow) => {
  const { everyMonths, dayCount } = product.repayment;
  const schedule = scheduleOf({ principalFen: amountFen, rate: rateBp * 100, from, months, everyMonths, method, dayCount });
  const kept = [{ on: from, amountFen }];
  const subsidies: { on: IsoDate; amountFen: number }[] = [];
  const fees: { kind: string; on: IsoDate; amountFen: number }[] = [];
  for (const { on, principalFen, interestFen } of schedule) kept.push({ on, amountFen: -principalFen - interestFen });
  for (const { kind, of, fact, times, at } of product.fees)
    for (let month = 0; month < (at === "yearly" ? months : 1); month += 12) {
      const on = addMonths(from, month);
      const owed = schedule.findLast((payment) => payment.on <= on)?.balanceFen ?? amountFen;
      const base = of === "principal" ? amountFen : of === "balance" ? owed : of === "amount" ? 1 : (row[factPlace(fact!)] as number);
      fees.push({ kind, on, amountFen: Math.round(base * times * (at === "yearly" ? Math.min(12, months - month) / 12 : 1)) });
    }
  for (const fee of fees) {
    kept.push({ on: fee.on, amountFen: -fee.amountFen });
    if (fee.kind === "deposit") kept.push({ on: schedule.at(-1)!.on, amountFen: fee.amountFen });
  }
  for (const { of, fee, rate, principalCapFen, months: most, lagDays } of product.subsidies) {
    const covered = Math.min(principalCapFen ?? Infinity, amountFen);
    const until = most === null ? null : addMonths(from, most);
    if (of === "fee-share")
      for (const each of fees.filter(({ kind }) => kind === fee))
        subsidies.push({ on: addDays(each.on, lagDays), amountFen: Math.floor((each.amountFen * rate * covered) / amountFen + 1e-6) });
    else
      for (const [i, { on, interestFen }] of schedule.entries()) {
        const before = i === 0 ? from : schedule[i - 1]!.on;
        const part = until === null || on <= until ? 1 : before >= until ? 0 : daysBetween(before, until) / daysBetween(before, on);
        const share = of === "interest-share" ? rate : rateBp === 0 ? 0 : Math.min(1, (rate * 10_000) / rateBp);
        subsidies.push({ on: addDays(on, lagDays), amountFen: Math.floor(interestFen * share * part * (covered / amountFen) + 1e-6) });
      }
  }
  const rate = (flows: readonly CashFlow[]) => {
    const found = annualCost(flows);
    return found.ok ? found.value : null;
  };
  const total = (list: readonly { readonly amountFen: number }[]) => list.reduce((sum, each) => sum + each.amountFen, 0);
  const payments = schedule.map(({ principalFen, interestFen }) => principalFen + interestFen).filter((each) => each > 0);
  return {
    annualCost: rate([...kept, ...subsidies]),
    beforeSubsidies: rate(kept),
    interestFen: schedule.reduce((sum, { interestFen }) => sum + interestFen, 0),
    feesFen: total(fees.filter(({ kind }) => kind !== "deposit")),
    subsidiesFen: total(subsidies),
    payments: payments.length,
    firstPaymentFen: payments[0] ?? 0,
    largestPaymentFen: Math.max(0, ...payments),
    missing: [],
  };
};

test("the cost is, to the last bit, the one read off the document flow by flow; the flows add up to it", () => {
  const share = fc.integer({ min: 0, max: 60 }).map((each) => each / 1000);
  const fee = fc.record({
    id: fc.constant("fee"),
    kind: fc.constantFrom("guarantee", "valuation", "deposit"),
    title: fc.constant(words("fee")),
    of: fc.constantFrom("principal", "balance", "fact"),
    times: share,
    at: fc.constantFrom("start", "yearly"),
    citation: fc.constant("assumption"),
  });
  const subsidy = fc.record({
    id: fc.constant("subsidy"),
    title: fc.constant(words("subsidy")),
    of: fc.constantFrom("interest-share", "interest-points", "fee-share"),
    rate: share.map((each) => each * 10),
    principalCapFen: fc.constantFrom(null, 30 * WAN),
    months: fc.constantFrom(null, 5, 12, 40),
    lagDays: fc.constantFrom(0, 30, 180),
    citation: fc.constant("assumption"),
  });
  fc.assert(
    fc.property(
      fc.record({
        amountFen: fc.integer({ min: 1, max: 500 * WAN }),
        rateBp: fc.integer({ min: 0, max: 2400 }),
        months: fc.integer({ min: 1, max: 40 }),
        method: fc.constantFrom("equal-instalment", "equal-principal", "interest-monthly", "bullet"),
        from: fc.constantFrom("2024-02-29", "2025-01-31", "2025-06-02"),
      }),
      fc.constantFrom("actual/365", "actual/360", "30/360"),
      fc.constantFrom(1, 3, 6),
      fc.array(fee, { maxLength: 3 }),
      fc.array(subsidy, { maxLength: 2 }),
      (terms, dayCount, everyMonths, fees, subsidies) => {
        const product = variant({
          repayment: { methods: [terms.method as "bullet"], everyMonths, dayCount: dayCount as "30/360" },
          fees: fees.map((each) => ({ ...each, fact: each.of === "fact" ? "rights.valueFen" : null })) as Product["fees"],
          subsidies: subsidies.map((each) => ({
            ...each,
            fee: each.of === "fee-share" ? "guarantee" : null,
            rate: each.of === "interest-points" ? each.rate / 10 : each.rate,
          })) as Product["subsidies"],
        });
        const row = factRow({ "rights.valueFen": 40 * WAN });
        const cost = costOf(product, terms as OfferTerms, row);
        expect(cost).toEqual(naiveCost(product, terms as OfferTerms, row));
        const { flows } = flowsOf(product, terms as OfferTerms, row);
        const found = annualCost(flows);
        expect(found.ok ? found.value : null).toBe(cost.annualCost);
        expect(flows.reduce((sum, each) => sum + each.amountFen, 0) + cost.interestFen + cost.feesFen - cost.subsidiesFen).toBe(0);
      },
    ),
    { numRuns: 500 },
  );
});

describe("matching", () => {
  const cheap = variant({
    id: "cheap",
    price: { ...PRODUCT.price, rows: [{ when: null, title: words("all"), spreadBp: 0 }] },
    eligibility: [rule("old", { fact: "feature.history_months", op: "ge", value: 32 })],
  });
  const dear = variant({
    id: "dear",
    daysToFunds: 1,
    price: { ...PRODUCT.price, ceilingBp: null, rows: [{ when: null, title: words("all"), spreadBp: 400 }] },
  });

  test("those that pass come first, by cost; a cheaper one that does not says what stands in the way", () => {
    const found = match(GOOD, [dear, cheap, PRODUCT]);
    expect(found.map(({ product, outcome, better }) => [product, outcome, better])).toEqual([
      ["plain", "pass", false],
      ["dear", "pass", false],
      ["cheap", "near", true],
    ]);
    expect(found[2]!.inTheWay.map(({ en }) => en)).toEqual([
      "Length of the invoice history: 30 months, asked for: at least 32 months; off by 2 months (6.3 %)",
    ]);
    expect(found[2]!.rules[0]!.gap).toEqual({ fact: "feature.history_months", amount: 2, unit: "months", share: 0.0625 });
  });
  test("by time or amount where that is asked for", () => {
    const catalogue = compileCatalogue([PRODUCT, dear], DAY);
    expect(matchAll(catalogue, factRow(GOOD), { ranking: "time" }).map(({ product }) => product)).toEqual(["dear", "plain"]);
  });
  test("every rule has its outcome when the first one refuses", () => {
    const [found] = match({ ...GOOD, "feature.history_months": 1, "request.taxGrade": null });
    expect(found!.outcome).toBe("fail");
    expect(found!.rules.map(({ rule: id, outcome }) => [id, outcome])).toEqual([
      ["history", "fail"],
      ["grade", "unknown"],
      ["limit", "pass"],
    ]);
    expect(found!.rules[1]!.settledBy.map(({ record }) => record)).toEqual(["tax-certificate"]);
  });
  test("too small a limit is a reason like any other", () => {
    const [found] = match({ ...GOOD, "request.taxPaid12mFen": 100_000 });
    expect(found!.outcome).toBe("fail");
    expect(found!.rules.at(-1)).toMatchObject({ rule: "limit", outcome: "fail", gap: { amount: 4_300_000, unit: "fen" } });
    expect(found!.amountFen).toBeNull();
  });
  test("an amount and a term that are asked for are quoted, or refused by the product's bounds", () => {
    expect(match({ ...GOOD, "request.amountFen": 30 * WAN, "request.termMonths": 6 })[0]).toMatchObject({
      amountFen: 30 * WAN,
      termMonths: 6,
      outcome: "pass",
    });
    expect(match({ ...GOOD, "request.amountFen": 900 * WAN })[0]).toMatchObject({ amountFen: 140 * WAN, outcome: "pass" });
    const [found] = match({ ...GOOD, "request.termMonths": 60 });
    expect(found).toMatchObject({ outcome: "fail", termMonths: 24 });
  });
  test("a request in plain fields matches without a profile and says what is missing, the most wanted first", () => {
    const { facts, faults } = factsOfRequest(
      { "request.taxGrade": "B", "feature.net_sales_12m": 500 * WAN, "profile.position": 99, "request.termMonths": "12" },
      false,
    );
    expect(faults).toEqual([
      { field: "profile.position", code: "no-such-field" },
      { field: "request.termMonths", code: "wrong-value" },
    ]);
    const found = match(facts, [PRODUCT, cheap]);
    expect(found.map(({ outcome }) => outcome)).toEqual(["unknown", "unknown"]);
    expect(missingOf(found).map(({ unknown, products }) => [unknown.fact, products.length])).toEqual([
      ["feature.history_months", 2],
      ["request.outstandingFen", 2],
      ["request.taxPaid12mFen", 2],
    ]);
  });
  test("with a profile a request cannot state what the records say", () =>
    expect(factsOfRequest({ "feature.net_sales_12m": 1 }, true).faults).toEqual([
      { field: "feature.net_sales_12m", code: "no-such-field" },
    ]));

  test("chance: one unknown rule counts as its share in the region, several lie within Fréchet's bounds", () => {
    const rows = [24, 24, 24, 6].map((months) =>
      factRow({ ...GOOD, "feature.history_months": months, "request.taxGrade": months === 6 ? "C" : "A" }),
    );
    const catalogue = compileCatalogue([PRODUCT], DAY);
    const rates = passRatesOf(catalogue.products, rows);
    const chance = (facts: FactValues) => matchAll(catalogue, factRow(facts), { rates })[0]!.chance;
    expect(chance(GOOD)).toEqual({ estimate: 1, low: 1, high: 1, unknownRules: 0 });
    expect(chance({ ...GOOD, "feature.history_months": 1 }).estimate).toBe(0);
    // (3 + 1) ÷ (4 + 2) of the region keep each of the two rules.
    expect(chance({ ...GOOD, "request.taxGrade": null })).toEqual({ estimate: 0.6667, low: 0.6667, high: 0.6667, unknownRules: 1 });
    expect(chance({ ...GOOD, "request.taxGrade": null, "feature.history_months": null })).toEqual({
      estimate: 0.4444,
      low: 0.3333,
      high: 0.6667,
      unknownRules: 2,
    });
  });
  test("for a product, those that fit and never asked: whoever asked or fails is not among them", () => {
    const rows = [
      { enterprise: "fits", row: factRow(GOOD) },
      { enterprise: "asked", row: factRow(GOOD) },
      { enterprise: "young", row: factRow({ ...GOOD, "feature.history_months": 2 }) },
      { enterprise: "unrecorded", row: factRow({ ...GOOD, "feature.history_months": null, "request.taxGrade": null }) },
      { enterprise: "open", row: factRow({ ...GOOD, "request.taxGrade": null }) },
      { enterprise: "larger", row: factRow({ ...GOOD, "request.taxPaid12mFen": 22 * WAN }) },
    ];
    expect(
      fitsOf(compileProduct(PRODUCT, DAY)!, rows, new Set(["asked"])).map(({ enterprise, outcome, waitsFor }) => [
        enterprise,
        outcome,
        waitsFor,
      ]),
    ).toEqual([
      ["larger", "pass", "nothing"],
      ["fits", "pass", "nothing"],
      ["open", "unknown", "application"],
      ["unrecorded", "unknown", "records"],
    ]);
  });
  test("the short way over a region gives the outcome that the full match gives", () => {
    const maybe = (arbitrary: fc.Arbitrary<unknown>) => fc.option(arbitrary, { nil: null });
    const facts = fc.record({
      "feature.history_months": maybe(fc.integer({ min: 0, max: 30 })),
      "feature.net_sales_12m": maybe(fc.integer({ min: 0, max: 500 * WAN })),
      "request.taxGrade": maybe(fc.constantFrom("A", "B", "M", "C")),
      "request.taxPaid12mFen": maybe(fc.integer({ min: 0, max: 20 * WAN })),
      "request.outstandingFen": maybe(fc.integer({ min: 0, max: 100 * WAN })),
    }) as fc.Arbitrary<FactValues>;
    fc.assert(
      fc.property(facts, (each) => {
        expect(outcomeFor(compileProduct(PRODUCT, DAY)!, factRow(each)).outcome).toBe(match(each)[0]!.outcome);
      }),
    );
  });
  test("who serves an enterprise, and who best: what the full match says, provider by provider", () => {
    const of = (id: string, provider: string, more: Partial<Product>) =>
      variant({ id, provider: { ...PRODUCT.provider, id: provider }, ...more });
    const history = (months: number) => [rule("history", { fact: "feature.history_months", op: "ge", value: months })];
    const spread = (bp: number) => ({ ...PRODUCT.price, rows: [{ when: null, title: words("all"), spreadBp: bp }] });
    const catalogue = compileCatalogue(
      [
        of("a1", "a", { price: spread(50), eligibility: history(24) }),
        of("a2", "a", { price: spread(100) }),
        of("b1", "b", { price: spread(50), eligibility: history(18) }),
        of("c1", "c", { price: spread(20), eligibility: history(30) }),
      ],
      DAY,
    );
    const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 6 });
    const facts = fc.record({
      "feature.history_months": maybe(fc.integer({ min: 6, max: 36 })),
      "feature.net_sales_12m": maybe(fc.integer({ min: 10 * WAN, max: 500 * WAN })),
      "request.taxGrade": maybe(fc.constantFrom("A", "B", "C")),
      "request.taxPaid12mFen": maybe(fc.integer({ min: 0, max: 20 * WAN })),
      "request.outstandingFen": fc.constantFrom(null, 0),
      "request.termMonths": fc.constantFrom(null, 12, 60),
    });
    fc.assert(
      fc.property(facts, (each) => {
        const row = factRow(each);
        const found = matchAll(catalogue, row);
        const providers = (some: typeof found) => new Set(some.map(({ provider }) => provider.id));
        const passes = found.filter(({ outcome }) => outcome === "pass");
        const least = Math.min(...passes.map(({ annualCost }) => annualCost ?? Infinity));
        expect(servedBy(catalogue, row)).toEqual({
          fits: providers(passes),
          mayFit: providers(found.filter(({ outcome }) => outcome === "unknown")).difference(providers(passes)),
          best: providers(passes.filter(({ annualCost }) => annualCost === least)),
        });
      }),
      { numRuns: 300 },
    );
    const served = servedBy(catalogue, factRow(GOOD));
    expect([...served.best]).toEqual(["c"]);
    const population = [
      { enterprise: "x", served },
      { enterprise: "y", served: servedBy(catalogue, factRow({ ...GOOD, "feature.history_months": 20 })) },
    ];
    expect(shareOf("a", population, new Set(["y", "elsewhere"]))).toEqual({ enterprises: 2, fits: 2, mayFit: 0, best: 0, applied: 1 });
    expect(shareOf("b", population, new Set())).toEqual({ enterprises: 2, fits: 2, mayFit: 0, best: 1, applied: 0 });
  });
  test("more turnover never lowers an outcome or a limit", () =>
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 800 * WAN }), fc.integer({ min: 0, max: 800 * WAN }), (sales, more) => {
        const [a] = match({ ...GOOD, "feature.net_sales_12m": sales });
        const [b] = match({ ...GOOD, "feature.net_sales_12m": sales + more });
        expect(rankOf(b!.outcome)).toBeGreaterThanOrEqual(rankOf(a!.outcome));
        expect(b!.limit!).toBeGreaterThanOrEqual(a!.limit!);
      }),
    ));
  test("a product is offered from its first to its last day", () => {
    const dated = variant({ offered: { ...PRODUCT.offered, from: "2025-01-01" as IsoDate, to: "2025-12-31" as IsoDate } });
    const on = (day: string) => compileCatalogue([dated], day as IsoDate).products.length;
    expect([on("2024-12-31"), on("2025-01-01"), on("2025-12-31"), on("2026-01-01")]).toEqual([0, 1, 1, 0]);
  });
  test("region and sector are reasons too", () => {
    const local = variant({ offered: { ...PRODUCT.offered, regions: ["340000"], sectors: ["C"], notSectors: ["C16"] } });
    const rules = match({ ...GOOD, "enterprise.region": "110105", "enterprise.industry": "C16" }, [local])[0]!.rules;
    expect(rules.slice(0, 3).map(({ rule: id, outcome }) => [id, outcome])).toEqual([
      ["offered-region", "fail"],
      ["offered-sector", "pass"],
      ["excluded-sector", "fail"],
    ]);
  });
});

describe("documents", () => {
  const faults = (more: Partial<Product>) => checkProduct(variant(more)).map(({ at }) => at);
  test("a whole one has no faults", () => expect(faults({})).toEqual([]));
  test.each<[string, Partial<Product>]>([
    ["eligibility.0.when.fact", { eligibility: [rule("x", { fact: "feature.nothing", op: "ge", value: 1 })] }],
    // Counts of invoices, and flags about how single invoices are made out, decide nothing.
    ["eligibility.0.when.fact", { eligibility: [rule("x", { fact: "feature.void_sales_share_12m", op: "le", value: 0.2 })] }],
    ["eligibility.0.when.fact", { eligibility: [rule("x", { fact: "profile.flag.round-amounts", op: "eq", value: false })] }],
    [
      "eligibility.0.when.value.fact",
      { eligibility: [rule("x", { fact: "request.amountFen", op: "le", value: { fact: "feature.average_sale_12m", times: 2 } })] },
    ],
    ["limit.terms.0.fact", { limit: { ...PRODUCT.limit, terms: [{ ...PRODUCT.limit.terms[0]!, fact: "feature.sale_invoices_12m" }] } }],
    ["eligibility.0.when.op", { eligibility: [rule("x", { fact: "request.taxArrears", op: "ge", value: 1 })] }],
    ["eligibility.0.when.value", { eligibility: [rule("x", { fact: "request.taxGrade", op: "ge", value: "Z" })] }],
    ["eligibility.0.when.value", { eligibility: [rule("x", { fact: "request.taxGrade", op: "gt", value: "A" })] }],
    [
      "eligibility.0.when.all.1.value",
      {
        eligibility: [
          rule("x", {
            all: [
              { fact: "request.lenders", op: "le", value: 1 },
              { fact: "request.lenders", op: "between", value: [3, 1] },
            ],
          }),
        ],
      },
    ],
    ["eligibility.1.id", { eligibility: [PRODUCT.eligibility[0]!, PRODUCT.eligibility[0]!] }],
    ["eligibility.0.citation", { eligibility: [{ ...PRODUCT.eligibility[0]!, citation: "nowhere" }] }],
    ["offered.regions.0", { offered: { ...PRODUCT.offered, regions: ["999999"] } }],
    ["offered.from", { offered: { ...PRODUCT.offered, from: "2025-02-30" as IsoDate } }],
    ["limit.minFen", { limit: { ...PRODUCT.limit, minFen: 300 * WAN } }],
    ["limit.terms.0.fact", { limit: { ...PRODUCT.limit, terms: [{ ...PRODUCT.limit.terms[0]!, fact: "request.taxGrade" }] } }],
    ["price.rows", { price: { ...PRODUCT.price, rows: [PRODUCT.price.rows[0]!] } }],
    ["term", { term: { ...PRODUCT.term, usualMonths: 36 } }],
    [
      "fees.0.fact",
      { fees: [{ id: "f", kind: "valuation", title: words("f"), of: "fact", fact: null, times: 1, at: "start", citation: "assumption" }] },
    ],
    [
      "riskSharing.shares",
      {
        riskSharing: {
          programme: "p",
          title: words("p"),
          shares: [{ party: words("a"), share: 0.7 }],
          borrowerCapFen: null,
          citation: "assumption",
        },
      },
    ],
  ])("%s", (at, more) => expect(faults(more)).toEqual([at]));
});

const valueOf = ({ type }: Fact): fc.Arbitrary<FactValue> => {
  switch (type.kind) {
    case "number":
      return type.unit === "fen" ? fc.integer({ min: 0, max: 900 }).map((n) => n * WAN) : fc.double({ min: 0, max: 60, noNaN: true });
    case "boolean":
      return fc.boolean();
    case "word":
      return fc.constantFrom(...Object.keys(type.words));
    case "words":
      return fc.subarray(Object.keys(type.words));
    case "code":
      return type.of === "region" ? fc.constantFrom("340104", "340000", "110105") : fc.constantFrom("C", "C39", "A01");
    case "text":
      return fc.string({ minLength: 1 });
  }
};
const anyFacts: fc.Arbitrary<FactValues> = fc.record(Object.fromEntries(factCatalogue.map((fact) => [fact.id, valueOf(fact)])), {
  requiredKeys: [],
});

test("the text of facts is the canonical JSON of those that are known, whatever was told first", () =>
  fc.assert(
    fc.property(anyFacts, anyFacts, (first, later) => {
      const told = withFacts(factRow(first), later);
      expect(told).toEqual(factRow({ ...first, ...later }));
      expect(factsText(told)).toBe(canonicalJson({ ...first, ...later } as Json));
    }),
    { numRuns: 200 },
  ));

test("a matching in short says what the one in full says: outcomes, reasons, figures, order", () => {
  const products = [
    PRODUCT,
    variant({
      id: "wide",
      offered: { ...PRODUCT.offered, regions: ["340000"], notSectors: ["A"] },
      term: { ...PRODUCT.term, minMonths: 24 },
    }),
    variant({
      id: "chosen",
      eligibility: [
        ...PRODUCT.eligibility,
        {
          ...rule("either", {
            any: [
              { fact: "score.grade", op: "eq", value: "A" },
              { fact: "feature.history_months", op: "gt", value: 24 },
            ],
          }),
        },
        {
          ...rule("clean", { fact: "request.overdueNow", op: "eq", value: false }),
          unless: [{ title: words("small"), when: { fact: "request.amountFen", op: "le", value: 20 * WAN }, citation: "assumption" }],
        },
      ],
    }),
  ];
  const catalogue = compileCatalogue(products, DAY);
  const outcomes = new Set<string>();
  fc.assert(
    fc.property(anyFacts, fc.constantFrom("cost", "chance", "amount", "time"), (facts, ranking) => {
      const row = factRow(facts);
      const full = matchAll(catalogue, row, { ranking });
      const brief = matchBriefly(catalogue, row, { ranking });
      expect(brief.matches.map(({ product }) => product)).toEqual(full.map(({ product }) => product));
      for (const [i, each] of brief.matches.entries()) {
        const whole = full[i]!;
        outcomes.add(each.outcome);
        for (const key of [
          "version",
          "outcome",
          "amountFen",
          "termMonths",
          "method",
          "nominalRate",
          "annualCost",
          "chance",
          "better",
        ] as const)
          expect(each[key]).toEqual(whole[key]);
        expect(each.rules.map(({ rule: id, finding }) => [id, brief.findings[finding]!.outcome, brief.findings[finding]!.reason])).toEqual(
          whole.rules.map((result) => [result.rule, result.outcome, result.reason]),
        );
        for (const [k, { finding }] of each.rules.entries()) {
          const { facts: seen, gap, settledBy } = brief.findings[finding]!;
          const result = whole.rules[k]!;
          expect(seen).toEqual(result.facts.map(({ fact, value }) => ({ fact, value })));
          expect(gap).toEqual(result.gap);
          expect(settledBy).toEqual(result.settledBy.map(({ fact }) => fact));
        }
        expect(each.inTheWay.map((place) => brief.findings[place]!.reason)).toEqual(whole.inTheWay);
        expect(each.limit).toMatchObject({ lowFen: whole.limitFrom.lowFen, highFen: whole.limitFrom.highFen });
        expect(each.cost && { ...each.cost, missing: [] }).toEqual(whole.cost && { ...whole.cost, missing: [] });
      }
      expect(brief.missing.map(({ fact, products: waiting }) => [fact, waiting])).toEqual(
        missingOf(full).map(({ unknown, products: waiting }) => [unknown.fact, waiting]),
      );
      // Each finding is there once for each condition, and none that no rule rests on.
      expect(new Set(brief.matches.flatMap(({ rules }) => rules.map(({ finding }) => finding))).size).toBe(brief.findings.length);
      // What was said before of the same condition and value is said again of another enterprise.
      expect(matchAll(compileCatalogue(products, DAY), row, { ranking })).toEqual(full);
    }),
    // Facts drawn at random seldom keep every rule; these do.
    { numRuns: 200, examples: [[GOOD, "cost"]] },
  );
  expect(outcomes.size).toBeGreaterThanOrEqual(3);
});

test("a reason is given once, though a rule and its exception look at the same fact, or two lines of a limit at the same record", () => {
  const grade = {
    ...rule("grade", { fact: "request.taxGrade", op: "in", value: ["A", "B"] }),
    unless: [{ title: words("known"), when: { fact: "request.taxGrade", op: "in", value: ["A", "B"] }, citation: "assumption" }],
  } as const satisfies Rule;
  const terms = ["request.taxPaid12mFen", "request.taxPaid12mFen"].map((fact, i) => ({
    id: `line-${i}`,
    title: words(`line ${i}`),
    fact,
    times: 1 + i,
    citation: "assumption" as const,
  }));
  const [found] = match({ ...GOOD, "request.taxGrade": null, "request.taxPaid12mFen": null }, [
    variant({ eligibility: [grade], limit: { ...PRODUCT.limit, terms } }),
  ]);
  for (const { reason } of found!.rules)
    for (const language of ["zh", "en"] as const) {
      const parts = reason[language].split(/；或|；|; or |; |、|, /);
      expect(new Set(parts).size, reason[language]).toBe(parts.length);
    }
  expect(found!.rules.map(({ outcome }) => outcome)).toEqual(["unknown", "unknown"]);
});

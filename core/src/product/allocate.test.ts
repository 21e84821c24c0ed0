import fc from "fast-check";
import { expect, test } from "vitest";
import { masterScale } from "../scorecard/index.ts";
import { type Scenario, frontier, riskOf, shocked, shockedPd, underShock, vasicek } from "./allocate-frontier.ts";
import { type Certificate, certifiedBound } from "./allocate-solve.ts";
import {
  type AllocationTerms,
  type Applicant,
  type ChurnTable,
  allocate,
  checkAllocation,
  churnTable,
  programOf,
  quotes,
  ratesOf,
  termDefaults,
} from "./allocate.ts";

/** The first seven rates of the contest's table. */
const TABLE: ChurnTable = {
  rates: [0.04, 0.0425, 0.0465, 0.0505, 0.0545, 0.0585, 0.0625],
  grades: [
    { grade: "A", churn: [0, 0.094574126206, 0.135727183125, 0.224603353582, 0.30203810159, 0.347315668092, 0.413471769977] },
    { grade: "B", churn: [0, 0.066799583324, 0.13505205955, 0.206580080013, 0.276812293245, 0.302883401074, 0.370215852077] },
    { grade: "C", churn: [0, 0.068725306488, 0.122099028927, 0.18125214631, 0.263302863236, 0.290189098265, 0.349715590095] },
  ],
};

const applicant = (enterprise: string, grade: string, pd: number, more: Partial<Applicant> = {}): Applicant => ({
  enterprise,
  grade,
  pd,
  sector: null,
  region: null,
  turnoverFen: null,
  ...more,
});
const terms = (more: Partial<AllocationTerms> = {}): AllocationTerms => ({
  ...termDefaults,
  budgetFen: 10_000_000_000,
  minFen: 10_000_000,
  maxFen: 100_000_000,
  rateMin: 0.04,
  rateMax: 0.15,
  ...more,
});
const done = (applicants: readonly Applicant[], table: ChurnTable, of: AllocationTerms, options: Parameters<typeof allocate>[3] = {}) => {
  const found = allocate(applicants, table, of, options);
  if (!found.ok) throw new Error(found.error.text.en);
  const { totals, boundFen, certificate, placements } = found.value;
  const checks = checkAllocation(applicants, table, of, { placements, boundFen, profitFen: totals.profitFen, certificate });
  expect(checks.filter((check) => !check.ok)).toEqual([]);
  return found.value;
};

test("at zero default and funding cost, 100 million yuan bring what rate × (1 − churn) says at its greatest", () => {
  for (const [grade, rate, million] of [
    ["A", 0.0465, 4.02],
    ["B", 0.0585, 4.08],
    ["C", 0.0585, 4.15],
  ] as const) {
    const all = Array.from({ length: 302 }, (_, i) => applicant(`E${i}`, grade, 0));
    const { totals, boundFen, proven, placements } = done(all, TABLE, terms({ lgd: 0, funding: 0 }));
    expect(totals.profitFen / 1e8).toBeCloseTo(million, 2);
    expect([proven, totals.enterprises, totals.offeredFen]).toEqual([true, 100, 10_000_000_000]);
    expect(new Set(placements.map((each) => each.rate))).toEqual(new Set([rate]));
    expect(boundFen - totals.profitFen).toBeLessThan(1);
  }
});

test("a yuan's profit is the formula of the docs, on survivors' interest or on all", () => {
  const of = (interest: "survivors" | "all") =>
    quotes(TABLE, { grade: "A", pd: 0.1 }, terms({ interest })).find((quote) => quote.rate === 0.0465)!.profit;
  const stay = 1 - 0.135727183125;
  expect(of("survivors")).toBeCloseTo(stay * (0.9 * 0.0465 - 0.1 * 0.5 - 0.03), 15);
  expect(of("all")).toBeCloseTo(stay * (0.0465 - 0.1 * 0.5 - 0.03), 15);
  expect(quotes(TABLE, { grade: "D", pd: 0 }, terms())).toEqual([]);
  expect(quotes(TABLE, { grade: "A", pd: 0 }, terms({ refusedGrades: ["A", "D"] }))).toEqual([]);
});

test("an amount below the least is not offered: a smaller offer elsewhere makes room for it", () => {
  // 1.05 million for two: a full offer of 1,000,000 would leave 50,000, which is below the least.
  const two = [applicant("good", "A", 0), applicant("fair", "A", 0.002)];
  const { placements, proven } = done(two, TABLE, terms({ budgetFen: 105_000_000, funding: 0 }));
  expect(placements.map((each) => [each.enterprise, each.amountFen])).toEqual([
    ["good", 95_000_000],
    ["fair", 10_000_000],
  ]);
  expect(proven).toBe(true);
});

test("why an enterprise is offered nothing", () => {
  const some = [
    applicant("graded D", "D", 0),
    applicant("too risky", "C", 0.3),
    applicant("too small", "A", 0, { turnoverFen: 1_000_000 }),
    applicant("sales unknown", "A", 0),
    applicant("worse", "A", 0.004, { turnoverFen: 10_000_000_000 }),
    applicant("better", "A", 0.001, { turnoverFen: 10_000_000_000 }),
  ];
  const { refused, placements } = done(some, TABLE, terms({ budgetFen: 100_000_000, turnoverShare: 0.5 }));
  expect(placements.map((each) => each.enterprise)).toEqual(["better"]);
  expect(Object.fromEntries(refused.map((each) => [each.enterprise, each.because]))).toEqual({
    "graded D": "grade",
    "too risky": "no-profitable-rate",
    "too small": "below-minimum",
    "sales unknown": "below-minimum",
    worse: "better-use",
  });
});

test("terms that cannot hold are refused", () => {
  const refused = (more: Partial<AllocationTerms>) => {
    const found = allocate([applicant("one", "A", 0)], TABLE, terms(more));
    return found.ok ? null : found.error.code;
  };
  for (const wrong of [
    { budgetFen: -1 },
    { minFen: 0 },
    { minFen: 2, maxFen: 1 },
    { maxFen: 1.5 },
    { rateMin: 0.2, rateMax: 0.1 },
    { rateMin: 0.16, rateMax: 0.2 },
    { rateStep: 0 },
    { lgd: 1.1 },
    { funding: Number.NaN },
    { turnoverShare: -1 },
    { singleNameFen: 0.5 },
    { limits: [{ kind: "sector" as const, code: "A", limitFen: -5 }] },
  ])
    expect(refused(wrong), JSON.stringify(wrong)).toBe("allocation-terms");
  expect(refused({})).toBeNull();
});

test("a table of churn is read from its file; what cannot be right is refused", () => {
  const read = churnTable("\uFEFF贷款年利率,客户流失率_信誉评级A,客户流失率_信誉评级B\r\n0.04,0.0,0.1\r\n0.05,0.25,0.2\r\n");
  expect(read).toEqual({
    ok: true,
    value: {
      rates: [0.04, 0.05],
      grades: [
        { grade: "A", churn: [0, 0.25] },
        { grade: "B", churn: [0.1, 0.2] },
      ],
    },
  });
  for (const text of ["", "r,A\n", "r,A\n0.04,1.2\n", "r,A\n0.04,x\n", "r,A\n0.05,0\n0.04,0\n", "r,A,A\n0.04,0,0\n", "r,A\n0.04\n"])
    expect(churnTable(text).ok, text).toBe(false);
});

test("between the rates of the table churn lies on the straight line, and the table's own rates stay", () => {
  const rates = ratesOf(TABLE, "A", { rateMin: 0.0405, rateMax: 0.0466, rateStep: 0.0005 });
  expect(rates.map((each) => each.rate)).toEqual([
    0.0405, 0.041, 0.0415, 0.042, 0.0425, 0.043, 0.0435, 0.044, 0.0445, 0.045, 0.0455, 0.046, 0.0465,
  ]);
  expect(rates[0]!.churn).toBeCloseTo(0.094574126206 / 5, 12);
  expect(rates.at(-1)!.churn).toBe(0.135727183125);
  expect(ratesOf(TABLE, "A", { rateMin: 0.01, rateMax: 0.3, rateStep: 0.01 }).map((each) => each.rate)).toEqual([
    0.04, 0.0425, 0.0465, 0.05, 0.0505, 0.0545, 0.0585, 0.06, 0.0625,
  ]);
});

// Exhaustive search. Amounts of the small cases are few whole units, so that every allocation can be looked at.

const smallTable = fc
  .record({
    rates: fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 3 }),
    churn: fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 6, maxLength: 6 }),
  })
  .map(({ rates, churn }): ChurnTable => {
    const rising = rates.toSorted((a, b) => a - b).map((rate) => rate / 100);
    return {
      rates: rising,
      grades: ["A", "B"].map((grade, g) => ({ grade, churn: rising.map((_, k) => churn[3 * g + k]! / 20) })),
    };
  });
const smallApplicants = (most: number) =>
  fc
    .array(
      fc.record({
        grade: fc.constantFrom("A", "B", "D"),
        pd: fc.integer({ min: 0, max: 10 }),
        sector: fc.constantFrom("C", "F", null),
        region: fc.constantFrom("33", "44"),
        turnoverFen: fc.integer({ min: 0, max: 12 }),
      }),
      { minLength: 1, maxLength: most },
    )
    .map((all) => all.map(({ grade, pd, ...rest }, i) => applicant(`E${i}`, grade, pd / 100, rest)));
const smallTerms = (unit: number, limits: boolean) =>
  fc
    .record({
      budget: fc.integer({ min: 0, max: 14 }),
      min: fc.integer({ min: 1, max: 4 }),
      more: fc.integer({ min: 0, max: 3 }),
      lgd: fc.constantFrom(0, 0.5, 1),
      funding: fc.constantFrom(0, 0.02),
      sectorLimit: fc.option(fc.integer({ min: 0, max: 9 })),
      regionLimit: limits ? fc.option(fc.integer({ min: 0, max: 9 })) : fc.constant(null),
      turnoverShare: fc.constantFrom(null, 0.5),
    })
    .map(({ budget, min, more, lgd, funding, sectorLimit, regionLimit, turnoverShare }) =>
      terms({
        budgetFen: budget * unit,
        minFen: min * unit,
        maxFen: (min + more) * unit,
        rateMin: 0,
        rateMax: 0.3,
        lgd,
        funding,
        turnoverShare: turnoverShare === null ? null : turnoverShare * unit,
        limits: [
          ...(sectorLimit === null ? [] : [{ kind: "sector" as const, code: "*", limitFen: sectorLimit * unit }]),
          ...(regionLimit === null ? [] : [{ kind: "region" as const, code: "33", limitFen: regionLimit * unit }]),
        ],
      }),
    );
const exact = { toleranceFen: 1e-9, relativeTolerance: 0, mostNodes: 100_000 };

test("nominal budgets with sector and region limits that cross: as good as the best of all allocations in whole fen", () => {
  fc.assert(
    fc.property(smallApplicants(4), smallTable, smallTerms(1, true), (applicants, table, of) => {
      const limitOf = (kind: "sector" | "region", code: string) =>
        Math.min(
          ...of.limits.filter((limit) => limit.kind === kind && (limit.code === "*" || limit.code === code)).map((limit) => limit.limitFen),
        );
      let best = 0;
      const use = new Map<string, number>();
      const walk = (at: number, left: number, profit: number): void => {
        best = Math.max(best, profit);
        const one = applicants[at];
        if (!one) return;
        walk(at + 1, left, profit);
        const own = quotes(table, one, of);
        if (own.length === 0) return;
        const yuan = Math.max(...own.map((quote) => quote.profit));
        const most = Math.min(of.maxFen, of.turnoverShare === null ? of.maxFen : Math.floor(of.turnoverShare * one.turnoverFen!));
        const sector = `s${one.sector ?? "unknown"}`;
        const region = `r${one.region}`;
        for (let amount = of.minFen; amount <= Math.min(most, left); amount++) {
          const [s, r] = [(use.get(sector) ?? 0) + amount, (use.get(region) ?? 0) + amount];
          if (s > limitOf("sector", sector.slice(1)) || r > limitOf("region", region.slice(1))) break;
          use.set(sector, s).set(region, r);
          walk(at + 1, left - amount, profit + amount * yuan);
          use.set(sector, s - amount).set(region, r - amount);
        }
      };
      walk(0, of.budgetFen, 0);
      const { totals, boundFen, proven } = done(applicants, table, of, exact);
      expect(totals.profitFen).toBeCloseTo(best, 9);
      expect(boundFen).toBeCloseTo(best, 8);
      expect(proven).toBe(true);
    }),
    { numRuns: 400 },
  );
});

test("a bound of nothing is proven to the rounding of the amounts it is made of", () => {
  const table: ChurnTable = { rates: [0.01, 0.02, 0.25], grades: [{ grade: "A", churn: [0, 0, 0.05] }] };
  const of = terms({
    budgetKind: "expected-disbursed",
    interest: "survivors",
    lgd: 0,
    funding: 0,
    budgetFen: 0,
    minFen: 40_000_000,
    maxFen: 40_000_000,
    rateMin: 0,
    rateMax: 0.3,
  });
  const { totals, boundFen } = done([applicant("E0", "A", 0.03)], table, of, { ...exact, toleranceFen: 1e-3 });
  expect(totals.profitFen).toBe(0);
  expect(boundFen).toBeCloseTo(0, 6);
});

test("budgets of what is expected to be drawn: as good as the best over all choices of rates", () => {
  const UNIT = 10_000_000; // so large that a part of a fen decides nothing
  fc.assert(
    fc.property(smallApplicants(4), smallTable, smallTerms(UNIT, false), (applicants, table, plain) => {
      const of: AllocationTerms = { ...plain, budgetKind: "expected-disbursed", turnoverShare: null };
      const sectorLimit = of.limits[0]?.limitFen ?? Number.POSITIVE_INFINITY;
      let best = 0;
      // For given rates the rest is a polymatroid: least amounts, then the room to the dearest yuan drawn.
      const worth = (chosen: readonly { sector: string; drawn: number; ratio: number }[]) => {
        let left = of.budgetFen;
        const sectors = new Map<string, number>();
        const room = (sector: string) => Math.min(left, sectorLimit - (sectors.get(sector) ?? 0));
        let profit = 0;
        const take = (sector: string, y: number, ratio: number) => {
          left -= y;
          sectors.set(sector, (sectors.get(sector) ?? 0) + y);
          profit += ratio * y;
        };
        for (const { sector, drawn, ratio } of chosen) {
          if (room(sector) < of.minFen * drawn - 1e-6) return;
          take(sector, of.minFen * drawn, ratio);
        }
        for (const { sector, drawn, ratio } of chosen.toSorted((a, b) => b.ratio - a.ratio))
          if (ratio > 0) take(sector, Math.max(0, Math.min(room(sector), (of.maxFen - of.minFen) * drawn)), ratio);
        best = Math.max(best, profit);
      };
      const walk = (at: number, chosen: readonly { sector: string; drawn: number; ratio: number }[]): void => {
        const one = applicants[at];
        if (!one) return worth(chosen);
        walk(at + 1, chosen);
        for (const { churn, profit } of quotes(table, one, of))
          if (churn < 1) walk(at + 1, [...chosen, { sector: one.sector ?? "unknown", drawn: 1 - churn, ratio: profit / (1 - churn) }]);
      };
      walk(0, []);
      const { totals, boundFen } = done(applicants, table, of, { ...exact, toleranceFen: 1e-3 });
      expect(Math.abs(totals.profitFen - best)).toBeLessThan(4);
      expect(boundFen).toBeGreaterThanOrEqual(best - 1e-3);
      expect(boundFen).toBeLessThan(best + 1);
    }),
    { numRuns: 250 },
  );
});

const crowd = (count: number, seed: number): Applicant[] => {
  let state = seed;
  const next = () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
  return Array.from({ length: count }, (_, i) => {
    const pd = 0.001 + 0.03 * next() ** 2;
    return applicant(`E${i}`, pd < 0.005 ? "A" : pd < 0.015 ? "B" : "C", pd, {
      sector: "CEFG"[Math.floor(4 * next())]!,
      region: ["33", "44", "51"][Math.floor(3 * next())]!,
      turnoverFen: Math.floor(1e8 + 1e9 * next()),
    });
  });
};

test("more budget and wider limits never bring less; the order of the enterprises does not matter", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e6 }),
      fc.constantFrom("nominal", "expected-disbursed"),
      fc.integer({ min: 1, max: 40 }),
      (seed, budgetKind, tenth) => {
        const all = crowd(25, seed);
        const budgetFen = tenth * 50_000_000;
        const of = terms({
          budgetKind,
          budgetFen,
          funding: 0.02,
          limits: [{ kind: "sector", code: "*", limitFen: Math.floor(budgetFen / 3) }],
        });
        const here = done(all, TABLE, of);
        const slack = 100 + 1e-6 * here.boundFen;
        const wider = [
          { ...of, budgetFen: budgetFen + 30_000_000 },
          { ...of, limits: [] },
          { ...of, maxFen: 2 * of.maxFen },
          { ...of, rateStep: 0.001 },
          { ...of, funding: 0.015 },
        ];
        for (const other of wider) expect(done(all, TABLE, other).boundFen).toBeGreaterThanOrEqual(here.totals.profitFen - 1e-3);
        const turned = done(all.toReversed(), TABLE, of);
        expect(Math.abs(turned.totals.profitFen - here.totals.profitFen)).toBeLessThanOrEqual(slack);
      },
    ),
    { numRuns: 30 },
  );
});

test("a certificate that leaves something out, or is of other terms, proves nothing", () => {
  const all = crowd(40, 7);
  const of = terms({
    budgetKind: "expected-disbursed",
    budgetFen: 1_000_000_000,
    funding: 0.02,
    limits: [
      { kind: "sector", code: "*", limitFen: 310_000_000 },
      { kind: "region", code: "*", limitFen: 370_000_000 },
    ],
  });
  const found = done(all, TABLE, of, { toleranceFen: 1, relativeTolerance: 0 });
  const { items, rows } = programOf(all, TABLE, of);
  const { certificate, boundFen } = found;
  const proven = certifiedBound(items, rows, certificate)!;
  expect(proven).toBeLessThanOrEqual(boundFen + 1e-6);
  expect(certificate.kind).toBe("branch"); // or there would be nothing to leave out
  if (certificate.kind !== "branch") return;
  expect(certifiedBound(items, rows, { ...certificate, atLeast: certificate.atLeast + 1_000_000 })).toBeNull();
  expect(certifiedBound(items, rows, { ...certificate, item: items.length })).toBeNull();
  const negative: Certificate = { kind: "bound", multipliers: rows.map(() => -1) };
  expect(certifiedBound(items, rows, negative)).toBeNull();
  expect(certifiedBound(items, rows, { kind: "impossible", row: 0 })).toBeNull();
  // Any multipliers bound it, those of the search best.
  expect(certifiedBound(items, rows, { kind: "bound", multipliers: rows.map(() => 0) })!).toBeGreaterThan(proven);
  const { placements, totals } = found;
  const failing = (changed: Partial<Parameters<typeof checkAllocation>[3]>, other: AllocationTerms = of) =>
    checkAllocation(all, TABLE, other, { placements, boundFen, profitFen: totals.profitFen, certificate, ...changed }).flatMap((check) =>
      check.ok ? [] : [check.name],
    );
  expect(failing({})).toEqual([]);
  expect(failing({ boundFen: boundFen - 1000 })).toEqual(["bound"]);
  expect(failing({ profitFen: totals.profitFen + 1000 })).toEqual(["profit"]);
  expect(failing({ placements: placements.map((each) => ({ ...each, amountFen: of.maxFen + 1 })) })).toContain("offers");
  expect(failing({}, { ...of, budgetFen: 500_000_000 })).toContain("limits");
});

test("Vasicek: the closed form against hand arithmetic, the mean over the factor is the probability, no correlation changes nothing", () => {
  // Φ((−2.32635 + √0.2 · 3.09023) / √0.8) = Φ(−1.05583)
  expect(vasicek(0.01, 0.2, 0.999)).toBeCloseTo(0.14552, 4);
  expect(vasicek(0.07, 0, 0.999)).toBeCloseTo(0.07, 12);
  // As many equally likely states of the factor: midpoints of quantiles.
  const N = 20_000;
  let mean = 0;
  for (let k = 0; k < N; k++) mean += vasicek(0.05, 0.15, (k + 0.5) / N) / N;
  expect(mean).toBeCloseTo(0.05, 5);
  expect(() => vasicek(0.1, 1, 0.9)).toThrow(RangeError);
});

test("the frontier rises and bends down, ends at the most profitable allocation, and no allocation of a small case is above it", () => {
  const risk = { measure: "expected-loss", rho: 0.15, quantile: 0.999 } as const;
  const all = crowd(60, 11);
  const of = terms({ budgetFen: 2_000_000_000, funding: 0.02 });
  const found = frontier(all, TABLE, of, risk, 12);
  if (!found.ok) throw new Error(found.error.text.en);
  const points = found.value;
  expect(points.length).toBe(12);
  expect(points.at(-1)!.profitFen).toBeCloseTo(done(all, TABLE, of).totals.profitFen, 6);
  for (const [at, point] of points.entries()) {
    expect(point.proven).toBe(true);
    if (at === 0) continue;
    const before = points[at - 1]!;
    expect(point.riskFen).toBeGreaterThan(before.riskFen);
    expect(point.profitFen).toBeGreaterThan(before.profitFen);
    // From each point, no other is above the line of its own charge by more than its gap.
    for (const other of points)
      expect(other.profitFen - point.charge * other.riskFen).toBeLessThanOrEqual(
        point.profitFen - point.charge * point.riskFen + point.gapFen + 1e-3,
      );
  }
  fc.assert(
    fc.property(smallApplicants(3), smallTable, smallTerms(1_000_000, false), (applicants, table, few) => {
      const limited = { ...few, limits: [], turnoverShare: null };
      const line = frontier(applicants, table, limited, risk, 6, { toleranceFen: 1e-6, relativeTolerance: 0 });
      if (!line.ok) throw new Error(line.error.text.en);
      // Every allocation of amounts 0, least or most at any rate, each against every point's line.
      const walk = (at: number, left: number, profit: number, loss: number): void => {
        const one = applicants[at];
        if (!one) {
          for (const point of line.value.slice(1))
            expect(profit - point.charge * loss).toBeLessThanOrEqual(point.profitFen - point.charge * point.riskFen + point.gapFen + 1e-3);
          return;
        }
        walk(at + 1, left, profit, loss);
        for (const quote of quotes(table, one, limited))
          for (const amount of [limited.minFen, limited.maxFen])
            if (amount <= left)
              walk(at + 1, left - amount, profit + amount * quote.profit, loss + amount * (1 - quote.churn) * riskOf(one, limited, risk));
      };
      walk(0, limited.budgetFen, 0, 0);
    }),
    { numRuns: 60 },
  );
});

const BANDS = masterScale(["A", "B", "C", "D"], 0.005, 0.05);
const scenario = (odds: number, turnover = 1): Scenario => ({
  id: "test",
  title: { zh: "测试", en: "test" },
  source: { zh: "测试", en: "test" },
  sectors: { F: { odds, turnover } },
  otherwise: { odds: 1, turnover: 1 },
});

test("a shock: odds multiplied, grades follow, turnover shrinks what may be offered, and adjusting never does worse than holding on", () => {
  expect(shockedPd(0.1, 2)).toBeCloseTo(0.2 / 1.1, 15);
  expect(shockedPd(0, 5)).toBe(0);
  const all = crowd(60, 3).map((each) => ({ ...each, grade: shocked([each], scenario(1), BANDS)[0]!.grade }));
  const of = terms({ budgetFen: 3_000_000_000, funding: 0.02, turnoverShare: 0.1 });
  const calm = underShock(all, TABLE, of, scenario(1), BANDS);
  if (!calm.ok) throw new Error(calm.error.text.en);
  expect(calm.value.changes).toEqual([]);
  expect(calm.value.heldProfitFen).toBeCloseTo(calm.value.before.totals.profitFen, 3);
  // The published table has customers of worse grades leave less readily, so a firm that falls a grade can be worth more. Where all
  // grades leave alike, a shock never brings more.
  const alike: ChurnTable = { ...TABLE, grades: TABLE.grades.map(({ grade }) => ({ grade, churn: TABLE.grades[1]!.churn })) };
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 3, max: 10 }), (tenths, keep) => {
      const hit = underShock(all, alike, of, scenario(1 + tenths / 10, keep / 10), BANDS);
      if (!hit.ok) throw new Error(hit.error.text.en);
      const { before, after, heldProfitFen, changes } = hit.value;
      expect(after.totals.profitFen).toBeLessThanOrEqual(before.boundFen);
      expect(heldProfitFen).toBeLessThanOrEqual(before.totals.profitFen + 1e-6);
      for (const change of changes) expect(change.before).not.toEqual(change.after);
      for (const { sector, pd, turnoverFen, amountFen, enterprise } of after.placements) {
        const was = all.find((each) => each.enterprise === enterprise)!;
        if (sector !== "F") expect(pd).toBeCloseTo(was.pd, 15);
        else expect(pd).toBeGreaterThan(was.pd);
        expect(amountFen).toBeLessThanOrEqual(0.1 * turnoverFen!);
      }
    }),
    { numRuns: 25 },
  );
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Fen, IsoDate } from "../basics/index.ts";
import type { Condition, FactValues, Product, Rule } from "../product/index.ts";
import {
  type Case,
  type CaseAction,
  type DecisionPolicy,
  type OfferedTerms,
  type Person,
  type Side,
  actOnCase,
  offeredTerms,
  openCase,
  possibleCaseActions,
  settlePolicy,
  underwrite,
} from "./index.ts";

const DAY = "2025-06-02" as IsoDate;
const WAN = 1_000_000;
const words = (text: string) => ({ zh: text, en: text });
const rule = (id: string, when: Condition): Rule => ({
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
  kind: "credit-loan",
  title: words("plain"),
  summary: words("plain"),
  provider: { id: "demo-bank-a", name: words("bank"), kind: "bank" },
  sources: [],
  offered: { from: "2024-01-01" as IsoDate, to: null, regions: [], sectors: [], notSectors: [] },
  eligibility: [rule("history", { fact: "feature.history_months", op: "ge", value: 12 })],
  limit: {
    take: "least",
    terms: [{ id: "sales", title: words("sales"), fact: "feature.net_sales_12m", times: 0.1, citation: "assumption" }],
    minFen: 5 * WAN,
    maxFen: 300 * WAN,
    stepFen: WAN,
    exposure: null,
    citation: "assumption",
  },
  price: {
    base: "lpr-1y",
    rows: [{ when: null, title: words("all"), spreadBp: 100 }],
    floorBp: null,
    ceilingBp: null,
    citation: "assumption",
  },
  term: { minMonths: 3, maxMonths: 24, usualMonths: 12, revolving: false },
  repayment: { methods: ["interest-monthly"], everyMonths: 1, dayCount: "actual/360" },
  fees: [],
  subsidies: [],
  documents: [],
  security: [],
  riskSharing: null,
  daysToFunds: 3,
  assumptions: [],
};
const POLICY: DecisionPolicy = {
  schema: { id: "zhiwei/decision-policy", version: 1 },
  id: "small",
  version: 1,
  title: words("small"),
  decline: [rule("pd", { fact: "score.pd", op: "gt", value: 0.2 })],
  refer: [rule("flags", { fact: "profile.flagsHigh", op: "gt", value: 0 })],
  near: "refer",
  straightThroughUpToFen: (100 * WAN) as Fen,
  counterOfferLeastShare: 0.5,
  authority: [
    { post: "officer", upToFen: (50 * WAN) as Fen },
    { post: "risk", upToFen: (200 * WAN) as Fen },
    { post: "head", upToFen: (1000 * WAN) as Fen },
  ],
  secondAboveFen: (30 * WAN) as Fen,
  validDays: 30,
};
const GOOD: FactValues = {
  "feature.history_months": 24,
  "feature.net_sales_12m": 600 * WAN,
  "score.pd": 0.02,
  "profile.flagsHigh": 0,
  "request.amountFen": 40 * WAN,
  "request.termMonths": 12,
};
const decided = (more: FactValues = {}, policy = POLICY) =>
  underwrite({ facts: { ...GOOD, ...more }, product: PRODUCT, policy, day: DAY })!.decided;

describe("decide", () => {
  test("grants at once what the product gives and the policy lets be granted", () => {
    const found = decided();
    expect(found).toMatchObject({
      outcome: "approve",
      terms: { amountFen: 40 * WAN, termMonths: 12 },
      validUntil: "2025-07-02",
      missing: [],
    });
    // One-year LPR of 2025-05-20 was 3.00 %; a point above it.
    expect(found.terms!.nominalRate).toBeCloseTo(0.04, 10);
  });

  test("offers less where that is enough of what was asked, and refuses where it is not", () => {
    expect(decided({ "request.amountFen": 100 * WAN })).toMatchObject({ outcome: "counter-offer", terms: { amountFen: 60 * WAN } });
    const refused = decided({ "request.amountFen": 150 * WAN });
    expect(refused).toMatchObject({ outcome: "decline", terms: null, reasons: [{ code: "limit", from: "amount" }] });
    expect(refused.reasons[0]!.remedy!.en).toContain("no more than CN¥600,000");
  });

  test("a broken rule refuses with its own words and what to do; a near miss is looked at", () => {
    const broken = decided({ "feature.history_months": 3 });
    expect(broken.outcome).toBe("decline");
    expect(broken.reasons[0]).toMatchObject({ code: "history", from: "product" });
    expect(broken.reasons[0]!.remedy!.zh).toContain("12");
    expect(decided({ "feature.history_months": 11 })).toMatchObject({ outcome: "refer", reasons: [{ code: "history" }] });
    expect(decided({ "feature.history_months": 11 }, { ...POLICY, near: "decline" }).outcome).toBe("decline");
  });

  test("what the policy forbids is refused, what it names or cannot tell is for a person, and so is too much money", () => {
    expect(decided({ "score.pd": 0.3 })).toMatchObject({ outcome: "decline", reasons: [{ code: "pd", from: "policy" }] });
    expect(decided({ "profile.flagsHigh": 1 })).toMatchObject({ outcome: "refer", reasons: [{ code: "flags" }] });
    const { "score.pd": _, ...unscored } = GOOD;
    expect(underwrite({ facts: unscored, product: PRODUCT, policy: POLICY, day: DAY })!.decided).toMatchObject({
      outcome: "refer",
      reasons: [{ code: "pd" }],
    });
    expect(decided({ "feature.net_sales_12m": 3000 * WAN, "request.amountFen": 120 * WAN })).toMatchObject({
      outcome: "refer",
      terms: { amountFen: 120 * WAN },
      reasons: [{ code: "amount", from: "policy" }],
    });
    const { "feature.history_months": __, ...unknown } = GOOD;
    const found = underwrite({ facts: unknown, product: PRODUCT, policy: POLICY, day: DAY })!.decided;
    expect(found.outcome).toBe("refer");
    expect(found.missing.map(({ fact }) => fact)).toEqual(["feature.history_months"]);
  });

  test("every answer has a reason in both languages, and never lends against the rules or beyond the limit", () => {
    const amount = fc.integer({ min: 1, max: 400 });
    const facts = fc.record(
      {
        "feature.history_months": fc.integer({ min: 0, max: 30 }),
        "feature.net_sales_12m": amount.map((n) => n * 10 * WAN),
        "score.pd": fc.double({ min: 0, max: 0.4, noNaN: true }),
        "profile.flagsHigh": fc.integer({ min: 0, max: 2 }),
        "request.amountFen": amount.map((n) => n * WAN),
        "request.termMonths": fc.integer({ min: 3, max: 24 }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(facts, fc.constantFrom<"decline" | "refer">("decline", "refer"), (given, near) => {
        const found = underwrite({ facts: given as FactValues, product: PRODUCT, policy: { ...POLICY, near }, day: DAY })!;
        const { outcome, terms, reasons } = found.decided;
        expect(reasons.length).toBeGreaterThan(0);
        for (const { text } of reasons)
          expect([text.zh, text.en].every((each) => each.length > 1 && !each.includes("undefined"))).toBe(true);
        expect(terms === null || outcome !== "decline").toBe(true);
        if (outcome === "approve" || outcome === "counter-offer") {
          // By the rules written out once more, by hand.
          expect(given["feature.history_months"]! >= 12 && given["score.pd"]! <= 0.2 && given["profile.flagsHigh"] === 0).toBe(true);
          const most = Math.min(300 * WAN, Math.floor((given["feature.net_sales_12m"]! * 0.1) / WAN) * WAN);
          const asked = given["request.amountFen"] ?? Infinity;
          expect(terms!.amountFen).toBe(Math.min(asked, most));
          expect(terms!.amountFen).toBeLessThanOrEqual(100 * WAN);
          expect(outcome === "approve").toBe(terms!.amountFen === asked || asked === Infinity);
          if (outcome === "counter-offer") expect(terms!.amountFen).toBeGreaterThanOrEqual(asked / 2);
        }
        // The same inputs give the same decision, to the bit.
        expect(JSON.stringify(underwrite({ facts: given as FactValues, product: PRODUCT, policy: { ...POLICY, near }, day: DAY }))).toBe(
          JSON.stringify(found),
        );
      }),
      { numRuns: 400 },
    );
  });

  test("a product that is not offered on the day decides nothing", () => {
    expect(underwrite({ facts: GOOD, product: PRODUCT, policy: POLICY, day: "2023-01-01" as IsoDate })).toBeNull();
  });
});

const TERMS: OfferedTerms = { amountFen: 40 * WAN, termMonths: 12, method: "interest-monthly", nominalRate: 0.04, annualCost: 0.0407 };
const DAYS = { today: DAY, validUntil: "2025-07-02" as IsoDate };
const officer: Person = { name: "officer-1", post: "officer" };
const risk: Person = { name: "risk-1", post: "risk" };
const act = (from: Case, action: CaseAction, side: Side = "lender", by: Person | null = officer) =>
  actOnCase(POLICY, from, action, side, by, DAYS);
const after = (from: Case, action: CaseAction, side: Side = "lender", by: Person | null = officer): Case => {
  const found = act(from, action, side, by);
  if (!found.ok) throw new Error(found.error.code);
  return found.value;
};
const code = (from: Case, action: CaseAction, side: Side = "lender", by: Person | null = officer) => {
  const found = act(from, action, side, by);
  return found.ok ? "ok" : found.error.code;
};
const resolve = (outcome: "approve" | "counter-offer" | "decline", terms: OfferedTerms | null, reason = ""): CaseAction => ({
  action: "resolve",
  outcome,
  terms,
  reason,
});

test("a policy is settled once, by a second person, who states what he saw", () => {
  const standing = { state: "proposed", madeBy: "Risk desk", sha256: "a" } as const;
  const say = (more: object, by = "second", sha256 = "a", approve = true) => {
    const found = settlePolicy({ ...standing, ...more }, { approve, by, sha256 });
    return found.ok ? found.value : found.error.code;
  };
  expect(say({})).toBe("in-force");
  expect(say({}, " risk DESK ")).toBe("own-policy");
  expect(say({}, "risk desk", "a", false)).toBe("rejected");
  expect(say({}, "second", "b")).toBe("not-what-was-seen");
  for (const state of ["in-force", "replaced", "rejected"]) expect(say({ state })).toBe("not-in-this-state");
});

describe("the worklist", () => {
  test("a referral is taken by one person, proposed, and signed by another with the authority for its amount", () => {
    const taken = after(openCase("refer", TERMS), { action: "take" });
    expect(code(taken, { action: "take" }, "lender", risk)).toBe("taken-by-another");
    const proposed = after(taken, resolve("approve", TERMS));
    expect(proposed.state).toBe("proposed");
    expect(code(proposed, { action: "sign" })).toBe("own-proposal");
    expect(code(proposed, { action: "sign" }, "lender", { name: "clerk", post: "clerk" })).toBe("beyond-authority");
    expect(after(proposed, { action: "sign" }, "lender", risk)).toMatchObject({ state: "approved", signedBy: risk });
    expect(after(proposed, { action: "send-back", reason: "why" }, "lender", risk)).toMatchObject({ state: "referred", resolution: null });
  });

  test("a small one within authority needs no second person; another answer than the computed one always does, with a reason", () => {
    const small = { ...TERMS, amountFen: 20 * WAN };
    expect(after(openCase("refer", small), resolve("approve", small)).state).toBe("approved");
    expect(after(openCase("refer", small), resolve("approve", small), "lender", { name: "clerk", post: "clerk" }).state).toBe("proposed");
    const other = { ...small, nominalRate: 0.05 };
    expect(code(openCase("refer", small), resolve("approve", other))).toBe("reason-needed");
    expect(after(openCase("refer", small), resolve("approve", other, "risk"))).toMatchObject({
      state: "proposed",
      resolution: { override: true },
    });
    expect(code(openCase("refer", small), resolve("decline", small, "x"))).toBe("terms-needed");
    expect(code(openCase("refer", small), resolve("approve", null, "x"))).toBe("terms-needed");
    expect(code(openCase("refer", small), resolve("decline", null))).toBe("reason-needed");
  });

  test("a refusal by the machine is looked at by a person once it is asked for, and his answer needs a reason", () => {
    const refused = openCase("decline", null);
    expect(possibleCaseActions(refused, "enterprise")).toEqual(["ask-review"]);
    const asked = after(refused, { action: "ask-review", reason: "my sales have grown" }, "enterprise", null);
    expect(asked).toMatchObject({ state: "referred", review: "asked" });
    expect(code(asked, resolve("decline", null))).toBe("reason-needed");
    const upheld = after(asked, resolve("decline", null, "looked at"));
    expect(upheld).toMatchObject({ state: "declined", review: "done" });
    expect(code(upheld, { action: "ask-review", reason: "again" }, "enterprise", null)).toBe("review-once");
    // Overturned, it is an override: two persons.
    expect(after(asked, resolve("approve", { ...TERMS, amountFen: 10 * WAN }, "sound")).state).toBe("proposed");
  });

  test("an offer is accepted until its last day, and expires after it, whichever is asked first", () => {
    const offer = openCase("approve", TERMS);
    const on = (today: string, action: CaseAction, side: Side) => {
      const found = actOnCase(POLICY, offer, action, side, null, { today: today as IsoDate, validUntil: "2025-07-02" as IsoDate });
      return found.ok ? found.value.state : found.error.code;
    };
    expect(on("2025-07-02", { action: "accept" }, "enterprise")).toBe("accepted");
    expect(on("2025-07-02", { action: "expire" }, "clock")).toBe("offer-stands");
    expect(on("2025-07-03", { action: "accept" }, "enterprise")).toBe("offer-lapsed");
    expect(on("2025-07-03", { action: "expire" }, "clock")).toBe("expired");
  });

  test("what a person offers is within the product, and its cost is worked out", () => {
    const wanted = { amountFen: 40 * WAN, termMonths: 12, method: "interest-monthly" as const, nominalRate: 0.042 };
    const offered = (more: object = {}, price: Partial<Product["price"]> = {}) => {
      const found = offeredTerms({ ...PRODUCT, price: { ...PRODUCT.price, ...price } }, GOOD, { ...wanted, ...more }, DAY);
      return found.ok ? found.value : found.error.code;
    };
    const found = offered() as OfferedTerms;
    // Interest by the month of 4.2 % on 360 days: a little above the rate itself.
    expect(found.annualCost!).toBeGreaterThan(0.042);
    expect(found.annualCost!).toBeLessThan(0.0445);
    for (const more of [
      { amountFen: 301 * WAN },
      { amountFen: 4 * WAN },
      { termMonths: 25 },
      { termMonths: 2 },
      { method: "bullet" },
      { nominalRate: 0.04205 },
    ])
      expect(offered(more), JSON.stringify(more)).toBe("beyond-product");
    expect(offered({}, { floorBp: 430 })).toBe("beyond-product");
    expect(offered({}, { ceilingBp: 410 })).toBe("beyond-product");
  });

  test("whatever is done in whatever order, nobody signs what he proposed, and no money goes beyond the authority of those who decided", () => {
    const people: Person[] = [
      officer,
      { name: "officer-2", post: "officer" },
      risk,
      { name: "head-1", post: "head" },
      { name: "clerk", post: "clerk" },
    ];
    const terms = fc.integer({ min: 1, max: 1200 }).map((n) => ({ ...TERMS, amountFen: n * WAN }));
    const step = fc.record({
      by: fc.constantFrom(...people),
      action: fc.oneof(
        fc.constantFrom<CaseAction>({ action: "take" }, { action: "give-back" }, { action: "sign" }, { action: "send-back", reason: "r" }),
        terms.map((each): CaseAction => ({ action: "resolve", outcome: "approve", terms: each, reason: "r" })),
        fc.constant<CaseAction>({ action: "resolve", outcome: "decline", terms: null, reason: "r" }),
        fc.constantFrom<CaseAction>({ action: "ask-review", reason: "r" }, { action: "accept" }, { action: "withdraw" }),
      ),
    });
    const limits = new Map(POLICY.authority.map(({ post, upToFen }) => [post, upToFen as number]));
    fc.assert(
      fc.property(terms, fc.array(step, { maxLength: 14 }), (computed, steps) => {
        let at = openCase("refer", computed);
        for (const { by, action } of steps) {
          const side: Side = ["ask-review", "accept", "withdraw"].includes(action.action) ? "enterprise" : "lender";
          const found = actOnCase(POLICY, at, action, side, by, DAYS);
          if (found.ok) at = found.value;
          if (at.state !== "approved" && at.state !== "accepted") continue;
          const amount = at.resolution!.terms!.amountFen;
          const deciders = [at.resolution!.by, ...(at.signedBy ? [at.signedBy] : [])];
          expect(new Set(deciders.map(({ name }) => name)).size).toBe(deciders.length);
          expect(Math.max(...deciders.map(({ post }) => limits.get(post) ?? 0))).toBeGreaterThanOrEqual(amount);
          if (amount > 30 * WAN || at.resolution!.override) expect(deciders).toHaveLength(2);
        }
      }),
      { numRuns: 600 },
    );
  });
});

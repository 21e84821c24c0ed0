import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { IsoDate } from "../basics/index.ts";
import type { Comparison, Condition, Rule } from "./document.ts";
import {
  compileBook,
  compileCondition,
  compileRules,
  conditionText,
  decisiveGap,
  evaluateBook,
  evaluateRules,
  findingsOf,
  findingText,
  outcomeOf,
  rankOf,
  settledBy,
  withoutNot,
} from "./eligibility.ts";
import { type FactValues, factCatalogue, factRow, grouped, plain } from "./facts.ts";

// ── A naive interpreter: three truth values by Kleene's own tables, no compilation, no near ──
type Truth = "T" | "U" | "F";
const and = (a: Truth, b: Truth): Truth => (a === "F" || b === "F" ? "F" : a === "U" || b === "U" ? "U" : "T");
const or = (a: Truth, b: Truth): Truth => (a === "T" || b === "T" ? "T" : a === "U" || b === "U" ? "U" : "F");
const not = (a: Truth): Truth => ({ T: "F", U: "U", F: "T" })[a] as Truth;

const GRADES = ["D", "C", "M", "B", "A"];
const naiveTest = ({ fact, op, value }: Comparison, values: FactValues): Truth => {
  const own = values[fact];
  if (own === null || own === undefined) return "U";
  let bound: unknown = value;
  if (typeof value === "object" && "fact" in value) {
    const other = values[value.fact];
    if (other === null || other === undefined) return "U";
    bound = (other as number) * value.times;
  }
  const say = (holds: boolean): Truth => (holds ? "T" : "F");
  const rank = (grade: unknown) => (fact === "request.taxGrade" ? GRADES.indexOf(grade as string) : (grade as number));
  const list = bound as readonly unknown[];
  switch (op) {
    case "eq":
      return say(own === bound);
    case "ne":
      return say(own !== bound);
    case "lt":
      return say(rank(own) < rank(bound));
    case "le":
      return say(rank(own) <= rank(bound));
    case "gt":
      return say(rank(own) > rank(bound));
    case "ge":
      return say(rank(own) >= rank(bound));
    case "between":
      return say((own as number) >= (list[0] as number) && (own as number) <= (list[1] as number));
    case "not-between":
      return say((own as number) < (list[0] as number) || (own as number) > (list[1] as number));
    case "in":
      return say(list.includes(own));
    case "not-in":
      return say(!list.includes(own));
    case "any-of":
      return say(list.some((each) => (own as readonly string[]).includes(each as string)));
    case "all-of":
      return say(list.every((each) => (own as readonly string[]).includes(each as string)));
    case "none-of":
      return say(!list.some((each) => (own as readonly string[]).includes(each as string)));
    case "not-all-of":
      return say(!list.every((each) => (own as readonly string[]).includes(each as string)));
    default: {
      const mine = own as string;
      const starts = list.map((code) => (code as string).replace(/(?:00)+$/, ""));
      const start = fact === "enterprise.region" ? mine.replace(/(?:00)+$/, "") : mine;
      const within: Truth = starts.some((code) => start.startsWith(code)) ? "T" : starts.some((code) => code.startsWith(start)) ? "U" : "F";
      return op === "within" ? within : not(within);
    }
  }
};
const naive = (condition: Condition, values: FactValues): Truth => {
  if ("not" in condition) return not(naive(condition.not, values));
  if ("all" in condition) return condition.all.map((part) => naive(part, values)).reduce(and, "T");
  if ("any" in condition) return condition.any.map((part) => naive(part, values)).reduce(or, "F");
  return naiveTest(condition, values);
};

// ── Conditions and facts at random, near one another, with facts missing ──
const small = fc.integer({ min: -3, max: 6 });
const words = fc.subarray(["high-tech", "tech-sme", "green"], { minLength: 1 });
const codes = fc.constantFrom("110000", "110101", "340000", "340100", "341000", "341003");
const industry = fc.constantFrom("C", "C13", "C131", "F", "F51");
const comparison: fc.Arbitrary<Comparison> = fc.oneof(
  fc.record({
    fact: fc.constantFrom("feature.sale_invoices_12m", "feature.history_months", "score.pd"),
    op: fc.constantFrom("eq", "ne", "lt", "le", "gt", "ge"),
    value: fc.oneof(
      small,
      fc.record({ fact: fc.constantFrom("feature.history_months", "request.lenders"), times: fc.constantFrom(0.5, 1, 2) }),
    ),
  }),
  fc.record({
    fact: fc.constant("feature.history_months"),
    op: fc.constantFrom("between", "not-between"),
    value: fc.tuple(small, small).map(([a, b]) => [Math.min(a, b), Math.max(a, b)]),
  }),
  fc.record({ fact: fc.constant("request.lenders"), op: fc.constantFrom("in", "not-in"), value: fc.array(small, { minLength: 1 }) }),
  fc.record({ fact: fc.constant("request.taxArrears"), op: fc.constantFrom("eq", "ne"), value: fc.boolean() }),
  fc.record({
    fact: fc.constant("request.taxGrade"),
    op: fc.constantFrom("eq", "ne", "lt", "le", "gt", "ge"),
    value: fc.constantFrom(...GRADES),
  }),
  fc.record({
    fact: fc.constant("request.qualifications"),
    op: fc.constantFrom("any-of", "all-of", "none-of", "not-all-of"),
    value: words,
  }),
  fc.record({
    fact: fc.constant("enterprise.region"),
    op: fc.constantFrom("within", "not-within"),
    value: fc.array(codes, { minLength: 1 }),
  }),
  fc.record({
    fact: fc.constant("enterprise.industry"),
    op: fc.constantFrom("within", "not-within"),
    value: fc.array(industry, { minLength: 1 }),
  }),
) as fc.Arbitrary<Comparison>;
const condition: fc.Arbitrary<Condition> = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    comparison,
    fc.record({ all: fc.array(tie("condition"), { minLength: 1, maxLength: 3 }) }),
    fc.record({ any: fc.array(tie("condition"), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie("condition") }),
  ),
})).condition;
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { freq: 3, nil: null });
const values: fc.Arbitrary<FactValues> = fc.record({
  "feature.sale_invoices_12m": maybe(small),
  "feature.history_months": maybe(small),
  "score.pd": maybe(small),
  "request.lenders": maybe(small),
  "request.taxArrears": maybe(fc.boolean()),
  "request.taxGrade": maybe(fc.constantFrom(...GRADES)),
  "request.qualifications": maybe(fc.subarray(["high-tech", "tech-sme", "green"])),
  "enterprise.region": maybe(codes),
  "enterprise.industry": maybe(industry),
});
const TRUTH = { pass: "T", unknown: "U", near: "F", fail: "F" } as const;

const rule = (id: string, when: Condition, more: Partial<Rule> = {}): Rule => ({
  id,
  title: { zh: id, en: id },
  when,
  unless: [],
  citation: "assumption",
  validFrom: null,
  validTo: null,
  ...more,
});
const DAY = "2025-06-01" as IsoDate;
const judge = (rules: readonly Rule[], facts: FactValues) => evaluateRules(compileRules(rules, DAY), factRow(facts));

describe("three values", () => {
  test("compiled closures say what the naive interpreter says", () =>
    fc.assert(
      fc.property(condition, values, (asked, facts) => {
        expect(TRUTH[compileCondition(asked)(factRow(facts)).outcome]).toBe(naive(asked, facts));
      }),
      { numRuns: 3000 },
    ));

  test("with exceptions a rule is what it asks for, or one of them", () =>
    fc.assert(
      fc.property(condition, fc.array(condition, { minLength: 1, maxLength: 3 }), values, (when, exceptions, facts) => {
        const unless = exceptions.map((each) => ({ title: { zh: "", en: "" }, when: each, citation: "assumption" }));
        const [found] = judge([rule("r", when, { unless })], facts);
        expect(TRUTH[found!.outcome]).toBe([when, ...exceptions].map((each) => naive(each, facts)).reduce(or, "F"));
      }),
      { numRuns: 1000 },
    ));

  test("carrying a not down to the looks changes no truth, and leaves none", () =>
    fc.assert(
      fc.property(condition, values, (asked, facts) => {
        const pushed = withoutNot(asked);
        expect(naive(pushed, facts)).toBe(naive(asked, facts));
        expect(JSON.stringify(pushed)).not.toContain('"not":');
      }),
    ));

  test("what is unknown may turn out either way, but what is known stays: a fact that arrives never turns pass into fail", () =>
    fc.assert(
      fc.property(condition, values, values, (asked, facts, arriving) => {
        const before = compileCondition(asked)(factRow(facts)).outcome;
        const full = Object.fromEntries(Object.entries(facts).map(([id, value]) => [id, value ?? arriving[id] ?? null]));
        if (before !== "unknown") expect(TRUTH[compileCondition(asked)(factRow(full)).outcome]).toBe(TRUTH[before]);
      }),
      { numRuns: 1000 },
    ));

  test("an unknown outcome names records, and once those facts are known it is unknown no more", () =>
    fc.assert(
      fc.property(condition, values, values, (asked, facts, arriving) => {
        const row = factRow(facts);
        const found = compileCondition(asked)(row);
        const open = settledBy(found, row);
        expect(open.length > 0).toBe(found.outcome === "unknown");
        for (const { fact, record, recordName } of open) {
          expect(record).not.toBe("");
          expect(recordName.zh).not.toBe("");
          expect(facts[fact] === null || fact.startsWith("enterprise.")).toBe(true);
        }
        void arriving;
      }),
      { numRuns: 1000 },
    ));

  test("the order of rules changes neither a rule's outcome nor that of all", () =>
    fc.assert(
      fc.property(fc.array(condition, { maxLength: 6 }), values, fc.infiniteStream(fc.nat()), (asked, facts, random) => {
        const rules = asked.map((when, i) => rule(`r${i}`, when));
        const turned = rules
          .map((each) => ({ each, key: random.next().value as number }))
          .toSorted((a, b) => a.key - b.key)
          .map(({ each }) => each);
        const one = judge(rules, facts);
        const other = judge(turned, facts);
        expect(outcomeOf(other)).toBe(outcomeOf(one));
        for (const [i, each] of turned.entries()) expect(other[i]!.outcome).toBe(one[rules.indexOf(each)]!.outcome);
      }),
    ));

  test("more of what is asked for at least never lowers an outcome", () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1000 }),
        fc.integer({ min: 0, max: 1000 }),
        fc.integer({ min: 0, max: 500 }),
        (bound, own, more) => {
          const at = (income: number) =>
            judge([rule("income", { fact: "feature.net_sales_12m", op: "ge", value: bound })], { "feature.net_sales_12m": income })[0]!;
          expect(rankOf(at(own + more).outcome)).toBeGreaterThanOrEqual(rankOf(at(own).outcome));
        },
      ),
    ));
});

test("compiled together, lists of rules say what each says by itself", () =>
  fc.assert(
    fc.property(
      fc.array(fc.array(condition, { maxLength: 4 }), { maxLength: 4 }),
      fc.array(condition, { maxLength: 2 }),
      values,
      (asked, shared, facts) => {
        const lists = asked.map((each) => [...each, ...shared].map((when, i) => rule(`r${i}`, when)));
        const book = compileBook(lists);
        const row = factRow(facts);
        const plain = (findings: readonly { outcome: string; gap: number | null; share: number | null }[]) =>
          findings.map(({ outcome, gap, share }) => ({ outcome, gap, share }));
        expect(lists.map((_, k) => plain(findingsOf(book, evaluateBook(book, row), k)))).toEqual(
          lists.map((rules) => plain(judge(rules, facts))),
        );
      },
    ),
  ));

describe("near, and how far", () => {
  const income = (value: number | null, near?: Comparison["near"]) => {
    const asked: Comparison = { fact: "feature.net_sales_12m", op: "ge", value: 100_000_000, ...(near ? { near } : {}) };
    const row = factRow({ "feature.net_sales_12m": value });
    const found = compileCondition(asked)(row);
    return { found, words: findingText(found, row) };
  };
  test("within a tenth of the bound is near; the gap is in the unit and as a share", () => {
    expect(income(100_000_000).found.outcome).toBe("pass");
    expect(income(90_000_000).found).toMatchObject({ outcome: "near", gap: 10_000_000, share: 0.1 });
    expect(income(84_200_000).found).toMatchObject({ outcome: "fail", gap: 15_800_000, share: 0.158 });
    expect(income(null).found.outcome).toBe("unknown");
    expect(income(84_200_000, { share: 0.2 }).found.outcome).toBe("near");
    expect(income(84_200_000, { amount: 15_800_000 }).found.outcome).toBe("near");
    expect(income(84_199_999, { amount: 15_800_000 }).found.outcome).toBe("fail");
  });
  test("in words, in both languages", () => {
    expect(income(84_200_000).words).toEqual({
      zh: "近12个月净销售额（不含税）：84.2 万元，要求不低于 100 万元，差 15.8 万元（15.8%）",
      en: "Net sales before tax, last 12 months: 842,000 yuan, asked for: at least 1,000,000 yuan; off by 158,000 yuan (15.8 %)",
    });
    expect(income(null).words.zh).toBe("近12个月净销售额（不含税）未知（要求不低于 100 万元）；提供销项发票可以确定");
  });
  test("a grade is near within one step of its order", () => {
    const at = (grade: string) => {
      const row = factRow({ "request.taxGrade": grade });
      return compileCondition({ fact: "request.taxGrade", op: "ge", value: "B" })(row);
    };
    expect(at("A").outcome).toBe("pass");
    expect(at("M")).toMatchObject({ outcome: "near", gap: 1 });
    expect(at("C")).toMatchObject({ outcome: "fail", gap: 2 });
  });
  test("a negated look keeps its near: not at most 100 is above 100", () => {
    const row = factRow({ "request.lenders": 3 });
    expect(compileCondition({ not: { fact: "request.lenders", op: "le", value: 3 } })(row)).toMatchObject({ outcome: "near", gap: 0 });
  });
  test("of several gaps, all of needs the largest closed and any of the smallest", () => {
    const asked: Condition[] = [
      { fact: "feature.net_sales_12m", op: "ge", value: 100 },
      { fact: "feature.history_months", op: "ge", value: 20 },
    ];
    const row = factRow({ "feature.net_sales_12m": 95, "feature.history_months": 18 });
    expect(decisiveGap(compileCondition({ all: asked })(row))).toMatchObject({ share: 0.1 });
    expect(decisiveGap(compileCondition({ any: asked })(row))).toMatchObject({ share: 0.05 });
  });
  test("a code coarser than the one asked for leaves it open", () => {
    const at = (code: string) =>
      compileCondition({ fact: "enterprise.region", op: "within", value: ["340100"] })(factRow({ "enterprise.region": code }));
    expect(at("340104").outcome).toBe("pass");
    expect(at("340000").outcome).toBe("unknown");
    expect(at("341000").outcome).toBe("fail");
  });
});

test("amounts are written as the language itself rounds and groups them", () => {
  const numbers = fc.oneof(
    fc.integer({ min: -2_000_000_000, max: 2_000_000_000 }).chain((whole) => fc.constantFrom(whole, whole / 1000, whole / 200, whole / 20)),
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 }),
  );
  fc.assert(
    fc.property(numbers, (value) => {
      for (const digits of [1, 2] as const) expect(plain(value, digits)).toBe(String(Number(value.toFixed(digits))));
      expect(grouped(Math.round(value))).toBe(String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ","));
    }),
    { numRuns: 3000 },
  );
});

describe("rules", () => {
  test("are in force from their first to their last day", () => {
    const dated = rule(
      "r",
      { fact: "request.lenders", op: "le", value: 3 },
      { validFrom: "2025-01-01" as IsoDate, validTo: "2025-06-30" as IsoDate },
    );
    const on = (day: string) => compileRules([dated], day as IsoDate).length;
    expect([on("2024-12-31"), on("2025-01-01"), on("2025-06-30"), on("2025-07-01")]).toEqual([0, 1, 1, 0]);
  });
  test("read as a sentence", () => {
    expect(
      conditionText({
        any: [
          { fact: "request.taxGrade", op: "in", value: ["A", "B"] },
          {
            all: [
              { fact: "request.taxGrade", op: "eq", value: "M" },
              { fact: "request.lenders", op: "le", value: 2 },
            ],
          },
        ],
      }),
    ).toEqual({
      zh: "纳税信用等级为以下之一：A级、B级，或（纳税信用等级为M级，且现有融资机构数不超过 2）",
      en: "Tax credit grade one of A, B or (Tax credit grade is M and Lenders with an outstanding loan at most 2)",
    });
  });
  test("no two facts share a name, and every fact says what settles it", () => {
    expect(new Set(factCatalogue.map(({ id }) => id)).size).toBe(factCatalogue.length);
    for (const { id, name, settledBy: by } of factCatalogue)
      expect([id, name.zh !== "" && name.en !== "" && by.name.zh !== ""]).toEqual([id, true]);
  });
});

import { ZenEngine } from "@gorules/zen-engine";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { IsoDate } from "../basics/index.ts";
import type { Comparison, Condition, Rule } from "./document.ts";
import { compileRules, evaluateRules, outcomeOf } from "./eligibility.ts";
import { type FactValues, factRow } from "./facts.ts";
import { fromJdm, toJdm, toJdmInput } from "./jdm.ts";

const DAY = "2025-06-01" as IsoDate;
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
const product = (eligibility: readonly Rule[], id = "p") => ({ id, version: 1, title: { zh: "产品", en: "Product" }, eligibility });

const small = fc.integer({ min: -3, max: 6 });
const GRADES = ["D", "C", "M", "B", "A"];
const codes = fc.constantFrom("110000", "110101", "340000", "340100", "341003");
const comparison: fc.Arbitrary<Comparison> = fc.oneof(
  fc.record({
    fact: fc.constantFrom("feature.history_months", "score.pd"),
    op: fc.constantFrom("eq", "ne", "lt", "le", "gt", "ge"),
    value: fc.oneof(small, fc.record({ fact: fc.constant("request.lenders"), times: fc.constantFrom(0.5, 1, 2) })),
  }),
  fc.record({
    fact: fc.constant("feature.history_months"),
    op: fc.constantFrom("between", "not-between"),
    value: fc.tuple(small, small).map(([a, b]) => [Math.min(a, b), Math.max(a, b)]),
  }),
  fc.record({
    fact: fc.constant("request.lenders"),
    op: fc.constantFrom("in", "not-in"),
    value: fc.array(small, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    fact: fc.constantFrom("request.taxArrears", "profile.flag.sales-stopped"),
    op: fc.constantFrom("eq", "ne"),
    value: fc.boolean(),
  }),
  fc.record({ fact: fc.constant("request.taxGrade"), op: fc.constantFrom("eq", "ne"), value: fc.constantFrom(...GRADES) }),
  fc.record({ fact: fc.constant("request.taxGrade"), op: fc.constantFrom("lt", "le", "gt", "ge"), value: fc.constantFrom("C", "M", "B") }),
  fc.record({
    fact: fc.constant("request.qualifications"),
    op: fc.constantFrom("any-of", "all-of", "none-of", "not-all-of"),
    value: fc.subarray(["high-tech", "green"], { minLength: 1 }),
  }),
  fc.record({
    fact: fc.constant("enterprise.region"),
    op: fc.constantFrom("within", "not-within"),
    value: fc.array(codes, { minLength: 1, maxLength: 2 }),
  }),
) as fc.Arbitrary<Comparison>;
const condition: fc.Arbitrary<Condition> = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { depthSize: "xsmall", withCrossShrink: true },
    comparison,
    fc.record({ all: fc.array(tie("condition"), { minLength: 1, maxLength: 2 }) }),
    fc.record({ any: fc.array(tie("condition"), { minLength: 1, maxLength: 2 }) }),
    fc.record({ not: tie("condition") }),
  ),
})).condition;
const rules = fc.array(fc.tuple(condition, fc.array(condition, { maxLength: 1 })), { minLength: 1, maxLength: 4 }).map((all) =>
  all.map(([when, unless], i) =>
    rule(`r${i}`, when, {
      unless: unless.map((each) => ({ title: { zh: "例外", en: "exception" }, when: each, citation: "assumption" })),
    }),
  ),
);
const known = {
  "feature.history_months": small,
  "score.pd": small,
  "request.lenders": small,
  "request.taxArrears": fc.boolean(),
  "profile.flag.sales-stopped": fc.boolean(),
  "request.taxGrade": fc.constantFrom(...GRADES),
  "request.qualifications": fc.subarray(["high-tech", "tech-sme", "green"]),
  "enterprise.region": fc.constantFrom("110101", "340104", "341003"),
};
const ours = (eligibility: readonly Rule[], facts: FactValues) => outcomeOf(evaluateRules(compileRules(eligibility, DAY), factRow(facts)));

describe("JDM", () => {
  test("ZEN finds a row for a product just where all its rules pass", async () => {
    const engine = new ZenEngine();
    await fc.assert(
      fc.asyncProperty(rules, fc.record(known), async (eligibility, facts) => {
        const decision = engine.createDecision(Buffer.from(JSON.stringify(toJdm([product(eligibility)]))));
        const { result } = (await decision.evaluate(toJdmInput(facts), { trace: false })) as { result: unknown[] };
        expect(result.length > 0).toBe(ours(eligibility, facts) === "pass");
      }),
      { numRuns: 400 },
    );
    engine.dispose();
  });

  test("where a fact is not known, ZEN finds a row only where we pass without it", async () => {
    const engine = new ZenEngine();
    const maybe = Object.fromEntries(
      Object.entries(known).map(([id, each]) => [id, fc.option(each as fc.Arbitrary<unknown>, { nil: null })]),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(comparison, { minLength: 1, maxLength: 4 }), fc.record(maybe), async (looks, facts) => {
        const eligibility = looks.map((when, i) => rule(`r${i}`, when));
        const decision = engine.createDecision(Buffer.from(JSON.stringify(toJdm([product(eligibility)]))));
        const { result } = (await decision.evaluate(toJdmInput(facts), { trace: false })) as { result: unknown[] };
        expect(result.length > 0).toBe(ours(eligibility, facts as FactValues) === "pass");
      }),
      { numRuns: 1500 },
    );
    engine.dispose();
  });

  test("what is written out is read back whole: ids, titles, citations, exceptions, near", () =>
    fc.assert(
      fc.property(fc.array(rules, { minLength: 1, maxLength: 3 }), (all) => {
        const read = fromJdm(JSON.parse(JSON.stringify(toJdm(all.map((eligibility, i) => product(eligibility, `p${i}`))))));
        if (!read.ok) throw new Error(JSON.stringify(read.error));
        for (const [i, row] of read.value.entries()) {
          expect(row.outputs).toEqual({ product: `p${i}`, version: 1 });
          expect(row.rules.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(JSON.parse(JSON.stringify(all[i])));
        }
      }),
      { numRuns: 200 },
    ));

  test("without our own key the cells alone mean the same", () =>
    fc.assert(
      fc.property(rules, fc.record(known), (eligibility, facts) => {
        const jdm = JSON.parse(JSON.stringify(toJdm([product(eligibility)])), (key, value: unknown) =>
          key === "_zhiwei" ? undefined : value,
        ) as unknown;
        const read = fromJdm(jdm);
        if (!read.ok) throw new Error(JSON.stringify(read.error));
        expect(ours(read.value[0]!.rules, facts) === "pass").toBe(ours(eligibility, facts) === "pass");
      }),
      { numRuns: 500 },
    ));

  test("a table made elsewhere: ranges, lists, comparisons, empty cells", () => {
    const table = (cell: string, field: string | undefined) => ({
      nodes: [
        {
          type: "decisionTableNode",
          content: { hitPolicy: "first", inputs: [{ id: "a", name: "A", field }], outputs: [], rules: [{ _id: "1", a: cell }] },
        },
      ],
    });
    const read = (cell: string, field?: string) => {
      const found = fromJdm(table(cell, field));
      return found.ok ? found.value[0]!.rules.map(({ when }) => when) : found.error.map(({ at, text }) => `${at}: ${text.en}`);
    };
    const fact = "request.lenders";
    expect(read("[1..5)", fact)).toEqual([
      {
        all: [
          { fact, op: "ge", value: 1 },
          { fact, op: "lt", value: 5 },
        ],
      },
    ]);
    expect(read("1, 2, > 10", fact)).toEqual([
      {
        any: [
          { fact, op: "eq", value: 1 },
          { fact, op: "eq", value: 2 },
          { fact, op: "gt", value: 10 },
        ],
      },
    ]);
    expect(read("'A', 'B'", "request.taxGrade")).toEqual([
      {
        any: [
          { fact: "request.taxGrade", op: "eq", value: "A" },
          { fact: "request.taxGrade", op: "eq", value: "B" },
        ],
      },
    ]);
    expect(read("3 <= request.lenders and not (request.taxArrears)")).toEqual([
      { all: [{ fact, op: "ge", value: 3 }, { not: { fact: "request.taxArrears", op: "eq", value: true } }] },
    ]);
    expect(read("  ", fact)).toEqual([]);
    expect(read("> 5", "customer.age")).toEqual(['nodes.0.content.rules.0.a: there is no fact "customer.age" in the catalogue']);
    expect(read("len($) > 5", fact)).toEqual(['nodes.0.content.rules.0.a: there is no fact "len" in the catalogue']);
    expect(read('> "A"', "request.lenders")).toEqual(["nodes.0.content.rules.0.a.value: should be a number"]);
    expect(fromJdm({}).ok).toBe(false);
  });
});

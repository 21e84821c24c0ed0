import fc from "fast-check";
import { expect, test } from "vitest";
import { type Comparison, type Operator, type Product, checkProduct, factById, factCatalogue, operatorsOf } from "@zhiwei/core/product";
import { demoProducts } from "../../../demo/products.ts";
import {
  type TypedUnit,
  blankProduct,
  emptied,
  everyday,
  faultsOf,
  freeId,
  hasNear,
  hasShape,
  joined,
  misfitOf,
  moved,
  newRule,
  pathOfRefusal,
  typed,
  untyped,
  withFact,
  withOperator,
  withoutPart,
} from "./draft.ts";

const products = demoProducts();
const base = products[0]!;

test("money is typed in ten thousands of yuan and kept in whole fen; shares and basis points are typed in per cent", () => {
  expect(untyped("50", "fen")).toBe(50_000_000);
  expect(typed(50_000_000, "fen")).toBe("50");
  expect(untyped("1,234.5678", "fen")).toBe(1_234_567_800);
  expect(untyped("12.5", "ratio")).toBe(0.125);
  expect(typed(0.07, "ratio")).toBe("7");
  expect(untyped("3.45", "bp")).toBe(345);
  expect(typed(-30, "bp")).toBe("-0.3");
  expect(untyped("0.29", "share")).toBe(0.0029);
  for (const text of ["", "abc", "1e3", "1.2.3", "--1", "NaN"]) expect(untyped(text, "fen")).toBeNaN();
  expect(typed(Number.NaN, "fen")).toBe("");
});

test("what is shown, typed back, is the same value, in every unit", () => {
  const units: TypedUnit[] = ["fen", "yuan", "ratio", "share", "bp", "per-month", "months", "days", "points", "count", "times"];
  fc.assert(
    fc.property(fc.constantFrom(...units), fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }), (unit, whole) => {
      const value = everyday(unit).size < 1 ? Number((whole / 10_000).toPrecision(12)) : whole;
      expect(untyped(typed(value, unit), unit)).toBe(value === 0 ? 0 : value);
    }),
  );
});

/** What a rule may look at, as listFacts offers it. */
const offered = factCatalogue.filter((fact) => fact.movedBySplitting === null);

test("whatever fact and operator are chosen, the comparison is one that the fact allows, once its figure is filled in", () => {
  fc.assert(
    fc.property(fc.constantFrom(...offered), fc.constantFrom(...offered), fc.nat(), (a, b, n) => {
      const operators = operatorsOf(b);
      const op = operators[n % operators.length]!;
      const chosen = withOperator(withFact(withFact(null, a.id), b.id), op);
      expect(chosen).toMatchObject({ fact: b.id, op });
      const product = { ...base, eligibility: [{ ...newRule([], b.id), when: chosen }] };
      // What is left to be put right is the value alone, never the fact or the operator.
      for (const { at } of checkProduct(product)) expect(at).toMatch(/^eligibility\.0\.when\.value/);
    }),
  );
});

test("another operator keeps the figure where it fits", () => {
  const at = (op: Operator, value: Comparison["value"]): Comparison => ({ fact: "enterprise.ageMonths", op, value });
  expect(withOperator(at("ge", 24), "gt").value).toBe(24);
  expect(withOperator(at("ge", 24), "between").value).toEqual([24, Number.NaN]);
  expect(withOperator(at("between", [12, 36]), "le").value).toBe(12);
  expect(withOperator({ ...at("ge", 24), near: { amount: 3 } }, "le").near).toEqual({ amount: 3 });
  expect(withOperator({ ...at("ge", 24), near: { amount: 3 } }, "ne").near).toBeUndefined();
  expect(hasNear({ fact: "request.taxGrade", op: "in", value: ["A"] })).toBe(false);
  expect(hasNear({ fact: "request.taxGrade", op: "ge", value: "B" })).toBe(true);
});

test("conditions join and come apart", () => {
  const a = withFact(null, "enterprise.ageMonths");
  const b = withFact(null, "request.taxArrears");
  expect(joined(a, "all", b)).toEqual({ all: [a, b] });
  expect(joined({ all: [a] }, "all", b)).toEqual({ all: [a, b] });
  expect(joined({ all: [a] }, "any", b)).toEqual({ any: [{ all: [a] }, b] });
  expect(withoutPart([a, b], "any", 0)).toEqual(b);
  expect(withoutPart([a, b, a], "any", 0)).toEqual({ any: [b, a] });
});

test("every product that comes with the demonstration stands in the editor without a fault", () => {
  expect(products.length).toBeGreaterThanOrEqual(24);
  for (const product of products) expect(faultsOf(product), product.id).toEqual([]);
});

test("a blank product says what it lacks; filled in, it lacks nothing", () => {
  const blank = blankProduct(
    "new-loan",
    { id: "demo-bank-a", name: { zh: "示范银行甲", en: "Demonstration Bank A" }, kind: "bank" },
    "2026-01-01",
  );
  expect(faultsOf(blank).map(({ at }) => at)).toEqual(["title.zh", "title.en", "summary.zh", "summary.en"]);
  const words = { zh: "新产品", en: "New" };
  const whole: Product = { ...blank, title: words, summary: words };
  expect(faultsOf(whole)).toEqual([]);
  const rule = newRule([], "enterprise.ageMonths");
  expect(faultsOf({ ...whole, eligibility: [rule] }).map(({ at }) => at)).toEqual(["eligibility.0.when.value"]);
  expect(faultsOf({ ...whole, limit: { ...whole.limit, maxFen: 1 as Product["limit"]["maxFen"] } }).map(({ at }) => at)).toContain(
    "limit.minFen",
  );
});

test("a document from elsewhere is shown in fields only as far as they can show it", () => {
  expect(misfitOf({ ...base, eligibility: [{}] })?.at).toBe("eligibility.0");
  expect(misfitOf({ ...base, term: { ...base.term, minMonths: 0 } })?.at).toBe("term.minMonths");
  expect(misfitOf("text")?.at).toBe("");
  expect(misfitOf(base)).toBeNull();
  const revenue = factById("enterprise.revenueFen")!;
  expect(hasShape(revenue, "between", 5)).toBe(false);
  expect(hasShape(revenue, "ge", [1])).toBe(false);
  expect(hasShape(revenue, "ge", { fact: "request.amountFen", times: 2 })).toBe(true);
  expect(hasShape(factById("request.taxGrade")!, "in", "A")).toBe(false);
  fc.assert(
    fc.property(fc.constantFrom(...factCatalogue), fc.nat(), (fact, n) => {
      const operators = operatorsOf(fact);
      const op = operators[n % operators.length]!;
      expect(hasShape(fact, op, emptied({ fact: fact.id, op, value: "" }).value)).toBe(true);
    }),
  );
});

test("lists, ids and refusals", () => {
  expect(moved([1, 2, 3], 0, 1)).toEqual([2, 1, 3]);
  expect(moved([1, 2, 3], 0, -1)).toEqual([1, 2, 3]);
  expect(freeId("rule", [{ id: "rule" }, { id: "rule-2" }])).toBe("rule-3");
  expect(freeId("rule-2", [{ id: "rule-2" }])).toBe("rule-3");
  expect(pathOfRefusal("The product document at limit.minFen: the smallest amount exceeds the largest.")).toBe("limit.minFen");
  expect(pathOfRefusal("Something else")).toBeNull();
});

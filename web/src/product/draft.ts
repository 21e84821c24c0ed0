import { Check, Errors } from "typebox/value";
import { ProductSchema } from "@zhiwei/api/product.schema";
import type { Language } from "@zhiwei/core/basics";
import {
  type Comparison,
  type Condition,
  type Fact,
  type FactUnit,
  type Fault,
  type Operand,
  type Operator,
  PRODUCT_SCHEMA,
  type Product,
  type Rule,
  checkProduct,
  factById,
  isTimesFact,
  operatorsOf,
} from "@zhiwei/core/product";

/** What the editor does with a product document: pure, so that it can be tried without a browser. */

/** How a unit is typed: how many of the document's unit make one of the reader's, and what that one is called. */
export type Everyday = { readonly size: number; readonly zh: string; readonly en: string };
export type TypedUnit = FactUnit | "yuan" | "share" | "bp" | "times";
const UNITS: Readonly<Record<TypedUnit, Everyday>> = {
  fen: { size: 1_000_000, zh: "万元", en: "× 10,000 yuan" },
  yuan: { size: 100, zh: "元", en: "yuan" },
  ratio: { size: 0.01, zh: "%", en: "%" },
  share: { size: 0.01, zh: "%", en: "%" },
  bp: { size: 100, zh: "%", en: "%" },
  "per-month": { size: 0.01, zh: "% / 月", en: "% a month" },
  months: { size: 1, zh: "个月", en: "months" },
  days: { size: 1, zh: "天", en: "days" },
  years: { size: 1, zh: "岁", en: "years" },
  mu: { size: 1, zh: "亩", en: "mu" },
  points: { size: 1, zh: "分", en: "points" },
  count: { size: 1, zh: "", en: "" },
  times: { size: 1, zh: "倍", en: "times" },
};
export const everyday = (unit: TypedUnit): Everyday => UNITS[unit];
export const unitName = (unit: TypedUnit, language: Language): string => UNITS[unit][language];

/** A value of the document as it is typed; twelve digits hide what division by ten cannot keep. */
export const typed = (value: number, unit: TypedUnit): string =>
  Number.isFinite(value) ? String(Number((value / UNITS[unit].size).toPrecision(12))) : "";

/** What was typed as a value of the document, money in whole fen; NaN where it is no number. */
export const untyped = (text: string, unit: TypedUnit): number => {
  const plain = text.replaceAll(/[\s,，]/g, "").replace("−", "-");
  if (!/^-?(?:\d+\.?\d*|\.\d+)$/.test(plain)) return Number.NaN;
  const value = Number(plain) * UNITS[unit].size;
  return unit === "fen" || unit === "yuan" || unit === "bp" ? Math.round(value) : Number(value.toPrecision(12));
};

// ── Conditions ──

const LISTS: readonly Operator[] = ["in", "not-in", "within", "not-within", "any-of", "all-of", "none-of", "not-all-of"];
export const isListed = (op: Operator): boolean => LISTS.includes(op);
export const isRanged = (op: Operator): boolean => op === "between" || op === "not-between";

/** The value that a comparison starts with: never one that passes unseen where a figure has to be chosen. */
const firstValue = (fact: Fact, op: Operator): Operand => {
  const { type } = fact;
  if (type.kind === "number") return isRanged(op) ? [Number.NaN, Number.NaN] : isListed(op) ? [] : Number.NaN;
  if (type.kind === "boolean") return true;
  if (isListed(op)) return [];
  return type.kind === "word" ? (Object.keys(type.words)[0] ?? "") : "";
};

/** Whether a value has the shape that fields can show: a document from elsewhere may have a number where a range is asked for. */
export const hasShape = (fact: Fact, op: Operator, value: Operand): boolean => {
  const list = Array.isArray(value) ? (value as readonly unknown[]) : null;
  if (fact.type.kind === "number" && isRanged(op)) return list?.length === 2 && list.every((each) => typeof each === "number");
  if (isListed(op)) return list !== null;
  return list === null && (fact.type.kind === "number" ? typeof value === "number" || isTimesFact(value) : !isTimesFact(value));
};
/** The comparison with its value to be filled in anew. */
export const emptied = (comparison: Comparison): Comparison => ({
  ...comparison,
  value: firstValue(factById(comparison.fact)!, comparison.op),
});

/** A comparison of another fact: with the operator it had, where that still fits, and a value to be filled in. */
export const withFact = (before: Comparison | null, id: string): Comparison => {
  const fact = factById(id)!;
  const operators = operatorsOf(fact);
  const usual: Operator = fact.type.kind === "number" || operators.includes("ge") ? "ge" : operators[0]!;
  const op = before && operators.includes(before.op) ? before.op : usual;
  return { fact: id, op, value: firstValue(fact, op) };
};

/** The comparison with another operator; what was typed is kept where it fits. */
export const withOperator = (comparison: Comparison, op: Operator): Comparison => {
  const fact = factById(comparison.fact)!;
  const { value, near } = comparison;
  const shape = (each: Operator) => (isRanged(each) ? "range" : isListed(each) ? "list" : "one");
  const [from, to] = [shape(comparison.op), shape(op)];
  const first = Array.isArray(value) ? (value as readonly (number | string)[])[0] : isTimesFact(value) ? undefined : value;
  let kept: Operand = firstValue(fact, op);
  if (from === to) kept = isTimesFact(value) && (op === "in" || op === "not-in") ? kept : value;
  else if (first !== undefined && typeof first !== "boolean")
    kept = to === "one" ? first : to === "range" ? [first as number, Number.NaN] : ([first] as readonly string[] | readonly number[]);
  const next: Comparison = { fact: comparison.fact, op, value: kept };
  return near !== undefined && hasNear(next) ? { ...next, near } : next;
};

const ORDER: readonly Operator[] = ["lt", "le", "gt", "ge"];
/** Whether a comparison can be missed by little. */
export const hasNear = ({ fact, op }: Comparison): boolean =>
  op !== "ne" &&
  op !== "in" &&
  op !== "not-in" &&
  (factById(fact)?.type.kind === "number" || (factById(fact)?.type.kind === "word" && ORDER.includes(op)));

/** A further condition beside this one: a group of one kind takes it in, anything else becomes a group's first part. */
export const joined = (condition: Condition, by: "all" | "any", further: Condition): Condition => {
  if (by === "all" && "all" in condition) return { all: [...condition.all, further] };
  if (by === "any" && "any" in condition) return { any: [...condition.any, further] };
  return by === "all" ? { all: [condition, further] } : { any: [condition, further] };
};

/** A group without one of its parts; a group of one is that one. */
export const withoutPart = (parts: readonly Condition[], by: "all" | "any", at: number): Condition => {
  const left = parts.filter((_, i) => i !== at);
  const [only] = left;
  if (left.length === 1 && only) return only;
  return by === "all" ? { all: left } : { any: left };
};

// ── Lists ──

export const replaced = <T>(list: readonly T[], at: number, value: T): readonly T[] => list.map((each, i) => (i === at ? value : each));
export const removed = <T>(list: readonly T[], at: number): readonly T[] => list.filter((_, i) => i !== at);
export const moved = <T>(list: readonly T[], at: number, by: -1 | 1): readonly T[] => {
  const to = at + by;
  if (to < 0 || to >= list.length) return list;
  const next = [...list];
  [next[at], next[to]] = [next[to]!, next[at]!];
  return next;
};

/** An id that the list does not have yet: `rule`, `rule-2` … */
export const freeId = (stem: string, taken: readonly { readonly id: string }[]): string => {
  const ids = new Set(taken.map(({ id }) => id));
  const base = stem.replace(/-\d+$/, "");
  if (!ids.has(stem)) return stem;
  for (let n = 2; ; n++) if (!ids.has(`${base}-${n}`)) return `${base}-${n}`;
};

export const newRule = (rules: readonly Rule[], fact: string): Rule => ({
  id: freeId("rule", rules),
  title: factById(fact)?.name ?? { zh: "", en: "" },
  when: withFact(null, fact),
  unless: [],
  citation: "assumption",
  validFrom: null,
  validTo: null,
});

/** A product to begin with: nothing is promised, and what has to be said is empty and marked so. */
export const blankProduct = (id: string, provider: Product["provider"], from: string): Product => ({
  schema: PRODUCT_SCHEMA,
  id,
  version: 1,
  kind: "credit-loan",
  title: { zh: "", en: "" },
  summary: { zh: "", en: "" },
  provider,
  sources: [],
  offered: { from: from as Product["offered"]["from"], to: null, regions: [], sectors: [], notSectors: [] },
  eligibility: [],
  limit: {
    take: "least",
    terms: [
      {
        id: "net-sales",
        title: { zh: "近12个月净销售额的一定倍数", en: "A share of net sales, last 12 months" },
        fact: "feature.net_sales_12m",
        times: 0.1,
        citation: "assumption",
      },
    ],
    minFen: 1_000_000 as Product["limit"]["minFen"],
    maxFen: 100_000_000 as Product["limit"]["maxFen"],
    stepFen: 1_000_000 as Product["limit"]["stepFen"],
    exposure: null,
    citation: "assumption",
  },
  price: {
    base: "lpr-1y",
    rows: [{ when: null, title: { zh: "所有企业", en: "Every enterprise" }, spreadBp: 100 }],
    floorBp: null,
    ceilingBp: null,
    citation: "assumption",
  },
  term: { minMonths: 1, maxMonths: 12, usualMonths: 12, revolving: false },
  repayment: { methods: ["interest-monthly"], everyMonths: 1, dayCount: "actual/365" },
  fees: [],
  subsidies: [],
  documents: [],
  security: [],
  riskSharing: null,
  daysToFunds: 5,
  assumptions: [],
});

/**
 * Where a document breaks the published schema, by the interpreter of schemas: the compiler that the server uses would make code out of
 * text, which this page forbids itself. Null where it fits.
 */
export const misfitOf = (document: unknown): Fault | null => {
  if (Check(ProductSchema, document)) return null;
  const [error] = Errors(ProductSchema, document);
  const rule = error?.message ?? "does not fit";
  return {
    at: error?.instancePath.replace(/^\//, "").replaceAll("/", ".") ?? "",
    text: { zh: `不符合公布的结构（${rule}）`, en: `does not fit the published schema (${rule})` },
  };
};

/** What is wrong with a draft before anybody else looks: figures that are none, words that lack, and what core finds. */
export const faultsOf = (product: Product): Fault[] => {
  const faults: Fault[] = [];
  const walk = (value: unknown, at: string, key: string): void => {
    if (typeof value === "number" && !Number.isFinite(value)) faults.push({ at, text: { zh: "请填写数字", en: "a number is needed" } });
    else if (typeof value === "string" && value.trim() === "" && (key === "zh" || key === "en" || key === "id" || key === "name"))
      faults.push({ at, text: { zh: "请填写", en: "is empty" } });
    else if (Array.isArray(value)) for (const [i, each] of value.entries()) walk(each, `${at}.${i}`, String(i));
    else if (typeof value === "object" && value !== null)
      for (const [name, each] of Object.entries(value)) walk(each, at === "" ? name : `${at}.${name}`, name);
  };
  walk(product, "", "");
  if (product.repayment.methods.length === 0)
    faults.push({ at: "repayment.methods", text: { zh: "至少选一种还款方式", en: "at least one method is needed" } });
  if (product.limit.terms.length === 0)
    faults.push({ at: "limit.terms", text: { zh: "至少要有一项额度依据", en: "at least one basis of the limit is needed" } });
  const known = new Set(faults.map(({ at }) => at));
  const all = [...faults, ...checkProduct(product).filter(({ at }) => !known.has(at))];
  const misfit = all.length === 0 ? misfitOf(product) : null;
  return misfit ? [misfit] : all;
};

/** The path that a refusal of the server names: "The product document at limit.minFen: …". */
export const pathOfRefusal = (english: string): string | null => /^The product document at ([\w.-]+):/.exec(english)?.[1] ?? null;

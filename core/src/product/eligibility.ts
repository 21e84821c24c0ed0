import type { IsoDate, Text } from "../basics/index.ts";
import type { Comparison, Condition, Near, Operand, Operator, Rule, TimesFact } from "./document.ts";
import { type Fact, type FactRow, type FactValue, amountText, factById, factPlace, factValueText } from "./facts.ts";

/**
 * What a rule says of an enterprise. As truth values, `near` is false: it only tells how false. On this chain "all of" is the
 * least and "any of" the greatest of its parts, which is Kleene's strong logic of three values (1952) once near and fail are read as one:
 * a false part settles "all of" though another is unknown, a true one settles "any of", and otherwise unknown stays unknown.
 */
export type Outcome = "fail" | "near" | "unknown" | "pass";
const RANK = { fail: 0, near: 1, unknown: 2, pass: 3 } as const satisfies Record<Outcome, number>;
const BY_RANK = ["fail", "near", "unknown", "pass"] as const satisfies readonly Outcome[];
export const outcomes = ["pass", "unknown", "near", "fail"] as const satisfies readonly Outcome[];

export const worse = (a: Outcome, b: Outcome): Outcome => (RANK[a] <= RANK[b] ? a : b);
export const better = (a: Outcome, b: Outcome): Outcome => (RANK[a] >= RANK[b] ? a : b);
export const rankOf = (outcome: Outcome): number => RANK[outcome];

/** A comparison made ready: its fact, its place in a row, and what it asks for in words. */
export type Test = { readonly comparison: Comparison; readonly fact: Fact; readonly place: number; readonly asked: Text };

/** What one look, or a group of them, found. `gap` is in the fact's unit (steps of ordered words), `share` of the bound. */
export type Finding = {
  readonly outcome: Outcome;
  /** Place of the outcome on the chain: fail 0, near 1, unknown 2, pass 3. */
  readonly rank: number;
  readonly of: "test" | "all" | "any" | "unless";
  readonly test: Test | null;
  readonly gap: number | null;
  readonly share: number | null;
  readonly parts: readonly Finding[];
};

type Evaluate = (row: FactRow) => Finding;

const NONE: readonly Finding[] = [];
const NEAR_SHARE = 0.1;

/** Each operator and the one that says the contrary, so that "not" can be carried down to the single looks. */
const CONTRARY: Readonly<Record<Operator, Operator>> = {
  eq: "ne",
  ne: "eq",
  lt: "ge",
  ge: "lt",
  gt: "le",
  le: "gt",
  between: "not-between",
  "not-between": "between",
  in: "not-in",
  "not-in": "in",
  within: "not-within",
  "not-within": "within",
  "any-of": "none-of",
  "none-of": "any-of",
  "all-of": "not-all-of",
  "not-all-of": "all-of",
};

/** The condition without any "not": De Morgan's rules hold in Kleene's logic, so the truth is the same, and near keeps its meaning. */
export const withoutNot = (condition: Condition, negated = false): Condition => {
  if ("not" in condition) return withoutNot(condition.not, !negated);
  if ("all" in condition) {
    const parts = condition.all.map((part) => withoutNot(part, negated));
    return negated ? { any: parts } : { all: parts };
  }
  if ("any" in condition) {
    const parts = condition.any.map((part) => withoutNot(part, negated));
    return negated ? { all: parts } : { any: parts };
  }
  return negated ? { ...condition, op: CONTRARY[condition.op] } : condition;
};

export const isTimesFact = (value: Operand): value is TimesFact =>
  typeof value === "object" && value !== null && !Array.isArray(value) && "fact" in value;

const still = (outcome: Outcome, test: Test): Finding => ({
  outcome,
  rank: RANK[outcome],
  of: "test",
  test,
  gap: null,
  share: null,
  parts: NONE,
});
const missed = (test: Test, gap: number, share: number | null, isNear: boolean): Finding => ({
  outcome: isNear ? "near" : "fail",
  rank: isNear ? RANK.near : RANK.fail,
  of: "test",
  test,
  gap,
  share,
  parts: NONE,
});

/** The gap to a bound as a finding; a bound of zero has no share. */
const measured = (near: Near | undefined): ((test: Test, gap: number, bound: number) => Finding) => {
  if (near && "amount" in near) {
    const { amount } = near;
    return (test, gap, bound) => missed(test, gap, bound === 0 ? null : gap / Math.abs(bound), gap <= amount);
  }
  const most = near?.share ?? NEAR_SHARE;
  return (test, gap, bound) => {
    if (bound === 0) return missed(test, gap, null, false);
    const share = gap / Math.abs(bound);
    return missed(test, gap, share, share <= most);
  };
};

/** Region codes lose the pairs of zeros that only fill them up; industry codes are their own beginning. */
const beginning = (code: string, of: "region" | "industry"): string => (of === "region" ? code.replace(/(?:00)+$/, "") : code);

const compileNumber = (test: Test, found: { pass: Finding; fail: Finding; unknown: Finding }): Evaluate => {
  const { comparison, place } = test;
  const { op, value } = comparison;
  const miss = measured(comparison.near);
  const { pass, fail, unknown } = found;
  if (op === "between" || op === "not-between") {
    const [low, high] = value as readonly [number, number];
    if (op === "not-between")
      return (row) => {
        const own = row[place];
        if (typeof own !== "number") return unknown;
        if (own < low || own > high) return pass;
        return own - low < high - own ? miss(test, own - low, low) : miss(test, high - own, high);
      };
    return (row) => {
      const own = row[place];
      if (typeof own !== "number") return unknown;
      if (own < low) return miss(test, low - own, low);
      return own > high ? miss(test, own - high, high) : pass;
    };
  }
  if (op === "in" || op === "not-in") {
    const wanted = new Set(value as readonly number[]);
    const inside = op === "in";
    return (row) => {
      const own = row[place];
      return typeof own !== "number" ? unknown : wanted.has(own) === inside ? pass : fail;
    };
  }
  const compare = (own: number, bound: number): Finding => {
    switch (op) {
      case "ge":
        return own >= bound ? pass : miss(test, bound - own, bound);
      case "gt":
        return own > bound ? pass : miss(test, bound - own, bound);
      case "le":
        return own <= bound ? pass : miss(test, own - bound, bound);
      case "lt":
        return own < bound ? pass : miss(test, own - bound, bound);
      case "eq":
        return own === bound ? pass : miss(test, Math.abs(own - bound), bound);
      default:
        return own !== bound ? pass : fail;
    }
  };
  if (isTimesFact(value)) {
    const other = factPlace(value.fact);
    const { times } = value;
    return (row) => {
      const own = row[place];
      const base = row[other];
      return typeof own !== "number" || typeof base !== "number" ? unknown : compare(own, base * times);
    };
  }
  const bound = value as number;
  // The four bounds that make up most rules, each with its operator known beforehand.
  switch (op) {
    case "ge":
      return (row) => {
        const own = row[place];
        return typeof own !== "number" ? unknown : own >= bound ? pass : miss(test, bound - own, bound);
      };
    case "le":
      return (row) => {
        const own = row[place];
        return typeof own !== "number" ? unknown : own <= bound ? pass : miss(test, own - bound, bound);
      };
    case "gt":
      return (row) => {
        const own = row[place];
        return typeof own !== "number" ? unknown : own > bound ? pass : miss(test, bound - own, bound);
      };
    case "lt":
      return (row) => {
        const own = row[place];
        return typeof own !== "number" ? unknown : own < bound ? pass : miss(test, own - bound, bound);
      };
    default:
      return (row) => {
        const own = row[place];
        return typeof own !== "number" ? unknown : compare(own, bound);
      };
  }
};

const compileOrdered = (test: Test, words: readonly string[], found: { pass: Finding; unknown: Finding }): Evaluate => {
  const { comparison, place } = test;
  const { op, near } = comparison;
  const bound = words.indexOf(comparison.value as string);
  const steps = near && "amount" in near ? near.amount : 1;
  const findings = new Map(
    words.map((word, at) => {
      const above = at - bound;
      const holds = op === "ge" ? above >= 0 : op === "le" ? above <= 0 : op === "gt" ? above > 0 : above < 0;
      const gap = Math.abs(above) + (op === "gt" || op === "lt" ? 1 : 0);
      return [word, holds ? found.pass : missed(test, gap, null, gap <= steps)] as const;
    }),
  );
  return (row) => findings.get(row[place] as string) ?? found.unknown;
};

const compileTest = (comparison: Comparison): Evaluate => {
  const fact = factById(comparison.fact);
  if (!fact) throw new RangeError(`no fact "${comparison.fact}"`);
  const place = factPlace(comparison.fact);
  const test: Test = { comparison, fact, place, asked: demand(fact, comparison) };
  const pass = still("pass", test);
  const fail = still("fail", test);
  const unknown = still("unknown", test);
  const { op, value } = comparison;
  const { type } = fact;
  if (type.kind === "number") return compileNumber(test, { pass, fail, unknown });
  if (type.kind === "word" && type.ordered && (op === "ge" || op === "gt" || op === "le" || op === "lt"))
    return compileOrdered(test, Object.keys(type.words), { pass, unknown });
  if (type.kind === "code" && (op === "within" || op === "not-within")) {
    const { of } = type;
    const wanted = (value as readonly string[]).map((code) => beginning(code, of));
    const [inside, outside] = op === "within" ? [pass, fail] : [fail, pass];
    const known = new Map<string, Finding>();
    return (row) => {
      const own = row[place];
      if (typeof own !== "string") return unknown;
      let finding = known.get(own);
      if (finding === undefined) {
        const start = beginning(own, of);
        finding = wanted.some((code) => start.startsWith(code))
          ? inside
          : wanted.some((code) => code.startsWith(start))
            ? unknown
            : outside;
        // A code coarser than the one asked for may lie inside or outside.
        if (known.size < 10_000) known.set(own, finding);
      }
      return finding;
    };
  }
  if (type.kind === "words") {
    const wanted = value as readonly string[];
    const positive = op === "any-of" || op === "all-of";
    const every = op === "all-of" || op === "not-all-of";
    return (row) => {
      const own = row[place];
      if (!Array.isArray(own)) return unknown;
      const list = own as readonly string[];
      const holds = every ? wanted.every((each) => list.includes(each)) : wanted.some((each) => list.includes(each));
      return holds === positive ? pass : fail;
    };
  }
  if (op === "in" || op === "not-in") {
    const wanted = new Set<unknown>(value as readonly string[]);
    const inside = op === "in";
    return (row) => {
      const own = row[place] ?? null;
      return own === null ? unknown : wanted.has(own) === inside ? pass : fail;
    };
  }
  const equal = op === "eq";
  return (row) => {
    const own = row[place] ?? null;
    return own === null ? unknown : (own === value) === equal ? pass : fail;
  };
};

const compileParts = (condition: Condition): Evaluate => {
  if ("fact" in condition) return compileTest(condition);
  const isAll = "all" in condition;
  const parts = ("all" in condition ? condition.all : (condition as { any: readonly Condition[] }).any).map(compileParts);
  if (parts.length === 1) return parts[0]!;
  const of = isAll ? "all" : "any";
  const join = isAll ? worse : better;
  const start: Outcome = isAll ? "pass" : "fail";
  return (row) => {
    const found = parts.map((part) => part(row));
    let outcome: Outcome = start;
    for (const each of found) outcome = join(outcome, each.outcome);
    return { outcome, rank: RANK[outcome], of, test: null, gap: null, share: null, parts: found };
  };
};

/** Makes a condition into a function of a row of facts, once. Throws where it names no fact: documents are checked before. */
export const compileCondition = (condition: Condition): Evaluate => compileParts(withoutNot(condition));

/** A rule made ready; `asked` is its condition as a sentence. */
export type CompiledRule = { readonly rule: Rule; readonly asked: Text; readonly evaluate: Evaluate };

export const inForce = ({ validFrom, validTo }: Rule, day: IsoDate): boolean =>
  (validFrom === null || validFrom <= day) && (validTo === null || day <= validTo);

/** A rule with its exceptions: where one of them holds, it is kept. */
export const compileRule = (rule: Rule): CompiledRule => {
  const when = compileCondition(rule.when);
  const asked = conditionText(rule.when);
  if (rule.unless.length === 0) return { rule, asked, evaluate: when };
  const exceptions = rule.unless.map((each) => compileCondition(each.when));
  return {
    rule,
    asked,
    evaluate: (row) => {
      const found = when(row);
      if (found.outcome === "pass") return found;
      const parts = [found, ...exceptions.map((exception) => exception(row))];
      let outcome: Outcome = found.outcome;
      for (const each of parts) outcome = better(outcome, each.outcome);
      return { outcome, rank: RANK[outcome], of: "unless", test: null, gap: null, share: null, parts };
    },
  };
};

/** The rules in force on a day, compiled in their order. */
export const compileRules = (rules: readonly Rule[], day: IsoDate): readonly CompiledRule[] =>
  rules.filter((rule) => inForce(rule, day)).map(compileRule);

/**
 * Many lists of rules compiled together: a condition that several of them have is one closure, evaluated once for a row. Catalogues repeat
 * themselves (no overdue payments, tax grade A or B), so most of the work is shared.
 */
export type RuleBook = {
  readonly lists: readonly (readonly CompiledRule[])[];
  readonly distinct: readonly Evaluate[];
  /** For each list, the place of each of its rules among the distinct ones. */
  readonly places: readonly Uint32Array[];
};

export const compileBook = (lists: readonly (readonly Rule[])[]): RuleBook => {
  const known = new Map<string, number>();
  const distinct: Evaluate[] = [];
  const places: Uint32Array[] = [];
  const compiled = lists.map((rules) => {
    const at = new Uint32Array(rules.length);
    const own = rules.map((rule, i): CompiledRule => {
      const key = JSON.stringify([rule.when, rule.unless.map(({ when }) => when)]);
      let place = known.get(key);
      if (place === undefined) {
        known.set(key, (place = distinct.length));
        distinct.push(compileRule(rule).evaluate);
      }
      at[i] = place;
      return { rule, asked: conditionText(rule.when), evaluate: distinct[place]! };
    });
    places.push(at);
    return own;
  });
  return { lists: compiled, distinct, places };
};

/** What every different condition of a book says of a row; `findingsOf` reads the rules of one list from it, in their order. */
export type BookFindings = readonly Finding[];

export const evaluateBook = ({ distinct }: RuleBook, row: FactRow): BookFindings => {
  const found: Finding[] = [];
  for (const evaluate of distinct) found.push(evaluate(row));
  return found;
};

/** What every rule of a list says, whatever the others say: as `evaluateRules` of that list. */
export const findingsOf = ({ places }: RuleBook, found: BookFindings, list: number): Finding[] => {
  const own: Finding[] = [];
  for (const place of places[list]!) own.push(found[place]!);
  return own;
};

/** What every rule says of a row of facts, in the order of the rules, whatever the others say. */
export const evaluateRules = (rules: readonly CompiledRule[], row: FactRow): Finding[] => {
  const found: Finding[] = [];
  for (const { evaluate } of rules) found.push(evaluate(row));
  return found;
};

/** Of all rules together: all must hold. */
export const outcomeOf = (findings: readonly Finding[]): Outcome => {
  let rank: number = RANK.pass;
  for (const finding of findings) if (finding.rank < rank) rank = finding.rank;
  return BY_RANK[rank]!;
};

/** The looks that decide a finding as it is: of a group, those of its parts that have its outcome. */
export const decisive = (finding: Finding): readonly Finding[] =>
  finding.of === "test" ? [finding] : finding.parts.filter((part) => part.outcome === finding.outcome).flatMap(decisive);

export type Unknown = { readonly fact: string; readonly name: Text; readonly record: string; readonly recordName: Text };

/** Which records would settle an unknown finding: those of the facts that are null in the looks that leave it open. */
export const settledBy = (finding: Finding, row: FactRow): Unknown[] => {
  if (finding.outcome !== "unknown") return [];
  const open = new Map<string, Unknown>();
  for (const { test } of decisive(finding)) {
    if (!test) continue;
    const { value } = test.comparison;
    const named = [test.fact, ...(isTimesFact(value) ? [factById(value.fact)!] : [])];
    const missing = named.filter((fact) => row[factPlace(fact.id)] === null);
    // Known and still open: its code is coarser than the one asked for.
    for (const fact of missing.length > 0 ? missing : [test.fact])
      open.set(fact.id, { fact: fact.id, name: fact.name, record: fact.settledBy.record, recordName: fact.settledBy.name });
  }
  return [...open.values()];
};

// ── In words ──

const OPERATOR: Readonly<Record<Operator, Text>> = {
  eq: { zh: "为", en: "is" },
  ne: { zh: "不为", en: "is not" },
  lt: { zh: "低于", en: "below" },
  le: { zh: "不超过", en: "at most" },
  gt: { zh: "高于", en: "above" },
  ge: { zh: "不低于", en: "at least" },
  between: { zh: "介于", en: "between" },
  "not-between": { zh: "不介于", en: "not between" },
  in: { zh: "为以下之一：", en: "one of" },
  "not-in": { zh: "不为以下任何一个：", en: "none of" },
  within: { zh: "属于", en: "within" },
  "not-within": { zh: "不属于", en: "not within" },
  "any-of": { zh: "至少有以下之一：", en: "has any of" },
  "all-of": { zh: "同时有：", en: "has all of" },
  "none-of": { zh: "没有以下任何一个：", en: "has none of" },
  "not-all-of": { zh: "不同时有：", en: "does not have all of" },
};

const operandText = (fact: Fact, value: Operand): Text => {
  if (isTimesFact(value)) {
    const other = factById(value.fact)?.name ?? { zh: value.fact, en: value.fact };
    return value.times === 1 ? other : { zh: `${other.zh}的 ${value.times} 倍`, en: `${value.times} times ${other.en}` };
  }
  if (Array.isArray(value)) {
    const each = (value as readonly FactValue[]).map((one) =>
      fact.type.kind === "words" ? factValueText(fact, [one as string]) : factValueText(fact, one),
    );
    return { zh: each.map((one) => one.zh).join("、"), en: each.map((one) => one.en).join(", ") };
  }
  return factValueText(fact, value as FactValue);
};

/** What a comparison asks for, without its fact: 不低于 100 万元, at least 1,000,000 yuan. */
const demand = (fact: Fact, { op, value }: Comparison): Text => {
  const operand = operandText(fact, value);
  return { zh: `${OPERATOR[op].zh}${/^[\d为]/.test(operand.zh) ? " " : ""}${operand.zh}`, en: `${OPERATOR[op].en} ${operand.en}` };
};

/** A condition as a sentence: what the console shows of a rule. */
export const conditionText = (condition: Condition): Text => {
  if ("not" in condition) {
    const inner = conditionText(condition.not);
    return { zh: `并非（${inner.zh}）`, en: `not (${inner.en})` };
  }
  if ("all" in condition || "any" in condition) {
    const [parts, zh, en] =
      "all" in condition ? [condition.all, "，且", " and "] : [(condition as { any: readonly Condition[] }).any, "，或", " or "];
    const each = parts.map((part) => {
      const inner = conditionText(part);
      return "fact" in part ? inner : { zh: `（${inner.zh}）`, en: `(${inner.en})` };
    });
    return { zh: each.map((one) => one.zh).join(zh), en: each.map((one) => one.en).join(en) };
  }
  const fact = factById(condition.fact);
  if (!fact) return { zh: condition.fact, en: condition.fact };
  const asked = demand(fact, condition);
  return { zh: `${fact.name.zh}${asked.zh}`, en: `${fact.name.en} ${asked.en}` };
};

const gapText = ({ gap, share, test }: Finding): Text => {
  const fact = test!.fact;
  const amount =
    fact.type.kind === "number" ? amountText(fact.type.unit, gap!) : { zh: `${gap} 级`, en: gap === 1 ? "one step" : `${gap} steps` };
  const part = share === null ? "" : `${Number((share * 100).toFixed(1))}`;
  return {
    zh: `差 ${amount.zh}${part === "" ? "" : `（${part}%）`}`,
    en: `off by ${amount.en}${part === "" ? "" : ` (${part} %)`}`,
  };
};

const testText = (finding: Finding, row: FactRow): Text => {
  const { fact, place, asked } = finding.test!;
  if (finding.outcome === "unknown") {
    const open = settledBy(finding, row);
    const records = once(open.map((each) => each.recordName));
    return {
      zh: `${open.map((each) => each.name.zh).join("、")}未知（要求${asked.zh}）；提供${records.map((each) => each.zh).join("、")}可以确定`,
      en: `${open.map((each) => each.name.en).join(", ")}: not known (asked for: ${asked.en}); settled by ${records.map((each) => each.en).join(", ")}`,
    };
  }
  const own = factValueText(fact, row[place] ?? null);
  if (finding.outcome === "pass")
    return { zh: `${fact.name.zh}：${own.zh}，符合“${asked.zh}”`, en: `${fact.name.en}: ${own.en}, as asked (${asked.en})` };
  const gap = finding.gap === null ? null : gapText(finding);
  return {
    zh: `${fact.name.zh}：${own.zh}，要求${asked.zh}${gap ? `，${gap.zh}` : ""}`,
    en: `${fact.name.en}: ${own.en}, asked for: ${asked.en}${gap ? `; ${gap.en}` : ""}`,
  };
};

/** Texts in their order, each once: an exception often looks at the same fact as its rule. */
export const once = (all: readonly Text[]): readonly Text[] =>
  all.length < 2 ? all : [...new Map(all.map((each) => [each.zh, each])).values()];

/** The reason of a finding in words: of a group, those of its parts that decided it. */
export const findingText = (finding: Finding, row: FactRow): Text => {
  if (finding.of === "test") return testText(finding, row);
  const parts = once(finding.parts.filter((part) => part.outcome === finding.outcome).map((part) => findingText(part, row)));
  const both = finding.of === "all" || finding.outcome === "pass" || finding.of === "unless";
  return { zh: parts.map((part) => part.zh).join(both ? "；" : "；或"), en: parts.map((part) => part.en).join(both ? "; " : "; or ") };
};

/** The gap that decides a near or failed finding: the largest that must be closed in "all of", the smallest in "any of". */
export const decisiveGap = (finding: Finding): Finding | null => {
  if (finding.outcome === "pass" || finding.outcome === "unknown") return null;
  if (finding.of === "test") return finding.gap === null ? null : finding;
  const gaps = finding.parts.filter((part) => part.outcome === finding.outcome).map(decisiveGap);
  if (finding.of === "all" && gaps.includes(null)) return null;
  const known = gaps.filter((gap) => gap !== null).toSorted((a, b) => (a.share ?? Infinity) - (b.share ?? Infinity));
  return (finding.of === "all" ? known.at(-1) : known[0]) ?? null;
};

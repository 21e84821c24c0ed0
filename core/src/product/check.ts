import { type Problem, type Text, isoDate, problem } from "../basics/index.ts";
import { industryCode, region } from "../enterprise/index.ts";
import type { Citation, Comparison, Condition, Operator, Product } from "./document.ts";
import { isTimesFact } from "./eligibility.ts";
import { type Fact, factById, wrongValue } from "./facts.ts";

/** Where a document is wrong, as a path with dots, and what is wrong there. */
export type Fault = { readonly at: string; readonly text: Text };

const NUMBERS: readonly Operator[] = ["eq", "ne", "lt", "le", "gt", "ge", "between", "not-between", "in", "not-in"];
const OPERATORS: Readonly<Record<Fact["type"]["kind"], readonly Operator[]>> = {
  number: NUMBERS,
  boolean: ["eq", "ne"],
  text: ["eq", "ne", "in", "not-in"],
  word: ["eq", "ne", "in", "not-in"],
  words: ["any-of", "all-of", "none-of", "not-all-of"],
  code: ["within", "not-within"],
};
const ORDER: readonly Operator[] = ["lt", "le", "gt", "ge"];

/** The operators that a fact can be compared by. */
export const operatorsOf = ({ type }: Fact): readonly Operator[] =>
  type.kind === "word" && type.ordered ? [...OPERATORS.word, ...ORDER] : OPERATORS[type.kind];

const MOST_DEPTH = 8;

type Say = (at: string, zh: string, en: string) => void;

/** A decision must not depend on how one and the same sale is billed. */
const checkHolds = (id: string, at: string, say: Say): void => {
  const fact = factById(id);
  const why = fact?.movedBySplitting;
  if (fact && why)
    say(
      at,
      `“${fact.name.zh}”${why.zh}，不能决定融资；请改用按金额、日、月或对手方计的指标`,
      `"${fact.name.en}" ${why.en}, so nothing may be decided by it; use a measure of money, days, months or parties`,
    );
};

const checkComparison = (condition: Comparison, at: string, say: Say): void => {
  const { op, value, near } = condition;
  const fact = factById(condition.fact);
  if (!fact) return say(`${at}.fact`, `指标目录中没有“${condition.fact}”`, `there is no fact "${condition.fact}" in the catalogue`);
  checkHolds(fact.id, `${at}.fact`, say);
  if (!operatorsOf(fact).includes(op))
    return say(`${at}.op`, `“${fact.name.zh}”不能用 ${op} 比较`, `"${fact.name.en}" cannot be compared by ${op}`);
  if (near !== undefined && (op === "ne" || (fact.type.kind !== "number" && !ORDER.includes(op))))
    say(`${at}.near`, "这种比较没有“接近”", "this comparison has no near");
  if (isTimesFact(value)) {
    const other = factById(value.fact);
    if (fact.type.kind !== "number" || !["eq", "ne", "lt", "le", "gt", "ge"].includes(op))
      return say(`${at}.value`, "只有数字的大小比较可以引用另一指标", "only numbers can be compared with another fact");
    if (!other) return say(`${at}.value.fact`, `指标目录中没有“${value.fact}”`, `there is no fact "${value.fact}" in the catalogue`);
    checkHolds(other.id, `${at}.value.fact`, say);
    if (other.type.kind !== "number") say(`${at}.value.fact`, `“${other.name.zh}”不是数字`, `"${other.name.en}" is no number`);
    return;
  }
  const listed = ["in", "not-in", "within", "not-within", "any-of", "all-of", "none-of", "not-all-of"].includes(op);
  const ranged = op === "between" || op === "not-between";
  if (Array.isArray(value) !== (listed || ranged))
    return say(
      `${at}.value`,
      listed || ranged ? "应为列表" : "应为单个值",
      listed || ranged ? "should be a list" : "should be a single value",
    );
  if (listed && (value as readonly unknown[]).length === 0) return say(`${at}.value`, "列表不能为空", "the list is empty");
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  for (const [i, each] of values.entries()) {
    const wrong = wrongValue(fact, fact.type.kind === "words" ? [each] : each);
    if (wrong) say(Array.isArray(value) ? `${at}.value.${i}` : `${at}.value`, wrong.zh, wrong.en);
  }
  if (fact.type.kind === "word" && ORDER.includes(op)) {
    const words = Object.keys(fact.type.words);
    if ((op === "gt" && value === words.at(-1)) || (op === "lt" && value === words[0]))
      say(`${at}.value`, "没有任何取值能满足", "nothing can satisfy this");
  }
  if (ranged) {
    const [low, high] = values as readonly number[];
    if (values.length !== 2 || !(low! <= high!)) say(`${at}.value`, "区间应为 [下限, 上限]", "a range is [lower, upper]");
  }
};

/** Faults of a condition; `at` is its path in the document. */
export const checkCondition = (condition: Condition, at: string, say: Say, depth = 0): void => {
  if (depth > MOST_DEPTH) return say(at, `嵌套超过 ${MOST_DEPTH} 层`, `nested more than ${MOST_DEPTH} levels deep`);
  if ("fact" in condition) return checkComparison(condition, at, say);
  if ("not" in condition) return checkCondition(condition.not, `${at}.not`, say, depth + 1);
  const [word, parts] = "all" in condition ? (["all", condition.all] as const) : (["any", condition.any] as const);
  if (parts.length === 0) return say(`${at}.${word}`, "至少要有一个条件", "at least one condition is needed");
  for (const [i, part] of parts.entries()) checkCondition(part, `${at}.${word}.${i}`, say, depth + 1);
};

const isNumber = (id: string): boolean => factById(id)?.type.kind === "number";

/** What the schema cannot say of a product: facts that exist, amounts that fit one another, sources that are named. */
export const checkProduct = (product: Product): Fault[] => {
  const faults: Fault[] = [];
  const say: Say = (at, zh, en) => {
    faults.push({ at, text: { zh, en } });
  };
  const { offered, limit, price, term, repayment, riskSharing } = product;

  const sources = new Set<string>();
  for (const [i, { id }] of product.sources.entries()) {
    if (sources.has(id) || id === "assumption")
      say(`sources.${i}.id`, `出处编号“${id}”重复或为保留字`, `the source "${id}" is named twice or reserved`);
    sources.add(id);
  }
  const cite = (at: string, citation: Citation): void => {
    if (citation !== "assumption" && !sources.has(citation))
      say(
        at,
        `没有编号为“${citation}”的出处；未公布的请写 assumption`,
        `no source "${citation}" is listed; what is not published is an assumption`,
      );
  };
  const day = (at: string, text: string | null): void => {
    if (text !== null && isoDate(text) === null) say(at, "不是日历上的一天", "is not a day of the calendar");
  };
  const interval = (at: string, from: string | null, to: string | null): void => {
    day(`${at}${at === "offered" ? ".from" : ".validFrom"}`, from);
    day(`${at}${at === "offered" ? ".to" : ".validTo"}`, to);
    if (from !== null && to !== null && from > to) say(at, "起始日晚于截止日", "it ends before it begins");
  };
  interval("offered", offered.from, offered.to);
  for (const [i, code] of offered.regions.entries())
    if (!region(code)) say(`offered.regions.${i}`, `没有行政区划“${code}”`, `there is no region "${code}"`);
  for (const name of ["sectors", "notSectors"] as const)
    for (const [i, code] of offered[name].entries())
      if (industryCode(code) === null) say(`offered.${name}.${i}`, `没有行业“${code}”`, `there is no industry "${code}"`);

  const rules = new Set<string>();
  for (const [i, rule] of product.eligibility.entries()) {
    const at = `eligibility.${i}`;
    if (rules.has(rule.id)) say(`${at}.id`, `规则编号“${rule.id}”重复`, `the rule "${rule.id}" is named twice`);
    rules.add(rule.id);
    interval(at, rule.validFrom, rule.validTo);
    cite(`${at}.citation`, rule.citation);
    checkCondition(rule.when, `${at}.when`, say);
    for (const [k, exception] of rule.unless.entries()) {
      checkCondition(exception.when, `${at}.unless.${k}.when`, say);
      cite(`${at}.unless.${k}.citation`, exception.citation);
    }
  }

  if (limit.minFen > limit.maxFen) say("limit.minFen", "起点高于上限", "the smallest amount exceeds the largest");
  if (limit.stepFen > limit.minFen) say("limit.stepFen", "取整单位大于起点", "the rounding step exceeds the smallest amount");
  cite("limit.citation", limit.citation);
  for (const [i, each] of limit.terms.entries()) {
    if (!isNumber(each.fact)) say(`limit.terms.${i}.fact`, `“${each.fact}”不是数字指标`, `"${each.fact}" is no fact that is a number`);
    checkHolds(each.fact, `limit.terms.${i}.fact`, say);
    cite(`limit.terms.${i}.citation`, each.citation);
  }
  if (limit.exposure) {
    if (limit.exposure.fact !== null && !isNumber(limit.exposure.fact))
      say("limit.exposure.fact", `“${limit.exposure.fact}”不是数字指标`, `"${limit.exposure.fact}" is no fact that is a number`);
    if (!isNumber(limit.exposure.less))
      say("limit.exposure.less", `“${limit.exposure.less}”不是数字指标`, `"${limit.exposure.less}" is no fact that is a number`);
    if (limit.exposure.fact !== null) checkHolds(limit.exposure.fact, "limit.exposure.fact", say);
    checkHolds(limit.exposure.less, "limit.exposure.less", say);
    cite("limit.exposure.citation", limit.exposure.citation);
  }

  cite("price.citation", price.citation);
  for (const [i, row] of price.rows.entries()) if (row.when) checkCondition(row.when, `price.rows.${i}.when`, say);
  if (price.rows.at(-1)?.when !== null)
    say("price.rows", "最后一行必须没有条件，使每家企业都有价格", "the last row must have no condition, so that everybody has a price");
  if (price.floorBp !== null && price.ceilingBp !== null && price.floorBp > price.ceilingBp)
    say("price.floorBp", "利率下限高于上限", "the floor exceeds the ceiling");

  if (term.minMonths > term.usualMonths || term.usualMonths > term.maxMonths)
    say("term", "期限应满足 最短 ≤ 通常 ≤ 最长", "the terms must be shortest ≤ usual ≤ longest");
  if (new Set(repayment.methods).size !== repayment.methods.length) say("repayment.methods", "还款方式重复", "a method is named twice");

  for (const [i, fee] of product.fees.entries()) {
    if ((fee.of === "fact") !== (fee.fact !== null) || (fee.fact !== null && !isNumber(fee.fact)))
      say(
        `fees.${i}.fact`,
        "按指标收费时须写明数字指标，其余情况为 null",
        "a fee by a fact names one that is a number, any other names none",
      );
    if (fee.fact !== null) checkHolds(fee.fact, `fees.${i}.fact`, say);
    if (fee.of === "balance" && fee.at !== "yearly") say(`fees.${i}.at`, "按余额收取的费用须按年", "a fee on the balance is yearly");
    cite(`fees.${i}.citation`, fee.citation);
  }
  for (const [i, subsidy] of product.subsidies.entries()) {
    if ((subsidy.of === "fee-share") !== (subsidy.fee !== null))
      say(`subsidies.${i}.fee`, "补贴费用时须写明费用种类，其余情况为 null", "a subsidy of a fee names its kind, any other names none");
    if (subsidy.of !== "interest-points" && subsidy.rate > 1) say(`subsidies.${i}.rate`, "比例不能超过 1", "a share is at most 1");
    cite(`subsidies.${i}.citation`, subsidy.citation);
  }
  if (riskSharing) {
    const sum = riskSharing.shares.reduce((total, { share }) => total + Math.round(share * 1e6), 0);
    if (sum !== 1e6) say("riskSharing.shares", "各方比例之和应为 1", "the shares must add up to 1");
    cite("riskSharing.citation", riskSharing.citation);
  }
  return faults;
};

/** The problem that a document with faults is refused with: the first of them, with its path, and how many there are. */
export const faultProblem = (faults: readonly Fault[]): Problem => {
  const [first] = faults;
  const more = faults.length - 1;
  return problem(
    "product-not-valid",
    `产品文档 ${first?.at || "（根）"}：${first?.text.zh ?? ""}${more > 0 ? `；另有 ${more} 处` : ""}。`,
    `The product document at ${first?.at || "(root)"}: ${first?.text.en ?? ""}${more > 0 ? `; and ${more} more` : ""}.`,
    "请按公布的结构（docs/product.md）改正。",
    "Correct it after the published schema (docs/product.md).",
  );
};

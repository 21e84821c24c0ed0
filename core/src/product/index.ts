/**
 * Product 产品: what is offered, to whom, how much and at what price. A product is a document with a published schema and a version;
 * its eligibility is data, evaluated in three values with the reason of every rule; its limit and price keep where they come from; its
 * cost is the annual internal rate of return of what the borrower gets and pays.
 *
 * Sources: 流动资金贷款管理办法 (2024), on limits by need and means of repayment; 中国人民银行公告〔2021〕第3号, on the all-in annual
 * rate; Kleene, Introduction to Metamathematics (1952), on logic with the unknown.
 */
export * from "./document.ts";
export {
  type Fact,
  type FactRow,
  type FactSource,
  type FactType,
  type FactUnit,
  type FactValue,
  type FactValues,
  amountText,
  factById,
  factCatalogue,
  factCatalogueVersion,
  factPlace,
  factRow,
  factValueText,
  wrongValue,
} from "./facts.ts";
export {
  type CompiledRule,
  type Finding,
  type Outcome,
  type Unknown,
  better,
  compileCondition,
  compileRule,
  compileRules,
  conditionText,
  decisive,
  decisiveGap,
  evaluateRules,
  findingText,
  inForce,
  outcomeOf,
  outcomes,
  rankOf,
  settledBy,
  withoutNot,
  worse,
} from "./eligibility.ts";
export { type Fault, checkCondition, checkProduct, faultProblem, operatorsOf } from "./check.ts";

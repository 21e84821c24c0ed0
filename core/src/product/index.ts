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
  factsText,
  factValueText,
  wrongValue,
  withFacts,
  isOfApplication,
} from "./facts.ts";
export {
  type CompiledRule,
  type Finding,
  type Outcome,
  type RuleBook,
  type Unknown,
  better,
  compileBook,
  compileCondition,
  compileRule,
  compileRules,
  conditionText,
  decisive,
  decisiveGap,
  evaluateBook,
  evaluateRules,
  findingText,
  findingsOf,
  inForce,
  isTimesFact,
  outcomeOf,
  outcomes,
  rankOf,
  settledBy,
  withoutNot,
  worse,
} from "./eligibility.ts";
export { type Fault, checkCondition, checkProduct, faultProblem, operatorsOf } from "./check.ts";
export { type CashFlow, type NoRate, annualCost } from "./annual-cost.ts";
export { type LoanTerms, type Millionths, type Payment, countedDays, interestOf, mulDivRound, scheduleOf } from "./schedule.ts";
export { type Lpr, type LprTenor, lprOn, lprWarning } from "./lpr.ts";
export {
  type Cost,
  type FlowKind,
  type LimitFound,
  type LimitLine,
  type OfferFlow,
  type OfferTerms,
  type PriceFound,
  compilePrice,
  costOf,
  flowsOf,
  limitOf,
  priceOf,
} from "./offer.ts";
export {
  type BriefMatching,
  type Catalogue,
  type Chance,
  type CompiledProduct,
  type Fit,
  type Match,
  type MatchOptions,
  type PassRates,
  type Ranking,
  type RuleResult,
  type Served,
  type Share,
  type WaitsFor,
  compileCatalogue,
  compileProduct,
  fitsOf,
  isOffered,
  matchAll,
  matchBriefly,
  missingOf,
  outcomeFor,
  passRatesOf,
  rankings,
  servedBy,
  shareOf,
} from "./match.ts";
export { type Known, type RequestFault, factsOf, factsOfProfile, factsOfRequest } from "./from-profile.ts";
export { type JdmDocument, type JdmRow, type JdmTable, fromJdm, toJdm, toJdmInput } from "./jdm.ts";
export {
  type AllocateOptions,
  type Allocation,
  type AllocationCheck,
  type AllocationTerms,
  type AllocationTotals,
  type Applicant,
  type BudgetKind,
  type ChurnTable,
  type GroupLimit,
  type LimitUse,
  type Placement,
  type Quote,
  type Refused,
  type RefusedBecause,
  UNKNOWN_GROUP,
  allocate,
  checkAllocation,
  churnTable,
  programOf,
  quotes,
  termDefaults,
} from "./allocate.ts";
export {
  type AllocationChange,
  type FrontierPoint,
  type RiskMeasure,
  type RiskTerms,
  type Scenario,
  type SectorShock,
  frontier,
  riskDefaults,
  riskOf,
  riskOfAllocation,
  shocked,
  underShock,
  vasicek,
} from "./allocate-frontier.ts";
export type { Certificate } from "./allocate-solve.ts";
export {
  type ProductAction,
  type ProductState,
  type VersionStanding,
  actOnVersion,
  possibleProductActions,
  productActions,
  productStates,
} from "./life.ts";

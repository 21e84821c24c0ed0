/**
 * Decision 审批: from a match to an answer with its reasons: approve, counter-offer, decline, or refer to a person. What may be decided
 * without one is a document of the lender's (`DecisionPolicy`), and so is who may decide the rest; every decision can be made again from
 * what it cites.
 *
 * Sources: 个人信息保护法 (PIPL) article 24, on automated decisions: transparent, fair, explained on request, and the right to refuse one
 * made by a machine alone; 商业银行授权、授信管理暂行办法 (1996), on authority by post; 流动资金贷款管理办法 (2024) articles 16 to 21, on
 * separate examination and approval 审贷分离.
 */
export { type DecisionPolicy, POLICY_SCHEMA, type PolicyStanding, authorityOf, needsSecond, settlePolicy, validUntil } from "./policy.ts";
export { type CompiledPolicy, type Decided, type OfferedTerms, type Outcome, type Reason, compilePolicy, decide } from "./decide.ts";
export {
  type Case,
  type CaseAction,
  type CaseState,
  type OfferDays,
  type Person,
  type Resolution,
  type Side,
  actOnCase,
  openCase,
  possibleCaseActions,
} from "./case.ts";
export { offeredTerms } from "./terms.ts";
export { type UnderwritingInputs, underwrite } from "./underwrite.ts";

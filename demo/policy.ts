import type { Fen, Text } from "@zhiwei/core/basics";
import { type DecisionPolicy, POLICY_SCHEMA } from "@zhiwei/core/decision";
import type { Condition, Rule } from "@zhiwei/core/product";

/** Who proposed and approved the policies of the demonstration's lenders; nobody real did. */
export const DEMO_POLICY_MAKER = "示范风控岗 risk desk, demonstration";
export const DEMO_POLICY_APPROVER = "示范审批岗 second post, demonstration";

const WAN = 1_000_000;
const rule = (id: string, title: Text, when: Condition): Rule => ({
  id,
  title,
  when,
  unless: [],
  citation: "assumption",
  validFrom: null,
  validTo: null,
});

/**
 * The policy of a demonstration lender. Its figures are assumptions: no bank publishes its own. They are of the size that the announced
 * online products for small enterprises decide without a person (up to one million yuan).
 */
export const demoPolicy = (provider: string): DecisionPolicy => ({
  schema: POLICY_SCHEMA,
  id: `${provider}-small`,
  version: 1,
  title: { zh: "小微贷款审批策略（示范，数值为假设）", en: "Policy for small enterprises (demonstration; its figures are assumptions)" },
  decline: [
    rule("pd-too-high", { zh: "违约概率过高", en: "Probability of default too high" }, { fact: "score.pd", op: "gt", value: 0.42 }),
    rule(
      "overdue-often",
      { zh: "近24个月多次逾期", en: "Overdue again and again within 24 months" },
      { fact: "request.overdues24m", op: "ge", value: 6 },
    ),
  ],
  refer: [
    rule("high-flag", { zh: "有严重红旗", en: "A red flag of high severity" }, { fact: "profile.flagsHigh", op: "gt", value: 0 }),
    rule("pd-uncertain", { zh: "违约概率偏高", en: "Probability of default on the high side" }, { fact: "score.pd", op: "gt", value: 0.1 }),
    rule("stale-records", { zh: "记录不够新", en: "Records not fresh" }, { fact: "profile.freshnessDays", op: "gt", value: 90 }),
  ],
  near: "refer",
  straightThroughUpToFen: (100 * WAN) as Fen,
  counterOfferLeastShare: 0.5,
  authority: [
    { post: "信贷员", upToFen: (50 * WAN) as Fen },
    { post: "风控", upToFen: (500 * WAN) as Fen },
    { post: "平台运营", upToFen: 0 as Fen },
  ],
  secondAboveFen: (30 * WAN) as Fen,
  validDays: 30,
});

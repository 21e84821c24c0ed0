/** What a consent can speak of: purposes and classes of data, each a closed list with its words and its source. */
import type { Text } from "../basics/index.ts";

/**
 * Purposes 处理目的 that an enterprise can consent to. A consent is for purposes named one by one (PIPL art. 6 and 14: a clear,
 * reasonable purpose; another purpose needs another consent). `months`: the longest term that one consent may have for it.
 */
export const purposes = {
  "credit-assessment": { name: { zh: "授信前信用评估", en: "Credit assessment before a credit line" }, months: 12 },
  "loan-application": { name: { zh: "办理贷款申请", en: "Handling a loan application" }, months: 12 },
  "post-loan-monitoring": { name: { zh: "贷后管理", en: "Monitoring after the loan is made" }, months: 60 },
  guarantee: { name: { zh: "融资担保审查与保后管理", en: "Assessing and monitoring a guarantee" }, months: 60 },
  "insurance-underwriting": { name: { zh: "保险承保与理赔", en: "Underwriting and settling insurance" }, months: 24 },
  "policy-support": { name: { zh: "惠企政策与补贴审核", en: "Policy support and subsidies" }, months: 24 },
  supervision: { name: { zh: "监督检查与统计", en: "Supervision and statistics" }, months: 24 },
} as const satisfies Readonly<Record<string, { readonly name: Text; readonly months: number }>>;
export type Purpose = keyof typeof purposes;
export const PURPOSES = Object.keys(purposes) as readonly Purpose[];

/**
 * What a reader may say that a read is for. Beside the purposes that are consented to: `own`, an enterprise's own data, and
 * `operation`, by the platform's operator as the processor that the enterprise has entrusted (PIPL art. 21); both are traced too.
 */
export type ReadPurpose = Purpose | "own" | "operation";
export const readPurposeText = (purpose: ReadPurpose): Text =>
  purpose === "own"
    ? { zh: "查看本企业数据", en: "Its own data" }
    : purpose === "operation"
      ? { zh: "平台运营（受托处理）", en: "Running the platform (entrusted processing)" }
      : purposes[purpose].name;

/** What is read, as the trace says it. */
export const readSubjects = {
  list: { zh: "企业名录中的一行", en: "A line of the list of enterprises" },
  enterprise: { zh: "企业基本情况", en: "The enterprise at a glance" },
  profile: { zh: "信用画像", en: "Credit profile" },
  bundle: { zh: "画像及其存证证明", en: "Profile with its proofs" },
  credential: { zh: "可验证凭证（本企业领取）", en: "Verifiable credential, issued to the enterprise" },
  features: { zh: "指标", en: "Features" },
  score: { zh: "信用评分", en: "Credit score" },
  invoices: { zh: "发票明细", en: "Invoices" },
  counterparties: { zh: "客户与供应商", en: "Customers and suppliers" },
  decision: { zh: "审批融资申请", en: "Decision on an application" },
  objections: { zh: "异议标注", en: "Marks of disputed records" },
  match: { zh: "产品匹配", en: "Matching with products" },
} as const satisfies Readonly<Record<string, Text>>;
export type ReadSubject = keyof typeof readSubjects;

/** On what a read rests: consent, or that the data is one's own, or the operation of the platform. */
export type ReadBasis = "consent" | "own" | "operation";

/**
 * Whether a class is sensitive personal information 敏感个人信息 (PIPL art. 28; kinds in GB/T 45574-2025, annex A), for which a
 * separate consent 单独同意 is needed (art. 29): never, where the enterprise is a sole trader (its data is that of a natural person),
 * or always, since the class speaks of natural persons whoever the enterprise is.
 */
export type Sensitivity = "never" | "sole-trader" | "always";

/** Classes of data 数据类别, with what each holds and why it is sensitive. */
export const dataClasses = {
  profile: {
    name: { zh: "信用画像与评分", en: "Profile and score" },
    holds: {
      zh: "名录信息、指标、六维画像、风险提示、信用评分及其原因",
      en: "register entry, features, profile, red flags, credit score and its reasons",
    },
    sensitive: "sole-trader",
    because: { zh: "个体工商户的信用信息属于个人征信信息", en: "of a sole trader it is a natural person's credit information" },
  },
  invoices: {
    name: { zh: "发票明细", en: "Invoices" },
    holds: { zh: "销项与进项发票逐张明细、主要客户与供应商", en: "each sales and purchase invoice, main customers and suppliers" },
    sensitive: "never",
    because: { zh: "经营往来的票据，不是账户信息", en: "papers of trade, not of an account" },
  },
  bank: {
    name: { zh: "银行流水", en: "Bank transactions" },
    holds: { zh: "账户交易与余额", en: "transactions and balances of accounts" },
    sensitive: "sole-trader",
    because: { zh: "个体工商户的账户属于个人金融账户信息", en: "a sole trader's account is a natural person's financial account" },
  },
  tax: {
    name: { zh: "纳税信息", en: "Tax" },
    holds: { zh: "申报、缴纳、欠税与纳税信用", en: "returns, payments, arrears and tax rating" },
    sensitive: "sole-trader",
    because: {
      zh: "个体工商户的纳税数额显示个人收入（征信业管理条例第十四条）",
      en: "a sole trader's tax shows a person's income (credit reporting regulation, art. 14)",
    },
  },
  judicial: {
    name: { zh: "司法信息", en: "Judicial records" },
    holds: { zh: "诉讼、执行与失信记录", en: "lawsuits, enforcement, dishonest debtors" },
    sensitive: "sole-trader",
    because: { zh: "个体工商户的涉诉记录属于自然人的特定身份信息", en: "of a sole trader it tells a natural person's legal standing" },
  },
  ip: {
    name: { zh: "知识产权", en: "Intellectual property" },
    holds: { zh: "专利、商标、著作权及其评分与估值", en: "patents, marks, copyrights, their scores and values" },
    sensitive: "never",
    because: { zh: "登记簿公开", en: "the registers are public" },
  },
  people: {
    name: { zh: "人员与薪资", en: "People and payroll" },
    holds: { zh: "经营者、员工、社保与工资", en: "owner, staff, social insurance and wages" },
    sensitive: "always",
    because: { zh: "个人收入明细属于敏感个人信息，无论企业是何种形式", en: "wages of persons are sensitive whatever the enterprise is" },
  },
} as const satisfies Readonly<
  Record<string, { readonly name: Text; readonly holds: Text; readonly sensitive: Sensitivity; readonly because: Text }>
>;
export type DataClass = keyof typeof dataClasses;
export const DATA_CLASSES = Object.keys(dataClasses) as readonly DataClass[];

export type EnterpriseKind = "company" | "sole-trader";

/** Whether a class of this kind of enterprise is read on a separate consent only. */
export const needsSeparate = (dataClass: DataClass, kind: EnterpriseKind): boolean => {
  const sensitive: Sensitivity = dataClasses[dataClass].sensitive;
  return sensitive === "always" || (sensitive === "sole-trader" && kind === "sole-trader");
};

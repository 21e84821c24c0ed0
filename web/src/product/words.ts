import type { ProductSummary, tryProduct } from "@zhiwei/api/product";
import type { Output } from "@zhiwei/api/route";
import type { Language, Text } from "@zhiwei/core/basics";
import { type IndustryCode, industryCode, industryName, region } from "@zhiwei/core/enterprise";
import {
  type DayCount,
  type Fee,
  type FeeKind,
  type Operator,
  type Price,
  type Product,
  type ProductAction,
  type RepaymentMethod,
  type Subsidy,
  factById,
} from "@zhiwei/core/product";
import { formatFen } from "../ui/format.ts";

export type Trial = Output<typeof tryProduct>;
export type Outcome = keyof Trial["draft"];

type Tone = "plain" | "good" | "warn" | "bad";
export const STATE: Readonly<Record<ProductSummary["state"], Text>> = {
  draft: { zh: "草稿", en: "draft" },
  submitted: { zh: "待发布", en: "awaits publication" },
  published: { zh: "在售", en: "live" },
  replaced: { zh: "已被替换", en: "replaced" },
  withdrawn: { zh: "已下架", en: "withdrawn" },
};
export const STATE_TONE: Readonly<Record<ProductSummary["state"], Tone>> = {
  draft: "plain",
  submitted: "warn",
  published: "good",
  replaced: "plain",
  withdrawn: "bad",
};

export const ACTION: Readonly<Record<ProductAction, Text>> = {
  submit: { zh: "提交发布", en: "Submit" },
  recall: { zh: "撤回", en: "Recall" },
  publish: { zh: "发布", en: "Publish" },
  reject: { zh: "驳回", en: "Reject" },
  withdraw: { zh: "下架", en: "Withdraw" },
};
export const EVENT: Readonly<Record<string, Text>> = {
  write: { zh: "写入草稿", en: "Draft written" },
  submit: { zh: "提交发布", en: "Submitted" },
  recall: { zh: "撤回", en: "Recalled" },
  publish: { zh: "发布", en: "Published" },
  reject: { zh: "驳回", en: "Rejected" },
  withdraw: { zh: "下架", en: "Withdrawn" },
  replaced: { zh: "被新版本替换", en: "Replaced" },
};

export const OUTCOME: Readonly<Record<Outcome, Text>> = {
  pass: { zh: "符合", en: "passes" },
  near: { zh: "接近", en: "near" },
  unknown: { zh: "缺资料", en: "unknown" },
  fail: { zh: "不符合", en: "fails" },
};
export const OUTCOME_TONE: Readonly<Record<Outcome, Tone>> = { pass: "good", near: "warn", unknown: "plain", fail: "bad" };

export const PROVIDER: Readonly<Record<Product["provider"]["kind"], Text>> = {
  bank: { zh: "银行", en: "bank" },
  guarantor: { zh: "担保机构", en: "guarantor" },
  insurer: { zh: "保险机构", en: "insurer" },
  lessor: { zh: "租赁公司", en: "lessor" },
};
export const BASE: Readonly<Record<Price["base"], Text>> = {
  "lpr-1y": { zh: "一年期 LPR", en: "one-year LPR" },
  "lpr-5y": { zh: "五年期以上 LPR", en: "five-year LPR" },
  fixed: { zh: "固定利率", en: "a fixed rate" },
};
export const METHOD: Readonly<Record<RepaymentMethod, Text>> = {
  "equal-instalment": { zh: "等额本息", en: "equal instalments" },
  "equal-principal": { zh: "等额本金", en: "equal principal" },
  "interest-monthly": { zh: "按期付息、到期还本", en: "interest as it falls due, principal at the end" },
  bullet: { zh: "到期一次还本付息", en: "all at the end" },
};
export const DAY_COUNT: Readonly<Record<DayCount, Text>> = {
  "actual/365": { zh: "实际天数／365", en: "actual/365" },
  "actual/360": { zh: "实际天数／360", en: "actual/360" },
  "30/360": { zh: "30／360", en: "30/360" },
};
export const EVERY: Readonly<Record<1 | 3 | 6 | 12, Text>> = {
  1: { zh: "每月", en: "every month" },
  3: { zh: "每季", en: "every quarter" },
  6: { zh: "每半年", en: "every half year" },
  12: { zh: "每年", en: "every year" },
};
export const TAKE: Readonly<Record<Product["limit"]["take"], Text>> = {
  least: { zh: "取各项中最小的", en: "the least of them" },
  greatest: { zh: "取各项中最大的", en: "the greatest of them" },
  sum: { zh: "各项相加", en: "their sum" },
};
export const FEE: Readonly<Record<FeeKind, Text>> = {
  guarantee: { zh: "担保费", en: "guarantee fee" },
  insurance: { zh: "保险费", en: "insurance premium" },
  valuation: { zh: "评估费", en: "valuation fee" },
  registration: { zh: "登记费", en: "registration fee" },
  service: { zh: "服务费", en: "service fee" },
  deposit: { zh: "保证金", en: "deposit" },
};
export const FEE_OF: Readonly<Record<Fee["of"], Text>> = {
  principal: { zh: "贷款本金的比例", en: "a share of the principal" },
  balance: { zh: "贷款余额的比例", en: "a share of the balance" },
  amount: { zh: "固定金额", en: "an amount" },
  fact: { zh: "某项指标的倍数", en: "a number of times a fact" },
};
export const FEE_AT: Readonly<Record<Fee["at"], Text>> = {
  start: { zh: "放款时一次收取", en: "once, at the start" },
  yearly: { zh: "每年收取", en: "every year" },
};
export const SUBSIDY_OF: Readonly<Record<Subsidy["of"], Text>> = {
  "interest-points": { zh: "利息：按余额的年百分点", en: "interest: points a year on the balance" },
  "interest-share": { zh: "利息：已付利息的比例", en: "interest: a share of what was paid" },
  "fee-share": { zh: "费用：某类费用的比例", en: "fees: a share of those of one kind" },
};
export const OPERATOR: Readonly<Record<Operator, Text>> = {
  eq: { zh: "为", en: "is" },
  ne: { zh: "不为", en: "is not" },
  lt: { zh: "低于", en: "is below" },
  le: { zh: "不超过", en: "is at most" },
  gt: { zh: "高于", en: "is above" },
  ge: { zh: "不低于", en: "is at least" },
  between: { zh: "介于", en: "is between" },
  "not-between": { zh: "不介于", en: "is not between" },
  in: { zh: "为以下之一", en: "is one of" },
  "not-in": { zh: "不为以下任何一个", en: "is none of" },
  within: { zh: "属于", en: "lies within" },
  "not-within": { zh: "不属于", en: "lies outside" },
  "any-of": { zh: "至少有以下之一", en: "has any of" },
  "all-of": { zh: "同时有", en: "has all of" },
  "none-of": { zh: "没有以下任何一个", en: "has none of" },
  "not-all-of": { zh: "不同时有", en: "does not have all of" },
};

const plain = (value: number): string => String(Number(value.toFixed(4)));
export const percentOfBp = (bp: number): string => `${plain(bp / 100)}%`;
export const percentOf = (share: number): string => `${plain(share * 100)}%`;
const factName = (id: string | null, language: Language): string => (id === null ? "" : (factById(id)?.name[language] ?? id));
const timesOf = (fact: string, times: number, language: Language): string => {
  const name = factName(fact, language);
  if (times === 1) return name;
  if (times < 1) return language === "zh" ? `${name}的 ${percentOf(times)}` : `${percentOf(times)} of ${name}`;
  return language === "zh" ? `${name}的 ${plain(times)} 倍` : `${plain(times)} times ${name}`;
};

export const termText = ({ term }: Product, language: Language): string => {
  const { minMonths, maxMonths, usualMonths, revolving } = term;
  const range = minMonths === maxMonths ? `${maxMonths}` : `${minMonths}–${maxMonths}`;
  return language === "zh"
    ? `${range} 个月，通常 ${usualMonths} 个月${revolving ? "；额度循环使用" : ""}`
    : `${range} months, usually ${usualMonths}${revolving ? "; a revolving line" : ""}`;
};

export const repaymentText = ({ repayment }: Product, language: Language): string =>
  [
    repayment.methods.map((method) => METHOD[method][language]).join(language === "zh" ? "、" : " or "),
    EVERY[repayment.everyMonths][language],
    DAY_COUNT[repayment.dayCount][language],
  ].join(language === "zh" ? "；" : "; ");

export const limitTermText = (term: { readonly fact: string; readonly times: number }, language: Language): string =>
  timesOf(term.fact, term.times, language);

export const exposureText = (exposure: NonNullable<Product["limit"]["exposure"]>, language: Language): string => {
  const cap = exposure.fact === null ? formatFen(exposure.times, language) : timesOf(exposure.fact, exposure.times, language);
  const less = factName(exposure.less, language);
  return language === "zh" ? `全部融资不超过 ${cap}，先扣除${less}` : `all finance together at most ${cap}, ${less} taken off first`;
};

/** A price row's rate: the base and what is added, or the fixed rate. */
export const rateText = ({ base }: Price, spreadBp: number, language: Language): string => {
  if (base === "fixed") return percentOfBp(spreadBp);
  const name = BASE[base][language];
  if (spreadBp === 0) return name;
  return `${name} ${spreadBp < 0 ? "−" : "+"} ${plain(Math.abs(spreadBp) / 100)}${language === "zh" ? " 个百分点" : " points"}`;
};

export const feeText = (fee: Fee, language: Language): string => {
  const amount =
    fee.of === "amount"
      ? formatFen(fee.times, language, { exact: true })
      : fee.of === "fact"
        ? timesOf(fee.fact ?? "", fee.times, language)
        : language === "zh"
          ? `${fee.of === "principal" ? "本金" : "余额"}的 ${percentOf(fee.times)}`
          : `${percentOf(fee.times)} of the ${fee.of}`;
  return `${amount}${language === "zh" ? "，" : ", "}${FEE_AT[fee.at][language]}`;
};

export const subsidyText = (subsidy: Subsidy, language: Language): string => {
  const zh = language === "zh";
  const { of, rate, fee, principalCapFen, months, lagDays } = subsidy;
  const what =
    of === "interest-points"
      ? zh
        ? `利率补贴每年 ${plain(rate * 100)} 个百分点`
        : `${plain(rate * 100)} points of interest a year`
      : of === "interest-share"
        ? zh
          ? `已付利息的 ${percentOf(rate)}`
          : `${percentOf(rate)} of the interest paid`
        : zh
          ? `${fee ? FEE[fee].zh : "费用"}的 ${percentOf(rate)}`
          : `${percentOf(rate)} of the ${fee ? FEE[fee].en : "fee"}`;
  return [
    what,
    ...(principalCapFen === null
      ? []
      : [zh ? `本金以 ${formatFen(principalCapFen, language)} 为限` : `on at most ${formatFen(principalCapFen, language)} of principal`]),
    ...(months === null ? [] : [zh ? `以 ${months} 个月为限` : `for at most ${months} months`]),
    ...(lagDays === 0 ? [] : [zh ? `付款后 ${lagDays} 天到账` : `paid back ${lagDays} days later`]),
  ].join(zh ? "，" : ", ");
};

export type CodeOf = "region" | "industry";
/** What a code of GB/T 2260 or GB/T 4754 is called; the code itself where there is none such. */
export const codeName = (of: CodeOf, code: string): Text => {
  if (of === "industry") return industryCode(code) === null ? { zh: code, en: code } : industryName(code as IndustryCode);
  const name = region(code)?.fullName ?? code;
  return { zh: name, en: name };
};

/** Where a path of the document is in the editor, for people. */
const PARTS: Readonly<Record<string, Text>> = {
  title: { zh: "基本情况", en: "Basics" },
  summary: { zh: "基本情况", en: "Basics" },
  provider: { zh: "基本情况", en: "Basics" },
  offered: { zh: "基本情况", en: "Basics" },
  kind: { zh: "基本情况", en: "Basics" },
  daysToFunds: { zh: "基本情况", en: "Basics" },
  eligibility: { zh: "准入规则", en: "Eligibility" },
  limit: { zh: "额度", en: "Limit" },
  price: { zh: "价格", en: "Price" },
  term: { zh: "期限与还款", en: "Term and repayment" },
  repayment: { zh: "期限与还款", en: "Term and repayment" },
  fees: { zh: "费用", en: "Fees" },
  subsidies: { zh: "补贴", en: "Subsidies" },
  riskSharing: { zh: "风险分担", en: "Risk sharing" },
  sources: { zh: "出处", en: "Sources" },
  documents: { zh: "所需材料", en: "Documents" },
  security: { zh: "担保方式", en: "Security" },
  assumptions: { zh: "假设", en: "Assumptions" },
};
export const placeText = (at: string, product: Product, language: Language): string => {
  const [head = "", index] = at.split(".");
  const part = PARTS[head]?.[language] ?? head;
  if (head !== "eligibility" || index === undefined) return part;
  const title = product.eligibility[Number(index)]?.title[language];
  return language === "zh"
    ? `${part}第 ${Number(index) + 1} 条${title ? `“${title}”` : ""}`
    : `${part}, rule ${Number(index) + 1}${title ? ` "${title}"` : ""}`;
};

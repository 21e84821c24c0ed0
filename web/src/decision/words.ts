import { type Text, fenFromYuanText } from "@zhiwei/core/basics";
import type { CaseState, Outcome } from "@zhiwei/core/decision";

/** An amount typed in units of 10,000 yuan, in fen; null where it is none. */
export const fenOfWan = (text: string): number | null => {
  const found = fenFromYuanText(text.trim());
  return found.ok && found.value > 0 ? found.value * 10_000 : null;
};

type Tone = "plain" | "good" | "warn" | "bad";

export const OUTCOME: Readonly<Record<Outcome, Text>> = {
  approve: { zh: "同意", en: "approved" },
  "counter-offer": { zh: "减额同意", en: "less is offered" },
  decline: { zh: "不同意", en: "declined" },
  refer: { zh: "转人工", en: "to a person" },
};

export const STATE: Readonly<Record<CaseState, Text>> = {
  approved: { zh: "已同意，待接受", en: "approved, to be accepted" },
  countered: { zh: "减额同意，待接受", en: "less is offered, to be accepted" },
  declined: { zh: "未获同意", en: "declined" },
  referred: { zh: "人工审批中", en: "with a person" },
  proposed: { zh: "待第二人签批", en: "waits for a second signature" },
  accepted: { zh: "已接受", en: "accepted" },
  withdrawn: { zh: "已撤回", en: "withdrawn" },
  expired: { zh: "已过有效期", en: "expired" },
};
export const STATE_TONE: Readonly<Record<CaseState, Tone>> = {
  approved: "good",
  countered: "good",
  declined: "bad",
  referred: "warn",
  proposed: "warn",
  accepted: "good",
  withdrawn: "plain",
  expired: "plain",
};

export const MATCH: Readonly<Record<"pass" | "near" | "unknown" | "fail", Text>> = {
  pass: { zh: "符合", en: "fits" },
  near: { zh: "接近", en: "close" },
  unknown: { zh: "尚缺资料", en: "records missing" },
  fail: { zh: "不符合", en: "does not fit" },
};
export const MATCH_TONE = { pass: "good", near: "warn", unknown: "warn", fail: "bad" } as const;

export const ACTION: Readonly<Record<string, Text>> = {
  apply: { zh: "提交申请", en: "Applied" },
  take: { zh: "受理", en: "Take it" },
  "give-back": { zh: "退回待办", en: "Give it back" },
  resolve: { zh: "提出决定", en: "Resolve" },
  sign: { zh: "签批", en: "Sign" },
  "send-back": { zh: "退回重办", en: "Send back" },
  "ask-review": { zh: "请求人工复核", en: "Ask that a person decide" },
  accept: { zh: "接受", en: "Accept" },
  withdraw: { zh: "撤回申请", en: "Withdraw" },
  expire: { zh: "过期", en: "Expired" },
};

import type { Output } from "@zhiwei/api/route";
import type { PledgeDocument, getPledge } from "@zhiwei/api/pledge";
import type { Text } from "@zhiwei/core/basics";
import type { AssetKind, ReleaseReason } from "@zhiwei/core/pledge";

export type Details = Output<typeof getPledge>;
export type Event = Details["events"][number];

export const KIND: Readonly<Record<AssetKind, Text>> = {
  patent: { zh: "专利权", en: "Patent" },
  receivable: { zh: "应收账款", en: "Receivable" },
  "warehouse-receipt": { zh: "仓单", en: "Warehouse receipt" },
  "insurance-benefit": { zh: "保险金", en: "Insurance benefit" },
};

/** In which register the pledge of such an asset comes into being, beside which this one stands. */
export const LAW: Readonly<Record<AssetKind, Text>> = {
  patent: {
    zh: "专利质权自国家知识产权局登记时设立（民法典第 444 条；专利权质押登记办法）。请另行办理，并在描述中写明登记号。",
    en: "The pledge of a patent exists from its registration with CNIPA on (Civil Code 444; CNIPA measures of 2021). See to that as well, and give its number in the description.",
  },
  receivable: {
    zh: "应收账款质权自在中国人民银行征信中心动产融资统一登记公示系统登记时设立（民法典第 445 条；国发〔2020〕18 号）。请另行办理。",
    en: "The pledge of a receivable exists from its registration in the unified system of the PBoC's credit reference centre on (Civil Code 445; State Council 2020 No. 18). See to that as well.",
  },
  "warehouse-receipt": {
    zh: "仓单质权自仓单交付质权人时设立；没有权利凭证的，自办理出质登记时设立（民法典第 441 条），仓单质押亦在统一登记系统登记。",
    en: "The pledge of a warehouse receipt exists from its delivery to the pledgee on, or where there is no document, from registration on (Civil Code 441); it is registered in the unified system too.",
  },
  "insurance-benefit": {
    zh: "保险金请求权的质押以书面合同并经保险人批注为准；以死亡为给付条件的保险，须经被保险人书面同意（保险法第 34 条）。",
    en: "The pledge of an insurance benefit rests on the contract and the insurer's endorsement; cover on death needs the written consent of the insured (Insurance Law 34).",
  },
};

export const STATE: Readonly<Record<PledgeDocument["state"], Text>> = {
  "awaiting-chain": { zh: "待联盟链确认", en: "awaits the chain" },
  registered: { zh: "已登记", en: "registered" },
  refused: { zh: "未被接受", en: "refused" },
  released: { zh: "已注销", en: "released" },
  expired: { zh: "已届满", en: "over" },
};
export const TONE = { "awaiting-chain": "warn", registered: "good", refused: "bad", released: "plain", expired: "plain" } as const;

export const EXPLAINED: Readonly<Record<PledgeDocument["state"], Text>> = {
  "awaiting-chain": {
    zh: "本平台已占位，正等待联盟链确认没有其他机构在先。确认之前请勿据此放款。",
    en: "It is taken on this platform, and the chain has yet to confirm that no other institution was first. Nothing should be paid out on it before.",
  },
  registered: {
    zh: "登记有效：在注销或届满之前，同一财产不能再次登记。次序以存证日志位置为准。",
    en: "It stands: until it is released or over, the asset cannot be registered again. Its place in time is its place in the evidence log.",
  },
  refused: {
    zh: "联盟链上另一机构在先，本登记不生效。",
    en: "Another institution was first on the consortium's chain; this registration is without effect.",
  },
  released: { zh: "已注销，财产可再次登记。", en: "It was released; the asset can be registered again." },
  expired: {
    zh: "登记期限已过，财产可再次登记。继续担保须重新登记，次序以新登记为准。",
    en: "Its term is over, and the asset can be registered again. To go on, register anew; the new registration has a place of its own in time.",
  },
};

export const ACTION: Readonly<Record<Event["action"], Text>> = {
  register: { zh: "登记", en: "Registered" },
  confirm: { zh: "联盟链确认", en: "Confirmed by the chain" },
  refuse: { zh: "联盟链未接受", en: "Refused by the chain" },
  change: { zh: "变更", en: "Changed" },
  release: { zh: "注销", en: "Released" },
  expire: { zh: "届满", en: "Over" },
  object: { zh: "异议", en: "Objected to" },
  "withdraw-objection": { zh: "撤回异议", en: "Objection withdrawn" },
};

export const REASON: Readonly<Record<ReleaseReason, Text>> = {
  discharged: { zh: "主债权消灭", en: "the debt is discharged" },
  realised: { zh: "担保权利实现", en: "the security was realised" },
  waived: { zh: "质权人放弃", en: "the pledgee waives it" },
  other: { zh: "其他", en: "other" },
};

/** Today in China, by which terms are counted. */
export const chinaToday = (): string => new Date(Date.now() + 8 * 3600 * 1000).toISOString().slice(0, 10);

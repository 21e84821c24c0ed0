import type { Text } from "@zhiwei/core/basics";

/** Kinds of entries as a reader names them; those of rooms that are not here keep their own word. */
export const KINDS: Readonly<Record<string, Text>> = {
  "import-batch": { zh: "导入批次", en: "import batch" },
  consent: { zh: "授权", en: "consent" },
  "consent-withdrawal": { zh: "撤回授权", en: "withdrawal of consent" },
  reads: { zh: "查询留痕", en: "traces of reads" },
  profile: { zh: "信用画像", en: "credit profile" },
  score: { zh: "评分", en: "score" },
  decision: { zh: "审批决定", en: "decision" },
  "decision-policy": { zh: "审批策略生效", en: "decision policy put into force" },
  pledge: { zh: "质押登记", en: "pledge" },
  product: { zh: "产品版本", en: "a product's version" },
  "model-approval": { zh: "模型审批", en: "approval of a model" },
  credential: { zh: "凭证", en: "credential" },
  erasure: { zh: "应请求删除", en: "erasure on request" },
};

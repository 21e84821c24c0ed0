import { useMemo } from "react";
import { listFeatures } from "@zhiwei/api/features";
import type { Output } from "@zhiwei/api/route";
import type { ModelSummary, getScorecard } from "@zhiwei/api/scorecard";
import type { Language, Text } from "@zhiwei/core/basics";
import type { Binning } from "@zhiwei/core/scorecard";
import { useRoute } from "../ui/api.ts";
import { NO_VALUE, formatInterval } from "../ui/format.ts";

export type Details = Output<typeof getScorecard>;
export type Model = Details["document"];
export type Bin = Pick<Binning["bins"][number], "kind" | "from" | "to" | "categories" | "takesOther" | "special">;

export const STATE: Readonly<Record<ModelSummary["state"], Text>> = {
  draft: { zh: "草稿", en: "draft" },
  submitted: { zh: "待审批", en: "awaits approval" },
  approved: { zh: "已批准", en: "approved" },
  rejected: { zh: "已驳回", en: "rejected" },
  retired: { zh: "已停用", en: "retired" },
};
export const STATE_TONE = { draft: "plain", submitted: "warn", approved: "good", rejected: "bad", retired: "plain" } as const;

export const ROLE: Readonly<Record<NonNullable<ModelSummary["role"]>, Text>> = {
  champion: { zh: "冠军（在用）", en: "champion, in use" },
  challenger: { zh: "挑战者（影子）", en: "challenger, in shadow" },
};

export const ACTION: Readonly<Record<Details["events"][number]["action"], Text>> = {
  train: { zh: "训练", en: "Trained" },
  submit: { zh: "提交审批", en: "Submit" },
  withdraw: { zh: "撤回", en: "Withdraw" },
  approve: { zh: "批准", en: "Approve" },
  reject: { zh: "驳回", en: "Reject" },
  deploy: { zh: "上线为冠军", en: "Deploy as champion" },
  shadow: { zh: "影子运行", en: "Run in shadow" },
  "stand-down": { zh: "下线", en: "Stand down" },
  retire: { zh: "停用", en: "Retire" },
  replaced: { zh: "被替换", en: "Replaced" },
};

export const VERDICT = {
  stable: { zh: "稳定", en: "stable" },
  watch: { zh: "需关注", en: "watch" },
  shifted: { zh: "已偏移", en: "shifted" },
} satisfies Record<string, Text>;
export const VERDICT_TONE = { stable: "good", watch: "warn", shifted: "bad" } as const;

export const SHAPE: Readonly<Record<string, Text>> = {
  auto: { zh: "自动", en: "auto" },
  none: { zh: "不限", en: "none" },
  ascending: { zh: "风险递增", en: "risk rises" },
  descending: { zh: "风险递减", en: "risk falls" },
  peak: { zh: "中间高", en: "peak" },
  valley: { zh: "中间低", en: "valley" },
};

/** A figure without unit to so many decimals, with the signs people print. */
export const figure = (value: number | null | undefined, digits = 3): string =>
  value === null || value === undefined || !Number.isFinite(value) ? NO_VALUE : value.toFixed(digits).replace("-", "−");

export const percent = (share: number | null | undefined, digits = 1): string =>
  share === null || share === undefined ? NO_VALUE : `${(100 * share).toFixed(digits)}%`;

export const interval = ({ low, high }: { readonly low: number; readonly high: number }, digits = 3): string =>
  `${figure(low, digits)} – ${figure(high, digits)}`;

/** A bin in the unit of its feature. */
export const binName = (bin: Bin, unit: string, language: Language): string => {
  if (bin.kind === "missing") return language === "zh" ? "缺失" : "Missing";
  if (bin.kind === "special") return language === "zh" ? `特殊值 ${bin.special}` : `Special ${bin.special}`;
  if (bin.kind === "categories") {
    const list = bin.categories.join(language === "zh" ? "、" : ", ");
    return bin.takesOther ? `${list}${language === "zh" ? "及其他" : " and others"}` : list;
  }
  return formatInterval(bin.from, bin.to, unit, language);
};

export type Titles = { readonly title: (feature: string) => Text; readonly unit: (feature: string) => string };

/** Titles and units of features: those of the catalogue, and names as they are for columns of a table. */
export const useTitles = (): Titles => {
  const catalogue = useRoute(listFeatures, {}, { staleTime: Number.POSITIVE_INFINITY });
  return useMemo(() => {
    const known = new Map((catalogue.data?.features ?? []).map((feature) => [feature.id, feature]));
    return {
      title: (feature) => known.get(feature)?.name ?? { zh: feature, en: feature },
      unit: (feature) => known.get(feature)?.unit ?? "",
    };
  }, [catalogue.data]);
};

const WHO = "zhiwei.who";
/** Who acts in this window: asked for once, then proposed again. */
export const rememberedName = (): string => sessionStorage.getItem(WHO) ?? "";
export const rememberName = (name: string): void => sessionStorage.setItem(WHO, name);

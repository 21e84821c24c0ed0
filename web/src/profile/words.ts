import type { ProfileDocument } from "@zhiwei/api/profile.schema";
import type { listFeatures } from "@zhiwei/api/features";
import type { Output } from "@zhiwei/api/route";
import type { Language, Text } from "@zhiwei/core/basics";
import { NO_VALUE } from "../ui/format.ts";

export type Profile = ProfileDocument;
export type Dimension = Profile["dimensions"][number];
export type Flag = Profile["flags"][number];
export type Month = Profile["monthly"][number];
export type Feature = Output<typeof listFeatures>["features"][number];
export type Features = ReadonlyMap<string, Feature>;

export const SEVERITY: Readonly<Record<Flag["severity"], Text>> = {
  high: { zh: "高", en: "High" },
  medium: { zh: "中", en: "Medium" },
  low: { zh: "低", en: "Low" },
};
export const CONFIDENCE: Readonly<Record<Dimension["confidence"]["level"], Text>> = {
  high: { zh: "高", en: "high" },
  medium: { zh: "中", en: "medium" },
  low: { zh: "低", en: "low" },
};
export const SOURCES: Readonly<Record<Profile["completeness"]["sources"][number]["kind"], Text>> = {
  "sales-invoices": { zh: "销售发票", en: "Sales invoices" },
  "purchase-invoices": { zh: "采购发票", en: "Purchase invoices" },
  "bank-transactions": { zh: "银行流水", en: "Bank transactions" },
};
export const FRESHNESS: Readonly<Record<Profile["freshness"]["level"], Text>> = {
  fresh: { zh: "新鲜", en: "fresh" },
  ageing: { zh: "渐旧", en: "ageing" },
  stale: { zh: "陈旧", en: "stale" },
  none: { zh: "没有记录", en: "no records" },
};
export const PEER_KIND: Readonly<Record<Profile["peers"]["kind"], Text>> = {
  "size-and-industry": { zh: "同规模、同行业", en: "same size and industry" },
  size: { zh: "同规模", en: "same size" },
  industry: { zh: "同行业", en: "same industry" },
  all: { zh: "全部企业", en: "all enterprises" },
};
export const MEASURE: Readonly<Record<Profile["enterprise"]["sizeClass"]["missing"][number], Text>> = {
  persons: { zh: "从业人员", en: "persons employed" },
  revenue: { zh: "营业收入", en: "revenue" },
  assets: { zh: "资产总额", en: "total assets" },
};
export const DIRECTION: Readonly<Record<Feature["direction"], Text>> = {
  "higher-is-better": { zh: "越高越好", en: "Higher is better" },
  "lower-is-better": { zh: "越低越好", en: "Lower is better" },
  neutral: { zh: "不分好坏", en: "Neither high nor low is better" },
};
export const AIM: Readonly<Record<Dimension["features"][number]["aim"], Text>> = {
  higher: { zh: "越高越好", en: "higher is better" },
  lower: { zh: "越低越好", en: "lower is better" },
  middle: { zh: "越近同业中位越好", en: "nearest the median is best" },
};

const locale = (language: Language) => (language === "zh" ? "zh-CN" : "en-GB");

/** A position, percentile or change in points: one decimal, as it is stated. */
export const formatPoints = (value: number | null, language: Language): string =>
  value === null ? NO_VALUE : value.toLocaleString(locale(language), { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** How the position moved over the twelve months, in words. */
export const trendWords = ({ trend }: Dimension, language: Language): { arrow: string; words: Text } => {
  if (trend.change === null) return { arrow: "", words: { zh: "无上年可比", en: "no year before" } };
  const by = formatPoints(Math.abs(trend.change), language);
  if (trend.direction === "up") return { arrow: "↑", words: { zh: `升 ${by} 点`, en: `up ${by} points` } };
  if (trend.direction === "down") return { arrow: "↓", words: { zh: `降 ${by} 点`, en: `down ${by} points` } };
  const sign = trend.change < 0 ? "−" : "+";
  return { arrow: "→", words: { zh: `持平（${sign}${by} 点）`, en: `level (${sign}${by} points)` } };
};

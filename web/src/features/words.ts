import type { listFeatures } from "@zhiwei/api/features";
import type { Output } from "@zhiwei/api/route";
import type { Language, Text } from "@zhiwei/core/basics";

export type Feature = Output<typeof listFeatures>["features"][number];

export const UNITS: Readonly<Record<string, Text>> = {
  fen: { zh: "金额", en: "amount" },
  ratio: { zh: "比率", en: "ratio" },
  count: { zh: "个数", en: "count" },
  months: { zh: "月", en: "months" },
  days: { zh: "天", en: "days" },
  "per-month": { zh: "每月变化", en: "change a month" },
};

export const DIRECTIONS: Readonly<Record<Feature["direction"], Text>> = {
  "higher-is-better": { zh: "越高越好", en: "higher is better" },
  "lower-is-better": { zh: "越低越好", en: "lower is better" },
  neutral: { zh: "不分高低", en: "neutral" },
};

export const windowText = (months: number | null, language: Language): string => {
  if (months === null) return language === "zh" ? "全部历史" : "whole history";
  return language === "zh" ? `近${months}个月` : `${months} months`;
};

export const matches = (feature: Feature, search: string): boolean => {
  const wanted = search.trim().toLowerCase();
  const { id, name, formula, familyName } = feature;
  return [id, name.zh, name.en, formula.zh, formula.en, familyName.zh, familyName.en].some((words) => words.toLowerCase().includes(wanted));
};

/** Families in the catalogue's order. */
export const byFamily = (features: readonly Feature[]): { family: string; name: Text; features: Feature[] }[] => {
  const families = new Map<string, { family: string; name: Text; features: Feature[] }>();
  for (const feature of features) {
    const found = families.get(feature.family);
    if (found) found.features.push(feature);
    else families.set(feature.family, { family: feature.family, name: feature.familyName, features: [feature] });
  }
  return [...families.values()];
};

import type { Language, Text } from "@zhiwei/core/basics";

const locale = (language: Language) => (language === "zh" ? "zh-CN" : "en-GB");
const number = (value: number, language: Language, digits: number) =>
  value.toLocaleString(locale(language), { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** The sign that stands where there is no value. A reader of screens hears the words that go with it. */
export const NO_VALUE = "—";

/**
 * An amount for reading: in Chinese 元, 万元 or 亿元, in English CN¥ with k, m or bn; `exact` gives every fen.
 */
export const formatFen = (fen: number | null, language: Language, { exact = false } = {}): string => {
  if (fen === null) return NO_VALUE;
  const yuan = fen / 100;
  const size = Math.abs(yuan);
  if (language === "zh") {
    if (exact || size < 10_000) return `${number(yuan, language, 2)} 元`;
    return size < 100_000_000
      ? `${number(yuan / 10_000, language, size < 1_000_000 ? 2 : 1)} 万元`
      : `${number(yuan / 100_000_000, language, 2)} 亿元`;
  }
  const sign = yuan < 0 ? "−" : "";
  const words = (value: number, digits: number, unit: string) => `${sign}CN¥${number(value, language, digits)}${unit}`;
  if (exact || size < 10_000) return words(size, 2, "");
  if (size < 1_000_000) return words(size / 1000, 1, "k");
  return size < 1_000_000_000 ? words(size / 1_000_000, 2, "m") : words(size / 1_000_000_000, 2, "bn");
};

export const formatCount = (value: number | null, language: Language): string => (value === null ? NO_VALUE : number(value, language, 0));

export const formatPercent = (share: number | null, language: Language, digits = 1): string =>
  share === null ? NO_VALUE : `${number(share * 100, language, digits)}%`;

const UNITS: Readonly<Record<string, Text>> = {
  months: { zh: " 个月", en: " months" },
  days: { zh: " 天", en: " days" },
};

/** A feature's value in its unit: see the catalogue. Shares become percent; a slope is percent a month. */
export const formatValue = (value: number | null, unit: string, language: Language): string => {
  if (value === null) return NO_VALUE;
  if (unit === "fen") return formatFen(value, language);
  if (unit === "ratio") return Math.abs(value) >= 100 ? `${number(value, language, 1)}×` : formatPercent(value, language);
  if (unit === "per-month") return `${number(value * 100, language, 1)}%${language === "zh" ? "/月" : " a month"}`;
  const digits = Number.isInteger(value) ? 0 : 1;
  const name = UNITS[unit];
  if (!name) return number(value, language, digits);
  const text = `${number(value, language, digits)}${name[language]}`;
  return language === "en" && value === 1 ? text.replace(/s$/, "") : text;
};

/** An interval from ≤ value < to in the unit of a feature; null is open. */
export const formatInterval = (from: number | null, to: number | null, unit: string, language: Language): string => {
  if (from === null && to === null) return language === "zh" ? "全部取值" : "all values";
  if (from === null) return `< ${formatValue(to, unit, language)}`;
  if (to === null) return `≥ ${formatValue(from, unit, language)}`;
  return `${formatValue(from, unit, language)} – ${formatValue(to, unit, language)}`;
};

/** Days are written as they are kept: YYYY-MM-DD reads the same in both languages and sorts. */
export const formatDay = (day: string | null): string => day ?? NO_VALUE;

export const formatInstant = (instant: string, language: Language): string =>
  new Date(instant).toLocaleString(locale(language), { dateStyle: "medium", timeStyle: "short" });

export const formatBytes = (bytes: number, language: Language): string => {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const step = bytes === 0 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${number(bytes / 1000 ** step, language, step === 0 ? 0 : 1)} ${units[step]}`;
};

import { Tag } from "antd";
import type { EnterpriseSummary } from "@zhiwei/api/enterprise";
import type { Text } from "@zhiwei/core/basics";
import { NO_VALUE } from "../ui/format.ts";
import { useLanguage, useText } from "../ui/language.tsx";

const SIZES = {
  large: { zh: "大型", en: "large" },
  medium: { zh: "中型", en: "medium" },
  small: { zh: "小型", en: "small" },
  micro: { zh: "微型", en: "micro" },
} satisfies Record<string, Text>;

const T = {
  provisional: { zh: "暂定", en: "provisional" },
  inferred: { zh: "推断", en: "inferred" },
  high: { zh: "高", en: "high" },
  medium: { zh: "中", en: "medium" },
  low: { zh: "低", en: "low" },
  none: { zh: "无提示", en: "no flags" },
  position: { zh: "同业位置", en: "Position among peers" },
} satisfies Record<string, Text>;

export const SizeMark = ({ item }: { item: Pick<EnterpriseSummary, "sizeClass" | "sizeProvisional"> }) => {
  const text = useText();
  if (!item.sizeClass) return <span className="zw-mute">{NO_VALUE}</span>;
  return (
    <span>
      {text(SIZES[item.sizeClass])}
      {item.sizeProvisional && <span className="zw-mute"> · {text(T.provisional)}</span>}
    </span>
  );
};

export const sizeName = (size: NonNullable<EnterpriseSummary["sizeClass"]>): Text => SIZES[size];

export const IndustryMark = ({ industry }: { industry: EnterpriseSummary["industry"] }) => {
  const text = useText();
  if (!industry) return <span className="zw-mute">{NO_VALUE}</span>;
  return (
    <span>
      {text(industry.name)}
      {industry.source === "inferred-from-name" && <span className="zw-mute"> · {text(T.inferred)}</span>}
    </span>
  );
};

/** How many flags of each severity, in words as well as in colour. */
export const FlagCounts = ({ flags }: { flags: EnterpriseSummary["flags"] }) => {
  const text = useText();
  const shown = (["high", "medium", "low"] as const).filter((severity) => flags[severity] > 0);
  if (shown.length === 0) return <span className="zw-mute">{text(T.none)}</span>;
  return (
    <span className="zw-flags">
      {shown.map((severity) => (
        <Tag key={severity} className={`zw-flag-${severity}`}>
          {text(T[severity])} {flags[severity]}
        </Tag>
      ))}
    </span>
  );
};

/** A position 0–100 as number and bar, with the middle of the peers marked. */
export const Position = ({ value }: { value: number | null }) => {
  const text = useText();
  const language = useLanguage();
  if (value === null) return <span className="zw-mute zw-num">{NO_VALUE}</span>;
  const words = value.toLocaleString(language === "zh" ? "zh-CN" : "en-GB", { maximumFractionDigits: 1, minimumFractionDigits: 1 });
  return (
    <span className="zw-position" role="img" aria-label={`${text(T.position)} ${words}`}>
      <span className="zw-position-bar">
        <span style={{ width: `${value}%` }} />
      </span>
      <span className="zw-num">{words}</span>
    </span>
  );
};

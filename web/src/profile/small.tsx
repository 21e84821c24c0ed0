import { type ReactNode, useEffect, useState } from "react";
import type { Text } from "@zhiwei/core/basics";
import { useLanguage, useText } from "../ui/language.tsx";
import { formatPoints } from "./words.ts";

const T = {
  copy: { zh: "复制", en: "Copy" },
  copied: { zh: "已复制", en: "Copied" },
  table: { zh: "表格：", en: "Table: " },
  median: { zh: "同业中位为 50", en: "peer median 50" },
} satisfies Record<string, Text>;

/** A hash: its beginning to compare by eye, the whole of it to copy. */
export const Hash = ({ value, name }: { value: string; name: string }) => {
  const text = useText();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <span className="zp-hash">
      <code title={value}>{value.slice(0, 12)}…</code>
      <button type="button" className="zp-quiet" onClick={() => void navigator.clipboard?.writeText(value).then(() => setCopied(true))}>
        {text(copied ? T.copied : T.copy)}
        <span className="zw-visually-hidden"> {name}</span>
      </button>
      <output className="zw-visually-hidden">{copied ? text(T.copied) : ""}</output>
    </span>
  );
};

/** A position 0–100 as a bar with the middle of the peers marked. The number itself stands beside it as text. */
export const PositionBar = ({ value, label, quiet = false }: { value: number; label: string; quiet?: boolean }) => {
  const text = useText();
  const language = useLanguage();
  const words = `${formatPoints(value, language)} / 100${language === "zh" ? "，" : ", "}${text(T.median)}`;
  return (
    <span
      className="zp-bar"
      {...(quiet
        ? { "aria-hidden": true }
        : {
            role: "meter",
            "aria-label": label,
            "aria-valuemin": 0,
            "aria-valuemax": 100,
            "aria-valuenow": value,
            "aria-valuetext": words,
          })}
    >
      <i style={{ width: `${value}%` }} />
      <b />
    </span>
  );
};

export const Mark = ({
  tone = "plain",
  title,
  children,
}: {
  tone?: "plain" | "good" | "warn" | "bad";
  title?: string;
  children: ReactNode;
}) => (
  <span className={`zp-mark zp-${tone}`} title={title}>
    {children}
  </span>
);

/** A table that scrolls within itself, reachable and named for the keyboard. */
export const Scroll = ({ label, tall = false, children }: { label: string; tall?: boolean; children: ReactNode }) => {
  const text = useText();
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by key
    <section className={tall ? "zp-scroll zp-tall" : "zp-scroll"} aria-label={`${text(T.table)}${label}`} tabIndex={0}>
      {children}
    </section>
  );
};

export const Nothing = ({ says, children }: { says: string; children?: ReactNode }) => (
  <div className="zp-nothing">
    <p>{says}</p>
    {children}
  </div>
);

/** One of a few, each a button that says whether it is pressed. */
export const Switch = <V extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: V;
  options: readonly (readonly [value: V, name: string])[];
  onChange: (value: V) => void;
}) => (
  <fieldset className="zp-switch" aria-label={label}>
    {options.map(([each, name]) => (
      <button key={each} type="button" aria-pressed={value === each} onClick={() => onChange(each)}>
        {name}
      </button>
    ))}
  </fieldset>
);

import { type ReactNode, useEffect, useId, useState } from "react";
import { texts } from "./language.tsx";

const useT = texts({
  copy: { zh: "复制", en: "Copy" },
  copied: { zh: "已复制", en: "Copied" },
});

/** A choice by the device's own control: known to every reader of screens, and at home on a phone. */
export const Choice = ({
  label,
  value,
  options,
  onChange,
  showLabel = false,
}: {
  label: string;
  value: string;
  options: readonly { readonly value: string; readonly label: string }[];
  onChange: (value: string) => void;
  showLabel?: boolean;
}) => {
  const id = useId();
  return (
    <span className="zw-field">
      <label htmlFor={id} className={showLabel ? undefined : "zw-visually-hidden"}>
        {label}
      </label>
      <select id={id} className="zw-input" value={value} onChange={(event) => onChange(event.target.value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </span>
  );
};

const EARLIEST = "1990-01-01";

/** The day that everything is said for. It is taken once typing has come to rest, since a year is typed digit by digit. */
export const DayPicker = ({
  label,
  shown,
  chosen,
  otherwise,
  onChoose,
}: {
  label: string;
  shown: string;
  chosen: string | undefined;
  /** The name of the day that holds where none is chosen. */
  otherwise: string;
  onChoose: (day: string | undefined) => void;
}) => {
  const id = useId();
  const [typed, setTyped] = useState(shown);
  const [before, setBefore] = useState(shown);
  if (before !== shown) {
    setBefore(shown);
    setTyped(shown);
  }
  useEffect(() => {
    if (typed === shown || typed < EARLIEST) return;
    const timer = setTimeout(() => onChoose(typed), 700);
    return () => clearTimeout(timer);
  }, [typed, shown, onChoose]);
  return (
    <span className="zw-field">
      <label htmlFor={id}>{label}</label>
      <input id={id} type="date" className="zw-input" value={typed} min={EARLIEST} onChange={(event) => setTyped(event.target.value)} />
      {chosen !== undefined && (
        <button type="button" className="zw-link" onClick={() => onChoose(undefined)}>
          {otherwise}
        </button>
      )}
    </span>
  );
};

/** A search field that tells what was typed once the fingers rest. */
export const SearchField = ({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) => {
  const [typed, setTyped] = useState(value);
  const id = useId();
  // What was chosen elsewhere (Back, a cleared filter) takes the place of what was typed.
  const [seen, setSeen] = useState(value);
  if (seen !== value) {
    setSeen(value);
    setTyped(value);
  }
  useEffect(() => {
    if (typed === value) return;
    const timer = setTimeout(() => onChange(typed), 300);
    return () => clearTimeout(timer);
  }, [typed, value, onChange]);
  return (
    <span className="zw-field zw-grow">
      <label htmlFor={id} className="zw-visually-hidden">
        {label}
      </label>
      <input
        id={id}
        type="search"
        className="zw-input"
        placeholder={label}
        maxLength={100}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
    </span>
  );
};

/** A hash: its beginning to look at, the whole of it to copy. */
export const Hash = ({ value }: { value: string }) => {
  const t = useT();
  const [copied, setCopied] = useState(false);
  return (
    <span className="zw-hash">
      <code title={value}>{value.slice(0, 12)}…</code>
      <button
        type="button"
        className="zw-link"
        onClick={() => {
          void navigator.clipboard?.writeText(value).then(() => setCopied(true));
          setTimeout(() => setCopied(false), 2000);
        }}
      >
        {t(copied ? "copied" : "copy")}
        <span className="zw-visually-hidden"> SHA-256 {value.slice(0, 12)}</span>
      </button>
    </span>
  );
};

export const Mark = ({ tone = "plain", children }: { tone?: "plain" | "good" | "warn" | "bad"; children: ReactNode }) => (
  <span className={`zw-mark zw-${tone}`}>{children}</span>
);

/** A bar of progress; without a total it only says that something is going on. */
export const ProgressBar = ({ label, done, total }: { label: string; done: number; total: number }) => (
  <progress className="zw-progress" aria-label={label} {...(total > 0 ? { value: Math.min(done, total), max: total } : {})} />
);

/** Names with their values, as a description list; a row that is null is none. */
export const Facts = ({
  rows,
  className = "zw-facts",
}: {
  rows: readonly (readonly [name: string, value: ReactNode] | null)[];
  className?: string;
}) => (
  <dl className={className}>
    {rows.map(
      (row) =>
        row && (
          <div key={row[0]}>
            <dt>{row[0]}</dt>
            <dd>{row[1]}</dd>
          </div>
        ),
    )}
  </dl>
);

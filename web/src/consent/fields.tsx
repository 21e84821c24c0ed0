import { useId } from "react";
import type { DataClass, Purpose } from "@zhiwei/core/consent";
import { longestTerm } from "@zhiwei/core/consent";
import { texts, useText } from "../ui/language.tsx";
import { classOptions, purposeOptions } from "./words.ts";

const useT = texts({
  purposes: { zh: "目的", en: "Purposes" },
  classes: { zh: "数据", en: "Data" },
  months: { zh: "期限（月，最长 {{most}}）", en: "Term (months, {{most}} at most)" },
});

export type TermsDraft = { readonly purposes: readonly Purpose[]; readonly classes: readonly DataClass[]; readonly months: number };
export const mostMonths = (purposes: readonly Purpose[]): number => (purposes.length === 0 ? 12 : longestTerm(purposes));

const toggled = <T extends string>(all: readonly T[], one: T): T[] =>
  all.includes(one) ? all.filter((each) => each !== one) : [...all, one];

/** Purposes, data and term, as the one who asks and the one who consents fill them in. */
export const TermsFields = ({ draft, onChange }: { draft: TermsDraft; onChange: (draft: TermsDraft) => void }) => {
  const t = useT();
  const text = useText();
  const months = useId();
  const most = mostMonths(draft.purposes);
  return (
    <>
      <fieldset className="cs-set">
        <legend>{t("purposes")}</legend>
        {purposeOptions.map(({ value, name }) => (
          <label key={value}>
            <input
              type="checkbox"
              checked={draft.purposes.includes(value)}
              onChange={() => {
                const purposes = toggled(draft.purposes, value);
                onChange({ ...draft, purposes, months: Math.min(draft.months, mostMonths(purposes)) });
              }}
            />
            {text(name)}
          </label>
        ))}
      </fieldset>
      <fieldset className="cs-set">
        <legend>{t("classes")}</legend>
        {classOptions.map(({ value, name, holds }) => (
          <label key={value} title={text(holds)}>
            <input
              type="checkbox"
              checked={draft.classes.includes(value)}
              onChange={() => onChange({ ...draft, classes: toggled(draft.classes, value) })}
            />
            {text(name)}
          </label>
        ))}
      </fieldset>
      <p className="cs-line">
        <label htmlFor={months}>{t("months", { most })}</label>
        <input
          id={months}
          type="number"
          className="zw-input cs-months"
          min={1}
          max={most}
          value={draft.months}
          onChange={(event) => onChange({ ...draft, months: Math.max(1, Math.min(most, Math.trunc(Number(event.target.value)) || 1)) })}
        />
      </p>
    </>
  );
};

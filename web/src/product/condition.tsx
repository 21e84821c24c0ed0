import { useId } from "react";
import { Button } from "antd";
import {
  type Comparison,
  type Condition,
  type Fact,
  type Operand,
  type Operator,
  factById,
  isTimesFact,
  operatorsOf,
  withoutNot,
} from "@zhiwei/core/product";
import { texts, useText } from "../ui/language.tsx";
import { emptied, hasNear, hasShape, isListed, isRanged, joined, replaced, withFact, withOperator, withoutPart } from "./draft.ts";
import { CodesField, FactPicker, FaultAt, Field, NumberInput, WordsField } from "./fields.tsx";
import { OPERATOR } from "./words.ts";

const useT = texts({
  comparison: { zh: "比较方式", en: "How it is compared" },
  value: { zh: "数值", en: "Value" },
  low: { zh: "下限", en: "Lower bound" },
  high: { zh: "上限", en: "Upper bound" },
  yes: { zh: "是", en: "yes" },
  no: { zh: "否", en: "no" },
  values: { zh: "取值", en: "Values" },
  texts_: { zh: "取值，以逗号分隔", en: "Values, separated by commas" },
  numbers: { zh: "数字，以逗号分隔", en: "Numbers, separated by commas" },
  against: { zh: "与什么比较", en: "Compared with" },
  figure: { zh: "一个数值", en: "a figure" },
  other: { zh: "另一指标的倍数", en: "times another fact" },
  times: { zh: "倍数", en: "Times" },
  near: { zh: "差多少算“接近”", en: "How far off is near" },
  usual: { zh: "通常（差一成或一级以内）", en: "the usual: a tenth, or one step" },
  share: { zh: "按比例", en: "a share" },
  amount: { zh: "按数额", en: "an amount" },
  nearValue: { zh: "接近的幅度", en: "How far" },
  all: { zh: "以下全部成立", en: "All of these hold" },
  any: { zh: "以下至少一项成立", en: "At least one of these holds" },
  group: { zh: "成立方式", en: "How they are joined" },
  and: { zh: "＋ 且", en: "+ and" },
  or: { zh: "＋ 或", en: "+ or" },
  part: { zh: "删除这一项", en: "Remove this part" },
  not: { zh: "并非以下情况：", en: "It is not so that:" },
  plain: { zh: "改写为肯定句", en: "Write it without “not”" },
  condition: { zh: "条件", en: "Condition" },
  anew: { zh: "重新填写", en: "Fill it in anew" },
});

type Editing<T> = { readonly at: string; readonly value: T; readonly onChange: (value: T) => void };

/** One look at one fact: which, how, and against what, each in the form that people use. */
const ComparisonEditor = ({ at, value: comparison, onChange }: Editing<Comparison>) => {
  const t = useT();
  const text = useText();
  const id = useId();
  const fact = factById(comparison.fact);
  if (!fact)
    return (
      <div className="pr-look">
        <FactPicker value={comparison.fact} onChange={(next) => onChange(withFact(comparison, next))} />
        <FaultAt at={`${at}.fact`} />
      </div>
    );
  const { op, value } = comparison;
  return (
    <div className="pr-look">
      <FactPicker value={comparison.fact} onChange={(next) => next !== comparison.fact && onChange(withFact(comparison, next))} />
      <span>
        <label htmlFor={id} className="zw-visually-hidden">
          {t("comparison")}
        </label>
        <select
          id={id}
          className="zw-input"
          value={op}
          onChange={(event) => onChange(withOperator(comparison, event.target.value as Operator))}
        >
          {operatorsOf(fact).map((each) => (
            <option key={each} value={each}>
              {text(OPERATOR[each])}
            </option>
          ))}
        </select>
      </span>
      {hasShape(fact, op, value) ? (
        <OperandEditor
          key={`${comparison.fact} ${isListed(op)} ${isRanged(op)}`}
          at={`${at}.value`}
          fact={fact}
          op={op}
          value={value}
          onChange={(next) => onChange({ ...comparison, value: next })}
        />
      ) : (
        <span>
          <code>{JSON.stringify(value)}</code>{" "}
          <button type="button" className="zw-link" onClick={() => onChange(emptied(comparison))}>
            {t("anew")}
          </button>
          <FaultAt at={`${at}.value`} />
        </span>
      )}
      {hasNear(comparison) && <NearEditor fact={fact} comparison={comparison} onChange={onChange} />}
      <FaultAt at={`${at}.op`} />
      <FaultAt at={`${at}.near`} />
    </div>
  );
};

const NearEditor = ({ fact, comparison, onChange }: { fact: Fact; comparison: Comparison; onChange: (value: Comparison) => void }) => {
  const t = useT();
  const id = useId();
  const { near, ...bare } = comparison;
  const isNumber = fact.type.kind === "number";
  const kind = near === undefined ? "usual" : "share" in near ? "share" : "amount";
  return (
    <span className="pr-near">
      <label htmlFor={id}>{t("near")}</label>
      <select
        id={id}
        className="zw-input"
        value={kind}
        onChange={({ target }) =>
          onChange(
            target.value === "usual"
              ? bare
              : target.value === "share"
                ? { ...bare, near: { share: 0.1 } }
                : { ...bare, near: { amount: 0 } },
          )
        }
      >
        <option value="usual">{t("usual")}</option>
        {isNumber && <option value="share">{t("share")}</option>}
        <option value="amount">{t("amount")}</option>
      </select>
      {near !== undefined && (
        <NumberInput
          ids={{ "aria-label": t("nearValue") }}
          value={"share" in near ? near.share : near.amount}
          unit={"share" in near ? "share" : fact.type.kind === "number" ? fact.type.unit : "count"}
          onChange={(next) => onChange({ ...bare, near: "share" in near ? { share: next } : { amount: next } })}
        />
      )}
    </span>
  );
};

const OperandEditor = ({ at, fact, op, value, onChange }: Editing<Operand> & { fact: Fact; op: Operator }) => {
  const t = useT();
  const text = useText();
  const id = useId();
  const { type } = fact;
  const listed = isListed(op);
  if (type.kind === "boolean")
    return (
      <Field label={t("value")} at={at}>
        {(ids) => (
          <select
            {...ids}
            className="zw-input"
            value={value === true ? "true" : "false"}
            onChange={(event) => onChange(event.target.value === "true")}
          >
            <option value="true">{t("yes")}</option>
            <option value="false">{t("no")}</option>
          </select>
        )}
      </Field>
    );
  if (type.kind === "word" || type.kind === "words") {
    const words = Object.entries(type.words);
    if (!listed)
      return (
        <Field label={t("value")} at={at}>
          {(ids) => (
            <select {...ids} className="zw-input" value={String(value as string)} onChange={(event) => onChange(event.target.value)}>
              {words.map(([word, name]) => (
                <option key={word} value={word}>
                  {text(name)}
                </option>
              ))}
            </select>
          )}
        </Field>
      );
    const chosen = value as readonly string[];
    return (
      <fieldset className="pr-words">
        <legend>{t("values")}</legend>
        {words.map(([word, name]) => (
          <label key={word}>
            <input
              type="checkbox"
              checked={chosen.includes(word)}
              onChange={(event) =>
                onChange(words.map(([each]) => each).filter((each) => (each === word ? event.target.checked : chosen.includes(each))))
              }
            />
            {text(name)}
          </label>
        ))}
        <FaultAt at={at} />
      </fieldset>
    );
  }
  if (type.kind === "number") {
    if (isRanged(op)) {
      const [low, high] = value as readonly [number, number];
      return (
        <span className="pr-range">
          <Field label={t("low")} at={`${at}.0`}>
            {(ids) => <NumberInput ids={ids} value={low} unit={type.unit} onChange={(next) => onChange([next, high])} />}
          </Field>
          <Field label={t("high")} at={`${at}.1`}>
            {(ids) => <NumberInput ids={ids} value={high} unit={type.unit} onChange={(next) => onChange([low, next])} />}
          </Field>
          <FaultAt at={at} />
        </span>
      );
    }
    if (listed)
      return (
        <WordsField
          label={t("numbers")}
          at={at}
          value={(value as readonly number[]).map(String)}
          onChange={(next) => onChange(next.map(Number))}
        />
      );
    const times = isTimesFact(value);
    return (
      <span className="pr-range">
        <span className="pr-field">
          <label htmlFor={id}>{t("against")}</label>
          <select
            id={id}
            className="zw-input"
            value={times ? "other" : "figure"}
            onChange={(event) => onChange(event.target.value === "other" ? { fact: "feature.net_sales_12m", times: 1 } : Number.NaN)}
          >
            <option value="figure">{t("figure")}</option>
            <option value="other">{t("other")}</option>
          </select>
        </span>
        {times ? (
          <>
            <Field label={t("times")} at={`${at}.times`}>
              {(ids) => <NumberInput ids={ids} value={value.times} unit="times" onChange={(next) => onChange({ ...value, times: next })} />}
            </Field>
            <span className="pr-field">
              <FactPicker numbers value={value.fact} onChange={(next) => onChange({ ...value, fact: next })} />
              <FaultAt at={`${at}.fact`} />
            </span>
          </>
        ) : (
          <Field label={t("value")} at={at}>
            {(ids) => <NumberInput ids={ids} value={value as number} unit={type.unit} onChange={onChange} />}
          </Field>
        )}
      </span>
    );
  }
  if (listed) {
    const list = value as readonly string[];
    return type.kind === "code" ? (
      <CodesField label={t("value")} at={at} of={type.of} value={list} onChange={onChange} />
    ) : (
      <WordsField label={t("texts_")} at={at} value={list} onChange={onChange} />
    );
  }
  return (
    <Field label={t("value")} at={at}>
      {(ids) => (
        <input
          {...ids}
          className="zw-input"
          maxLength={100}
          value={String(value as string)}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
};

/** A condition of any depth: a look, a group of conditions, or the contrary of one. */
export const ConditionEditor = ({ at, value: condition, onChange, depth = 0 }: Editing<Condition> & { depth?: number }) => {
  const t = useT();
  const id = useId();
  if ("not" in condition)
    return (
      <div className="pr-group">
        <p>
          {t("not")}{" "}
          <button type="button" className="zw-link" onClick={() => onChange(withoutNot(condition))}>
            {t("plain")}
          </button>
        </p>
        <ConditionEditor at={`${at}.not`} value={condition.not} onChange={(not) => onChange({ not })} depth={depth + 1} />
      </div>
    );
  const further = (by: "all" | "any") => onChange(joined(condition, by, withFact(null, "feature.net_sales_12m")));
  if ("fact" in condition)
    return (
      <>
        <ComparisonEditor at={at} value={condition} onChange={onChange} />
        {depth < 2 && (
          <span className="pr-buttons">
            <Button size="small" onClick={() => further("all")}>
              {t("and")}
            </Button>
            <Button size="small" onClick={() => further("any")}>
              {t("or")}
            </Button>
          </span>
        )}
      </>
    );
  const by = "all" in condition ? "all" : "any";
  const parts = "all" in condition ? condition.all : (condition as { readonly any: readonly Condition[] }).any;
  const grouped = (next: readonly Condition[], how: "all" | "any" = by): Condition => (how === "all" ? { all: next } : { any: next });
  return (
    <fieldset className="pr-group">
      <legend className="zw-visually-hidden">{t("condition")}</legend>
      <label htmlFor={id} className="zw-visually-hidden">
        {t("group")}
      </label>
      <select id={id} className="zw-input" value={by} onChange={(event) => onChange(grouped(parts, event.target.value as "all" | "any"))}>
        <option value="all">{t("all")}</option>
        <option value="any">{t("any")}</option>
      </select>
      <ol className="pr-parts">
        {parts.map((part, i) => (
          // eslint-disable-next-line react/no-array-index-key -- parts have no other name
          <li key={i}>
            <ConditionEditor
              at={`${at}.${by}.${i}`}
              value={part}
              onChange={(next) => onChange(grouped(replaced(parts, i, next)))}
              depth={depth + 1}
            />
            {parts.length > 1 && (
              <button type="button" className="zw-link" onClick={() => onChange(withoutPart(parts, by, i))}>
                {t("part")} {i + 1}
              </button>
            )}
          </li>
        ))}
      </ol>
      <Button size="small" onClick={() => further(by)}>
        {t(by === "all" ? "and" : "or")}
      </Button>
    </fieldset>
  );
};

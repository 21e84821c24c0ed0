import { useState } from "react";
import { Button } from "antd";
import type { IsoDate } from "@zhiwei/core/basics";
import { type Product, type Rule, conditionText } from "@zhiwei/core/product";
import { Mark } from "../ui/controls.tsx";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { ConditionEditor } from "./condition.tsx";
import { freeId, newRule, replaced, withFact } from "./draft.ts";
import { CitationField, DayField, FactPicker, ListButtons, ListEditor, PairField, TextField } from "./fields.tsx";

const useT = texts({
  none: { zh: "还没有规则：每家企业都符合。", en: "No rule yet: every enterprise passes." },
  add: { zh: "添加规则：选择指标", en: "Add a rule: choose a fact" },
  edit: { zh: "修改", en: "Change" },
  close: { zh: "收起", en: "Close" },
  copy: { zh: "复制", en: "Copy" },
  named: { zh: "{{action}}：{{name}}", en: "{{action}}: {{name}}" },
  rule: { zh: "规则 {{n}}", en: "Rule {{n}}" },
  title: { zh: "名称", en: "Title" },
  id: { zh: "编号（小写字母、数字、连字符）", en: "Id (lower-case letters, digits, hyphens)" },
  from: { zh: "生效日", en: "Valid from" },
  to: { zh: "失效日（含当日）", en: "Valid to, that day included" },
  always: { zh: "空为不限", en: "Empty: without end" },
  unless: { zh: "例外（满足其一即视为符合）", en: "Exceptions: where one of them holds, the rule is kept" },
  exception: { zh: "例外", en: "Exception" },
  addException: { zh: "添加例外", en: "Add an exception" },
  asked: { zh: "要求", en: "Asked for" },
  except: { zh: "除非 {{text}}", en: "unless {{text}}" },
  validFrom: { zh: "自 {{day}} 起", en: "from {{day}}" },
  validTo: { zh: "至 {{day}}", en: "until {{day}}" },
  assumption: { zh: "假设", en: "assumption" },
});

/** A rule as people read it: its title, what it asks for, its exceptions, what it rests on and when it holds. */
export const RuleWords = ({ rule, sources }: { rule: Rule; sources: Product["sources"] }) => {
  const t = useT();
  const text = useText();
  const source = sources.find(({ id }) => id === rule.citation);
  const valid = [
    ...(rule.validFrom ? [t("validFrom", { day: rule.validFrom })] : []),
    ...(rule.validTo ? [t("validTo", { day: rule.validTo })] : []),
  ];
  return (
    <div className="pr-rule">
      <strong>{text(rule.title)}</strong>
      <span>{text(conditionText(rule.when))}</span>
      {rule.unless.map((each, i) => (
        // eslint-disable-next-line react/no-array-index-key -- exceptions have no other name
        <span key={i}>{t("except", { text: `${text(each.title)}${text({ zh: "：", en: ": " })}${text(conditionText(each.when))}` })}</span>
      ))}
      <small className="zw-mute">
        {source ? `${text(source.title)} · ${text(source.publisher)}, ${source.year}` : <Mark>{t("assumption")}</Mark>}
        {valid.length > 0 && ` · ${valid.join(" ")}`}
      </small>
    </div>
  );
};

const RuleFields = ({
  rule,
  at,
  sources,
  onChange,
}: {
  rule: Rule;
  at: string;
  sources: Product["sources"];
  onChange: (rule: Rule) => void;
}) => {
  const t = useT();
  return (
    <div className="pr-open">
      <div className="pr-grid">
        <PairField label={t("title")} at={`${at}.title`} value={rule.title} onChange={(title) => onChange({ ...rule, title })} />
      </div>
      <p className="zw-mute">{t("asked")}</p>
      <ConditionEditor at={`${at}.when`} value={rule.when} onChange={(when) => onChange({ ...rule, when })} />
      <div className="pr-grid">
        <CitationField
          at={`${at}.citation`}
          value={rule.citation}
          sources={sources}
          onChange={(citation) => onChange({ ...rule, citation })}
        />
        <DayField
          label={t("from")}
          at={`${at}.validFrom`}
          hint={t("always")}
          value={rule.validFrom}
          onChange={(day) => onChange({ ...rule, validFrom: day as IsoDate | null })}
        />
        <DayField
          label={t("to")}
          at={`${at}.validTo`}
          hint={t("always")}
          value={rule.validTo}
          onChange={(day) => onChange({ ...rule, validTo: day as IsoDate | null })}
        />
        <TextField label={t("id")} at={`${at}.id`} value={rule.id} maxLength={61} onChange={(id) => onChange({ ...rule, id })} />
      </div>
      <h3 className="zw-sub">{t("unless")}</h3>
      <ListEditor
        name={t("exception")}
        list={rule.unless}
        onChange={(unless) => onChange({ ...rule, unless })}
        add={() => ({ title: { zh: "", en: "" }, when: withFact(null, "feature.history_months"), citation: "assumption" })}
        addLabel={t("addException")}
      >
        {(exception, change, i) => (
          <>
            <PairField
              label={t("title")}
              at={`${at}.unless.${i}.title`}
              value={exception.title}
              onChange={(title) => change({ ...exception, title })}
            />
            <div className="pr-wide">
              <ConditionEditor at={`${at}.unless.${i}.when`} value={exception.when} onChange={(when) => change({ ...exception, when })} />
            </div>
            <CitationField
              at={`${at}.unless.${i}.citation`}
              value={exception.citation}
              sources={sources}
              onChange={(citation) => change({ ...exception, citation })}
            />
          </>
        )}
      </ListEditor>
    </div>
  );
};

/** The rules as a table of sentences, in their order; one at a time is open to be changed. */
export const RulesEditor = ({
  product,
  wrong,
  onChange,
}: {
  product: Product;
  /** Whether something is wrong at or below a path. */
  wrong: (at: string) => boolean;
  onChange: (rules: readonly Rule[]) => void;
}) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const [open, setOpen] = useState<string | null>(null);
  const rules = product.eligibility;
  // The one that is open is known by its id, which itself may be changed: the place is found anew and kept with it.
  const change = (at: number, next: Rule) => {
    if (rules[at]!.id === open) setOpen(next.id);
    onChange(replaced(rules, at, next));
  };
  return (
    <>
      {rules.length === 0 ? (
        <p className="zw-mute">{t("none")}</p>
      ) : (
        <ol className="pr-rules">
          {rules.map((rule, at) => {
            const name = text(rule.title) || t("rule", { n: at + 1 });
            const isOpen = rule.id === open;
            return (
              // eslint-disable-next-line react/no-array-index-key -- a rule's id may be changed while it is open
              <li key={at} data-wrong={wrong(`eligibility.${at}`)}>
                <div className="pr-entry-head">
                  <RuleWords rule={rule} sources={product.sources} />
                  <ListButtons list={rules} at={at} name={name} onChange={onChange}>
                    <Button
                      size="small"
                      aria-expanded={isOpen}
                      aria-label={t("named", { action: t(isOpen ? "close" : "edit"), name })}
                      onClick={() => setOpen(isOpen ? null : rule.id)}
                    >
                      {t(isOpen ? "close" : "edit")}
                    </Button>
                    <Button
                      size="small"
                      aria-label={t("named", { action: t("copy"), name })}
                      onClick={() => {
                        const copy = { ...rule, id: freeId(rule.id, rules) };
                        onChange([...rules.slice(0, at + 1), copy, ...rules.slice(at + 1)]);
                        setOpen(copy.id);
                      }}
                    >
                      {t("copy")}
                    </Button>
                  </ListButtons>
                </div>
                {isOpen && (
                  <RuleFields rule={rule} at={`eligibility.${at}`} sources={product.sources} onChange={(next) => change(at, next)} />
                )}
              </li>
            );
          })}
        </ol>
      )}
      <FactPicker
        key={language}
        value={null}
        label={t("add")}
        onChange={(fact) => {
          const rule = newRule(rules, fact);
          onChange([...rules, rule]);
          setOpen(rule.id);
        }}
      />
    </>
  );
};

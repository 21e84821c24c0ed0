import { type ReactNode, createContext, useContext, useDeferredValue, useId, useMemo, useState } from "react";
import { Button, Modal } from "antd";
import { listFacts } from "@zhiwei/api/product";
import type { Text } from "@zhiwei/core/basics";
import { divisions, industryCode, regions, sections } from "@zhiwei/core/enterprise";
import { type Fault, type Product, factById } from "@zhiwei/core/product";
import { useRoute } from "../ui/api.ts";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { EmptyState, LoadingState, ProblemState } from "../ui/states.tsx";
import { type TypedUnit, moved, removed, replaced, typed, unitName, untyped } from "./draft.ts";
import { type CodeOf, codeName } from "./words.ts";

const useT = texts({
  zh: { zh: "{{label}}（中文）", en: "{{label}} (Chinese)" },
  en: { zh: "{{label}}（英文）", en: "{{label}} (English)" },
  up: { zh: "上移", en: "Up" },
  down: { zh: "下移", en: "Down" },
  remove: { zh: "删除", en: "Remove" },
  of: { zh: "{{action}}：{{name}}", en: "{{action}}: {{name}}" },
  choose: { zh: "选择指标", en: "Choose a fact" },
  chosen: { zh: "指标：{{name}}，更换", en: "Fact: {{name}}, change" },
  search: { zh: "按名称、资料或编号查找", en: "Find by name, record or id" },
  known: { zh: "由{{record}}得知", en: "known by: {{record}}" },
  none: { zh: "没有这样的指标。", en: "No fact is like that." },
  cancel: { zh: "取消", en: "Cancel" },
  assumption: { zh: "假设（未公布）", en: "Assumption (nothing is published)" },
  citation: { zh: "依据", en: "Rests on" },
  unitOf: { zh: "单位 {{unit}}", en: "in {{unit}}" },
  yesNo: { zh: "是或否", en: "yes or no" },
  choice: { zh: "选项", en: "a choice" },
  text: { zh: "文字", en: "text" },
  code: { zh: "代码", en: "a code" },
  region: { zh: "按名称或代码查找地区", en: "Find a region by name or code" },
  industry: { zh: "按名称或代码查找行业", en: "Find an industry by name or code" },
});

const Faults = createContext<readonly Fault[]>([]);
/** Everything below knows what is wrong where. */
export const FaultsKnown = Faults;

/** What is wrong at a path of the document, and null where nothing is. */
const useFault = (at: string | undefined): Text | null => {
  const faults = useContext(Faults);
  return (at !== undefined && faults.find((fault) => fault.at === at)?.text) || null;
};

/** Shows a fault that belongs to a part rather than to one field. */
export const FaultAt = ({ at }: { at: string }) => {
  const text = useText();
  const fault = useFault(at);
  return fault && <p className="zw-bad pr-fault">{text(fault)}</p>;
};

type Ids = { readonly id: string; readonly "aria-invalid": boolean; readonly "aria-describedby": string | undefined };
/** A field with its label and, below it, what is wrong at its path. */
export const Field = ({
  label,
  at,
  hint,
  wide = false,
  children,
}: {
  label: string;
  at?: string | undefined;
  hint?: string | undefined;
  wide?: boolean;
  children: (ids: Ids) => ReactNode;
}) => {
  const id = useId();
  const text = useText();
  const fault = useFault(at);
  const said = fault ? text(fault) : hint;
  return (
    <div className={wide ? "pr-field pr-wide" : "pr-field"}>
      <label htmlFor={id}>{label}</label>
      {children({ id, "aria-invalid": fault !== null, "aria-describedby": said ? `${id}s` : undefined })}
      {said && (
        <small id={`${id}s`} className={fault ? "zw-bad" : "zw-mute"}>
          {said}
        </small>
      )}
    </div>
  );
};

type Valued<T> = { readonly label: string; readonly at?: string; readonly value: T; readonly onChange: (value: T) => void };

export const TextField = ({
  label,
  at,
  value,
  onChange,
  hint,
  wide,
  rows,
  ...more
}: Valued<string> & { hint?: string; wide?: boolean; rows?: number; maxLength?: number; disabled?: boolean }) => (
  <Field label={label} at={at} hint={hint} wide={wide ?? false}>
    {(ids) =>
      rows ? (
        <textarea {...ids} {...more} className="zw-input" rows={rows} value={value} onChange={(event) => onChange(event.target.value)} />
      ) : (
        <input
          {...ids}
          {...more}
          className="zw-input"
          autoComplete="off"
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )
    }
  </Field>
);

/** A text in both languages. */
export const PairField = ({ label, at, value, onChange, rows }: Valued<Text> & { rows?: number }) => {
  const t = useT();
  return (
    <>
      <TextField
        label={t("zh", { label })}
        at={`${at}.zh`}
        value={value.zh}
        maxLength={1000}
        {...(rows ? { rows } : {})}
        onChange={(zh) => onChange({ ...value, zh })}
      />
      <TextField
        label={t("en", { label })}
        at={`${at}.en`}
        value={value.en}
        maxLength={1000}
        {...(rows ? { rows } : {})}
        onChange={(en) => onChange({ ...value, en })}
      />
    </>
  );
};

/** The text of a number: it stays as it was typed, until the value becomes another elsewhere. */
const useTyped = (value: number | null, unit: TypedUnit): readonly [string, (text: string) => number | null] => {
  const [text, setText] = useState(() => (value === null ? "" : typed(value, unit)));
  const read = (each: string) => (each.trim() === "" ? null : untyped(each, unit));
  const shown = value === null ? "" : typed(value, unit);
  // An empty field is no number where one is needed, and says so by itself.
  const same = Object.is(read(text), value) || (text.trim() === "" && Number.isNaN(value));
  if (!same && text !== shown) setText(shown);
  return [
    text,
    (next) => {
      setText(next);
      return read(next);
    },
  ];
};

type InputIds = Partial<Ids> & { readonly "aria-label"?: string };
const NumberText = ({
  ids,
  value,
  unit,
  onChange,
}: {
  ids: InputIds;
  value: number | null;
  unit: TypedUnit;
  onChange: (value: number | null) => void;
}) => {
  const language = useLanguage();
  const [text, read] = useTyped(value, unit);
  const name = unitName(unit, language);
  return (
    <span className="pr-number">
      <input
        {...ids}
        className="zw-input"
        inputMode="decimal"
        autoComplete="off"
        maxLength={24}
        value={text}
        onChange={(event) => onChange(read(event.target.value))}
      />
      {name && <span className="zw-mute">{name}</span>}
    </span>
  );
};

export const NumberInput = ({
  onChange,
  ...more
}: {
  ids: InputIds;
  value: number;
  unit: TypedUnit;
  onChange: (value: number) => void;
}) => <NumberText {...more} onChange={(value) => onChange(value ?? Number.NaN)} />;

export const NumberField = ({ label, at, value, onChange, unit, hint }: Valued<number> & { unit: TypedUnit; hint?: string }) => (
  <Field label={label} at={at} hint={hint}>
    {(ids) => <NumberInput ids={ids} value={value} unit={unit} onChange={onChange} />}
  </Field>
);

/** A number that may be left out: empty is null. */
export const MaybeNumberField = ({
  label,
  at,
  value,
  onChange,
  unit,
  hint,
}: Valued<number | null> & { unit: TypedUnit; hint?: string }) => (
  <Field label={label} at={at} hint={hint}>
    {(ids) => <NumberText ids={ids} value={value} unit={unit} onChange={onChange} />}
  </Field>
);
export const ChoiceField = <T extends string>({
  label,
  at,
  value,
  options,
  onChange,
  hint,
}: Valued<T> & { options: Readonly<Record<T, Text>>; hint?: string }) => {
  const text = useText();
  return (
    <Field label={label} at={at} hint={hint}>
      {(ids) => (
        <select {...ids} className="zw-input" value={value} onChange={(event) => onChange(event.target.value as T)}>
          {(Object.entries(options) as [T, Text][]).map(([each, name]) => (
            <option key={each} value={each}>
              {text(name)}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
};

export const DayField = ({ label, at, value, onChange, hint }: Valued<string | null> & { hint?: string }) => (
  <Field label={label} at={at} hint={hint}>
    {(ids) => (
      <input {...ids} className="zw-input" type="date" value={value ?? ""} onChange={(event) => onChange(event.target.value || null)} />
    )}
  </Field>
);

/** What a figure rests on: one of the document's sources, or an assumption. */
export const CitationField = ({ at, value, onChange, sources }: Omit<Valued<string>, "label"> & { sources: Product["sources"] }) => {
  const t = useT();
  const text = useText();
  const missing = value !== "assumption" && !sources.some(({ id }) => id === value);
  return (
    <Field label={t("citation")} at={at}>
      {(ids) => (
        <select {...ids} className="zw-input" value={value} onChange={(event) => onChange(event.target.value)}>
          <option value="assumption">{t("assumption")}</option>
          {missing && <option value={value}>{value}</option>}
          {sources.map(({ id, title }) => (
            <option key={id} value={id}>
              {text(title) || id}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
};

/** The buttons that every entry of a list has; each names what it does it to. */
export const ListButtons = <T,>({
  list,
  at,
  name,
  onChange,
  children,
}: {
  list: readonly T[];
  at: number;
  name: string;
  onChange: (list: readonly T[]) => void;
  children?: ReactNode;
}) => {
  const t = useT();
  return (
    <span className="pr-buttons">
      {children}
      <Button
        size="small"
        disabled={at === 0}
        aria-label={t("of", { action: t("up"), name })}
        onClick={() => onChange(moved(list, at, -1))}
      >
        ↑
      </Button>
      <Button
        size="small"
        disabled={at === list.length - 1}
        aria-label={t("of", { action: t("down"), name })}
        onClick={() => onChange(moved(list, at, 1))}
      >
        ↓
      </Button>
      <Button size="small" danger aria-label={t("of", { action: t("remove"), name })} onClick={() => onChange(removed(list, at))}>
        {t("remove")}
      </Button>
    </span>
  );
};

/** A list of entries that are all alike, with what adds one. */
export const ListEditor = <T,>({
  name,
  list,
  onChange,
  add,
  addLabel,
  none,
  children,
}: {
  name: string;
  list: readonly T[];
  onChange: (list: readonly T[]) => void;
  add: () => T;
  addLabel: string;
  none?: string;
  children: (entry: T, change: (entry: T) => void, at: number) => ReactNode;
}) => (
  <>
    {list.length === 0 && none && <p className="zw-mute">{none}</p>}
    {list.length > 0 && (
      <ol className="pr-list">
        {list.map((entry, at) => (
          // eslint-disable-next-line react/no-array-index-key -- entries have no other name, and their fields hold no state of their own
          <li key={at}>
            <div className="pr-entry-head">
              <strong>
                {name} {at + 1}
              </strong>
              <ListButtons list={list} at={at} name={`${name} ${at + 1}`} onChange={onChange} />
            </div>
            <div className="pr-grid">{children(entry, (next) => onChange(replaced(list, at, next)), at)}</div>
          </li>
        ))}
      </ol>
    )}
    <Button size="small" onClick={() => onChange([...list, add()])}>
      {addLabel}
    </Button>
  </>
);

/** The catalogue of facts, found by what people call them; only numbers where only numbers will do. */
export const FactPicker = ({
  value,
  onChange,
  numbers = false,
  label,
}: {
  value: string | null;
  onChange: (fact: string) => void;
  numbers?: boolean;
  label?: string;
}) => {
  const t = useT();
  const text = useText();
  const [open, setOpen] = useState(false);
  const name = value === null ? null : text(factById(value)?.name ?? { zh: value, en: value });
  return (
    <>
      <Button
        className="pr-fact"
        aria-label={label ?? (name === null ? t("choose") : t("chosen", { name }))}
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
      >
        {name ?? label ?? t("choose")}
      </Button>
      {open && (
        <FactDialog
          numbers={numbers}
          onClose={() => setOpen(false)}
          onChoose={(fact) => {
            setOpen(false);
            onChange(fact);
          }}
        />
      )}
    </>
  );
};

const FactDialog = ({ numbers, onClose, onChoose }: { numbers: boolean; onClose: () => void; onChoose: (fact: string) => void }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const facts = useRoute(listFacts, {}, { staleTime: Number.POSITIVE_INFINITY });
  const [search, setSearch] = useState("");
  const wanted = useDeferredValue(search.trim().toLowerCase());
  const found = useMemo(
    () =>
      (facts.data ?? []).filter(
        (fact) =>
          (!numbers || fact.type === "number") &&
          wanted
            .split(/\s+/)
            .every((word) =>
              [fact.fact, fact.name.zh, fact.name.en, fact.recordName.zh, fact.recordName.en].some((each) =>
                each.toLowerCase().includes(word),
              ),
            ),
      ),
    [facts.data, numbers, wanted],
  );
  const id = useId();
  const kind = (fact: (typeof found)[number]) =>
    fact.type === "number"
      ? unitName(fact.unit as TypedUnit, language)
      : t(fact.type === "boolean" ? "yesNo" : fact.type === "code" ? "code" : fact.type === "text" ? "text" : "choice");
  return (
    <Modal open title={t("choose")} footer={null} onCancel={onClose} destroyOnHidden width={620}>
      <label htmlFor={id} className="zw-visually-hidden">
        {t("search")}
      </label>
      <input
        id={id}
        type="search"
        className="zw-input pr-search"
        placeholder={t("search")}
        // eslint-disable-next-line jsx-a11y/no-autofocus -- the dialogue exists to be searched
        autoFocus
        value={search}
        onChange={(event) => setSearch(event.target.value)}
      />
      {facts.error ? (
        <ProblemState error={facts.error} onRetry={() => void facts.refetch()} />
      ) : !facts.data ? (
        <LoadingState rows={6} />
      ) : found.length === 0 ? (
        <EmptyState text={t("none")} />
      ) : (
        <ul className="pr-facts-found">
          {found.map((fact) => (
            <li key={fact.fact}>
              <button type="button" onClick={() => onChoose(fact.fact)}>
                <strong>{text(fact.name)}</strong> <span className="zw-mute">{kind(fact)}</span>
                <small className="zw-mute">
                  {t("known", { record: text(fact.recordName) })} · <code>{fact.fact}</code>
                </small>
              </button>
            </li>
          ))}
        </ul>
      )}
    </Modal>
  );
};

const MOST_CODES = 8;
/** The largest wholes come first: a province before its cities, a section before its divisions. */
const findCodes = (of: CodeOf, search: string): readonly string[] => {
  if (search === "") return [];
  if (of === "region")
    return (["province", "city", "county"] as const)
      .flatMap((level) => regions(level))
      .filter(({ code, fullName }) => fullName.includes(search) || code.startsWith(search))
      .slice(0, MOST_CODES)
      .map(({ code }) => code);
  const known = industryCode(search.toUpperCase());
  const found = [...sections, ...divisions]
    .filter(({ name }) => name.zh.includes(search) || name.en.toLowerCase().includes(search.toLowerCase()))
    .map(({ code }): string => code);
  return [...new Set([...(known === null ? [] : [known]), ...found])].slice(0, MOST_CODES);
};

/** Regions or industries, found by name and shown by name; the codes stand in the document. */
export const CodesField = ({
  label,
  at,
  of,
  value,
  onChange,
  hint,
}: Valued<readonly string[]> & { at: string; of: CodeOf; hint?: string }) => {
  const t = useT();
  const text = useText();
  const id = useId();
  const [search, setSearch] = useState("");
  const wanted = useDeferredValue(search.trim());
  const found = useMemo(() => findCodes(of, wanted).filter((code) => !value.includes(code)), [of, wanted, value]);
  const add = (code: string) => {
    onChange([...value, code]);
    setSearch("");
  };
  return (
    <div className="pr-field" role="group" aria-labelledby={`${id}l`}>
      <span id={`${id}l`} className="zw-mute pr-label">
        {label}
      </span>
      {value.length > 0 && (
        <ul className="pr-codes">
          {value.map((code, i) => (
            <li key={code}>
              {text(codeName(of, code))} <code className="zw-mute">{code}</code>{" "}
              <button
                type="button"
                className="zw-link"
                aria-label={t("of", { action: t("remove"), name: text(codeName(of, code)) })}
                onClick={() => onChange(removed(value, i))}
              >
                ×
              </button>
              <FaultAt at={`${at}.${i}`} />
            </li>
          ))}
        </ul>
      )}
      <input
        type="search"
        className="zw-input"
        aria-label={t(of)}
        placeholder={t(of)}
        autoComplete="off"
        maxLength={30}
        value={search}
        onChange={(event) => setSearch(event.target.value)}
        onKeyDown={(event) => {
          const [first] = found;
          if (event.key !== "Enter" || first === undefined) return;
          event.preventDefault();
          add(first);
        }}
      />
      {found.length > 0 && (
        <ul className="pr-codes-found">
          {found.map((code) => (
            <li key={code}>
              <button type="button" className="zw-link" onClick={() => add(code)}>
                {text(codeName(of, code))}
              </button>{" "}
              <code className="zw-mute">{code}</code>
            </li>
          ))}
        </ul>
      )}
      {hint && value.length === 0 && <small className="zw-mute">{hint}</small>}
      <FaultAt at={at} />
    </div>
  );
};

/** Words or numbers separated by commas. */
export const WordsField = ({ label, at, value, onChange, hint }: Valued<readonly string[]> & { hint?: string }) => {
  const [text, setText] = useState(() => value.join(", "));
  const read = (each: string) => each.split(/[,，、;；\s]+/).filter((one) => one !== "");
  if (read(text).join(",") !== value.join(",") && text !== value.join(", ")) setText(value.join(", "));
  return (
    <TextField
      label={label}
      {...(at === undefined ? {} : { at })}
      value={text}
      {...(hint === undefined ? {} : { hint })}
      onChange={(next) => {
        setText(next);
        onChange(read(next));
      }}
    />
  );
};

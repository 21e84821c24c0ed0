import { useDeferredValue, useId, useMemo, useState } from "react";
import { Button } from "antd";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useBlocker } from "@tanstack/react-router";
import { ApiError } from "@zhiwei/api/client";
import { type ProductSummary, getProduct, putProductDraft, readDecisionTable } from "@zhiwei/api/product";
import type { Output } from "@zhiwei/api/route";
import { type Fault, type Product, type Rule } from "@zhiwei/core/product";
import { useSession } from "../access/session.ts";
import { call, useRoute } from "../ui/api.ts";
import { Mark } from "../ui/controls.tsx";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { Link, useUrlState } from "../ui/router.ts";
import { Card, LoadingState, Page, ProblemState } from "../ui/states.tsx";
import { TestBench } from "./bench.tsx";
import { blankProduct, faultsOf, freeId, misfitOf, pathOfRefusal } from "./draft.ts";
import { FaultsKnown } from "./fields.tsx";
import { BasicsPart, FeesPart, LimitPart, PricePart, SharingPart, SourcesPart, SubsidiesPart, TermPart, WordsPart } from "./parts.tsx";
import "./product.css";
import { RulesEditor } from "./rules.tsx";
import { STATE, STATE_TONE, placeText } from "./words.ts";

const useT = texts({
  title: { zh: "编写产品 {{name}}", en: "Write the product {{name}}" },
  back: { zh: "产品页", en: "The product's page" },
  list: { zh: "产品目录", en: "Products" },
  save: { zh: "保存草稿", en: "Save the draft" },
  saved: { zh: "已保存为 {{id}}@{{version}}。", en: "Saved as {{id}}@{{version}}." },
  toSubmit: { zh: "到产品页提交", en: "Submit it on the product's page" },
  unsaved: { zh: "有未保存的改动", en: "Changes are not saved" },
  same: { zh: "没有未保存的改动", en: "Nothing is unsaved" },
  leave: { zh: "有未保存的改动，离开会丢失。仍要离开吗？", en: "Changes are not saved and would be lost. Leave all the same?" },
  waiting: {
    zh: "该产品有已提交、待发布的版本：先到产品页撤回或驳回，才能保存改动。",
    en: "A version of this product is submitted and waits: recall or reject it on the product's page before anything can be saved.",
  },
  mine: { zh: "以目录中的现状为底，保留我的改动", en: "Keep my changes, upon what is in the catalogue now" },
  theirs: { zh: "在新窗口看目录中的版本", en: "See what is in the catalogue, in a new window" },
  faults: { zh: "还有 {{count}} 处要改", en: ["{{count}} thing is to be put right", "{{count}} things are to be put right"] },
  rules: { zh: "准入规则", en: "Eligibility" },
  bench: { zh: "到试验台", en: "To the test bench" },
  json: { zh: "JSON 文档", en: "The document as JSON" },
  jsonLead: {
    zh: "整份文档。可粘贴他处导出的 JSON；结构不符的留在这里，并说明在哪一处；“载入”后在上面各栏可见。",
    en: "The whole document. What was exported elsewhere can be pasted; what does not fit the schema stays here, with its place; what fits shows in the fields above once it is taken over.",
  },
  take: { zh: "载入到上面各栏", en: "Take it over" },
  notJson: { zh: "这不是 JSON：{{why}}", en: "This is no JSON: {{why}}" },
  notProduct: { zh: "{{at}}：{{why}}", en: "{{at}}: {{why}}" },
  root: { zh: "（根）", en: "(root)" },
  file: { zh: "从文件读入（产品 JSON，或 JDM 决策表）", en: "Read a file (a product's JSON, or a JDM decision table)" },
  jdm: {
    zh: "已从 JDM 决策表读入 {{count}} 条规则，加在准入规则之后。",
    en: "{{count}} rules were read from the JDM decision table and put after the others.",
  },
});

type Details = Output<typeof getProduct>;

/** Where a version stands that what is written here builds upon. */
type Base = Pick<ProductSummary, "sha256" | "version" | "state"> | null;

const JsonPart = ({
  product,
  onTake,
  onRules,
}: {
  product: Product;
  onTake: (product: Product) => void;
  onRules: (rules: readonly Rule[]) => void;
}) => {
  const t = useT();
  const words = useText();
  const id = useId();
  const [text, setText] = useState<string | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const [said, setSaid] = useState<string | null>(null);
  const reading = useMutation({ mutationFn: (document: unknown) => call(readDecisionTable, { body: { document } }) });
  const read = (source: string) => {
    setWrong(null);
    setSaid(null);
    let document: unknown;
    try {
      document = JSON.parse(source);
    } catch (error) {
      setWrong(t("notJson", { why: error instanceof Error ? error.message : "" }));
      return;
    }
    // A JDM document is a graph of nodes; a product is none.
    if (typeof document === "object" && document !== null && "nodes" in document) {
      reading.mutate(document, {
        onSuccess: (rows) => {
          const rules = rows.flatMap((row) => row.rules as unknown as Rule[]);
          onRules(rules);
          setSaid(t("jdm", { count: rules.length }));
        },
      });
      return;
    }
    // What does not fit the schema has no fields to stand in: it stays in its text, with the place that is wrong.
    const misfit = misfitOf(document);
    if (misfit) {
      setWrong(t("notProduct", { at: misfit.at || t("root"), why: words(misfit.text) }));
      return;
    }
    onTake(document as Product);
    setText(null);
  };
  return (
    <details className="zw-card">
      <summary>{t("json")}</summary>
      <p className="zw-mute">{t("jsonLead")}</p>
      <p>
        <label htmlFor={`${id}f`}>{t("file")}</label>{" "}
        <input
          id={`${id}f`}
          type="file"
          accept=".json,application/json"
          onChange={(event) => {
            const file = event.target.files?.[0];
            event.target.value = "";
            if (file)
              void file.text().then((source) => {
                setText(source);
                read(source);
              });
          }}
        />
      </p>
      <textarea
        className="zw-input pr-json"
        aria-label={t("json")}
        rows={18}
        spellCheck={false}
        value={text ?? JSON.stringify(product, null, 2)}
        onChange={(event) => setText(event.target.value)}
      />
      <div role="status">
        {wrong && <p className="zw-bad">{wrong}</p>}
        {said && <p>{said}</p>}
        {reading.error && <ProblemState error={reading.error} />}
      </div>
      <span className="pr-buttons">
        <Button disabled={text === null} loading={reading.isPending} onClick={() => text !== null && read(text)}>
          {t("take")}
        </Button>
      </span>
    </details>
  );
};

const Editor = ({ id, begin, base: began, ownProvider }: { id: string; begin: Product; base: Base; ownProvider: boolean }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const queries = useQueryClient();
  const [product, setProduct] = useState(begin);
  const [saved, setSaved] = useState(begin);
  const [base, setBase] = useState(began);
  // What the server refused, until the document is another.
  const [refused, setRefused] = useState<{ readonly of: Product; readonly fault: Fault } | null>(null);
  const checked = useDeferredValue(product);
  const own = useMemo(() => faultsOf(checked), [checked]);
  const faults = useMemo(
    () => (refused && refused.of === product && !own.some(({ at }) => at === refused.fault.at) ? [...own, refused.fault] : own),
    [own, refused, product],
  );
  const dirty = product !== saved || base === null;
  useBlocker({ shouldBlockFn: () => product !== saved && !window.confirm(t("leave")), enableBeforeUnload: () => product !== saved });

  const save = useMutation({
    mutationFn: (given: { readonly document: unknown; readonly sha256: string | undefined }) =>
      call(putProductDraft, {
        params: { id },
        body: { document: given.document, ...(given.sha256 === undefined ? {} : { basedOn: given.sha256 }) },
      }),
    onSuccess: async (summary, { document }) => {
      setBase(summary);
      setSaved(document as Product);
      await queries.invalidateQueries();
    },
    onError: (error, { document }) => {
      const at = error instanceof ApiError ? pathOfRefusal(error.problem.text.en) : null;
      if (error instanceof ApiError && at !== null) setRefused({ of: document as Product, fault: { at, text: error.problem.text } });
    },
  });
  const put = (document: unknown, sha256 = base?.sha256) => save.mutate({ document, sha256 });
  const stale = save.error instanceof ApiError && save.error.problem.code === "not-what-was-seen";
  const change = (patch: Partial<Product>) => setProduct((before) => ({ ...before, ...patch }));
  const wrong = (at: string) => faults.some((fault) => fault.at === at || fault.at.startsWith(`${at}.`));
  const name = product.title[language] || id;
  return (
    <FaultsKnown value={faults}>
      <Page
        title={t("title", { name })}
        extra={
          <span className="pr-buttons">
            <code>
              {id}
              {base && `@${base.version}`}
            </code>
            {base && <Mark tone={STATE_TONE[base.state]}>{text(STATE[base.state])}</Mark>}
            {base ? (
              <Link to="/products/$id" params={{ id }} search={{ version: String(base.version) } as never}>
                {t("back")}
              </Link>
            ) : (
              <Link to="/products">{t("list")}</Link>
            )}
          </span>
        }
      >
        {base?.state === "submitted" && <p className="zw-warn">{t("waiting")}</p>}
        <div className="pr-studio">
          <div className="pr-parts-column">
            <BasicsPart product={product} change={change} ownProvider={ownProvider} />
            <Card title={`${t("rules")} (${product.eligibility.length})`} id="rules">
              <RulesEditor product={product} wrong={wrong} onChange={(eligibility) => change({ eligibility })} />
            </Card>
            <LimitPart product={product} change={change} />
            <PricePart product={product} change={change} />
            <TermPart product={product} change={change} />
            <FeesPart product={product} change={change} />
            <SubsidiesPart product={product} change={change} />
            <SharingPart product={product} change={change} />
            <SourcesPart product={product} change={change} />
            <WordsPart product={product} change={change} of="documents" />
            <WordsPart product={product} change={change} of="security" />
            <WordsPart product={product} change={change} of="assumptions" />
            <JsonPart
              product={product}
              onTake={(next) => setProduct({ ...next, id, version: product.version })}
              onRules={(rules) => {
                const all = [...product.eligibility];
                for (const rule of rules) all.push({ ...rule, id: freeId(rule.id, all) });
                change({ eligibility: all });
              }}
            />
          </div>
          <TestBench product={product} ready={own.length === 0} />
        </div>
        <section className="pr-bar" aria-label={t("save")}>
          <div className="pr-buttons">
            <Button type="primary" disabled={!dirty || faults.length > 0} loading={save.isPending} onClick={() => put(product)}>
              {t("save")}
            </Button>
            <button type="button" className="zw-link pr-to-bench" onClick={() => window.document.getElementById("bench")?.scrollIntoView()}>
              {t("bench")}
            </button>
            <span role="status" className={dirty ? "zw-warn" : "zw-mute"}>
              {save.isSuccess && !dirty ? t("saved", { id, version: save.data.version }) : t(dirty ? "unsaved" : "same")}
            </span>
            {save.isSuccess && !dirty && (
              <Link to="/products/$id" params={{ id }} search={{ version: String(save.data.version) } as never}>
                {t("toSubmit")}
              </Link>
            )}
          </div>
          {faults.length > 0 && (
            <details>
              <summary className="zw-bad">{t("faults", { count: faults.length })}</summary>
              <ul className="pr-plain">
                {faults.map((fault) => (
                  <li key={`${fault.at} ${fault.text.en}`}>
                    {placeText(fault.at, product, language)} <code className="zw-mute">{fault.at}</code>: {text(fault.text)}
                  </li>
                ))}
              </ul>
            </details>
          )}
          {save.error && (
            <>
              <ProblemState error={save.error} />
              {stale && (
                <span className="pr-buttons">
                  <a href={`/products/${encodeURIComponent(id)}`} target="_blank" rel="noreferrer">
                    {t("theirs")}
                  </a>
                  <Button
                    onClick={() =>
                      void call(getProduct, { params: { id }, query: {} }).then(({ versions: [newest] }) => {
                        setBase(newest ?? null);
                        put(product, newest?.sha256);
                      })
                    }
                  >
                    {t("mine")}
                  </Button>
                </span>
              )}
            </>
          )}
        </section>
      </Page>
    </FaultsKnown>
  );
};

/** The newest version as it is read once: what is written here must not change under the hand when the cache is read again. */
const ONCE = { staleTime: Number.POSITIVE_INFINITY, refetchOnWindowFocus: false } as const;

export const ProductEditPage = ({ id }: { id: string }) => {
  const t = useT();
  const party = useSession().data?.party;
  const [today] = useState(() => new Date().toISOString().slice(0, 10));
  const [params] = useUrlState();
  const from = params["from"];
  const [own, setOwn] = useState<Details | null | undefined>();
  const first = useRoute(getProduct, { params: { id }, query: {} }, { staleTime: ONCE.staleTime, enabled: own === undefined });
  const missing = first.error instanceof ApiError && first.error.status === 404;
  const newest = first.data?.summary.product === id ? first.data.versions[0] : undefined;
  const other = newest !== undefined && newest.version !== first.data?.summary.version;
  const draft = useRoute(getProduct, { params: { id }, query: { version: newest?.version ?? 1 } }, { enabled: other && own === undefined });
  const copy = useRoute(
    getProduct,
    { params: { id: from ?? "" }, query: {} },
    { enabled: missing && from !== undefined && own === undefined },
  );
  const found = other ? (draft.data?.summary.version === newest.version ? draft.data : undefined) : newest && first.data;
  if (own === undefined) {
    if (found) setOwn(found);
    else if (missing && (from === undefined || copy.data)) setOwn(copy.data ?? null);
  }
  const error = (missing ? null : first.error) ?? draft.error ?? copy.error;
  if (error || own === undefined || !party)
    return (
      <Page title={t("title", { name: id })}>
        {error && own === undefined ? <ProblemState error={error} /> : <LoadingState rows={12} />}
      </Page>
    );
  const kind = party.kind === "guarantor" || party.kind === "insurer" ? party.kind : "bank";
  const operator = party.kind === "operator";
  const provider: Product["provider"] = operator
    ? { id: "", name: { zh: "", en: "" }, kind: "bank" }
    : { id: party.id, name: party.name, kind };
  const isOwn = own?.summary.product === id;
  const document = own?.document as unknown as Product | undefined;
  const begin = document
    ? isOwn
      ? document
      : { ...document, id, version: 1, provider: operator ? document.provider : provider }
    : blankProduct(id, provider, today);
  return <Editor key={id} id={id} begin={begin} base={isOwn && own ? own.versions[0]! : null} ownProvider={!operator} />;
};

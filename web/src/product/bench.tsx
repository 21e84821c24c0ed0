import { useState } from "react";
import { Button } from "antd";
import { useMutation } from "@tanstack/react-query";
import { tryProduct } from "@zhiwei/api/product";
import type { Product } from "@zhiwei/core/product";
import { call } from "../ui/api.ts";
import { Choice, Mark, ProgressBar } from "../ui/controls.tsx";
import { formatCount, formatFen, formatPercent } from "../ui/format.ts";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { Link } from "../ui/router.ts";
import { Card, EmptyState, ProblemState } from "../ui/states.tsx";
import { DataTable, Pager } from "../ui/table.tsx";
import { OUTCOME, OUTCOME_TONE, type Outcome, type Trial } from "./words.ts";

const useT = texts({
  title: { zh: "试验台", en: "Test bench" },
  lead: {
    zh: "用这里写的文档（未保存的也算）在本区域全部企业上试算，与在售版本对照。结果不保存，不影响任何人；列出的企业会在自己的查询记录中看到。",
    en: "Runs the document as it stands here, saved or not, over every enterprise of the region, beside the live version. No result is kept and nobody is affected; the enterprises listed see in their record that they were looked up.",
  },
  run: { zh: "试运行", en: "Run" },
  again: { zh: "再次试运行", en: "Run again" },
  running: { zh: "正在全区域企业上试算……", en: "Running over the whole region…" },
  none: { zh: "还没有试运行。", en: "Not run yet." },
  stale: { zh: "此后文档有改动，结果是改动之前的。", en: "The document was changed since: this is what it said before." },
  size: { zh: "{{n}} 家企业，数据截至 {{asOf}}，受理日 {{on}}", en: "{{n}} enterprises, data as of {{asOf}}, offered on {{on}}" },
  tally: { zh: "结论", en: "Outcomes" },
  outcome: { zh: "结论", en: "Outcome" },
  live: { zh: "在售版本", en: "Live" },
  draft: { zh: "本文档", en: "This document" },
  difference: { zh: "差", en: "Difference" },
  noLive: { zh: "没有在售版本可对照。", en: "There is no live version to compare with." },
  rules: { zh: "每条规则", en: "Each rule" },
  rule: { zh: "规则", en: "Rule" },
  known: { zh: "可判定", en: "Can be told" },
  passed: { zh: "符合", en: "Keep it" },
  share: { zh: "占可判定的", en: "Of those" },
  noRules: { zh: "没有在效的规则。", en: "No rule is in force." },
  changes: { zh: "谁会变", en: "Who changes" },
  changesOf: { zh: "{{n}} 家企业的结论或最高额度会变", en: "Outcome or highest limit change for {{n}} enterprises" },
  first: { zh: "，列出前 {{n}} 家", en: "; the first {{n}} are listed" },
  noChanges: { zh: "没有企业的结论或额度会变。", en: "No enterprise's outcome or limit changes." },
  enterprise: { zh: "企业", en: "Enterprise" },
  before: { zh: "在售", en: "Live" },
  after: { zh: "本文档", en: "This document" },
  limits: { zh: "最高额度", en: "Highest limit" },
  movement: { zh: "变化", en: "Change" },
  every: { zh: "全部变化", en: "Every change" },
  sameOutcome: { zh: "结论不变，额度变", en: "same outcome, another limit" },
});

const ORDER: readonly Outcome[] = ["pass", "near", "unknown", "fail"];
const PAGE_SIZE = 20;
const signed = (value: number) => (value > 0 ? `+${value}` : value < 0 ? `−${-value}` : "0");

const Tally = ({ trial }: { trial: Trial }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const { live } = trial;
  return (
    <>
      <DataTable
        caption={t("tally")}
        rows={ORDER}
        keyOf={(each) => each}
        columns={[
          {
            key: "outcome",
            title: t("outcome"),
            names: true,
            render: (each) => <Mark tone={OUTCOME_TONE[each]}>{text(OUTCOME[each])}</Mark>,
          },
          ...(live ? [{ key: "live", title: t("live"), numeric: true, render: (each: Outcome) => formatCount(live[each], language) }] : []),
          { key: "draft", title: t("draft"), numeric: true, render: (each) => formatCount(trial.draft[each], language) },
          ...(live
            ? [{ key: "diff", title: t("difference"), numeric: true, render: (each: Outcome) => signed(trial.draft[each] - live[each]) }]
            : []),
        ]}
      />
      {!live && <p className="zw-mute">{t("noLive")}</p>}
    </>
  );
};

const Changed = ({ trial }: { trial: Trial }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const [only, setOnly] = useState("");
  const [page, setPage] = useState(1);
  const movement = ({ before, after }: Trial["changed"][number]) => (before === after ? "same" : `${before} ${after}`);
  const counts = new Map<string, number>();
  for (const each of trial.changed) counts.set(movement(each), (counts.get(movement(each)) ?? 0) + 1);
  const rows = trial.changed.filter((each) => only === "" || movement(each) === only);
  const said = (key: string) => {
    if (key === "same") return t("sameOutcome");
    const [before, after] = key.split(" ") as [Outcome, Outcome];
    return `${text(OUTCOME[before])} → ${text(OUTCOME[after])}`;
  };
  const name = (each: Trial["changed"][number]) => (
    <>
      <Link to="/enterprises/$id" params={{ id: each.enterprise }}>
        {each.name}
      </Link>{" "}
      <code className="zw-mute">{each.enterprise}</code>
    </>
  );
  const outcomes = ({ before, after }: Trial["changed"][number]) => (
    <>
      <Mark tone={OUTCOME_TONE[before]}>{text(OUTCOME[before])}</Mark> → <Mark tone={OUTCOME_TONE[after]}>{text(OUTCOME[after])}</Mark>
    </>
  );
  const limits = ({ beforeFen, afterFen }: Trial["changed"][number]) =>
    `${formatFen(beforeFen, language)} → ${formatFen(afterFen, language)}`;
  return (
    <>
      <p>
        {t("changesOf", { n: formatCount(trial.changes, language) })}
        {trial.changes > trial.changed.length && t("first", { n: formatCount(trial.changed.length, language) })}
      </p>
      <div className="zw-filters">
        <Choice
          label={t("movement")}
          value={only}
          onChange={(next) => {
            setOnly(next);
            setPage(1);
          }}
          options={[
            { value: "", label: `${t("every")} (${trial.changed.length})` },
            ...[...counts].map(([key, count]) => ({ value: key, label: `${said(key)} (${count})` })),
          ]}
        />
      </div>
      <DataTable
        caption={t("changes")}
        rows={rows.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE)}
        keyOf={(each) => each.enterprise}
        columns={[
          { key: "name", title: t("enterprise"), names: true, render: name },
          { key: "outcome", title: t("outcome"), render: outcomes },
          { key: "limit", title: t("limits"), numeric: true, render: limits },
        ]}
        card={(each) => (
          <>
            {name(each)}
            <div>{outcomes(each)}</div>
            <div>
              {t("limits")} {limits(each)}
            </div>
          </>
        )}
      />
      {rows.length > PAGE_SIZE && <Pager page={page} pageSize={PAGE_SIZE} total={rows.length} onPage={setPage} />}
    </>
  );
};

/** A draft beside the live version over the whole region: before and after, rule by rule, and who changes how. */
export const TestBench = ({ product, ready }: { product: Product; ready: boolean }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const [tried, setTried] = useState<Product | null>(null);
  const run = useMutation({
    mutationFn: (document: Product) => call(tryProduct, { params: { id: document.id }, body: { document } }),
    onSuccess: (_, document) => setTried(document),
  });
  const trial = run.data;
  const rules = new Map(product.eligibility.map((rule) => [rule.id, rule]));
  return (
    <Card
      title={t("title")}
      id="bench"
      extra={
        <Button type="primary" disabled={!ready} loading={run.isPending} onClick={() => run.mutate(product)}>
          {t(trial ? "again" : "run")}
        </Button>
      }
    >
      <p className="zw-mute">{t("lead")}</p>
      <div role="status">
        {run.isPending && (
          <>
            <p>{t("running")}</p>
            <ProgressBar label={t("running")} done={0} total={0} />
          </>
        )}
        {trial && !run.isPending && tried !== product && <p className="zw-warn">{t("stale")}</p>}
      </div>
      {run.error ? (
        <ProblemState error={run.error} />
      ) : !trial ? (
        !run.isPending && <EmptyState text={t("none")} />
      ) : (
        <div className="pr-bench" data-bench aria-busy={run.isPending}>
          <p className="zw-mute">{t("size", { n: formatCount(trial.enterprises, language), asOf: trial.asOf, on: trial.on })}</p>
          <div className="pr-two">
            <section>
              <h3>{t("tally")}</h3>
              <Tally trial={trial} />
            </section>
            <section>
              <h3>{t("rules")}</h3>
              {trial.rules.length === 0 ? (
                <p className="zw-mute">{t("noRules")}</p>
              ) : (
                <DataTable
                  caption={t("rules")}
                  rows={trial.rules}
                  keyOf={({ rule }) => rule}
                  columns={[
                    { key: "rule", title: t("rule"), names: true, render: ({ rule, title }) => text(rules.get(rule)?.title ?? title) },
                    { key: "known", title: t("known"), numeric: true, render: ({ known }) => formatCount(known, language) },
                    { key: "passed", title: t("passed"), numeric: true, render: ({ passed }) => formatCount(passed, language) },
                    {
                      key: "share",
                      title: t("share"),
                      numeric: true,
                      render: ({ known, passed }) => formatPercent(known === 0 ? null : passed / known, language, 0),
                    },
                  ]}
                />
              )}
            </section>
          </div>
          {trial.live && (
            <section>
              <h3>{t("changes")}</h3>
              {trial.changes === 0 ? <EmptyState text={t("noChanges")} /> : <Changed key={JSON.stringify(trial.draft)} trial={trial} />}
            </section>
          )}
        </div>
      )}
    </Card>
  );
};

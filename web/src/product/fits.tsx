import { useCallback, useState } from "react";
import { type MatchDocument, listFits, matchEnterprise } from "@zhiwei/api/product";
import type { Output } from "@zhiwei/api/route";
import type { IsoDate } from "@zhiwei/core/basics";
import { type Condition, type Product, factById, inForce, isOfApplication, isTimesFact } from "@zhiwei/core/product";
import { useSession } from "../access/session.ts";
import { AskForConsent } from "../consent/ask.tsx";
import { useRoute } from "../ui/api.ts";
import { DayPicker, Mark } from "../ui/controls.tsx";
import { NO_VALUE, formatCount, formatFen, formatPercent } from "../ui/format.ts";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { Link, useUrlState } from "../ui/router.ts";
import { Card, EmptyState, LoadingState, ProblemState } from "../ui/states.tsx";
import { DataTable, Pager } from "../ui/table.tsx";
import { BaseMark, BaseWarning } from "./base-warning.tsx";
import { METHOD, OUTCOME, OUTCOME_TONE } from "./words.ts";

const useT = texts({
  title: { zh: "谁适合而未申请", en: "Who fits and never applied" },
  leadOwn: {
    zh: "按在售版本逐家看已授权给本机构、且从未申请本产品的企业。列在本页的企业会在自己的查询记录中看到这一次查询；其余只计数。",
    en: "The live version, over the enterprises that consented to your institution and never applied for this product. Those on the page see in their record that they were looked up; the others are only counted.",
  },
  leadAll: {
    zh: "按在售版本逐家看全部企业中从未申请本产品的。列在本页的企业会在自己的查询记录中看到这一次查询；其余只计数。",
    en: "The live version, over every enterprise that never applied for this product. Those on the page see in their record that they were looked up; the others are only counted.",
  },
  day: { zh: "受理日", en: "Offered on" },
  today: { zh: "回到今天", en: "Today" },
  pass: { zh: "符合", en: "Fit" },
  may: { zh: "可能符合", en: "May fit" },
  application: { zh: "只待申请时说明", en: "Wait for an application alone" },
  applicationShort: { zh: "待申请", en: "to apply" },
  records: { zh: "还缺资料", en: "Wait for records" },
  recordsShort: { zh: "缺资料", en: "records missing" },
  looked: { zh: "看过的企业", en: "Looked at" },
  counts: { zh: "合计", en: "Counts" },
  size: { zh: "{{id}}@{{version}}，数据截至 {{asOf}}，受理日 {{on}}", en: "{{id}}@{{version}}, data as of {{asOf}}, offered on {{on}}" },
  why: { zh: "这几类是什么意思", en: "What these mean" },
  whyMay: {
    zh: "后两类都没有一条规则不符，但有规则还判定不了，额度也可能未定。“只待申请时说明”：未定的全是申请人自己说明的情况，企业一申请就能判定。“还缺资料”：还需要企业的一份记录。名单只用登记、发票指标、红旗与评分；打开一行会读取该企业的完整画像，结论可能不同。",
    en: "The latter two break no rule, but some cannot be told yet, and the limit may be open. Where an application alone is waited for, all that is open is what an applicant states, so it can be told as soon as the enterprise applies; for the others a record of the enterprise is missing. The list uses register, features of invoices, flags and score alone; opening a row reads the enterprise's whole profile and may say otherwise.",
  },
  whyRules: {
    zh: "以下规则看的是申请时才说明的情况：",
    en: "These rules look at what only an application states:",
  },
  list: { zh: "名单", en: "The list" },
  enterprise: { zh: "企业", en: "Enterprise" },
  outcome: { zh: "结论", en: "Outcome" },
  limit: { zh: "额度", en: "Limit" },
  upTo: { zh: "至多 {{amount}}", en: "up to {{amount}}" },
  terms: { zh: "利率、成本与还差什么", en: "Rate, cost and what is missing" },
  open: { zh: "按完整画像看", en: "By the whole profile" },
  rate: { zh: "名义年利率", en: "Nominal rate" },
  cost: { zh: "综合年化成本", en: "All-in annual cost" },
  basis: {
    zh: "利率与成本按最高额度、{{months}} 个月、{{method}}测算。",
    en: "Rate and cost are those of the largest amount over {{months}} months, {{method}}.",
  },
  inTheWay: { zh: "还差什么", en: "What is missing or in the way" },
  nothing: { zh: "没有：每条规则都符合。", en: "Nothing: every rule is kept." },
  notThen: { zh: "这一天的匹配中没有该产品。", en: "The product is not among the matches of that day." },
  settledBy: { zh: "可以确定的资料", en: "Records that would settle it" },
  none: {
    zh: "看过的 {{n}} 家企业中，没有适合而从未申请的。",
    en: "None of the {{n}} enterprises looked at fits and never applied.",
  },
  nobody: {
    zh: "还没有企业授权给本机构，所以没有可看的企业。",
    en: "No enterprise has consented to your institution, so there is none to look at.",
  },
  consents: { zh: "查看授权", en: "See consents" },
  empty: { zh: "平台上还没有企业。", en: "There is no enterprise on the platform yet." },
  past: { zh: "这一页之后没有了。", en: "There is nothing on this page any more." },
  first: { zh: "回到第一页", en: "To the first page" },
});

type Fits = Output<typeof listFits>;
type Fit = Fits["items"][number];

const PAGE_SIZE = 25;

const factsIn = (condition: Condition): string[] =>
  "all" in condition
    ? condition.all.flatMap(factsIn)
    : "any" in condition
      ? condition.any.flatMap(factsIn)
      : "not" in condition
        ? factsIn(condition.not)
        : [condition.fact, ...(isTimesFact(condition.value) ? [condition.value.fact] : [])];

/** The rules of that day that look at what an application states: nobody's records say it before. */
const askedOnly = (product: Product, on: string) =>
  product.eligibility.filter(
    (rule) =>
      inForce(rule, on as IsoDate) &&
      factsIn(rule.when).some((id) => {
        const fact = factById(id);
        return fact !== null && isOfApplication(fact);
      }),
  );

/** What the whole profile of one enterprise says of the product. */
const Terms = ({ match }: { match: MatchDocument }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const { price, limitFrom } = match;
  const percent = (bp: number) => formatPercent(bp / 10_000, language, 2);
  const rate =
    price.lowBp !== null && price.highBp !== null && price.lowBp !== price.highBp
      ? `${percent(price.lowBp)} – ${percent(price.highBp)}`
      : match.nominalRate === null
        ? NO_VALUE
        : formatPercent(match.nominalRate, language, 2);
  const records = new Map(
    [...match.rules.flatMap(({ settledBy }) => settledBy), ...limitFrom.missing, ...price.missing].map((each) => [
      each.record,
      each.recordName,
    ]),
  );
  return (
    <div className="pr-terms">
      <dl>
        <div>
          <dt>{t("outcome")}</dt>
          <dd>
            <Mark tone={OUTCOME_TONE[match.outcome]}>
              {match.outcome === "pass" ? t("pass") : match.outcome === "unknown" ? t("may") : text(OUTCOME[match.outcome])}
            </Mark>
          </dd>
        </div>
        <div>
          <dt>{t("rate")}</dt>
          <dd>
            {rate} <BaseMark price={price} />
          </dd>
        </div>
        <div>
          <dt>{t("cost")}</dt>
          <dd>{formatPercent(match.annualCost, language, 2)}</dd>
        </div>
      </dl>
      <p className="zw-mute">{t("basis", { months: match.termMonths, method: text(METHOD[match.method]) })}</p>
      <h3>{t("inTheWay")}</h3>
      {match.inTheWay.length === 0 ? (
        <p>{t("nothing")}</p>
      ) : (
        <ul>
          {match.inTheWay.map((each) => (
            <li key={each.en}>{text(each)}</li>
          ))}
        </ul>
      )}
      {records.size > 0 && (
        <p>
          {t("settledBy")}
          {text({ zh: "：", en: ": " })}
          {[...records.values()].map((each) => text(each)).join(language === "zh" ? "、" : ", ")}
          {text({ zh: "。", en: "." })}
        </p>
      )}
      <BaseWarning prices={[price]} />
    </div>
  );
};

/** One enterprise asked afresh, and only once it is opened: the read is traced. */
const Opened = ({ fit, product, on }: { fit: Fit; product: string; on: string }) => {
  const t = useT();
  const [open, setOpen] = useState(false);
  const found = useRoute(
    matchEnterprise,
    { params: { id: fit.enterprise }, query: {}, body: { on } },
    { enabled: open, staleTime: Number.POSITIVE_INFINITY },
  );
  const match = found.data?.matches.find((each) => each.product === product);
  return (
    <details className="pr-opened" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {t("open")}
        <span className="zw-visually-hidden"> {fit.enterprise}</span>
      </summary>
      {found.error ? (
        <>
          <ProblemState error={found.error} onRetry={() => void found.refetch()} />
          <AskForConsent id={fit.enterprise} error={found.error} />
        </>
      ) : !found.data ? (
        open && <LoadingState rows={3} />
      ) : match ? (
        <Terms match={match} />
      ) : (
        <p>{t("notThen")}</p>
      )}
    </details>
  );
};

/** For the live product of a provider: the enterprises that fit it, or may, and never applied for it. */
export const FitsCard = ({ id, product }: { id: string; product: Product }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const operator = useSession().data?.party?.kind === "operator";
  const [params, set] = useUrlState();
  const on = params["on"];
  const page = Math.max(1, Math.trunc(Number(params["page"])) || 1);
  const found = useRoute(listFits, { params: { id }, query: { page, pageSize: PAGE_SIZE, ...(on ? { on } : {}) } });
  const chooseDay = useCallback((day: string | undefined) => set({ on: day, page: undefined }), [set]);
  const { data } = found;
  const n = (value: number) => formatCount(value, language);
  const name = (each: Fit) => (
    <>
      <Link to="/enterprises/$id" params={{ id: each.enterprise }}>
        {each.name}
      </Link>{" "}
      <code className="zw-mute">{each.enterprise}</code>
    </>
  );
  const mark = ({ waitsFor }: Fit) =>
    waitsFor === "nothing" ? (
      <Mark tone="good">{t("pass")}</Mark>
    ) : (
      <Mark tone={waitsFor === "application" ? "plain" : "warn"}>
        {t(waitsFor === "application" ? "applicationShort" : "recordsShort")}
      </Mark>
    );
  const limit = ({ lowFen, highFen }: Fit) =>
    lowFen === highFen
      ? formatFen(highFen, language)
      : lowFen === 0
        ? t("upTo", { amount: formatFen(highFen, language) })
        : `${formatFen(lowFen, language)} – ${formatFen(highFen, language)}`;
  const opened = (each: Fit) => <Opened key={`${each.enterprise} ${data!.on}`} fit={each} product={id} on={data!.on} />;
  // What is on the page is a version; which rules wait for an application can be said of the live one alone.
  const waiting = data && data.version === product.version ? askedOnly(product, data.on) : [];
  return (
    <Card
      title={t("title")}
      extra={
        (data || on) && <DayPicker label={t("day")} shown={on ?? data?.on ?? ""} chosen={on} otherwise={t("today")} onChoose={chooseDay} />
      }
    >
      {!found.error && <p className="zw-lead">{t(operator ? "leadAll" : "leadOwn")}</p>}
      {found.error ? (
        <ProblemState error={found.error} onRetry={() => void found.refetch()} />
      ) : !data ? (
        <LoadingState rows={10} />
      ) : (
        <div className="pr-fits" aria-busy={found.isPlaceholderData} data-fits>
          <dl className="zw-facts" aria-label={t("counts")}>
            <div>
              <dt>{t("pass")}</dt>
              <dd>{n(data.pass)}</dd>
            </div>
            <div>
              <dt>{t("application")}</dt>
              <dd>{n(data.application)}</dd>
            </div>
            <div>
              <dt>{t("records")}</dt>
              <dd>{n(data.total - data.pass - data.application)}</dd>
            </div>
            <div>
              <dt>{t("looked")}</dt>
              <dd>{n(data.enterprises)}</dd>
            </div>
          </dl>
          <p className="zw-mute">{t("size", { id, version: data.version, asOf: data.asOf, on: data.on })}</p>
          {data.total > data.pass && (
            <details className="pr-opened">
              <summary>{t("why")}</summary>
              <p>{t("whyMay")}</p>
              {waiting.length > 0 && (
                <>
                  <p>{t("whyRules")}</p>
                  <ul>
                    {waiting.map((rule) => (
                      <li key={rule.id}>{text(rule.title)}</li>
                    ))}
                  </ul>
                </>
              )}
            </details>
          )}
          {data.enterprises === 0 ? (
            <EmptyState text={t(operator ? "empty" : "nobody")}>{!operator && <Link to="/consents">{t("consents")}</Link>}</EmptyState>
          ) : data.total === 0 ? (
            <EmptyState text={t("none", { n: n(data.enterprises) })} />
          ) : data.items.length === 0 ? (
            <EmptyState text={t("past")}>
              <button type="button" className="zw-link" onClick={() => set({ page: undefined })}>
                {t("first")}
              </button>
            </EmptyState>
          ) : (
            <>
              <DataTable
                caption={t("list")}
                rows={data.items}
                keyOf={(each) => each.enterprise}
                busy={found.isPlaceholderData}
                columns={[
                  { key: "name", title: t("enterprise"), names: true, render: name },
                  { key: "outcome", title: t("outcome"), render: mark },
                  { key: "limit", title: t("limit"), numeric: true, render: limit },
                  { key: "terms", title: t("terms"), render: opened },
                ]}
                card={(each) => (
                  <>
                    {name(each)}
                    <div className="zw-row">
                      {mark(each)}
                      <span>
                        {t("limit")} {limit(each)}
                      </span>
                    </div>
                    {opened(each)}
                  </>
                )}
              />
              <Pager
                page={data.page}
                pageSize={data.pageSize}
                total={data.total}
                onPage={(next) => set({ page: next === 1 ? undefined : String(next) })}
              />
            </>
          )}
        </div>
      )}
    </Card>
  );
};

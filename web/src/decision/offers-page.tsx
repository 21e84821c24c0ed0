import { type ReactNode, useId, useMemo, useState } from "react";
import { Button } from "antd";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { applyForFinance, listApplications } from "@zhiwei/api/decision";
import { type MatchDocument, listFacts, matchEnterprise } from "@zhiwei/api/product";
import type { Output } from "@zhiwei/api/route";
import { productKinds } from "@zhiwei/core/product";
import { Permitted } from "../access/session.ts";
import { call, useRoute } from "../ui/api.ts";
import { Choice, Mark } from "../ui/controls.tsx";
import { NO_VALUE, formatCount, formatFen, formatPercent } from "../ui/format.ts";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { Link, useUrlState } from "../ui/router.ts";
import { Card, EmptyState, LoadingState, Page, ProblemState } from "../ui/states.tsx";
import { DataTable } from "../ui/table.tsx";
import { ApplicationTable } from "./application-table.tsx";
import { BaseMark, BaseWarning } from "../product/base-warning.tsx";
import { METHOD } from "../product/words.ts";
import "./decision.css";
import { MATCH, MATCH_TONE, fenOfWan } from "./words.ts";

const useT = texts({
  title: { zh: "适合的融资", en: "Financing that fits" },
  profile: { zh: "信用画像", en: "Credit profile" },
  lead: {
    zh: "每个产品都写明能贷多少、实际要花多少、为什么行或不行。综合年化成本按每一笔收付的日期计算，含各项费用，扣除贴息；与名义利率并列显示。",
    en: "For each product: how much, what it really costs, and why or why not. The all-in annual cost is reckoned from every dated payment, fees in and subsidies out, and stands beside the nominal rate.",
  },
  need: { zh: "您的需要", en: "What you need" },
  amount: { zh: "金额（万元）", en: "Amount (10,000 yuan)" },
  amountBad: { zh: "请填写大于 0 的金额，至多两位小数。", en: "An amount above 0, with two decimals at most." },
  months: { zh: "期限（月）", en: "Term (months)" },
  purpose: { zh: "用途", en: "Purpose" },
  unknown: { zh: "未填写", en: "not stated" },
  look: { zh: "匹配", en: "Match" },
  ranking: { zh: "排序", en: "Ranked by" },
  cost: { zh: "综合成本", en: "all-in cost" },
  chance: { zh: "获批可能", en: "chance of approval" },
  byAmount: { zh: "金额", en: "amount" },
  time: { zh: "到账时间", en: "time to the money" },
  offers: { zh: "产品", en: "Products" },
  counted: { zh: "{{pass}} 个符合，共 {{n}} 个", en: "{{pass}} of {{n}} fit" },
  compare: { zh: "对比表", en: "Comparison" },
  baseMarked: {
    zh: "标有“基准待核”的利率按 LPR 计算，其后如有调整未计入；说明与办法见上方“产品”。",
    en: "Rates with “check the base” rest on an LPR that may have changed since; why, and what to do, stands above under Products.",
  },
  product: { zh: "产品", en: "Product" },
  fits: { zh: "结论", en: "Outcome" },
  limit: { zh: "可贷", en: "Amount" },
  upTo: { zh: "至多 {{amount}}", en: "up to {{amount}}" },
  nominal: { zh: "名义年利率", en: "Nominal rate" },
  annual: { zh: "综合年化成本", en: "All-in annual cost" },
  first: { zh: "首期还款", en: "First payment" },
  total: { zh: "利息与费用合计", en: "Interest and fees" },
  subsidy: { zh: "贴息贴费", en: "Subsidies" },
  days: { zh: "到账", en: "To the money" },
  daysOf: { zh: "{{count}} 个工作日", en: ["{{count}} working day", "{{count}} working days"] },
  term: { zh: "{{months}} 个月，{{method}}", en: "{{months}} months, {{method}}" },
  why: { zh: "逐条理由（{{n}} 条规则）", en: "Every rule and its reason ({{n}})" },
  inTheWay: { zh: "还差什么", en: "What stands in the way" },
  cheaper: { zh: "比符合的更便宜，值得争取", en: "cheaper than those that fit: worth working for" },
  missing: { zh: "再回答几个问题，结论更确定", en: "A few more answers would settle more" },
  missingLead: {
    zh: "填写后由机构凭相应资料核实；不填的保持未知，不会被当作“否”。",
    en: "What you state is checked against the record named; what you leave open stays unknown and is not taken for a no.",
  },
  others: { zh: "需要导入或由他人提供的资料", en: "Records to be imported, or for others to provide" },
  settles: { zh: "{{record}}；{{n}} 个产品在等", en: "{{record}}; {{n}} products wait for it" },
  noneOf: { zh: "都没有", en: "none of these" },
  yes: { zh: "是", en: "yes" },
  no: { zh: "否", en: "no" },
  inWan: { zh: "（万元）", en: " (10,000 yuan)" },
  more: { zh: "显示全部 {{n}} 个", en: "Show all {{n}}" },
  apply: { zh: "申请", en: "Apply" },
  applied: { zh: "本企业的申请", en: "Applications" },
  generated: {
    zh: "示范产品：条款取自公开发布的同类产品，提供机构为示范机构。",
    en: "Demonstration products: terms as providers of such products publish them, the providers being demonstration ones.",
  },
  none: { zh: "目录中没有产品。", en: "The catalogue is empty." },
  noApplications: { zh: "还没有申请。", en: "No applications yet." },
});

type Need = { readonly amount: string; readonly months: string; readonly purpose: string };
type Fact = Output<typeof listFacts>[number];

/** Answers to what a request may state, as they stand in the address: `f.<fact>` to what was typed. */
const PREFIX = "f.";
/** Of a set of words, that none of them holds. */
const NONE = "-";
const answersIn = (params: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(params).flatMap(([name, value]) => (name.startsWith(PREFIX) ? [[name.slice(PREFIX.length), value]] : [])),
  );

/** What was typed as a value of the fact, or null where it is none. Money is typed in units of 10,000 yuan. */
const valueOf = (fact: Fact, text: string): number | string | boolean | string[] | null => {
  if (fact.type === "words") return text === "" ? null : text === NONE ? [] : [text];
  if (fact.type === "boolean") return text === "yes" ? true : text === "no" ? false : null;
  if (fact.type !== "number") return text === "" ? null : text;
  if (fact.unit === "fen") return text.trim() === "0" ? 0 : fenOfWan(text);
  const value = Number(text);
  return text.trim() !== "" && Number.isFinite(value) ? value : null;
};

const Answer = ({ fact, value, onChange }: { fact: Fact; value: string; onChange: (value: string) => void }) => {
  const t = useT();
  const text = useText();
  const id = useId();
  const [typed, setTyped] = useState(value);
  const options =
    fact.type === "boolean"
      ? [
          { value: "yes", label: t("yes") },
          { value: "no", label: t("no") },
        ]
      : [
          ...(fact.type === "words" ? [{ value: NONE, label: t("noneOf") }] : []),
          ...fact.words.map(({ word, name }) => ({ value: word, label: text(name) })),
        ];
  if (options.length > 0)
    return (
      <Choice
        showLabel
        label={text(fact.name)}
        value={value}
        options={[{ value: "", label: t("unknown") }, ...options]}
        onChange={onChange}
      />
    );
  const wrong = typed !== "" && valueOf(fact, typed) === null;
  return (
    <span className="zw-field">
      <label htmlFor={id}>
        {text(fact.name)}
        {fact.unit === "fen" && t("inWan")}
      </label>
      <input
        id={id}
        className="zw-input"
        inputMode="decimal"
        maxLength={20}
        aria-invalid={wrong}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={() => !wrong && typed !== value && onChange(typed)}
        onKeyDown={(event) => event.key === "Enter" && !wrong && onChange(typed)}
      />
    </span>
  );
};

const PURPOSES: readonly (readonly [string, string, string])[] = [
  ["working", "日常周转", "working capital"],
  ["order", "订单备货", "fulfilling an order"],
  ["receivable", "应收账款回笼前周转", "bridging receivables"],
  ["equipment", "购置设备", "equipment"],
  ["research", "研发与成果转化", "research"],
  ["planting", "种植养殖", "planting and breeding"],
  ["startup", "创业", "starting a business"],
  ["renewal", "续贷", "renewal"],
];

/** What was filled in, as facts of the request; an empty field stays unknown. */
const requestOf = (
  { amount, months, purpose }: Need,
  answers: Readonly<Record<string, string>>,
  facts: ReadonlyMap<string, Fact>,
): Record<string, string | number | boolean | string[]> => {
  const fen = fenOfWan(amount);
  const stated = Object.entries(answers).flatMap(([id, typed]) => {
    const fact = facts.get(id);
    const value = fact ? valueOf(fact, typed) : null;
    return value === null ? [] : [[id, value] as const];
  });
  return {
    ...Object.fromEntries(stated),
    ...(fen === null ? {} : { "request.amountFen": fen }),
    ...(/^\d{1,3}$/.test(months) && Number(months) > 0 ? { "request.termMonths": Number(months) } : {}),
    ...(purpose === "" ? {} : { "request.purpose": purpose }),
  };
};

/** Cards at first; what is behind them is in the table below. */
const CARDS = 9;

const Offer = ({ match, cheaper, onApply, busy }: { match: MatchDocument; cheaper: boolean; onApply: () => void; busy: boolean }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const money = (fen: number | null) => formatFen(fen, language);
  const { limitFrom, cost } = match;
  const facts: (readonly [string, ReactNode])[] = [
    [t("limit"), match.limit === null && limitFrom.highFen > 0 ? t("upTo", { amount: money(limitFrom.highFen) }) : money(match.amountFen)],
    [t("annual"), match.annualCost === null ? NO_VALUE : formatPercent(match.annualCost, language, 2)],
    [
      t("nominal"),
      match.nominalRate === null ? (
        NO_VALUE
      ) : (
        <>
          {formatPercent(match.nominalRate, language, 2)} <BaseMark price={match.price} />
        </>
      ),
    ],
    [t("first"), cost ? money(cost.firstPaymentFen) : NO_VALUE],
    [t("total"), cost ? money(cost.interestFen + cost.feesFen) : NO_VALUE],
    ...(cost && cost.subsidiesFen > 0 ? [[t("subsidy"), `−${money(cost.subsidiesFen)}`] as const] : []),
    [t("days"), t("daysOf", { count: match.daysToFunds })],
  ];
  return (
    <li className="dc-offer" data-outcome={match.outcome}>
      <div className="dc-offer-head">
        <h3>{text(match.title)}</h3>
        <Mark tone={MATCH_TONE[match.outcome]}>{text(MATCH[match.outcome])}</Mark>
        {cheaper && <Mark tone="warn">{t("cheaper")}</Mark>}
      </div>
      <p className="zw-mute">
        {text(match.provider.name)} · {text(productKinds[match.kind])} ·{" "}
        {t("term", { months: match.termMonths, method: text(METHOD[match.method]) })}
      </p>
      <dl className="dc-facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {match.inTheWay.length > 0 && (
        <>
          <h4>{t("inTheWay")}</h4>
          <ul className="dc-way">
            {match.inTheWay.map((each) => (
              <li key={each.en}>{text(each)}</li>
            ))}
          </ul>
        </>
      )}
      <details>
        <summary>{t("why", { n: match.rules.length })}</summary>
        <ul className="dc-rules">
          {match.rules.map((rule) => (
            <li key={rule.rule}>
              <Mark tone={MATCH_TONE[rule.outcome]}>{text(MATCH[rule.outcome])}</Mark>
              <span>
                <strong>{text(rule.title)}</strong> {text(rule.reason)}
              </span>
            </li>
          ))}
        </ul>
      </details>
      <Permitted to={applyForFinance}>
        {match.outcome !== "fail" && (
          <p>
            <Button type={match.outcome === "pass" ? "primary" : "default"} loading={busy} onClick={onApply}>
              {t("apply")}
              <span className="zw-visually-hidden"> {text(match.title)}</span>
            </Button>
          </p>
        )}
      </Permitted>
    </li>
  );
};

/** What an enterprise can have, what each really costs, why not, and what to do about it; and its applications. */
export const OffersPage = ({ id }: { id: string }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const navigate = useNavigate();
  const [params, set] = useUrlState();
  const fields = { amount: useId(), months: useId() };
  const [all, setAll] = useState(false);
  const asked: Need = useMemo(
    () => ({
      amount: params["amount"] ?? "",
      months: params["months"] ?? "12",
      purpose: params["purpose"] ?? "",
    }),
    [params],
  );
  const [need, setNeed] = useState(asked);
  const ranking = (params["ranking"] ?? "cost") as "cost" | "chance" | "amount" | "time";
  const catalogue = useRoute(listFacts, {}, { staleTime: Number.POSITIVE_INFINITY });
  const facts = useMemo(() => new Map((catalogue.data ?? []).map((fact) => [fact.fact, fact])), [catalogue.data]);
  const answers = useMemo(() => answersIn(params), [params]);
  const request = requestOf(asked, answers, facts);
  const matching = useRoute(
    matchEnterprise,
    { params: { id }, query: {}, body: { request, ranking } },
    { enabled: catalogue.data !== undefined },
  );
  const applications = useRoute(listApplications, { query: { enterprise: id, pageSize: 25 } });
  // The same press twice is the same application; another product, or another need, is another.
  const [keys] = useState(() => new Map<string, string>());
  const keyFor = (product: string): string => {
    const what = `${product} ${JSON.stringify(request)}`;
    const key = keys.get(what) ?? crypto.randomUUID();
    keys.set(what, key);
    return key;
  };
  const applying = useMutation({
    mutationFn: (product: string) => call(applyForFinance, { body: { enterprise: id, product, key: keyFor(product), request } }),
    onSuccess: ({ summary }) => void navigate({ to: "/applications/$id", params: { id: summary.id } }),
  });
  const badAmount = need.amount.trim() !== "" && fenOfWan(need.amount) === null;
  const matches = matching.data?.matches ?? [];
  const pass = matches.filter(({ outcome }) => outcome === "pass").length;
  const money = (fen: number | null) => formatFen(fen, language);
  const cards = matches.filter(({ outcome, better }) => outcome !== "fail" || (better && pass > 0));
  const shown = all ? cards : cards.slice(0, CARDS);
  // What the owner can answer himself, answered ones kept in place; the rest comes from records.
  const missing = matching.data?.missing ?? [];
  const own = (id: string) => id.startsWith("request.") || id.startsWith("rights.");
  const questions = [...new Set([...Object.keys(answers), ...missing.map(({ unknown }) => unknown.fact).filter(own)])]
    .filter((id) => id !== "request.amountFen" && id !== "request.termMonths" && id !== "request.purpose")
    .flatMap((id) => facts.get(id) ?? [])
    .filter(({ type }) => type !== "code");
  const others = missing.filter(({ unknown }) => !own(unknown.fact));
  return (
    <Page
      title={`${t("title")} · ${id}`}
      extra={
        <Link to="/enterprises/$id" params={{ id }}>
          {t("profile")}
        </Link>
      }
    >
      <p className="dc-lead">{t("lead")}</p>
      <Card title={t("need")}>
        <form
          className="dc-need"
          onSubmit={(event) => {
            event.preventDefault();
            if (!badAmount) set({ ...need });
          }}
        >
          <span className="zw-field">
            <label htmlFor={fields.amount}>{t("amount")}</label>
            <input
              id={fields.amount}
              className="zw-input"
              inputMode="decimal"
              value={need.amount}
              aria-invalid={badAmount}
              aria-describedby={badAmount ? `${fields.amount}-bad` : undefined}
              onChange={(event) => setNeed({ ...need, amount: event.target.value })}
            />
            {badAmount && (
              <span id={`${fields.amount}-bad`} role="alert">
                {t("amountBad")}
              </span>
            )}
          </span>
          <span className="zw-field">
            <label htmlFor={fields.months}>{t("months")}</label>
            <input
              id={fields.months}
              className="zw-input"
              inputMode="numeric"
              maxLength={3}
              value={need.months}
              onChange={(event) => setNeed({ ...need, months: event.target.value })}
            />
          </span>
          <Choice
            showLabel
            label={t("purpose")}
            value={need.purpose}
            options={[
              { value: "", label: t("unknown") },
              ...PURPOSES.map(([value, zh, en]) => ({ value, label: language === "zh" ? zh : en })),
            ]}
            onChange={(purpose) => setNeed({ ...need, purpose })}
          />
          <Button htmlType="submit" type="primary">
            {t("look")}
          </Button>
        </form>
      </Card>
      {applying.error && <ProblemState error={applying.error} />}
      <Card
        title={t("offers")}
        extra={
          <span className="dc-extra">
            {matching.data && (
              <span className="zw-mute" role="status">
                {t("counted", { pass, n: matches.length })}
              </span>
            )}
            <Choice
              label={t("ranking")}
              value={ranking}
              options={[
                { value: "cost", label: t("cost") },
                { value: "chance", label: t("chance") },
                { value: "amount", label: t("byAmount") },
                { value: "time", label: t("time") },
              ]}
              onChange={(value) => set({ ranking: value })}
            />
          </span>
        }
      >
        {matching.error ? (
          <ProblemState error={matching.error} onRetry={() => void matching.refetch()} />
        ) : !matching.data ? (
          <LoadingState rows={10} />
        ) : matches.length === 0 ? (
          <EmptyState text={t("none")} />
        ) : (
          <>
            {matching.data.inputs.demonstration || matches.some(({ provider }) => provider.id.startsWith("demo-")) ? (
              <p className="zw-mute">{t("generated")}</p>
            ) : null}
            <BaseWarning prices={matches.map(({ price }) => price)} />
            <ul className="dc-offers" aria-busy={matching.isPlaceholderData}>
              {shown.map((match) => (
                <Offer
                  key={match.product}
                  match={match}
                  cheaper={match.better && pass > 0}
                  busy={applying.isPending && applying.variables === match.product}
                  onApply={() => applying.mutate(match.product)}
                />
              ))}
            </ul>
            {shown.length < cards.length && (
              <p>
                <Button onClick={() => setAll(true)}>{t("more", { n: cards.length })}</Button>
              </p>
            )}
          </>
        )}
      </Card>
      {matching.data && (questions.length > 0 || others.length > 0) && (
        <Card title={t("missing")}>
          {questions.length > 0 && (
            <>
              <p className="zw-mute">{t("missingLead")}</p>
              <div className="dc-need">
                {questions.map((fact) => (
                  <Answer
                    key={fact.fact}
                    fact={fact}
                    value={answers[fact.fact] ?? ""}
                    onChange={(value) => set({ [PREFIX + fact.fact]: value }, { replace: true })}
                  />
                ))}
              </div>
            </>
          )}
          {others.length > 0 && (
            <>
              <h3>{t("others")}</h3>
              <ul className="dc-way">
                {others.slice(0, 8).map(({ unknown, products }) => (
                  <li key={unknown.fact}>
                    {text(unknown.name)}
                    <span className="zw-mute">
                      {" "}
                      {t("settles", { record: text(unknown.recordName), n: formatCount(products.length, language) })}
                    </span>
                  </li>
                ))}
              </ul>
            </>
          )}
        </Card>
      )}
      {matches.length > 0 && (
        <Card title={t("compare")}>
          {matches.some(({ price }) => price.warning) && <p className="zw-mute">{t("baseMarked")}</p>}
          <DataTable
            caption={t("compare")}
            rows={matches}
            keyOf={(match) => match.product}
            columns={[
              { key: "product", title: t("product"), names: true, render: (match) => text(match.title) },
              {
                key: "fits",
                title: t("fits"),
                render: (match) => <Mark tone={MATCH_TONE[match.outcome]}>{text(MATCH[match.outcome])}</Mark>,
              },
              { key: "limit", title: t("limit"), numeric: true, render: (match) => money(match.amountFen) },
              {
                key: "annual",
                title: t("annual"),
                numeric: true,
                render: (match) => (match.annualCost === null ? NO_VALUE : formatPercent(match.annualCost, language, 2)),
              },
              {
                key: "nominal",
                title: t("nominal"),
                numeric: true,
                render: (match) =>
                  match.nominalRate === null ? (
                    NO_VALUE
                  ) : (
                    <>
                      <BaseMark price={match.price} /> {formatPercent(match.nominalRate, language, 2)}
                    </>
                  ),
              },
              { key: "first", title: t("first"), numeric: true, render: (match) => money(match.cost?.firstPaymentFen ?? null) },
              {
                key: "total",
                title: t("total"),
                numeric: true,
                render: (match) => (match.cost ? money(match.cost.interestFen + match.cost.feesFen) : NO_VALUE),
              },
              { key: "chance", title: t("chance"), numeric: true, render: (match) => formatPercent(match.chance.estimate, language, 0) },
              { key: "days", title: t("days"), numeric: true, render: (match) => formatCount(match.daysToFunds, language) },
            ]}
          />
        </Card>
      )}
      <Card title={t("applied")}>
        {applications.error ? (
          <ProblemState error={applications.error} />
        ) : !applications.data ? (
          <LoadingState rows={3} />
        ) : applications.data.total === 0 ? (
          <p className="zw-mute">{t("noApplications")}</p>
        ) : (
          <ApplicationTable caption={t("applied")} items={applications.data.items} />
        )}
      </Card>
    </Page>
  );
};

import { useId, useMemo, useState } from "react";
import { Button } from "antd";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { applyForFinance, listApplications } from "@zhiwei/api/decision";
import { type MatchDocument, matchEnterprise } from "@zhiwei/api/product";
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
import "./decision.css";
import { MATCH, MATCH_TONE, METHOD, fenOfWan } from "./words.ts";

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
  overdues: { zh: "近24个月逾期次数（征信报告）", en: "Overdue payments in 24 months (credit report)" },
  tax: { zh: "纳税信用等级", en: "Tax credit grade" },
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
  missing: { zh: "补充这些资料，结论更确定", en: "These records would settle most" },
  settles: { zh: "{{record}}：可确定 {{n}} 个产品", en: "{{record}}: settles {{n}} products" },
  apply: { zh: "申请", en: "Apply" },
  applied: { zh: "本企业的申请", en: "Applications" },
  generated: {
    zh: "示范产品：条款取自公开发布的同类产品，提供机构为示范机构。",
    en: "Demonstration products: terms as providers of such products publish them, the providers being demonstration ones.",
  },
  none: { zh: "目录中没有产品。", en: "The catalogue is empty." },
  noApplications: { zh: "还没有申请。", en: "No applications yet." },
});

type Need = { readonly amount: string; readonly months: string; readonly purpose: string; readonly overdues: string; readonly tax: string };

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
const requestOf = ({ amount, months, purpose, overdues, tax }: Need): Record<string, string | number> => {
  const fen = fenOfWan(amount);
  return {
    ...(fen === null ? {} : { "request.amountFen": fen }),
    ...(/^\d{1,3}$/.test(months) && Number(months) > 0 ? { "request.termMonths": Number(months) } : {}),
    ...(purpose === "" ? {} : { "request.purpose": purpose }),
    ...(/^\d{1,3}$/.test(overdues) ? { "request.overdues24m": Number(overdues) } : {}),
    ...(tax === "" ? {} : { "request.taxGrade": tax }),
  };
};

const Offer = ({ match, onApply, busy }: { match: MatchDocument; onApply: () => void; busy: boolean }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const money = (fen: number | null) => formatFen(fen, language);
  const { limitFrom, cost } = match;
  const facts: (readonly [string, string])[] = [
    [t("limit"), match.limit === null && limitFrom.highFen > 0 ? t("upTo", { amount: money(limitFrom.highFen) }) : money(match.amountFen)],
    [t("annual"), match.annualCost === null ? NO_VALUE : formatPercent(match.annualCost, language, 2)],
    [t("nominal"), match.nominalRate === null ? NO_VALUE : formatPercent(match.nominalRate, language, 2)],
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
        {match.better && <Mark tone="warn">{t("cheaper")}</Mark>}
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
  const fields = { amount: useId(), months: useId(), overdues: useId() };
  const asked: Need = useMemo(
    () => ({
      amount: params["amount"] ?? "",
      months: params["months"] ?? "12",
      purpose: params["purpose"] ?? "",
      overdues: params["overdues"] ?? "",
      tax: params["tax"] ?? "",
    }),
    [params],
  );
  const [need, setNeed] = useState(asked);
  const ranking = (params["ranking"] ?? "cost") as "cost" | "chance" | "amount" | "time";
  const request = requestOf(asked);
  const matching = useRoute(matchEnterprise, { params: { id }, query: {}, body: { request, ranking } });
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
          <Choice
            showLabel
            label={t("tax")}
            value={need.tax}
            options={[{ value: "", label: t("unknown") }, ...["A", "B", "M", "C", "D"].map((value) => ({ value, label: value }))]}
            onChange={(tax) => setNeed({ ...need, tax })}
          />
          <span className="zw-field">
            <label htmlFor={fields.overdues}>{t("overdues")}</label>
            <input
              id={fields.overdues}
              className="zw-input"
              inputMode="numeric"
              maxLength={3}
              value={need.overdues}
              onChange={(event) => setNeed({ ...need, overdues: event.target.value })}
            />
          </span>
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
            <ul className="dc-offers" aria-busy={matching.isPlaceholderData}>
              {matches
                .filter(({ outcome, better }) => outcome !== "fail" || better)
                .map((match) => (
                  <Offer
                    key={match.product}
                    match={match}
                    busy={applying.isPending && applying.variables === match.product}
                    onApply={() => applying.mutate(match.product)}
                  />
                ))}
            </ul>
          </>
        )}
      </Card>
      {matching.data && matching.data.missing.length > 0 && (
        <Card title={t("missing")}>
          <ul className="dc-way">
            {matching.data.missing.slice(0, 8).map(({ unknown, products }) => (
              <li key={unknown.fact}>
                {text(unknown.name)}
                <span className="zw-mute">
                  {" "}
                  {t("settles", { record: text(unknown.recordName), n: formatCount(products.length, language) })}
                </span>
              </li>
            ))}
          </ul>
        </Card>
      )}
      {matches.length > 0 && (
        <Card title={t("compare")}>
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
                render: (match) => (match.nominalRate === null ? NO_VALUE : formatPercent(match.nominalRate, language, 2)),
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

import { Suspense, lazy, useState } from "react";
import { Button } from "antd";
import {
  type AllocationDocument,
  type ShockResult,
  allocatePortfolio,
  getPortfolioSettings,
  portfolioFrontier,
} from "@zhiwei/api/portfolio";
import type { Text } from "@zhiwei/core/basics";
import { useRoute } from "../ui/api.ts";
import { Choice, Facts, Mark } from "../ui/controls.tsx";
import { formatCount, formatFen, formatPercent } from "../ui/format.ts";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { Link, useUrlState } from "../ui/router.ts";
import { Card, EmptyState, LoadingState, Page, ProblemState } from "../ui/states.tsx";
import { DataTable, Pager } from "../ui/table.tsx";
import "./portfolio.css";
import { DEFAULTS, type Field, type Fields, NUMBERS, bodyOf, fieldsOf, unreadable } from "./terms.ts";

const FrontierChart = lazy(() => import("./frontier-chart.tsx").then((room) => ({ default: room.FrontierChart })));

const useT = texts({
  title: { zh: "组合", en: "Portfolio" },
  terms: { zh: "条件", en: "Terms" },
  budget: { zh: "预算（万元）", en: "Budget (10,000 yuan)" },
  kind: { zh: "预算口径", en: "The budget holds" },
  nominal: { zh: "名义授信", en: "what is offered" },
  drawn: { zh: "期望放款", en: "what is expected drawn" },
  min: { zh: "单户最低（万元）", en: "Least offer (10,000 yuan)" },
  max: { zh: "单户最高（万元）", en: "Largest offer (10,000 yuan)" },
  low: { zh: "最低年利率（%）", en: "Lowest rate a year (%)" },
  high: { zh: "最高年利率（%）", en: "Highest rate a year (%)" },
  lgd: { zh: "违约损失率（%）", en: "Loss given default (%)" },
  funding: { zh: "资金成本（年，%）", en: "Funding cost a year (%)" },
  interest: { zh: "计息", en: "Interest is earned" },
  survivors: { zh: "违约者不付息", en: "on loans that do not default" },
  allPay: { zh: "全部付息", en: "on all loans" },
  cap: { zh: "单一行业上限（预算的 %）", en: "Limit of each sector (% of budget)" },
  turnover: { zh: "不超过年销售的（%）", en: "At most of yearly sales (%)" },
  mean: { zh: "平均违约概率校准到（%）", en: "Calibrate the mean pd to (%)" },
  step: { zh: "利率档", en: "Rates" },
  grid: { zh: "流失率表所列", en: "those of the table of churn" },
  everyTenth: { zh: "每 0.1 个百分点", en: "every 0.1 points" },
  everyPoint: { zh: "每 0.01 个百分点", en: "every 0.01 points" },
  who: { zh: "企业", en: "Enterprises" },
  unseen: { zh: "无信贷记录", en: "without a credit record" },
  seen: { zh: "有信贷记录", en: "with a credit record" },
  all: { zh: "全部", en: "all" },
  scenario: { zh: "冲击情景", en: "Scenario" },
  none: { zh: "无", en: "none" },
  run: { zh: "分配", en: "Allot" },
  reset: { zh: "恢复默认", en: "Reset" },
  unreadable: { zh: "无法读作数：{{fields}}", en: "Not a number: {{fields}}" },
  optional: { zh: "不限", en: "no limit" },
  asStands: { zh: "不校准", en: "as the model says" },
  result: { zh: "结果", en: "Result" },
  profit: { zh: "期望利润", en: "Expected profit" },
  bound: { zh: "上界", en: "Upper bound" },
  proven: { zh: "已证明最优", en: "proven optimal" },
  open: { zh: "未证完", en: "search not ended" },
  gap: { zh: "至多还差 {{gap}}", en: "at most {{gap}} is missed" },
  enterprises: { zh: "户数", en: "Enterprises" },
  offered: { zh: "名义授信", en: "Offered" },
  expectedDrawn: { zh: "期望放款", en: "Expected drawn" },
  interestSum: { zh: "利息", en: "Interest" },
  lossSum: { zh: "预期损失", en: "Expected loss" },
  fundingSum: { zh: "资金成本", en: "Funding" },
  quantile: { zh: "损失分位数 99.9%", en: "Loss quantile, 99.9%" },
  basis: { zh: "违约概率来自 {{model}}，观察日 {{asOf}}。", en: "Probabilities of default by {{model}}, as of {{asOf}}." },
  bySector: { zh: "按行业", en: "By sector" },
  byGrade: { zh: "按等级", en: "By grade" },
  sector: { zh: "行业", en: "Sector" },
  grade: { zh: "等级", en: "Grade" },
  unknown: { zh: "不明", en: "unknown" },
  limits: { zh: "限额", en: "Limits" },
  limit: { zh: "限额", en: "Limit" },
  limitOf: { zh: "对象", en: "Of" },
  used: { zh: "已用", en: "Used" },
  price: { zh: "再多一元可多得（元）", en: "One more yuan would bring (yuan)" },
  wholeBudget: { zh: "预算", en: "Budget" },
  frontier: { zh: "有效前沿", en: "Efficient frontier" },
  measure: { zh: "风险口径", en: "Risk" },
  expectedLoss: { zh: "预期损失", en: "expected loss" },
  lossQuantile: { zh: "损失分位数（单因子，ρ 0.15，99.9%）", en: "loss quantile (one factor, ρ 0.15, 99.9%)" },
  risk: { zh: "风险", en: "Risk" },
  points: { zh: "前沿各点", en: "Points of the frontier" },
  charge: { zh: "每元风险计价（元）", en: "Charged a yuan of risk (yuan)" },
  frontierNote: {
    zh: "每一点都是一次最优分配：没有别的分配在同样风险下利润更高（误差不超过一元或百万分之一）。",
    en: "Each point is an optimal allocation: no other has more profit at its risk, to a yuan or a millionth.",
  },
  placements: { zh: "分配", en: "Allocation" },
  enterprise: { zh: "企业", en: "Enterprise" },
  pd: { zh: "违约概率", en: "PD" },
  amount: { zh: "额度", en: "Amount" },
  rate: { zh: "年利率", en: "Rate" },
  churn: { zh: "流失率", en: "Churn" },
  why: { zh: "为何这个利率", en: "Why this rate" },
  whyLead: { zh: "每提供 100 元", en: "Of 100 yuan offered" },
  profitOf: { zh: "利润", en: "Profit" },
  worthOf: { zh: "扣除额度价格", en: "less the price of budget" },
  nobody: { zh: "在这些条件下没有一笔贷款预期盈利。", en: "Under these terms no loan is expected to pay." },
  refused: { zh: "未获额度", en: "Offered nothing" },
  because: { zh: "原因", en: "Reason" },
  count: { zh: "户", en: "Enterprises" },
  best: { zh: "每 100 元最多可得", en: "Best of 100 yuan" },
  shock: { zh: "冲击情景：{{title}}", en: "Scenario: {{title}}" },
  before: { zh: "冲击前期望利润", en: "Profit before the shock" },
  offerBefore: { zh: "冲击前的额度", en: "Offer before" },
  offerAfter: { zh: "调整后的额度", en: "Offer after" },
  held: { zh: "不调整", en: "Held through it" },
  after: { zh: "调整后", en: "Adjusted" },
  saved: { zh: "调整挽回", en: "Adjusting saves" },
  changed: { zh: "对待不同的企业", en: "Treated differently" },
  change: { zh: "变化", en: "Change" },
  source: { zh: "情景来源：", en: "Source: " },
  shockNote: {
    zh: "违约概率升高的企业会降级，而流失率表中较低等级的客户更不易流失，所以降级未必降低其期望利润。",
    en: "An enterprise whose pd rises falls in grade, and in the table of churn customers of lower grades leave less readily: a fall need not make it worth less.",
  },
});

const REASON = {
  grade: { zh: "等级不予放贷", en: "grade is not lent to" },
  "no-profitable-rate": { zh: "任何利率下都不盈利", en: "pays at no rate" },
  "below-minimum": { zh: "可贷额低于最低额度", en: "its limit is below the least offer" },
  "better-use": { zh: "预算或限额有更好的用处", en: "budget or limit has a better use" },
} satisfies Record<string, Text>;
const CHANGE = {
  enters: { zh: "新进", en: "enters" },
  leaves: { zh: "退出", en: "leaves" },
  more: { zh: "加额", en: "more" },
  less: { zh: "减额", en: "less" },
  dearer: { zh: "提价", en: "dearer" },
  cheaper: { zh: "降价", en: "cheaper" },
} satisfies Record<string, Text>;

const rateText = (rate: number | null) => (rate === null ? "—" : `${(100 * rate).toFixed(2)}%`);
const cent = (value: number) => (100 * value).toFixed(2).replace("-", "−");

/** The form holds what is typed until it is sent; then it stands in the address. */
const Terms = ({
  fields,
  send,
  scenarios,
}: {
  fields: Fields;
  send: (fields: Fields) => void;
  scenarios: readonly { id: string; title: Text }[];
}) => {
  const t = useT();
  const text = useText();
  const [draft, setDraft] = useState(fields);
  const wrong = unreadable(draft);
  const number = (field: (typeof NUMBERS)[number], placeholder?: string) => (
    <label key={field}>
      {t(field)}
      <input
        className="zw-input"
        inputMode="decimal"
        value={draft[field]}
        placeholder={placeholder}
        aria-invalid={wrong.includes(field)}
        onChange={(event) => setDraft({ ...draft, [field]: event.target.value })}
      />
    </label>
  );
  const choice = (field: Field, label: string, options: readonly { value: string; label: string }[]) => (
    <label key={field}>
      {label}
      <select className="zw-input" value={draft[field]} onChange={(event) => setDraft({ ...draft, [field]: event.target.value })}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (wrong.length === 0) send(draft);
      }}
    >
      <div className="zo-form">
        {number("budget")}
        {choice("kind", t("kind"), [
          { value: "nominal", label: t("nominal") },
          { value: "expected-disbursed", label: t("drawn") },
        ])}
        {number("min")}
        {number("max")}
        {number("low")}
        {number("high")}
        {choice("step", t("step"), [
          { value: "", label: t("grid") },
          { value: "0.1", label: t("everyTenth") },
          { value: "0.01", label: t("everyPoint") },
        ])}
        {number("lgd")}
        {number("funding")}
        {choice("interest", t("interest"), [
          { value: "survivors", label: t("survivors") },
          { value: "all", label: t("allPay") },
        ])}
        {number("cap", t("optional"))}
        {number("turnover", t("optional"))}
        {number("mean", t("asStands"))}
        {choice("who", t("who"), [
          { value: "unseen", label: t("unseen") },
          { value: "seen", label: t("seen") },
          { value: "all", label: t("all") },
        ])}
        {choice("scenario", t("scenario"), [
          { value: "", label: t("none") },
          ...scenarios.map(({ id, title }) => ({ value: id, label: text(title) })),
        ])}
        <Button type="primary" htmlType="submit" disabled={wrong.length > 0}>
          {t("run")}
        </Button>
        <Button
          onClick={() => {
            setDraft({ ...DEFAULTS });
            send({ ...DEFAULTS });
          }}
        >
          {t("reset")}
        </Button>
      </div>
      {wrong.length > 0 && (
        <p role="alert" className="zo-wrong">
          {t("unreadable", { fields: wrong.map((field) => t(field as (typeof NUMBERS)[number])).join("、") })}
        </p>
      )}
    </form>
  );
};

type Names = (sector: string | null) => string;

const Result = ({ found }: { found: AllocationDocument }) => {
  const t = useT();
  const language = useLanguage();
  const fen = (value: number) => formatFen(value, language);
  const { totals } = found;
  return (
    <Card title={t("result")}>
      <Facts
        className="zo-facts"
        rows={[
          [t("profit"), <strong key="profit">{fen(found.expectedProfitFen)}</strong>],
          [
            t("bound"),
            <span key="bound">
              {fen(found.boundFen)} <Mark tone={found.proven ? "good" : "warn"}>{t(found.proven ? "proven" : "open")}</Mark>
              <div className="zw-mute">{t("gap", { gap: formatFen(found.gapFen, language, { exact: true }) })}</div>
            </span>,
          ],
          [t("enterprises"), formatCount(totals.enterprises, language)],
          [t("offered"), fen(totals.offeredFen)],
          [t("expectedDrawn"), fen(totals.disbursedFen)],
          [t("interestSum"), fen(totals.interestFen)],
          [t("lossSum"), fen(totals.lossFen)],
          [t("fundingSum"), fen(totals.fundingFen)],
          [t("quantile"), fen(found.riskFen.lossQuantile)],
        ]}
      />
      <p className="zo-note">
        {t("basis", { model: found.model.id, asOf: found.asOf })}{" "}
        <Link to="/scorecards/$id" params={{ id: found.model.id }}>
          {found.model.id}
        </Link>
      </p>
    </Card>
  );
};

const Groups = ({
  title,
  heading,
  found,
  of,
  nameOf,
}: {
  title: string;
  heading: string;
  found: AllocationDocument;
  of: "sector" | "grade";
  nameOf: Names;
}) => {
  const t = useT();
  const language = useLanguage();
  const groups = [...Map.groupBy(found.allocations, (each) => each[of])]
    .map(([code, own]) => ({
      code,
      count: own.length,
      amountFen: own.reduce((sum, each) => sum + each.amountFen, 0),
      profitFen: own.reduce((sum, each) => sum + each.profitFen, 0),
    }))
    .toSorted((a, b) => (of === "grade" ? ((a.code ?? "") < (b.code ?? "") ? -1 : 1) : b.amountFen - a.amountFen));
  return (
    <Card title={title}>
      <DataTable
        caption={title}
        rows={groups}
        keyOf={(group) => group.code ?? ""}
        columns={[
          { key: "code", title: heading, names: true, render: (group) => nameOf(group.code) },
          { key: "count", title: t("count"), numeric: true, render: (group) => formatCount(group.count, language) },
          { key: "amount", title: t("offered"), numeric: true, render: (group) => formatFen(group.amountFen, language) },
          { key: "profit", title: t("profit"), numeric: true, render: (group) => formatFen(group.profitFen, language) },
        ]}
      />
    </Card>
  );
};

const Limits = ({ found, nameOf }: { found: AllocationDocument; nameOf: Names }) => {
  const t = useT();
  const language = useLanguage();
  return (
    <Card title={t("limits")}>
      <DataTable
        caption={t("limits")}
        rows={found.limits}
        keyOf={(limit) => `${limit.kind}${limit.code}`}
        columns={[
          {
            key: "name",
            title: t("limitOf"),
            names: true,
            render: (limit) => (limit.kind === "budget" ? t("wholeBudget") : nameOf(limit.code)),
          },
          { key: "limit", title: t("limit"), numeric: true, render: (limit) => formatFen(limit.limitFen, language) },
          {
            key: "used",
            title: t("used"),
            numeric: true,
            render: (limit) =>
              `${formatFen(limit.usedFen, language)} (${formatPercent(limit.limitFen > 0 ? limit.usedFen / limit.limitFen : 0, language)})`,
          },
          { key: "price", title: t("price"), numeric: true, render: (limit) => limit.price.toFixed(4) },
        ]}
      />
    </Card>
  );
};

const Frontier = ({ fields, choose }: { fields: Fields; choose: (measure: string) => void }) => {
  const t = useT();
  const language = useLanguage();
  const { scenario: _, ...terms } = bodyOf(fields);
  const measure = fields.measure === "expected-loss" ? "expected-loss" : "loss-quantile";
  const found = useRoute(portfolioFrontier, { body: { terms, measure, points: 20 } });
  return (
    <Card
      title={t("frontier")}
      extra={
        <Choice
          label={t("measure")}
          value={measure}
          onChange={choose}
          options={[
            { value: "loss-quantile", label: t("lossQuantile") },
            { value: "expected-loss", label: t("expectedLoss") },
          ]}
        />
      }
    >
      {found.error ? (
        <ProblemState error={found.error} onRetry={() => void found.refetch()} />
      ) : !found.data ? (
        <LoadingState rows={6} />
      ) : (
        <>
          <Suspense fallback={<LoadingState rows={6} />}>
            <FrontierChart points={found.data.points} names={{ risk: t("risk"), profit: t("profit"), enterprises: t("enterprises") }} />
          </Suspense>
          <p className="zo-note">{t("frontierNote")}</p>
          <details className="zo-why">
            <summary>{t("points")}</summary>
            <DataTable
              caption={t("points")}
              rows={found.data.points}
              keyOf={(point) => String(point.riskFen)}
              columns={[
                { key: "risk", title: t("risk"), numeric: true, names: true, render: (point) => formatFen(point.riskFen, language) },
                { key: "profit", title: t("profit"), numeric: true, render: (point) => formatFen(point.profitFen, language) },
                { key: "enterprises", title: t("enterprises"), numeric: true, render: (point) => formatCount(point.enterprises, language) },
                { key: "offered", title: t("offered"), numeric: true, render: (point) => formatFen(point.offeredFen, language) },
                {
                  key: "charge",
                  title: t("charge"),
                  numeric: true,
                  render: (point) => (point.charge === null ? "∞" : point.charge.toFixed(3)),
                },
              ]}
            />
          </details>
        </>
      )}
    </Card>
  );
};

type Placement = AllocationDocument["allocations"][number];

const Why = ({ placement }: { placement: Placement }) => {
  const t = useT();
  return (
    <details className="zo-why">
      <summary>
        {t("why")}
        <span className="zw-visually-hidden"> {placement.enterprise}</span>
      </summary>
      <table>
        <caption className="zw-visually-hidden">{t("whyLead")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("rate")}</th>
            <th scope="col">{t("churn")}</th>
            <th scope="col">{t("profitOf")}</th>
            <th scope="col">{t("worthOf")}</th>
          </tr>
        </thead>
        <tbody>
          {placement.why.map((each) => (
            <tr key={each.rate} data-chosen={each.rate === placement.rate}>
              <td>{rateText(each.rate)}</td>
              <td>{(100 * each.churn).toFixed(1)}%</td>
              <td>{cent(each.profit)}</td>
              <td>{cent(each.worth)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
};

const SORTS: Readonly<Record<string, (placement: Placement) => number | string>> = {
  enterprise: (each) => each.enterprise.padStart(12, " "),
  grade: (each) => each.grade,
  pd: (each) => each.pd,
  amount: (each) => each.amountFen,
  rate: (each) => each.rate,
  profit: (each) => each.profitFen,
};
const PAGE = 25;

const Placements = ({ found, nameOf }: { found: AllocationDocument; nameOf: Names }) => {
  const t = useT();
  const language = useLanguage();
  const [params, set] = useUrlState();
  const sort = params["sort"] !== undefined && Object.hasOwn(SORTS, params["sort"]) ? params["sort"] : "profit";
  const order = params["order"] === "asc" ? "asc" : "desc";
  const by = SORTS[sort]!;
  const compare = (a: Placement, b: Placement) => {
    const [x, y] = [by(a), by(b)];
    return (x < y ? -1 : x > y ? 1 : 0) * (order === "asc" ? 1 : -1);
  };
  const rows = found.allocations.toSorted(compare);
  const last = Math.max(1, Math.ceil(rows.length / PAGE));
  const page = Math.min(last, Math.max(1, Number(params["page"]) || 1));
  const name = (each: Placement) => (
    <Link to="/enterprises/$id" params={{ id: each.enterprise }}>
      {each.name} <span className="zw-mute">{each.enterprise}</span>
    </Link>
  );
  return (
    <Card title={t("placements")}>
      {rows.length === 0 ? (
        <EmptyState text={t("nobody")} />
      ) : (
        <>
          <DataTable
            caption={t("placements")}
            rows={rows.slice((page - 1) * PAGE, page * PAGE)}
            keyOf={(each) => each.enterprise}
            sort={sort}
            order={order}
            onSort={(next, direction) => set({ sort: next, order: direction, page: undefined })}
            columns={[
              { key: "enterprise", title: t("enterprise"), names: true, sort: "enterprise", render: name },
              { key: "sector", title: t("sector"), render: (each) => nameOf(each.sector) },
              { key: "grade", title: t("grade"), sort: "grade", render: (each) => each.grade },
              { key: "pd", title: t("pd"), numeric: true, sort: "pd", render: (each) => formatPercent(each.pd, language, 2) },
              { key: "amount", title: t("amount"), numeric: true, sort: "amount", render: (each) => formatFen(each.amountFen, language) },
              { key: "rate", title: t("rate"), numeric: true, sort: "rate", render: (each) => rateText(each.rate) },
              { key: "churn", title: t("churn"), numeric: true, render: (each) => formatPercent(each.churn, language) },
              { key: "profit", title: t("profit"), numeric: true, sort: "profit", render: (each) => formatFen(each.profitFen, language) },
              { key: "why", title: t("why"), render: (each) => <Why placement={each} /> },
            ]}
            card={(each) => (
              <>
                {name(each)}
                <div>
                  <strong>{formatFen(each.amountFen, language)}</strong> · {rateText(each.rate)} · {t("grade")} {each.grade}
                </div>
                <div className="zw-mute">
                  {t("pd")} {formatPercent(each.pd, language, 2)} · {t("profit")} {formatFen(each.profitFen, language)}
                </div>
                <Why placement={each} />
              </>
            )}
          />
          <Pager page={page} pageSize={PAGE} total={rows.length} onPage={(next) => set({ page: next === 1 ? undefined : String(next) })} />
        </>
      )}
    </Card>
  );
};

const RefusedList = ({ found, nameOf }: { found: AllocationDocument; nameOf: Names }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const reasons = [...Map.groupBy(found.refused, (each) => each.because)].toSorted(([, a], [, b]) => b.length - a.length);
  if (reasons.length === 0) return null;
  return (
    <Card title={t("refused")}>
      <Facts className="zo-facts" rows={reasons.map(([because, own]) => [text(REASON[because]), formatCount(own.length, language)])} />
      <details className="zo-why">
        <summary>
          {t("refused")} ({formatCount(found.refused.length, language)})
        </summary>
        <DataTable
          caption={t("refused")}
          rows={found.refused}
          keyOf={(each) => each.enterprise}
          columns={[
            {
              key: "enterprise",
              title: t("enterprise"),
              names: true,
              render: (each) => (
                <Link to="/enterprises/$id" params={{ id: each.enterprise }}>
                  {each.name} <span className="zw-mute">{each.enterprise}</span>
                </Link>
              ),
            },
            { key: "sector", title: t("sector"), render: (each) => nameOf(each.sector) },
            { key: "grade", title: t("grade"), render: (each) => each.grade },
            { key: "pd", title: t("pd"), numeric: true, render: (each) => formatPercent(each.pd, language, 2) },
            { key: "because", title: t("because"), render: (each) => text(REASON[each.because]) },
            {
              key: "best",
              title: t("best"),
              numeric: true,
              render: (each) => (each.best ? `${cent(each.best.profit)} · ${rateText(each.best.rate)}` : "—"),
            },
          ]}
        />
      </details>
    </Card>
  );
};

type Change = ShockResult["changes"][number];

const ShockCard = ({ before, shock, nameOf }: { before: AllocationDocument; shock: ShockResult; nameOf: Names }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const fen = (value: number) => formatFen(value, language);
  const offer = ({ amountFen, rate }: Change["before"]) => (amountFen === 0 ? "—" : `${fen(amountFen)} · ${rateText(rate)}`);
  const standing = ({ pd, grade }: Change["before"]) => `${grade} · ${formatPercent(pd, language, 2)}`;
  const side = (each: Change["before"]) => (
    <>
      {offer(each)}
      <div className="zw-mute">{standing(each)}</div>
    </>
  );
  const name = (change: Change) => (
    <Link to="/enterprises/$id" params={{ id: change.enterprise }}>
      {change.name} <span className="zw-mute">{change.enterprise}</span>
    </Link>
  );
  const mark = ({ change }: Change) => (
    <Mark tone={change === "enters" || change === "more" ? "good" : change === "leaves" ? "bad" : "warn"}>{text(CHANGE[change])}</Mark>
  );
  return (
    <Card title={t("shock", { title: text(shock.scenario.title) })}>
      <Facts
        className="zo-facts"
        rows={[
          [t("before"), fen(before.expectedProfitFen)],
          [t("held"), fen(shock.heldProfitFen)],
          [t("after"), <strong key="after">{fen(shock.after.expectedProfitFen)}</strong>],
          [t("saved"), fen(shock.after.expectedProfitFen - shock.heldProfitFen)],
          [t("changed"), formatCount(shock.changes.length, language)],
        ]}
      />
      <DataTable
        caption={t("changed")}
        rows={shock.changes}
        keyOf={(change) => change.enterprise}
        columns={[
          { key: "enterprise", title: t("enterprise"), names: true, render: name },
          { key: "sector", title: t("sector"), render: (change) => nameOf(change.sector) },
          { key: "change", title: t("change"), render: mark },
          { key: "before", title: t("offerBefore"), numeric: true, render: (change) => side(change.before) },
          { key: "after", title: t("offerAfter"), numeric: true, render: (change) => side(change.after) },
        ]}
        card={(change) => (
          <>
            {name(change)} {mark(change)}
            <div>
              {offer(change.before)} → {offer(change.after)}
            </div>
            <div className="zw-mute">
              {standing(change.before)} → {standing(change.after)}
            </div>
          </>
        )}
      />
      <p className="zo-note">{t("shockNote")}</p>
      <p className="zo-note">
        {t("source")}
        {text(shock.scenario.source)}
      </p>
    </Card>
  );
};

export const PortfolioPage = () => {
  const t = useT();
  const text = useText();
  const [params, set] = useUrlState();
  const fields = fieldsOf(params);
  const readable = unreadable(fields).length === 0;
  const settings = useRoute(getPortfolioSettings);
  const found = useRoute(allocatePortfolio, { body: bodyOf(fields) }, { enabled: readable });
  const nameOf: Names = (sector) => {
    if (sector === null || sector === "unknown") return t("unknown");
    const known = settings.data?.sectors.find(({ code }) => code === sector);
    return known ? text(known.name) : sector;
  };
  const send = (next: Fields) =>
    set({
      ...Object.fromEntries(
        Object.entries(next).map(([field, value]) => [field, value === DEFAULTS[field as Field] ? undefined : value.trim()]),
      ),
      page: undefined,
    });
  return (
    <Page title={t("title")}>
      <Card title={t("terms")}>
        {/* What the address says anew (Back, a link) stands in the form. */}
        <Terms key={JSON.stringify(fields)} fields={fields} send={send} scenarios={settings.data?.scenarios ?? []} />
      </Card>
      {found.error ? (
        <ProblemState error={found.error} onRetry={() => void found.refetch()} />
      ) : !readable ? null : !found.data ? (
        <LoadingState rows={12} />
      ) : (
        <>
          <Result found={found.data.allocation} />
          {found.data.shock && <ShockCard before={found.data.allocation} shock={found.data.shock} nameOf={nameOf} />}
          <Frontier fields={fields} choose={(measure) => set({ measure: measure === DEFAULTS.measure ? undefined : measure })} />
          <div className="zo-pair">
            <Groups title={t("bySector")} heading={t("sector")} found={found.data.allocation} of="sector" nameOf={nameOf} />
            <Groups title={t("byGrade")} heading={t("grade")} found={found.data.allocation} of="grade" nameOf={(grade) => grade ?? ""} />
          </div>
          <Limits found={found.data.allocation} nameOf={nameOf} />
          <Placements found={found.data.allocation} nameOf={nameOf} />
          <RefusedList found={found.data.allocation} nameOf={nameOf} />
        </>
      )}
    </Page>
  );
};

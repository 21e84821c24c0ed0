import { useState } from "react";
import { Button } from "antd";
import { API_PREFIX } from "@zhiwei/api/index";
import { actOnScorecard, getScorecard } from "@zhiwei/api/scorecard";
import { featureById } from "@zhiwei/core/features";
import { Permitted } from "../access/session.ts";
import { call, useRoute } from "../ui/api.ts";
import { Hash, Mark } from "../ui/controls.tsx";
import { formatCount, formatInstant } from "../ui/format.ts";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { Link } from "../ui/router.ts";
import { Card, LoadingState, Page, ProblemState } from "../ui/states.tsx";
import { ActionDialog } from "./action-dialog.tsx";
import { Coefficients, Grades, LeftOut, PointsTable, Priors } from "./card-table.tsx";
import { ChallengerSection } from "./challenger.tsx";
import { MonitoringSection } from "./monitoring.tsx";
import "./scorecard.css";
import { Correlations, FairnessSection, ValidationSection } from "./validation.tsx";
import { ACTION, type Details, ROLE, STATE, STATE_TONE, type Titles, useTitles } from "./words.ts";

const useT = texts({
  lookOnly: { zh: "您可以查阅；改动由银行与平台运营方操作。", en: "You may look; banks and the operator make changes." },
  title: { zh: "模型", en: "Model" },
  registry: { zh: "模型登记簿", en: "Registry of models" },
  purpose: { zh: "用途", en: "Purpose" },
  limits: { zh: "使用限制", en: "Limits of use" },
  noLimits: { zh: "没有写明限制。审批前请补上。", en: "No limits are stated. They should be before it is approved." },
  data: { zh: "数据", en: "Data" },
  sample: { zh: "样本", en: "Sample" },
  outcome: { zh: "违约定义", en: "Event" },
  size: { zh: "{{records}} 条记录，其中违约 {{events}}", en: "{{records}} records, {{events}} of them events" },
  asOf: { zh: "观察日", en: "As of" },
  splitting: { zh: "分开开票", en: "Billing in parts" },
  holds: {
    zh: "不改变评分：所用特征都按金额、日、月或对手方计",
    en: "moves no score: its features are of money, days, months and parties",
  },
  moved: {
    zh: "可移动评分：{{features}} 会因同一笔交易分开开票而变",
    en: "can move the score: {{features}} change when one sale is billed in parts",
  },
  sampleHash: { zh: "样本哈希", en: "Hash of the sample" },
  hash: { zh: "模型文档哈希", en: "Hash of the document" },
  made: { zh: "开发", en: "Made by" },
  approved: { zh: "批准", en: "Approved by" },
  code: { zh: "程序版本", en: "Product version" },
  based: { zh: "源自", en: "Based on" },
  note: { zh: "说明", en: "Note" },
  history: { zh: "历次操作", en: "What was done with it" },
  exports: { zh: "导出", en: "Export" },
  edit: { zh: "以此为底再训练", en: "Train another from this" },
  settings: {
    zh: "训练设置（与样本、程序版本一起可重现模型，逐位相同）",
    en: "Settings: with sample and product version they give the same model, to the bit",
  },
  sign: { zh: "你批准的是这份文档：", en: "You approve this document:" },
  notHere: {
    zh: "样本是外来表格，特征不在平台目录中：只能导出使用。",
    en: "Its sample is a table brought along, with features that are not in the catalogue: it can be exported only.",
  },
});

type Action = Details["actions"][number];
const PRIMARY: readonly Action[] = ["submit", "approve", "deploy"];
const NEED_REASON: readonly Action[] = ["reject", "stand-down", "retire"];
const FORMATS = [
  ["pdf", "PDF"],
  ["json", "JSON"],
  ["sql", "SQL"],
  ["pmml", "PMML 4.4"],
] as const;

const Actions = ({ details }: { details: Details }) => {
  const t = useT();
  const text = useText();
  const [action, setAction] = useState<Action | null>(null);
  const { summary, document } = details;
  return (
    <>
      <div className="sc-buttons">
        <Permitted to={actOnScorecard} otherwise={<span className="zw-mute">{t("lookOnly")}</span>}>
          {details.actions.map((each) => (
            <Button key={each} type={PRIMARY.includes(each) ? "primary" : "default"} onClick={() => setAction(each)}>
              {text(ACTION[each])}
            </Button>
          ))}
          <Link to="/scorecards/workshop" search={{ from: summary.id } as never} className="sc-button sc-plain">
            {t("edit")}
          </Link>
        </Permitted>
      </div>
      {action && (
        <ActionDialog
          title={ACTION[action]}
          danger={NEED_REASON.includes(action)}
          needsReason={NEED_REASON.includes(action)}
          onClose={() => setAction(null)}
          perform={(by, note) =>
            call(actOnScorecard, {
              params: { id: summary.id },
              body: { action, by, note, ...(action === "approve" ? { sha256: summary.sha256 } : {}) },
            })
          }
        >
          {action === "approve" && (
            <>
              <p>
                {t("sign")} <code>{summary.id}</code> <Hash value={summary.sha256} />
              </p>
              <ul className="sc-limits">
                {document.limits.map((limit) => (
                  <li key={limit.zh}>{text(limit)}</li>
                ))}
              </ul>
            </>
          )}
        </ActionDialog>
      )}
    </>
  );
};

const Facts = ({ details, titles }: { details: Details; titles: Titles }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const { summary, document } = details;
  const moved = document.development.card.features.map(({ name }) => name).filter((name) => featureById(name)?.movedBySplitting);
  const rows: (readonly [string, React.ReactNode] | null)[] = [
    [t("sample"), text(document.sample.title)],
    [t("outcome"), text(document.sample.outcome)],
    [t("data"), t("size", { records: formatCount(summary.records, language), events: formatCount(summary.events, language) })],
    document.sample.asOf ? [t("asOf"), document.sample.asOf] : null,
    document.sample.kind === "platform"
      ? [
          t("splitting"),
          moved.length === 0
            ? t("holds")
            : t("moved", { features: moved.map((name) => text(titles.title(name))).join(language === "zh" ? "、" : "; ") }),
        ]
      : null,
    [t("sampleHash"), <Hash key="sample" value={document.sample.sha256} />],
    [t("hash"), <Hash key="model" value={summary.sha256} />],
    [t("made"), `${document.madeBy} · ${formatInstant(document.madeAt, language)}`],
    [t("approved"), summary.approvedBy ?? "—"],
    [t("code"), document.code.product],
    document.basedOn
      ? [
          t("based"),
          <Link key="based" to="/scorecards/$id" params={{ id: document.basedOn }}>
            {document.basedOn}
          </Link>,
        ]
      : null,
    document.note ? [t("note"), document.note] : null,
  ];
  return (
    <dl className="sc-facts">
      {rows.map(
        (row) =>
          row && (
            <div key={row[0]}>
              <dt>{row[0]}</dt>
              <dd>{row[1]}</dd>
            </div>
          ),
      )}
    </dl>
  );
};

export const ModelPage = ({ id }: { id: string }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const titles = useTitles();
  const found = useRoute(getScorecard, { params: { id } });
  const details = found.data?.summary.id === id ? found.data : undefined;
  if (found.error || !details)
    return (
      <Page title={`${t("title")} ${id}`}>
        {found.error ? <ProblemState error={found.error} onRetry={() => void found.refetch()} /> : <LoadingState rows={12} />}
        <p>
          <Link to="/scorecards">{t("registry")}</Link>
        </p>
      </Page>
    );
  const { summary, document, events } = details;
  return (
    <Page
      title={text(document.title)}
      extra={
        <span className="sc-inline">
          <code>{summary.id}</code> <Mark tone={STATE_TONE[summary.state]}>{text(STATE[summary.state])}</Mark>{" "}
          {summary.role && <Mark tone="good">{text(ROLE[summary.role])}</Mark>}
        </span>
      }
    >
      <Card title={t("purpose")} extra={<Actions details={details} />}>
        <p className="sc-lead">{text(document.purpose)}</p>
        <h3 className="sc-sub">{t("limits")}</h3>
        {document.limits.length === 0 ? (
          <p className="zw-mute">{t("noLimits")}</p>
        ) : (
          <ul className="sc-limits">
            {document.limits.map((limit) => (
              <li key={limit.zh}>{text(limit)}</li>
            ))}
          </ul>
        )}
        {!summary.applies && <p>{t("notHere")}</p>}
      </Card>
      <Card
        title={t("data")}
        extra={
          <span className="sc-buttons">
            {FORMATS.map(([format, name]) => (
              <a
                key={format}
                className="sc-button sc-plain"
                href={`${API_PREFIX}/scorecards/${encodeURIComponent(id)}/export/${format}?language=${language}`}
                download
                aria-label={`${t("exports")} ${name}`}
              >
                {name}
              </a>
            ))}
          </span>
        }
      >
        <Facts details={details} titles={titles} />
      </Card>
      <PointsTable model={document} titles={titles} />
      <ValidationSection model={document} />
      <ChallengerSection model={document} titles={titles} />
      <Coefficients model={document} titles={titles} />
      <Priors model={document} titles={titles} />
      <FairnessSection model={document} />
      <Correlations model={document} titles={titles} />
      <Grades model={document} />
      {summary.applies && <MonitoringSection id={id} />}
      <LeftOut model={document} titles={titles} />
      <Card title={t("history")} id="history">
        <ol className="sc-limits">
          {events.map((event) => (
            <li key={`${event.at} ${event.action}`}>
              <time dateTime={event.at}>{formatInstant(event.at, language)}</time> <strong>{text(ACTION[event.action])}</strong> ·{" "}
              {event.by}
              {event.note && `：${event.note}`}
            </li>
          ))}
        </ol>
      </Card>
      <details className="zw-card sc-no-print">
        <summary>{t("settings")}</summary>
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by key */}
        <pre className="zw-scroll zw-code" tabIndex={0}>
          {JSON.stringify(document.recipe, null, 2)}
        </pre>
      </details>
    </Page>
  );
};

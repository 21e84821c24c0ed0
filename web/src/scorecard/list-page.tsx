import { useState } from "react";
import { Button } from "antd";
import { useNavigate } from "@tanstack/react-router";
import { type ModelSummary, listScorecards, monitorScorecard, rollBackScorecard, startTraining } from "@zhiwei/api/scorecard";
import { Permitted } from "../access/session.ts";
import { call, useRoute } from "../ui/api.ts";
import { Mark } from "../ui/controls.tsx";
import { formatCount, formatInstant } from "../ui/format.ts";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { Link } from "../ui/router.ts";
import { Card, EmptyState, LoadingState, Page, ProblemState } from "../ui/states.tsx";
import { DataTable } from "../ui/table.tsx";
import { ActionDialog } from "./action-dialog.tsx";
import "./scorecard.css";
import { ROLE, STATE, STATE_TONE, VERDICT, VERDICT_TONE, figure, interval } from "./words.ts";

const useT = texts({
  title: { zh: "评分卡", en: "Scorecards" },
  workshop: { zh: "打开工作台", en: "Open the workshop" },
  champion: { zh: "在用模型", en: "In use" },
  none: {
    zh: "还没有模型。到工作台选择样本、分箱、训练第一张评分卡。",
    en: "There is no model yet. Choose a sample in the workshop, bin it and train the first.",
  },
  noChampion: {
    zh: "没有在用的模型：训练、提交、由第二人批准，然后上线。",
    en: "No model is in use: train one, submit it, have a second person approve it, and deploy it.",
  },
  all: { zh: "模型登记簿", en: "Registry of models" },
  model: { zh: "模型", en: "Model" },
  state: { zh: "状态", en: "State" },
  sample: { zh: "样本", en: "Sample" },
  events: { zh: "{{records}} 条，违约 {{events}} 条", en: "{{records}} records, {{events}} events" },
  auc: { zh: "AUC（交叉验证，95% 区间）", en: "AUC (cross-validated, 95% interval)" },
  ks: { zh: "KS", en: "KS" },
  features: { zh: "特征", en: "Features" },
  made: { zh: "开发", en: "Made by" },
  approved: { zh: "批准", en: "Approved by" },
  compare: { zh: "比较", en: "Compare" },
  compareTwo: { zh: "比较所选两个", en: "Compare the two chosen" },
  choose: { zh: "选择 {{id}} 作比较", en: "Choose {{id}} to compare" },
  rollBack: { zh: "回退到上一任", en: "Roll back" },
  stability: { zh: "现有企业与训练样本相比（PSI）", en: "Today's enterprises against the training sample (PSI)" },
  seen: { zh: "有信贷记录", en: "with a credit record" },
  unseen: { zh: "无信贷记录", en: "without" },
  all_: { zh: "全部", en: "all" },
});

const Stability = ({ id }: { id: string }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const { data } = useRoute(monitorScorecard, { params: { id }, query: {} });
  if (!data) return null;
  const names = { all: t("all_"), seen: t("seen"), unseen: t("unseen") };
  return (
    <div>
      <dt>{t("stability")}</dt>
      <dd>
        {data.groups.map(({ group, monitoring }) => (
          <span key={group} className="sc-inline">
            {names[group]} {formatCount(monitoring.records, language)}：{figure(monitoring.population.index)}{" "}
            <Mark tone={VERDICT_TONE[monitoring.population.verdict]}>{text(VERDICT[monitoring.population.verdict])}</Mark>
          </span>
        ))}
      </dd>
    </div>
  );
};

const Champion = ({ model }: { model: ModelSummary }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const [back, setBack] = useState(false);
  const sizes = { records: formatCount(model.records, language), events: formatCount(model.events, language) };
  return (
    <Card
      title={t("champion")}
      extra={
        <Permitted to={rollBackScorecard}>
          <Button size="small" onClick={() => setBack(true)}>
            {t("rollBack")}
          </Button>
        </Permitted>
      }
    >
      <p className="sc-lead">
        <Link to="/scorecards/$id" params={{ id: model.id }}>
          {text(model.title)}
        </Link>{" "}
        <code>{model.id}</code> <Mark tone="good">{text(ROLE.champion)}</Mark>
      </p>
      <dl className="sc-facts">
        <div>
          <dt>{t("auc")}</dt>
          <dd>
            <strong>{figure(model.auc.mean)}</strong> <span className="zw-mute">{interval(model.auc)}</span>
          </dd>
        </div>
        <div>
          <dt>{t("ks")}</dt>
          <dd>{figure(model.ks)}</dd>
        </div>
        <div>
          <dt>{t("sample")}</dt>
          <dd>{t("events", sizes)}</dd>
        </div>
        <div>
          <dt>{t("approved")}</dt>
          <dd>{model.approvedBy}</dd>
        </div>
        <Stability id={model.id} />
      </dl>
      {back && (
        <ActionDialog
          title={{ zh: "回退到上一任", en: "Roll back" }}
          danger
          needsReason
          perform={(by, note) => call(rollBackScorecard, { body: { by, note } })}
          onClose={() => setBack(false)}
        />
      )}
    </Card>
  );
};

export const ScorecardListPage = () => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const navigate = useNavigate();
  const models = useRoute(listScorecards);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const champion = models.data?.find((model) => model.role === "champion");
  const toggle = (id: string) =>
    setChosen((before) => (before.includes(id) ? before.filter((each) => each !== id) : [...before.slice(-1), id]));
  const name = (model: ModelSummary) => (
    <>
      <Link to="/scorecards/$id" params={{ id: model.id }}>
        {text(model.title)}
      </Link>
      <div className="zw-code zw-mute">{model.id}</div>
    </>
  );
  const standing = (model: ModelSummary) => (
    <>
      <Mark tone={STATE_TONE[model.state]}>{text(STATE[model.state])}</Mark>{" "}
      {model.role && <Mark tone={model.role === "champion" ? "good" : "plain"}>{text(ROLE[model.role])}</Mark>}
    </>
  );
  const sample = (model: ModelSummary) => (
    <>
      {text(model.sample.title)}
      <div className="zw-mute">
        {t("events", { records: formatCount(model.records, language), events: formatCount(model.events, language) })}
      </div>
    </>
  );
  return (
    <Page
      title={t("title")}
      extra={
        <Permitted to={startTraining}>
          <Link to="/scorecards/workshop" className="sc-button">
            {t("workshop")}
          </Link>
        </Permitted>
      }
    >
      {models.error ? (
        <ProblemState error={models.error} onRetry={() => void models.refetch()} />
      ) : !models.data ? (
        <LoadingState rows={10} />
      ) : models.data.length === 0 ? (
        <section className="zw-card">
          <EmptyState text={t("none")}>
            <Permitted to={startTraining}>
              <Link to="/scorecards/workshop">{t("workshop")}</Link>
            </Permitted>
          </EmptyState>
        </section>
      ) : (
        <>
          {champion ? (
            <Champion model={champion} />
          ) : (
            <Card title={t("champion")}>
              <p>{t("noChampion")}</p>
            </Card>
          )}
          <Card
            title={t("all")}
            extra={
              <Button
                disabled={chosen.length !== 2}
                onClick={() => void navigate({ to: "/scorecards/compare", search: { a: chosen[0], b: chosen[1] } as never })}
              >
                {t("compareTwo")}
              </Button>
            }
          >
            <DataTable
              caption={t("all")}
              rows={models.data}
              keyOf={(model) => model.id}
              columns={[
                {
                  key: "choose",
                  title: t("compare"),
                  render: (model) => (
                    <input
                      type="checkbox"
                      aria-label={t("choose", { id: model.id })}
                      checked={chosen.includes(model.id)}
                      onChange={() => toggle(model.id)}
                    />
                  ),
                },
                { key: "model", title: t("model"), names: true, render: name },
                { key: "state", title: t("state"), render: standing },
                { key: "sample", title: t("sample"), render: sample },
                {
                  key: "auc",
                  title: t("auc"),
                  numeric: true,
                  render: (model) => (
                    <>
                      {figure(model.auc.mean)}
                      <div className="zw-mute">{interval(model.auc)}</div>
                    </>
                  ),
                },
                { key: "ks", title: t("ks"), numeric: true, render: (model) => figure(model.ks) },
                { key: "features", title: t("features"), numeric: true, render: (model) => model.features },
                {
                  key: "made",
                  title: t("made"),
                  render: (model) => (
                    <>
                      {model.madeBy}
                      <div className="zw-mute">{formatInstant(model.madeAt, language)}</div>
                    </>
                  ),
                },
                { key: "approved", title: t("approved"), render: (model) => model.approvedBy ?? "—" },
              ]}
              card={(model) => (
                <>
                  {name(model)}
                  <div>{standing(model)}</div>
                  <div>
                    AUC {figure(model.auc.mean)} <span className="zw-mute">{interval(model.auc)}</span>
                  </div>
                  <div className="zw-mute">{model.madeBy}</div>
                </>
              )}
            />
          </Card>
        </>
      )}
    </Page>
  );
};

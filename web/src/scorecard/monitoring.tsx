import { useState } from "react";
import { monitorScorecard } from "@zhiwei/api/scorecard";
import { useRoute } from "../ui/api.ts";
import { Choice, Mark } from "../ui/controls.tsx";
import { formatCount } from "../ui/format.ts";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { Card, LoadingState, ProblemState } from "../ui/states.tsx";
import { DataTable } from "../ui/table.tsx";
import { VERDICT, VERDICT_TONE, figure, interval, percent } from "./words.ts";

const useT = texts({
  title: { zh: "监测", en: "Monitoring" },
  group: { zh: "企业范围", en: "Enterprises" },
  all: { zh: "全部企业", en: "All enterprises" },
  seen: { zh: "训练样本中的企业", en: "Those it was trained on" },
  unseen: { zh: "模型未见过的企业", en: "Those it has not seen" },
  psi: {
    zh: "截至 {{day}} 的 {{n}} 家企业与训练样本相比：群体稳定性指数 {{psi}}，平均违约概率 {{pd}}。",
    en: "{{n}} enterprises as of {{day}} against the training sample: population stability index {{psi}}, mean probability {{pd}}.",
  },
  outcomes: {
    zh: "其中 {{n}} 家已有结果（违约 {{events}}），AUC {{auc}}（{{interval}}）。",
    en: "Of these {{n}} have outcomes by now ({{events}} events): AUC {{auc}} ({{interval}}).",
  },
  feature: { zh: "特征", en: "Feature" },
  csi: { zh: "稳定性指数", en: "Stability index" },
  verdict: { zh: "判断", en: "Verdict" },
  moved: { zh: "平均得分变化", en: "Mean points moved" },
  shares: { zh: "各箱占比：训练 → 现在", en: "Shares of the bins: training → now" },
  grade: { zh: "等级", en: "Grade" },
  before: { zh: "训练时", en: "In training" },
  now: { zh: "现在", en: "Now" },
  rule: {
    zh: "指数低于 0.1 为稳定，0.1 至 0.25 需关注，更高为已偏移；样本小时指数偏大，请同时看 p 值。",
    en: "Below 0.1 is stable, up to 0.25 to be watched, above that shifted. The index runs high in small samples: read the p-value with it.",
  },
  p: { zh: "p 值", en: "p-value" },
});

type Group = "all" | "seen" | "unseen";

export const MonitoringSection = ({ id }: { id: string }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const found = useRoute(monitorScorecard, { params: { id }, query: {} });
  const [group, setGroup] = useState<Group>("unseen");
  const chosen = found.data?.groups.find((each) => each.group === group) ?? found.data?.groups[0];
  return (
    <Card
      title={t("title")}
      id="monitoring"
      extra={
        found.data && (
          <Choice
            label={t("group")}
            value={chosen?.group ?? group}
            onChange={(value) => setGroup(value as Group)}
            options={found.data.groups.map((each) => ({
              value: each.group,
              label: `${t(each.group)} (${formatCount(each.monitoring.records, language)})`,
            }))}
          />
        )
      }
    >
      {found.error ? (
        <ProblemState error={found.error} onRetry={() => void found.refetch()} />
      ) : !chosen ? (
        <LoadingState rows={4} />
      ) : (
        <>
          <p>
            {t("psi", {
              day: found.data!.asOf,
              n: formatCount(chosen.monitoring.records, language),
              psi: figure(chosen.monitoring.population.index),
              pd: percent(chosen.monitoring.meanPd),
            })}{" "}
            <Mark tone={VERDICT_TONE[chosen.monitoring.population.verdict]}>{text(VERDICT[chosen.monitoring.population.verdict])}</Mark>{" "}
            {chosen.monitoring.outcomes &&
              t("outcomes", {
                n: chosen.monitoring.outcomes.records,
                events: chosen.monitoring.outcomes.events,
                auc: figure(chosen.monitoring.outcomes.auc),
                interval: interval(chosen.monitoring.outcomes),
              })}
          </p>
          <DataTable
            caption={t("title")}
            rows={chosen.monitoring.features}
            keyOf={(row) => row.feature}
            columns={[
              { key: "feature", title: t("feature"), names: true, render: (row) => text(row.title) },
              { key: "csi", title: t("csi"), numeric: true, render: (row) => figure(row.index) },
              { key: "p", title: t("p"), numeric: true, render: (row) => figure(row.pValue, 4) },
              {
                key: "verdict",
                title: t("verdict"),
                render: (row) => <Mark tone={VERDICT_TONE[row.verdict]}>{text(VERDICT[row.verdict])}</Mark>,
              },
              { key: "moved", title: t("moved"), numeric: true, render: (row) => figure(row.pointsMoved, 1) },
              {
                key: "shares",
                title: t("shares"),
                render: (row) => (
                  <span
                    className="sc-shares"
                    title={row.expected.map((share, k) => `${percent(share, 0)} → ${percent(row.actual[k], 0)}`).join(", ")}
                  >
                    {row.expected.map((share, k) => (
                      // oxlint-disable-next-line react/no-array-index-key -- bins have no other name
                      <i key={k} aria-hidden>
                        <b style={{ height: `${40 * share}px` }} />
                        <b className="sc-now" style={{ height: `${40 * row.actual[k]!}px` }} />
                      </i>
                    ))}
                  </span>
                ),
              },
            ]}
          />
          <p className="sc-note">{t("rule")}</p>
          <DataTable
            caption={t("grade")}
            rows={chosen.monitoring.byGrade}
            keyOf={(row) => row.grade}
            columns={[
              { key: "grade", title: t("grade"), names: true, render: (row) => row.grade },
              { key: "then", title: t("before"), numeric: true, render: (row) => percent(row.expected) },
              { key: "now", title: t("now"), numeric: true, render: (row) => percent(row.actual) },
            ]}
          />
        </>
      )}
    </Card>
  );
};

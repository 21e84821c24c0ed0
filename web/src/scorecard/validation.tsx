import { useState } from "react";
import { Mark } from "../ui/controls.tsx";
import { formatCount } from "../ui/format.ts";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { Card } from "../ui/states.tsx";
import { DataTable } from "../ui/table.tsx";
import { type Model, type Titles, figure, interval, percent } from "./words.ts";

const useT = texts({
  title: { zh: "验证", en: "Validation" },
  how: {
    zh: "{{repeats}} 次 {{folds}} 折分层交叉验证，分箱、选择、回归全部在折内完成；区间按折间共用样本修正（Nadeau–Bengio）。",
    en: "{{repeats}} times {{folds}}-fold stratified cross-validation with binning, selection and regression inside the fold; intervals are corrected for folds that share records (Nadeau and Bengio).",
  },
  auc: { zh: "AUC（未见样本）", en: "AUC, records not seen" },
  ks: { zh: "KS", en: "KS" },
  brier: { zh: "Brier", en: "Brier" },
  seen: { zh: "AUC（训练样本，偏乐观）", en: "AUC, training records: flattering" },
  shuffled: { zh: "打乱结果后的 AUC（应约 0.5）", en: "AUC with outcomes shuffled: should be about 0.5" },
  gini: { zh: "基尼（合并留出预测）", en: "Gini of pooled held-out predictions" },
  calibration: { zh: "校准", en: "Calibration" },
  calibrationNote: {
    zh: "点为各组实际违约率及其 Wilson 95% 区间，横轴为预测均值；落在对角线上即为准确。Hosmer–Lemeshow χ² = {{x}}，p = {{p}}{{verdict}}",
    en: "Points are the observed rate of each group with its Wilson 95% interval against the mean prediction; on the diagonal they are true. Hosmer–Lemeshow χ² = {{x}}, p = {{p}}{{verdict}}",
  },
  hlFine: { zh: "：没有偏离的证据。", en: ": no evidence against it." },
  hlBad: { zh: "：预测与实际有显著偏离。", en: ": predictions and outcomes differ significantly." },
  predicted: { zh: "预测违约概率", en: "predicted probability" },
  observed: { zh: "实际违约率", en: "observed rate" },
  cutOffs: { zh: "分数线", en: "Cut-offs" },
  cutOffNote: { zh: "点一行看这条线的含义。", en: "Choose a row to read what it means." },
  cutOff: { zh: "不低于", en: "At least" },
  approved: { zh: "通过率", en: "Approved" },
  bad: { zh: "通过者违约率", en: "Bad rate" },
  refusedBad: { zh: "拒绝者违约率", en: "Bad rate of refused" },
  eventsRefused: { zh: "拦下的违约", en: "Events refused" },
  goodRefused: { zh: "误拒的好户", en: "Goods refused" },
  means: {
    zh: "以 {{cut}} 分为线：通过 {{approved}}，其中 {{bad}} 违约；拦下 {{events}} 的违约，代价是拒绝 {{goods}} 的好企业。",
    en: "With a cut-off of {{cut}}: {{approved}} are approved, of whom {{bad}} default; {{events}} of the defaults are refused, at the price of refusing {{goods}} of the sound ones.",
  },
  gains: { zh: "增益与提升", en: "Gains and lift" },
  group: { zh: "最高风险起", en: "From the riskiest" },
  rate: { zh: "违约率", en: "Event rate" },
  lift: { zh: "提升", en: "Lift" },
  cumulative: { zh: "累计捕获违约", en: "Events caught so far" },
  grades: { zh: "各等级", en: "By grade" },
  grade: { zh: "等级", en: "Grade" },
  records: { zh: "记录", en: "Records" },
  events: { zh: "违约", en: "Events" },
  meanPd: { zh: "平均概率", en: "Mean probability" },
  fairness: { zh: "公平性", en: "Fairness" },
  fairnessNote: {
    zh: "按留出评分通过最安全的 {{share}}。通过率之比低于 0.8 不符合四五规则；样本少的组区间很宽，比值说明不了什么。",
    en: "Approving the safest {{share}} by held-out scores. A ratio of approval rates below 0.8 fails the four-fifths rule; of small groups the interval is wide and the ratio says little.",
  },
  ratio: { zh: "与参照组之比", en: "Ratio to reference" },
  opportunity: { zh: "好企业通过率之差", en: "Difference for sound ones" },
  fails: { zh: "低于四五", en: "below 4/5" },
  correlations: { zh: "证据权重的相关系数", en: "Correlations of the weights of evidence" },
  split: { zh: "留出样本", en: "Held-out part" },
  splitText: {
    zh: "{{kind}}：{{records}} 条，违约 {{events}} 条；AUC {{auc}}（{{interval}}），KS {{ks}}，Brier {{brier}}。",
    en: "{{kind}}: {{records}} records with {{events}} events; AUC {{auc}} ({{interval}}), KS {{ks}}, Brier {{brier}}.",
  },
  time: { zh: "时间外", en: "Out of time" },
  sample: { zh: "样本外", en: "Out of sample" },
  uncertainty: { zh: "不确定性", en: "Uncertainty" },
  uncertaintyText: {
    zh: "概率区间含系数与分箱的抽样误差和校准本身的误差（截距标准误 {{shift}}，斜率 {{slope}}）。整个训练在重抽样本上重复 {{n}} 次：没有信贷记录的企业再加上其离散，因此更宽。",
    en: "The interval of a probability holds the sampling error of coefficients and bins and that of the calibration (standard error of its level {{shift}}, of its slope {{slope}}). The whole training was repeated {{n}} times on resampled records: for an enterprise without a credit record its spread is added, so the interval is wider.",
  },
});

type Validation = Model["development"]["validation"];
type Assessment = Validation["heldOut"];

/** Observed rates against predicted ones; square roots on both axes, so that low rates are not crowded in a corner. */
const CalibrationChart = ({ table }: { table: Assessment["calibration"]["table"] }) => {
  const t = useT();
  const size = 300;
  const pad = 38;
  const most = Math.min(1, Math.max(0.05, ...table.map((group) => Math.max(group.high, group.meanPd))));
  const x = (value: number) => pad + (size - pad - 8) * Math.sqrt(value / most);
  const y = (value: number) => size - pad - (size - pad - 8) * Math.sqrt(value / most);
  const ticks = [0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 1].filter((value) => value <= most);
  return (
    <svg className="sc-chart" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={t("calibration")}>
      <line x1={x(0)} y1={y(0)} x2={x(most)} y2={y(most)} stroke="var(--zw-line)" strokeWidth={1.5} />
      {ticks.map((value) => (
        <g key={value}>
          <line x1={x(value)} x2={x(value)} y1={y(0)} y2={y(0) + 4} stroke="var(--zw-mute)" />
          <text x={x(value)} y={y(0) + 16} textAnchor="middle">
            {percent(value, 0)}
          </text>
          <text x={pad - 6} y={y(value) + 4} textAnchor="end">
            {percent(value, 0)}
          </text>
        </g>
      ))}
      <text x={size / 2 + pad / 2} y={size - 4} textAnchor="middle">
        {t("predicted")}
      </text>
      {table.map((group) => (
        <g key={`${group.meanPd} ${group.records}`}>
          <title>{`${percent(group.meanPd)} → ${percent(group.rate)} (${percent(group.low)} – ${percent(group.high)}), n = ${group.records}`}</title>
          <line
            x1={x(group.meanPd)}
            x2={x(group.meanPd)}
            y1={y(group.low)}
            y2={y(group.high)}
            stroke="var(--zw-accent)"
            strokeWidth={1.5}
          />
          <circle cx={x(group.meanPd)} cy={y(group.rate)} r={4} fill="var(--zw-accent)" />
        </g>
      ))}
    </svg>
  );
};

const CutOffs = ({ rows }: { rows: Assessment["cutOffs"] }) => {
  const t = useT();
  const middle = rows.findIndex((row) => row.approvalRate <= 0.75);
  const [at, setAt] = useState(Math.max(0, middle));
  const chosen = rows[at];
  return (
    <div>
      <h3>{t("cutOffs")}</h3>
      {chosen && (
        <p role="status">
          {t("means", {
            cut: figure(chosen.cutOff, 0),
            approved: percent(chosen.approvalRate, 0),
            bad: percent(chosen.badRate),
            events: percent(chosen.eventsRefused, 0),
            goods: percent(chosen.nonEventsRefused, 0),
          })}
        </p>
      )}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by key */}
      <div className="zw-scroll" role="region" aria-label={t("cutOffs")} tabIndex={0}>
        <table className="zw-table">
          <caption className="zw-visually-hidden">{t("cutOffs")}</caption>
          <thead>
            <tr>
              {(["cutOff", "approved", "bad", "refusedBad", "eventsRefused", "goodRefused"] as const).map((name) => (
                <th key={name} scope="col" className="zw-num">
                  {t(name)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, k) => (
              <tr key={row.cutOff} className={k === at ? "sc-chosen" : undefined}>
                <th scope="row" className="zw-num">
                  <button type="button" className="zw-link" aria-pressed={k === at} onClick={() => setAt(k)}>
                    {figure(row.cutOff, 0)}
                  </button>
                </th>
                <td className="zw-num">{percent(row.approvalRate, 0)}</td>
                <td className="zw-num">{percent(row.badRate)}</td>
                <td className="zw-num">{percent(row.refusedBadRate)}</td>
                <td className="zw-num">{percent(row.eventsRefused, 0)}</td>
                <td className="zw-num">{percent(row.nonEventsRefused, 0)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="sc-note">{t("cutOffNote")}</p>
    </div>
  );
};

export const ValidationSection = ({ model }: { model: Model }) => {
  const t = useT();
  const language = useLanguage();
  const { validation, uncertainty } = model.development;
  const { heldOut } = validation;
  const { hosmerLemeshow } = heldOut.calibration;
  return (
    <Card title={t("title")} id="validation">
      <p>{t("how", { repeats: validation.repeats, folds: validation.folds })}</p>
      <dl className="sc-facts">
        {(
          [
            ["auc", figure(validation.auc.mean), interval(validation.auc)],
            ["ks", figure(validation.ks.mean), interval(validation.ks)],
            ["brier", figure(validation.brier.mean), interval(validation.brier)],
            ["gini", figure(heldOut.discrimination.gini), ""],
            ["seen", figure(validation.seen.auc), ""],
            ["shuffled", figure(validation.shuffledAuc), ""],
          ] as const
        ).map(([name, value, range]) => (
          <div key={name}>
            <dt>{t(name)}</dt>
            <dd>
              <strong>{value}</strong> <span className="zw-mute">{range}</span>
            </dd>
          </div>
        ))}
      </dl>
      {validation.split && (
        <p>
          {t("splitText", {
            kind: t(validation.split.kind),
            records: formatCount(validation.split.assessment.records, language),
            events: formatCount(validation.split.assessment.events, language),
            auc: figure(validation.split.assessment.discrimination.auc),
            interval: interval(validation.split.assessment.discrimination),
            ks: figure(validation.split.assessment.discrimination.ks),
            brier: figure(validation.split.assessment.calibration.brier),
          })}
        </p>
      )}
      <div className="sc-two sc-charts" style={{ marginTop: 18 }}>
        <div>
          <h3>{t("calibration")}</h3>
          <CalibrationChart table={heldOut.calibration.table} />
          <p className="sc-note">
            {t("calibrationNote", {
              x: figure(hosmerLemeshow.statistic, 2),
              p: figure(hosmerLemeshow.pValue, 3),
              verdict: t(hosmerLemeshow.pValue < 0.05 ? "hlBad" : "hlFine"),
            })}
          </p>
        </div>
        <CutOffs rows={heldOut.cutOffs} />
        <div>
          <h3>{t("gains")}</h3>
          <DataTable
            caption={t("gains")}
            rows={heldOut.gains}
            keyOf={(row) => String(row.recordsShare)}
            columns={[
              { key: "group", title: t("group"), names: true, render: (row) => percent(row.recordsShare, 0) },
              { key: "rate", title: t("rate"), numeric: true, render: (row) => percent(row.rate) },
              { key: "lift", title: t("lift"), numeric: true, render: (row) => figure(row.lift, 2) },
              {
                key: "cumulative",
                title: t("cumulative"),
                render: (row) => (
                  <>
                    <span className="sc-bar" style={{ width: `${70 * row.eventsShare}px` }} aria-hidden /> {percent(row.eventsShare, 0)}
                  </>
                ),
              },
            ]}
          />
        </div>
        <div>
          <h3>{t("grades")}</h3>
          <DataTable
            caption={t("grades")}
            rows={heldOut.byGrade}
            keyOf={(row) => row.grade}
            columns={[
              { key: "grade", title: t("grade"), names: true, render: (row) => row.grade },
              { key: "records", title: t("records"), numeric: true, render: (row) => row.records },
              { key: "events", title: t("events"), numeric: true, render: (row) => row.events },
              { key: "rate", title: t("rate"), numeric: true, render: (row) => percent(row.records > 0 ? row.events / row.records : null) },
              { key: "meanPd", title: t("meanPd"), numeric: true, render: (row) => percent(row.records > 0 ? row.meanPd : null) },
            ]}
          />
        </div>
      </div>
      <h3 className="sc-sub">{t("uncertainty")}</h3>
      <p>
        {t("uncertaintyText", {
          n: uncertainty.refits.length,
          shift: figure(Math.sqrt(uncertainty.calibration[0]!), 2),
          slope: figure(Math.sqrt(uncertainty.calibration[2]!), 2),
        })}
      </p>
    </Card>
  );
};

export const FairnessSection = ({ model }: { model: Model }) => {
  const t = useT();
  const text = useText();
  const { fairness } = model.development.validation;
  if (fairness.length === 0) return null;
  return (
    <Card title={t("fairness")} id="fairness">
      <p>{t("fairnessNote", { share: percent(fairness[0]!.approvalShare, 0) })}</p>
      <div className="sc-two">
        {fairness.map(({ by, groups }) => (
          <div key={by.zh}>
            <h3>{text(by)}</h3>
            <DataTable
              caption={`${t("fairness")} ${text(by)}`}
              rows={groups}
              keyOf={(row) => row.group}
              columns={[
                { key: "group", title: text(by), names: true, render: (row) => row.group },
                { key: "records", title: t("records"), numeric: true, render: (row) => row.records },
                { key: "rate", title: t("rate"), numeric: true, render: (row) => percent(row.events / row.records, 0) },
                {
                  key: "approved",
                  title: t("approved"),
                  numeric: true,
                  render: (row) => (
                    <>
                      {percent(row.approvalRate, 0)}
                      <div className="zw-mute">{`${percent(row.low, 0)} – ${percent(row.high, 0)}`}</div>
                    </>
                  ),
                },
                {
                  key: "ratio",
                  title: t("ratio"),
                  numeric: true,
                  render: (row) => (
                    <>
                      {figure(row.ratio, 2)} {row.ratio !== null && row.ratio < 0.8 && <Mark tone="warn">{t("fails")}</Mark>}
                    </>
                  ),
                },
                {
                  key: "opportunity",
                  title: t("opportunity"),
                  numeric: true,
                  render: (row) => figure(row.opportunityDifference, 2),
                },
              ]}
            />
          </div>
        ))}
      </div>
    </Card>
  );
};

export const Correlations = ({ model, titles }: { model: Model; titles: Titles }) => {
  const t = useT();
  const text = useText();
  const { features } = model.development.card;
  const { correlations } = model.development.validation;
  if (features.length < 2) return null;
  return (
    <Card title={t("correlations")} id="correlations">
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by key */}
      <div className="zw-scroll" role="region" aria-label={t("correlations")} tabIndex={0}>
        <table className="zw-table sc-heat">
          <caption className="zw-visually-hidden">{t("correlations")}</caption>
          <thead>
            <tr>
              <th scope="col" aria-label={t("correlations")} />
              {features.map((feature, j) => (
                <th key={feature.name} scope="col" className="zw-num">
                  {j + 1}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {features.map((feature, i) => (
              <tr key={feature.name}>
                <th scope="row">
                  {i + 1} {text(titles.title(feature.name))}
                </th>
                {features.map((other, j) => {
                  const value = correlations[i * features.length + j]!;
                  return (
                    <td
                      key={other.name}
                      style={{ background: `color-mix(in srgb, var(--zw-warn) ${Math.round(45 * Math.abs(value))}%, transparent)` }}
                    >
                      {figure(value, 2)}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
};

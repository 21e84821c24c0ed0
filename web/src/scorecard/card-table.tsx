import { Fragment } from "react";
import { formatCount } from "../ui/format.ts";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { Link } from "../ui/router.ts";
import { Card } from "../ui/states.tsx";
import { DataTable } from "../ui/table.tsx";
import { type Model, SHAPE, type Titles, binName, figure, percent } from "./words.ts";

const useT = texts({
  card: { zh: "评分表", en: "Points table" },
  how: {
    zh: "总分 = 基础分 {{base}} + 各特征所在区间的得分；每 {{pdo}} 分，好坏比翻一倍；{{points}} 分对应 {{odds}} : 1。",
    en: "Score = base of {{base}} + the points of each feature's bin; every {{pdo}} points double the odds; {{points}} points stand for {{odds}} : 1.",
  },
  bin: { zh: "区间", en: "Bin" },
  records: { zh: "记录", en: "Records" },
  events: { zh: "违约", en: "Events" },
  rate: { zh: "违约率", en: "Event rate" },
  woe: { zh: "证据权重", en: "WOE" },
  points: { zh: "得分", en: "Points" },
  iv: { zh: "信息值 {{iv}}", en: "information value {{iv}}" },
  edited: { zh: "人工调整", en: "edited by hand" },
  coefficients: { zh: "回归系数", en: "Coefficients" },
  feature: { zh: "特征", en: "Feature" },
  value: { zh: "系数", en: "Coefficient" },
  error: { zh: "标准误", en: "Std. error" },
  z: { zh: "z", en: "z" },
  p: { zh: "p 值", en: "p-value" },
  vif: { zh: "方差膨胀", en: "VIF" },
  uses: { zh: "入选折数占比", en: "Used in folds" },
  coefficientNote: {
    zh: "对证据权重的系数，作用于违约的对数几率：−1 表示照单全收，0 表示不用。加 L2 惩罚（λ = {{l2}}）后标准误只含方差，不含收缩的偏差。",
    en: "Of the weight of evidence, in the log-odds of the event: −1 takes the evidence as it is, 0 not at all. Under the L2 penalty (λ = {{l2}}) the standard errors are of the variance alone, not of the bias of shrinking.",
  },
  intercept: { zh: "截距", en: "Intercept" },
  priors: { zh: "专家先验", en: "Expert priors" },
  direction: { zh: "方向", en: "Direction" },
  range: { zh: "系数范围", en: "Range of the coefficient" },
  setBy: { zh: "设定人", en: "Set by" },
  setOn: { zh: "日期", en: "On" },
  reason: { zh: "理由", en: "Reason" },
  left: { zh: "未入模的 {{n}} 个特征及原因", en: "{{n}} features left out, and why" },
  scale: { zh: "主标尺", en: "Master scale" },
  grade: { zh: "等级", en: "Grade" },
  upTo: { zh: "违约概率低于", en: "Probability below" },
});

export const PointsTable = ({ model, titles }: { model: Model; titles: Titles }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const { card } = model.development;
  const most = Math.max(...card.features.flatMap((feature) => feature.binning.bins.map((bin) => bin.eventRate ?? 0)), 0.001);
  return (
    <Card title={t("card")} id="card">
      <p>
        {t("how", {
          base: figure(card.base, 0),
          pdo: card.scale.pointsToDouble,
          points: card.scale.basePoints,
          odds: card.scale.baseOdds,
        })}
      </p>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by key */}
      <div className="zw-scroll sc-long" role="region" aria-label={t("card")} tabIndex={0}>
        <table className="zw-table">
          <caption className="zw-visually-hidden">{t("card")}</caption>
          <thead>
            <tr>
              <th scope="col">{t("bin")}</th>
              <th scope="col" className="zw-num">
                {t("records")}
              </th>
              <th scope="col" className="zw-num">
                {t("events")}
              </th>
              <th scope="col">{t("rate")}</th>
              <th scope="col" className="zw-num">
                {t("woe")}
              </th>
              <th scope="col" className="zw-num">
                {t("points")}
              </th>
            </tr>
          </thead>
          <tbody>
            {card.features.map((feature) => (
              <Fragment key={feature.name}>
                <tr className="sc-group-row">
                  <th scope="rowgroup" colSpan={6}>
                    {text(titles.title(feature.name))} <code className="zw-mute">{feature.name}</code>{" "}
                    <span className="zw-mute">
                      {t("iv", { iv: figure(feature.binning.iv) })} · {text(SHAPE[feature.binning.trend]!)}
                      {feature.binning.edited && ` · ${t("edited")}`}
                    </span>
                  </th>
                </tr>
                {feature.binning.bins.map((bin, at) =>
                  bin.kind === "missing" && bin.records === 0 && feature.points[at] === 0 ? null : (
                    <tr key={binName(bin, "", "en")}>
                      <th scope="row">{binName(bin, titles.unit(feature.name), language)}</th>
                      <td className="zw-num">{formatCount(bin.records, language)}</td>
                      <td className="zw-num">{formatCount(bin.events, language)}</td>
                      <td>
                        <span className="sc-bar sc-bar-risk" style={{ width: `${(70 * (bin.eventRate ?? 0)) / most}px` }} aria-hidden />{" "}
                        {percent(bin.eventRate)}
                      </td>
                      <td className="zw-num">{figure(bin.woe)}</td>
                      <td className="zw-num">
                        <strong>{figure(feature.points[at], card.scale.decimals ?? 2)}</strong>
                      </td>
                    </tr>
                  ),
                )}
              </Fragment>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
};

export const Coefficients = ({ model, titles }: { model: Model; titles: Titles }) => {
  const t = useT();
  const text = useText();
  const { regression, validation, candidates } = model.development;
  const rows = [{ ...regression.intercept, name: "" }, ...regression.coefficients];
  return (
    <Card title={t("coefficients")} id="coefficients">
      <DataTable
        caption={t("coefficients")}
        rows={rows}
        keyOf={(row) => row.name}
        columns={[
          {
            key: "feature",
            title: t("feature"),
            names: true,
            render: (row) => (row.name === "" ? t("intercept") : text(titles.title(row.name))),
          },
          { key: "value", title: t("value"), numeric: true, render: (row) => figure(row.value, 4) },
          { key: "error", title: t("error"), numeric: true, render: (row) => figure(row.standardError, 4) },
          { key: "z", title: t("z"), numeric: true, render: (row) => figure(row.z, 2) },
          { key: "p", title: t("p"), numeric: true, render: (row) => figure(row.pValue, 4) },
          {
            key: "vif",
            title: t("vif"),
            numeric: true,
            render: (row) => (row.name === "" ? "" : figure(validation.vif.find((each) => each.feature === row.name)?.value, 2)),
          },
          {
            key: "uses",
            title: t("uses"),
            numeric: true,
            render: (row) => (row.name === "" ? "" : percent(candidates.find((each) => each.feature === row.name)?.usedInFolds, 0)),
          },
        ]}
      />
      <p className="sc-note">{t("coefficientNote", { l2: regression.l2 })}</p>
    </Card>
  );
};

export const Priors = ({ model, titles }: { model: Model; titles: Titles }) => {
  const t = useT();
  const text = useText();
  const priors = model.recipe.options.priors ?? [];
  if (priors.length === 0) return null;
  return (
    <Card title={t("priors")} id="priors">
      <DataTable
        caption={t("priors")}
        rows={priors}
        keyOf={(prior) => prior.feature}
        columns={[
          { key: "feature", title: t("feature"), names: true, render: (prior) => text(titles.title(prior.feature)) },
          { key: "direction", title: t("direction"), render: (prior) => (prior.trend ? text(SHAPE[prior.trend]!) : "—") },
          {
            key: "range",
            title: t("range"),
            render: (prior) =>
              prior.least === undefined && prior.most === undefined ? "—" : `${figure(prior.least, 2)} – ${figure(prior.most, 2)}`,
          },
          { key: "by", title: t("setBy"), render: (prior) => prior.setBy },
          { key: "on", title: t("setOn"), render: (prior) => prior.setOn },
          { key: "reason", title: t("reason"), render: (prior) => prior.reason },
        ]}
      />
    </Card>
  );
};

export const LeftOut = ({ model, titles }: { model: Model; titles: Titles }) => {
  const t = useT();
  const text = useText();
  const left = model.development.candidates.filter((each) => each.left !== null);
  if (left.length === 0) return null;
  return (
    <details className="zw-card">
      <summary>{t("left", { n: left.length })}</summary>
      <ul className="sc-limits">
        {left.map((each) => (
          <li key={each.feature}>
            <Link to="/features" search={{ search: each.feature } as never}>
              {text(titles.title(each.feature))}
            </Link>
            ：{text(each.left!.text)}
          </li>
        ))}
      </ul>
    </details>
  );
};

export const Grades = ({ model }: { model: Model }) => {
  const t = useT();
  const { grades } = model.development.card;
  return (
    <Card title={t("scale")} id="scale">
      <DataTable
        caption={t("scale")}
        rows={grades}
        keyOf={(grade) => grade.name}
        columns={[
          { key: "grade", title: t("grade"), names: true, render: (grade) => grade.name },
          { key: "upTo", title: t("upTo"), numeric: true, render: (grade) => percent(grade.upTo, 2) },
        ]}
      />
    </Card>
  );
};

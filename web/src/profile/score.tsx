import { useState } from "react";
import type { Output } from "@zhiwei/api/route";
import { type Score, getScore, getScorecard, listScorecards } from "@zhiwei/api/scorecard";
import type { Language, Text } from "@zhiwei/core/basics";
import { Permitted } from "../access/session.ts";
import { useRoute } from "../ui/api.ts";
import { formatInterval, formatPercent, formatValue } from "../ui/format.ts";
import { useLanguage, useText } from "../ui/language.tsx";
import { Link } from "../ui/router.ts";
import { Card, LoadingState, ProblemState } from "../ui/states.tsx";
import { Ask } from "./ask.tsx";
import { Mark, Nothing, Scroll, Switch } from "./small.tsx";

const T = {
  title: { zh: "信用评分", en: "Credit score" },
  none: { zh: "还没有在用的评分模型。", en: "No scorecard is in use yet." },
  registry: { zh: "到模型登记簿", en: "To the registry of models" },
  score: { zh: "评分", en: "Score" },
  range: { zh: "本模型的分数范围", en: "Scores of this model run" },
  grade: { zh: "等级", en: "Grade" },
  pd: { zh: "违约概率", en: "Probability of default" },
  interval: { zh: "95% 区间", en: "95% interval" },
  seen: {
    zh: "该企业的还款记录在训练样本之中：区间含系数、分箱与校准的抽样误差。",
    en: "Its own outcome was among the training records: the interval holds the sampling error of coefficients, bins and calibration.",
  },
  unseen: {
    zh: "该企业没有信贷记录，模型未曾见过：区间另加整个训练在重抽样下的离散，因此更宽。",
    en: "It has no credit record and the model has never seen it: the interval adds the spread of the whole training over resampled records, so it is wider.",
  },
  rank: { zh: "不低于训练样本的", en: "At or above" },
  rankOf: { zh: "", en: "of the training records" },
  reasons: { zh: "原因", en: "Reasons" },
  against: { zh: "与谁相比", en: "Compared with" },
  mean: { zh: "与平均比", en: "the mean" },
  best: { zh: "与最佳比", en: "the best" },
  feature: { zh: "指标", en: "Feature" },
  value: { zh: "取值", en: "Value" },
  bin: { zh: "所在区间", en: "Bin" },
  points: { zh: "得分", en: "Points" },
  lost: { zh: "相差", en: "Difference" },
  missing: { zh: "缺失", en: "missing" },
  model: { zh: "模型", en: "Model" },
  shadow: { zh: "影子模型（不用于决策）", en: "In shadow, not used for decisions" },
  trees: { zh: "对照模型（梯度提升树，不用于决策）怎么看", en: "What boosted trees say beside it; they decide nothing" },
  treesSay: {
    zh: "违约概率 {{pd}}。自平均水平起，各指标把违约的对数几率推高（+）或压低（−）多少；各项相加恰为其结论（精确 Shapley 值）。",
    en: "Probability of default {{pd}}. From the average, how far each feature pushes the log-odds of default up (+) or down (−); together they are exactly its answer (exact Shapley values).",
  },
  push: { zh: "贡献（对数几率）", en: "Contribution, log-odds" },
  scale: { zh: "等级与违约概率（对数刻度）", en: "Grades and probability of default, on a logarithmic scale" },
} satisfies Record<string, Text>;

const percent = (value: number, language: Language) => formatPercent(value, language, value < 0.01 ? 2 : 1);

/** Where a probability lies between 0.05 % and all, on a logarithmic scale, in percent of the width. */
const LEAST = 0.0005;
const at = (pd: number) => 100 * (Math.log(Math.max(LEAST, Math.min(1, pd)) / LEAST) / Math.log(1 / LEAST));

/** The master scale as a strip, with the probability and its interval on it. */
const GradeStrip = ({ score }: { score: Score }) => {
  const text = useText();
  const language = useLanguage();
  const starts = [LEAST, ...score.grades.slice(0, -1).map((grade) => grade.upTo)];
  const words = `${text(T.pd)} ${percent(score.pd, language)}, ${text(T.interval)} ${percent(score.pdLow, language)} – ${percent(score.pdHigh, language)}`;
  return (
    <figure className="zp-strip" aria-label={`${text(T.scale)}: ${words}`}>
      <div className="zp-strip-grades" aria-hidden>
        {score.grades.map((grade, k) => {
          const left = at(starts[k]!);
          return (
            <span
              key={grade.name}
              className={grade.name === score.grade ? "zp-strip-own" : undefined}
              style={{ left: `${left}%`, width: `${Math.max(0, at(grade.upTo) - left)}%` }}
            >
              {grade.name}
            </span>
          );
        })}
      </div>
      <div className="zp-strip-range" aria-hidden>
        <i style={{ left: `${at(score.pdLow)}%`, width: `${at(score.pdHigh) - at(score.pdLow)}%` }} />
        <b style={{ left: `${at(score.pd)}%` }} />
      </div>
    </figure>
  );
};

const Reasons = ({ score }: { score: Score }) => {
  const text = useText();
  const language = useLanguage();
  const [against, setAgainst] = useState<"mean" | "best">("mean");
  const lost = (reason: Score["reasons"][number]) => (against === "mean" ? reason.lostToMean : reason.lostToBest);
  const reasons = score.reasons.toSorted((a, b) => lost(b) - lost(a));
  const most = Math.max(1, ...reasons.map((reason) => Math.abs(lost(reason))));
  const value = (reason: Score["reasons"][number]) =>
    typeof reason.value === "number" ? formatValue(reason.value, reason.unit ?? "", language) : (reason.value ?? text(T.missing));
  return (
    <>
      <div className="zp-score-head">
        <h3>{text(T.reasons)}</h3>
        <Switch
          label={text(T.against)}
          value={against}
          options={[
            ["mean", text(T.mean)],
            ["best", text(T.best)],
          ]}
          onChange={setAgainst}
        />
      </div>
      <Scroll label={text(T.reasons)}>
        <table className="zp-table">
          <caption className="zw-visually-hidden">{text(T.reasons)}</caption>
          <thead>
            <tr>
              <th scope="col">{text(T.feature)}</th>
              <th scope="col" className="zw-num">
                {text(T.value)}
              </th>
              <th scope="col">{text(T.bin)}</th>
              <th scope="col" className="zw-num">
                {text(T.points)}
              </th>
              <th scope="col">{text(T.lost)}</th>
            </tr>
          </thead>
          <tbody>
            {reasons.map((reason) => (
              <tr key={reason.feature}>
                <th scope="row">{text(reason.title)}</th>
                <td className="zw-num">
                  <Ask of={`feature:${reason.feature}`} what={text(reason.title)}>
                    {value(reason)}
                  </Ask>
                </td>
                <td>
                  {reason.from === null && reason.to === null
                    ? text(reason.bin)
                    : formatInterval(reason.from, reason.to, reason.unit ?? "", language)}
                </td>
                <td className="zw-num">{reason.points.toFixed(0)}</td>
                <td>
                  <span className="zp-lost">
                    <i
                      className={lost(reason) > 0 ? "zp-lost-bad" : "zp-lost-good"}
                      style={{ width: `${(60 * Math.abs(lost(reason))) / most}px` }}
                      aria-hidden
                    />
                    {lost(reason) > 0.5 ? `−${lost(reason).toFixed(0)}` : lost(reason) < -0.5 ? `+${(-lost(reason)).toFixed(0)}` : "0"}
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  );
};

/** What the model's boosted trees say of the same enterprise, feature by feature. */
const Trees = ({ trees }: { trees: NonNullable<Output<typeof getScore>["trees"]> }) => {
  const text = useText();
  const language = useLanguage();
  const shown = trees.contributions.slice(0, 8);
  const most = Math.max(0.01, ...shown.map((each) => Math.abs(each.logOdds)));
  return (
    <details className="zp-trees">
      <summary>{text(T.trees)}</summary>
      <p className="zw-mute">{text(T.treesSay).replace("{{pd}}", trees.pd === null ? "—" : percent(trees.pd, language))}</p>
      <Scroll label={text(T.trees)}>
        <table className="zp-table">
          <caption className="zw-visually-hidden">{text(T.trees)}</caption>
          <thead>
            <tr>
              <th scope="col">{text(T.feature)}</th>
              <th scope="col" className="zw-num">
                {text(T.value)}
              </th>
              <th scope="col">{text(T.push)}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((each) => (
              <tr key={each.feature}>
                <th scope="row">{text(each.title)}</th>
                <td className="zw-num">
                  {typeof each.value === "number" ? formatValue(each.value, each.unit ?? "", language) : (each.value ?? text(T.missing))}
                </td>
                <td>
                  <span className="zp-lost">
                    <i
                      className={each.logOdds > 0 ? "zp-lost-bad" : "zp-lost-good"}
                      style={{ width: `${(60 * Math.abs(each.logOdds)) / most}px` }}
                      aria-hidden
                    />
                    {each.logOdds > 0 ? "+" : "−"}
                    {Math.abs(each.logOdds).toFixed(2)}
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </details>
  );
};

/** Score, grade and probability of default by the model in use, and why. */
export const ScoreSection = ({ enterprise, asOf }: { enterprise: string; asOf: string }) => {
  const text = useText();
  const language = useLanguage();
  const found = useRoute(getScore, { params: { id: enterprise }, query: { asOf } });
  const score = found.data?.score?.enterprise === enterprise ? found.data.score : null;
  return (
    <Card title={text(T.title)} id="score">
      {found.error ? (
        <ProblemState error={found.error} onRetry={() => void found.refetch()} />
      ) : !found.data || (found.data.score && !score) ? (
        <LoadingState rows={4} />
      ) : !score ? (
        <Nothing says={text(T.none)}>
          <Permitted to={listScorecards}>
            <Link to="/scorecards">{text(T.registry)}</Link>
          </Permitted>
        </Nothing>
      ) : (
        <div className="zp-score" data-score={score.score} data-grade={score.grade}>
          <div className="zp-score-figures">
            <dl>
              <div>
                <dt>{text(T.score)}</dt>
                <dd className="zp-big">{score.score.toFixed(0)}</dd>
                <dd className="zw-mute">
                  {text(T.range)} {score.range.least.toFixed(0)} – {score.range.most.toFixed(0)}
                </dd>
              </div>
              <div>
                <dt>{text(T.grade)}</dt>
                <dd className="zp-big">{score.grade}</dd>
                <dd className="zw-mute">
                  {text(T.rank)} {formatPercent(score.rank, language, 0)} {text(T.rankOf)}
                </dd>
              </div>
              <div>
                <dt>{text(T.pd)}</dt>
                <dd className="zp-big">{percent(score.pd, language)}</dd>
                <dd className="zw-mute">
                  {text(T.interval)} {percent(score.pdLow, language)} – {percent(score.pdHigh, language)}
                </dd>
              </div>
            </dl>
            <GradeStrip score={score} />
            <p className="zw-mute">{text(score.seen ? T.seen : T.unseen)}</p>
            <p className="zw-mute">
              {text(T.model)}{" "}
              <Permitted
                to={getScorecard}
                otherwise={
                  <>
                    {text(score.model.title)} <code>{score.model.id}</code>
                  </>
                }
              >
                <Link to="/scorecards/$id" params={{ id: score.model.id }}>
                  {text(score.model.title)} <code>{score.model.id}</code>
                </Link>
              </Permitted>
            </p>
            {(found.data?.challengers.length ?? 0) > 0 && (
              <p className="zw-mute">
                {text(T.shadow)}
                {language === "zh" ? "：" : ": "}
                {found.data!.challengers.map((each) => (
                  <Mark key={each.model} title={text(each.title)}>
                    {each.model} {each.score.toFixed(0)} · {each.grade} · {percent(each.pd, language)}
                  </Mark>
                ))}
              </p>
            )}
          </div>
          <div className="zp-score-reasons">
            <Reasons score={score} />
            {found.data?.trees && <Trees trees={found.data.trees} />}
          </div>
        </div>
      )}
    </Card>
  );
};

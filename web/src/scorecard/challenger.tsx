import { texts, useText } from "../ui/language.tsx";
import { Card } from "../ui/states.tsx";
import { DataTable } from "../ui/table.tsx";
import { type Model, type Titles, figure, interval } from "./words.ts";

const useT = texts({
  title: { zh: "可解释性的代价", en: "What plainness costs" },
  how: {
    zh: "梯度提升树用同一批候选特征（{{features}} 个）、同一套交叉验证折训练，不受分箱与方向约束，不参与任何决策：它只说明评分卡为可解释付出了多少。",
    en: "Boosted trees on the same candidate features ({{features}}) and the same folds, free of bins and directions. They decide nothing: they show what the scorecard pays for being plain.",
  },
  card: { zh: "评分卡 AUC", en: "AUC of the scorecard" },
  trees: { zh: "提升树 AUC", en: "AUC of the trees" },
  gain: { zh: "提升树减评分卡", en: "Trees less scorecard" },
  chance: { zh: "相差在偶然范围之内（DeLong p = {{p}}）。", en: "The difference may be chance (DeLong p = {{p}})." },
  dearer: {
    zh: "提升树排序确实更好（DeLong p = {{p}}）：这是可解释性的代价。",
    en: "The trees do rank better (DeLong p = {{p}}): that is the price of plainness.",
  },
  cheaper: { zh: "评分卡排序反而更好（DeLong p = {{p}}）。", en: "The scorecard ranks better (DeLong p = {{p}})." },
  pooled: { zh: "合并留出预测；折均值 {{card}} 对 {{trees}}", en: "Pooled held-out predictions; means of folds {{card}} and {{trees}}" },
  split: {
    zh: "留出样本上提升树的 AUC 为 {{auc}}（{{interval}}）。",
    en: "On the part held out the trees reach an AUC of {{auc}} ({{interval}}).",
  },
  importance: { zh: "提升树倚重的特征", en: "What the trees lean on" },
  feature: { zh: "特征", en: "Feature" },
  share: { zh: "平均绝对 Shapley 值（对数几率）", en: "Mean absolute Shapley value, log-odds" },
  inCard: { zh: "在评分卡中", en: "In the scorecard" },
  yes: { zh: "是", en: "yes" },
  no: { zh: "否", en: "no" },
});

const SHOWN = 12;

/** The boosted challenger beside the card: the difference in AUC with its interval, and by which features it comes. */
export const ChallengerSection = ({ model, titles }: { model: Model; titles: Titles }) => {
  const t = useT();
  const text = useText();
  const { challenger, validation } = model.development;
  if (!challenger) return null;
  const { gain, importance, split } = challenger;
  const most = Math.max(1e-9, ...importance.map((each) => each.logOdds));
  const p = figure(gain.pValue, 3);
  return (
    <Card title={t("title")} id="challenger">
      <p className="zw-mute">{t("how", { features: String(challenger.model.features.length) })}</p>
      <dl className="sc-facts">
        <div>
          <dt>{t("card")}</dt>
          <dd>
            <strong>{figure(gain.card, 4)}</strong>
          </dd>
        </div>
        <div>
          <dt>{t("trees")}</dt>
          <dd>
            <strong>{figure(gain.challenger, 4)}</strong>
          </dd>
        </div>
        <div>
          <dt>{t("gain")}</dt>
          <dd>
            <strong>
              {gain.difference > 0 ? "+" : ""}
              {figure(gain.difference, 4)}
            </strong>{" "}
            <span className="zw-mute">{interval(gain, 4)}</span>
          </dd>
        </div>
      </dl>
      <p>
        {gain.pValue >= 0.05 ? t("chance", { p }) : gain.difference > 0 ? t("dearer", { p }) : t("cheaper", { p })}{" "}
        <span className="zw-mute">{t("pooled", { card: figure(validation.auc.mean, 4), trees: figure(challenger.auc.mean, 4) })}</span>
      </p>
      {split && <p>{t("split", { auc: figure(split.auc, 4), interval: interval(split) })}</p>}
      <h3 className="sc-sub">{t("importance")}</h3>
      <DataTable
        caption={t("importance")}
        rows={importance.slice(0, SHOWN)}
        keyOf={(row) => row.feature}
        columns={[
          { key: "feature", title: t("feature"), names: true, render: (row) => text(titles.title(row.feature)) },
          {
            key: "share",
            title: t("share"),
            render: (row) => (
              <span className="sc-measure">
                <i className="sc-bar" style={{ width: `${(120 * row.logOdds) / most}px` }} aria-hidden />
                {figure(row.logOdds, 3)}
              </span>
            ),
          },
          { key: "inCard", title: t("inCard"), render: (row) => (row.inCard ? t("yes") : t("no")) },
        ]}
      />
    </Card>
  );
};

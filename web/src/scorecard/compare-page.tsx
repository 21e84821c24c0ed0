import { compareScorecards } from "@zhiwei/api/scorecard";
import type { Output } from "@zhiwei/api/route";
import { useRoute } from "../ui/api.ts";
import { Choice } from "../ui/controls.tsx";
import { formatCount } from "../ui/format.ts";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { Link, useUrlState } from "../ui/router.ts";
import { Card, EmptyState, LoadingState, Page, ProblemState } from "../ui/states.tsx";
import { DataTable } from "../ui/table.tsx";
import "./scorecard.css";
import { figure, interval, percent } from "./words.ts";

const useT = texts({
  title: { zh: "两个模型比较", en: "Two models compared" },
  choose: { zh: "请在登记簿中选择两个模型。", en: "Choose two models in the registry." },
  registry: { zh: "模型登记簿", en: "Registry of models" },
  ranking: { zh: "排序能力", en: "Ranking" },
  otherSample: {
    zh: "两个模型的样本不同（或有留出部分），不能在同一批留出预测上比较；下面只比较现有企业。",
    en: "Their samples differ (or a part was held out), so there are no common held-out predictions; what follows compares today's enterprises only.",
  },
  difference: {
    zh: "同一批留出预测上：A 的 AUC {{a}}，B 的 {{b}}；差 {{d}}（标准误 {{se}}，DeLong 检验 p = {{p}}）。",
    en: "On the same held-out predictions: AUC {{a}} of A, {{b}} of B; difference {{d}} (standard error {{se}}, DeLong's test p = {{p}}).",
  },
  same: { zh: "这点差别可能只是偶然。", en: "A difference this small may be chance." },
  better: { zh: "差别超出偶然。", en: "The difference is more than chance." },
  swap: { zh: "换入换出", en: "Swap sets" },
  approval: { zh: "通过率", en: "Approved" },
  aApproves: { zh: "A 通过", en: "A approves" },
  aRefuses: { zh: "A 拒绝", en: "A refuses" },
  bApproves: { zh: "B 通过", en: "B approves" },
  bRefuses: { zh: "B 拒绝", en: "B refuses" },
  cell: { zh: "{{n}} 条，违约率 {{rate}}", en: "{{n}} records, event rate {{rate}}" },
  swapNote: {
    zh: "若以 B 替换 A：右上为换出，左下为换入；换入者的违约率低于换出者才值得。",
    en: "If B replaces A: top right are swapped out, bottom left swapped in; it pays where those swapped in default less than those swapped out.",
  },
  migration: { zh: "现有企业的等级迁移", en: "Grades of today's enterprises" },
  migrationNote: {
    zh: "截至 {{day}} 的 {{n}} 家企业；行为 A 的等级，列为 B 的等级。秩相关系数 {{r}}。",
    en: "{{n}} enterprises as of {{day}}; rows are grades of A, columns of B. Rank correlation {{r}}.",
  },
  coefficients: { zh: "系数", en: "Coefficients" },
  feature: { zh: "特征", en: "Feature" },
});

type Comparison = Output<typeof compareScorecards>;

const Swap = ({ swap }: { swap: NonNullable<Comparison["swap"]> }) => {
  const t = useT();
  const language = useLanguage();
  const cell = (of: { records: number; rate: number | null }) =>
    t("cell", { n: formatCount(of.records, language), rate: percent(of.rate) });
  return (
    <>
      <table className="zw-table">
        <caption className="zw-visually-hidden">{t("swap")}</caption>
        <thead>
          <tr>
            <th scope="col" aria-label={t("swap")} />
            <th scope="col">{t("bApproves")}</th>
            <th scope="col">{t("bRefuses")}</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">{t("aApproves")}</th>
            <td>{cell(swap.bothApprove)}</td>
            <td>{cell(swap.swappedOut)}</td>
          </tr>
          <tr>
            <th scope="row">{t("aRefuses")}</th>
            <td>{cell(swap.swappedIn)}</td>
            <td>{cell(swap.bothRefuse)}</td>
          </tr>
        </tbody>
      </table>
      <p className="sc-note">{t("swapNote")}</p>
    </>
  );
};

const Migration = ({ migration }: { migration: NonNullable<Comparison["migration"]> }) => {
  const t = useT();
  const language = useLanguage();
  const most = Math.max(1, ...migration.counts.flat());
  return (
    <Card title={t("migration")}>
      <p>
        {t("migrationNote", {
          day: migration.asOf,
          n: formatCount(migration.enterprises, language),
          r: figure(migration.rankCorrelation),
        })}
      </p>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by key */}
      <div className="zw-scroll" role="region" aria-label={t("migration")} tabIndex={0}>
        <table className="zw-table sc-heat">
          <caption className="zw-visually-hidden">{t("migration")}</caption>
          <thead>
            <tr>
              <th scope="col">A \ B</th>
              {migration.gradesB.map((grade) => (
                <th key={grade} scope="col" className="zw-num">
                  {grade}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {migration.gradesA.map((grade, i) => (
              <tr key={grade}>
                <th scope="row">{grade}</th>
                {migration.counts[i]!.map((count, j) => (
                  <td
                    key={migration.gradesB[j]}
                    style={{ background: `color-mix(in srgb, var(--zw-accent) ${Math.round((45 * count) / most)}%, transparent)` }}
                  >
                    {count === 0 ? "" : formatCount(count, language)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
};

const Compared = ({ a, b, approval, onApproval }: { a: string; b: string; approval: number; onApproval: (share: string) => void }) => {
  const t = useT();
  const text = useText();
  const found = useRoute(compareScorecards, { params: { id: a, other: b }, query: { approval } });
  if (found.error) return <ProblemState error={found.error} onRetry={() => void found.refetch()} />;
  if (!found.data) return <LoadingState rows={10} />;
  const { ranking, swap, migration, features } = found.data;
  const models = [
    ["A", found.data.a],
    ["B", found.data.b],
  ] as const;
  return (
    <>
      <Card title={t("ranking")}>
        <dl className="sc-facts">
          {models.map(([letter, model]) => (
            <div key={letter}>
              <dt>{letter}</dt>
              <dd>
                <Link to="/scorecards/$id" params={{ id: model.id }}>
                  {text(model.title)} <code>{model.id}</code>
                </Link>
                <div>
                  AUC {figure(model.auc.mean)} <span className="zw-mute">{interval(model.auc)}</span>
                </div>
              </dd>
            </div>
          ))}
        </dl>
        <p>
          {ranking
            ? `${t("difference", {
                a: figure(ranking.aucA),
                b: figure(ranking.aucB),
                d: figure(ranking.difference),
                se: figure(ranking.standardError),
                p: figure(ranking.pValue),
              })} ${t(ranking.pValue < 0.05 ? "better" : "same")}`
            : t("otherSample")}
        </p>
      </Card>
      {swap && (
        <Card
          title={t("swap")}
          extra={
            <Choice
              label={t("approval")}
              showLabel
              value={String(approval)}
              onChange={onApproval}
              options={[30, 40, 50, 60, 70, 75, 80, 90].map((share) => ({ value: String(share), label: `${share}%` }))}
            />
          }
        >
          <Swap swap={swap} />
        </Card>
      )}
      {migration && <Migration migration={migration} />}
      <Card title={t("coefficients")}>
        <DataTable
          caption={t("coefficients")}
          rows={features}
          keyOf={(row) => row.feature}
          columns={[
            { key: "feature", title: t("feature"), names: true, render: (row) => text(row.title) },
            { key: "a", title: "A", numeric: true, render: (row) => figure(row.a) },
            { key: "b", title: "B", numeric: true, render: (row) => figure(row.b) },
          ]}
        />
      </Card>
    </>
  );
};

export const ComparePage = () => {
  const t = useT();
  const [params, set] = useUrlState();
  const { a, b } = params;
  return (
    <Page title={t("title")}>
      {a && b ? (
        <Compared a={a} b={b} approval={Number(params["approval"]) || 75} onApproval={(approval) => set({ approval }, { replace: true })} />
      ) : (
        <section className="zw-card">
          <EmptyState text={t("choose")}>
            <Link to="/scorecards">{t("registry")}</Link>
          </EmptyState>
        </section>
      )}
    </Page>
  );
};

import { useCallback } from "react";
import { listFeatures } from "@zhiwei/api/features";
import { useRoute } from "../ui/api.ts";
import { Choice, Hash, SearchField } from "../ui/controls.tsx";
import { formatCount } from "../ui/format.ts";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { Link, useUrlState } from "../ui/router.ts";
import { Card, EmptyState, LoadingState, Page, ProblemState } from "../ui/states.tsx";
import { DataTable } from "../ui/table.tsx";
import { DIRECTIONS, UNITS, byFamily, matches, windowText } from "./words.ts";

const useT = texts({
  title: { zh: "指标目录", en: "Catalogue of features" },
  count: { zh: "共 {{n}} 项指标，目录哈希", en: "{{n}} features; hash of the catalogue" },
  search: { zh: "按名称、算式或代码查找", en: "Search name, formula or id" },
  family: { zh: "类别", en: "Family" },
  every: { zh: "全部类别", en: "Every family" },
  name: { zh: "指标", en: "Feature" },
  unit: { zh: "单位", en: "Unit" },
  window: { zh: "窗口", en: "Window" },
  formula: { zh: "算式", en: "Formula" },
  direction: { zh: "方向", en: "Direction" },
  missing: { zh: "缺值的含义", en: "When missing" },
  splitting: { zh: "分开开票", en: "Billing in parts" },
  holds: { zh: "不变", en: "no effect" },
  moves: { zh: "会变", en: "moves it" },
  whether: { zh: "分开开票", en: "Billing in parts" },
  any: { zh: "分开开票变或不变", en: "Moved or not by billing in parts" },
  "only-holds": { zh: "分开开票不变（可用于决策）", en: "Not moved by billing in parts: may decide" },
  "only-moves": { zh: "分开开票会变（只供查看）", en: "Moved by billing in parts: to look at" },
  splittingHow: {
    zh: "同一笔交易同日对同一客户分成几张发票开，合计不变。会因此改变的指标只供查看：规则、红旗计数、画像位置与示范评分卡都不用它们。",
    en: "One sale billed to the same buyer on the same day as several invoices of the same total. What that moves is to look at: no rule, count of flags, position or demonstration scorecard rests on it.",
  },
  empty: { zh: "没有符合条件的指标。", en: "No feature answers to this." },
  reset: { zh: "清除筛选", en: "Clear the filters" },
});

export const CataloguePage = () => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const [params, set] = useUrlState();
  const catalogue = useRoute(listFeatures, {}, { staleTime: Infinity });
  const search = useCallback((value: string) => set({ search: value }, { replace: true }), [set]);
  const all = catalogue.data?.features ?? [];
  const shown = all.filter(
    (feature) =>
      (!params["family"] || feature.family === params["family"]) &&
      (!params["splitting"] || (feature.movedBySplitting === null) === (params["splitting"] === "holds")) &&
      matches(feature, params["search"] ?? ""),
  );
  return (
    <Page title={t("title")}>
      <section className="zw-card" aria-label={t("title")}>
        {catalogue.data && (
          <p className="zw-line zw-mute">
            <span>{t("count", { n: formatCount(all.length, language) })}</span>
            <Hash value={catalogue.data.catalogue} />
            <a href="/openapi.json">OpenAPI 3.1</a>
          </p>
        )}
        <search className="zw-filters">
          <SearchField label={t("search")} value={params["search"] ?? ""} onChange={search} />
          <Choice
            label={t("family")}
            value={params["family"] ?? ""}
            onChange={(value) => set({ family: value }, { replace: true })}
            options={[
              { value: "", label: t("every") },
              ...byFamily(all).map(({ family, name, features }) => ({ value: family, label: `${text(name)} (${features.length})` })),
            ]}
          />
          <Choice
            label={t("whether")}
            value={params["splitting"] ?? ""}
            onChange={(value) => set({ splitting: value }, { replace: true })}
            options={[
              { value: "", label: t("any") },
              { value: "holds", label: t("only-holds") },
              { value: "moves", label: t("only-moves") },
            ]}
          />
        </search>
        <p className="zw-mute">{t("splittingHow")}</p>
      </section>
      {catalogue.error ? (
        <ProblemState error={catalogue.error} onRetry={() => void catalogue.refetch()} />
      ) : !catalogue.data ? (
        <LoadingState rows={12} />
      ) : shown.length === 0 ? (
        <EmptyState text={t("empty")}>
          <Link to="/features">{t("reset")}</Link>
        </EmptyState>
      ) : (
        byFamily(shown).map(({ family, name, features }) => (
          <Card key={family} title={text(name)} id={family}>
            <DataTable
              caption={text(name)}
              rows={features}
              keyOf={(feature) => feature.id}
              columns={[
                {
                  key: "name",
                  title: t("name"),
                  names: true,
                  render: (feature) => (
                    <>
                      <strong>{text(feature.name)}</strong>
                      <div className="zw-code zw-mute">{feature.id}</div>
                    </>
                  ),
                },
                { key: "window", title: t("window"), render: (feature) => windowText(feature.windowMonths, language) },
                { key: "unit", title: t("unit"), render: (feature) => text(UNITS[feature.unit] ?? { zh: feature.unit, en: feature.unit }) },
                { key: "formula", title: t("formula"), render: (feature) => text(feature.formula) },
                { key: "direction", title: t("direction"), render: (feature) => text(DIRECTIONS[feature.direction]) },
                {
                  key: "splitting",
                  title: t("splitting"),
                  render: ({ movedBySplitting }) =>
                    movedBySplitting === null ? (
                      <span className="zw-mute">{t("holds")}</span>
                    ) : (
                      <>
                        <strong>{t("moves")}</strong>
                        {language === "zh" ? "：" : ": "}
                        {text(movedBySplitting)}
                      </>
                    ),
                },
                { key: "missing", title: t("missing"), render: (feature) => <span className="zw-mute">{text(feature.missing)}</span> },
              ]}
              card={(feature) => (
                <>
                  <strong>{text(feature.name)}</strong> <span className="zw-mute">{windowText(feature.windowMonths, language)}</span>
                  <div className="zw-code zw-mute">{feature.id}</div>
                  <div>{text(feature.formula)}</div>
                  <div className="zw-mute">{text(feature.missing)}</div>
                  <div className="zw-mute">
                    {t("splitting")}
                    {language === "zh" ? "：" : ": "}
                    {feature.movedBySplitting === null ? t("holds") : `${t("moves")} – ${text(feature.movedBySplitting)}`}
                  </div>
                </>
              )}
            />
          </Card>
        ))
      )}
    </Page>
  );
};

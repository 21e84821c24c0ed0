import { useMemo, useState } from "react";
import { type SampleSummary, binSample, getScorecard, listSamples } from "@zhiwei/api/scorecard";
import { featureById } from "@zhiwei/core/features";
import type { BinEdit, Binning, Trend } from "@zhiwei/core/scorecard";
import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { call, useRoute } from "../ui/api.ts";
import { Choice, Mark, SearchField } from "../ui/controls.tsx";
import { formatCount } from "../ui/format.ts";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { Link, useUrlState } from "../ui/router.ts";
import { Card, LoadingState, Page, ProblemState } from "../ui/states.tsx";
import { BinEditor } from "./bin-editor.tsx";
import "./scorecard.css";
import { type Details, SHAPE, figure, useTitles } from "./words.ts";
import { SampleCard } from "./workshop-sample.tsx";
import { type Word, type Workshop, asksOfSplitting, binningOf, emptyWorkshop, mayOffer, noWord, workshopOf } from "./workshop-state.ts";
import { DocumentCard, SettingsCard, TrainingCard } from "./workshop-train.tsx";

const useT = texts({
  title: { zh: "评分卡工作台", en: "Scorecard workshop" },
  registry: { zh: "模型登记簿", en: "Registry of models" },
  from: { zh: "以 {{id}} 为底", en: "Started from {{id}}" },
  features: { zh: "2 特征与分箱", en: "2 Features and bins" },
  search: { zh: "按名称或列名搜索", en: "Search by name or column" },
  offered: { zh: "{{n}} / {{all}} 个特征参与训练", en: "{{n}} of {{all}} features offered" },
  all: { zh: "全选", en: "All" },
  none: { zh: "全不选", en: "None" },
  strongest: { zh: "信息值 ≥ 下限的", en: "Those above the bar" },
  offer: { zh: "让“{{name}}”参与训练", en: "Offer “{{name}}” to the model" },
  unmoved: { zh: "只用分开开票不能改变的特征", en: "Only features that billing in parts cannot move" },
  unmovedHow: {
    zh: "企业可以把同一笔交易同日对同一客户开成几张发票，合计不变。会因此移动的评分，换个开票方式就能做高；按金额、日、月、对手方计的特征不会。关闭后，模型文档与模型卡会写明。",
    en: "One sale can be billed to the same buyer on the same day as several invoices of the same total. A score that this moves can be gamed by billing otherwise; features of money, days, months and parties do not move. Turned off, the model document and card say so.",
  },
  notOffered: { zh: "分开开票会改变", en: "Moved by billing in parts" },
  feature: { zh: "特征", en: "Feature" },
  iv: { zh: "信息值", en: "IV" },
  count: { zh: "箱数", en: "Bins" },
  shape: { zh: "走势", en: "Trend" },
  choose: { zh: "从左侧选择一个特征，查看并调整它的分箱。", en: "Choose a feature on the left to see its bins and move them." },
  trend: { zh: "违约率沿特征的走势", en: "Trend of the event rate along the feature" },
  word: { zh: "作为专家先验", en: "As an expert's word" },
  wordHow: {
    zh: "写明理由即成为先验：方向与系数范围记入模型文档，连同设定人与日期。",
    en: "With a reason it becomes a prior: direction and range go into the model document, with who set them and when.",
  },
  reason: { zh: "理由", en: "Reason" },
  least: { zh: "系数下限", en: "Least coefficient" },
  most: { zh: "系数上限", en: "Greatest coefficient" },
  rangeHow: { zh: "系数作用于证据权重：−1 照单全收，0 不用。", en: "Of the weight of evidence: −1 takes it as it is, 0 not at all." },
  edited: { zh: "手调", en: "by hand" },
  binning: { zh: "正在分箱……", en: "Binning…" },
  unusable: { zh: "不可用", en: "unusable" },
});

/** Bins of the features named, or of all, under the settings; asked again only when these change. */
const useBins = (workshop: Workshop, sample: SampleSummary | undefined) => {
  const common = useQuery({
    queryKey: ["workshop-bins", sample?.source.sha256, workshop.binning, workshop.rest],
    enabled: sample !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: () =>
      call(binSample, {
        params: { id: sample!.id },
        body: { binning: { ...workshop.rest.binning, ...workshop.binning }, byFeature: workshop.rest.byFeature ?? {} },
      }),
  });
  // A trend wished for one feature asks for that feature alone.
  const wished = Object.keys(workshop.words)
    .filter((feature) => sample?.features.some((each) => each.name === feature))
    .toSorted();
  const byFeature = Object.fromEntries(wished.map((feature) => [feature, binningOf(workshop, feature)]));
  const own = useQuery({
    queryKey: ["workshop-bins", sample?.source.sha256, byFeature],
    enabled: sample !== undefined && wished.length > 0,
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: (before) => before,
    queryFn: () => call(binSample, { params: { id: sample!.id }, body: { features: wished, byFeature: byFeature as never } }),
  });
  const found = useMemo(() => {
    const all = new Map((common.data ?? []).map((each) => [each.feature, each]));
    for (const each of own.data ?? []) if (workshop.words[each.feature]) all.set(each.feature, each);
    return all;
  }, [common.data, own.data, workshop.words]);
  return { found, common, pending: common.isPending || (wished.length > 0 && own.isFetching), error: common.error ?? own.error };
};

const ExpertWord = ({ word, onWord }: { word: Word; onWord: (word: Word) => void }) => {
  const t = useT();
  const text = useText();
  return (
    <div className="sc-word">
      <Choice
        showLabel
        label={t("trend")}
        value={word.trend}
        options={(["auto", "none", "ascending", "descending", "peak", "valley"] as const).map((value) => ({
          value,
          label: text(SHAPE[value]!),
        }))}
        onChange={(trend) => onWord({ ...word, trend: trend as Trend })}
      />
      <details open={word.reason !== "" ? true : undefined}>
        <summary>{t("word")}</summary>
        <p className="sc-note">
          {t("wordHow")} {t("rangeHow")}
        </p>
        <div className="sc-fields">
          {(["least", "most"] as const).map((key) => (
            <label key={key}>
              {t(key)}{" "}
              <input
                className="zw-input sc-number"
                type="number"
                step="any"
                value={word[key]}
                onChange={(event) => onWord({ ...word, [key]: event.target.value })}
              />
            </label>
          ))}
          <label className="sc-wide">
            {t("reason")}
            <textarea
              className="zw-input"
              rows={2}
              maxLength={1000}
              value={word.reason}
              onChange={(event) => onWord({ ...word, reason: event.target.value })}
            />
          </label>
        </div>
      </details>
    </div>
  );
};

const FeaturesCard = ({
  workshop,
  set,
  sample,
}: {
  workshop: Workshop;
  set: (patch: Partial<Workshop>) => void;
  sample: SampleSummary;
}) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const titles = useTitles();
  const [params, go] = useUrlState();
  const [query, setQuery] = useState("");
  const { found, pending, error, common } = useBins(workshop, sample);
  const names = useMemo(() => new Map(sample.features.map((feature) => [feature.name, feature.title])), [sample]);
  const may = sample.features.map((feature) => feature.name).filter((name) => mayOffer(workshop, sample.id, name));
  const offered = new Set(workshop.features?.filter((name) => mayOffer(workshop, sample.id, name)) ?? may);
  const offer = (next: ReadonlySet<string>) => {
    const kept = may.filter((name) => next.has(name));
    set({ features: kept.length === may.length ? null : kept });
  };
  const asked = query.trim().toLowerCase();
  const rows = [...found.values()]
    .filter(({ feature }) => {
      const title = names.get(feature);
      return asked === "" || [feature, title?.zh, title?.en].some((name) => name?.toLowerCase().includes(asked));
    })
    .toSorted((a, b) => (b.binning?.iv ?? -1) - (a.binning?.iv ?? -1));
  const chosen = found.get(params["feature"] ?? "") ?? rows[0];
  const word = (chosen && workshop.words[chosen.feature]) ?? noWord;
  const edit = (feature: string) => (next: BinEdit | undefined) => {
    const { [feature]: _, ...others } = workshop.edits;
    set({ edits: next ? { ...others, [feature]: next } : others });
  };
  return (
    <Card title={t("features")} id="features">
      {error && <ProblemState error={error} onRetry={() => void common.refetch()} />}
      {found.size === 0 && pending && (
        <>
          <p role="status">{t("binning")}</p>
          <LoadingState rows={8} />
        </>
      )}
      {asksOfSplitting(sample.id) && (
        <div className="sc-unmoved">
          <label className="sc-check">
            <input type="checkbox" checked={workshop.unmoved} onChange={(event) => set({ unmoved: event.target.checked })} /> {t("unmoved")}
          </label>
          <p className="sc-note">{t("unmovedHow")}</p>
        </div>
      )}
      {found.size > 0 && (
        <div className="sc-workbench" aria-busy={pending}>
          <div>
            <div className="sc-buttons">
              <SearchField label={t("search")} value={query} onChange={setQuery} />
              <Button size="small" onClick={() => offer(new Set(may))}>
                {t("all")}
              </Button>
              <Button size="small" onClick={() => offer(new Set())}>
                {t("none")}
              </Button>
              <Button
                size="small"
                onClick={() =>
                  offer(
                    new Set([...found.values()].filter((each) => (each.binning?.iv ?? 0) >= workshop.minIv).map((each) => each.feature)),
                  )
                }
              >
                {t("strongest")}
              </Button>
            </div>
            <p className="sc-note" role="status">
              {t("offered", { n: formatCount(offered.size, language), all: formatCount(may.length, language) })}
            </p>
            {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by key */}
            <div className="zw-scroll sc-list" role="region" aria-label={t("features")} tabIndex={0}>
              <table className="zw-table">
                <caption className="zw-visually-hidden">{t("features")}</caption>
                <thead>
                  <tr>
                    <th scope="col">{t("feature")}</th>
                    <th scope="col" className="zw-num">
                      {t("iv")}
                    </th>
                    <th scope="col" className="zw-num">
                      {t("count")}
                    </th>
                    <th scope="col">{t("shape")}</th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map(({ feature, binning, problem }) => {
                    const title = text(names.get(feature) ?? { zh: feature, en: feature });
                    return (
                      <tr key={feature} className={feature === chosen?.feature ? "sc-chosen" : undefined}>
                        <th scope="row">
                          <span className="sc-offer">
                            <input
                              type="checkbox"
                              aria-label={t("offer", { name: title })}
                              checked={offered.has(feature)}
                              disabled={!mayOffer(workshop, sample.id, feature)}
                              onChange={(event) =>
                                offer(
                                  event.target.checked
                                    ? new Set([...offered, feature])
                                    : new Set([...offered].filter((each) => each !== feature)),
                                )
                              }
                            />
                            <span>
                              <button
                                type="button"
                                className="zw-link sc-name"
                                aria-current={feature === chosen?.feature}
                                onClick={() => go({ feature }, { replace: true })}
                              >
                                {title}
                              </button>{" "}
                              {!mayOffer(workshop, sample.id, feature) && (
                                <span title={text(featureById(feature)!.movedBySplitting!)}>
                                  <Mark tone="plain">{t("notOffered")}</Mark>
                                </span>
                              )}
                              {workshop.edits[feature] && <Mark tone="warn">{t("edited")}</Mark>}
                            </span>
                          </span>
                        </th>
                        <td className="zw-num">{figure(binning?.iv)}</td>
                        <td className="zw-num">{binning ? binning.bins.filter((bin) => bin.records > 0).length : "—"}</td>
                        <td>
                          {binning ? (
                            text(SHAPE[binning.trend]!)
                          ) : (
                            <span title={problem ? text(problem.text) : undefined}>{t("unusable")}</span>
                          )}
                        </td>
                      </tr>
                    );
                  })}
                </tbody>
              </table>
            </div>
          </div>
          <div className="sc-editor">
            {!chosen ? (
              <p>{t("choose")}</p>
            ) : (
              <>
                <h3>
                  {text(names.get(chosen.feature) ?? { zh: chosen.feature, en: chosen.feature })}{" "}
                  {names.get(chosen.feature)?.zh !== chosen.feature && <code className="zw-mute">{chosen.feature}</code>}
                </h3>
                {!mayOffer(workshop, sample.id, chosen.feature) && (
                  <p className="sc-moved">
                    <strong>{t("notOffered")}</strong>
                    {language === "zh" ? "：" : ": "}
                    {text(featureById(chosen.feature)!.movedBySplitting!)}
                  </p>
                )}
                {chosen.problem && (
                  <p role="alert">
                    {text(chosen.problem.text)} {text(chosen.problem.remedy)}
                  </p>
                )}
                {chosen.binning && (
                  <>
                    {chosen.binning.kind === "numerical" && (
                      <ExpertWord
                        key={chosen.feature}
                        word={word}
                        onWord={(next) => {
                          const { [chosen.feature]: _, ...others } = workshop.words;
                          const empty = next.trend === "auto" && next.reason === "" && next.least === "" && next.most === "";
                          set({ words: empty ? others : { ...others, [chosen.feature]: next } });
                        }}
                      />
                    )}
                    <BinEditor
                      key={`${sample.id} ${chosen.feature}`}
                      sample={sample.id}
                      feature={chosen.feature}
                      unit={sample.source.kind === "platform" ? titles.unit(chosen.feature) : ""}
                      binning={chosen.binning as unknown as Binning}
                      edit={workshop.edits[chosen.feature]}
                      asked={word.trend}
                      even={workshop.binning.method === "even"}
                      onEdit={edit(chosen.feature)}
                    />
                  </>
                )}
              </>
            )}
          </div>
        </div>
      )}
    </Card>
  );
};

const Bench = ({ samples, based }: { samples: readonly SampleSummary[]; based: Details | null }) => {
  const t = useT();
  const [params, go] = useUrlState();
  const [workshop, setWorkshop] = useState<Workshop>(() => (based ? workshopOf(based) : emptyWorkshop));
  const set = (patch: Partial<Workshop>) => setWorkshop((before) => ({ ...before, ...patch }));
  const wanted = params["sample"] ?? (based ? samples.find((each) => each.source.sha256 === based.document.sample.sha256)?.id : undefined);
  const sample = samples.find((each) => each.id === wanted) ?? (samples.length === 1 && wanted === undefined ? samples[0] : undefined);
  const training = params["training"];
  const from = based?.summary.id ?? null;
  return (
    <>
      {from && (
        <p>
          <Link to="/scorecards/$id" params={{ id: from }}>
            {t("from", { id: from })}
          </Link>
        </p>
      )}
      <SampleCard
        samples={samples}
        chosen={sample}
        onChoose={(id) => {
          // What was laid down belongs to the features of the other sample.
          if (sample && id !== sample.id) setWorkshop({ ...workshop, features: null, words: {}, edits: {}, rest: {} });
          go({ sample: id, feature: undefined, training: undefined });
        }}
      />
      {sample && (
        <>
          <FeaturesCard key={sample.id} workshop={workshop} set={set} sample={sample} />
          <SettingsCard workshop={workshop} set={set} sample={sample} />
          <DocumentCard
            workshop={workshop}
            set={set}
            sample={sample}
            from={from}
            onTraining={(id) => go({ training: id, sample: sample.id }, { replace: true })}
          />
        </>
      )}
      {training && <TrainingCard key={training} id={training} from={from} />}
    </>
  );
};

/** From a labelled sample to a trained model: features, bins by hand, priors, settings, progress. */
export const WorkshopPage = () => {
  const t = useT();
  const [params] = useUrlState();
  const from = params["from"];
  const samples = useRoute(listSamples);
  const based = useRoute(getScorecard, { params: { id: from ?? "" } }, { enabled: from !== undefined });
  const error = samples.error ?? based.error;
  const ready = samples.data && (from === undefined || based.data?.summary.id === from);
  return (
    <Page title={t("title")} extra={<Link to="/scorecards">{t("registry")}</Link>}>
      {error ? (
        <ProblemState error={error} onRetry={() => void Promise.all([samples.refetch(), based.refetch()])} />
      ) : !ready ? (
        <LoadingState rows={10} />
      ) : (
        <Bench key={from ?? ""} samples={samples.data} based={from === undefined ? null : based.data!} />
      )}
    </Page>
  );
};

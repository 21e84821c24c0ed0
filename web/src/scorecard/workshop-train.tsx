import { type ReactNode, useId, useState } from "react";
import { useMutation } from "@tanstack/react-query";
import { Button } from "antd";
import { type SampleSummary, getTraining, startTraining } from "@zhiwei/api/scorecard";
import { boostingDefaults } from "@zhiwei/core/scorecard";
import { useSession } from "../access/session.ts";
import { call, useRoute } from "../ui/api.ts";
import { Choice, ProgressBar } from "../ui/controls.tsx";
import { formatCount } from "../ui/format.ts";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { Link } from "../ui/router.ts";
import { Card, LoadingState, ProblemState } from "../ui/states.tsx";
import { rememberName, rememberedName } from "./words.ts";
import { type Workshop, penaltiesOf, requestOf } from "./workshop-state.ts";

const useT = texts({
  settings: { zh: "3 训练设置", en: "3 How to train" },
  binning: { zh: "分箱", en: "Binning" },
  method: { zh: "分箱方法", en: "Method" },
  optimal: { zh: "最优（已证）", en: "proven optimum" },
  even: { zh: "等频、证据成线（标签少）", en: "equal counts, evidence on a line: few labels" },
  objective: { zh: "目标", en: "Objective" },
  iv: { zh: "信息值", en: "information value" },
  js: { zh: "Jensen–Shannon 散度", en: "Jensen–Shannon" },
  hellinger: { zh: "Hellinger 距离", en: "Hellinger" },
  minEvents: { zh: "每箱最少违约", en: "Fewest events in a bin" },
  maxPValue: { zh: "相邻箱 p 值上限（可空）", en: "Greatest p-value between neighbours; may be empty" },
  l1: { zh: "L1 惩罚", en: "L1 penalty" },
  keepMeaning: { zh: "系数不许反向（证据越安全，分不减）", en: "No coefficient against its evidence" },
  maxBins: { zh: "最多箱数", en: "Most bins" },
  minBinShare: { zh: "最小箱占比 %", en: "Smallest bin, %" },
  smoothing: { zh: "平滑（条记录）", en: "Smoothing, records" },
  regression: { zh: "回归", en: "Regression" },
  minIv: { zh: "信息值下限", en: "Least information value" },
  maxCorrelation: { zh: "相关系数上限", en: "Greatest correlation" },
  l2: { zh: "L2 惩罚（可填多个，折内选择）", en: "L2 penalty; several are chosen from by cross-validation" },
  l2Wrong: { zh: "请填非负数，多个以逗号分隔。", en: "Numbers from nought on, with commas between." },
  centre: { zh: "惩罚的中心（0 至 −1）", en: "Centre of the penalty, 0 to −1" },
  selection: { zh: "逐步选择", en: "Stepwise selection" },
  "selection-none": { zh: "不做", en: "none" },
  "selection-aic": { zh: "AIC", en: "AIC" },
  "selection-bic": { zh: "BIC", en: "BIC" },
  points: { zh: "分值", en: "Points" },
  basePoints: { zh: "基准分", en: "Points at the base odds" },
  baseOdds: { zh: "基准好坏比", en: "Base odds, good to bad" },
  pointsToDouble: { zh: "好坏比翻倍加分", en: "Points that double the odds" },
  centralTendency: { zh: "长期违约率 %（可空）", en: "Long-run default rate, %; may be empty" },
  validation: { zh: "验证", en: "Validation" },
  folds: { zh: "折数", en: "Folds" },
  repeats: { zh: "重复次数", en: "Repeats" },
  refits: { zh: "重抽样次数", en: "Refits" },
  seed: { zh: "随机种子", en: "Seed" },
  holdOut: { zh: "另留出", en: "Held out besides" },
  "hold-none": { zh: "不留出", en: "nothing" },
  "hold-share": { zh: "随机一部分（样本外）", en: "a share at random, out of sample" },
  "hold-time": { zh: "某日之后（时间外）", en: "from a day on, out of time" },
  share: { zh: "留出 %", en: "Share held out, %" },
  from: { zh: "从这天起留出", en: "Held out from" },
  challenger: { zh: "同时训练对照的梯度提升树", en: "Train boosted trees beside it" },
  document: { zh: "4 模型文档", en: "4 The document" },
  name: { zh: "模型代号（小写字母、数字、连字符）", en: "Name of the line: small letters, digits, hyphens" },
  nameWrong: { zh: "须以字母或数字开头，2 至 61 个字符。", en: "It begins with a letter or digit and has 2 to 61 characters." },
  titleZh: { zh: "名称（中文）", en: "Title in Chinese" },
  titleEn: { zh: "名称（英文，可空）", en: "Title in English; may be empty" },
  purposeZh: { zh: "用途（中文）", en: "Purpose in Chinese" },
  purposeEn: { zh: "用途（英文，可空）", en: "Purpose in English; may be empty" },
  limitsZh: { zh: "使用限制（每行一条）", en: "Limits of use in Chinese, one a line" },
  limitsEn: { zh: "使用限制（英文，逐行对应，可空）", en: "Limits in English, line by line; may be empty" },
  by: { zh: "开发者（姓名或岗位）", en: "Who develops it (a name or a post)" },
  note: { zh: "说明（可空）", en: "Note; may be empty" },
  train: { zh: "训练并验证", en: "Train and validate" },
  wait: { zh: "还缺：{{what}}", en: "Still needed: {{what}}" },
  needFeatures: { zh: "至少一个特征", en: "one feature at least" },
  training: { zh: "训练", en: "Training" },
  waiting: { zh: "排队中", en: "waiting its turn" },
  done: { zh: "训练完成，成为草稿", en: "Trained; it is a draft now" },
  see: { zh: "看模型卡 {{id}}", en: "See the model card of {{id}}" },
  compare: { zh: "与 {{id}} 比较", en: "Compare with {{id}}" },
  seconds: { zh: "用时 {{n}} 秒", en: "{{n}} seconds" },
});

type Set = (patch: Partial<Workshop>) => void;

const Field = ({ label, problem, children }: { label: string; problem?: string | undefined; children: (id: string) => ReactNode }) => {
  const id = useId();
  return (
    <div className="sc-field">
      <label htmlFor={id}>{label}</label>
      {children(id)}
      {problem && <small role="alert">{problem}</small>}
    </div>
  );
};

const NumberField = ({
  label,
  value,
  onChange,
  min,
  max,
  step = 1,
}: {
  label: string;
  value: number;
  onChange: (value: number) => void;
  min?: number;
  max?: number;
  step?: number | "any";
}) => (
  <Field label={label}>
    {(id) => (
      <input
        id={id}
        className="zw-input"
        type="number"
        required
        value={value}
        min={min}
        max={max}
        step={step}
        onChange={(event) => event.target.value !== "" && onChange(Number(event.target.value))}
      />
    )}
  </Field>
);

const TextField = ({
  label,
  value,
  onChange,
  long = false,
  problem,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  long?: boolean;
  problem?: string | undefined;
}) => (
  <Field label={label} problem={problem}>
    {(id) =>
      long ? (
        <textarea id={id} className="zw-input" rows={3} value={value} onChange={(event) => onChange(event.target.value)} />
      ) : (
        <input id={id} className="zw-input" maxLength={300} value={value} onChange={(event) => onChange(event.target.value)} />
      )
    }
  </Field>
);

export const SettingsCard = ({ workshop, set, sample }: { workshop: Workshop; set: Set; sample: SampleSummary }) => {
  const t = useT();
  const { binning } = workshop;
  const setBinning = (patch: Partial<Workshop["binning"]>) => set({ binning: { ...binning, ...patch } });
  const of =
    <K extends keyof Workshop>(key: K) =>
    (value: Workshop[K]) =>
      set({ [key]: value });
  return (
    <Card title={t("settings")} id="settings">
      <div className="sc-settings">
        <fieldset>
          <legend>{t("binning")}</legend>
          <Choice
            showLabel
            label={t("method")}
            value={binning.method}
            options={(["optimal", "even"] as const).map((value) => ({ value, label: t(value) }))}
            onChange={(value) => setBinning({ method: value as "optimal" | "even" })}
          />
          <Choice
            showLabel
            label={t("objective")}
            value={binning.objective}
            options={(["iv", "js", "hellinger"] as const).map((value) => ({ value, label: t(value) }))}
            onChange={(value) => setBinning({ objective: value as "iv" | "js" | "hellinger" })}
          />
          <NumberField label={t("maxBins")} value={binning.maxBins ?? 8} min={2} max={64} onChange={(maxBins) => setBinning({ maxBins })} />
          <NumberField
            label={t("minBinShare")}
            value={Number((100 * binning.minBinShare).toPrecision(6))}
            min={0}
            max={50}
            step="any"
            onChange={(value) => setBinning({ minBinShare: value / 100 })}
          />
          <NumberField label={t("minEvents")} value={binning.minEvents} min={0} onChange={(minEvents) => setBinning({ minEvents })} />
          <Field label={t("maxPValue")}>
            {(id) => (
              <input
                id={id}
                className="zw-input"
                type="number"
                min={0}
                max={1}
                step="any"
                value={binning.maxPValue ?? ""}
                onChange={(event) => setBinning({ maxPValue: event.target.value === "" ? null : Number(event.target.value) })}
              />
            )}
          </Field>
          <NumberField
            label={t("smoothing")}
            value={binning.smoothing}
            min={0}
            max={1000}
            step="any"
            onChange={(smoothing) => setBinning({ smoothing })}
          />
        </fieldset>
        <fieldset>
          <legend>{t("regression")}</legend>
          <TextField
            label={t("l2")}
            value={workshop.l2}
            onChange={of("l2")}
            problem={penaltiesOf(workshop.l2) === null ? t("l2Wrong") : undefined}
          />
          <NumberField label={t("l1")} value={workshop.l1} min={0} step="any" onChange={of("l1")} />
          <NumberField label={t("centre")} value={workshop.centre} min={-2} max={0} step="any" onChange={of("centre")} />
          <NumberField label={t("minIv")} value={workshop.minIv} min={0} step="any" onChange={of("minIv")} />
          <NumberField
            label={t("maxCorrelation")}
            value={workshop.maxCorrelation}
            min={0}
            max={1}
            step="any"
            onChange={of("maxCorrelation")}
          />
          <Choice
            showLabel
            label={t("selection")}
            value={workshop.selection}
            options={(["none", "aic", "bic"] as const).map((value) => ({ value, label: t(`selection-${value}`) }))}
            onChange={(value) => set({ selection: value as Workshop["selection"] })}
          />
          <label className="sc-check">
            <input type="checkbox" checked={workshop.keepMeaning} onChange={(event) => set({ keepMeaning: event.target.checked })} />{" "}
            {t("keepMeaning")}
          </label>
        </fieldset>
        <fieldset>
          <legend>{t("points")}</legend>
          <NumberField label={t("basePoints")} value={workshop.basePoints} min={1} onChange={of("basePoints")} />
          <NumberField label={t("baseOdds")} value={workshop.baseOdds} min={0.1} step="any" onChange={of("baseOdds")} />
          <NumberField label={t("pointsToDouble")} value={workshop.pointsToDouble} min={1} step="any" onChange={of("pointsToDouble")} />
          <TextField label={t("centralTendency")} value={workshop.centralTendency} onChange={of("centralTendency")} />
        </fieldset>
        <fieldset>
          <legend>{t("validation")}</legend>
          <NumberField label={t("folds")} value={workshop.folds} min={2} max={20} onChange={of("folds")} />
          <NumberField label={t("repeats")} value={workshop.repeats} min={1} max={100} onChange={of("repeats")} />
          <NumberField label={t("refits")} value={workshop.refits} min={0} max={500} onChange={of("refits")} />
          <NumberField label={t("seed")} value={workshop.seed} min={0} onChange={of("seed")} />
          <Choice
            showLabel
            label={t("holdOut")}
            value={workshop.holdOut}
            options={(["none", "share", ...(sample.days ? (["time"] as const) : [])] as const).map((value) => ({
              value,
              label: t(`hold-${value}`),
            }))}
            onChange={(value) => set({ holdOut: value as Workshop["holdOut"] })}
          />
          {workshop.holdOut === "share" && (
            <NumberField label={t("share")} value={workshop.holdOutShare} min={1} max={90} onChange={of("holdOutShare")} />
          )}
          {workshop.holdOut === "time" && (
            <Field label={t("from")}>
              {(id) => (
                <input
                  id={id}
                  className="zw-input"
                  type="date"
                  value={workshop.holdOutFrom}
                  min={sample.days?.first}
                  max={sample.days?.last}
                  onChange={(event) => set({ holdOutFrom: event.target.value })}
                />
              )}
            </Field>
          )}
          <label className="sc-check">
            <input
              type="checkbox"
              checked={workshop.challenger !== null}
              onChange={(event) => set({ challenger: event.target.checked ? boostingDefaults : null })}
            />{" "}
            {t("challenger")}
          </label>
        </fieldset>
      </div>
    </Card>
  );
};

const NAME = /^[a-z0-9][a-z0-9-]{1,60}$/;

export const DocumentCard = ({
  workshop,
  set,
  sample,
  from,
  onTraining,
}: {
  workshop: Workshop;
  set: Set;
  sample: SampleSummary;
  from: string | null;
  onTraining: (id: string) => void;
}) => {
  const t = useT();
  const language = useLanguage();
  const [stated, setBy] = useState(rememberedName);
  const recordedAs = useSession().data?.recordedAs ?? null;
  const by = recordedAs ?? stated;
  const starting = useMutation({
    mutationFn: () => call(startTraining, { body: requestOf(workshop, sample.id, by.trim(), new Date().toISOString().slice(0, 10), from) }),
    onSuccess: (training) => {
      if (recordedAs === null) rememberName(by.trim());
      onTraining(training.id);
    },
  });
  const missing = [
    ...(NAME.test(workshop.name) ? [] : [t("name")]),
    ...(workshop.title.zh.trim() === "" ? [t("titleZh")] : []),
    ...(workshop.purpose.zh.trim() === "" ? [t("purposeZh")] : []),
    ...(by.trim() === "" ? [t("by")] : []),
    ...(workshop.features?.length === 0 ? [t("needFeatures")] : []),
    ...(penaltiesOf(workshop.l2) === null ? [t("l2")] : []),
    ...(workshop.holdOut === "time" && workshop.holdOutFrom === "" ? [t("from")] : []),
  ];
  const pair = (key: "title" | "purpose" | "limits", language_: "zh" | "en") => (value: string) =>
    set({ [key]: { ...workshop[key], [language_]: value } });
  return (
    <Card title={t("document")} id="document">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (missing.length === 0) starting.mutate();
        }}
      >
        <div className="sc-document">
          <TextField
            label={t("name")}
            value={workshop.name}
            onChange={(name) => set({ name })}
            problem={workshop.name === "" || NAME.test(workshop.name) ? undefined : t("nameWrong")}
          />
          {recordedAs === null ? (
            <TextField label={t("by")} value={by} onChange={setBy} />
          ) : (
            <p className="zw-mute">
              {t("by")}
              {language === "zh" ? "：" : ": "}
              {recordedAs}
            </p>
          )}
          <TextField label={t("titleZh")} value={workshop.title.zh} onChange={pair("title", "zh")} />
          <TextField label={t("titleEn")} value={workshop.title.en} onChange={pair("title", "en")} />
          <TextField long label={t("purposeZh")} value={workshop.purpose.zh} onChange={pair("purpose", "zh")} />
          <TextField long label={t("purposeEn")} value={workshop.purpose.en} onChange={pair("purpose", "en")} />
          <TextField long label={t("limitsZh")} value={workshop.limits.zh} onChange={pair("limits", "zh")} />
          <TextField long label={t("limitsEn")} value={workshop.limits.en} onChange={pair("limits", "en")} />
          <TextField label={t("note")} value={workshop.note} onChange={(note) => set({ note })} />
        </div>
        {starting.error && <ProblemState error={starting.error} />}
        <p className="sc-buttons">
          <Button type="primary" size="large" htmlType="submit" disabled={missing.length > 0} loading={starting.isPending}>
            {t("train")}
          </Button>
          {missing.length > 0 && <span className="zw-mute">{t("wait", { what: missing.join(language === "zh" ? "、" : "; ") })}</span>}
        </p>
      </form>
    </Card>
  );
};

const POLL_MS = 400;

/** A training with its progress, and where it led. */
export const TrainingCard = ({ id, from }: { id: string; from: string | null }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const [over, setOver] = useState(false);
  const found = useRoute(getTraining, { params: { id } }, { refetchInterval: over ? false : POLL_MS });
  const training = found.data?.id === id ? found.data : undefined;
  const ended = training?.state === "done" || training?.state === "failed";
  if (ended !== over && training) setOver(ended);
  if (found.error) return <ProblemState error={found.error} onRetry={() => void found.refetch()} />;
  if (!training) return <LoadingState rows={2} />;
  const seconds = training.finishedAt && Math.max(0, (Date.parse(training.finishedAt) - Date.parse(training.startedAt)) / 1000).toFixed(1);
  return (
    <Card title={t("training")} id="training">
      <div role="status" data-training={training.state}>
        {training.state === "waiting" && <p>{t("waiting")}</p>}
        {training.state === "running" && (
          <p>
            {training.phase && text(training.phase)}{" "}
            {training.total > 1 && `${formatCount(training.done, language)} / ${formatCount(training.total, language)}`}
          </p>
        )}
        {training.state === "done" && (
          <p>
            {t("done")} <span className="zw-mute">{seconds && t("seconds", { n: seconds })}</span>
          </p>
        )}
      </div>
      {!ended && <ProgressBar label={t("training")} done={training.done} total={training.state === "running" ? training.total : 0} />}
      {training.state === "failed" && training.problem && (
        <p role="alert" className="sc-failed">
          <strong>{text(training.problem.text)}</strong> {text(training.problem.remedy)}
        </p>
      )}
      {training.model && (
        <p className="sc-buttons">
          <Link to="/scorecards/$id" params={{ id: training.model }} className="sc-button">
            {t("see", { id: training.model })}
          </Link>
          {from && (
            <Link to="/scorecards/compare" search={{ a: from, b: training.model } as never} className="sc-button sc-plain">
              {t("compare", { id: from })}
            </Link>
          )}
        </p>
      )}
    </Card>
  );
};

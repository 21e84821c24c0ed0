import { useId, useState } from "react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import type { uploadFile } from "@zhiwei/api/records";
import type { Output } from "@zhiwei/api/route";
import { type SampleSummary, addSample } from "@zhiwei/api/scorecard";
import { call, upload } from "../ui/api.ts";
import { Choice, Hash, ProgressBar } from "../ui/controls.tsx";
import { formatCount } from "../ui/format.ts";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { Card, ProblemState } from "../ui/states.tsx";
import { percent } from "./words.ts";

const useT = texts({
  title: { zh: "1 样本", en: "1 Sample" },
  sample: { zh: "训练样本", en: "Sample to train on" },
  choose: { zh: "请选择……", en: "Choose…" },
  size: {
    zh: "{{records}} 条记录，违约 {{events}}（{{rate}}），{{features}} 个特征",
    en: "{{records}} records, {{events}} events ({{rate}}), {{features}} features",
  },
  outcome: { zh: "违约定义：{{what}}", en: "Event: {{what}}" },
  asOf: { zh: "观察日", en: "As of" },
  days: { zh: "日期列 {{column}}：{{first}} 至 {{last}}", en: "Days in {{column}}: {{first}} to {{last}}" },
  hash: { zh: "样本哈希", en: "Hash of the sample" },
  few: {
    zh: "违约只有 {{events}} 条：宜少用特征、由专家定方向、加重惩罚，分箱用“等频、证据成线”。",
    en: "Only {{events}} events: use few features, lay down directions, penalise more, and bin by equal counts with evidence on a line.",
  },
  bring: { zh: "带入一张带结果的表", en: "Bring a table with outcomes" },
  bringHow: {
    zh: "CSV，首行为列名（UTF-8 或 GB 18030，可 gzip）；一行一条记录，一列为结果。",
    en: "CSV with a first line of column names (UTF-8 or GB 18030, may be gzipped): a row a record, one column the outcome.",
  },
  file: { zh: "选择文件", en: "Choose a file" },
  uploading: { zh: "正在上传", en: "Uploading" },
  name: { zh: "名称", en: "Name" },
  target: { zh: "结果列", en: "Column of the outcome" },
  event: { zh: "表示违约的取值", en: "Value that is the event" },
  id: { zh: "编号列（不作特征）", en: "Column that names the record, no feature" },
  day: { zh: "日期列（可按时间留出）", en: "Column of days, for a test out of time" },
  columns: { zh: "其余各列的用途", en: "What the other columns are for" },
  "use-feature": { zh: "特征", en: "feature" },
  "use-group": { zh: "公平性分组（不作特征）", en: "groups to look at fairness by, no feature" },
  "use-none": { zh: "不用", en: "nothing" },
  none: { zh: "（无）", en: "(none)" },
  add: { zh: "登记为样本", en: "Register the sample" },
  cancel: { zh: "取消", en: "Cancel" },
});

/** What a column is for: a feature, a grouping to look at fairness by, or nothing. */
const USES = ["feature", "group", "none"] as const;
type Use = (typeof USES)[number];
type Preview = Output<typeof uploadFile>;

const Table = ({ preview, onDone, onCancel }: { preview: Preview; onDone: (id: string) => void; onCancel: () => void }) => {
  const t = useT();
  const queries = useQueryClient();
  const ids = { title: useId(), event: useId() };
  const [title, setTitle] = useState(preview.file.replace(/\.(csv|txt|tsv)?(\.gz)?$/i, ""));
  const [target, setTarget] = useState(preview.headers.at(-1) ?? "");
  const [event, setEvent] = useState("1");
  const [id, setId] = useState("");
  const [day, setDay] = useState("");
  const [uses, setUses] = useState<Readonly<Record<string, Use>>>({});
  const at = preview.headers.indexOf(target);
  const seen = [...new Set(preview.rows.map((row) => row[at] ?? ""))].filter((value) => value !== "").slice(0, 5);
  const options = [{ value: "", label: t("none") }, ...preview.headers.map((header) => ({ value: header, label: header }))];
  const used = (use: Use) => preview.headers.filter((header) => ![target, id, day].includes(header) && uses[header] === use);
  const adding = useMutation({
    mutationFn: () =>
      call(addSample, {
        body: {
          upload: preview.upload,
          title: title.trim(),
          target,
          event: event.trim(),
          id: id || null,
          day: day || null,
          leaveOut: used("none"),
          groups: used("group"),
        },
      }),
    onSuccess: async (sample) => {
      await queries.invalidateQueries({ queryKey: ["listSamples"] });
      onDone(sample.id);
    },
  });
  return (
    <form
      className="sc-form"
      onSubmit={(submit) => {
        submit.preventDefault();
        adding.mutate();
      }}
    >
      <div className="sc-fields">
        <div className="sc-field">
          <label htmlFor={ids.title}>{t("name")}</label>
          <input
            id={ids.title}
            className="zw-input"
            maxLength={200}
            required
            value={title}
            onChange={(change) => setTitle(change.target.value)}
          />
        </div>
        <Choice showLabel label={t("target")} value={target} options={options.slice(1)} onChange={setTarget} />
        <div className="sc-field">
          <label htmlFor={ids.event}>{t("event")}</label>
          <input
            id={ids.event}
            className="zw-input"
            required
            list={`${ids.event}-seen`}
            value={event}
            onChange={(change) => setEvent(change.target.value)}
          />
          <datalist id={`${ids.event}-seen`}>
            {seen.map((value) => (
              <option key={value} value={value}>
                {value}
              </option>
            ))}
          </datalist>
        </div>
        <Choice showLabel label={t("id")} value={id} options={options} onChange={setId} />
        <Choice showLabel label={t("day")} value={day} options={options} onChange={setDay} />
      </div>
      <fieldset className="sc-fields">
        <legend>{t("columns")}</legend>
        {preview.headers
          .filter((header) => header !== target && header !== id && header !== day)
          .map((header) => (
            <Choice
              key={header}
              showLabel
              label={header}
              value={uses[header] ?? "feature"}
              options={USES.map((use) => ({ value: use, label: t(`use-${use}`) }))}
              onChange={(use) => setUses({ ...uses, [header]: use as Use })}
            />
          ))}
      </fieldset>
      {adding.error && <ProblemState error={adding.error} />}
      <p className="sc-buttons">
        <Button
          type="primary"
          htmlType="submit"
          loading={adding.isPending}
          disabled={title.trim() === "" || event.trim() === "" || target === ""}
        >
          {t("add")}
        </Button>
        <Button onClick={onCancel}>{t("cancel")}</Button>
      </p>
    </form>
  );
};

const FEW_EVENTS = 100;

/** The sample to train on: one that is there, or a table that is brought. */
export const SampleCard = ({
  samples,
  chosen,
  onChoose,
}: {
  samples: readonly SampleSummary[];
  chosen: SampleSummary | undefined;
  onChoose: (id: string) => void;
}) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const file = useId();
  const [sent, setSent] = useState({ done: 0, total: 0 });
  const [preview, setPreview] = useState<Preview | null>(null);
  const sending = useMutation({
    mutationFn: (chosenFile: File) => upload(chosenFile, (done, total) => setSent({ done, total })),
    onSuccess: setPreview,
  });
  return (
    <Card title={t("title")} id="sample">
      <p>
        <Choice
          showLabel
          label={t("sample")}
          value={chosen?.id ?? ""}
          options={[
            ...(chosen ? [] : [{ value: "", label: t("choose") }]),
            ...samples.map((each) => ({ value: each.id, label: text(each.source.title) })),
          ]}
          onChange={onChoose}
        />
      </p>
      {chosen && (
        <>
          <p>
            {t("size", {
              records: formatCount(chosen.records, language),
              events: formatCount(chosen.events, language),
              rate: percent(chosen.events / chosen.records),
              features: formatCount(chosen.features.length, language),
            })}
          </p>
          {Math.min(chosen.events, chosen.records - chosen.events) < FEW_EVENTS && (
            <p className="sc-note">{t("few", { events: formatCount(chosen.events, language) })}</p>
          )}
          <p className="zw-line zw-mute">
            <span>{t("outcome", { what: text(chosen.source.outcome) })}</span>
            {chosen.source.asOf && (
              <span>
                {t("asOf")} {chosen.source.asOf}
              </span>
            )}
            {chosen.days && <span>{t("days", chosen.days)}</span>}
            <span>
              {t("hash")} <Hash value={chosen.source.sha256} />
            </span>
          </p>
        </>
      )}
      <details className="sc-bring" open={preview !== null || samples.length === 0 ? true : undefined}>
        <summary>{t("bring")}</summary>
        <p className="zw-mute">{t("bringHow")}</p>
        {preview ? (
          <Table
            key={preview.upload}
            preview={preview}
            onCancel={() => setPreview(null)}
            onDone={(id) => {
              setPreview(null);
              onChoose(id);
            }}
          />
        ) : (
          <p>
            <label htmlFor={file}>{t("file")}</label>{" "}
            <input
              id={file}
              type="file"
              accept=".csv,.gz,.txt"
              disabled={sending.isPending}
              onChange={(event) => {
                const [first] = event.target.files ?? [];
                if (first) sending.mutate(first);
                event.target.value = "";
              }}
            />
          </p>
        )}
        {sending.isPending && <ProgressBar label={t("uploading")} done={sent.done} total={sent.total} />}
        {sending.error && <ProblemState error={sending.error} />}
      </details>
    </Card>
  );
};

import { type DragEvent, useId, useState } from "react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, Button } from "antd";
import { getImport, listBatches, listImports, listKinds, startImport, type uploadFile } from "@zhiwei/api/records";
import type { Output } from "@zhiwei/api/route";
import { kindOf, missingFields, suggestMapping } from "@zhiwei/core/records";
import { call, upload, useRoute } from "../ui/api.ts";
import { Choice, Hash, Mark, ProgressBar } from "../ui/controls.tsx";
import { NO_VALUE, formatBytes, formatCount, formatInstant } from "../ui/format.ts";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { Link, useUrlState } from "../ui/router.ts";
import { Card, EmptyState, LoadingState, Page, ProblemState } from "../ui/states.tsx";
import { DataTable, Pager } from "../ui/table.tsx";

const useT = texts({
  title: { zh: "导入记录", en: "Import records" },
  choose: { zh: "选择文件", en: "Choose a file" },
  drop: { zh: "把文件拖到这里，或从本机选择", en: "Drop a file here, or choose one" },
  formats: {
    zh: "CSV（可为 gzip 压缩）、XLSX、数电票 XML、银行 camt.053。重复导入同一文件不会产生重复记录。",
    en: "CSV (also gzipped), XLSX, e-invoice XML, bank camt.053. Importing the same file twice changes nothing.",
  },
  sending: { zh: "正在上传 {{file}}：{{sent}} / {{total}}", en: "Uploading {{file}}: {{sent}} of {{total}}" },
  uploadProgress: { zh: "上传进度", en: "Upload progress" },
  preview: { zh: "预览：{{file}}", en: "Preview: {{file}}" },
  format: { zh: "格式", en: "Format" },
  encoding: { zh: "编码", en: "Encoding" },
  bytes: { zh: "大小", en: "Size" },
  kind: { zh: "记录种类", en: "Kind of record" },
  chooseKind: { zh: "请选择……", en: "Choose…" },
  mapping: { zh: "列对应关系", en: "Columns" },
  required: { zh: "{{name}}（必填）", en: "{{name}} (required)" },
  noColumn: { zh: "（无此列）", en: "(no column)" },
  missing: { zh: "还缺少必填的列", en: "Required columns are missing" },
  missingHow: { zh: "请为这些字段选择列：{{names}}", en: "Choose a column for: {{names}}" },
  owner: { zh: "所属企业代码（文件未写明时填写）", en: "Enterprise id, where the file does not say" },
  firstRows: { zh: "前几行", en: "First rows" },
  start: { zh: "开始导入", en: "Start the import" },
  cancel: { zh: "换一个文件", en: "Another file" },
  progress: { zh: "导入进度：{{file}}", en: "Import of {{file}}" },
  read: { zh: "已读 {{bytes}} / {{total}}，{{rows}} 行", en: "{{bytes}} of {{total}} read, {{rows}} rows" },
  accepted: { zh: "接收", en: "Accepted" },
  duplicates: { zh: "重复", en: "Duplicates" },
  quarantined: { zh: "隔离", en: "Quarantined" },
  done: { zh: "导入完成", en: "Import done" },
  toQuarantine: { zh: "查看隔离的行", en: "See the quarantined rows" },
  close: { zh: "关闭", en: "Close" },
  jobs: { zh: "最近的导入", en: "Recent imports" },
  batches: { zh: "批次", en: "Batches" },
  file: { zh: "文件", en: "File" },
  state: { zh: "状态", en: "State" },
  when: { zh: "时间", en: "Time" },
  rows: { zh: "行数", en: "Rows" },
  period: { zh: "期间", en: "Period" },
  hash: { zh: "数据哈希", en: "Hash of the rows" },
  waiting: { zh: "等待", en: "waiting" },
  running: { zh: "进行中", en: "running" },
  "state-done": { zh: "完成", en: "done" },
  failed: { zh: "失败", en: "failed" },
  noJobs: { zh: "还没有在这里导入过文件。", en: "No file has been imported here yet." },
  noBatches: { zh: "还没有批次。", en: "No batches yet." },
});

type Preview = Output<typeof uploadFile>;
type Job = Output<typeof getImport>;
type Kind = Output<typeof listKinds>[number];

const useKindName = () => {
  const text = useText();
  const kinds = useRoute(listKinds, {}, { staleTime: Infinity });
  return (kind: string | null) => {
    const found = kinds.data?.find((each) => each.kind === kind);
    return found ? text(found.name) : (kind ?? NO_VALUE);
  };
};

const Chooser = ({ onPreview }: { onPreview: (preview: Preview) => void }) => {
  const t = useT();
  const language = useLanguage();
  const id = useId();
  const [over, setOver] = useState(false);
  const [sent, setSent] = useState({ done: 0, total: 0, file: "" });
  const sending = useMutation({
    mutationFn: (file: File) => {
      setSent({ done: 0, total: file.size, file: file.name });
      return upload(file, (done, total) => setSent({ done, total, file: file.name }));
    },
    onSuccess: onPreview,
  });
  const take = (files: FileList | null) => {
    const file = files?.[0];
    if (file) sending.mutate(file);
  };
  const drag = (inside: boolean) => (event: DragEvent) => {
    event.preventDefault();
    setOver(inside);
  };
  return (
    <section className="zw-card" aria-label={t("choose")}>
      <div
        className="zw-drop"
        data-over={over}
        onDragOver={drag(true)}
        onDragLeave={drag(false)}
        onDrop={(event) => {
          drag(false)(event);
          take(event.dataTransfer.files);
        }}
      >
        <p>
          <label htmlFor={id}>
            <strong>{t("drop")}</strong>
          </label>
        </p>
        <p>
          <input
            id={id}
            type="file"
            disabled={sending.isPending}
            accept=".csv,.gz,.xlsx,.xml,.txt,.tsv"
            onChange={(event) => {
              take(event.target.files);
              event.target.value = "";
            }}
          />
        </p>
        <p className="zw-mute">{t("formats")}</p>
      </div>
      <div role="status">
        {sending.isPending &&
          t("sending", { file: sent.file, sent: formatBytes(sent.done, language), total: formatBytes(sent.total, language) })}
      </div>
      {sending.isPending && <ProgressBar label={t("uploadProgress")} done={sent.done} total={sent.total} />}
      {sending.error && <ProblemState error={sending.error} />}
    </section>
  );
};

const PreviewCard = ({
  preview,
  kinds,
  onCancel,
  onJob,
}: {
  preview: Preview;
  kinds: readonly Kind[];
  onCancel: () => void;
  onJob: (id: string) => void;
}) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const owner = useId();
  const [kind, setKind] = useState<string>(preview.kind ?? "");
  const [mapping, setMapping] = useState<Record<string, string>>(preview.mapping);
  const [enterprise, setEnterprise] = useState("");
  const described = kinds.find((each) => each.kind === kind);
  const tabular = preview.headers.length > 0;
  const chosen = Object.fromEntries(Object.entries(mapping).filter(([, header]) => header));
  // The rules of core, which the server applies too: some fields can stand in for others.
  const missing = tabular && described ? missingFields(kindOf(described.kind), chosen, enterprise ? ["enterprise"] : []) : [];
  const starting = useMutation({
    mutationFn: () =>
      call(startImport, {
        body: {
          upload: preview.upload,
          kind: described!.kind,
          ...(tabular ? { mapping: chosen } : {}),
          ...(enterprise ? { enterprise } : {}),
        },
      }),
    onSuccess: (job) => onJob(job.id),
  });
  return (
    <Card title={t("preview", { file: preview.file })}>
      <dl className="zw-line">
        {(
          [
            ["format", preview.format],
            ["encoding", preview.encoding ?? NO_VALUE],
            ["bytes", formatBytes(preview.bytes, language)],
          ] as const
        ).map(([name, value]) => (
          <div key={name}>
            <dt className="zw-mute zw-inline">{t(name)}</dt> <dd className="zw-inline">{value}</dd>
          </div>
        ))}
      </dl>
      <p>
        <Choice
          showLabel
          label={t("kind")}
          value={kind}
          onChange={(value) => {
            setKind(value);
            const next = kinds.find((each) => each.kind === value);
            if (next) setMapping({ ...suggestMapping(preview.headers, next.kind).mapping });
          }}
          options={[{ value: "", label: t("chooseKind") }, ...kinds.map((each) => ({ value: each.kind, label: text(each.name) }))]}
        />
      </p>
      {described && tabular && (
        <fieldset className="zw-fieldset">
          <legend>{t("mapping")}</legend>
          <div className="zw-mapping">
            {described.fields.map(({ id, name, required }) => (
              <Choice
                key={id}
                showLabel
                label={required ? t("required", { name: text(name) }) : text(name)}
                value={mapping[id] ?? ""}
                onChange={(header) => setMapping({ ...mapping, [id]: header })}
                options={[{ value: "", label: t("noColumn") }, ...preview.headers.map((header) => ({ value: header, label: header }))]}
              />
            ))}
          </div>
        </fieldset>
      )}
      <p>
        <label htmlFor={owner}>{t("owner")}</label>{" "}
        <input id={owner} className="zw-input" value={enterprise} onChange={(event) => setEnterprise(event.target.value.trim())} />
      </p>
      <div role="status">
        {missing.length > 0 && (
          <Alert
            type="warning"
            showIcon
            title={t("missing")}
            description={t("missingHow", {
              names: missing
                .map((id) => described?.fields.find((field) => field.id === id))
                .map((field, at) => (field ? text(field.name) : missing[at]!))
                .join(language === "zh" ? "、" : ", "),
            })}
          />
        )}
      </div>
      {preview.rows.length > 0 && (
        <>
          <h3 className="zw-sub">{t("firstRows")}</h3>
          <DataTable
            caption={t("firstRows")}
            rows={preview.rows.map((cells, at) => ({ cells, at }))}
            keyOf={(row) => String(row.at)}
            columns={preview.headers.map((header, column) => ({
              key: `${column}`,
              title: header,
              render: (row: { cells: string[] }) => row.cells[column] ?? "",
            }))}
          />
        </>
      )}
      {starting.error && <ProblemState error={starting.error} />}
      <p className="zw-filters zw-sub">
        <Button type="primary" disabled={!described || missing.length > 0} loading={starting.isPending} onClick={() => starting.mutate()}>
          {t("start")}
        </Button>
        <Button onClick={onCancel}>{t("cancel")}</Button>
      </p>
    </Card>
  );
};

const Outcome = ({ job }: { job: Job }) => {
  const t = useT();
  const language = useLanguage();
  const { outcome } = job;
  if (!outcome) return null;
  const batch = outcome.batches.length === 1 ? outcome.batches[0]!.id : undefined;
  return (
    <>
      <dl className="zw-facts">
        {(["accepted", "duplicates", "quarantined"] as const).map((name) => (
          <div key={name}>
            <dt>{t(name)}</dt>
            <dd>{formatCount(outcome[name], language)}</dd>
          </div>
        ))}
      </dl>
      {outcome.quarantined > 0 && (
        <p className="zw-sub">
          <Link to="/quarantine" search={(batch ? { batch } : {}) as never}>
            {t("toQuarantine")}
          </Link>
        </p>
      )}
    </>
  );
};

const JobCard = ({ id, onClose }: { id: string; onClose: () => void }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const queries = useQueryClient();
  const [settled, setSettled] = useState(false);
  const query = useRoute(
    getImport,
    { params: { id } },
    { refetchInterval: ({ state }) => (state.data?.state === "done" || state.data?.state === "failed" ? false : 700), staleTime: 0 },
  );
  const job = query.data;
  if (job && (job.state === "done" || job.state === "failed") && !settled) {
    setSettled(true);
    // What the import changed is read anew where it is shown next.
    void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== getImport.id });
  }
  return (
    <Card title={t("progress", { file: job?.file ?? "" })} extra={<Button onClick={onClose}>{t("close")}</Button>}>
      {query.error ? (
        <ProblemState error={query.error} onRetry={() => void query.refetch()} />
      ) : !job ? (
        <LoadingState rows={2} />
      ) : (
        <>
          <p role="status">
            <strong>
              {job.state === "done" ? t("done") : job.state === "failed" ? t("failed") : job.phase ? text(job.phase) : t(job.state)}
            </strong>{" "}
            {t("read", {
              bytes: formatBytes(job.bytesRead, language),
              total: formatBytes(job.bytesTotal, language),
              rows: formatCount(job.rowsRead, language),
            })}
          </p>
          {(job.state === "waiting" || job.state === "running") && (
            <ProgressBar label={t("progress", { file: job.file })} done={job.bytesRead} total={job.bytesTotal} />
          )}
          {job.problem && (
            <Alert type="error" showIcon role="alert" title={text(job.problem.text)} description={text(job.problem.remedy)} />
          )}
          {job.state === "done" && <Outcome job={job} />}
        </>
      )}
    </Card>
  );
};

const Jobs = () => {
  const t = useT();
  const language = useLanguage();
  const kindName = useKindName();
  const [params, set] = useUrlState();
  const page = Math.max(1, Number(params["jobs"]) || 1);
  const jobs = useRoute(listImports, { query: { page, pageSize: 10 } });
  if (jobs.error) return <ProblemState error={jobs.error} onRetry={() => void jobs.refetch()} />;
  if (!jobs.data) return <LoadingState />;
  if (jobs.data.total === 0) return <EmptyState text={t("noJobs")} />;
  return (
    <>
      <DataTable
        caption={t("jobs")}
        rows={jobs.data.items}
        keyOf={(job) => job.id}
        columns={[
          {
            key: "file",
            title: t("file"),
            names: true,
            render: (job) => (
              <Link to="/import" search={{ job: job.id } as never}>
                {job.file}
              </Link>
            ),
          },
          { key: "kind", title: t("kind"), render: (job) => kindName(job.kind) },
          {
            key: "state",
            title: t("state"),
            render: (job) => (
              <Mark tone={job.state === "done" ? "good" : job.state === "failed" ? "bad" : "plain"}>
                {t(job.state === "done" ? "state-done" : job.state)}
              </Mark>
            ),
          },
          { key: "accepted", title: t("accepted"), numeric: true, render: (job) => formatCount(job.outcome?.accepted ?? null, language) },
          {
            key: "duplicates",
            title: t("duplicates"),
            numeric: true,
            render: (job) => formatCount(job.outcome?.duplicates ?? null, language),
          },
          {
            key: "quarantined",
            title: t("quarantined"),
            numeric: true,
            render: (job) => formatCount(job.outcome?.quarantined ?? null, language),
          },
          { key: "when", title: t("when"), render: (job) => formatInstant(job.createdAt, language) },
        ]}
      />
      {jobs.data.total > 10 && <Pager page={page} pageSize={10} total={jobs.data.total} onPage={(next) => set({ jobs: String(next) })} />}
    </>
  );
};

const Batches = () => {
  const t = useT();
  const language = useLanguage();
  const kindName = useKindName();
  const [params, set] = useUrlState();
  const page = Math.max(1, Number(params["batches"]) || 1);
  const batches = useRoute(listBatches, { query: { page, pageSize: 10 } });
  if (batches.error) return <ProblemState error={batches.error} onRetry={() => void batches.refetch()} />;
  if (!batches.data) return <LoadingState />;
  if (batches.data.total === 0) return <EmptyState text={t("noBatches")} />;
  return (
    <>
      <DataTable
        caption={t("batches")}
        rows={batches.data.items}
        keyOf={(batch) => batch.id}
        columns={[
          { key: "file", title: t("file"), names: true, render: (batch) => <span className="zw-break">{batch.file}</span> },
          { key: "kind", title: t("kind"), render: (batch) => kindName(batch.kind) },
          { key: "rows", title: t("rows"), numeric: true, render: (batch) => formatCount(batch.rows, language) },
          { key: "duplicates", title: t("duplicates"), numeric: true, render: (batch) => formatCount(batch.duplicates, language) },
          {
            key: "quarantined",
            title: t("quarantined"),
            numeric: true,
            render: (batch) =>
              batch.quarantined > 0 ? (
                <Link to="/quarantine" search={{ batch: batch.id } as never}>
                  {formatCount(batch.quarantined, language)}
                </Link>
              ) : (
                formatCount(0, language)
              ),
          },
          { key: "period", title: t("period"), render: (batch) => (batch.firstOn ? `${batch.firstOn} – ${batch.lastOn}` : NO_VALUE) },
          { key: "hash", title: t("hash"), render: (batch) => (batch.sha256 ? <Hash value={batch.sha256} /> : NO_VALUE) },
        ]}
      />
      {batches.data.total > 10 && (
        <Pager page={page} pageSize={10} total={batches.data.total} onPage={(next) => set({ batches: String(next) })} />
      )}
    </>
  );
};

export const ImportPage = () => {
  const t = useT();
  const [params, set] = useUrlState();
  const [preview, setPreview] = useState<Preview | null>(null);
  const kinds = useRoute(listKinds, {}, { staleTime: Infinity });
  const job = params["job"];
  return (
    <Page title={t("title")}>
      {job ? (
        <JobCard key={job} id={job} onClose={() => set({ job: undefined })} />
      ) : preview && kinds.data ? (
        <PreviewCard
          key={preview.upload}
          preview={preview}
          kinds={kinds.data}
          onCancel={() => setPreview(null)}
          onJob={(id) => {
            setPreview(null);
            set({ job: id });
          }}
        />
      ) : kinds.error ? (
        <ProblemState error={kinds.error} onRetry={() => void kinds.refetch()} />
      ) : (
        <Chooser onPreview={setPreview} />
      )}
      <Card title={t("jobs")}>
        <Jobs />
      </Card>
      <Card title={t("batches")}>
        <Batches />
      </Card>
    </Page>
  );
};

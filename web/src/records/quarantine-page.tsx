import { useId, useState } from "react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Drawer, Popconfirm } from "antd";
import { dismissQuarantine, listBatches, listQuarantine, retryQuarantine } from "@zhiwei/api/records";
import type { Input, Output } from "@zhiwei/api/route";
import { call, useRoute } from "../ui/api.ts";
import { Choice, Mark } from "../ui/controls.tsx";
import { formatCount } from "../ui/format.ts";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { Link, useUrlState } from "../ui/router.ts";
import { EmptyState, LoadingState, Page, ProblemState } from "../ui/states.tsx";
import { DataTable, Pager } from "../ui/table.tsx";

const useT = texts({
  title: { zh: "隔离区", en: "Quarantine" },
  lead: {
    zh: "未通过校验的行不会丢失，也不计入任何指标：改正后重试，或确认不予接收。",
    en: "A row that failed a check is neither lost nor counted: mend it and try again, or settle that it is not taken.",
  },
  state: { zh: "状态", en: "State" },
  open: { zh: "待处理", en: "open" },
  mended: { zh: "已改正", en: "mended" },
  dismissed: { zh: "不予接收", en: "dismissed" },
  every: { zh: "全部状态", en: "Every state" },
  reason: { zh: "原因", en: "Reason" },
  everyReason: { zh: "全部原因", en: "Every reason" },
  batch: { zh: "批次", en: "Batch" },
  everyBatch: { zh: "全部批次", en: "Every batch" },
  row: { zh: "文件与行号", en: "File and line" },
  line: { zh: "{{file}} 第 {{line}} 行", en: "{{file}}, line {{line}}" },
  cells: { zh: "原始内容", en: "As it came" },
  empty: { zh: "没有符合条件的行。", en: "No rows answer to this." },
  reset: { zh: "清除筛选", en: "Clear the filters" },
  close: { zh: "关闭", en: "Close" },
  retry: { zh: "改正并重试", en: "Mend and try again" },
  dismiss: { zh: "不予接收", en: "Dismiss" },
  sure: {
    zh: "确认不接收这一行？它会连同原因保留在隔离区。",
    en: "Settle that this row is not taken? It stays in quarantine, with its reasons.",
  },
  keep: { zh: "返回", en: "Back" },
  original: { zh: "原值：{{cell}}", en: "As it came: {{cell}}" },
  surplus: { zh: "多出的单元格：{{cells}}", en: "Surplus cells: {{cells}}" },
  accepted: { zh: "这一行已通过校验并被接收。", en: "The row passed and was taken." },
  still: { zh: "这一行仍未通过校验，原因见各栏。", en: "The row still fails; see the reasons beside its cells." },
  gone: { zh: "已确认不予接收这一行。", en: "The row is settled as not taken." },
  elsewhere: { zh: "不在本页的行请先在列表中找到。", en: "The row is not on this page of the list." },
});

type Row = Output<typeof listQuarantine>["items"][number];
const TONES = { open: "warn", mended: "good", dismissed: "plain" } as const;

/** Where the importer keeps what a row holds beyond its headers. */
const SURPLUS = "…";
/** The headers of a row, those of known fields first. */
const headersOf = (row: Row): string[] => [...new Set([...Object.values(row.mapping), ...Object.keys(row.raw)])];

const RowDrawer = ({ row: given, onClose }: { row: Row; onClose: () => void }) => {
  const t = useT();
  const text = useText();
  const id = useId();
  const queries = useQueryClient();
  const [row, setRow] = useState(given);
  const [cells, setCells] = useState<Record<string, string>>({ ...given.raw, ...given.mended });
  const [said, setSaid] = useState<"accepted" | "still" | "gone" | null>(null);
  const after = (next: Row, gone: boolean) => {
    setRow(next);
    setSaid(gone ? "gone" : next.state === "mended" ? "accepted" : "still");
    void queries.invalidateQueries();
  };
  const retrying = useMutation({
    mutationFn: () => call(retryQuarantine, { params: { id: row.id }, body: { raw: cells } }),
    onSuccess: (next) => after(next, false),
  });
  const dismissing = useMutation({
    mutationFn: () => call(dismissQuarantine, { params: { id: row.id } }),
    onSuccess: (next) => after(next, true),
  });
  const headers = headersOf(row).filter((header) => header !== SURPLUS);
  const headerOf = (field: string | null) => (field === null ? undefined : (row.mapping[field] ?? (field in cells ? field : undefined)));
  const reasonsOf = (header: string) => row.reasons.filter(({ field }) => headerOf(field) === header);
  const general = row.reasons.filter(({ field }) => !headers.includes(headerOf(field) ?? ""));
  const error = retrying.error ?? dismissing.error;
  return (
    <Drawer
      open
      size={560}
      title={t("line", { file: row.file, line: row.line })}
      onClose={onClose}
      closable={{ "aria-label": t("close") }}
      styles={{ wrapper: { maxWidth: "100vw" } }}
    >
      <p>
        <Mark tone={TONES[row.state]}>{t(row.state)}</Mark>
      </p>
      <div role="status">{said && <Alert type={said === "still" ? "warning" : "success"} showIcon title={t(said)} />}</div>
      {error && <ProblemState error={error} />}
      {row.state === "open" &&
        general.map((reason) => (
          <p key={`${reason.code}-${reason.field}`}>
            <strong className="zw-bad">{text(reason.text)}</strong> {text(reason.remedy)}
          </p>
        ))}
      {row.raw[SURPLUS] && <p className="zw-mute">{t("surplus", { cells: row.raw[SURPLUS] })}</p>}
      <form
        className="zw-sub"
        onSubmit={(event) => {
          event.preventDefault();
          retrying.mutate();
        }}
      >
        {headers.map((header, at) => {
          const reasons = row.state === "open" ? reasonsOf(header) : [];
          return (
            <div className="zw-cell" key={header}>
              <label htmlFor={`${id}${at}`}>{header}</label>
              <input
                id={`${id}${at}`}
                className="zw-input"
                value={cells[header]}
                disabled={row.state !== "open"}
                aria-invalid={reasons.length > 0}
                aria-describedby={reasons.length > 0 ? `${id}${at}why` : undefined}
                onChange={(event) => setCells({ ...cells, [header]: event.target.value })}
              />
              {cells[header] !== row.raw[header] && <span className="zw-mute">{t("original", { cell: row.raw[header] ?? "" })}</span>}
              {reasons.length > 0 && (
                <small id={`${id}${at}why`}>{reasons.map((reason) => `${text(reason.text)} ${text(reason.remedy)}`).join(" ")}</small>
              )}
            </div>
          );
        })}
        {row.state === "open" && (
          <p className="zw-filters">
            <Button type="primary" htmlType="submit" loading={retrying.isPending}>
              {t("retry")}
            </Button>
            <Popconfirm title={t("sure")} okText={t("dismiss")} cancelText={t("keep")} onConfirm={() => dismissing.mutate()}>
              <Button loading={dismissing.isPending}>{t("dismiss")}</Button>
            </Popconfirm>
          </p>
        )}
      </form>
    </Drawer>
  );
};

const PAGE_SIZE = 25;

export const QuarantinePage = () => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const [params, set] = useUrlState();
  const page = Math.max(1, Math.trunc(Number(params["page"])) || 1);
  const state = params["state"] ?? "open";
  const query = {
    page,
    pageSize: PAGE_SIZE,
    ...(state === "all" ? {} : { state }),
    ...(params["reason"] ? { reason: params["reason"] } : {}),
    ...(params["batch"] ? { batch: params["batch"] } : {}),
  } as Input<typeof listQuarantine>["query"];
  const list = useRoute(listQuarantine, { query });
  const batches = useRoute(listBatches, { query: { pageSize: 200 } });
  const [opened, setOpened] = useState<Row | null>(null);
  // A row that was mended leaves the list while its drawer still says so.
  const wanted = params["row"];
  const row = wanted ? (opened?.id === Number(wanted) ? opened : list.data?.items.find(({ id }) => id === Number(wanted))) : undefined;
  if (row && row !== opened) setOpened(row);
  const filter = (patch: Record<string, string>) => set({ ...patch, page: undefined, row: undefined });
  const title = (each: Row) => (
    <Link to="." resetScroll={false} search={{ ...params, row: String(each.id) } as never} aria-haspopup="dialog">
      {t("line", { file: each.file, line: each.line })}
    </Link>
  );
  const reasons = (each: Row) => each.reasons.map((reason) => <div key={`${reason.code}-${reason.field}`}>{text(reason.text)}</div>);
  return (
    <Page title={t("title")}>
      <section className="zw-card" aria-label={t("title")}>
        <p className="zw-mute">{t("lead")}</p>
        <search className="zw-filters">
          <Choice
            label={t("state")}
            value={state}
            onChange={(value) => filter({ state: value })}
            options={[
              ...(["open", "mended", "dismissed"] as const).map((value) => ({ value, label: t(value) })),
              { value: "all", label: t("every") },
            ]}
          />
          <Choice
            label={t("reason")}
            value={params["reason"] ?? ""}
            onChange={(value) => filter({ reason: value })}
            options={[
              { value: "", label: t("everyReason") },
              ...(list.data?.reasons ?? []).map(({ code, text: words, count }) => ({ value: code, label: `${text(words)} (${count})` })),
            ]}
          />
          <Choice
            label={t("batch")}
            value={params["batch"] ?? ""}
            onChange={(value) => filter({ batch: value })}
            options={[
              { value: "", label: t("everyBatch") },
              ...(batches.data?.items ?? [])
                .filter(({ id, quarantined }) => quarantined > 0 || id === params["batch"])
                .map(({ id, file, quarantined }) => ({ value: id, label: `${file} (${formatCount(quarantined, language)})` })),
            ]}
          />
        </search>
        {list.error ? (
          <ProblemState error={list.error} onRetry={() => void list.refetch()} />
        ) : !list.data ? (
          <LoadingState rows={10} />
        ) : list.data.total === 0 ? (
          <EmptyState text={t("empty")}>
            <Link to="/quarantine" search={{ state: "all" } as never}>
              {t("reset")}
            </Link>
          </EmptyState>
        ) : (
          <>
            <DataTable
              caption={t("title")}
              rows={list.data.items}
              keyOf={(each) => String(each.id)}
              busy={list.isPlaceholderData}
              columns={[
                { key: "row", title: t("row"), names: true, render: title },
                { key: "reason", title: t("reason"), render: reasons },
                {
                  key: "cells",
                  title: t("cells"),
                  render: (each) => (
                    <span className="zw-mute zw-break">
                      {headersOf(each)
                        .map((header) => each.raw[header])
                        .filter(Boolean)
                        .join(" · ")}
                    </span>
                  ),
                },
                { key: "state", title: t("state"), render: (each) => <Mark tone={TONES[each.state]}>{t(each.state)}</Mark> },
              ]}
              card={(each) => (
                <>
                  {title(each)} <Mark tone={TONES[each.state]}>{t(each.state)}</Mark>
                  {reasons(each)}
                </>
              )}
            />
            <Pager
              page={page}
              pageSize={PAGE_SIZE}
              total={list.data.total}
              onPage={(next) => set({ page: String(next), row: undefined })}
            />
          </>
        )}
        {wanted && list.data && !row && <p role="status">{t("elsewhere")}</p>}
      </section>
      {row && <RowDrawer key={row.id} row={row} onClose={() => set({ row: undefined })} />}
    </Page>
  );
};

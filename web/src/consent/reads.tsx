import { listReads } from "@zhiwei/api/consent";
import { useRoute } from "../ui/api.ts";
import { Choice, Mark } from "../ui/controls.tsx";
import { formatCount, formatInstant } from "../ui/format.ts";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { useUrlState } from "../ui/router.ts";
import { Card, EmptyState, LoadingState, ProblemState } from "../ui/states.tsx";
import { DataTable, Pager } from "../ui/table.tsx";
import { BASIS_NAME, DENIAL_NAME, classNames, purposeNames } from "./words.ts";

const useT = texts({
  readers: { zh: "谁查询过", en: "Who read" },
  trace: { zh: "查询记录", en: "Trace of reads" },
  party: { zh: "机构", en: "Party" },
  allowed: { zh: "允许", en: "Allowed" },
  refused: { zh: "拒绝", en: "Refused" },
  last: { zh: "最近一次", en: "Last" },
  seen: { zh: "查看过的数据", en: "Data seen" },
  when: { zh: "时间", en: "When" },
  who: { zh: "谁", en: "Who" },
  what: { zh: "查询内容", en: "What" },
  why: { zh: "目的", en: "What for" },
  outcome: { zh: "结果", en: "Outcome" },
  everybody: { zh: "全部机构", en: "Everybody" },
  any: { zh: "允许与拒绝", en: "Allowed and refused" },
  none: { zh: "还没有人查询过这家企业的数据。", en: "Nobody has read this enterprise's data yet." },
  noneSo: { zh: "没有符合条件的记录。", en: "Nothing fits these filters." },
});

/** The whole trace: a line for each party, and every read, allowed or refused. */
export const Reads = ({ id }: { id: string }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const [params, set] = useUrlState();
  const party = params["party"] ?? "";
  const outcome = params["outcome"] === "allowed" || params["outcome"] === "refused" ? params["outcome"] : "";
  const page = Math.max(1, Math.trunc(Number(params["page"] ?? 1)) || 1);
  const { data, error, refetch } = useRoute(listReads, {
    params: { id },
    query: { page, pageSize: 20, ...(party ? { party } : {}), ...(outcome ? { outcome } : {}) },
  });
  if (error) return <ProblemState error={error} onRetry={() => void refetch()} />;
  if (!data)
    return (
      <Card title={t("trace")}>
        <LoadingState rows={8} />
      </Card>
    );
  const outcomeOf = (denial: (typeof data.items)[number]["denial"]) =>
    denial === null ? <Mark tone="good">{t("allowed")}</Mark> : <Mark tone="bad">{`${t("refused")} · ${text(DENIAL_NAME[denial])}`}</Mark>;
  return (
    <>
      <Card title={t("readers")}>
        {data.readers.length === 0 ? (
          <EmptyState text={t("none")} />
        ) : (
          <DataTable
            caption={t("readers")}
            rows={data.readers}
            keyOf={(row) => row.party.id}
            columns={[
              { key: "party", title: t("party"), names: true, render: (row) => text(row.party.name) },
              { key: "allowed", title: t("allowed"), numeric: true, render: (row) => formatCount(row.allowed, language) },
              { key: "refused", title: t("refused"), numeric: true, render: (row) => formatCount(row.refused, language) },
              { key: "seen", title: t("seen"), render: (row) => classNames(row.classes, text) || "—" },
              { key: "why", title: t("why"), render: (row) => purposeNames(row.purposes, text) },
              { key: "last", title: t("last"), render: (row) => formatInstant(row.last, language) },
            ]}
            card={(row) => (
              <>
                <strong>{text(row.party.name)}</strong>
                <div>
                  {t("allowed")} {row.allowed} · {t("refused")} {row.refused}
                </div>
                <div className="zw-mute">{classNames(row.classes, text)}</div>
              </>
            )}
          />
        )}
      </Card>
      <Card
        title={t("trace")}
        extra={
          <span className="cs-filters">
            <Choice
              label={t("party")}
              value={party}
              onChange={(value) => set({ party: value, page: undefined })}
              options={[
                { value: "", label: t("everybody") },
                ...data.readers.map((row) => ({ value: row.party.id, label: text(row.party.name) })),
              ]}
            />
            <Choice
              label={t("outcome")}
              value={outcome}
              onChange={(value) => set({ outcome: value, page: undefined })}
              options={[
                { value: "", label: t("any") },
                { value: "allowed", label: t("allowed") },
                { value: "refused", label: t("refused") },
              ]}
            />
          </span>
        }
      >
        {data.items.length === 0 ? (
          <EmptyState text={data.readers.length === 0 ? t("none") : t("noneSo")} />
        ) : (
          <>
            <DataTable
              caption={t("trace")}
              rows={data.items}
              keyOf={(row) => String(row.id)}
              columns={[
                { key: "when", title: t("when"), render: (row) => formatInstant(row.at, language) },
                {
                  key: "who",
                  title: t("who"),
                  names: true,
                  render: (row) => (
                    <>
                      {text(row.party.name)}
                      <div className="zw-mute">{row.actor}</div>
                    </>
                  ),
                },
                {
                  key: "what",
                  title: t("what"),
                  render: (row) => (
                    <>
                      {text(row.whatName)}
                      <div className="zw-mute">{classNames(row.classes, text)}</div>
                    </>
                  ),
                },
                {
                  key: "why",
                  title: t("why"),
                  render: (row) => (
                    <>
                      {purposeNames([row.purpose], text)}
                      {row.denial === null && <div className="zw-mute">{text(BASIS_NAME[row.basis])}</div>}
                    </>
                  ),
                },
                { key: "outcome", title: t("outcome"), render: (row) => outcomeOf(row.denial) },
              ]}
              card={(row) => (
                <>
                  <div className="zw-mute">{formatInstant(row.at, language)}</div>
                  <strong>{text(row.party.name)}</strong> {text(row.whatName)}
                  <div>{purposeNames([row.purpose], text)}</div>
                  {outcomeOf(row.denial)}
                </>
              )}
            />
            <Pager page={page} pageSize={20} total={data.total} onPage={(next) => set({ page: String(next) })} />
          </>
        )}
      </Card>
    </>
  );
};

import { useId, useState } from "react";
import { Button } from "antd";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ConsentRequest, cancelConsentRequest, listHeldConsents } from "@zhiwei/api/consent";
import { call, useRoute } from "../ui/api.ts";
import { Mark } from "../ui/controls.tsx";
import { formatCount, formatInstant } from "../ui/format.ts";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { Link, useUrlState } from "../ui/router.ts";
import { Card, EmptyState, LoadingState, Page, ProblemState } from "../ui/states.tsx";
import { DataTable, Pager } from "../ui/table.tsx";
import { AskDialog } from "./ask.tsx";
import "./consent.css";
import { GIVEN_NAME, classNames, purposeNames } from "./words.ts";

const useT = texts({
  title: { zh: "授权", en: "Consents" },
  held: { zh: "已授权的企业", en: "Enterprises that consented" },
  soon: { zh: "30 天内到期 {{count}} 份", en: ["{{count}} ends within 30 days", "{{count}} end within 30 days"] },
  all: { zh: "显示全部", en: "Show all" },
  onlySoon: { zh: "只看即将到期的", en: "Show those only" },
  none: { zh: "没有企业授权给本机构。", en: "No enterprise has consented to this institution." },
  noneSoon: { zh: "没有即将到期的授权。", en: "No consent ends soon." },
  enterprise: { zh: "企业", en: "Enterprise" },
  purposes: { zh: "目的", en: "For" },
  classes: { zh: "数据", en: "Data" },
  lastDay: { zh: "最后一天", en: "Last day" },
  how: { zh: "方式", en: "Given" },
  ask: { zh: "请求授权", en: "Ask for consent" },
  code: { zh: "企业代号", en: "Code of the enterprise" },
  requests: { zh: "发出的请求", en: "Requests sent" },
  noRequests: { zh: "没有发出过请求。输入企业代号即可请求授权。", en: "No request was sent. Enter an enterprise's code to ask it." },
  cancel: { zh: "撤销请求", en: "Take back" },
  open: { zh: "等待答复", en: "Waiting" },
  granted: { zh: "已授权", en: "Granted" },
  declined: { zh: "不同意", en: "Declined" },
  cancelled: { zh: "已撤销", en: "Taken back" },
});
const TONE = { open: "warn", granted: "good", declined: "bad", cancelled: "plain" } as const;

const RequestItem = ({ request }: { request: ConsentRequest }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const queries = useQueryClient();
  const work = useMutation({
    mutationFn: () => call(cancelConsentRequest, { params: { request: request.id } }),
    onSuccess: () => queries.invalidateQueries(),
  });
  return (
    <li>
      <div className="cs-head">
        <strong>{request.enterpriseName}</strong> <Mark tone={TONE[request.state]}>{t(request.state)}</Mark>
        {request.state === "open" && (
          <Button size="small" loading={work.isPending} onClick={() => work.mutate()}>
            {t("cancel")} <span className="zw-visually-hidden">{request.enterpriseName}</span>
          </Button>
        )}
      </div>
      <div>
        {purposeNames(request.purposes, text)} · {classNames(request.classes, text)}
      </div>
      <div className="zw-mute">
        {formatInstant(request.askedAt, language)} · {request.reason}
        {request.answer && ` · ${request.answer}`}
      </div>
      {work.error && <ProblemState error={work.error} />}
    </li>
  );
};

/** An institution's page: who has consented to it, until when, and what it asked for. */
export const HeldConsentsPage = () => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const [params, set] = useUrlState();
  const soon = params["soon"] === "yes";
  const page = Math.max(1, Math.trunc(Number(params["page"] ?? 1)) || 1);
  const [code, setCode] = useState("");
  const [asking, setAsking] = useState<string | null>(null);
  const field = useId();
  const { data, error, refetch } = useRoute(listHeldConsents, {
    query: { page, pageSize: 25, ...(soon ? { endsWithinDays: 30 } : {}) },
  });
  const name = (row: NonNullable<typeof data>["items"][number]) => (
    <>
      <Link to="/enterprises/$id" params={{ id: row.consent.enterprise }}>
        {row.enterpriseName}
      </Link>
      <div className="zw-mute">{row.consent.enterprise}</div>
    </>
  );
  return (
    <Page title={t("title")}>
      {error ? (
        <ProblemState error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <LoadingState rows={10} />
      ) : (
        <>
          <Card
            title={`${t("held")} (${formatCount(data.total, language)})`}
            extra={
              <span className="cs-filters">
                <span className="zw-mute">{t("soon", { count: data.endingSoon })}</span>
                <Button size="small" onClick={() => set({ soon: soon ? undefined : "yes", page: undefined })}>
                  {t(soon ? "all" : "onlySoon")}
                </Button>
              </span>
            }
          >
            {data.items.length === 0 ? (
              <EmptyState text={t(soon ? "noneSoon" : "none")} />
            ) : (
              <>
                <DataTable
                  caption={t("held")}
                  rows={data.items}
                  keyOf={(row) => row.consent.id}
                  columns={[
                    { key: "enterprise", title: t("enterprise"), names: true, render: name },
                    { key: "purposes", title: t("purposes"), render: (row) => purposeNames(row.consent.purposes, text) },
                    { key: "classes", title: t("classes"), render: (row) => classNames(row.consent.classes, text) },
                    { key: "lastDay", title: t("lastDay"), render: (row) => <span className="cs-day">{row.consent.lastDay}</span> },
                    { key: "how", title: t("how"), render: (row) => text(GIVEN_NAME[row.consent.given]) },
                  ]}
                  card={(row) => (
                    <>
                      {name(row)}
                      <div>{purposeNames(row.consent.purposes, text)}</div>
                      <div className="zw-mute">
                        {t("lastDay")} {row.consent.lastDay}
                      </div>
                    </>
                  )}
                />
                <Pager page={page} pageSize={25} total={data.total} onPage={(next) => set({ page: String(next) })} />
              </>
            )}
          </Card>
          <Card title={t("requests")}>
            <form
              className="cs-line"
              onSubmit={(event) => {
                event.preventDefault();
                if (code.trim()) setAsking(code.trim());
              }}
            >
              <label htmlFor={field}>{t("code")}</label>
              <input id={field} className="zw-input" maxLength={100} value={code} onChange={(event) => setCode(event.target.value)} />
              <Button htmlType="submit" disabled={code.trim() === ""}>
                {t("ask")}
              </Button>
            </form>
            {data.requests.length === 0 ? (
              <EmptyState text={t("noRequests")} />
            ) : (
              <ul className="cs-list">
                {data.requests.map((request) => (
                  <RequestItem key={request.id} request={request} />
                ))}
              </ul>
            )}
          </Card>
        </>
      )}
      {asking !== null && <AskDialog id={asking} onClose={() => setAsking(null)} />}
    </Page>
  );
};

import { useState } from "react";
import { Button } from "antd";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ConsentDocument, type ConsentRequest, declineConsentRequest, listConsents, withdrawConsent } from "@zhiwei/api/consent";
import { call, useRoute } from "../ui/api.ts";
import { Hash, Mark } from "../ui/controls.tsx";
import { formatInstant } from "../ui/format.ts";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { Link } from "../ui/router.ts";
import { Card, EmptyState, LoadingState, Page, ProblemState } from "../ui/states.tsx";
import "./consent.css";
import { GiveConsent } from "./give.tsx";
import { Objections } from "./objections.tsx";
import { Reads } from "./reads.tsx";
import { GIVEN_NAME, STANDING, classNames, purposeNames } from "./words.ts";

const useT = texts({
  title: { zh: "授权与查询记录", en: "Consents and who read what" },
  profile: { zh: "信用画像", en: "Credit profile" },
  inForce: { zh: "有效授权", en: "Consents in force" },
  none: {
    zh: "没有有效的授权：没有机构能查询本企业的数据。",
    en: "No consent is in force: no institution can read this enterprise's data.",
  },
  give: { zh: "给出新的授权", en: "Give a new consent" },
  former: { zh: "已结束的授权（{{count}}）", en: "Consents that have ended ({{count}})" },
  requests: { zh: "等待答复的请求", en: "Requests that wait for an answer" },
  purposes: { zh: "目的", en: "For" },
  classes: { zh: "数据", en: "Data" },
  separate: { zh: "单独同意", en: "Separately" },
  term: { zh: "期限", en: "Term" },
  until: { zh: "至 {{day}} 止", en: "to {{day}}" },
  months: { zh: "{{months}} 个月", en: "{{months}} months" },
  how: { zh: "方式", en: "Given" },
  text: { zh: "所同意的文本", en: "The text agreed to" },
  withdraw: { zh: "撤回授权", en: "Withdraw" },
  withdrawn: { zh: "{{when}} 撤回", en: "withdrawn {{when}}" },
  asked: { zh: "{{when}} 由 {{by}} 提出", en: "asked {{when}} by {{by}}" },
  answer: { zh: "查看文本并授权", en: "Read the text and consent" },
  decline: { zh: "不同意", en: "Decline" },
});

const Facts = ({ rows }: { rows: readonly (readonly [string, string] | null)[] }) => (
  <dl className="cs-facts">
    {rows.map((row) =>
      row === null || row[1] === "" ? null : (
        <div key={row[0]}>
          <dt>{row[0]}</dt>
          <dd>{row[1]}</dd>
        </div>
      ),
    )}
  </dl>
);

const ConsentItem = ({ id, consent }: { id: string; consent: ConsentDocument }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const queries = useQueryClient();
  const work = useMutation({
    mutationFn: () => call(withdrawConsent, { params: { id, consent: consent.id } }),
    onSuccess: () => queries.invalidateQueries(),
  });
  const name = text(consent.recipient.name);
  const live = consent.standing === "in-force" || consent.standing === "not-yet";
  return (
    <li>
      <div className="cs-head">
        <strong>{name}</strong> <Mark tone={live ? "good" : "plain"}>{text(STANDING[consent.standing])}</Mark>
        {consent.given === "demonstration" && <Mark tone="warn">{text(GIVEN_NAME.demonstration)}</Mark>}
        {live && (
          <Button size="small" loading={work.isPending} onClick={() => work.mutate()}>
            {t("withdraw")} <span className="zw-visually-hidden">{name}</span>
          </Button>
        )}
      </div>
      <Facts
        rows={[
          [t("purposes"), purposeNames(consent.purposes, text)],
          [t("classes"), classNames(consent.classes, text)],
          [t("separate"), classNames(consent.separate, text)],
          [
            t("term"),
            consent.withdrawnAt
              ? t("withdrawn", { when: formatInstant(consent.withdrawnAt, language) })
              : `${formatInstant(consent.from, language)} ${t("until", { day: consent.lastDay })}`,
          ],
          consent.given === "demonstration"
            ? null
            : [t("how"), `${text(GIVEN_NAME[consent.given])} · ${consent.givenBy}${consent.note ? ` · ${consent.note}` : ""}`],
        ]}
      />
      <details>
        <summary>{t("text")}</summary>
        <div className="cs-text cs-open" lang={consent.language === "zh" ? "zh-CN" : "en"}>
          {[consent.text, ...consent.separateTexts.map((each) => each.text)].join("\n\n")}
        </div>
        <Hash value={consent.sha256} />
      </details>
      {work.error && <ProblemState error={work.error} />}
    </li>
  );
};

const RequestItem = ({ id, request, onAnswer }: { id: string; request: ConsentRequest; onAnswer: () => void }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const queries = useQueryClient();
  const work = useMutation({
    mutationFn: () => call(declineConsentRequest, { params: { id, request: request.id }, body: {} }),
    onSuccess: () => queries.invalidateQueries(),
  });
  const name = text(request.recipient.name);
  return (
    <li>
      <div className="cs-head">
        <strong>{name}</strong>
        <Button size="small" type="primary" onClick={onAnswer}>
          {t("answer")} <span className="zw-visually-hidden">{name}</span>
        </Button>
        <Button size="small" loading={work.isPending} onClick={() => work.mutate()}>
          {t("decline")} <span className="zw-visually-hidden">{name}</span>
        </Button>
      </div>
      <div>{request.reason}</div>
      <Facts
        rows={[
          [t("purposes"), purposeNames(request.purposes, text)],
          [t("classes"), classNames(request.classes, text)],
          [t("term"), t("months", { months: request.months })],
        ]}
      />
      <div className="zw-mute">{t("asked", { when: formatInstant(request.askedAt, language), by: request.askedBy })}</div>
      {work.error && <ProblemState error={work.error} />}
    </li>
  );
};

/** An enterprise's own page: whom it has consented to, who asks, who read what, and what it objects to. */
export const EnterpriseConsentsPage = ({ id }: { id: string }) => {
  const t = useT();
  const [giving, setGiving] = useState<"no" | "new" | ConsentRequest>("no");
  const { data, error, refetch } = useRoute(listConsents, { params: { id } });
  const live = data?.consents.filter(({ standing }) => standing === "in-force" || standing === "not-yet") ?? [];
  const former = data?.consents.filter((each) => !live.includes(each)) ?? [];
  const open = data?.requests.filter(({ state }) => state === "open") ?? [];
  return (
    <Page
      title={`${t("title")} · ${id}`}
      extra={
        <Link to="/enterprises/$id" params={{ id }}>
          {t("profile")}
        </Link>
      }
    >
      {error ? (
        <ProblemState error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <LoadingState rows={10} />
      ) : (
        <>
          {open.length > 0 && (
            <Card title={t("requests")}>
              <ul className="cs-list">
                {open.map((request) => (
                  <RequestItem key={request.id} id={id} request={request} onAnswer={() => setGiving(request)} />
                ))}
              </ul>
            </Card>
          )}
          {giving !== "no" && (
            <GiveConsent
              key={giving === "new" ? "new" : giving.id}
              id={id}
              request={giving === "new" ? null : giving}
              onDone={() => setGiving("no")}
            />
          )}
          <Card title={t("inForce")} extra={giving === "no" && <Button onClick={() => setGiving("new")}>{t("give")}</Button>}>
            {live.length === 0 ? (
              <EmptyState text={t("none")} />
            ) : (
              <ul className="cs-list">
                {live.map((consent) => (
                  <ConsentItem key={consent.id} id={id} consent={consent} />
                ))}
              </ul>
            )}
            {former.length > 0 && (
              <details className="cs-former">
                <summary>{t("former", { count: former.length })}</summary>
                <ul className="cs-list">
                  {former.map((consent) => (
                    <ConsentItem key={consent.id} id={id} consent={consent} />
                  ))}
                </ul>
              </details>
            )}
          </Card>
          <Reads id={id} />
          <Objections id={id} />
        </>
      )}
    </Page>
  );
};

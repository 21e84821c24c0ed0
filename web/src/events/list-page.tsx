import { useState } from "react";
import { Button } from "antd";
import { useNavigate } from "@tanstack/react-router";
import { listWebhooks } from "@zhiwei/api/events";
import { useRoute } from "../ui/api.ts";
import { Mark } from "../ui/controls.tsx";
import { NO_VALUE, formatCount } from "../ui/format.ts";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { Link } from "../ui/router.ts";
import { Card, EmptyState, LoadingState, Page, ProblemState } from "../ui/states.tsx";
import { DataTable } from "../ui/table.tsx";
import { EnableButton, EndpointDialog, SecretTold, Trial, VerifyHelp } from "./dialogs.tsx";
import "./events.css";
import { TYPES, type Webhook, formatMoment, outcomeOf, reasonOf, standingOf } from "./words.ts";

const useT = texts({
  title: { zh: "事件推送", en: "Event webhooks" },
  lead: {
    zh: "申请有了决定、有了变化，授权被撤回：平台随即发到贵方系统的接收地址，签名、失败重试、可补投，不必反复查询。",
    en: "An application decided or changed, a consent withdrawn: the platform tells your systems at once, signed, tried again where it fails, and replayable; nobody has to keep asking.",
  },
  endpoints: { zh: "本方的接收地址", en: "Your endpoints" },
  add: { zh: "添加接收地址", en: "Add an endpoint" },
  none: {
    zh: "还没有接收地址。添加一个，平台就会把之后的事件发过去；之前 90 天内的也可以补投。",
    en: "There is no endpoint yet. Add one, and it is told of what happens from then on; the 90 days before can be replayed.",
  },
  url: { zh: "接收地址", en: "Address" },
  types: { zh: "事件", en: "Events" },
  state: { zh: "状态", en: "State" },
  since: { zh: "自 {{at}}", en: "since {{at}}" },
  last: { zh: "最近一次尝试", en: "Last try" },
  ms: { zh: "{{ms}} 毫秒", en: "{{ms}} ms" },
  waiting: { zh: "等待投递", en: "Waiting" },
  waitingOf: { zh: "，查看 {{url}} 的等待投递", en: ": those that wait for {{url}}" },
  actions: { zh: "操作", en: "Actions" },
  rules: { zh: "投递规则", en: "How it is delivered" },
  rule1: {
    zh: "应答 2xx 才算送达，须在 10 秒内；不跟随重定向。",
    en: "It is delivered where the answer is 2xx, within 10 seconds; redirects are not followed.",
  },
  rule2: {
    zh: "失败后先等 5 秒再试，此后每次翻倍，最长 4 小时；一天后放弃。连续尝试满一天一件也未送达、或应答 410 的，自动停用并写明原因。",
    en: "After a failure it is tried again in 5 seconds, then each time twice as long, 4 hours at most; after a day it is given up. An endpoint that took nothing for a day of trying, or answers 410, is disabled, with the reason.",
  },
  rule3: {
    zh: "至少一次：同一事件可能再来，webhook-id 不变。事件保存 90 天，期间可补投。",
    en: "At least once: an event may come again, under the same webhook-id. Events are kept for 90 days, and can be replayed.",
  },
  rule4: {
    zh: "事件只说发生了什么、凭哪个编号再问；不含企业的任何数值。",
    en: "An event says what happened and by which id to ask for more, and never a figure of an enterprise.",
  },
});

const Standing = ({ webhook }: { webhook: Webhook }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const { name, tone, since } = standingOf(webhook);
  return (
    <>
      <Mark tone={tone}>{text(name)}</Mark>
      {since && <small className="ev-note">{t("since", { at: formatMoment(since, language) })}</small>}
      {webhook.disabledReason && <small className="ev-note">{text(reasonOf(webhook.disabledReason).text)}</small>}
    </>
  );
};

/** An institution's endpoints: where it is told of events, and whether it hears. */
export const EventsPage = () => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const navigate = useNavigate();
  const { data, error, refetch } = useRoute(listWebhooks, {}, { refetchInterval: 10_000 });
  const [adding, setAdding] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);

  const address = (webhook: Webhook) => (
    <Link to="/events/$id" params={{ id: webhook.id }} className="ev-url">
      {webhook.url}
    </Link>
  );
  const last = ({ lastAttempt }: Webhook) =>
    lastAttempt === null ? (
      NO_VALUE
    ) : (
      <>
        {formatMoment(lastAttempt.at, language)}
        <small className="ev-note">
          {outcomeOf(lastAttempt, language)} · {t("ms", { ms: formatCount(lastAttempt.ms, language) })}
        </small>
      </>
    );
  const waiting = (webhook: Webhook) => (
    <Link to="/events/$id" params={{ id: webhook.id }} search={{ state: "waiting" }}>
      {formatCount(webhook.waiting, language)}
      <span className="zw-visually-hidden">{t("waitingOf", { url: webhook.url })}</span>
    </Link>
  );
  const action = (webhook: Webhook) =>
    webhook.disabledAt === null ? (
      <Trial small webhook={webhook} />
    ) : (
      <EnableButton
        small
        webhook={webhook}
        onDone={(missedSince) =>
          void navigate({ to: "/events/$id", params: { id: webhook.id }, search: missedSince ? { from: missedSince } : {} })
        }
      />
    );

  return (
    <Page
      title={t("title")}
      extra={
        <Button type="primary" onClick={() => setAdding(true)}>
          {t("add")}
        </Button>
      }
    >
      <p className="zw-lead">{t("lead")}</p>
      <Card title={t("endpoints")}>
        {error ? (
          <ProblemState error={error} onRetry={() => void refetch()} />
        ) : !data ? (
          <LoadingState />
        ) : data.length === 0 ? (
          <EmptyState text={t("none")} />
        ) : (
          <DataTable
            caption={t("endpoints")}
            rows={data}
            keyOf={({ id }) => id}
            columns={[
              { key: "url", title: t("url"), names: true, render: address },
              {
                key: "types",
                title: t("types"),
                render: ({ types }) => (
                  <ul className="ev-types">
                    {types.map((type) => (
                      <li key={type}>{text(TYPES[type].name)}</li>
                    ))}
                  </ul>
                ),
              },
              { key: "state", title: t("state"), render: (webhook) => <Standing webhook={webhook} /> },
              { key: "last", title: t("last"), render: last },
              { key: "waiting", title: t("waiting"), numeric: true, render: waiting },
              { key: "actions", title: t("actions"), render: action },
            ]}
            card={(webhook) => (
              <div className="ev-card">
                {address(webhook)}
                <p>
                  <Standing webhook={webhook} />
                </p>
                <p className="zw-mute">{webhook.types.map((type) => text(TYPES[type].name)).join(" · ")}</p>
                <p>
                  {t("last")}: {last(webhook)}
                </p>
                <p>
                  {t("waiting")}: {waiting(webhook)}
                </p>
                {action(webhook)}
              </div>
            )}
          />
        )}
      </Card>
      <Card title={t("rules")}>
        <ul className="ev-rules">
          {(["rule1", "rule2", "rule3", "rule4"] as const).map((rule) => (
            <li key={rule}>{t(rule)}</li>
          ))}
        </ul>
        <VerifyHelp />
      </Card>
      {adding && (
        <EndpointDialog
          onSaved={(_, told) => {
            setAdding(false);
            setSecret(told);
          }}
          onClose={() => setAdding(false)}
        />
      )}
      {secret !== null && <SecretTold secret={secret} onClose={() => setSecret(null)} />}
    </Page>
  );
};

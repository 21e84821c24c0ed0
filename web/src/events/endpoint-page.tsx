import { type ReactNode, useId, useState } from "react";
import { Alert, Button, Modal } from "antd";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type DeliveryState, listDeliveries, listWebhooks, readDelivery, replayEvents } from "@zhiwei/api/events";
import { call, useRoute } from "../ui/api.ts";
import { Choice, Mark, ProgressBar } from "../ui/controls.tsx";
import { NO_VALUE, formatCount } from "../ui/format.ts";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { Link, useUrlState } from "../ui/router.ts";
import { Card, EmptyState, LoadingState, Page, ProblemState } from "../ui/states.tsx";
import { DataTable, Pager } from "../ui/table.tsx";
import { EnableButton, EndpointDialog, SecretTold, type Step, StepDialog, type Told, Trial, VerifyHelp, useAfter } from "./dialogs.tsx";
import "./events.css";
import {
  type Attempt,
  type Delivery,
  STATE,
  STATE_TONE,
  TYPES,
  type Webhook,
  formatDue,
  formatMoment,
  formatWait,
  fromField,
  outcomeOf,
  reasonOf,
  standingOf,
  toField,
} from "./words.ts";

const useT = texts({
  room: { zh: "事件推送", en: "Event webhooks" },
  unknown: { zh: "接收地址", en: "Endpoint" },
  gone: { zh: "没有这个接收地址，或已被删除。", en: "There is no such endpoint, or it was deleted." },
  toList: { zh: "查看本方的接收地址", en: "To your endpoints" },
  now: { zh: "现状", en: "Now" },
  state: { zh: "状态", en: "State" },
  types: { zh: "事件", en: "Events" },
  waiting: { zh: "等待投递", en: "Waiting" },
  waitingShow: { zh: "，查看这些投递", en: ": show them" },
  last: { zh: "最近一次尝试", en: "Last try" },
  made: { zh: "添加", en: "Added" },
  secret: { zh: "密钥", en: "Secret" },
  signsAlong: { zh: "旧密钥同时签名至 {{at}}", en: "the old secret signs along until {{at}}" },
  endOld: { zh: "作废旧密钥", en: "End the old secret" },
  madeBy: { zh: "{{at}}，{{by}}", en: "{{at}} by {{by}}" },
  since: { zh: "自 {{at}}", en: "since {{at}}" },
  edit: { zh: "修改", en: "Change" },
  rotate: { zh: "换发密钥", en: "New secret" },
  disable: { zh: "停用", en: "Disable" },
  remove: { zh: "删除", en: "Delete" },
  disabled: { zh: "自 {{at}} 起停用：{{why}}", en: "Disabled since {{at}}: {{why}}" },
  failing: { zh: "自 {{at}} 起，每次尝试都失败：{{why}}", en: "Every try since {{at}} has failed: {{why}}" },
  failingNote: {
    zh: "失败的会自动重试；连续尝试满一天一件也未送达，就停用这个地址。",
    en: "What failed is tried again by itself; where nothing is taken for a day of trying, the endpoint is disabled.",
  },
  ms: { zh: "{{ms}} 毫秒", en: "{{ms}} ms" },

  deliveries: { zh: "投递记录", en: "Deliveries" },
  show: { zh: "显示", en: "Show" },
  all: { zh: "全部", en: "all" },
  none: {
    zh: "还没有投递。订阅的事件发生后，这里逐件列出。",
    en: "Nothing was delivered yet. What happens is listed here, event by event.",
  },
  noneSuch: { zh: "没有这样的投递。", en: "There are none such." },
  event: { zh: "事件", en: "Event" },
  at: { zh: "发生于", en: "Happened" },
  attempts: { zh: "尝试", en: "Tries" },
  tries: { zh: "{{count}} 次", en: ["{{count}} try", "{{count}} tries"] },
  triesOf: { zh: "，查看事件 {{id}}", en: " of event {{id}}: look at them" },
  next: { zh: "下次尝试", en: "Next try" },

  delivery: { zh: "一次投递", en: "One delivery" },
  close: { zh: "关闭", en: "Close" },
  id: { zh: "事件编号（webhook-id）", en: "Event id (webhook-id)" },
  about: { zh: "对象", en: "About" },
  toApplication: { zh: "查看申请", en: "To the application" },
  queued: { zh: "列入投递", en: "Put into the queue" },
  nextWhy: {
    zh: "第 {{n}} 次失败后等 {{wait}}，随机减去至多一半：从 5 秒起每次翻倍，最长 4 小时；接收方以 Retry-After 要求更久的，从其要求。",
    en: "After failure {{n}} it waits {{wait}}, less up to a half by chance: from 5 seconds on twice as long each time, 4 hours at most; longer where the receiver asks so by Retry-After.",
  },
  noTries: { zh: "还没有尝试。", en: "It was not tried yet." },
  number: { zh: "序", en: "No." },
  triedAt: { zh: "时间", en: "Time" },
  outcome: { zh: "结果", en: "Outcome" },
  duration: { zh: "毫秒", en: "ms" },
  durationWhy: {
    zh: "毫秒：从查找域名起，到应答结束、超时或断开为止，由平台计时。",
    en: "ms: measured here, from the look-up of the name to the end of the answer, the time-out or the break.",
  },
  body: { zh: "正文（CloudEvents 1.0）", en: "Body (a CloudEvent 1.0)" },
  bodyWhy: {
    zh: "为便于阅读已分行；签名针对发出的原文，即“复制原文”所得。",
    en: "Broken into lines to be read; the signature is over what is posted, which is what Copy gives.",
  },
  copy: { zh: "复制原文", en: "Copy as posted" },
  copied: { zh: "已复制", en: "Copied" },
  again: { zh: "再投一次", en: "Deliver again" },
  atOnceNow: { zh: "立即投递", en: "Deliver now" },
  againNote: {
    zh: "按原 webhook-id 再发，见过的接收方可以略过。",
    en: "It goes under the same webhook-id: a receiver that has seen it can let it go.",
  },

  replay: { zh: "补投", en: "Replay" },
  replayLead: {
    zh: "把某一时刻起发生的、本方订阅的事件按原 webhook-id 再投一遍，已送达的也会再来。可补投 90 天以内的。",
    en: "What happened from a moment on, of the types subscribed, goes again under the same webhook-ids, also what was delivered. It reaches back 90 days.",
  },
  missed: {
    zh: "自 {{at}} 起的事件可能没有全部送达。",
    en: "Of what has happened since {{at}}, something may not have been delivered.",
  },
  fromThere: { zh: "从那时起", en: "From there" },
  from: { zh: "从何时起（本地时间）", en: "From when on (local time)" },
  doReplay: { zh: "补投", en: "Replay" },
  nothing: { zh: "此后没有可补投的事件。", en: "Nothing that could be replayed has happened since." },
  progress: { zh: "补投进度", en: "Progress of the replay" },
  running: {
    zh: "已送达 {{delivered}} / {{total}} 件，{{waiting}} 件等待。",
    en: "{{delivered}} of {{total}} delivered, {{waiting}} waiting.",
  },
  stuck: { zh: "接收地址仍未应答 2xx，平台会自动重试。", en: "The endpoint still does not answer 2xx; it is tried again by itself." },
  doneAll: {
    zh: "补投完成：{{total}} 件全部送达。",
    en: ["Replayed: the event was delivered.", "Replayed: all {{total}} were delivered."],
  },
  doneSome: {
    zh: "补投结束：送达 {{delivered}} 件，放弃 {{lost}} 件。",
    en: "The replay has ended: {{delivered}} delivered, {{lost}} given up.",
  },
  moved: { zh: "这次补投的事件已另行再投。", en: "The events of this replay were put into the queue anew since." },
  onlyReplay: { zh: "只看这次补投", en: "Show these alone" },
  everything: { zh: "显示全部投递", en: "Show all deliveries" },
});

/** Asked often while something is about to happen, seldom where it is not, and not at all once the page is left. */
const OFTEN_MS = 1500;
const SELDOM_MS = 10_000;
const isSoon = ({ dueAt }: Pick<Delivery, "dueAt">): boolean => dueAt !== null && Date.parse(dueAt) - Date.now() < 15_000;

const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);

const useTry = () => {
  const t = useT();
  const language = useLanguage();
  return (attempt: Attempt) => `${outcomeOf(attempt, language)} · ${t("ms", { ms: formatCount(attempt.ms, language) })}`;
};

const Standing = ({ webhook, onWaiting, onEndOld }: { webhook: Webhook; onWaiting: () => void; onEndOld: () => void }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const said = useTry();
  const { name, tone, since } = standingOf(webhook);
  return (
    <dl className="ev-facts">
      <Fact name={t("state")}>
        <Mark tone={tone}>{text(name)}</Mark>
        {since && <small className="ev-note">{t("since", { at: formatMoment(since, language) })}</small>}
      </Fact>
      <Fact name={t("types")}>{webhook.types.map((type) => text(TYPES[type].name)).join(" · ")}</Fact>
      <Fact name={t("waiting")}>
        <button type="button" className="zw-link" onClick={onWaiting}>
          {formatCount(webhook.waiting, language)}
          <span className="zw-visually-hidden">{t("waitingShow")}</span>
        </button>
      </Fact>
      <Fact name={t("last")}>
        {webhook.lastAttempt === null ? (
          NO_VALUE
        ) : (
          <>
            {formatMoment(webhook.lastAttempt.at, language)}
            <small className="ev-note">{said(webhook.lastAttempt)}</small>
          </>
        )}
      </Fact>
      <Fact name={t("made")}>{t("madeBy", { at: formatMoment(webhook.madeAt, language), by: webhook.madeBy })}</Fact>
      {webhook.oldSecretUntil !== null && (
        <Fact name={t("secret")}>
          {t("signsAlong", { at: formatMoment(webhook.oldSecretUntil, language) })}
          <small className="ev-note">
            <button type="button" className="zw-link" onClick={onEndOld}>
              {t("endOld")}
            </button>
          </small>
        </Fact>
      )}
    </dl>
  );
};

/** What must not be overlooked, and what to do about it. */
const Trouble = ({ webhook, onEnabled }: { webhook: Webhook; onEnabled: (missedSince: string | null) => void }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  if (webhook.disabledAt !== null && webhook.disabledReason !== null) {
    const { text: why, remedy } = reasonOf(webhook.disabledReason);
    return (
      <Alert
        type="warning"
        showIcon
        role="status"
        title={t("disabled", { at: formatMoment(webhook.disabledAt, language), why: text(why) })}
        description={text(remedy)}
        action={<EnableButton webhook={webhook} onDone={onEnabled} />}
      />
    );
  }
  const problem = webhook.lastAttempt?.problem;
  if (webhook.failingSince === null || !webhook.lastAttempt || !problem) return null;
  return (
    <Alert
      type="error"
      showIcon
      role="status"
      title={t("failing", { at: formatMoment(webhook.failingSince, language), why: outcomeOf(webhook.lastAttempt, language) })}
      description={[text(reasonOf(problem).remedy), t("failingNote")].join(language === "zh" ? "" : " ")}
    />
  );
};

/** One delivery: its event, every try, and what is posted. */
const DeliveryDialog = ({ webhook, event, onClose }: { webhook: Webhook; event: string; onClose: () => void }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const queries = useQueryClient();
  const [copied, setCopied] = useState(false);
  const { data, error, refetch } = useRoute(
    readDelivery,
    { params: { id: webhook.id, event } },
    { refetchInterval: ({ state }) => (state.data && !isSoon(state.data) ? SELDOM_MS : OFTEN_MS) },
  );
  const again = useMutation({
    mutationFn: () => call(replayEvents, { params: { id: webhook.id }, body: { only: event } }),
    onSuccess: () =>
      Promise.all([readDelivery, listDeliveries, listWebhooks].map(({ id }) => queries.invalidateQueries({ queryKey: [id] }))),
  });
  const found = data?.event === event ? data : undefined;
  useAfter(found && `${found.state} ${found.attempts.length}`);
  const failures = found ? found.attempts.filter(({ at }) => at >= found.queuedAt).length : 0;
  return (
    <Modal
      open
      width={760}
      title={found ? text(TYPES[found.type].name) : t("delivery")}
      onCancel={onClose}
      footer={
        <div className="ev-foot">
          <span className="zw-mute">{t("againNote")}</span>
          <Button
            disabled={!found || webhook.disabledAt !== null}
            loading={again.isPending || (found?.state === "waiting" && failures === 0 && webhook.disabledAt === null)}
            onClick={() => again.mutate()}
          >
            {t(found?.state === "waiting" ? "atOnceNow" : "again")}
          </Button>
          <Button type="primary" onClick={onClose}>
            {t("close")}
          </Button>
        </div>
      }
    >
      {again.error && <ProblemState error={again.error} />}
      {error ? (
        <ProblemState error={error} onRetry={() => void refetch()} />
      ) : !found ? (
        <LoadingState />
      ) : (
        <>
          <dl className="ev-facts">
            <Fact name={t("state")}>
              <span role="status">
                <Mark tone={STATE_TONE[found.state]}>{text(STATE[found.state])}</Mark>
              </span>
            </Fact>
            <Fact name={t("at")}>{formatMoment(found.at, language)}</Fact>
            <Fact name={t("queued")}>{formatMoment(found.queuedAt, language)}</Fact>
            {found.state === "waiting" && <Fact name={t("next")}>{formatDue(found.dueAt, language)}</Fact>}
            <Fact name={t("id")}>
              <code>{found.event}</code>
            </Fact>
            {found.type.startsWith("application.") && (
              <Fact name={t("about")}>
                <Link to="/applications/$id" params={{ id: found.subject }}>
                  {t("toApplication")}
                </Link>
              </Fact>
            )}
          </dl>
          {found.state === "waiting" && failures > 0 && (
            <p className="zw-mute ev-hint">{t("nextWhy", { n: failures, wait: formatWait(failures, language) })}</p>
          )}
          <h3 className="ev-sub">{t("attempts")}</h3>
          {found.attempts.length === 0 ? (
            <p className="zw-mute">{t("noTries")}</p>
          ) : (
            <>
              <DataTable
                caption={t("attempts")}
                rows={found.attempts.map((attempt, index) => ({ ...attempt, number: index + 1 }))}
                keyOf={({ number }) => String(number)}
                columns={[
                  { key: "number", title: t("number"), names: true, render: ({ number }) => number },
                  { key: "at", title: t("triedAt"), render: ({ at }) => formatMoment(at, language) },
                  {
                    key: "outcome",
                    title: t("outcome"),
                    render: (attempt) => (
                      <span className={attempt.problem === null ? "zw-good" : "zw-bad"}>{outcomeOf(attempt, language)}</span>
                    ),
                  },
                  { key: "ms", title: t("duration"), numeric: true, render: ({ ms }) => formatCount(ms, language) },
                ]}
              />
              <p className="zw-mute ev-hint">{t("durationWhy")}</p>
            </>
          )}
          <h3 className="ev-sub">{t("body")}</h3>
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by key */}
          <pre className="ev-code ev-wrap" tabIndex={0} role="region" aria-label={t("body")}>
            {JSON.stringify(JSON.parse(found.body), null, 2)}
          </pre>
          <p className="zw-line">
            <Button size="small" onClick={() => void navigator.clipboard?.writeText(found.body).then(() => setCopied(true))}>
              {t(copied ? "copied" : "copy")}
            </Button>
            <span className="zw-mute ev-hint">{t("bodyWhy")}</span>
          </p>
        </>
      )}
    </Modal>
  );
};

const PAGE = 25;
const STATES = Object.keys(STATE) as DeliveryState[];

const Deliveries = ({ webhook }: { webhook: Webhook }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const said = useTry();
  const [params, set] = useUrlState();
  const state = STATES.find((each) => each === params["state"]);
  const page = Number(params["page"] ?? 1) || 1;
  const replay = params["only"] === undefined ? undefined : params["replay"];
  const { data, error, refetch, isPlaceholderData } = useRoute(
    listDeliveries,
    { params: { id: webhook.id }, query: { page, pageSize: PAGE, ...(state ? { state } : {}), ...(replay ? { queuedAt: replay } : {}) } },
    { refetchInterval: ({ state: { data: found } }) => (found?.items.some(isSoon) && webhook.disabledAt === null ? OFTEN_MS : SELDOM_MS) },
  );
  const counts = data?.counts;
  const count = (value: number | undefined) => (value === undefined ? "" : ` ${formatCount(value, language)}`);
  const tries = (delivery: Delivery) => {
    const last = delivery.attempts.at(-1);
    return (
      <>
        <button type="button" className="zw-link" aria-haspopup="dialog" onClick={() => set({ delivery: delivery.event })}>
          {t("tries", { count: formatCount(delivery.attempts.length, language) })}
          <span className="zw-visually-hidden">{t("triesOf", { id: delivery.event.slice(0, 8) })}</span>
        </button>
        {last && <small className="ev-note">{said(last)}</small>}
      </>
    );
  };
  const stateOf = (delivery: Delivery) => <Mark tone={STATE_TONE[delivery.state]}>{text(STATE[delivery.state])}</Mark>;
  const eventOf = (delivery: Delivery) => (
    <>
      {text(TYPES[delivery.type].name)}
      <small className="ev-note">
        <code>{delivery.event.slice(0, 8)}</code>
      </small>
    </>
  );
  return (
    <Card
      title={t("deliveries")}
      extra={
        <Choice
          label={t("show")}
          showLabel
          value={state ?? ""}
          options={[
            { value: "", label: `${t("all")}${count(counts && counts.waiting + counts.delivered + counts["given-up"])}` },
            ...STATES.map((each) => ({ value: each, label: `${text(STATE[each])}${count(counts?.[each])}` })),
          ]}
          onChange={(value) => set({ state: value, page: undefined })}
        />
      }
    >
      {error ? (
        <ProblemState error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <LoadingState rows={8} />
      ) : data.total === 0 ? (
        <EmptyState text={t(state || replay ? "noneSuch" : "none")} />
      ) : (
        <>
          <DataTable
            caption={t("deliveries")}
            rows={data.items}
            keyOf={({ event }) => event}
            busy={isPlaceholderData}
            columns={[
              { key: "event", title: t("event"), names: true, render: eventOf },
              { key: "at", title: t("at"), render: ({ at }) => formatMoment(at, language) },
              { key: "state", title: t("state"), render: stateOf },
              { key: "attempts", title: t("attempts"), render: tries },
              { key: "due", title: t("next"), render: ({ dueAt }) => formatDue(dueAt, language) },
            ]}
            card={(delivery) => (
              <div className="ev-card">
                <p>
                  {text(TYPES[delivery.type].name)} {stateOf(delivery)}
                </p>
                <p className="zw-mute">
                  {formatMoment(delivery.at, language)} · <code>{delivery.event.slice(0, 8)}</code>
                </p>
                <p>{tries(delivery)}</p>
                {delivery.dueAt !== null && (
                  <p className="zw-mute">
                    {t("next")}: {formatDue(delivery.dueAt, language)}
                  </p>
                )}
              </div>
            )}
          />
          <Pager page={page} pageSize={PAGE} total={data.total} onPage={(next) => set({ page: String(next) })} />
        </>
      )}
    </Card>
  );
};

/** How far a replay has come, and what it came to. */
const ReplayProgress = ({ webhook, replay }: { webhook: Webhook; replay: string }) => {
  const t = useT();
  const language = useLanguage();
  const [params, set] = useUrlState();
  const { data, error } = useRoute(
    listDeliveries,
    { params: { id: webhook.id }, query: { pageSize: 1, queuedAt: replay } },
    {
      refetchInterval: ({ state }) =>
        state.data?.counts.waiting === 0 ? false : webhook.failingSince === null ? OFTEN_MS / 2 : OFTEN_MS * 2,
    },
  );
  useAfter(data?.counts.waiting === 0 ? `${replay} ${data.counts.delivered}` : undefined);
  if (error) return <ProblemState error={error} />;
  if (!data) return <LoadingState rows={1} />;
  const { waiting, delivered, "given-up": lost } = data.counts;
  const total = waiting + delivered + lost;
  const n = (value: number) => formatCount(value, language);
  const ended = waiting === 0;
  return (
    <div className="ev-progress">
      {!ended && <ProgressBar label={t("progress")} done={total - waiting} total={total} />}
      {!ended && <p>{t("running", { delivered: n(delivered), total: n(total), waiting: n(waiting) })}</p>}
      {/* What comes and goes by the second is not read out; what it came to is. */}
      <p role="status">
        {ended
          ? total === 0
            ? t("moved")
            : t(lost === 0 ? "doneAll" : "doneSome", { count: total, total: n(total), delivered: n(delivered), lost: n(lost) })
          : webhook.failingSince !== null && t("stuck")}
      </p>
      {total > 0 && (
        <Button
          size="small"
          onClick={() => set({ only: params["only"] === undefined ? "replay" : undefined, state: undefined, page: undefined })}
        >
          {t(params["only"] === undefined ? "onlyReplay" : "everything")}
        </Button>
      )}
    </div>
  );
};

const Replay = ({ webhook }: { webhook: Webhook }) => {
  const t = useT();
  const language = useLanguage();
  const queries = useQueryClient();
  const id = useId();
  const [params, set] = useUrlState();
  const [field, setField] = useState(params["from"] ? toField(params["from"]) : "");
  // What comes with the address, as after enabling, takes the place of what was there.
  const [seen, setSeen] = useState(params["from"]);
  if (seen !== params["from"]) {
    setSeen(params["from"]);
    if (params["from"]) setField(toField(params["from"]));
  }
  const since = fromField(field);
  const work = useMutation({
    mutationFn: (from: string) => call(replayEvents, { params: { id: webhook.id }, body: { since: from } }),
    onSuccess: async ({ events, queuedAt }) => {
      set({ replay: events > 0 ? queuedAt : undefined, only: undefined, from: undefined });
      await Promise.all([listDeliveries, listWebhooks].map((route) => queries.invalidateQueries({ queryKey: [route.id] })));
    },
  });
  const missed = webhook.missedSince;
  return (
    <Card title={t("replay")}>
      <p className="zw-mute">{t("replayLead")}</p>
      {missed !== null && (
        <p className="zw-line">
          {t("missed", { at: formatMoment(missed, language) })}
          <button type="button" className="zw-link" onClick={() => setField(toField(missed))}>
            {t("fromThere")}
          </button>
        </p>
      )}
      <form
        className="ev-replay"
        onSubmit={(event) => {
          event.preventDefault();
          if (since !== null) work.mutate(since);
        }}
      >
        <span className="zw-field">
          <label htmlFor={id}>{t("from")}</label>
          <input
            id={id}
            className="zw-input"
            type="datetime-local"
            step={1}
            value={field}
            onChange={(event) => setField(event.target.value)}
          />
        </span>
        <Button htmlType="submit" disabled={since === null || webhook.disabledAt !== null} loading={work.isPending}>
          {t("doReplay")}
        </Button>
      </form>
      {work.error && <ProblemState error={work.error} />}
      {work.data?.events === 0 && <p role="status">{t("nothing")}</p>}
      {params["replay"] && <ReplayProgress webhook={webhook} replay={params["replay"]} />}
    </Card>
  );
};

/** One endpoint: how it stands, every delivery, and the way to bring back what it missed. */
export const EndpointPage = ({ id }: { id: string }) => {
  const t = useT();
  const navigate = useNavigate();
  const [params, set] = useUrlState();
  const { data, error, refetch } = useRoute(listWebhooks, {}, { refetchInterval: 5_000 });
  const [open, setOpen] = useState<"edit" | Step | null>(null);
  const [told, setTold] = useState<Told | null>(null);
  const webhook = data?.find((each) => each.id === id);
  const close = () => setOpen(null);
  const toList = <Link to="/events">{t("toList")}</Link>;
  if (!webhook)
    return (
      <Page title={t("unknown")}>
        {error ? (
          <ProblemState error={error} onRetry={() => void refetch()} />
        ) : !data ? (
          <LoadingState rows={10} />
        ) : (
          <EmptyState text={t("gone")}>{toList}</EmptyState>
        )}
      </Page>
    );
  return (
    <Page title={webhook.url} extra={<Link to="/events">← {t("room")}</Link>}>
      {error && <ProblemState error={error} onRetry={() => void refetch()} />}
      <Trouble webhook={webhook} onEnabled={(missed) => set({ from: missed ?? undefined })} />
      <Card title={t("now")}>
        <Standing webhook={webhook} onWaiting={() => set({ state: "waiting", page: undefined })} onEndOld={() => setOpen("endOld")} />
        <div className="ev-actions">
          <Trial webhook={webhook} />
          <Button onClick={() => setOpen("edit")}>{t("edit")}</Button>
          <Button onClick={() => setOpen("rotate")}>{t("rotate")}</Button>
          {webhook.disabledAt === null && <Button onClick={() => setOpen("disable")}>{t("disable")}</Button>}
          <Button danger onClick={() => setOpen("remove")}>
            {t("remove")}
          </Button>
        </div>
        <VerifyHelp />
      </Card>
      <Deliveries webhook={webhook} />
      <Replay webhook={webhook} />
      {params["delivery"] && <DeliveryDialog webhook={webhook} event={params["delivery"]} onClose={() => set({ delivery: undefined })} />}
      {open === "edit" && <EndpointDialog webhook={webhook} onSaved={close} onClose={close} />}
      {open !== null && open !== "edit" && (
        <StepDialog
          webhook={webhook}
          step={open}
          onClose={close}
          onDone={(renewed) => {
            close();
            setTold(renewed);
            if (open === "remove") void navigate({ to: "/events" });
          }}
        />
      )}
      {told !== null && <SecretTold {...told} onClose={() => setTold(null)} />}
    </Page>
  );
};

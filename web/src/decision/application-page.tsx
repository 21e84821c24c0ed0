import { useId, useState } from "react";
import { Button } from "antd";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ApplicationDocument, actOnApplication, getApplication, replayDecision } from "@zhiwei/api/decision";
import { Permitted } from "../access/session.ts";
import { call, useRoute } from "../ui/api.ts";
import { Choice, Hash, Mark } from "../ui/controls.tsx";
import { NO_VALUE, formatFen, formatInstant, formatPercent } from "../ui/format.ts";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { Link } from "../ui/router.ts";
import { Card, LoadingState, Page, ProblemState } from "../ui/states.tsx";
import { rememberName, rememberedName } from "../scorecard/words.ts";
import { useSession } from "../access/session.ts";
import { BaseWarning } from "../product/base-warning.tsx";
import { METHOD } from "../product/words.ts";
import "./decision.css";
import { ACTION, MATCH, MATCH_TONE, OUTCOME, STATE, STATE_TONE, fenOfWan } from "./words.ts";

const useT = texts({
  title: { zh: "融资申请", en: "Application" },
  offers: { zh: "适合的融资", en: "Financing that fits" },
  worklist: { zh: "审批工作台", en: "Worklist" },
  decision: { zh: "决定", en: "Decision" },
  computed: { zh: "自动测算", en: "Computed" },
  asked: { zh: "申请金额", en: "Asked for" },
  amount: { zh: "金额", en: "Amount" },
  rate: { zh: "年利率", en: "Rate" },
  cost: { zh: "综合年化成本", en: "All-in annual cost" },
  term: { zh: "期限与还款", en: "Term and repayment" },
  months: { zh: "{{months}} 个月，{{method}}", en: "{{months}} months, {{method}}" },
  until: { zh: "有效期至", en: "Stands until" },
  reasons: { zh: "理由", en: "Reasons" },
  todo: { zh: "可以这样做", en: "What you can do" },
  missing: { zh: "补充这些资料可以确定", en: "Records that would settle it" },
  person: { zh: "人工决定", en: "By a person" },
  by: { zh: "{{name}}（{{post}}）", en: "{{name}} ({{post}})" },
  override: { zh: "与测算不同", en: "other than computed" },
  rules: { zh: "产品的每条规则", en: "Every rule of the product" },
  basis: { zh: "依据的版本", en: "What it rests on" },
  product: { zh: "产品", en: "Product" },
  policy: { zh: "审批策略", en: "Policy" },
  profile: { zh: "信用画像", en: "Credit profile" },
  asOf: { zh: "观察日 {{day}}", en: "as of {{day}}" },
  document: { zh: "决定文档 SHA-256", en: "Decision SHA-256" },
  replay: { zh: "重新作出决定", en: "Decide again" },
  same: {
    zh: "由存档输入重算，逐字节相同，且在存证日志中",
    en: "Made again from what was kept: the same to the bit, and in the evidence log",
  },
  differs: { zh: "重算结果不同：存档被改动过", en: "It differs: what was kept was changed" },
  history: { zh: "经过", en: "What was done" },
  act: { zh: "办理", en: "What can be done" },
  authority: { zh: "您的权限：{{amount}}", en: "Your authority: {{amount}}" },
  outcome: { zh: "决定", en: "Outcome" },
  wan: { zh: "金额（万元）", en: "Amount (10,000 yuan)" },
  percent: { zh: "年利率（%）", en: "Rate (%)" },
  reason: { zh: "理由", en: "Reason" },
  reasonWhy: {
    zh: "不同于测算、拒绝、复核都须写明。",
    en: "Needed where it departs from what was computed, refuses, or answers a review.",
  },
  who: { zh: "操作人（姓名或岗位）", en: "Who does this (a name or a post)" },
  submit: { zh: "提交决定", en: "Resolve" },
  right: {
    zh: "这是由规则自动作出的决定。您有权要求由人复核，并了解理由（个人信息保护法第二十四条）。",
    en: "Rules decided this without a person. You have the right to have one look at it, and to be told the reasons (PIPL article 24).",
  },
});

type Terms = NonNullable<ApplicationDocument["summary"]["terms"]>;

const TermsFacts = ({ terms, until }: { terms: Terms | null; until: string | null }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  if (!terms) return null;
  const facts: (readonly [string, string])[] = [
    [t("amount"), formatFen(terms.amountFen, language)],
    [t("rate"), formatPercent(terms.nominalRate, language, 2)],
    [t("cost"), terms.annualCost === null ? NO_VALUE : formatPercent(terms.annualCost, language, 2)],
    [t("term"), t("months", { months: terms.termMonths, method: text(METHOD[terms.method]) })],
    ...(until === null ? [] : [[t("until"), until] as const]),
  ];
  return (
    <dl className="dc-facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
};

const Replay = ({ id }: { id: string }) => {
  const t = useT();
  const replaying = useMutation({ mutationFn: () => call(replayDecision, { params: { id } }) });
  return (
    <p className="dc-extra" role="status">
      <Button loading={replaying.isPending} onClick={() => replaying.mutate()}>
        {t("replay")}
      </Button>
      {replaying.data && (
        <Mark tone={replaying.data.same && replaying.data.logged ? "good" : "bad"}>
          {t(replaying.data.same && replaying.data.logged ? "same" : "differs")}
        </Mark>
      )}
      {replaying.error && <ProblemState error={replaying.error} />}
    </p>
  );
};

/** What whoever looks at it can do. The rules are the server's; a refusal is shown in place, with what to do. */
const Acting = ({ document }: { document: ApplicationDocument }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const queries = useQueryClient();
  const session = useSession();
  const { summary, actions, authorityFen } = document;
  const known = summary.terms;
  const [by, setBy] = useState(rememberedName);
  const [reason, setReason] = useState("");
  const [outcome, setOutcome] = useState<"approve" | "counter-offer" | "decline">(known ? "approve" : "decline");
  const [wan, setWan] = useState(known ? String(known.amountFen / 1_000_000) : "");
  const [percent, setPercent] = useState(known ? (known.nominalRate * 100).toFixed(2) : "");
  const ids = { by: useId(), reason: useId(), wan: useId(), percent: useId() };
  // Only the person at a machine without accounts says his own name; everybody else is known.
  const stated = session.data?.recordedAs == null;
  const acting = useMutation({
    mutationFn: (action: ApplicationDocument["actions"][number]) => {
      const amount = fenOfWan(wan);
      const rate = Number(percent) / 100;
      const terms =
        action === "resolve" && outcome !== "decline" && amount !== null
          ? {
              amountFen: amount,
              termMonths: known?.termMonths ?? 12,
              method: known?.method ?? ("interest-monthly" as const),
              nominalRate: Math.round(rate * 1e6) / 1e6,
            }
          : null;
      return call(actOnApplication, {
        params: { id: summary.id },
        body: { action, reason: reason.trim(), ...(stated ? { by: by.trim() } : {}), ...(action === "resolve" ? { outcome, terms } : {}) },
      });
    },
    onSuccess: async () => {
      if (stated) rememberName(by.trim());
      setReason("");
      await queries.invalidateQueries();
    },
  });
  if (actions.length === 0) return null;
  const resolves = actions.includes("resolve");
  const needsReason = resolves || actions.includes("send-back") || actions.includes("ask-review");
  const ready = !stated || by.trim() !== "";
  return (
    <Card
      title={t("act")}
      extra={authorityFen !== null && <span className="zw-mute">{t("authority", { amount: formatFen(authorityFen, language) })}</span>}
    >
      {actions.includes("ask-review") && <p>{t("right")}</p>}
      <div className="dc-act">
        {stated && (
          <span className="zw-field">
            <label htmlFor={ids.by}>{t("who")}</label>
            <input
              id={ids.by}
              className="zw-input"
              maxLength={100}
              autoComplete="name"
              value={by}
              onChange={(event) => setBy(event.target.value)}
            />
          </span>
        )}
        {resolves && (
          <>
            <Choice
              showLabel
              label={t("outcome")}
              value={outcome}
              options={(["approve", "counter-offer", "decline"] as const).map((value) => ({ value, label: text(OUTCOME[value]) }))}
              onChange={(value) => setOutcome(value as typeof outcome)}
            />
            {outcome !== "decline" && (
              <>
                <span className="zw-field">
                  <label htmlFor={ids.wan}>{t("wan")}</label>
                  <input
                    id={ids.wan}
                    className="zw-input"
                    inputMode="decimal"
                    value={wan}
                    onChange={(event) => setWan(event.target.value)}
                  />
                </span>
                <span className="zw-field">
                  <label htmlFor={ids.percent}>{t("percent")}</label>
                  <input
                    id={ids.percent}
                    className="zw-input"
                    inputMode="decimal"
                    value={percent}
                    onChange={(event) => setPercent(event.target.value)}
                  />
                </span>
              </>
            )}
          </>
        )}
        {needsReason && (
          <span className="zw-field zw-grow">
            <label htmlFor={ids.reason}>{t("reason")}</label>
            <textarea
              id={ids.reason}
              className="zw-input"
              rows={2}
              maxLength={2000}
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
            {resolves && <span className="zw-mute">{t("reasonWhy")}</span>}
          </span>
        )}
      </div>
      <p className="dc-extra">
        {actions.map((action) => (
          <Button
            key={action}
            type={["resolve", "sign", "accept"].includes(action) ? "primary" : "default"}
            disabled={!ready}
            loading={acting.isPending && acting.variables === action}
            onClick={() => acting.mutate(action)}
          >
            {action === "resolve" ? t("submit") : text(ACTION[action]!)}
          </Button>
        ))}
      </p>
      {acting.error && <ProblemState error={acting.error} />}
    </Card>
  );
};

/** One application: what was decided and why, what it rests on, what was done with it, and what can be done. */
export const ApplicationPage = ({ id }: { id: string }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const found = useRoute(getApplication, { params: { id } }, { refetchInterval: 10_000 });
  if (found.error) return <ProblemState error={found.error} onRetry={() => void found.refetch()} />;
  const document = found.data?.summary.id === id ? found.data : undefined;
  if (!document) return <LoadingState rows={12} />;
  const { summary, decision, resolution, signedBy, events } = document;
  const { decided } = decision;
  const ends = summary.state === "approved" || summary.state === "countered" ? summary.validUntil : null;
  return (
    <Page
      title={`${t("title")} · ${summary.enterprise.name}`}
      extra={
        <Link to="/enterprises/$id/offers" params={{ id: summary.enterprise.id }}>
          {t("offers")}
        </Link>
      }
    >
      <Card title={t("decision")} extra={<Mark tone={STATE_TONE[summary.state]}>{text(STATE[summary.state])}</Mark>}>
        <p>
          <strong>{text(summary.product.title)}</strong>{" "}
          <span className="zw-mute">
            {t("asked")} {formatFen(summary.askedFen, language)} · {t("computed")}：{text(OUTCOME[decided.outcome])}
          </span>
        </p>
        <TermsFacts terms={summary.terms} until={ends} />
        {(summary.terms || document.actions.includes("resolve")) && <BaseWarning computed prices={[decision.match.price]} />}
        <h3>{t("reasons")}</h3>
        <ul className="dc-way">
          {decided.reasons.map((reason) => (
            <li key={`${reason.code} ${reason.text.en}`}>
              {text(reason.text)}
              {reason.remedy && (
                <span className="zw-mute">
                  {" "}
                  {t("todo")}：{text(reason.remedy)}
                </span>
              )}
            </li>
          ))}
        </ul>
        {decided.missing.length > 0 && (
          <p className="zw-mute">
            {t("missing")}：{[...new Set(decided.missing.map(({ recordName }) => text(recordName)))].join(language === "zh" ? "、" : ", ")}
          </p>
        )}
        {resolution && (
          <>
            <h3>{t("person")}</h3>
            <p>
              <Mark>{text(OUTCOME[resolution.outcome])}</Mark> {t("by", resolution.by)} {signedBy && `→ ${t("by", signedBy)}`}{" "}
              {resolution.override && <Mark tone="warn">{t("override")}</Mark>}
            </p>
            {resolution.reason && <p>{resolution.reason}</p>}
          </>
        )}
      </Card>
      <Acting key={`${summary.state} ${summary.changedAt}`} document={document} />
      <Card title={t("rules")}>
        <ul className="dc-rules">
          {decision.match.rules.map((rule) => (
            <li key={rule.rule}>
              <Mark tone={MATCH_TONE[rule.outcome]}>{text(MATCH[rule.outcome])}</Mark>
              <span>
                <strong>{text(rule.title)}</strong> {text(rule.reason)}
              </span>
            </li>
          ))}
        </ul>
      </Card>
      <Card title={t("history")}>
        <ol className="dc-events">
          {events.map((event) => (
            <li key={`${event.action} ${event.at}`}>
              <span className="zw-mute">{formatInstant(event.at, language)}</span>{" "}
              <strong>{text(ACTION[event.action] ?? { zh: event.action, en: event.action })}</strong> {event.by}
              {event.note && <span>：{event.note}</span>}
            </li>
          ))}
        </ol>
      </Card>
      <Card title={t("basis")}>
        <dl className="dc-facts">
          <div>
            <dt>{t("product")}</dt>
            <dd>
              {decision.product.id}@{decision.product.version} <Hash value={decision.product.sha256} />
            </dd>
          </div>
          <div>
            <dt>{t("policy")}</dt>
            <dd>
              {decision.policy.provider}@{decision.policy.version} <Hash value={decision.policy.sha256} />
            </dd>
          </div>
          <div>
            <dt>{t("profile")}</dt>
            <dd>
              {t("asOf", { day: decision.asOf })} <Hash value={decision.inputs.profile} />
            </dd>
          </div>
          <div>
            <dt>{t("document")}</dt>
            <dd>
              <Hash value={document.sha256} />
            </dd>
          </div>
        </dl>
        <Permitted to={replayDecision}>
          <Replay id={id} />
        </Permitted>
      </Card>
    </Page>
  );
};

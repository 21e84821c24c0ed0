import { useId, useState } from "react";
import { Button } from "antd";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ObjectionDocument, actOnObjection, listObjections, raiseObjection } from "@zhiwei/api/consent";
import { type DataClass, type ObjectionAction, dataClasses, isOpen } from "@zhiwei/core/consent";
import { useOwnEnterprise } from "../access/session.ts";
import { call, useRoute } from "../ui/api.ts";
import { Choice, Mark } from "../ui/controls.tsx";
import { formatInstant } from "../ui/format.ts";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { Card, EmptyState, LoadingState, ProblemState } from "../ui/states.tsx";
import { OBJECTION_STATE, classOptions } from "./words.ts";

const useT = texts({
  title: { zh: "异议与更正", en: "Objections" },
  lead: {
    zh: "认为数据有误或遗漏的，可以提出异议；平台自收到之日起二十日内核查处理并书面答复，其间记录带有“异议处理中”的标注。",
    en: "Where data is wrong or lacking, object: it is verified and answered in writing within twenty days of receipt, and marked as disputed meanwhile.",
  },
  none: { zh: "没有提出过异议。", en: "No objection was raised." },
  raise: { zh: "提出异议", en: "Object" },
  class: { zh: "哪类数据", en: "Which data" },
  about: { zh: "哪一条（例如发票号码、月份、指标）", en: "Which item (an invoice number, a month, a feature)" },
  claim: { zh: "错在哪里，应当是什么", en: "What is wrong, and what it should be" },
  send: { zh: "提交异议", en: "Send the objection" },
  due: { zh: "应于 {{day}} 前答复，还有 {{left}} 天", en: "To be answered by {{day}}, {{left}} days left" },
  today: { zh: "今天是答复的最后一天（{{day}}）", en: "To be answered today ({{day}})" },
  late: { zh: "已超过法定期限（{{day}}）{{left}} 天", en: "Overdue by {{left}} days (was due {{day}})" },
  answeredLate: { zh: "逾期答复（应于 {{day}} 前）", en: "Answered late (was due {{day}})" },
  answer: { zh: "答复", en: "Answer" },
  verify: { zh: "受理核查", en: "Verify" },
  correct: { zh: "已更正", en: "Corrected" },
  uphold: { zh: "维持原记录", en: "Uphold" },
  note: { zh: "无法确认，记载异议", en: "Note" },
  withdraw: { zh: "撤回异议", en: "Withdraw the objection" },
});

const Clock = ({ objection }: { objection: ObjectionDocument }) => {
  const t = useT();
  const { daysLeft, dueOn: day, overdue } = objection;
  if (daysLeft === null) return overdue ? <Mark tone="bad">{t("answeredLate", { day })}</Mark> : null;
  return (
    <Mark tone={overdue ? "bad" : daysLeft <= 5 ? "warn" : "plain"}>
      {overdue ? t("late", { day, left: -daysLeft }) : daysLeft === 0 ? t("today", { day }) : t("due", { day, left: daysLeft })}
    </Mark>
  );
};

const Acts = ({ id, objection }: { id: string; objection: ObjectionDocument }) => {
  const t = useT();
  const queries = useQueryClient();
  const own = useOwnEnterprise() !== null;
  const [answer, setAnswer] = useState("");
  const field = useId();
  const work = useMutation({
    mutationFn: (action: ObjectionAction) =>
      call(actOnObjection, { params: { id, objection: objection.id }, body: { action, answer: answer.trim() } }),
    onSuccess: () => queries.invalidateQueries(),
  });
  if (!isOpen(objection)) return null;
  const button = (action: ObjectionAction, disabled = false) => (
    <Button key={action} size="small" disabled={disabled} loading={work.isPending} onClick={() => work.mutate(action)}>
      {t(action)}
    </Button>
  );
  return (
    <>
      {!own && objection.state === "verifying" && (
        <p className="cs-stack">
          <label htmlFor={field}>{t("answer")}</label>
          <textarea
            id={field}
            className="zw-input cs-area"
            rows={2}
            maxLength={2000}
            value={answer}
            onChange={(event) => setAnswer(event.target.value)}
          />
        </p>
      )}
      <p className="cs-buttons">
        {own
          ? button("withdraw")
          : objection.state === "received"
            ? button("verify")
            : (["correct", "uphold", "note"] as const).map((each) => button(each, answer.trim() === ""))}
      </p>
      {work.error && <ProblemState error={work.error} />}
    </>
  );
};

const Raise = ({ id }: { id: string }) => {
  const t = useT();
  const text = useText();
  const queries = useQueryClient();
  const [open, setOpen] = useState(false);
  const [about, setAbout] = useState("");
  const [claim, setClaim] = useState("");
  const [dataClass, setClass] = useState<DataClass>("invoices");
  const ids = { about: useId(), claim: useId() };
  const work = useMutation({
    mutationFn: () => call(raiseObjection, { params: { id }, body: { class: dataClass, about: about.trim(), claim: claim.trim() } }),
    onSuccess: async () => {
      setOpen(false);
      setAbout("");
      setClaim("");
      await queries.invalidateQueries();
    },
  });
  if (!open)
    return (
      <p>
        <Button onClick={() => setOpen(true)}>{t("raise")}</Button>
      </p>
    );
  return (
    <div className="cs-stack">
      <Choice
        label={t("class")}
        showLabel
        value={dataClass}
        onChange={(value) => setClass(value as DataClass)}
        options={classOptions.map(({ value, name }) => ({ value, label: text(name) }))}
      />
      <label htmlFor={ids.about}>{t("about")}</label>
      <input id={ids.about} className="zw-input" maxLength={200} value={about} onChange={(event) => setAbout(event.target.value)} />
      <label htmlFor={ids.claim}>{t("claim")}</label>
      <textarea
        id={ids.claim}
        className="zw-input cs-area"
        rows={3}
        maxLength={2000}
        value={claim}
        onChange={(event) => setClaim(event.target.value)}
      />
      {work.error && <ProblemState error={work.error} />}
      <p className="cs-buttons">
        <Button type="primary" disabled={about.trim() === "" || claim.trim() === ""} loading={work.isPending} onClick={() => work.mutate()}>
          {t("send")}
        </Button>
      </p>
    </div>
  );
};

export const Objections = ({ id }: { id: string }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const { data, error, refetch } = useRoute(listObjections, { params: { id } });
  return (
    <Card title={t("title")} id="objections">
      <p className="zw-mute">{t("lead")}</p>
      {error ? (
        <ProblemState error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <LoadingState />
      ) : data.length === 0 ? (
        <EmptyState text={t("none")} />
      ) : (
        <ul className="cs-list">
          {data.map((each) => (
            <li key={each.id}>
              <div>
                <Mark tone={isOpen(each) ? "warn" : "plain"}>{text(OBJECTION_STATE[each.state])}</Mark> <Clock objection={each} />
              </div>
              <strong>
                {text(dataClasses[each.class].name)} · {each.about}
              </strong>
              <div>{each.claim}</div>
              <div className="zw-mute">
                {formatInstant(each.receivedAt, language)} · {each.raisedBy}
              </div>
              {each.answer && (
                <div>
                  {t("answer")}：{each.answer}
                </div>
              )}
              <Acts id={id} objection={each} />
            </li>
          ))}
        </ul>
      )}
      <Raise id={id} />
    </Card>
  );
};

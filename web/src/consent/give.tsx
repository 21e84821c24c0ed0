import { useId, useState } from "react";
import { Button } from "antd";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { listParties } from "@zhiwei/api/access";
import { type ConsentRequest, draftConsent, giveConsent } from "@zhiwei/api/consent";
import { type DataClass, dataClasses } from "@zhiwei/core/consent";
import { useOwnEnterprise } from "../access/session.ts";
import { call, useRoute } from "../ui/api.ts";
import { Choice } from "../ui/controls.tsx";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { Card, LoadingState, ProblemState } from "../ui/states.tsx";
import { TermsFields, type TermsDraft } from "./fields.tsx";

const useT = texts({
  title: { zh: "给出授权", en: "Give consent" },
  answering: { zh: "答复{{name}}的请求", en: "Answer the request of {{name}}" },
  recipient: { zh: "授权给", en: "To" },
  choose: { zh: "请选择机构", en: "Choose an institution" },
  words: { zh: "将要同意的文本", en: "The words that you agree to" },
  first: { zh: "选定机构、目的与数据后，这里显示完整文本。", en: "Choose who, what for and which data; the whole text then stands here." },
  separate: { zh: "单独同意：{{name}}（敏感）", en: "Separate consent: {{name}} (sensitive)" },
  separateNote: {
    zh: "以下数据敏感，须逐项单独同意；不勾选的不会提供。",
    en: "This data is sensitive and needs a consent of its own; what is not ticked is not given.",
  },
  read: { zh: "我已阅读以上文本，代表本企业同意。", en: "I have read this text and agree on behalf of the enterprise." },
  paper: { zh: "已签署的纸质授权书存放处（运营方登记时必填）", en: "Where the signed paper is kept (needed where the operator enters it)" },
  give: { zh: "同意并授权", en: "Agree and consent" },
  cancel: { zh: "取消", en: "Cancel" },
});

/** The form by which an enterprise consents: what is chosen, the exact words for it, and each sensitive class on its own. */
export const GiveConsent = ({ id, request, onDone }: { id: string; request: ConsentRequest | null; onDone: () => void }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const queries = useQueryClient();
  const own = useOwnEnterprise();
  const [recipient, setRecipient] = useState(request?.recipient.id ?? "");
  const [draft, setDraft] = useState<TermsDraft>(
    request ?? { purposes: ["credit-assessment"], classes: ["profile", "invoices"], months: 12 },
  );
  const [separate, setSeparate] = useState<readonly DataClass[]>([]);
  const [agreed, setAgreed] = useState<string | null>(null);
  const [paper, setPaper] = useState("");
  const paperField = useId();
  const parties = useRoute(listParties);
  const ready = recipient !== "" && draft.purposes.length > 0 && draft.classes.length > 0;
  const wanted = { recipient, purposes: [...draft.purposes], classes: [...draft.classes], months: draft.months, language };
  const words = useRoute(draftConsent, { params: { id }, body: wanted }, { enabled: ready });
  const shown = ready && !words.isPlaceholderData ? words.data : undefined;
  const sensitive = shown?.separate ?? [];
  const work = useMutation({
    mutationFn: () =>
      call(giveConsent, {
        params: { id },
        body: {
          ...wanted,
          separate: sensitive.map((each) => each.class).filter((each) => separate.includes(each)),
          sha256: shown!.sha256,
          ...(request ? { request: request.id } : {}),
          ...(own === null ? { paper } : {}),
        },
      }),
    onSuccess: async () => {
      await queries.invalidateQueries();
      onDone();
    },
  });
  const institutions = (parties.data ?? []).filter((party) => party.kind !== "operator" && party.kind !== "enterprise");
  return (
    <Card title={request ? t("answering", { name: text(request.recipient.name) }) : t("title")}>
      {parties.error && <ProblemState error={parties.error} />}
      <p className="cs-line">
        <Choice
          label={t("recipient")}
          showLabel
          value={recipient}
          onChange={setRecipient}
          options={[{ value: "", label: t("choose") }, ...institutions.map((party) => ({ value: party.id, label: text(party.name) }))]}
        />
      </p>
      <TermsFields draft={draft} onChange={setDraft} />
      <h3>{t("words")}</h3>
      {!ready ? (
        <p className="zw-mute">{t("first")}</p>
      ) : words.error ? (
        <ProblemState error={words.error} onRetry={() => void words.refetch()} />
      ) : !shown ? (
        <LoadingState rows={6} />
      ) : (
        <>
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a text that scrolls must be reachable by key */}
          <div className="cs-text" role="region" aria-label={t("words")} tabIndex={0}>
            {shown.text}
          </div>
          {sensitive.length > 0 && <p>{t("separateNote")}</p>}
          {sensitive.map(({ class: each, text: said }) => (
            <div key={each} className="cs-separate">
              <input
                id={`separate-${each}`}
                type="checkbox"
                aria-describedby={`separate-text-${each}`}
                checked={separate.includes(each)}
                onChange={() => setSeparate((before) => (before.includes(each) ? before.filter((one) => one !== each) : [...before, each]))}
              />
              <div>
                <label htmlFor={`separate-${each}`}>{t("separate", { name: text(dataClasses[each].name) })}</label>
                <div id={`separate-text-${each}`} className="cs-said">
                  {said.split("\n\n").slice(1).join("\n")}
                </div>
              </div>
            </div>
          ))}
          <label className="cs-separate">
            <input
              type="checkbox"
              checked={agreed === shown.sha256}
              onChange={(event) => setAgreed(event.target.checked ? shown.sha256 : null)}
            />
            <span>{t("read")}</span>
          </label>
          {own === null && (
            <p className="cs-stack">
              <label htmlFor={paperField}>{t("paper")}</label>
              <input
                id={paperField}
                className="zw-input"
                maxLength={500}
                value={paper}
                onChange={(event) => setPaper(event.target.value)}
              />
            </p>
          )}
        </>
      )}
      {work.error && <ProblemState error={work.error} />}
      <p className="cs-buttons">
        <Button
          type="primary"
          loading={work.isPending}
          disabled={!shown || agreed !== shown.sha256 || (own === null && paper.trim() === "")}
          onClick={() => work.mutate()}
        >
          {t("give")}
        </Button>
        <Button onClick={onDone}>{t("cancel")}</Button>
      </p>
    </Card>
  );
};

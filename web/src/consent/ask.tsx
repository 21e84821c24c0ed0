import { useId, useState } from "react";
import { Button, Modal } from "antd";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ApiError } from "@zhiwei/api/client";
import { askForConsent, listHeldConsents } from "@zhiwei/api/consent";
import { Permitted, useSession } from "../access/session.ts";
import { call } from "../ui/api.ts";
import { texts } from "../ui/language.tsx";
import { ProblemState } from "../ui/states.tsx";
import { TermsFields, type TermsDraft } from "./fields.tsx";
import "./consent.css";

const useT = texts({
  ask: { zh: "请求授权", en: "Ask for consent" },
  title: { zh: "请求企业 {{id}} 授权", en: "Ask enterprise {{id}} for consent" },
  reason: { zh: "为何需要（企业会看到）", en: "What it is needed for (the enterprise will read it)" },
  send: { zh: "发出请求", en: "Send" },
  cancel: { zh: "取消", en: "Cancel" },
  sent: { zh: "请求已发出；企业答复前不能查询。", en: "The request was sent; nothing can be read before the enterprise answers." },
});

const USUAL = {
  guarantor: "guarantee",
  insurer: "insurance-underwriting",
  bureau: "policy-support",
  supervisor: "supervision",
} as const;

/** The form by which an institution asks an enterprise. */
export const AskDialog = ({ id, onClose }: { id: string; onClose: (sent: boolean) => void }) => {
  const t = useT();
  const queries = useQueryClient();
  const kind = useSession().data?.party?.kind;
  const usual = USUAL[kind as keyof typeof USUAL] ?? "credit-assessment";
  const [draft, setDraft] = useState<TermsDraft>({ purposes: [usual], classes: ["profile", "invoices"], months: 12 });
  const [reason, setReason] = useState("");
  const field = useId();
  const work = useMutation({
    mutationFn: () =>
      call(askForConsent, {
        params: { id },
        body: { purposes: [...draft.purposes], classes: [...draft.classes], months: draft.months, reason: reason.trim() },
      }),
    onSuccess: async () => {
      // What was refused stays refused until the enterprise answers: only the list of requests is read again.
      await queries.invalidateQueries({ queryKey: [listHeldConsents.id] });
      onClose(true);
    },
  });
  return (
    <Modal
      open
      title={t("title", { id })}
      okText={t("send")}
      cancelText={t("cancel")}
      okButtonProps={{
        disabled: draft.purposes.length === 0 || draft.classes.length === 0 || reason.trim() === "",
        loading: work.isPending,
      }}
      onOk={() => work.mutate()}
      onCancel={() => onClose(false)}
      destroyOnHidden
    >
      <TermsFields draft={draft} onChange={setDraft} />
      <p className="cs-stack">
        <label htmlFor={field}>{t("reason")}</label>
        <textarea
          id={field}
          className="zw-input cs-area"
          rows={3}
          maxLength={500}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      </p>
      {work.error && <ProblemState error={work.error} />}
    </Modal>
  );
};

/** The way from a refused read to a request for consent; nothing where another thing went wrong. */
export const AskForConsent = ({ id, error }: { id: string; error: unknown }) => {
  const t = useT();
  const [state, setState] = useState<"closed" | "open" | "sent">("closed");
  if (!(error instanceof ApiError) || error.problem.code !== "no-consent") return null;
  return (
    <Permitted to={askForConsent}>
      {state === "sent" ? (
        <p role="status">{t("sent")}</p>
      ) : (
        <p>
          <Button type="primary" onClick={() => setState("open")}>
            {t("ask")}
          </Button>
        </p>
      )}
      {state === "open" && <AskDialog id={id} onClose={(sent) => setState(sent ? "sent" : "closed")} />}
    </Permitted>
  );
};

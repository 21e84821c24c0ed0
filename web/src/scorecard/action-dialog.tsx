import { type ReactNode, useId, useState } from "react";
import { Modal } from "antd";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Text } from "@zhiwei/core/basics";
import { useSession } from "../access/session.ts";
import { texts, useText } from "../ui/language.tsx";
import { ProblemState } from "../ui/states.tsx";
import { rememberName, rememberedName } from "./words.ts";

const useT = texts({
  who: { zh: "操作人（姓名或岗位）", en: "Who does this (a name or a post)" },
  note: { zh: "说明", en: "Note" },
  reason: { zh: "理由（必填）", en: "Reason (needed)" },
  cancel: { zh: "取消", en: "Cancel" },
  stated: {
    zh: "尚未登录：姓名由操作人自报，并随操作留痕。",
    en: "Nobody is signed in: the name is as stated, and is kept with what is done.",
  },
  recorded: { zh: "将以“{{name}}”的名义留痕。", en: "It is recorded as done by {{name}}." },
});

/** Asks who does something and why, does it, and shows the refusal in place. */
export const ActionDialog = ({
  title,
  danger = false,
  needsReason = false,
  perform,
  onClose,
  children,
}: {
  title: Text;
  danger?: boolean;
  needsReason?: boolean;
  perform: (by: string, note: string) => Promise<unknown>;
  onClose: () => void;
  children?: ReactNode;
}) => {
  const t = useT();
  const text = useText();
  const queries = useQueryClient();
  const [stated, setBy] = useState(rememberedName);
  const recordedAs = useSession().data?.recordedAs ?? null;
  const by = recordedAs ?? stated;
  const [note, setNote] = useState("");
  const ids = { by: useId(), note: useId() };
  const work = useMutation({
    mutationFn: () => perform(by.trim(), note.trim()),
    onSuccess: async () => {
      if (recordedAs === null) rememberName(by.trim());
      await queries.invalidateQueries();
      onClose();
    },
  });
  const ready = by.trim() !== "" && (!needsReason || note.trim() !== "");
  return (
    <Modal
      open
      title={text(title)}
      okText={text(title)}
      cancelText={t("cancel")}
      okButtonProps={{ danger, disabled: !ready, loading: work.isPending }}
      onOk={() => work.mutate()}
      onCancel={onClose}
      destroyOnHidden
    >
      {children}
      <div className="sc-form">
        {recordedAs === null && (
          <>
            <label htmlFor={ids.by}>{t("who")}</label>
            <input
              id={ids.by}
              className="zw-input"
              autoComplete="name"
              maxLength={100}
              value={by}
              onChange={(event) => setBy(event.target.value)}
            />
          </>
        )}
        <label htmlFor={ids.note}>{t(needsReason ? "reason" : "note")}</label>
        <textarea
          id={ids.note}
          className="zw-input"
          rows={3}
          maxLength={2000}
          value={note}
          onChange={(event) => setNote(event.target.value)}
        />
      </div>
      <p className="zw-mute">{recordedAs === null ? t("stated") : t("recorded", { name: recordedAs })}</p>
      {work.error && <ProblemState error={work.error} />}
    </Modal>
  );
};

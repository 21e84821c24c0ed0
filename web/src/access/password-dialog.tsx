import { useId, useState } from "react";
import { Alert, Modal } from "antd";
import { useMutation } from "@tanstack/react-query";
import { askAuth } from "../ui/api.ts";
import { texts } from "../ui/language.tsx";
import { ProblemState } from "../ui/states.tsx";

const useT = texts({
  title: { zh: "修改口令", en: "Change password" },
  current: { zh: "现有口令", en: "Present password" },
  next: { zh: "新口令（至少 12 个字符）", en: "New password (12 characters or more)" },
  again: { zh: "再输入一次", en: "Once more" },
  differ: { zh: "两次输入不一致。", en: "The two differ." },
  done: { zh: "口令已修改，其他设备上的登录已结束。", en: "The password is changed; sign-ins elsewhere have ended." },
  close: { zh: "关闭", en: "Close" },
});

export const PasswordDialog = ({ onClose }: { onClose: () => void }) => {
  const t = useT();
  const id = useId();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [again, setAgain] = useState("");
  const work = useMutation({ mutationFn: () => askAuth("/change-password", { currentPassword: current, newPassword: next }) });
  const ready = current !== "" && Array.from(next).length >= 12 && next === again;
  const fields = [
    { key: "current", value: current, set: setCurrent, complete: "current-password" },
    { key: "next", value: next, set: setNext, complete: "new-password" },
    { key: "again", value: again, set: setAgain, complete: "new-password" },
  ] as const;
  return (
    <Modal
      open
      title={t("title")}
      okText={t(work.isSuccess ? "close" : "title")}
      okButtonProps={{ disabled: !work.isSuccess && !ready, loading: work.isPending }}
      onOk={() => (work.isSuccess ? onClose() : work.mutate())}
      onCancel={onClose}
      destroyOnHidden
    >
      {work.isSuccess ? (
        <Alert type="success" showIcon role="status" title={t("done")} />
      ) : (
        <div className="ac-form">
          {fields.map(({ key, value, set, complete }) => (
            <div key={key}>
              <label htmlFor={`${id}${key}`}>{t(key)}</label>
              <input
                id={`${id}${key}`}
                className="zw-input"
                type="password"
                autoComplete={complete}
                maxLength={128}
                value={value}
                onChange={(event) => set(event.target.value)}
              />
            </div>
          ))}
          {again !== "" && next !== again && <p role="status">{t("differ")}</p>}
        </div>
      )}
      {work.error && <ProblemState error={work.error} />}
    </Modal>
  );
};

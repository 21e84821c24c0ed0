import { useId, useState } from "react";
import { Button } from "antd";
import { useMutation } from "@tanstack/react-query";
import { askAuth } from "../ui/api.ts";
import { texts } from "../ui/language.tsx";
import { Card, Page, ProblemState } from "../ui/states.tsx";

const useT = texts({
  title: { zh: "登录", en: "Sign in" },
  account: { zh: "账号", en: "Account" },
  email: { zh: "邮箱", en: "E-mail address" },
  password: { zh: "口令", en: "Password" },
  note: {
    zh: "账号由平台运营方建立；忘记口令时请其换发。一次登录至多持续 12 小时。",
    en: "The operator makes accounts, and gives a new password if one is forgotten. A sign-in lasts twelve hours at most.",
  },
  first: {
    zh: "还没有任何账号时，由运维人员在服务器上执行：",
    en: "Where there is no account at all yet, the operator runs on the server:",
  },
});

const FIRST = "npm run -s zhiwei -- account add --party operator --email ops@example.cn --post 运营";

/** Stands in the place of every page for whoever is not signed in. */
export const SignInPage = () => {
  const t = useT();
  const id = useId();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const work = useMutation({
    mutationFn: async () => {
      await askAuth("/sign-in/email", { email: email.trim(), password });
      // Anew from the start: nothing stays of what the page was refused before.
      if (window.location.pathname === "/sign-in") window.location.assign("/");
      else window.location.reload();
    },
  });
  return (
    <Page title={t("title")}>
      <div className="ac-sign-in">
        <Card title={t("account")}>
          <form
            className="ac-form"
            onSubmit={(event) => {
              event.preventDefault();
              work.mutate();
            }}
          >
            <div>
              <label htmlFor={`${id}email`}>{t("email")}</label>
              <input
                id={`${id}email`}
                className="zw-input"
                type="email"
                autoComplete="username"
                required
                value={email}
                onChange={(event) => setEmail(event.target.value)}
              />
            </div>
            <div>
              <label htmlFor={`${id}password`}>{t("password")}</label>
              <input
                id={`${id}password`}
                className="zw-input"
                type="password"
                autoComplete="current-password"
                required
                value={password}
                onChange={(event) => setPassword(event.target.value)}
              />
            </div>
            {work.error && <ProblemState error={work.error} />}
            <Button type="primary" htmlType="submit" loading={work.isPending}>
              {t("title")}
            </Button>
          </form>
          <p className="zw-mute">{t("note")}</p>
          <p className="zw-mute">
            {t("first")} <code>{FIRST}</code>
          </p>
        </Card>
      </div>
    </Page>
  );
};

import { GlobalOutlined, MoonOutlined, SunOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { Outlet } from "@tanstack/react-router";
import { getChain } from "@zhiwei/api/chain";
import { getSystem } from "@zhiwei/api/system";
import type { Text } from "@zhiwei/core/basics";
import { useMay, useSession } from "../access/session.ts";
import { SignInPage } from "../access/sign-in-page.tsx";
import { WhoMenu } from "../access/who.tsx";
import { useRoute } from "../ui/api.ts";
import { useChangeLanguage, useLanguage, useText } from "../ui/language.tsx";
import { Link } from "../ui/router.ts";
import { useScheme } from "../ui/theme.tsx";
import { LoadingState } from "../ui/states.tsx";
import { LoadingBar } from "./loading.tsx";
import { Navigation } from "./navigation.tsx";

const T = {
  brand: { zh: "知微", en: "Zhiwei" },
  skip: { zh: "跳到正文", en: "Skip to content" },
  other: { zh: "English", en: "中文" },
  toOther: { zh: "Switch to English", en: "切换为中文" },
  dark: { zh: "切换为深色", en: "Switch to dark" },
  light: { zh: "切换为浅色", en: "Switch to light" },
  demonstration: { zh: "演示", en: "Demonstration" },
  api: { zh: "接口文档（OpenAPI 3.1）", en: "API document (OpenAPI 3.1)" },
  chain: { zh: "联盟链", en: "Consortium chain" },
  version: { zh: "版本", en: "Version" },
} satisfies Record<string, Text>;

/** What stands round every page: name, navigation, language, scheme, and the notice on demonstration data. */
export const Shell = () => {
  const text = useText();
  const language = useLanguage();
  const changeLanguage = useChangeLanguage();
  const { scheme, choose } = useScheme();
  const session = useSession();
  const may = useMay();
  const system = useRoute(getSystem, {}, { refetchInterval: (query) => (query.state.data?.state === "loading" ? 700 : 60_000) });
  return (
    <>
      <a className="zw-skip" href="#content">
        {text(T.skip)}
      </a>
      <header className="zw-top">
        <Link to="/" className="zw-brand">
          <img src="/icon.svg" alt="" />
          {text(T.brand)}
        </Link>
        <Navigation />
        <div className="zw-tools">
          {session.data && <WhoMenu session={session.data} />}
          <Button
            type="text"
            icon={<GlobalOutlined />}
            lang={language === "zh" ? "en" : "zh-CN"}
            aria-label={text(T.toOther)}
            onClick={() => changeLanguage(language === "zh" ? "en" : "zh")}
          >
            <span className="zw-lang">{text(T.other)}</span>
          </Button>
          <Button
            type="text"
            icon={scheme === "dark" ? <SunOutlined /> : <MoonOutlined />}
            aria-label={text(scheme === "dark" ? T.light : T.dark)}
            onClick={() => choose(scheme === "dark" ? "light" : "dark")}
          />
        </div>
      </header>
      {system.data?.demonstration && (
        <aside className="zw-notice" aria-label={text(T.demonstration)}>
          <strong>{text(T.demonstration)}</strong> · {text(system.data.demonstration)}
        </aside>
      )}
      {system.data && system.data.state !== "ready" && <LoadingBar system={system.data} />}
      <main className="zw-main" id="content" tabIndex={-1}>
        {session.data?.by === "none" ? (
          <SignInPage />
        ) : session.isPending && !session.failureCount ? (
          <LoadingState rows={12} />
        ) : (
          <Outlet />
        )}
      </main>
      <footer className="zw-foot">
        <a href="/openapi.json">{text(T.api)}</a>
        {may(getChain) && (
          <>
            {" · "}
            <Link to="/chain">{text(T.chain)}</Link>
          </>
        )}
        {system.data && ` · ${text(T.version)} ${system.data.version}`}
      </footer>
    </>
  );
};

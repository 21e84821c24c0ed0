import { Fragment } from "react";
import { GlobalOutlined, MoonOutlined, SunOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { Outlet } from "@tanstack/react-router";
import { listHeldConsents } from "@zhiwei/api/consent";
import { verifyCredential } from "@zhiwei/api/credential";
import { listEnterprises } from "@zhiwei/api/enterprise";
import { listApplications } from "@zhiwei/api/decision";
import { listWebhooks } from "@zhiwei/api/events";
import { getLog } from "@zhiwei/api/evidence";
import { listFeatures } from "@zhiwei/api/features";
import { allocatePortfolio } from "@zhiwei/api/portfolio";
import { listPledges } from "@zhiwei/api/pledge";
import { listProducts } from "@zhiwei/api/product";
import { listQuarantine, startImport } from "@zhiwei/api/records";
import { listScorecards } from "@zhiwei/api/scorecard";
import { getChain } from "@zhiwei/api/chain";
import { getSystem } from "@zhiwei/api/system";
import type { Text } from "@zhiwei/core/basics";
import { useMay, useOwnEnterprise, useSession } from "../access/session.ts";
import { SignInPage } from "../access/sign-in-page.tsx";
import { WhoMenu } from "../access/who.tsx";
import { useRoute } from "../ui/api.ts";
import { useChangeLanguage, useLanguage, useText } from "../ui/language.tsx";
import { Link } from "../ui/router.ts";
import { useScheme } from "../ui/theme.tsx";
import { LoadingState } from "../ui/states.tsx";
import { LoadingBar } from "./loading.tsx";

const T = {
  brand: { zh: "知微", en: "Zhiwei" },
  skip: { zh: "跳到正文", en: "Skip to content" },
  navigation: { zh: "主导航", en: "Main" },
  start: { zh: "首页", en: "Start" },
  own: { zh: "本企业", en: "My enterprise" },
  enterprises: { zh: "企业", en: "Enterprises" },
  consents: { zh: "授权", en: "Consents" },
  ownConsents: { zh: "授权与查询记录", en: "Consents and reads" },
  pledges: { zh: "质押登记", en: "Pledges" },
  import: { zh: "导入", en: "Import" },
  quarantine: { zh: "隔离区", en: "Quarantine" },
  features: { zh: "指标目录", en: "Features" },
  events: { zh: "事件推送", en: "Webhooks" },
  evidence: { zh: "存证", en: "Evidence" },
  scorecards: { zh: "评分卡", en: "Scorecards" },
  verify: { zh: "核验凭证", en: "Verify" },
  portfolio: { zh: "组合", en: "Portfolio" },
  worklist: { zh: "申请", en: "Applications" },
  products: { zh: "产品", en: "Products" },
  other: { zh: "English", en: "中文" },
  toOther: { zh: "Switch to English", en: "切换为中文" },
  dark: { zh: "切换为深色", en: "Switch to dark" },
  light: { zh: "切换为浅色", en: "Switch to light" },
  demonstration: { zh: "演示", en: "Demonstration" },
  api: { zh: "接口文档（OpenAPI 3.1）", en: "API document (OpenAPI 3.1)" },
  chain: { zh: "联盟链", en: "Consortium chain" },
  version: { zh: "版本", en: "Version" },
} satisfies Record<string, Text>;

/** A page is in the navigation of those who may call what it shows. */
const PAGES = [
  { to: "/", name: T.start, exact: true, shows: getSystem },
  { to: "/enterprises", name: T.enterprises, exact: false, shows: listEnterprises },
  { to: "/consents", name: T.consents, exact: false, shows: listHeldConsents },
  { to: "/scorecards", name: T.scorecards, exact: false, shows: listScorecards },
  { to: "/credential/verify", name: T.verify, exact: false, shows: verifyCredential },
  { to: "/applications", name: T.worklist, exact: false, shows: listApplications },
  { to: "/products", name: T.products, exact: false, shows: listProducts },
  { to: "/portfolio", name: T.portfolio, exact: false, shows: allocatePortfolio },
  { to: "/pledges", name: T.pledges, exact: false, shows: listPledges },
  { to: "/import", name: T.import, exact: false, shows: startImport },
  { to: "/quarantine", name: T.quarantine, exact: false, shows: listQuarantine },
  { to: "/evidence", name: T.evidence, exact: false, shows: getLog },
  { to: "/events", name: T.events, exact: false, shows: listWebhooks },
  { to: "/features", name: T.features, exact: false, shows: listFeatures },
] as const;

/** What stands round every page: name, navigation, language, scheme, and the notice on demonstration data. */
export const Shell = () => {
  const text = useText();
  const language = useLanguage();
  const changeLanguage = useChangeLanguage();
  const { scheme, choose } = useScheme();
  const session = useSession();
  const may = useMay();
  const own = useOwnEnterprise();
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
        <nav className="zw-nav" aria-label={text(T.navigation)}>
          {PAGES.filter(({ shows }) => session.data?.by !== "none" && may(shows)).map(({ to, name, exact }) =>
            own !== null && to === "/enterprises" ? (
              <Fragment key={to}>
                <Link to="/enterprises/$id" params={{ id: own }} activeOptions={{ exact: true, includeSearch: false }}>
                  {text(T.own)}
                </Link>
                <Link to="/enterprises/$id/consents" params={{ id: own }} activeOptions={{ includeSearch: false }}>
                  {text(T.ownConsents)}
                </Link>
              </Fragment>
            ) : (
              <Link key={to} to={to} activeOptions={{ exact, includeSearch: false }}>
                {text(name)}
              </Link>
            ),
          )}
        </nav>
        <div className="zw-tools">
          {session.data && <WhoMenu session={session.data} />}
          <Button
            type="text"
            icon={<GlobalOutlined />}
            lang={language === "zh" ? "en" : "zh-CN"}
            aria-label={text(T.toOther)}
            onClick={() => changeLanguage(language === "zh" ? "en" : "zh")}
          >
            {text(T.other)}
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

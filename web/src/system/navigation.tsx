/** The way to every page 主导航: few names in one row, which open what belongs together; on a narrow screen all of it behind one button. */
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { DownOutlined, MenuOutlined } from "@ant-design/icons";
import { useRouterState } from "@tanstack/react-router";
import { listHeldConsents } from "@zhiwei/api/consent";
import { verifyCredential } from "@zhiwei/api/credential";
import { listApplications } from "@zhiwei/api/decision";
import { listEnterprises } from "@zhiwei/api/enterprise";
import { listWebhooks } from "@zhiwei/api/events";
import { getLog } from "@zhiwei/api/evidence";
import { listFeatures } from "@zhiwei/api/features";
import { listPledges } from "@zhiwei/api/pledge";
import { allocatePortfolio } from "@zhiwei/api/portfolio";
import { listProducts } from "@zhiwei/api/product";
import { listQuarantine, startImport } from "@zhiwei/api/records";
import { listScorecards } from "@zhiwei/api/scorecard";
import { getSystem } from "@zhiwei/api/system";
import type { Text } from "@zhiwei/core/basics";
import { useMay, useOwnEnterprise, useSession } from "../access/session.ts";
import { texts, useText } from "../ui/language.tsx";
import { Link } from "../ui/router.ts";

const useT = texts({
  navigation: { zh: "主导航", en: "Main" },
  menu: { zh: "菜单", en: "Menu" },
});

type Page = { readonly to: string; readonly name: Text; readonly exact?: true };
type Group = { readonly name: Text; readonly pages: readonly Page[] };

const START = { to: "/", name: { zh: "首页", en: "Start" }, exact: true, shows: getSystem } as const;
const ENTERPRISES = { to: "/enterprises", name: { zh: "企业", en: "Enterprises" }, shows: listEnterprises } as const;
/** A page is in the navigation of those who may call what it shows. */
const PLAN = [
  START,
  ENTERPRISES,
  { to: "/applications", name: { zh: "申请", en: "Applications" }, shows: listApplications },
  {
    name: { zh: "融资", en: "Financing" },
    pages: [
      { to: "/products", name: { zh: "产品", en: "Products" }, shows: listProducts },
      { to: "/portfolio", name: { zh: "组合", en: "Portfolio" }, shows: allocatePortfolio },
      { to: "/pledges", name: { zh: "质押登记", en: "Pledges" }, shows: listPledges },
    ],
  },
  {
    name: { zh: "模型", en: "Models" },
    pages: [
      { to: "/scorecards", name: { zh: "评分卡", en: "Scorecards" }, shows: listScorecards },
      { to: "/features", name: { zh: "指标目录", en: "Features" }, shows: listFeatures },
    ],
  },
  {
    name: { zh: "信任", en: "Trust" },
    pages: [
      { to: "/consents", name: { zh: "授权", en: "Consents" }, shows: listHeldConsents },
      { to: "/credential/verify", name: { zh: "核验凭证", en: "Verify" }, shows: verifyCredential },
      { to: "/evidence", name: { zh: "存证", en: "Evidence" }, shows: getLog },
    ],
  },
  {
    name: { zh: "数据", en: "Data" },
    pages: [
      { to: "/import", name: { zh: "导入", en: "Import" }, shows: startImport },
      { to: "/quarantine", name: { zh: "隔离区", en: "Quarantine" }, shows: listQuarantine },
    ],
  },
  { to: "/events", name: { zh: "事件推送", en: "Webhooks" }, shows: listWebhooks },
] as const;

/** An owner has one enterprise: its pages stand where others have the list. */
const ownPages = (id: string): readonly Page[] => [
  { to: `/enterprises/${encodeURIComponent(id)}`, name: { zh: "本企业", en: "My enterprise" }, exact: true },
  { to: `/enterprises/${encodeURIComponent(id)}/consents`, name: { zh: "授权与查询记录", en: "Consents and reads" } },
];

/** What the navigation offers to whoever sits here; of a group of which one page is left, that page alone. */
const useOffer = (): readonly (Page | Group)[] => {
  const session = useSession();
  const may = useMay();
  const own = useOwnEnterprise();
  // Not before it is known who sits here: what was offered to everybody would soon be moved about.
  if (session.data?.by === "none" || (session.isPending && session.failureCount === 0)) return [];
  return PLAN.flatMap((each): readonly (Page | Group)[] => {
    if (!("pages" in each)) return !may(each.shows) ? [] : each === ENTERPRISES && own !== null ? ownPages(own) : [each];
    const pages = each.pages.filter(({ shows }) => may(shows));
    return pages.length > 1 ? [{ name: each.name, pages }] : pages;
  });
};

const isAt = (path: string, { to, exact }: Page): boolean => path === to || (!exact && path.startsWith(`${to}/`));

/** Which button has its list open: the narrow screen's, or that of the n-th entry. */
type Open = "all" | number | null;

export const Navigation = () => {
  const t = useT();
  const text = useText();
  const id = useId();
  const offer = useOffer();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const nav = useRef<HTMLElement>(null);
  const [open, setOpen] = useState<Open>(null);
  // Wherever it leads, by link or by Back: what was open is closed.
  const [before, setBefore] = useState(path);
  if (before !== path) {
    setBefore(path);
    setOpen(null);
  }
  useEffect(() => {
    if (open === null) return;
    const outside = ({ target }: PointerEvent) => {
      if (!nav.current?.contains(target as Node)) setOpen(null);
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);

  /** Closes what is open; the keyboard goes on from its button, since the link where it was is hidden now. */
  const close = () => {
    nav.current?.querySelector<HTMLElement>("button[aria-expanded=true]")?.focus();
    setOpen(null);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key === "Escape" && open !== null) return close();
    const list = (event.target as Element).closest<HTMLElement>("button[aria-expanded=true] ~ ul, [data-open] > ul");
    const button = (event.target as Element).closest<HTMLElement>("button[aria-controls]");
    const links = [...((list ?? (button && document.getElementById(button.getAttribute("aria-controls")!)))?.querySelectorAll("a") ?? [])];
    const at = links.indexOf(event.target as HTMLAnchorElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
    if (next === undefined || (button && event.key !== "ArrowDown") || links.length === 0) return;
    event.preventDefault();
    // It can be reached once it is shown.
    if (button?.getAttribute("aria-expanded") === "false") button.click();
    requestAnimationFrame(() => links[(next + links.length) % links.length]!.focus());
  };
  const link = (page: Page) => (
    <Link to={page.to} activeOptions={{ exact: page.exact ?? false, includeSearch: false }} onClick={close}>
      {text(page.name)}
    </Link>
  );
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- it hears the keys of the buttons and links inside
    <nav
      ref={nav}
      className="zw-nav"
      aria-label={t("navigation")}
      onKeyDown={onKeyDown}
      onBlur={({ currentTarget, relatedTarget }) => {
        const own = open === "all" ? currentTarget : currentTarget.querySelector("[data-open]");
        if (relatedTarget && !own?.contains(relatedTarget)) setOpen(null);
      }}
    >
      {offer.length > 0 && (
        <button
          type="button"
          className="zw-nav-menu"
          aria-expanded={open === "all"}
          aria-controls={`${id}-all`}
          onClick={() => setOpen(open === "all" ? null : "all")}
        >
          <MenuOutlined aria-hidden="true" />
          {t("menu")}
        </button>
      )}
      <ul id={`${id}-all`} className="zw-nav-list" data-open={open === "all" || undefined}>
        {offer.map((each, n) =>
          "pages" in each ? (
            <li key={each.name.en} className="zw-nav-group" data-open={open === n || undefined}>
              <button
                type="button"
                aria-expanded={open === n}
                aria-controls={`${id}-${n}`}
                aria-current={each.pages.some((page) => isAt(path, page)) || undefined}
                onClick={() => setOpen(open === n ? null : n)}
              >
                {text(each.name)}
                <DownOutlined aria-hidden="true" />
              </button>
              <span className="zw-nav-name" aria-hidden="true">
                {text(each.name)}
              </span>
              <ul id={`${id}-${n}`} aria-label={text(each.name)}>
                {each.pages.map((page) => (
                  <li key={page.to}>{link(page)}</li>
                ))}
              </ul>
            </li>
          ) : (
            <li key={each.to}>{link(each)}</li>
          ),
        )}
      </ul>
    </nav>
  );
};

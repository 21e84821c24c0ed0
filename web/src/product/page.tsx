import { type ReactNode, useState } from "react";
import { Button } from "antd";
import { actOnProduct, getProduct, listFits, putProductDraft } from "@zhiwei/api/product";
import type { Output } from "@zhiwei/api/route";
import type { Text } from "@zhiwei/core/basics";
import { type Product, type ProductAction, conditionText, productKinds } from "@zhiwei/core/product";
import { useMay, useSession } from "../access/session.ts";
import { ActionDialog } from "../scorecard/action-dialog.tsx";
import "../scorecard/scorecard.css";
import { call, useRoute } from "../ui/api.ts";
import { Facts, Hash, Mark } from "../ui/controls.tsx";
import { saveJson } from "../ui/download.ts";
import { formatFen, formatInstant } from "../ui/format.ts";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { Link, useUrlState } from "../ui/router.ts";
import { Card, LoadingState, Page, ProblemState } from "../ui/states.tsx";
import { DataTable } from "../ui/table.tsx";
import { FitsCard } from "./fits.tsx";
import "./product.css";
import { RuleWords } from "./rules.tsx";
import {
  ACTION,
  BASE,
  EVENT,
  FEE,
  PROVIDER,
  STATE,
  STATE_TONE,
  TAKE,
  codeName,
  exposureText,
  feeText,
  limitTermText,
  percentOf,
  percentOfBp,
  rateText,
  repaymentText,
  subsidyText,
  termText,
} from "./words.ts";

const useT = texts({
  title: { zh: "产品", en: "Product" },
  list: { zh: "产品目录", en: "Products" },
  parts: { zh: "产品的各部分", en: "Parts of the product" },
  terms: { zh: "条款与规则", en: "Terms and rules" },
  fits: { zh: "谁适合而未申请", en: "Who fits and never applied" },
  offer: { zh: "提供什么", en: "What it offers" },
  edit: { zh: "编写下一版本", en: "Write the next version" },
  editDraft: { zh: "继续编写草稿", en: "Go on with the draft" },
  json: { zh: "导出 JSON", en: "Export JSON" },
  kind: { zh: "种类", en: "Kind" },
  provider: { zh: "提供机构", en: "Provider" },
  offered: { zh: "受理期", en: "Offered" },
  from: { zh: "自 {{from}} 起", en: "from {{from}}" },
  between: { zh: "{{from}} 至 {{to}}", en: "{{from}} to {{to}}" },
  regions: { zh: "地区", en: "Regions" },
  sectors: { zh: "行业", en: "Industries" },
  notSectors: { zh: "不做的行业", en: "Industries left out" },
  limit: { zh: "额度", en: "Limit" },
  step: { zh: "{{min}} 至 {{max}}，按 {{step}} 取整", en: "{{min}} to {{max}}, rounded down to {{step}}" },
  basis: { zh: "额度依据（{{take}}）", en: "Basis of the limit ({{take}})" },
  exposure: { zh: "全部融资上限", en: "Cap on all finance" },
  price: { zh: "价格", en: "Price" },
  priceBase: { zh: "以{{base}}为基准，取第一条符合的", en: "On {{base}}; the first row that holds is the price" },
  otherwise: { zh: "其余企业", en: "everybody else" },
  bounds: { zh: "下限 {{floor}}，上限 {{ceiling}}", en: "at least {{floor}}, at most {{ceiling}}" },
  unbounded: { zh: "不设", en: "none" },
  term: { zh: "期限", en: "Term" },
  repayment: { zh: "还款", en: "Repayment" },
  days: { zh: "到账", en: "Money after" },
  daysOf: { zh: "资料齐全后 {{n}} 个工作日", en: "{{n}} working days from a complete application" },
  fees: { zh: "费用", en: "Fees" },
  subsidies: { zh: "补贴", en: "Subsidies" },
  nothing: { zh: "无", en: "none" },
  sharing: { zh: "风险分担", en: "Risk sharing" },
  borrowerCap: { zh: "单户上限 {{cap}}", en: "at most {{cap}} a borrower" },
  documents: { zh: "所需材料", en: "Documents" },
  security: { zh: "担保方式", en: "Security" },
  rules: { zh: "准入规则", en: "Eligibility" },
  noRules: { zh: "没有准入规则：每家企业都符合。", en: "No rule: every enterprise passes." },
  sources: { zh: "出处与假设", en: "Sources and assumptions" },
  noSources: { zh: "没有列出出处。", en: "No source is listed." },
  assumptions: { zh: "未公布、由编写者假设的", en: "Not published, and assumed by who wrote this" },
  versions: { zh: "版本与操作记录", en: "Versions and events" },
  version: { zh: "版本", en: "Version" },
  state: { zh: "状态", en: "State" },
  made: { zh: "编写", en: "Written by" },
  published: { zh: "发布", en: "Published by" },
  hash: { zh: "文档 SHA-256", en: "SHA-256 of the document" },
  events: { zh: "操作记录", en: "Events" },
  seen: {
    zh: "发布的就是本页所示的这份文档；期间若被他人更改，发布会被拒绝。",
    en: "What is published is the document that this page shows; had somebody changed it meanwhile, publication is refused.",
  },
});

type Details = Output<typeof getProduct>;

const Actions = ({ details }: { details: Details }) => {
  const text = useText();
  const t = useT();
  const [open, setOpen] = useState<ProductAction | null>(null);
  const { summary, actions } = details;
  return (
    <>
      {actions.map((each) => (
        <Button
          key={each}
          type={each === "publish" || each === "submit" ? "primary" : "default"}
          danger={each === "reject" || each === "withdraw"}
          onClick={() => setOpen(each)}
        >
          {text(ACTION[each])}
        </Button>
      ))}
      {open && (
        <ActionDialog
          title={ACTION[open]}
          danger={open === "reject" || open === "withdraw"}
          needsReason={open === "reject" || open === "withdraw"}
          perform={(by, note) =>
            call(actOnProduct, {
              params: { id: summary.product },
              body: {
                action: open,
                version: summary.version,
                by,
                sha256: summary.sha256,
                ...(note === "" ? {} : { note }),
              },
            })
          }
          onClose={() => setOpen(null)}
        >
          {open === "publish" && (
            <p>
              {t("seen")} <Hash value={summary.sha256} />
            </p>
          )}
        </ActionDialog>
      )}
    </>
  );
};

/** The document as a file, byte for byte what JSON makes of it. */
const download = (product: Product): void => saveJson(`${product.id}@${product.version}.json`, `${JSON.stringify(product, null, 2)}\n`);

const Offer = ({ product }: { product: Product }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const { limit, price, offered, riskSharing } = product;
  const fen = (value: number) => formatFen(value, language);
  const bound = (bp: number | null) => (bp === null ? t("unbounded") : percentOfBp(bp));
  const list = (entries: readonly ReactNode[]): ReactNode =>
    entries.length === 0 ? (
      t("nothing")
    ) : (
      <ul className="pr-plain">
        {entries.map((entry, i) => (
          // eslint-disable-next-line react/no-array-index-key -- read only, in the document's order
          <li key={i}>{entry}</li>
        ))}
      </ul>
    );
  const words = (entries: readonly Text[]) => list(entries.map((each) => text(each)));
  const rows: (readonly [string, ReactNode])[] = [
    [t("kind"), text(productKinds[product.kind])],
    [t("provider"), `${text(product.provider.name)} · ${text(PROVIDER[product.provider.kind])}`],
    [t("offered"), offered.to === null ? t("from", { from: offered.from }) : t("between", { from: offered.from, to: offered.to })],
    ...(["regions", "sectors", "notSectors"] as const).flatMap((name) =>
      offered[name].length === 0
        ? []
        : [[t(name), list(offered[name].map((code) => text(codeName(name === "regions" ? "region" : "industry", code))))] as const],
    ),
    [t("limit"), t("step", { min: fen(limit.minFen), max: fen(limit.maxFen), step: fen(limit.stepFen) })],
    [
      t("basis", { take: text(TAKE[limit.take]) }),
      list(
        limit.terms.map((each) => (
          <>
            {text(each.title)} <span className="zw-mute">{limitTermText(each, language)}</span>
          </>
        )),
      ),
    ],
    ...(limit.exposure ? [[t("exposure"), exposureText(limit.exposure, language)] as const] : []),
    [
      t("price"),
      <>
        {price.base !== "fixed" && <div className="zw-mute">{t("priceBase", { base: text(BASE[price.base]) })}</div>}
        {list(
          price.rows.map((row) => (
            <>
              <strong>{rateText(price, row.spreadBp, language)}</strong> {text(row.title)}{" "}
              <span className="zw-mute">{row.when ? text(conditionText(row.when)) : price.rows.length > 1 ? t("otherwise") : ""}</span>
            </>
          )),
        )}
        {(price.floorBp !== null || price.ceilingBp !== null) && (
          <div>{t("bounds", { floor: bound(price.floorBp), ceiling: bound(price.ceilingBp) })}</div>
        )}
      </>,
    ],
    [t("term"), termText(product, language)],
    [t("repayment"), repaymentText(product, language)],
    [t("days"), t("daysOf", { n: product.daysToFunds })],
    [
      t("fees"),
      list(
        product.fees.map((fee) => (
          <>
            {text(fee.title)} <span className="zw-mute">{text(FEE[fee.kind])}</span>: {feeText(fee, language)}
          </>
        )),
      ),
    ],
    [t("subsidies"), list(product.subsidies.map((each) => `${text(each.title)}: ${subsidyText(each, language)}`))],
    [
      t("sharing"),
      riskSharing === null ? (
        t("nothing")
      ) : (
        <>
          {text(riskSharing.title)}
          {list(riskSharing.shares.map(({ party, share }) => `${text(party)} ${percentOf(share)}`))}
          {riskSharing.borrowerCapFen !== null && <div>{t("borrowerCap", { cap: fen(riskSharing.borrowerCapFen) })}</div>}
        </>
      ),
    ],
    [t("documents"), words(product.documents)],
    [t("security"), words(product.security)],
  ];
  return <Facts className="pr-facts" rows={rows} />;
};

/** What the document says, and what was done with it. */
const Terms = ({ details, writes }: { details: Details; writes: boolean }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const { summary, versions, events } = details;
  const id = summary.product;
  const product = details.document as unknown as Product;
  const open = versions.some(({ state }) => state === "draft");
  const waits = versions.some(({ state }) => state === "submitted");
  return (
    <>
      <Card
        title={t("offer")}
        extra={
          <span className="pr-buttons">
            {writes && <Actions details={details} />}
            {writes && !waits && (
              <Link to="/products/$id/edit" params={{ id }} className="sc-button sc-plain">
                {t(open ? "editDraft" : "edit")}
              </Link>
            )}
            <Button onClick={() => download(product)}>{t("json")}</Button>
          </span>
        }
      >
        <p className="zw-lead">{text(product.summary)}</p>
        <Offer product={product} />
      </Card>
      <Card title={`${t("rules")} (${product.eligibility.length})`}>
        {product.eligibility.length === 0 ? (
          <p>{t("noRules")}</p>
        ) : (
          <ol className="pr-rules">
            {product.eligibility.map((rule) => (
              <li key={rule.id}>
                <RuleWords rule={rule} sources={product.sources} />
              </li>
            ))}
          </ol>
        )}
      </Card>
      <Card title={t("sources")}>
        {product.sources.length === 0 ? (
          <p className="zw-mute">{t("noSources")}</p>
        ) : (
          <ul className="pr-plain">
            {product.sources.map((source) => (
              <li key={source.id}>
                {text(source.title)}{" "}
                <span className="zw-mute">
                  {text(source.publisher)}, {source.year}
                </span>
              </li>
            ))}
          </ul>
        )}
        {product.assumptions.length > 0 && (
          <>
            <h3 className="zw-sub">{t("assumptions")}</h3>
            <ul className="pr-plain">
              {product.assumptions.map((each) => (
                <li key={each.zh}>{text(each)}</li>
              ))}
            </ul>
          </>
        )}
      </Card>
      <Card title={t("versions")}>
        <DataTable
          caption={t("versions")}
          rows={versions}
          keyOf={(each) => String(each.version)}
          columns={[
            {
              key: "version",
              title: t("version"),
              names: true,
              render: (each) => (
                <Link to="/products/$id" params={{ id }} search={{ version: String(each.version) } as never}>
                  {id}@{each.version}
                </Link>
              ),
            },
            { key: "state", title: t("state"), render: (each) => <Mark tone={STATE_TONE[each.state]}>{text(STATE[each.state])}</Mark> },
            { key: "made", title: t("made"), render: (each) => each.madeBy },
            {
              key: "published",
              title: t("published"),
              render: (each) =>
                each.publishedBy === null
                  ? "—"
                  : `${each.publishedBy} · ${each.publishedAt ? formatInstant(each.publishedAt, language) : ""}`,
            },
            { key: "hash", title: t("hash"), render: (each) => <Hash value={each.sha256} /> },
          ]}
        />
        <h3 className="zw-sub">{t("events")}</h3>
        <ol className="pr-plain">
          {events.map((event, i) => (
            // eslint-disable-next-line react/no-array-index-key -- events are only ever added
            <li key={i}>
              <time dateTime={event.at}>{formatInstant(event.at, language)}</time>{" "}
              <strong>{text(EVENT[event.action] ?? { zh: event.action, en: event.action })}</strong> @{event.version} · {event.by}
              {event.note && ` · ${event.note}`}
            </li>
          ))}
        </ol>
      </Card>
    </>
  );
};

export const ProductPage = ({ id }: { id: string }) => {
  const t = useT();
  const text = useText();
  const may = useMay();
  const party = useSession().data?.party;
  const [params] = useUrlState();
  const version = Number(params["version"]) || undefined;
  const found = useRoute(getProduct, { params: { id }, query: version ? { version } : {} });
  const details = found.data?.summary.product === id && (!version || found.data.summary.version === version) ? found.data : undefined;
  if (found.error || !details)
    return (
      <Page title={`${t("title")} ${id}`}>
        {found.error ? <ProblemState error={found.error} onRetry={() => void found.refetch()} /> : <LoadingState rows={12} />}
        <p>
          <Link to="/products">{t("list")}</Link>
        </p>
      </Page>
    );
  const { summary, versions } = details;
  const product = details.document as unknown as Product;
  const owns = party?.kind === "operator" || party?.id === summary.provider.id;
  const writes = may(putProductDraft) && owns;
  // A link that somebody else was given leads to the server's refusal, not to another page than it says.
  const fits = params["show"] === "fits";
  const seesFits = may(listFits) && owns && versions.some(({ state }) => state === "published");
  return (
    <Page
      title={text(product.title)}
      extra={
        <span className="pr-buttons">
          <code>
            {id}@{summary.version}
          </code>
          <Mark tone={STATE_TONE[summary.state]}>{text(STATE[summary.state])}</Mark>
        </span>
      }
    >
      {(seesFits || fits) && (
        <nav className="pr-tabs" aria-label={t("parts")}>
          <Link
            to="/products/$id"
            params={{ id }}
            search={(version ? { version: String(version) } : {}) as never}
            activeOptions={{ exact: true }}
          >
            {t("terms")}
          </Link>
          <Link to="/products/$id" params={{ id }} search={{ show: "fits" } as never}>
            {t("fits")}
          </Link>
        </nav>
      )}
      {fits ? <FitsCard key={id} id={id} product={product} /> : <Terms details={details} writes={writes} />}
    </Page>
  );
};

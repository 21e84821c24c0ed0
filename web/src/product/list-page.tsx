import { useState } from "react";
import { Button, Modal } from "antd";
import { useNavigate } from "@tanstack/react-router";
import { API_PREFIX } from "@zhiwei/api/index";
import { type ProductSummary, listProducts, listShares, putProductDraft } from "@zhiwei/api/product";
import { type ProductKind, type ProductState, productKinds, productStates } from "@zhiwei/core/product";
import { Permitted } from "../access/session.ts";
import { useRoute } from "../ui/api.ts";
import { Choice, Mark } from "../ui/controls.tsx";
import { formatFen, formatInstant } from "../ui/format.ts";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { Link, useUrlState } from "../ui/router.ts";
import { Card, EmptyState, LoadingState, Page, ProblemState } from "../ui/states.tsx";
import { DataTable } from "../ui/table.tsx";
import { TextField } from "./fields.tsx";
import "./product.css";
import { STATE, STATE_TONE } from "./words.ts";

const useT = texts({
  title: { zh: "产品目录", en: "Products" },
  lead: {
    zh: "每个产品是一份有版本的文档：额度、价格、期限、费用与准入规则。产品经理写，第二人发布，发布后不再更改。",
    en: "A product is a document with versions: limit, price, term, fees and rules of eligibility. A product manager writes it, a second person publishes it, and then it never changes.",
  },
  list: { zh: "产品", en: "Catalogue" },
  kind: { zh: "种类", en: "Kind" },
  everyKind: { zh: "全部种类", en: "Every kind" },
  state: { zh: "状态", en: "State" },
  current: { zh: "在售与未发布", en: "Live and not published yet" },
  provider: { zh: "提供机构", en: "Provider" },
  limit: { zh: "额度", en: "Limit" },
  rules: { zh: "规则", en: "Rules" },
  rulesOf: { zh: "{{count}} 条规则", en: ["{{count}} rule", "{{count}} rules"] },
  version: { zh: "版本", en: "Version" },
  published: { zh: "发布", en: "Published by" },
  product: { zh: "产品", en: "Product" },
  json: { zh: "导出在售产品 JSON", en: "Export the live products as JSON" },
  jdm: { zh: "导出准入规则 JDM", en: "Export eligibility as JDM" },
  shares: { zh: "份额", en: "Shares" },
  create: { zh: "新建产品", en: "New product" },
  none: { zh: "还没有产品。", en: "There is no product yet." },
  noMatch: { zh: "没有这样的产品。", en: "No product is like that." },
  clear: { zh: "清除筛选", en: "Clear the filters" },
  id: { zh: "产品编号（小写字母、数字、连字符）", en: "Id of the product (lower-case letters, digits, hyphens)" },
  taken: { zh: "这个编号已有产品。", en: "There is a product of this id." },
  from: { zh: "以哪个产品为底", en: "Begin with" },
  blank: { zh: "空白", en: "a blank document" },
  go: { zh: "开始编写", en: "Begin to write" },
  cancel: { zh: "取消", en: "Cancel" },
});

const NewProduct = ({ products, onClose }: { products: readonly ProductSummary[]; onClose: () => void }) => {
  const t = useT();
  const text = useText();
  const navigate = useNavigate();
  const [id, setId] = useState("");
  const [from, setFrom] = useState("");
  // One of each: a product with a draft beside its live version is listed twice.
  const distinct = [...new Map(products.map((each) => [each.product, each])).values()];
  const taken = products.some(({ product }) => product === id);
  const good = /^[a-z0-9][a-z0-9-]{1,60}$/.test(id) && !taken;
  return (
    <Modal
      open
      title={t("create")}
      okText={t("go")}
      cancelText={t("cancel")}
      okButtonProps={{ disabled: !good }}
      onOk={() => void navigate({ to: "/products/$id/edit", params: { id }, search: (from ? { from } : {}) as never })}
      onCancel={onClose}
      destroyOnHidden
    >
      <TextField label={t("id")} value={id} maxLength={61} onChange={setId} {...(taken ? { hint: t("taken") } : {})} />
      <Choice
        label={t("from")}
        showLabel
        value={from}
        onChange={setFrom}
        options={[{ value: "", label: t("blank") }, ...distinct.map((each) => ({ value: each.product, label: text(each.title) }))]}
      />
    </Modal>
  );
};

export const ProductListPage = () => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const [params, set] = useUrlState();
  const state = productStates.find((each): each is ProductState => each === params["state"]);
  const kind = Object.keys(productKinds).find((each): each is ProductKind => each === params["kind"]);
  const [creating, setCreating] = useState(false);
  const list = useRoute(listProducts, { query: state ? { state } : {} });
  const rows = (list.data ?? []).filter((each) => kind === undefined || each.kind === kind);
  const name = (each: ProductSummary) => (
    <>
      <Link
        to="/products/$id"
        params={{ id: each.product }}
        search={(each.state === "published" ? {} : { version: String(each.version) }) as never}
      >
        {text(each.title)}
      </Link>
      <div className="zw-code zw-mute">
        {each.product}@{each.version}
      </div>
    </>
  );
  const mark = (each: ProductSummary) => <Mark tone={STATE_TONE[each.state]}>{text(STATE[each.state])}</Mark>;
  const range = (each: ProductSummary) => `${formatFen(each.minFen, language)} – ${formatFen(each.maxFen, language)}`;
  return (
    <Page
      title={t("title")}
      extra={
        <span className="pr-buttons">
          <Permitted to={listShares}>
            <Link to="/products/shares">{t("shares")}</Link>
          </Permitted>
          <Permitted to={putProductDraft}>
            <Button type="primary" onClick={() => setCreating(true)}>
              {t("create")}
            </Button>
          </Permitted>
        </span>
      }
    >
      <p className="zw-lead">{t("lead")}</p>
      <Card
        title={t("list")}
        extra={
          <span className="pr-buttons">
            <a href={`${API_PREFIX}/products/export/json`} download>
              {t("json")}
            </a>
            <a href={`${API_PREFIX}/products/export/jdm`} download>
              {t("jdm")}
            </a>
          </span>
        }
      >
        <search className="zw-filters">
          <Choice
            label={t("kind")}
            value={kind ?? ""}
            onChange={(value) => set({ kind: value })}
            options={[
              { value: "", label: t("everyKind") },
              ...Object.entries(productKinds).map(([value, words]) => ({ value, label: text(words) })),
            ]}
          />
          <Choice
            label={t("state")}
            value={state ?? ""}
            onChange={(value) => set({ state: value })}
            options={[{ value: "", label: t("current") }, ...productStates.map((value) => ({ value, label: text(STATE[value]) }))]}
          />
        </search>
        {list.error ? (
          <ProblemState error={list.error} onRetry={() => void list.refetch()} />
        ) : !list.data ? (
          <LoadingState rows={10} />
        ) : rows.length === 0 ? (
          <EmptyState text={t(state || kind ? "noMatch" : "none")}>
            {(state || kind) && <Link to="/products">{t("clear")}</Link>}
          </EmptyState>
        ) : (
          <DataTable
            caption={t("list")}
            rows={rows}
            keyOf={(each) => `${each.product}@${each.version}`}
            busy={list.isPlaceholderData}
            columns={[
              { key: "name", title: t("product"), names: true, render: name },
              { key: "state", title: t("state"), render: mark },
              { key: "kind", title: t("kind"), render: (each) => text(productKinds[each.kind]) },
              { key: "provider", title: t("provider"), render: (each) => text(each.provider.name) },
              { key: "limit", title: t("limit"), numeric: true, render: range },
              { key: "rules", title: t("rules"), numeric: true, render: (each) => each.rules },
              { key: "version", title: t("version"), numeric: true, render: (each) => each.version },
              {
                key: "published",
                title: t("published"),
                render: (each) => (
                  <>
                    {each.publishedBy ?? "—"}
                    {each.publishedAt && <div className="zw-mute">{formatInstant(each.publishedAt, language)}</div>}
                  </>
                ),
              },
            ]}
            card={(each) => (
              <>
                {name(each)}
                <div>
                  {mark(each)} {text(productKinds[each.kind])} · {text(each.provider.name)}
                </div>
                <div>
                  {range(each)} · {t("rulesOf", { count: each.rules })}
                </div>
              </>
            )}
          />
        )}
      </Card>
      {creating && <NewProduct products={list.data ?? []} onClose={() => setCreating(false)} />}
    </Page>
  );
};

import { Pagination, Select, Table, type TableColumnsType } from "antd";
import { type EnterpriseSummary, listEnterprises } from "@zhiwei/api/enterprise";
import type { Input as RouteInput } from "@zhiwei/api/route";
import type { Text } from "@zhiwei/core/basics";
import { useRoute } from "../ui/api.ts";
import { Mark, SearchField } from "../ui/controls.tsx";
import { formatCount, formatDay, formatFen } from "../ui/format.ts";
import { useLanguage, useText } from "../ui/language.tsx";
import { Link, useUrlState } from "../ui/router.ts";
import { EmptyState, LoadingState, Page, ProblemState } from "../ui/states.tsx";
import { FlagCounts, IndustryMark, Position, SizeMark, sizeName } from "./marks.tsx";

const T = {
  title: { zh: "企业", en: "Enterprises" },
  search: { zh: "按名称或代号检索", en: "Search by name or code" },
  industry: { zh: "行业", en: "Industry" },
  size: { zh: "规模", en: "Size" },
  region: { zh: "地区", en: "Region" },
  flags: { zh: "风险提示", en: "Red flags" },
  anyFlags: { zh: "有提示", en: "with flags" },
  highFlags: { zh: "有高风险提示", en: "with high flags" },
  noFlags: { zh: "无提示", en: "without flags" },
  sortBy: { zh: "排序", en: "Sort by" },
  name: { zh: "名称", en: "Name" },
  disputed: { zh: "异议处理中", en: "Disputed" },
  sales: { zh: "近12个月净销售额", en: "Net sales, 12 months" },
  position: { zh: "同业位置", en: "Position" },
  score: { zh: "评分", en: "Score" },
  pd: { zh: "违约概率", en: "Probability of default" },
  invoices: { zh: "发票", en: "Invoices" },
  last: { zh: "最近记录", en: "Last record" },
  none: { zh: "没有符合条件的企业。", en: "No enterprise fits these conditions." },
  clear: { zh: "清除条件", en: "Clear the conditions" },
  count: { zh: "家企业", en: "enterprises" },
  table: { zh: "企业名录", en: "List of enterprises" },
} satisfies Record<string, Text>;

type Query = RouteInput<typeof listEnterprises>["query"];
type Sort = NonNullable<Query["sort"]>;
/** The order in which a column is first of interest. */
const FIRST: Readonly<Record<Sort, "asc" | "desc">> = {
  id: "asc",
  name: "asc",
  netSales12m: "desc",
  position: "desc",
  score: "desc",
  flags: "desc",
  invoices: "desc",
  lastOn: "desc",
};
const CONDITIONS = ["search", "industry", "sizeClass", "region", "flags"] as const;

export const EnterpriseListPage = () => {
  const text = useText();
  const language = useLanguage();
  const [params, set] = useUrlState();
  const query: Query = {
    ...(params as Query),
    page: Number(params["page"]) || 1,
    pageSize: Number(params["pageSize"]) || 25,
  };
  const { data, error, isFetching, refetch } = useRoute(listEnterprises, { query });
  const sort = (params["sort"] as Sort | undefined) ?? "id";
  const order = (params["order"] as "asc" | "desc" | undefined) ?? FIRST[sort];
  const choose = (name: string) => (value: string | undefined) => set({ [name]: value, page: undefined });

  const column = (key: Sort, title: string) => ({
    key,
    title,
    sorter: true,
    sortDirections: FIRST[key] === "asc" ? (["ascend", "descend", "ascend"] as const) : (["descend", "ascend", "descend"] as const),
    sortOrder: sort === key ? (order === "asc" ? ("ascend" as const) : ("descend" as const)) : null,
  });
  const columns = [
    {
      ...column("name", text(T.name)),
      render: (_: unknown, item: EnterpriseSummary) => (
        <Link to="/enterprises/$id" params={{ id: item.id }}>
          {item.name} <span className="zw-mute">{item.id}</span>
          {item.disputed > 0 && <Mark tone="warn">{text(T.disputed)}</Mark>}
        </Link>
      ),
    },
    {
      key: "industry",
      title: text(T.industry),
      render: (_: unknown, item: EnterpriseSummary) => <IndustryMark industry={item.industry} />,
    },
    { key: "size", title: text(T.size), render: (_: unknown, item: EnterpriseSummary) => <SizeMark item={item} /> },
    {
      ...column("netSales12m", text(T.sales)),
      align: "right",
      className: "zw-num",
      render: (_: unknown, item: EnterpriseSummary) => formatFen(item.netSales12mFen, language),
    },
    { ...column("position", text(T.position)), render: (_: unknown, item: EnterpriseSummary) => <Position value={item.position} /> },
    {
      ...column("score", text(T.score)),
      className: "zw-num",
      render: (_: unknown, { score }: EnterpriseSummary) =>
        score && (
          <span title={`${text(T.pd)} ${(100 * score.pd).toFixed(1)} % · ${score.model}`}>
            {Math.round(score.score)} <strong>{score.grade}</strong>
          </span>
        ),
    },
    { ...column("flags", text(T.flags)), render: (_: unknown, item: EnterpriseSummary) => <FlagCounts flags={item.flags} /> },
    {
      ...column("invoices", text(T.invoices)),
      align: "right",
      className: "zw-num",
      render: (_: unknown, item: EnterpriseSummary) => formatCount(item.invoices, language),
    },
    {
      ...column("lastOn", text(T.last)),
      className: "zw-num",
      render: (_: unknown, item: EnterpriseSummary) => formatDay(item.lastOn),
    },
  ] as TableColumnsType<EnterpriseSummary>;

  const facets = data?.facets;
  return (
    <Page
      title={text(T.title)}
      extra={
        <span className="zw-mute" role="status">
          {data && `${formatCount(data.total, language)} ${text(T.count)}`}
        </span>
      }
    >
      <div className="zw-card">
        <div className="zw-filters" role="search">
          <SearchField
            label={text(T.search)}
            value={params["search"] ?? ""}
            onChange={(value) => set({ search: value || undefined, page: undefined }, { replace: true })}
          />
          <Select
            allowClear
            style={{ width: 220 }}
            placeholder={text(T.industry)}
            aria-label={text(T.industry)}
            value={params["industry"] ?? null}
            onChange={choose("industry")}
            options={(facets?.industries ?? []).map(({ code, name, count }) => ({
              value: code,
              label: `${code} ${text(name)} (${count})`,
            }))}
          />
          <Select
            allowClear
            style={{ width: 130 }}
            placeholder={text(T.size)}
            aria-label={text(T.size)}
            value={params["sizeClass"] ?? null}
            onChange={choose("sizeClass")}
            options={(facets?.sizeClasses ?? []).map(({ code, count }) => ({ value: code, label: `${text(sizeName(code))} (${count})` }))}
          />
          {(facets?.regions.length ?? 0) > 0 && (
            <Select
              allowClear
              style={{ width: 160 }}
              placeholder={text(T.region)}
              aria-label={text(T.region)}
              value={params["region"] ?? null}
              onChange={choose("region")}
              options={facets!.regions.map(({ code, name, count }) => ({ value: code, label: `${text(name)} (${count})` }))}
            />
          )}
          <Select
            allowClear
            style={{ width: 160 }}
            placeholder={text(T.flags)}
            aria-label={text(T.flags)}
            value={params["flags"] ?? null}
            onChange={choose("flags")}
            options={[
              { value: "high", label: text(T.highFlags) },
              { value: "any", label: text(T.anyFlags) },
              { value: "none", label: text(T.noFlags) },
            ]}
          />
          <Select
            className="zw-narrow-only"
            style={{ width: 190 }}
            aria-label={text(T.sortBy)}
            value={sort}
            onChange={(value: Sort) => set({ sort: value, order: FIRST[value], page: undefined })}
            options={(["id", "name", "netSales12m", "position", "flags", "lastOn"] as const).map((value) => ({
              value,
              label: `${text(T.sortBy)}：${value === "id" ? "ID" : text({ name: T.name, netSales12m: T.sales, position: T.position, flags: T.flags, lastOn: T.last }[value])}`,
            }))}
          />
        </div>
        {error ? (
          <ProblemState error={error} onRetry={() => void refetch()} />
        ) : !data ? (
          <LoadingState rows={12} />
        ) : data.items.length === 0 ? (
          <EmptyState text={T.none}>
            <button
              type="button"
              className="zw-link"
              onClick={() => set(Object.fromEntries([...CONDITIONS, "page"].map((name) => [name, undefined])))}
            >
              {text(T.clear)}
            </button>
          </EmptyState>
        ) : (
          <>
            <div className="zw-wide-only zw-scroll">
              <Table<EnterpriseSummary>
                size="small"
                rowKey="id"
                aria-label={text(T.table)}
                columns={columns}
                dataSource={data.items}
                loading={isFetching}
                pagination={false}
                showSorterTooltip={false}
                onChange={(_, __, sorter) => {
                  const { columnKey, order: chosen } = Array.isArray(sorter) ? sorter[0]! : sorter;
                  set({ sort: columnKey as string, order: chosen === "ascend" ? "asc" : "desc", page: undefined });
                }}
              />
            </div>
            <ul className="zw-list" aria-label={text(T.table)}>
              {data.items.map((item) => (
                <li key={item.id}>
                  <Link to="/enterprises/$id" params={{ id: item.id }}>
                    {item.name} <span className="zw-mute">{item.id}</span>
                    {item.disputed > 0 && <Mark tone="warn">{text(T.disputed)}</Mark>}
                  </Link>
                  <div className="zw-mute">
                    <IndustryMark industry={item.industry} /> · <SizeMark item={item} />
                  </div>
                  <div className="zw-row">
                    <span>{formatFen(item.netSales12mFen, language)}</span>
                    <Position value={item.position} />
                    <FlagCounts flags={item.flags} />
                  </div>
                </li>
              ))}
            </ul>
            <Pagination
              style={{ marginTop: 14 }}
              align="end"
              responsive
              showSizeChanger
              current={data.page}
              pageSize={data.pageSize}
              total={data.total}
              onChange={(page, pageSize) =>
                set({ page: page === 1 ? undefined : String(page), pageSize: pageSize === 25 ? undefined : String(pageSize) })
              }
            />
          </>
        )}
      </div>
    </Page>
  );
};

import { useState } from "react";
import { listInvoices } from "@zhiwei/api/records";
import type { Input } from "@zhiwei/api/route";
import type { Text } from "@zhiwei/core/basics";
import { useRoute } from "../ui/api.ts";
import { formatCount, formatFen } from "../ui/format.ts";
import { useLanguage, useText } from "../ui/language.tsx";
import { LoadingState, ProblemState } from "../ui/states.tsx";
import { Mark, Nothing, Scroll, Switch } from "./small.tsx";
import type { Profile } from "./words.ts";

const T = {
  title: { zh: "背后的发票", en: "The invoices behind it" },
  date: { zh: "开票日", en: "Issued" },
  number: { zh: "发票号码", en: "Number" },
  counterparty: { zh: "对方", en: "Counterparty" },
  side: { zh: "方向", en: "Side" },
  sale: { zh: "销售", en: "Sale" },
  purchase: { zh: "采购", en: "Purchase" },
  both: { zh: "全部", en: "Both" },
  amount: { zh: "金额（元）", en: "Before tax, CN¥" },
  total: { zh: "价税合计（元）", en: "With tax, CN¥" },
  source: { zh: "来源：文件 · 行", en: "Source: file · line" },
  line: { zh: "第", en: "line" },
  void: { zh: "作废", en: "void" },
  red: { zh: "红字", en: "red-letter" },
  sum: { zh: "价税合计", en: "sum with tax" },
  none: { zh: "没有符合的发票。", en: "No invoice fits." },
  previous: { zh: "上一页", en: "Previous" },
  next: { zh: "下一页", en: "Next" },
  pages: { zh: "分页", en: "Pages" },
} satisfies Record<string, Text>;

export type InvoiceQuery = Omit<Input<typeof listInvoices>["query"], "asOf" | "page" | "pageSize" | "sort" | "order">;
type Sort = "issuedOn" | "totalFen";

const PAGE = 25;
const yuan = (fen: number, language: "zh" | "en") =>
  (fen / 100).toLocaleString(language === "zh" ? "zh-CN" : "en-GB", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

type Props = {
  profile: Profile;
  query: InvoiceQuery;
  /** Sales and purchases stand in one list: either can be chosen, and only one of them has a sum that says anything. */
  bothSides?: boolean;
};

/** The very invoices behind a number: paged and sorted on the server, each with the file and line it came from. */
export const Invoices = ({ profile, query, bothSides = false }: Props) => {
  const text = useText();
  const language = useLanguage();
  const [page, setPage] = useState(1);
  const [sort, setSort] = useState<Sort>("issuedOn");
  const [order, setOrder] = useState<"asc" | "desc">("desc");
  const [side, setSide] = useState<"both" | "sale" | "purchase">("both");
  const chosen = bothSides && side !== "both" ? { ...query, side } : query;
  const mixed = bothSides && side === "both";
  const { data, error, isFetching, refetch } = useRoute(listInvoices, {
    params: { id: profile.enterprise.id },
    query: { ...chosen, asOf: profile.asOf, page, pageSize: PAGE, sort, order },
  });
  const fileOf = new Map(profile.used.batches.map((batch) => [batch.id, batch.fileName]));
  const n = (value: number) => formatCount(value, language);
  const sortBy = (column: Sort) => {
    setOrder(column === sort && order === "desc" ? "asc" : "desc");
    setSort(column);
    setPage(1);
  };
  const sortable = (column: Sort, title: string, numeric = false) => (
    <th
      scope="col"
      className={numeric ? "zw-num" : undefined}
      aria-sort={sort === column ? (order === "asc" ? "ascending" : "descending") : undefined}
    >
      <button type="button" className="zp-sort" onClick={() => sortBy(column)}>
        {title}
        <span aria-hidden="true">{sort === column ? (order === "asc" ? " ↑" : " ↓") : " ↕"}</span>
      </button>
    </th>
  );
  const last = data ? Math.max(1, Math.ceil(data.total / PAGE)) : 1;
  return (
    <section aria-label={text(T.title)} className="zp-invoices">
      <div className="zp-invoices-head">
        <h3>{text(T.title)}</h3>
        {bothSides && (
          <Switch
            label={text(T.side)}
            value={side}
            options={[
              ["both", text(T.both)],
              ["sale", text(T.sale)],
              ["purchase", text(T.purchase)],
            ]}
            onChange={(next) => {
              setSide(next);
              setPage(1);
            }}
          />
        )}
      </div>
      {error ? (
        <ProblemState error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <LoadingState rows={8} />
      ) : data.total === 0 ? (
        <Nothing says={text(T.none)} />
      ) : (
        <>
          <output className="zp-sum">
            <strong>
              {language === "zh" ? `共 ${n(data.total)} 张` : `${n(data.total)} ${data.total === 1 ? "invoice" : "invoices"}`}
            </strong>
            {!mixed && (
              <>
                {language === "zh" ? "，" : ", "}
                {text(T.sum)} <strong>{formatFen(data.sumTotalFen, language, { exact: true })}</strong>
              </>
            )}
          </output>
          <Scroll label={text(T.title)}>
            <table className="zp-table zp-rows" aria-busy={isFetching}>
              <caption className="zw-visually-hidden">{text(T.title)}</caption>
              <thead>
                <tr>
                  {sortable("issuedOn", text(T.date))}
                  {sortable("totalFen", text(T.total), true)}
                  <th scope="col">{text(T.counterparty)}</th>
                  <th scope="col">{text(T.side)}</th>
                  <th scope="col">{text(T.number)}</th>
                  <th scope="col" className="zw-num">
                    {text(T.amount)}
                  </th>
                  <th scope="col">{text(T.source)}</th>
                </tr>
              </thead>
              <tbody>
                {data.items.map((row) => (
                  <tr key={`${row.batch} ${row.line}`} data-void={row.void}>
                    <td>{row.issuedOn}</td>
                    <td className="zw-num">
                      {row.void ? (
                        <>
                          <Mark tone="warn">{text(T.void)}</Mark>{" "}
                        </>
                      ) : (
                        row.totalFen < 0 && (
                          <>
                            <Mark tone="bad">{text(T.red)}</Mark>{" "}
                          </>
                        )
                      )}
                      {yuan(row.totalFen, language)}
                    </td>
                    <td>{row.counterpartyName ?? row.counterparty}</td>
                    <td>{text(row.side === "sale" ? T.sale : T.purchase)}</td>
                    <th scope="row">{row.number}</th>
                    <td className="zw-num">{yuan(row.amountFen, language)}</td>
                    <td className="zp-origin" title={row.batch}>
                      {fileOf.get(row.batch) ?? row.batch.slice(0, 8)} ·{" "}
                      {language === "zh" ? `第 ${n(row.line)} 行` : `${text(T.line)} ${n(row.line)}`}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
          {last > 1 && (
            <nav className="zp-pager" aria-label={text(T.pages)}>
              <output className="zw-mute">
                {n(page)} / {n(last)}
              </output>
              <button type="button" className="zp-button" disabled={page <= 1} onClick={() => setPage(page - 1)}>
                {text(T.previous)}
              </button>
              <button type="button" className="zp-button" disabled={page >= last} onClick={() => setPage(page + 1)}>
                {text(T.next)}
              </button>
            </nav>
          )}
        </>
      )}
    </section>
  );
};

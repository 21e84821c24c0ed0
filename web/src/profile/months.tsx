import { Suspense, lazy, useMemo, useState } from "react";
import type { Text } from "@zhiwei/core/basics";
import { formatCount, formatFen } from "../ui/format.ts";
import { useLanguage, useText } from "../ui/language.tsx";
import { Card, LoadingState } from "../ui/states.tsx";
import { Ask, useAsk } from "./ask.tsx";
import { Nothing, Scroll, Switch } from "./small.tsx";
import type { Month } from "./words.ts";

const MonthChart = lazy(() => import("./month-chart.tsx").then((room) => ({ default: room.MonthChart })));

const T = {
  title: { zh: "月度销售与采购", en: "Sales and purchases by month" },
  chart: { zh: "图", en: "Chart" },
  table: { zh: "表", en: "Table" },
  view: { zh: "显示方式", en: "Show as" },
  month: { zh: "月份", en: "Month" },
  sales: { zh: "净销售", en: "Net sales" },
  purchases: { zh: "净采购", en: "Net purchases" },
  saleInvoices: { zh: "销售票", en: "Sales invoices" },
  purchaseInvoices: { zh: "采购票", en: "Purchase invoices" },
  partial: { zh: "未满月", en: "part of a month" },
  note: {
    zh: "不含税，红字发票已冲减，作废发票不计。点击某月查看其发票。",
    en: "Before tax, red-letter invoices deducted, void ones left out. Choose a month to see its invoices.",
  },
  partialNote: { zh: "* 观察日在月中，该月未满。", en: "* The as-of day cuts this month short." },
  none: { zh: "截至观察日没有发票。", en: "There are no invoices up to the as-of day." },
} satisfies Record<string, Text>;

/** What the chart shows, in a sentence for those who cannot see it. */
const summary = (months: readonly Month[], language: "zh" | "en"): Text => {
  const first = months[0]!.month;
  const last = months.at(-1)!.month;
  const best = months.reduce((top, month) => (month.salesFen > top.salesFen ? month : top));
  const sum = (of: "salesFen" | "purchasesFen") =>
    formatFen(
      months.reduce((total, month) => total + month[of], 0),
      language,
    );
  return {
    zh: `柱状图：${first} 至 ${last} 各月净销售与净采购，不含税。净销售合计 ${sum("salesFen")}，净采购合计 ${sum("purchasesFen")}；销售最高为 ${best.month} 的 ${formatFen(best.salesFen, language)}。切换到表可逐月查看。`,
    en: `Bar chart of net sales and purchases before tax by month, ${first} to ${last}. Sales total ${sum("salesFen")}, purchases ${sum("purchasesFen")}; sales were highest in ${best.month} with ${formatFen(best.salesFen, language)}. Switch to the table to go through the months.`,
  };
};

const MonthTable = ({ months }: { months: readonly Month[] }) => {
  const text = useText();
  const language = useLanguage();
  return (
    <Scroll label={text(T.title)} tall>
      <table className="zp-table">
        <caption className="zw-visually-hidden">{text(T.title)}</caption>
        <thead>
          <tr>
            <th scope="col">{text(T.month)}</th>
            <th scope="col" className="zw-num">
              {text(T.sales)}
            </th>
            <th scope="col" className="zw-num">
              {text(T.purchases)}
            </th>
            <th scope="col" className="zw-num">
              {text(T.saleInvoices)}
            </th>
            <th scope="col" className="zw-num">
              {text(T.purchaseInvoices)}
            </th>
          </tr>
        </thead>
        <tbody>
          {months.toReversed().map((month) => (
            <tr key={month.month}>
              <th scope="row" className="zp-nowrap">
                <Ask of={`month:${month.month}`} what={text(T.month)}>
                  {month.month}
                </Ask>
                {month.partial && (
                  <>
                    <span aria-hidden="true">*</span>
                    <span className="zw-visually-hidden">{text(T.partial)}</span>
                  </>
                )}
              </th>
              <td className="zw-num">
                <Ask of={`month:${month.month}:sale`} what={`${month.month} ${text(T.sales)}`}>
                  {formatFen(month.salesFen, language)}
                </Ask>
              </td>
              <td className="zw-num">
                <Ask of={`month:${month.month}:purchase`} what={`${month.month} ${text(T.purchases)}`}>
                  {formatFen(month.purchasesFen, language)}
                </Ask>
              </td>
              <td className="zw-num">
                <Ask of={`month:${month.month}:sale`} what={`${month.month} ${text(T.saleInvoices)}`} twin>
                  {formatCount(month.saleInvoices, language)}
                </Ask>
              </td>
              <td className="zw-num">
                <Ask of={`month:${month.month}:purchase`} what={`${month.month} ${text(T.purchaseInvoices)}`} twin>
                  {formatCount(month.purchaseInvoices, language)}
                </Ask>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
};

export const Months = ({ months }: { months: readonly Month[] }) => {
  const text = useText();
  const language = useLanguage();
  const ask = useAsk();
  const [view, setView] = useState<"chart" | "table">("chart");
  const label = useMemo(() => (months.length > 0 ? text(summary(months, language)) : ""), [months, language, text]);
  return (
    <Card
      title={text(T.title)}
      id="months"
      extra={
        <Switch
          label={text(T.view)}
          value={view}
          options={[
            ["chart", text(T.chart)],
            ["table", text(T.table)],
          ]}
          onChange={setView}
        />
      }
    >
      {months.length === 0 ? (
        <Nothing says={text(T.none)} />
      ) : view === "table" ? (
        <MonthTable months={months} />
      ) : (
        <figure aria-label={label} className="zp-chart">
          <Suspense fallback={<LoadingState rows={6} />}>
            <MonthChart
              months={months}
              names={{ sales: text(T.sales), purchases: text(T.purchases), partial: text(T.partial) }}
              onMonth={(month) => ask(`month:${month}`)}
            />
          </Suspense>
        </figure>
      )}
      {months.length > 0 && (
        <p className="zp-note">
          {text(T.note)} {months.at(-1)!.partial && text(T.partialNote)}
        </p>
      )}
    </Card>
  );
};

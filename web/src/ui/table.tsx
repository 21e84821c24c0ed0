import type { ReactNode } from "react";
import { Button } from "antd";
import { texts, useLanguage } from "./language.tsx";
import { formatCount } from "./format.ts";

const useT = texts({
  pages: { zh: "分页", en: "Pages" },
  previous: { zh: "上一页", en: "Previous" },
  next: { zh: "下一页", en: "Next" },
  range: { zh: "第 {{from}}–{{to}} 条，共 {{total}} 条", en: "{{from}}–{{to}} of {{total}}" },
});

export type Column<T> = {
  readonly key: string;
  readonly title: ReactNode;
  readonly render: (row: T) => ReactNode;
  readonly numeric?: boolean;
  /** The column that names the row; a reader of screens hears it with every cell. */
  readonly names?: boolean;
  /** The server's name of the order by this column, where it has one. */
  readonly sort?: string;
};

type Props<T> = {
  caption: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  keyOf: (row: T) => string;
  sort?: string | undefined;
  order?: string | undefined;
  onSort?: (sort: string, order: "asc" | "desc") => void;
  /** How a row looks on a phone; without it the table scrolls within itself. */
  card?: (row: T) => ReactNode;
  busy?: boolean;
};

/** A dense table of plain elements: headings sort, the naming column heads its row, phones get a list instead. */
export const DataTable = <T,>({ caption, columns, rows, keyOf, sort, order, onSort, card, busy = false }: Props<T>) => (
  <>
    {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by key */}
    <div className={card ? "zw-scroll zw-wide-only" : "zw-scroll"} role="region" aria-label={caption} tabIndex={0} aria-busy={busy}>
      <table className="zw-table">
        <caption className="zw-visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ key, title, numeric, sort: by }) => {
              const sorted = by !== undefined && by === sort;
              const direction = order === "asc" ? "ascending" : "descending";
              return (
                <th key={key} scope="col" className={numeric ? "zw-num" : undefined} aria-sort={sorted ? direction : undefined}>
                  {by && onSort ? (
                    <button type="button" className="zw-sort" onClick={() => onSort(by, sorted && order !== "asc" ? "asc" : "desc")}>
                      {title}
                      <span aria-hidden="true">{sorted ? (order === "asc" ? " ↑" : " ↓") : " ↕"}</span>
                    </button>
                  ) : (
                    title
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ key, render, numeric, names }) =>
                names ? (
                  <th key={key} scope="row">
                    {render(row)}
                  </th>
                ) : (
                  <td key={key} className={numeric ? "zw-num" : undefined}>
                    {render(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
    {card && (
      <ul className="zw-list" aria-label={caption}>
        {rows.map((row) => (
          <li key={keyOf(row)}>{card(row)}</li>
        ))}
      </ul>
    )}
  </>
);

export const Pager = ({
  page,
  pageSize,
  total,
  onPage,
}: {
  page: number;
  pageSize: number;
  total: number;
  onPage: (page: number) => void;
}) => {
  const t = useT();
  const language = useLanguage();
  const n = (value: number) => formatCount(value, language);
  const last = Math.max(1, Math.ceil(total / pageSize));
  return (
    <nav className="zw-pager" aria-label={t("pages")}>
      <span role="status" className="zw-mute">
        {t("range", { from: n(total === 0 ? 0 : (page - 1) * pageSize + 1), to: n(Math.min(total, page * pageSize)), total: n(total) })}
      </span>
      <Button disabled={page <= 1} onClick={() => onPage(page - 1)}>
        {t("previous")}
      </Button>
      <Button disabled={page >= last} onClick={() => onPage(page + 1)}>
        {t("next")}
      </Button>
    </nav>
  );
};

/**
 * The features of real enterprises against values worked out a second time: plain TypeScript, straight from the rows of
 * the source, with its own reading of numbers and days and its own removal of duplicates. No SQL and nothing of
 * core/src/features is used on that side.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { DuckDBInstance, type DuckDBConnection } from "@duckdb/node-api";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { IsoDate } from "@zhiwei/core/basics";
import type { FeatureValues } from "@zhiwei/core/features";
import { computeAll } from "../../server/src/features/compute.ts";

const DEMO = join(import.meta.dirname, "../../demo");
const ORIGINAL = join(import.meta.dirname, "../../../shared/data/cumcm2020c");
const FILES = ["with-credit-record.sales", "with-credit-record.purchase", "without-credit-record.sales", "without-credit-record.purchase"];
const AS_OF = "2020-02-21" as IsoDate;

let instance: DuckDBInstance;
let connection: DuckDBConnection;
beforeAll(async () => {
  instance = await DuckDBInstance.create(":memory:", { memory_limit: "1GB", threads: "2" });
  connection = await instance.connect();
  const fen = (column: string) => `CAST(round(CAST("${column}" AS DECIMAL(18, 4)) * 100) AS BIGINT)`;
  const parts = FILES.map(
    (
      file,
    ) => `SELECT DISTINCT "企业代号" AS enterprise, ${file.endsWith(".sales")} AS is_sale, "发票号码" AS number, CAST(strptime("开票日期", '%Y/%m/%d') AS DATE) AS issued_on,
      "${file.endsWith(".sales") ? "购方单位代号" : "销方单位代号"}" AS counterparty, ${fen("金额")} AS amount_fen, ${fen("税额")} AS tax_fen, ${fen("价税合计")} AS total_fen,
      trim("发票状态") = '作废发票' AS is_void, CAST(NULL AS SMALLINT) AS rate_bps
    FROM '${join(DEMO, `${file}.parquet`)}'`,
  );
  await connection.run(`CREATE TABLE invoices AS ${parts.join(" UNION ALL ")} ORDER BY enterprise, issued_on`);
});
afterAll(() => {
  connection.closeSync();
  instance.closeSync();
});
const compute = async (invoices: string, asOf: IsoDate): Promise<Map<string, FeatureValues>> => {
  const own = await instance.connect();
  try {
    return (await computeAll(own, { invoices, bank: null, creditCodes: [] }, asOf)).values;
  } finally {
    own.closeSync();
  }
};

type Row = {
  sale: boolean;
  number: string;
  year: number;
  month: number;
  day: number;
  time: number;
  party: string;
  amount: number;
  tax: number;
  total: number;
  isVoid: boolean;
};

/** "-943.4" to -94340: moved two places as text, so that no binary fraction is passed. */
const fenOf = (text: string): number => {
  const [whole = "0", decimals = ""] = text.replace("-", "").split(".");
  return (text.startsWith("-") ? -1 : 1) * (Number(whole) * 100 + Number(decimals.slice(0, 2).padEnd(2, "0"))) || 0;
};

/** The cells of one file: the original CSV where it is at hand, or the copy in demo/, which holds the same text. */
const cells = async (file: string): Promise<string[][]> => {
  const original = join(ORIGINAL, `${file}.csv.gz`);
  if (existsSync(original))
    return gunzipSync(readFileSync(original))
      .toString("utf8")
      .split(/\r?\n/)
      .slice(1)
      .filter((line) => line !== "")
      .map((line) => line.split(","));
  const reader = await connection.runAndReadAll(`SELECT * FROM '${join(DEMO, `${file}.parquet`)}'`);
  return reader.getRows() as string[][];
};

/** How many rolling months before the as-of day: months whose last day is the as-of day of the month. */
const age = (row: Row, asOf: readonly number[]): number => (asOf[0]! - row.year) * 12 + asOf[1]! - row.month - (row.day > asOf[2]! ? 1 : 0);
const sum = (values: Iterable<number>) => [...values].reduce((all, value) => all + value, 0);
const over = (above: number, below: number) => (below > 0 ? above / below : null);

/** The expected values of one enterprise; formulas as docs/features.md states them. */
const expected = (all: readonly Row[]): Record<string, number | null> => {
  const asOf = [2020, 2, 21];
  const within = (sale: boolean, from: number, to: number, status: "valid" | "void" = "valid") =>
    all.filter((row) => row.sale === sale && row.isVoid === (status === "void") && age(row, asOf) >= from && age(row, asOf) < to);
  const net = (sale: boolean, from: number, to: number) => sum(within(sale, from, to).map((row) => row.amount));
  const monthly = (sale: boolean, months: number) => Array.from({ length: months }, (_, k) => net(sale, k, k + 1));
  const history = Math.max(...all.filter((row) => !row.isVoid).map((row) => age(row, asOf))) + 1;
  const byParty = (sale: boolean, months: number) => {
    const nets = new Map<string, number>();
    for (const row of within(sale, 0, months)) nets.set(row.party, (nets.get(row.party) ?? 0) + row.amount);
    return [...nets.values()].filter((value) => value > 0).toSorted((a, b) => b - a);
  };
  const parties = (sale: boolean, from: number, to: number) => new Set(within(sale, from, to).map((row) => row.party));
  const sales = monthly(true, 24);
  const positive = within(true, 0, 12).filter((row) => row.total > 0);
  const mean = sum(sales.slice(0, 12)) / 12;
  const deviation = Math.sqrt(sum(sales.slice(0, 12).map((value) => (value - mean) ** 2)) / 12);
  const quarters = Array.from({ length: 22 }, (_, k) => Math.max(0, sum(sales.slice(k, k + 3))));
  const falls = quarters
    .slice(0, -1)
    .flatMap((value, k) => (Math.max(...quarters.slice(k)) > 0 ? [1 - value / Math.max(...quarters.slice(k))] : []));
  const traded = Array.from({ length: 24 }, (_, k) => within(true, k, k + 1).length > 0);
  const gap = Math.max(0, ...traded.map((_, k) => traded.slice(k).concat(true).indexOf(true)));
  const points = sales.slice(0, 12).flatMap((value, k) => (value > 0 ? [[k, Math.log(value)] as const] : []));
  const slopes = points
    .flatMap(([k, y], at) => points.slice(at + 1).map(([older, before]) => (y - before) / (older - k)))
    .toSorted((a, b) => a - b);
  const middle = (slopes.length - 1) / 2;
  const concentration = byParty(false, 24);
  const buyers = parties(true, 0, 12);
  const buyersBefore = parties(true, 12, 24);
  const earlier = parties(true, 12, 10_000);
  const redMonths = new Set(
    within(true, 0, 24)
      .filter((row) => row.total < 0)
      .map((row) => `${age(row, asOf)} ${row.party}`),
  );
  const lateMonths = [...redMonths].filter((key) => {
    const [k, party] = [Number(key.split(" ")[0]), key.slice(key.indexOf(" ") + 1)];
    return !within(true, k, k + 3).some((row) => row.party === party && row.total > 0);
  });
  const sequences = new Map<string, Row[]>();
  for (const row of within(true, 0, 12))
    sequences.set(`${age(row, asOf)} ${row.party}`, [...(sequences.get(`${age(row, asOf)} ${row.party}`) ?? []), row]);
  const inSequence = [...sequences.values()].filter((rows) => {
    const numbers = rows.map((row) => Number(row.number));
    return rows.length >= 3 && rows.every((row) => row.total >= 0) && Math.max(...numbers) - Math.min(...numbers) === rows.length - 1;
  });
  const correlation = () => {
    const [xs, ys] = [sales.slice(0, 12), sales.slice(12)];
    const [mx, my] = [sum(xs) / 12, sum(ys) / 12];
    return (
      sum(xs.map((x, at) => (x - mx) * (ys[at]! - my))) / Math.sqrt(sum(xs.map((x) => (x - mx) ** 2)) * sum(ys.map((y) => (y - my) ** 2)))
    );
  };
  const since = (months: number, value: number | null) => (history >= months ? value : null);
  return {
    net_sales_12m: net(true, 0, 12),
    net_purchases_36m: net(false, 0, 36),
    sale_invoices_24m: within(true, 0, 24).length,
    average_sale_12m: over(sum(positive.map((row) => row.total)), positive.length),
    active_months_24m: new Set([...within(true, 0, 24), ...within(false, 0, 24)].map((row) => age(row, asOf))).size,
    sale_days_36m: new Set(within(true, 0, 36).map((row) => row.time)).size,
    buyer_months_24m: new Set(within(true, 0, 24).map((row) => `${age(row, asOf)} ${row.party}`)).size,
    sale_days_12m: new Set(within(true, 0, 12).map((row) => row.time)).size,
    history_months: history,
    days_since_last_sale: (Date.UTC(2020, 1, 21) - Math.max(...within(true, 0, 10_000).map((row) => row.time))) / 86_400_000,
    sales_growth_12m: since(24, over(net(true, 0, 12) - net(true, 12, 24), net(true, 12, 24))),
    sales_year_on_year_3m: since(15, over(net(true, 0, 3) - net(true, 12, 15), net(true, 12, 15))),
    sales_trend_12m: points.length >= 6 ? (slopes[Math.floor(middle)]! + slopes[Math.ceil(middle)]!) / 2 : null,
    sales_variation_12m: since(12, over(deviation, mean)),
    sales_gap_24m: since(24, gap),
    sales_drawdown_24m: since(24, falls.length > 0 ? Math.max(...falls) : null),
    season_strength_24m: since(24, correlation()),
    invoice_margin_12m: over(net(true, 0, 12) - net(false, 0, 12), net(true, 0, 12)),
    buyer_top3_share_12m: over(sum(byParty(true, 12).slice(0, 3)), sum(byParty(true, 12))),
    supplier_hhi_24m: concentration.length > 0 ? sum(concentration.map((value) => (value / sum(concentration)) ** 2)) : null,
    buyers_gained_12m: since(24, [...buyers].filter((party) => !earlier.has(party)).length),
    buyers_lost_12m: since(24, [...buyersBefore].filter((party) => !buyers.has(party)).length),
    buyer_retention_12m: since(24, over([...buyersBefore].filter((party) => buyers.has(party)).length, buyersBefore.size)),
    void_sales_share_12m: over(within(true, 0, 12, "void").length, within(true, 0, 12, "void").length + within(true, 0, 12).length),
    red_sales_share_24m: over(
      -sum(within(true, 0, 24).map((row) => Math.min(0, row.total))),
      sum(within(true, 0, 24).map((row) => Math.max(0, row.total))),
    ),
    late_red_sales_share_24m: over(lateMonths.length, redMonths.size),
    round_sale_share_12m: over(positive.filter((row) => row.total % 100_000 === 0).length, positive.length),
    weekend_sale_share_12m: over(positive.filter((row) => [0, 6].includes(new Date(row.time).getUTCDay())).length, positive.length),
    month_end_sale_share_12m: over(
      sum(positive.filter((row) => row.day >= 26).map((row) => row.total)),
      sum(positive.map((row) => row.total)),
    ),
    in_sequence_sale_share_12m: over(sum(inSequence.map((rows) => rows.length)), within(true, 0, 12).length),
    vat_burden_12m: over(
      sum(within(true, 0, 12).map((row) => row.tax)) - sum(within(false, 0, 12).map((row) => row.tax)),
      net(true, 0, 12),
    ),
  };
};

test("ten enterprises chosen by hash: features equal what plain code makes of the raw rows", async () => {
  const rows = new Map<string, Map<string, Row>>();
  const read = await Promise.all(FILES.map(async (file) => [file, await cells(file)] as const));
  const ids = new Set(read.flatMap(([, lines]) => lines.map((line) => line[0]!)));
  expect(ids.size).toBe(384);
  const hash = (id: string) => createHash("sha256").update(id).digest("hex");
  const chosen = [...ids].toSorted((a, b) => (hash(a) < hash(b) ? -1 : 1)).slice(0, 10);
  for (const id of chosen) rows.set(id, new Map());
  for (const [file, lines] of read)
    for (const line of lines) {
      const own = rows.get(line[0]!);
      if (!own) continue;
      const [, number, date, party, amount, tax, total, status] = line.map((cell) => cell.trim()) as [
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
      ];
      const [year, month, day] = date.split("/").map(Number) as [number, number, number];
      const sale = file.endsWith(".sales");
      own.set([sale, number, date, party, amount, tax, total, status].join("|"), {
        sale,
        number,
        year,
        month,
        day,
        time: Date.UTC(year, month - 1, day),
        party,
        amount: fenOf(amount),
        tax: fenOf(tax),
        total: fenOf(total),
        isVoid: status === "作废发票",
      });
    }
  const values = await compute("(SELECT * FROM invoices)", AS_OF);
  expect(values.size).toBe(384);
  for (const id of chosen) {
    const plain = expected([...rows.get(id)!.values()]);
    for (const [feature, value] of Object.entries(plain)) {
      const ours = values.get(id)![feature];
      const wanted = value === null ? null : expect.closeTo(value, Math.abs(value) > 1e6 ? 3 : 9);
      expect({ id, feature, value: ours }).toEqual({ id, feature, value: wanted });
    }
  }
});

test("the as-of day moved back: the later half of the lake changes no bit of any feature of any enterprise", async () => {
  for (const asOf of ["2018-12-31", "2019-02-28"] as IsoDate[]) {
    const whole = await compute("(SELECT * FROM invoices)", asOf);
    const known = await compute(`(SELECT * FROM invoices WHERE issued_on <= DATE '${asOf}')`, asOf);
    expect(whole.size).toBeGreaterThan(300);
    expect([...known.keys()].toSorted()).toEqual([...whole.keys()].toSorted());
    for (const [id, row] of whole) expect(known.get(id)).toEqual(row);
  }
});

test("where buyers and suppliers are masked apart, circular trade is unknown, and not nought", async () => {
  for (const row of (await compute("(SELECT * FROM invoices)", AS_OF)).values()) {
    expect([row["cycles_24m"], row["cycle_trade_share_24m"], row["reciprocal_trade_share_24m"]]).toEqual([null, null, null]);
    expect(row["related_cluster_size_24m"]).not.toBe(null);
  }
});

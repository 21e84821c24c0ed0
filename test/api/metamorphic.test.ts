import { expect, test } from "vitest";
import { routes } from "../../api/src/index.ts";
import { catalogue } from "../../core/src/features/index.ts";
import { demoProducts } from "../../demo/products.ts";
import { testServer } from "./server.ts";

const HEADER = "企业代号,发票号码,开票日期,购方单位代号,金额,税额,价税合计,发票状态";
type Invoice = { number: number; day: string; buyer: string; net: number };

/** Two years of sales, from one formula; `parts` says into how many invoices each is split on its day. Amounts divide evenly. */
const sales = (enterprise: string, parts: number): string => {
  const invoices: Invoice[] = Array.from({ length: 900 }, (_, k) => ({
    number: 10_000_000 + k * 10,
    day: new Date(Date.UTC(2018, 0, 1 + Math.floor((k * 730) / 900))).toISOString().slice(0, 10),
    buyer: `B${(k * k) % 11}`,
    net: 40_000 + ((k * 7919) % 200) * 800,
  }));
  const lines = invoices.flatMap(({ number, day, buyer, net }) =>
    Array.from({ length: parts }, (_, part) => {
      const amount = net / parts;
      return `${enterprise},${number + part},${day},${buyer},${amount.toFixed(2)},${(amount * 0.13).toFixed(2)},${(amount * 1.13).toFixed(2)},有效发票`;
    }),
  );
  return `${[HEADER, ...lines].join("\n")}\n`;
};

/** Facts that a product looks at, wherever in its document. */
const factsOf = (value: unknown): string[] =>
  typeof value !== "object" || value === null
    ? []
    : Object.entries(value).flatMap(([key, each]) =>
        (key === "fact" || key === "less") && typeof each === "string" ? [each] : factsOf(each),
      );

test("invoices split in four: what is measured in money and months stays, and so does every product's answer that rests on it alone", async () => {
  await using whole = await testServer();
  await using split = await testServer();
  await whole.importFile("sales.csv", sales("E1", 1));
  await split.importFile("sales.csv", sales("E1", 4));
  const values = async (server: typeof whole) => {
    const { asOf } = await server.call(routes.getSystem);
    return (await server.call(routes.getFeatures, { params: { id: "E1" }, query: { asOf: asOf! } })).values;
  };
  const [a, b] = [await values(whole), await values(split)];
  const moved = new Set(
    catalogue.map(({ id }) => id).filter((id) => Math.abs((a[id] ?? 0) - (b[id] ?? 0)) > 1e-9 || (a[id] === null) !== (b[id] === null)),
  );
  // Counting invoices is what splitting must move; money, months and parties it must not.
  for (const id of [
    "net_sales_12m",
    "net_sales_24m",
    "history_months",
    "buyers_12m",
    "buyer_top1_share_12m",
    "sales_trend_12m",
    "months_without_sales_12m",
  ])
    expect(moved.has(id), id).toBe(false);
  expect([...moved].some((id) => id.includes("invoices"))).toBe(true);

  const request = {
    "request.amountFen": 60_000_000,
    "request.termMonths": 12,
    "request.overdueNow": false,
    "request.blacklisted": false,
    "request.outstandingFen": 0,
    "request.taxGrade": "A",
    "request.lenders": 0,
  };
  const answers = async (server: typeof whole) =>
    new Map(
      (await server.call(routes.matchEnterprise, { params: { id: "E1" }, body: { on: "2025-06-02", request } })).matches.map((match) => [
        match.product,
        match,
      ]),
    );
  const [before, after] = [await answers(whole), await answers(split)];
  const untouched = demoProducts().filter((product) =>
    factsOf(product).every(
      (fact) => !(fact.startsWith("feature.") && moved.has(fact.slice("feature.".length))) && !fact.startsWith("profile."),
    ),
  );
  // Most of the catalogue looks at money and months; the test would say nothing if it did not.
  expect(untouched.length).toBeGreaterThan(12);
  for (const { id } of untouched) expect(after.get(id), id).toEqual(before.get(id));
});

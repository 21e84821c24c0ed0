import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type IsoDate, addDays } from "@zhiwei/core/basics";
import { catalogue, compile, holdsWhenSplit } from "@zhiwei/core/features";
import { freshDatabase } from "../../../test/database.ts";
import { openDb } from "../db/index.ts";
import { type Lake, literal, openLake } from "../lake/index.ts";
import { BANK_COLUMNS, INVOICE_COLUMNS } from "../lake/relation.ts";
import { type Sources, computeAll, tradeOf } from "./compute.ts";
import { openOneByOne } from "./one.ts";
import { platformPermit } from "../consent/index.ts";
import { behind, computeFeatures, ensureFeatures, featuresOf, invoicesBehind, ringsOf, storeFeatures } from "./index.ts";

type Invoice = {
  enterprise: string;
  isSale: boolean;
  number: string;
  on: IsoDate;
  party: string;
  amount: number;
  tax: number;
  isVoid: boolean;
  rate: number | null;
};
type Booking = { enterprise: string; on: IsoDate; amount: number; balance: number | null; kind: string | null };

const AS_OF = "2024-02-29" as IsoDate;
const day = (most: number) => fc.integer({ min: -40, max: most }).map((ago) => addDays(AS_OF, -ago));
const enterprise = fc.constantFrom("E1", "E2", "E3", "91310000000000001X");
const invoice: fc.Arbitrary<Invoice> = fc.record({
  enterprise,
  isSale: fc.boolean(),
  number: fc.oneof(fc.integer({ min: 10_000_000, max: 10_000_030 }).map(String), fc.constantFrom("A-17", "24312000000123456789")),
  on: day(1500),
  party: fc.oneof(enterprise, fc.constantFrom("P1", "P2", "P3", "P4", "P5", "P6")),
  amount: fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 1, max: 9_000_000_000 }) },
    fc.integer({ min: -500_000_000, max: 0 }),
    fc.constantFrom(970_000, 10_000_000, 9e14),
  ),
  tax: fc.integer({ min: 0, max: 100_000 }),
  isVoid: fc.integer({ min: 0, max: 9 }).map((roll) => roll === 0),
  rate: fc.constantFrom(1300, 600, 300, 0, null),
});
const booking: fc.Arbitrary<Booking> = fc.record({
  enterprise,
  on: day(500),
  amount: fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }),
  balance: fc.option(fc.integer({ min: -1_000_000, max: 1_000_000_000 })),
  kind: fc.constantFrom(null, "transfer", "cash", "loan", "return", "fee", "interest", "tax", "salary"),
});
const records = fc.record({
  invoices: fc.array(invoice, { minLength: 1, maxLength: 220 }),
  bank: fc.array(booking, { maxLength: 60 }),
  seed: fc.nat(),
});

const text = (value: string | number | boolean | null) =>
  value === null ? "NULL" : typeof value === "string" ? literal(value) : String(value);
const invoiceTuple = (row: Invoice, line: number) =>
  `('b', ${line}, ${text(row.enterprise)}, ${row.isSale}, ${text(row.number)}, NULL, DATE '${row.on}', ${text(row.party)}, NULL, ${row.amount}, ${row.tax}, ${row.amount + row.tax}, ${row.isVoid}, ${text(row.rate)}, ${line})`;
const bankTuple = (row: Booking, line: number) =>
  `('b', ${line}, ${text(row.enterprise)}, 'a', DATE '${row.on}', ${row.amount}, ${text(row.balance)}, 'CNY', NULL, NULL, NULL, NULL, ${text(row.kind)}, ${line})`;
const relation = (tuples: readonly string[], columns: readonly (readonly [string, string])[]) => {
  const typed = columns.map(([name, type]) => `CAST(${name} AS ${type}) AS ${name}`).join(", ");
  const names = columns.map(([name]) => name).join(", ");
  if (tuples.length === 0) return `(SELECT ${columns.map(([name, type]) => `CAST(NULL AS ${type}) AS ${name}`).join(", ")} WHERE false)`;
  return `(SELECT ${typed} FROM (VALUES ${tuples.join(", ")}) AS given (${names}))`;
};
const sources = (invoices: readonly Invoice[], bank: readonly Booking[]): Sources => ({
  invoices: relation(invoices.map(invoiceTuple), INVOICE_COLUMNS),
  bank: relation(bank.map(bankTuple), BANK_COLUMNS),
  creditCodes: [["E3", "91310000000000002Y"]],
});
const shuffled = <T>(items: readonly T[], seed: number): T[] => {
  const left = [...items];
  const drawn: T[] = [];
  for (let state = seed; left.length > 0; state = (state * 48271 + 11) % 2147483647) drawn.push(left.splice(state % left.length, 1)[0]!);
  return drawn;
};
/** Equal to the bit: values written so that -0, and every digit, tells. */
const bits = (values: ReadonlyMap<string, unknown>) =>
  [...values]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, row]) => [
      id,
      Object.entries(row as object)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, value]) => `${name}=${Object.is(value, -0) ? "-0" : String(value)}`),
    ]);

let folder: string;
let lake: Lake;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "zhiwei-features-"));
  lake = await openLake({ folder: join(folder, "lake"), memory: "500MB", threads: 2 });
});
afterAll(async () => {
  lake.close();
  await rm(folder, { recursive: true, force: true });
});
const compute = async (from: Sources, asOf = AS_OF, sliceRows?: number) => {
  const connection = await lake.connect();
  try {
    return (await computeAll(connection, from, asOf, undefined, sliceRows)).values;
  } finally {
    connection.closeSync();
  }
};
const write = (rows: string, file: string) => lake.connection.run(`COPY ${rows} TO ${literal(join(folder, file))} (FORMAT parquet)`);

test("neither the order of the rows nor their division into files changes a bit of any feature", async () => {
  await fc.assert(
    fc.asyncProperty(records, async ({ invoices, bank, seed }) => {
      const whole = bits(await compute(sources(invoices, bank)));
      expect(bits(await compute(sources(invoices, bank), AS_OF, 60))).toEqual(whole); // a slice of enterprises at a time
      const mixed = shuffled(invoices, seed);
      const cut = seed % (mixed.length + 1);
      expect(bits(await compute(sources(mixed, shuffled(bank, seed))))).toEqual(whole);
      await write(relation(mixed.slice(0, cut).map(invoiceTuple), INVOICE_COLUMNS), "one.parquet");
      await write(relation(mixed.slice(cut).map(invoiceTuple), INVOICE_COLUMNS), "two.parquet");
      const split = `(SELECT * FROM read_parquet([${literal(join(folder, "one.parquet"))}, ${literal(join(folder, "two.parquet"))}]))`;
      expect(bits(await compute({ ...sources(invoices, bank), invoices: split }))).toEqual(whole);
    }),
    { numRuns: 8 },
  );
});

test("nothing later than the as-of day is used", async () => {
  await fc.assert(
    fc.asyncProperty(records, fc.integer({ min: 0, max: 700 }), async ({ invoices, bank }, ago) => {
      const asOf = addDays(AS_OF, -ago);
      const known = sources(
        invoices.filter((row) => row.on <= asOf),
        bank.filter((row) => row.on <= asOf),
      );
      expect(bits(await compute(sources(invoices, bank), asOf))).toEqual(bits(await compute(known, asOf)));
    }),
    { numRuns: 8 },
  );
});

/** A sale or a purchase as it is billed in life: net and tax of one sign, some of round totals or close under a limit. */
const billed: fc.Arbitrary<Invoice> = fc
  .record({
    base: invoice,
    on: day(1000),
    fen: fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: 1, max: 500_000_000 }) },
      fc.constantFrom(500_000, 970_000, 9_800_000, 30_000_000),
    ),
    rate: fc.constantFrom(1300, 600, 300, 0),
    red: fc.integer({ min: 0, max: 6 }).map((roll) => roll === 0),
  })
  .map(({ base, on, fen, rate, red }) => {
    const sign = red ? -1 : 1;
    return { ...base, on, rate, amount: sign * fen, tax: sign * Math.round((fen * rate) / 10_000) + 0 };
  });

/** A whole number of fen in as many parts as there are weights, to the fen; each part holds `least` at least. */
const inParts = (sum: number, weights: readonly number[], least: number): number[] => {
  const all = weights.reduce((total, weight) => total + weight, 0);
  const free = Math.abs(sum) - least * weights.length;
  const parts = weights.map((weight) => least + Math.floor((free * weight) / all));
  parts[0]! += Math.abs(sum) - parts.reduce((total, part) => total + part, 0);
  return parts.map((part) => Math.sign(sum) * part + 0);
};

/** The same trade billed otherwise: an invoice becomes one for each weight, of its day, party, rate and status, numbered in sequence. */
const splitBy = (invoices: readonly Invoice[], weights: readonly (readonly number[])[]): Invoice[] =>
  invoices.flatMap((row, at) => {
    const own = weights[at % weights.length]!.slice(0, Math.abs(row.amount));
    const amounts = inParts(row.amount, own, 1);
    const taxes = inParts(row.tax, own, 0);
    return own.map((_, part) => ({ ...row, number: String(500_000_000 + at * 10 + part), amount: amounts[part]!, tax: taxes[part]! }));
  });

test("an invoice split into several moves no feature that is said to hold, and does move each that is said to move", async () => {
  const moved = new Set<string>();
  const known = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc.array(billed, { minLength: 150, maxLength: 300 }),
      fc.array(booking, { minLength: 20, maxLength: 60 }),
      fc.array(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 7 }),
      async (invoices, bank, weights) => {
        const parts = splitBy(invoices, weights);
        for (const key of ["amount", "tax"] as const)
          expect(parts.reduce((sum, row) => sum + row[key], 0)).toBe(invoices.reduce((sum, row) => sum + row[key], 0));
        const [whole, split] = [await compute(sources(invoices, bank)), await compute(sources(parts, bank))];
        expect([...split.keys()].toSorted()).toEqual([...whole.keys()].toSorted());
        for (const [id, row] of whole)
          for (const feature of catalogue) {
            const [before, after] = [row[feature.id] ?? null, split.get(id)![feature.id] ?? null];
            if (before !== null) known.add(feature.id);
            const same =
              before === after ||
              (before !== null && after !== null && Math.abs(before - after) <= 1e-9 * Math.max(1, Math.abs(before), Math.abs(after)));
            if (!same) moved.add(feature.id);
            if (!same && holdsWhenSplit(feature.id))
              expect({ enterprise: id, feature: feature.id, value: after }).toEqual({ value: before });
          }
      },
    ),
    { numRuns: 15 },
  );
  expect(catalogue.filter((feature) => feature.movedBySplitting !== null && !moved.has(feature.id)).map(({ id }) => id)).toEqual([]);
  // Of a feature that never had a value nothing would be shown.
  expect(catalogue.filter((feature) => !known.has(feature.id)).map(({ id }) => id)).toEqual([]);
});

test("values are finite or null, and one enterprise alone gets the bits it gets among all", async () => {
  const one = await openOneByOne();
  await fc.assert(
    fc.asyncProperty(records, async ({ invoices, bank }) => {
      const values = await compute(sources(invoices, bank));
      for (const [id, row] of values) {
        expect(Object.keys(row).toSorted()).toEqual(catalogue.map((feature) => feature.id).toSorted());
        for (const value of Object.values(row)) expect(value === null || Number.isFinite(value)).toBe(true);
        const own = await one.compute(
          sources(
            invoices.filter((one) => one.enterprise === id),
            bank.filter((one) => one.enterprise === id),
          ),
          AS_OF,
        );
        const alone = Object.fromEntries(Object.entries(row).filter(([name]) => name in own!));
        expect(bits(new Map([[id, own]]))).toEqual(bits(new Map([[id, alone]])));
      }
    }),
    { numRuns: 6 },
  );
  one.close();
});

test("PostgreSQL computes the same from the same SQL", async () => {
  await using database = await freshDatabase();
  const client = new Client({ connectionString: database.url });
  await client.connect();
  try {
    await fc.assert(
      fc.asyncProperty(records, async ({ invoices, bank }) => {
        const there = (sql: string) => sql.replaceAll("UBIGINT", "bigint").replaceAll("VARCHAR", "text");
        const from = sources(invoices, bank);
        const features = catalogue.filter((feature) => feature.sql !== null);
        const ours = await lake.connection.runAndReadAll(
          compile({ dialect: "duckdb", asOf: AS_OF, invoices: from.invoices, bank: from.bank, features }),
        );
        const theirs = await client.query<Record<string, number | string | null>>(
          compile({ dialect: "postgres", asOf: AS_OF, invoices: there(from.invoices), bank: there(from.bank!), features }),
        );
        const rows = new Map(ours.getRowObjects().map((row) => [row["enterprise"], row]));
        expect(theirs.rows.length).toBe(rows.size);
        for (const row of theirs.rows)
          for (const { id } of features) {
            const here = rows.get(row["enterprise"])![id] as number | null;
            const value = row[id] as number | null;
            const near =
              here === value ||
              (here !== null && value !== null && Math.abs(here - value) <= 1e-9 * Math.max(1, Math.abs(here), Math.abs(value)));
            expect(near ? null : { id, here, value }).toBe(null);
          }
      }),
      { numRuns: 10 },
    );
  } finally {
    await client.end();
  }
});

/** A registered lake: each list of invoices is one batch. */
const registered = async (url: string, batches: readonly (readonly Invoice[])[], root: string) => {
  const db = await openDb(url, 3);
  const own = await openLake({ folder: join(folder, root), memory: "300MB", threads: 2 });
  const context = { lake: own, db };
  const add = async (id: string, invoices: readonly Invoice[]) => {
    await own.connection.run(
      `COPY ${relation(invoices.map(invoiceTuple), INVOICE_COLUMNS)} TO ${literal(join(folder, root, `${id}.parquet`))} (FORMAT parquet)`,
    );
    const dates = invoices.map((row) => row.on as string).toSorted();
    await db
      .insertInto("import_batch")
      .values({
        id,
        kind: "sales-invoices",
        file_name: id,
        file_sha256: id,
        enterprise_id: null,
        mapping: "{}",
        rows: invoices.length,
        parquet_path: `${id}.parquet`,
        parquet_sha256: `hash of ${id}`,
        first_on: dates[0]!,
        last_on: dates.at(-1)!,
      })
      .execute();
    for (const one of new Set(invoices.map((row) => row.enterprise))) {
      await db
        .insertInto("enterprise")
        .values({
          id: one,
          name: one,
          uscc: null,
          industry_code: null,
          industry_source: null,
          region_code: null,
          persons_employed: null,
          revenue_fen: null,
          assets_fen: null,
          founded_on: null,
        })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      await db
        .insertInto("batch_enterprise")
        .values({ batch_id: id, enterprise_id: one, rows: 1, first_on: dates[0]!, last_on: dates.at(-1)! })
        .execute();
    }
  };
  for (const [index, invoices] of batches.entries()) await add(`b${index}`, invoices);
  return { ...context, add, [Symbol.asyncDispose]: async () => (own.close(), await db.destroy()) };
};
const sale = (from: string, to: string, on: string, amount: number, more: Partial<Invoice> = {}): Invoice => ({
  enterprise: from,
  isSale: true,
  number: "1",
  on: on as IsoDate,
  party: to,
  amount,
  tax: 0,
  isVoid: false,
  rate: 1300,
  ...more,
});

test("rings are found through parties outside the lake, and trade that both sides report counts once", async () => {
  const invoices = [
    sale("E1", "E2", "2024-01-10", 1000),
    sale("E2", "E1", "2024-01-10", 900, { isSale: false }), // the same trade in the buyer's books, a red letter short
    sale("E2", "X", "2024-01-11", 700),
    sale("E1", "X", "2024-01-12", 600, { isSale: false }),
    sale("E1", "Y", "2024-01-12", 3000),
    sale("E3", "B7", "2024-01-12", 500),
  ];
  const connection = await lake.connect();
  const { values, trade } = await computeAll(connection, sources(invoices, []), AS_OF);
  connection.closeSync();
  expect(values.get("E1")).toMatchObject({
    cycles_24m: 1,
    shortest_cycle_24m: 3,
    ring_component_24m: 3,
    cycle_trade_share_24m: 600 / 4000,
    known_buyer_share_24m: 1000 / 4000,
    reciprocal_trade_share_24m: 0,
  });
  expect(tradeOf(trade)("E1").rings.map((ring) => [ring.parties.map((party) => trade.names[party]), ring.weight])).toEqual([
    [["E1", "E2", "X"], 600],
  ]);
  // Its only counterparty is a code of nobody known: that there is no ring cannot be said.
  expect(values.get("E3")).toMatchObject({
    cycles_24m: null,
    cycle_trade_share_24m: null,
    known_buyer_share_24m: null,
    related_cluster_size_24m: 1,
  });
});

test("values are kept, and after new records of one enterprise only its own are made anew", async () => {
  await using database = await freshDatabase();
  await using context = await registered(
    database.url,
    [[sale("E1", "E2", "2024-01-10", 1000), sale("E2", "E1", "2024-02-10", 400)]],
    "kept",
  );
  const read = async () =>
    new Map((await context.db.selectFrom("feature_row").selectAll().execute()).map((row) => [row.enterprise_id, row]));
  const hash = await ensureFeatures(context, AS_OF);
  const before = await read();
  expect([...before.keys()].toSorted()).toEqual(["E1", "E2"]);
  expect(before.get("E1")).toMatchObject({ catalogue: hash, values: { net_sales_12m: 1000, cycles_24m: 1 } });
  expect(await ringsOf(context, "E2", AS_OF)).toEqual([{ parties: ["E2", "E1"], weightFen: 400 }]);

  await context.add("later", [sale("E1", "E9", "2024-02-20", 50)]);
  await ensureFeatures(context, AS_OF);
  const after = await read();
  expect(after.get("E2")).toEqual(before.get("E2"));
  expect(after.get("E1")!.values).toMatchObject({ net_sales_12m: 1050, buyers_12m: 2 });
  const quick = (await featuresOf(context, platformPermit("E1"), AS_OF))!;
  const whole = (await computeFeatures(context, { asOf: AS_OF })).get("E1")!;
  const ofTrade = catalogue.filter((feature) => feature.needs === "graph").map((feature) => feature.id);
  for (const id of Object.keys(whole))
    expect([id, quick[id]]).toEqual([id, ofTrade.includes(id) ? before.get("E1")!.values[id] : whole[id]]);
  expect(await featuresOf(context, platformPermit("E1"), AS_OF)).toEqual(whole); // now from the run just made
  expect(await featuresOf(context, platformPermit("nobody"), AS_OF)).toBe(null);

  await ensureFeatures(context, AS_OF, () => {}); // the whole run takes the new trade into everybody's graph
  expect((await read()).get("E2")!.inputs).not.toBe(before.get("E2")!.inputs);
  await storeFeatures(context.db, AS_OF, new Map([["not registered", {}]]));
  expect((await read()).size).toBe(2);
});

test("the rows behind a number are the rows it was made of", async () => {
  await using database = await freshDatabase();
  const drawn = fc.sample(invoice, { numRuns: 900, seed: 7 }).map((row) => ({ ...row, enterprise: "E1" }));
  const late = [
    sale("E1", "P9", "2022-05-01", 100),
    sale("E1", "P9", "2022-11-01", -100),
    sale("E1", "P1", "2024-02-03", 5),
    sale("E1", "P8", "2024-02-03", 5, { number: "71" }),
    sale("E1", "P8", "2024-02-03", 5, { number: "73" }),
    sale("E1", "P8", "2024-02-04", 5, { number: "72" }),
  ];
  await using context = await registered(database.url, [[...drawn, ...late]], "rows");
  const values = (await computeFeatures(context, { asOf: AS_OF })).get("E1")!;
  const total = async (feature: string) => (await invoicesBehind(context, { enterprise: "E1", asOf: AS_OF, feature, pageSize: 3 })).total;
  const parties = async (feature: string) => {
    const filter = catalogue.find((one) => one.id === feature)!.rows;
    const relation = `read_parquet(${literal(join(folder, "rows/b0.parquet"))})`;
    const counted = await context.lake.connection.runAndReadAll(
      `SELECT count(DISTINCT counterparty), CAST(sum(amount_fen) AS DOUBLE), count(DISTINCT counterparty || (extract(year FROM issued_on + 1) * 12 + extract(month FROM issued_on + 1))) FROM ${relation} WHERE ${await behind(context, "E1", AS_OF, filter)}`,
    );
    return counted.getRows()[0]!.map(Number) as [number, number, number];
  };
  for (const id of ["sale_invoices_3m", "sale_invoices_36m", "purchase_invoices_12m"])
    expect([id, await total(id)]).toEqual([id, values[id]]);
  const positive = await total("average_sale_12m");
  for (const id of ["round_sale_share_12m", "near_limit_sale_share_12m", "weekend_sale_share_12m"])
    expect([id, (await total(id)) / positive]).toEqual([id, values[id]]);
  expect((await total("void_sales_share_12m")) / ((await total("void_sales_share_12m")) + values["sale_invoices_12m"]!)).toBe(
    values["void_sales_share_12m"],
  );
  expect((await total("red_sales_count_share_12m")) / values["sale_invoices_12m"]!).toBe(values["red_sales_count_share_12m"]);
  expect(await total("in_sequence_sale_share_12m")).toBe(values["in_sequence_sale_share_12m"]! * values["sale_invoices_12m"]!);
  expect((await parties("buyer_months_24m"))[0]).toBe(values["buyers_24m"]);
  for (const id of ["buyers_12m", "suppliers_24m", "buyers_gained_12m", "suppliers_lost_12m"])
    expect([id, (await parties(id))[0]]).toEqual([id, values[id]]);
  const [all] = (
    await context.lake.connection.runAndReadAll(
      `SELECT CAST(sum(net) AS DOUBLE) FROM (SELECT sum(amount_fen) AS net FROM read_parquet(${literal(join(folder, "rows/b0.parquet"))}) WHERE ${await behind(context, "E1", AS_OF, catalogue.find((one) => one.id === "buyers_12m")!.rows)} GROUP BY counterparty) WHERE net > 0`,
    )
  ).getRows();
  for (const id of ["buyer_top3_share_12m", "new_buyer_share_12m", "repeat_buyer_share_12m", "core_buyer_share_12m"])
    expect([id, (await parties(id))[1] / Number(all![0])]).toEqual([id, expect.closeTo(values[id]!, 12)]);
  const lateRed = (await parties("late_red_sales_share_24m"))[2];
  expect(lateRed).toBeGreaterThan(0);
  const page = await invoicesBehind(context, {
    enterprise: "E1",
    asOf: AS_OF,
    feature: "sale_invoices_36m",
    page: 2,
    pageSize: 5,
    sort: { by: "total_fen", descending: false },
  });
  expect(page.rows).toHaveLength(5);
  expect(page.rows.map((row) => row.total_fen)).toEqual(page.rows.map((row) => row.total_fen).toSorted((a, b) => a - b));
});

import { DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type IsoDate, fenFromYuanText } from "@zhiwei/core/basics";
import { usccCheck } from "@zhiwei/core/enterprise";
import { brokenRules, compileRecords } from "@zhiwei/core/records";
import type { DuckDBConnection } from "@duckdb/node-api";
import { CsvStager, sampleRecords } from "./csv.ts";

let instance: DuckDBInstance;
let connection: DuckDBConnection;
beforeAll(async () => {
  instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  connection = await instance.connect();
});
afterAll(() => {
  connection.closeSync();
  instance.closeSync();
});

const FIELDS = ["enterprise", "number", "issuedOn", "counterparty", "amount", "tax", "total", "status"] as const;
type Cells = Partial<Record<(typeof FIELDS)[number], string>>;
const GOOD: Cells = {
  enterprise: "E1",
  number: "1",
  issuedOn: "2019/7/1",
  counterparty: "B1",
  amount: "100",
  tax: "13",
  total: "113",
  status: "",
};

const compiled = compileRecords("sales-invoices", {
  mapping: Object.fromEntries(FIELDS.map((field) => [field, field])),
  column: (header) => `c${FIELDS.indexOf(header as (typeof FIELDS)[number])}`,
  width: FIELDS.length,
  enterprise: null,
  only: null,
  spacesOnly: false,
  today: "2024-06-30" as IsoDate,
});

/** The rows as the engine of the lake reads them. */
const judge = async (rows: readonly Cells[]) => {
  const values = rows.map(
    (row, index) =>
      `(${index}, ${FIELDS.map((field) => `'${({ ...GOOD, ...row }[field] ?? "").replaceAll("'", "''")}'`).join(", ")}, '', ${FIELDS.length})`,
  );
  const relation = `(values ${values.join(", ")}) as t(line, ${FIELDS.map((_, index) => `c${index}`).join(", ")}, extra, cells)`;
  const reader = await connection.runAndReadAll(`select * from (${compiled.select(relation)}) order by line`);
  return reader.getRowObjectsJson().map((row) => ({
    row,
    codes: brokenRules(compiled, BigInt(row["reasons"] as string)).map((rule) => rule.code),
  }));
};

test("amounts are read as the shared rule of money reads them", async () => {
  const amount = fc.oneof(
    fc.stringMatching(/^ ?[+-]?[¥￥]?\d{1,14}(\.\d{0,4})?$/),
    fc.stringMatching(/^[¥￥]?[+-]?\d{1,3}(,\d{3}){1,3}(\.\d{1,3}0{0,2})?$/),
    fc.stringMatching(/^[-+0-9.,eE¥ _x]{1,9}$/),
    fc.integer({ min: -1e12, max: 1e12 }).map((fen) => (fen / 100).toFixed(2)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(amount, { minLength: 200, maxLength: 200 }), async (texts) => {
      const judged = await judge(texts.map((text) => ({ amount: text })));
      for (const [index, text] of texts.entries()) {
        const read = fenFromYuanText(text);
        const expected = read.ok && Math.abs(read.value) < 1e15 ? read.value : null;
        const found = judged[index]!.row["amount_fen"];
        expect(found === null ? null : Number(found), JSON.stringify(text)).toBe(expected);
      }
    }),
    { numRuns: 15 },
  );
});

test("every way of writing a day gives that day; what is no day gives none", async () => {
  const day = fc
    .date({ min: new Date("2000-01-01"), max: new Date("2024-06-01"), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10));
  await fc.assert(
    fc.asyncProperty(fc.array(day, { minLength: 30, maxLength: 30 }), async (days) => {
      const written = days.flatMap((iso) => {
        const [year, month, date] = iso.split("-").map(Number) as [number, number, number];
        const serial = Math.round(Date.parse(iso) / 86_400_000) + 25_569;
        return [
          iso,
          `${year}/${month}/${date}`,
          `${year}.${month}.${date}`,
          iso.replaceAll("-", ""),
          `${year}年${month}月${date}日`,
          `${iso} 12:30:00`,
          `${iso}T12:30:00+08:00`,
          `${serial}`,
        ].map((text) => [iso, text] as const);
      });
      const judged = await judge(written.map(([, text]) => ({ issuedOn: text })));
      for (const [index, [iso, text]] of written.entries()) expect(judged[index]!.row["issued_on"], text).toBe(iso);
    }),
    { numRuns: 10 },
  );
  const none = [
    "2019-02-29",
    "2019/13/1",
    "19/7/1",
    "2019-7",
    "20190230",
    "2019/7/1x",
    "昨天",
    "1",
    "12019/7/1",
    "2019-00-10",
    "infinity",
    "2019年2月30日",
  ];
  for (const [index, { codes }] of (await judge(none.map((issuedOn) => ({ issuedOn })))).entries())
    expect(codes, none[index]).toContain("date-unreadable");
});

test("a unified social credit code passes with its own check character and with no other", async () => {
  const characters = "0123456789ABCDEFGHJKLMNPQRTUWXY";
  const body = fc
    .tuple(
      fc.constantFrom("91", "92", "93", "51"),
      fc.stringMatching(/^\d{6}$/),
      fc.array(fc.constantFrom(...Array.from(characters)), { minLength: 8, maxLength: 8 }),
    )
    .map(([head, region, rest]) => `${head}${region}A${rest.join("")}`);
  await fc.assert(
    fc.asyncProperty(body, async (first17) => {
      const right = usccCheck(first17);
      const judged = await judge(Array.from(characters, (check) => ({ counterparty: first17 + check })));
      for (const [index, check] of Array.from(characters).entries())
        expect(judged[index]!.codes.includes("counterparty-check-character"), check).toBe(check !== right);
    }),
    { numRuns: 20 },
  );
  // A sole trader may be registered under a resident identity number; a letter O is never part of a code.
  const [resident, letter, masked, lower] = await judge([
    { counterparty: "11010519491231002X" },
    { counterparty: "91310000MA1FL0B1O0" },
    { counterparty: "A00297" },
    { counterparty: `91310000ma1fl0b12${usccCheck("91310000MA1FL0B12").toLowerCase()}` },
  ]);
  expect([resident!.codes, letter!.codes, masked!.codes, lower!.codes]).toEqual([[], ["counterparty-check-character"], [], []]);
  expect(lower!.row["counterparty"]).toBe(`91310000MA1FL0B12${usccCheck("91310000MA1FL0B12")}`);
});

test("sums: within a fen they hold, beyond it they do not; tax never exceeds the highest rate", async () => {
  const sums = fc.record({
    amount: fc.integer({ min: -1e9, max: 1e9 }),
    tax: fc.integer({ min: -1e8, max: 1e8 }),
    off: fc.integer({ min: -3, max: 3 }),
  });
  const yuan = (fen: number) => (fen / 100).toFixed(2);
  await fc.assert(
    fc.asyncProperty(fc.array(sums, { minLength: 200, maxLength: 200 }), async (all) => {
      const judged = await judge(
        all.map(({ amount, tax, off }) => ({ amount: yuan(amount), tax: yuan(tax), total: yuan(amount + tax + off) })),
      );
      for (const [index, { amount, tax, off }] of all.entries()) {
        const { codes, row } = judged[index]!;
        expect(codes.includes("sum-mismatch")).toBe(Math.abs(off) > 1);
        expect(codes.includes("tax-sign")).toBe(amount * tax < 0);
        if (!codes.includes("tax-rate-too-high"))
          expect(Math.abs(tax)).toBeLessThanOrEqual(Math.abs(amount) * 0.17 + Math.max(6, Math.abs(tax) / 1000));
        const rate = row["rate_bps"];
        if (rate !== null) expect(Math.abs(tax - (amount * Number(rate)) / 10_000)).toBeLessThanOrEqual(Math.max(6, Math.abs(tax) / 1000));
      }
    }),
    { numRuns: 10 },
  );
});

test("text split on bytes in any pieces gives back its cells, with the line each record begins on", () => {
  const cell = fc.oneof(
    fc.string({ unit: fc.constantFrom("a", "发", ",", '"', "\n", "\r\n", " ", "\u001f", "𝄞"), maxLength: 6 }),
    fc.constant(""),
  );
  const table = fc.array(fc.array(cell, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(
      table,
      fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 }),
      fc.constantFrom("\n", "\r\n"),
      (rows, cuts, end) => {
        const quote = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
        const lines: number[] = [];
        let line = 2;
        let text = `甲,乙,丙${end}`;
        for (const row of rows) {
          const record = row.map(quote).join(",");
          lines.push(line);
          line += record.split("\n").length;
          text += record + end;
        }
        const out: Buffer[] = [];
        const stager = new CsvStager({ delimiter: 44, width: 3, skipTo: 1, write: (bytes) => out.push(Buffer.from(bytes)) });
        const bytes = Buffer.from(text);
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const size = cuts[turn % cuts.length]!;
          stager.push(bytes.subarray(at, at + size));
          at += size;
        }
        stager.end();
        const shown = (text: string) => text.replaceAll("\r\n", "\n").replaceAll("\u001f", "␟");
        const staged = Buffer.concat(out).toString("utf8").split("\n").slice(0, -1);
        const found = staged
          .map((record) => record.split("\u001f"))
          .map(([at, ...cells]) => [Number(at), cells.slice(0, 3).map((each) => each.replaceAll("\u001e", "\n")), cells[3], cells[4]]);
        const wanted = rows
          .map((row, index) => [lines[index], row.map(shown), "", "3"] as const)
          .filter(([, row]) => row.some((each) => each.trim() !== ""));
        expect(found.filter(([, row]) => (row as string[]).some((each) => each.trim() !== ""))).toEqual(wanted);
        // The sample that the preview shows is split by other code; the two agree.
        const sample = sampleRecords(text, ",", 1000, true).slice(1);
        expect(sample.map((record) => record.cells.map(shown))).toEqual(
          rows.filter((row) => row.some((each) => each.trim() !== "")).map((row) => row.map(shown)),
        );
      },
    ),
    { numRuns: 300 },
  );
});

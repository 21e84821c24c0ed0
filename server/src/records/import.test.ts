import { readFile, readdir, truncate } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { usccCheck } from "@zhiwei/core/enterprise";
import { dismissQuarantined, importFile, listQuarantine, previewFile, retryQuarantined } from "./index.ts";
import { TODAY, openRoom, xlsx, zip } from "./testing.ts";

const HEADER = "企业代号,发票号码,开票日期,购方单位代号,金额,税额,价税合计,发票状态";
const SALE = "E1,1001,2019/7/1,B1,100,13,113,有效发票";
const csv = (...lines: string[]) => `${[HEADER, ...lines].join("\n")}\n`;

describe("invoices as CSV", () => {
  test("sound rows become a batch; a second import of the same file changes nothing", async () => {
    await using room = await openRoom();
    const path = await room.file(
      "a.csv",
      csv(SALE, "E1,1002,2019-07-02,B2,-100.00,-6.00,-106.00, 作废发票", 'E2,1003,20190703,B1,"1,000",30,1030,正常'),
    );
    const first = await room.import({ path });
    expect(first).toMatchObject({
      accepted: 3,
      quarantined: 0,
      duplicates: 0,
      batches: [{ kind: "sales-invoices", rows: 3, file: "a.csv" }],
    });
    expect(
      await room.invoices(
        "line, enterprise, is_sale, number, code, issued_on, counterparty, amount_fen, tax_fen, total_fen, is_void, rate_bps",
      ),
    ).toEqual([
      {
        line: 2,
        enterprise: "E1",
        is_sale: true,
        number: "1001",
        code: null,
        issued_on: "2019-07-01",
        counterparty: "B1",
        amount_fen: 10000,
        tax_fen: 1300,
        total_fen: 11300,
        is_void: false,
        rate_bps: 1300,
      },
      {
        line: 3,
        enterprise: "E1",
        is_sale: true,
        number: "1002",
        code: null,
        issued_on: "2019-07-02",
        counterparty: "B2",
        amount_fen: -10000,
        tax_fen: -600,
        total_fen: -10600,
        is_void: true,
        rate_bps: 600,
      },
      {
        line: 4,
        enterprise: "E2",
        is_sale: true,
        number: "1003",
        code: null,
        issued_on: "2019-07-03",
        counterparty: "B1",
        amount_fen: 100000,
        tax_fen: 3000,
        total_fen: 103000,
        is_void: false,
        rate_bps: 300,
      },
    ]);
    const before = await room.traces();
    const second = await room.import({ path });
    expect(second).toEqual({ ...first, accepted: 0, duplicates: 3 });
    expect(await room.traces()).toEqual(before);
  });

  test("line numbers are those of the file, also behind quoted line breaks, blank lines and a title", async () => {
    await using room = await openRoom();
    const text = `\uFEFF销项发票明细表\r\n\r\n${HEADER},备注\r\n${SALE},"第一行\r\n第二行 ""引号"""\r\n\r\n,,,,,,,,\r\nE1,1002,2019/7/1,B1,100,13,114,有效发票,\r\n`;
    const outcome = await room.import({ path: await room.file("a.csv", text) });
    expect(outcome).toMatchObject({ accepted: 1, quarantined: 1 });
    expect(await room.invoices("line")).toEqual([{ line: 4 }]);
    expect(await room.reasons()).toEqual([{ line: 8, codes: ["sum-mismatch"] }]);
  });

  test("every reason of a row is named, with its field", async () => {
    await using room = await openRoom();
    const code = "91310000MA1FL0B12";
    const wrong = `${code}${usccCheck(code) === "0" ? "1" : "0"}`;
    const path = await room.file(
      "a.csv",
      csv(
        ",1,2019/7/1,B1,1,0,1,",
        "E1,,2019/7/1,B1,1,0,1,",
        "E1,3,2019/2/30,B1,1,0,1,",
        "E1,4,2024/7/1,B1,1,0,1,",
        "E1,5,1993/7/1,B1,1,0,1,",
        `E1,6,2019/7/1,${wrong},1,0,1,`,
        "E1,7,2019/7/1,B1,1.005,0,1,",
        "E1,8,2019/7/1,B1,一百,13,113,退回",
        "E1,9,2019/7/1,B1,100,18,118,",
        "E1,10,2019/7/1,B1,100,-13,87,",
        "E1,1.2E+19,2019/7/1,B1,100,13,113,",
        "E1,2431200000001234567,2019/7/1,B1,100,13,113,",
        "E1,13,2019/7/1,B1,100,13,113",
        "E1,14,2019/7/1,B1,100,13,113,有效,多余",
        "E1,15,2019/7/1,,,,,",
        SALE,
      ),
    );
    expect(await room.import({ path })).toMatchObject({ accepted: 1, quarantined: 15 });
    expect(await room.reasons()).toEqual([
      { line: 2, codes: ["enterprise-missing"] },
      { line: 3, codes: ["number-missing"] },
      { line: 4, codes: ["date-unreadable"] },
      { line: 5, codes: ["date-in-future"] },
      { line: 6, codes: ["date-too-early"] },
      { line: 7, codes: ["counterparty-check-character"] },
      { line: 8, codes: ["amount-unreadable"] },
      { line: 9, codes: ["amount-unreadable", "status-unknown"] },
      { line: 10, codes: ["tax-rate-too-high"] },
      { line: 11, codes: ["tax-sign"] },
      { line: 12, codes: ["number-malformed"] },
      { line: 13, codes: ["e-invoice-number-length"] },
      { line: 14, codes: ["cell-count"] },
      { line: 15, codes: ["cell-count"] },
      { line: 16, codes: ["counterparty-missing", "amount-missing", "tax-missing"] },
    ]);
  });

  test("rates by date: in force, in force earlier, blended, too high", async () => {
    await using room = await openRoom();
    await room.import({
      path: await room.file(
        "a.csv",
        csv(
          "E1,1,2018/4/30,B1,100,17,117,",
          "E1,2,2018/5/1,B1,100,17,117,", // issued late for an earlier supply
          "E1,3,2019/3/31,B1,100,16,116,",
          "E1,4,2019/4/1,B1,100,13,113,",
          "E1,5,2019/4/1,B1,100,7.5,107.5,", // several rates
          "E1,6,2019/4/1,B1,0,0,0,",
          "E1,7,2019/4/1,B1,100,0,100,",
          "E1,8,2019/4/1,B1,100,13.06,113.06,", // rounded line by line
          "E1,9,2019/4/1,B1,100,14,114,", // the rate of now beside one of then
          "E1,10,2019/4/1,B1,987889.61,167941.39,1155831.00,", // many lines, each rounded
          "E1,11,2019/4/1,B1,100,17.2,117.2,",
        ),
      ),
    });
    expect((await room.invoices("rate_bps")).map((row) => row["rate_bps"])).toEqual([
      1700,
      1700,
      1600,
      1300,
      null,
      null,
      0,
      1300,
      null,
      1700,
    ]);
    expect(await room.reasons()).toEqual([{ line: 12, codes: ["tax-rate-too-high"] }]);
  });

  test("the same invoice again is a duplicate, a later void replaces it, anything else conflicts", async () => {
    await using room = await openRoom();
    await room.import({ path: await room.file("a.csv", csv(SALE, SALE, "E1,1002,2019/7/2,B1,100,13,113,有效")) });
    const again = await room.import({
      path: await room.file("b.csv", csv(`${SALE} `, "E1,1002,2019/7/2,B1,100,13,113,作废", "E1,1001,2019/7/1,B1,200,26,226,有效")),
    });
    expect(again).toMatchObject({ accepted: 1, duplicates: 1, quarantined: 1 });
    expect(await room.invoices("number, is_void, total_fen")).toEqual([
      { number: "1001", is_void: false, total_fen: 11300 },
      { number: "1002", is_void: true, total_fen: 11300 },
    ]);
    const { items } = await listQuarantine(room.db, { reason: "conflicts-with-accepted" }, { page: 1, pageSize: 10 });
    expect(items).toHaveLength(1);
    expect(items[0]!.reasons[0]!.text.en).toContain("amount 100.00 accepted, 200.00 here");
    // The void one is in; a late copy of the old state is nothing new.
    expect(await room.import({ path: await room.file("c.csv", csv("E1,1002,2019/7/2,B1,100,13,113,有效 ")) })).toMatchObject({
      accepted: 0,
      duplicates: 1,
    });
  });

  test("an e-invoice is known by its number alone; seller and buyer each keep their own record", async () => {
    await using room = await openRoom();
    const number = "24312000000123456789";
    await room.import({ path: await room.file("s.csv", csv(`E1,${number},2024/3/1,B1,100,13,113,`)) });
    expect(await room.import({ path: await room.file("t.csv", csv(`E1,${number},2024/3/2,B1,100,13,113,`)) })).toMatchObject({
      quarantined: 1,
    });
    const purchases = csv(`B1,${number},2024/3/1,E1,100,13,113,`).replace("购方单位代号", "销方单位代号");
    expect(await room.import({ path: await room.file("p.csv", purchases) })).toMatchObject({
      accepted: 1,
      batches: [{ kind: "purchase-invoices" }],
    });
  });

  test("GB 18030, UTF-16, semicolons, tabs and gzip are read alike", async () => {
    await using room = await openRoom();
    const bytes = await readFile(join(import.meta.dirname, "fixtures/gb18030.csv"));
    expect(await room.import({ path: await room.file("gb.csv", bytes) })).toMatchObject({ accepted: 1 });
    expect(await room.import({ path: await room.file("u16.csv", Buffer.from(`\uFEFF${csv(SALE)}`, "utf16le")) })).toMatchObject({
      duplicates: 1,
    });
    expect(await room.import({ path: await room.file("semi.csv", csv(SALE).replaceAll(",", ";")) })).toMatchObject({ duplicates: 1 });
    expect(await room.import({ path: await room.file("tab.txt", csv(SALE).replaceAll(",", "\t")) })).toMatchObject({ duplicates: 1 });
    expect(await room.import({ path: await room.file("a.csv.gz", gzipSync(csv(SALE))) })).toMatchObject({ duplicates: 1 });
    // ASCII for longer than the first look goes, GB 18030 after it.
    const long = Array.from({ length: 9000 }, (_, index) => `E9,${5000 + index},2019/7/1,B${index},100,13,113,`).join("\n");
    const ascii = "enterprise id,number,date,buyer id,amount,tax,total,status\n";
    const tail = bytes.subarray(bytes.indexOf(10) + 1);
    expect(await room.import({ path: await room.file("late.csv", Buffer.concat([Buffer.from(`${ascii}${long}\n`), tail])) })).toMatchObject(
      { accepted: 9000, duplicates: 1 },
    );
  });

  test("a mapping of the user's own is used, and is part of the batch's identity", async () => {
    await using room = await openRoom();
    const path = await room.file("a.csv", "甲,乙,丙,丁,戊,己\n1001,2019/7/1,B1,100,13,113\n");
    const mapping = { number: "甲", issuedOn: "乙", counterparty: "丙", amount: "丁", tax: "戊", total: "己" };
    expect(await room.refusal({ path })).toBe("headers-unknown");
    expect(await room.refusal({ path, kind: "sales-invoices", mapping })).toBe("fields-missing");
    expect(await room.import({ path, kind: "sales-invoices", mapping, enterprise: "E1" })).toMatchObject({ accepted: 1 });
    expect(await room.refusal({ path, kind: "sales-invoices", mapping: { ...mapping, total: "庚" }, enterprise: "E1" })).toBe(
      "header-unknown",
    );
  });
});

describe("files that are refused leave nothing", () => {
  const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]);
  const many = csv(...Array.from({ length: 20_000 }, (_, index) => SALE.replace("1001", String(index))));
  const cases: [string, string | Buffer, string][] = [
    ["empty.csv", "", "file-empty"],
    ["header-only.csv", `${HEADER}\n`, "file-empty"],
    ["blank.csv", "\n\n  \n", "file-empty"],
    ["picture.csv", png, "format-unknown"],
    ["old.xlsx", Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, 0, 0]), "format-unknown"],
    ["program.csv", Buffer.from("MZ\u0090\u0000\u0003\u0000\u0000", "latin1"), "format-unknown"],
    ["nul.csv", Buffer.from(`${csv(SALE)}\u0000`), "format-unknown"],
    ["page.xls", "<html><table><tr><td>1</td></tr></table></html>", "format-unknown"],
    ["cut.csv.gz", gzipSync(many).subarray(0, 5000), "archive-damaged"],
    ["cut.xlsx", xlsx("<row/>").subarray(0, 600), "archive-damaged"],
    ["other.zip", zip({ "readme.txt": "hello" }), "format-unknown"],
    ["headers.csv", "a,b,c\n1,2,3\n", "headers-unknown"],
    ["quote.csv", csv(SALE, 'E1,2,2019/7/1,"B1,100,13,113,有效'), "quote-unclosed"],
    ["encoding.csv", Buffer.concat([Buffer.from(csv(SALE)), Buffer.from([0xff, 0xff, 0x80, 0x0a])]), "encoding-broken"],
    ["cut.xml", "<?xml version='1.0'?><EInvoice><Header>", "xml-malformed"],
    [
      "laughs.xml",
      '<?xml version="1.0"?><!DOCTYPE EInvoice [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><EInvoice>&b;</EInvoice>',
      "xml-malformed",
    ],
    ["cut.parquet", Buffer.from("PAR1 and nothing more"), "parquet-damaged"],
    [
      "bomb.csv.gz",
      gzipSync(Buffer.concat([Buffer.from(`${HEADER}\n`), Buffer.alloc(120 * 2 ** 20, `${SALE}\n`)]), { level: 9 }),
      "archive-too-large",
    ],
    ["bomb.xlsx", xlsx(`<row><c t="inlineStr"><is><t>${" ".repeat(60 * 2 ** 20)}</t></is></c></row>`), "archive-too-large"],
    ["wrong-columns.csv", csv(...Array.from({ length: 10_001 }, (_, index) => `E1,${index},x,B1,1,0,1,`)), "no-row-acceptable"],
  ];
  test.each(cases)("%s", async (name, content, code) => {
    await using room = await openRoom();
    expect(await room.refusal({ path: await room.file(name, content) })).toBe(code);
    expect(await room.traces()).toEqual({ files: [], batches: 0, quarantined: 0, enterprises: 0 });
  });

  test("an import that is broken off leaves nothing and can be run again", async () => {
    await using room = await openRoom();
    const path = await room.file("a.csv", many);
    for (const phase of ["reading", "checking", "comparing", "writing"]) {
      const aborted = new AbortController();
      await expect(
        importFile(room, { path, today: TODAY, signal: aborted.signal, onProgress: (now) => now.phase === phase && aborted.abort() }),
      ).rejects.toThrow();
      expect(await room.traces()).toEqual({ files: [], batches: 0, quarantined: 0, enterprises: 0 });
    }
    expect(await room.import({ path })).toMatchObject({ accepted: 20_000 });
  });

  test("a crash between the file and the database leaves an orphan that no reader sees and the next import overwrites", async () => {
    await using room = await openRoom();
    const path = await room.file("a.csv", csv(SALE));
    await sql`create function no_batch() returns trigger language plpgsql as $$ begin raise exception 'crash'; end $$`.execute(room.db);
    await sql`create trigger crash before insert on import_batch execute function no_batch()`.execute(room.db);
    await expect(importFile(room, { path, today: TODAY })).rejects.toThrow("crash");
    await sql`drop trigger crash on import_batch`.execute(room.db);
    expect(await room.invoices("*")).toEqual([]);
    expect(await room.import({ path })).toMatchObject({ accepted: 1 });
  });
});

test("the Parquet bytes are the same for the same rows, whatever the number of threads", async () => {
  const hashes = new Set<string>();
  const lines = Array.from(
    { length: 300_000 },
    (_, index) => `E${index % 97},${index},2019/${(index % 12) + 1}/${(index % 28) + 1},B${index % 1009},100,13,113,`,
  );
  const text = `${HEADER}\n${lines.join("\n")}\n`;
  for (const threads of [1, 2, 4]) {
    await using room = await openRoom();
    await room.lake.connection.run(`set threads = ${threads}`);
    const { batches } = await room.import({ path: await room.file("a.csv", text) });
    hashes.add(batches[0]!.sha256!);
  }
  expect(hashes.size).toBe(1);
});

test("quarantine: mended rows are accepted under the same rules, still bad ones keep what arrived", async () => {
  await using room = await openRoom();
  await room.import({
    path: await room.file("a.csv", csv(SALE, "E1,1002,2019/7/1,B1,100,13,131,有效", "E1,1003,2019/7/1,B1,x,13,113,有效")),
  });
  const [first, second] = (await listQuarantine(room.db, { state: "open" }, { page: 1, pageSize: 10 })).items;
  const still = await retryQuarantined(room, { id: first!.id, cells: { 价税合计: "114" }, today: TODAY });
  expect(still.ok && still.value.row).toMatchObject({
    state: "open",
    raw: { 价税合计: "131" },
    mended: { 价税合计: "114" },
    reasons: [{ code: "sum-mismatch" }],
  });
  const mended = await retryQuarantined(room, { id: first!.id, cells: { 价税合计: "113" }, today: TODAY });
  expect(mended.ok && mended.value).toMatchObject({ row: { state: "mended" }, outcome: { accepted: 1, quarantined: 0 } });
  expect(await room.invoices("number, line")).toEqual([
    { number: "1001", line: 2 },
    { number: "1002", line: 3 },
  ]);
  expect((await dismissQuarantined(room.db, second!.id)).ok).toBe(true);
  expect(await retryQuarantined(room, { id: first!.id, cells: {}, today: TODAY })).toMatchObject({
    ok: false,
    error: { code: "quarantine-settled" },
  });
});

test("enterprises: the register and how loans ended, kept apart; what is known is completed, never emptied", async () => {
  await using room = await openRoom();
  await room.import({ path: await room.file("i.csv", csv(SALE)) });
  const path = await room.file("e.csv", "企业代号,企业名称,信誉评级,是否违约\nE1,***电器销售有限公司,A,否\nE2,个体经营E2,D,是\nE3,,B,否\n");
  expect(await room.import({ path })).toMatchObject({ accepted: 2, quarantined: 1, batches: [{ kind: "enterprises", sha256: null }] });
  expect(await room.db.selectFrom("enterprise").select(["id", "name", "kind"]).orderBy("id").execute()).toEqual([
    { id: "E1", name: "***电器销售有限公司", kind: "company" },
    { id: "E2", name: "个体经营E2", kind: "sole-trader" },
  ]);
  expect(
    await room.db.selectFrom("credit_outcome").select(["enterprise_id", "bank_grade", "defaulted"]).orderBy("enterprise_id").execute(),
  ).toEqual([
    { enterprise_id: "E1", bank_grade: "A", defaulted: false },
    { enterprise_id: "E2", bank_grade: "D", defaulted: true },
  ]);
  expect(await room.import({ path })).toMatchObject({ accepted: 0, duplicates: 3 });
});

test("XLSX: shared and inline strings, numbers, dates by style; the visible sheet", async () => {
  await using room = await openRoom();
  const strings = [...HEADER.split(","), "E1", "B1", "有效发票"];
  const header = strings
    .slice(0, 8)
    .map((_, index) => `<c r="${"ABCDEFGH"[index]}1" t="s"><v>${index}</v></c>`)
    .join("");
  const book = xlsx(
    `<row r="1">${header}</row>
     <row r="3"><c r="A3" t="s"><v>8</v></c><c r="B3"><v>1001</v></c><c r="C3" s="1"><v>43647</v></c><c r="D3" t="s"><v>9</v></c><c r="E3"><v>100.10000000000001</v></c><c r="F3"><v>13.01</v></c><c r="G3"><v>113.11</v></c><c r="H3" t="s"><v>10</v></c></row>
     <row r="4"><c r="A4" t="inlineStr"><is><r><t>E</t></r><r><t>1</t></r></is></c><c r="B4" t="str"><v>24312000000123456789</v></c><c r="C4" s="2"><v>43648.5</v></c><c r="D4" t="inlineStr"><is><t>甲&amp;乙</t></is></c><c r="E4"><v>1E3</v></c><c r="F4"><v>130</v></c></row>`,
    strings,
  );
  const path = await room.file("a.xlsx", book);
  expect(await room.import({ path })).toMatchObject({ accepted: 2, quarantined: 0 });
  expect(await room.invoices("line, number, issued_on, counterparty, amount_fen, total_fen")).toEqual([
    { line: 3, number: "1001", issued_on: "2019-07-01", counterparty: "B1", amount_fen: 10010, total_fen: 11311 },
    { line: 4, number: "24312000000123456789", issued_on: "2019-07-02", counterparty: "甲&乙", amount_fen: 100000, total_fen: 113000 },
  ]);
  expect(await previewFile(path)).toMatchObject({ format: "xlsx", kind: "sales-invoices", missing: [], headers: HEADER.split(",") });
});

/** Synthetic: no public sample of the format was found. */
const eInvoice = (
  number: string,
  seller: string,
  buyer: string,
  amount: string,
  tax: string,
  total: string,
) => `<?xml version="1.0" encoding="UTF-8"?>
<EInvoice><!-- synthetic --><Header><EIid>${number}</EIid><Version>0.2</Version></Header>
 <EInvoiceData><SellerInformation><SellerIdNum>${seller}</SellerIdNum><SellerName>合成销方</SellerName></SellerInformation>
 <BuyerInformation><BuyerIdNum>${buyer}</BuyerIdNum><BuyerName>合成&amp;购方</BuyerName></BuyerInformation>
 <BasicInformation><TotalAmWithoutTax>${amount}</TotalAmWithoutTax><TotalTaxAm>${tax}</TotalTaxAm><TotalTax-includedAmount>${total}</TotalTax-includedAmount><RequestTime>2024-03-01 10:00:00</RequestTime></BasicInformation>
 <IssuItemInformation><Amount>${amount}</Amount><ComTaxAm>${tax}</ComTaxAm></IssuItemInformation></EInvoiceData>
 <TaxSupervisionInfo><InvoiceNumber>${number}</InvoiceNumber><IssueTime>2024-03-01 10:00:05</IssueTime></TaxSupervisionInfo></EInvoice>`;

test("e-invoices as XML, alone and in a zip: sale or purchase by whose they are", async () => {
  await using room = await openRoom();
  const sold = eInvoice("24312000000123456789", "E1", "B1", "100.00", "13.00", "113.00");
  const bought = eInvoice("24312000000123456790", "S1", "E1", "-50.00", "-3.00", "-53.00");
  const foreign = eInvoice("24312000000123456791", "S1", "B1", "1.00", "0.00", "1.00");
  const path = await room.file("one.xml", sold);
  expect(await room.refusal({ path })).toBe("side-unknown");
  expect(await room.import({ path, kind: "sales-invoices" })).toMatchObject({ accepted: 1 });
  const all = await room.file("many.zip", zip({ "a.xml": sold, "b/b.xml": bought, "c.xml": foreign }));
  expect(await room.import({ path: all, enterprise: "E1" })).toMatchObject({ accepted: 1, duplicates: 1, quarantined: 1 });
  expect(await room.invoices("is_sale, number, issued_on, counterparty, counterparty_name, total_fen, rate_bps")).toEqual(
    expect.arrayContaining([
      {
        is_sale: true,
        number: "24312000000123456789",
        issued_on: "2024-03-01",
        counterparty: "B1",
        counterparty_name: "合成&购方",
        total_fen: 11300,
        rate_bps: 1300,
      },
      {
        is_sale: false,
        number: "24312000000123456790",
        issued_on: "2024-03-01",
        counterparty: "S1",
        counterparty_name: "合成销方",
        total_fen: -5300,
        rate_bps: 600,
      },
    ]),
  );
  expect(await room.reasons()).toEqual([{ line: 3, codes: ["other-enterprise"] }]);
});

describe("bank transactions", () => {
  const fixtures = join(import.meta.dirname, "fixtures/camt053");
  test("the public samples of camt.053 are read in every version", async () => {
    await using room = await openRoom();
    for (const name of (await readdir(fixtures)).sort()) {
      const outcome = await room.import({ path: join(fixtures, name), enterprise: name });
      expect(outcome.accepted + outcome.quarantined + outcome.duplicates, name).toBeGreaterThan(0);
      expect(outcome.batches[0]!.kind).toBe("bank-transactions");
    }
    const found = await room.bank("enterprise, account, booked_on, amount_fen, currency, counterparty, remittance");
    for (const version of ["v2.minimal", "v3", "v4", "v8"])
      expect(
        found.filter((row) => row["enterprise"] === `camt053.${version}.xml`),
        version,
      ).toMatchObject([
        {
          account: "NL26VAYB8060476890",
          booked_on: "2014-12-31",
          amount_fen: 885,
          currency: "EUR",
          counterparty: "NAME NAME",
          remittance: "4654654654654654",
        },
      ]);
  });

  const statement = (
    closing: string,
  ) => `<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt><Id>1</Id>
    <Acct><Id><Othr><Id>6222 0001</Id></Othr></Id><Ccy>CNY</Ccy><Ownr><Nm>E1</Nm></Ownr></Acct>
    <Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="CNY">100.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>
    <Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="CNY">${closing}</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>
    <Ntry><Amt Ccy="CNY">50.5</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2024-01-02</Dt></BookgDt><AcctSvcrRef>R1</AcctSvcrRef></Ntry><Ntry><Amt Ccy="CNY">20</Amt><CdtDbtInd>DBIT</CdtDbtInd><RvslInd>true</RvslInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2024-01-03</Dt></BookgDt><AcctSvcrRef>R2</AcctSvcrRef></Ntry>
    <Ntry><Amt Ccy="CNY">7</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>PDNG</Cd></Sts><BookgDt><Dt>2024-01-03</Dt></BookgDt></Ntry></Stmt></BkToCstmrStmt></Document>`;

  test("balances follow where the statement reconciles, and are left open where it does not", async () => {
    await using room = await openRoom();
    expect(await room.import({ path: await room.file("a.xml", statement("130.50")) })).toMatchObject({ accepted: 2, quarantined: 1 });
    expect(await room.bank("account, amount_fen, balance_fen, kind")).toEqual([
      { account: "62220001", amount_fen: 5050, balance_fen: 15050, kind: "transfer" },
      { account: "62220001", amount_fen: -2000, balance_fen: 13050, kind: "return" },
    ]);
    expect((await room.reasons())[0]!.codes).toEqual(["not-booked"]);
    await using other = await openRoom();
    await other.import({ path: await other.file("a.xml", statement("131.00")) });
    expect((await other.bank("balance_fen")).map((row) => row["balance_fen"])).toEqual([null, null]);
  });

  test("as CSV: money in and out in two columns, or one with a direction; equal rows of one day are all kept", async () => {
    await using room = await openRoom();
    const two =
      "本方账号,交易日期,收入金额,支出金额,余额,对方户名,摘要\n6222,2024-01-02,100.00,,,甲,货款\n6222,2024-01-02,100.00,,,甲,货款\n6222,2024-01-03,,12.50,,银行,手续费\n6222,2024-01-04,,,,,\n";
    expect(await room.import({ path: await room.file("two.csv", two), enterprise: "E1" })).toMatchObject({ accepted: 3, quarantined: 1 });
    const one =
      "企业代号,账号,交易日期,交易金额,借贷标志,对方户名,摘要\nE1,6222,2024-01-02,100,贷,甲,货款\nE1,6222,2024-01-05,9,借,乙,工资\n";
    expect(await room.import({ path: await room.file("one.csv", one) })).toMatchObject({ accepted: 1, duplicates: 1 });
    expect(await room.bank("amount_fen, kind")).toEqual(
      expect.arrayContaining([
        { amount_fen: 10000, kind: "transfer" },
        { amount_fen: -1250, kind: "fee" },
        { amount_fen: -900, kind: "salary" },
      ]),
    );
  });
});

test("a gzip file cut at any place is refused, never half imported", async () => {
  await using room = await openRoom();
  const packed = gzipSync(csv(...Array.from({ length: 2000 }, (_, index) => SALE.replace("1001", String(index * 7919)))));
  for (const share of [0.3, 0.7, 0.99]) {
    const path = await room.file("cut.gz", packed);
    await truncate(path, Math.floor(packed.length * share));
    expect(await room.refusal({ path })).toBe("archive-damaged");
  }
  expect((await room.traces()).batches).toBe(0);
});

import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { API_PREFIX, routes } from "../../api/src/index.ts";
import { salesCsv, testServer } from "./server.ts";

const HEADER = "企业代号,发票号码,开票日期,购方单位代号,金额,税额,价税合计,发票状态";

// One server for the tests that only read, with two enterprises' sales and one's purchases.
let server: Awaited<ReturnType<typeof testServer>>;
beforeAll(async () => {
  server = await testServer();
  await server.importFile("e.csv", "企业代号,企业名称\nT1,***建筑工程有限公司\nT2,个体经营T2\n", { kind: "enterprises" });
  await server.importFile(
    "t1.csv",
    `${salesCsv("T1", 300)}T1,90000001,2019-12-30,B9,-1000.00,-130.00,-1130.00,有效发票\nT1,90000002,2019-12-31,B9,500.00,65.00,565.00,作废发票\n`,
    { kind: "sales-invoices" },
  );
  await server.importFile("t2.csv.gz", new Uint8Array(gzipSync(salesCsv("T2", 40, 20_000_000))), { kind: "sales-invoices" });
  await server.importFile(
    "t1-purchases.csv",
    "企业代号,发票号码,开票日期,销方单位代号,金额,税额,价税合计,发票状态\nT1,30000001,2018-06-01,S1,100.00,13.00,113.00,有效发票\nT1,30000002,2018-07-01,S1,50.00,6.50,56.50,有效发票\n",
    { kind: "purchase-invoices" },
  );
});
afterAll(() => server[Symbol.asyncDispose]());

test("the state of the platform: ready, how much it holds, up to which day", async () => {
  const state = await server.call(routes.getSystem);
  expect(state).toMatchObject({
    product: "zhiwei",
    state: "ready",
    progress: null,
    problem: null,
    demonstration: null,
    asOf: "2019-12-31",
    counts: { enterprises: 2, invoices: 344, bankTransactions: 0, quarantined: 0 },
  });
});

test("enterprises: searched, sorted, filtered, paged", async () => {
  const all = await server.call(routes.listEnterprises, { query: {} });
  expect(all).toMatchObject({ total: 2, page: 1, pageSize: 25 });
  expect(all.items.map((each) => each.id)).toEqual(["T1", "T2"]);
  expect(all.items[0]!.invoices).toBe(304);
  const found = await server.call(routes.listEnterprises, { query: { search: "个体" } });
  expect(found.items.map((each) => each.id)).toEqual(["T2"]);
  const sorted = await server.call(routes.listEnterprises, { query: { sort: "invoices", order: "asc", pageSize: 1, page: 2 } });
  expect(sorted.items.map((each) => each.id)).toEqual(["T1"]);
  const one = await server.call(routes.getEnterprise, { params: { id: "T1" } });
  expect(one).toEqual(all.items[0]);
  expect(await server.refusal(routes.getEnterprise, { params: { id: "nobody" } })).toEqual({ status: 404, code: "not-found" });
  expect(await server.refusal(routes.getEnterprise, { params: { id: "../../etc/passwd" } })).toEqual({ status: 404, code: "not-found" });
});

test("a profile: the same bytes for the same inputs, known by its hash", async () => {
  const { sha256, profile } = await server.call(routes.getProfile, { params: { id: "T1" }, query: {} });
  expect(profile).toMatchObject({ asOf: "2019-12-31", enterprise: { id: "T1" } });
  const url = `${server.url}${API_PREFIX}/enterprises/T1/profile`;
  const first = await fetch(url);
  const text = await first.text();
  expect(first.headers.get("etag")).toBe(`"${sha256}"`);
  expect(await (await fetch(`${url}?asOf=2019-12-31`)).text()).toBe(text);
  const known = await fetch(url, { headers: { "if-none-match": `"x", W/"${sha256}"` } });
  expect([known.status, await known.text(), known.headers.get("etag")]).toEqual([304, "", `"${sha256}"`]);
  const other = await fetch(`${url}?asOf=2018-12-31`, { headers: { "if-none-match": `"${sha256}"` } });
  expect(other.status).toBe(200);
  // The hash is of the document's own bytes as they stand in the answer.
  const bytes = text.slice(text.indexOf('"profile":') + '"profile":'.length, -1);
  expect(createHash("sha256").update(bytes).digest("hex")).toBe(sha256);
  expect(await server.refusal(routes.getProfile, { params: { id: "nobody" }, query: {} })).toEqual({ status: 404, code: "not-found" });
  expect(await server.refusal(routes.getProfile, { params: { id: "T1" }, query: { asOf: "9999-01-01" } })).toMatchObject({ status: 400 });
  expect(await server.refusal(routes.getProfile, { params: { id: "T1" }, query: { asOf: "2019-02-30" } })).toEqual({
    status: 400,
    code: "bad-request",
  });
});

test("features: the catalogue, and every value of it as of a day", async () => {
  const { features } = await server.call(routes.listFeatures);
  expect(features.length).toBeGreaterThanOrEqual(80);
  const values = await server.call(routes.getFeatures, { params: { id: "T1" }, query: { asOf: "2019-12-31" } });
  expect(Object.keys(values.values).sort()).toEqual(features.map((feature) => feature.id).sort());
  expect(values.values["net_sales_12m"]).not.toBe(null);
  const before = await server.call(routes.getFeatures, { params: { id: "T1" }, query: { asOf: "2010-01-01" } });
  expect(new Set(Object.values(before.values))).toEqual(new Set([null]));
  expect(await server.refusal(routes.getFeatures, { params: { id: "nobody" }, query: {} })).toEqual({ status: 404, code: "not-found" });
});

test("invoices: filtered, sorted, summed; a void one counts in no sum but that of void ones", async () => {
  const list = (query: Parameters<typeof server.call<typeof routes.listInvoices>>[1] extends { query?: infer Q } | undefined ? Q : never) =>
    server.call(routes.listInvoices, { params: { id: "T1" }, query: query ?? {} });
  const all = await list({});
  expect(all).toMatchObject({ total: 304, rule: null });
  expect(all.items.map((each) => each.issuedOn)).toEqual(
    all.items
      .map((each) => each.issuedOn)
      .toSorted()
      .reverse(),
  );
  const voids = await list({ status: "void" });
  expect(voids).toMatchObject({
    total: 1,
    sumTotalFen: 56_500,
    items: [{ number: "90000002", void: true, side: "sale", counterparty: "B9" }],
  });
  const red = await list({ status: "red" });
  expect(red).toMatchObject({ total: 1, sumTotalFen: -113_000 });
  const december = await list({ month: "2019-12", side: "sale" });
  expect(december.items.every((each) => each.issuedOn.startsWith("2019-12"))).toBe(true);
  expect(december.sumTotalFen).toBe(december.items.filter((each) => !each.void).reduce((sum, each) => sum + each.totalFen, 0));
  const purchases = await list({ side: "purchase", sort: "totalFen", order: "asc" });
  expect(purchases.items.map((each) => each.totalFen)).toEqual([5_650, 11_300]);
  expect((await list({ counterparty: "B3' OR true --" })).total).toBe(0);
  expect((await list({ asOf: "2018-01-01" })).total).toBe(2);
  const second = await list({ page: 2, pageSize: 200 });
  expect(second.items.length).toBe(104);
  for (const [query, status] of [
    [{ month: "2019-13" }, 400],
    [{ feature: "no_such_feature" }, 404],
    [{ flag: "no-such-flag" }, 404],
    [{ feature: "net_sales_12m", flag: "x" }, 400],
  ] as const)
    expect((await server.refusal(routes.listInvoices, { params: { id: "T1" }, query })).status, JSON.stringify(query)).toBe(status);
});

test("the invoices behind a feature and behind a flag", async () => {
  const { features } = await server.call(routes.listFeatures);
  const behind = await server.call(routes.listInvoices, { params: { id: "T1" }, query: { feature: "net_sales_12m", pageSize: 200 } });
  const { values } = await server.call(routes.getFeatures, { params: { id: "T1" }, query: {} });
  expect(behind.rule?.zh).toMatch(/\p{Script=Han}/u);
  const all = [...behind.items];
  for (let page = 2; all.length < behind.total; page++)
    all.push(
      ...(await server.call(routes.listInvoices, { params: { id: "T1" }, query: { feature: "net_sales_12m", pageSize: 200, page } })).items,
    );
  expect(all.reduce((sum, each) => sum + each.amountFen, 0)).toBe(values["net_sales_12m"]);
  const bank = features.find((feature) => !feature.traceable)!;
  expect(await server.refusal(routes.listInvoices, { params: { id: "T1" }, query: { feature: bank.id } })).toEqual({
    status: 422,
    code: "no-invoices-behind",
  });
  for (const feature of features.filter((each) => each.traceable))
    await server.call(routes.listInvoices, { params: { id: "T1" }, query: { feature: feature.id, pageSize: 1 } });

  const { profile } = await server.call(routes.getProfile, { params: { id: "T1" }, query: {} });
  const flags = profile.flags.filter((flag) => flag.rows.source === "invoices");
  expect(flags.length).toBeGreaterThan(0);
  for (const flag of flags) {
    const rows = await server.call(routes.listInvoices, { params: { id: "T1" }, query: { flag: flag.id } });
    expect(rows.total, flag.id).toBe(flag.evidence.rows);
    expect(rows.rule?.en).toContain(flag.name.en);
  }
});

test("counterparties by net invoices of the last months", async () => {
  const found = await server.call(routes.listCounterparties, { params: { id: "T1" }, query: { side: "purchase", months: 24 } });
  expect(found).toMatchObject({
    total: 1,
    sumNetTotalFen: 16_950,
    items: [{ counterparty: "S1", invoices: 2, netTotalFen: 16_950, share: 1, firstOn: "2018-06-01", lastOn: "2018-07-01" }],
  });
  const sales = await server.call(routes.listCounterparties, { params: { id: "T1" }, query: { side: "sale", months: 120, pageSize: 3 } });
  expect(sales.total).toBe(8);
  expect(sales.items.map((each) => each.netTotalFen)).toEqual(sales.items.map((each) => each.netTotalFen).toSorted((a, b) => b - a));
  expect(await server.refusal(routes.listCounterparties, { params: { id: "T1" }, query: { side: "both" } as never })).toEqual({
    status: 400,
    code: "bad-request",
  });
});

test("batches and jobs: what was imported, newest first", async () => {
  const batches = await server.call(routes.listBatches, { query: {} });
  expect(batches.items.map((batch) => batch.rows).reduce((sum, rows) => sum + rows, 0)).toBeGreaterThanOrEqual(344);
  expect(batches.items.every((batch) => batch.sha256 === null || /^[0-9a-f]{64}$/.test(batch.sha256))).toBe(true);
  const jobs = await server.call(routes.listImports, { query: { pageSize: 2 } });
  expect(jobs).toMatchObject({ total: 4, page: 1, pageSize: 2 });
  expect(jobs.items[0]!.file).toBe("t1-purchases.csv");
  expect(jobs.items.every((job) => job.state === "done" && job.finishedAt !== null)).toBe(true);
  for (const id of ["x", "00000000-0000-0000-0000-000000000000"])
    expect(await server.refusal(routes.getImport, { params: { id } })).toEqual({ status: 404, code: "not-found" });
});

test("an upload is previewed; the name it comes under leads nowhere", async () => {
  const { document } = await server.upload("../../../../tmp/evil\u0000\u202e.csv", salesCsv("T9", 3));
  expect(document).toMatchObject({ file: "evil.csv", kind: "sales-invoices", missing: [] });
  expect(document.headers).toEqual(HEADER.split(","));
  expect(document.rows[0]![0]).toBe("T9");
  const uploads = await readdir(join(server.surroundings.env.ZHIWEI_DATA, "uploads"));
  expect(uploads.sort()).toEqual([document.upload, `${document.upload}.json`].sort());
  for (const upload of ["../lake", "x", `${document.upload}.json`, "00000000-0000-0000-0000-000000000000"])
    expect(await server.refusal(routes.startImport, { body: { upload, kind: "sales-invoices" } }), upload).toEqual({
      status: 404,
      code: "not-found",
    });
});

test("what is no file of records is refused at the upload and leaves nothing behind", async () => {
  const folder = join(server.surroundings.env.ZHIWEI_DATA, "uploads");
  const before = await readdir(folder);
  const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]);
  for (const [name, bytes] of [
    ["renamed.csv", png],
    ["empty.csv", ""],
    ["cut.csv.gz", new Uint8Array(gzipSync(salesCsv("T1", 5000)).subarray(0, 3000))],
  ] as const) {
    const { status, document } = await server.upload(name, bytes);
    expect(status, name).toBe(422);
    expect(document.code, name).toMatch(/^[a-z-]+$/);
  }
  expect(await readdir(folder)).toEqual(before);
});

test("the same file twice, and the same invoices in two files, change nothing the second time", async () => {
  const before = await server.call(routes.getSystem);
  const again = await server.importFile("t2-again.csv", salesCsv("T2", 40, 20_000_000), { kind: "sales-invoices" });
  expect(again).toMatchObject({ state: "done", outcome: { accepted: 0, duplicates: 40, quarantined: 0 } });
  const after = await server.call(routes.getSystem);
  expect(after.counts.invoices).toBe(before.counts.invoices);
});

test("a bad row waits in quarantine, is mended or dismissed, once", async () => {
  await using own = await testServer();
  const text = `${HEADER}\nQ1,10000001,2019-05-05,B1,100.00,13.00,113.00,有效发票\nQ1,10000002,2019-05-06,B1,100.00,13.00,150.00,有效发票\nQ1,10000003,2019-13-06,B1,100.00,13.00,113.00,有效发票\n`;
  const job = await own.importFile("q.csv", text, { kind: "sales-invoices" });
  expect(job).toMatchObject({ state: "done", outcome: { accepted: 1, quarantined: 2, duplicates: 0 } });
  const waiting = await own.call(routes.listQuarantine, { query: { state: "open" } });
  expect(waiting).toMatchObject({ total: 2, items: [{ line: 3, file: "q.csv", kind: "sales-invoices", state: "open" }, { line: 4 }] });
  const [sum, day] = waiting.items as [(typeof waiting.items)[0], (typeof waiting.items)[0]];
  expect(sum.reasons.length).toBeGreaterThan(0);
  expect(sum.raw["价税合计"]).toBe("150.00");
  const reason = sum.reasons[0]!.code;
  expect((await own.call(routes.listQuarantine, { query: { reason } })).items.map((row) => row.id)).toEqual([sum.id]);
  expect(waiting.reasons.map((each) => each.code)).toContain(reason);

  const still = await own.call(routes.retryQuarantine, { params: { id: sum.id }, body: { raw: { ...sum.raw, 价税合计: "151.00" } } });
  expect(still.state).toBe("open");
  const mended = await own.call(routes.retryQuarantine, { params: { id: sum.id }, body: { raw: { ...sum.raw, 价税合计: "113.00" } } });
  expect(mended.state).toBe("mended");
  expect((await own.call(routes.getSystem)).counts).toMatchObject({ invoices: 2, quarantined: 1 });
  expect((await own.call(routes.listInvoices, { params: { id: "Q1" }, query: {} })).total).toBe(2);
  const dismissed = await own.call(routes.dismissQuarantine, { params: { id: day.id } });
  expect(dismissed.state).toBe("dismissed");
  expect((await own.call(routes.getSystem)).counts.quarantined).toBe(0);

  expect((await own.refusal(routes.retryQuarantine, { params: { id: sum.id }, body: { raw: sum.raw } })).status).toBe(409);
  expect((await own.refusal(routes.dismissQuarantine, { params: { id: sum.id } })).status).toBe(409);
  expect((await own.refusal(routes.dismissQuarantine, { params: { id: 999_999 } })).status).toBe(404);
});

test("a file larger than allowed is refused, and nothing of it is kept", async () => {
  await using own = await testServer({ ZHIWEI_UPLOAD_LIMIT: "1000" });
  const { status, document } = await own.upload("big.csv", salesCsv("T1", 200));
  expect([status, document.code]).toEqual([413, "too-large"]);
  expect(await readdir(join(own.surroundings.env.ZHIWEI_DATA, "uploads"))).toEqual([]);
});

test("an empty platform answers, and says what is missing", async () => {
  await using own = await testServer();
  expect(await own.call(routes.getSystem)).toMatchObject({ asOf: null, counts: { enterprises: 0, invoices: 0 } });
  expect((await own.call(routes.listEnterprises, { query: {} })).total).toBe(0);
});

import { afterAll, beforeAll, expect, test } from "vitest";
import { patentCheck } from "../../core/src/pledge/index.ts";
import { type Console, seriousFindings, startConsole } from "../console.ts";

let server: Console;
beforeAll(async () => {
  server = await startConsole();
});
afterAll(() => server?.stop());

const SHOTS = process.env["SHOTS"];
/** Buttons of two characters are set with a space between them. */
const spaced = (name: string) => new RegExp(`^${Array.from(name).join("\\s?")}$`);
/** Generated: there is no such patent. */
const patent = (n: number) => {
  const digits = `20991${String(n).padStart(7, "0")}`;
  return { digits, check: patentCheck(digits) };
};

test("a bank registers what is checked as it is typed; another one finds it taken; the owner objects; it is changed and released", async () => {
  const { digits, check } = patent(1);
  const number = `ZL ${digits.slice(0, 4)} ${digits[4]} ${digits.slice(5)}.${check}`;
  const a = await server.open({ seat: "demo-bank-a" });
  await a.page.goto(`${server.url}/pledges`);
  await a.page.getByText("没有登记。").waitFor();
  if (SHOTS) await a.page.screenshot({ path: `${SHOTS}/pledges-empty.png`, fullPage: true });
  await a.page.getByRole("link", { name: "登记质押", exact: true }).click();

  // A wrong digit is told at once, with the field; an empty form is not sent.
  const field = a.page.getByLabel("专利号（申请号）");
  await field.fill(`${digits}.${check === "1" ? "2" : "1"}`);
  await a.page.getByText(`校验码应为“${check}”`).waitFor();
  expect(await field.getAttribute("aria-invalid")).toBe("true");
  await field.fill(number.toLowerCase());
  await a.page.getByText(`识别为：专利 ${number}`).waitFor();
  await a.page.getByRole("button", { name: "提交登记" }).click();
  await a.page.getByText("须填写出质人。").waitFor();
  expect(await seriousFindings(a.page)).toEqual([]);
  await a.page.getByLabel("出质人（企业代号）").fill("E1");
  await a.page.getByLabel("最高担保额（元）").fill("1,000,000.001");
  await a.page.getByText("应为大于零的金额").waitFor();
  await a.page.getByLabel("最高担保额（元）").fill("1,000,000.00");
  await a.page.getByLabel("质押合同编号").fill("检字第 1 号");
  await a.page.getByLabel("财产描述").fill("生成的检验数据，并无此专利");
  if (SHOTS) await a.page.screenshot({ path: `${SHOTS}/pledge-form.png`, fullPage: true });
  await a.page.getByRole("button", { name: "提交登记" }).click();
  await a.page.waitForURL(/\/pledges\/[0-9a-f-]{36}$/);
  await a.page.getByText("登记有效").waitFor();
  const address = a.page.url();

  // The second bank: a search tells that and since when, and nothing else; a registration is refused.
  const b = await server.open({ seat: "demo-bank-b" });
  await b.page.goto(`${server.url}/pledges`);
  await b.page.getByLabel("专利号（申请号）").fill(`CN${digits}${check}`);
  await b.page.getByRole("button", { name: spaced("查询") }).click();
  await b.page.getByText(`专利 ${number}：已出质，自`).waitFor();
  if (SHOTS) await b.page.screenshot({ path: `${SHOTS}/pledge-search.png`, fullPage: true });
  const answer = await b.page.locator("[data-pledged]").innerText();
  expect(answer).toMatch(/存证日志第 \d+ 位/);
  expect(answer).not.toMatch(/示范银行甲|E1|1,000,000|检字/);
  await b.page.goto(`${server.url}/pledges/new`);
  await b.page.getByLabel("专利号（申请号）").fill(number);
  await b.page.getByLabel("出质人（企业代号）").fill("E1");
  await b.page.getByLabel("最高担保额（元）").fill("5");
  await b.page.getByLabel("质押合同编号").fill("检字第 2 号");
  await b.page.getByLabel("财产描述").fill("生成的检验数据，并无此专利");
  await b.page.getByRole("button", { name: "提交登记" }).click();
  await b.page.getByText(/该财产已自 \d{4}-\d{2}-\d{2} .*起登记出质/).waitFor();
  expect(await seriousFindings(b.page)).toEqual([]);
  await b.page.goto(address);
  await b.page.getByText(/没有编号为/).waitFor();
  await b.context.close();

  // The owner sees it and objects.
  const owner = await server.open({ seat: "enterprise:E1", width: 390 });
  await owner.page.goto(`${server.url}/pledges`);
  await owner.page.getByRole("link", { name: `专利 ${number}` }).click();
  await owner.page.getByRole("button", { name: "提出异议" }).click();
  const objecting = owner.page.getByRole("dialog");
  await objecting.getByLabel("异议理由").fill("已清偿（检验）");
  expect(await seriousFindings(owner.page)).toEqual([]);
  await objecting.getByRole("button", { name: "提出异议" }).click();
  await objecting.waitFor({ state: "hidden" });
  await owner.page.getByText(/起有异议：已清偿（检验）/).waitFor();
  expect(await owner.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  if (SHOTS) await owner.page.screenshot({ path: `${SHOTS}/pledge-owner.png`, fullPage: true });
  await owner.context.close();

  // Changed, then released; each step has its place in the log and its evidence.
  await a.page.reload();
  await a.page.getByRole("button", { name: "变更或展期" }).click();
  const changing = a.page.getByRole("dialog");
  await changing.getByLabel("最高担保额（元）").fill("2000000");
  await changing.getByRole("button", { name: "再延一年" }).click();
  await changing.getByRole("button", { name: "变更或展期" }).click();
  await changing.waitFor({ state: "hidden" });
  await a.page.getByText("最高担保额：100.0 万元 → 200.0 万元").first().waitFor();
  await a.page.getByRole("button", { name: spaced("注销") }).click();
  const releasing = a.page.getByRole("dialog");
  await releasing.getByText(/10 个工作日/).waitFor();
  if (SHOTS) await a.page.screenshot({ path: `${SHOTS}/pledge-release.png` });
  await releasing.getByRole("button", { name: spaced("注销") }).click();
  await releasing.waitFor({ state: "hidden" });
  await a.page.getByText("已注销，财产可再次登记。").waitFor();
  if (SHOTS) await a.page.screenshot({ path: `${SHOTS}/pledge-detail.png`, fullPage: true });
  expect(await a.page.getByText("示范银行乙").count()).toBe(1); // it is told who asked
  const links = a.page.getByRole("link", { name: /^下载日志第 \d+ 位的存证/ });
  expect(await links.count()).toBe(4);
  const [file] = await Promise.all([a.page.waitForEvent("download"), links.last().click()]);
  const chunks: Buffer[] = [];
  for await (const chunk of await file.createReadStream()) chunks.push(chunk as Buffer);
  const evidence = JSON.parse(Buffer.concat(chunks).toString("utf8")) as { document: { standing: object }; proof: string };
  expect(evidence.document.standing).toMatchObject({ state: "released", reason: "discharged" });
  expect(evidence.proof).toMatch(/^c2sp\.org\/tlog-proof@v1\n/);
  expect(await seriousFindings(a.page)).toEqual([]);
  expect(a.errors).toEqual([]);
  await a.context.close();
});

test("in English, on a phone, by keyboard: the operator registers a receivable for a bank", async () => {
  const { page, context, errors } = await server.open({ locale: "en-GB", width: 390, scheme: "dark" });
  await page.goto(`${server.url}/pledges/new`);
  await page.getByRole("radio", { name: "Receivable" }).focus();
  await page.keyboard.press("Space");
  await page.getByLabel("Number of the invoice or contract").fill("2431 2000 0000 1234 5678");
  await page.getByText("Read as: Receivable of e-invoice 24312000000012345678").waitFor();
  await page.getByLabel("Pledgee").selectOption({ label: "Demonstration Guarantee Company" });
  await page.getByLabel("Pledgor (id of the enterprise)").fill("E2");
  await page.getByLabel("Highest amount secured (yuan)").fill("88.00");
  await page.getByLabel("Number of the pledge contract").fill("T-2");
  await page.getByLabel("Description of the asset").fill("Generated for a test");
  await page.getByLabel("Last day of the registration").fill("2026-01-01");
  await page.getByText("A registration lasts from one month to 30 years.").waitFor();
  await page.getByRole("button", { name: "3 years" }).click();
  expect(await seriousFindings(page)).toEqual([]);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/pledge-form-phone.png`, fullPage: true });
  await page.getByLabel("Description of the asset").focus();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/pledges\/[0-9a-f-]{36}$/);
  await page.getByRole("heading", { level: 1, name: "Receivable of e-invoice 24312000000012345678" }).waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  expect(await seriousFindings(page)).toEqual([]);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/pledge-detail-phone.png`, fullPage: true });
  await page.goto(`${server.url}/pledges?kind=receivable&state=registered`);
  await page.getByRole("link", { name: "Receivable of e-invoice 24312000000012345678" }).waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  expect(await seriousFindings(page)).toEqual([]);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/pledges-phone.png`, fullPage: true });
  await page.goto(`${server.url}/pledges?kind=warehouse-receipt`);
  await page.getByText("No registration answers to this.").waitFor();
  expect(errors).toEqual([]);
  await context.close();
});

test("a supervisor asks, and has no list", async () => {
  const { page, context, errors } = await server.open({ seat: "demo-supervisor" });
  const { digits, check } = patent(3);
  await page.goto(`${server.url}/pledges`);
  await page.getByLabel("专利号（申请号）").fill(digits + check);
  await page.getByLabel("专利号（申请号）").press("Enter");
  await page.getByText(/：未登记出质。/).waitFor();
  expect(await page.getByRole("heading", { level: 2 }).allInnerTexts()).toEqual(["查询财产是否已出质"]);
  expect(errors).toEqual([]);
  await context.close();
});

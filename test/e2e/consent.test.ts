import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Console, seriousFindings, startConsole } from "../console.ts";

let server: Console;
beforeAll(async () => {
  server = await startConsole();
});
afterAll(() => server?.stop());

const SHOTS = process.env["SHOTS"];
const shot = async (page: Page, name: string) => {
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true });
};
/** A refused read is a refused read: the browser notes it, and nothing else may be wrong. */
const others = (errors: readonly string[]) => errors.filter((each) => !/status of 403/.test(each));
const wide = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth);

test("consent is asked for, given, used, seen, withdrawn; the next read is refused", async () => {
  const bank = await server.open({ seat: "demo-bank-b" });
  const owner = await server.open({ seat: "enterprise:E12" });

  // Without consent the bank sees nothing, and is led to ask.
  await bank.page.goto(`${server.url}/enterprises/E12`);
  await bank.page.getByText("该企业没有对贵方的授权。").first().waitFor();
  await bank.page.getByRole("button", { name: "请求授权" }).click();
  const dialog = bank.page.getByRole("dialog");
  await dialog.getByLabel("为何需要（企业会看到）").fill("流动资金贷款预审");
  await shot(bank.page, "ask");
  expect(await seriousFindings(bank.page)).toEqual([]);
  await dialog.getByRole("button", { name: "发出请求" }).click();
  await bank.page.getByText("请求已发出；企业答复前不能查询。").waitFor();

  // The owner reads the exact text, and agrees to it.
  await owner.page.goto(`${server.url}/enterprises/E12/consents`);
  await owner.page.getByText("流动资金贷款预审").waitFor();
  await owner.page.getByRole("button", { name: /^查看文本并授权/ }).click();
  const words = owner.page.getByRole("region", { name: "将要同意的文本" });
  await words.waitFor();
  const said = await words.innerText();
  expect(said).toContain("向示范银行乙（以下称“接收方”）提供我方的下列数据");
  expect(said).toContain("目的：授信前信用评估。");
  const agree = owner.page.getByRole("button", { name: "同意并授权" });
  expect(await agree.isDisabled()).toBe(true);
  await owner.page.getByLabel("我已阅读以上文本，代表本企业同意。").check();
  await shot(owner.page, "give");
  expect(await seriousFindings(owner.page)).toEqual([]);
  await agree.click();
  await owner.page.getByRole("button", { name: /^撤回授权 示范银行乙$/ }).waitFor();

  // The bank reads the profile.
  await bank.page.goto(`${server.url}/enterprises/E12`);
  await bank.page.getByText("画像哈希 SHA-256").waitFor();

  // The owner sees who read what, when and why: allowed and refused.
  await owner.page.goto(`${server.url}/enterprises/E12/consents?party=demo-bank-b`);
  const trace = owner.page.getByRole("region", { name: "查询记录" });
  const read = trace.getByRole("row").filter({ hasText: "信用画像" }).filter({ hasText: "允许" }).first();
  await read.waitFor();
  expect(await read.innerText()).toMatch(/示范银行乙[\s\S]*信贷员[\s\S]*授信前信用评估[\s\S]*依授权/);
  await trace.getByRole("row").filter({ hasText: "没有授权" }).first().waitFor();
  await shot(owner.page, "consents");
  expect(await seriousFindings(owner.page)).toEqual([]);

  // One click withdraws; the next read is refused, and that is seen too.
  await owner.page.getByRole("button", { name: /^撤回授权 示范银行乙$/ }).click();
  await owner.page.getByText("已结束的授权（1）").waitFor();
  await bank.page.reload();
  await bank.page.getByText("该企业已撤回对贵方的授权。").first().waitFor();
  expect(await bank.page.getByText("画像哈希 SHA-256").count()).toBe(0);
  await owner.page.reload();
  await trace.getByRole("row").filter({ hasText: "授权已撤回" }).first().waitFor();
  expect(others(bank.errors)).toEqual([]);
  expect(owner.errors).toEqual([]);
  await bank.context.close();
  await owner.context.close();
});

test("a bank sees who consented to it, and what the list shows leaves a trace", async () => {
  const { page, context, errors } = await server.open({ seat: "demo-bank-a" });
  await page.goto(`${server.url}/consents`);
  await page.getByRole("heading", { name: /已授权的企业 \(384\)/ }).waitFor();
  await page.getByText("示范生成，非企业真实作出").first().waitFor();
  await shot(page, "held");
  expect(await seriousFindings(page)).toEqual([]);
  await page.goto(`${server.url}/enterprises`);
  await page.getByRole("link", { name: /E1$/ }).first().waitFor();
  expect(errors).toEqual([]);
  await context.close();

  const other = await server.open({ seat: "demo-bank-b", width: 390 });
  await other.page.goto(`${server.url}/consents`);
  await other.page.getByText("没有企业授权给本机构。").waitFor();
  expect(await wide(other.page)).toBeLessThanOrEqual(390);
  expect(await seriousFindings(other.page)).toEqual([]);
  await other.context.close();

  const owner = await server.open({ seat: "enterprise:E1" });
  await owner.page.goto(`${server.url}/enterprises/E1/consents`);
  const trace = owner.page.getByRole("region", { name: "查询记录" });
  await trace.getByRole("row").filter({ hasText: "示范银行甲" }).filter({ hasText: "企业名录中的一行" }).first().waitFor();
  expect(owner.errors).toEqual([]);
  await owner.context.close();
});

test("on a phone, in English: an objection with its clock, verified and answered by the operator", async () => {
  const owner = await server.open({ seat: "enterprise:E12", locale: "en-GB", width: 390 });
  await owner.page.goto(`${server.url}/enterprises/E12/consents`);
  await owner.page.getByRole("button", { name: "Object", exact: true }).click();
  await owner.page.getByLabel("Which item (an invoice number, a month, a feature)").fill("2019-03");
  await owner.page.getByLabel("What is wrong, and what it should be").fill("The month lacks our invoices of the second week");
  await owner.page.getByRole("button", { name: "Send the objection" }).click();
  await owner.page.getByText(/To be answered by \d{4}-\d{2}-\d{2}, 20 days left/).waitFor();
  expect(await wide(owner.page)).toBeLessThanOrEqual(390);
  expect(await seriousFindings(owner.page)).toEqual([]);
  await shot(owner.page, "phone");

  const operator = await server.open();
  await operator.page.goto(`${server.url}/enterprises/E12/consents`);
  await operator.page.getByRole("button", { name: "受理核查" }).click();
  await operator.page.getByRole("textbox", { name: "答复" }).fill("已补录该月发票");
  await operator.page.getByRole("button", { name: "已更正" }).click();
  await operator.page.getByText("答复：已补录该月发票").waitFor();
  expect(operator.errors).toEqual([]);
  await owner.page.reload();
  await owner.page.getByText("Corrected", { exact: true }).waitFor();
  expect(owner.errors).toEqual([]);
  await operator.context.close();
  await owner.context.close();
});

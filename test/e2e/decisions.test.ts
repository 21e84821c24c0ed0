import { afterAll, beforeAll, expect, test } from "vitest";
import { type Console, seriousFindings, startConsole } from "../console.ts";

let server: Console;
beforeAll(async () => {
  server = await startConsole();
});
afterAll(() => server?.stop());

/** An enterprise of the region that a product of bank A fits, found as its owner would find it. */
const FIRM = "E31";

test("an owner finds what fits, applies and has the answer; a bank works on what needs a person, two pairs of eyes", async () => {
  const { page: owner, errors } = await server.open({ seat: `enterprise:${FIRM}` });
  await owner.goto(`${server.url}/enterprises/${FIRM}/offers`);
  await owner.getByLabel("金额（万元）", { exact: true }).fill("60");
  await owner.getByLabel("用途", { exact: true }).selectOption("working");
  await owner.getByRole("button", { name: "匹配" }).click();
  await owner.waitForURL(/amount=60/);
  await owner.locator(".dc-offer").first().waitFor();
  await owner.waitForFunction(() => document.querySelector(".dc-offers[aria-busy=true]") === null);
  // What is missing is asked for, and each answer settles more.
  const answer = async (label: string, how: (field: ReturnType<typeof owner.getByLabel>) => Promise<unknown>) => {
    await how(owner.getByLabel(label, { exact: true }));
    await owner.waitForFunction(() => document.querySelector(".dc-offers[aria-busy=true]") === null);
  };
  await answer("当前有逾期", (field) => field.selectOption("no"));
  await answer("列入失信或限制高消费", (field) => field.selectOption("no"));
  await answer("现有融资余额（万元）", async (field) => {
    await field.fill("0");
    await field.press("Enter");
  });
  await answer("现有融资机构数", async (field) => {
    await field.fill("0");
    await field.press("Enter");
  });
  await owner.waitForURL(/f\.request\.lenders=0/);
  // Bank A's guaranteed loan waited for nothing but these answers.
  const offers = owner.locator(".dc-offer[data-outcome=pass]").filter({ hasText: "示范银行甲" });
  await offers.first().waitFor();
  expect(await seriousFindings(owner)).toEqual([]);
  // Every product says why or why not, and what it really costs stands beside the nominal rate.
  expect(await owner.getByRole("region", { name: "对比表" }).getByRole("row").count()).toBeGreaterThan(24);

  await offers.first().getByRole("button", { name: /^申请/ }).click();
  await owner.waitForURL(/\/applications\/[0-9a-f-]{36}$/);
  await owner.getByRole("heading", { level: 3, name: "理由" }).waitFor();
  expect(await seriousFindings(owner)).toEqual([]);
  const id = /\/applications\/(.*)$/.exec(owner.url())![1]!;
  if (await owner.getByRole("button", { name: "请求人工复核" }).count()) {
    await owner.getByLabel("理由", { exact: true }).fill("请人工复核");
    await owner.getByRole("button", { name: "请求人工复核" }).click();
  }
  await owner.getByText("人工审批中", { exact: true }).waitFor();

  const { page: officer } = await server.open({ seat: "demo-bank-a" });
  await officer.goto(`${server.url}/applications`);
  await officer
    .getByRole("link", { name: /公司|经营|个体|\*/ })
    .first()
    .waitFor();
  expect(await seriousFindings(officer)).toEqual([]);
  await officer.goto(`${server.url}/applications/${id}`);
  await officer.getByLabel("金额（万元）", { exact: true }).fill("35");
  await officer.getByLabel("年利率（%）", { exact: true }).fill("4.20");
  await officer.getByLabel("理由", { exact: true }).fill("已核实订单");
  await officer.getByRole("button", { name: "提交决定" }).click();
  await officer.getByText("待第二人签批", { exact: true }).waitFor();
  await officer.getByRole("button", { name: "签批" }).click();
  await officer.getByText("不能签批自己提出的意见。").waitFor();

  const { page: risk } = await server.open({ seat: "demo-bank-a-risk" });
  await risk.goto(`${server.url}/applications/${id}`);
  await risk.getByRole("button", { name: "签批" }).click();
  await risk.getByText("已同意，待接受", { exact: true }).waitFor();
  await risk.getByRole("button", { name: "重新作出决定" }).click();
  await risk.getByText(/逐字节相同/).waitFor();

  await owner.reload();
  await owner.getByRole("button", { name: "接受" }).click();
  await owner.getByText("已接受", { exact: true }).waitFor();
  expect(errors).toEqual([]);
});

test("in English, and on a phone nothing runs over the edge", async () => {
  const { page } = await server.open({ seat: `enterprise:${FIRM}`, locale: "en-GB", width: 390 });
  await page.goto(`${server.url}/enterprises/${FIRM}/offers?amount=30`);
  await page.getByRole("heading", { level: 1, name: /Financing that fits/ }).waitFor();
  await page.locator(".dc-offer").first().waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
});

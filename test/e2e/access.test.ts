import { afterAll, beforeAll, expect, test } from "vitest";
import { type Console, seriousFindings, startConsole } from "../console.ts";

let server: Console;
beforeAll(async () => {
  server = await startConsole();
});
afterAll(() => server?.stop());

const SHOTS = process.env["SHOTS"];

test("the shell says who you are; another seat shows another platform", async () => {
  const { page, context, errors } = await server.open();
  await page.goto(server.url);
  const navigation = page.getByRole("navigation", { name: "主导航" });
  await navigation.getByRole("link", { name: "导入" }).waitFor();

  await page.getByRole("button", { name: "当前席位：平台运营方 · 平台运营" }).click();
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/menu.png` });
  await page.getByRole("menuitem", { name: "示范银行甲 · 信贷员" }).click();
  await page.getByRole("button", { name: "当前席位：示范银行甲 · 信贷员" }).waitFor();
  await navigation.getByRole("link", { name: "评分卡" }).waitFor();
  expect(await navigation.getByRole("link").allInnerTexts()).not.toContain("导入");
  expect(await seriousFindings(page)).toEqual([]);
  expect(errors).toEqual([]);

  // An address that is not for this seat says so.
  await page.goto(`${server.url}/quarantine`);
  await page.getByText("这一操作只对平台运营方开放。").first().waitFor();
  await context.close();
});

test("an owner, found by search, sees the own enterprise and nothing else", async () => {
  const { page, context, errors } = await server.open({ locale: "en-GB", width: 390 });
  await page.goto(server.url);
  await page.getByRole("button", { name: "Your seat: Platform operator · Operations" }).click();
  await page.getByRole("menuitem", { name: "Owner of an enterprise…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("searchbox").fill("E12");
  const found = dialog.getByRole("button", { name: /\bE12$/ });
  await found.waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/owner-dialog.png` });
  await found.click();
  await page.waitForURL(`${server.url}/enterprises/E12`);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "My enterprise" }).waitFor();
  await page.getByRole("heading", { level: 1 }).waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  expect(await seriousFindings(page)).toEqual([]);
  await page.waitForLoadState("networkidle");
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/owner-phone.png` });
  expect(errors).toEqual([]);
  await page.goto(`${server.url}/enterprises/E1`);
  await page.getByText("The account of an enterprise sees its own enterprise alone.").first().waitFor();
  await context.close();
});

test.each(["demo-bank-a", "demo-guarantor", "demo-insurer", "demo-bureau", "demo-supervisor", "enterprise:E1"])(
  "what the navigation offers to %s opens",
  async (seat) => {
    const { page, context, errors } = await server.open({ seat });
    await page.goto(server.url);
    const links = page.getByRole("navigation", { name: "主导航" }).getByRole("link");
    await links.nth(1).waitFor();
    for (const path of await links.evaluateAll((all) => all.map((link) => link.getAttribute("href")!))) {
      await page.goto(server.url + path);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.waitForFunction(() => !document.querySelector("[aria-busy=true]"));
      expect(await page.getByRole("alert").count(), path).toBe(0);
    }
    expect(errors).toEqual([]);
    await context.close();
  },
);

import { afterAll, beforeAll, expect, test } from "vitest";
import { type Console, entry, seriousFindings, startConsole } from "../console.ts";

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
  await entry(page, "导入");

  await page.getByRole("button", { name: "当前席位：平台运营方 · 平台运营" }).click();
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/menu.png` });
  await page.getByRole("menuitem", { name: "示范银行甲 · 信贷员" }).click();
  await page.getByRole("button", { name: "当前席位：示范银行甲 · 信贷员" }).waitFor();
  await entry(page, "评分卡");
  expect(await navigation.getByRole("link", { includeHidden: true }).allTextContents()).not.toContain("导入");
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
  await entry(page, "My enterprise");
  await page.keyboard.press("Escape");
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
    const links = page.getByRole("navigation", { name: "主导航" }).getByRole("link", { includeHidden: true });
    await links.nth(1).waitFor({ state: "attached" });
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

// The last of this file: from here on there is an account, and seats are worth nothing.
test("the first account ends the seats; sign-in, an account for a bank, a password of its own, sign-out", async () => {
  const { page, context } = await server.open();
  const seated = await server.open({ seat: "demo-bank-a", width: 390 });
  await page.goto(server.url);
  await page.getByRole("button", { name: "当前席位：平台运营方 · 平台运营" }).click();
  await page.getByRole("menuitem", { name: "账号与机构" }).click();
  await page.getByText("还没有账号。").waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  const make = async (party: string | null, email: string, post: string): Promise<string> => {
    await page.getByRole("button", { name: "建立账号" }).click();
    const dialog = page.getByRole("dialog");
    if (party !== null) await dialog.getByLabel("当事方").selectOption({ label: party });
    await dialog.getByLabel("邮箱").fill(email);
    await dialog.getByLabel("岗位", { exact: true }).fill(post);
    if (SHOTS) await page.screenshot({ path: `${SHOTS}/add-${post}.png` });
    await dialog.getByRole("button", { name: "建立账号" }).click();
    const password = await page.locator(".ac-password").innerText();
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole("button", { name: "已记下" }).click();
    return password;
  };
  const password = await make(null, "ops@example.cn", "运营");

  // The window of the operator and that of the seat both stand before the sign-in now.
  await page.waitForURL(`${server.url}/sign-in`);
  await page.getByRole("heading", { level: 1, name: "登录" }).waitFor();
  expect(await page.getByRole("navigation", { name: "主导航" }).getByRole("link", { includeHidden: true }).count()).toBe(0);
  expect(await seriousFindings(page)).toEqual([]);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/sign-in.png` });
  await seated.page.goto(`${server.url}/enterprises`);
  await seated.page.getByRole("heading", { level: 1, name: "登录" }).waitFor();
  expect(await seated.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  if (SHOTS) await seated.page.screenshot({ path: `${SHOTS}/sign-in-phone.png` });

  const signIn = async (window: typeof page, email: string, secret: string) => {
    await window.getByLabel("邮箱").fill(email);
    await window.getByLabel("口令").fill(secret);
    await window.getByRole("button", { name: /^登\s*录$/ }).click();
  };
  await signIn(page, "ops@example.cn", "not this password");
  await page.getByRole("alert").getByText("邮箱或口令不对。").waitFor();
  await signIn(page, "ops@example.cn", password);
  await page.getByRole("button", { name: "当前账号：平台运营方 · 运营" }).click();
  await page.getByRole("menuitem", { name: "账号与机构" }).click();
  const given = await make("示范银行甲", "officer@example.cn", "信贷员");
  await page.getByRole("rowheader", { name: "officer@example.cn" }).waitFor();
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/accounts.png` });

  // The bank's officer, on a phone: where he wanted to go, then a password of his own.
  await signIn(seated.page, "officer@example.cn", given);
  await seated.page.getByRole("heading", { level: 1, name: "企业" }).waitFor();
  await seated.page.getByRole("button", { name: "当前账号：示范银行甲 · 信贷员" }).click();
  await seated.page.getByRole("menuitem", { name: "修改口令" }).click();
  const dialog = seated.page.getByRole("dialog");
  await dialog.getByLabel("现有口令").fill(given);
  await dialog.getByLabel("新口令（至少 12 个字符）").fill("a password of my own");
  await dialog.getByLabel("再输入一次").fill("a password of my own");
  expect(await seriousFindings(seated.page)).toEqual([]);
  await dialog.getByRole("button", { name: "修改口令" }).click();
  await dialog.getByText("口令已修改").waitFor();
  await dialog
    .getByRole("button", { name: /^关\s*闭$/ })
    .last()
    .click();
  expect(await seated.page.evaluate(() => document.cookie)).toBe("");

  // A key for the bank's program, shown once and revoked.
  await page.getByRole("button", { name: "发放密钥 officer@example.cn" }).click();
  await page.getByRole("dialog").getByLabel("程序名称").fill("核心系统");
  await page.getByRole("dialog").getByRole("button", { name: "发放密钥" }).click();
  const key = await page.locator(".ac-password").innerText();
  const byKey = async () => (await fetch(`${server.url}/api/v1/parties`, { headers: { authorization: `Bearer ${key}` } })).status;
  expect(await byKey()).toBe(200);
  await page.getByRole("button", { name: "已记下" }).click();
  await page.getByRole("button", { name: "收回 核心系统" }).click();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /^收\s*回$/ })
    .click();
  await page.getByText("还没有密钥。").waitFor();
  expect(await byKey()).toBe(401);
  await page.getByRole("dialog").waitFor({ state: "detached" });

  // Disabled by the operator, the next look finds the sign-in.
  await page.getByRole("button", { name: "停用 officer@example.cn" }).click();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /^停\s*用$/ })
    .click();
  await page.getByRole("button", { name: "启用 officer@example.cn" }).waitFor();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await seated.page.reload();
  await seated.page.getByRole("heading", { level: 1, name: "登录" }).waitFor();
  await signIn(seated.page, "officer@example.cn", "a password of my own");
  await seated.page.getByText("这个账号已停用。").waitFor();

  await page.getByRole("button", { name: "当前账号：平台运营方 · 运营" }).click();
  await page.getByRole("menuitem", { name: "退出登录" }).click();
  await page.getByRole("heading", { level: 1, name: "登录" }).waitFor();
  await context.close();
  await seated.context.close();
});

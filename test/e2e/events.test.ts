import { type IncomingHttpHeaders, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, test } from "vitest";
import { emit } from "../../server/src/events/outbox.ts";
import { type Console, entry, seriousFindings, startConsole } from "../console.ts";

let server: Console;
beforeAll(async () => {
  // Receivers of this test listen on this machine, where otherwise nothing is delivered.
  server = await startConsole({ ZHIWEI_WEBHOOKS_LOCAL: "1" });
});
afterAll(() => server?.stop());

const SHOTS = process.env["SHOTS"];

/** An owner's search with all that is asked for answered: bank A's guaranteed loan fits. */
const FITS =
  "amount=60&purpose=working&f.request.overdueNow=no&f.request.blacklisted=no&f.request.outstandingFen=0&f.request.lenders=0" as const;

type Heard = { readonly headers: IncomingHttpHeaders; readonly body: string };

/** A real receiver that answers `status`; `heard` gives the n-th request as soon as it is there. */
const receiver = async (status = 204) => {
  const requests: Heard[] = [];
  const waiting: { n: number; done: (heard: Heard) => void }[] = [];
  const state = { status };
  const listening = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      requests.push({ headers: request.headers, body });
      for (const { n, done } of waiting) if (requests[n]) done(requests[n]);
      // Where it fails it asks for an hour, so that nothing comes again but what the console asks for.
      response.writeHead(state.status, state.status < 300 ? {} : { "retry-after": "3600" }).end();
    });
  });
  await new Promise<void>((done) => listening.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}/hook`,
    state,
    requests,
    heard: (n: number) => new Promise<Heard>((done) => (requests[n] ? done(requests[n]) : void waiting.push({ n, done }))),
    [Symbol.asyncDispose]: () =>
      new Promise<void>((done) => {
        listening.close(() => done());
        listening.closeAllConnections();
      }),
  };
};

const verified = (secret: string, { headers, body }: Heard) =>
  new Webhook(secret).verify(body, headers as Record<string, string>) as { id: string; type: string; subject: string };

type Window = Awaited<ReturnType<Console["open"]>>["page"];

/** Adds an endpoint in the list and gives the secret that is shown this once. */
const add = async (page: Window, url: string): Promise<string> => {
  await page.getByRole("button", { name: "添加接收地址" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("接收地址").fill(url);
  await dialog.getByRole("button", { name: "添加接收地址" }).click();
  const secret = await page.locator(".ev-secret code").innerText();
  await page.getByRole("button", { name: "已存好" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  return secret;
};

test("a bank adds endpoints, is told of an application, signed; one that fails is seen failing, mended and replayed", async () => {
  await using good = await receiver();
  await using failing = await receiver(500);
  const { page, context, errors } = await server.open({ seat: "demo-bank-a" });
  await page.goto(server.url);
  await (await entry(page, "事件推送")).click();
  await page.getByText(/还没有接收地址/).waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/events-empty.png`, fullPage: true });

  // What cannot be an address, and no type at all, are said beside their fields.
  await page.getByRole("button", { name: "添加接收地址" }).click();
  const adding = page.getByRole("dialog");
  await adding.getByLabel("接收地址").fill("https://user:word@bank.example/hook");
  const types = ["申请有了决定", "申请有了变化", "授权被撤回"];
  for (const type of types) await adding.getByLabel(type).uncheck();
  await adding.getByRole("button", { name: "添加接收地址" }).click();
  await adding.getByText("应为完整的 http 或 https 网址").waitFor();
  await adding.getByText("请至少选择一种。").waitFor();
  expect(await adding.getByLabel("接收地址").evaluate((field) => field === document.activeElement)).toBe(true);
  for (const type of types) await adding.getByLabel(type).check();
  await adding.getByLabel("接收地址").fill(good.url);
  await adding.getByText("http 不加密").waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/events-add.png` });
  await adding.getByLabel("接收地址").press("Enter");
  const secret = await page.locator(".ev-secret code").innerText();
  expect(secret).toMatch(/^whsec_/);
  expect(await seriousFindings(page)).toEqual([]);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/events-secret.png` });
  await page.getByRole("button", { name: "已存好" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  const row = (url: string) => page.getByRole("row").filter({ hasText: url });
  await row(good.url).getByText("尚未投递").waitFor();
  expect(await page.content()).not.toContain(secret);

  await page.getByRole("button", { name: `试投：${good.url}` }).click();
  await row(good.url).getByText("试投已送达：应答 204").waitFor();
  expect(verified(secret, await good.heard(0)).type).toBe("webhook.trial");
  await row(good.url).getByText("正常", { exact: true }).waitFor();
  const failingSecret = await add(page, failing.url);
  const before = new Date(Date.now() - 60_000);

  // An owner applies in the console, and it is decided at once.
  const owner = await server.open({ seat: "enterprise:E31" });
  await owner.page.goto(`${server.url}/enterprises/E31/offers?${FITS}`);
  const offers = owner.page.locator(".dc-offer[data-outcome=pass]").filter({ hasText: "示范银行甲" });
  await offers.first().getByRole("button", { name: /^申请/ }).click();
  await owner.page.waitForURL(/\/applications\/[0-9a-f-]{36}$/);
  const application = /[0-9a-f-]{36}$/.exec(owner.page.url())![0];
  await owner.context.close();
  const told = verified(secret, await good.heard(1));
  expect(told).toMatchObject({ type: "application.decided", subject: application });
  expect(() => verified(failingSecret, good.requests[1]!)).toThrow();

  // Nobody reloads: the list sees by itself that the other one fails.
  await row(failing.url).getByText("投递失败").waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/events-list.png`, fullPage: true });
  await page.getByRole("link", { name: failing.url, exact: true }).click();
  await page.getByText(/每次尝试都失败：应答 500/).waitFor();
  await page.waitForFunction(() => !document.querySelector("[aria-busy=true]"));
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/events-failing.png`, fullPage: true });
  await page.getByRole("combobox", { name: "显示" }).selectOption({ label: "等待投递 1" });
  await page.waitForURL(/state=waiting/);
  await page.getByRole("button", { name: new RegExp(`^1 次.*${told.id.slice(0, 8)}$`) }).click();
  const delivery = page.getByRole("dialog");
  await delivery.getByText(/第 1 次失败后等 5 秒/).waitFor();
  await delivery.getByRole("row").filter({ hasText: "应答 500" }).waitFor();
  expect(JSON.parse(await delivery.getByRole("region", { name: /^正文/ }).innerText())).toEqual(JSON.parse(failing.requests[0]!.body));
  expect(await seriousFindings(page)).toEqual([]);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/events-delivery.png` });
  await page.keyboard.press("Escape");
  await delivery.waitFor({ state: "detached" });
  await page.getByRole("combobox", { name: "显示" }).selectOption("");

  failing.state.status = 204;
  const local = new Date(before.getTime() - before.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
  await page.getByLabel("从何时起（本地时间）").fill(local);
  await page.getByRole("button", { name: "补投", exact: true }).click();
  await page.getByText("补投完成：1 件全部送达。").waitFor();
  // The trial of the other endpoint, within the same minute, is no event to be replayed.
  expect(failing.requests).toHaveLength(2);
  expect(verified(failingSecret, failing.requests[1]!)).toEqual(told);
  expect(failing.requests[1]!.headers["webhook-id"]).toBe(failing.requests[0]!.headers["webhook-id"]);
  await page.getByText(/每次尝试都失败/).waitFor({ state: "detached" });
  await page
    .getByRole("row")
    .filter({ hasText: told.id.slice(0, 8) })
    .getByText("已送达")
    .waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/events-endpoint.png`, fullPage: true });

  // One delivery alone, once more.
  await page.getByRole("button", { name: new RegExp(`^2 次.*${told.id.slice(0, 8)}$`) }).click();
  await page.getByRole("dialog").getByRole("button", { name: "再投一次" }).click();
  expect(verified(failingSecret, await failing.heard(2))).toEqual(told);
  await page.getByRole("dialog").getByRole("rowheader", { name: "3" }).waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "关闭", exact: true }).last().click();
  await page.getByRole("dialog").waitFor({ state: "detached" });

  // A new secret: the old one signs along, until it is ended.
  const renew = async (atOnce: boolean): Promise<string> => {
    await page.getByRole("button", { name: "换发密钥" }).click();
    const dialog = page.getByRole("dialog");
    if (atOnce) await dialog.getByLabel("旧密钥立即作废").check();
    expect(await seriousFindings(page)).toEqual([]);
    if (SHOTS) await page.screenshot({ path: `${SHOTS}/events-rotate${atOnce ? "-at-once" : ""}.png` });
    await dialog.getByRole("button", { name: "换发密钥" }).click();
    const told = await page.locator(".ev-secret code").innerText();
    expect(
      await page
        .getByRole("dialog")
        .getByText(/^旧密钥同时签名至/)
        .count(),
    ).toBe(atOnce ? 0 : 1);
    if (SHOTS) await page.screenshot({ path: `${SHOTS}/events-renewed${atOnce ? "-at-once" : ""}.png` });
    await page.getByRole("button", { name: "已存好" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    return told;
  };
  const trial = async (n: number): Promise<Heard> => {
    await page.getByRole("button", { name: `试投：${failing.url}` }).click();
    const heard = await failing.heard(n);
    await page.getByText("试投已送达：应答 204").waitFor();
    return heard;
  };
  const renewed = await renew(false);
  await page.getByText(/^旧密钥同时签名至/).waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/events-signs-along.png` });
  const both = await trial(3);
  for (const each of [renewed, failingSecret]) verified(each, both);
  await page.getByRole("button", { name: "作废旧密钥" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "作废旧密钥" }).click();
  await page.getByText(/^旧密钥同时签名至/).waitFor({ state: "detached" });
  const alone = await trial(4);
  verified(renewed, alone);
  expect(() => verified(failingSecret, alone)).toThrow();
  const again = await renew(true);
  expect(await page.getByText(/^旧密钥同时签名至/).count()).toBe(0);
  const last = await trial(5);
  verified(again, last);
  expect(() => verified(renewed, last)).toThrow();

  // Disabled, with the reason; enabled again, the replay begins where something was missed.
  await page.getByRole("button", { name: "停用", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "停用", exact: true }).click();
  await page.getByText(/起停用：由本方停用/).waitFor();
  expect(await page.getByRole("button", { name: "补投", exact: true }).isDisabled()).toBe(true);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/events-disabled.png`, fullPage: true });
  await page.getByRole("button", { name: `启用 ${failing.url}` }).click();
  await page.getByText(/起停用/).waitFor({ state: "detached" });
  await page.waitForURL(/from=/);
  expect(await page.getByLabel("从何时起（本地时间）").inputValue()).not.toBe("");

  await page.getByRole("button", { name: "删除" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "删除" }).click();
  await page.waitForURL(`${server.url}/events`);
  await page.getByRole("link", { name: good.url, exact: true }).waitFor();
  await page.getByRole("link", { name: failing.url, exact: true }).waitFor({ state: "detached" });
  expect(errors).toEqual([]);
  await context.close();
});

test("in English, on a phone, by keyboard; the polling is quiet, and ends with the page", async () => {
  await using hook = await receiver(503);
  const { page, context, errors } = await server.open({ locale: "en-GB", width: 390, scheme: "dark" });
  await page.goto(`${server.url}/events`);
  await page.getByText(/There is no endpoint yet/).waitFor();
  await page.getByRole("button", { name: "Add an endpoint" }).focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Address").fill(hook.url);
  // Of what was decided in the test before this one is not told.
  await dialog.getByLabel("Application decided").press("Space");
  expect(await seriousFindings(page)).toEqual([]);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/events-add-phone.png`, fullPage: true });
  await dialog.getByLabel("Address").press("Enter");
  await page.getByRole("button", { name: "It is kept" }).waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/events-secret-phone.png` });
  // It is not put away by a slip.
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "It is kept" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByRole("button", { name: `Send a trial: ${hook.url}` }).press("Enter");
  await page.getByText(/The trial was not taken: answered 503/).waitFor();
  await page.getByRole("listitem").getByText("trial failed", { exact: true }).waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  expect(await seriousFindings(page)).toEqual([]);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/events-list-phone.png`, fullPage: true });
  await page.getByRole("link", { name: hook.url, exact: true }).click();
  await page.getByRole("button", { name: /^1 try/ }).waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  expect(await seriousFindings(page)).toEqual([]);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/events-endpoint-phone.png`, fullPage: true });
  await page.getByRole("button", { name: /^1 try/ }).press("Enter");
  await page.getByRole("dialog").getByText("given up", { exact: true }).waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/events-delivery-phone.png` });
  const address = page.url().replace(/\?.*/, "");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });

  // Thirty events that it does not take; mended, a replay brings them all, and the record has two pages.
  for (let i = 0; i < 30; i++)
    await server.db
      .transaction()
      .execute((tx) =>
        emit(
          tx,
          [{ type: "application.changed", subject: "generated", parties: ["operator"], data: { application: "generated" } }],
          new Date(),
        ),
      );
  await hook.heard(30);
  hook.state.status = 204;
  await page.getByLabel("From when on (local time)").fill("2026-01-01T00:00:00");
  await page.getByRole("button", { name: "Replay", exact: true }).press("Enter");
  await page.getByText("Replayed: all 30 were delivered.").waitFor();
  await page.getByText("working", { exact: true }).waitFor();
  expect(new Set(hook.requests.slice(1).map(({ headers }) => headers["webhook-id"])).size).toBe(30);
  await page.getByText("1–25 of 31").waitFor();
  await page.getByRole("button", { name: "Next" }).press("Enter");
  await page.getByText("26–31 of 31").waitFor();
  await page.getByRole("button", { name: "Show these alone" }).click();
  await page.getByText("1–25 of 30").waitFor();
  await page.getByRole("combobox", { name: "Show" }).selectOption({ label: "given up 0" });
  await page.getByText("There are none such.").waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  expect(await seriousFindings(page)).toEqual([]);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/events-replayed-phone.png`, fullPage: true });

  // Time is made to pass: on the page it asks again, elsewhere it does not.
  const { page: clocked, context: second } = await server.open({ locale: "en-GB" });
  await clocked.clock.install();
  const asked: string[] = [];
  clocked.on("request", (request) => request.url().includes("/api/v1/webhooks") && asked.push(request.url()));
  await clocked.goto(address);
  await clocked
    .getByRole("button", { name: /^2 tries/ })
    .first()
    .waitFor();
  if (SHOTS) await clocked.screenshot({ path: `${SHOTS}/events-endpoint-en.png`, fullPage: true });
  const again = clocked.waitForRequest(/\/api\/v1\/webhooks\/.*\/deliveries/);
  await clocked.clock.runFor(15_000);
  await again;
  await (await entry(clocked, "Features")).click();
  await clocked.getByRole("heading", { level: 1, name: "Features" }).waitFor();
  asked.length = 0;
  await clocked.clock.runFor(120_000);
  await clocked.evaluate(() => document.title);
  expect(asked).toEqual([]);
  await second.close();

  // What is not there says so, and so does a server that gives no answer.
  await page.goto(`${server.url}/events/00000000-0000-4000-8000-000000000000`);
  await page.getByText(/There is no such endpoint/).waitFor();
  expect(errors).toEqual([]);
  await page.route("**/api/v1/webhooks", (route) => route.abort());
  await page.goto(`${server.url}/events`);
  await page.getByRole("alert").getByText("The server cannot be reached.").waitFor();
  await page.unroute("**/api/v1/webhooks");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("link", { name: hook.url, exact: true }).waitFor();
  await context.close();
});

test("a supervisor is no party to events", async () => {
  const { page, context } = await server.open({ seat: "demo-supervisor" });
  await page.goto(`${server.url}/events`);
  await page.getByRole("alert").waitFor();
  expect(await page.getByRole("navigation", { name: "主导航" }).getByRole("link", { name: "事件推送", includeHidden: true }).count()).toBe(
    0,
  );
  await context.close();
});

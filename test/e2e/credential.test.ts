import { afterAll, beforeAll, expect, test } from "vitest";
import { CLAIMS } from "../../core/src/credential/index.ts";
import { type Console, entry, seriousFindings, startConsole } from "../console.ts";

let server: Console;
beforeAll(async () => {
  server = await startConsole();
});
afterAll(() => server?.stop());

const SHOTS = process.env["SHOTS"];
/** Buttons of two characters are set with a space between them. */
const spaced = (name: string) => new RegExp(`^${Array.from(name).join("\\s?")}$`);
const figureOf = async (): Promise<number> => {
  const reply = (await (await fetch(`${server.url}/api/v1/enterprises/E1/profile`)).json()) as {
    profile: { features: Record<string, { value: number }> };
  };
  return reply.profile.features["net_sales_12m"]!.value;
};

test("a bank asks for the grade and a threshold; the owner sees what it will see, sends it, and revokes", async () => {
  const bank = await server.open({ seat: "demo-bank-a", width: 1280 });
  await bank.page.goto(server.url);
  await (await entry(bank.page, "核验凭证")).click();
  await bank.page.getByRole("heading", { level: 1, name: "核验凭证" }).waitFor();
  expect(await seriousFindings(bank.page)).toEqual([]);
  await bank.page.getByRole("button", { name: "生成请求" }).click();
  const request = bank.page.getByLabel(/^请求（交给企业/);
  await request.waitFor();
  const uri = await request.inputValue();
  expect(uri).toMatch(/^openid4vp:/);

  const owner = await server.open({ seat: "enterprise:E1", width: 1280 });
  // What leaves the owner's browser: the key's private part must not be among it.
  const sent: string[] = [];
  owner.page.on("request", (each) => sent.push(`${each.url()} ${each.postData() ?? ""}`));
  await owner.page.goto(`${server.url}/enterprises/E1`);
  await owner.page.getByRole("link", { name: "我的凭证" }).click();
  await owner.page.getByRole("heading", { level: 1, name: "我的凭证" }).waitFor();
  await owner.page.getByText("本浏览器中还没有凭证").waitFor();
  expect(await seriousFindings(owner.page)).toEqual([]);
  await owner.page.getByRole("button", { name: "领取凭证" }).click();
  await owner.page.getByLabel(/^粘贴银行给您的请求/).fill(uri);
  await owner.page.getByText(/要看 2 项/).waitFor();
  const preview = owner.page.getByRole("region", { name: "银行将看到" });
  await expect
    .poll(() => preview.locator("[data-claim]").evaluateAll((all) => all.map((each) => each.getAttribute("data-claim"))))
    .toEqual(["credit/grade", "credit/scorecard", "annualSalesAtLeast/5000000"]);
  await preview.getByText("近 12 个月净销售额不低于 500 万元", { exact: true }).waitFor();
  expect(await seriousFindings(owner.page)).toEqual([]);
  if (SHOTS) await owner.page.screenshot({ path: `${SHOTS}/mine.png`, fullPage: true });
  const ownerSaw = await preview.locator("[data-claim] dd").allInnerTexts();
  await owner.page.getByRole("button", { name: "发送给银行" }).click();
  await owner.page.getByText("已发送").waitFor();

  // The bank sees the same words, and the figure is nowhere on its page, nor in what it was sent.
  await bank.page.locator("[data-accepted=true]").waitFor();
  expect(await bank.page.locator("[data-state]").evaluateAll((all) => all.map((each) => each.getAttribute("data-state")))).toEqual(
    Array.from({ length: 10 }, () => "passed"),
  );
  expect(await bank.page.locator("[data-claim] dd").allInnerTexts()).toEqual(ownerSaw);
  const figure = await figureOf();
  expect(figure).toBeGreaterThan(500_000_000);
  const words = (await bank.page.locator("main").innerText()).replaceAll(",", "");
  expect(words).not.toContain(String(figure / 100));
  expect(await seriousFindings(bank.page)).toEqual([]);
  if (SHOTS) await bank.page.screenshot({ path: `${SHOTS}/verify.png`, fullPage: true });
  const stored = await owner.page.evaluate(
    () =>
      new Promise<{ extractable: boolean; type: string; name: string }>((done, fail) => {
        const open = indexedDB.open("zhiwei-wallet", 1);
        open.addEventListener("success", () => {
          const get = open.result.transaction("credential").objectStore("credential").get("E1");
          get.addEventListener("success", () => {
            const { privateKey } = (get.result as { key: CryptoKeyPair }).key;
            done({ extractable: privateKey.extractable, type: privateKey.type, name: privateKey.algorithm.name });
          });
          get.addEventListener("error", () => fail(new Error("not kept")));
        });
      }),
  );
  expect(stored).toEqual({ extractable: false, type: "private", name: "ECDSA" });
  expect(sent.filter((each) => /"d":|PRIVATE KEY/.test(each))).toEqual([]);

  // Revoked: the same answer, looked at again, is no longer believed.
  await owner.page
    .getByRole("button", { name: /^吊\s?销\s*\d{4}/ })
    .first()
    .click();
  const dialog = owner.page.getByRole("dialog");
  await dialog.getByLabel("理由").fill("更换经办人");
  await dialog.getByRole("button", { name: spaced("吊销") }).click();
  await dialog.waitFor({ state: "hidden" });
  await owner.page.getByText("已吊销").first().waitFor();
  await bank.page.reload();
  await bank.page.locator("[data-accepted=false]").waitFor();
  await bank.page.getByText("凭证已被吊销。").waitFor();
  expect([...owner.errors, ...bank.errors]).toEqual([]);
  await owner.context.close();
  await bank.context.close();
});

test("on a phone, in English: presented unasked as a link, believed with a reserve; a changed text is refused and named", async () => {
  const owner = await server.open({ seat: "enterprise:E2", locale: "en-GB", width: 390 });
  await owner.page.goto(`${server.url}/enterprises/E2/credential`);
  await owner.page.getByRole("button", { name: "Fetch my credential" }).click();
  await owner.page.getByRole("region", { name: "What the bank will see" }).waitFor();
  await owner.page.getByRole("button", { name: "Choose none" }).click();
  await owner.page.getByText("Nothing is disclosed.").waitFor();
  await owner.page.getByRole("checkbox", { name: /Whether net sales of 12 months reach CNY 1,000,000/ }).check();
  await owner.page.getByRole("button", { name: "Make a presentation" }).click();
  const link = await owner.page.getByLabel(/^Presentation, as a link/).inputValue();
  expect(await owner.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  expect(await seriousFindings(owner.page)).toEqual([]);
  if (SHOTS) await owner.page.screenshot({ path: `${SHOTS}/mine-phone.png`, fullPage: true });

  const bank = await server.open({ seat: "demo-bank-b", locale: "en-GB", width: 390 });
  const asked: string[] = [];
  bank.page.on("request", (each) => asked.push(each.url()));
  await bank.page.goto(link);
  await bank.page.locator("[data-accepted=true]").waitFor();
  expect(await bank.page.locator("[data-check=challenge]").getAttribute("data-state")).toBe("open");
  await bank.page.getByText("that somebody else passes on a copy cannot be ruled out").waitFor();
  await bank.page.getByText(`${CLAIMS.length - 1} claims are not disclosed`).click();
  await bank.page.getByText("What is not disclosed says neither yes nor no.").waitFor();
  expect(await bank.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  expect(await seriousFindings(bank.page)).toEqual([]);
  if (SHOTS) await bank.page.screenshot({ path: `${SHOTS}/verify-phone.png`, fullPage: true });
  // Behind the # it is in no address that a server was asked for.
  expect(asked.filter((url) => url.includes(link.split("#")[1]!.slice(0, 40)))).toEqual([]);

  const field = bank.page.getByLabel("Presentation");
  const text = await field.inputValue();
  const at = text.indexOf("~") + 20;
  await field.fill(text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1));
  await bank.page.getByRole("button", { name: "Verify", exact: true }).click();
  await bank.page.locator("[data-check=disclosures][data-state=failed]").waitFor();
  await bank.page.getByText("so nothing of the content is shown").waitFor();
  expect([...owner.errors, ...bank.errors]).toEqual([]);

  // Another's request is read before anything is sent; what is none is said to be none.
  await owner.page.getByLabel(/^Paste the request/).fill("openid4vp://?client_id=x");
  await owner.page.getByText("This is no request that can be answered.").waitFor();
  expect(await owner.page.getByRole("button", { name: "Make a presentation" }).isDisabled()).toBe(true);
  await owner.context.close();
  await bank.context.close();
});

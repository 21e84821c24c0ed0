import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Console, seriousFindings, startConsole } from "../console.ts";

let server: Console;
beforeAll(async () => {
  server = await startConsole();
});
afterAll(() => server?.stop());

const SHOTS = process.env["SHOTS"];
/** Buttons of two characters are set with a space between them. */
const spaced = (name: string) => new RegExp(`^${Array.from(name).join("\\s?")}$`);
const PRODUCT = "quick-cashflow-a";
const RULE = "近12个月净销售额须达一百亿元";
type Application = {
  summary: { id: string };
  sha256: string;
  decision: { product: { version: number }; match: { rules: { title: { zh: string }; outcome: string }[] } };
};
const PATIENT = { timeout: 20_000 };

test("a product manager writes a draft without programming, tries it on the region, submits; another seat publishes; the owner's offers show it", async () => {
  const owner = await server.open({ seat: "enterprise:E7" });
  /** An application of the owner: which version decided it, and how. */
  const apply = async (key: string): Promise<Application> => {
    const reply = await owner.page.request.post(`${server.url}/api/v1/applications`, {
      data: { enterprise: "E7", product: PRODUCT, key, request: { "request.amountFen": 20_000_000, "request.termMonths": 12 } },
    });
    return (await reply.json()) as Application;
  };
  const before = await apply("before the rule");
  expect(before.decision.product.version).toBe(1);
  const byNewRule = ({ decision }: Application) => decision.match.rules.find(({ title }) => title.zh === RULE)?.outcome;
  expect(byNewRule(before)).toBeUndefined();

  const { page, errors } = await server.open({ seat: "demo-bank-a-product", width: 1440 });
  await page.goto(`${server.url}/products`);
  const table = page.getByRole("region", { name: "产品", exact: true });
  await table.getByRole("row").nth(24).waitFor();
  const all = await table.getByRole("row").count();
  await page.getByLabel("种类").selectOption({ label: "信用贷款" });
  await expect.poll(() => table.getByRole("row").count(), PATIENT).toBeLessThan(all);
  expect(await seriousFindings(page)).toEqual([]);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/products.png` });
  await page.goto(`${server.url}/products/${PRODUCT}`);
  await page.getByRole("heading", { level: 1 }).waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/product.png`, fullPage: true });
  const file = page.waitForEvent("download");
  await page.getByRole("button", { name: "导出 JSON" }).click();
  const exported = JSON.parse(await readFile((await (await file).path())!, "utf8")) as { id: string; version: number };
  expect([exported.id, exported.version]).toEqual([PRODUCT, 1]);

  // The draft as it stands changes nobody.
  await page.getByRole("link", { name: "编写下一版本" }).click();
  await page.waitForURL(/\/edit$/);
  const bench = page.locator("#bench");
  await bench.getByText("还没有试运行。").waitFor();
  await bench.getByRole("button", { name: "试运行" }).click();
  await bench.getByText("没有企业的结论或额度会变。").waitFor();

  // A rule found by what it is called, with an operator in words and a figure in its everyday unit.
  await page.getByRole("button", { name: "添加规则：选择指标" }).click();
  await page.getByRole("dialog").getByRole("searchbox").fill("net_sales_12m");
  expect(await seriousFindings(page)).toEqual([]);
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /feature\.net_sales_12m\b/ })
    .click();
  const open = page.locator(".pr-open");
  await open.getByLabel("名称（中文）").first().fill(RULE);
  await open.getByLabel("名称（英文）").first().fill("Net sales of ten billion yuan in 12 months");
  // Until the figure is there, nothing is saved or run, and what lacks is said by name.
  await page.getByText("还有 1 处要改").waitFor();
  expect(await page.getByRole("button", { name: "保存草稿" }).isDisabled()).toBe(true);
  await open.getByLabel("数值", { exact: true }).fill("1000000");
  await page
    .getByText(/近12个月净销售额须达一百亿元/)
    .first()
    .waitFor();
  await page
    .getByText(/不低于 1000000 万元/)
    .first()
    .waitFor();

  // Tried before it is saved: who changes, from what to what.
  await bench.getByText("此后文档有改动").waitFor();
  await bench.getByRole("button", { name: "再次试运行" }).click();
  await bench.getByText(/家企业的结论或最高额度会变/).waitFor();
  const rule = bench.getByRole("row", { name: /近12个月净销售额须达一百亿元/ });
  await rule.waitFor();
  expect(Number((await rule.getByRole("cell").nth(0).textContent())!.replaceAll(",", ""))).toBeGreaterThan(300);
  expect(await seriousFindings(page)).toEqual([]);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/product-edit.png` });

  // An amount that does not fit is said beside its field; put right, the draft is saved and submitted.
  await page.getByLabel("最低额度").fill("100000");
  await page.getByText("起点高于上限").first().waitFor();
  await page.getByLabel("最低额度").fill("1");
  await page.getByRole("button", { name: "保存草稿" }).click();
  await page.getByText(`已保存为 ${PRODUCT}@2。`).waitFor();

  // Somebody of the same bank wrote in between: nothing is overwritten unseen, and nothing that was typed is lost.
  const draft = (await (await page.request.get(`${server.url}/api/v1/products/${PRODUCT}?version=2`)).json()) as {
    document: { daysToFunds: number };
  };
  await page.request.put(`${server.url}/api/v1/products/${PRODUCT}/draft`, {
    data: { document: { ...draft.document, daysToFunds: 9 } },
  });
  await page.getByLabel("资料齐全到放款的工作日").fill("4");
  await page.getByRole("button", { name: "保存草稿" }).click();
  await page.getByText(/期间已被他人更改/).waitFor();
  expect(await page.getByLabel("资料齐全到放款的工作日").inputValue()).toBe("4");
  await page.getByRole("button", { name: "以目录中的现状为底，保留我的改动" }).click();
  await page.getByText(`已保存为 ${PRODUCT}@2。`).waitFor();

  await page.getByRole("link", { name: "到产品页提交" }).click();
  await page.waitForURL(/version=2$/);
  const act = async (window: typeof page, name: string) => {
    await window.getByRole("button", { name: spaced(name) }).click();
    const dialog = window.getByRole("dialog");
    await dialog.getByRole("button", { name: spaced(name) }).click();
    return dialog;
  };
  await (await act(page, "提交发布")).waitFor({ state: "hidden" });
  // Nobody publishes what they wrote: refused in place.
  const refused = await act(page, "发布");
  await refused
    .getByRole("alert")
    .getByText(/不能发布或驳回自己编写或提交的产品/)
    .waitFor();
  expect(errors.filter((error) => !/409/.test(error))).toEqual([]);

  const risk = await server.open({ seat: "demo-bank-a-risk" });
  await risk.page.goto(`${server.url}/products/${PRODUCT}?version=2`);
  await risk.page.getByText(RULE).waitFor();
  await (await act(risk.page, "发布")).waitFor({ state: "hidden" });
  await risk.page.locator(".zw-mark", { hasText: "在售" }).first().waitFor();
  expect(risk.errors).toEqual([]);

  // The next decision is made by the new rule; the past one is as it was, and can still be made again.
  const after = await apply("after the rule");
  expect(after.decision.product.version).toBe(2);
  expect(byNewRule(after)).toBe("fail");
  const past = `${server.url}/api/v1/applications/${before.summary.id}`;
  expect((await (await owner.page.request.get(past)).json()) as Application).toMatchObject({
    sha256: before.sha256,
    decision: before.decision,
  });
  expect(await (await risk.page.request.post(`${past}/replay`)).json()).toMatchObject({ same: true, sha256: before.sha256 });
  await risk.context.close();

  // What the owner's offers are made from names the new version and its rule.
  const answer = owner.page.waitForResponse((response) => /\/enterprises\/E7\/matches/.test(response.url()));
  await owner.page.goto(`${server.url}/enterprises/E7/offers`);
  const matching = (await (await answer).json()) as {
    matches: { product: string; version: number; rules: { title: { zh: string } }[] }[];
  };
  const match = matching.matches.find(({ product }) => product === PRODUCT)!;
  expect(match.version).toBe(2);
  expect(match.rules.map(({ title }) => title.zh)).toContain(RULE);
  await owner.page
    .getByRole("region", { name: "对比表" })
    .getByRole("row", { name: /流水快贷/ })
    .waitFor();
  await owner.context.close();
});

test("on a phone and in English: the catalogue, a product and its editor by keyboard, and a new product from nothing", async () => {
  const { page, context, errors } = await server.open({ seat: "demo-bank-a-product", width: 390, locale: "en-GB", scheme: "dark" });
  for (const path of ["/products", `/products/tax-credit-a`, `/products/tax-credit-a/edit`]) {
    await page.goto(server.url + path);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.waitForFunction(() => !document.querySelector("[aria-busy=true]"));
    expect(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"), path).toBe(0);
    expect(await seriousFindings(page), path).toEqual([]);
    if (SHOTS) await page.screenshot({ path: `${SHOTS}/phone${path.replaceAll("/", "-")}.png`, fullPage: true });
  }
  // The first rule is opened and moved by keys alone.
  const change = page.getByRole("button", { name: /^Change: / }).first();
  await change.focus();
  await page.keyboard.press("Enter");
  await page.locator(".pr-open").waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  const title = page.locator(".pr-rules > li").first().locator(".pr-rule > strong");
  const first = await title.textContent();
  await page
    .getByRole("button", { name: /^Down: / })
    .first()
    .focus();
  await page.keyboard.press("Enter");
  await expect.poll(() => title.textContent(), PATIENT).not.toBe(first);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/phone-rule.png` });

  // A region is found by its name; a document from elsewhere that does not fit says where, and what was written stays.
  await page.getByLabel("Find a region by name or code").first().fill("福建");
  await page.getByRole("button", { name: "福建省", exact: true }).click();
  await page.getByRole("button", { name: "Remove: 福建省" }).waitFor();
  await page.getByText("The document as JSON").click();
  const json = page.getByRole("textbox", { name: "The document as JSON" });
  const whole = JSON.parse(await json.inputValue()) as { offered: { regions: string[] }; term: { minMonths: number } };
  expect(whole.offered.regions).toEqual(["350000"]);
  await json.fill(JSON.stringify({ ...whole, term: { ...whole.term, minMonths: 0 } }));
  await page.getByRole("button", { name: "Take it over" }).click();
  await page.getByText(/^term\.minMonths: /).waitFor();
  await json.fill(JSON.stringify({ ...whole, term: { ...whole.term, minMonths: 3 } }));
  await page.getByRole("button", { name: "Take it over" }).click();
  await expect.poll(() => page.getByLabel("Shortest").inputValue(), PATIENT).toBe("3");
  expect(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")).toBe(0);
  expect(await seriousFindings(page)).toEqual([]);

  page.on("dialog", (dialog) => void dialog.accept());
  await page.goto(`${server.url}/products`);
  await page.getByRole("button", { name: "New product" }).click();
  await page.getByLabel(/^Id of the product/).fill("shop-loan-a");
  await page.getByRole("button", { name: "Begin to write" }).click();
  await page.waitForURL(/\/products\/shop-loan-a\/edit$/);
  await page.getByText("4 things are to be put right").waitFor();
  await page.getByLabel("Title (Chinese)").first().fill("小店贷");
  await page.getByLabel("Title (English)").first().fill("Shop loan");
  await page.getByLabel("Summary in a sentence (Chinese)").fill("给小店的信用贷款");
  await page.getByLabel("Summary in a sentence (English)").fill("An unsecured loan for shops");
  await page.getByRole("button", { name: "Save the draft" }).click();
  await page.getByText("Saved as shop-loan-a@1.").waitFor();
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.getByText("There is no live version to compare with.").waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  // The look for a product that is not there yet is a 404, which the browser notes.
  expect(errors.filter((error) => !/404/.test(error))).toEqual([]);
  await context.close();

  // A loan officer reads; only those who make products may write.
  const owner = await server.open({ seat: "enterprise:E7" });
  await owner.page.goto(`${server.url}/products/tax-credit-a`);
  await owner.page.getByRole("heading", { level: 2, name: /准入规则/ }).waitFor();
  expect(await owner.page.getByRole("link", { name: "编写下一版本" }).count()).toBe(0);
  await owner.context.close();
});

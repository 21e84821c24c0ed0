import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { catalogue } from "../../core/src/features/index.ts";
import { type Console, seriousFindings, startConsole } from "../console.ts";

let server: Console;
beforeAll(async () => {
  server = await startConsole();
});
afterAll(() => server?.stop());

const ask = async <T>(path: string): Promise<T> => (await (await fetch(`${server.url}/api/v1${path}`)).json()) as T;
/** Buttons of two characters are set with a space between them. */
const spaced = (name: string) => new RegExp(`^${Array.from(name).join("\\s?")}$`);
const ivOf = async (page: Page) => Number(await page.locator("[data-editor]").getAttribute("data-iv"));

test("a model is trained from another with a boundary moved by hand, approved by a second person, deployed, and rolled back", async () => {
  const { page, context, errors } = await server.open({ width: 1440 });
  await page.goto(`${server.url}/scorecards/workshop?from=sme-invoice@1&feature=net_sales_36m`);

  // The boundary under the hand: with the mouse, with keys, and typed; every time everything is counted again at once.
  const boundaries = page.getByRole("slider");
  await boundaries.first().waitFor();
  const before = await boundaries.count();
  const optimum = await ivOf(page);
  await boundaries.nth(2).focus();
  const place = Number(await boundaries.nth(2).getAttribute("aria-valuenow"));
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  expect(Number(await boundaries.nth(2).getAttribute("aria-valuenow"))).toBeGreaterThan(place);
  const byKeys = await ivOf(page);
  expect(byKeys).not.toBe(optimum);
  await page.keyboard.press("Delete");
  await expect.poll(() => boundaries.count()).toBe(before - 1);
  const box = (await page.locator(".sc-blocks").boundingBox())!;
  const handle = (await boundaries.nth(0).locator("circle").boundingBox())!;
  await page.mouse.move(handle.x + handle.width / 2, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(handle.x + box.width / 12, box.y + 40, { steps: 5 });
  await page.mouse.up();
  const dragged = await ivOf(page);
  expect(dragged).not.toBe(byKeys);
  await page.getByRole("spinbutton", { name: /上界/ }).first().fill("500000");
  await page.keyboard.press("Enter");
  await expect.poll(() => ivOf(page)).not.toBe(dragged);
  await page.getByText("人工调整").first().waitFor();
  const typed = await ivOf(page);

  // What the browser counted is what the server counts of the records.
  const training = page.waitForRequest((request) => request.method() === "POST" && request.url().endsWith("/scorecards/trainings"));
  await page.getByLabel("开发者（姓名或岗位）").fill("模型开发岗");
  await page.getByLabel("重复次数").fill("2");
  await page.getByLabel("重抽样次数").fill("10");
  await page.getByRole("button", { name: "训练并验证" }).click();
  const { recipe } = (await training).postDataJSON() as { recipe: { options: { edits: { feature: string; splits: number[] }[] } } };
  expect(recipe.options.edits.map((edit) => [edit.feature, edit.splits[0]])).toEqual([["net_sales_36m", 50_000_000]]);
  const card = page.getByRole("link", { name: "看模型卡 sme-invoice@2" });
  await card.waitFor({ timeout: 60_000 });
  const { document } = await ask<{
    document: {
      basedOn: string;
      recipe: { options: { priors: { setBy: string }[] } };
      development: { card: { features: { name: string; binning: { iv: number; edited: boolean; splits: number[] } }[] } };
    };
  }>("/scorecards/sme-invoice@2");
  const made = document.development.card.features.find((feature) => feature.name === "net_sales_36m")!.binning;
  expect(made.edited).toBe(true);
  expect(made.iv).toBeCloseTo(typed, 9);
  expect(made.splits).toEqual(recipe.options.edits[0]!.splits);
  expect(document.basedOn).toBe("sme-invoice@1");
  // Words that nobody touched stay the word of whoever gave them.
  expect(new Set(document.recipe.options.priors.map((prior) => prior.setBy))).toEqual(
    new Set(["演示区域模型开发岗 model development, demonstration region"]),
  );

  // Four eyes: the developer submits, is refused as approver, and a second person approves.
  await card.click();
  await page.getByRole("heading", { level: 1, name: /发票评分卡/ }).waitFor();
  const act = async (name: string, by: string) => {
    await page.getByRole("button", { name: spaced(name) }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel(/^操作人/).fill(by);
    await dialog.getByRole("button", { name: spaced(name) }).click();
    return dialog;
  };
  await (await act("提交审批", "模型开发岗")).waitFor({ state: "hidden" });
  const refused = await act("批准", "模型开发岗");
  await refused.getByRole("alert").waitFor();
  await refused.getByLabel(/^操作人/).fill("模型审批岗");
  await refused.getByRole("button", { name: spaced("批准") }).click();
  await refused.waitFor({ state: "hidden" });
  await (await act("上线为冠军", "模型审批岗")).waitFor({ state: "hidden" });
  await expect
    .poll(async () => (await ask<{ score: { model: { id: string } } }>("/enterprises/E1/score")).score.model.id)
    .toBe("sme-invoice@2");

  // The profile says so, and the one before it takes its place again.
  await page.goto(`${server.url}/enterprises/E1`);
  await page.getByRole("link", { name: /sme-invoice@2/ }).waitFor();
  await page.goto(`${server.url}/scorecards`);
  await page.getByRole("button", { name: "回退到上一任" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(/^操作人/).fill("模型审批岗");
  await dialog.getByLabel(/理由/).fill("演练回退");
  await dialog.getByRole("button", { name: "回退到上一任" }).click();
  await dialog.waitFor({ state: "hidden" });
  expect((await ask<{ score: { model: { id: string } } }>("/enterprises/E1/score")).score.model.id).toBe("sme-invoice@1");

  await page.goto(`${server.url}/scorecards/compare?a=sme-invoice@1&b=sme-invoice@2`);
  await page
    .getByText(/DeLong/)
    .first()
    .waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  // The refusal of one's own approval is a 409, which the browser notes.
  expect(errors.filter((error) => !/409|403/.test(error))).toEqual([]);
  await context.close();
});

test("a table that is brought, in English: registered, binned, grouped by hand, trained, exported", async () => {
  const { page, context, errors } = await server.open({ locale: "en-GB", width: 1440 });
  const table = join(server.folder, "loans.csv");
  // Generated: risk falls with months in business, and one trade is riskier than the others.
  const rows = Array.from({ length: 400 }, (_, i) => {
    const months = (i * 37) % 120;
    const trade = ["retail", "wholesale", "catering", "transport"][i % 4]!;
    const bad = (i * 7919) % 100 < 45 - months / 4 + (trade === "catering" ? 25 : 0) ? "bad" : "good";
    return `L${i},${months},${trade},${bad}`;
  });
  await writeFile(table, ["loan,months,trade,outcome", ...rows].join("\n"));
  await page.goto(`${server.url}/scorecards/workshop`);
  await page.getByText("Bring a table with outcomes").click();
  await page.getByLabel("Choose a file").setInputFiles(table);
  await page.getByLabel("Column of the outcome").waitFor();
  await page.getByLabel("Value that is the event").fill("bad");
  await page.getByLabel("Column that names the record, no feature").selectOption("loan");
  await page.getByRole("button", { name: "Register the sample" }).click();
  await page.getByText(/^400 records/).waitFor();
  await page.getByRole("button", { name: "trade", exact: true }).click();
  const optimum = await ivOf(page);
  await page.getByLabel("Group of “retail”").selectOption({ label: "a new group" });
  await expect.poll(() => ivOf(page)).not.toBe(optimum);
  await page.getByRole("button", { name: "Back to the optimum" }).click();
  await expect.poll(() => ivOf(page)).toBe(optimum);
  await page.getByRole("button", { name: "months", exact: true }).click();
  await page.getByLabel("Trend of the event rate along the feature").selectOption("descending");
  await page.getByText("As an expert's word").click();
  await page.getByLabel("Reason").fill("The longer in business, the better the odds.");
  await page.getByLabel("Name of the line: small letters, digits, hyphens").fill("loans");
  await page.getByLabel("Title in Chinese").fill("生成的贷款表");
  await page.getByLabel("Purpose in Chinese").fill("端到端检验，数据为生成。");
  await page.getByLabel("Who develops it (a name or a post)").fill("model desk");
  await page.getByLabel("Repeats").fill("1");
  await page.getByLabel("Refits").fill("5");
  await page.getByRole("button", { name: "Train and validate" }).click();
  await page.getByRole("link", { name: "See the model card of loans@1" }).click({ timeout: 60_000 });
  await page.getByText("What plainness costs").waitFor();
  await page.getByRole("cell", { name: "The longer in business, the better the odds." }).waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  for (const [name, start] of [
    ["PDF", "%PDF-"],
    ["SQL", "--"],
    ["PMML 4.4", "<?xml"],
    ["JSON", "{"],
  ] as const) {
    const link = await page.getByRole("link", { name: `Export ${name}` }).getAttribute("href");
    const reply = await fetch(server.url + link!);
    expect([reply.status, (await reply.text()).slice(0, start.length)]).toEqual([200, start]);
  }
  expect(errors).toEqual([]);
  await context.close();
});

test("what billing in parts moves is in the list with its reason and is not offered, until somebody turns that off", async () => {
  const { page, context } = await server.open({ width: 1280 });
  await page.goto(`${server.url}/scorecards/workshop?sample=platform&feature=sale_invoices_36m`);
  const counting = page.getByRole("checkbox", { name: "让“近36个月有效销售发票张数”参与训练" });
  const unmoved = page.getByRole("checkbox", { name: "只用分开开票不能改变的特征" });
  const offered = page.getByText(/个特征参与训练/);
  await counting.waitFor();
  expect([await unmoved.isChecked(), await counting.isChecked(), await counting.isDisabled()]).toEqual([true, false, true]);
  await page.getByText("按张数计：一笔交易分开开票，张数就变").first().waitFor();
  const holding = catalogue.filter(({ movedBySplitting }) => movedBySplitting === null).length;
  await expect.poll(() => offered.textContent()).toContain(`${holding} / ${holding}`);
  await unmoved.uncheck();
  await expect.poll(() => offered.textContent()).toContain(`${catalogue.length} / ${catalogue.length}`);
  expect([await counting.isChecked(), await counting.isDisabled()]).toEqual([true, false]);
  await unmoved.check();
  await expect.poll(() => offered.textContent()).toContain(`${holding} / ${holding}`);
  expect(await seriousFindings(page)).toEqual([]);
  await context.close();
});

test("what the data do not allow is said where it was asked", async () => {
  const { page, context } = await server.open({ width: 390 });
  await page.goto(`${server.url}/scorecards/workshop?from=sme-invoice@1`);
  await page.getByLabel("折数").fill("20");
  await page.getByLabel("开发者（姓名或岗位）").fill("模型开发岗");
  await page.getByRole("button", { name: "训练并验证" }).click();
  await page.locator("[data-training=failed]").waitFor({ timeout: 60_000, state: "attached" });
  await page.getByText(/较少的一类结果只有 18 条/).waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await context.close();
});

import { afterAll, beforeAll, expect, test } from "vitest";
import { type Console, seriousFindings, startConsole } from "../console.ts";

let server: Console;
beforeAll(async () => {
  server = await startConsole();
});
afterAll(() => server?.stop());
/** The machine may be busy. */
const PATIENT = { timeout: 20_000 };
const shots = process.env["SHOTS"];

test("a budget is allotted with its bound; a limit and a scenario change it; the address keeps the terms", async () => {
  const { page, context, errors } = await server.open({ width: 1440 });
  await page.goto(`${server.url}/portfolio`);
  await page.getByText("已证明最优").waitFor();
  const profit = async () =>
    (await page
      .locator("dt", { hasText: /^期望利润$/ })
      .locator("xpath=following-sibling::dd")
      .first()
      .textContent())!;
  const first = await profit();
  expect(first).toMatch(/万元/);
  await page.locator(".zo-chart canvas").waitFor();

  // Sorted by what was clicked, highest first; and why this rate is the chosen one of its neighbours.
  const table = page.getByRole("region", { name: "分配", exact: true });
  await table.getByRole("button", { name: /^年利率/ }).click();
  await expect.poll(() => page.url(), PATIENT).toContain("sort=rate");
  const rates = await table.locator("tbody tr td:nth-child(6)").allTextContents();
  expect(rates.length).toBe(25);
  const numbers = rates.map((rate) => Number.parseFloat(rate));
  expect(numbers).toEqual(numbers.toSorted((a, b) => b - a));
  await table.locator("tbody tr").first().locator("summary").click();
  const why = table.locator("tbody tr").first().locator(".zo-why tbody tr");
  const worth = await why.locator("td:nth-child(4)").allTextContents();
  const chosen = await table.locator("tbody tr").first().locator('.zo-why tr[data-chosen="true"] td:nth-child(4)').textContent();
  const read = (text: string) => Number(text.replace("−", "-"));
  expect(read(chosen!)).toBe(Math.max(...worth.map(read)));

  await page.getByLabel("单一行业上限（预算的 %）").fill("10");
  await page.getByLabel("冲击情景").selectOption({ label: "疫情冲击（2020 年一季度）" });
  await page.getByRole("button", { name: /^分\s?配$/ }).click();
  await page.getByRole("heading", { name: "冲击情景：疫情冲击（2020 年一季度）" }).waitFor();
  await expect.poll(profit, PATIENT).not.toBe(first);
  expect(page.url()).toContain("cap=10");
  const address = page.url();
  expect(await seriousFindings(page)).toEqual([]);
  if (shots) await page.screenshot({ path: `${shots}/portfolio-wide.png`, fullPage: true });

  await page.goBack();
  await expect.poll(profit, PATIENT).toBe(first);
  await expect.poll(() => page.getByLabel("单一行业上限（预算的 %）").inputValue(), PATIENT).toBe("");

  // What cannot be read is said, and not sent; what cannot hold is refused with its reason.
  await page.getByLabel("预算（万元）").fill("much");
  await page.getByRole("alert").getByText("预算（万元）").waitFor();
  expect(await page.getByRole("button", { name: /^分\s?配$/ }).isDisabled()).toBe(true);
  await page.getByLabel("预算（万元）").fill("10000");
  await page.getByLabel("单户最低（万元）").fill("200");
  // The refusal itself is a 422 in the browser's own log, which is no error of the page.
  const logged = errors.length;
  await page.getByRole("button", { name: /^分\s?配$/ }).click();
  await page.getByText("分配条件不成立").first().waitFor();
  expect(errors.slice(logged).filter((each) => !each.includes("422"))).toEqual([]);
  expect(errors.slice(0, logged)).toEqual([]);
  await context.close();

  const phone = await server.open({ width: 390, locale: "en-GB", scheme: "dark" });
  await phone.page.goto(address);
  await phone.page.getByText("proven optimal").waitFor();
  await phone.page.locator(".zo-chart canvas").waitFor();
  expect(await phone.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")).toBe(0);
  expect(await seriousFindings(phone.page)).toEqual([]);
  // Names of enterprises are Chinese; headings, terms and columns are not.
  const said = (await phone.page.locator("main h1, main h2, main label, main dt, main thead th, main p").allTextContents()).join(" ");
  expect(said).not.toMatch(/\p{Script=Han}/u);
  if (shots) await phone.page.screenshot({ path: `${shots}/portfolio-phone.png`, fullPage: true });
  expect(phone.errors).toEqual([]);
  await phone.context.close();
});

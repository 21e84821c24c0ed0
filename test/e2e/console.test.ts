import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Console, entry, seriousFindings, startConsole } from "../console.ts";

let server: Console;
let open: Console["open"];
let folder: string;
beforeAll(async () => {
  server = await startConsole();
  ({ open, folder } = server);
});
afterAll(() => server?.stop());

const SHOTS = process.env["SHOTS"];
const WORDS = {
  zh: {
    locale: "zh-CN",
    start: "从经营记录到信用画像",
    flagged: "最需要过问的企业",
    showInvoices: /^查看 ([\d,]+) 张发票/,
    enterprises: "企业",
    import: "导入",
    quarantine: "隔离区",
    features: "指标目录",
  },
  en: {
    locale: "en-GB",
    start: "From business records to a credit profile",
    flagged: "Enterprises that most call for a question",
    showInvoices: /^Show ([\d,]+) invoices?/,
    enterprises: "Enterprises",
    import: "Import",
    quarantine: "Quarantine",
    features: "Features",
  },
} as const;

describe.each(["zh", "en"] as const)("in %s", (language) => {
  const words = WORDS[language];

  test("from the start page to the invoices behind a flag, and back", async () => {
    const { page, context, errors } = await open({ locale: words.locale });
    await page.goto(server.url);
    await page.getByRole("heading", { level: 1, name: words.start }).waitFor();
    expect(await page.locator("html").getAttribute("lang")).toBe(language === "zh" ? "zh-CN" : "en");

    await page.getByRole("region", { name: words.flagged }).getByRole("link").first().click();
    await page.waitForURL(/\/enterprises\/E\d+/);
    const button = page.getByRole("button", { name: words.showInvoices }).first();
    await button.waitFor();
    const said = Number(
      words.showInvoices.exec((await button.getAttribute("aria-label")) ?? (await button.innerText()))![1]!.replaceAll(",", ""),
    );
    expect(said).toBeGreaterThan(0);

    await button.click();
    const drawer = page.getByRole("dialog");
    await drawer.getByRole("row").nth(1).waitFor();
    // What the drawer lists is what the flag counted.
    const of = new URL(page.url()).searchParams.get("of")!;
    const [, id] = /\/enterprises\/(\w+)/.exec(page.url())!;
    const listed = (await (await fetch(`${server.url}/api/v1/enterprises/${id}/invoices?flag=${of.replace("flag:", "")}`)).json()) as {
      total: number;
    };
    expect(listed.total).toBe(said);
    expect((await drawer.innerText()).replaceAll(",", "")).toContain(String(said));

    await page.goBack();
    await drawer.waitFor({ state: "hidden" });
    expect(errors).toEqual([]);
    await context.close();
  });
});

test("the language is switched on any page and kept", async () => {
  const { page, context } = await open({ locale: "zh-CN" });
  await page.goto(`${server.url}/enterprises`);
  await page.getByRole("heading", { level: 1, name: WORDS.zh.enterprises }).waitFor();
  await page.getByRole("button", { name: "Switch to English" }).click();
  await page.getByRole("heading", { level: 1, name: WORDS.en.enterprises }).waitFor();
  await page.reload();
  await page.getByRole("heading", { level: 1, name: WORDS.en.enterprises }).waitFor();
  await context.close();
});

test("the list is searched, filtered and sorted by the server, and its state is in the address", async () => {
  const { page, context } = await open({ locale: "en-GB" });
  await page.goto(`${server.url}/enterprises?sort=netSales12m&order=desc`);
  const rows = page.getByRole("table").getByRole("row");
  await rows.nth(1).waitFor();
  const best = (await (await fetch(`${server.url}/api/v1/enterprises?sort=netSales12m&order=desc&pageSize=1`)).json()) as {
    items: { id: string }[];
  };
  await expect.poll(() => rows.nth(1).innerText()).toContain(best.items[0]!.id);
  await page.getByRole("searchbox", { name: "Search by name or code" }).fill("E12");
  await page.waitForURL(/search=E12/);
  await expect.poll(async () => (await page.getByRole("status").first().innerText()).replaceAll(",", "")).toMatch(/^\d+ enterprises$/);
  await context.close();
});

test("a file with bad rows: imported, its rows mended and dismissed", async () => {
  const { page, context, errors } = await open({ locale: "en-GB" });
  const file = join(folder, "new-sales.csv");
  const rows = [
    "企业代号,发票号码,开票日期,购方单位代号,金额,税额,价税合计,发票状态",
    "E1,90000001,2019-12-02,B00844,100.00,13.00,113.00,有效发票",
    "E1,90000002,2019-12-03,B00844,100.00,13.00,114.00,有效发票",
    "E1,90000003,2019-13-03,B00844,100.00,13.00,113.00,有效发票",
  ];
  await writeFile(file, `${rows.join("\n")}\n`);
  await page.goto(`${server.url}/import`);
  await page.locator("input[type=file]").setInputFiles(file);
  await page.getByRole("button", { name: "Start the import" }).click();
  await page.getByRole("link", { name: "See the quarantined rows" }).first().waitFor({ timeout: 30_000 });
  await expect
    .poll(
      async () =>
        ((await (await fetch(`${server.url}/api/v1/records/imports`)).json()) as { items: { state: string; outcome: unknown }[] }).items[0],
      { timeout: 30_000 },
    )
    .toMatchObject({
      state: "done",
      outcome: { accepted: 1, quarantined: 2, duplicates: 0 },
    });
  const batch = (
    (await (await fetch(`${server.url}/api/v1/records/imports`)).json()) as { items: { outcome: { batches: { id: string }[] } }[] }
  ).items[0]!.outcome.batches[0]!.id;
  const waiting = async (state: string) =>
    (await (await fetch(`${server.url}/api/v1/records/quarantine?batch=${batch}&state=${state}`)).json()) as {
      total: number;
      items: { id: number; line: number }[];
    };
  const first = (await waiting("open")).items.find((row) => row.line === 3)!;
  await page.goto(`${server.url}/quarantine?batch=${batch}&row=${first.id}`);
  await page
    .getByLabel(/价税合计|Total/)
    .last()
    .fill("113.00");
  await page.getByRole("button", { name: "Mend and try again" }).click();
  await expect.poll(async () => (await waiting("mended")).total, { timeout: 30_000 }).toBe(1);
  const second = (await waiting("open")).items[0]!;
  await page.goto(`${server.url}/quarantine?batch=${batch}&row=${second.id}`);
  await page.getByRole("button", { name: "Dismiss" }).click();
  await page.getByRole("tooltip").getByRole("button", { name: "Dismiss" }).click();
  await expect.poll(async () => (await waiting("dismissed")).total, { timeout: 30_000 }).toBe(1);
  expect(errors).toEqual([]);
  await context.close();
});

test("the whole way by keyboard: skip link, search, profile, drawer and back to where one was", async () => {
  const { page, context } = await open({ locale: "en-GB" });
  await page.goto(`${server.url}/enterprises?search=E3`);
  await page.getByRole("table").waitFor();
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement?.textContent)).toContain("Skip to content");
  await page.keyboard.press("Enter");
  await page.getByRole("table").getByRole("link").first().focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/enterprises\/E\d+/);
  const ask = page.locator("[aria-haspopup=dialog]").first();
  await ask.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute("aria-haspopup"))).toBe("dialog");
  await context.close();
});

describe("the navigation", () => {
  const WIDTHS = [390, 480, 719, 768, 900, 1024, 1199, 1200, 1280, 1440, 1920];
  const SEATS = ["operator", "demo-bank-a", "demo-insurer", "demo-supervisor", "enterprise:E1"];
  test.each(SEATS.flatMap((seat) => ["zh-CN", "en-GB"].map((locale) => [seat, locale] as const)))(
    "of %s in %s is one row at every width, and holds the same pages",
    async (seat, locale) => {
      const { page, context, errors } = await open({ seat, locale });
      await page.goto(`${server.url}/features`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      const navigation = page.getByRole("navigation", { name: /^(主导航|Main)$/ });
      const pages = await navigation.getByRole("link", { includeHidden: true }).count();
      expect(pages).toBeGreaterThan(3);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        // What stands side by side in the head: within the screen, in one row, and none over another.
        const boxes = await page.evaluate(() =>
          [...document.querySelectorAll(".zw-brand, .zw-nav-menu, .zw-nav-list > li, .zw-tools > *")]
            .filter((each) => each.checkVisibility())
            .map((each) => each.getBoundingClientRect().toJSON() as DOMRect),
        );
        const head = await page.locator("header").boundingBox();
        expect(head!.height, `${width}`).toBeLessThan(60);
        expect(boxes.length).toBeGreaterThanOrEqual(4);
        let right = 0;
        for (const box of boxes) {
          expect(box.left, `${width}`).toBeGreaterThanOrEqual(right - 0.5);
          expect(box.bottom, `${width}`).toBeLessThanOrEqual(head!.y + head!.height);
          right = box.right;
        }
        expect(right, `${width}`).toBeLessThanOrEqual(width);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
        if (SHOTS && [390, 768, 1200, 1280, 1920].includes(width))
          await page.screenshot({
            path: `${SHOTS}/nav-${seat.replace(":", "-")}-${locale}-${width}.png`,
            clip: { x: 0, y: 0, width, height: 420 },
          });
      }
      // On the narrow screen all of it stands behind one button.
      await page.setViewportSize({ width: 390, height: 844 });
      await navigation.getByRole("button", { name: /^(菜单|Menu)$/ }).click();
      expect(await navigation.getByRole("link").count()).toBe(pages);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
      expect(await seriousFindings(page)).toEqual([]);
      if (SHOTS) await page.screenshot({ path: `${SHOTS}/nav-${seat.replace(":", "-")}-${locale}-menu.png` });
      await navigation.getByRole("link").last().click();
      await expect.poll(() => navigation.getByRole("link").count()).toBe(0);
      expect(errors).toEqual([]);
      await context.close();
    },
  );

  test.each(["light", "dark"] as const)(
    "is used by keyboard, says where one is, and is clean to axe with a list open, in %s",
    async (scheme) => {
      const { page, context, errors } = await open({ locale: "en-GB", scheme });
      await page.goto(`${server.url}/scorecards`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      const navigation = page.getByRole("navigation", { name: "Main" });
      const button = (name: string) => navigation.getByRole("button", { name, exact: true });
      const focused = () => page.evaluate(() => document.activeElement?.textContent);
      expect(await navigation.locator("[aria-current=true]").allTextContents()).toEqual(["Models"]);

      await button("Models").focus();
      await page.keyboard.press("ArrowDown");
      await expect.poll(focused).toBe("Scorecards");
      expect(await button("Models").getAttribute("aria-expanded")).toBe("true");
      expect(
        await navigation.getByRole("list", { name: "Models" }).getByRole("link", { name: "Scorecards" }).getAttribute("aria-current"),
      ).toBe("page");
      expect(await seriousFindings(page)).toEqual([]);
      if (SHOTS) await page.screenshot({ path: `${SHOTS}/nav-open-${scheme}.png`, clip: { x: 0, y: 0, width: 1280, height: 420 } });
      for (const [key, name] of [
        ["End", "Features"],
        ["ArrowDown", "Scorecards"],
        ["ArrowUp", "Features"],
        ["Home", "Scorecards"],
      ] as const) {
        await page.keyboard.press(key);
        await expect.poll(focused).toBe(name);
      }
      // Escape closes it and goes back to its button; so does a choice, from where the keyboard goes on.
      await page.keyboard.press("Escape");
      await expect.poll(focused).toBe("Models");
      expect(await navigation.locator("[aria-expanded=true]").count()).toBe(0);
      await page.keyboard.press("Enter");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Tab");
      await expect.poll(focused).toBe("Features");
      await page.keyboard.press("Enter");
      await page.waitForURL(`${server.url}/features`);
      await expect.poll(focused).toBe("Models");
      expect(await navigation.getByRole("list", { name: "Models" }).count()).toBe(0);

      // It closes where the focus or the pointer goes elsewhere, where another is opened, and on the way back.
      await page.keyboard.press("Enter");
      await navigation.getByRole("list", { name: "Models" }).waitFor();
      for (let i = 0; i < 3; i++) await page.keyboard.press("Tab");
      await expect.poll(focused).toBe("Trust");
      await expect.poll(() => navigation.locator("[aria-expanded=true]").count()).toBe(0);
      await button("Models").click();
      await button("Trust").click();
      await navigation.getByRole("list", { name: "Trust" }).waitFor();
      expect(await navigation.getByRole("list", { name: "Models" }).count()).toBe(0);
      await page.getByRole("heading", { level: 1 }).click();
      await expect.poll(() => navigation.locator("[aria-expanded=true]").count()).toBe(0);
      await button("Data").click();
      await page.goBack();
      await page.waitForURL(`${server.url}/scorecards`);
      await expect.poll(() => navigation.locator("[aria-expanded=true]").count()).toBe(0);
      await (await entry(page, "Quarantine")).click();
      await page.waitForURL(`${server.url}/quarantine`);
      await expect.poll(() => navigation.locator("[aria-current=true]").allTextContents()).toEqual(["Data"]);
      expect(errors).toEqual([]);
      await context.close();
    },
  );
});

const PAGES = [
  "/",
  "/enterprises",
  "/enterprises/E1",
  "/enterprises/E1?of=feature:net_sales_12m",
  "/import",
  "/quarantine",
  "/features",
  "/scorecards",
  "/scorecards/sme-invoice@1",
  "/scorecards/workshop?from=sme-invoice@1",
];

describe.each(["light", "dark"] as const)("in %s", (scheme) => {
  test.each(PAGES)("axe finds nothing serious on %s", async (path) => {
    const { page, context, errors } = await open({ scheme });
    await page.goto(server.url + path);
    await page.waitForLoadState("networkidle");
    expect(await seriousFindings(page)).toEqual([]);
    expect(errors).toEqual([]);
    await context.close();
  });
});

test.each(PAGES)("%s fits a phone of 390 px", async (path) => {
  const { page, context } = await open({ width: 390 });
  await page.goto(server.url + path);
  await page.waitForLoadState("networkidle");
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await context.close();
});

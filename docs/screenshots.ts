/**
 * Takes the pictures of the README from a running server that holds the demonstration region:
 *   node docs/screenshots.ts [http://localhost:8080]
 */
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { seatCookie } from "../server/src/access/seats.ts";
import { launchBrowser } from "../test/browser.ts";

const server = process.argv[2] ?? "http://localhost:8080";
const folder = join(import.meta.dirname, "img");

const PICTURES = [
  { name: "start", path: "/" },
  { name: "enterprises", path: "/enterprises?sort=netSales12m&order=desc" },
  { name: "profile", path: "/enterprises/E21", height: 1500 },
  { name: "flag-invoices", path: "/enterprises/E7?of=flag:red-letter-surge" },
  { name: "import", path: "/import" },
  { name: "quarantine", path: "/quarantine?row=1" },
  { name: "scorecard", path: "/scorecards/sme-invoice@1" },
  { name: "evidence", path: "/evidence" },
  { name: "verify", path: "/verify", bundle: "E21" },
  { name: "consents", path: "/enterprises/E7/consents", seat: "enterprise:E7" },
  {
    name: "offers",
    path: "/enterprises/E31/offers?amount=60&purpose=working&f.request.overdueNow=no&f.request.blacklisted=no&f.request.outstandingFen=0&f.request.lenders=0",
    seat: "enterprise:E31",
    height: 1300,
  },
  { name: "portfolio", path: "/portfolio", seat: "demo-bank-a", height: 1100 },
  { name: "workshop", path: "/scorecards/workshop?from=sme-invoice@1&feature=sales_variation_24m", height: 1120 },
] as const;

const take = async (browser: Browser, language: "zh" | "en", picture: (typeof PICTURES)[number]) => {
  const context = await browser.newContext({
    locale: language === "zh" ? "zh-CN" : "en-GB",
    viewport: { width: 1280, height: "height" in picture ? picture.height : 860 },
    reducedMotion: "reduce",
  });
  if ("seat" in picture) {
    const [name = "", value = ""] = seatCookie(picture.seat).split(/[=;]/);
    await context.addCookies([{ name, value, url: server, httpOnly: true, sameSite: "Strict" }]);
  }
  const page = await context.newPage();
  await page.goto(server + picture.path);
  if ("bundle" in picture) {
    const bundle = await (await fetch(`${server}/api/v1/enterprises/${picture.bundle}/bundle`)).text();
    await page
      .locator("input[type=file]")
      .setInputFiles({ name: `${picture.bundle}.bundle.json`, mimeType: "application/json", buffer: Buffer.from(bundle) });
  }
  await page.waitForLoadState("networkidle");
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: join(folder, `${picture.name}-${language}.png`) });
  await context.close();
};

const browser = await launchBrowser();
for (const language of ["zh", "en"] as const) for (const picture of PICTURES) await take(browser, language, picture);
const phone = await browser.newContext({
  locale: "zh-CN",
  colorScheme: "dark",
  viewport: { width: 390, height: 844 },
  reducedMotion: "reduce",
});
const page = await phone.newPage();
await page.goto(`${server}/enterprises/E21`);
await page.waitForLoadState("networkidle");
await page.screenshot({ path: join(folder, "profile-phone.png") });
await browser.close();

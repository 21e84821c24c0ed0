import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sql } from "kysely";
import { type Console, seriousFindings, startConsole } from "../console.ts";

let server: Console;
beforeAll(async () => {
  server = await startConsole();
});
afterAll(() => server?.stop());

const SHOTS = process.env["SHOTS"];
const PATIENT = { timeout: 20_000 };
/** Whoever has invoiced for a year passes it; with a tax grade, nobody can be told before an application. */
const [LINE, GRADED] = ["sales-line-a", "graded-line-a"];
/** LPR of this day is known for certain; of that one, whatever is entered meanwhile, it is not. */
const [KNOWN, DOUBTFUL] = ["2025-05-26", "2099-01-02"];
const WARNED = "利率的基准可能已变";

type Fits = {
  on: string;
  enterprises: number;
  pass: number;
  application: number;
  total: number;
  items: { enterprise: string; name: string; outcome: string; lowFen: number }[];
};
type Price = { warning?: object | null; base: { tenor: string; bp: number; from: string } | null };
type Matching = { matches: { product: string; outcome: string; nominalRate: number; annualCost: number; price: Price }[] };
type Shares = { providers: { provider: string; enterprises: number; fits: number; mayFit: number; best: number; applied: number }[] };

const api = (path: string) => `${server.url}/api/v1${path}`;
const get = async <T>(page: Page, path: string): Promise<T> => (await (await page.request.get(api(path))).json()) as T;
const done = async (answer: Promise<{ ok: () => boolean; text: () => Promise<string> }>) => {
  const reply = await answer;
  expect(reply.ok(), await reply.text()).toBe(true);
};
const percent = (share: number) => `${(share * 100).toFixed(2)}%`;
const overflow = (page: Page) => page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
const traces = async (party: string): Promise<number> => {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from consent_read where party = ${party} and what = 'match'`.execute(
    server.db,
  );
  return rows[0]!.n;
};

beforeAll(async () => {
  const [maker, second] = [await server.open({ seat: "demo-bank-a-product" }), await server.open({ seat: "demo-bank-a-risk" })];
  const { document } = await get<{ document: { eligibility: object[]; limit: object; price: object } }>(
    maker.page,
    "/products/quick-cashflow-a",
  );
  const kept = { unless: [], citation: "assumption", validFrom: null, validTo: null };
  const history = {
    ...kept,
    id: "history",
    title: { zh: "开票满一年", en: "A year of invoices" },
    when: { fact: "feature.history_months", op: "ge", value: 12 },
  };
  const grade = {
    ...kept,
    id: "grade",
    title: { zh: "纳税信用不低于 B 级", en: "Tax grade B at least" },
    when: { any: [{ not: { fact: "request.taxGrade", op: "lt", value: "B" } }] },
  };
  for (const [id, eligibility] of [
    [LINE, [history]],
    [GRADED, [history, grade]],
  ] as const) {
    const data = {
      document: {
        ...document,
        id,
        title: { zh: `销售贷 ${id}`, en: `Sales line ${id}` },
        eligibility,
        offered: {
          ...(document as unknown as { offered: object }).offered,
          from: "2025-01-01",
          to: null,
          regions: [],
          sectors: [],
          notSectors: [],
        },
        limit: {
          ...document.limit,
          take: "least",
          terms: [{ id: "sales", title: history.title, fact: "feature.net_sales_12m", times: 0.1, citation: "assumption" }],
          minFen: 100_000,
          maxFen: 100_000_000,
          stepFen: 100_000,
          exposure: null,
        },
        price: {
          base: "lpr-1y",
          rows: [{ when: null, title: history.title, spreadBp: 60 }],
          floorBp: null,
          ceilingBp: null,
          citation: "assumption",
        },
      },
    };
    const put = await maker.page.request.put(api(`/products/${id}/draft`), { data });
    expect(put.ok(), await put.text()).toBe(true);
    const { version, sha256 } = (await put.json()) as { version: number; sha256: string };
    await done(maker.page.request.post(api(`/products/${id}/actions`), { data: { action: "submit", version } }));
    await done(second.page.request.post(api(`/products/${id}/actions`), { data: { action: "publish", version, sha256 } }));
  }
  await maker.context.close();
  await second.context.close();
}, 300_000);

test("a product manager sees who fits and never applied, page by page, and what one of them would pay; only what is shown is traced", async () => {
  const { page, context, errors } = await server.open({ seat: "demo-bank-a-product", width: 1440 });
  const before = await traces("demo-bank-a");
  await page.goto(`${server.url}/products/${LINE}`);
  await page.getByRole("heading", { name: "提供什么" }).waitFor();
  // To read the terms is to read nobody.
  expect(await traces("demo-bank-a")).toBe(before);

  const answered = page.waitForResponse((response) => response.url().includes(`/products/${LINE}/fits`));
  await page.getByRole("link", { name: "谁适合而未申请" }).click();
  const fits = (await (await answered).json()) as Fits;
  expect(fits.pass).toBeGreaterThan(50);
  const table = page.getByRole("region", { name: "名单" });
  await table.getByRole("row").nth(25).waitFor();
  expect(await traces("demo-bank-a")).toBe(before + 25);
  expect(await page.getByRole("link", { name: "谁适合而未申请" }).getAttribute("aria-current")).toBe("page");
  expect(await page.getByRole("link", { name: "条款与规则" }).getAttribute("aria-current")).toBeNull();
  const counts = page.locator("[data-fits] > dl dd");
  expect(await counts.allTextContents()).toEqual(
    [fits.pass, fits.application, fits.total - fits.pass - fits.application, fits.enterprises].map(String),
  );
  const [first] = fits.items;
  const row = table.getByRole("row").nth(1);
  expect(await row.getByRole("link").getAttribute("href")).toBe(`/enterprises/${first!.enterprise}`);
  expect(await seriousFindings(page)).toEqual([]);

  // One is opened by key: asked afresh, by its whole profile, and traced once.
  await row.locator("summary").focus();
  await page.keyboard.press("Enter");
  const terms = row.locator(".pr-terms");
  await terms.waitFor();
  const asked = (await (
    await page.request.post(api(`/enterprises/${first!.enterprise}/matches`), { data: { on: fits.on } })
  ).json()) as Matching;
  const match = asked.matches.find(({ product }) => product === LINE)!;
  expect(await terms.locator("dd").allTextContents()).toEqual([
    "符合",
    expect.stringContaining(percent(match.nominalRate)),
    percent(match.annualCost),
  ]);
  await terms.getByText("没有：每条规则都符合。").waitFor();
  expect(await traces("demo-bank-a")).toBe(before + 25 + 2);
  expect(await seriousFindings(page)).toEqual([]);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/fits.png`, fullPage: true });

  // The next page comes from the server, and a link to it says which.
  await page.getByRole("button", { name: "下一页" }).click();
  await page.getByText(/^第 26–/).waitFor();
  await expect.poll(() => row.getByRole("link").textContent(), PATIENT).not.toBe(first!.name);
  expect(new URL(page.url()).searchParams.get("page")).toBe("2");
  await page.goto(`${server.url}/products/${LINE}?show=fits&page=999`);
  await page.getByRole("button", { name: "回到第一页" }).click();
  await table.getByRole("row").nth(25).waitFor();

  // Whoever applies is not among them any more.
  const owner = await server.open({ seat: `enterprise:${first!.enterprise}` });
  await done(
    owner.page.request.post(api("/applications"), {
      data: {
        enterprise: first!.enterprise,
        product: LINE,
        key: "fits applied",
        request: { "request.amountFen": 1_000_000, "request.termMonths": 12 },
      },
    }),
  );
  await owner.context.close();
  await page.reload();
  await table.getByRole("row").nth(25).waitFor();
  expect(await table.getByRole("link", { name: first!.name, exact: true }).count()).toBeLessThan(25);
  expect(await table.locator(`a[href="/enterprises/${first!.enterprise}"]`).count()).toBe(0);
  expect(await counts.first().textContent()).toBe(String(fits.pass - 1));
  expect(errors).toEqual([]);
  await context.close();
});

test("the day is chosen: what the rate rests on is said where it may be out of date, and a day out of offer is refused in place", async () => {
  const { page, context, errors } = await server.open({ seat: "demo-bank-a-product" });
  const list = page.getByRole("region", { name: "名单" });
  const openFirst = async () => {
    const summary = list.locator("summary").first();
    await summary.click();
    await list.locator(".pr-terms").first().waitFor();
  };
  await page.goto(`${server.url}/products/${LINE}?show=fits&on=${DOUBTFUL}`);
  await openFirst();
  await list.getByText(WARNED).waitFor();
  await list.getByText(/利率按一年期 LPR \d\.\d\d%（自 \d{4}-\d\d-\d\d 起）计算/).waitFor();
  await list.getByText(/核对利率/).waitFor();
  expect(await list.getByText("基准待核").count()).toBe(1);
  expect(await seriousFindings(page)).toEqual([]);

  await page.getByLabel("受理日").fill(KNOWN);
  await expect.poll(() => new URL(page.url()).searchParams.get("on"), PATIENT).toBe(KNOWN);
  await page.getByText(`受理日 ${KNOWN}`).waitFor();
  await openFirst();
  expect(await list.getByText(WARNED).count()).toBe(0);
  expect(await list.getByText("基准待核").count()).toBe(0);

  await page.getByLabel("受理日").fill("2024-01-01");
  await page.getByRole("alert").getByText("该产品在这一天不受理。").waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByRole("button", { name: "回到今天" }).click();
  await list.getByRole("row").nth(25).waitFor();
  expect(errors.filter((error) => !/409/.test(error))).toEqual([]);

  // Where nobody can be told, it is said which rules wait for an application; reached through "not" and "any of" as well.
  await page.goto(`${server.url}/products/${GRADED}?show=fits`);
  await list.getByRole("row").nth(25).waitFor();
  expect(await page.locator("[data-fits] > dl dd").first().textContent()).toBe("0");
  const waiting = page.locator("[data-fits] > details");
  expect(await waiting.getByRole("listitem").count()).toBe(0);
  await waiting.locator("summary").click();
  expect(await waiting.getByRole("listitem").allTextContents()).toEqual(["纳税信用不低于 B 级"]);
  await openFirst();
  await list
    .locator(".pr-terms")
    .getByText(/^纳税信用等级未知/)
    .waitFor();
  await context.close();
});

test("another bank is refused, and sees neither the tab nor another's share; those without consent are told so", async () => {
  const { page, context } = await server.open({ seat: "demo-bank-b" });
  await page.goto(`${server.url}/products/${LINE}`);
  await page.getByRole("heading", { name: "提供什么" }).waitFor();
  expect(await page.getByRole("link", { name: "谁适合而未申请" }).count()).toBe(0);
  expect((await page.request.get(api(`/products/${LINE}/fits`))).status()).toBe(403);
  await page.goto(`${server.url}/products/${LINE}?show=fits`);
  await page.getByRole("alert").getByText("机构只能编写、发布和查看自己提供的产品。").waitFor();
  expect(await page.getByRole("region", { name: "名单" }).count()).toBe(0);
  expect(await seriousFindings(page)).toEqual([]);

  await page.goto(`${server.url}/products/invoice-credit-b?show=fits`);
  await page.getByText("还没有企业授权给本机构，所以没有可看的企业。").waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await page.goto(`${server.url}/products/shares`);
  const table = page.getByRole("region", { name: "机构" });
  await table.getByText("尚无企业授权").waitFor();
  expect(await table.getByRole("row").count()).toBe(2);
  await context.close();

  for (const seat of ["enterprise:E7", "demo-supervisor", "demo-bureau"]) {
    const other = await server.open({ seat });
    await other.page.goto(`${server.url}/products/${LINE}`);
    await other.page.getByRole("heading", { name: "提供什么" }).waitFor();
    expect(await other.page.getByRole("link", { name: "谁适合而未申请" }).count(), seat).toBe(0);
    await other.page.goto(`${server.url}/products`);
    await other.page.getByRole("region", { name: "产品", exact: true }).getByRole("row").nth(5).waitFor();
    expect(await other.page.getByRole("link", { name: "份额" }).count(), seat).toBe(0);
    await other.page.goto(`${server.url}/products/shares`);
    await other.page.getByRole("alert").waitFor();
    await other.context.close();
  }
});

test("shares: a bank its own line, the operator all, in the server's numbers, with what each means on request", async () => {
  const bank = await server.open({ seat: "demo-bank-a" });
  const { page } = bank;
  await page.goto(`${server.url}/products`);
  await page.getByRole("link", { name: "份额" }).click();
  const table = page.getByRole("region", { name: "机构" });
  await table.getByRole("row").nth(1).waitFor();
  const { providers } = await get<Shares>(page, "/products/shares");
  expect(providers.map(({ provider }) => provider)).toEqual(["demo-bank-a"]);
  const [own] = providers;
  expect(own!.fits).toBeGreaterThan(50);
  expect(await table.getByRole("row").count()).toBe(2);
  const cells = await table.getByRole("row").nth(1).getByRole("cell").allTextContents();
  expect([cells[1], ...cells.slice(3)].map((each) => Number(each!.split(" ")[0]))).toEqual([
    own!.enterprises,
    own!.fits,
    own!.mayFit,
    own!.best,
    own!.applied,
  ]);
  const definitions = page.locator(".pr-defined");
  expect(await definitions.isVisible()).toBe(false);
  await page.getByText("这些数字怎么来的").focus();
  await page.keyboard.press("Enter");
  await definitions.getByText(/综合年化成本最低；成本相同的都算/).waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/shares.png` });

  // On a day on which the new products were not offered yet, nobody is certain to pass.
  await page.getByLabel("受理日").fill("2024-12-31");
  await page.getByText("受理日 2024-12-31").waitFor();
  await page.getByText(/没有一家确定符合/).waitFor();
  expect(bank.errors).toEqual([]);
  await bank.context.close();

  const operator = await server.open({ seat: "operator", locale: "en-GB" });
  await operator.page.goto(`${server.url}/products/shares`);
  const all = operator.page.getByRole("region", { name: "Providers" });
  await all.getByRole("row").nth(2).waitFor();
  const every = await get<Shares>(operator.page, "/products/shares");
  expect(await all.getByRole("row").count()).toBe(every.providers.length + 1);
  await operator.page.getByText("From what?").click();
  await operator.page.getByText(/Of everything that passes on that day/).waitFor();
  expect(await seriousFindings(operator.page)).toEqual([]);
  expect(operator.errors).toEqual([]);
  await operator.context.close();
});

test("on a phone, in English and in the dark: the list, one opened, and the shares", async () => {
  const { page, context, errors } = await server.open({ seat: "demo-bank-a-product", width: 390, locale: "en-GB", scheme: "dark" });
  await page.goto(`${server.url}/products/${GRADED}?show=fits&on=${DOUBTFUL}`);
  const list = page.getByRole("list", { name: "The list" });
  await list.locator("summary").first().click();
  await list.getByText("What is missing or in the way").waitFor();
  await list.getByText("The base of the rate may have changed").waitFor();
  expect(await overflow(page)).toBe(0);
  expect(await seriousFindings(page)).toEqual([]);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/fits-phone.png`, fullPage: true });
  await page.goto(`${server.url}/products/shares`);
  await page.getByRole("list", { name: "Providers" }).getByText("Demonstration Bank A").waitFor();
  expect(await overflow(page)).toBe(0);
  expect(await seriousFindings(page)).toEqual([]);
  expect(errors).toEqual([]);
  await context.close();
});

test("an owner and a loan officer read what a doubtful rate rests on and what to do; a rate that is not doubtful has no word", async () => {
  const base = { tenor: "1y", bp: 300, from: "2025-05-20" };
  const warning = { zh: "此处为试验用语", en: "Words of a test" };
  const owner = await server.open({ seat: "enterprise:E31" });
  const reply = await owner.page.request.post(api("/applications"), {
    data: { enterprise: "E31", product: LINE, key: "a warned one", request: { "request.amountFen": 1_000_000, "request.termMonths": 12 } },
  });
  const { summary } = (await reply.json()) as { summary: { id: string } };
  // Whether the base is doubtful today depends on the day: one product is made doubtful, the others are not.
  await owner.page.route(/\/enterprises\/E31\/matches/, async (route) => {
    const response = await route.fetch();
    const json = (await response.json()) as Matching;
    for (const { product, price } of json.matches) Object.assign(price, product === LINE ? { base, warning } : { warning: null });
    await route.fulfill({ response, json });
  });
  await owner.page.goto(`${server.url}/enterprises/E31/offers`);
  const note = owner.page.getByRole("note");
  await note.getByText(WARNED).waitFor();
  expect(await note.textContent()).toContain("利率按一年期 LPR 3.00%（自 2025-05-20 起）计算。");
  expect(await note.textContent()).toContain("此处为试验用语。");
  expect(await note.textContent()).toContain("签约之前，请让机构按最新公布的 LPR 报价");
  const card = owner.page.locator(".dc-offer", { has: owner.page.getByText("基准待核") });
  expect(await card.count()).toBe(1);
  await card.getByRole("heading", { name: `销售贷 ${LINE}` }).waitFor();
  const compared = owner.page.getByRole("region", { name: "对比表" }).getByRole("row", { name: /基准待核/ });
  expect(await compared.count()).toBe(1);
  expect(await compared.textContent()).toContain(LINE);
  expect(await seriousFindings(owner.page)).toEqual([]);
  if (SHOTS) await owner.page.screenshot({ path: `${SHOTS}/offers-warned.png` });
  await owner.context.close();

  const officer = await server.open({ seat: "demo-bank-a", locale: "en-GB" });
  const seen = async (change: (price: Price) => void) => {
    await officer.page.route(new RegExp(`/applications/${summary.id}$`), async (route) => {
      if (!route.request().url().includes("/api/")) return route.fallback();
      const response = await route.fetch();
      const json = (await response.json()) as { decision: { match: { price: Price } } };
      change(json.decision.match.price);
      await route.fulfill({ response, json });
    });
    await officer.page.goto(`${server.url}/applications/${summary.id}`);
    await officer.page.getByRole("heading", { name: "Every rule of the product" }).waitFor();
  };
  await seen((price) => Object.assign(price, { base, warning }));
  const said = await officer.page.getByRole("note").textContent();
  expect(said).toContain("The computed rate rests on one-year LPR of 3.00%, in force from 2025-05-20.");
  expect(said).toContain("check the rate against LPR as last published");
  expect(await seriousFindings(officer.page)).toEqual([]);
  await officer.page.unrouteAll();
  // One that was kept before there were warnings.
  await seen((price) => delete price.warning);
  expect(await officer.page.getByRole("note").count()).toBe(0);
  expect(officer.errors).toEqual([]);
  await officer.context.close();
});

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Console, seriousFindings, startConsole } from "../console.ts";

let server: Console;
beforeAll(async () => {
  server = await startConsole();
});
afterAll(() => server?.stop());

const WORDS = {
  zh: {
    locale: "zh-CN",
    bundle: "下载存证包",
    file: "把存证包（.bundle.json）拖到这里，或选择文件",
    holds: "核验通过",
    fails: "核验未通过",
    log: "存证日志",
  },
  en: {
    locale: "en-GB",
    bundle: "Download bundle",
    file: "Drop a bundle (.bundle.json) here, or choose a file",
    holds: "It holds",
    fails: "It does not hold",
    log: "Evidence log",
  },
} as const;

describe.each(["zh", "en"] as const)("in %s", (language) => {
  const words = WORDS[language];

  test("a bundle is downloaded from a profile and verified offline; changed by one character it is refused by name", async () => {
    const { page, context, errors } = await server.open({ locale: words.locale });
    await page.goto(`${server.url}/enterprises/E1`);
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: words.bundle }).click()]);
    const path = await download.path();
    await page.goto(`${server.url}/verify`);
    await page.getByLabel(words.file).waitFor();
    // From here on without a network: the page has all it needs.
    await context.setOffline(true);
    await page.getByLabel(words.file).setInputFiles(path);
    await page.getByText(words.holds, { exact: true }).waitFor();
    expect(await page.locator(".ev-checks li[data-ok=false]").count()).toBe(0);
    expect(await page.getByText("inclusion profile", { exact: true }).count()).toBe(1);
    expect(await seriousFindings(page)).toEqual([]);

    const changed = join(server.folder, `changed-${language}.bundle.json`);
    await writeFile(changed, (await readFile(path, "utf8")).replace('"position":', '"positiom":'));
    await page.getByLabel(words.file).setInputFiles(changed);
    await page.getByText(words.fails, { exact: true }).waitFor();
    expect(await page.locator(".ev-checks li[data-ok=false] code").allInnerTexts()).toEqual(["profile-hash"]);
    await context.setOffline(false);
    expect(errors).toEqual([]);
    await context.close();
  });

  test("the log is looked at: state, keys, entries by kind", async () => {
    const { page, context, errors } = await server.open({ locale: words.locale });
    await page.goto(`${server.url}/evidence`);
    await page.getByRole("heading", { level: 1, name: words.log }).waitFor();
    await page.getByRole("row").nth(2).waitFor();
    await page.locator("select").selectOption("import-batch");
    await page.waitForURL(/kind=import-batch/);
    await page.waitForFunction(() => document.querySelectorAll("table tbody tr").length === 6);
    expect(await page.locator("pre").innerText()).toMatch(/^log /);
    expect(await seriousFindings(page)).toEqual([]);
    expect(errors).toEqual([]);
    await context.close();
  });
});

test("on a phone nothing runs over the edge", async () => {
  const { page, context } = await server.open({ width: 390 });
  for (const path of ["/evidence", "/verify"]) {
    await page.goto(server.url + path);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.waitForFunction(() => !document.querySelector("[aria-busy=true]"));
    expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(390);
    if (process.env["PICTURES"])
      await page.screenshot({ path: join(process.env["PICTURES"], `phone${path.replace("/", "-")}.png`), fullPage: true });
  }
  await context.close();
});

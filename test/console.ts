import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrowserContext, Locator, Page } from "playwright-core";
import { seatCookie } from "../server/src/access/seats.ts";
import { readConfig } from "../server/src/config.ts";
import { startServer } from "../server/src/main.ts";
import { platformOf } from "../server/src/system/state.ts";
import { launchBrowser } from "./browser.ts";
import { freshDatabase } from "./database.ts";

/** `seat`: whose window it is (`demo-bank-a`, `enterprise:E1` …); the operator's, where none is named. */
export type Options = { locale?: string; scheme?: "light" | "dark"; width?: number; seat?: string };

/** The whole product as a user has it, with further settings: server, demonstration region unless told, built console, a real browser. */
export const startConsole = async (more: Readonly<Record<string, string>> = {}, demo = true) => {
  const database = await freshDatabase();
  const folder = await mkdtemp(join(tmpdir(), "zhiwei-e2e-"));
  const config = readConfig({ ZHIWEI_DATA: folder, DATABASE_URL: database.url, PORT: "0", ...more });
  const [server, browser] = await Promise.all([startServer(config, { demo, console: true, onProgress: () => {} }), launchBrowser()]);
  await server.ready;
  return {
    url: server.url,
    db: platformOf(server.system).db,
    folder,
    /** A window of its own; an error in its console or an answer of 500 belongs in no test. */
    open: async ({ locale = "zh-CN", scheme = "light", width = 1280, seat }: Options = {}): Promise<{
      page: Page;
      context: BrowserContext;
      errors: string[];
    }> => {
      const context = await browser.newContext({ locale, colorScheme: scheme, viewport: { width, height: 900 }, reducedMotion: "reduce" });
      if (seat) {
        const [name = "", value = ""] = seatCookie(seat).split(/[=;]/);
        await context.addCookies([{ name, value, url: server.url, httpOnly: true, sameSite: "Strict" }]);
      }
      const page = await context.newPage();
      page.setDefaultTimeout(20_000);
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(error.message));
      page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
      page.on("response", (response) => response.status() >= 500 && errors.push(`${response.status()} ${response.url()}`));
      return { page, context, errors };
    },
    stop: async (): Promise<void> => {
      await browser.close();
      await server.stop();
      await database[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
export type Console = Awaited<ReturnType<typeof startConsole>>;

/** An entry of the navigation, in view: the menu that holds it is opened where it is in one. */
export const entry = async (page: Page, name: string): Promise<Locator> => {
  const navigation = page.getByRole("navigation", { name: /^(主导航|Main)$/ });
  const link = navigation.getByRole("link", { name, exact: true, includeHidden: true });
  await link.waitFor({ state: "attached" });
  if (!(await link.isVisible())) {
    const menu = navigation.getByRole("button", { name: /^(菜单|Menu)$/ });
    await (
      (await menu.isVisible())
        ? menu
        : navigation.locator("li", { has: page.getByRole("link", { name, exact: true, includeHidden: true }) }).getByRole("button")
    ).click();
    await link.waitFor();
  }
  return link;
};

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds serious or critical on a page. */
export const seriousFindings = async (page: Page): Promise<string[]> => {
  // A page that is still loading has little to find.
  await page.waitForFunction(() => !document.querySelector("[aria-busy=true]"));
  await page.evaluate(axe);
  // On a busy machine a colour may still be on its way when axe looks, however short its transition.
  await page.waitForFunction(() => document.getAnimations().every((each) => !(each instanceof CSSTransition)));
  const found = (await page.evaluate("axe.run({ resultTypes: ['violations'] })")) as {
    violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[];
  };
  return found.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 200)} — ${node.failureSummary}`));
};

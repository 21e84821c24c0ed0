import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const INSTALLED = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** The machine's Chromium, or else the one that comes inside an npm package, so that nothing but npm is needed. */
const executable = async (): Promise<{ path: string; args: string[] }> => {
  const given = process.env["CHROMIUM"];
  const own = given ?? INSTALLED.find((path) => existsSync(path));
  if (own) return { path: own, args: [] };
  const packaged = (await import("@sparticuz/chromium")).default;
  return { path: await packaged.executablePath(), args: packaged.args };
};

/** Starts a headless browser. The one command that mends its absence is part of the message. */
export const launchBrowser = async (): Promise<Browser> => {
  const { path, args } = await executable();
  try {
    return await chromium.launch({
      executablePath: path,
      args: [
        ...args,
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    });
  } catch (error) {
    throw new Error(`No browser could be started (${path}). Install one with: sudo apt-get install -y chromium`, { cause: error });
  }
};

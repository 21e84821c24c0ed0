import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { setPriority } from "node:os";
import { join, relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { DIST, WEB } from "./console.ts";
import { log } from "./log.ts";

const ROOT = join(WEB, "..");
/** What the console is built from: its own sources and those of the workspaces it imports. */
const SOURCES = [
  "web/src",
  "web/public",
  "web/index.html",
  "web/vite.config.ts",
  "web/package.json",
  "api/src",
  "core/src",
  "package-lock.json",
];
const STAMP = ".sources";

const digestOfSources = async (): Promise<string> => {
  const files: string[] = [];
  for (const source of SOURCES) {
    const path = join(ROOT, source);
    const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => null);
    if (entries) files.push(...entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)));
    else if (existsSync(path)) files.push(path);
  }
  const hash = createHash("sha256");
  for (const file of files.filter((name) => !/\.test\.tsx?$/.test(name)).sort())
    hash.update(`${relative(ROOT, file)}\0`).update(await readFile(file));
  return hash.digest("hex");
};

export type ConsoleState = "built" | "outdated" | "missing";

export const consoleState = async (): Promise<ConsoleState> => {
  if (!existsSync(join(DIST, "index.html"))) return "missing";
  const stamp = await readFile(join(DIST, STAMP), "utf8").catch(() => "");
  return stamp === (await digestOfSources()) ? "built" : "outdated";
};

/** The first lines of what the bundler says: what is wrong, without its own stack. */
const summary = (said: string): string =>
  stripVTControlCharacters(said)
    .split("\n")
    .filter((line) => line.trim() !== "" && !/^\s+at /.test(line))
    .slice(0, 8)
    .join("\n");

export type Build = { readonly done: Promise<boolean>; stop(): void };

/**
 * Builds the console where it is missing or older than its sources, in a process of its own that yields to the
 * server. The new one takes the old one's place only when it is whole. `done` tells whether there is a console.
 */
export const buildConsole = (): Build => {
  let child: ChildProcess | null = null;
  let stopped = false;
  const build = async (): Promise<boolean> => {
    if ((await consoleState()) === "built") return true;
    if (!existsSync(join(WEB, "index.html"))) return false;
    const digest = await digestOfSources();
    // On the same disk as its place, and out of the way of those who look at the sources meanwhile.
    const next = join(ROOT, "node_modules/.cache", `zhiwei-console-${process.pid}`);
    const vite = join(createRequire(join(WEB, "package.json")).resolve("vite/package.json"), "../bin/vite.js");
    if (stopped) return false;
    child = spawn(process.execPath, [vite, "build", WEB, "--outDir", next, "--emptyOutDir", "--logLevel", "warn"], {
      cwd: ROOT,
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0" },
    });
    try {
      setPriority(child.pid!, 10);
    } catch {
      // only a matter of courtesy
    }
    let said = "";
    child.stderr!.on("data", (chunk: Buffer) => (said = (said + chunk.toString()).slice(0, 20_000)));
    const code = await new Promise<number | null>((done) => {
      child!.once("error", () => done(null));
      child!.once("exit", (status) => done(status));
    });
    if (code !== 0) {
      await rm(next, { recursive: true, force: true });
      if (!stopped) log(`控制台构建失败。The console could not be built: ${summary(said)}`);
      return existsSync(join(DIST, "index.html"));
    }
    await writeFile(join(next, STAMP), digest);
    const old = `${next}.old`;
    if (existsSync(DIST)) await rename(DIST, old);
    await rename(next, DIST);
    await rm(old, { recursive: true, force: true });
    return true;
  };
  return {
    done: build(),
    stop: () => {
      stopped = true;
      child?.kill();
    },
  };
};

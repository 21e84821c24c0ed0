import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

/**
 * The rooms of core in the order the data moves (ARCHITECTURE.md). A room may import rooms before it, never after;
 * and `core` <- `api` <- `server` | `web`, with nothing importing `server` or `web`.
 */
const ORDER = [
  "basics",
  "enterprise",
  "ledger",
  "tlog",
  "records",
  "evidence",
  "consent",
  "pledge",
  "features",
  "scorecard",
  "ip-rights",
  "weather",
  "profile",
  "credential",
  "product",
  "decision",
  "loan",
  "insurance",
  "risk-sharing",
  "advice",
  "monitoring",
];
const WORKSPACES: Record<string, readonly string[]> = {
  core: ["core"],
  api: ["api", "core"],
  server: ["server", "api", "core"],
  web: ["web", "api", "core"],
};

const root = resolve(import.meta.dirname, "..");
const sources = Object.keys(WORKSPACES).flatMap((workspace) =>
  readdirSync(join(root, workspace, "src"), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name))
    .map((name) => join(root, workspace, "src", name)),
);

const importsOf = (file: string) =>
  [...readFileSync(file, "utf8").matchAll(/(?:from|import)\s*\(?\s*["']([^"']+)["']/g)].map((match) => {
    const name = match[1]!;
    if (name.startsWith("@zhiwei/")) return join(root, name.replace(/^@zhiwei\/([^/]+)\/?/, "$1/src/"));
    return name.startsWith(".") ? resolve(file, "..", name) : null;
  });

const place = (path: string) => {
  const [workspace = "", , room = ""] = relative(root, path).split("/");
  return { workspace, room: room.replace(/\.tsx?$/, "") };
};

test("every import runs back along the flow of the data", () => {
  const wrong: string[] = [];
  for (const file of sources) {
    const from = place(file);
    for (const target of importsOf(file)) {
      if (!target) continue;
      const to = place(target);
      const allowed = WORKSPACES[from.workspace] ?? [];
      if (to.workspace in WORKSPACES && !allowed.includes(to.workspace)) wrong.push(`${relative(root, file)} imports ${to.workspace}`);
      if (from.workspace === "core" && to.workspace === "core" && ORDER.indexOf(to.room) > ORDER.indexOf(from.room))
        wrong.push(`${relative(root, file)} imports forward, from ${to.room}`);
    }
  }
  expect(wrong).toEqual([]);
});

test("every room of core has a place in the order", () => {
  const rooms = readdirSync(join(root, "core/src"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(rooms.map((room) => room.name).filter((name) => !ORDER.includes(name))).toEqual([]);
});

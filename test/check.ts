/** `npm run check`: types, lint, format, unused code. Prints what failed and the command that shows it again. */
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");

const CHECKS: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ["types of core", "tsc", "-p", "core"],
  ["types of api", "tsc", "-p", "api"],
  ["types of server", "tsc", "-p", "server"],
  ["types of web", "tsc", "-p", "web"],
  ["types of tests", "tsc", "-p", "."],
  ["lint", "oxlint", "--type-aware", "--quiet"],
  ["format", "oxfmt", "--check"],
  ["unused code", "knip", "--no-progress"],
];

let failed = 0;
for (const [name, command, ...args] of CHECKS) {
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (status === 0) console.log(`✓ ${name} (${seconds} s)`);
  else {
    failed++;
    console.log(`✗ ${name} (${seconds} s): npx ${command} ${args.join(" ")}\n${stdout}${stderr}`);
  }
}
process.exit(failed === 0 ? 0 : 1);

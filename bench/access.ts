/**
 * `npm run -s bench:access [-- --quick]`: what it costs to know who asks, in milliseconds a request: before the first account (PostgreSQL is
 * asked whether there is one), in a session that is remembered, and in one that is looked up. Progress goes to standard error; the
 * last line is JSON.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { addAccount } from "../server/src/access/accounts.ts";
import { openAccess } from "../server/src/access/actor-of.ts";
import { readConfig } from "../server/src/config.ts";
import { startServer } from "../server/src/main.ts";
import { platformOf } from "../server/src/system/state.ts";

const { values } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
const TURNS = values.quick ? 500 : 5000;
const say = (line: string) => void process.stderr.write(`${line}\n`);

/** Median and 95 % of the milliseconds that each turn takes, one after the other. */
const spread = async (work: () => Promise<unknown>) => {
  const times: number[] = [];
  for (let turn = 0; turn < TURNS + 50; turn++) {
    const start = performance.now();
    await work();
    if (turn >= 50) times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => Number(times[Math.floor(share * times.length)]!.toFixed(4));
  return { median: at(0.5), p95: at(0.95) };
};

const folder = await mkdtemp(join(tmpdir(), "zhiwei-bench-"));
const running = await startServer(readConfig({ ZHIWEI_DATA: folder, PORT: "0", DATABASE_URL: process.env["DATABASE_URL"] }), {
  demo: false,
  console: false,
  onProgress: () => {},
});
try {
  await running.ready;
  const access = openAccess(running.system);
  const ask = (headers: Record<string, string>) => access.who({ headers } as unknown as Parameters<typeof access.who>[0]);
  say(`${cpus()[0]?.model}, ${cpus().length} cores, load ${loadavg()[0]!.toFixed(1)}; ${TURNS} turns each`);
  const beforeFirstAccount = await spread(() => ask({}));
  const account = { party: "operator", email: "bench@example.cn", post: "bench", password: "a password for a bench" };
  await addAccount(platformOf(running.system).db, account);
  const reply = await fetch(`${running.url}/api/auth/sign-in/email`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email: account.email, password: account.password }),
  });
  const cookie = reply.headers.getSetCookie()[0]!.split(";")[0]!;
  if ((await ask({ cookie }))?.by !== "account") throw new Error("the session is not known");
  const remembered = await spread(() => ask({ cookie }));
  const lookedUp = await spread(() => {
    access.forget();
    return ask({ cookie });
  });
  const figures = { turns: TURNS, beforeFirstAccount, remembered, lookedUp };
  for (const [name, { median, p95 }] of Object.entries({ beforeFirstAccount, remembered, lookedUp }))
    say(`${name}: median ${median} ms, 95 % ${p95} ms`);
  console.log(JSON.stringify({ bench: "access", figures, ratios: {} }));
} finally {
  await running.stop();
  await rm(folder, { recursive: true, force: true });
}

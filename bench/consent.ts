/**
 * `npm run -s bench:consent [-- --quick]`: what the check of a consent costs, trace written durably: of one read by a bank, by the
 * operator, refused; of a page of 25 in the list among many enterprises. Beside it one insert of the same bytes into a plain table, which
 * no trace can go below. The last line is JSON.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { type Actor, OPERATOR } from "../server/src/access/actor.ts";
import { readConfig } from "../server/src/config.ts";
import { checkReads, commitReads, grantConsents, permitList, permitRead } from "../server/src/consent/index.ts";
import { openPlatform } from "../server/src/platform.ts";
import { enterpriseList } from "../server/src/profile/index.ts";

const quick = process.argv.includes("--quick");
const ENTERPRISES = quick ? 2_000 : 20_000;
const TURNS = quick ? 100 : 400;

const folder = await mkdtemp(join(tmpdir(), "zhiwei-bench-"));
const platform = await openPlatform(readConfig({ ZHIWEI_DATA: folder }));
const { db } = platform;
const bank = (party: string): Actor => ({ party, kind: "bank", enterprise: null, name: "bench" });
/** Median and 95th percentile of a work done many times, in milliseconds. */
const timed = async (work: (turn: number) => Promise<unknown>, turns = TURNS) => {
  const times: number[] = [];
  for (let turn = 0; turn < turns + 10; turn++) {
    const start = performance.now();
    await work(turn);
    if (turn >= 10) times.push(performance.now() - start); // the first turns plan the statements
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => Math.round(times[Math.floor((times.length - 1) * share)]! * 100) / 100;
  return { median: at(0.5), p95: at(0.95) };
};

try {
  await sql`insert into enterprise (id, name) select 'E' || n, 'generated ' || n from generate_series(1, ${ENTERPRISES}::int) as n`.execute(
    db,
  );
  const begun = performance.now();
  // Every second enterprise consents.
  await grantConsents(
    db,
    Array.from({ length: ENTERPRISES / 2 }, (_, n) => ({
      enterprise: `E${2 * n + 1}`,
      recipient: "bank-a",
      recipientName: { zh: "甲", en: "A" },
      purposes: ["credit-assessment" as const],
      classes: ["profile" as const, "invoices" as const],
      separate: [],
      months: 12,
      language: "zh" as const,
      shownSha256: null,
      given: "console" as const,
      by: "bench",
      note: "",
      request: null,
    })),
  );
  const grantMs = performance.now() - begun;
  await sql`create table plain (id bigint generated always as identity primary key, at timestamptz, a text, b text, c text, d text, e text[], f text, g text)`.execute(
    db,
  );
  await sql`analyze`.execute(db);
  const read = (actor: Actor, enterprise: string) =>
    permitRead(db, actor, { enterprise, classes: ["profile"], what: "profile" }).catch(() => {});
  const odd = (turn: number) => `E${2 * ((turn * 7919) % (ENTERPRISES / 2)) + 1}`;
  const insert = await timed((turn) =>
    sql`insert into plain (at, a, b, c, d, e, f, g) values (now(), ${odd(turn)}, 'bank-a', 'bench', 'credit-assessment', array['profile'], 'profile', 'consent')`.execute(
      db,
    ),
  );
  const permitted = await timed((turn) => read(bank("bank-a"), odd(turn)));
  const operator = await timed((turn) => read(OPERATOR, odd(turn)));
  const refused = await timed((turn) => read(bank("bank-b"), odd(turn)));
  const page = (actor: Actor) => (turn: number) =>
    enterpriseList(db, permitList(actor, { classes: ["profile"], what: "list" }), { page: 1 + (turn % 50) });
  const listOperator = await timed(page(OPERATOR), TURNS / 4);
  const listBank = await timed(page(bank("bank-a")), TURNS / 4);
  const committing = performance.now();
  const committed = await commitReads(db, new Date());
  const commitMs = performance.now() - committing;
  if ((await checkReads(db)).faults.length > 0) throw new Error("the traces do not check");
  process.stderr.write(`machine: ${cpus().length} × ${cpus()[0]!.model}, Node ${process.version}\n`);
  console.log(
    JSON.stringify({
      bench: "consent",
      figures: {
        enterprises: ENTERPRISES,
        grantsPerSecond: Math.round((ENTERPRISES / 2 / grantMs) * 1000),
        insertMs: insert,
        permitMs: permitted,
        operatorMs: operator,
        refusedMs: refused,
        listOperatorMs: listOperator,
        listBankMs: listBank,
        committed,
        commitMs: Math.round(commitMs),
      },
      ratios: { permitToInsert: Math.round((permitted.median / insert.median) * 100) / 100 },
    }),
  );
} finally {
  await platform.close();
  await rm(folder, { recursive: true, force: true });
}

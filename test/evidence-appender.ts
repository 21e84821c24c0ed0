/** Appends to the log at DATABASE_URL for as long as it lives, and says on standard output what has been acknowledged. */
import { openDb } from "../server/src/db/index.ts";
import { logSigners } from "../server/src/evidence/keys.ts";
import { appendEntries, signCheckpoint } from "../server/src/evidence/log.ts";

const [url, folder, round] = process.argv.slice(2) as [string, string, string];
const db = await openDb(url);
const signers = await logSigners(folder, "zhiwei.example/log");
const encoder = new TextEncoder();
for (let batch = 0; ; batch++) {
  const names = Array.from({ length: 1 + ((batch * 37) % 400) }, (_, i) => `round ${round} batch ${batch} entry ${i}`);
  const first = await db.transaction().execute((tx) =>
    appendEntries(
      tx,
      names.map((name) => encoder.encode(name)),
    ),
  );
  process.stdout.write(`${JSON.stringify({ batch, count: names.length, first })}\n`);
  if (batch % 3 === 0) {
    const { size, signed } = await signCheckpoint(db, signers, new Date());
    process.stdout.write(`${JSON.stringify({ size, signed })}\n`);
  }
}

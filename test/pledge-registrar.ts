/** Registers and releases pledges at DATABASE_URL, several at once, for as long as it lives, and says what has been acknowledged. */
import { patentCheck } from "../core/src/pledge/index.ts";
import { openDb } from "../server/src/db/index.ts";
import { Refusal } from "../server/src/http/refusal.ts";
import { keyFrom } from "../server/src/pledge/key.ts";
import { register, release } from "../server/src/pledge/registry.ts";

const [url, bank] = process.argv.slice(2) as [string, string];
const registry = { db: await openDb(url), key: keyFrom("11".repeat(32)), chain: null };
const actor = { party: bank, kind: "bank", enterprise: null, name: bank } as const;
const say = (said: object) => process.stdout.write(`${JSON.stringify(said)}\n`);

/** Two hundred patents that all banks want: generated numbers. What a process that dies holds stays held. */
const number = (n: number) => `20251${String(n).padStart(7, "0")}`;
const patents = Array.from({ length: 200 }, (_, n) => number(n) + patentCheck(number(n)));

let request = 0;
const work = async (lane: number) => {
  let held: string | null = null;
  for (let turn = 0; ; turn++) {
    const patent = patents[(turn * 7 + lane) % patents.length]!;
    const key = `${process.pid}-${++request}`;
    try {
      const { id, position } = await register(
        registry,
        actor,
        {
          key,
          asset: { kind: "patent", number: patent },
          pledgor: "E1",
          securedFen: 100,
          contract: key,
          description: "生成的检验数据",
          endsOn: "2040-01-01",
        },
        new Date(),
      );
      say({ done: "register", id, key, position });
      if (held !== null) {
        const on = new Date(Date.now() + 8 * 3600 * 1000).toISOString().slice(0, 10);
        await release(registry, actor, held, { reason: "waived", on }, new Date());
        say({ done: "release", id: held });
      }
      held = id;
    } catch (error) {
      if (!(error instanceof Refusal) || error.problem.code !== "already-pledged") throw error;
    }
  }
};
await Promise.all([0, 1, 2, 3].map(work));

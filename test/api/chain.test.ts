import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hex } from "viem";
import { describe, expect, test } from "vitest";
import { routes } from "../../api/src/index.ts";
import type { Input } from "../../api/src/route.ts";
import { patentCheck } from "../../core/src/pledge/index.ts";
import { lineTo } from "../../server/src/chain/testing.ts";
import { checkLog } from "../../server/src/evidence/fsck.ts";
import { evidenceOf } from "../../server/src/evidence/routes.ts";
import { platformOf } from "../../server/src/system/state.ts";
import { type Anvil, startAnvil } from "../anvil.ts";
import { testServer } from "./server.ts";

/** A number of a patent that does not exist. */
const patent = (n: number) => {
  const digits = `20261${String(n).padStart(7, "0")}`;
  return digits + patentCheck(digits);
};

const pledgeOf = (
  key: string,
  number: string,
  securedFen = 100,
  contract = "质字（检验）",
): Input<typeof routes.registerPledge>["body"] => ({
  key,
  asset: { kind: "patent", number },
  pledgor: "E1",
  securedFen,
  contract,
  description: "生成的检验数据，一种方法",
  endsOn: Temporal.Now.plainDateISO("Asia/Shanghai").add({ years: 1 }).toString(),
});

/** Two institutions that have nothing in common but the consortium's key and the chain: servers, databases, data folders, nodes' lines. */
const institutions = async (settings: Readonly<Record<string, string>> = {}, args: readonly string[] = []) => {
  const anvil = await startAnvil({ args });
  const folder = await mkdtemp(join(tmpdir(), "zhiwei-consortium-"));
  const accounts = [await anvil.account(), await anvil.account()] as const;
  const contract = await anvil.deploy(
    accounts[0],
    accounts.map((each) => each.address),
  );
  const open = async (index: 0 | 1) => {
    const line = await lineTo(() => anvil.url);
    const keyFile = join(folder, `key-${index}`);
    await writeFile(keyFile, accounts[index].key, { mode: 0o600 });
    const server = await testServer({
      ZHIWEI_CHAIN_URL: line.url,
      ZHIWEI_CHAIN_KEY: keyFile,
      ZHIWEI_CHAIN_CONTRACT: contract,
      ZHIWEI_CHAIN_POLL_MS: "20",
      ZHIWEI_CONSORTIUM_KEY: "5a".repeat(32),
      ...settings,
    });
    const { db } = platformOf(server.system);
    await db
      .insertInto("enterprise")
      .values({ id: "E1", name: `检验企业 ${index}` })
      .execute();
    const api = await server.as(index === 0 ? "demo-bank-a" : "demo-bank-b");
    const details = (id: string) => api.call(routes.getPledge, { params: { id } });
    const until = async <T>(ask: () => Promise<T>, holds: (value: T) => boolean): Promise<T> => {
      for (;;) {
        const value = await ask();
        if (holds(value)) return value;
        await new Promise((done) => setTimeout(done, 15));
      }
    };
    return {
      server,
      api,
      db,
      line,
      details,
      register: (number: string, key = "r1") =>
        api.call(routes.registerPledge, { body: pledgeOf(key, number, 1_000_000_00 + index, `质字第 ${index} 号（检验）`) }),
      state: () => server.call(routes.getChain),
      settled: (id: string) =>
        until(
          () => details(id),
          ({ pledge }) => pledge.state !== "awaiting-chain",
        ),
      until: async (holds: (state: Awaited<ReturnType<typeof chainOf>>) => boolean) => until(() => chainOf(), holds),
    };
    function chainOf() {
      return server.call(routes.getChain);
    }
  };
  const [a, b] = [await open(0), await open(1)];
  return {
    anvil,
    a,
    b,
    contract,
    accounts,
    [Symbol.asyncDispose]: async () => {
      for (const each of [a, b]) {
        await each.server[Symbol.asyncDispose]();
        await each.line.close();
      }
      await anvil.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
const rawOf = async ({ db }: { db: Awaited<ReturnType<typeof institutions>>["a"]["db"] }) =>
  (await db.selectFrom("chain_item").select("raw").where("kind", "=", "claim").executeTakeFirstOrThrow()).raw!;
const mineUntil = async (anvil: Anvil, work: Promise<unknown>) => {
  let done = false;
  const watched = work.finally(() => (done = true));
  while (!done) {
    await anvil.mine();
    await new Promise((wait) => setTimeout(wait, 30));
  }
  return watched;
};

describe("two institutions register the same patent", () => {
  test("at the same moment: exactly one registration stands, and the other learns nothing of it", async () => {
    await using at = await institutions();
    const { a, b } = at;
    const number = patent(1);
    const [one, other] = await Promise.all([a.register(number), b.register(number)]);
    expect(one.commitment).toBe(other.commitment);
    const [first, second] = await Promise.all([a.settled(one.id), b.settled(other.id)]);
    expect([first.pledge.state, second.pledge.state].toSorted()).toEqual(["refused", "registered"]);
    const [winner, loser, won, lost] = first.pledge.state === "registered" ? [a, b, first, second] : [b, a, second, first];
    expect(won.pledge.block).toBeGreaterThan(0);

    // What the refused one is told: that the thing is pledged, and nothing of by whom, for what or to whom.
    const told = JSON.stringify([lost, await loser.state()]);
    for (const secret of [
      won.pledge.contract,
      String(won.pledge.securedFen),
      won.pledge.id,
      won.pledge.pledgee.party,
      won.pledge.pledgor.name,
    ])
      expect(told).not.toContain(secret);
    expect(lost.events.map((event) => event.action)).toEqual(["register", "refuse"]);
    // It knows from now on, and refuses the next who asks without a claim.
    const nobody = await loser.api.refusal(routes.registerPledge, { body: pledgeOf("r2", number) });
    expect(nobody).toMatchObject({ status: 409, code: "already-pledged" });
    expect(await loser.api.call(routes.searchPledge, { body: { asset: { kind: "patent", number } } })).toMatchObject({
      pledged: true,
      position: null,
    });

    // Released, it is free for the other.
    await winner.api.call(routes.releasePledge, { params: { id: won.pledge.id }, body: { reason: "discharged", on: won.pledge.startsOn } });
    await winner.until(({ queued }) => queued.releases === 0);
    const height = Number(await at.anvil.client.getBlockNumber());
    await loser.until(({ read }) => read !== null && read >= height);
    const again = await loser.register(number, "r3");
    expect((await loser.settled(again.id)).pledge.state).toBe("registered");
    for (const { server, db } of [a, b]) {
      const { signers } = await evidenceOf(server.system);
      expect((await checkLog(db, signers)).faults).toEqual([]);
    }
  });

  test("while the chain is gone: both wait, work goes on, and after it is back exactly one stands", async () => {
    await using at = await institutions();
    const { a, b } = at;
    for (const each of [a, b]) {
      await each.until(({ state }) => state === "following");
      each.line.set("down");
    }
    const [one, other] = await Promise.all([a.register(patent(2)), b.register(patent(2))]);
    expect([one.state, other.state]).toEqual(["awaiting-chain", "awaiting-chain"]);
    for (const each of [a, b]) {
      const state = await each.until(({ state }) => state === "unreachable");
      expect(state).toMatchObject({ problem: { code: "chain-unreachable" }, queued: { claims: 1 } });
      // A second registration of it here is refused without the chain.
      expect(await each.api.refusal(routes.registerPledge, { body: pledgeOf("r9", patent(2)) })).toMatchObject({ code: "already-pledged" });
    }
    for (const each of [a, b]) each.line.set("up");
    const settled = await Promise.all([a.settled(one.id), b.settled(other.id)]);
    expect(settled.map(({ pledge }) => pledge.state).toSorted()).toEqual(["refused", "registered"]);
    expect((await a.state()).queued.claims + (await b.state()).queued.claims).toBe(0);
  });

  test("and a reorganisation swaps the winner before enough blocks stand on it: the last word counts", async () => {
    await using at = await institutions({ ZHIWEI_CHAIN_CONFIRMATIONS: "4" }, ["--no-mining"]);
    const { a, b, anvil } = at;
    const sent = (each: typeof a) => each.until(({ held }) => held.length === 0);
    const under = async (address: Hex) => {
      while (
        (await anvil.client.getTransactionCount({ address, blockTag: "pending" })) === (await anvil.client.getTransactionCount({ address }))
      )
        await new Promise((done) => setTimeout(done, 15));
    };
    const one = await a.register(patent(3));
    await under(at.accounts[0].address);
    await anvil.mine();
    const other = await b.register(patent(3));
    await under(at.accounts[1].address);
    await anvil.mine();
    const height = Number(await anvil.client.getBlockNumber());
    for (const each of [a, b]) await each.until(({ read }) => read === height);
    await Promise.all([sent(a), sent(b)]);
    const named = async (each: typeof a) =>
      (await each.db.selectFrom("chain_event").select("name").orderBy("block").execute()).map((row) => row.name);
    expect(await named(b)).toEqual(["Claimed", "Refused"]);
    expect([(await a.details(one.id)).pledge.state, (await b.details(other.id)).pledge.state]).toEqual([
      "awaiting-chain",
      "awaiting-chain",
    ]);
    await anvil.rpc("anvil_reorg", 2, [
      [await rawOf(b), 0],
      [await rawOf(a), 1],
    ]);
    await mineUntil(anvil, Promise.all([a.settled(one.id), b.settled(other.id)]));
    expect([(await a.details(one.id)).pledge.state, (await b.details(other.id)).pledge.state]).toEqual(["refused", "registered"]);
    expect([(await a.state()).alarms, (await b.state()).alarms]).toEqual([[], []]);
  });
});

test("the evidence log is anchored as it grows, and the state says so; without a chain the room is silent", async () => {
  await using at = await institutions();
  const { a } = at;
  const made = await a.register(patent(4));
  await a.settled(made.id);
  const state = await a.until(({ logs }) => logs.some((log) => log.own));
  expect(state).toMatchObject({
    state: "following",
    problem: null,
    seat: 1,
    confirmations: 1,
    alarms: [],
    settled: { confirmed: 1, refused: 0 },
  });
  const { origin } = await evidenceOf(a.server.system);
  const { createHash } = await import("node:crypto");
  expect(state.logs.find((log) => log.own)?.origin).toBe(createHash("sha256").update(origin).digest("hex"));

  await using alone = await testServer();
  expect(await alone.call(routes.getChain)).toMatchObject({ state: "off", problem: null, height: null, queued: { claims: 0 }, logs: [] });
  const { db } = platformOf(alone.system);
  await db.insertInto("enterprise").values({ id: "E1", name: "检验企业" }).execute();
  const bank = await alone.as("demo-bank-a");
  const stands = await bank.call(routes.registerPledge, { body: pledgeOf("r1", patent(5)) });
  expect(stands.state).toBe("registered");
  expect(await db.selectFrom("chain_item").selectAll().execute()).toEqual([]);
});

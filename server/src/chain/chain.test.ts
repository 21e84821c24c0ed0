import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { type Hex, createWalletClient, http } from "viem";
import { describe, expect, test } from "vitest";
import { type Anvil, startAnvil } from "../../../test/anvil.ts";
import { logSigners } from "../evidence/keys.ts";
import { appendEntries, signCheckpoint } from "../evidence/log.ts";
import { sql } from "kysely";
import { chainActive, declareChain, heldElsewhere, queueCheckpoint, queueClaim, queueRelease } from "./outbox.ts";
import { type Line, type Member, memberAt } from "./testing.ts";
import type { ChainConfig } from "../config.ts";

const thing = (n = 0) => (n === 0 ? randomBytes(32).toString("hex") : n.toString(16).padStart(64, "0"));
const claim = (member: Member, id: string, commitment: string) => member.write((tx) => queueClaim(tx, { claim: id, commitment }));
const release = (member: Member, id: string) => member.write((tx) => queueRelease(tx, { claim: id }));

/** A chain with a consortium of two on it, whose blocks a test makes by hand unless it is `lively`. */
const consortium = async ({ lively = false, ...more }: Partial<ChainConfig> & { lively?: boolean } = {}) => {
  const anvil = await startAnvil({ args: lively ? [] : ["--no-mining"] });
  let contract: Hex | null = null;
  const members = [await memberAt(anvil, () => contract, more), await memberAt(anvil, () => contract, more)] as const;
  contract = await anvil.deploy(
    members[0].account,
    members.map((each) => each.account.address),
  );
  for (const member of members) await member.advance();
  return {
    anvil,
    contract,
    a: members[0],
    b: members[1],
    both: async (passes = 1) => {
      for (let pass = 0; pass < passes; pass++) await Promise.all(members.map((each) => each.advance()));
    },
    [Symbol.asyncDispose]: async () => {
      for (const member of members) await member[Symbol.asyncDispose]();
      await anvil.stop();
    },
  };
};
const transactionsOf = async (member: Member) =>
  (await member.db.selectFrom("chain_item").select(["tx_hash", "raw"]).where("raw", "is not", null).orderBy("nonce").execute()).map(
    (row) => ({
      hash: row.tx_hash as Hex,
      raw: row.raw!,
    }),
  );
const rawOf = async (member: Member): Promise<string[]> => (await transactionsOf(member)).map((each) => each.raw);
const sentBy = (anvil: Anvil, member: Member) => anvil.client.getTransactionCount({ address: member.account.address });
const alarmsOf = async (member: Member) =>
  (await member.db.selectFrom("chain_alarm").select(["code", "detail"]).orderBy("id").execute()).map((row) => row.code);

describe("claims", () => {
  test("of the same thing at two members: one is confirmed, the other refused, each told once", async () => {
    await using at = await consortium();
    const same = thing();
    await Promise.all([claim(at.a, "a1", same), claim(at.b, "b1", same), claim(at.a, "a2", thing())]);
    await at.both();
    expect([at.a.told, at.b.told]).toEqual([[], []]);
    await at.anvil.mine();
    await at.both(3);
    expect(at.a.told.find(([id]) => id === "a2")).toEqual(["a2", "confirmed"]);
    const fates = [at.a.told.find(([id]) => id === "a1")![1], at.b.told[0]![1]];
    expect(fates.toSorted()).toEqual(["confirmed", "refused"]);
    await at.anvil.mine(5);
    await at.both(3);
    expect([at.a.told.length, at.b.told.length]).toEqual([2, 1]);
  });

  test("released, the thing is free for the other; what was refused or never claimed releases nothing", async () => {
    await using at = await consortium({ lively: true });
    const same = thing();
    await claim(at.a, "a1", same);
    await at.a.advance(2);
    await at.b.advance();
    const { rows } = await sql<{ since: string }>`select at::text as since from chain_event where name = 'Claimed'`.execute(at.b.db);
    expect(await heldElsewhere(at.b.db, same, 1)).toEqual({ since: new Date(rows[0]!.since).toISOString() });
    expect([
      await heldElsewhere(at.b.db, same, 2),
      await heldElsewhere(at.a.db, same, 1),
      await heldElsewhere(at.b.db, thing(), 1),
    ]).toEqual([null, null, null]);
    await claim(at.b, "b1", same);
    await at.b.advance(2);
    await release(at.b, "b1");
    await release(at.b, "nothing");
    await at.b.advance(2);
    expect(await sentBy(at.anvil, at.b)).toBe(1);
    await release(at.a, "a1");
    await release(at.a, "a1");
    await at.a.advance(2);
    await at.b.advance();
    expect(await heldElsewhere(at.b.db, same, 1)).toBeNull();
    expect(await sentBy(at.anvil, at.a)).toBe(3); // the deployment, the claim and one release
    await claim(at.b, "b2", same);
    await at.b.advance(2);
    expect(at.b.told).toEqual([
      ["b1", "refused"],
      ["b2", "confirmed"],
    ]);
    expect(await at.a.db.selectFrom("chain_item").select("outcome").execute()).toEqual([{ outcome: "done" }, { outcome: "done" }]);
  });

  test("count only once enough blocks stand on them", async () => {
    await using at = await consortium({ confirmations: 4 });
    await claim(at.a, "a1", thing());
    await at.a.advance();
    await at.anvil.mine(3);
    await at.a.advance();
    expect(at.a.told).toEqual([]);
    await at.anvil.mine();
    await at.a.advance();
    expect(at.a.told).toEqual([["a1", "confirmed"]]);
  });

  test("are queued with what causes them, or not at all; and not at all without a chain", async () => {
    await using at = await consortium();
    await expect(
      at.a.write(async (tx) => {
        await queueClaim(tx, { claim: "a1", commitment: thing() });
        throw new Error("the registration came to nothing");
      }),
    ).rejects.toThrow("came to nothing");
    await claim(at.a, "a2", thing());
    await claim(at.a, "a2", thing());
    await expect(claim(at.a, "a3", "abcd")).rejects.toThrow(RangeError);
    expect(await at.a.db.selectFrom("chain_item").select("claim").execute()).toEqual([{ claim: "a2" }]);
    await declareChain(at.b.db, false);
    expect(await chainActive(at.b.db)).toBe(false);
    expect(await claim(at.b, "b1", thing())).toBe(false);
    expect(await at.b.db.selectFrom("chain_item").selectAll().execute()).toEqual([]);
  });

  test("a room that fails to take an outcome is told again, and holds up nobody else's", async () => {
    await using at = await consortium({ lively: true });
    for (const id of ["a1", "a2", "a3"]) await claim(at.a, id, thing());
    await at.a.advance();
    at.a.fail("a2");
    await at.a.advance(2);
    const outcomes = async () =>
      (await at.a.db.selectFrom("chain_item").select("outcome").orderBy("id").execute()).map((row) => row.outcome);
    expect(await outcomes()).toEqual(["done", null, "done"]);
    at.a.fail(null);
    await at.a.advance();
    expect(await outcomes()).toEqual(["done", "done", "done"]);
  });
});

describe("the chain gone", () => {
  test("while both claim: both wait, and after it is back exactly one holds", async () => {
    const folder = await mkdtemp(join(tmpdir(), "zhiwei-anvil-"));
    const state = join(folder, "state.json");
    const first = await startAnvil({ state });
    let contract: Hex | null = null;
    await using a = await memberAt(first, () => contract);
    await using b = await memberAt(first, () => contract);
    contract = await first.deploy(a.account, [a.account.address, b.account.address]);
    await Promise.all([a.advance(), b.advance()]);
    await first.stop("SIGTERM");
    const same = thing();
    await Promise.all([claim(a, "a1", same), claim(b, "b1", same)]);
    await Promise.all([a.advance(3), b.advance(3)]);
    expect([a.chain.work().state, b.chain.work().state]).toEqual(["unreachable", "unreachable"]);
    expect([a.told, b.told]).toEqual([[], []]);
    // A server that starts without the chain starts nevertheless.
    await b.reopen();
    await b.advance();
    const second = await startAnvil({ state });
    try {
      a.moveTo(second);
      b.moveTo(second);
      await Promise.all([a.advance(3), b.advance(3)]);
      await Promise.all([a.advance(), b.advance()]);
      expect([a.chain.work(), b.chain.work()]).toMatchObject([
        { state: "following", problem: null },
        { state: "following", problem: null },
      ]);
      expect([a.told[0]![1], b.told[0]![1]].toSorted()).toEqual(["confirmed", "refused"]);
      expect([a.told.length, b.told.length]).toEqual([1, 1]);
    } finally {
      await second.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });

  test("between the sending and the answer, with a crash on top: the same transaction again, and one claim", async () => {
    await using at = await consortium();
    await claim(at.a, "a1", thing());
    await claim(at.a, "a2", thing());
    at.a.line.set("deaf");
    await at.a.advance();
    expect(at.a.chain.work().state).toBe("unreachable");
    const [first] = await rawOf(at.a);
    await at.a.reopen();
    await at.a.advance();
    at.a.line.set("up");
    await at.a.advance();
    expect((await rawOf(at.a))[0]).toBe(first);
    await at.anvil.mine();
    await at.a.advance(2);
    expect(at.a.told).toEqual([
      ["a1", "confirmed"],
      ["a2", "confirmed"],
    ]);
    expect(await sentBy(at.anvil, at.a)).toBe(3);
  });

  test("a node that forgot what it was given is given it again", async () => {
    await using at = await consortium();
    await claim(at.a, "a1", thing());
    await at.a.advance();
    await at.anvil.rpc("anvil_dropAllTransactions");
    await at.a.advance();
    await at.anvil.mine();
    await at.a.advance();
    expect(at.a.told).toEqual([]);
    at.a.later(31);
    await at.a.advance();
    await at.anvil.mine();
    await at.a.advance();
    expect(at.a.told).toEqual([["a1", "confirmed"]]);
  });
});

describe("nonces and prices", () => {
  test("a nonce that the key used elsewhere is not waited for: the claim goes under the next one", async () => {
    await using at = await consortium();
    at.a.line.set("down");
    at.a.line.set("up");
    await claim(at.a, "a1", thing());
    await at.a.advance();
    // Somebody with the same key was faster, and the node has let ours go.
    await at.anvil.rpc("anvil_dropAllTransactions");
    const wallet = createWalletClient({ account: at.a.account, transport: http(at.anvil.url) });
    await wallet.sendTransaction({ chain: null, to: at.b.account.address, value: 1n, gasPrice: 2_000_000_000n, nonce: 1 });
    await at.anvil.mine();
    await at.a.advance(2);
    await at.anvil.mine();
    await at.a.advance();
    expect(at.a.told).toEqual([["a1", "confirmed"]]);
    expect(await sentBy(at.anvil, at.a)).toBe(3);
  });

  test("a transaction that has become too cheap is replaced by a dearer one of the same nonce", async () => {
    await using at = await consortium();
    await claim(at.a, "a1", thing());
    await at.a.advance();
    await at.anvil.rpc("anvil_setNextBlockBaseFeePerGas", "0x2540be400");
    await at.anvil.mine();
    await at.a.advance();
    expect(at.a.told).toEqual([]);
    at.a.later(31);
    await at.a.advance();
    await at.anvil.mine();
    await at.a.advance();
    expect(at.a.told).toEqual([["a1", "confirmed"]]);
    expect(await sentBy(at.anvil, at.a)).toBe(2);
  });

  test("who is no member yet waits, and goes on once admitted", async () => {
    await using at = await consortium({ lively: true });
    await using c = await memberAt(at.anvil, () => at.contract);
    await c.advance();
    await claim(c, "c1", thing());
    await c.advance(2);
    expect(c.chain.work().problem?.code).toBe("chain-not-member");
    expect(await sentBy(at.anvil, c)).toBe(0);
    const { consortiumAbi } = await import("./abi.ts");
    for (const member of [at.a, at.b]) {
      const wallet = createWalletClient({ account: member.account, transport: http(at.anvil.url) });
      await wallet.writeContract({
        chain: null,
        address: at.contract,
        abi: consortiumAbi,
        functionName: "approve",
        args: ["0x0000000000000000000000000000000000000000", c.account.address],
        gasPrice: await at.anvil.client.getGasPrice(),
      });
    }
    await c.advance(2);
    expect([c.chain.work().problem, c.told]).toEqual([null, [["c1", "confirmed"]]]);
  });

  test("another chain or contract than the one followed so far is refused, and touches nothing", async () => {
    await using at = await consortium({ lively: true });
    await using other = await consortium({ lively: true });
    await claim(at.a, "a1", thing());
    at.a.moveTo(other.anvil);
    await at.a.reopen();
    await at.a.advance();
    expect(at.a.chain.work().problem?.code).toBe("chain-no-contract");
    await at.a.db.updateTable("chain_link").set({ contract: other.contract.toLowerCase(), chain_id: 1 }).execute();
    at.a.moveTo(at.anvil);
    await at.a.reopen();
    await at.a.advance();
    expect(at.a.chain.work()).toMatchObject({ state: "refused", problem: { code: "chain-changed" } });
    expect(await sentBy(at.anvil, at.a)).toBe(1);
  });
});

describe("reorganisations", () => {
  test("before the confirmations are reached may swap the winner: only the last word counts", async () => {
    await using at = await consortium({ confirmations: 3 });
    const same = thing();
    await claim(at.a, "a1", same);
    await at.a.advance();
    await at.anvil.mine();
    await claim(at.b, "b1", same);
    await at.b.advance();
    await at.anvil.mine();
    await at.both();
    const names = async (member: Member) =>
      (await member.db.selectFrom("chain_event").select("name").orderBy("block").execute()).map((row) => row.name);
    expect(await names(at.b)).toEqual(["Claimed", "Refused"]);
    const [[ofA], [ofB]] = [await rawOf(at.a), await rawOf(at.b)];
    await at.anvil.rpc("anvil_reorg", 2, [
      [ofB, 0],
      [ofA, 1],
    ]);
    await at.anvil.mine(3);
    await at.both(2);
    expect([at.a.told, at.b.told]).toEqual([[["a1", "refused"]], [["b1", "confirmed"]]]);
    expect([await alarmsOf(at.a), await alarmsOf(at.b)]).toEqual([[], []]);
  });

  test("that drop transactions altogether: they are sent again, as they were", async () => {
    await using at = await consortium({ confirmations: 3 });
    const snapshot = await at.anvil.rpc<Hex>("evm_snapshot");
    for (const id of ["a1", "a2", "a3"]) await claim(at.a, id, thing());
    await at.a.advance();
    await at.anvil.mine(2);
    await at.a.advance();
    const before = await rawOf(at.a);
    await at.anvil.rpc("evm_revert", snapshot);
    await at.anvil.mine();
    await at.a.advance();
    await at.anvil.mine(3);
    await at.a.advance(2);
    expect(at.a.told.map(([, kind]) => kind)).toEqual(["confirmed", "confirmed", "confirmed"]);
    expect(before.length).toBe(3);
    expect(await sentBy(at.anvil, at.a)).toBe(4);
  });

  test("deeper than the confirmations that turn an outcome round: who held is told that it does not, who was refused gives back, alarm is raised", async () => {
    await using at = await consortium({ confirmations: 1 });
    const same = thing();
    await claim(at.a, "a1", same);
    await at.a.advance();
    await at.anvil.mine();
    await claim(at.b, "b1", same);
    await at.b.advance();
    await at.anvil.mine();
    await at.both(2);
    const [[ofA], [ofB]] = [await rawOf(at.a), await rawOf(at.b)];
    await at.anvil.rpc("anvil_reorg", 2, [
      [ofB, 0],
      [ofA, 1],
    ]);
    await at.both(2);
    expect(at.a.told).toEqual([
      ["a1", "confirmed"],
      ["a1", "refused"],
    ]);
    expect(at.b.told).toEqual([["b1", "refused"]]);
    expect([await alarmsOf(at.a), await alarmsOf(at.b)]).toEqual([["outcome-reversed"], ["outcome-reversed"]]);
    // What the chain now gives to a member that knows nothing of it any more, it gives back.
    await at.anvil.mine();
    await at.both(2);
    await claim(at.a, "a2", same);
    await at.a.advance();
    await at.anvil.mine();
    await at.a.advance();
    expect(at.a.told.at(-1)).toEqual(["a2", "confirmed"]);
  });

  test("of a block that was read: events and settlement of the undone blocks are gone, and those of the new ones are there", async () => {
    await using at = await consortium({ confirmations: 1 });
    await claim(at.a, "a1", thing());
    await at.a.advance();
    const snapshot = await at.anvil.rpc<Hex>("evm_snapshot");
    await at.anvil.mine(4);
    await at.a.advance();
    const tip = async () => (await at.a.db.selectFrom("chain_block").selectAll().orderBy("number", "desc").limit(1).executeTakeFirst())!;
    const before = await tip();
    await at.anvil.rpc("evm_revert", snapshot);
    await at.a.advance();
    expect((await tip()).number).toBe(before.number - 4);
    expect(await at.a.db.selectFrom("chain_event").selectAll().execute()).toEqual([]);
    expect(await at.a.db.selectFrom("chain_item").select(["outcome", "told"]).execute()).toEqual([{ outcome: null, told: "done" }]);
    await at.anvil.mine(2);
    await at.a.advance(2);
    expect(await at.a.db.selectFrom("chain_item").select("outcome").execute()).toEqual([{ outcome: "done" }]);
    // It is in the block of the same number again: that is no news.
    expect([at.a.told, await alarmsOf(at.a)]).toEqual([[["a1", "confirmed"]], []]);
  });

  test("who was away for thousands of blocks reads them in ranges, and knows the same as who was there", async () => {
    await using at = await consortium();
    for (let round = 0; round < 4; round++) {
      await claim(at.a, `a${round}`, thing());
      await at.a.advance();
      await at.anvil.mine(400);
      await at.a.advance();
    }
    await at.b.advance();
    const known = (member: Member) => member.db.selectFrom("chain_event").selectAll().orderBy("block").execute();
    expect((await known(at.b)).length).toBe(4);
    expect(await known(at.b)).toEqual(await known(at.a));
    const kept = await at.a.db.selectFrom("chain_block").select("number").execute();
    expect(kept.length).toBeLessThan(700);
  });
});

describe("checkpoints", () => {
  test("of the evidence log: what the log signed is what the chain holds, and the largest tree speaks for those that waited", async () => {
    await using at = await consortium({ lively: true });
    const { a } = at;
    const folder = await mkdtemp(join(tmpdir(), "zhiwei-log-"));
    const signers = await logSigners(folder, "zhiwei.example/log");
    const grow = async (entries: number) => {
      await a.write((tx) =>
        appendEntries(
          tx,
          Array.from({ length: entries }, () => randomBytes(20)),
        ),
      );
      const { size, root, signed } = await signCheckpoint(a.db, signers, new Date("2026-01-05T00:00:00Z"));
      await a.write((tx) => queueCheckpoint(tx, { origin: "zhiwei.example/log", size, root, signed }));
      return root;
    };
    await grow(3);
    await grow(4);
    const root = await grow(5);
    await a.advance(2);
    const anchored = await a.db.selectFrom("chain_event").selectAll().execute();
    expect(anchored).toMatchObject([{ name: "Anchored", seat: 1, size: 12, root: Buffer.from(root) }]);
    expect(await a.db.selectFrom("chain_item").select(["size", "outcome"]).execute()).toEqual([{ size: 12, outcome: "done" }]);
    await grow(1);
    await a.advance(2);
    expect((await a.db.selectFrom("chain_event").selectAll().execute()).map((event) => event.size)).toEqual([12, 13]);
    expect(await alarmsOf(a)).toEqual([]);
    await rm(folder, { recursive: true, force: true });
  });

  test("of a log that was set back: a fork is everybody's alarm, a smaller tree its own", async () => {
    await using at = await consortium({ lively: true });
    const anchor = async (size: number, root: string) => {
      await at.a.write((tx) => queueCheckpoint(tx, { origin: "a", size, root: Buffer.from(root, "hex"), signed: `${size} ${root}` }));
      await at.a.advance(2);
    };
    await anchor(10, thing(1));
    await anchor(10, thing(2));
    await at.both();
    expect([await alarmsOf(at.a), await alarmsOf(at.b)]).toEqual([["log-forked"], ["log-forked"]]);
    await anchor(9, thing(3));
    await at.a.advance();
    expect(await alarmsOf(at.a)).toEqual(["log-forked", "log-shrank"]);
    expect((await at.a.db.selectFrom("chain_item").select("outcome").orderBy("id").execute()).map((row) => row.outcome)).toEqual([
      "done",
      "failed",
      "failed",
    ]);
  });
});

describe("left to itself", () => {
  test("it works as soon as something is queued; of two processes of one database one works, and the other takes over", async () => {
    await using at = await consortium({ lively: true, pollMs: 50 });
    const { openChain } = await import("./index.ts");
    const told: string[] = [];
    const config = { ...at.a.chain.config };
    const open = () =>
      openChain({ db: at.a.db, databaseUrl: at.a.databaseUrl }, config, { settled: async (_tx, id) => void told.push(id) });
    const [one, two] = [await open(), await open()];
    const until = async (holds: () => boolean) => {
      while (!holds()) await new Promise((done) => setTimeout(done, 5));
    };
    one.start();
    await until(() => one.work().state === "following");
    two.start();
    await until(() => two.work().state === "elsewhere");
    await claim(at.a, "a1", thing());
    await until(() => told.includes("a1"));
    await one.stop();
    await claim(at.a, "a2", thing());
    await until(() => told.includes("a2"));
    await two.stop();
    expect(told).toEqual(["a1", "a2"]);
  });
});

test("whatever happens in whatever order, nothing is lost, nobody told twice, and each thing has one holder", async () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant("claim" as const), who: fc.nat(1), what: fc.nat(3) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("advance" as const), who: fc.nat(1) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("mine" as const), blocks: fc.integer({ min: 1, max: 2 }) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant("round" as const) }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant("line" as const), who: fc.nat(1), line: fc.constantFrom<Line[]>("up", "up", "down", "deaf") }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("crash" as const), who: fc.nat(1) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("forget" as const) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant("reorganise" as const),
        depth: fc.integer({ min: 1, max: 3 }),
        first: fc.nat(1),
        drop: fc.boolean(),
      }),
    },
  );
  await using at = await consortium({ confirmations: 4 });
  const members = [at.a, at.b] as const;
  await at.anvil.mine(4);
  let number = 0;
  let reorganised = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 15, maxLength: 40 }), async (steps) => {
      const things = [thing(), thing(), thing(), thing()];
      const claimed: { id: string; who: number; what: number }[] = [];
      for (const each of steps) {
        if (each.do === "claim") {
          const id = `${number++}`;
          claimed.push({ id, who: each.who, what: each.what });
          await claim(members[each.who]!, id, things[each.what]!);
        } else if (each.do === "advance") await members[each.who]!.advance();
        else if (each.do === "mine") await at.anvil.mine(each.blocks);
        else if (each.do === "round") {
          await at.both();
          await at.anvil.mine();
          await at.both();
        } else if (each.do === "line") members[each.who]!.line.set(each.line);
        else if (each.do === "crash") await members[each.who]!.reopen();
        else if (each.do === "forget") await at.anvil.rpc("anvil_dropAllTransactions");
        else {
          const before = await at.anvil.client.getBlock();
          // The transactions of the blocks that go come back at once, another member's first, or not at all.
          const again: [string, number][] = [];
          for (const member of each.drop ? [] : [members[each.first]!, members[1 - each.first]!])
            for (const { hash, raw } of await transactionsOf(member)) {
              const receipt = await at.anvil.client.getTransactionReceipt({ hash }).catch(() => null);
              if (receipt && receipt.blockNumber > before.number - BigInt(each.depth)) again.push([raw, 0]);
            }
          await at.anvil.rpc("anvil_reorg", each.depth, again);
          if ((await at.anvil.client.getBlock()).hash !== before.hash) reorganised++;
        }
      }
      for (const member of members) member.line.set("up");
      for (let round = 0; round < 5; round++) {
        for (const member of members) {
          member.later(31);
          await member.advance();
        }
        await at.anvil.mine(4);
      }
      await at.both();
      const fates = new Map<string, string>();
      for (const [who, member] of members.entries()) {
        const told = member.told.splice(0);
        expect(told.map(([id]) => id).toSorted()).toEqual(
          claimed
            .filter((each) => each.who === who)
            .map((each) => each.id)
            .toSorted(),
        );
        for (const [id, kind] of told) fates.set(id, kind);
      }
      for (const what of things.keys()) {
        const own = claimed.filter((each) => each.what === what);
        if (own.length > 0) expect(own.filter((each) => fates.get(each.id) === "confirmed").length).toBe(1);
      }
      expect([await alarmsOf(at.a), await alarmsOf(at.b)]).toEqual([[], []]);
    }),
    { numRuns: 15 },
  );
  expect(reorganised).toBeGreaterThan(3);
});

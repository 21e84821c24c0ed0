import { readFileSync } from "node:fs";
import fc from "fast-check";
import {
  BaseError,
  ContractFunctionRevertedError,
  type Hex,
  createWalletClient,
  decodeEventLog,
  encodeFunctionData,
  http,
  pad,
  toFunctionSelector,
  toHex,
  zeroAddress,
} from "viem";
import { formatAbi } from "abitype";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Anvil, startAnvil } from "../../../test/anvil.ts";
import { checkpointsAbi, consortiumAbi, eventsAbi, pledgesAbi } from "./abi.ts";
import { ARTEFACT, type Compiled, compileContracts } from "./compile.ts";

test("the compiled contracts are those of the source, byte for byte, and the interface that is spoken is theirs", () => {
  const compiled = compileContracts();
  expect(compiled, "run: node server/src/chain/compile.ts").toEqual(JSON.parse(readFileSync(ARTEFACT, "utf8")) as Compiled);
  // Public getters of structs and mappings have names for some of their parts only; names do not matter to a caller.
  const plain = (line: string) =>
    line
      .replaceAll(/\b(\w+(?:\[\])?) (?:memory |calldata )?(?!indexed\b)\w+(?=[,)])/g, "$1")
      .replaceAll(/(\w+ indexed) \w+/g, "$1")
      .replace(/contract \w+/g, "address");
  for (const [name, spoken] of Object.entries({ Consortium: consortiumAbi, Pledges: pledgesAbi, Checkpoints: checkpointsAbi })) {
    const linesOf = (contract: string) => new Set((formatAbi(compiled.abi[contract] as never) as string[]).map(plain));
    const [own, consortium] = [linesOf(name), linesOf("Consortium")];
    for (const line of formatAbi(spoken).map(plain))
      // Whoever is no member is refused by the consortium, also when he asks the others.
      expect(own.has(line) || (line.startsWith("error NotMember") && consortium.has(line)), `${name}: ${line}`).toBe(true);
  }
});

let anvil: Anvil;
beforeAll(async () => {
  anvil = await startAnvil();
});
afterAll(() => anvil.stop());

const consortiumOf = async (members: number) => {
  const accounts = await Promise.all(Array.from({ length: members + 2 }, () => anvil.account()));
  const founders = accounts.slice(0, members);
  const address = await anvil.deploy(
    accounts[0]!,
    founders.map((each) => each.address),
  );
  const read = <T>(functionName: string, ...args: unknown[]) =>
    anvil.client.readContract({ address, abi: consortiumAbi, functionName, args } as never) as Promise<T>;
  const targets = { consortium: address, pledges: await read<Hex>("pledges"), checkpoints: await read<Hex>("checkpoints") };
  const abis = { consortium: consortiumAbi, pledges: pledgesAbi, checkpoints: checkpointsAbi };
  /** Calls as member `who`: the events that it left, or the name of the error it was refused with. */
  const call = async (who: number, target: keyof typeof targets, functionName: string, ...args: unknown[]) => {
    const account = accounts[who]!;
    const wallet = createWalletClient({ account, transport: http(anvil.url) });
    try {
      await anvil.client.simulateContract({ account, address: targets[target], abi: abis[target], functionName, args } as never);
    } catch (error) {
      const refused = (error as BaseError).walk((cause) => cause instanceof ContractFunctionRevertedError);
      return { refused: (refused as ContractFunctionRevertedError).data?.errorName ?? null };
    }
    const data = encodeFunctionData({ abi: abis[target], functionName, args } as never);
    const hash = await wallet.sendTransaction({ chain: null, to: targets[target], data, gasPrice: await anvil.client.getGasPrice() });
    const receipt = await anvil.client.waitForTransactionReceipt({ hash });
    expect(receipt.status).toBe("success");
    const events = receipt.logs.map((entry) =>
      decodeEventLog({ abi: [...consortiumAbi, ...eventsAbi], data: entry.data, topics: entry.topics }),
    );
    return { events: events.map((event) => event.eventName), args: events.map((event) => event.args), gas: Number(receipt.gasUsed) };
  };
  return { accounts, addresses: accounts.map((each) => each.address), read, call, targets };
};
const word = (n: number) => pad(toHex(n), { size: 32 });

describe("the consortium", () => {
  test("more than half decide who joins, leaves and takes over a seat; a change lets the other votes lapse", async () => {
    const { call, read, addresses } = await consortiumOf(3);
    const [a, , c, d, e] = addresses as [Hex, Hex, Hex, Hex, Hex];
    expect(await read("members")).toBe(3);
    expect(await call(3, "consortium", "approve", zeroAddress, d)).toEqual({ refused: "NotMember" });
    expect((await call(0, "consortium", "approve", zeroAddress, d)).events).toEqual(["Approved"]);
    expect(await call(0, "consortium", "approve", zeroAddress, d)).toEqual({ refused: "AlreadyApproved" });
    expect((await call(0, "consortium", "approve", zeroAddress, e)).events).toEqual(["Approved"]);
    expect((await call(1, "consortium", "approve", zeroAddress, d)).events).toEqual(["Approved", "MemberChanged"]);
    expect([await read("seatOf", d), await read("members")]).toEqual([4, 4]);
    expect(await read("approvalsOf", zeroAddress, e)).toBe(0);
    expect(await call(1, "consortium", "approve", zeroAddress, d)).toEqual({ refused: "AlreadyMember" });
    // Of four, two are not enough.
    await call(0, "consortium", "approve", c, zeroAddress);
    await call(1, "consortium", "approve", c, zeroAddress);
    expect(await read("seatOf", c)).toBe(3);
    expect((await call(3, "consortium", "approve", c, zeroAddress)).events).toEqual(["Approved", "MemberChanged"]);
    expect([await read("seatOf", c), await read("memberAt", 3), await read("members")]).toEqual([0, zeroAddress, 3]);
    expect(await call(2, "pledges", "claim", word(1), word(1))).toEqual({ refused: "NotMember" });
    // A lost key: the seat goes on under another one.
    await call(1, "consortium", "approve", a, e);
    await call(3, "consortium", "approve", a, e);
    expect([await read("seatOf", a), await read("seatOf", e), await read("memberAt", 1), await read("members")]).toEqual([0, 1, e, 3]);
    // Back under its old address a former member has a new seat.
    await call(1, "consortium", "approve", zeroAddress, c);
    await call(3, "consortium", "approve", zeroAddress, c);
    expect(await read("seatOf", c)).toBe(5);
  });

  test("cannot be emptied, doubled or founded by nobody", async () => {
    const { call, addresses, accounts } = await consortiumOf(1);
    const [a] = addresses as [Hex];
    expect(await call(0, "consortium", "approve", a, zeroAddress)).toEqual({ refused: "LastMember" });
    expect(await call(0, "consortium", "approve", a, a)).toEqual({ refused: "NothingToChange" });
    await expect(anvil.deploy(accounts[0]!, [])).rejects.toThrow(toFunctionSelector("NoFounders()"));
    await expect(anvil.deploy(accounts[0]!, [a, a])).rejects.toThrow(toFunctionSelector("AlreadyMember(address)"));
    await expect(anvil.deploy(accounts[0]!, [zeroAddress])).rejects.toThrow(toFunctionSelector("NothingToChange()"));
  });
});

describe("pledges", () => {
  test("the first to claim holds; the same claim again is told the same; after its release it holds nothing", async () => {
    const { call, targets } = await consortiumOf(2);
    const thing = word(7);
    expect(await call(0, "pledges", "release", thing, word(1))).toEqual({ refused: "NotClaimed" });
    expect(await call(0, "pledges", "claim", thing, word(0))).toEqual({ refused: "Empty" });
    expect((await call(0, "pledges", "claim", thing, word(1))).events).toEqual(["Claimed"]);
    expect((await call(1, "pledges", "claim", thing, word(2))).events).toEqual(["Refused"]);
    expect((await call(0, "pledges", "claim", thing, word(1))).events).toEqual(["Claimed"]);
    expect((await call(0, "pledges", "claim", thing, word(3))).events).toEqual(["Refused"]);
    // A refused claim releases nothing, and another's id does not either.
    expect((await call(1, "pledges", "release", thing, word(2))).events).toEqual(["Released"]);
    expect(await call(1, "pledges", "release", thing, word(1))).toEqual({ refused: "NotClaimed" });
    const holdingOf = () =>
      anvil.client.readContract({ address: targets.pledges, abi: pledgesAbi, functionName: "holdingOf", args: [thing] });
    expect(await holdingOf()).toEqual([word(1), 1]);
    expect((await call(0, "pledges", "release", thing, word(1))).events).toEqual(["Released"]);
    expect(await holdingOf()).toEqual([word(0), 0]);
    expect((await call(0, "pledges", "claim", thing, word(1))).events).toEqual(["Refused"]);
    expect((await call(1, "pledges", "claim", thing, word(2))).events).toEqual(["Refused"]);
    expect((await call(1, "pledges", "claim", thing, word(4))).events).toEqual(["Claimed"]);
    // Nobody can use up the id of another's claim.
    expect((await call(1, "pledges", "claim", word(8), word(9))).events).toEqual(["Claimed"]);
    expect((await call(0, "pledges", "claim", word(10), word(9))).events).toEqual(["Claimed"]);
  });

  test("whatever three members do in whatever order, the contract is the register written out plainly", async () => {
    const { call } = await consortiumOf(3);
    let base = 0;
    const step = fc.record({
      who: fc.nat(2),
      what: fc.constantFrom("claim", "claim", "release"),
      thing: fc.nat(2),
      id: fc.nat(3),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        base += 100;
        const holder = new Map<number, string>();
        const decided = new Set<string>();
        for (const { who, what, thing, id } of steps) {
          const own = `${who}/${id}`;
          const found = await call(who, "pledges", what, word(base + thing + 1), word(base + id + 1));
          if (what === "claim") {
            if (!decided.has(own) && !holder.has(thing)) holder.set(thing, own);
            decided.add(own);
            expect(found.events).toEqual([holder.get(thing) === own ? "Claimed" : "Refused"]);
          } else if (!decided.has(own)) expect(found).toEqual({ refused: "NotClaimed" });
          else {
            if (holder.get(thing) === own) holder.delete(thing);
            expect(found.events).toEqual(["Released"]);
          }
        }
      }),
      { numRuns: 20 },
    );
  });
});

describe("checkpoints", () => {
  test("sizes only grow; two roots of one size are a fork, and the first one stays; a log is its member's own", async () => {
    const { call, targets } = await consortiumOf(2);
    const log = word(1);
    expect(await call(0, "checkpoints", "anchor", log, 0n, word(1), word(1))).toEqual({ refused: "Empty" });
    expect((await call(0, "checkpoints", "anchor", log, 10n, word(10), word(1))).events).toEqual(["Anchored"]);
    expect((await call(0, "checkpoints", "anchor", log, 10n, word(10), word(2))).events).toEqual(["Anchored"]);
    expect(await call(0, "checkpoints", "anchor", log, 9n, word(9), word(1))).toEqual({ refused: "Shrinks" });
    expect((await call(0, "checkpoints", "anchor", log, 20n, word(20), word(1))).events).toEqual(["Anchored"]);
    const fork = await call(0, "checkpoints", "anchor", log, 10n, word(11), word(1));
    expect(fork.events).toEqual(["Forked"]);
    expect(fork.args).toEqual([{ seat: 1, origin: log, size: 10n, root: word(10), other: word(11) }]);
    const ask = (functionName: string, ...args: unknown[]) =>
      anvil.client.readContract({ address: targets.checkpoints, abi: checkpointsAbi, functionName, args } as never);
    expect(await ask("rootAt", 1, log, 10n)).toBe(word(10));
    expect(await ask("sizeOf", 1, log)).toBe(20n);
    // The other member's log of that name is another log.
    expect((await call(1, "checkpoints", "anchor", log, 10n, word(12), word(1))).events).toEqual(["Anchored"]);
    expect(await call(2, "checkpoints", "anchor", log, 30n, word(1), word(1))).toEqual({ refused: "NotMember" });
  });
});

test("each call takes well less gas than is granted it", async () => {
  const { call } = await consortiumOf(1);
  const claim = await call(0, "pledges", "claim", word(1), word(1));
  const release = await call(0, "pledges", "release", word(1), word(1));
  const anchor = await call(0, "checkpoints", "anchor", word(1), 5n, word(2), word(3));
  expect([claim.gas, release.gas, anchor.gas].every((gas) => gas! > 21_000)).toBe(true);
  expect(claim.gas).toBeLessThan(250_000 / 2);
  expect(release.gas).toBeLessThan(150_000 / 2);
  expect(anchor.gas).toBeLessThan(250_000 / 2);
});

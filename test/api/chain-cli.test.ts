import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Hex } from "viem";
import { expect, test } from "vitest";
import { numberToHex } from "viem";
import { startAnvil } from "../anvil.ts";
import { freshSurroundings, zhiwei } from "./server.ts";

const run = async <T>(env: Readonly<Record<string, string>>, ...args: string[]) => {
  const { status, stdout, stderr } = await zhiwei(env, "chain", ...args, "--json");
  return { status, document: (stdout === "" ? null : JSON.parse(stdout)) as T, stderr };
};

test("a consortium from the command line: keys, deployment, a second member by vote, a key replaced, and what is refused", async () => {
  const anvil = await startAnvil();
  await using one = await freshSurroundings();
  await using two = await freshSurroundings();
  try {
    const [a, b] = [
      { ...one.env, ZHIWEI_CHAIN_URL: anvil.url },
      { ...two.env, ZHIWEI_CHAIN_URL: anvil.url },
    ];
    type Key = { address: Hex; keyFile: string; made: boolean };
    const [first, second] = [(await run<Key>(a, "init")).document, (await run<Key>(b, "init")).document];
    expect(first).toMatchObject({ made: true, keyFile: join(one.env.ZHIWEI_DATA, "chain", "key") });
    expect((await stat(first.keyFile)).mode & 0o777).toBe(0o600);
    expect((await run<Key>(a, "init")).document).toEqual({ ...first, made: false });
    for (const { address } of [first, second]) await anvil.rpc("anvil_setBalance", address, numberToHex(10n ** 20n));

    const deployed = await run<{ contract: Hex }>(a, "deploy");
    expect(deployed).toMatchObject({ status: 0, document: { contract: expect.stringMatching(/^0x[0-9a-fA-F]{40}$/) as string } });
    const contract = { ZHIWEI_CHAIN_CONTRACT: deployed.document.contract };
    Object.assign(a, contract);
    Object.assign(b, contract);
    expect(await run(b, "status")).toMatchObject({ status: 1, document: { state: "following", problem: { code: "chain-not-member" } } });
    const stranger = await run(b, "admit", second.address);
    expect(stranger).toMatchObject({ status: 3, document: null });
    expect(stranger.stderr).toContain("no member of the consortium");
    expect((await run(a, "admit", second.address)).document).toMatchObject({ changed: true, members: 2 });
    expect((await run(a, "admit", second.address)).stderr).toContain("is a member of the consortium already");
    // Of two, both have to agree.
    expect((await run(a, "dismiss", second.address)).document).toMatchObject({ changed: false, approvals: 1, members: 2 });
    const fresh = (await anvil.account()).address;
    expect((await run(a, "replace", second.address, fresh)).document).toMatchObject({ changed: false });
    expect((await run(b, "replace", second.address, fresh)).document).toMatchObject({ changed: true, members: 2 });
    expect((await run(a, "members")).document).toEqual([
      { seat: 1, address: first.address },
      { seat: 2, address: fresh },
    ]);
    expect(await run(a, "status")).toMatchObject({
      status: 0,
      document: { state: "following", problem: null, height: expect.any(Number) as number },
    });

    expect((await run(a, "admit", "0x12")).status).toBe(2);
    expect((await run(one.env, "deploy")).status).toBe(2);
    expect((await run(one.env, "status")).document).toMatchObject({ state: "off" });
    await anvil.stop();
    expect((await run(a, "status")).document).toMatchObject({ state: "unreachable", problem: { code: "chain-unreachable" } });
    expect((await run(a, "members")).stderr).toContain("does not answer");
  } finally {
    await anvil.stop();
  }
});

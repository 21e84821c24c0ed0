import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type Hex, createPublicClient, createWalletClient, http, numberToHex } from "viem";
import { type PrivateKeyAccount, generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { consortiumAbi } from "../server/src/chain/abi.ts";
import artefact from "../server/src/chain/contracts/consortium.json" with { type: "json" };

/**
 * A chain of a test's own: one anvil, an EVM node, of the London rules that the contracts are compiled for, where gas is free. With `port` it comes
 * back where another one was; with `state` it goes on from what that one wrote when it ended.
 */
export const startAnvil = async ({ port = 0, state, args = [] }: { port?: number; state?: string; args?: readonly string[] } = {}) => {
  // The binary itself, not its wrapper: that would outlive the signal it is ended with.
  const folder = `@foundry-rs/anvil-${process.platform === "win32" ? "win32" : process.platform}-${process.arch === "x64" ? "amd64" : process.arch}`;
  const path = join(createRequire(import.meta.url).resolve(`${folder}/package.json`), "../bin/anvil");
  const child = spawn(
    path,
    [
      "--hardfork",
      "london",
      "--base-fee",
      "0",
      "--gas-price",
      "0",
      "--gas-limit",
      "300000000",
      "--port",
      String(port),
      ...(state ? ["--state", state] : []),
      ...args,
    ],
    {
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const ended = new Promise<void>((done) => child.once("close", () => done()));
  let said = "";
  const address = await new Promise<string>((done, fail) => {
    child.once("error", fail);
    child.once("close", () => fail(new Error(`anvil ended: ${said}`)));
    child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
    child.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      const listening = /Listening on (\S+)/.exec(said);
      if (listening) done(listening[1]!);
    });
  });
  const url = `http://${address}`;
  const client = createPublicClient({ transport: http(url), cacheTime: 0, pollingInterval: 10 });
  const rpc = <T>(method: string, ...params: unknown[]) => client.request({ method, params } as never) as Promise<T>;
  const mine = (blocks = 1) => rpc("anvil_mine", numberToHex(blocks));
  return {
    url,
    port: Number(new URL(url).port),
    client,
    rpc,
    mine,
    /** A new account with means of its own. */
    account: async (key: Hex = generatePrivateKey()): Promise<PrivateKeyAccount & { readonly key: Hex }> => {
      const account = privateKeyToAccount(key);
      await rpc("anvil_setBalance", account.address, numberToHex(10n ** 24n));
      return { ...account, key };
    },
    /** Deploys a consortium, and gives its address. */
    deploy: async (account: PrivateKeyAccount, founders: readonly Hex[]): Promise<Hex> => {
      const wallet = createWalletClient({ account, transport: http(url) });
      const hash = await wallet.deployContract({
        abi: consortiumAbi,
        bytecode: artefact.bytecode as Hex,
        args: [founders],
        chain: null,
        gasPrice: await client.getGasPrice(),
      });
      await mine();
      return (await client.getTransactionReceipt({ hash })).contractAddress!;
    },
    /** Ends it as a power cut would, unless it is to write its state. */
    stop: async (signal: NodeJS.Signals = "SIGKILL") => {
      child.kill(signal);
      await ended;
    },
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
};
export type Anvil = Awaited<ReturnType<typeof startAnvil>>;

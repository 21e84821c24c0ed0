/**
 * `npm run -s bench:chain [-- --quick]`: claims a second from the transaction that queues them to the one that is told of their outcome, and
 * the time of a single one, on an EVM node (anvil) that makes a block each second and on one that makes them at once; beside the same
 * claims sent by plain viem, with nothing kept and nothing told. Progress goes to standard error; the last line is JSON.
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Hex, encodeFunctionData } from "viem";
import { pledgesAbi } from "../server/src/chain/abi.ts";
import { openChain } from "../server/src/chain/index.ts";
import { clientAt, connect } from "../server/src/chain/node.ts";
import { queueClaim } from "../server/src/chain/outbox.ts";
import { readConfig } from "../server/src/config.ts";
import { openPlatform } from "../server/src/platform.ts";
import { startAnvil } from "../test/anvil.ts";

const { values } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
const CLAIMS = values.quick ? 600 : 3000;
const SINGLE = values.quick ? 8 : 30;
const POLL_MS = 200;
const say = (line: string) => void process.stderr.write(`${line}\n`);
const hex = (): Hex => `0x${randomBytes(32).toString("hex")}`;
const round = (value: number, digits = 0) => Number(value.toFixed(digits));

const measure = async (name: string, args: readonly string[]) => {
  const anvil = await startAnvil({ args });
  const folder = await mkdtemp(join(tmpdir(), "zhiwei-bench-chain-"));
  const platform = await openPlatform(readConfig({ ZHIWEI_DATA: join(folder, "data") }));
  try {
    const [account, other] = [await anvil.account(), await anvil.account()];
    const contract = await anvil.deploy(account, [account.address, other.address]);
    const keyFile = join(folder, "key");
    await writeFile(keyFile, account.key, { mode: 0o600 });
    const config = { url: anvil.url, keyFile, contract, confirmations: 1, pollMs: POLL_MS };

    // Plain viem: signed in advance, sent one after the other, done when the last one is mined.
    const node = await connect(config);
    const gasPrice = await node.client.getGasPrice();
    const from = performance.now();
    let hash: Hex = "0x";
    for (let nonce = 0; nonce < CLAIMS; nonce++) {
      const data = encodeFunctionData({ abi: pledgesAbi, functionName: "claim", args: [hex(), hex()] });
      const raw = await other.signTransaction({
        type: "legacy",
        chainId: node.chainId,
        nonce,
        to: node.contracts.pledges,
        data,
        gas: 250_000n,
        gasPrice,
      });
      hash = await node.client.sendRawTransaction({ serializedTransaction: raw });
    }
    await clientAt(anvil.url).waitForTransactionReceipt({ hash, pollingInterval: 20, timeout: 600_000 });
    const plain = (CLAIMS / (performance.now() - from)) * 1000;
    say(`${name}: plain viem ${round(plain)} claims a second`);

    const settled = new Map<string, () => void>();
    const chain = await openChain(platform, config, { settled: async (_, claim) => settled.get(claim)?.() });
    chain.start();
    const claim = (ids: readonly string[]) =>
      platform.db.transaction().execute(async (tx) => {
        for (const id of ids) await queueClaim(tx, { claim: id, commitment: randomBytes(32).toString("hex") });
      });
    const outcomeOf = (id: string) => new Promise<void>((done) => settled.set(id, done));
    const first = outcomeOf("first");
    await claim(["first"]);
    await first;

    const many = Array.from({ length: CLAIMS }, (_, n) => `many ${n}`);
    const all = Promise.all(many.map(outcomeOf));
    await claim(many);
    const start = performance.now();
    await all;
    const perSecond = (CLAIMS / (performance.now() - start)) * 1000;
    say(`${name}: ${round(perSecond)} claims a second from the outbox to the outcome`);

    const times: number[] = [];
    for (let turn = 0; turn < SINGLE; turn++) {
      const told = outcomeOf(`single ${turn}`);
      const begun = performance.now();
      await claim([`single ${turn}`]);
      await told;
      times.push(performance.now() - begun);
    }
    times.sort((a, b) => a - b);
    const median = times[Math.floor(SINGLE / 2)]!;
    const p95 = times[Math.min(SINGLE - 1, Math.floor(SINGLE * 0.95))]!;
    say(`${name}: one claim ${round(median)} ms (median), ${round(p95)} ms (95 %)`);
    await chain.stop();
    return { plainPerSecond: round(plain), claimsPerSecond: round(perSecond), oneMs: round(median), oneP95Ms: round(p95) };
  } finally {
    await platform.close();
    await anvil.stop();
    await rm(folder, { recursive: true, force: true });
  }
};

const loadBefore = loadavg()[0]!;
const everySecond = await measure("a block each second", ["--block-time", "1"]);
const atOnce = await measure("blocks at once", []);
process.stdout.write(
  `${JSON.stringify({
    bench: "chain",
    figures: {
      cpu: cpus()[0]?.model ?? "unknown",
      threads: cpus().length,
      load: [round(loadBefore, 1), round(loadavg()[0]!, 1)],
      node: "anvil 1.7.1",
      claims: CLAIMS,
      pollMs: POLL_MS,
      blockEachSecond: everySecond,
      blocksAtOnce: atOnce,
    },
    ratios: {
      plainToClaims: round(everySecond.plainPerSecond / everySecond.claimsPerSecond, 2),
      plainToClaimsAtOnce: round(atOnce.plainPerSecond / atOnce.claimsPerSecond, 2),
    },
  })}\n`,
);

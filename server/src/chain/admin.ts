/** What is done to a consortium by hand: it is deployed, and its members decide who belongs to it. */
import { type Hex, encodeDeployData, encodeFunctionData, zeroAddress } from "viem";
import type { PrivateKeyAccount } from "viem/accounts";
import { problem } from "@zhiwei/core/basics";
import type { ChainConfig } from "../config.ts";
import { Refusal } from "../http/refusal.ts";
import { consortiumAbi } from "./abi.ts";
import artefact from "./contracts/consortium.json" with { type: "json" };
import { NoContract, clientAt } from "./node.ts";

const WAIT_MS = 120_000;

/** Sends one transaction and waits until it is mined. Throws where it was turned down. */
const transact = async (config: ChainConfig, account: PrivateKeyAccount, to: Hex | null, data: Hex) => {
  const client = clientAt(config.url);
  const { address } = account;
  const call = to === null ? { account: address, data } : { account: address, to, data };
  const [chainId, nonce, gasPrice, gas] = await Promise.all([
    client.getChainId(),
    client.getTransactionCount({ address, blockTag: "pending" }),
    client.getGasPrice(),
    client.estimateGas(call),
  ]);
  const raw = await account.signTransaction({
    type: "legacy",
    chainId,
    nonce,
    gasPrice,
    gas: (gas * 5n) / 4n,
    data,
    ...(to ? { to } : {}),
  });
  const hash = await client.sendRawTransaction({ serializedTransaction: raw });
  const receipt = await client.waitForTransactionReceipt({ hash, timeout: WAIT_MS, pollingInterval: Math.min(config.pollMs, 1000) });
  if (receipt.status !== "success")
    throw new Refusal(
      502,
      problem(
        "chain-turned-down",
        `交易 ${hash} 未被接受。`,
        `The transaction ${hash} was turned down.`,
        "请用 zhiwei chain members 查看现状后重试。",
        "See how things stand with zhiwei chain members, then try again.",
      ),
    );
  return receipt;
};

export const deployConsortium = async (config: ChainConfig, account: PrivateKeyAccount, founders: readonly Hex[]) => {
  const data = encodeDeployData({ abi: consortiumAbi, bytecode: artefact.bytecode as Hex, args: [founders] });
  const receipt = await transact(config, account, null, data);
  return { contract: receipt.contractAddress!, transaction: receipt.transactionHash, block: Number(receipt.blockNumber) };
};

const contractOf = (config: ChainConfig): Hex => {
  if (!config.contract) throw new NoContract("no contract is configured");
  return config.contract as Hex;
};

/** Every seat that was ever given; `address` is null where its holder has left. */
export const listMembers = async (config: ChainConfig): Promise<{ seat: number; address: Hex | null }[]> => {
  const client = clientAt(config.url);
  const address = contractOf(config);
  const last = await client.readContract({ address, abi: consortiumAbi, functionName: "lastSeat" });
  return Promise.all(
    Array.from({ length: last }, async (_, index) => {
      const member = await client.readContract({ address, abi: consortiumAbi, functionName: "memberAt", args: [index + 1] });
      return { seat: index + 1, address: member === zeroAddress ? null : member };
    }),
  );
};

/** Approves a change of membership; `changed` where this approval has carried it out. */
export const approveChange = async (config: ChainConfig, account: PrivateKeyAccount, leaving: Hex, joining: Hex) => {
  const address = contractOf(config);
  const client = clientAt(config.url);
  const read = <const Name extends "round" | "members">(functionName: Name) =>
    client.readContract({ address, abi: consortiumAbi, functionName });
  const before = await read("round");
  await client.simulateContract({
    account: account.address,
    address,
    abi: consortiumAbi,
    functionName: "approve",
    args: [leaving, joining],
  });
  await transact(config, account, address, encodeFunctionData({ abi: consortiumAbi, functionName: "approve", args: [leaving, joining] }));
  const [after, members, approvals] = await Promise.all([
    read("round"),
    read("members"),
    client.readContract({ address, abi: consortiumAbi, functionName: "approvalsOf", args: [leaving, joining] }),
  ]);
  return { changed: after !== before, approvals: Number(approvals), members: Number(members) };
};

import { type Hex, zeroAddress } from "viem";
import { problem } from "@zhiwei/core/basics";
import { Refusal } from "../http/refusal.ts";
import { type Command, type CommandInput, UsageError, textOption, withPlatform } from "./command.ts";
import { EXIT, type Exit } from "./output.ts";

const addressOf = (text: string | undefined): Hex => {
  if (!text || !/^0x[0-9a-fA-F]{40}$/.test(text))
    throw new UsageError("地址应为 0x 加 40 位十六进制数。", "An address is 0x and 40 hexadecimal digits.");
  return text as Hex;
};

const needed = ({ config }: CommandInput) => {
  if (!config.chain)
    throw new UsageError(
      "请先用环境变量 ZHIWEI_CHAIN_URL 指定节点的 JSON-RPC 地址。",
      "Name a node's JSON-RPC in the environment variable ZHIWEI_CHAIN_URL first.",
    );
  return config.chain;
};

const init = async ({ config, out }: CommandInput): Promise<Exit> => {
  const { initAccount } = await import("../chain/key.ts");
  const { account, made } = await initAccount(config.chainKey);
  out.say(
    made
      ? {
          zh: `已生成密钥 ${config.chainKey}。请妥善备份：失去它，席位须由其他成员换发。`,
          en: `A key was made: ${config.chainKey}. Keep a copy: without it the other members have to give the seat a new one.`,
        }
      : { zh: `密钥 ${config.chainKey} 已存在，未改动。`, en: `The key ${config.chainKey} is there, and stays as it is.` },
  );
  out.result({ address: account.address, keyFile: config.chainKey, made }, () => out.line(account.address));
  return EXIT.done;
};

const deploy = async (input: CommandInput): Promise<Exit> => {
  const { out } = input;
  const chain = needed(input);
  const { readAccount } = await import("../chain/key.ts");
  const { deployConsortium } = await import("../chain/admin.ts");
  const account = await readAccount(chain.keyFile);
  const founders = (textOption(input, "members")?.split(",") ?? [account.address]).map((each) => addressOf(each.trim()));
  const made = await asked(() => deployConsortium(chain, account, founders));
  out.say({
    zh: `联盟合约已部署。各成员在启动前设置：ZHIWEI_CHAIN_CONTRACT=${made.contract}`,
    en: `The consortium contract is deployed. Every member sets: ZHIWEI_CHAIN_CONTRACT=${made.contract}`,
  });
  out.result(made, () => out.line(made.contract));
  return EXIT.done;
};

const members = async (input: CommandInput): Promise<Exit> => {
  const chain = needed(input);
  const { listMembers } = await import("../chain/admin.ts");
  const found = await asked(() => listMembers(chain));
  input.out.result(found, () =>
    input.out.table(
      [
        { zh: "席位", en: "Seat" },
        { zh: "地址", en: "Address" },
      ],
      found.map(({ seat, address }) => [String(seat), address ?? "—"]),
      [0],
    ),
  );
  return EXIT.done;
};

const vote = async (input: CommandInput, leaving: Hex, joining: Hex): Promise<Exit> => {
  const { out } = input;
  const chain = needed(input);
  const { readAccount } = await import("../chain/key.ts");
  const { approveChange } = await import("../chain/admin.ts");
  const account = await readAccount(chain.keyFile);
  const found = await asked(() => approveChange(chain, account, leaving, joining));
  out.say(
    found.changed
      ? { zh: "已过半数，成员变更生效。", en: "More than half have approved: the change is made." }
      : {
          zh: `已同意。现有 ${found.approvals} 票，共 ${found.members} 个成员，须过半数。`,
          en: `Approved. There are ${found.approvals} of ${found.members} members now; more than half are needed.`,
        },
  );
  out.result(found, () => {});
  return EXIT.done;
};

const status = async (input: CommandInput): Promise<Exit> => {
  const { config, out } = input;
  const { chainState } = await import("../chain/routes.ts");
  const state = await withPlatform(config, async ({ db }) => {
    if (!config.chain) return chainState(db, null);
    const { look } = await import("../chain/index.ts");
    const work = await look(db, config.chain);
    return chainState(db, { config: config.chain, work: () => work });
  });
  out.result(state, () => {
    const row = (zh: string, en: string, value: string | number | null) => out.line(`${out.text({ zh, en })}: ${value ?? "—"}`);
    row("状态", "State", state.state);
    row("合约", "Contract", state.contract);
    row("本机构地址", "Our address", state.address);
    row("席位", "Seat", state.seat);
    row("链高", "Height", state.height);
    row("已读至", "Read up to", state.read);
    row(
      "排队（登记、解除、检查点）",
      "Queued (claims, releases, checkpoints)",
      `${state.queued.claims}, ${state.queued.releases}, ${state.queued.checkpoints}`,
    );
    const own = state.logs.find((log) => log.own);
    row("已锚定的检查点", "Checkpoint anchored", own ? `${own.size} @ ${own.block}` : null);
    for (const alarm of state.alarms) out.line(`! ${alarm.at} ${out.text(alarm.text)}`);
    if (state.problem) out.problem(state.problem);
  });
  return state.problem || state.alarms.length > 0 ? EXIT.doneWithFindings : EXIT.done;
};

/** Says in the reader's language what the node or the contract refused. */
const asked = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const { problemOfChain } = await import("../chain/index.ts");
    throw new Refusal(
      502,
      problemOfChain(error) ?? problem("chain-failed", "请求未成功。", "The request failed.", "请稍后重试。", "Try again."),
      {
        cause: error,
      },
    );
  }
};

export const chain: Command = {
  usage: "chain init|deploy|members|admit|dismiss|replace|status",
  summary: { zh: "联盟链：生成密钥、部署合约、成员进出、查看状态", en: "the consortium chain: make a key, deploy, members, state" },
  options: {
    members: {
      type: "string",
      value: "A,B,…",
      help: {
        zh: "deploy：创始成员的地址，逗号分隔（默认仅本机构）",
        en: "deploy: addresses of the founders (this institution alone, unless told)",
      },
    },
  },
  run: async (input) => {
    const [what, first, second, ...more] = input.words;
    if (more.length === 0) {
      if (what === "init" && !first) return init(input);
      if (what === "deploy" && !first) return deploy(input);
      if (what === "members" && !first) return members(input);
      if (what === "status" && !first) return status(input);
      if (what === "admit" && !second) return vote(input, zeroAddress, addressOf(first));
      if (what === "dismiss" && !second) return vote(input, addressOf(first), zeroAddress);
      if (what === "replace") return vote(input, addressOf(first), addressOf(second));
    }
    throw new UsageError(
      "用法：chain init | deploy [--members A,B] | members | admit 地址 | dismiss 地址 | replace 旧地址 新地址 | status。",
      "Use: chain init | deploy [--members A,B] | members | admit ADDRESS | dismiss ADDRESS | replace OLD NEW | status.",
    );
  },
};

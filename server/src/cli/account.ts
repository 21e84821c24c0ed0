import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import type { Account } from "@zhiwei/api/access";
import type { Platform } from "../platform.ts";
import { type Command, type CommandInput, UsageError, textOption, withPlatform } from "./command.ts";
import { EXIT, type Exit } from "./output.ts";

type Verb = (input: CommandInput, platform: Platform) => Promise<Exit>;

const required = (input: CommandInput, name: string): string => {
  const value = textOption(input, name);
  if (value === undefined || value.trim() === "") throw new UsageError(`请给出 --${name}。`, `--${name} is needed.`);
  return value.trim();
};

const which = (input: CommandInput): string => {
  const email = input.words[1];
  if (email === undefined || input.words.length > 2) throw new UsageError("请给出一个账号的邮箱。", "Name one account by its address.");
  return email;
};

/** Reads a password: typed unseen at a terminal, else the first line of standard input. */
const readPassword = async (input: CommandInput): Promise<string> => {
  const terminal = process.stdin.isTTY;
  if (terminal) process.stderr.write(input.out.text({ zh: "口令（不显示）：", en: "Password (not shown): " }));
  const unseen = new Writable({ write: (_, __, done) => done() });
  const lines = createInterface({ input: process.stdin, output: unseen, terminal });
  try {
    const { value } = await lines[Symbol.asyncIterator]().next();
    if (terminal) process.stderr.write("\n");
    return String(value ?? "");
  } finally {
    lines.close();
  }
};

/** The password that is asked for, or one that is made. */
const passwordFor = async (input: CommandInput): Promise<{ password: string; made: boolean }> => {
  if (input.options["ask-password"] === true) return { password: await readPassword(input), made: false };
  const { madePassword } = await import("../access/accounts.ts");
  return { password: madePassword(), made: true };
};

const told = (input: CommandInput, account: Account, password: string | null): Exit => {
  input.out.result({ ...account, password }, () => {
    input.out.line(`${account.email}  ${account.party}  ${account.name}  ${account.post}`);
    if (password === null) return;
    input.out.line(`${input.out.text({ zh: "口令（只显示这一次）", en: "Password (shown this once)" })}: ${password}`);
  });
  return EXIT.done;
};

const add: Verb = async (input, { db }) => {
  const { addAccount } = await import("../access/accounts.ts");
  const [party, email, post] = [required(input, "party"), required(input, "email"), required(input, "post")];
  if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) throw new UsageError("邮箱的写法不对。", "That is no e-mail address.");
  const { password, made } = await passwordFor(input);
  const account = await addAccount(db, { party, email, post, name: textOption(input, "name"), password });
  return told(input, account, made ? password : null);
};

const list: Verb = async (input, { db }) => {
  const { listAccounts } = await import("../access/accounts.ts");
  const accounts = await listAccounts(db);
  input.out.result(accounts, () =>
    input.out.table(
      [
        { zh: "邮箱", en: "Address" },
        { zh: "当事方", en: "Party" },
        { zh: "名称", en: "Name" },
        { zh: "岗位", en: "Post" },
        { zh: "状态", en: "State" },
      ],
      accounts.map((each) => [
        each.email,
        each.party,
        each.name,
        each.post,
        input.out.text(each.disabled ? { zh: "已停用", en: "disabled" } : { zh: "可用", en: "works" }),
      ]),
    ),
  );
  return EXIT.done;
};

const setting =
  (disabled: boolean): Verb =>
  async (input, { db }) => {
    const { setDisabled } = await import("../access/accounts.ts");
    return told(input, await setDisabled(db, which(input), disabled), null);
  };

const password: Verb = async (input, { db }) => {
  const { setPassword } = await import("../access/accounts.ts");
  const email = which(input);
  const given = await passwordFor(input);
  return told(input, await setPassword(db, email, given.password), given.made ? given.password : null);
};

const party: Verb = async (input, { db }) => {
  const { addParty } = await import("../access/parties.ts");
  const { PARTY_KINDS } = await import("../access/actor.ts");
  const [id, kind, zh] = [required(input, "party"), required(input, "kind"), required(input, "name")];
  const kinds = PARTY_KINDS.filter((each) => each !== "operator" && each !== "enterprise");
  const known = kinds.find((each) => each === kind);
  if (!known || !/^[a-z0-9][a-z0-9-]{1,39}$/.test(id))
    throw new UsageError(
      `--kind 应为 ${kinds.join("、")} 之一，--party 由小写字母、数字与连字符组成。`,
      `--kind is one of ${kinds.join(", ")}; --party is made of small letters, digits and hyphens.`,
    );
  const made = await addParty(db, { id, kind: known, name: { zh, en: textOption(input, "name-en") ?? zh } });
  input.out.result(made, () => input.out.line(`${made.id}  ${made.kind}  ${input.out.text(made.name)}`));
  return EXIT.done;
};

const VERBS: Readonly<Record<string, Verb>> = {
  add,
  list,
  disable: setting(true),
  enable: setting(false),
  password,
  party,
};

export const account: Command = {
  usage: "account add|list|disable|enable|password|party … [ADDRESS]",
  summary: { zh: "建立、停用账号，换发口令，登记机构", en: "make and disable accounts, give new passwords, register institutions" },
  options: {
    party: {
      type: "string",
      value: "PARTY",
      help: {
        zh: "add、party：operator、机构编号，或 enterprise:企业代号",
        en: "add, party: operator, an institution's id, or enterprise:CODE",
      },
    },
    email: { type: "string", value: "ADDRESS", help: { zh: "add：登录用的邮箱", en: "add: address to sign in with" } },
    post: { type: "string", value: "POST", help: { zh: "add：岗位，如信贷员", en: "add: the post, as credit officer" } },
    name: {
      type: "string",
      value: "NAME",
      help: {
        zh: "add：姓名（默认同岗位，在一方之内不重复）；party：机构名称",
        en: "add: name (default: the post), once in a party; party: its name",
      },
    },
    "name-en": { type: "string", value: "NAME", help: { zh: "party：机构英文名称", en: "party: its name in English" } },
    kind: {
      type: "string",
      value: "KIND",
      help: { zh: "party：bank、guarantor、insurer、bureau、supervisor", en: "party: bank, guarantor, insurer, bureau, supervisor" },
    },
    "ask-password": {
      type: "boolean",
      help: {
        zh: "add、password：从终端或标准输入读口令（默认生成）",
        en: "add, password: read it from terminal or standard input (default: make one)",
      },
    },
  },
  run: async (input) => {
    const [name] = input.words;
    const verb = name !== undefined && Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
    if (!verb)
      throw new UsageError(
        `account 之后应为 ${Object.keys(VERBS).join("、")} 之一。`,
        `After account comes one of ${Object.keys(VERBS).join(", ")}.`,
      );
    return withPlatform(input.config, (platform) => verb(input, platform));
  },
};

#!/usr/bin/env node
import { parseArgs } from "node:util";
import { ConfigError, readConfig } from "../config.ts";
import { describeError } from "../http/log.ts";
import { internal, problemOf } from "../http/refusal.ts";
import { VERSION } from "../system/version.ts";
import { allocate } from "./allocate.ts";
import { chain } from "./chain.ts";
import { type Command, type Option, UsageError } from "./command.ts";
import { account } from "./account.ts";
import { doctor } from "./doctor.ts";
import { importFiles } from "./import.ts";
import { EXIT, type Exit, type Output, languageOf, output, widthOf } from "./output.ts";
import { match } from "./match.ts";
import { enterprises, features, profile } from "./read.ts";
import { pledge } from "./pledge.ts";
import { score, scorecard } from "./scorecard.ts";
import { serve } from "./serve.ts";
import { erase } from "./erase.ts";
import { fsck, verify } from "./verify.ts";
import { witness } from "./witness.ts";

const COMMANDS: Readonly<Record<string, Command>> = {
  serve,
  import: importFiles,
  enterprises,
  features,
  profile,
  score,
  scorecard,
  allocate,
  match,
  verify,
  fsck,
  erase,
  pledge,
  account,
  witness,
  chain,
  doctor,
};

const COMMON = {
  json: { type: "boolean", help: { zh: "只在标准输出打印一个 JSON 文档", en: "print one JSON document on standard output, nothing else" } },
  help: { type: "boolean", help: { zh: "显示帮助", en: "show this help" } },
} as const;

const pad = (text: string, width: number) => text + " ".repeat(Math.max(0, width - widthOf(text)));

const generalHelp = (out: Output): void => {
  out.line(
    out.text({
      zh: `知微 ${VERSION}：小微企业开放融资平台`,
      en: `Zhiwei ${VERSION}: an open financing platform for small and micro enterprises`,
    }),
  );
  out.line("");
  out.line(out.text({ zh: "用法：zhiwei 命令 [参数] [选项]", en: "Usage: zhiwei COMMAND [ARGUMENTS] [OPTIONS]" }));
  for (const command of Object.values(COMMANDS)) out.line(`  ${pad(command.usage, 60)}${out.text(command.summary)}`);
  out.line("");
  out.line(
    out.text({
      zh: "zhiwei 命令 --help 显示该命令的选项。退出状态：0 完成；1 完成，但有行被隔离或检查未通过；2 用法错误；3 其他。",
      en: "zhiwei COMMAND --help shows its options. Exit status: 0 done; 1 done with rows quarantined or checks failed; 2 wrong use; 3 anything else.",
    }),
  );
  out.line(
    out.text({
      zh: "环境变量：ZHIWEI_DATA 数据目录；DATABASE_URL PostgreSQL 服务；HOST、PORT 监听地址；ZHIWEI_LANG 语言（zh、en）。",
      en: "Environment: ZHIWEI_DATA data folder; DATABASE_URL PostgreSQL server; HOST, PORT where to listen; ZHIWEI_LANG language (zh, en).",
    }),
  );
};

const commandHelp = (command: Command, out: Output): void => {
  out.line(out.text(command.summary));
  out.line("");
  out.line(`${out.text({ zh: "用法", en: "Usage" })}: zhiwei ${command.usage}`);
  const options: Readonly<Record<string, Option>> = { ...command.options, ...COMMON };
  for (const [name, { value, help }] of Object.entries(options))
    out.line(`  ${pad(`--${name}${value === undefined ? "" : ` ${value}`}`, 26)}${out.text(help)}`);
};

const wrongUse = (out: Output, zh: string, en: string, name?: string): Exit => {
  const help = `zhiwei ${name ? `${name} ` : ""}--help`;
  out.say({ zh: `${zh}用法见：${help}`, en: `${en} See: ${help}` });
  return EXIT.wrongUse;
};

const run = async (args: readonly string[], env: NodeJS.ProcessEnv): Promise<Exit> => {
  const [name, ...rest] = args;
  const out = output(languageOf(env), rest.includes("--json"));
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    generalHelp(out);
    return name === undefined ? EXIT.wrongUse : EXIT.done;
  }
  if (name === "--version") {
    out.line(VERSION);
    return EXIT.done;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) return wrongUse(out, `没有命令“${name}”。`, `There is no command "${name}".`);
  try {
    const options = Object.fromEntries(
      Object.entries({ ...command.options, ...COMMON }).map(([option, { type }]) => [option, { type }] as const),
    );
    const { values, positionals } = parseArgs({ args: rest, options, allowPositionals: true, strict: true });
    if (values["help"]) {
      commandHelp(command, out);
      return EXIT.done;
    }
    return await command.run({ config: readConfig(env), out, words: positionals, options: values as Record<string, string | boolean> });
  } catch (error) {
    if (error instanceof UsageError) return wrongUse(out, error.text.zh, error.text.en, name);
    if (error instanceof ConfigError) {
      out.say({ zh: error.message, en: error.message });
      return EXIT.wrongUse;
    }
    if ((error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS"))
      return wrongUse(out, `选项有误：${(error as Error).message}。`, `${(error as Error).message}.`, name);
    const stated = problemOf(error);
    out.problem(stated ?? internal);
    if (!stated) process.stderr.write(`${describeError(error)}\n`);
    return EXIT.failed;
  }
};

// Whoever reads us may have seen enough (`| head`): that is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});
process.exitCode = await run(process.argv.slice(2), process.env);
// Everything is closed; what a library still holds open must not keep the command from ending.
if (process.exitCode !== EXIT.done || process.argv[2] !== "serve") {
  await new Promise((done) => process.stdout.write("", done));
  process.exit();
}

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { AddressInfo } from "node:net";
import { formatVerifierKey, parsePolicy } from "@zhiwei/core/tlog";
import { type Command, UsageError } from "./command.ts";
import { EXIT } from "./output.ts";

export const witness: Command = {
  usage: "witness --name NAME --policy FILE",
  summary: { zh: "运行见证人：核验并会签他人的存证日志", en: "run a witness that checks and cosigns somebody else's log" },
  options: {
    name: { type: "string", value: "NAME", help: { zh: "见证人名称，如 bank.example/w1", en: "name of the witness, as bank.example/w1" } },
    policy: {
      type: "string",
      value: "FILE",
      help: { zh: "列出所见证日志公钥的文件（C2SP tlog-policy）", en: "file with the keys of the logs it watches (C2SP tlog-policy)" },
    },
  },
  run: async ({ config, out, options }) => {
    const { name, policy: path } = options;
    if (typeof name !== "string" || typeof path !== "string" || !/^[^\s+]+$/u.test(name))
      throw new UsageError(
        "须给出见证人名称（无空格与加号）与日志公钥文件。",
        "A name without spaces or plus signs and a file of keys are needed.",
      );
    const { sha256 } = await import("../evidence/keys.ts");
    const text = await readFile(path, "utf8").catch((error: Error) => {
      throw new UsageError(`无法读取 ${path}：${error.message}。`, `${path} cannot be read: ${error.message}.`);
    });
    const policy = parsePolicy(sha256, text);
    if (!policy.ok)
      throw new UsageError(
        `${path} 第 ${policy.error.line} 行有误（${policy.error.code}）。`,
        `Line ${policy.error.line} of ${path} is wrong (${policy.error.code}).`,
      );
    if (policy.value.logs.length === 0) throw new UsageError(`${path} 没有列出任何日志。`, `${path} lists no log.`);

    const stopped = new Promise<void>((done) => {
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => done());
    });
    const { openWitness, witnessApp } = await import("../evidence/witness.ts");
    const opened = await openWitness(join(config.dataFolder, "witness"), name, policy.value.logs, config.suite);
    const app = witnessApp(opened);
    try {
      await app.listen({ host: config.host, port: config.port });
      const url = `http://localhost:${(app.server.address() as AddressInfo).port}`;
      const keys = opened.signers.map((signer) => formatVerifierKey(signer.key));
      out.say({
        zh: `见证人 ${name} 在 ${url} 应答（按 Ctrl+C 停止）。公钥：`,
        en: `The witness ${name} answers at ${url} (stop with Ctrl+C). Its keys:`,
      });
      out.result({ url, keys }, () => {
        for (const key of keys) out.line(key);
      });
      const told = new Set<string>();
      const alarm = setInterval(() => {
        for (const fork of opened.forks()) {
          const key = `${fork.origin} ${fork.at}`;
          if (told.has(key)) continue;
          told.add(key);
          out.say({
            zh: `警报：日志 ${fork.origin} 签署了两段不同的历史（${fork.at}）。证据在 witness.sqlite 的 fork 表中。`,
            en: `ALARM: the log ${fork.origin} has signed two histories (${fork.at}). The proof is in the table fork of witness.sqlite.`,
          });
        }
      }, 1000);
      await stopped;
      clearInterval(alarm);
    } finally {
      await app.close();
      opened.close();
    }
    return EXIT.done;
  },
};

/** The institution's key on the chain: one file, readable by this account alone. */
import { mkdir, open, readFile, rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { type PrivateKeyAccount, generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { problem } from "@zhiwei/core/basics";
import { Refusal } from "../http/refusal.ts";

const refuse = (code: string, zh: string, en: string, remedyZh: string, remedyEn: string): Refusal =>
  new Refusal(422, problem(code, zh, en, remedyZh, remedyEn));

/** The account of the key at `path`. Throws a Refusal where there is none, where it is no key, or where others may read it. */
export const readAccount = async (path: string): Promise<PrivateKeyAccount> => {
  const found = await stat(path).catch(() => null);
  if (!found)
    throw refuse(
      "chain-key-missing",
      `没有密钥文件 ${path}。`,
      `There is no key file ${path}.`,
      "请运行 zhiwei chain init 生成，或用环境变量 ZHIWEI_CHAIN_KEY 指定。",
      "Make one with zhiwei chain init, or name it in the environment variable ZHIWEI_CHAIN_KEY.",
    );
  if ((found.mode & 0o077) !== 0)
    throw refuse(
      "chain-key-open",
      `密钥文件 ${path} 可被其他用户读取。`,
      `The key file ${path} can be read by others.`,
      `请运行 chmod 600 ${path}。`,
      `Run chmod 600 ${path}.`,
    );
  const text = (await readFile(path, "utf8")).trim();
  if (!/^0x[0-9a-fA-F]{64}$/.test(text))
    throw refuse(
      "chain-key-malformed",
      `密钥文件 ${path} 的内容不是密钥。`,
      `The file ${path} does not hold a key.`,
      "应为一行：0x 加 64 位十六进制数。",
      "It should be one line: 0x and 64 hexadecimal digits.",
    );
  return privateKeyToAccount(text as `0x${string}`);
};

/** Makes a key at `path` where there is none, and gives its account. A key that is there is never replaced. */
export const initAccount = async (path: string): Promise<{ readonly account: PrivateKeyAccount; readonly made: boolean }> => {
  if (await stat(path).catch(() => null)) return { account: await readAccount(path), made: false };
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.part`;
  const file = await open(draft, "w", 0o600);
  try {
    await file.writeFile(`${generatePrivateKey()}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
  return { account: await readAccount(path), made: true };
};

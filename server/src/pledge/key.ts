/** The key that the institutions of a consortium share, under which assets are committed to. */
import { createHmac, randomUUID } from "node:crypto";
import { link, open, readFile, rm } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { problem } from "@zhiwei/core/basics";
import type { Mac } from "@zhiwei/core/pledge";
import type { Config } from "../config.ts";
import { Refusal } from "../http/refusal.ts";

export type ConsortiumKey = {
  readonly mac: Mac;
  /** Names the key without giving it away: commitments under different keys cannot be compared. */
  readonly id: string;
};

const HEX = /^(?:[0-9a-f]{2}){32,}$/i;

const unusable = (zh: string, en: string, cause?: unknown): Refusal =>
  new Refusal(
    500,
    problem(
      "consortium-key-unusable",
      `联盟密钥无法使用：${zh}。`,
      `The consortium key cannot be used: ${en}.`,
      "ZHIWEI_CONSORTIUM_KEY 应为至少 64 个十六进制字符，或内容如此的文件的路径；各成员机构的密钥须相同。",
      "ZHIWEI_CONSORTIUM_KEY is at least 64 hex digits, or the path of a file that holds them; all institutions have the same.",
    ),
    { cause },
  );

const readKey = async (path: string): Promise<string | null> => {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw unusable(`读取 ${path} 失败（${error.code}）`, `${path} cannot be read (${error.code})`, error);
  });
  if (text === null) return null;
  if (!HEX.test(text.trim())) throw unusable(`${path} 中不是密钥`, `${path} holds no key`);
  return text.trim();
};

/** The key of this folder alone, made where there is none: whole and on the disk before anything rests on it. */
const ownKey = async (folder: string): Promise<string> => {
  const path = join(folder, "consortium.key");
  const found = await readKey(path);
  if (found !== null) return found;
  const draft = `${path}.${randomUUID()}`;
  const file = await open(draft, "wx", 0o600);
  try {
    await file.writeFile(`${randomBytes(32).toString("hex")}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    // Unlike a rename this fails where another process was first, whose key is then the one.
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
  return (await readKey(path))!;
};

export const keyFrom = (hex: string): ConsortiumKey => {
  const key = Buffer.from(hex, "hex");
  const mac: Mac = (message) => createHmac("sha256", key).update(message).digest();
  return { mac, id: Buffer.from(mac(Buffer.from("zhiwei consortium key id"))).toString("hex", 0, 8) };
};

const known = new Map<string, Promise<ConsortiumKey>>();

/**
 * The key of ZHIWEI_CONSORTIUM_KEY, as hex digits or as the path of a file, or else one of this data folder's own, made at its first
 * use. Throws a Refusal `consortium-key-unusable`.
 */
export const consortiumKey = (config: Pick<Config, "dataFolder" | "consortiumKey">): Promise<ConsortiumKey> => {
  const { dataFolder, consortiumKey: given } = config;
  const name = given ?? join(dataFolder, "consortium.key");
  const before = known.get(name);
  if (before) return before;
  const made = (async () => {
    if (given === null) return keyFrom(await ownKey(dataFolder));
    if (HEX.test(given)) return keyFrom(given);
    const read = await readKey(given);
    if (read === null) throw unusable(`没有文件 ${given}`, `there is no file ${given}`);
    return keyFrom(read);
  })();
  known.set(name, made);
  made.catch(() => known.delete(name)); // what was mended is read anew
  return made;
};

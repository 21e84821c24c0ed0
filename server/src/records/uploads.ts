import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { notFound } from "../http/refusal.ts";
import { type Platform, uploadFolder } from "../platform.ts";

/** A file that was sent to us and waits for its import. Its name is what the sender called it; its path is ours alone. */
export type Upload = { readonly id: string; readonly name: string; readonly path: string; readonly bytes: number };

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The last part of whatever path the sender gave, without control characters: for showing, never for opening. */
const shownName = (name: string): string =>
  (name.split(/[\\/]/).at(-1) ?? "")
    // eslint-disable-next-line no-control-regex -- they are what is taken out
    .replace(/[\u0000-\u001f\u007f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, "")
    .trim()
    .slice(0, 200) || "file";

/** Keeps a stream as an upload, in bounded memory. What breaks off leaves nothing behind. */
export const keepUpload = async (platform: Platform, sent: Readable, name: string): Promise<Upload> => {
  const folder = uploadFolder(platform.config);
  await mkdir(folder, { recursive: true });
  const id = randomUUID();
  const path = join(folder, id);
  try {
    await pipeline(sent, createWriteStream(`${path}.part`, { mode: 0o600 }));
    const { size } = await stat(`${path}.part`);
    const shown = shownName(name);
    await writeFile(`${path}.json`, JSON.stringify({ name: shown }), { mode: 0o600 });
    await rename(`${path}.part`, path);
    return { id, name: shown, path, bytes: size };
  } catch (error) {
    await dropUpload(path);
    throw error;
  }
};

export const findUpload = async (platform: Platform, id: string): Promise<Upload> => {
  const path = join(uploadFolder(platform.config), id);
  const found = ID.test(id) ? await stat(path).catch(() => null) : null;
  if (!found) throw notFound({ zh: "已上传的文件", en: "uploaded file" }, id.slice(0, 100));
  const { name } = JSON.parse(await readFile(`${path}.json`, "utf8")) as { name: string };
  return { id, name, path, bytes: found.size };
};

export const dropUpload = async (path: string): Promise<void> => {
  for (const ending of [".part", ".json", ""]) await rm(`${path}${ending}`, { force: true });
};

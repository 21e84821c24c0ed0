/** A file as it was handed in: what it is, by its content, and its bytes as a stream. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { isAscii, isUtf8 } from "node:buffer";
import { createGunzip } from "node:zlib";
import { binaryFile, bomb, emptyFile, refuse, truncated, wrongEncoding } from "./problems.ts";

export type Container = "plain" | "gzip" | "zip" | "parquet";

/** Gzip beyond this many times its size (after the first 64 MB) is no text that people export. */
const MAX_RATIO = 250;
const RATIO_AFTER = 64 * 2 ** 20;
const CHUNK = 2 ** 20;

export type Input = {
  readonly path: string;
  readonly bytes: number;
  readonly container: Container;
  /** The first bytes of the content, gunzipped where the file is gzip. */
  readonly head: Buffer;
  /** Whether `head` is all of it. */
  readonly whole: boolean;
};

const starts = (bytes: Buffer, ...signature: number[]) => signature.every((byte, index) => bytes[index] === byte);

const BINARY: readonly (readonly [signature: readonly number[], zh: string, en: string])[] = [
  [[0xd0, 0xcf, 0x11, 0xe0], "旧版 Excel（.xls）或其他 OLE 文档", "an old Excel (.xls) or other OLE document"],
  [[0x89, 0x50, 0x4e, 0x47], "PNG 图片", "a PNG image"],
  [[0xff, 0xd8, 0xff], "JPEG 图片", "a JPEG image"],
  [[0x47, 0x49, 0x46, 0x38], "GIF 图片", "a GIF image"],
  [[0x25, 0x50, 0x44, 0x46], "PDF 文档", "a PDF document"],
  [[0x4d, 0x5a], "Windows 程序", "a Windows program"],
  [[0x7f, 0x45, 0x4c, 0x46], "Linux 程序", "a Linux program"],
  [[0x52, 0x61, 0x72, 0x21], "RAR 压缩文件", "a RAR archive"],
  [[0x37, 0x7a, 0xbc, 0xaf], "7z 压缩文件", "a 7z archive"],
  [[0x28, 0xb5, 0x2f, 0xfd], "Zstandard 压缩文件", "a Zstandard archive"],
  [[0x53, 0x51, 0x4c, 0x69, 0x74, 0x65], "SQLite 数据库", "a SQLite database"],
];

const refuseBinary = (head: Buffer): void => {
  for (const [signature, zh, en] of BINARY)
    if (starts(head, ...signature) && (signature.length > 2 || head.subarray(0, 4096).includes(0))) throw binaryFile({ zh, en });
  const utf16 = starts(head, 0xff, 0xfe) || starts(head, 0xfe, 0xff);
  if (!utf16 && head.subarray(0, 65536).includes(0)) throw binaryFile({ zh: "二进制数据", en: "binary data" });
};

const HEAD = 256 * 1024;

export const openInput = async (path: string): Promise<Input> => {
  const found = await stat(path).catch((cause: unknown) => {
    throw refuse("file-not-found", `找不到文件 ${path}。`, `There is no file ${path}.`, "请核对路径。", "Check the path.", cause);
  });
  if (!found.isFile())
    throw refuse("file-not-found", `${path} 不是文件。`, `${path} is not a file.`, "请给出文件的路径。", "Give the path of a file.");
  if (found.size === 0) throw emptyFile();
  const file = await open(path);
  const first = Buffer.alloc(Math.min(HEAD, found.size));
  try {
    await file.read(first, 0, first.length, 0);
  } finally {
    await file.close();
  }
  if (starts(first, 0x50, 0x41, 0x52, 0x31))
    return { path, bytes: found.size, container: "parquet", head: first, whole: first.length === found.size };
  if (starts(first, 0x50, 0x4b, 0x03, 0x04) || starts(first, 0x50, 0x4b, 0x05, 0x06))
    return { path, bytes: found.size, container: "zip", head: first, whole: first.length === found.size };
  if (starts(first, 0x1f, 0x8b)) {
    const { head, whole } = await gzipHead(path);
    if (head.length === 0) throw emptyFile();
    if (starts(head, 0x1f, 0x8b) || starts(head, 0x50, 0x4b, 0x03, 0x04) || starts(head, 0x50, 0x41, 0x52, 0x31))
      throw binaryFile({ zh: "套在 gzip 中的另一个压缩文件", en: "another archive inside a gzip file" });
    refuseBinary(head);
    return { path, bytes: found.size, container: "gzip", head, whole };
  }
  refuseBinary(first);
  return { path, bytes: found.size, container: "plain", head: first, whole: first.length === found.size };
};

const gzipHead = async (path: string): Promise<{ head: Buffer; whole: boolean }> => {
  const parts: Buffer[] = [];
  let size = 0;
  const source = createReadStream(path, { highWaterMark: 65536 });
  const gunzip = createGunzip();
  source.on("error", (error) => gunzip.destroy(error));
  source.pipe(gunzip);
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      parts.push(chunk);
      size += chunk.length;
      if (size >= HEAD) return { head: Buffer.concat(parts).subarray(0, HEAD), whole: false };
    }
  } catch (cause) {
    throw truncated(cause);
  } finally {
    source.destroy();
    gunzip.destroy();
  }
  return { head: Buffer.concat(parts), whole: true };
};

/** SHA-256 of a file, in bounded memory. */
export const fileSha256 = async (path: string, onBytes?: (read: number) => void): Promise<string> => {
  const hash = createHash("sha256");
  let read = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    read += chunk.length;
    onBytes?.(read);
  }
  return hash.digest("hex");
};

/** The bytes of the content, gunzipped where needed; `onBytes` hears how far the file itself has been read. */
export async function* contentOf(input: Input, onBytes?: (read: number) => void): AsyncGenerator<Buffer> {
  const source = createReadStream(input.path, { highWaterMark: CHUNK });
  let read = 0;
  if (input.container !== "gzip") {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      read += chunk.length;
      onBytes?.(read);
      yield chunk;
    }
    return;
  }
  const gunzip = createGunzip({ chunkSize: CHUNK });
  source.on("data", (chunk) => {
    read += chunk.length;
    onBytes?.(read);
  });
  source.on("error", (error) => gunzip.destroy(error));
  source.pipe(gunzip);
  let written = 0;
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      written += chunk.length;
      if (written > RATIO_AFTER && written > read * MAX_RATIO) throw bomb(`${MAX_RATIO}:1`);
      yield chunk;
    }
  } catch (cause) {
    if (/^(Z_|ERR_ZLIB)/.test((cause as { code?: string }).code ?? "")) throw truncated(cause);
    throw cause;
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}

export type Encoding = "UTF-8" | "GB 18030" | "UTF-16LE" | "UTF-16BE";

/** Where a piece of UTF-8 ends in the middle of a character: the number of its last bytes that belong to the next piece. */
const tail = (bytes: Buffer): number => {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
};

/** The encoding that the first bytes speak for. UTF-8 is a guess as long as all of them are ASCII. */
export const encodingOf = (head: Buffer, whole: boolean): { encoding: Encoding; certain: boolean } => {
  if (starts(head, 0xff, 0xfe)) return { encoding: "UTF-16LE", certain: true };
  if (starts(head, 0xfe, 0xff)) return { encoding: "UTF-16BE", certain: true };
  if (starts(head, 0xef, 0xbb, 0xbf)) return { encoding: "UTF-8", certain: true };
  const sound = whole ? head : head.subarray(0, head.length - tail(head));
  if (isAscii(sound)) return { encoding: "UTF-8", certain: whole };
  if (isUtf8(sound)) return { encoding: "UTF-8", certain: true };
  // A first line of Chinese that is sound UTF-8 is no accident: what breaks later is damage, not another encoding.
  let from = 0;
  for (let to = sound.indexOf(10); to >= 0; from = to + 1, to = sound.indexOf(10, from)) {
    const line = sound.subarray(from, to);
    if (!isAscii(line)) return isUtf8(line) ? { encoding: "UTF-8", certain: true } : { encoding: "GB 18030", certain: true };
  }
  return { encoding: "GB 18030", certain: true };
};

const LABEL: Readonly<Record<Encoding, string>> = {
  "UTF-8": "utf-8",
  "GB 18030": "gb18030",
  "UTF-16LE": "utf-16le",
  "UTF-16BE": "utf-16be",
};

/** Text of a piece from the start of a file. */
export const decodeHead = (head: Buffer, encoding: Encoding): string => new TextDecoder(LABEL[encoding]).decode(head, { stream: true });

/** Thrown where a file taken for UTF-8 because it began with ASCII turns out to be something else. */
export class NotUtf8 extends Error {}

/** The content as UTF-8 bytes without a byte order mark; refuses bytes that do not belong to the encoding. */
export async function* utf8Of(
  content: AsyncIterable<Buffer>,
  { encoding, certain }: { encoding: Encoding; certain: boolean },
  line: () => number,
): AsyncGenerator<Uint8Array> {
  if (encoding !== "UTF-8") {
    const decoder = new TextDecoder(LABEL[encoding], { fatal: true });
    try {
      for await (const chunk of content) yield Buffer.from(decoder.decode(chunk, { stream: true }));
      yield Buffer.from(decoder.decode());
    } catch (cause) {
      if (cause instanceof TypeError) throw wrongEncoding(line());
      throw cause;
    }
    return;
  }
  let rest: Buffer = Buffer.alloc(0);
  let first = true;
  let ascii = true;
  const check = (bytes: Buffer) => {
    if (isUtf8(bytes)) {
      ascii &&= isAscii(bytes);
      return;
    }
    if (ascii && !certain) throw new NotUtf8();
    throw wrongEncoding(line());
  };
  for await (const chunk of content) {
    let bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    const over = tail(bytes);
    rest = bytes.subarray(bytes.length - over);
    bytes = bytes.subarray(0, bytes.length - over);
    check(bytes);
    if (first && bytes.length > 0) {
      first = false;
      if (starts(bytes, 0xef, 0xbb, 0xbf)) bytes = bytes.subarray(3);
    }
    yield bytes;
  }
  if (rest.length > 0) {
    check(rest);
    yield rest;
  }
}

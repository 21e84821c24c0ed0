import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { literal } from "../lake/index.ts";
import { RECORD, UNIT } from "./csv.ts";

/** A file brought to columns of text: what every format becomes before the rules are applied. */
export type Staged = {
  readonly headers: readonly string[];
  /** Relation of SQL with line, c0 … cN, extra, cells. */
  readonly relation: string;
  readonly rows: number;
  /** True where it is known that no cell holds a blank other than the space. */
  readonly spacesOnly?: boolean;
};

/** Column of the staged relation for a header. */
export const columnOf =
  (headers: readonly string[]) =>
  (header: string): string =>
    `c${headers.indexOf(header)}`;

const SEPARATOR = String.fromCharCode(UNIT);

/** The staged form is read with every setting given, so that nothing is guessed from what cells happen to hold. */
export const stagedRelation = (path: string, width: number): string => {
  const columns = [
    "'line': 'BIGINT'",
    ...Array.from({ length: width }, (_, index) => `'c${index}': 'VARCHAR'`),
    "'extra': 'VARCHAR'",
    "'cells': 'INTEGER'",
  ];
  return `read_csv(${literal(path)}, auto_detect = false, header = false, delim = '${SEPARATOR}', quote = '', escape = '', comment = '', new_line = '\\n', nullstr = '\u0002', max_line_size = 4194304, buffer_size = 8388608, strict_mode = false, columns = {${columns.join(", ")}})`;
};

/** Header names made unique, empty ones named by their place. */
export const uniqueHeaders = (cells: readonly string[]): readonly string[] => {
  const seen = new Map<string, number>();
  return cells.map((cell, index) => {
    const name = cell.replace(/\s+/g, " ").trim() || `#${index + 1}`;
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name} (${count})`;
  });
};

/** Writes staged records from cells, for the formats that are read in JavaScript. */
export class StageWriter {
  readonly path: string;
  readonly #width: number;
  readonly #file: FileHandle;
  #pending: string[] = [];
  #size = 0;
  rows = 0;

  private constructor(path: string, width: number, file: FileHandle) {
    this.path = path;
    this.#width = width;
    this.#file = file;
  }

  static async open(folder: string, name: string, width: number): Promise<StageWriter> {
    const path = join(folder, name);
    return new StageWriter(path, width, await open(path, "w"));
  }

  /** True where the caller should let `flush` run before it goes on. */
  row(line: number, cells: readonly string[]): boolean {
    let text = `${line}${SEPARATOR}`;
    for (let index = 0; index < this.#width; index++) text += clean(cells[index] ?? "") + SEPARATOR;
    text += `${cells.slice(this.#width).map(clean).join(",")}${SEPARATOR}${Math.max(cells.length, this.#width)}\n`;
    this.#pending.push(text);
    this.#size += text.length;
    this.rows++;
    return this.#size > 2 ** 20;
  }

  async flush(): Promise<void> {
    if (this.#pending.length === 0) return;
    const text = this.#pending.join("");
    this.#pending = [];
    this.#size = 0;
    await this.#file.appendFile(text);
  }

  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      await this.#file.close();
    }
  }
}

const LINE_BREAK = String.fromCharCode(RECORD);
// oxlint-disable-next-line no-control-regex -- these are the very characters that part the staged cells
const SPECIAL = /\r\n|[\u0000\n\r\u001e\u001f]/g;
const clean = (cell: string): string =>
  cell.search(SPECIAL) >= 0
    ? cell.replace(SPECIAL, (found) =>
        found === "\n" || found === "\r" || found === "\r\n" ? LINE_BREAK : String.fromCharCode(0x2400 + found.charCodeAt(0)),
      )
    : cell;

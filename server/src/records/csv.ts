/**
 * Delimited text, split into records on bytes. Only byte 10, 13, 34 and the delimiter matter, none of which occurs
 * inside a character of UTF-8, so the cells themselves are never decoded.
 *
 * What leaves is the staged form that every format is brought to: one record a line; cells parted by byte 31; the number
 * of the source line in front; after the cells one column for surplus cells and one for their count. A line break inside
 * a cell becomes byte 30, and bytes 0, 30 and 31 of a cell the visible signs U+2400, U+241E and U+241F.
 */
import { refuse } from "./problems.ts";

export const UNIT = 31;
export const RECORD = 30;
const LF = 10;
const CR = 13;
const QUOTE = 34;

/** A longer record is a quote that was never closed: without a limit it would swallow the rest of the file. */
const MAX_RECORD = 2 ** 20;

const unclosed = (line: number) =>
  refuse(
    "quote-unclosed",
    `第 ${line} 行的引号没有结束。`,
    `The quote opened on line ${line} is never closed.`,
    "请检查该行的双引号；引号内的双引号应写两次。",
    'Check the double quotes of that line; a quote within quotes is written twice ("").',
  );

export class CsvStager {
  readonly #delimiter: number;
  readonly #width: number;
  readonly #skipTo: number;
  readonly #write: (bytes: Uint8Array) => void;
  #out = Buffer.allocUnsafe(2 * 2 ** 20 + MAX_RECORD * 4);
  #at = 0;
  #recordStart = 0;
  /** Physical line being read, and the one on which the record began. */
  #line = 1;
  #recordLine = 1;
  #cells = 0;
  #bytes = 0;
  #content = false;
  #started = false;
  /** 0 start of a cell, 1 inside a bare cell, 2 inside quotes, 3 after a quote inside quotes. */
  #state = 0;
  #afterCr = false;
  rows = 0;

  /** `skipTo`: records that begin on this line or before it are the header and what stands above it. */
  constructor(options: { delimiter: number; width: number; skipTo: number; write: (bytes: Uint8Array) => void }) {
    this.#delimiter = options.delimiter;
    this.#width = options.width;
    this.#skipTo = options.skipTo;
    this.#write = options.write;
  }

  get line(): number {
    return this.#line;
  }

  push(chunk: Uint8Array): void {
    // A byte grows to at most three; a chunk is cut so that what it becomes always has room.
    for (let from = 0; from < chunk.length; from += 2 ** 19) this.#push(chunk.subarray(from, from + 2 ** 19));
  }

  #push(chunk: Uint8Array): void {
    const out = this.#out;
    const delimiter = this.#delimiter;
    const width = this.#width;
    let at = this.#at;
    let state = this.#state;
    for (let index = 0; index < chunk.length; index++) {
      const byte = chunk[index]!;
      if (this.#afterCr) {
        this.#afterCr = false;
        if (byte === LF) continue;
      }
      if (!this.#started) {
        this.#started = true;
        this.#recordLine = this.#line;
        this.#recordStart = at;
        this.#bytes = 0;
        const digits = String(this.#line);
        for (let place = 0; place < digits.length; place++) out[at++] = digits.charCodeAt(place);
        out[at++] = UNIT;
      }
      if (state === 2) {
        if (byte === QUOTE) {
          state = 3;
          continue;
        }
        if (byte === LF || byte === CR) {
          this.#line++;
          if (byte === CR) this.#afterCr = true;
          out[at++] = RECORD;
        } else if (byte <= UNIT && (byte === 0 || byte >= RECORD)) at = visible(out, at, byte);
        else out[at++] = byte;
        if (++this.#bytes > MAX_RECORD) throw unclosed(this.#recordLine);
        continue;
      }
      if (state === 3 && byte === QUOTE) {
        out[at++] = QUOTE;
        state = 2;
        continue;
      }
      if (byte === delimiter) {
        this.#cells++;
        // Beyond the last column cells go on in `extra`, joined as they were.
        out[at++] = this.#cells <= width ? UNIT : delimiter;
        state = 0;
        continue;
      }
      if (byte === LF || byte === CR) {
        if (byte === CR) this.#afterCr = true;
        at = this.#endRecord(at);
        this.#line++;
        state = 0;
        continue;
      }
      if (byte === QUOTE && state === 0) {
        state = 2;
        this.#content = true;
        continue;
      }
      state = 1;
      if (byte !== 32) this.#content = true;
      if (byte <= UNIT && (byte === 0 || byte >= RECORD)) at = visible(out, at, byte);
      else out[at++] = byte;
      // Most bytes are plain ones of a bare cell: they are copied without looking at anything else.
      const run = index;
      while (index + 1 < chunk.length) {
        const ahead = chunk[index + 1]!;
        if (ahead <= QUOTE || ahead === delimiter) break;
        out[at++] = ahead;
        index++;
      }
      if (index > run) this.#content = true;
      this.#bytes += 1 + index - run;
      if (this.#bytes > MAX_RECORD) throw unclosed(this.#recordLine);
    }
    this.#at = at;
    this.#state = state;
    if (this.#at > 2 ** 20) this.#flush();
  }

  #endRecord(at: number): number {
    const out = this.#out;
    this.#started = false;
    const cells = this.#cells + 1;
    this.#cells = 0;
    if (!this.#content || this.#recordLine <= this.#skipTo) {
      this.#content = false;
      return this.#recordStart; // blank lines, rows of empty cells, and what stands above the data
    }
    this.#content = false;
    for (let cell = cells; cell <= this.#width; cell++) out[at++] = UNIT;
    out[at++] = UNIT;
    const digits = String(cells);
    for (let place = 0; place < digits.length; place++) out[at++] = digits.charCodeAt(place);
    out[at++] = LF;
    this.rows++;
    return at;
  }

  /** Writes whole records; the unfinished one moves to the front. */
  #flush(): void {
    const whole = this.#started ? this.#recordStart : this.#at;
    if (whole === 0) return;
    this.#write(this.#out.subarray(0, whole));
    this.#out.copyWithin(0, whole, this.#at);
    this.#at -= whole;
    this.#recordStart = 0;
  }

  end(): void {
    if (this.#state === 2) throw unclosed(this.#recordLine);
    if (this.#started) {
      this.#at = this.#endRecord(this.#at);
      this.#state = 0;
    }
    this.#flush();
  }
}

const visible = (out: Buffer, at: number, byte: number): number => {
  out[at] = 0xe2;
  out[at + 1] = 0x90;
  out[at + 2] = 0x80 + byte;
  return at + 3;
};

export type SampleRecord = { readonly line: number; readonly cells: readonly string[] };

/** The first records of decoded text. The last one may be cut off and is left out unless `whole`. */
export const sampleRecords = (text: string, delimiter: string, limit: number, whole: boolean): readonly SampleRecord[] => {
  const records: SampleRecord[] = [];
  let cells: string[] = [];
  let cell = "";
  let quoted = false;
  let start = true;
  let line = 1;
  let recordLine = 1;
  const endRecord = () => {
    cells.push(cell);
    if (cells.some((each) => each.trim() !== "")) records.push({ line: recordLine, cells });
    cells = [];
    cell = "";
    start = true;
  };
  for (let index = 0; index < text.length && records.length < limit; index++) {
    const character = text[index]!;
    if (quoted) {
      if (character === '"' && text[index + 1] === '"') {
        cell += '"';
        index++;
      } else if (character === '"') quoted = false;
      else {
        if (character === "\n") line++;
        cell += character;
      }
    } else if (character === '"' && start) {
      quoted = true;
      start = false;
    } else if (character === delimiter) {
      cells.push(cell);
      cell = "";
      start = true;
    } else if (character === "\n" || character === "\r") {
      if (character === "\r" && text[index + 1] === "\n") index++;
      endRecord();
      line++;
      recordLine = line;
    } else {
      cell += character;
      start = false;
    }
  }
  if (whole && records.length < limit && (cell !== "" || cells.length > 0)) endRecord();
  return records;
};

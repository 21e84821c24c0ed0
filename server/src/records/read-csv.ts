import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { suggestMapping } from "@zhiwei/core/records";
import { CsvStager, type SampleRecord, sampleRecords } from "./csv.ts";
import { type Encoding, type Input, NotUtf8, contentOf, decodeHead, encodingOf, utf8Of } from "./input.ts";
import { emptyFile, refuse } from "./problems.ts";
import { type Staged, stagedRelation, uniqueHeaders } from "./staged.ts";

const DELIMITERS = [",", "\t", ";", "|"];
const MAX_COLUMNS = 1000;

export type CsvShape = {
  readonly encoding: Encoding;
  readonly certain: boolean;
  readonly delimiter: string;
  readonly header: SampleRecord;
  readonly headers: readonly string[];
  readonly sample: readonly SampleRecord[];
};

/** Which of the first records is the header: exports often carry a title above it. The first one, unless another fits a kind better. */
export const headerAmong = (records: readonly SampleRecord[]): number => {
  let best = 0;
  let most = 0;
  for (const [index, record] of records.slice(0, 20).entries()) {
    const { mapping } = suggestMapping(record.cells);
    const fields = Object.keys(mapping).length;
    if (fields > most) [best, most] = [index, fields];
  }
  return most >= 2 ? best : 0;
};

export const csvShape = (input: Input, given = encodingOf(input.head, input.whole)): CsvShape => {
  const text = decodeHead(input.head, given.encoding);
  let best: { delimiter: string; records: readonly SampleRecord[]; score: number } | null = null;
  for (const delimiter of DELIMITERS) {
    const records = sampleRecords(text, delimiter, 60, input.whole);
    const header = records[headerAmong(records)];
    if (!header) continue;
    const alike = records.filter((record) => record.cells.length === header.cells.length).length / records.length;
    const score = header.cells.length > 1 ? alike * 1000 + header.cells.length : 0;
    if (!best || score > best.score) best = { delimiter, records, score };
  }
  if (!best || best.records.length === 0) {
    if (input.head.toString("latin1").trim() === "") throw emptyFile();
    throw refuse(
      "quote-unclosed",
      "开头的引号没有结束，无法分出行。",
      "A quote near the beginning is never closed, so no row can be told from the next.",
      "请检查第一行的双引号。",
      "Check the double quotes of the first line.",
    );
  }
  const at = headerAmong(best.records);
  const header = best.records[at]!;
  if (header.cells.length > MAX_COLUMNS)
    throw refuse(
      "too-many-columns",
      `表头有 ${header.cells.length} 列，超过 ${MAX_COLUMNS} 列。`,
      `The header has ${header.cells.length} columns; at most ${MAX_COLUMNS} are read.`,
      "请只导出需要的列。",
      "Export the columns that are needed.",
    );
  return {
    ...given,
    delimiter: best.delimiter,
    header,
    headers: uniqueHeaders(header.cells),
    sample: best.records.slice(at + 1),
  };
};

/** Streams delimited text into the staged form. */
export const stageCsv = async (
  input: Input,
  folder: string,
  onRead: (bytes: number, rows: number) => void,
): Promise<Staged & { encoding: Encoding }> => {
  try {
    return await stage(input, folder, csvShape(input), onRead);
  } catch (error) {
    if (!(error instanceof NotUtf8)) throw error;
    // The sample was all ASCII; what came later was not UTF-8.
    return stage(input, folder, csvShape(input, { encoding: "GB 18030", certain: true }), onRead);
  }
};

/**
 * Whether UTF-8 may hold a tab, a carriage return, a no-break or an ideographic space. One that two pieces share is taken for
 * granted from the first byte of it.
 */
const mayHoldRareBlanks = (piece: Uint8Array, delimiter: string): boolean => {
  const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
  const [last, before] = [bytes.at(-1), bytes.at(-2)];
  return (
    (delimiter !== "\t" && bytes.includes(0x09)) ||
    bytes.includes(0x0d) ||
    bytes.includes("\u00a0") ||
    bytes.includes("\u3000") ||
    last === 0xc2 ||
    last === 0xe3 ||
    before === 0xe3
  );
};

const stage = async (input: Input, folder: string, shape: CsvShape, onRead: (bytes: number, rows: number) => void) => {
  const path = join(folder, "staged.csv");
  const out = createWriteStream(path, { highWaterMark: 8 * 2 ** 20 });
  const failed = once(out, "error").then(([error]) => {
    throw error as Error;
  });
  failed.catch(() => {});
  const width = shape.headers.length;
  let full = false;
  let spacesOnly = true;
  const stager = new CsvStager({
    delimiter: shape.delimiter.charCodeAt(0),
    width,
    skipTo: shape.header.line,
    write: (bytes) => {
      full = !out.write(Buffer.from(bytes)) || full;
    },
  });
  try {
    const content = contentOf(input, (bytes) => onRead(bytes, stager.rows));
    for await (const bytes of utf8Of(content, shape, () => stager.line)) {
      spacesOnly &&= !mayHoldRareBlanks(bytes, shape.delimiter);
      stager.push(bytes);
      if (!full) continue;
      full = false;
      await Promise.race([once(out, "drain"), failed]);
    }
    stager.end();
    out.end();
    await Promise.race([once(out, "close"), failed]);
  } finally {
    out.destroy();
  }
  onRead(input.bytes, stager.rows);
  if (stager.rows === 0) throw emptyFile();
  return { headers: shape.headers, relation: stagedRelation(path, width), rows: stager.rows, encoding: shape.encoding, spacesOnly };
};

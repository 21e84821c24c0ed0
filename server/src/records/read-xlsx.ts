/**
 * XLSX as a stream: the first visible sheet, row by row, with shared and inline strings and dates known by their style.
 * Memory is bounded by the table of shared strings, which has a limit of its own.
 */
import { SaxesParser } from "saxes";
import { headerAmong } from "./read-csv.ts";
import type { Input } from "./input.ts";
import { bomb, emptyFile, refuse, truncated } from "./problems.ts";
import type { OnRead, Reader } from "./reader.ts";
import { StageWriter, stagedRelation, uniqueHeaders } from "./staged.ts";
import { type Zip, entryBytes, openZip } from "./zip.ts";

const XLSX_LIMITS = {
  columns: 1000,
  rows: 1_048_576,
  sharedCharacters: 256 * 2 ** 20,
  sharedStrings: 20_000_000,
  cellCharacters: 32_767 * 4,
};

type Sheet = {
  readonly zip: Zip;
  readonly part: string;
  readonly strings: readonly string[];
  readonly dates: ReadonlySet<number>;
  readonly from1904: boolean;
};

type Handler = {
  open?: (name: string, attributes: Record<string, string>) => void;
  text?: (text: string) => void;
  close?: (name: string) => void;
};

const damaged = (part: string, cause: unknown) =>
  refuse(
    "xlsx-damaged",
    `XLSX 文件内容不完整或已损坏（${part}）。`,
    `The XLSX file is cut off or damaged (${part}).`,
    "请在电子表格软件中打开并另存，再重新上传。",
    "Open it in a spreadsheet program, save it again, and upload that.",
    cause,
  );

/** Walks one part; names come without prefix. Breaks off where `handler` asks for it by returning true from `pause`. */
const walk = async (zip: Zip, part: string, handler: Handler, pause?: (bytes: number) => Promise<boolean>): Promise<boolean> => {
  const entry = zip.entries.find((each) => each.fileName.replace(/^\//, "") === part);
  if (!entry) return false;
  const parser = new SaxesParser();
  let failure: unknown = null;
  const local = (name: string) => name.slice(name.indexOf(":") + 1);
  const guard =
    <A extends unknown[]>(action: (...args: A) => void) =>
    (...args: A) => {
      if (failure) return;
      try {
        action(...args);
      } catch (error) {
        failure = error;
      }
    };
  parser.on("error", (error) => {
    failure ??= damaged(part, error);
  });
  parser.on(
    "opentag",
    guard(({ name, attributes }) => handler.open?.(local(name), attributes)),
  );
  parser.on(
    "text",
    guard((text: string) => handler.text?.(text)),
  );
  parser.on(
    "closetag",
    guard(({ name }) => handler.close?.(local(name))),
  );
  const decoder = new TextDecoder("utf-8");
  const failed = () => failure;
  let bytes = 0;
  for await (const chunk of entryBytes(zip, entry)) {
    bytes += chunk.length;
    parser.write(decoder.decode(chunk, { stream: true }));
    if (failed()) throw failed() as Error;
    if (pause && (await pause((bytes / Math.max(1, entry.uncompressedSize)) * entry.compressedSize))) return true;
  }
  parser.write(decoder.decode());
  parser.close();
  if (failed()) throw failed() as Error;
  return true;
};

const BUILT_IN_DATES = [
  [14, 22],
  [27, 36],
  [45, 47],
  [50, 58],
] as const;

/** A format shows a day where it holds y or d outside quotes, colours and escapes; `m` alone can mean minutes. */
const isDateFormat = (code: string): boolean => /[yd年日]/i.test(code.replace(/"[^"]*"|\[[^\]]*\]|\\.|_./g, "")) && !/general/i.test(code);

const openSheet = async (input: Input): Promise<Sheet> => {
  const zip = await openZip(input.path);
  try {
    const sheets: { id: string; hidden: boolean }[] = [];
    let from1904 = false;
    await walk(zip, "xl/workbook.xml", {
      open: (name, attributes) => {
        if (name === "sheet") sheets.push({ id: attributes["r:id"] ?? "", hidden: (attributes["state"] ?? "visible") !== "visible" });
        if (name === "workbookPr") from1904 = ["1", "true"].includes(attributes["date1904"] ?? "");
      },
    });
    const targets = new Map<string, string>();
    await walk(zip, "xl/_rels/workbook.xml.rels", {
      open: (name, attributes) => {
        if (name === "Relationship") targets.set(attributes["Id"] ?? "", attributes["Target"] ?? "");
      },
    });
    const target = targets.get((sheets.find((sheet) => !sheet.hidden) ?? sheets[0])?.id ?? "") ?? "worksheets/sheet1.xml";
    const part = target.startsWith("/") ? target.slice(1) : `xl/${target}`;
    if (!zip.entries.some((entry) => entry.fileName === part)) throw damaged(part, null);

    const dates = new Set<number>();
    const custom = new Map<number, string>();
    let inside = false;
    let index = 0;
    await walk(zip, "xl/styles.xml", {
      open: (name, attributes) => {
        if (name === "numFmt") custom.set(Number(attributes["numFmtId"]), attributes["formatCode"] ?? "");
        if (name === "cellXfs") inside = true;
        if (name === "xf" && inside) {
          const format = Number(attributes["numFmtId"] ?? 0);
          const code = custom.get(format);
          if (code === undefined ? BUILT_IN_DATES.some(([from, to]) => format >= from && format <= to) : isDateFormat(code))
            dates.add(index);
          index++;
        }
      },
      close: (name) => {
        if (name === "cellXfs") inside = false;
      },
    });

    const strings: string[] = [];
    let text = "";
    let characters = 0;
    let taking = false;
    let phonetic = false;
    await walk(zip, "xl/sharedStrings.xml", {
      open: (name) => {
        if (name === "si") text = "";
        if (name === "rPh") phonetic = true;
        taking = name === "t" && !phonetic;
      },
      text: (piece) => {
        if (!taking) return;
        text += piece;
        characters += piece.length;
        if (characters > XLSX_LIMITS.sharedCharacters) throw bomb("shared strings");
      },
      close: (name) => {
        taking = false;
        if (name === "rPh") phonetic = false;
        if (name !== "si") return;
        strings.push(text);
        if (strings.length > XLSX_LIMITS.sharedStrings) throw bomb("shared strings");
      },
    });
    return { zip, part, strings, dates, from1904 };
  } catch (error) {
    zip.close();
    throw error;
  }
};

const columnNumber = (reference: string): number => {
  let number = 0;
  for (const letter of reference) {
    const value = letter.charCodeAt(0) - 64;
    if (value < 1 || value > 26) break;
    number = number * 26 + value;
  }
  return number - 1;
};

/**
 * A number of a spreadsheet is a binary fraction; people see at most 15 digits of it, which is what was meant.
 * With a date format it is days since 1899-12-30 (or 1904-01-01).
 */
const numberText = (text: string, date: boolean, from1904: boolean): string => {
  const value = Number(text);
  if (text === "" || !Number.isFinite(value)) return text;
  if (date && value >= 1 && value < 2_958_466)
    return new Date((Math.floor(value) + (from1904 ? 1462 : 0) - 25_569) * 86_400_000).toISOString().slice(0, 10);
  if (Number.isSafeInteger(value)) return String(value);
  // What has more digits than a number can carry is kept as it stands: an invoice number of 20 digits is lost here.
  if (Math.abs(value) >= 1e15) return text;
  return Number(value.toPrecision(15)).toLocaleString("en-US", { useGrouping: false, maximumSignificantDigits: 15 });
};

/** Rows of the sheet with the number they have in it; rows without any text are left out. Ends where `emit` returns false. */
const readRows = async (
  sheet: Sheet,
  emit: (line: number, cells: string[]) => boolean,
  pause: (bytes: number) => Promise<void>,
): Promise<void> => {
  let cells: string[] = [];
  let line = 0;
  let column = -1;
  let type = "";
  let style = 0;
  let text = "";
  let taking = false;
  let phonetic = false;
  let on = true;
  await walk(
    sheet.zip,
    sheet.part,
    {
      open: (name, attributes) => {
        if (name === "row") {
          cells = [];
          column = -1;
          line = attributes["r"] ? Number(attributes["r"]) : line + 1;
          if (line > XLSX_LIMITS.rows) throw bomb(`${XLSX_LIMITS.rows} rows`);
        } else if (name === "c") {
          column = attributes["r"] ? columnNumber(attributes["r"]) : column + 1;
          if (column >= XLSX_LIMITS.columns || column < 0) throw bomb(`${XLSX_LIMITS.columns} columns`);
          type = attributes["t"] ?? "n";
          style = Number(attributes["s"] ?? 0);
          text = "";
        } else if (name === "rPh") phonetic = true;
        taking = name === "v" || (name === "t" && !phonetic);
      },
      text: (piece) => {
        if (!taking) return;
        text += piece;
        if (text.length > XLSX_LIMITS.cellCharacters) throw bomb("characters of one cell");
      },
      close: (name) => {
        taking = false;
        if (name === "rPh") phonetic = false;
        if (name === "c") {
          while (cells.length < column) cells.push("");
          cells[column] =
            type === "s"
              ? (sheet.strings[Number(text)] ?? "")
              : type === "n"
                ? numberText(text, sheet.dates.has(style), sheet.from1904)
                : type === "b"
                  ? text === "1"
                    ? "true"
                    : "false"
                  : text;
        }
        if (name === "row" && on && cells.some((cell) => cell.trim() !== "")) on = emit(line, cells);
      },
    },
    async (bytes) => {
      await pause(bytes);
      return !on;
    },
  );
};

export const xlsxReader = async (input: Input): Promise<Reader> => {
  const first: { line: number; cells: string[] }[] = [];
  const sheet = await openSheet(input);
  try {
    await readRows(
      sheet,
      (line, cells) => first.push({ line, cells }) < 70,
      async () => {},
    );
  } finally {
    sheet.zip.close();
  }
  const at = headerAmong(first);
  const header = first[at];
  if (!header || first.length <= at + 1) throw emptyFile();
  const headers = uniqueHeaders(header.cells);
  return {
    format: "xlsx",
    encoding: null,
    headers,
    sample: first.slice(at + 1).map((row) => headers.map((_, index) => row.cells[index] ?? "")),
    stage: async (folder: string, onRead: OnRead) => {
      const zip = await openZip(input.path);
      const writer = await StageWriter.open(folder, "staged.csv", headers.length);
      try {
        let full = false;
        await readRows(
          { ...sheet, zip },
          (line, cells) => {
            if (line > header.line) full = writer.row(line, cells) || full;
            return true;
          },
          async (bytes) => {
            onRead(Math.min(input.bytes, Math.round(bytes)), writer.rows);
            if (!full) return;
            full = false;
            await writer.flush();
          },
        );
      } catch (error) {
        if (/invalid (distance|stored|block|code|bit)|unexpected end/.test((error as Error).message)) throw truncated(error);
        throw error;
      } finally {
        zip.close();
        await writer.close();
      }
      onRead(input.bytes, writer.rows);
      if (writer.rows === 0) throw emptyFile();
      return { headers, relation: stagedRelation(writer.path, headers.length), rows: writer.rows };
    },
  };
};

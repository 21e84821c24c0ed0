import type { DuckDBConnection } from "@duckdb/node-api";
import { literal, rows } from "../lake/index.ts";
import { decodeHead, encodingOf, type Input } from "./input.ts";
import { binaryFile, emptyFile, refuse } from "./problems.ts";
import { csvShape, stageCsv } from "./read-csv.ts";
import { camtReader, eInvoiceReader, eInvoiceZipReader } from "./read-xml.ts";
import { xlsxReader } from "./read-xlsx.ts";
import type { Staged } from "./staged.ts";
import { listZip } from "./zip.ts";

export type Format = "csv" | "csv.gz" | "xlsx" | "einvoice-xml" | "einvoice-zip" | "camt.053" | "parquet";
export type OnRead = (bytes: number, rows: number) => void;

/** A file whose format is known: its headers and first rows, and the way to bring all of it to staged text. */
export type Reader = {
  readonly format: Format;
  readonly encoding: string | null;
  readonly headers: readonly string[];
  readonly sample: readonly (readonly string[])[];
  /** Works in `folder`, which its caller removes. */
  stage(folder: string, onRead: OnRead): Promise<Staged>;
};

/** Finds out what a file is, by its content alone. */
export const readerFor = async (input: Input, connection: DuckDBConnection): Promise<Reader> => {
  if (input.container === "parquet") return parquetReader(input, connection);
  if (input.container === "zip") {
    const names = (await listZip(input.path)).map((entry) => entry.fileName);
    if (names.includes("xl/workbook.xml")) return xlsxReader(input);
    if (names.length > 0 && names.every((name) => name.endsWith("/") || /\.xml$/i.test(name))) return eInvoiceZipReader(input);
    throw binaryFile({ zh: "不是 XLSX 的 zip 压缩文件", en: "a zip archive that is no XLSX" });
  }
  const given = encodingOf(input.head, input.whole);
  const text = decodeHead(input.head, given.encoding).trimStart();
  if (text.startsWith("<")) {
    if (/<(\w+:)?EInvoice[\s>]/.test(text)) return eInvoiceReader(input);
    if (/camt\.053\.001\.\d\d/.test(text) || /<(\w+:)?BkToCstmrStmt[\s>]/.test(text)) return camtReader(input);
    throw binaryFile(
      /<(html|table)[\s>]/i.test(text)
        ? { zh: "网页（HTML）", en: "a web page (HTML)" }
        : { zh: "XML，但既不是数电票也不是 camt.053", en: "XML, but neither an e-invoice nor camt.053" },
    );
  }
  const shape = csvShape(input, given);
  return {
    format: input.container === "gzip" ? "csv.gz" : "csv",
    encoding: shape.encoding,
    headers: shape.headers,
    sample: shape.sample.map((record) => record.cells),
    stage: (folder, onRead) => stageCsv(input, folder, onRead),
  };
};

const parquetReader = async (input: Input, connection: DuckDBConnection): Promise<Reader> => {
  const file = literal(input.path);
  const damaged = (cause: unknown) =>
    refuse(
      "parquet-damaged",
      "Parquet 文件不完整或已损坏。",
      "The Parquet file is cut off or damaged.",
      "请重新传输后再导入。",
      "Transfer it again.",
      cause,
    );
  const columns = await rows<{ column_name: string }>(connection, `describe select * from read_parquet(${file})`).catch(
    (cause: unknown) => {
      throw damaged(cause);
    },
  );
  const headers = columns.map((column) => column.column_name);
  const cells = headers.map((header, index) => `"${header.replaceAll('"', '""')}"::varchar as c${index}`).join(", ");
  const relation = `(select file_row_number + 2 as line, ${cells}, '' as extra, ${headers.length} as cells from read_parquet(${file}, file_row_number = true))`;
  const sample = await rows<Record<string, string | null>>(connection, `select * from ${relation} order by line limit 50`).catch(
    (cause: unknown) => {
      throw damaged(cause);
    },
  );
  return {
    format: "parquet",
    encoding: null,
    headers,
    sample: sample.map((row) => headers.map((_, index) => row[`c${index}`] ?? "")),
    stage: async (_, onRead) => {
      const [counted] = await rows<{ n: number }>(connection, `select count(*) as n from read_parquet(${file})`);
      if (counted!.n === 0) throw emptyFile();
      onRead(input.bytes, counted!.n);
      return { headers, relation, rows: counted!.n };
    },
  };
};

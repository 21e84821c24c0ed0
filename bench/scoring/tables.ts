/** Reading of the public tables. */
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

export type Table = { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] };

/** Rows of a comma-separated text; quotes may hold commas, not line breaks. Cells are trimmed. */
export const parseTable = (text: string): Table => {
  const [head = [], ...rows] = text
    .trim()
    .split(/\r?\n/)
    .map((line) => [...`,${line}`.matchAll(/,("([^"]*)"|[^,]*)/g)].map((match) => (match[2] ?? match[1]!).trim()));
  return { head, rows };
};

/** A comma-separated file, packed by gzip or not; null where there is none. */
export const readTable = (path: string): Table | null => {
  if (!existsSync(path)) return null;
  const bytes = readFileSync(path);
  return parseTable((path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8"));
};

export const round = (value: number, digits = 4) => Number(value.toFixed(digits));

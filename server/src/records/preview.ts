import { DuckDBInstance } from "@duckdb/node-api";
import { type RecordKind, suggestMapping } from "@zhiwei/core/records";
import { openInput } from "./input.ts";
import { type Format, readerFor } from "./reader.ts";

export type FilePreview = {
  readonly format: Format;
  readonly encoding: string | null;
  readonly headers: string[];
  /** The first rows as they stand. */
  readonly rows: string[][];
  /** Null where the headers do not tell. */
  readonly kind: RecordKind | null;
  /** Field to header; where the kind is not known, for the kind that fits best. */
  readonly mapping: Record<string, string>;
  /** Required fields for which no header was found. */
  readonly missing: string[];
};

const ROWS = 20;

/** What a file holds, from its beginning alone. Throws an ImportRefusal where it cannot be read. */
export const previewFile = async (path: string): Promise<FilePreview> => {
  const input = await openInput(path);
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  const connection = await instance.connect();
  try {
    const reader = await readerFor(input, connection);
    const { kind, mapping, missing } = suggestMapping(reader.headers);
    return {
      format: reader.format,
      encoding: reader.encoding,
      headers: [...reader.headers],
      rows: reader.sample.slice(0, ROWS).map((row) => [...row]),
      kind,
      mapping: { ...mapping },
      missing: [...missing],
    };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
};

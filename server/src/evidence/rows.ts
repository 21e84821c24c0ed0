/**
 * The Merkle tree of a batch's rows: RFC 9162 over H(0x00 ‖ salt ‖ row), a row being DuckDB's JSON of its columns in the order of the
 * file. With it a single invoice can be shown to be one of those that were logged, without the others.
 */
import type { DuckDBBlobValue, DuckDBConnection } from "@duckdb/node-api";
import { rootOf, subtreeOf } from "@zhiwei/core/tlog";
import { literal } from "../lake/index.ts";
import { sha256 } from "./keys.ts";

/** Root of the rows of a Parquet file, in hex, and how many there are. Rows are hashed in the engine, where they lie. */
export const rowsRoot = async (
  connection: DuckDBConnection,
  path: string,
  salt: Uint8Array,
): Promise<{ readonly root: string; readonly rows: number }> => {
  const hex = Buffer.from(salt).toString("hex");
  const stream = await connection.stream(
    `select unhex(sha256('\\x00'::blob || unhex('${hex}') || encode(to_json(r)::varchar))) as leaf from read_parquet(${literal(path)}) as r`,
  );
  const leaves: Uint8Array[] = [];
  for (;;) {
    const chunk = await stream.fetchChunk();
    if (!chunk || chunk.rowCount === 0) break;
    const column = chunk.getColumnVector(0);
    // The engine's memory is its own again once the chunk is gone.
    for (let at = 0; at < chunk.rowCount; at++) leaves.push(Uint8Array.from((column.getItem(at) as DuckDBBlobValue).bytes));
  }
  return { root: Buffer.from(rootOf(sha256, subtreeOf(sha256, leaves), leaves.length)).toString("hex"), rows: leaves.length };
};

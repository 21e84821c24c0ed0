/**
 * Records 记录, the rim: files of any supported format are brought to staged columns of text, held to the rules of
 * core/records by DuckDB, compared with what was accepted before, and written as immutable Parquet batches.
 */
export { type ImportContext, type ImportOutcome, type ImportRequest, IMPORT_PHASES, importFile } from "./import.ts";
export { previewFile } from "./preview.ts";
export { type QuarantinedRow, dismissQuarantined, listQuarantine, retryQuarantined } from "./quarantine.ts";

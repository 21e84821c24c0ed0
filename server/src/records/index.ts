/**
 * Records 记录, the rim: files of any supported format are brought to staged columns of text, held to the rules of
 * core/records by DuckDB, compared with what was accepted before, and written as immutable Parquet batches.
 */
export {
  type ImportContext,
  type ImportOutcome,
  type ImportPhase,
  type ImportProgress,
  type ImportRequest,
  type ImportedBatch,
  IMPORT_PHASES,
  importFile,
} from "./import.ts";
export { ImportRefusal } from "./problems.ts";
export { type FilePreview, previewFile } from "./preview.ts";
export {
  type MendRequest,
  type QuarantineFilter,
  type QuarantinedRow,
  dismissQuarantined,
  exportQuarantine,
  listQuarantine,
  quarantinedRow,
  retryQuarantined,
} from "./quarantine.ts";

/**
 * Records 记录: what arrives of an enterprise. Invoices it sold and bought by (GB 发票, fully digitalised 数电票), the
 * transactions of its bank accounts (also ISO 20022 camt.053), and the register of enterprises itself.
 *
 * A kind of record is its fields, the headers they arrive under, and the rules each row is held to. Rules are stated
 * once, as expressions over trimmed text that the engine of the lake runs (docs/decisions/0002): every format is first
 * brought to the same columns of text. A row that breaks a rule is kept, with the reason, never dropped.
 */
export {
  RECORD_KINDS,
  type RecordKind,
  type Field,
  type FieldId,
  KINDS,
  type Kind,
  type Mapping,
  type Suggestion,
  kindOf,
  missingFields,
  suggestMapping,
} from "./kinds.ts";
export {
  type Cells,
  type Compiled,
  type CompileOptions,
  type Explanation,
  type Rule,
  CONFLICT_TITLE,
  brokenRules,
  compileRecords,
  conflictReason,
} from "./compile.ts";
export { VAT_RATES, type VatRate } from "./vat-rates.ts";

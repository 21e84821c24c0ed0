import type { ColumnType, Generated, JSONColumnType } from "kysely";
import type { PartyKind } from "@zhiwei/api/route";
import type { Problem } from "@zhiwei/core/basics";

/** Dates and instants leave the database as text; 64-bit integers as numbers, refused when they would lose digits. */
type Instant = ColumnType<string, string | undefined, string | undefined>;
type Json<T> = JSONColumnType<T & object, string, string>;

export type Reason = Problem & { readonly field: string | null };

export type Database = {
  access_party: {
    id: string;
    kind: Exclude<PartyKind, "enterprise">;
    name_zh: string;
    name_en: string;
    demonstration: Generated<boolean>;
    created_at: Instant;
  };
  access_account: {
    id: string;
    email: string;
    email_verified: boolean;
    name: string;
    image: string | null;
    party: string;
    post: string;
    disabled: Generated<boolean>;
    created_at: Instant;
    updated_at: Instant;
  };
  enterprise: {
    id: string;
    name: string;
    uscc: string | null;
    kind: Generated<"company" | "sole-trader">;
    industry_code: string | null;
    industry_source: "stated" | "inferred-from-name" | null;
    region_code: string | null;
    persons_employed: number | null;
    revenue_fen: number | null;
    assets_fen: number | null;
    founded_on: string | null;
    created_at: Instant;
  };
  credit_outcome: { enterprise_id: string; source: string; bank_grade: string | null; defaulted: boolean | null };
  import_job: {
    id: string;
    file_name: string;
    file_path: string;
    kind: string | null;
    enterprise_id: string | null;
    mapping: Json<Record<string, string>> | null;
    state: Generated<"waiting" | "running" | "done" | "failed">;
    bytes_total: Generated<number>;
    bytes_read: Generated<number>;
    rows_read: Generated<number>;
    outcome: Json<object> | null;
    problem: Json<Problem> | null;
    created_at: Instant;
    started_at: Instant | null;
    finished_at: string | null;
  };
  import_batch: {
    id: string;
    kind: string;
    file_name: string;
    file_sha256: string;
    enterprise_id: string | null;
    mapping: Json<Record<string, string>>;
    rows: number;
    quarantined: Generated<number>;
    duplicates: Generated<number>;
    parquet_path: string | null;
    parquet_sha256: string | null;
    first_on: string | null;
    last_on: string | null;
    created_at: Instant;
  };
  batch_enterprise: { batch_id: string; enterprise_id: string; rows: number; first_on: string; last_on: string };
  superseded_row: { batch_id: string; line: number; by_batch_id: string };
  quarantine_row: {
    id: Generated<number>;
    batch_id: string;
    line: number;
    raw: Json<Record<string, string>>;
    mended: Json<Record<string, string>> | null;
    reasons: Json<Reason[]>;
    state: Generated<"open" | "mended" | "dismissed">;
    mended_batch_id: string | null;
    changed_at: Instant;
  };
  feature_row: { enterprise_id: string; as_of: string; catalogue: string; inputs: string; values: Json<Record<string, number | null>> };
  profile: { enterprise_id: string; as_of: string; inputs: Generated<string>; sha256: string; document: Json<object>; created_at: Instant };
  profile_summary: {
    enterprise_id: string;
    as_of: string;
    section: string | null;
    size_class: "large" | "medium" | "small" | "micro" | null;
    size_provisional: boolean;
    net_sales_12m_fen: number | null;
    position: number | null;
    flags_high: number;
    flags_medium: number;
    flags_low: number;
    invoices: number;
    first_on: string | null;
    last_on: string | null;
  };
  scorecard_sample: {
    id: string;
    title: string;
    file_path: string;
    file_sha256: string;
    columns: Json<object>;
    summary: Json<object>;
    created_at: Instant;
  };
  scorecard_model: {
    id: string;
    name: string;
    version: number;
    document: string;
    sha256: string;
    summary: Json<object>;
    seen: string[];
    applies: boolean;
    state: Generated<"draft" | "submitted" | "approved" | "rejected" | "retired">;
    role: "champion" | "challenger" | null;
    made_by: string;
    submitted_by: string | null;
    approved_by: string | null;
    created_at: Instant;
  };
  scorecard_event: {
    id: Generated<number>;
    model_id: string;
    action: string;
    by_whom: string;
    note: string;
    sha256: string;
    at: Instant;
  };
  scorecard_training: {
    id: string;
    request: Json<object>;
    state: Generated<"waiting" | "running" | "done" | "failed">;
    phase: string | null;
    done: Generated<number>;
    total: Generated<number>;
    model_id: string | null;
    problem: Json<Problem> | null;
    started_at: Instant;
    finished_at: string | null;
  };
  score_summary: {
    enterprise_id: string;
    model_id: string;
    as_of: string;
    score: number;
    grade: string;
    pd: number;
    pd_low: number;
    pd_high: number;
  };
  evidence_leaf: { position: number; entry: Buffer; leaf_hash: Buffer };
  evidence_tile: { level: number; place: number; hashes: Buffer };
  evidence_head: { one: Generated<boolean>; size: number; root: Buffer; suite: Generated<"international" | "national"> };
  evidence_checkpoint: { size: number; root: Buffer; signed: string; at: Instant };
  evidence_cosignature: { size: number; witness: string; key_id: number; line: string; at: Instant };
  evidence_witness: { witness: string; size: number; problem: string | null; asked_at: Instant };
  evidence_alarm: { id: Generated<number>; code: string; witness: string | null; size: number; detail: string; at: Instant };
  evidence_record: {
    position: number;
    kind: string;
    subject: string | null;
    at: Instant;
    salt: Buffer | null;
    record: string | null;
    about: string | null;
    erased_at: string | null;
  };
  system_note: { name: string; value: Json<object>; noted_at: Instant };
};

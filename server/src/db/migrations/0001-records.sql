-- Enterprises, what was imported of them, and what could not be accepted.

create table enterprise (
  id text primary key check (id <> ''),
  name text not null,
  -- Unified social credit code (GB 32100-2015); null where the source masks it.
  uscc text unique check (uscc ~ '^[0-9A-HJ-NPQRTUWXY]{18}$'),
  kind text not null default 'company' check (kind in ('company', 'sole-trader')),
  industry_code text,
  industry_source text check (industry_source in ('stated', 'inferred-from-name')),
  -- Division of GB/T 2260, six digits.
  region_code text check (region_code ~ '^\d{6}$'),
  persons_employed integer check (persons_employed >= 0),
  revenue_fen bigint,
  assets_fen bigint,
  founded_on date,
  created_at timestamptz not null default now()
);

-- How a loan ended, from a bank's record. Kept apart from the enterprise so that no feature can reach it.
create table credit_outcome (
  enterprise_id text not null references enterprise (id),
  source text not null,
  bank_grade text,
  defaulted boolean,
  primary key (enterprise_id, source)
);

create table import_job (
  id uuid primary key,
  file_name text not null,
  file_path text not null,
  kind text,
  enterprise_id text,
  mapping jsonb,
  state text not null default 'waiting' check (state in ('waiting', 'running', 'done', 'failed')),
  bytes_total bigint not null default 0,
  bytes_read bigint not null default 0,
  rows_read bigint not null default 0,
  -- The outcome (accepted, quarantined, duplicates, batches) or the problem, as the API documents it.
  outcome jsonb,
  problem jsonb,
  created_at timestamptz not null default now(),
  finished_at timestamptz
);

-- One immutable Parquet file in the lake. The id is content-addressed: the same file, read the same way, is the
-- same batch on every machine.
create table import_batch (
  id text primary key,
  kind text not null,
  file_name text not null,
  file_sha256 text not null,
  enterprise_id text,
  mapping jsonb not null,
  rows bigint not null check (rows >= 0),
  quarantined bigint not null default 0,
  duplicates bigint not null default 0,
  -- Path below the lake folder; null where no row was accepted.
  parquet_path text,
  parquet_sha256 text,
  first_on date,
  last_on date,
  created_at timestamptz not null default now()
);
create index import_batch_file on import_batch (file_sha256);

-- Which enterprises a batch speaks of, so that one enterprise is read without opening every file.
create table batch_enterprise (
  batch_id text not null references import_batch (id) on delete cascade,
  enterprise_id text not null,
  rows bigint not null,
  first_on date not null,
  last_on date not null,
  primary key (enterprise_id, batch_id)
);

-- A row of the lake that a later record replaces (an invoice voided after its first import).
create table superseded_row (
  batch_id text not null references import_batch (id) on delete cascade,
  line bigint not null,
  by_batch_id text not null references import_batch (id) on delete cascade,
  primary key (batch_id, line)
);

create table quarantine_row (
  id bigint generated always as identity primary key,
  batch_id text not null references import_batch (id) on delete cascade,
  line bigint not null,
  -- The row as it arrived: column name to text.
  raw jsonb not null,
  -- Array of {code, field, text: {zh, en}, remedy: {zh, en}}.
  reasons jsonb not null,
  state text not null default 'open' check (state in ('open', 'mended', 'dismissed')),
  mended_batch_id text,
  changed_at timestamptz not null default now(),
  unique (batch_id, line)
);
create index quarantine_row_open on quarantine_row (state, batch_id, line);

-- Feature values and profiles. Both are derived and can be dropped: what they cite makes them again.

create table feature_row (
  enterprise_id text not null references enterprise (id) on delete cascade,
  as_of date not null,
  -- Hash of the catalogue that computed the values, and of the batches they were computed from.
  catalogue text not null,
  inputs text not null,
  values jsonb not null,
  primary key (as_of, enterprise_id, catalogue)
);

create table profile (
  enterprise_id text not null references enterprise (id) on delete cascade,
  as_of date not null,
  sha256 text not null,
  document jsonb not null,
  created_at timestamptz not null default now(),
  primary key (enterprise_id, as_of)
);

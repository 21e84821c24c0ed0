-- What the platform must remember of itself between starts: whether the demonstration region is whole, and whether
-- features and profiles are behind the records.

create table system_note (
  name text primary key,
  value jsonb not null,
  noted_at timestamptz not null default now()
);

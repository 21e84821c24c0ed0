-- Scorecards: tables brought as samples, models that never change once kept, what was done with them, and trainings.

create table scorecard_sample (
  id text primary key,
  title text not null,
  file_path text not null,
  file_sha256 text not null,
  columns jsonb not null,
  summary jsonb not null,
  created_at timestamptz not null default now()
);

create table scorecard_model (
  id text primary key,
  name text not null,
  version integer not null check (version > 0),
  -- The very bytes that the hash is of, so text and not jsonb, which would order and print them anew.
  document text not null,
  sha256 text not null,
  summary jsonb not null,
  -- Enterprises whose outcomes the model learned from.
  seen text[] not null,
  applies boolean not null,
  state text not null default 'draft' check (state in ('draft', 'submitted', 'approved', 'rejected', 'retired')),
  role text check (role in ('champion', 'challenger')),
  made_by text not null,
  submitted_by text,
  approved_by text,
  created_at timestamptz not null default now(),
  unique (name, version),
  check (role is null or state = 'approved'),
  check ((approved_by is not null) = (state in ('approved', 'retired'))),
  -- Four eyes, held here too, so that no other way into the table goes round it.
  check (approved_by is null or (lower(approved_by) <> lower(made_by) and lower(approved_by) <> lower(submitted_by)))
);
create unique index scorecard_one_champion on scorecard_model (role) where role = 'champion';

create table scorecard_event (
  id bigint generated always as identity primary key,
  model_id text not null references scorecard_model (id),
  action text not null,
  by_whom text not null,
  note text not null,
  sha256 text not null,
  at timestamptz not null default now()
);
create index scorecard_event_of_model on scorecard_event (model_id, id);

create function scorecard_keep() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or tg_table_name = 'scorecard_event' then
    raise exception 'a model and what was done with it are kept as they are';
  end if;
  if new.document <> old.document or new.sha256 <> old.sha256 or new.id <> old.id or new.seen <> old.seen or new.made_by <> old.made_by then
    raise exception 'a model''s document never changes';
  end if;
  return new;
end $$;
create trigger scorecard_model_kept before update or delete on scorecard_model for each row execute function scorecard_keep();
create trigger scorecard_event_kept before update or delete on scorecard_event for each row execute function scorecard_keep();

create table scorecard_training (
  id text primary key,
  request jsonb not null,
  state text not null default 'waiting' check (state in ('waiting', 'running', 'done', 'failed')),
  phase text,
  done integer not null default 0,
  total integer not null default 0,
  model_id text references scorecard_model (id),
  problem jsonb,
  started_at timestamptz not null default now(),
  finished_at timestamptz
);

-- Scores of the champion as the list shows them, of the latest default as-of day. Derived: made again when records or
-- champion change.
create table score_summary (
  enterprise_id text primary key references enterprise (id) on delete cascade,
  model_id text not null references scorecard_model (id),
  as_of date not null,
  score double precision not null,
  grade text not null,
  pd double precision not null,
  pd_low double precision not null,
  pd_high double precision not null
);

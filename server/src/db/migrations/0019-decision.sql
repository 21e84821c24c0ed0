-- Applications for finance, the decisions on them, and what was done with each; the policies by which lenders let them be decided.

create table decision_policy (
  provider text not null,
  version integer not null check (version > 0),
  -- Canonical JSON, the very bytes that the hash is of.
  document text not null,
  sha256 text not null,
  state text not null default 'proposed' check (state in ('proposed', 'in-force', 'replaced', 'rejected')),
  made_by text not null,
  approved_by text,
  made_at timestamptz not null default now(),
  approved_at timestamptz,
  primary key (provider, version),
  check ((approved_by is not null) = (state in ('in-force', 'replaced'))),
  -- Four eyes, held here too, so that no other way into the table goes round it.
  check (approved_by is null or lower(approved_by) <> lower(made_by))
);
create unique index decision_policy_one on decision_policy (provider) where state = 'in-force';

create function decision_policy_kept() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or new.document <> old.document or new.sha256 <> old.sha256 or new.provider <> old.provider
    or new.version <> old.version or new.made_by <> old.made_by then
    raise exception 'a policy stays as it was proposed' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger decision_policy_kept before update or delete on decision_policy for each row execute function decision_policy_kept();

create table application (
  id uuid primary key,
  -- No foreign key: an application outlives the register.
  enterprise_id text not null,
  provider text not null,
  product_id text not null,
  product_version integer not null,
  -- Who sent it, under which key, and the hash of what was sent: sent again it is the same application.
  sent_by text not null,
  key text not null,
  body_sha256 text not null,
  state text not null check (state in ('approved', 'countered', 'declined', 'referred', 'proposed', 'accepted', 'withdrawn', 'expired')),
  -- The case as core/decision has it.
  standing jsonb not null,
  amount_fen bigint,
  valid_until date not null,
  created_at timestamptz not null,
  changed_at timestamptz not null,
  unique (sent_by, key)
);
create index application_of_enterprise on application (enterprise_id, created_at desc);
create index application_of_provider on application (provider, state, created_at);

create table decision (
  id uuid primary key,
  application_id uuid not null references application (id),
  -- Canonical JSON: with the facts, everything that makes the decision again.
  document text not null,
  sha256 text not null,
  facts text not null,
  made_at timestamptz not null
);
create index decision_of_application on decision (application_id);

create table application_event (
  id bigint generated always as identity primary key,
  application_id uuid not null references application (id),
  action text not null,
  by_whom text not null,
  post text not null,
  note text not null default '',
  -- What was resolved, where something was.
  resolution jsonb,
  at timestamptz not null
);
create index application_event_of on application_event (application_id, id);

create function application_kept() returns trigger language plpgsql as $$
begin
  raise exception 'decisions, and what was done with an application, are kept as they are' using errcode = 'insufficient_privilege';
end $$;
create trigger decision_kept before update or delete or truncate on decision for each statement execute function application_kept();
create trigger application_event_kept before update or delete or truncate on application_event for each statement execute function application_kept();

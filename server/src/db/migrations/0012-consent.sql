-- Consents of enterprises, what was asked of them, objections, and the trace of every read. No foreign keys to enterprises: consents
-- and traces are evidence, which outlives what it is about.

create table consent (
  id uuid primary key,
  enterprise_id text not null,
  recipient text not null,
  purposes text[] not null check (cardinality(purposes) > 0),
  classes text[] not null check (cardinality(classes) > 0),
  separate text[] not null check (separate <@ classes),
  from_at timestamptz not null,
  until_at timestamptz not null check (until_at > from_at),
  given text not null check (given in ('console', 'paper', 'demonstration')),
  given_by text not null,
  -- Where the signed paper is, for a consent on paper.
  note text not null default '',
  -- The words that were agreed to, as they were shown: {"version", "language", "text", "separate": {class: text}}.
  shown jsonb not null,
  -- Of the consent's document in canonical JSON: the evidence records of giving and withdrawing are about it.
  sha256 text not null unique,
  withdrawn_at timestamptz,
  withdrawn_by text,
  check ((withdrawn_at is null) = (withdrawn_by is null))
);
create index consent_between on consent (enterprise_id, recipient);
create index consent_live on consent (recipient, enterprise_id) where withdrawn_at is null;

create function consent_kept() returns trigger language plpgsql as $$
begin
  if tg_op <> 'UPDATE' or old.withdrawn_at is not null or new.withdrawn_at is null
    or (to_jsonb(new) - array['withdrawn_at', 'withdrawn_by']) <> (to_jsonb(old) - array['withdrawn_at', 'withdrawn_by']) then
    raise exception 'a consent stays as it was given; it is only ever withdrawn, once' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger consent_kept before update or delete on consent for each row execute function consent_kept();
create trigger consent_whole before truncate on consent for each statement execute function evidence_never();

create table consent_request (
  id uuid primary key,
  enterprise_id text not null,
  recipient text not null,
  purposes text[] not null check (cardinality(purposes) > 0),
  classes text[] not null check (cardinality(classes) > 0),
  months integer not null check (months > 0),
  reason text not null,
  asked_by text not null,
  asked_at timestamptz not null,
  state text not null default 'open' check (state in ('open', 'granted', 'declined', 'cancelled')),
  answered_at timestamptz,
  answered_by text,
  answer text not null default '',
  consent_id uuid references consent (id),
  check ((state = 'open') = (answered_at is null) and (state = 'granted') = (consent_id is not null))
);
create index consent_request_of on consent_request (enterprise_id, state);
create index consent_request_by on consent_request (recipient, state);
-- One open request of a party to an enterprise: asking again does not make a second.
create unique index consent_request_once on consent_request (enterprise_id, recipient) where state = 'open';

-- Every read of an enterprise's data by somebody, allowed or refused.
create table consent_read (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  enterprise_id text not null,
  party text not null,
  actor text not null,
  purpose text not null,
  classes text[] not null,
  what text not null,
  -- On what it rests: the enterprise's consent, that the data is its own, or the operation of the platform.
  basis text not null check (basis in ('consent', 'own', 'operation')),
  consents uuid[] not null,
  -- Why it was refused; null where it was allowed.
  denial text,
  check (denial is null or (basis = 'consent' and consents = '{}'))
);
create index consent_read_of on consent_read (enterprise_id, id desc);
create index consent_read_by on consent_read (party, id desc);
create trigger consent_read_stays before update or delete or truncate on consent_read for each statement execute function evidence_never();

-- Traces that the evidence log commits to: those with an id up to `last`, since the commitment before. With the hash of each, so that
-- one that was changed, taken away or slipped in is named.
create table consent_read_commitment (
  last bigint primary key,
  root bytea not null check (octet_length(root) = 32),
  ids bigint[] not null,
  leaves bytea not null check (octet_length(leaves) = 32 * cardinality(ids))
);
create trigger consent_read_commitment_stays before update or delete or truncate on consent_read_commitment
  for each statement execute function evidence_never();

create table objection (
  id uuid primary key,
  enterprise_id text not null,
  -- What is held to be wrong: a class of data, and where in it.
  class text not null,
  about text not null,
  claim text not null,
  raised_by text not null,
  received_at timestamptz not null,
  state text not null default 'received' check (state in ('received', 'verifying', 'corrected', 'upheld', 'noted', 'withdrawn')),
  answered_at timestamptz,
  answered_by text,
  answer text,
  check ((state in ('received', 'verifying')) = (answered_at is null)),
  check ((state in ('corrected', 'upheld', 'noted')) = (answer is not null))
);
create index objection_of on objection (enterprise_id, received_at desc);
create index objection_open on objection (received_at) where answered_at is null;

create table objection_event (
  id bigint generated always as identity primary key,
  objection_id uuid not null references objection (id),
  action text not null,
  by_whom text not null,
  note text not null,
  at timestamptz not null
);
create index objection_event_of on objection_event (objection_id, id);
create trigger objection_event_stays before update or delete or truncate on objection_event for each statement execute function evidence_never();

-- When a default or another bad outcome ended: from then on it is kept for five years.
alter table credit_outcome add column ended_on date;

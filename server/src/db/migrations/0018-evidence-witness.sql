-- Witnesses of the evidence log: what they have cosigned, how far each has followed, and what must not be overlooked.

create table evidence_cosignature (
  size bigint not null references evidence_checkpoint (size),
  witness text not null,
  key_id bigint not null,
  -- The line of the signed note, as the witness gave it.
  line text not null,
  at timestamptz not null default now(),
  primary key (size, witness, key_id)
);
create trigger evidence_cosignature_stays before update or delete or truncate on evidence_cosignature for each statement execute function evidence_never();

-- Where a witness stands: a memory that spares it a refusal, and what it said last.
create table evidence_witness (
  witness text primary key,
  size bigint not null default 0 check (size >= 0),
  -- Why it did not cosign the last time it was asked; null where it did.
  problem text,
  asked_at timestamptz not null default now()
);

-- A witness that has seen another history of this log than we have: our database was set back, or our keys sign elsewhere.
create table evidence_alarm (
  id bigint generated always as identity primary key,
  code text not null check (code in ('witness-ahead', 'witness-refused', 'own-fork', 'reads-changed')),
  witness text,
  size bigint not null,
  detail text not null,
  at timestamptz not null default now(),
  unique nulls not distinct (code, witness, size)
);
create trigger evidence_alarm_stays before update or delete or truncate on evidence_alarm for each statement execute function evidence_never();

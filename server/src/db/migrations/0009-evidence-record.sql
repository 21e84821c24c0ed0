-- What the entries of the evidence log commit to. A record and its salt can be erased on request; the entry in the log stays, and
-- says nothing without them.

create table evidence_record (
  position bigint primary key references evidence_leaf (position),
  kind text not null,
  -- The enterprise that it is about; no foreign key, for evidence outlives what it is about.
  subject text,
  at timestamptz not null,
  salt bytea check (octet_length(salt) = 32),
  -- Canonical JSON of the record: the very bytes that were committed to.
  record text,
  -- Hash of the document that the record speaks of (a profile, a batch, a model), by which it is found again.
  about text,
  erased_at timestamptz,
  check ((salt is null) = (record is null) and (record is null) = (erased_at is not null))
);
create index evidence_record_about on evidence_record (about, kind) where about is not null;
create index evidence_record_subject on evidence_record (subject, position desc) where subject is not null;

create function evidence_record_kept() returns trigger language plpgsql as $$
begin
  if tg_op <> 'UPDATE' or new.position <> old.position or new.kind <> old.kind or new.at <> old.at or old.erased_at is not null
    or new.record is not null or new.salt is not null or new.about is not null or new.subject is not null then
    raise exception 'a record of evidence stays as it is, or is erased whole' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger evidence_record_kept before update or delete on evidence_record for each row execute function evidence_record_kept();
create trigger evidence_record_whole before truncate on evidence_record for each statement execute function evidence_never();

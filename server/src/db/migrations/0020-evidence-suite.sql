-- The suite that the evidence log is made in: SHA-256 or SM3, which every hash in it depends on. It is chosen while the log is empty
-- and nothing of it is signed, and fixed from then on.

alter table evidence_head add column suite text not null default 'international' check (suite in ('international', 'national'));

create or replace function evidence_head_grows() returns trigger language plpgsql as $$
begin
  if new.suite <> old.suite then
    if old.size > 0 or new.size > 0 or exists (select from evidence_checkpoint) then
      raise exception 'the suite of a log that has begun is fixed' using errcode = 'insufficient_privilege';
    end if;
  elsif new.size <= old.size then
    raise exception 'the log only ever grows' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;

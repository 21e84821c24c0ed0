-- The pledge registry: each asset is pledged once. That is held here and nowhere else, by one unique index, so that no race of
-- requests, no second server and no way into the tables can pledge it twice. What has ended stays as it ended.

create table pledge (
  id text primary key,
  -- What the asset is known by, and the commitment to it under the consortium's key that `key_id` names.
  asset jsonb not null,
  commitment text not null check (commitment ~ '^[0-9a-f]{64}$'),
  key_id text not null,
  pledgee text not null,
  -- The enterprise; no foreign key, for a registration outlives what it is about.
  pledgor text not null,
  secured_fen bigint not null check (secured_fen > 0),
  contract text not null,
  description text not null,
  starts_on date not null,
  ends_on date not null check (ends_on > starts_on),
  state text not null check (state in ('awaiting-chain', 'registered', 'refused', 'released', 'expired')),
  standing jsonb not null check (standing ->> 'state' = state),
  objection jsonb,
  registered_at timestamptz not null,
  -- Place of the registration in the evidence log: its place in time.
  position bigint references evidence_leaf (position),
  -- What its sender knows the request by, and what it asked, so that asking twice is asking once.
  request_key text not null,
  request_sha256 text not null,
  constraint pledge_request unique (pledgee, request_key)
);
create unique index pledge_once on pledge (commitment) where state in ('awaiting-chain', 'registered');
create index pledge_commitment on pledge (commitment);
create index pledge_pledgee on pledge (pledgee, position desc);
create index pledge_pledgor on pledge (pledgor, position desc);
create index pledge_key on pledge (key_id) where state in ('awaiting-chain', 'registered');
create index pledge_ending on pledge (ends_on) where state in ('awaiting-chain', 'registered');

create table pledge_event (
  id bigint generated always as identity primary key,
  pledge_id text not null references pledge (id),
  action text not null,
  by_party text not null,
  by_name text not null,
  at timestamptz not null,
  -- Canonical JSON of the registration after the action; its hash stands in the record of evidence.
  document text not null,
  sha256 text not null,
  position bigint not null unique references evidence_leaf (position)
);
create index pledge_event_pledge on pledge_event (pledge_id, id);

create table pledge_search (
  id bigint generated always as identity primary key,
  commitment text not null,
  by_party text not null,
  by_name text not null,
  at timestamptz not null
);
create index pledge_search_commitment on pledge_search (commitment, id desc);

create function pledge_goes_on() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or old.state not in ('awaiting-chain', 'registered')
    or (new.id, new.asset, new.commitment, new.key_id, new.pledgee, new.pledgor, new.starts_on, new.registered_at,
        new.request_key, new.request_sha256)
      is distinct from (old.id, old.asset, old.commitment, old.key_id, old.pledgee, old.pledgor, old.starts_on,
        old.registered_at, old.request_key, old.request_sha256)
    or (old.position is not null and new.position is distinct from old.position)
    or new.ends_on < old.ends_on
    or (old.state = 'registered' and new.state = 'awaiting-chain') then
    raise exception 'a registration goes on by its actions alone, and stays as it ended' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger pledge_goes_on before update or delete on pledge for each row execute function pledge_goes_on();
create trigger pledge_stays before truncate on pledge for each statement execute function evidence_never();
create trigger pledge_event_stays before update or delete or truncate on pledge_event for each statement execute function evidence_never();

-- The evidence log: an append-only Merkle tree (RFC 9162) as leaves, tiles and signed checkpoints. Nothing in it is ever changed;
-- the triggers hold that against every way into the tables.

create table evidence_leaf (
  position bigint primary key check (position >= 0),
  -- What was logged: salted hashes, never personal data. C2SP bundles give a length two bytes.
  entry bytea not null check (octet_length(entry) <= 65535),
  -- Also in a tile: where the two differ, it tells which of them was changed.
  leaf_hash bytea not null check (octet_length(leaf_hash) = 32)
);

create table evidence_tile (
  level smallint check (level between 0 and 63),
  place bigint check (place >= 0),
  hashes bytea not null check (octet_length(hashes) between 32 and 8192 and octet_length(hashes) % 32 = 0),
  primary key (level, place)
);

create table evidence_head (
  one boolean primary key default true check (one),
  size bigint not null check (size >= 0),
  root bytea not null check (octet_length(root) = 32)
);
insert into evidence_head (size, root) values (0, sha256(''));

create table evidence_checkpoint (
  size bigint primary key check (size >= 0),
  root bytea not null check (octet_length(root) = 32),
  -- The signed note, as it is served.
  signed text not null,
  at timestamptz not null default now()
);

create function evidence_never() returns trigger language plpgsql as $$
begin
  raise exception 'the evidence log is append-only: % of % is refused', tg_op, tg_table_name using errcode = 'insufficient_privilege';
end $$;
create trigger evidence_leaf_stays before update or delete or truncate on evidence_leaf for each statement execute function evidence_never();
create trigger evidence_checkpoint_stays before update or delete or truncate on evidence_checkpoint for each statement execute function evidence_never();
create trigger evidence_tile_stays before delete or truncate on evidence_tile for each statement execute function evidence_never();
create trigger evidence_head_stays before delete or truncate on evidence_head for each statement execute function evidence_never();

create function evidence_tile_grows() returns trigger language plpgsql as $$
begin
  if new.level <> old.level or new.place <> old.place or octet_length(new.hashes) < octet_length(old.hashes)
    or substring(new.hashes for octet_length(old.hashes)) <> old.hashes then
    raise exception 'a tile is only ever widened' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger evidence_tile_grows before update on evidence_tile for each row execute function evidence_tile_grows();

create function evidence_head_grows() returns trigger language plpgsql as $$
begin
  if new.size <= old.size then
    raise exception 'the log only ever grows' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger evidence_head_grows before update on evidence_head for each row execute function evidence_head_grows();

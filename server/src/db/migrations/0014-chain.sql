-- The consortium chain: what is to go onto it, written in the transaction that causes it, and what was read from it.

-- The chain that this database follows. A row exists from the first start with a chain configured.
create table chain_link (
  one boolean primary key default true check (one),
  -- Whether the platform was last started with a chain: only then is anything queued.
  active boolean not null,
  chain_id bigint not null,
  contract text not null,
  -- The institution's seat, as it was last seen; it stays when a member leaves, so that what it did before is still settled.
  seat bigint not null default 0,
  -- Last block that was read.
  height bigint not null check (height >= -1)
);

create table chain_item (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('claim', 'release', 'checkpoint')),
  -- Id of the registration, for claims and releases.
  claim text,
  commitment bytea check (octet_length(commitment) = 32),
  -- Random; what the claim is called on the chain, where the registration's own id never goes.
  claim_id bytea check (octet_length(claim_id) = 32),
  -- SHA-256 of the log's name, and the tree.
  origin bytea check (octet_length(origin) = 32),
  size bigint check (size > 0),
  root bytea check (octet_length(root) = 32),
  note bytea check (octet_length(note) = 32),
  queued_at timestamptz not null default now(),
  -- The signed transaction, kept before it is sent: sent again it is the same one.
  nonce bigint,
  raw text,
  tx_hash text,
  gas_price numeric(78, 0),
  -- How often it went wrong, and when it is next handed to a node, which may have lost it; null is at once.
  tries integer not null default 0,
  not_before timestamptz,
  problem text,
  -- What the chain made of it, once enough blocks stand on that; null until then.
  outcome text check (outcome in ('done', 'refused', 'failed')),
  block bigint,
  settled_at timestamptz,
  -- What the room that asked was told last, and of which block: it is told again only where a reorganisation changed that.
  told text check (told in ('done', 'refused')),
  told_block bigint,
  check ((kind = 'checkpoint') = (claim is null) and (claim is null) = (commitment is null) and (claim is null) = (claim_id is null)),
  check ((kind = 'checkpoint') = (origin is not null) and (origin is null) = (size is null) and (origin is null) = (root is null) and (origin is null) = (note is null)),
  check ((nonce is null) = (raw is null) and (raw is null) = (tx_hash is null) and (raw is null) = (gas_price is null))
);
create unique index chain_item_once on chain_item (kind, claim) where claim is not null;
create index chain_item_open on chain_item (id) where outcome is null;
create index chain_item_of_claim on chain_item (claim_id) where claim_id is not null;
create index chain_item_block on chain_item (block) where block is not null;

-- Blocks that were read, by which a reorganisation is noticed.
create table chain_block (
  number bigint primary key check (number >= 0),
  hash text not null
);

-- What the contracts reported. Goes with its block, should that be undone.
create table chain_event (
  block bigint not null,
  place integer not null,
  name text not null,
  seat bigint not null,
  -- By the clock of the chain.
  at timestamptz not null,
  commitment bytea,
  claim_id bytea,
  origin bytea,
  size bigint,
  root bytea,
  primary key (block, place)
);
create index chain_event_of_commitment on chain_event (commitment, block, place) where commitment is not null;
create index chain_event_of_claim on chain_event (claim_id, block, place) where claim_id is not null;
create index chain_event_of_log on chain_event (seat, origin, size) where origin is not null;

-- What somebody has to look at: a log that forked, an outcome that a reorganisation turned round.
create table chain_alarm (
  id bigint generated always as identity primary key,
  code text not null,
  detail jsonb not null,
  at timestamptz not null default now(),
  unique (code, detail)
);

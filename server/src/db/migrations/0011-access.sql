-- Who somebody is: parties, the accounts of their people, sessions, keys of their machines. The tables of accounts, sessions,
-- credentials, verifications, rate limits and keys are those of better-auth, under our names; a test holds them against it.

-- The platform's operator and the institutions. An enterprise's owner is the party `enterprise:<id>`, which has no row here.
create table access_party (
  id text primary key check (id ~ '^[a-z0-9][a-z0-9-]{1,39}$'),
  kind text not null check (kind in ('operator', 'bank', 'guarantor', 'insurer', 'bureau', 'supervisor')),
  name_zh text not null,
  name_en text not null,
  -- Made for demonstration: there is no such institution.
  demonstration boolean not null default false,
  created_at timestamptz not null default now(),
  check ((kind = 'operator') = (id = 'operator'))
);
insert into access_party (id, kind, name_zh, name_en) values ('operator', 'operator', '平台运营方', 'Platform operator');

create table access_account (
  id text primary key,
  email text not null unique check (email = lower(email)),
  email_verified boolean not null,
  name text not null,
  image text,
  party text not null,
  post text not null,
  disabled boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  -- A name stands for one person in what is recorded of a party.
  unique (party, name)
);

-- The first account ends the time without sign-in. Were it deleted, whoever sits at the machine would be the operator again.
create function access_account_kept() returns trigger language plpgsql as $$
begin
  raise exception 'an account is disabled, never deleted' using errcode = 'insufficient_privilege';
end $$;
create trigger access_account_kept before delete on access_account for each row execute function access_account_kept();
create trigger access_account_whole before truncate on access_account for each statement execute function access_account_kept();

create table access_session (
  id text primary key,
  account_id text not null references access_account (id) on delete cascade,
  token text not null unique,
  expires_at timestamptz not null,
  ip_address text,
  user_agent text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null
);
create index access_session_account on access_session (account_id);

create table access_credential (
  id text primary key,
  account_id text not null references access_account (id) on delete cascade,
  provider_id text not null,
  subject text not null,
  -- A hash (scrypt), as better-auth makes it.
  password text,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  scope text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null
);
create index access_credential_account on access_credential (account_id);

create table access_verification (
  id text primary key,
  identifier text not null,
  value text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index access_verification_identifier on access_verification (identifier);

create table access_rate_limit (
  id text primary key,
  key text not null unique,
  count integer not null,
  last_request bigint not null
);

-- Keys of institutions' machines: kept as hashes, and shown once.
create table access_key (
  id text primary key,
  config_id text not null,
  name text,
  start text,
  reference_id text not null references access_account (id) on delete cascade,
  prefix text,
  key text not null unique,
  refill_interval integer,
  refill_amount integer,
  last_refill_at timestamptz,
  enabled boolean,
  rate_limit_enabled boolean,
  rate_limit_time_window integer,
  rate_limit_max integer,
  request_count integer,
  remaining integer,
  last_request timestamptz,
  expires_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  permissions text,
  metadata text
);
create index access_key_reference on access_key (reference_id);

-- Credentials that enterprises carry, and what verifiers ask of them. A credential itself is not kept: it is its holder's alone.

create table credential (
  id uuid primary key,
  enterprise_id text not null references enterprise (id),
  -- Of the JWT that the issuer signed, by which a record of evidence speaks of it.
  sha256 text not null unique,
  profile_sha256 text not null,
  as_of date not null,
  -- Thumbprint of the holder's key (RFC 7638).
  holder text not null,
  -- Its place in the published lists of revoked credentials, drawn at random, so that neighbours say nothing.
  status_list integer not null,
  status_index integer not null check (status_index >= 0),
  issued_at timestamptz not null,
  expires_at timestamptz not null,
  issued_by text not null,
  revoked_at timestamptz,
  revoked_by text,
  reason text,
  check ((revoked_at is null) = (revoked_by is null) and (revoked_at is null) = (reason is null)),
  unique (status_list, status_index)
);
create index credential_enterprise on credential (enterprise_id, issued_at desc);

-- What was issued stays as it was issued, and what is revoked stays revoked.
create function credential_kept() returns trigger language plpgsql as $$
begin
  if tg_op <> 'UPDATE' or old.revoked_at is not null or new.revoked_at is null
    or to_jsonb(new) - '{revoked_at,revoked_by,reason}'::text[] <> to_jsonb(old) - '{revoked_at,revoked_by,reason}'::text[] then
    raise exception 'a credential that was issued can be revoked, and nothing else' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger credential_kept before update or delete on credential for each row execute function credential_kept();

-- An enterprise may fetch one credential with this code, once and soon. Codes and tokens are kept as hashes.
create table credential_offer (
  id uuid primary key,
  enterprise_id text not null references enterprise (id),
  code_sha256 text not null unique,
  tx_code text not null,
  -- Wrong transaction codes so far.
  misses integer not null default 0,
  token_sha256 text unique,
  made_by text not null,
  expires_at timestamptz not null,
  credential_id uuid references credential (id)
);

-- What a verifier asked for, and the presentation that answered it.
create table credential_request (
  id uuid primary key,
  party text not null,
  purpose text not null,
  nonce text not null,
  -- The authorization request of OpenID4VP, as it was given out.
  request jsonb not null,
  made_at timestamptz not null,
  expires_at timestamptz not null,
  presentation text,
  answered_at timestamptz,
  check ((presentation is null) = (answered_at is null))
);
create index credential_request_party on credential_request (party, made_at desc);

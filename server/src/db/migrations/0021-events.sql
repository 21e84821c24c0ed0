-- Events: what happened, written by the transaction that did it; who wants to hear of it, and each try to tell them.

create table event (
  place bigint generated always as identity primary key,
  id uuid not null unique default gen_random_uuid(),
  type text not null,
  subject text not null,
  -- Canonical JSON: each try sends the same bytes.
  data text not null,
  -- Who may know of it.
  parties text[] not null,
  at timestamptz not null
);
create index event_at on event (at);

create table webhook (
  id uuid primary key,
  party text not null,
  url text not null,
  types text[] not null,
  -- Sealed with a key of the data folder: a copy of the database alone signs nothing.
  secret bytea not null,
  made_by text not null,
  made_at timestamptz not null,
  tried_at timestamptz,
  -- Since when every try has failed.
  failing_since timestamptz,
  disabled_at timestamptz,
  disabled_reason text,
  check ((disabled_at is null) = (disabled_reason is null))
);
create index webhook_of_party on webhook (party);

create table webhook_delivery (
  webhook uuid not null references webhook (id) on delete cascade,
  event bigint not null references event (place) on delete cascade,
  state text not null default 'waiting' check (state in ('waiting', 'delivered', 'given-up')),
  -- When it was put into the queue, last time where it was replayed; a day of failures counts from here.
  queued_at timestamptz not null,
  due_at timestamptz not null,
  failures integer not null default 0,
  primary key (webhook, event)
);
create index webhook_delivery_due on webhook_delivery (due_at) where state = 'waiting';
create index webhook_delivery_event on webhook_delivery (event);

create table webhook_attempt (
  id bigint generated always as identity primary key,
  webhook uuid not null,
  event bigint not null,
  at timestamptz not null,
  ms integer not null,
  status integer,
  -- What went wrong; null where it was taken.
  problem text,
  foreign key (webhook, event) references webhook_delivery (webhook, event) on delete cascade
);
create index webhook_attempt_of on webhook_attempt (webhook, event, id);

-- Secrets that were replaced sign along until their receiver has the new one; and an endpoint fails only while something waits for it.

create table webhook_old_secret (
  webhook uuid not null references webhook (id) on delete cascade,
  -- Sealed as the present one is.
  secret bytea not null,
  until timestamptz not null
);
create index webhook_old_secret_of on webhook_old_secret (webhook, until);

update webhook set failing_since = null
where disabled_at is null and failing_since is not null and not exists (
  select 1 from webhook_delivery d join event on event.place = d.event
  where d.webhook = webhook.id and d.state = 'waiting' and event.type <> 'webhook.trial'
);

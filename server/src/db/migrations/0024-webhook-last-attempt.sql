-- The list of subscriptions shows each one's last try: without this it would be looked for among all tries of everybody.
create index webhook_attempt_last on webhook_attempt (webhook, id);

-- How often each room's standing data was changed, so that whoever remembers something made of it knows by one number whether it still holds.

-- A row for each statement that changed something: writers only insert, so they never wait for one another. Rows that a snapshot sees are
-- counted; committed rows stay, so of two snapshots with the same count the later one sees nothing that the earlier one did not.
create table revision_change (room text not null);
-- Changes that were counted together and taken off the list (`compactRevisions`).
create table revision_counted (room text primary key, changes bigint not null);
insert into revision_counted select unnest(array['records', 'features', 'profiles', 'models', 'products']), 0;

create function revision_changed() returns trigger language plpgsql as $$
begin
  insert into revision_change (room) values (tg_argv[0]);
  return null;
end $$;

create trigger revision after insert or update or delete or truncate on enterprise for each statement execute function revision_changed('records');
create trigger revision after insert or update or delete or truncate on import_batch for each statement execute function revision_changed('records');
create trigger revision after insert or update or delete or truncate on batch_enterprise for each statement execute function revision_changed('records');
create trigger revision after insert or update or delete or truncate on superseded_row for each statement execute function revision_changed('records');
create trigger revision after insert or update or delete or truncate on feature_row for each statement execute function revision_changed('features');
-- A profile is kept when it is first made, which changes nothing; taken away, it must not be told from memory.
create trigger revision after delete or truncate on profile for each statement execute function revision_changed('profiles');
create trigger revision after insert or update or delete or truncate on scorecard_model for each statement execute function revision_changed('models');
create trigger revision after insert or update or delete or truncate on product_version for each statement execute function revision_changed('products');

-- Products: versions of documents that never change once published, and what was done with each.

create table product_version (
  product_id text not null,
  version integer not null check (version > 0),
  provider text not null,
  -- Canonical JSON, the very bytes that the hash is of.
  document text not null,
  sha256 text not null,
  state text not null default 'draft' check (state in ('draft', 'submitted', 'published', 'replaced', 'withdrawn')),
  made_by text not null,
  submitted_by text,
  published_by text,
  published_at timestamptz,
  changed_at timestamptz not null default now(),
  primary key (product_id, version),
  check ((published_by is not null) = (state in ('published', 'replaced', 'withdrawn'))),
  check ((published_by is null) = (published_at is null)),
  -- Four eyes, held here too, so that no other way into the table goes round it.
  check (published_by is null or (lower(published_by) <> lower(made_by) and lower(published_by) <> lower(submitted_by)))
);
create unique index product_one_live on product_version (product_id) where state = 'published';
create unique index product_one_open on product_version (product_id) where state in ('draft', 'submitted');

create table product_event (
  id bigint generated always as identity primary key,
  product_id text not null,
  version integer not null,
  action text not null,
  by_whom text not null,
  note text not null,
  sha256 text not null,
  at timestamptz not null default now(),
  foreign key (product_id, version) references product_version (product_id, version)
);
create index product_event_of on product_event (product_id, id);

create function product_kept() returns trigger language plpgsql as $$
begin
  if tg_table_name = 'product_event' then
    raise exception 'what was done with a product is kept as it is' using errcode = 'insufficient_privilege';
  end if;
  if tg_op = 'DELETE' then
    raise exception 'versions of products are kept' using errcode = 'insufficient_privilege';
  end if;
  if new.product_id <> old.product_id or new.version <> old.version
    or (old.state <> 'draft' and (new.document <> old.document or new.sha256 <> old.sha256 or new.made_by <> old.made_by or new.provider <> old.provider))
    or (old.state in ('published', 'replaced', 'withdrawn') and (new.published_by is distinct from old.published_by
      or new.published_at is distinct from old.published_at or new.submitted_by is distinct from old.submitted_by
      or new.state = 'published' and old.state <> 'published' or new.state in ('draft', 'submitted'))) then
    raise exception 'a submitted or published version of a product never changes' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger product_version_kept before update or delete on product_version for each row execute function product_kept();
create trigger product_event_kept before update or delete on product_event for each row execute function product_kept();

-- The enterprise list sorts and filters by figures of the profile; a stored profile says what it was made of.

-- Hash of everything that the document was made of: while it is the same, the document is.
alter table profile add column inputs text not null default '';

-- One row an enterprise, of the latest default as-of day. Derived like the profiles: a rebuild makes it again.
create table profile_summary (
  enterprise_id text primary key references enterprise (id) on delete cascade,
  as_of date not null,
  section text,
  size_class text check (size_class in ('large', 'medium', 'small', 'micro')),
  size_provisional boolean not null,
  net_sales_12m_fen bigint,
  position double precision,
  flags_high integer not null,
  flags_medium integer not null,
  flags_low integer not null,
  invoices bigint not null,
  first_on date,
  last_on date
);

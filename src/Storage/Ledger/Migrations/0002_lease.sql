-- Which server leads the ledger, and where the others forward to. One row, changed by compare-and-swap. It is about who tries to write; what keeps two
-- servers from writing is ledger.head. See docs/internals/fencing.md.

create table ledger.lease (
    singleton        boolean     primary key default true check (singleton),
    term             bigint      not null,
    renewals         bigint      not null,
    holder           uuid        null,
    url              text        not null,
    token            text        not null,
    duration_ms      integer     not null check (duration_ms > 0),
    renewed_at       timestamptz not null
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
comment on column ledger.lease.term is 'counts takeovers';
comment on column ledger.lease.renewals is 'signs of life in this term; who sees none for duration_ms, by its own clock, may take over';
comment on column ledger.lease.holder is 'null when it was given back';
comment on column ledger.lease.token is 'proves to the holder that a forwarding server has read this row';
comment on column ledger.lease.renewed_at is 'by the clock of the database, for people; nothing decides by it';
insert into ledger.lease values (true, 0, 0, null, '', '', 1000, '2000-01-01T00:00:00Z');
grant select, update on ledger.lease to florin_app;

-- What the balance at a provider did that does not say what a transfer to our bank is made up of. Each movement leaves with one transfer, the oldest first.

create table payments.settlement_movement (
    provider   text           not null,
    line_id    text           not null,
    kind       smallint       not null,
    raw_kind   text           not null,
    source_id  text           not null,
    payment_id text,
    reference  text,
    asset      text           not null,
    gross      numeric(39, 0) not null,
    fee        numeric(39, 0) not null,
    moved_at   timestamptz    not null,
    -- The transfer that it left with; until then the provider may correct it.
    batch_id   text,
    primary key (provider, line_id),
    foreign key (provider, batch_id) references payments.settlement_batch
);
create index settlement_movement_waiting on payments.settlement_movement (provider, asset, moved_at, line_id) where batch_id is null;
create index settlement_line_carried on payments.settlement_line (provider, asset) where kind = 11;
create index settlement_line_of_source on payments.settlement_line (provider, source_id) where kind = 1;
grant select, insert on payments.settlement_movement to florin_app;
grant update (kind, raw_kind, source_id, payment_id, reference, asset, gross, fee, moved_at, batch_id) on payments.settlement_movement to florin_app;

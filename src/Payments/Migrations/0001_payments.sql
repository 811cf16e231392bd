-- What payments keep beside ledger and flows: what providers settled, line by line.

create schema payments;
grant usage on schema payments to florin_app;

-- How far a provider's list of settlements was read.
create table payments.settlement_cursor (
    provider text        primary key,
    cursor   text        not null,
    read_at  timestamptz not null
);
grant select, insert, update on payments.settlement_cursor to florin_app;

-- One transfer of a provider to our bank; its flow is payment.settlement.
create table payments.settlement_batch (
    provider       text        not null,
    batch_id       text        not null,
    flow_id        uuid        not null unique,
    -- Lines up to this number are posted.
    posted_through integer     not null default 0,
    -- It did not arrive, or came back.
    is_returned    boolean     not null default false,
    noticed_at     timestamptz not null,
    primary key (provider, batch_id)
);
grant select, insert, update (posted_through, is_returned) on payments.settlement_batch to florin_app;

-- A line belongs to the batch in which it came first: one that comes again, under whatever name of a batch, is not stored anew. Signed amounts in
-- smallest units: above zero is money for us.
create table payments.settlement_line (
    provider   text           not null,
    line_id    text           not null,
    batch_id   text           not null,
    number     integer        not null check (number > 0),
    kind       smallint       not null,
    raw_kind   text           not null,
    source_id  text           not null,
    payment_id text,
    reference  text,
    asset      text           not null,
    gross      numeric(39, 0) not null,
    fee        numeric(39, 0) not null,
    -- Set when it is matched: the payment's or deposit's flow, and what was settled more than it had captured.
    flow_id    uuid,
    difference numeric(39, 0) not null default 0,
    is_suspense boolean       not null default false,
    primary key (provider, line_id),
    unique (provider, batch_id, number),
    foreign key (provider, batch_id) references payments.settlement_batch
);
create index settlement_line_of_flow on payments.settlement_line (flow_id) where flow_id is not null;
grant select, insert, update (flow_id, difference, is_suspense) on payments.settlement_line to florin_app;

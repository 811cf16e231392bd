-- The journal of the ledger: insert-only tables that an auditor reads with SQL, one row per fact. See docs/internals/journal.md.

create schema ledger;
grant usage on schema ledger to florin_app;

-- The end of the journal. Appending is a compare-and-swap on this row, which orders, chains and fences writers in one statement.
create table ledger.head (
    singleton   boolean     primary key default true check (singleton),
    epoch       bigint      not null,
    batch       bigint      not null,
    sequence    bigint      not null,
    hash        bytea       not null check (octet_length(hash) = 32),
    recorded_at timestamptz not null
) with (fillfactor = 50);
insert into ledger.head values (true, 0, 0, 0, decode(repeat('00', 32), 'hex'), '2000-01-01T00:00:00Z');
grant select, update on ledger.head to florin_app;

-- One row per commit of the writer, with the hash of its content and of the batch before.
create table ledger.batches (
    batch          bigint      primary key,
    epoch          bigint      not null,
    first_sequence bigint      not null,
    last_sequence  bigint      not null,
    accounts       integer     not null,
    transfers      integer     not null,
    details        integer     not null,
    recorded_at    timestamptz not null,
    previous_hash  bytea       not null,
    hash           bytea       not null
);

create table ledger.accounts (
    number      bigint   primary key,
    address     text     not null,
    asset       text     not null,
    scale       smallint not null,
    normal_side smallint not null check (normal_side in (0, 1)),
    flags       integer  not null,
    batch       bigint   not null,
    unique (address, asset)
);
comment on column ledger.accounts.normal_side is '0 debit, 1 credit';
comment on column ledger.accounts.flags is '1: debits must not exceed credits, 2: credits must not exceed debits';

-- One row per transfer, in smallest units of the accounts' asset.
create table ledger.transfers (
    sequence       bigint        primary key,
    transaction_id uuid          not null,
    kind           smallint      not null check (kind between 1 and 5),
    transfer_index smallint      not null check (transfer_index >= 0),
    transfer_count smallint      not null check (transfer_count > transfer_index),
    debit_account  bigint        not null,
    credit_account bigint        not null check (credit_account <> debit_account),
    amount         numeric(39,0) not null check (amount > 0),
    code           integer       not null check (code > 0),
    related_id     uuid          null,
    related_index  smallint      null,
    recorded_at    timestamptz   not null,
    check ((related_id is not null) = (kind in (3, 4, 5)))
);
comment on column ledger.transfers.kind is '1 posted, 2 pending, 3 post, 4 void, 5 reverse';
create unique index transfers_transaction on ledger.transfers (transaction_id) where transfer_index = 0;
create index transfers_related on ledger.transfers (related_id) where related_id is not null;
create index transfers_pending on ledger.transfers (sequence) where kind = 2;
create index transfers_debit on ledger.transfers (debit_account, sequence);
create index transfers_credit on ledger.transfers (credit_account, sequence);

-- What a transaction carries beyond its transfers; only where it carries something.
create table ledger.details (
    sequence       bigint primary key,
    transaction_id uuid   not null,
    effective_date date   null,
    reference      text   null,
    metadata       text   null
);
create index details_reference on ledger.details (reference) where reference is not null;

call florin.make_insert_only('ledger.batches');
call florin.make_insert_only('ledger.accounts');
call florin.make_insert_only('ledger.transfers');
call florin.make_insert_only('ledger.details');

-- Derived: totals at a committed sequence, so that recovery replays less. `florin ledger rebuild` makes them from history alone.
create table ledger.totals (
    account         bigint        primary key,
    debits_pending  numeric(39,0) not null,
    debits_posted   numeric(39,0) not null,
    credits_pending numeric(39,0) not null,
    credits_posted  numeric(39,0) not null
) with (fillfactor = 80);
create table ledger.checkpoint (
    singleton boolean primary key default true check (singleton),
    batch    bigint  not null,
    sequence bigint  not null
);
insert into ledger.checkpoint values (true, 0, 0);
grant select, insert, update on ledger.totals to florin_app;
grant select, update on ledger.checkpoint to florin_app;

-- For people: one row per transaction.
create view ledger.transactions as
select t.transaction_id,
       (array['posted', 'pending', 'post', 'void', 'reverse'])[t.kind] as kind,
       t.sequence, t.transfer_count, t.related_id, t.recorded_at,
       coalesce(d.effective_date, (t.recorded_at at time zone 'UTC')::date) as effective_date,
       d.reference, d.metadata
from ledger.transfers t
left join ledger.details d on d.sequence = t.sequence
where t.transfer_index = 0;

-- For people: transfers with names and amounts in major units.
create view ledger.postings as
select t.sequence, t.transaction_id,
       (array['posted', 'pending', 'post', 'void', 'reverse'])[t.kind] as kind,
       d.address as debit, c.address as credit, d.asset,
       round(t.amount / (10::numeric ^ d.scale), d.scale) as amount, t.code, t.recorded_at
from ledger.transfers t
join ledger.accounts d on d.number = t.debit_account
join ledger.accounts c on c.number = t.credit_account;

-- For people and judges: balances from history alone, in smallest units; what the writer holds in memory must equal them.
create view ledger.balances as
with effects as (
    select debit_account as account, amount as debits, 0::numeric as credits, 0::numeric as debits_held, 0::numeric as credits_held
    from ledger.transfers where kind in (1, 3, 5)
    union all
    select credit_account, 0, amount, 0, 0 from ledger.transfers where kind in (1, 3, 5)
    union all
    select p.debit_account, 0, 0, p.amount, 0 from ledger.transfers p where p.kind = 2
        and not exists (select from ledger.transfers e where e.related_id = p.transaction_id and e.kind in (3, 4))
    union all
    select p.credit_account, 0, 0, 0, p.amount from ledger.transfers p where p.kind = 2
        and not exists (select from ledger.transfers e where e.related_id = p.transaction_id and e.kind in (3, 4))
)
select a.number, a.address, a.asset, a.scale, a.normal_side,
       coalesce(sum(e.debits_held), 0) as debits_pending, coalesce(sum(e.debits), 0) as debits_posted,
       coalesce(sum(e.credits_held), 0) as credits_pending, coalesce(sum(e.credits), 0) as credits_posted
from ledger.accounts a
left join effects e on e.account = a.number
group by a.number;

grant select on ledger.transactions, ledger.postings, ledger.balances to florin_app;

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
    standings      integer     not null,
    limit_uses     integer     not null,
    periods        integer     not null,
    recorded_at    timestamptz not null,
    checksums      bytea       not null,
    previous_hash  bytea       not null,
    hash           bytea       not null
);
create index batches_time on ledger.batches (recorded_at, batch);
alter table ledger.batches alter column checksums set storage external;
comment on column ledger.batches.checksums is 'CRC-32C of each row of the batch, 4 bytes each, in the order of the counts: they name a changed row; the hash covers them';

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
create index accounts_address on ledger.accounts (address text_pattern_ops);
comment on column ledger.accounts.normal_side is '0 debit, 1 credit';
comment on column ledger.accounts.flags is '1: debits must not exceed credits, 2: credits must not exceed debits, 4: safeguarding (counts as held for or owed to customers)';

-- One row per transfer, in smallest units of the accounts' asset. Partitioned by sequence: the partition that is being written has no index on
-- ids and accounts, because keeping those costs more than everything else together; they are built when it is closed. No constraints here but
-- not null: the one writer keeps the rules, and `florin ledger verify` proves that it did.
create table ledger.transfers (
    sequence       bigint      not null,
    transaction_id uuid        not null,
    kind           smallint    not null,
    transfer_index smallint    not null,
    transfer_count smallint    not null,
    debit_account  bigint      not null,
    credit_account bigint      not null,
    amount         numeric     not null,
    code           integer     not null,
    related_id     uuid        null,
    related_index  smallint    null,
    recorded_at    timestamptz not null,
    released       numeric     null,
    expires_at     timestamptz null,
    balances       bytea       not null
) partition by range (sequence);
comment on column ledger.transfers.kind is
    '1 posted, 2 pending, 3 post, 4 void, 5 reverse, 6 expire, 7 increase, 8 extend, 9 release, 10 post part';
comment on column ledger.transfers.released is 'for a post: how much of the reservation ends with it';
comment on column ledger.transfers.balances is
    'totals after the transfer, debits pending and posted, credits pending and posted, of the debited and of the credited account: ledger.totals_after() reads them';

-- What a transaction carries beyond its transfers; only where it carries something.
create table ledger.details (
    sequence       bigint primary key,
    transaction_id uuid   not null,
    effective_date date   null,
    asked_date     date   null,
    reference      text   null,
    metadata       text   null,
    labels         text[] null,
    terms          bytea  null
);
create index details_reference on ledger.details (reference, sequence) where reference is not null;
create index details_labels on ledger.details using gin (labels) where labels is not null;
comment on column ledger.details.asked_date is 'for an adjustment: the day in a closed period that was asked for';
comment on column ledger.details.labels is 'the scalar members of the metadata as key=value';

create table ledger.standings (
    batch          bigint   not null,
    position       integer  not null,
    account        bigint   not null,
    standing       smallint not null,
    after_sequence bigint   not null,
    primary key (batch, position)
);
create index standings_account on ledger.standings (account, batch, position);
comment on column ledger.standings.standing is '0 open, 1 frozen, 2 closed';

create table ledger.limit_uses (
    batch          bigint      not null,
    position       integer     not null,
    key            text        not null,
    amount         numeric     not null,
    used           numeric     not null,
    max            numeric     not null,
    forget_after   timestamptz not null,
    after_sequence bigint      not null,
    primary key (batch, position)
);
create index limit_uses_key on ledger.limit_uses (key, batch, position);
create index limit_uses_end on ledger.limit_uses (forget_after);

create table ledger.periods (
    batch          bigint not null,
    position       integer not null,
    closed_through date   not null,
    after_sequence bigint not null,
    primary key (batch, position)
);

call florin.make_insert_only('ledger.batches');
call florin.make_insert_only('ledger.accounts');
call florin.make_insert_only('ledger.transfers');
call florin.make_insert_only('ledger.details');
call florin.make_insert_only('ledger.standings');
call florin.make_insert_only('ledger.limit_uses');
call florin.make_insert_only('ledger.periods');

-- Which partitions there are, and which have their indexes.
create table ledger.partitions (
    partition      bigint  primary key,
    first_sequence bigint  not null,
    end_sequence   bigint  not null,
    is_indexed     boolean not null default false
);
comment on column ledger.partitions.end_sequence is 'the first sequence after it';
create table ledger.layout (
    singleton           boolean primary key default true check (singleton),
    partition_transfers bigint  not null check (partition_transfers >= 1024)
);
insert into ledger.layout values (true, 1048576);
grant select on ledger.partitions, ledger.layout to florin_app;

-- Six digits at least, so that they sort as people expect; more when there are a million.
create function ledger.partition_name(partition bigint) returns text
    language sql immutable strict return 'transfers_p' || lpad(partition::text, greatest(6, length(partition::text)), '0');

-- Makes partitions until they hold a sequence. A new one is attached, not created in place: that takes no lock which readers or the writer hold.
create function ledger.ensure_partitions(needed bigint) returns bigint
    language plpgsql security definer set search_path = pg_catalog, pg_temp as
$$
declare
    size  bigint := (select partition_transfers from ledger.layout);
    start bigint;
    part  bigint;
    leaf  text;
begin
    -- Two writers at a change of leadership: the second waits, and finds the work done.
    perform pg_advisory_xact_lock(8027645931);
    loop
        select coalesce(max(partition), 0) + 1, coalesce(max(end_sequence), 1) into part, start from ledger.partitions;
        exit when start > needed;
        leaf := ledger.partition_name(part);
        execute format('create table ledger.%I (like ledger.transfers including all)', leaf);
        execute format('alter table ledger.%I add constraint bounds check (sequence >= %s and sequence < %s)', leaf, start, start + size);
        execute format('create index %I on ledger.%I using brin (sequence) with (pages_per_range = 8)', leaf || '_sequence', leaf);
        execute format('create index %I on ledger.%I (related_id) where related_id is not null', leaf || '_related', leaf);
        execute format('create index %I on ledger.%I (sequence) where kind = 2', leaf || '_pending', leaf);
        execute format('alter table ledger.transfers attach partition ledger.%I for values from (%s) to (%s)', leaf, start, start + size);
        execute format('alter table ledger.%I drop constraint bounds', leaf);
        execute format(
            'create trigger refuse_truncate before truncate on ledger.%I for each statement execute function florin.refuse_change()', leaf);
        execute format('alter table ledger.%I enable always trigger refuse_truncate', leaf);
        insert into ledger.partitions values (part, start, start + size);
    end loop;
    return start;
end
$$;

-- Builds the indexes of a partition that gets no rows any more.
create function ledger.index_partition(closed bigint) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp set maintenance_work_mem = '128MB' as
$$
declare
    leaf text := ledger.partition_name(closed);
begin
    if not exists (select from ledger.partitions p join ledger.head h on h.sequence >= p.end_sequence - 1 where p.partition = closed) then
        raise exception 'partition % is not full yet', closed;
    end if;
    execute format('create unique index if not exists %I on ledger.%I (sequence)', leaf || '_number', leaf);
    execute format('create unique index if not exists %I on ledger.%I (transaction_id) where transfer_index = 0', leaf || '_id', leaf);
    execute format('create index if not exists %I on ledger.%I (debit_account, sequence)', leaf || '_debit', leaf);
    execute format('create index if not exists %I on ledger.%I (credit_account, sequence)', leaf || '_credit', leaf);
    update ledger.partitions set is_indexed = true where partition = closed;
end
$$;

revoke all on function ledger.ensure_partitions, ledger.index_partition from public;
grant execute on function ledger.partition_name, ledger.ensure_partitions, ledger.index_partition to florin_app;

-- Derived: totals at a committed sequence, so that recovery replays less. `florin ledger rebuild` makes them from history alone.
create table ledger.totals (
    account         bigint  primary key,
    debits_pending  numeric not null,
    debits_posted   numeric not null,
    credits_pending numeric not null,
    credits_posted  numeric not null
) with (fillfactor = 80);
create table ledger.checkpoint (
    singleton boolean primary key default true check (singleton),
    batch    bigint  not null,
    sequence bigint  not null
);
insert into ledger.checkpoint values (true, 0, 0);
grant select, insert, update on ledger.totals to florin_app;
grant select, update on ledger.checkpoint to florin_app;

-- The totals that a row keeps: eight numbers, each in groups of seven bits, the lowest first; all groups but the last of a number have the high bit.
create function ledger.totals_after(balances bytea) returns numeric[]
    language plpgsql immutable strict as
$$
declare
    result numeric[] := '{}';
    value  numeric := 0;
    weight numeric := 1;
    byte   integer;
begin
    for at in 0 .. octet_length(balances) - 1 loop
        byte := get_byte(balances, at);
        value := value + (byte & 127) * weight;
        weight := weight * 128;
        if byte < 128 then
            result := result || value;
            value := 0;
            weight := 1;
        end if;
    end loop;
    return result;
end
$$;

create function ledger.kind_name(kind smallint) returns text
    language sql immutable strict return
    (array['posted', 'pending', 'post', 'void', 'reverse', 'expire', 'increase', 'extend', 'release', 'post_part'])[kind];

-- For people: one row per transaction.
create view ledger.transactions as
select t.transaction_id, ledger.kind_name(t.kind) as kind, t.sequence, t.transfer_count, t.related_id, t.recorded_at,
       coalesce(d.effective_date, (t.recorded_at at time zone 'UTC')::date) as effective_date, d.asked_date,
       d.reference, d.metadata
from ledger.transfers t
left join ledger.details d on d.sequence = t.sequence
where t.transfer_index = 0;

-- For people: transfers with names and amounts in major units.
create view ledger.postings as
select t.sequence, t.transaction_id, ledger.kind_name(t.kind) as kind,
       d.address as debit, c.address as credit, d.asset,
       round(t.amount / (10::numeric ^ d.scale), d.scale) as amount, t.code, t.recorded_at
from ledger.transfers t
join ledger.accounts d on d.number = t.debit_account
join ledger.accounts c on c.number = t.credit_account;

-- What each transfer does to the totals of its two accounts, from its row alone.
create view ledger.effects as
select sequence, recorded_at, debit_account, credit_account,
       case when kind in (1, 3, 5, 10) then amount else 0 end as posted,
       case when kind in (2, 7) then amount when kind = 3 then -released when kind in (4, 6, 9, 10) then -amount else 0 end as pending
from ledger.transfers;

-- For people and judges: balances from history alone, in smallest units; what the writer holds in memory must equal them.
create view ledger.balances as
with sides as (
    select debit_account as account, pending as debits_pending, posted as debits_posted, 0::numeric as credits_pending, 0::numeric as credits_posted
    from ledger.effects
    union all
    select credit_account, 0, 0, pending, posted from ledger.effects
)
select a.number, a.address, a.asset, a.scale, a.normal_side,
       coalesce(sum(s.debits_pending), 0) as debits_pending, coalesce(sum(s.debits_posted), 0) as debits_posted,
       coalesce(sum(s.credits_pending), 0) as credits_pending, coalesce(sum(s.credits_posted), 0) as credits_posted
from ledger.accounts a
left join sides s on s.account = a.number
group by a.number;

grant select on ledger.transactions, ledger.postings, ledger.effects, ledger.balances to florin_app;
grant execute on function ledger.totals_after, ledger.kind_name to florin_app;

-- What subscriptions keep beside the flows: plans, invoices with their lines, and what customers have to their credit. Amounts are smallest units.
-- Business times come from the application's clock; nothing here calls now().

create schema subscriptions;
grant usage on schema subscriptions to florin_app;

-- A plan never changes: another price is another version, and whoever subscribed keeps the one that was agreed.
create table subscriptions.plan (
    plan_id        uuid        not null,
    version        integer     not null check (version > 0),
    merchant_id    uuid        not null,
    name           text        not null check (length(name) between 1 and 120),
    currency       text        not null,
    amount         numeric(39) not null check (amount > 0),
    interval       text        not null check (interval in ('day', 'week', 'month', 'year')),
    interval_count integer     not null check (interval_count between 1 and 366),
    trial_days     integer     not null check (trial_days between 0 and 730),
    prorates       boolean     not null,
    -- Follows from the idempotency key of the request that made the version.
    request_id     uuid        not null unique,
    request_hash   text        not null,
    created_at     timestamptz not null,
    primary key (plan_id, version)
);
create index plan_of_merchant on subscriptions.plan (merchant_id, created_at, plan_id);
call florin.make_insert_only('subscriptions.plan');

-- The last number that was given, by merchant. Its row is locked until the invoice that took the number is committed, or nothing is.
create table subscriptions.invoice_counter (
    merchant_id uuid   primary key,
    last_number bigint not null check (last_number >= 0)
);
grant select, insert, update (last_number) on subscriptions.invoice_counter to florin_app;

create table subscriptions.invoice (
    id              uuid        primary key,
    merchant_id     uuid        not null,
    number          bigint      not null check (number > 0),
    subscription_id uuid        not null,
    customer        text        not null,
    currency        text        not null,
    -- What is to be paid: the charges less the credits, or zero.
    total           numeric(39) not null check (total >= 0),
    -- What the credits are above the charges; the customer has it to the good.
    credited        numeric(39) not null check (credited >= 0),
    issued_at       timestamptz not null,
    unique (merchant_id, number),
    check (total = 0 or credited = 0)
);
create index invoice_of_subscription on subscriptions.invoice (subscription_id, number);
call florin.make_insert_only('subscriptions.invoice');

-- Whoever writes it: a number comes only after the one before it.
create function subscriptions.check_invoice() returns trigger language plpgsql as $$
begin
    if new.number > 1 and not exists (
        select from subscriptions.invoice where merchant_id = new.merchant_id and number = new.number - 1) then
        raise exception 'invoice % of merchant % would leave a gap', new.number, new.merchant_id using errcode = 'check_violation';
    end if;
    return new;
end
$$;
create trigger check_invoice before insert on subscriptions.invoice for each row execute function subscriptions.check_invoice();
alter table subscriptions.invoice enable always trigger check_invoice;

create table subscriptions.invoice_line (
    invoice_id   uuid        not null references subscriptions.invoice,
    position     integer     not null check (position > 0),
    kind         text        not null check (kind in ('period', 'proration_charge', 'proration_credit', 'customer_credit')),
    plan_id      uuid,
    plan_version integer,
    period_from  timestamptz,
    period_to    timestamptz,
    amount       numeric(39) not null check (amount >= 0),
    is_credit    boolean     not null,
    primary key (invoice_id, position)
);
call florin.make_insert_only('subscriptions.invoice_line');

-- Changed only in the transaction of the invoice whose lines say why.
create table subscriptions.customer_credit (
    merchant_id uuid        not null,
    customer    text        not null,
    currency    text        not null,
    balance     numeric(39) not null check (balance >= 0),
    primary key (merchant_id, customer, currency)
);
grant select, insert, update (balance) on subscriptions.customer_credit to florin_app;

-- What wallets keep beside ledger and flows: links to users' cards and bank accounts by the provider's ids, and notes. No card or account numbers.

create schema wallets;
grant usage on schema wallets to florin_app;

-- The provider's record of one of our users; the first one that was made stays.
create table wallets.provider_customer (
    user_id     uuid        not null,
    provider    text        not null,
    customer_id text        not null,
    created_at  timestamptz not null,
    primary key (user_id, provider)
);
grant select, insert on wallets.provider_customer to florin_app;

create table wallets.funding_source (
    id                         uuid        primary key,
    user_id                    uuid        not null,
    provider                   text        not null,
    -- What the user's browser obtained and sent; a repeat with the same token is the same funding source.
    payment_method_token       text        not null,
    provider_payment_method_id text        not null,
    kind                       text        not null check (kind in ('card', 'bank_account')),
    brand                      text,
    last4                      text        check (length(last4) <= 4),
    bank_name                  text,
    fingerprint                text,
    status                     text        not null check (status in ('active', 'removing', 'removed')),
    created_at                 timestamptz not null,
    removed_at                 timestamptz,
    check ((status = 'removed') = (removed_at is not null))
);
create unique index funding_source_token on wallets.funding_source (user_id, provider, payment_method_token) where status <> 'removed';
create unique index funding_source_method on wallets.funding_source (user_id, provider, provider_payment_method_id) where status <> 'removed';
create index funding_source_of_user on wallets.funding_source (user_id, created_at, id);
grant select, insert, update (status, removed_at) on wallets.funding_source to florin_app;

-- A note is a person's words: kept apart from flows and ledger, so that it can be erased while they stay.
create table wallets.transfer_note (
    flow_id      uuid not null,
    -- Of the request that the note came with: a key that stayed free after a refusal may be used for another request with other words.
    request_hash text not null,
    note         text not null check (length(note) between 1 and 200),
    primary key (flow_id, request_hash)
);
grant select, insert on wallets.transfer_note to florin_app;

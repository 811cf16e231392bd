-- Outbound events: the outbox that every change of a flow fills in its own transaction, the numbered events, who gets them, and how far each is.
-- Business times come from the application's clock; nothing here calls now().

-- A queue: a row is written with the change and leaves it when the event has its number. Its order is that of the changes of one flow, because
-- those are serialised by the flow's row; between flows it means nothing.
create table flows.outbox (
    id bigint generated always as identity primary key,
    flow_id uuid not null,
    kind text not null,
    state text not null,
    version integer not null,
    data json not null,
    owner_id text not null,
    created_at timestamptz not null,
    at timestamptz not null
)
with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
grant select, insert, delete on flows.outbox to florin_app;

create table flows.event (
    sequence bigint primary key check (sequence > 0),
    -- No foreign key: its check would wait for whoever is changing the flow, and with it all events would.
    flow_id uuid not null,
    version integer not null,
    type text not null,
    owner_id text not null,
    occurred_at timestamptz not null,
    -- The bytes that are sent, again and again the same.
    body text not null,
    unique (flow_id, version)
);
call florin.make_insert_only('flows.event');

-- Whoever reads up to N has read all that there is up to N: no number is given before the one below it is taken.
create function flows.check_event() returns trigger language plpgsql as $$
begin
    if new.sequence <> (select coalesce(max(sequence), 0) + 1 from flows.event) then
        raise exception 'event % would leave a gap', new.sequence using errcode = 'check_violation';
    end if;
    return new;
end
$$;
create trigger check_event before insert on flows.event for each row execute function flows.check_event();
alter table flows.event enable always trigger check_event;

create table flows.webhook_endpoint (
    id uuid primary key,
    url text not null,
    description text,
    event_types text[] not null check (cardinality(event_types) > 0),
    -- Encrypted under the master key; wiped when the endpoint is removed.
    secret bytea,
    previous_secret bytea,
    previous_until timestamptz,
    enabled boolean not null default true,
    disabled_reason text,
    paused_until timestamptz,
    created_at timestamptz not null,
    created_by text not null,
    removed_at timestamptz,
    check ((previous_secret is null) = (previous_until is null)),
    check ((removed_at is null) = (secret is not null))
);
grant select, insert on flows.webhook_endpoint to florin_app;
grant update (secret, previous_secret, previous_until, enabled, disabled_reason, paused_until, removed_at) on flows.webhook_endpoint to florin_app;

create function flows.wants(event_types text[], type text) returns boolean language sql immutable parallel safe as $$
    select event_types && array['*', type, split_part(type, '.', 1) || '.*']
$$;

create table flows.delivery (
    endpoint_id uuid not null references flows.webhook_endpoint (id),
    sequence bigint not null references flows.event (sequence),
    flow_id uuid not null,
    status text not null default 'pending' check (status in ('pending', 'delivered', 'parked')),
    attempts integer not null default 0 check (attempts >= 0),
    -- When a worker may take it: at once, the end of the present worker's lease, or the next attempt.
    due_at timestamptz not null,
    replayed boolean not null default false,
    last_attempt_at timestamptz,
    last_status integer,
    last_error text,
    primary key (endpoint_id, sequence)
)
with (fillfactor = 80);
grant select, insert on flows.delivery to florin_app;
grant update (status, attempts, due_at, replayed, last_attempt_at, last_status, last_error) on flows.delivery to florin_app;

create index delivery_due on flows.delivery (endpoint_id, due_at, sequence) where status = 'pending';
create index delivery_of_object on flows.delivery (endpoint_id, flow_id, sequence) where status = 'pending';
create index delivery_open on flows.delivery (endpoint_id, status, sequence) where status <> 'delivered';

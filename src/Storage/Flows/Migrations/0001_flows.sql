-- Durable flows: their rows, their insert-only history, the declared transitions, the inbox of signals, obligations, and the inbox of provider events.
-- Business times come from the application's clock; nothing here calls now().

create schema flows;
grant usage on schema flows to florin_app;

-- The declared table of every kind of flow. An empty from_state means: may begin in to_state.
create table flows.transition (
    kind text not null,
    from_state text not null,
    to_state text not null,
    events text not null,
    postings text,
    primary key (kind, from_state, to_state)
);
grant select, insert, update, delete on flows.transition to florin_app;

create table flows.flow (
    id uuid primary key,
    kind text not null,
    state text not null,
    version integer not null,
    -- json, not jsonb: the handler's text comes back byte for byte.
    data json not null check (json_typeof(data) = 'object'),
    owner_id text not null,
    request_hash text,
    provider_reference text unique,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    due_at timestamptz,
    attempts integer not null default 0 check (attempts >= 0),
    parked_reason text,
    lease uuid,
    lease_until timestamptz,
    -- The inbox as numbers on the row itself, so that one statement under the row's lock sees whether a signal came in between.
    last_signal_id bigint not null default 0,
    last_signal_at timestamptz,
    considered_signal_id bigint not null default 0,
    check ((lease is null) = (lease_until is null)),
    -- Only a flow that is due is held: a holder that dies leaves a flow that is taken up again.
    check (lease is null or due_at is not null)
)
-- Every turn updates lease and due time; room on the page and eager cleaning keep the table from swelling.
with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
grant select, insert, update on flows.flow to florin_app;

create index flow_due on flows.flow (due_at) where lease is null and parked_reason is null and due_at is not null;
create index flow_leased on flows.flow (lease_until) where lease is not null;
create index flow_of_owner on flows.flow (owner_id, created_at desc, id desc);
create index flow_parked on flows.flow (updated_at, id) where parked_reason is not null;

create table flows.history (
    flow_id uuid not null references flows.flow (id),
    version integer not null,
    from_state text,
    to_state text not null,
    at timestamptz not null,
    actor text not null,
    reason text not null,
    evidence json,
    primary key (flow_id, version)
);
call florin.make_insert_only('flows.history');

-- What must be paid once, and the flow that pays it.
create table flows.obligation (
    obligation text primary key,
    flow_id uuid not null references flows.flow (id),
    taken_at timestamptz not null
);
call florin.make_insert_only('flows.obligation');

create table flows.signal (
    id bigint generated always as identity primary key,
    flow_id uuid not null references flows.flow (id),
    source text not null,
    source_id text not null,
    type text not null,
    payload text not null,
    received_at timestamptz not null,
    unique (flow_id, source, source_id)
);
create index signal_of_flow on flows.signal (flow_id, id);
call florin.make_insert_only('flows.signal');

create table flows.inbound_event (
    provider text not null,
    event_id text not null,
    sequence bigint generated always as identity,
    type text not null,
    object_id text not null,
    body text not null,
    via text not null,
    received_at timestamptz not null,
    status text not null default 'pending' check (status in ('pending', 'done', 'ignored', 'parked')),
    attempts integer not null default 0,
    note text,
    -- When a worker may take it: its arrival, the end of the present worker's lease, or the next attempt.
    due_at timestamptz not null,
    primary key (provider, event_id)
);
create index inbound_event_due on flows.inbound_event (due_at, sequence) where status = 'pending';
create index inbound_event_of_object on flows.inbound_event (provider, object_id, sequence) where status = 'pending';
create index inbound_event_newest on flows.inbound_event (status, sequence desc);
create unique index inbound_event_sequence on flows.inbound_event (sequence);
grant select, insert on flows.inbound_event to florin_app;
-- What arrived is never rewritten; only how far its handling is.
grant update (status, attempts, note, due_at) on flows.inbound_event to florin_app;

create table flows.pull_cursor (
    provider text primary key,
    cursor text not null
);
grant select, insert, update on flows.pull_cursor to florin_app;

-- The last line of defence behind the runner's own checks: no code path, and no hand at a SQL prompt, makes an undeclared change.
create function flows.check_flow() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        if new.version <> 1 then
            raise exception 'flow % must begin at version 1, not %', new.id, new.version using errcode = 'check_violation';
        end if;
        if not exists (select from flows.transition t where t.kind = new.kind and t.from_state = '' and t.to_state = new.state) then
            raise exception 'a flow of kind % may not begin in state %', new.kind, new.state using errcode = 'check_violation';
        end if;
        return new;
    end if;

    if (new.id, new.kind, new.owner_id, new.request_hash, new.created_at)
        is distinct from (old.id, old.kind, old.owner_id, old.request_hash, old.created_at) then
        raise exception 'identity, kind, owner, request and birth of flow % never change', old.id using errcode = 'check_violation';
    end if;

    if new.version = old.version then
        if (new.state, new.data::text, new.provider_reference) is distinct from (old.state, old.data::text, old.provider_reference) then
            raise exception 'a change of flow % must raise its version', old.id using errcode = 'check_violation';
        end if;
        return new;
    end if;

    if new.version <> old.version + 1 then
        raise exception 'flow % must go from version % to %, not to %', old.id, old.version, old.version + 1, new.version
            using errcode = 'check_violation';
    end if;
    if not exists (select from flows.transition t where t.kind = old.kind and t.from_state = old.state and t.to_state = new.state) then
        raise exception 'flow % of kind % may not go from state % to %', old.id, old.kind, old.state, new.state
            using errcode = 'check_violation';
    end if;
    return new;
end
$$;

-- Only statements that name one of these columns pay for the check; leases and due times do not.
create trigger check_flow
    before insert or update of id, kind, owner_id, request_hash, created_at, state, version, data, provider_reference on flows.flow
    for each row execute function flows.check_flow();
alter table flows.flow enable always trigger check_flow;

-- What was ordered lately without an obligation, so that the same order under a fresh key is noticed. It is forgotten after its window.

create table payments.recent_payment (
    flow_id     uuid        primary key,
    -- SHA-256 over payee, payer, amount and reference, hexadecimal.
    fingerprint text        not null,
    ordered_at  timestamptz not null
);
create index recent_payment_of_fingerprint on payments.recent_payment (fingerprint, ordered_at);
create index recent_payment_of_time on payments.recent_payment (ordered_at);
grant select, insert, update (ordered_at), delete on payments.recent_payment to florin_app;

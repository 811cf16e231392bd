-- The events of one statement are checked together: asked for each of them, what stands before it costs as much as writing it.
create function flows.check_events() returns trigger language plpgsql as $$
declare
    lowest bigint;
    highest bigint;
    count bigint;
begin
    select min(sequence), max(sequence), count(*) into lowest, highest, count from added;
    if count > 0 and (highest - lowest + 1 <> count
        or lowest <> coalesce((select max(sequence) from flows.event where sequence < lowest), 0) + 1) then
        raise exception 'events % to % would leave a gap', lowest, highest using errcode = 'check_violation';
    end if;
    return null;
end
$$;
drop trigger check_event on flows.event;
drop function flows.check_event();
create trigger check_events after insert on flows.event
    referencing new table as added for each statement execute function flows.check_events();
alter table flows.event enable always trigger check_events;

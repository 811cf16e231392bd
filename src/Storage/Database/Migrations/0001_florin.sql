-- What every module's migrations stand on: the record of what was applied, and the guard of what is only ever inserted.

create schema florin;
grant usage on schema florin to florin_app;

create table florin.schema_migrations (
    module     text        not null,
    number     integer     not null check (number > 0),
    name       text        not null,
    sha256     bytea       not null check (length(sha256) = 32),
    applied_at timestamptz not null,
    primary key (module, number)
);
grant select on florin.schema_migrations to florin_app;

create function florin.refuse_change() returns trigger
    language plpgsql as
$$
begin
    raise exception '% refused: rows of %.% are inserted, never changed or removed', tg_op, tg_table_schema, tg_table_name
        using errcode = 'restrict_violation',
              hint = 'A correction is a new row that is linked to the old one.';
end
$$;

-- Guards a table and its partitions against everybody, the owner and replication roles included: triggers that always fire, and
-- no right to change for the application. Call it again for each partition that is made later: a TRUNCATE trigger is not inherited.
create procedure florin.make_insert_only(guarded regclass)
    language plpgsql as
$$
declare
    part regclass;
begin
    for part in select guarded union select relid from pg_partition_tree(guarded) order by 1 loop
        -- A partition has its parent's row trigger already, as a copy that follows the parent.
        if not exists (select from pg_trigger where tgrelid = part and tgname = 'refuse_change') then
            execute format(
                'create trigger refuse_change before update or delete on %s for each row execute function florin.refuse_change()', part);
            execute format('alter table %s enable always trigger refuse_change', part);
        end if;
        execute format(
            'create or replace trigger refuse_truncate before truncate on %s for each statement execute function florin.refuse_change()', part);
        execute format('alter table %s enable always trigger refuse_truncate', part);

        if exists (select from pg_roles where rolname = 'florin_app') then
            execute format('revoke all on %s from florin_app', part);
        end if;
    end loop;

    -- Rows reach a partition through its table, whose rights are enough.
    if exists (select from pg_roles where rolname = 'florin_app')
        and not (select relispartition from pg_class where oid = guarded) then
        execute format('grant select, insert on %s to florin_app', guarded);
    end if;
end
$$;

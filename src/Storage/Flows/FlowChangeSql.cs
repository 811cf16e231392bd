using Florin.Flows;
using Npgsql;
using NpgsqlTypes;

namespace Florin.Storage.Flows;

/// <summary>
/// The statements that apply changes of flows: the same for one change alone and for all changes of a journal batch, so that there is one meaning
/// of a change. Each leaves its line of history and its row in the outbox of events.
/// </summary>
internal static class FlowChangeSql
{
    // A row that exists, a reference in use and an obligation that is taken leave nothing behind of their change but, at worst, a flow without
    // its obligation; that one is not returned, so that the caller rolls back.
    private const string Create = """
        with change as (
            select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::text[], $8::text[],
                $9::text[], $10::text[], $11::text[], $12::text[], $13::timestamptz[], $14::uuid[], $15::timestamptz[])
            as c(id, kind, to_state, data, at, actor, reason, evidence,
                owner_id, request_hash, obligation, provider_reference, due_at, lease, lease_until)
        ), created as (
            insert into flows.flow (id, kind, state, version, data, owner_id, request_hash, provider_reference,
                created_at, updated_at, due_at, lease, lease_until)
            select id, kind, to_state, 1, data::json, owner_id, request_hash, provider_reference, at, at, due_at, lease, lease_until
            from change
            on conflict do nothing
            returning id
        ), held as (
            insert into flows.obligation (obligation, flow_id, taken_at)
            select obligation, id, at from change join created using (id) where obligation is not null
            on conflict do nothing
            returning flow_id
        ), noted as (
            insert into flows.history (flow_id, version, from_state, to_state, at, actor, reason, evidence)
            select id, 1, null, to_state, at, actor, reason, evidence::json from change join created using (id)
        ), announced as (
            insert into flows.outbox (flow_id, kind, state, version, data, owner_id, created_at, at)
            select id, kind, to_state, 1, data::json, owner_id, at, at from change join created using (id)
        )
        select id from change join created using (id)
        where obligation is null or exists (select from held where held.flow_id = id)
        """;

    // A change under a lease needs that very lease, so that a turn that was overtaken changes nothing. Signals that came after those that were
    // considered make the flow due at once, whatever the turn wanted.
    private const string Change = """
        with change as (
            select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::text[], $8::text[],
                $9::integer[], $10::text[], $11::bigint[], $12::text[], $13::timestamptz[], $14::uuid[], $15::timestamptz[])
            as c(id, kind, to_state, data, at, actor, reason, evidence,
                expected_version, from_state, consumed, provider_reference, due_at, lease, lease_until)
        ), changed as (
            update flows.flow f set
                state = c.to_state,
                version = f.version + 1,
                data = c.data::json,
                provider_reference = coalesce(c.provider_reference, f.provider_reference),
                updated_at = c.at,
                attempts = 0,
                parked_reason = null,
                considered_signal_id = greatest(f.considered_signal_id, c.consumed),
                due_at = case
                    when f.last_signal_id > greatest(f.considered_signal_id, c.consumed) then c.at
                    when c.lease is null and f.lease is not null then coalesce(c.due_at, f.due_at)
                    else c.due_at end,
                lease = case when c.lease is null then f.lease when c.lease_until is null then null else c.lease end,
                lease_until = case when c.lease is null then f.lease_until else c.lease_until end
            from change c
            where f.id = c.id and f.kind = c.kind and f.version = c.expected_version and f.state = c.from_state
                and (c.lease is null or f.lease = c.lease)
            returning f.id, f.version, f.owner_id, f.created_at
        ), noted as (
            insert into flows.history (flow_id, version, from_state, to_state, at, actor, reason, evidence)
            select id, version, from_state, to_state, at, actor, reason, evidence::json from change join changed using (id)
        ), announced as (
            insert into flows.outbox (flow_id, kind, state, version, data, owner_id, created_at, at)
            select id, kind, to_state, version, data::json, owner_id, created_at, at from change join changed using (id)
        )
        select id from changed
        """;

    /// <summary>Applies changes of different flows.</summary>
    /// <returns>
    /// The ids of the flows that were changed. When one is missing it conflicts, and the caller rolls the transaction back: of a conflicting
    /// creation a part may be written.
    /// </returns>
    /// <exception cref="PostgresException">
    /// An undeclared transition (23514), a provider reference that another flow has (23505), or data that are not JSON.
    /// </exception>
    public static async ValueTask<HashSet<Guid>> ExecuteAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyCollection<FlowChange> changes, CancellationToken cancellationToken)
    {
        // One order of locking for everybody who changes several rows.
        FlowChange[] ordered = [.. changes.OrderBy(change => change.Id.Value)];
        FlowChange[] creations = [.. ordered.Where(change => change.ExpectedVersion == 0)];
        FlowChange[] updates = [.. ordered.Where(change => change.ExpectedVersion != 0)];

        await using NpgsqlBatch batch = new(connection, transaction);
        if (creations.Length != 0)
        {
            batch.BatchCommands.Add(CreateCommand(creations));
        }

        if (updates.Length != 0)
        {
            batch.BatchCommands.Add(ChangeCommand(updates));
        }

        HashSet<Guid> applied = new(ordered.Length);
        if (batch.BatchCommands.Count == 0)
        {
            return applied;
        }

        await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancellationToken);
        do
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                applied.Add(reader.GetGuid(0));
            }
        }
        while (await reader.NextResultAsync(cancellationToken));
        return applied;
    }

    private static NpgsqlBatchCommand CreateCommand(FlowChange[] changes)
    {
        NpgsqlBatchCommand command = new(Create);
        AddCommon(command, changes);
        command.AddTexts(changes, change => change.OwnerId);
        command.AddTexts(changes, change => change.RequestHash);
        command.AddTexts(changes, change => change.Obligation);
        AddTail(command, changes);
        return command;
    }

    private static NpgsqlBatchCommand ChangeCommand(FlowChange[] changes)
    {
        NpgsqlBatchCommand command = new(Change);
        AddCommon(command, changes);
        command.AddArray(changes, NpgsqlDbType.Integer, change => change.ExpectedVersion);
        command.AddTexts(changes, change => change.From);
        command.AddArray(changes, NpgsqlDbType.Bigint, change => change.ConsumedSignalId);
        AddTail(command, changes);
        return command;
    }

    private static void AddCommon(NpgsqlBatchCommand command, FlowChange[] changes)
    {
        command.AddArray(changes, NpgsqlDbType.Uuid, change => change.Id.Value);
        command.AddTexts(changes, change => change.Kind);
        command.AddTexts(changes, change => change.To);
        command.AddTexts(changes, change => change.Data);
        command.AddTimes(changes, change => change.At);
        command.AddTexts(changes, change => change.Actor);
        command.AddTexts(changes, change => change.Reason);
        command.AddTexts(changes, change => change.Evidence);
    }

    private static void AddTail(NpgsqlBatchCommand command, FlowChange[] changes)
    {
        command.AddTexts(changes, change => change.ProviderReference);
        command.AddTimes(changes, change => change.DueAt);
        command.AddArray(changes, NpgsqlDbType.Uuid, change => change.Lease);
        command.AddTimes(changes, change => change.Lease is null ? null : change.LeaseUntil);
    }
}

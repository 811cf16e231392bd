using System.Collections.Immutable;
using Florin.Flows;
using Florin.Storage.Database;
using Npgsql;

namespace Florin.Storage.Flows;

/// <summary>Flows in PostgreSQL. Thread-safe.</summary>
internal sealed class PostgresFlowStore(IDatabase database) : IFlowStore
{
    private static readonly string Unconfirmed = string.Join(", ", FlowState.Unconfirmed.Select(state => $"'{state}'"));

    private readonly NpgsqlDataSource dataSource = database.DataSource;

    // What this process can execute. Declared once, before the loop runs.
    private volatile string[] known = [];

    public async ValueTask DeclareAsync(ImmutableArray<FlowDefinition> definitions, CancellationToken cancellationToken)
    {
        await FlowDeclarations.WriteAsync(dataSource, definitions, cancellationToken);
        known = [.. known.Union(definitions.SelectMany(definition => definition.States.Select(state => $"{definition.Kind} {state.Name}")))];
    }

    public async ValueTask<bool> ApplyAsync(FlowChange change, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
        try
        {
            HashSet<Guid> applied = await FlowChangeSql.ExecuteAsync(connection, transaction, [change], cancellationToken);
            if (applied.Count == 0)
            {
                return false;
            }
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            // Another flow has the provider reference.
            return false;
        }

        // The point of no return: a cancelled commit has no known outcome.
        await transaction.CommitAsync(CancellationToken.None);
        return true;
    }

    public async ValueTask<Flow?> GetAsync(FlowId id, CancellationToken cancellationToken) =>
        (await dataSource.QueryAsync(
            $"select {FlowRows.FlowColumns} from flows.flow f where f.id = $1", FlowRows.ReadFlow, cancellationToken, id.Value)).SingleOrDefault();

    public async ValueTask<Flow?> FindByProviderReferenceAsync(string providerReference, CancellationToken cancellationToken) =>
        (await dataSource.QueryAsync(
            $"select {FlowRows.FlowColumns} from flows.flow f where f.provider_reference = $1",
            FlowRows.ReadFlow,
            cancellationToken,
            providerReference)).SingleOrDefault();

    public async ValueTask<FlowId?> FindObligationHolderAsync(string obligation, CancellationToken cancellationToken)
    {
        ImmutableArray<FlowId> holders = await dataSource.QueryAsync(
            "select flow_id from flows.obligation where obligation = $1", row => new FlowId(row.GetGuid(0)), cancellationToken, obligation);
        return holders.Length == 0 ? null : holders[0];
    }

    public ValueTask<ImmutableArray<FlowHistoryEntry>> GetHistoryAsync(FlowId id, CancellationToken cancellationToken) =>
        dataSource.QueryAsync(
            """
            select flow_id, version, from_state, to_state, at, actor, reason, evidence::text
            from flows.history where flow_id = $1 order by version
            """,
            FlowRows.ReadHistory,
            cancellationToken,
            id.Value);

    public ValueTask<ImmutableArray<Flow>> ListAsync(
        string ownerId, ImmutableArray<string> kinds, FlowId? before, int limit, CancellationToken cancellationToken) =>
        dataSource.QueryAsync(
            $"""
            select {FlowRows.FlowColumns} from flows.flow f
            where f.owner_id = $1
                and (cardinality($2::text[]) = 0 or f.kind = any($2::text[]))
                and ($3::uuid is null or (f.created_at, f.id) < (select b.created_at, b.id from flows.flow b where b.id = $3::uuid))
            order by f.created_at desc, f.id desc
            limit $4
            """,
            FlowRows.ReadFlow,
            cancellationToken,
            ownerId,
            kinds.ToArray(),
            before?.Value,
            limit);

    public ValueTask<ImmutableArray<UnknownFlow>> ListUnknownAsync(string? kind, DateTimeOffset agedBefore, int limit, CancellationToken cancellationToken) =>
        dataSource.QueryAsync(
            $"""
            with unconfirmed as (
                select f.*, (
                    select max(h.at) from flows.history h where h.flow_id = f.id and h.to_state in ({Unconfirmed}) and h.from_state not in ({Unconfirmed})
                ) as since
                from flows.flow f where f.state in ({Unconfirmed}) and f.created_at <= $2 and ($1::text is null or f.kind = $1)
            ), listed as (
                (select f.*, f.updated_at as since from flows.flow f
                where f.state = '{FlowState.Unknown}' and ($1::text is null or f.kind = $1) order by f.updated_at, f.id limit $3)
                union all
                select * from unconfirmed where since <= $2
            )
            select {FlowRows.FlowColumns}, f.since from listed f order by f.since, f.id limit $3
            """,
            row => new UnknownFlow(FlowRows.ReadFlow(row), FlowRows.Time(row, FlowRows.FlowColumnCount)),
            cancellationToken,
            kind,
            agedBefore,
            limit);

    public ValueTask<ImmutableArray<Flow>> ListParkedAsync(int limit, CancellationToken cancellationToken) =>
        dataSource.QueryAsync(
            $"select {FlowRows.FlowColumns} from flows.flow f where f.parked_reason is not null order by f.updated_at, f.id limit $1",
            FlowRows.ReadFlow,
            cancellationToken,
            limit);

    public ValueTask<ImmutableArray<Flow>> ClaimDueAsync(
        Guid lease, DateTimeOffset now, TimeSpan leaseTime, int limit, CancellationToken cancellationToken) =>
        dataSource.QueryAsync(
            FlowTurnSql.ClaimDue, FlowRows.ReadFlow, cancellationToken, lease, now, now + leaseTime, limit, known);

    public async ValueTask<Flow?> ClaimAsync(
        FlowId id, Guid lease, DateTimeOffset now, TimeSpan leaseTime, CancellationToken cancellationToken) =>
        (await dataSource.QueryAsync(
            FlowTurnSql.ClaimOne, FlowRows.ReadFlow, cancellationToken, id.Value, lease, now, now + leaseTime)).SingleOrDefault();

    public async ValueTask<bool> ProlongAsync(FlowId id, Guid lease, DateTimeOffset until, CancellationToken cancellationToken) =>
        await dataSource.ExecuteAsync(
            "update flows.flow set lease_until = greatest(lease_until, $3) where id = $1 and lease = $2", cancellationToken, id.Value, lease, until) == 1;

    public async ValueTask ReleaseAsync(
        FlowId id,
        Guid lease,
        DateTimeOffset? dueAt,
        int attempts,
        string? parkedReason,
        long seenSignalId,
        bool consumeSignals,
        CancellationToken cancellationToken) =>
        await dataSource.ExecuteAsync(
            FlowTurnSql.Release, cancellationToken, id.Value, lease, dueAt, attempts, parkedReason, seenSignalId, consumeSignals);

    public ValueTask<bool> AddSignalAsync(
        FlowId id, string source, string sourceId, string type, string payload, DateTimeOffset receivedAt, CancellationToken cancellationToken) =>
        FlowSignals.AddAsync(dataSource, id, source, sourceId, type, payload, receivedAt, cancellationToken);

    public ValueTask<ImmutableArray<FlowSignal>> GetSignalsAsync(FlowId id, CancellationToken cancellationToken) =>
        dataSource.QueryAsync(
            """
            select s.id, s.source, s.source_id, s.type, s.payload, s.received_at
            from flows.signal s join flows.flow f on f.id = s.flow_id
            where s.flow_id = $1 and s.id > f.considered_signal_id
            order by s.id
            """,
            FlowRows.ReadSignal,
            cancellationToken,
            id.Value);

    public async ValueTask<DateTimeOffset?> NextDueAsync(CancellationToken cancellationToken) =>
        (await dataSource.QueryAsync(
            FlowTurnSql.NextDue,
            row => row.IsDBNull(0) ? (DateTimeOffset?)null : FlowRows.Time(row, 0),
            cancellationToken,
            [known])).Single();
}

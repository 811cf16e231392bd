using System.Collections.Immutable;
using Florin.Flows;
using Florin.Storage.Database;
using Npgsql;
using NpgsqlTypes;

namespace Florin.Storage.Flows;

/// <summary>The outbox and the numbered events in PostgreSQL. Thread-safe.</summary>
/// <remarks>
/// Why no reader skips an event: numbers are given under one advisory lock that ends with the commit, so that number N + 1 is taken only by a
/// transaction that sees N committed. Whoever sees N + 1 sees N.
/// </remarks>
internal sealed class PostgresEventLog(IDatabase database) : IEventLog
{
    private const string Lock = "select pg_try_advisory_xact_lock(hashtextextended('florin/flows/number-events', 0))";

    private const string Take = """
        select id, flow_id, kind, state, version, data::text, owner_id, created_at, at from flows.outbox order by id limit $1
        """;

    private const string Insert = """
        insert into flows.event (sequence, flow_id, version, type, owner_id, occurred_at, body)
        select * from unnest($1::bigint[], $2::uuid[], $3::integer[], $4::text[], $5::text[], $6::timestamptz[], $7::text[])
        """;

    private const string HandOut = """
        insert into flows.delivery (endpoint_id, sequence, flow_id, due_at)
        select e.id, v.sequence, v.flow_id, $2 from flows.event v
        join flows.webhook_endpoint e on e.enabled and e.removed_at is null and flows.wants(e.event_types, v.type)
        where v.sequence >= $1
        """;

    private readonly NpgsqlDataSource dataSource = database.DataSource;

    public async ValueTask<IReadOnlyList<OutboundEvent>> NumberAsync(
        Func<Flow, long, OutboundEvent> make, DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        // Nearly always there is nothing, and nothing needs no transaction. By the index: the table begins with rows that are gone until they are cleaned up.
        ImmutableArray<bool> any = await dataSource.QueryAsync("select min(id) is not null from flows.outbox", row => row.GetBoolean(0), cancellationToken);
        if (!any[0])
        {
            return [];
        }

        await using NpgsqlConnection connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);

        // A statement of its own: the ones after it see all that the holder before committed.
        if (await ScalarAsync(connection, transaction, Lock, cancellationToken) is not true)
        {
            return [];
        }

        long last = (long)(await ScalarAsync(connection, transaction, "select coalesce(max(sequence), 0) from flows.event", cancellationToken))!;
        (long[] ids, List<Flow> flows) = await TakeAsync(connection, transaction, limit, cancellationToken);
        OutboundEvent[] events = [.. flows.Select((flow, index) => make(flow, last + 1 + index))];
        if (events.Length > 0)
        {
            await WriteAsync(connection, transaction, events, ids, now, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        return events;
    }

    public async ValueTask<IReadOnlyList<OutboundEvent>> ListAsync(long since, int limit, CancellationToken cancellationToken) =>
        await dataSource.QueryAsync(
            "select sequence, flow_id, version, type, owner_id, occurred_at, body from flows.event where sequence > $1 order by sequence limit $2",
            row => ReadEvent(row, 0),
            cancellationToken,
            since,
            limit);

    /// <summary>Reads an event's columns in the order of the table.</summary>
    internal static OutboundEvent ReadEvent(NpgsqlDataReader row, int first) => new(
        row.GetInt64(first),
        new FlowId(row.GetGuid(first + 1)),
        row.GetInt32(first + 2),
        row.GetString(first + 3),
        row.GetString(first + 4),
        FlowRows.Time(row, first + 5),
        row.GetString(first + 6));

    private static async Task<object?> ScalarAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, string sql, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = new(sql, connection, transaction);
        return await command.ExecuteScalarAsync(cancellationToken);
    }

    private static async Task<(long[] Ids, List<Flow> Flows)> TakeAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, int limit, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = new(Take, connection, transaction);
        command.Parameters.Add(Sql.Parameter(limit));
        await using NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken);
        List<long> ids = [];
        List<Flow> flows = [];
        while (await row.ReadAsync(cancellationToken))
        {
            ids.Add(row.GetInt64(0));
            flows.Add(new Flow
            {
                Id = new FlowId(row.GetGuid(1)),
                Kind = row.GetString(2),
                State = row.GetString(3),
                Version = row.GetInt32(4),
                Data = row.GetString(5),
                OwnerId = row.GetString(6),
                CreatedAt = FlowRows.Time(row, 7),
                UpdatedAt = FlowRows.Time(row, 8),
            });
        }

        return ([.. ids], flows);
    }

    private static async Task WriteAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, OutboundEvent[] events, long[] ids, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using NpgsqlBatch batch = new(connection, transaction);
        NpgsqlBatchCommand insert = new(Insert);
        Add(insert, events, NpgsqlDbType.Bigint, item => item.Sequence);
        Add(insert, events, NpgsqlDbType.Uuid, item => item.FlowId.Value);
        Add(insert, events, NpgsqlDbType.Integer, item => item.Version);
        Add(insert, events, NpgsqlDbType.Text, item => item.Type);
        Add(insert, events, NpgsqlDbType.Text, item => item.OwnerId);
        Add(insert, events, NpgsqlDbType.TimestampTz, item => item.OccurredAt.UtcDateTime);
        Add(insert, events, NpgsqlDbType.Text, item => item.Body);
        batch.BatchCommands.Add(insert);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(HandOut) { Parameters = { Sql.Parameter(events[0].Sequence), Sql.Parameter(now) } });
        batch.BatchCommands.Add(new NpgsqlBatchCommand("delete from flows.outbox where id = any($1)") { Parameters = { Sql.Parameter(ids) } });
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private static void Add<T>(NpgsqlBatchCommand command, OutboundEvent[] events, NpgsqlDbType type, Func<OutboundEvent, T> select) =>
        command.Parameters.Add(new NpgsqlParameter<T[]>
        {
            NpgsqlDbType = NpgsqlDbType.Array | type,
            TypedValue = Array.ConvertAll(events, item => select(item)),
        });
}

using Florin.Flows;
using Npgsql;

namespace Florin.Storage.Flows;

/// <summary>Puts signals into the inboxes of flows.</summary>
internal static class FlowSignals
{
    // The lock makes the numbers of one flow's signals follow the order of their commits: without it a signal with a lower number could become
    // visible after a turn has considered a higher one, and be passed over.
    private const string Lock = "select 1 from flows.flow where id = $1 for update";

    private const string Insert = """
        insert into flows.signal (flow_id, source, source_id, type, payload, received_at)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (flow_id, source, source_id) do nothing
        returning id
        """;

    private const string Announce = """
        update flows.flow set
            last_signal_id = $2,
            last_signal_at = $3,
            due_at = least(coalesce(due_at, $3), $3),
            parked_reason = case when $4 then null else parked_reason end,
            attempts = case when $4 then 0 else attempts end
        where id = $1
        """;

    /// <returns><see langword="false"/> when it is there already.</returns>
    /// <exception cref="KeyNotFoundException">There is no such flow.</exception>
    public static async ValueTask<bool> AddAsync(
        NpgsqlDataSource dataSource,
        FlowId id,
        string source,
        string sourceId,
        string type,
        string payload,
        DateTimeOffset receivedAt,
        CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
        long? signalId;
        await using (NpgsqlBatch batch = new(connection, transaction))
        {
            batch.BatchCommands.Add(Command(Lock, id.Value));
            batch.BatchCommands.Add(Command(Insert, id.Value, source, sourceId, type, payload, receivedAt));
            try
            {
                signalId = await ReadIdAsync(batch, cancellationToken);
            }
            catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.ForeignKeyViolation)
            {
                throw new KeyNotFoundException($"There is no flow {id}.", exception);
            }
        }

        if (signalId is null)
        {
            return false;
        }

        await using (NpgsqlBatch batch = new(connection, transaction))
        {
            batch.BatchCommands.Add(Command(Announce, id.Value, signalId.Value, receivedAt, source == FlowSignal.OperatorSource));
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }

        await transaction.CommitAsync(CancellationToken.None);
        return true;
    }

    private static async ValueTask<long?> ReadIdAsync(NpgsqlBatch batch, CancellationToken cancellationToken)
    {
        await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? reader.GetInt64(0) : null;
    }

    private static NpgsqlBatchCommand Command(string sql, params object[] values)
    {
        NpgsqlBatchCommand command = new(sql);
        foreach (object value in values)
        {
            command.Parameters.Add(Sql.Parameter(value));
        }

        return command;
    }
}

using Npgsql;

namespace Florin.Storage.Ledger.Audit;

/// <summary>A connection whose transaction sees the same snapshot as the one that exported it.</summary>
internal sealed class SnapshotConnection : IAsyncDisposable
{
    private readonly NpgsqlTransaction _transaction;

    private SnapshotConnection(NpgsqlConnection connection, NpgsqlTransaction transaction)
    {
        Connection = connection;
        _transaction = transaction;
    }

    public NpgsqlConnection Connection { get; }

    public static async ValueTask<SnapshotConnection> OpenAsync(
        NpgsqlDataSource dataSource, string snapshot, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await dataSource.OpenConnectionAsync(cancellationToken);
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);

        // The name comes from pg_export_snapshot and has no characters that need quoting; the statement takes no parameter.
        await using NpgsqlCommand command = new($"set transaction snapshot '{snapshot}'", connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
        return new SnapshotConnection(connection, transaction);
    }

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await Connection.DisposeAsync();
    }
}

using System.Data;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Florin.Storage.Ledger;

/// <summary>
/// Builds the indexes of closed partitions, one after the other, beside the writer: sorting a million entries once costs a fraction of keeping
/// them sorted at every commit, and costs the writer nothing but its share of the machine.
/// </summary>
/// <remarks>Failure policy: a failure is logged and the work taken up at the next waking; until then history reads that part without an index.</remarks>
internal sealed partial class PartitionIndexer(NpgsqlDataSource dataSource, ILogger logger) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private Task _working = Task.CompletedTask;
    private bool _isWoken;

    /// <summary>There may be a partition to index. Returns at once. Thread-safe.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            _isWoken = true;
            if (_working.IsCompleted && !_stopping.IsCancellationRequested)
            {
                _working = Task.Run(WorkAsync, CancellationToken.None);
            }
        }
    }

    /// <summary>Completes when nothing is left to index or the work was given up. For tests and benchmarks.</summary>
    public Task IdleAsync()
    {
        lock (_gate)
        {
            return _working;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await IdleAsync();
        _stopping.Dispose();
    }

    private async Task WorkAsync()
    {
        while (TakeWaking())
        {
            try
            {
                await IndexAllAsync();
            }
            catch (Exception exception) when (PostgresLedgerJournal.IsEnvironment(exception) || exception is PostgresException or OperationCanceledException)
            {
                if (!_stopping.IsCancellationRequested)
                {
                    LogFailed(logger, exception);
                }
            }
        }
    }

    private bool TakeWaking()
    {
        lock (_gate)
        {
            bool wasWoken = _isWoken && !_stopping.IsCancellationRequested;
            _isWoken = false;
            if (!wasWoken)
            {
                // From here on a waking starts a new task.
                _working = Task.CompletedTask;
            }

            return wasWoken;
        }
    }

    private async Task IndexAllAsync()
    {
        await using NpgsqlConnection connection = await dataSource.OpenConnectionAsync(_stopping.Token);

        // A connection that the driver found dead between two statements refuses the next one as a misuse.
        while (connection.FullState == ConnectionState.Open && await NextAsync(connection) is { } partition)
        {
            await IndexAsync(connection, partition);
            LogIndexed(logger, partition);
        }
    }

    private async ValueTask IndexAsync(NpgsqlConnection connection, long partition)
    {
        // One process and no parallel workers beside it: nobody waits for an index, and callers wait for their share of the processors.
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(_stopping.Token);
        await using NpgsqlBatch indexing = new(connection, transaction)
        {
            BatchCommands =
            {
                new("set local max_parallel_maintenance_workers = 0"),
                new("select ledger.index_partition($1)") { Parameters = { new() { Value = partition } } },
            },
            Timeout = 0,
        };
        await indexing.ExecuteNonQueryAsync(_stopping.Token);
        await transaction.CommitAsync(_stopping.Token);
    }

    private async ValueTask<long?> NextAsync(NpgsqlConnection connection)
    {
        await using NpgsqlCommand command = new(
            """
            select p.partition from ledger.partitions p join ledger.head h on h.sequence >= p.end_sequence - 1
            where not p.is_indexed order by p.partition limit 1
            """,
            connection);
        return (long?)await command.ExecuteScalarAsync(_stopping.Token);
    }

    [LoggerMessage(2110, LogLevel.Debug, "The indexes of partition {Partition} of the journal are there.")]
    private static partial void LogIndexed(ILogger logger, long partition);

    [LoggerMessage(2111, LogLevel.Warning, "Indexing a closed partition of the journal failed; it is tried again when the next one closes.")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}

using System.Buffers.Binary;
using System.Security.Cryptography;
using Florin.Ledger;
using Npgsql;

namespace Florin.Storage.Ledger.Audit;

/// <summary>Walks the whole journal in one snapshot, batch by batch: adds up balances, recomputes hashes, and notes what does not fit.</summary>
internal sealed class HistoryReader(NpgsqlDataSource dataSource, IProgress<LedgerAuditProgress> progress)
{
    private readonly List<LedgerProblem> _problems = [];
    private byte[] _hash = new byte[BatchHash.Length];
    private long _batch;
    private long _sequence;

    public HistoryBalances Balances { get; } = new();

    public IReadOnlyList<LedgerProblem> Problems => _problems;

    public long Batches => _batch;

    public long Sequence => _sequence;

    /// <param name="onCheckpoint">Called once, when the balances stand at the stored checkpoint.</param>
    public async ValueTask RunAsync(Func<HistoryBalances, NpgsqlConnection, ValueTask> onCheckpoint, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection main = await dataSource.OpenConnectionAsync(cancellationToken);
        await using NpgsqlTransaction transaction = await main.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
        string snapshot = (string)(await ScalarAsync(main, "select pg_export_snapshot()", cancellationToken))!;
        long checkpoint = (long)(await ScalarAsync(main, "select sequence from ledger.checkpoint", cancellationToken))!;
        (long headBatch, long headSequence, byte[] headHash) = await ReadHeadAsync(main, cancellationToken);

        List<SnapshotConnection> connections = [];
        List<CopyStream> tables = [];
        try
        {
            foreach (JournalTable table in JournalTable.All)
            {
                connections.Add(await SnapshotConnection.OpenAsync(dataSource, snapshot, cancellationToken));
                tables.Add(await CopyStream.OpenAsync(
                    connections[^1].Connection, $"select {table.Columns} from ledger.{table.Name} order by {table.Order}", cancellationToken));
            }

            await using SnapshotConnection chain = await SnapshotConnection.OpenAsync(dataSource, snapshot, cancellationToken);
            await ReadBatchesAsync(chain.Connection, tables, checkpoint, headSequence, () => onCheckpoint(Balances, main), cancellationToken);
            CheckEnd(headBatch, headSequence, headHash, tables);

            // A COPY that is not read to its end cannot be left in peace; what is left is not looked at.
            foreach (CopyStream rows in tables)
            {
                while (rows.HasRow)
                {
                    await rows.AdvanceAsync(cancellationToken);
                }
            }
        }
        finally
        {
            foreach (CopyStream rows in tables)
            {
                await rows.DisposeAsync();
            }

            foreach (SnapshotConnection connection in connections)
            {
                await connection.DisposeAsync();
            }
        }
    }

    private async ValueTask ReadBatchesAsync(
        NpgsqlConnection connection,
        List<CopyStream> tables,
        long checkpoint,
        long headSequence,
        Func<ValueTask> onCheckpoint,
        CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = new(
            """
            select batch, epoch, first_sequence, last_sequence, recorded_at, checksums, previous_hash, hash,
                   array[accounts, transfers, details, standings, limit_uses, periods]
            from ledger.batches order by batch
            """,
            connection) { CommandTimeout = 0 };
        await using NpgsqlDataReader batches = await command.ExecuteReaderAsync(cancellationToken);
        bool checkpointPassed = false;
        while (_problems.Count < LedgerAuditReport.ProblemsMax && await batches.ReadAsync(cancellationToken))
        {
            if (!checkpointPassed && checkpoint <= _sequence)
            {
                checkpointPassed = true;
                await onCheckpoint();
            }

            await ReadBatchAsync(batches, tables, cancellationToken);
            progress.Report(new LedgerAuditProgress(_sequence, headSequence));
        }

        if (!checkpointPassed && _problems.Count == 0)
        {
            await onCheckpoint();
        }
    }

    private static async ValueTask<object?> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = new(sql, connection);
        return await command.ExecuteScalarAsync(cancellationToken);
    }

    private static async ValueTask<(long Batch, long Sequence, byte[] Hash)> ReadHeadAsync(
        NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = new("select batch, sequence, hash from ledger.head", connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        Invariant.Assert(await reader.ReadAsync(cancellationToken));
        return (reader.GetInt64(0), reader.GetInt64(1), reader.GetFieldValue<byte[]>(2));
    }

    private async ValueTask ReadBatchAsync(NpgsqlDataReader batch, List<CopyStream> tables, CancellationToken cancellationToken)
    {
        (long number, long first, long last) = (batch.GetInt64(0), batch.GetInt64(2), batch.GetInt64(3));
        if (number != _batch + 1)
        {
            Note(number, 0, $"batch {_batch + 1} is missing");
        }

        if (first != _sequence + 1)
        {
            Note(number, 0, $"the batch starts at sequence {first}, not at {_sequence + 1}");
        }

        if (!batch.GetFieldValue<byte[]>(6).AsSpan().SequenceEqual(_hash))
        {
            Note(number, 0, "the hash of the batch before differs from the one this batch was chained to");
        }

        byte[] checksums = batch.GetFieldValue<byte[]>(5);
        int[] counts = batch.GetFieldValue<int[]>(8);
        BatchHash hash = new(number, batch.GetInt64(1), first, last, batch.GetFieldValue<DateTimeOffset>(4));
        int row = 0;
        int noted = _problems.Count;
        foreach (JournalTable table in JournalTable.All)
        {
            int count = await ReadTableAsync(table, tables[table.Index], hash, number, last, checksums, row, cancellationToken);
            if (count != counts[table.Index])
            {
                Note(number, 0, $"it holds {count} rows of {table.Name}, and was written with {counts[table.Index]}");
            }

            row += counts[table.Index];
        }

        byte[] stored = batch.GetFieldValue<byte[]>(7);
        if (!hash.Finish(batch.GetFieldValue<byte[]>(6), checksums).AsSpan().SequenceEqual(stored) && _problems.Count == noted)
        {
            Note(number, 0, "its row in ledger.batches was changed: all other rows have their checksums, and do not give its hash");
        }

        (_batch, _sequence, _hash) = (number, last, stored);
    }

    /// <returns>How many rows of the table belong to the batch.</returns>
    private async ValueTask<int> ReadTableAsync(
        JournalTable table, CopyStream rows, BatchHash hash, long batch, long last, byte[] checksums, int firstRow, CancellationToken cancellationToken)
    {
        using IncrementalHash content = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        int count = 0;
        while (rows.HasRow && table.BelongsTo(rows, batch, last))
        {
            content.AppendData(rows.Row);
            int at = (firstRow + count) * RowChecksums.Length;
            bool isUnchanged = at + RowChecksums.Length <= checksums.Length
                && BinaryPrimitives.ReadUInt32BigEndian(checksums.AsSpan(at)) == RowChecksums.Of(rows.Row);
            if (!isUnchanged)
            {
                Note(batch, table.SequenceOf(rows), $"the row of ledger.{table.Name} with {table.NameOf(rows)} was changed");
            }

            Take(table, rows, batch);
            count++;
            await rows.AdvanceAsync(cancellationToken);
        }

        hash.AddTableHash(content.GetHashAndReset());
        return count;
    }

    private void Take(JournalTable table, CopyStream row, long batch)
    {
        if (table == JournalTable.Accounts)
        {
            NoteIf(batch, 0, Balances.AddAccount(row));
        }
        else if (table == JournalTable.Transfers)
        {
            CheckTransfer(batch, row);
        }
    }

    private void CheckTransfer(long batch, CopyStream row)
    {
        long sequence = row.BigInt(0);
        if (sequence != _sequence + 1)
        {
            Note(batch, sequence, sequence > _sequence ? $"transfer {_sequence + 1} is missing" : $"transfer {sequence} stands there twice");
        }

        _sequence = sequence;
        NoteIf(batch, sequence, Balances.AddTransfer(row));
    }

    private void CheckEnd(long headBatch, long headSequence, byte[] headHash, List<CopyStream> tables)
    {
        if (_problems.Count >= LedgerAuditReport.ProblemsMax)
        {
            return;
        }

        foreach (JournalTable table in JournalTable.All)
        {
            if (tables[table.Index].HasRow)
            {
                Note(0, table.SequenceOf(tables[table.Index]), $"the row of ledger.{table.Name} with {table.NameOf(tables[table.Index])} belongs to no batch");
            }
        }

        if (headBatch != _batch || headSequence != _sequence || !headHash.AsSpan().SequenceEqual(_hash))
        {
            Note(_batch, _sequence, $"the head stands at batch {headBatch}, sequence {headSequence}; history ends at batch {_batch}, sequence {_sequence}");
        }
    }

    private void NoteIf(long batch, long sequence, string? message)
    {
        if (message is not null)
        {
            Note(batch, sequence, message);
        }
    }

    private void Note(long batch, long sequence, string message)
    {
        if (_problems.Count < LedgerAuditReport.ProblemsMax)
        {
            _problems.Add(new LedgerProblem(batch, sequence, message));
        }
    }
}

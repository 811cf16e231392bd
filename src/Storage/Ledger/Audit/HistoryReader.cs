using System.Security.Cryptography;
using Florin.Ledger;
using Npgsql;

namespace Florin.Storage.Ledger.Audit;

/// <summary>
/// Walks the whole journal in one snapshot, batch by batch: recomputes checksums and hashes, adds up balances, and notes what does not fit. The
/// first note names the first row that was changed.
/// </summary>
/// <remarks>
/// Which of two things that contradict each other was changed is decided by a third: rows that give the batch's hash are right, whatever its
/// counts and checksums say; rows that have the batch's checksums are right, whatever its hash says.
/// </remarks>
internal sealed class HistoryReader(NpgsqlDataSource dataSource, IProgress<LedgerAuditProgress> progress)
{
    private readonly List<LedgerProblem> _problems = [];
    private readonly BatchRows _rows = new();
    private readonly List<CopyStream> _tables = [];
    private byte[] _hash = new byte[BatchHash.Length];
    private long _batch;
    private long _sequence;
    private long _epoch;
    private long _microseconds;

    /// <summary>Account numbers that the batches so far were written with.</summary>
    private long _accounts;

    /// <summary>The batch before was not what it must be: the next one says itself where it starts.</summary>
    private bool _isLost;

    public HistoryBalances Balances { get; } = new();

    public IReadOnlyList<LedgerProblem> Problems => _problems;

    public long Batches => _batch;

    public long Sequence => _sequence;

    /// <param name="atBatch">Called once before the first batch and after each, with its number and last sequence, while nothing was noted.</param>
    public async ValueTask RunAsync(
        Func<NpgsqlConnection, ValueTask> atStart, Func<long, long, ValueTask> atBatch, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection main = await dataSource.OpenConnectionAsync(cancellationToken);
        await using NpgsqlTransaction transaction = await main.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
        string snapshot = await SnapshotAsync(main, cancellationToken);
        HeadRow? head = await HeadRow.ReadAsync(main, cancellationToken);
        await atStart(main);
        List<SnapshotConnection> connections = [];
        try
        {
            foreach (JournalTable table in JournalTable.All)
            {
                _tables.Add(await OpenAsync($"select {table.Columns} from ledger.{table.Name} order by {table.Order}"));
            }

            await using CopyStream batches = await OpenAsync(BatchRow.Query);
            await ReadBatchesAsync(batches, head, atBatch, cancellationToken);
            CheckEnd(head);
            await DrainAsync(_tables.Append(batches), cancellationToken);
        }
        finally
        {
            foreach (CopyStream rows in _tables)
            {
                await rows.DisposeAsync();
            }

            foreach (SnapshotConnection connection in connections)
            {
                await connection.DisposeAsync();
            }
        }

        async ValueTask<CopyStream> OpenAsync(string query)
        {
            connections.Add(await SnapshotConnection.OpenAsync(dataSource, snapshot, cancellationToken));
            return await CopyStream.OpenAsync(connections[^1].Connection, query, cancellationToken);
        }
    }

    private static async ValueTask<string> SnapshotAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = new("select pg_export_snapshot()", connection);
        return (string)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    // A COPY that is not read to its end cannot be left in peace; what is left is not looked at.
    private static async ValueTask DrainAsync(IEnumerable<CopyStream> streams, CancellationToken cancellationToken)
    {
        foreach (CopyStream rows in streams)
        {
            while (rows.HasRow)
            {
                await rows.AdvanceAsync(cancellationToken);
            }
        }
    }

    private async ValueTask ReadBatchesAsync(
        CopyStream batches, HeadRow? head, Func<long, long, ValueTask> atBatch, CancellationToken cancellationToken)
    {
        await atBatch(0, 0);
        for (; batches.HasRow && _problems.Count < LedgerAuditReport.ProblemsMax; await batches.AdvanceAsync(cancellationToken))
        {
            BatchRow batch = BatchRow.Of(batches);
            if (batch.Number <= _batch || (batch.Number > _batch + 1 && batch.Number > (head?.Batch ?? _batch + 1)))
            {
                Note(batch.Number, 0, $"the row of ledger.batches with batch {batch.Number} was never written");
                continue;
            }

            await ReadBatchAsync(batch, cancellationToken);
            progress.Report(new LedgerAuditProgress(_sequence, head?.Sequence ?? _sequence));
            if (_problems.Count == 0)
            {
                await atBatch(_batch, _sequence);
            }
        }
    }

    private async ValueTask ReadBatchAsync(BatchRow batch, CancellationToken cancellationToken)
    {
        for (long missing = _batch + 1; missing < batch.Number && _problems.Count < LedgerAuditReport.ProblemsMax; missing++)
        {
            Note(missing, 0, $"the row of ledger.batches with batch {missing} is missing");
            _isLost = true;
        }

        if (_isLost)
        {
            await FindStartAsync(batch, cancellationToken);
        }

        if (batch.Contradiction(_sequence, _hash) is { } contradiction)
        {
            NoteBatch(batch, contradiction);
            _isLost = true;
        }
        else
        {
            await ReadRowsAsync(batch, cancellationToken);
            Compare(batch);
            _accounts += batch.Counts[JournalTable.Accounts.Index];
            _sequence = batch.Last;
        }

        (_batch, _hash, _epoch, _microseconds) = (batch.Number, batch.Hash, batch.Epoch, batch.Microseconds);
    }

    // Rows of batches that could not be judged are passed over.
    private async ValueTask FindStartAsync(BatchRow batch, CancellationToken cancellationToken)
    {
        _isLost = false;
        (_sequence, _hash) = (batch.First - 1, batch.PreviousHash);
        foreach (JournalTable table in JournalTable.All)
        {
            CopyStream rows = _tables[table.Index];
            while (rows.HasRow && table.BelongsTo(rows, batch.Number - 1, _sequence))
            {
                _accounts = table == JournalTable.Accounts ? rows.BigInt(0) : _accounts;
                await rows.AdvanceAsync(cancellationToken);
            }
        }
    }

    private async ValueTask ReadRowsAsync(BatchRow batch, CancellationToken cancellationToken)
    {
        _rows.Clear();
        using IncrementalHash content = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        List<LedgerProblem> broken = [];
        bool isUnchanged = _problems.Count == 0;
        foreach (JournalTable table in JournalTable.All)
        {
            CopyStream rows = _tables[table.Index];
            for (int index = 0; rows.HasRow && (table.BelongsTo(rows, batch.Number, batch.Last) || IsUsedNumber(table, rows)); index++)
            {
                FoundRow found = new(table.KeyOf(rows), RowChecksums.Of(rows.Row));
                content.AppendData(rows.Row);
                _rows.Add(table, found);

                // Rules are looked at while every row so far is the one that was written: after that they only repeat what the checksums say.
                isUnchanged = isUnchanged && index < batch.Counts[table.Index] && batch.Checksum(table, index) == found.Checksum;
                if (isUnchanged && BrokenRule(table, rows) is { } message)
                {
                    broken.Add(new LedgerProblem(batch.Number, table.SequenceOf(found.Key), $"{table.NameOf(found.Key)} breaks a rule: {message}"));
                }

                await rows.AdvanceAsync(cancellationToken);
            }

            _rows.Close(table, content);
        }

        foreach (LedgerProblem problem in broken)
        {
            Note(problem.Batch, problem.Sequence, problem.Message);
        }
    }

    // A number below those of the batch stands in the way of all that follow, whatever batch its row names.
    private bool IsUsedNumber(JournalTable table, CopyStream row) => table == JournalTable.Accounts && row.BigInt(0) <= _accounts;

    private string? BrokenRule(JournalTable table, CopyStream row)
    {
        try
        {
            if (table == JournalTable.Accounts)
            {
                return Balances.AddAccount(row);
            }

            if (table != JournalTable.Transfers)
            {
                return null;
            }

            if (row.SmallInt(3) == 0)
            {
                _rows.FirstSequences.Add(row.BigInt(0));
            }

            return Balances.AddTransfer(row);
        }
        catch (Exception exception) when (exception is FormatException or OverflowException)
        {
            return "it cannot be read";
        }
    }

    private void Compare(BatchRow batch)
    {
        bool hasHash = _rows.Hash(batch, _hash).AsSpan().SequenceEqual(batch.Hash);
        bool hasChecksums = _rows.Matches(batch);
        if (hasHash && !hasChecksums)
        {
            NoteBatch(batch, "its rows give its hash, and not its counts and checksums");
        }
        else if (hasChecksums && !hasHash)
        {
            NoteBatch(batch, "its rows have their checksums, and do not give its hash");
        }
        else if (!hasHash)
        {
            foreach ((long sequence, string message) in RowDifference.Find(batch, _rows, _accounts))
            {
                Note(batch.Number, sequence, message);
            }
        }
    }

    private void CheckEnd(HeadRow? head)
    {
        if (head is null)
        {
            Note(_batch, _sequence, "the row of ledger.head is missing");
        }
        else if (_problems.Count == 0 && head.Batch > _batch && !head.Hash.AsSpan().SequenceEqual(_hash))
        {
            for (long missing = _batch + 1; missing <= head.Batch && _problems.Count < LedgerAuditReport.ProblemsMax; missing++)
            {
                Note(missing, 0, $"the row of ledger.batches with batch {missing} is missing");
            }
        }
        else if (_problems.Count == 0 && head.Difference(_batch, _sequence, _hash, _epoch, _microseconds) is { } difference)
        {
            Note(_batch, _sequence, $"the row of ledger.head was changed: {difference}");
        }

        foreach (JournalTable table in JournalTable.All)
        {
            if (_problems.Count < LedgerAuditReport.ProblemsMax && _tables[table.Index] is { HasRow: true } rows)
            {
                JournalKey key = table.KeyOf(rows);
                Note(0, table.SequenceOf(key), $"{table.NameOf(key)} belongs to no batch");
            }
        }
    }

    private void NoteBatch(BatchRow batch, string what) => Note(batch.Number, 0, $"the row of ledger.batches with batch {batch.Number} was changed: {what}");

    private void Note(long batch, long sequence, string message)
    {
        if (_problems.Count < LedgerAuditReport.ProblemsMax)
        {
            _problems.Add(new LedgerProblem(batch, sequence, message));
        }
    }
}

using System.Security.Cryptography;
using Florin.Ledger;
using Npgsql;

namespace Florin.Storage.Ledger.Audit;

/// <summary>Walks the whole journal in one snapshot, batch by batch: adds up balances, recomputes hashes, and notes what does not fit.</summary>
internal sealed class HistoryReader(NpgsqlDataSource dataSource, IProgress<LedgerAuditProgress> progress)
{
    private readonly List<LedgerProblem> _problems = [];
    private byte[] _hash = new byte[BatchEncoder.HashLength];
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

        await using SnapshotConnection second = await SnapshotConnection.OpenAsync(dataSource, snapshot, cancellationToken);
        await using SnapshotConnection third = await SnapshotConnection.OpenAsync(dataSource, snapshot, cancellationToken);
        await using SnapshotConnection fourth = await SnapshotConnection.OpenAsync(dataSource, snapshot, cancellationToken);
        await using SnapshotConnection fifth = await SnapshotConnection.OpenAsync(dataSource, snapshot, cancellationToken);
        await using CopyStream accounts = await CopyStream.OpenAsync(
            second.Connection, $"select {BatchEncoder.AccountColumns} from ledger.accounts order by number", cancellationToken);
        await using CopyStream transfers = await CopyStream.OpenAsync(
            third.Connection, $"select {BatchEncoder.TransferColumns} from ledger.transfers order by sequence", cancellationToken);
        await using CopyStream details = await CopyStream.OpenAsync(
            fourth.Connection, $"select {BatchEncoder.DetailColumns} from ledger.details order by sequence", cancellationToken);
        await using (NpgsqlCommand command = new(
            "select batch, epoch, first_sequence, last_sequence, accounts, transfers, details, recorded_at, previous_hash, hash from ledger.batches order by batch",
            fifth.Connection) { CommandTimeout = 0 })
        await using (NpgsqlDataReader batches = await command.ExecuteReaderAsync(cancellationToken))
        {
            bool checkpointPassed = false;
            while (_problems.Count < LedgerAuditReport.ProblemsMax && await batches.ReadAsync(cancellationToken))
            {
                if (!checkpointPassed && checkpoint <= _sequence)
                {
                    checkpointPassed = true;
                    await onCheckpoint(Balances, main);
                }

                await ReadBatchAsync(batches, accounts, transfers, details, cancellationToken);
                progress.Report(new LedgerAuditProgress(_sequence, headSequence));
            }

            if (!checkpointPassed && _problems.Count == 0)
            {
                await onCheckpoint(Balances, main);
            }
        }

        CheckEnd(headBatch, headSequence, headHash, accounts, transfers, details);
        while (transfers.HasRow || accounts.HasRow || details.HasRow)
        {
            // A COPY that is not read to its end cannot be left in peace; what is left is not looked at.
            await SkipAsync(transfers, cancellationToken);
            await SkipAsync(accounts, cancellationToken);
            await SkipAsync(details, cancellationToken);
        }
    }

    private static async ValueTask SkipAsync(CopyStream rows, CancellationToken cancellationToken)
    {
        while (rows.HasRow)
        {
            await rows.AdvanceAsync(cancellationToken);
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

    private async ValueTask ReadBatchAsync(
        NpgsqlDataReader batch, CopyStream accounts, CopyStream transfers, CopyStream details, CancellationToken cancellationToken)
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

        if (!batch.GetFieldValue<byte[]>(8).AsSpan().SequenceEqual(_hash))
        {
            Note(number, 0, "the hash of the batch before differs from the one this batch was chained to");
        }

        (byte[] accountsHash, int accountCount) = await HashRowsAsync(
            accounts, row => row.BigInt(6) <= number, row => NoteIf(number, 0, Balances.AddAccount(row)), cancellationToken);
        (byte[] transfersHash, int transferCount) = await HashRowsAsync(
            transfers, row => row.BigInt(0) <= last, row => CheckTransfer(number, row), cancellationToken);
        (byte[] detailsHash, int detailCount) = await HashRowsAsync(details, row => row.BigInt(0) <= last, _ => { }, cancellationToken);
        if (accountCount != batch.GetInt32(4) || transferCount != batch.GetInt32(5) || detailCount != batch.GetInt32(6))
        {
            Note(number, 0, $"it holds {accountCount} accounts, {transferCount} transfers and {detailCount} details, "
                + $"and was written with {batch.GetInt32(4)}, {batch.GetInt32(5)} and {batch.GetInt32(6)}");
        }

        byte[] stored = batch.GetFieldValue<byte[]>(9);
        byte[] computed = BatchEncoder.Hash(
            batch.GetFieldValue<byte[]>(8), number, batch.GetInt64(1), first, last, batch.GetFieldValue<DateTimeOffset>(7), accountsHash,
            transfersHash, detailsHash);
        if (!computed.AsSpan().SequenceEqual(stored))
        {
            Note(number, 0, "its content does not give its hash: a row of it was changed");
        }

        (_batch, _sequence, _hash) = (number, last, stored);
    }

    private static async ValueTask<(byte[] Hash, int Count)> HashRowsAsync(
        CopyStream rows, Func<CopyStream, bool> belongs, Action<CopyStream> take, CancellationToken cancellationToken)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        int count = 0;
        while (rows.HasRow && belongs(rows))
        {
            hash.AppendData(rows.Row);
            take(rows);
            count++;
            await rows.AdvanceAsync(cancellationToken);
        }

        return (hash.GetHashAndReset(), count);
    }

    private void CheckTransfer(long batch, CopyStream row)
    {
        long sequence = row.BigInt(0);
        if (sequence != _sequence + 1)
        {
            Note(batch, sequence, $"transfer {_sequence + 1} is missing");
        }

        _sequence = sequence;
        NoteIf(batch, sequence, Balances.AddTransfer(row));
    }

    private void CheckEnd(long headBatch, long headSequence, byte[] headHash, CopyStream accounts, CopyStream transfers, CopyStream details)
    {
        if (_problems.Count >= LedgerAuditReport.ProblemsMax)
        {
            return;
        }

        if (transfers.HasRow)
        {
            Note(0, transfers.BigInt(0), "the transfer belongs to no batch");
        }

        if (accounts.HasRow)
        {
            Note(0, 0, $"account {accounts.BigInt(0)} belongs to no batch");
        }

        if (details.HasRow)
        {
            Note(0, details.BigInt(0), "the details belong to no batch");
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

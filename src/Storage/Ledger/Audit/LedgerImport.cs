using System.Buffers.Binary;
using System.IO.Compression;
using Florin.Ledger;
using Npgsql;

namespace Florin.Storage.Ledger.Audit;

/// <summary>Reads an exported ledger into an empty one, in one database transaction: all of it, or nothing.</summary>
internal sealed class LedgerImport(NpgsqlDataSource owner)
{
    private byte[] _hash = new byte[BatchHash.Length];
    private long _batch;
    private long _sequence;
    private long _partitionsEnd;

    /// <returns>How many transfers were read.</returns>
    /// <exception cref="InvalidDataException">The file is foreign, cut, damaged or put together anew. Nothing was changed.</exception>
    /// <exception cref="LedgerUnavailableException">The ledger is not empty, or a server holds it. Nothing was changed.</exception>
    public async ValueTask<long> RunAsync(Stream from, IProgress<LedgerAuditProgress> progress, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await owner.OpenConnectionAsync(cancellationToken);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
        await CheckEmptyAsync(connection, cancellationToken);
        try
        {
            await using GZipStream zip = new(from, CompressionMode.Decompress, leaveOpen: true);
            using LedgerFileReader file = new(zip);
            await file.StartAsync(cancellationToken);
            (byte kind, byte[] content) = await file.FrameAsync(cancellationToken);
            for (; kind == LedgerFile.Batch; (kind, content) = await file.FrameAsync(cancellationToken))
            {
                await TakeBatchAsync(connection, file, content, cancellationToken);
                progress.Report(new LedgerAuditProgress(_sequence, _sequence));
            }

            await TakeHeadAsync(connection, kind, content, cancellationToken);
            (kind, _) = await file.FrameAsync(cancellationToken);
            if (kind != LedgerFile.End)
            {
                throw new InvalidDataException("The file is damaged: something stands behind its end.");
            }
        }
        catch (PostgresException refused) when (refused.SqlState[..2] is "22" or "23")
        {
            throw new InvalidDataException($"The file is damaged: PostgreSQL refuses a row of batch {_batch + 1}.", refused);
        }

        await transaction.CommitAsync(cancellationToken);
        return _sequence;
    }

    private static async ValueTask CheckEmptyAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = new(
            """
            select pg_try_advisory_xact_lock($1), (select coalesce(max(batch), 0) = 0 from ledger.head) and not exists (select from ledger.batches)
                and not exists (select from ledger.accounts) and not exists (select from ledger.transfers)
            """,
            connection)
        {
            Parameters = { new() { Value = PostgresLedgerJournal.WriterLock } },
        };
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        if (!reader.GetBoolean(0))
        {
            throw new LedgerUnavailableException("A server holds the ledger; stop it before importing.");
        }

        if (!reader.GetBoolean(1))
        {
            throw new LedgerUnavailableException("The ledger is not empty; an exported ledger is imported into an empty one only.");
        }
    }

    private async ValueTask TakeBatchAsync(NpgsqlConnection connection, LedgerFileReader file, byte[] row, CancellationToken cancellationToken)
    {
        byte[][] rows = new byte[JournalTable.All.Count][];
        for (int table = 0; table < rows.Length; table++)
        {
            (byte kind, rows[table]) = await file.FrameAsync(cancellationToken);
            if (kind != LedgerFile.Rows)
            {
                throw Damaged();
            }
        }

        BatchRow batch = await ReadBatchAsync(row, cancellationToken);
        bool isNext = batch.Number == _batch + 1 && batch.Contradiction(_sequence, _hash) is null;
        if (!isNext || !BatchFrames.Hash(batch, rows).AsSpan().SequenceEqual(batch.Hash))
        {
            throw Damaged();
        }

        if (batch.Last >= _partitionsEnd && batch.Last >= batch.First)
        {
            await using NpgsqlCommand ensuring = new("select ledger.ensure_partitions($1)", connection) { Parameters = { new() { Value = batch.Last } } };
            _partitionsEnd = (long)(await ensuring.ExecuteScalarAsync(cancellationToken))!;
        }

        await CopyAsync(connection, "batches", BatchRow.Columns, row, cancellationToken);
        foreach (JournalTable table in JournalTable.All)
        {
            await CopyAsync(connection, table.Name, table.Columns, rows[table.Index], cancellationToken);
        }

        (_batch, _sequence, _hash) = (batch.Number, batch.Last, batch.Hash);
    }

    private async ValueTask TakeHeadAsync(NpgsqlConnection connection, byte kind, byte[] content, CancellationToken cancellationToken)
    {
        bool isEnd = kind == LedgerFile.Head && content.Length == 32 + BatchHash.Length
            && BinaryPrimitives.ReadInt64BigEndian(content.AsSpan(8)) == _batch && BinaryPrimitives.ReadInt64BigEndian(content.AsSpan(16)) == _sequence
            && content.AsSpan(32).SequenceEqual(_hash);
        if (!isEnd)
        {
            throw Damaged();
        }

        await using NpgsqlCommand moving = new(
            """
            update ledger.head set epoch = greatest(epoch, $1), batch = $2, sequence = $3, hash = $4,
                recorded_at = coalesce((select recorded_at from ledger.batches where batch = $2), recorded_at)
            """,
            connection)
        {
            Parameters =
            {
                new() { Value = BinaryPrimitives.ReadInt64BigEndian(content) }, new() { Value = _batch }, new() { Value = _sequence }, new() { Value = _hash },
            },
        };
        await moving.ExecuteNonQueryAsync(cancellationToken);
    }

    private async ValueTask<BatchRow> ReadBatchAsync(byte[] row, CancellationToken cancellationToken)
    {
        try
        {
            await using CopyStream stream = await CopyStream.OfRowAsync(row, cancellationToken);
            return BatchRow.Of(stream);
        }
        catch (Exception damaged) when (damaged is FormatException or EndOfStreamException or ArgumentException)
        {
            throw Damaged();
        }
    }

    private static async ValueTask CopyAsync(NpgsqlConnection connection, string table, string columns, byte[] rows, CancellationToken cancellationToken)
    {
        if (rows.Length == 0)
        {
            return;
        }

        await using NpgsqlRawCopyStream stream = await connection.BeginRawBinaryCopyAsync(
            $"copy ledger.{table} ({columns}) from stdin (format binary)", cancellationToken);
        await stream.WriteAsync(CopyBuffer.FileHeader, cancellationToken);
        await stream.WriteAsync(rows, cancellationToken);
        await stream.WriteAsync(CopyBuffer.FileTrailer, cancellationToken);
    }

    private InvalidDataException Damaged() => new($"The file is damaged, or was put together anew: batch {_batch + 1} does not follow the batch before it.");
}

using System.Buffers.Binary;
using System.IO.Compression;
using Florin.Ledger;
using Npgsql;

namespace Florin.Storage.Ledger.Audit;

/// <summary>Writes the whole ledger to a file, batch by batch, from one snapshot. A server may run meanwhile.</summary>
internal sealed class LedgerExport(NpgsqlDataSource owner)
{
    /// <returns>How many transfers were written.</returns>
    /// <exception cref="InvalidDataException">The ledger does not hang together; <c>ledger verify</c> says where.</exception>
    public async ValueTask<long> RunAsync(Stream to, IProgress<LedgerAuditProgress> progress, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection main = await owner.OpenConnectionAsync(cancellationToken);
        await using NpgsqlTransaction transaction = await main.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
        await using NpgsqlCommand exporting = new("select pg_export_snapshot()", main);
        string snapshot = (string)(await exporting.ExecuteScalarAsync(cancellationToken))!;
        HeadRow head = await HeadRow.ReadAsync(main, cancellationToken) ?? throw Broken("ledger.head");
        await using GZipStream zip = new(to, CompressionLevel.Fastest, leaveOpen: true);
        using LedgerFileWriter file = new(zip);
        await file.StartAsync(cancellationToken);
        await using SnapshotTables tables = await SnapshotTables.OpenAsync(owner, snapshot, cancellationToken);
        (byte[] hash, long sequence) = (new byte[BatchHash.Length], 0);
        for (; tables.Batches.HasRow; await tables.Batches.AdvanceAsync(cancellationToken))
        {
            BatchRow batch = BatchRow.Of(tables.Batches);
            byte[][] rows = await ReadRowsAsync(tables, batch, cancellationToken);
            if (batch.Contradiction(sequence, hash) is not null || !BatchFrames.Hash(batch, rows).AsSpan().SequenceEqual(batch.Hash))
            {
                throw Broken($"batch {batch.Number}");
            }

            await file.FrameAsync(LedgerFile.Batch, tables.Batches.Row.ToArray(), cancellationToken);
            foreach (byte[] content in rows)
            {
                await file.FrameAsync(LedgerFile.Rows, content, cancellationToken);
            }

            (hash, sequence) = (batch.Hash, batch.Last);
            progress.Report(new LedgerAuditProgress(sequence, head.Sequence));
        }

        if (!head.Hash.AsSpan().SequenceEqual(hash) || tables.All.Any(table => table.HasRow))
        {
            throw Broken("the end");
        }

        byte[] end = new byte[32 + BatchHash.Length];
        long[] numbers = [head.Epoch, head.Batch, head.Sequence, head.Microseconds];
        for (int index = 0; index < numbers.Length; index++)
        {
            BinaryPrimitives.WriteInt64BigEndian(end.AsSpan(index * 8), numbers[index]);
        }

        head.Hash.CopyTo(end, 32);
        await file.FrameAsync(LedgerFile.Head, end, cancellationToken);
        await file.EndAsync(cancellationToken);
        return sequence;
    }

    private static async ValueTask<byte[][]> ReadRowsAsync(SnapshotTables tables, BatchRow batch, CancellationToken cancellationToken)
    {
        byte[][] all = new byte[JournalTable.All.Count][];
        foreach (JournalTable table in JournalTable.All)
        {
            CopyStream rows = tables.All[table.Index];
            using MemoryStream content = new();
            while (rows.HasRow && table.BelongsTo(rows, batch.Number, batch.Last))
            {
                content.Write(rows.Row);
                await rows.AdvanceAsync(cancellationToken);
            }

            all[table.Index] = content.ToArray();
        }

        return all;
    }

    private static InvalidDataException Broken(string where) => new($"The ledger does not hang together at {where}; `florin ledger verify` says where.");
}

/// <summary>The rows of one batch as they stand in a file.</summary>
internal static class BatchFrames
{
    public static byte[] Hash(BatchRow batch, byte[][] rows)
    {
        BatchHash hash = new(batch.Number, batch.Epoch, batch.First, batch.Last, batch.Microseconds);
        foreach (byte[] table in rows)
        {
            hash.AddTable(table);
        }

        return hash.Finish(batch.PreviousHash, batch.Checksums);
    }
}

/// <summary>All journal tables as streams of one snapshot.</summary>
internal sealed class SnapshotTables : IAsyncDisposable
{
    private readonly List<SnapshotConnection> _connections = [];
    private readonly List<CopyStream> _streams = [];

    private SnapshotTables()
    {
    }

    /// <summary>In the order of <see cref="JournalTable.All"/>.</summary>
    public IReadOnlyList<CopyStream> All => _streams[..JournalTable.All.Count];

    public CopyStream Batches => _streams[^1];

    public static async ValueTask<SnapshotTables> OpenAsync(NpgsqlDataSource source, string snapshot, CancellationToken cancellationToken)
    {
        SnapshotTables tables = new();
        foreach (string query in JournalTable.All.Select(table => $"select {table.Columns} from ledger.{table.Name} order by {table.Order}").Append(BatchRow.Query))
        {
            SnapshotConnection connection = await SnapshotConnection.OpenAsync(source, snapshot, cancellationToken);
            tables._connections.Add(connection);
            tables._streams.Add(await CopyStream.OpenAsync(connection.Connection, query, cancellationToken));
        }

        return tables;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (CopyStream stream in _streams)
        {
            // A COPY that is not read to its end cannot be left in peace.
            while (stream.HasRow)
            {
                await stream.AdvanceAsync(CancellationToken.None);
            }

            await stream.DisposeAsync();
        }

        foreach (SnapshotConnection connection in _connections)
        {
            await connection.DisposeAsync();
        }
    }
}

using Npgsql;

namespace Florin.Storage.Ledger.Audit;

/// <summary>The row of ledger.head as it stands there, right or wrong.</summary>
internal sealed record HeadRow(long Epoch, long Batch, long Sequence, byte[] Hash, long Microseconds)
{
    /// <returns><see langword="null"/> when there is none.</returns>
    public static async ValueTask<HeadRow?> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using CopyStream rows = await CopyStream.OpenAsync(
            connection, "select epoch, batch, sequence, hash, recorded_at from ledger.head", cancellationToken);
        HeadRow? head = null;
        while (rows.HasRow)
        {
            head = new HeadRow(rows.BigInt(0), rows.BigInt(1), rows.BigInt(2), rows.Field(3, out _).ToArray(), rows.BigInt(4));
            await rows.AdvanceAsync(cancellationToken);
        }

        return head;
    }

    /// <summary>What does not fit the end of history. An epoch above the last batch's is that of a writer which has not written yet.</summary>
    public string? Difference(long batch, long sequence, ReadOnlySpan<byte> hash, long epoch, long microseconds)
    {
        if (Batch != batch || Sequence != sequence)
        {
            return $"it stands at batch {Batch}, sequence {Sequence}; history ends at batch {batch}, sequence {sequence}";
        }

        if (!Hash.AsSpan().SequenceEqual(hash))
        {
            return "its hash is not that of the last batch";
        }

        return Microseconds != microseconds ? "its time is not that of the last batch"
            : Epoch < epoch ? $"its epoch {Epoch} is below that of the last batch, {epoch}"
            : null;
    }
}

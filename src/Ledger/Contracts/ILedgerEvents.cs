namespace Florin.Ledger;

/// <summary>What the writer tells its host: for logs and metrics. Called on the writer's own path, so implementations return at once.</summary>
public interface ILedgerEvents
{
    /// <summary>Memory was rebuilt from the journal and the ledger serves.</summary>
    void Recovered(long epoch, long sequence, int accounts, TimeSpan took);

    /// <summary>A batch is durable.</summary>
    void Committed(long batch, int items, int transfers, TimeSpan took);

    /// <summary>An append, a read or a recovery failed; memory is discarded and read again.</summary>
    void Failed(Exception exception);

    /// <summary>Participants conflicted; their submissions were refused and the others of the batch run again.</summary>
    void Conflicted(int participants);

    /// <summary>A checkpoint was stored, or not; without it the next recovery only takes longer.</summary>
    void Checkpointed(long sequence, int accounts, Exception? failure);
}

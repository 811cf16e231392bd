namespace Florin.Ledger.Journal;

/// <summary>
/// The durable journal behind the ledger. One writer at a time: taking it fences every earlier writer. Not thread-safe but for
/// <see cref="ReadAsync"/> and <see cref="WriteCheckpointAsync"/>, which may run beside an append.
/// </summary>
public interface ILedgerJournal
{
    /// <summary>
    /// Becomes the writer: raises the epoch, waits for an append that is still under way, and tells the head. An instance that was the writer
    /// before becomes it again only when nobody else has written since.
    /// </summary>
    /// <exception cref="JournalFencedException">Another writer has written since this instance was the writer.</exception>
    /// <exception cref="JournalException">The store cannot be reached. Try again.</exception>
    ValueTask<JournalHead> AcquireAsync(CancellationToken cancellationToken);

    /// <summary>Streams everything that memory needs, up to the head that <see cref="AcquireAsync"/> told, in the order of the sink's members.</summary>
    /// <exception cref="JournalException">The store cannot be reached. Start again with an empty state.</exception>
    ValueTask RecoverAsync(IRecoverySink sink, CancellationToken cancellationToken);

    /// <summary>Makes a batch durable in one database transaction, with its participants, by compare-and-swap on the head.</summary>
    /// <param name="batch">Number and sequences follow the head directly.</param>
    /// <param name="cancellationToken">Ends the attempt when the host gives up; the outcome is then unknown, as with <see cref="JournalException"/>.</param>
    /// <exception cref="JournalFencedException">Another writer holds a newer epoch. Nothing was written. The caller stops; it does not retry.</exception>
    /// <exception cref="ParticipantConflictException">Participants conflict with what is stored. Nothing was written.</exception>
    /// <exception cref="JournalException">The outcome is unknown. Acquire anew: the head then tells whether the batch is there.</exception>
    ValueTask AppendAsync(JournalBatch batch, CancellationToken cancellationToken);

    /// <summary>Reads committed transactions where they stand, with what later transactions did to them. What stands elsewhere is left out.</summary>
    /// <exception cref="JournalException">The store cannot be reached.</exception>
    ValueTask<IReadOnlyList<StoredTransaction>> ReadAsync(IReadOnlyCollection<TransactionPosition> positions, CancellationToken cancellationToken);

    /// <summary>Stores totals as they are at a committed sequence, so that recovery replays less. Derived data: history alone can rebuild it.</summary>
    /// <exception cref="JournalException">It was not stored; the next one must hold all accounts.</exception>
    ValueTask WriteCheckpointAsync(JournalCheckpoint checkpoint, CancellationToken cancellationToken);
}

/// <summary>Where a transaction may stand.</summary>
/// <param name="Sequence">Of its first transfer.</param>
public readonly record struct TransactionPosition(TransactionId Id, long Sequence);

/// <summary>
/// Takes what recovery reads. Called in this order: the checkpoint, all accounts, their standings, the closed period, limits, all known ids, the
/// entries that no index holds yet, all open pending transactions, the tail.
/// </summary>
public interface IRecoverySink
{
    /// <summary>The sequence that the totals of the accounts stand at; 0 without a checkpoint.</summary>
    void Checkpoint(long sequence);

    /// <summary>An account with its totals at the checkpoint.</summary>
    void Account(AccountRow row, AccountTotals totals);

    /// <summary>The standing that an account has at the end of the journal; open without a call.</summary>
    void Standing(long account, AccountStanding standing);

    /// <summary>The last closed day at the end of the journal; no call when the books were never closed.</summary>
    void ClosedThrough(DateOnly day);

    /// <summary>A counter at the end of the journal whose window is not over by the head's time.</summary>
    void Limit(string key, UInt128 used, DateTimeOffset forgetAfter);

    /// <summary>
    /// The id of a transaction at or before the checkpoint. May be told on one other thread beside accounts, standings, limits and entries, and has to
    /// be over before the first open pending transaction and the first replay.
    /// </summary>
    /// <param name="sequence">Of its first transfer.</param>
    void KnownId(TransactionId id, long sequence);

    /// <summary>A transfer at or before the checkpoint that the store's account indexes do not hold yet, in sequence.</summary>
    void Entry(long sequence, long debitAccount, long creditAccount);

    /// <summary>A pending transaction at or before the checkpoint that has not ended there, as it stands there.</summary>
    void OpenPending(StoredTransaction transaction);

    /// <summary>One transaction after the checkpoint, in sequence.</summary>
    void Replay(StoredTransaction transaction);
}

/// <summary>A committed transaction.</summary>
public sealed record StoredTransaction(IReadOnlyList<TransferRow> Transfers, DetailRow? Detail, DateTimeOffset Timestamp)
{
    /// <summary>For a pending transaction: how it ended, as far as the reader knows.</summary>
    public TransactionKind? ResolvedBy { get; init; }

    /// <summary>For a pending transaction: what each transfer still reserves; empty when nothing but its end has changed it.</summary>
    public IReadOnlyList<UInt128> Held { get; init; } = [];

    /// <summary>For a pending transaction: whether a part of it was posted.</summary>
    public bool IsPartlyPosted { get; init; }

    /// <summary>For a pending transaction: when it expires, extensions included.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>For a posted transaction: how much of each transfer was reversed; empty when nothing was.</summary>
    public IReadOnlyList<UInt128> Reversed { get; init; } = [];

    /// <summary>The same transaction with what later ones did to it.</summary>
    /// <param name="effects">In the order of the journal.</param>
    public StoredTransaction With(IEnumerable<LaterEffect> effects)
    {
        UInt128[] reversed = new UInt128[Transfers.Count];
        UInt128[] held = [.. Transfers.Select(transfer => transfer.Amount)];
        (TransactionKind? resolvedBy, bool isPartlyPosted, DateTimeOffset? expiresAt) = (null, false, Transfers[0].ExpiresAt);
        foreach (LaterEffect effect in effects)
        {
            switch (effect.Kind)
            {
                case TransactionKind.Reverse:
                    reversed[effect.RelatedIndex] += effect.Amount;
                    break;
                case TransactionKind.Extend:
                    expiresAt = effect.ExpiresAt;
                    break;
                case TransactionKind.Increase:
                    held[effect.RelatedIndex] += effect.Amount;
                    break;
                case TransactionKind.PostPart:
                case TransactionKind.Release:
                    held[effect.RelatedIndex] -= effect.Amount;
                    isPartlyPosted |= effect.Kind == TransactionKind.PostPart;
                    resolvedBy = Array.TrueForAll(held, left => left == UInt128.Zero) ? effect.Kind : null;
                    break;
                default:
                    resolvedBy = effect.Kind;
                    break;
            }
        }

        return this with
        {
            ResolvedBy = resolvedBy,
            Held = Transfers[0].Kind == TransactionKind.Pending ? held : [],
            IsPartlyPosted = isPartlyPosted,
            ExpiresAt = expiresAt,
            Reversed = Array.TrueForAll(reversed, amount => amount == UInt128.Zero) ? [] : reversed,
        };
    }
}

/// <summary>One transfer of a transaction that acted on another.</summary>
public readonly record struct LaterEffect(TransactionKind Kind, short RelatedIndex, UInt128 Amount, DateTimeOffset? ExpiresAt);

/// <summary>Totals of accounts at a committed sequence.</summary>
/// <param name="Accounts">The accounts that changed since the checkpoint before, or all of them.</param>
public sealed record JournalCheckpoint(long Batch, long Sequence, IReadOnlyList<(long Number, AccountTotals Totals)> Accounts);

/// <summary>The journal's store failed. What was being written may or may not be there.</summary>
public sealed class JournalException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Another writer has taken the journal.</summary>
public sealed class JournalFencedException(string message) : Exception(message);

/// <summary>Participants of a batch conflict with what is stored.</summary>
/// <param name="indexes">Positions in <see cref="JournalBatch.Participants"/>.</param>
public sealed class ParticipantConflictException(IReadOnlyList<int> indexes) : Exception("Commit participants conflict with what is stored.")
{
    public IReadOnlyList<int> Indexes { get; } = indexes;
}

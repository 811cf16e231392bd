using System.Collections.Immutable;
using Florin.Ledger.Journal;

namespace Florin.Ledger.StateMachine;

/// <summary>
/// The ledger in memory: accounts with totals, the ids of all transactions and where they stand, the newest transfers, open pending
/// transactions, counters of limits. Rebuilt from the journal by the same calls that recovery makes. Not thread-safe: the pipeline is its only user.
/// </summary>
internal sealed class LedgerState : IRecoverySink
{
    private const int TrimLooksMax = 32_768;

    private readonly Dictionary<AccountId, AccountState> _accountsById = new(AccountIdComparer.Instance);
    private readonly List<AccountState> _accounts = [];
    private readonly Dictionary<string, int> _scales = new(StringComparer.Ordinal);
    private readonly IdIndex _ids = new();
    private readonly RecentTransfers _recent;
    private readonly EntryLinks _links;
    private readonly Dictionary<long, DetailRow> _details = [];
    private readonly Queue<long> _detailsByAge = new();
    private readonly Dictionary<TransactionId, TransactionRecord> _records = [];
    private readonly Queue<TransactionId> _recordsByAge = new();
    private readonly List<TransactionPosition> _unsettled = [];
    private HashSet<TransactionPosition>? _asked;
    private bool _entriesStarted;

    public LedgerState()
        : this(new LedgerOptions())
    {
    }

    public LedgerState(LedgerOptions options)
    {
        _recent = new RecentTransfers(options.RecordsMax);
        _links = new EntryLinks(options.RecentEntriesMax);
    }

    /// <summary>Sequence of the last applied transfer.</summary>
    public long Sequence { get; set; }

    /// <summary>The sequence of the checkpoint that recovery began with; 0 without one.</summary>
    public long CheckpointSequence { get; private set; }

    /// <summary>The last day of the closed books; <see langword="null"/> when none was closed.</summary>
    public DateOnly? ClosedThrough { get; set; }

    public LimitCounters Limits { get; } = new();

    public ExpiryQueue Expiries { get; } = new();

    public Solvency Solvency { get; } = new();

    /// <summary>In order of their numbers.</summary>
    public IReadOnlyList<AccountState> Accounts => _accounts;

    /// <summary>Transactions in memory that are more than rows: open pending ones, and those that later ones acted on.</summary>
    public int RecordCount => _records.Count;

    public int IdCount => _ids.Count;

    /// <summary>Open pending transactions, in order.</summary>
    public IEnumerable<TransactionRecord> OpenPendings =>
        _records.Values.Where(record => record.IsOpenPending).OrderBy(record => record.Sequence);

    public bool TryGetAccount(AccountId id, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out AccountState? account) =>
        _accountsById.TryGetValue(id, out account);

    public AccountState OpenAccount(AccountId id, NormalSide side, AccountFlags flags)
    {
        AccountState account = new(new AccountRow(_accounts.Count + 1, id, side, flags));
        Add(account);
        return account;
    }

    /// <summary>An asset code has one scale in the whole ledger, because the journal names an account by address and code.</summary>
    public bool HasOtherScale(Asset asset) => _scales.TryGetValue(asset.Code, out int scale) && scale != asset.Scale;

    /// <summary>The transaction when it is in memory. The pipeline has loaded every one that a batch may refer to.</summary>
    public TransactionRecord? Find(TransactionId id)
    {
        if (_records.TryGetValue(id, out TransactionRecord? record))
        {
            return record;
        }

        foreach (TransactionPosition unsettled in _unsettled)
        {
            if (unsettled.Id == id)
            {
                return RecordOf(unsettled.Sequence);
            }
        }

        return FindRecent(id) is { } sequence ? RecordOf(sequence) : null;
    }

    public ImmutableArray<ulong> Locate(TransactionId id)
    {
        ImmutableArray<ulong>.Builder found = ImmutableArray.CreateBuilder<ulong>();
        IdIndex.Candidates candidates = _ids.Find(id);
        while (candidates.Next(out long sequence))
        {
            found.Add((ulong)sequence);
        }

        return found.ToImmutable();
    }

    /// <summary>Whether the id is taken, or looks as if it were.</summary>
    public bool MayKnow(TransactionId id) => _ids.Find(id).Next(out _);

    /// <summary>The journal was asked for these: what it did not tell stands there under another id.</summary>
    public void Asked(HashSet<TransactionPosition>? positions) => _asked = positions;

    /// <summary>Whether a transaction with this id stands where memory does not reach, and was not loaded. For ids that <see cref="Find"/> does not find.</summary>
    public bool IsForgotten(TransactionId id)
    {
        IdIndex.Candidates candidates = _ids.Find(id);
        bool isForgotten = false;
        while (candidates.Next(out long sequence))
        {
            isForgotten |= sequence < _recent.First && _asked?.Contains(new TransactionPosition(id, sequence)) != true;
        }

        return isForgotten;
    }

    /// <summary>As <see cref="Find"/>, for a transaction that is about to be changed: it stays in memory with its changes.</summary>
    public TransactionRecord? FindToChange(TransactionId id)
    {
        TransactionRecord? record = Find(id);
        if (record is not null && _records.TryAdd(id, record))
        {
            _recordsByAge.Enqueue(id);
        }

        return record;
    }

    /// <summary>
    /// Where the journal must be asked before a command with this id is executed; nothing when memory knows all. What stands among the newest
    /// transfers is kept from here on: those that are executed before the command could push it out, and the command would look new.
    /// </summary>
    public void AddUnloaded(TransactionId id, ref HashSet<TransactionPosition>? positions)
    {
        IdIndex.Candidates candidates = _ids.Find(id);
        bool mayBeKnown = false;
        while (candidates.Next(out long sequence))
        {
            if (!mayBeKnown && _records.ContainsKey(id))
            {
                return;
            }

            mayBeKnown = true;
            if (sequence < _recent.First)
            {
                (positions ??= []).Add(new TransactionPosition(id, sequence));
            }
            else if (_recent.At(sequence).TransactionId == id && _records.TryAdd(id, RecordOf(sequence)))
            {
                _recordsByAge.Enqueue(id);
            }
        }
    }

    /// <summary>Adds an applied transfer to what memory knows of the newest ones.</summary>
    public void Add(in TransferRow row, DateTimeOffset timestamp, AccountState debit, AccountState credit)
    {
        _recent.Add(row, timestamp);
        _links.Add(row.Sequence, debit, credit);
    }

    public void Add(DetailRow detail)
    {
        _details[detail.Sequence] = detail;
        _detailsByAge.Enqueue(detail.Sequence);
    }

    /// <summary>Holds an open pending transaction until its submission is accepted as a whole (<see cref="Settle"/>) or not.</summary>
    public void Hold(TransactionRecord record)
    {
        _records.Add(record.Id, record);
        if (record.ExpiresAt is { } expiresAt)
        {
            Expiries.Add(record.Id, expiresAt, record.Sequence);
        }
    }

    /// <summary>An applied transaction of a submission that is not accepted yet: those after it in the same submission must find it.</summary>
    public void Unsettled(TransactionId id, long sequence) => _unsettled.Add(new TransactionPosition(id, sequence));

    /// <summary>The submission was accepted: its ids are known for ever.</summary>
    public void Settle()
    {
        foreach (TransactionPosition settled in _unsettled)
        {
            _ids.Add(settled.Id, settled.Sequence);
            if (_records.ContainsKey(settled.Id))
            {
                _recordsByAge.Enqueue(settled.Id);
            }
        }

        _unsettled.Clear();
    }

    /// <summary>The submission was refused: nothing after <paramref name="sequence"/> has happened.</summary>
    public void Unsettle(IReadOnlyList<TransactionRecord> held, long sequence)
    {
        foreach (TransactionRecord record in held)
        {
            _records.Remove(record.Id);
        }

        foreach (TransactionPosition unsettled in _unsettled)
        {
            _details.Remove(unsettled.Sequence);

            // It may have been taken into memory to be changed by one after it.
            _records.Remove(unsettled.Id);
        }

        _unsettled.Clear();
        Sequence = sequence;
    }

    /// <summary>Takes a transaction that the journal was asked for.</summary>
    public void Load(StoredTransaction stored)
    {
        if (_records.TryAdd(stored.Transfers[0].TransactionId, ToRecord(stored)))
        {
            _recordsByAge.Enqueue(stored.Transfers[0].TransactionId);
        }
    }

    /// <summary>The newest transfers that touch an account, newest first.</summary>
    public RecentEntries EntriesOf(AccountId id, ulong before, int limit)
    {
        long upTo = (long)Math.Min(before, long.MaxValue);
        ImmutableArray<ulong> found = TryGetAccount(id, out AccountState? account) ? _links.Of(account, upTo, limit) : [];
        return new RecentEntries((ulong)_links.First, found);
    }

    /// <summary>
    /// Forgets the oldest transactions beyond <paramref name="capacity"/>. Only those that are committed with all that changed them, because the
    /// journal must be able to tell them again as they are; never an open pending one, which has to be found at any age without a read; and none
    /// that was changed while its rows are among the newest, which know nothing of the change.
    /// </summary>
    public void Trim(int capacity, long committedSequence)
    {
        while (_detailsByAge.TryPeek(out long detail) && detail < _recent.First)
        {
            _details.Remove(_detailsByAge.Dequeue());
        }

        // Bounded, so that a ledger with very many open pending transactions does not walk all of them at every batch.
        int looks = Math.Min(_recordsByAge.Count, TrimLooksMax);
        while (_records.Count > capacity && looks-- > 0)
        {
            TransactionId id = _recordsByAge.Dequeue();
            if (!_records.TryGetValue(id, out TransactionRecord? record))
            {
                continue;
            }

            bool isNeeded = record.IsOpenPending || Math.Max(record.Sequence, record.ChangedAt) > committedSequence || record.Sequence >= _recent.First;
            if (isNeeded)
            {
                _recordsByAge.Enqueue(id);
                continue;
            }

            _records.Remove(id);
        }
    }

    public void Checkpoint(long sequence)
    {
        CheckpointSequence = sequence;
        Sequence = sequence;
        _recent.StartAfter(sequence);
        _links.StartAt(sequence + 1);
        _ids.Reserve(sequence);
    }

    public void Account(AccountRow row, AccountTotals totals)
    {
        Invariant.Assert(row.Number == _accounts.Count + 1);
        AccountState account = new(row) { Totals = totals };
        Add(account);
        Solvency.Add(account);
    }

    public void Standing(long account, AccountStanding standing) => _accounts[(int)account - 1].Standing = standing;

    void IRecoverySink.ClosedThrough(DateOnly day) => ClosedThrough = day;

    void IRecoverySink.Limit(string key, UInt128 used, DateTimeOffset forgetAfter) => Limits.Set(key, used, forgetAfter);

    public void KnownId(TransactionId id, long sequence) => _ids.Gather(id, sequence);

    public void Entry(long sequence, long debitAccount, long creditAccount)
    {
        if (!_entriesStarted)
        {
            _entriesStarted = true;
            _links.StartAt(sequence);
        }

        _links.Add(sequence, _accounts[(int)debitAccount - 1], _accounts[(int)creditAccount - 1]);
    }

    public void OpenPending(StoredTransaction transaction)
    {
        Invariant.Assert(transaction.Transfers[0].Kind == TransactionKind.Pending);
        Load(transaction);
        TransactionRecord record = _records[transaction.Transfers[0].TransactionId];
        if (record.ExpiresAt is { } expiresAt)
        {
            Expiries.Add(record.Id, expiresAt, record.Sequence);
        }
    }

    public void Replay(StoredTransaction transaction)
    {
        TransferRow first = transaction.Transfers[0];
        Invariant.Assert(first.Sequence == Sequence + 1);
        TransactionRecord record = ToRecord(transaction);
        foreach (AppliedTransfer applied in record.Transfers)
        {
            TransferEffects.Apply(record.Kind, applied);
            Solvency.Count(record.Kind, applied, index: 0, undo: null);
        }

        // Open pending transactions are always in memory; what is reversed need not be, and tells its reversals when it is loaded.
        TransactionRecord? related = record.Related is { } relatedId ? FindToChange(relatedId) : null;
        if (related is not null)
        {
            TransferEffects.ChangeRelated(record.Kind, related, record.Sequence, record.Transfers, first.ExpiresAt, undo: null);
            RequeueExpiry(record.Kind, related);
        }

        if (record.Kind == TransactionKind.Pending)
        {
            Hold(record);
        }

        for (int index = 0; index < transaction.Transfers.Count; index++)
        {
            Add(transaction.Transfers[index], transaction.Timestamp, record.Transfers[index].Debit, record.Transfers[index].Credit);
        }

        if (transaction.Detail is { } detail)
        {
            Add(detail);
        }

        Sequence += transaction.Transfers.Count;
        Unsettled(record.Id, record.Sequence);
        Settle();
    }

    /// <summary>An extension has moved the end of a pending transaction.</summary>
    public void RequeueExpiry(TransactionKind kind, TransactionRecord related)
    {
        if (kind == TransactionKind.Extend)
        {
            Expiries.Add(related.Id, related.ExpiresAt!.Value, related.Sequence);
        }
    }

    /// <summary>When the next open pending transaction expires; <see langword="null"/> when none will.</summary>
    public DateTimeOffset? NextExpiry()
    {
        while (Expiries.TryPeek(out TransactionId id, out DateTimeOffset at))
        {
            if (_records.TryGetValue(id, out TransactionRecord? record) && record.IsOpenPending && record.ExpiresAt == at)
            {
                return at;
            }

            // It has ended, was extended, or its submission was refused.
            Expiries.Drop();
        }

        return null;
    }

    /// <summary>SHA-256 over all that decides future answers. Equal histories give equal hashes.</summary>
    public byte[] Hash() => StateHash.Of(this);

    // No effect on a transaction among the newest is unknown here: what was changed stays among the records for as long.
    private long? FindRecent(TransactionId id)
    {
        IdIndex.Candidates candidates = _ids.Find(id);
        while (candidates.Next(out long sequence))
        {
            if (sequence >= _recent.First && _recent.At(sequence).TransactionId == id)
            {
                return sequence;
            }
        }

        return null;
    }

    private TransactionRecord RecordOf(long sequence)
    {
        TransferRow[] rows = new TransferRow[_recent.At(sequence).Count];
        for (int index = 0; index < rows.Length; index++)
        {
            rows[index] = _recent.At(sequence + index);
        }

        return ToRecord(new StoredTransaction(rows, _details.GetValueOrDefault(sequence), _recent.TimestampAt(sequence)));
    }

    private void Add(AccountState account)
    {
        _scales.TryAdd(account.Row.Id.Asset.Code, account.Row.Id.Asset.Scale);
        _accounts.Add(account);
        _accountsById.Add(account.Row.Id, account);
    }

    private TransactionRecord ToRecord(StoredTransaction stored)
    {
        TransferRow first = stored.Transfers[0];
        Invariant.Assert(stored.Transfers.Count == first.Count);
        AppliedTransfer[] transfers = new AppliedTransfer[first.Count];
        TransferOutcome[] outcomes = new TransferOutcome[first.Count];
        for (int index = 0; index < transfers.Length; index++)
        {
            TransferRow row = stored.Transfers[index];
            Invariant.Assert(row.Index == index);
            Invariant.Assert(row.Sequence == first.Sequence + index);
            transfers[index] = new AppliedTransfer(
                _accounts[(int)row.DebitAccount - 1], _accounts[(int)row.CreditAccount - 1], row.Amount, row.Code, row.RelatedIndex, row.Released);
            outcomes[index] = new TransferOutcome(row.Amount, row.DebitAfter, row.CreditAfter);
        }

        return new TransactionRecord
        {
            Id = first.TransactionId,
            Kind = first.Kind,
            Sequence = first.Sequence,
            Timestamp = stored.Timestamp,
            Transfers = transfers,
            Outcomes = System.Runtime.InteropServices.ImmutableCollectionsMarshal.AsImmutableArray(outcomes),
            Related = first.Related,
            Timeout = first.ExpiresAt - stored.Timestamp,
            AskedDate = stored.Detail?.AskedDate ?? stored.Detail?.EffectiveDate,
            Reference = stored.Detail?.Reference,
            Metadata = stored.Detail?.Metadata,
            Terms = stored.Detail?.Terms,
            ResolvedBy = stored.ResolvedBy,
            Held = stored.Held.Count == 0 ? null : [.. stored.Held],
            IsPartlyPosted = stored.IsPartlyPosted,
            ExpiresAt = stored.ExpiresAt ?? first.ExpiresAt,
            Reversed = stored.Reversed.Count == 0 ? null : [.. stored.Reversed],
        };
    }
}

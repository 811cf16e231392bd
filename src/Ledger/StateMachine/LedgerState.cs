using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Florin.Ledger.Journal;

namespace Florin.Ledger.StateMachine;

/// <summary>
/// The ledger in memory: accounts with totals, the ids of all transactions, and the transactions that may still be referred to. Rebuilt from the
/// journal by the same calls that recovery makes. Not thread-safe: the pipeline is its only user.
/// </summary>
internal sealed class LedgerState : IRecoverySink
{
    private const int TrimLooksMax = 32_768;

    private readonly Dictionary<AccountId, AccountState> _accountsById = [];
    private readonly List<AccountState> _accounts = [];
    private readonly Dictionary<string, int> _scales = new(StringComparer.Ordinal);
    private readonly Dictionary<TransactionId, TransactionRecord> _records = [];
    private readonly Queue<TransactionId> _recordsByAge = new();
    private readonly IdIndex _ids = new();

    /// <summary>Sequence of the last applied transfer.</summary>
    public long Sequence { get; set; }

    /// <summary>The sequence of the checkpoint that recovery began with; 0 without one.</summary>
    public long CheckpointSequence { get; private set; }

    /// <summary>In order of their numbers.</summary>
    public IReadOnlyList<AccountState> Accounts => _accounts;

    public int RecordCount => _records.Count;

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
    public TransactionRecord? Find(TransactionId id) => _records.GetValueOrDefault(id);

    /// <summary>Whether the journal must be asked before a command with this id is executed.</summary>
    public bool MustLoad(TransactionId id) => !_records.ContainsKey(id) && _ids.MayContain(id);

    /// <summary>Holds a transaction until its submission is accepted as a whole (<see cref="Remember"/>) or not (<see cref="Forget"/>).</summary>
    public void Hold(TransactionRecord record) => _records.Add(record.Id, record);

    public void Forget(TransactionRecord record) => _records.Remove(record.Id);

    public void Remember(TransactionId id)
    {
        _ids.Add(id);
        _recordsByAge.Enqueue(id);
    }

    /// <summary>Takes a transaction that the journal was asked for.</summary>
    public void Load(StoredTransaction stored)
    {
        if (!_records.ContainsKey(stored.Transfers[0].TransactionId))
        {
            Add(ToRecord(stored));
        }
    }

    /// <summary>
    /// Forgets the oldest transactions beyond <paramref name="capacity"/>. Only those that are committed with all that changed them, because the
    /// journal must be able to tell them again as they are; and never an open pending one, which has to be found at any age without a read.
    /// </summary>
    public void Trim(int capacity, long committedSequence)
    {
        // Bounded, so that a ledger with very many open pending transactions does not walk all of them at every batch.
        int looks = Math.Min(_recordsByAge.Count, TrimLooksMax);
        while (_records.Count > capacity && looks-- > 0)
        {
            TransactionId id = _recordsByAge.Dequeue();
            if (!_records.TryGetValue(id, out TransactionRecord? record))
            {
                continue;
            }

            if (record.IsOpenPending || Math.Max(record.Sequence, record.ChangedAt) > committedSequence)
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
    }

    public void Account(AccountRow row, AccountTotals totals)
    {
        Invariant.Assert(row.Number == _accounts.Count + 1);
        Add(new AccountState(row) { Totals = totals });
    }

    public void KnownId(TransactionId id) => _ids.Add(id);

    public void OpenPending(StoredTransaction transaction)
    {
        Invariant.Assert(transaction.Transfers[0].Kind == TransactionKind.Pending);
        Add(ToRecord(transaction));
    }

    public void Replay(StoredTransaction transaction)
    {
        TransferRow first = transaction.Transfers[0];
        Invariant.Assert(first.Sequence == Sequence + 1);
        TransactionRecord record = ToRecord(transaction);
        TransactionRecord? related = record.Related is { } relatedId ? Find(relatedId) : null;
        TransferEffects.Apply(record, related, undo: null);
        _ids.Add(record.Id);
        Add(record);
        Sequence += transaction.Transfers.Count;
    }

    /// <summary>SHA-256 over all that decides future answers: accounts with totals and open pending transactions. Equal histories give equal hashes.</summary>
    public byte[] Hash()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> buffer = stackalloc byte[16];
        Append(hash, buffer, (UInt128)(ulong)Sequence);
        foreach (AccountState account in _accounts)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{account.Number}|{account.Row.Id}|{account.Row.NormalSide}|{(int)account.Row.Flags}"));
            Append(hash, buffer, account.Totals.DebitsPending);
            Append(hash, buffer, account.Totals.DebitsPosted);
            Append(hash, buffer, account.Totals.CreditsPending);
            Append(hash, buffer, account.Totals.CreditsPosted);
        }

        foreach (TransactionRecord pending in _records.Values.Where(record => record.IsOpenPending).OrderBy(record => record.Sequence))
        {
            Append(hash, buffer, pending.Id.Value);
        }

        return hash.GetHashAndReset();
    }

    private static void Append(IncrementalHash hash, Span<byte> buffer, UInt128 value)
    {
        BinaryPrimitives.WriteUInt128BigEndian(buffer, value);
        hash.AppendData(buffer);
    }

    private void Add(TransactionRecord record)
    {
        _records.Add(record.Id, record);
        _recordsByAge.Enqueue(record.Id);
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
        for (int index = 0; index < transfers.Length; index++)
        {
            TransferRow row = stored.Transfers[index];
            Invariant.Assert(row.Index == index);
            Invariant.Assert(row.Sequence == first.Sequence + index);
            transfers[index] = new AppliedTransfer(
                _accounts[(int)row.DebitAccount - 1], _accounts[(int)row.CreditAccount - 1], row.Amount, row.Code, row.RelatedIndex);
        }

        return new TransactionRecord
        {
            Id = first.TransactionId,
            Kind = first.Kind,
            Sequence = first.Sequence,
            Timestamp = stored.Timestamp,
            Transfers = transfers,
            Related = first.Related,
            EffectiveDate = stored.Detail?.EffectiveDate,
            Reference = stored.Detail?.Reference,
            Metadata = stored.Detail?.Metadata,
            ResolvedBy = stored.ResolvedBy,
            Reversed = stored.Reversed.Count == 0 ? null : [.. stored.Reversed],
        };
    }
}

using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Florin.Ledger;

/// <summary>A client-chosen identity of a transaction, the idempotency key of the ledger for ever. Neither zero nor all ones.</summary>
public readonly record struct TransactionId(UInt128 Value)
{
    /// <summary>The id that belongs to a name: the same name gives the same id on every machine, for ever.</summary>
    /// <remarks>The first 16 bytes of SHA-256 of the UTF-8 text, marked as a version 8 UUID (RFC 9562, section 5.8).</remarks>
    public static TransactionId FromName(string name)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes(name), hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new TransactionId(BinaryPrimitives.ReadUInt128BigEndian(hash));
    }

    public static TransactionId FromGuid(Guid guid)
    {
        Span<byte> bytes = stackalloc byte[16];
        guid.TryWriteBytes(bytes, bigEndian: true, out _);
        return new TransactionId(BinaryPrimitives.ReadUInt128BigEndian(bytes));
    }

    public Guid ToGuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, Value);
        return new Guid(bytes, bigEndian: true);
    }

    public override string ToString() => ToGuid().ToString();
}

/// <summary>What a transaction does. Numbers are stored: append, never renumber.</summary>
public enum TransactionKind : byte
{
    /// <summary>Moves money at once.</summary>
    Posted = 1,

    /// <summary>Reserves money on both sides until it is posted or voided.</summary>
    Pending = 2,

    /// <summary>Posts a pending transaction in full or in part; what is not posted is released.</summary>
    Post = 3,

    /// <summary>Releases a pending transaction.</summary>
    Void = 4,

    /// <summary>Moves a posted transaction back, in full or in part. The sum of reversals never exceeds the original.</summary>
    Reverse = 5,

    /// <summary>Releases what is left of a pending transaction whose time has come. Only the ledger itself makes it.</summary>
    Expire = 6,

    /// <summary>Reserves more for a pending transaction.</summary>
    Increase = 7,

    /// <summary>Gives a pending transaction that has a time-out a later one.</summary>
    Extend = 8,

    /// <summary>Releases a part of a pending transaction and keeps the rest reserved.</summary>
    Release = 9,

    /// <summary>Posts a part of a pending transaction and keeps the rest reserved.</summary>
    PostPart = 10,
}

/// <summary>What decides the amount of a balancing transfer. Numbers are stored: append, never renumber.</summary>
public enum Balancing : byte
{
    /// <summary>Nothing: the amount is exact.</summary>
    None = 0,

    /// <summary>At most what the debited account can give: posted credits, less posted and pending debits.</summary>
    Debit = 1,

    /// <summary>At most what the credited account can take: posted debits, less posted and pending credits.</summary>
    Credit = 2,
}

/// <summary>What a condition looks at. Numbers are stored: append, never renumber.</summary>
public enum BalanceMeasure : byte
{
    /// <summary><see cref="AccountBalance.Available"/>.</summary>
    Available = 0,

    /// <summary>Posted on the normal side less posted on the other; may be negative.</summary>
    Posted = 1,

    DebitsPending = 2,
    DebitsPosted = 3,
    CreditsPending = 4,
    CreditsPosted = 5,
}

/// <summary>How a condition compares. Numbers are stored: append, never renumber.</summary>
public enum Comparison : byte
{
    Equal = 0,
    NotEqual = 1,
    Less = 2,
    LessOrEqual = 3,
    Greater = 4,
    GreaterOrEqual = 5,
}

/// <summary>What must be true of an account as the transaction leaves it; else the transaction is refused.</summary>
/// <param name="Value">Smallest units of the account's asset.</param>
public readonly record struct BalanceCondition(AccountId Account, BalanceMeasure Measure, Comparison Comparison, Int128 Value);

/// <summary>What becomes of a transaction whose effective date lies in a closed period. Numbers are stored: append, never renumber.</summary>
public enum ClosedPeriodPolicy : byte
{
    /// <summary><see cref="TransactionStatus.PeriodClosed"/>.</summary>
    Refuse = 0,

    /// <summary>It is posted on the day of the ledger's time stamp, as an adjustment that names the day asked for.</summary>
    Adjust = 1,
}

/// <summary>A movement between two accounts of one asset.</summary>
/// <param name="Amount">Smallest units of the accounts' asset. Above zero.</param>
/// <param name="Code">Why the money moves, a number of the caller's chart of codes. Above zero.</param>
public readonly record struct Transfer(AccountId Debit, AccountId Credit, UInt128 Amount, int Code)
{
    /// <summary>For a balancing transfer <see cref="Amount"/> is the most that moves.</summary>
    public Balancing Balancing { get; init; }

    /// <summary>For a balancing transfer: the least that moves; less is refused. Zero is taken for one, because no transfer moves nothing.</summary>
    public UInt128 Minimum { get; init; }
}

/// <summary>One command to the ledger: transfers that all apply or none.</summary>
public sealed record Transaction
{
    /// <summary>The most transfers that one transaction may have.</summary>
    public const int TransfersMax = 64;

    /// <summary>The longest reference, in characters.</summary>
    public const int ReferenceLengthMax = 200;

    /// <summary>The longest metadata, in characters of JSON.</summary>
    public const int MetadataLengthMax = 8_192;

    /// <summary>The most conditions that one transaction may have.</summary>
    public const int ConditionsMax = 64;

    /// <summary>The shortest time-out of a pending transaction.</summary>
    public static readonly TimeSpan TimeoutMin = TimeSpan.FromSeconds(1);

    /// <summary>The longest time-out of a pending transaction.</summary>
    public static readonly TimeSpan TimeoutMax = TimeSpan.FromDays(3_653);

    public required TransactionId Id { get; init; }

    public required TransactionKind Kind { get; init; }

    /// <summary>For <see cref="TransactionKind.Posted"/> and <see cref="TransactionKind.Pending"/>: 1 to 64 transfers; else empty.</summary>
    public ImmutableArray<Transfer> Transfers { get; init; } = [];

    /// <summary>For post and void: the pending transaction. For reverse: the posted one. Else <see langword="null"/>.</summary>
    public TransactionId? Related { get; init; }

    /// <summary>
    /// For post, post part, release, increase and reverse: how much of (or how much more for) each transfer of the related transaction, in its
    /// order; zero leaves that transfer out. Empty means all that is left of each; an increase must name its amounts.
    /// </summary>
    public ImmutableArray<UInt128> Amounts { get; init; } = [];

    /// <summary>
    /// For pending: how long it is reserved, from the ledger's time of its application; <see langword="null"/> is until somebody ends it. For
    /// extend: how long from the ledger's time of the extension. 1 second to 10 years, in whole microseconds.
    /// </summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>At most <see cref="ConditionsMax"/>; all must hold of the accounts as the transaction leaves them.</summary>
    public ImmutableArray<BalanceCondition> Conditions { get; init; } = [];

    /// <summary>What to do when <see cref="EffectiveDate"/> lies in a closed period.</summary>
    public ClosedPeriodPolicy ClosedPeriod { get; init; }

    /// <summary>The day that the movement belongs to in the books; <see langword="null"/> is the day of the ledger's time stamp, in UTC.</summary>
    public DateOnly? EffectiveDate { get; init; }

    /// <summary>The caller's own reference. Not unique, searchable.</summary>
    public string? Reference { get; init; }

    /// <summary>A JSON object of the caller's; stored as text, never interpreted. Personal data does not belong here.</summary>
    public string? Metadata { get; init; }
}

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
}

/// <summary>A movement between two accounts of one asset.</summary>
/// <param name="Amount">Smallest units of the accounts' asset. Above zero.</param>
/// <param name="Code">Why the money moves, a number of the caller's chart of codes. Above zero.</param>
public readonly record struct Transfer(AccountId Debit, AccountId Credit, UInt128 Amount, int Code);

/// <summary>One command to the ledger: transfers that all apply or none.</summary>
public sealed record Transaction
{
    /// <summary>The most transfers that one transaction may have.</summary>
    public const int TransfersMax = 64;

    /// <summary>The longest reference, in characters.</summary>
    public const int ReferenceLengthMax = 200;

    /// <summary>The longest metadata, in characters of JSON.</summary>
    public const int MetadataLengthMax = 8_192;

    public required TransactionId Id { get; init; }

    public required TransactionKind Kind { get; init; }

    /// <summary>For <see cref="TransactionKind.Posted"/> and <see cref="TransactionKind.Pending"/>: 1 to 64 transfers; else empty.</summary>
    public ImmutableArray<Transfer> Transfers { get; init; } = [];

    /// <summary>For post and void: the pending transaction. For reverse: the posted one. Else <see langword="null"/>.</summary>
    public TransactionId? Related { get; init; }

    /// <summary>
    /// For post and reverse: how much of each transfer of the related transaction, in its order; zero leaves that transfer out. Empty means all
    /// that is left of each.
    /// </summary>
    public ImmutableArray<UInt128> Amounts { get; init; } = [];

    /// <summary>The day that the movement belongs to in the books; <see langword="null"/> is the day of the ledger's time stamp, in UTC.</summary>
    public DateOnly? EffectiveDate { get; init; }

    /// <summary>The caller's own reference. Not unique, searchable.</summary>
    public string? Reference { get; init; }

    /// <summary>A JSON object of the caller's; stored as text, never interpreted. Personal data does not belong here.</summary>
    public string? Metadata { get; init; }
}

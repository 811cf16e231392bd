using System.Collections.Immutable;

namespace Florin.Ledger.StateMachine;

/// <summary>One transfer of a transaction, with the accounts it concerns.</summary>
/// <param name="Released">For post: how much of the reservation ends with it; else zero.</param>
internal readonly record struct AppliedTransfer(AccountState Debit, AccountState Credit, UInt128 Amount, int Code, short RelatedIndex, UInt128 Released);

/// <summary>An applied transaction: what a repeat is compared with, and what later transactions refer to.</summary>
internal sealed class TransactionRecord
{
    public required TransactionId Id { get; init; }

    public required TransactionKind Kind { get; init; }

    public required long Sequence { get; init; }

    public required DateTimeOffset Timestamp { get; init; }

    public required AppliedTransfer[] Transfers { get; init; }

    /// <summary>What its result told, and tells again.</summary>
    public required ImmutableArray<TransferOutcome> Outcomes { get; init; }

    public TransactionId? Related { get; init; }

    /// <summary>For pending and extend: the time-out that was asked for.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>The day that was asked for, also when it was adjusted.</summary>
    public DateOnly? AskedDate { get; init; }

    public string? Reference { get; init; }

    public string? Metadata { get; init; }

    public ReadOnlyMemory<byte>? Terms { get; init; }

    /// <summary>For a pending transaction: what ended it; <see langword="null"/> while it is open.</summary>
    public TransactionKind? ResolvedBy { get; set; }

    /// <summary>For a pending transaction: what each transfer still reserves; <see langword="null"/> for the amounts it began with.</summary>
    public UInt128[]? Held { get; set; }

    /// <summary>For a pending transaction: a part of it was posted.</summary>
    public bool IsPartlyPosted { get; set; }

    /// <summary>For a pending transaction: when it expires, by ledger time.</summary>
    public DateTimeOffset? ExpiresAt { get; set; }

    /// <summary>For a posted transaction: how much of each transfer was reversed; <see langword="null"/> while nothing was.</summary>
    public UInt128[]? Reversed { get; set; }

    /// <summary>Sequence of the last transaction that changed this one; 0 while none did. Until that is durable, the journal tells an older truth.</summary>
    public long ChangedAt { get; set; }

    public bool IsOpenPending => Kind == TransactionKind.Pending && ResolvedBy is null;

    public UInt128 LeftToReverse(int index) => Transfers[index].Amount - (Reversed is null ? UInt128.Zero : Reversed[index]);

    public UInt128 HeldOf(int index) => Held is null ? Transfers[index].Amount : Held[index];
}

namespace Florin.Ledger.StateMachine;

/// <summary>One applied transfer, with the accounts it moved between.</summary>
internal readonly record struct AppliedTransfer(AccountState Debit, AccountState Credit, UInt128 Amount, int Code, short RelatedIndex);

/// <summary>An applied transaction: what a repeat is compared with, and what post, void and reverse refer to.</summary>
internal sealed class TransactionRecord
{
    public required TransactionId Id { get; init; }

    public required TransactionKind Kind { get; init; }

    public required long Sequence { get; init; }

    public required DateTimeOffset Timestamp { get; init; }

    public required AppliedTransfer[] Transfers { get; init; }

    public TransactionId? Related { get; init; }

    public DateOnly? EffectiveDate { get; init; }

    public string? Reference { get; init; }

    public string? Metadata { get; init; }

    /// <summary>For a pending transaction: what ended it; <see langword="null"/> while it is open.</summary>
    public TransactionKind? ResolvedBy { get; set; }

    /// <summary>For a posted transaction: how much of each transfer was reversed; <see langword="null"/> while nothing was.</summary>
    public UInt128[]? Reversed { get; set; }

    /// <summary>Sequence of the last transaction that changed this one; 0 while none did. Until that is durable, the journal tells an older truth.</summary>
    public long ChangedAt { get; set; }

    public bool IsOpenPending => Kind == TransactionKind.Pending && ResolvedBy is null;

    public UInt128 LeftToReverse(int index) => Transfers[index].Amount - (Reversed is null ? UInt128.Zero : Reversed[index]);
}

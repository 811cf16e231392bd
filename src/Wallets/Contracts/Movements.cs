using System.Collections.Immutable;
using Florin.Ledger;

namespace Florin.Wallets;

/// <summary>Why a movement was refused before anything was stored; the idempotency key stays free (fault I-06).</summary>
public enum MovementRefusal
{
    AmountMustBePositive = 1,
    UnsupportedCurrency = 2,
    SourceNotFound = 3,
    RecipientNotFound = 4,
    SameWallet = 5,
    InsufficientFunds = 6,

    /// <summary>The amount does not fit in the books together with what is there.</summary>
    AmountTooLarge = 7,

    /// <summary>An account of the movement is frozen or closed.</summary>
    AccountNotOpen = 8,

    /// <summary>Somebody else has taken what was asked for: the schedule, or another person (fault I-11).</summary>
    AlreadyClaimed = 9,

    /// <summary>The merchant owes the house something, which is repaid first.</summary>
    PayerOwes = 10,

    /// <summary>There is no such thing, or it is another merchant's.</summary>
    NotFound = 11,

    /// <summary>The present state does not allow it.</summary>
    InvalidTransition = 12,

    /// <summary>The destination cannot be paid in this currency.</summary>
    CurrencyNotOfDestination = 13,

    /// <summary>The destination is paid in larger steps of this currency than the amount has.</summary>
    AmountNotOfDestination = 14,
}

/// <summary>What became of a request to move money.</summary>
public abstract record MovementOutcome<T>
{
    private MovementOutcome()
    {
    }

    /// <summary>Durable, and executed as far as the patience reached.</summary>
    public sealed record Started(T Movement) : MovementOutcome<T>;

    /// <summary>The same request was made before; this is its object as it is now.</summary>
    public sealed record Replayed(T Movement) : MovementOutcome<T>;

    /// <summary>The same request was made before and is still in its first execution.</summary>
    public sealed record InProgress : MovementOutcome<T>;

    /// <summary>The key belongs to another request. Nothing was changed (fault I-02).</summary>
    public sealed record KeyBelongsToOtherRequest : MovementOutcome<T>;

    /// <param name="Holder">Of what is claimed already: the movement that has it.</param>
    public sealed record Refused(MovementRefusal Reason, Guid? Holder = null) : MovementOutcome<T>;
}

/// <summary>What became of a request to cancel.</summary>
public abstract record CancelOutcome
{
    private CancelOutcome()
    {
    }

    /// <summary>Cancelled now or before; the money is back.</summary>
    public sealed record Canceled(Withdrawal Withdrawal) : CancelOutcome;

    /// <summary>It was handed to the provider already, or is at its end.</summary>
    public sealed record TooLate(Withdrawal Withdrawal) : CancelOutcome;

    public sealed record NotFound : CancelOutcome;
}

/// <summary>Why a movement failed.</summary>
/// <param name="Code">Stable: the provider's code, or one of ours such as <c>provider_unavailable</c>, <c>canceled</c>.</param>
public sealed record MovementFailure(string Code, string Message);

/// <summary>A deposit as a caller sees it.</summary>
/// <param name="Status"><c>pending</c>, <c>success</c> or <c>failed</c>.</param>
/// <param name="OutcomeUnknown">The provider's answer was lost; the status is <c>pending</c> until evidence says more. Do not pay again.</param>
/// <param name="UnderReview">The provider took something else than was ordered; a person decides, the status is <c>pending</c>.</param>
/// <param name="PendingReason"><c>account_not_open</c>: the money arrived and waits in suspense until the account is open again; else null.</param>
public sealed record Deposit(
    Guid Id,
    string Status,
    Money Amount,
    Guid SourceId,
    MovementFailure? Failure,
    bool OutcomeUnknown,
    bool UnderReview,
    string? PendingReason,
    DateTimeOffset CreatedAt);

/// <summary>Why a movement does not go on although nothing went wrong.</summary>
public static class PendingReasons
{
    /// <summary>The wallet's account is frozen or closed; its money waits in suspense.</summary>
    public const string AccountNotOpen = "account_not_open";

    /// <summary>Of a payout: its receiver has no account at the provider yet. It comes back by itself when nobody claims it.</summary>
    public const string Unclaimed = "unclaimed";

    /// <summary>Of a payout: the provider holds it and looks at it.</summary>
    public const string OnHold = "on_hold";
}

/// <summary>A withdrawal as a caller sees it.</summary>
/// <param name="Status"><c>pending</c>, <c>in_transit</c>, <c>success</c>, <c>failed</c> (the money is back) or <c>returned</c> (paid, and came back).</param>
/// <param name="OutcomeUnknown">The provider's answer was lost; the money stays debited until evidence says more (fault U-07).</param>
/// <param name="PendingReason">One of <see cref="PendingReasons"/>, or null.</param>
public sealed record Withdrawal(
    Guid Id,
    string Status,
    Money Amount,
    Guid DestinationId,
    MovementFailure? Failure,
    bool OutcomeUnknown,
    string? PendingReason,
    DateTimeOffset CreatedAt);

/// <summary>A finished transfer between two wallets.</summary>
public sealed record WalletTransfer(Guid Id, Guid FromWalletId, Guid ToWalletId, Money Amount, string? Note, DateTimeOffset CreatedAt)
{
    /// <summary>The longest note, in characters.</summary>
    public const int NoteLengthMax = 200;
}

/// <summary>One line of a wallet's history.</summary>
/// <param name="Type"><c>deposit</c>, <c>withdrawal</c>, <c>transfer_out</c> or <c>transfer_in</c>.</param>
/// <param name="CounterpartyWalletId">The other wallet of a transfer.</param>
public sealed record WalletHistoryItem(
    Guid Id, string Type, string Status, Money Amount, Guid? CounterpartyWalletId, string? Note, DateTimeOffset CreatedAt);

/// <summary>What a provider did for a flow that a restored database does not have.</summary>
/// <param name="Id">The id of the lost flow.</param>
/// <param name="Type"><c>deposit</c> or <c>withdrawal</c>.</param>
/// <param name="ProviderId">The provider's id of the object.</param>
/// <param name="Status"><c>found</c> (not at its end), <c>in_suspense</c>, <c>shortfall</c> or <c>nothing_moved</c>.</param>
public sealed record RecoveredMovement(
    Guid Id, string Type, string Provider, string ProviderId, string Status, Money Amount, DateTimeOffset FoundAt);

/// <param name="NextCursor">Where the next page starts; <see langword="null"/> at the end.</param>
public sealed record WalletHistoryPage(ImmutableArray<WalletHistoryItem> Items, string? NextCursor);

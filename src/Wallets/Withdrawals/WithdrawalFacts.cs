using System.Text.Json.Serialization;
using Florin.Flows;
using Florin.Ledger;

namespace Florin.Wallets.Withdrawals;

/// <summary>What a withdrawal, or the payout of a merchant, remembers. No personal data: ids only.</summary>
internal sealed record WithdrawalFacts
{
    /// <summary>Whose money it is: a user, who may be a merchant.</summary>
    public required Guid UserId { get; init; }

    /// <summary>Whether it is paid from what a merchant has taken, and not from a wallet.</summary>
    public bool IsMerchants { get; init; }

    /// <summary>Of a merchant's payout that belongs to a batch.</summary>
    public Guid? BatchId { get; init; }

    /// <summary>Smallest units, as text.</summary>
    public required string Amount { get; init; }

    public required string Asset { get; init; }

    public required Guid DestinationId { get; init; }

    public required string Provider { get; init; }

    /// <summary>
    /// The provider's id of the bank account or card that is paid. Absent where the provider is told something personal, such as an e-mail address: that is read
    /// from the destination at each call. A server too old for that cannot read these facts, and sends nothing.
    /// </summary>
    public string? PayoutDestination { get; init; }

    /// <summary>When the call may have left for the first time: the age of the provider's idempotency key.</summary>
    public DateTimeOffset? FirstSubmittedAt { get; init; }

    /// <summary>When the call may have left for the last time.</summary>
    public DateTimeOffset? SubmittedAt { get; init; }

    public Guid? Permit { get; init; }

    /// <summary>The provider's id of the payout, once it is known.</summary>
    public string? PayoutId { get; init; }

    /// <summary>The end that it comes to when its money leaves suspense: <c>failed</c>, <c>canceled</c> or <c>returned</c>.</summary>
    public string? HeldAs { get; init; }

    public string? FailureCode { get; init; }

    /// <summary>Why a payout that the provider has does not go on: one of <see cref="PendingReasons"/>, or null.</summary>
    public string? WaitsFor { get; init; }

    [JsonIgnore]
    public Money Ordered => FlowFacts.Amount(Amount, Asset);

    /// <summary>Where the money comes from and goes back to.</summary>
    [JsonIgnore]
    public AccountDefinition Available =>
        IsMerchants ? HouseAccounts.MerchantAvailable(UserId, Ordered.Asset) : ChartOfAccounts.UserAvailable(UserId, Ordered.Asset);

    /// <summary>Where it waits while that account is frozen or closed.</summary>
    [JsonIgnore]
    public AccountDefinition Suspense =>
        IsMerchants ? ChartOfAccounts.MerchantSuspense(UserId, Ordered.Asset) : ChartOfAccounts.UserSuspense(UserId, Ordered.Asset);

    public static WithdrawalFacts Of(Flow flow) => FlowFacts.Read<WithdrawalFacts>(flow.Data);
}

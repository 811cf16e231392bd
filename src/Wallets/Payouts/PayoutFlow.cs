using Florin.Flows;
using Florin.Wallets.Withdrawals;

namespace Florin.Wallets.Payouts;

/// <summary>The declared states and transitions of <c>merchant.payout</c>: those of a withdrawal, of another owner's money.</summary>
internal static class PayoutFlow
{
    public const string Kind = "merchant.payout";

    /// <summary>Of the start: the flow and its debit are one commit.</summary>
    public const string Debit = "Dr merchant:{id}:available / Cr payout:{provider}:in_transit, on the condition that merchant:{id}:receivable is zero";

    public static FlowDefinition Definition { get; } = WithdrawalFlow.Define(
        Kind,
        "Pays a merchant what it has taken. The balance is debited first; it gets the money back only when the payout is proven to have failed. A payout that belongs "
        + "to a batch has the line's obligation: one payout takes it, begun by the schedule or by hand. Two equal payouts of different lines are two.",
        "merchant:{id}:available",
        "suspense:merchant:{id}");
}

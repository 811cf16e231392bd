using System.Diagnostics;
using Florin.Flows;
using Florin.Ledger;

namespace Florin.Wallets.Steps;

/// <summary>Turns what became of a flow's start into what became of a movement.</summary>
internal static class MovementStart
{
    public static MovementOutcome<T> Outcome<T>(FlowStartOutcome outcome, Func<Flow, T> present) => outcome switch
    {
        FlowStartOutcome.Started started => new MovementOutcome<T>.Started(present(started.Flow)),
        FlowStartOutcome.Replayed replayed => new MovementOutcome<T>.Replayed(present(replayed.Flow)),
        FlowStartOutcome.InProgress => new MovementOutcome<T>.InProgress(),
        FlowStartOutcome.RequestDiffers => new MovementOutcome<T>.KeyBelongsToOtherRequest(),
        FlowStartOutcome.Refused refused => new MovementOutcome<T>.Refused(Reason(refused.Result)),
        FlowStartOutcome.ObligationTaken taken => new MovementOutcome<T>.Refused(MovementRefusal.AlreadyClaimed, taken.Holder.Value),
        _ => throw new UnreachableException(),
    };

    /// <exception cref="InvariantException">The ledger refused for a reason that a request cannot cause: a bug of ours.</exception>
    public static MovementRefusal Reason(SubmissionResult result)
    {
        MovementRefusal? reason = result.Status switch
        {
            TransactionStatus.ExceedsCredits => MovementRefusal.InsufficientFunds,
            TransactionStatus.ConditionFailed => MovementRefusal.PayerOwes,
            TransactionStatus.OverflowsTotals => MovementRefusal.AmountTooLarge,
            TransactionStatus.DebitAccountNotOpen or TransactionStatus.CreditAccountNotOpen => MovementRefusal.AccountNotOpen,
            _ => null,
        };
        Invariant.Assert(reason is not null);
        return reason.Value;
    }

    /// <summary>What is refused in every movement.</summary>
    public static MovementRefusal? CheckAmount(Money amount, WalletOptions options) =>
        amount.MinorUnits == UInt128.Zero ? MovementRefusal.AmountMustBePositive
        : !options.Currencies.Contains(amount.Asset.Code) ? MovementRefusal.UnsupportedCurrency
        : null;

    /// <summary>How the owner of a flow is written.</summary>
    public static string OwnerId(Guid userId) => userId.ToString("D");

    /// <summary>The user's own flow of a kind, or nothing: another's does not exist for him.</summary>
    public static async ValueTask<Flow?> OwnAsync(this IFlows flows, string kind, Guid userId, Guid id, CancellationToken cancellationToken)
    {
        Flow? flow = await flows.GetAsync(new FlowId(id), cancellationToken);
        return flow is not null && flow.Kind == kind && flow.OwnerId == OwnerId(userId) ? flow : null;
    }
}

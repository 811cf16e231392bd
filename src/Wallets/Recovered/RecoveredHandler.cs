using System.Collections.Immutable;
using System.Diagnostics;
using Florin.Flows;
using Florin.Ledger;
using Florin.Providers;
using Florin.Wallets.Steps;
using Florin.Wallets.Withdrawals;

namespace Florin.Wallets.Recovered;

/// <summary>
/// Brings the clearing account to what the provider says about an object whose flow is gone. It only reads from the provider: nothing is sent.
/// </summary>
internal sealed class RecoveredHandler(IPaymentProvider provider, PayoutRails rails, WalletOptions options, TimeProvider timeProvider) : IFlowHandler
{
    private const string BookStep = "recovered";
    private const string ReverseStep = "recovered_reversed";

    public FlowDefinition Definition => RecoveredFlow.Definition;

    public async ValueTask<FlowDecision> DecideAsync(Flow flow, ImmutableArray<FlowSignal> signals, CancellationToken cancellationToken)
    {
        if (flow.State != RecoveredFlow.Found && signals.IsEmpty)
        {
            return new FlowDecision.Rest("at its end");
        }

        RecoveredFacts facts = RecoveredFacts.Of(flow);
        return facts.IsPayout
            ? rails.Find(facts.Provider) is { } rail
                ? Decide(flow, facts, await rail.GetPayoutAsync(facts.ObjectId, cancellationToken))
                : Wait(flow, "the provider is not configured here")
            : Decide(flow, facts, await provider.GetPaymentAsync(facts.ObjectId, cancellationToken));
    }

    private FlowDecision Decide(Flow flow, RecoveredFacts facts, ProviderLookup<ProviderPayment> lookup) => lookup switch
    {
        ProviderLookup<ProviderPayment>.Found { Value: var payment } => (payment.Status, flow.State) switch
        {
            (ProviderPaymentStatus.Succeeded, RecoveredFlow.Found or RecoveredFlow.NothingMoved) => TakeIn(flow, facts, payment),
            (ProviderPaymentStatus.Failed or ProviderPaymentStatus.RequiresAction, RecoveredFlow.Found) =>
                End(facts, RecoveredFlow.Failed, ProviderEvidence.Of(payment)),
            (ProviderPaymentStatus.Succeeded, RecoveredFlow.InSuspense) or (ProviderPaymentStatus.Failed, RecoveredFlow.NothingMoved) => Confirmed,
            _ => Open(flow, payment.RawStatus, payment.Id),
        },
        ProviderLookup<ProviderPayment>.NotFound => Gone(facts),
        ProviderLookup<ProviderPayment>.Unavailable unavailable => Wait(flow, unavailable.Reason),
        _ => throw new UnreachableException(),
    };

    private FlowDecision Decide(Flow flow, RecoveredFacts facts, ProviderLookup<ProviderPayout> lookup) => lookup switch
    {
        ProviderLookup<ProviderPayout>.Found { Value: var payout } => (payout.Status, flow.State) switch
        {
            (ProviderPayoutStatus.Paid, RecoveredFlow.Found) => TakeOut(flow, facts, payout),
            (ProviderPayoutStatus.Failed or ProviderPayoutStatus.Canceled, RecoveredFlow.Found) =>
                End(facts, RecoveredFlow.Failed, ProviderEvidence.Of(payout)),
            (ProviderPayoutStatus.Failed or ProviderPayoutStatus.Canceled, RecoveredFlow.Shortfall) =>
                End(facts, RecoveredFlow.CameBack, ProviderEvidence.Of(payout)) with { Transactions = [Reversal(flow)] },
            (ProviderPayoutStatus.Paid, RecoveredFlow.Shortfall)
                or (ProviderPayoutStatus.Failed or ProviderPayoutStatus.Canceled, RecoveredFlow.NothingMoved) => Confirmed,
            _ => Open(flow, payout.RawStatus, payout.Id),
        },
        ProviderLookup<ProviderPayout>.NotFound => Gone(facts),
        ProviderLookup<ProviderPayout>.Unavailable unavailable => Wait(flow, unavailable.Reason),
        _ => throw new UnreachableException(),
    };

    private static FlowDecision TakeIn(Flow flow, RecoveredFacts facts, ProviderPayment payment)
    {
        if (!Ledger.Assets.TryGet(payment.Currency, out Asset? asset) || payment.ReceivedMinorUnits == UInt128.Zero)
        {
            return new FlowDecision.Park($"The provider's {payment.Id} is a success in a currency or of an amount that cannot be booked.");
        }

        RecoveredFacts moved = facts with { Amount = FlowFacts.AmountText(payment.ReceivedMinorUnits), Asset = asset.Code };
        return Book(
            flow,
            moved,
            RecoveredFlow.InSuspense,
            RecoveredFlow.Captured,
            ChartOfAccounts.PspClearing(facts.Provider, asset),
            ChartOfAccounts.Suspense(RecoveredFlow.Owner, asset),
            TransferCodes.RecoveredPayment,
            ProviderEvidence.Of(payment));
    }

    private static FlowDecision.Move TakeOut(Flow flow, RecoveredFacts facts, ProviderPayout payout) => Book(
        flow,
        facts,
        RecoveredFlow.Shortfall,
        RecoveredFlow.Paid,
        ChartOfAccounts.Shortfall(RecoveredFlow.Owner, facts.Moved.Asset),
        ChartOfAccounts.PspClearing(facts.Provider, facts.Moved.Asset),
        TransferCodes.RecoveredPayout,
        ProviderEvidence.Of(payout));

    private static FlowDecision.Move Book(
        Flow flow, RecoveredFacts facts, string to, string reason, AccountDefinition debit, AccountDefinition credit, int code, string evidence) =>
        new(to, FlowFacts.Write(facts), reason)
        {
            Accounts = [debit, credit],
            Transactions =
            [
                new Transaction
                {
                    Id = FlowTransactions.IdOf(flow.Id, BookStep),
                    Kind = TransactionKind.Posted,
                    Reference = flow.Id.ToString(),
                    Transfers = [new Transfer(debit.Id, credit.Id, facts.Moved.MinorUnits, code)],
                },
            ],
            Evidence = evidence,
            ProviderReference = facts.Reference,
        };

    private static Transaction Reversal(Flow flow) => new()
    {
        Id = FlowTransactions.IdOf(flow.Id, ReverseStep),
        Kind = TransactionKind.Reverse,
        Related = FlowTransactions.IdOf(flow.Id, BookStep),
        Reference = flow.Id.ToString(),
    };

    private static FlowDecision.Move End(RecoveredFacts facts, string reason, string evidence) =>
        new(RecoveredFlow.NothingMoved, FlowFacts.Write(facts), reason) { Evidence = evidence, ProviderReference = facts.Reference };

    private static FlowDecision.Rest Confirmed { get; } = new("the provider confirms it");

    private FlowDecision Open(Flow flow, string status, string id) => flow.State == RecoveredFlow.Found
        ? Wait(flow, $"the provider says '{status}'")
        : new FlowDecision.Park($"The provider says '{status}' of {id} after its end.");

    private static FlowDecision.Park Gone(RecoveredFacts facts) => new($"The provider does not know its own {facts.ObjectId} any more.");

    private FlowDecision.Wait Wait(Flow flow, string reason) => new(reason, PollSchedule.Next(timeProvider.GetUtcNow() - flow.CreatedAt, options.PollFirst, options.PollMax));
}

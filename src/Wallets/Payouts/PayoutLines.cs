using Florin.Flows;
using Florin.Ledger;
using Florin.Wallets.FundingSources;
using Florin.Wallets.Steps;
using Florin.Wallets.Withdrawals;

namespace Florin.Wallets.Payouts;

/// <summary>
/// Begins the payout of a batch's line, for the schedule and for people alike. The claim is the flow's obligation: a row that can be there once, written in the
/// commit of the payout's first row and its debit. Whoever comes second is told who has it, and has moved nothing (fault I-11).
/// </summary>
internal sealed class PayoutLines(FundingSourceStore sources, PayoutRails rails, ILedger ledger, IServiceProvider services)
{
    // The runner is made of the handlers, which use this.
    private readonly Lazy<IFlows> _flows = new(
        () => (IFlows)(services.GetService(typeof(IFlows)) ?? throw new InvalidOperationException("There is no IFlows.")));

    public IFlows Flows => _flows.Value;

    /// <summary>The payout that the schedule makes of a line.</summary>
    public static FlowId IdBySchedule(string line) => FlowId.FromIdempotencyKey("florin", "payout_line", line);

    /// <summary>Who has a line, or null.</summary>
    public ValueTask<FlowId?> HolderAsync(string line, CancellationToken cancellationToken) =>
        _flows.Value.FindObligationHolderAsync(line, cancellationToken);

    /// <summary>What the merchant has now and may take.</summary>
    public async ValueTask<UInt128> AvailableAsync(Guid merchant, Asset asset, CancellationToken cancellationToken) =>
        await ledger.GetBalanceAsync(HouseAccounts.MerchantAvailable(merchant, asset).Id, cancellationToken) is { } balance ? balance.Available : UInt128.Zero;

    /// <summary>Why the destination cannot be paid exactly this; <see langword="null"/> when it can.</summary>
    public MovementRefusal? Refuse(WithdrawalFacts facts) => rails.Refuse(facts.Provider, facts.Ordered);

    /// <summary>The facts of as much of a line as the destination can be paid: in a currency without decimals there, the rest stays in the balance.</summary>
    public WithdrawalFacts Payable(WithdrawalFacts facts) =>
        facts with { Amount = FlowFacts.AmountText(rails.Payable(facts.Provider, facts.Ordered)) };

    /// <summary>The facts of a payout to a bank or PayPal account of the merchant; <see langword="null"/> when the destination is none, or is not linked any more.</summary>
    public async ValueTask<WithdrawalFacts?> FactsAsync(Guid merchant, Money amount, Guid destination, Guid? batch, CancellationToken cancellationToken) =>
        await sources.GetAsync(merchant, destination, cancellationToken) is { IsActive: true, IsPayoutAccount: true } row
            ? new WithdrawalFacts
            {
                UserId = merchant,
                IsMerchants = true,
                BatchId = batch,
                Amount = FlowFacts.AmountText(amount.MinorUnits),
                Asset = amount.Asset.Code,
                DestinationId = destination,
                Provider = row.Provider,
                PayoutDestination = row.PayoutDestination,
            }
            : null;

    /// <param name="line">The obligation; null for a payout that belongs to no line.</param>
    public ValueTask<FlowStartOutcome> StartAsync(
        FlowId id, WithdrawalFacts facts, string? line, string requestHash, string actor, TimeSpan patience, CancellationToken cancellationToken) =>
        _flows.Value.StartAsync(
            new FlowStart
            {
                Id = id,
                Kind = PayoutFlow.Kind,
                State = WithdrawalFlow.Debited,
                OwnerId = MovementStart.OwnerId(facts.UserId),
                Data = FlowFacts.Write(facts),
                RequestHash = requestHash,
                Actor = actor,
                Obligation = line,
                Accounts = WithdrawalPostings.DebitAccounts(facts),
                Transactions = [WithdrawalPostings.Debit(id, facts)],
            },
            patience,
            cancellationToken);
}

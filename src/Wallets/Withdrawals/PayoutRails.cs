using Florin.Ledger;
using Florin.Providers;

namespace Florin.Wallets.Withdrawals;

/// <summary>Where a destination's own text is kept, for rails that are told more than an id.</summary>
internal interface IPayoutDestinations
{
    /// <summary>What the rail is told about a destination, also of one that was unlinked meanwhile.</summary>
    ValueTask<string?> FindReceiverAsync(Guid destinationId, CancellationToken cancellationToken);
}

/// <summary>The rails that pay out, by the name that a destination carries. A rail that is not configured is not there.</summary>
internal sealed class PayoutRails(IEnumerable<IPayoutProvider> providers, IPayoutDestinations destinations)
{
    private readonly Dictionary<string, IPayoutProvider> _rails = providers.ToDictionary(rail => rail.Name, StringComparer.Ordinal);

    public IPayoutProvider? Find(string name) => _rails.GetValueOrDefault(name);

    /// <summary>Who is paid, in the rail's own terms. An e-mail address is read where it is kept and never remembered by a flow.</summary>
    public async ValueTask<string> ReceiverAsync(WithdrawalFacts facts, CancellationToken cancellationToken) =>
        facts.PayoutDestination
        ?? await destinations.FindReceiverAsync(facts.DestinationId, cancellationToken)
        ?? throw new InvariantException("A destination is unlinked, never deleted.");

    /// <summary>Why a rail cannot pay exactly this, before anything is debited (fault U-12); <see langword="null"/> when it can.</summary>
    public MovementRefusal? Refuse(string rail, Money amount) => Find(rail) is not { } provider ? MovementRefusal.SourceNotFound
        : provider.StepOf(amount.Asset.Code) is not { } step ? MovementRefusal.CurrencyNotOfDestination
        : amount.MinorUnits % step != UInt128.Zero ? MovementRefusal.AmountNotOfDestination
        : null;

    /// <summary>The most that a rail can pay of an amount: all of it, or what its own smallest amount fits into; zero where it cannot pay the currency.</summary>
    public UInt128 Payable(string rail, Money amount) =>
        Find(rail)?.StepOf(amount.Asset.Code) is { } step ? amount.MinorUnits - (amount.MinorUnits % step) : UInt128.Zero;
}

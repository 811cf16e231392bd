using Florin.Ledger;

namespace Florin.Payments.Charging;

/// <summary>An acquirer, and its own token of what is charged there.</summary>
internal sealed record PaymentPlace(string Provider, string Source);

/// <summary>Chooses a payment's acquirer: the one that its source names, else that of the first rule that takes it, else the default one.</summary>
internal sealed class PaymentRouter(PaymentOptions options)
{
    public PaymentPlace Of(Guid merchant, Money amount, string source) => PaymentRoute.NamedIn(source) is { } named && options.Acquirers.Contains(named)
        ? new PaymentPlace(named, source[(named.Length + 1)..])
        : new PaymentPlace(options.Routes.FirstOrDefault(route => route.Takes(merchant, amount, source))?.Acquirer ?? options.Provider, source);
}

using System.Collections.Immutable;
using Florin.Payments;
using Florin.Server.Configuration;

namespace Florin.Server.Hosting;

/// <summary>Reads the rules that say which acquirer takes a payment: <c>merchant:7f3c…=paypal, currency:EUR&amp;source:pm_=stripe</c>.</summary>
internal static class RouteSetup
{
    private const int RulesMax = 100;
    private const int CurrencyLength = 3;

    /// <param name="acquirers">Those that are configured.</param>
    /// <exception cref="ConfigurationRefusedException">The text is not as it must be, or names an acquirer that is not configured.</exception>
    public static ImmutableArray<PaymentRoute> Read(FlorinConfiguration configuration, ImmutableArray<string> acquirers)
    {
        string[] rules = (configuration.Find(Settings.PaymentRoutes) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return rules.Length <= RulesMax ? [.. rules.Select(rule => Rule(rule, acquirers))] : throw Refused($"has more than {RulesMax} rules");
    }

    private static PaymentRoute Rule(string text, ImmutableArray<string> acquirers)
    {
        if (text.Split('=') is not [var conditions, var acquirer])
        {
            throw Refused("must be like currency:EUR&source:B-=paypal, with commas between");
        }

        if (!acquirers.Contains(acquirer))
        {
            throw Refused($"names an acquirer that is not configured: {acquirer}");
        }

        return conditions.Split('&').Aggregate(new PaymentRoute(acquirer), With);
    }

    private static PaymentRoute With(PaymentRoute route, string condition) => condition.Split(':', 2) switch
    {
        ["currency", { Length: CurrencyLength } code] when route.Currency is null && code.All(char.IsAsciiLetterUpper) => route with { Currency = code },
        ["source", { Length: > 0 } prefix] when route.SourcePrefix is null && !prefix.Contains(PaymentRoute.SourceSeparator, StringComparison.Ordinal) =>
            route with { SourcePrefix = prefix },
        ["merchant", var id] when route.Merchant is null && Guid.TryParseExact(id, "D", out Guid merchant) => route with { Merchant = merchant },
        _ => throw Refused($"has a condition that is not known: {condition}"),
    };

    private static ConfigurationRefusedException Refused(string why) => new($"{Settings.PaymentRoutes.Path} {why}.");
}

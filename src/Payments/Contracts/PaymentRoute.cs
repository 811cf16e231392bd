using Florin.Ledger;

namespace Florin.Payments;

/// <summary>A rule that names the acquirer of a payment. All conditions that are set must hold; one without conditions takes everything.</summary>
/// <param name="Acquirer">The acquirer's name: <c>stripe</c>, <c>paypal</c>.</param>
/// <param name="Currency">Upper-case code of the payment's currency.</param>
/// <param name="SourcePrefix">How the payment source begins.</param>
/// <param name="Merchant">The business wallet that is paid.</param>
public sealed record PaymentRoute(string Acquirer, string? Currency = null, string? SourcePrefix = null, Guid? Merchant = null)
{
    /// <summary>Ends the name of an acquirer in front of a payment source. No provider's token holds it.</summary>
    public const char SourceSeparator = ':';

    public bool Takes(Guid merchant, Money amount, string source) =>
        (Currency is null || Currency == amount.Asset.Code)
        && (SourcePrefix is null || source.StartsWith(SourcePrefix, StringComparison.Ordinal))
        && (Merchant is null || Merchant == merchant);

    /// <summary>The acquirer that a payment source names itself, as in <c>paypal:TOKEN</c>; <see langword="null"/> when it names none.</summary>
    public static string? NamedIn(string source) => source.IndexOf(SourceSeparator, StringComparison.Ordinal) is >= 0 and var at ? source[..at] : null;
}

using System.Text.Json;
using Florin.Providers.Resilience;

namespace Florin.Providers.Stripe;

/// <summary>
/// Reads what a dispute has moved: its balance transactions, which are in our currency, while the dispute may be in the payer's (fault R-08). What the payer saw
/// of a charge is in its <c>presentment_details</c>.
/// </summary>
internal static class StripeDisputeMoney
{
    /// <summary>What the balance transactions took beside the amount; null when it cannot be said exactly.</summary>
    public static UInt128? Fee(JsonElement json) => Sum(json, transaction => transaction.Integer("fee") ?? 0);

    /// <summary>Null for a dispute in the currency of its charge, or one whose money cannot be read.</summary>
    /// <param name="disputed">In ISO's smallest units of the dispute's currency.</param>
    public static DisputeExchange? Exchange(JsonElement json, UInt128 disputed)
    {
        string currency = Currency(json);
        return json.Object("charge") is { } charge && Currency(charge) is { Length: > 0 } ours && ours != currency
            && charge.Object("presentment_details") is { } presented && Currency(presented, "presentment_currency") == currency
            && presented.Integer("presentment_amount") is { } seen && StripeCurrencies.TryFromStripe(seen, currency, out UInt128 whole) && whole > UInt128.Zero
            && charge.Integer("amount") is { } charged && StripeCurrencies.TryFromStripe(charged, ours, out UInt128 amount) && disputed <= whole
            && Sum(json, transaction => Math.Max(0, -(transaction.Integer("amount") ?? 0))) is { } withdrawn
            && Sum(json, transaction => Math.Max(0, transaction.Integer("amount") ?? 0)) is { } reinstated
                ? new DisputeExchange(ours, Share(amount, disputed, whole), withdrawn, reinstated)
                : null;
    }

    /// <summary>Rounded half to even. Stripe's amounts have eight digits, so that no product overflows.</summary>
    private static UInt128 Share(UInt128 amount, UInt128 part, UInt128 whole)
    {
        (UInt128 quotient, UInt128 rest) = UInt128.DivRem(checked(amount * part), whole);
        bool roundsUp = rest * 2 > whole || (rest * 2 == whole && quotient % 2 == 1);
        return roundsUp ? quotient + 1 : quotient;
    }

    /// <summary>Over transactions that must all be in one currency.</summary>
    private static UInt128? Sum(JsonElement json, Func<JsonElement, long> amount)
    {
        string? currency = null;
        long sum = 0;
        foreach (JsonElement transaction in json.List("balance_transactions")?.EnumerateArray() ?? default)
        {
            string other = Currency(transaction);
            if (currency is not null && other != currency)
            {
                return null;
            }

            currency = other;
            sum = checked(sum + amount(transaction));
        }

        return sum >= 0 && StripeCurrencies.TryFromStripe(sum, currency is { Length: > 0 } ? currency : Currency(json), out UInt128 minorUnits) ? minorUnits : null;
    }

    private static string Currency(JsonElement json, string name = "currency") => json.Text(name)?.ToUpperInvariant() ?? string.Empty;
}

using System.Globalization;
using System.Text.Json.Nodes;

namespace Florin.Sandbox.PayPal;

/// <summary>An amount in the smallest unit that PayPal counts in.</summary>
internal readonly record struct Money(string Currency, long Units)
{
    /// <summary>Digits before the point that PayPal takes: 999999999999999.99 is the most.</summary>
    private const int WholeDigitsMax = 15;

    public static Money operator +(Money left, Money right) => left with { Units = left.Units + Same(left, right).Units };

    public static Money operator -(Money left, Money right) => left with { Units = left.Units - Same(left, right).Units };

    /// <summary>Reads <c>{"currency_code": "USD", "value": "100.00"}</c>; payouts call the currency <c>currency</c>.</summary>
    /// <param name="issue">PayPal's word for what is wrong; <see langword="null"/> when nothing is.</param>
    public static Money? Read(JsonNode? node, out string? issue, string currencyName = "currency_code")
    {
        issue = null;
        if (node is not JsonObject amount || amount.Text("value") is not { Length: > 0 } value || amount.Text(currencyName) is not { } currency)
        {
            issue = "MISSING_REQUIRED_PARAMETER";
            return null;
        }

        if (PayPalCurrencies.Of(currency) is not { } decimals)
        {
            issue = currency.Length == 3 && currency.All(char.IsAsciiLetterUpper) ? "CURRENCY_NOT_SUPPORTED" : "INVALID_CURRENCY_CODE";
            return null;
        }

        var parts = value.Split('.');
        if (parts.Length > 2 || !parts.All(part => part.Length > 0 && part.All(char.IsAsciiDigit)))
        {
            issue = value.StartsWith('-') ? "CANNOT_BE_ZERO_OR_NEGATIVE" : "INVALID_STRING_FORMAT";
            return null;
        }

        var fraction = parts.Length == 2 ? parts[1] : string.Empty;
        if (decimals == 0 && fraction.Length > 0)
        {
            issue = "DECIMALS_NOT_SUPPORTED";
            return null;
        }

        issue = fraction.Length > decimals ? "DECIMAL_PRECISION" : parts[0].TrimStart('0').Length > WholeDigitsMax ? "MAX_VALUE_EXCEEDED" : null;
        return issue is null ? new Money(currency, long.Parse(parts[0] + fraction.PadRight(decimals, '0'), CultureInfo.InvariantCulture)) : null;
    }

    /// <summary>An amount that the sandbox wrote itself.</summary>
    public static Money Of(JsonNode? node) =>
        Read(node, out var issue) ?? throw new InvalidOperationException($"The sandbox's own amount cannot be read: {issue}.");

    public static Money operator -(Money money) => money with { Units = -money.Units };

    public JsonObject ToJson(string currencyName = "currency_code") => new() { [currencyName] = Currency, ["value"] = ToText() };

    public override string ToString() => $"{ToText()} {Currency}";

    private static Money Same(Money left, Money right) => left.Currency == right.Currency
        ? right
        : throw new InvalidOperationException("Two currencies meet.");

    private string ToText()
    {
        var decimals = PayPalCurrencies.Of(Currency)!.Value;
        var digits = Math.Abs(Units).ToString(CultureInfo.InvariantCulture).PadLeft(decimals + 1, '0');
        var text = decimals == 0 ? digits : $"{digits[..^decimals]}.{digits[^decimals..]}";
        return Units < 0 ? $"-{text}" : text;
    }
}

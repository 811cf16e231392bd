using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Florin.Client;

/// <summary>An amount of money in major units, exactly as it stands in the API: a decimal text, never a floating-point number.</summary>
/// <remarks>Not negative, at most 128 bits of smallest units with up to 18 decimals. Equal when worth the same: <c>10.5</c> equals <c>10.50</c>.</remarks>
[JsonConverter(typeof(AmountJsonConverter))]
public readonly record struct Amount : IComparable<Amount>
{
    /// <summary>The most decimals that an asset has.</summary>
    public const int DecimalsMax = 18;

    private const int DigitsMax = 39 + DecimalsMax;

    private readonly string? _text;

    private Amount(string text) => _text = text;

    /// <summary>Nothing.</summary>
    public static Amount Zero { get; }

    /// <exception cref="FormatException">Not digits with at most one point between them, or more than can be.</exception>
    public static Amount Parse(string text) =>
        TryParse(text, out Amount amount) ? amount : throw new FormatException("An amount is a decimal text such as 10.50, without sign, exponent or grouping.");

    /// <summary>Reads a decimal text: digits, and a point with more digits where there are decimals.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Amount amount)
    {
        amount = default;
        if (text is null || text.Length is 0 or > DigitsMax + 1)
        {
            return false;
        }

        int point = text.IndexOf('.');
        string whole = point < 0 ? text : text[..point];
        string part = point < 0 ? "" : text[(point + 1)..];
        bool isGood = whole.Length > 0 && whole.All(char.IsAsciiDigit) && part.All(char.IsAsciiDigit)
            && (point < 0 || part.Length is > 0 and <= DecimalsMax) && (whole.Length == 1 || whole[0] != '0');
        amount = isGood ? new Amount(text) : default;
        return isGood;
    }

    /// <summary>From smallest units: 1050 with 2 decimals is 10.50.</summary>
    /// <param name="minorUnits">Cents, satoshis, wei.</param>
    /// <param name="decimals">Of the currency: 2 for USD, 0 for JPY. 0 to <see cref="DecimalsMax"/>.</param>
    public static Amount FromMinorUnits(UInt128 minorUnits, int decimals)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(decimals);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(decimals, DecimalsMax);
        string digits = minorUnits.ToString(CultureInfo.InvariantCulture).PadLeft(decimals + 1, '0');
        return new Amount(decimals == 0 ? digits : $"{digits[..^decimals]}.{digits[^decimals..]}");
    }

    /// <summary>In smallest units.</summary>
    /// <param name="decimals">Of the currency. 0 to <see cref="DecimalsMax"/>.</param>
    /// <exception cref="FormatException">It has more decimals than the currency: nothing is rounded.</exception>
    /// <exception cref="OverflowException">It is more than 128 bits.</exception>
    public UInt128 ToMinorUnits(int decimals)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(decimals);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(decimals, DecimalsMax);
        (BigInteger scaled, int scale) = Scaled();
        while (scale > decimals)
        {
            (scaled, BigInteger rest) = BigInteger.DivRem(scaled, 10);
            scale--;
            if (!rest.IsZero)
            {
                throw new FormatException($"{this} has more than {decimals} decimals.");
            }
        }

        return checked((UInt128)(scaled * BigInteger.Pow(10, decimals - scale)));
    }

    /// <inheritdoc/>
    public int CompareTo(Amount other)
    {
        ((BigInteger left, int leftScale), (BigInteger right, int rightScale)) = (Scaled(), other.Scaled());
        return (left * BigInteger.Pow(10, rightScale)).CompareTo(right * BigInteger.Pow(10, leftScale));
    }

    /// <inheritdoc/>
    public bool Equals(Amount other) => CompareTo(other) == 0;

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        string text = ToString();
        return (text.Contains('.', StringComparison.Ordinal) ? text.TrimEnd('0').TrimEnd('.') : text).GetHashCode(StringComparison.Ordinal);
    }

    /// <summary>As it stands in the API.</summary>
    public override string ToString() => _text ?? "0";

    /// <summary>Whether the first is less.</summary>
    public static bool operator <(Amount left, Amount right) => left.CompareTo(right) < 0;

    /// <summary>Whether the first is more.</summary>
    public static bool operator >(Amount left, Amount right) => left.CompareTo(right) > 0;

    /// <summary>Whether the first is not more.</summary>
    public static bool operator <=(Amount left, Amount right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the first is not less.</summary>
    public static bool operator >=(Amount left, Amount right) => left.CompareTo(right) >= 0;

    private (BigInteger Scaled, int Scale) Scaled()
    {
        string text = ToString();
        int point = text.IndexOf('.');
        return (BigInteger.Parse(text.Replace(".", "", StringComparison.Ordinal), NumberStyles.None, CultureInfo.InvariantCulture), point < 0 ? 0 : text.Length - point - 1);
    }
}

/// <summary>A JSON string, read and written as it is.</summary>
internal sealed class AmountJsonConverter : JsonConverter<Amount>
{
    public override Amount Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && Amount.TryParse(reader.GetString(), out Amount amount)
            ? amount
            : throw new JsonException("An amount must be a decimal string.");

    public override void Write(Utf8JsonWriter writer, Amount value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}

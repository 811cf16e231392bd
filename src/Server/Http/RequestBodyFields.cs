using System.Text.Json;
using Florin.Ledger;

namespace Florin.Server.Http;

/// <summary>The getters of <see cref="RequestBody"/>. Each notes what is wrong, and then returns an empty value that is never used.</summary>
internal static class RequestBodyFields
{
    private const string Required = "is required";

    /// <summary>The framework would forgive spaces around it.</summary>
    private const int UuidLength = 36;

    /// <summary>A text without control characters.</summary>
    /// <param name="lengthMin">In UTF-16 characters, after nothing was trimmed: text is taken as it is or refused.</param>
    public static string Text(this RequestBody body, string name, int lengthMin, int lengthMax) =>
        body.OptionalText(name, lengthMin, lengthMax) ?? Missing(body, name, "");

    public static string? OptionalText(this RequestBody body, string name, int lengthMin, int lengthMax)
    {
        if (body.Find(name) is not { } element)
        {
            return null;
        }

        if (!TryGetText(element, out string text))
        {
            body.AddError(name, "must be text");
            return "";
        }

        if (text.Length < lengthMin || text.Length > lengthMax)
        {
            body.AddError(name, $"must have {lengthMin} to {lengthMax} characters");
            return "";
        }

        if (text.Any(char.IsControl))
        {
            body.AddError(name, "must not have control characters");
            return "";
        }

        return text;
    }

    /// <summary>A UUID in its usual form with dashes.</summary>
    public static Guid Uuid(this RequestBody body, string name) => body.OptionalUuid(name) ?? Missing(body, name, Guid.Empty);

    public static Guid? OptionalUuid(this RequestBody body, string name)
    {
        if (body.Find(name) is not { } element)
        {
            return null;
        }

        if (!TryGetText(element, out string text) || text.Length != UuidLength || !Guid.TryParseExact(text, "D", out Guid value))
        {
            body.AddError(name, "must be a UUID");
            return Guid.Empty;
        }

        return value;
    }

    /// <summary>One of the words of an enum, in snake_case.</summary>
    public static T Word<T>(this RequestBody body, string name)
        where T : struct, Enum
    {
        if (body.Find(name) is not { } element)
        {
            return Missing(body, name, default(T));
        }

        if (TryGetText(element, out string text))
        {
            foreach (T value in Enum.GetValues<T>())
            {
                if (JsonConventions.SnakeCase(value.ToString()) == text)
                {
                    return value;
                }
            }
        }

        string words = string.Join(", ", Enum.GetNames<T>().Select(JsonConventions.SnakeCase));
        body.AddError(name, $"must be one of: {words}");
        return default;
    }

    /// <summary>A whole number as a JSON number.</summary>
    public static int? OptionalInteger(this RequestBody body, string name, int min, int max)
    {
        if (body.Find(name) is not { } element)
        {
            return null;
        }

        if (element.ValueKind != JsonValueKind.Number || !element.TryGetInt32(out int value) || value < min || value > max)
        {
            body.AddError(name, $"must be a whole number from {min} to {max}");
            return min;
        }

        return value;
    }

    public static bool? OptionalFlag(this RequestBody body, string name)
    {
        if (body.Find(name) is not { } element)
        {
            return null;
        }

        if (element.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            body.AddError(name, "must be true or false");
            return false;
        }

        return element.GetBoolean();
    }

    /// <summary>A time as RFC 3339 with an offset.</summary>
    public static DateTimeOffset? OptionalTime(this RequestBody body, string name)
    {
        if (body.Find(name) is not { } element)
        {
            return null;
        }

        bool isTime = TryGetText(element, out string text) && text.Length <= 40 && text.Contains('T')
            && (text.EndsWith('Z') || text.LastIndexOfAny(['+', '-']) > text.IndexOf('T'));
        if (!isTime || !element.TryGetDateTimeOffset(out DateTimeOffset value))
        {
            body.AddError(name, "must be a time such as 2026-01-31T12:00:00Z");
            return default(DateTimeOffset);
        }

        return value.ToUniversalTime();
    }

    /// <summary>A list of different texts.</summary>
    public static IReadOnlyList<string> Texts(this RequestBody body, string name, int countMax, int lengthMax)
    {
        if (body.Find(name) is not { } element)
        {
            return Missing<IReadOnlyList<string>>(body, name, []);
        }

        if (element.ValueKind != JsonValueKind.Array || element.GetArrayLength() > countMax)
        {
            body.AddError(name, $"must be a list of at most {countMax} texts");
            return [];
        }

        List<string> texts = [];
        foreach (JsonElement item in element.EnumerateArray())
        {
            if (!TryGetText(item, out string text) || text.Length is 0 || text.Length > lengthMax || text.Any(char.IsControl) || texts.Contains(text))
            {
                body.AddError(name, $"must hold different texts of 1 to {lengthMax} characters");
                return [];
            }

            texts.Add(text);
        }

        return texts;
    }

    /// <summary>
    /// An amount above zero with its currency. The amount is a decimal string in major units, or a JSON number that is read from its own text and
    /// never through a floating-point number.
    /// </summary>
    /// <param name="isSupported">Which currencies the endpoint takes; all known ones when <see langword="null"/>.</param>
    public static Money Money(
        this RequestBody body, string amountName = "amount", string currencyName = "currency", Func<Asset, bool>? isSupported = null)
    {
        Asset? asset = Currency(body, currencyName, isSupported);
        string text = AmountText(body, amountName);
        return asset is not null && text.Length > 0 && MinorUnits(body, amountName, text, asset) is { } minorUnits ? new Money(minorUnits, asset) : default;
    }

    /// <summary>An amount above zero of an asset that is known otherwise; <see langword="null"/> when it is absent or wrong.</summary>
    public static UInt128? OptionalAmount(this RequestBody body, Asset asset, string name = "amount")
    {
        string text = body.Find(name) is null ? "" : AmountText(body, name);
        return text.Length == 0 ? null : MinorUnits(body, name, text, asset);
    }

    private static UInt128? MinorUnits(RequestBody body, string name, string text, Asset asset)
    {
        switch (MoneyText.Parse(text, asset.Scale, out UInt128 minorUnits))
        {
            case MoneyTextError.None when minorUnits != UInt128.Zero:
                return minorUnits;
            case MoneyTextError.None:
                body.AddError(name, "must be above zero");
                break;
            case MoneyTextError.TooManyDecimals:
                body.AddError(name, $"must have at most {asset.Scale} decimals in {asset.Code}", ProblemCode.TooManyDecimals);
                break;
            case MoneyTextError.TooLarge:
                body.AddError(name, "is too large");
                break;
            case MoneyTextError.Malformed:
                body.AddError(name, "must be a decimal number such as 10.50, without sign, exponent or grouping");
                break;
            default:
                throw new System.Diagnostics.UnreachableException();
        }

        return null;
    }

    private static Asset? Currency(RequestBody body, string name, Func<Asset, bool>? isSupported)
    {
        string code = body.Text(name, 2, 16);
        if (code.Length == 0)
        {
            return null;
        }

        if (Assets.TryGet(code, out Asset? asset) && (isSupported?.Invoke(asset) ?? true))
        {
            return asset;
        }

        body.AddError(name, "is not a currency that is supported here; codes are upper-case, such as USD", ProblemCode.UnsupportedCurrency);
        return null;
    }

    private static string AmountText(RequestBody body, string name)
    {
        if (body.Find(name) is not { } element)
        {
            return Missing(body, name, "");
        }

        string text = element.ValueKind == JsonValueKind.Number ? element.GetRawText()
            : TryGetText(element, out string given) ? given
            : "";
        if (text.Length == 0)
        {
            body.AddError(name, "must be a decimal string");
        }

        return text;
    }

    /// <summary>Text that is a string in JSON and can be encoded: a lone surrogate, written as an escape, is not.</summary>
    private static bool TryGetText(JsonElement element, out string text)
    {
        text = "";
        if (element.ValueKind != JsonValueKind.String)
        {
            return false;
        }

        try
        {
            text = element.GetString()!;
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static T Missing<T>(RequestBody body, string name, T empty)
    {
        body.AddError(name, Required);
        return empty;
    }
}

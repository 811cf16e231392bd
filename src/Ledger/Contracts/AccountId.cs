using System.Diagnostics.CodeAnalysis;

namespace Florin.Ledger;

/// <summary>The name of an account in the chart: lower-case segments joined by <c>:</c>, such as <c>psp:stripe:clearing</c>.</summary>
/// <remarks>1 to 8 segments of <c>a-z 0-9 _ - .</c>, at most 128 characters in all.</remarks>
public readonly record struct AccountAddress
{
    public const int LengthMax = 128;
    public const int SegmentsMax = 8;

    // Made once: the ledger looks accounts up for every transfer.
    private readonly int _hash;

    private AccountAddress(string value)
    {
        Value = value;
        _hash = value.GetHashCode(StringComparison.Ordinal);
    }

    public string Value { get; }

    public bool Equals(AccountAddress other) => string.Equals(Value, other.Value, StringComparison.Ordinal);

    public override int GetHashCode() => _hash;

    /// <exception cref="FormatException">The text is not an address; callers with outside input use <see cref="TryParse"/>.</exception>
    public static AccountAddress Parse(string text) =>
        TryParse(text, out AccountAddress address) ? address : throw new FormatException($"'{text}' is not an account address.");

    public static bool TryParse([NotNullWhen(true)] string? text, out AccountAddress address)
    {
        address = default;
        if (string.IsNullOrEmpty(text) || text.Length > LengthMax)
        {
            return false;
        }

        int segments = 1;
        bool segmentIsEmpty = true;
        foreach (char character in text)
        {
            if (character == ':')
            {
                if (segmentIsEmpty)
                {
                    return false;
                }

                segments++;
                segmentIsEmpty = true;
                continue;
            }

            if (character is not ((>= 'a' and <= 'z') or (>= '0' and <= '9') or '_' or '-' or '.'))
            {
                return false;
            }

            segmentIsEmpty = false;
        }

        if (segmentIsEmpty || segments > SegmentsMax)
        {
            return false;
        }

        address = new AccountAddress(text);
        return true;
    }

    public override string ToString() => Value;
}

/// <summary>The identity of an account: one address holds one account per asset.</summary>
public readonly record struct AccountId(AccountAddress Address, Asset Asset)
{
    /// <exception cref="FormatException">The address is malformed.</exception>
    public static AccountId Of(string address, Asset asset) => new(AccountAddress.Parse(address), asset);

    public override string ToString() => $"{Address}/{Asset.Code}";
}

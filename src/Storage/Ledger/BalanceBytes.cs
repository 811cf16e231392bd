using Florin.Ledger;

namespace Florin.Storage.Ledger;

/// <summary>Reads what <see cref="CopyBuffer.Totals"/> wrote.</summary>
internal static class BalanceBytes
{
    private const int NumbersInAll = 8;

    /// <exception cref="FormatException">Not eight numbers: the row was changed by hand.</exception>
    public static (AccountTotals Debit, AccountTotals Credit) Read(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> rest = bytes;
        Span<UInt128> numbers = stackalloc UInt128[NumbersInAll];
        for (int index = 0; index < NumbersInAll; index++)
        {
            numbers[index] = Next(ref rest);
        }

        return rest.IsEmpty
            ? (new AccountTotals(numbers[0], numbers[1], numbers[2], numbers[3]), new AccountTotals(numbers[4], numbers[5], numbers[6], numbers[7]))
            : throw new FormatException("More than eight numbers.");
    }

    private static UInt128 Next(ref ReadOnlySpan<byte> rest)
    {
        UInt128 value = UInt128.Zero;
        for (int at = 0, shift = 0; at < rest.Length && shift < 128; at++, shift += 7)
        {
            value |= (UInt128)(uint)(rest[at] & 0x7F) << shift;
            if (rest[at] < 0x80)
            {
                rest = rest[(at + 1)..];
                return value;
            }
        }

        throw new FormatException("A number that does not end.");
    }
}

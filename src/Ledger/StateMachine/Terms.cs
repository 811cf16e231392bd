using System.Buffers.Binary;
using System.Text;

namespace Florin.Ledger.StateMachine;

/// <summary>
/// What a command asks beyond its transfers, in one canonical form, so that a repeat can be compared with it for ever: version 1 ‖ policy ‖
/// balancing transfers (count, then index, side, most, least) ‖ conditions (count, then account, measure, comparison, value). Integers big-endian,
/// texts with their length in two bytes.
/// </summary>
internal static class Terms
{
    private const byte Version = 1;

    /// <returns><see langword="null"/> when nothing was asked.</returns>
    public static ReadOnlyMemory<byte>? Encode(Transaction transaction)
    {
        bool isPlain = transaction.ClosedPeriod == ClosedPeriodPolicy.Refuse && transaction.Conditions.IsDefaultOrEmpty && !HasBalancing(transaction);
        if (isPlain)
        {
            return null;
        }

        using MemoryStream bytes = new();
        bytes.WriteByte(Version);
        bytes.WriteByte((byte)transaction.ClosedPeriod);
        EncodeBalancing(transaction, bytes);
        bytes.WriteByte((byte)(transaction.Conditions.IsDefault ? 0 : transaction.Conditions.Length));
        foreach (BalanceCondition condition in transaction.Conditions.IsDefault ? [] : transaction.Conditions)
        {
            Text(bytes, condition.Account.Address.Value);
            Text(bytes, condition.Account.Asset?.Code);
            bytes.WriteByte((byte)condition.Measure);
            bytes.WriteByte((byte)condition.Comparison);
            Number(bytes, unchecked((UInt128)condition.Value));
        }

        return bytes.ToArray();
    }

    public static bool AreEqual(ReadOnlyMemory<byte>? left, ReadOnlyMemory<byte>? right) =>
        left.HasValue == right.HasValue && (!left.HasValue || left.Value.Span.SequenceEqual(right!.Value.Span));

    /// <summary>The most that a balancing transfer was to move; <see langword="null"/> for an exact one.</summary>
    public static UInt128? AskedAmount(ReadOnlyMemory<byte>? terms, int transferIndex)
    {
        if (terms is not { } bytes)
        {
            return null;
        }

        ReadOnlySpan<byte> rest = bytes.Span[2..];
        int count = rest[0];
        rest = rest[1..];
        for (int entry = 0; entry < count; entry++, rest = rest[34..])
        {
            if (rest[0] == transferIndex)
            {
                return BinaryPrimitives.ReadUInt128BigEndian(rest[2..]);
            }
        }

        return null;
    }

    // A minimum without balancing is refused when it is new; in a repeat it is something else than was asked.
    private static bool IsKept(Transfer transfer) => transfer.Balancing != Balancing.None || transfer.Minimum != UInt128.Zero;

    private static bool HasBalancing(Transaction transaction)
    {
        if (transaction.Transfers.IsDefault)
        {
            return false;
        }

        foreach (Transfer transfer in transaction.Transfers)
        {
            if (IsKept(transfer))
            {
                return true;
            }
        }

        return false;
    }

    private static void EncodeBalancing(Transaction transaction, MemoryStream bytes)
    {
        Transfer[] transfers = transaction.Transfers.IsDefault ? [] : [.. transaction.Transfers];
        bytes.WriteByte((byte)transfers.Count(IsKept));
        for (int index = 0; index < transfers.Length; index++)
        {
            if (IsKept(transfers[index]))
            {
                bytes.WriteByte((byte)index);
                bytes.WriteByte((byte)transfers[index].Balancing);
                Number(bytes, transfers[index].Amount);
                Number(bytes, transfers[index].Minimum);
            }
        }
    }

    private static void Text(MemoryStream bytes, string? text)
    {
        byte[] encoded = Encoding.UTF8.GetBytes(text ?? "");
        Span<byte> length = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, checked((ushort)encoded.Length));
        bytes.Write(length);
        bytes.Write(encoded);
    }

    private static void Number(MemoryStream bytes, UInt128 value)
    {
        Span<byte> number = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(number, value);
        bytes.Write(number);
    }
}

using System.Numerics;
using System.Text;
using Florin.Ledger;

namespace Florin.Simulator.Judgement;

/// <summary>
/// What a command asks beyond its transfers, as the journal keeps it: version 1, policy, balancing transfers (count, then index, side, most, least),
/// conditions (count, then account, measure, comparison, value); integers big-endian, texts with their length in two bytes.
/// </summary>
internal static class TermsBytes
{
    /// <returns><see langword="null"/> when nothing was asked.</returns>
    public static byte[]? Of(Transaction? asked)
    {
        List<(Transfer Transfer, int Index)> balancing = asked is null ? [] : [.. asked.Transfers.Select((transfer, index) => (transfer, index)).Where(pair => pair.transfer.Balancing != Balancing.None)];
        if (asked is null || (balancing.Count == 0 && asked.Conditions.IsEmpty && asked.ClosedPeriod == ClosedPeriodPolicy.Refuse))
        {
            return null;
        }

        List<byte> bytes = [1, (byte)asked.ClosedPeriod, (byte)balancing.Count];
        foreach ((Transfer transfer, int index) in balancing)
        {
            bytes.AddRange([(byte)index, (byte)transfer.Balancing, .. Number(transfer.Amount), .. Number(transfer.Minimum)]);
        }

        bytes.Add((byte)asked.Conditions.Length);
        foreach (BalanceCondition condition in asked.Conditions)
        {
            bytes.AddRange([.. Text(condition.Account.Address.Value), .. Text(condition.Account.Asset.Code)]);
            bytes.AddRange([(byte)condition.Measure, (byte)condition.Comparison, .. Number(condition.Value)]);
        }

        return [.. bytes];
    }

    private static byte[] Text(string text) => [(byte)(text.Length / 256), (byte)(text.Length % 256), .. Encoding.ASCII.GetBytes(text)];

    // Sixteen bytes; of a negative number the two's complement.
    private static byte[] Number(BigInteger value)
    {
        byte[] bytes = ((value + (BigInteger.One << 128)) % (BigInteger.One << 128)).ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[16 - bytes.Length], .. bytes];
    }
}

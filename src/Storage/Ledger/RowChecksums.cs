using System.Buffers.Binary;
using System.Numerics;

namespace Florin.Storage.Ledger;

/// <summary>
/// CRC-32C of each row of a batch: they tell which row was changed when the batch's hash tells that one was. Not a proof by themselves, the hash is.
/// </summary>
internal sealed class RowChecksums
{
    public const int Length = 4;

    private byte[] _bytes = new byte[Length * 1_024];
    private int _length;

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    public void Clear() => _length = 0;

    public void Add(ReadOnlySpan<byte> row)
    {
        if (_bytes.Length - _length < Length)
        {
            Array.Resize(ref _bytes, _bytes.Length * 2);
        }

        BinaryPrimitives.WriteUInt32BigEndian(_bytes.AsSpan(_length), Of(row));
        _length += Length;
    }

    /// <summary>CRC-32C (RFC 3720, appendix B.4).</summary>
    public static uint Of(ReadOnlySpan<byte> row)
    {
        uint crc = uint.MaxValue;
        ReadOnlySpan<byte> rest = row;
        for (; rest.Length >= sizeof(ulong); rest = rest[sizeof(ulong)..])
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(rest));
        }

        foreach (byte value in rest)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }
}

namespace Florin.Sandbox.PayPal;

/// <summary>CRC-32 as in IEEE 802.3 and zlib: reflected, polynomial 0xEDB88320. Check value of <c>123456789</c>: 3421780262.</summary>
internal static class Crc32
{
    private const uint Polynomial = 0xEDB8_8320;

    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ Polynomial : crc >> 1;
            }
        }

        return ~crc;
    }
}

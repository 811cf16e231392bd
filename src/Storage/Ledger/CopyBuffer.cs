using System.Buffers.Binary;
using System.Text;
using Florin.Ledger;

namespace Florin.Storage.Ledger;

/// <summary>
/// Writes rows in PostgreSQL's binary COPY format. The bytes between header and trailer are also what the batch hash covers, because COPY TO
/// gives the same bytes back: an auditor can recompute every hash from the tables.
/// </summary>
/// <remarks>Source: PostgreSQL documentation, COPY, "Binary Format"; numeric as its send function writes it. Reused; not thread-safe.</remarks>
internal sealed class CopyBuffer
{
    /// <summary>Signature, flags and extension length.</summary>
    public const int HeaderLength = 19;

    private const int TextOid = 25;

    /// <summary>The most groups of seven bits that a number of 128 bits has.</summary>
    private const int GroupsMax = 19;

    private const long PostgresEpochTicks = 630_822_816_000_000_000;
    private static readonly DateOnly PostgresEpochDay = new(2000, 1, 1);

    private static readonly byte[] Header =
        [0x50, 0x47, 0x43, 0x4F, 0x50, 0x59, 0x0A, 0xFF, 0x0D, 0x0A, 0x00, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>What a binary COPY begins with.</summary>
    public static ReadOnlyMemory<byte> FileHeader => Header;

    /// <summary>What a binary COPY ends with.</summary>
    public static ReadOnlyMemory<byte> FileTrailer { get; } = new byte[] { 0xFF, 0xFF };

    private byte[] _bytes = new byte[64 * 1024];
    private int _length;

    /// <summary>The rows without header and trailer.</summary>
    public ReadOnlySpan<byte> Rows => _bytes.AsSpan(HeaderLength, _length - HeaderLength);

    /// <summary>How many bytes the rows have so far.</summary>
    public int RowsLength => _length - HeaderLength;

    public void Start()
    {
        Header.CopyTo(_bytes, 0);
        _length = HeaderLength;
    }

    /// <summary>Everything, with the trailer.</summary>
    public ReadOnlyMemory<byte> Finish()
    {
        Span<byte> trailer = Reserve(2);
        BinaryPrimitives.WriteInt16BigEndian(trailer, -1);
        _length += 2;
        return _bytes.AsMemory(0, _length);
    }

    public void StartRow(short fields)
    {
        BinaryPrimitives.WriteInt16BigEndian(Reserve(2), fields);
        _length += 2;
    }

    public void Null()
    {
        BinaryPrimitives.WriteInt32BigEndian(Reserve(4), -1);
        _length += 4;
    }

    public void SmallInt(short value)
    {
        Span<byte> field = Field(2);
        BinaryPrimitives.WriteInt16BigEndian(field, value);
    }

    public void Integer(int value)
    {
        Span<byte> field = Field(4);
        BinaryPrimitives.WriteInt32BigEndian(field, value);
    }

    public void BigInt(long value)
    {
        Span<byte> field = Field(8);
        BinaryPrimitives.WriteInt64BigEndian(field, value);
    }

    public void Uuid(UInt128 value)
    {
        Span<byte> field = Field(16);
        BinaryPrimitives.WriteUInt128BigEndian(field, value);
    }

    public void Timestamp(DateTimeOffset value) => BigInt((value.UtcTicks - PostgresEpochTicks) / TimeSpan.TicksPerMicrosecond);

    public void Date(DateOnly value) => Integer(value.DayNumber - PostgresEpochDay.DayNumber);

    public void Text(string value)
    {
        int length = Encoding.UTF8.GetByteCount(value);
        Span<byte> field = Field(length);
        Encoding.UTF8.GetBytes(value, field);
    }

    public void TextOrNull(string? value)
    {
        if (value is null)
        {
            Null();
        }
        else
        {
            Text(value);
        }
    }

    public void TimestampOrNull(DateTimeOffset? value)
    {
        if (value is { } time)
        {
            Timestamp(time);
        }
        else
        {
            Null();
        }
    }

    public void DateOrNull(DateOnly? value)
    {
        if (value is { } date)
        {
            Date(date);
        }
        else
        {
            Null();
        }
    }

    /// <summary>A one-dimensional text[] without nulls; null when it is empty.</summary>
    public void TextsOrNull(IReadOnlyList<string> values)
    {
        if (values.Count == 0)
        {
            Null();
            return;
        }

        int lengthAt = _length;
        Integer(0);
        _length -= 4;
        foreach (int number in (ReadOnlySpan<int>)[1, 0, TextOid, values.Count, 1])
        {
            BinaryPrimitives.WriteInt32BigEndian(Reserve(4), number);
            _length += 4;
        }

        foreach (string value in values)
        {
            Text(value);
        }

        BinaryPrimitives.WriteInt32BigEndian(_bytes.AsSpan(lengthAt), _length - lengthAt - 4);
    }

    /// <summary>Totals of two accounts as eight numbers in groups of seven bits (LEB128): see <c>ledger.totals_after()</c>.</summary>
    public void Totals(in AccountTotals debit, in AccountTotals credit)
    {
        int lengthAt = _length;
        Reserve(4 + (8 * GroupsMax));
        _length += 4;
        Groups(debit.DebitsPending);
        Groups(debit.DebitsPosted);
        Groups(debit.CreditsPending);
        Groups(debit.CreditsPosted);
        Groups(credit.DebitsPending);
        Groups(credit.DebitsPosted);
        Groups(credit.CreditsPending);
        Groups(credit.CreditsPosted);
        BinaryPrimitives.WriteInt32BigEndian(_bytes.AsSpan(lengthAt), _length - lengthAt - 4);
    }

    public void Bytes(ReadOnlySpan<byte> value) => value.CopyTo(Field(value.Length));

    /// <summary>numeric without decimals: base 10,000 digits, most significant first, without leading or trailing zero digits.</summary>
    public void Numeric(UInt128 value)
    {
        Span<short> digits = stackalloc short[10];
        int count = 0;
        if (value <= ulong.MaxValue)
        {
            for (ulong rest = (ulong)value; rest > 0; rest /= 10_000)
            {
                digits[count++] = (short)(rest % 10_000);
            }
        }
        else
        {
            for (UInt128 rest = value; rest > 0; rest /= 10_000)
            {
                digits[count++] = (short)(rest % 10_000);
            }
        }

        int trailingZeros = 0;
        while (trailingZeros < count && digits[trailingZeros] == 0)
        {
            trailingZeros++;
        }

        Span<byte> field = Field(8 + ((count - trailingZeros) * 2));
        BinaryPrimitives.WriteInt16BigEndian(field, (short)(count - trailingZeros));
        BinaryPrimitives.WriteInt16BigEndian(field[2..], (short)(count == 0 ? 0 : count - 1));
        BinaryPrimitives.WriteInt32BigEndian(field[4..], 0);
        int at = 8;
        for (int index = count - 1; index >= trailingZeros; index--)
        {
            BinaryPrimitives.WriteInt16BigEndian(field[at..], digits[index]);
            at += 2;
        }
    }

    // There is room: the caller has reserved it.
    private void Groups(UInt128 value)
    {
        UInt128 rest = value;
        while (rest > ulong.MaxValue)
        {
            _bytes[_length++] = (byte)((uint)(rest & 0x7F) | 0x80);
            rest >>= 7;
        }

        ulong low = (ulong)rest;
        while (low >= 0x80)
        {
            _bytes[_length++] = (byte)((low & 0x7F) | 0x80);
            low >>= 7;
        }

        _bytes[_length++] = (byte)low;
    }

    private Span<byte> Field(int length)
    {
        Span<byte> span = Reserve(4 + length);
        BinaryPrimitives.WriteInt32BigEndian(span, length);
        _length += 4 + length;
        return span.Slice(4, length);
    }

    private Span<byte> Reserve(int length)
    {
        if (_bytes.Length - _length < length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + length));
        }

        return _bytes.AsSpan(_length, length);
    }
}

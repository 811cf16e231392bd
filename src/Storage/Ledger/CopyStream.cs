using System.Buffers.Binary;
using Npgsql;

namespace Florin.Storage.Ledger;

/// <summary>Reads the rows of a query as PostgreSQL's binary COPY gives them, one at a time, with their bytes: what the batch hash covers.</summary>
internal sealed class CopyStream : IAsyncDisposable
{
    private static readonly DateTimeOffset PostgresEpoch = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateOnly PostgresEpochDay = new(2000, 1, 1);

    /// <summary>Power of 10,000 of the first digit of the greatest 128-bit number.</summary>
    private const int WeightMax = 9;

    private readonly Stream _stream;
    private byte[] _bytes = new byte[256 * 1024];
    private int _start;
    private int _end;
    private int _rowLength;

    private CopyStream(Stream stream) => _stream = stream;

    /// <summary>Whether there is a row now; <see cref="Row"/> is then valid until <see cref="AdvanceAsync"/>.</summary>
    public bool HasRow { get; private set; }

    /// <summary>The row's bytes: field count, then length and content of each field.</summary>
    public ReadOnlySpan<byte> Row => _bytes.AsSpan(_start, _rowLength);

    public static async ValueTask<CopyStream> OpenAsync(NpgsqlConnection connection, string query, CancellationToken cancellationToken)
    {
        CopyStream copy = new(await connection.BeginRawBinaryCopyAsync($"copy ({query}) to stdout (format binary)", cancellationToken));
        await copy.EnsureAsync(CopyBuffer.HeaderLength, cancellationToken);
        copy._start += CopyBuffer.HeaderLength;
        await copy.ReadRowAsync(cancellationToken);
        return copy;
    }

    /// <summary>One row from its bytes alone.</summary>
    /// <exception cref="EndOfStreamException">It ends in the middle.</exception>
    public static async ValueTask<CopyStream> OfRowAsync(byte[] row, CancellationToken cancellationToken)
    {
        CopyStream copy = new(new MemoryStream(row, writable: false));
        await copy.ReadRowAsync(cancellationToken);
        return copy;
    }

    public ValueTask AdvanceAsync(CancellationToken cancellationToken)
    {
        _start += _rowLength;

        // Nearly every row is here already, whole.
        return TryReadRow() ? ValueTask.CompletedTask : ReadRowAsync(cancellationToken);
    }

    /// <summary>The content of a field of the present row; <paramref name="isNull"/> tells SQL null.</summary>
    public ReadOnlySpan<byte> Field(int index, out bool isNull)
    {
        ReadOnlySpan<byte> rest = Row[2..];
        for (int skipped = 0; skipped < index; skipped++)
        {
            rest = rest[(4 + Math.Max(BinaryPrimitives.ReadInt32BigEndian(rest), 0))..];
        }

        int length = BinaryPrimitives.ReadInt32BigEndian(rest);
        isNull = length < 0;
        return isNull ? [] : rest.Slice(4, length);
    }

    /// <exception cref="FormatException">The field is null: the row was changed by hand. So with every getter that has no word for null.</exception>
    public long BigInt(int index) => BinaryPrimitives.ReadInt64BigEndian(Fixed(index, sizeof(long)));

    public int Integer(int index) => BinaryPrimitives.ReadInt32BigEndian(Fixed(index, sizeof(int)));

    public short SmallInt(int index) => BinaryPrimitives.ReadInt16BigEndian(Fixed(index, sizeof(short)));

    public string Text(int index) => System.Text.Encoding.UTF8.GetString(Field(index, out _));

    public bool IsNull(int index)
    {
        _ = Field(index, out bool isNull);
        return isNull;
    }

    public DateTimeOffset Timestamp(int index) => PostgresEpoch.AddMicroseconds(BigInt(index));

    public DateOnly Date(int index) => PostgresEpochDay.AddDays(Integer(index));

    public UInt128? UuidOrNull(int index)
    {
        ReadOnlySpan<byte> field = Field(index, out bool isNull);
        return isNull ? null : BinaryPrimitives.ReadUInt128BigEndian(field);
    }

    public short SmallIntOr(int index, short whenNull)
    {
        ReadOnlySpan<byte> field = Field(index, out bool isNull);
        return isNull ? whenNull : BinaryPrimitives.ReadInt16BigEndian(field);
    }

    /// <summary>A numeric without sign and fraction: digits to base 10,000.</summary>
    /// <exception cref="FormatException">It is null, negative, not a whole number or above 128 bits: the row was changed by hand.</exception>
    public UInt128 Numeric(int index)
    {
        ReadOnlySpan<byte> field = Field(index, out bool isNull);
        if (isNull || field.Length < 8 || BinaryPrimitives.ReadInt16BigEndian(field[4..]) != 0)
        {
            throw new FormatException("Not an amount.");
        }

        int count = BinaryPrimitives.ReadInt16BigEndian(field);
        int weight = BinaryPrimitives.ReadInt16BigEndian(field[2..]);
        if (count > weight + 1 || weight > WeightMax)
        {
            throw new FormatException("Not a whole number of 128 bits.");
        }

        UInt128 value = UInt128.Zero;
        for (int digit = 0; digit <= weight; digit++)
        {
            UInt128 next = digit < count ? BinaryPrimitives.ReadUInt16BigEndian(field[(8 + (digit * 2))..]) : UInt128.Zero;
            if (value > (UInt128.MaxValue - next) / 10_000)
            {
                throw new FormatException("More than 128 bits.");
            }

            value = (value * 10_000) + next;
        }

        return value;
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private ReadOnlySpan<byte> Fixed(int index, int length)
    {
        ReadOnlySpan<byte> field = Field(index, out _);
        return field.Length == length ? field : throw new FormatException("A field has no value, or one of another type.");
    }

    /// <returns>False when not all of it has come yet; nothing has changed then.</returns>
    private bool TryReadRow()
    {
        ReadOnlySpan<byte> rest = _bytes.AsSpan(_start, _end - _start);
        if (rest.Length < 2)
        {
            return false;
        }

        short fields = BinaryPrimitives.ReadInt16BigEndian(rest);
        int length = 2;
        for (int field = 0; field < fields; field++)
        {
            if (rest.Length < length + 4)
            {
                return false;
            }

            length += 4 + Math.Max(BinaryPrimitives.ReadInt32BigEndian(rest[length..]), 0);
        }

        if (rest.Length < length)
        {
            return false;
        }

        HasRow = fields >= 0;
        _rowLength = HasRow ? length : 0;
        return true;
    }

    private async ValueTask ReadRowAsync(CancellationToken cancellationToken)
    {
        await EnsureAsync(2, cancellationToken);
        short fields = BinaryPrimitives.ReadInt16BigEndian(_bytes.AsSpan(_start));
        HasRow = fields >= 0;
        if (!HasRow)
        {
            _rowLength = 0;
            return;
        }

        int length = 2;
        for (int field = 0; field < fields; field++)
        {
            await EnsureAsync(length + 4, cancellationToken);
            int fieldLength = BinaryPrimitives.ReadInt32BigEndian(_bytes.AsSpan(_start + length));
            length += 4 + Math.Max(fieldLength, 0);
            await EnsureAsync(length, cancellationToken);
        }

        _rowLength = length;
    }

    private async ValueTask EnsureAsync(int length, CancellationToken cancellationToken)
    {
        if (_end - _start >= length)
        {
            return;
        }

        if (_start > 0)
        {
            _bytes.AsSpan(_start, _end - _start).CopyTo(_bytes);
            _end -= _start;
            _start = 0;
        }

        if (_bytes.Length < length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, length));
        }

        while (_end - _start < length)
        {
            int read = await _stream.ReadAsync(_bytes.AsMemory(_end), cancellationToken);
            if (read == 0)
            {
                throw new EndOfStreamException("PostgreSQL ended a COPY before its trailer.");
            }

            _end += read;
        }
    }
}

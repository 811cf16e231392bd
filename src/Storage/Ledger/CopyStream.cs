using System.Buffers.Binary;
using Npgsql;

namespace Florin.Storage.Ledger;

/// <summary>Reads the rows of a query as PostgreSQL's binary COPY gives them, one at a time, with their bytes: what the batch hash covers.</summary>
internal sealed class CopyStream : IAsyncDisposable
{
    private static readonly DateTimeOffset PostgresEpoch = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateOnly PostgresEpochDay = new(2000, 1, 1);

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

    public async ValueTask AdvanceAsync(CancellationToken cancellationToken)
    {
        _start += _rowLength;
        await ReadRowAsync(cancellationToken);
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

    public long BigInt(int index) => BinaryPrimitives.ReadInt64BigEndian(Field(index, out _));

    public int Integer(int index) => BinaryPrimitives.ReadInt32BigEndian(Field(index, out _));

    public short SmallInt(int index) => BinaryPrimitives.ReadInt16BigEndian(Field(index, out _));

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

    /// <summary>numeric(39,0): digits to base 10,000.</summary>
    public UInt128 Numeric(int index)
    {
        ReadOnlySpan<byte> field = Field(index, out _);
        int count = BinaryPrimitives.ReadInt16BigEndian(field);
        int weight = BinaryPrimitives.ReadInt16BigEndian(field[2..]);
        UInt128 value = UInt128.Zero;
        for (int digit = 0; digit <= weight; digit++)
        {
            value = (value * 10_000) + (digit < count ? (UInt128)BinaryPrimitives.ReadUInt16BigEndian(field[(8 + (digit * 2))..]) : UInt128.Zero);
        }

        return value;
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

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

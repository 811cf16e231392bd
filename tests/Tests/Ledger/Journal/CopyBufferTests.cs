using Florin.Storage.Ledger;
using Florin.Tests.Support;
using Npgsql;
using Xunit;

namespace Florin.Tests.Ledger.Journal;

/// <summary>The bytes of COPY are PostgreSQL's own: as its send functions write them, and as it reads them.</summary>
public sealed class CopyBufferTests
{
    private const int FieldHeader = 2 + 4;

    [Theory]
    [InlineData("0", "0000000000000000")]
    [InlineData("1", "00010000000000000001")]
    [InlineData("10000", "00010001000000000001")]
    [InlineData("100000000000000000000", "00010005000000000001")]
    public void Numerics_are_as_documented(string value, string bytes) => Assert.Equal(bytes, Convert.ToHexString(Numeric(UInt128.Parse(value))));

    [Fact]
    public async Task Fields_are_the_bytes_that_the_server_sends()
    {
        Random random = new(42);
        UInt128[] numbers = [.. Edges(), .. Enumerable.Range(0, 2_000).Select(_ => Next(random))];
        await using TestDatabase database = await TestDatabase.CreateEmptyAsync();
        await using NpgsqlCommand command = database.Owner.CreateCommand(
            """
            select encode(numeric_send(n::numeric(39,0)), 'hex'), encode(uuid_send(u), 'hex')
            from unnest($1::text[], $2::uuid[]) with ordinality as v(n, u, i) order by i
            """);
        command.Parameters.Add(new() { Value = numbers.Select(number => number.ToString()).ToArray() });
        command.Parameters.Add(new() { Value = numbers.Select(number => new Florin.Ledger.TransactionId(number).ToGuid()).ToArray() });
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        foreach (UInt128 number in numbers)
        {
            Assert.True(await reader.ReadAsync(TestContext.Current.CancellationToken));
            Assert.Equal(reader.GetString(0), Convert.ToHexStringLower(Numeric(number)));
            Assert.Equal(reader.GetString(1), Convert.ToHexStringLower(Field(buffer => buffer.Uuid(number))));
        }
    }

    [Fact]
    public async Task Rows_come_back_as_they_were_written()
    {
        Random random = new(43);
        UInt128[] numbers = [.. Edges(), .. Enumerable.Range(0, 2_000).Select(_ => Next(random))];
        DateTimeOffset[] times = [new(1999, 12, 31, 23, 59, 59, TimeSpan.Zero), new DateTimeOffset(2000, 1, 1, 0, 0, 1, TimeSpan.Zero).AddMicroseconds(2), new(9999, 12, 31, 0, 0, 0, TimeSpan.Zero)];
        string[] texts = ["", "plain", "日本 \ud83d\ude00", new string('x', 70_000)];
        await using TestDatabase database = await TestDatabase.CreateEmptyAsync();
        await database.ExecuteAsync(
            "create table sample (i int, n numeric(39,0), u uuid, at timestamptz, d date, t text, s smallint, b bigint, raw bytea, missing text)");
        CopyBuffer buffer = new();
        buffer.Start();
        for (int index = 0; index < numbers.Length; index++)
        {
            buffer.StartRow(10);
            buffer.Integer(index);
            buffer.Numeric(numbers[index]);
            buffer.Uuid(numbers[index]);
            buffer.Timestamp(times[index % times.Length]);
            buffer.Date(DateOnly.FromDateTime(times[index % times.Length].UtcDateTime));
            buffer.Text(texts[index % texts.Length]);
            buffer.SmallInt((short)(index - 1_000));
            buffer.BigInt(long.MinValue + index);
            buffer.Bytes([(byte)(index % 256), 0]);
            buffer.Null();
        }

        await using NpgsqlConnection connection = await database.Owner.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using (NpgsqlRawCopyStream copy = await connection.BeginRawBinaryCopyAsync("copy sample from stdin (format binary)", TestContext.Current.CancellationToken))
        {
            await copy.WriteAsync(buffer.Finish(), TestContext.Current.CancellationToken);
        }

        await using NpgsqlCommand select = new("select n::text, u::text, at, d, t, s, b, raw, missing from sample order by i", connection);
        await using NpgsqlDataReader reader = await select.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        for (int index = 0; index < numbers.Length; index++)
        {
            Assert.True(await reader.ReadAsync(TestContext.Current.CancellationToken));
            Assert.Equal(numbers[index].ToString(), reader.GetString(0));
            Assert.Equal(new Florin.Ledger.TransactionId(numbers[index]).ToString(), reader.GetString(1));
            Assert.Equal(times[index % times.Length], reader.GetFieldValue<DateTimeOffset>(2));
            Assert.Equal(DateOnly.FromDateTime(times[index % times.Length].UtcDateTime), reader.GetFieldValue<DateOnly>(3));
            Assert.Equal(texts[index % texts.Length], reader.GetString(4));
            Assert.Equal((short)(index - 1_000), reader.GetInt16(5));
            Assert.Equal(long.MinValue + index, reader.GetInt64(6));
            Assert.Equal([(byte)(index % 256), 0], reader.GetFieldValue<byte[]>(7));
            Assert.True(reader.IsDBNull(8));
        }
    }

    private static IEnumerable<UInt128> Edges()
    {
        yield return 0;
        for (UInt128 power = 1; ; power *= 10)
        {
            yield return power - 1;
            yield return power;
            yield return power + 1;
            if (power > UInt128.MaxValue / 10)
            {
                break;
            }
        }

        UInt128[] others = [ulong.MaxValue, (UInt128)ulong.MaxValue + 1, long.MaxValue, UInt128.MaxValue, UInt128.MaxValue - 1];
        foreach (UInt128 other in others)
        {
            yield return other;
        }
    }

    private static UInt128 Next(Random random) =>
        new UInt128(unchecked((ulong)random.NextInt64(long.MinValue, long.MaxValue)), (ulong)random.NextInt64()) >> random.Next(0, 128);

    private static byte[] Numeric(UInt128 value) => Field(buffer => buffer.Numeric(value));

    private static byte[] Field(Action<CopyBuffer> write)
    {
        CopyBuffer buffer = new();
        buffer.Start();
        buffer.StartRow(1);
        write(buffer);
        return buffer.Rows[FieldHeader..].ToArray();
    }
}

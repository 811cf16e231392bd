using System.Buffers.Binary;
using System.Security.Cryptography;
using Florin.Ledger;
using Florin.Simulator.Model;
using Florin.Tests.Support;
using Npgsql;
using Xunit;
using static Florin.Tests.Ledger.Journal.PostgresLedger;

namespace Florin.Tests.Ledger.Journal;

/// <summary>An auditor with nothing but COPY, SHA-256 and docs/internals/journal.md recomputes the chain.</summary>
public sealed class HashChainTests
{
    private const int CopyHeader = 19;
    private const int CopyTrailer = 2;

    [Fact]
    public async Task The_chain_is_recomputed_from_the_tables_alone()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        RandomSubmissions commands = new(5);
        await using (PostgresLedger ledger = await StartAsync(database.DataSource, new LedgerOptions { BatchItemsMax = 7 }))
        {
            await Task.WhenAll(Enumerable.Range(0, 600).Select(_ => ledger.SubmitAsync(commands.Next())));
        }

        // A second epoch, so that the chain goes over a change of the writer.
        await using PostgresLedger next = await StartAsync(database.DataSource);
        await next.OpenAsync("alice");
        await next.SubmitAsync(Move("one", Bank, Account("alice"), 1) with { Reference = "r", EffectiveDate = new DateOnly(1999, 12, 31) });

        byte[] hash = new byte[32];
        await using NpgsqlConnection auditor = await database.Owner.OpenConnectionAsync(TestContext.Current.CancellationToken);
        List<Batch> batches = await BatchesAsync(auditor);
        Assert.True(batches.Count > 20);
        foreach (Batch batch in batches)
        {
            Assert.Equal(hash, batch.PreviousHash);
            hash = SHA256.HashData(
            [
                0x02,
                .. hash,
                .. Big(batch.Number), .. Big(batch.Epoch), .. Big(batch.First), .. Big(batch.Last), .. Big(batch.Microseconds),
                .. await RowsHashAsync(auditor, $"select number, address, asset, scale, normal_side, flags, batch from ledger.accounts where batch = {batch.Number} order by number"),
                .. await RowsHashAsync(auditor,
                    "select sequence, transaction_id, kind, transfer_index, transfer_count, debit_account, credit_account, amount, code, related_id, related_index, "
                    + $"recorded_at, released, expires_at, balances from ledger.transfers where sequence between {batch.First} and {batch.Last} order by sequence"),
                .. await RowsHashAsync(auditor,
                    "select sequence, transaction_id, effective_date, asked_date, reference, metadata, labels, terms "
                    + $"from ledger.details where sequence between {batch.First} and {batch.Last} order by sequence"),
                .. await RowsHashAsync(auditor, $"select batch, position, account, standing, after_sequence from ledger.standings where batch = {batch.Number} order by position"),
                .. await RowsHashAsync(auditor,
                    $"select batch, position, key, amount, used, max, forget_after, after_sequence from ledger.limit_uses where batch = {batch.Number} order by position"),
                .. await RowsHashAsync(auditor, $"select batch, position, closed_through, after_sequence from ledger.periods where batch = {batch.Number} order by position"),
                .. SHA256.HashData(batch.Checksums),
            ]);
            Assert.Equal(hash, batch.Hash);
        }

        Assert.Equal(hash, await database.QueryAsync<byte[]>("select hash from ledger.head"));
        Assert.True(batches.Select(batch => batch.Epoch).Distinct().Count() == 2);
    }

    private static byte[] Big(long value)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return bytes;
    }

    private static async Task<byte[]> RowsHashAsync(NpgsqlConnection connection, string query)
    {
        await using NpgsqlRawCopyStream copy = await connection.BeginRawBinaryCopyAsync(
            $"copy ({query}) to stdout (format binary)", TestContext.Current.CancellationToken);
        using MemoryStream all = new();
        await copy.CopyToAsync(all, TestContext.Current.CancellationToken);
        return SHA256.HashData(all.ToArray()[CopyHeader..^CopyTrailer]);
    }

    private static async Task<List<Batch>> BatchesAsync(NpgsqlConnection connection)
    {
        await using NpgsqlCommand command = new(
            """
            select batch, epoch, first_sequence, last_sequence, (extract(epoch from recorded_at - timestamptz '2000-01-01T00:00:00Z') * 1000000)::bigint,
                   previous_hash, hash, checksums
            from ledger.batches order by batch
            """,
            connection);
        List<Batch> batches = [];
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
        {
            batches.Add(new Batch(
                reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4),
                reader.GetFieldValue<byte[]>(5), reader.GetFieldValue<byte[]>(6), reader.GetFieldValue<byte[]>(7)));
        }

        return batches;
    }

    private sealed record Batch(long Number, long Epoch, long First, long Last, long Microseconds, byte[] PreviousHash, byte[] Hash, byte[] Checksums);
}

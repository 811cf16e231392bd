using System.IO.Compression;
using Florin.Ledger;
using Florin.Storage.Database;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Ledger.Journal;

/// <summary>A ledger as a file: what comes in is what went out, or nothing comes in.</summary>
public sealed class TransportTests
{
    private static readonly Progress<LedgerAuditProgress> Progress = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_exported_ledger_is_the_same_after_its_import()
    {
        await using TestDatabase from = await TestDatabase.CreateAsync();
        await WholeLedger.FillAsync(from);
        byte[] file = await ExportAsync(from);
        await using TestDatabase to = await TestDatabase.CreateAsync();
        await LedgerStorage.ImportAsync(to.Owner, new MemoryStream(file), Progress, Token);
        foreach (string table in (string[])["batches", "accounts", "transfers", "details", "standings", "limit_uses", "periods", "head"])
        {
            string sum = $"select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from ledger.{table} t";
            Assert.Equal(await from.QueryAsync<string>(sum), await to.QueryAsync<string>(sum));
        }

        LedgerAuditReport report = await LedgerStorage.Audit(to.Owner).VerifyAsync(Progress, Token);
        Assert.Empty(report.Problems);
        Assert.True(report.Transfers > 1_000);
        LedgerUnavailableException second = await Assert.ThrowsAsync<LedgerUnavailableException>(
            async () => await LedgerStorage.ImportAsync(to.Owner, new MemoryStream(file), Progress, Token));
        Assert.Contains("not empty", second.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_cut_reordered_or_foreign_file_leaves_the_ledger_empty()
    {
        await using TestDatabase from = await TestDatabase.CreateAsync();
        await WholeLedger.FillAsync(from);
        byte[] file = await ExportAsync(from);
        byte[] plain = Unzip(file);
        await using TestDatabase to = await TestDatabase.CreateAsync();
        List<byte[]> bad = [[], "hello"u8.ToArray(), Zip("hello"u8.ToArray()), file[..^30], file[..(file.Length / 2)], Zip(plain[..^1]), Zip([.. plain, 0])];
        for (int at = 0; at < plain.Length; at += Math.Max(1, plain.Length / 150))
        {
            byte[] flipped = [.. plain];
            flipped[at] ^= 1;
            bad.Add(Zip(flipped));
        }

        for (int at = 20; at < file.Length - 20; at += Math.Max(1, file.Length / 40))
        {
            byte[] flipped = [.. file];
            flipped[at] ^= 0x10;
            bad.Add(flipped);
        }

        foreach (byte[] content in bad)
        {
            await Assert.ThrowsAsync<InvalidDataException>(async () => await LedgerStorage.ImportAsync(to.Owner, new MemoryStream(content), Progress, Token));
        }

        plain[13] = 9;
        InvalidDataException version = await Assert.ThrowsAsync<InvalidDataException>(
            async () => await LedgerStorage.ImportAsync(to.Owner, new MemoryStream(Zip(plain)), Progress, Token));
        Assert.Equal("The file has format version 9; this program reads version 2.", version.Message);
        Assert.Equal(0L, await to.QueryAsync<long>("select count(*) + (select count(*) from ledger.accounts) + (select count(*) from ledger.partitions) from ledger.batches"));
        Assert.Empty((await LedgerStorage.Audit(to.Owner).VerifyAsync(Progress, Token)).Problems);
    }

    private static async Task<byte[]> ExportAsync(TestDatabase database)
    {
        using MemoryStream file = new();
        await LedgerStorage.ExportAsync(database.Owner, file, Progress, Token);
        return file.ToArray();
    }

    private static byte[] Zip(byte[] content)
    {
        using MemoryStream file = new();
        using (GZipStream zip = new(file, CompressionLevel.Fastest))
        {
            zip.Write(content);
        }

        return file.ToArray();
    }

    private static byte[] Unzip(byte[] file)
    {
        using GZipStream zip = new(new MemoryStream(file), CompressionMode.Decompress);
        using MemoryStream content = new();
        zip.CopyTo(content);
        return content.ToArray();
    }
}

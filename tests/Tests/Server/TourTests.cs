using System.Text.Json;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Server;

public sealed class TourTests
{
    [Fact]
    public async Task The_tour_moves_real_money_and_its_balances_are_right_to_the_cent()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        await using ServerProcess server = await ServerProcess.StartAsync(database.OwnerUrl);
        Florin.Server.Hosting.DevFile dev = new(
            server.Url, server.SandboxUrl.ToString(), GrpcUrl: null, server.DatabaseUrl, server.AdminApiKey, "", "");
        await using StringWriter output = new();
        bool isGood = await Florin.Server.Tour.MoneyTour.PlayAsync(
            dev, TimeProvider.System, new Florin.Ledger.SystemIdSource(TimeProvider.System), output, TestContext.Current.CancellationToken);
        string text = output.ToString();
        Assert.True(isGood, text + server.Output);
        Assert.Contains("409 insufficient_funds", text, StringComparison.Ordinal);
        Assert.Contains("replayed", text, StringComparison.Ordinal);
        Assert.DoesNotContain("WRONG", text, StringComparison.Ordinal);

        // The books by SQL alone: what the tour's steps say that its three users own.
        long sum = (long)await database.QueryAsync<decimal>(
            """
            select coalesce(sum(case when credit.address like 'user:%' then t.amount else 0 end), 0)
                 - coalesce(sum(case when debit.address like 'user:%' then t.amount else 0 end), 0)
            from ledger.transfers t
            join ledger.accounts debit on debit.number = t.debit_account
            join ledger.accounts credit on credit.number = t.credit_account
            where t.kind in (1, 3, 5)
            """);
        Assert.Equal(10_000 + 25_000 - 12_000, sum);

        (int exitCode, string report) = await ServerProcess.RunAsync(["ledger", "verify", "--json", "--database-url", server.DatabaseUrl]);
        Assert.True(exitCode == 0, report);
    }
}

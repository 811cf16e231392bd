using System.Diagnostics;
using System.Text.Json;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>A provider in trouble.</summary>
public sealed class HttpStormTests(HttpStormWorld world) : IClassFixture<HttpStormWorld>
{
    private const int Users = 4;
    private const int Wave = 60;

    /// <summary>By default the breaker lets one request see in this time.</summary>
    private static readonly TimeSpan BreakerPause = TimeSpan.FromSeconds(10);

    [Fact]
    [Trait("Category", "Slow")]
    [Fault("U-16")]
    public async Task In_a_storm_requests_stop_and_afterwards_everything_ends_right()
    {
        LoadUser[] users = await Task.WhenAll(Enumerable.Range(0, Users).Select(_ => world.CreateUserAsync()));
        await world.Sandbox.FaultAsync("*", "error_503", count: 100_000);
        List<HttpAnswer> answers = [.. await DepositsAsync(users)];
        await Eventually.GetAsync(
            () => world.Database.QueryAsync<long>("select count(*) from flows.flow where state = 'queued'"), queued => queued > 0, "an open breaker");

        // The breaker is open: a second wave reaches the provider by what goes ahead to see, and not otherwise.
        long before = await world.StruckAsync("error_503");
        long started = Stopwatch.GetTimestamp();
        HttpAnswer[] second = await DepositsAsync(users);
        long struck = await world.StruckAsync("error_503") - before;
        Assert.InRange(struck, 0, 2 + (long)(Stopwatch.GetElapsedTime(started) / BreakerPause));
        answers.AddRange(second);
        Assert.All(answers, answer => Assert.True(answer is { Status: 201 or 202, MovementStatus: "pending" }, answer.ToString()));
        await world.Sandbox.ClearFaultsAsync();

        await Eventually.GetAsync(
            () => world.Database.QueryAsync<long>("select count(*) from flows.flow where state not in ('succeeded', 'failed')"), open => open == 0, "open deposits");
        Assert.Contains("succeeded", await Task.WhenAll(second.Select(answer => world.StateAsync(answer.Id))));
        Assert.Equal(answers.Count, answers.Select(answer => answer.Id).Distinct().Count());
        foreach (LoadUser user in users)
        {
            IReadOnlyList<JsonElement> payments = await world.PaymentsAsync(user);
            Assert.Equal(payments.Count, payments.Select(payment => payment.GetProperty("metadata").GetProperty("florin_reference").GetString()).Distinct().Count());
            Assert.Equal(payments.Sum(payment => payment.GetProperty("amount_received").GetInt64()), await world.BalanceAsync(user));
            Assert.Equal(payments.Count, await world.Database.QueryAsync<long>(
                $"select count(*) from flows.flow where owner_id = '{user.Id}' and state = 'succeeded'"));
        }
    }

    private Task<HttpAnswer[]> DepositsAsync(LoadUser[] users) =>
        Task.WhenAll(Enumerable.Range(0, Wave).Select(number => world.DepositAsync(users[number % users.Length], $"{1 + number}.00")));
}

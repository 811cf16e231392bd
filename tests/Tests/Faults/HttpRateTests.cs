using System.Text.Json;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>A few requests a second may leave for the provider.</summary>
public sealed class HttpRateWorld() : HttpWorld(settleSeconds: 600, pollSeconds: 1, pullSeconds: Never, sendsWebhooks: false)
{
    protected override IReadOnlyDictionary<string, string> Settings { get; } = new Dictionary<string, string> { ["FLORIN__STRIPE__REQUESTS_PER_SECOND"] = "4" };
}

/// <summary>More payments than the provider may be asked for, over HTTP.</summary>
public sealed class HttpRateTests(HttpRateWorld world) : IClassFixture<HttpRateWorld>
{
    /// <summary>More than leave at once and within the five seconds that a request waits.</summary>
    private const int Burst = 40;

    [Fact]
    public async Task A_burst_above_the_rate_is_queued_and_every_payment_is_made_once_under_its_key()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        string[] keys = [.. Enumerable.Range(0, Burst).Select(_ => world.NewKey())];
        HttpAnswer[] answers = await Task.WhenAll(keys.Select(key => merchant.PayAsync("3.00", key)));
        Assert.All(answers, answer => Assert.True(answer.Status is 201 or 202, answer.ToString()));

        // What was refused here was not sent: such a payment says so, and is not unknown.
        string[] paths = await Task.WhenAll(answers.Select(answer => world.PathAsync(answer.Id)));
        Assert.Contains(paths, path => path.StartsWith("created submitting queued", StringComparison.Ordinal));
        Assert.All(paths, path => Assert.DoesNotContain("unknown", path, StringComparison.Ordinal));
        foreach (HttpAnswer answer in answers)
        {
            await merchant.StatusAsync(answer.Id, "captured");
        }

        IReadOnlyList<JsonElement> payments = await merchant.PaymentsAsync();
        Assert.Equal(Burst, payments.Count);

        // At most what leaves in a second, and the burst of one second before it.
        Assert.All(payments.GroupBy(payment => payment.GetProperty("created").GetInt64()), second => Assert.InRange(second.Count(), 1, 2 * 4));
        HttpAnswer again = await merchant.PayAsync("3.00", keys[0]);
        Assert.Equal((answers[0].Id, true), (again.Id, again.IsReplayed));
        await merchant.JudgeAsync();
    }
}

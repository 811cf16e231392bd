using Xunit;

namespace Florin.Tests.Faults;

/// <summary>A storm at one provider: breaker, places and rate are each provider's own.</summary>
public sealed class HttpPayPalStormTests(HttpStormWorld world) : IClassFixture<HttpStormWorld>
{
    private const int Payments = 40;

    /// <summary>Without a breaker each payment would be sent four times in its first execution, and on with every look.</summary>
    private const int AttemptsUnderOpenBreaker = 2;

    [Fact]
    public async Task A_storm_at_PayPal_leaves_Stripe_untouched_and_what_waited_goes_on_afterwards()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        await world.Sandbox.PayPalFaultAsync("orders.create", "error_503", count: 100_000);
        HttpAnswer[] stormed = await Task.WhenAll(Enumerable.Range(0, Payments).Select(_ => merchant.PayAsync("3.00", source: "paypal:sandbox_ok")));

        // Its breaker opens before the connector's repeats leave, while every payment at Stripe is answered as ever.
        Assert.All(stormed, answer => Assert.True(answer is { Status: 201, MovementStatus: "created" } or { Status: 202, Code: "outcome_unknown" }, answer.ToString()));
        long struck = await world.StruckAsync("error_503");
        HttpAnswer[] quiet = await Task.WhenAll(Enumerable.Range(0, Payments).Select(_ => merchant.PayAsync("2.00")));
        Assert.All(quiet, answer => Assert.Equal((201, "captured"), (answer.Status, answer.MovementStatus)));
        Assert.InRange(struck, 1, Payments * AttemptsUnderOpenBreaker);

        await world.Sandbox.ClearFaultsAsync();
        foreach (HttpAnswer answer in stormed)
        {
            await merchant.StatusAsync(answer.Id, "captured");
            Assert.Single(await PayPalBooks.CapturesAsync(world, answer.Id));
        }

        await PayPalBooks.JudgeAsync(world, merchant);
    }
}

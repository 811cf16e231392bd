namespace Florin.Tests.Faults;

/// <summary>Has a PayPal that answers before a test begins, whatever the test before did to it.</summary>
internal static class PayPalCalm
{
    /// <summary>Enough faults to outlast the connector's own repeats.</summary>
    public const int OneCall = 4;

    /// <summary>More than the faults of any test before which PayPal must not be taken for dead.</summary>
    private const int AnswersBefore = 4 * OneCall;

    /// <summary>
    /// A merchant, before a PayPal that answers: the breaker of the tests before is closed, and enough was answered well that the faults of one test do not
    /// open it again.
    /// </summary>
    public static async Task<HttpMerchant> MerchantAsync(HttpWorld world)
    {
        HttpMerchant other = await HttpMerchant.CreateAsync(world);
        HttpAnswer[] calm = await Task.WhenAll(Enumerable.Range(0, AnswersBefore).Select(_ => other.PayAsync("1.00", source: "paypal:sandbox_ok")));
        foreach (HttpAnswer answer in calm)
        {
            await other.StatusAsync(answer.Id, "captured");
        }

        return await HttpMerchant.CreateAsync(world);
    }
}

namespace Florin.Providers.Stripe;

/// <summary>Stripe's webhooks as every provider's are checked: by the request's headers.</summary>
internal sealed class StripeHeaderVerifier(StripePaymentProvider provider) : IWebhookVerifier
{
    public string Name => provider.Name;

    public ValueTask<WebhookVerification> VerifyAsync(ReadOnlyMemory<byte> body, Func<string, string?> header, CancellationToken cancellationToken)
        => ValueTask.FromResult(provider.VerifyWebhook(body, header("Stripe-Signature")));
}

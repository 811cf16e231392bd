using System.Text.Json.Nodes;
using Florin.Sandbox.Clock;
using Florin.Sandbox.Faults;
using Florin.Sandbox.State;
using Florin.Sandbox.Webhooks;

namespace Florin.Sandbox.Stripe;

/// <summary>How Stripe signs a webhook: a shared secret, and the time of the signature beside it.</summary>
internal sealed class StripeWebhookScheme(SandboxClock clock) : IWebhookScheme
{
    /// <summary>How old a signature is that the fault <c>old_timestamp_webhook</c> sends.</summary>
    private const long OldSeconds = 6 * 60 * 60;

    public string Provider => StripeProvider.ProviderName;

    public (string Type, string Subject) Describe(JsonObject told) =>
        (told.Text("type")!, told["data"]!["object"]!.AsObject().Text("id")!);

    public void AlterAmount(JsonObject told, Fault fault) => AmountMismatch.Alter(told["data"]!["object"]!.AsObject(), fault);

    public void Sign(HttpRequestMessage request, StoredObject endpoint, byte[] body, Fault? fault)
    {
        var signedAt = clock.RealNow.ToUnixTimeSeconds() - (fault?.Kind == FaultKind.OldTimestampWebhook ? OldSeconds : 0);
        IReadOnlyList<string> secrets = fault?.Kind == FaultKind.BadSignatureWebhook ? ["whsec_not_the_secret"] : WebhookEndpoints.SecretsOf(endpoint);
        request.Headers.TryAddWithoutValidation("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)");
        request.Headers.TryAddWithoutValidation("Stripe-Signature", StripeSignature.Of(body, secrets, signedAt));
    }
}

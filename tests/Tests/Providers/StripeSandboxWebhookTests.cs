using System.Text;
using Florin.Providers;
using Xunit;

namespace Florin.Tests.Providers;

/// <summary>The connector as the receiver of what the sandbox signs and sends.</summary>
public sealed class StripeSandboxWebhookTests(SandboxFixture sandbox) : StripeSandboxCase(sandbox)
{
    [Theory]
    [InlineData(null, true)]
    [InlineData("bad_signature_webhook", false)]
    [InlineData("old_timestamp_webhook", false)]
    public async Task Webhook_of_the_provider_is_believed_only_when_genuine_and_fresh(string? fault, bool isValid)
    {
        List<WebhookVerification> verified = [];
        await using StripeServer receiver = await StripeServer.StartAsync((seen, context) =>
        {
            lock (verified)
            {
                verified.Add(Provider.VerifyWebhook(Encoding.UTF8.GetBytes(seen.Body), context.Request.Headers["Stripe-Signature"]));
            }

            return Task.CompletedTask;
        });

        // The provider signs with a new secret and with the one before it, which is the one that we still have.
        await Process.SetWebhookAsync(receiver.ApiBase.AbsoluteUri, StripeUnderTest.OtherSecret, StripeUnderTest.Secret);
        if (fault is not null)
        {
            await Process.FaultAsync("webhook", fault, more: new() { ["event_type"] = "payment_intent.succeeded" });
        }

        string reference = NextReference();
        Value(await ChargeAsync(reference, "pm_card_visa", PaymentMethodKind.Card));
        await Process.WhenWebhooksAttemptedAsync();

        lock (verified)
        {
            List<ProviderEvent> believed = [.. verified.OfType<WebhookVerification.Valid>().Select(item => item.Event)];
            Assert.Equal(isValid ? 0 : 1, verified.Count - believed.Count);
            Assert.Equal(isValid, believed.Any(item => item.Type == "payment_intent.succeeded" && item.OurReference == reference));
        }
    }
}

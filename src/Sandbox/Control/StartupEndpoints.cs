using Florin.Sandbox.Clock;
using Florin.Sandbox.PayPal;
using Florin.Sandbox.State;
using Florin.Sandbox.Stripe;

namespace Florin.Sandbox.Control;

/// <summary>The webhook endpoints that the command line names.</summary>
internal sealed class StartupEndpoints(World world, SandboxClock clock, StripeContext context, PayPalWorld paypal)
{
    public void Put()
    {
        IReadOnlyList<string> secrets = [.. context.Options.WebhookSecrets.Where(pair => pair.Provider == "stripe").Select(pair => pair.Value)];
        foreach (var (_, url) in context.Options.WebhookUrls.Where(pair => pair.Provider == "stripe"))
        {
            WebhooksControl.Put(world, clock, context, url, secrets.Count > 0 ? secrets : ["whsec_florin_sandbox"]);
        }

        var webhookId = context.Options.WebhookSecrets.Where(pair => pair.Provider == PayPalWorld.ProviderName).Select(pair => pair.Value).FirstOrDefault();
        foreach (var (_, url) in context.Options.WebhookUrls.Where(pair => pair.Provider == PayPalWorld.ProviderName))
        {
            PayPalControl.PutWebhook(paypal, url, webhookId);
        }
    }
}

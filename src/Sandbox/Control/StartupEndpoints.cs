using Florin.Sandbox.Clock;
using Florin.Sandbox.State;
using Florin.Sandbox.Stripe;

namespace Florin.Sandbox.Control;

/// <summary>The webhook endpoints that the command line names.</summary>
internal sealed class StartupEndpoints(World world, SandboxClock clock, StripeContext context)
{
    public void Put()
    {
        IReadOnlyList<string> secrets = [.. context.Options.WebhookSecrets.Where(pair => pair.Provider == "stripe").Select(pair => pair.Value)];
        foreach (var (_, url) in context.Options.WebhookUrls.Where(pair => pair.Provider == "stripe"))
        {
            WebhooksControl.Put(world, clock, context, url, secrets.Count > 0 ? secrets : ["whsec_florin_sandbox"]);
        }
    }
}

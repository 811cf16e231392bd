using Florin.Sandbox.Clock;
using Florin.Sandbox.State;
using Florin.Sandbox.Webhooks;

namespace Florin.Sandbox.Stripe;

/// <summary>Stripe as the clock and the control plane see it.</summary>
internal sealed class StripeProvider(World world, WebhookDispatcher webhooks, StripeContext context) : SandboxProvider(ProviderName, world, webhooks)
{
    public const string ProviderName = "stripe";

    public override IReadOnlySet<string> Operations => StripeRoutes.Operations;

    public override void RunDue(UnitOfWork unit, StoredObject due) => StripeDueWork.Run(new StripeSession(unit, context), due);
}

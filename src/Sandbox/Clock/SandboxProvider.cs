using Florin.Sandbox.State;
using Florin.Sandbox.Webhooks;

namespace Florin.Sandbox.Clock;

/// <summary>One provider as the clock and the control plane see it: a world of its own, its webhooks, and what falls due in it.</summary>
internal abstract class SandboxProvider(string name, World world, WebhookDispatcher webhooks)
{
    /// <summary>The name that faults, webhooks and paths use: <c>stripe</c>.</summary>
    public string Name => name;

    public World World => world;

    public WebhookDispatcher Webhooks => webhooks;

    /// <summary>The operations that a fault can strike.</summary>
    public abstract IReadOnlySet<string> Operations { get; }

    /// <summary>Does one piece of work that fell due. The caller commits.</summary>
    public abstract void RunDue(UnitOfWork unit, StoredObject due);
}

using Florin.Sandbox.Clock;
using Florin.Sandbox.Faults;
using Florin.Sandbox.State;
using Florin.Sandbox.Webhooks;

namespace Florin.Sandbox.PayPal;

/// <summary>PayPal as the clock and the control plane see it, and the one place that opens sessions on its world.</summary>
internal sealed class PayPalWorld : SandboxProvider, IDisposable
{
    public const string ProviderName = "paypal";

    private readonly SandboxOptions options;
    private readonly SandboxIds ids;
    private readonly SandboxClock clock;
    private readonly WebhookSender sender;

    private PayPalWorld(World world, WebhookSender sender, WebhookDispatcher webhooks, SandboxOptions options, SandboxIds ids, SandboxClock clock)
        : base(ProviderName, world, webhooks) => (this.options, this.ids, this.clock, this.sender) = (options, ids, clock, sender);

    public override IReadOnlySet<string> Operations => PayPalRoutes.Operations;

    public static PayPalWorld Open(SandboxOptions options, SandboxIds ids, SandboxClock clock, FaultPlan faults, TimeProvider timeProvider)
    {
        var world = new World(options.DataFolder is null ? null : Path.Combine(options.DataFolder, "paypal.jsonl"));
        var signing = new SigningCertificate(world, clock);
        var sender = new WebhookSender(world, clock, new PayPalWebhookScheme(signing, options, clock, ids), timeProvider);
        return new PayPalWorld(world, sender, new WebhookDispatcher(world, clock, faults, sender), options, ids, clock) { Signing = signing };
    }

    public required SigningCertificate Signing { get; init; }

    /// <summary>Runs work alone. It commits by itself.</summary>
    public T Execute<T>(RequestOrigin? origin, Func<PayPalSession, T> work) =>
        World.Execute(clock.Now, origin, unit => work(new PayPalSession(unit, ids, options)));

    public override void RunDue(UnitOfWork unit, StoredObject due) => PayPalDueWork.Run(new PayPalSession(unit, ids, options), due);

    public void Dispose()
    {
        sender.Dispose();
        World.Dispose();
    }
}

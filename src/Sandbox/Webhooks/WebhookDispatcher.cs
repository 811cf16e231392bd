using System.Threading.Channels;
using Florin.Sandbox.Clock;
using Florin.Sandbox.Faults;
using Florin.Sandbox.State;

namespace Florin.Sandbox.Webhooks;

/// <summary>Sends webhooks in the background. Deliveries of one event's object go one after another, others side by side.</summary>
/// <remarks>
/// Which fault strikes which delivery is decided in the order of the events, under the world's lock, so that a script plays the same each time.
/// </remarks>
internal sealed class WebhookDispatcher : BackgroundService
{
    private const int Lanes = 4;

    private readonly World world;
    private readonly SandboxClock clock;
    private readonly FaultPlan faults;
    private readonly WebhookSender sender;

    // Not bounded by themselves: each entry is a stored delivery, and those are bounded by Limits.Objects.
    private readonly Channel<Outgoing>[] lanes = [.. Enumerable.Range(0, Lanes).Select(_ => Channel.CreateUnbounded<Outgoing>())];
    private readonly Lock gate = new();
    private readonly List<Outgoing> held = [];
    private TaskCompletionSource idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long numbered;
    private int pending;

    public WebhookDispatcher(World world, SandboxClock clock, FaultPlan faults, WebhookSender sender)
    {
        (this.world, this.clock, this.faults, this.sender) = (world, clock, faults, sender);
        idle.SetResult();
        world.Committed += Enqueue;
    }

    /// <summary>Ends when every delivery that was ready has been attempted.</summary>
    public Task WhenIdleAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return idle.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Takes up what a killed process left ready.</summary>
    public void Resume() => Enqueue(world.Execute(clock.Now, null, unit => unit.NewestFirst(ObjectTypes.Delivery).Reverse().ToArray()));

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(lanes.Select(lane => WorkAsync(lane.Reader, stoppingToken)));

    private void Enqueue(IReadOnlyList<StoredObject> changed)
    {
        foreach (var stored in changed)
        {
            if (stored.Type == ObjectTypes.Delivery && stored.Body.Text("state") == Delivery.Ready)
            {
                Enqueue(stored);
            }
        }
    }

    private void Enqueue(StoredObject delivery)
    {
        var (type, subject) = world.Execute(clock.Now, null, unit => sender.Describe(unit, delivery));

        // A fault strikes the first attempt only: a webhook that comes late or again has been struck before.
        var fault = delivery.Body.Number("attempts") == 0 && !delivery.Hidden.Flag("struck") ? faults.TakeForWebhook(sender.Provider, type) : null;
        lock (gate)
        {
            var outgoing = new Outgoing(++numbered, delivery.Id, delivery.Body.Text("endpoint")!, fault);
            if (fault?.Kind == FaultKind.OutOfOrder)
            {
                held.Add(outgoing);
            }

            Post(outgoing, subject);
        }
    }

    private void Post(Outgoing outgoing, string subject)
    {
        if (pending++ == 0)
        {
            idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        lanes[unchecked((uint)subject.GetHashCode(StringComparison.Ordinal)) % Lanes].Writer.TryWrite(outgoing);
    }

    private async Task WorkAsync(ChannelReader<Outgoing> lane, CancellationToken stoppingToken)
    {
        await foreach (var outgoing in lane.ReadAllAsync(stoppingToken))
        {
            await HandleAsync(outgoing, stoppingToken);
            lock (gate)
            {
                if (--pending == 0)
                {
                    idle.SetResult();
                }
            }
        }
    }

    private async Task HandleAsync(Outgoing outgoing, CancellationToken stoppingToken)
    {
        switch (outgoing.Fault?.Kind)
        {
            case FaultKind.LateWebhook or FaultKind.OutOfOrder:
                PutOff(outgoing, outgoing.Fault.Duration);
                return;
            case FaultKind.DropWebhook:
                Change(outgoing, (unit, delivery) => Delivery.Drop(unit, delivery));
                return;
            case FaultKind.DuplicateWebhook:
                await Task.WhenAll(sender.SendAsync(outgoing, stoppingToken), sender.SendAsync(outgoing, stoppingToken));
                break;
            default:
                await sender.SendAsync(outgoing, stoppingToken);
                break;
        }

        foreach (var overtaken in ReleaseHeld(outgoing))
        {
            await sender.SendAsync(overtaken, stoppingToken);
        }
    }

    private void PutOff(Outgoing outgoing, TimeSpan pause) => Change(outgoing, (unit, delivery) =>
    {
        unit.Edit(delivery.Id).Hidden["struck"] = true;
        Delivery.Wait(unit, delivery.Id, pause);
    });

    private void Change(Outgoing outgoing, Action<UnitOfWork, StoredObject> change) => world.Execute(clock.Now, null, unit =>
    {
        if (unit.Find(outgoing.DeliveryId) is { } delivery)
        {
            change(unit, delivery);
            unit.Commit();
        }

        return true;
    });

    /// <summary>Held webhooks to the same endpoint that this later one has overtaken.</summary>
    private List<Outgoing> ReleaseHeld(Outgoing sent)
    {
        lock (gate)
        {
            List<Outgoing> released = [.. held.Where(other => other.EndpointId == sent.EndpointId && other.Number < sent.Number)];
            held.RemoveAll(released.Contains);
            return released;
        }
    }
}

/// <summary>One attempt to be made.</summary>
/// <param name="Number">The order in which attempts became ready.</param>
internal sealed record Outgoing(long Number, string DeliveryId, string EndpointId, Fault? Fault);

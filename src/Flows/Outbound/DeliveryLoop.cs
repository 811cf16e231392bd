using System.Collections.Immutable;
using Florin.Flows.Runner;
using Florin.Ledger;

namespace Florin.Flows.Outbound;

/// <summary>
/// Takes deliveries that are due and makes one attempt at each, a few at a time for each endpoint. Nobody waits for another endpoint: an endpoint
/// has places of its own, and there are as many places as all endpoints together may take.
/// </summary>
internal sealed class DeliveryLoop : IDisposable
{
    /// <summary>Connections of the database that outcomes may take at the same time; the rest of the pool belongs to requests.</summary>
    private const int RecordersMax = 4;

    private readonly EventParts parts;
    private readonly WebhookSender sender;
    private readonly RetrySchedule schedule;
    private readonly WakeSignal wake;
    private readonly SemaphoreSlim recorders = new(RecordersMax);
    private readonly Lock gate = new();
    private readonly Dictionary<WebhookEndpointId, int> taken = [];
    private readonly HashSet<Task> running = [];

    public DeliveryLoop(EventParts parts)
    {
        this.parts = parts;
        Invariant.Assert(parts.Options.LeaseTime > parts.Options.AttemptTimeout && parts.Options.PerEndpointMax > 0);
        sender = new WebhookSender(parts, new GuardedConnections(parts.Resolve, parts.Options.AllowsLoopback));
        schedule = new RetrySchedule(parts.Options, parts.Random);
        wake = new WakeSignal(parts.TimeProvider);
    }

    public void Wake() => wake.Set();

    /// <summary>Claims once, begins what was claimed, and waits until there may be more to do.</summary>
    public async Task WorkAsync(CancellationToken stop)
    {
        ImmutableArray<ClaimedDelivery> claimed = await BeginAsync(stop);
        await wake.WaitAsync(claimed.IsEmpty ? parts.Options.PollInterval : TimeSpan.Zero, stop);
        await TellBugAsync();
    }

    /// <summary>Claims once and makes the attempts.</summary>
    /// <returns>How many.</returns>
    internal async ValueTask<int> RunOnceAsync(CancellationToken stop)
    {
        ImmutableArray<ClaimedDelivery> claimed = await BeginAsync(stop);
        await LetGoAsync();
        return claimed.Length;
    }

    /// <summary>Waits for what is under way.</summary>
    public async Task LetGoAsync()
    {
        Task[] tasks;
        lock (gate)
        {
            tasks = [.. running];
        }

        await Task.WhenAll(tasks);
    }

    public void Dispose()
    {
        sender.Dispose();
        recorders.Dispose();
    }

    private async ValueTask<ImmutableArray<ClaimedDelivery>> BeginAsync(CancellationToken stop)
    {
        Dictionary<WebhookEndpointId, int> busy;
        lock (gate)
        {
            busy = new(taken);
        }

        ImmutableArray<ClaimedDelivery> claimed = await parts.Deliveries.ClaimAsync(
            parts.TimeProvider.Now(), parts.Options.LeaseTime, busy, parts.Options.PerEndpointMax, stop);
        lock (gate)
        {
            running.RemoveWhere(attempt => attempt.IsCompletedSuccessfully);
            foreach (ClaimedDelivery delivery in claimed)
            {
                taken[delivery.EndpointId] = taken.GetValueOrDefault(delivery.EndpointId) + 1;
                running.Add(Task.Run(() => AttemptAsync(delivery, stop), CancellationToken.None));
            }
        }

        return claimed;
    }

    // An attempt expects whatever the world may do: what it throws is a bug of ours, which the loop tells the host.
    private async ValueTask TellBugAsync()
    {
        Task? broken;
        lock (gate)
        {
            broken = running.FirstOrDefault(attempt => attempt.IsFaulted);
        }

        if (broken is not null)
        {
            await broken;
        }
    }

    private void GiveBack(ClaimedDelivery delivery)
    {
        lock (gate)
        {
            int left = taken[delivery.EndpointId] - 1;
            if (left == 0)
            {
                taken.Remove(delivery.EndpointId);
            }
            else
            {
                taken[delivery.EndpointId] = left;
            }
        }

        wake.Set();
    }

    private async Task AttemptAsync(ClaimedDelivery delivery, CancellationToken stop)
    {
        try
        {
            SendResult result = await sender.SendAsync(delivery, stop);
            await recorders.WaitAsync(stop);
            try
            {
                await RecordAsync(delivery, result, stop);
            }
            finally
            {
                recorders.Release();
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The lease ends, and the event is sent again under its id.
        }
        catch (Exception exception) when (EnvironmentFailure.Is(exception))
        {
            parts.Observer.StoreFailed("recording a delivery", exception);
        }
        finally
        {
            GiveBack(delivery);
        }
    }

    private async ValueTask RecordAsync(ClaimedDelivery delivery, SendResult result, CancellationToken stop)
    {
        DateTimeOffset now = parts.TimeProvider.Now();
        int attempts = delivery.Attempts + 1;
        if (result.Error is null)
        {
            await parts.Deliveries.SucceedAsync(delivery, now, result.Status!.Value, stop);
            parts.Observer.Delivered(delivery.EndpointId, attempts, now - delivery.Event.OccurredAt);
            return;
        }

        DateTimeOffset? retryAt = schedule.After(attempts) is { } delay ? now + delay : null;
        if (result.RetryAfter is { } pause)
        {
            await parts.Endpoints.PauseAsync(delivery.EndpointId, now + pause, stop);
        }

        await parts.Deliveries.FailAsync(delivery, now, result.Status, result.Error, retryAt, stop);
        parts.Observer.Failed(delivery.EndpointId, delivery.Event.Id, result.Error, attempts, retryAt);
        if (result.IsGone)
        {
            await parts.Endpoints.SetEnabledAsync(delivery.EndpointId, "gone", stop);
            parts.Observer.Disabled(delivery.EndpointId);
        }
    }
}

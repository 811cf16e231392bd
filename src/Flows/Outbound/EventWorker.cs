using Florin.Flows.Runner;

namespace Florin.Flows.Outbound;

/// <summary>Runs the numbering of events and their delivery side by side; either that ends by a bug ends both.</summary>
internal sealed class EventWorker(EventParts parts) : IEventWorker
{
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);

    private readonly EventText text = new(parts.Presenters, parts.Observer);

    public async Task RunAsync(CancellationToken stop)
    {
        using CancellationTokenSource ends = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using DeliveryLoop deliveries = new(parts);
        Task[] loops =
        [
            LoopAsync("numbering events", token => NumberLoopAsync(deliveries, token), ends.Token),
            LoopAsync("delivering events", deliveries.WorkAsync, ends.Token),
            LoopAsync("measuring deliveries", MeasureAsync, ends.Token),
        ];
        await Task.WhenAny(loops);
        await ends.CancelAsync();
        await Task.WhenAll(loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await deliveries.LetGoAsync();
        await Task.WhenAll(loops);
    }

    /// <summary>Numbers what is in the outbox.</summary>
    /// <returns>How many events.</returns>
    internal async ValueTask<int> NumberAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset now = parts.TimeProvider.Now();
        IReadOnlyList<OutboundEvent> numbered = await parts.Log.NumberAsync(text.Make, now, parts.Options.NumberMax, cancellationToken);
        foreach (OutboundEvent item in numbered)
        {
            parts.Observer.Numbered(item.Type, now - item.OccurredAt);
        }

        return numbered.Count;
    }

    private async Task NumberLoopAsync(DeliveryLoop deliveries, CancellationToken stop)
    {
        int count = await NumberAsync(stop);
        if (count > 0)
        {
            deliveries.Wake();
        }

        if (count < parts.Options.NumberMax)
        {
            await Pause.ForAsync(parts.Options.NumberInterval, parts.TimeProvider, stop);
        }
    }

    private async Task MeasureAsync(CancellationToken stop)
    {
        parts.Observer.Measured(await parts.Deliveries.MeasureAsync(stop), parts.TimeProvider.Now());
        await Pause.ForAsync(parts.Options.MeasureInterval, parts.TimeProvider, stop);
    }

    /// <summary>Repeats a step until the stop, over failures of the world.</summary>
    private async Task LoopAsync(string what, Func<CancellationToken, Task> step, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await step(stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (EnvironmentFailure.Is(exception))
            {
                parts.Observer.StoreFailed(what, exception);
                await Pause.ForAsync(PauseAfterFailure, parts.TimeProvider, stop);
            }
        }
    }
}

using Florin.Sandbox.State;

namespace Florin.Sandbox.Clock;

/// <summary>Moves the clock and does what falls due on the way, in order.</summary>
/// <param name="world">Where the clock itself is remembered.</param>
internal sealed class ClockDriver(
    SandboxClock clock, World world, IEnumerable<SandboxProvider> providers, SandboxOptions options, TimeProvider timeProvider) : BackgroundService
{
    /// <summary>The id of the row that remembers the clock over a restart.</summary>
    private const string ClockId = "clock";

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    private readonly SemaphoreSlim turn = new(1);
    private readonly SandboxProvider[] all = [.. providers];

    /// <summary>Moves the clock ahead. Returns when everything that fell due is done, and the webhooks that came of it were attempted.</summary>
    /// <returns>How many pieces of work fell due.</returns>
    public async Task<int> AdvanceAsync(TimeSpan by, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            await WhenIdleAsync(cancellationToken);
            var target = clock.Now + by;
            var done = 0;
            while (RunNext(target))
            {
                done++;
                await WhenIdleAsync(cancellationToken);
            }

            clock.MoveTo(target);
            Remember();
            return done;
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Takes up the clock of a journal.</summary>
    public void Restore() => world.Execute(clock.Now, null, unit =>
    {
        clock.Restore(TimeSpan.FromMilliseconds(unit.Find(ClockId)?.Body.Number("ahead_ms") ?? 0));
        return true;
    });

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.AutoAdvance)
        {
            return;
        }

        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(Poll, timeProvider, stoppingToken);
            await turn.WaitAsync(stoppingToken);
            try
            {
                while (RunNext(clock.Now))
                {
                }
            }
            finally
            {
                turn.Release();
            }
        }
    }

    private async Task WhenIdleAsync(CancellationToken cancellationToken)
    {
        foreach (var provider in all)
        {
            await provider.Webhooks.WhenIdleAsync(cancellationToken);
        }
    }

    /// <summary>Does the first work of any provider that is due by <paramref name="until"/>, at its own instant.</summary>
    private bool RunNext(DateTimeOffset until)
    {
        SandboxProvider? provider = null;
        var at = DateTimeOffset.MaxValue;
        foreach (var candidate in all)
        {
            if (candidate.World.NextDue(until) is { } due && due < at)
            {
                (provider, at) = (candidate, due);
            }
        }

        if (provider is null)
        {
            return false;
        }

        clock.MoveTo(at);
        return provider.World.Execute(at > clock.Now ? at : clock.Now, null, unit =>
        {
            if (unit.FirstDue(until) is not { } work)
            {
                return false;
            }

            unit.Delete(work.Id);
            provider.RunDue(unit, work);
            unit.Commit();
            return true;
        });
    }

    private void Remember() => world.Execute(clock.Now, null, unit =>
    {
        var body = unit.Find(ClockId) is null ? unit.Add(ObjectTypes.Clock, ClockId, []).Body : unit.Edit(ClockId).Body;
        body["ahead_ms"] = (long)clock.Ahead.TotalMilliseconds;
        unit.Commit();
        return true;
    });
}

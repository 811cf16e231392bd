namespace Florin.Benchmarks.Api;

/// <summary>Clients that each wait for their answer before they send the next request.</summary>
internal static class Load
{
    /// <summary>As fast as the clients go.</summary>
    /// <param name="send">Makes request <c>number</c> of <c>client</c>; throws when it is not answered with success.</param>
    public static async Task<Sample> FlatOutAsync(int clients, TimeSpan duration, Func<int, int, Task> send)
    {
        long started = TimeProvider.System.GetTimestamp();
        List<TimeSpan>[] took = await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(async () =>
        {
            List<TimeSpan> times = [];
            while (TimeProvider.System.GetElapsedTime(started) < duration)
            {
                long sent = TimeProvider.System.GetTimestamp();
                await send(client, times.Count);
                times.Add(TimeProvider.System.GetElapsedTime(sent));
            }

            return times;
        })));
        return new Sample([.. took.SelectMany(times => times)], TimeProvider.System.GetElapsedTime(started));
    }

    /// <summary>
    /// At a rate, spread evenly over the clients. A request's time runs from the moment at which it was due, so that a server that falls behind is
    /// not spared by clients that wait for it.
    /// </summary>
    public static async Task<Sample> PacedAsync(int clients, int ratePerSecond, TimeSpan duration, Func<int, int, Task> send)
    {
        long started = TimeProvider.System.GetTimestamp();
        int perClient = (int)(duration.TotalSeconds * ratePerSecond / clients);
        TimeSpan between = TimeSpan.FromSeconds((double)clients / ratePerSecond);
        List<TimeSpan>[] took = await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(async () =>
        {
            List<TimeSpan> times = new(perClient);
            for (int number = 0; number < perClient; number++)
            {
                TimeSpan due = (between * number) + (between * client / clients);
                TimeSpan ahead = due - TimeProvider.System.GetElapsedTime(started);
                if (ahead > TimeSpan.Zero)
                {
                    await Task.Delay(ahead, TimeProvider.System);

                    // Timers end late by up to a millisecond and more; that is the client's own and not the server's.
                    due = TimeProvider.System.GetElapsedTime(started);
                }

                await send(client, number);
                times.Add(TimeProvider.System.GetElapsedTime(started) - due);
            }

            return times;
        })));
        return new Sample([.. took.SelectMany(times => times)], TimeProvider.System.GetElapsedTime(started));
    }

    public static void Add(this Report report, string name, string unit, Sample sample)
    {
        report.Add(name, sample.Times.Length / sample.Duration.TotalSeconds, unit);
        foreach ((string what, double share) in new[] { ("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("longest", 1) })
        {
            report.Add($"{name}, {what}", Percentiles.At(sample.Times, share), "ms");
        }
    }
}

/// <summary>What was measured.</summary>
internal sealed record Sample(TimeSpan[] Times, TimeSpan Duration);

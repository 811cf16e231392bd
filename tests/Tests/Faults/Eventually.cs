namespace Florin.Tests.Faults;

/// <summary>Waits for what another process does in its own time.</summary>
internal static class Eventually
{
    /// <summary>After this a machine is not slow, something is wrong.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(6);

    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(200);

    /// <summary>Asks again and again until <paramref name="find"/> gives an answer that satisfies.</summary>
    /// <param name="patience">Where something wrong is to be told sooner.</param>
    public static async Task<T> GetAsync<T>(Func<Task<T>> find, Func<T, bool> satisfies, string what, TimeSpan? patience = null)
    {
        using CancellationTokenSource limit = new(patience ?? Limit, TimeProvider.System);
        using PeriodicTimer timer = new(Between, TimeProvider.System);
        T last = await find();
        while (!satisfies(last))
        {
            if (limit.IsCancellationRequested)
            {
                throw new TimeoutException($"{what}; last seen: {last}");
            }

            await timer.WaitForNextTickAsync(CancellationToken.None);
            last = await find();
        }

        return last;
    }
}

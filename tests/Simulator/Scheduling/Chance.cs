namespace Florin.Simulator.Scheduling;

/// <summary>All chance of one simulation: the same seed draws the same numbers. Not thread-safe.</summary>
internal sealed class Chance(int seed)
{
    private readonly Random _random = new(seed);

    /// <summary>From 0 up to but not including <paramref name="end"/>.</summary>
    public int Below(int end) => _random.Next(end);

    /// <summary>From <paramref name="first"/> to <paramref name="last"/>.</summary>
    public int Between(int first, int last) => _random.Next(first, last + 1);

    public bool Percent(int percent) => _random.Next(100) < percent;

    public bool PerThousand(int perThousand) => _random.Next(1_000) < perThousand;

    public T Of<T>(IReadOnlyList<T> items) => items[_random.Next(items.Count)];

    public TimeSpan Duration(TimeSpan max) => new(_random.NextInt64(max.Ticks + 1));

    /// <summary>A position by its weight; all weights together are above zero.</summary>
    public int Weighted(ReadOnlySpan<int> weights)
    {
        int sum = 0;
        foreach (int weight in weights)
        {
            sum += weight;
        }

        int drawn = _random.Next(sum);
        int position = 0;
        while (drawn >= weights[position])
        {
            drawn -= weights[position++];
        }

        return position;
    }
}

namespace Florin.Sandbox.Stripe;

/// <summary>A range of seconds since 1970, both ends included.</summary>
internal readonly record struct TimeRange(long From, long To)
{
    public static readonly TimeRange Always = new(long.MinValue, long.MaxValue);

    public bool Contains(long second) => second >= From && second <= To;

    /// <summary>Reads <c>name=second</c> or <c>name[gt|gte|lt|lte]=second</c>.</summary>
    public static TimeRange Read(ParameterReader read, string name)
    {
        if (read.IsHash(name))
        {
            var from = Math.Max(read.Integer($"{name}[gte]") ?? long.MinValue, Next(read.Integer($"{name}[gt]"), 1, long.MinValue));
            var to = Math.Min(read.Integer($"{name}[lte]") ?? long.MaxValue, Next(read.Integer($"{name}[lt]"), -1, long.MaxValue));
            return new TimeRange(from, to);
        }

        return read.Integer(name) is { } second ? new TimeRange(second, second) : Always;
    }

    private static long Next(long? second, long step, long otherwise) =>
        second is { } given && given > long.MinValue && given < long.MaxValue ? given + step : otherwise;
}

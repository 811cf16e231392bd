namespace Florin.Flows;

/// <summary>Work that comes again and again beside the flows: reading a provider's lists, starting what a calendar asks for.</summary>
/// <remarks>Every server does it: it must be safe to do at the same time in several, and to be stopped anywhere.</remarks>
public interface IRepeatedWork
{
    /// <summary>For logs: what failed when it did.</summary>
    string What { get; }

    /// <summary>The pause between two times. The first is at once.</summary>
    TimeSpan Interval { get; }

    /// <summary>Once. What the environment refuses is tried again after the pause; every other exception ends the host.</summary>
    ValueTask RunAsync(CancellationToken cancellationToken);
}

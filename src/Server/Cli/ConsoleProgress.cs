using Florin.Ledger;

namespace Florin.Server.Cli;

/// <summary>Says on the error stream, at most once a second, how far long work is. Silent when that stream is not a terminal.</summary>
internal sealed class ConsoleProgress(TimeProvider timeProvider) : IProgress<LedgerAuditProgress>
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private long _toldAt = timeProvider.GetTimestamp();

    public void Report(LedgerAuditProgress value)
    {
        if (Console.IsErrorRedirected || timeProvider.GetElapsedTime(_toldAt) < Interval)
        {
            return;
        }

        _toldAt = timeProvider.GetTimestamp();
        Console.Error.WriteLine($"{value.Sequence} of {value.OfSequence} transfers");
    }
}

using System.Diagnostics.Metrics;
using Florin.Ledger;
using Florin.Ledger.Cluster;
using Microsoft.Extensions.Logging;

namespace Florin.Storage.Ledger;

/// <summary>The events of the writer and of the leadership, as log lines and metrics.</summary>
internal sealed partial class LedgerLog : ILedgerEvents, ILedgerNodeEvents
{
    private readonly ILogger<LedgerLog> _logger;
    private readonly Counter<long> _transfers;
    private readonly Counter<long> _failures;
    private readonly Histogram<double> _commitSeconds;
    private readonly Counter<long> _takeovers;
    private readonly Counter<long> _leaseFailures;
    private int _leads;
    private int _leaseFailuresInARow;

    public LedgerLog(ILogger<LedgerLog> logger, IMeterFactory meters)
    {
        _logger = logger;
        Meter meter = meters.Create("florin.ledger");
        _transfers = meter.CreateCounter<long>("florin.ledger.transfers", "{transfer}", "Transfers committed.");
        _failures = meter.CreateCounter<long>("florin.ledger.failures", "{failure}", "Appends, reads and recoveries that failed.");
        _commitSeconds = meter.CreateHistogram<double>("florin.ledger.commit", "s", "Time from sending a batch to its durable commit.");
        _takeovers = meter.CreateCounter<long>("florin.ledger.takeovers", "{takeover}", "How often this server became the leader.");
        _leaseFailures = meter.CreateCounter<long>("florin.ledger.lease_failures", "{failure}", "Looks at the lease and renewals that failed.");
        meter.CreateObservableGauge("florin.ledger.leader", () => Volatile.Read(ref _leads), "{leader}", "1 while this server leads the ledger, else 0.");
    }

    public void Recovered(long epoch, long sequence, int accounts, TimeSpan took) => LogRecovered(epoch, sequence, accounts, took);

    public void Committed(long batch, int items, int transfers, TimeSpan took)
    {
        _transfers.Add(transfers);
        _commitSeconds.Record(took.TotalSeconds);
        LogCommitted(batch, items, transfers, took);
    }

    public void Failed(Exception exception)
    {
        _failures.Add(1);
        LogFailed(exception, exception.Message);
    }

    public void Conflicted(int participants) => LogConflicted(participants);

    public void Checkpointed(long sequence, int accounts, Exception? failure)
    {
        if (failure is null)
        {
            LogCheckpointed(sequence, accounts);
        }
        else
        {
            LogCheckpointFailed(failure, sequence);
        }
    }

    public void Leads(long term)
    {
        Volatile.Write(ref _leads, 1);
        _takeovers.Add(1);
        LogLeads(term);
    }

    public void LeadershipEnded(long term, string reason)
    {
        Volatile.Write(ref _leads, 0);
        LogEnded(term, reason);
    }

    public void Follows(long term, Uri leader) => LogFollows(leader, term);

    public void LeaseFailed(Exception exception)
    {
        _leaseFailures.Add(1);
        if (Interlocked.Increment(ref _leaseFailuresInARow) == 1)
        {
            LogLeaseFailed(exception, exception.Message);
        }
    }

    public void LeaseReached()
    {
        if (Volatile.Read(ref _leaseFailuresInARow) > 0 && Interlocked.Exchange(ref _leaseFailuresInARow, 0) is > 0 and var failures)
        {
            LogLeaseReached(failures);
        }
    }

    [LoggerMessage(2001, LogLevel.Information, "Ledger ready: epoch {Epoch}, sequence {Sequence}, {Accounts} accounts, in {Took}")]
    private partial void LogRecovered(long epoch, long sequence, int accounts, TimeSpan took);

    [LoggerMessage(2002, LogLevel.Debug, "Batch {Batch} committed: {Items} items, {Transfers} transfers, in {Took}")]
    private partial void LogCommitted(long batch, int items, int transfers, TimeSpan took);

    [LoggerMessage(2003, LogLevel.Warning, "Ledger: {Message} Memory is discarded and read again.")]
    private partial void LogFailed(Exception exception, string message);

    [LoggerMessage(2004, LogLevel.Debug, "{Participants} commit participants conflicted; the rest of their batch runs again")]
    private partial void LogConflicted(int participants);

    [LoggerMessage(2005, LogLevel.Debug, "Checkpoint at {Sequence} with {Accounts} accounts")]
    private partial void LogCheckpointed(long sequence, int accounts);

    [LoggerMessage(2006, LogLevel.Warning, "Checkpoint at {Sequence} was not stored; the next recovery takes longer")]
    private partial void LogCheckpointFailed(Exception exception, long sequence);

    [LoggerMessage(2007, LogLevel.Information, "This server leads the ledger in term {Term}")]
    private partial void LogLeads(long term);

    [LoggerMessage(2008, LogLevel.Warning, "This server does not lead the ledger any more: term {Term} ended because {Reason}")]
    private partial void LogEnded(long term, string reason);

    [LoggerMessage(2009, LogLevel.Information, "The ledger is led by {Leader} in term {Term}; this server forwards to it")]
    private partial void LogFollows(Uri leader, long term);

    [LoggerMessage(2010, LogLevel.Warning, "{Message} It is tried again several times a second.")]
    private partial void LogLeaseFailed(Exception exception, string message);

    [LoggerMessage(2011, LogLevel.Information, "The lease of the ledger is reached again after {Failures} failures")]
    private partial void LogLeaseReached(int failures);
}

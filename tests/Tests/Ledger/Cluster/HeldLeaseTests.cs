using Florin.Ledger;
using Florin.Ledger.Cluster;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Ledger.Cluster;

/// <summary>How long a leader may believe that nobody else leads.</summary>
public sealed class HeldLeaseTests
{
    private static readonly TimeSpan CertainFor = TimeSpan.FromSeconds(2);

    [Fact]
    public void Certainty_counts_from_before_the_renewal_was_sent()
    {
        ManualTimeProvider time = new();
        HeldLease lease = new(time, CertainFor);
        Assert.False(lease.IsCertain);
        (long, DateTimeOffset) sent = lease.Now();
        time.Advance(TimeSpan.FromSeconds(1.5));
        lease.Renewed(sent);
        Assert.True(lease.IsCertain);
        time.Advance(TimeSpan.FromSeconds(0.5));
        Assert.False(lease.IsCertain);
    }

    [Fact]
    public void A_renewal_that_took_too_long_gives_no_certainty()
    {
        ManualTimeProvider time = new();
        HeldLease lease = new(time, CertainFor);
        (long, DateTimeOffset) sent = lease.Now();
        time.Advance(CertainFor);
        lease.Renewed(sent);
        Assert.False(lease.IsCertain);
    }

    [Fact]
    public void A_machine_that_was_suspended_is_not_certain_though_its_monotonic_clock_stood_still()
    {
        SuspendedTime time = new();
        HeldLease lease = new(time, CertainFor);
        lease.Renewed(lease.Now());
        Assert.True(lease.IsCertain);
        time.Suspended = CertainFor;
        Assert.False(lease.IsCertain);
    }

    [Fact]
    public async Task Who_waits_for_certainty_gets_it_with_the_next_renewal_or_hears_that_it_is_lost()
    {
        ManualTimeProvider time = new();
        HeldLease lease = new(time, CertainFor);
        Task waiting = lease.ConfirmAsync(TestContext.Current.CancellationToken).AsTask();
        lease.Renewed(lease.Now());
        await waiting;

        time.Advance(CertainFor);
        waiting = lease.ConfirmAsync(TestContext.Current.CancellationToken).AsTask();
        Assert.False(waiting.IsCompleted);
        lease.Lose("another took over");
        lease.Renewed(lease.Now());
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => waiting);
        Assert.Equal("another took over", lease.Lost);
    }

    private sealed class SuspendedTime : TimeProvider
    {
        public TimeSpan Suspended { get; set; }

        public override long GetTimestamp() => 1;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + Suspended;
    }
}

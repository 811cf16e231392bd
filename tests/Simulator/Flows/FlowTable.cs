using System.Collections.Immutable;
using Florin.Flows;

namespace Florin.Simulator.Flows;

/// <summary>The rows of one flow as the store has them.</summary>
internal sealed class FlowRow(Flow flow)
{
    public Flow Flow { get; set; } = flow;

    public Guid? Lease { get; set; }

    public DateTimeOffset? LeaseUntil { get; set; }

    public long ConsideredSignalId { get; set; }

    public List<FlowSignal> Signals { get; } = [];

    public List<FlowHistoryEntry> History { get; } = [];

    public bool IsFree(DateTimeOffset now) => Lease is null || LeaseUntil <= now;
}

/// <summary>The tables of flows, by the words of their port. Each call is one statement: all of it or nothing.</summary>
internal sealed class FlowTable
{
    private readonly Dictionary<FlowId, FlowRow> _rows = [];
    private readonly Dictionary<string, FlowId> _obligations = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FlowDefinition> _definitions = new(StringComparer.Ordinal);
    private long _lastSignalId;

    public IReadOnlyCollection<FlowRow> Rows => _rows.Values;

    public FlowRow? Find(FlowId id) => _rows.GetValueOrDefault(id);

    public FlowId? HolderOf(string obligation) => _obligations.TryGetValue(obligation, out FlowId holder) ? holder : null;

    public FlowRow? FindByReference(string reference) => Rows.FirstOrDefault(row => row.Flow.ProviderReference == reference);

    public void Declare(FlowDefinition definition) => _definitions[definition.Kind] = definition;

    public FlowDefinition Definition(string kind) => _definitions[kind];

    /// <summary>Whether the change would be applied now.</summary>
    public bool Takes(FlowChange change)
    {
        FlowRow? row = Find(change.Id);
        if (change.ExpectedVersion == 0)
        {
            return row is null && (change.Obligation is null || HolderOf(change.Obligation) is null);
        }

        return row is not null
            && row.Flow.Kind == change.Kind
            && row.Flow.Version == change.ExpectedVersion
            && row.Flow.State == change.From
            && (change.Lease is null || row.Lease == change.Lease)
            && _definitions[change.Kind].Allows(change.From!, change.To)
            && (change.ProviderReference is null || FindByReference(change.ProviderReference) is not { } holder || holder == row);
    }

    public void Apply(FlowChange change)
    {
        if (change.ExpectedVersion == 0)
        {
            Create(change);
        }
        else
        {
            Change(_rows[change.Id], change);
        }

        FlowRow row = _rows[change.Id];
        row.History.Add(new FlowHistoryEntry(
            change.Id, row.Flow.Version, change.From, change.To, change.At, change.Actor, change.Reason, change.Evidence));
    }

    public ImmutableArray<Flow> ClaimDue(Guid lease, DateTimeOffset now, TimeSpan leaseTime, int limit)
    {
        IEnumerable<FlowRow> abandoned = Rows.Where(row => row.Lease is not null && row.LeaseUntil <= now && row.Flow.ParkedReason is null)
            .OrderBy(row => row.LeaseUntil).Take(limit);
        IEnumerable<FlowRow> fresh = Rows.Where(row => row.Lease is null && row.Flow.ParkedReason is null && row.Flow.DueAt <= now)
            .OrderBy(row => row.Flow.DueAt).Take(limit);
        List<FlowRow> picked = [.. abandoned.Concat(fresh).Take(limit)];
        picked.ForEach(row => (row.Lease, row.LeaseUntil) = (lease, now + leaseTime));
        return [.. picked.Select(row => row.Flow)];
    }

    public Flow? Claim(FlowId id, Guid lease, DateTimeOffset now, TimeSpan leaseTime)
    {
        if (Find(id) is not { } row || row.Flow.ParkedReason is not null || !row.IsFree(now))
        {
            return null;
        }

        (row.Lease, row.LeaseUntil) = (lease, now + leaseTime);
        row.Flow = row.Flow with { DueAt = row.Flow.DueAt < now ? row.Flow.DueAt : now };
        return row.Flow;
    }

    public bool Prolong(FlowId id, Guid lease, DateTimeOffset until)
    {
        if (Find(id) is not { } row || row.Lease != lease)
        {
            return false;
        }

        row.LeaseUntil = until;
        return true;
    }

    public void Release(FlowId id, Guid lease, DateTimeOffset? dueAt, int attempts, string? parkedReason, long seen, bool consume)
    {
        if (Find(id) is not { } row || row.Lease != lease)
        {
            return;
        }

        (row.Lease, row.LeaseUntil) = (null, null);
        bool hasNewer = row.Signals.Count > 0 && row.Signals[^1].Id > Math.Max(row.ConsideredSignalId, seen);
        row.Flow = row.Flow with { Attempts = attempts, ParkedReason = parkedReason, DueAt = hasNewer ? row.Signals[^1].ReceivedAt : dueAt };
        row.ConsideredSignalId = consume ? Math.Max(row.ConsideredSignalId, seen) : row.ConsideredSignalId;
    }

    /// <exception cref="KeyNotFoundException">There is no such flow.</exception>
    public bool AddSignal(FlowId id, string source, string sourceId, string type, string payload, DateTimeOffset receivedAt)
    {
        FlowRow row = Find(id) ?? throw new KeyNotFoundException($"There is no flow {id}.");
        if (row.Signals.Exists(signal => signal.Source == source && signal.SourceId == sourceId))
        {
            return false;
        }

        row.Signals.Add(new FlowSignal(++_lastSignalId, source, sourceId, type, payload, receivedAt));
        row.Flow = row.Flow with { DueAt = row.Flow.DueAt < receivedAt ? row.Flow.DueAt : receivedAt };
        return true;
    }

    public ImmutableArray<FlowSignal> Signals(FlowId id) =>
        Find(id) is { } row ? [.. row.Signals.Where(signal => signal.Id > row.ConsideredSignalId)] : [];

    public DateTimeOffset? NextDue()
    {
        DateTimeOffset? due = Rows.Where(row => row.Lease is null && row.Flow.ParkedReason is null).Min(row => row.Flow.DueAt);
        DateTimeOffset? leased = Rows.Where(row => row.Lease is not null && row.Flow.ParkedReason is null).Min(row => row.LeaseUntil);
        return due is null || leased < due ? leased ?? due : due;
    }

    private void Create(FlowChange change)
    {
        if (change.Obligation is { } obligation)
        {
            _obligations.Add(obligation, change.Id);
        }

        Flow flow = new()
        {
            Id = change.Id,
            Kind = change.Kind,
            State = change.To,
            Version = 1,
            Data = change.Data,
            OwnerId = change.OwnerId,
            RequestHash = change.RequestHash,
            ProviderReference = change.ProviderReference,
            CreatedAt = change.At,
            UpdatedAt = change.At,
            DueAt = change.DueAt,
        };
        _rows.Add(change.Id, new FlowRow(flow) { Lease = change.Lease, LeaseUntil = change.Lease is null ? null : change.LeaseUntil });
    }

    private static void Change(FlowRow row, FlowChange change)
    {
        long considered = Math.Max(row.ConsideredSignalId, change.ConsumedSignalId);
        bool hasNewer = row.Signals.Count > 0 && row.Signals[^1].Id > considered;
        DateTimeOffset? due = hasNewer ? change.At : change.Lease is null && row.Lease is not null ? change.DueAt ?? row.Flow.DueAt : change.DueAt;
        row.ConsideredSignalId = considered;
        row.Flow = row.Flow with
        {
            State = change.To,
            Version = row.Flow.Version + 1,
            Data = change.Data,
            ProviderReference = change.ProviderReference ?? row.Flow.ProviderReference,
            UpdatedAt = change.At,
            Attempts = 0,
            ParkedReason = null,
            DueAt = due,
        };
        if (change.Lease is not null)
        {
            (row.Lease, row.LeaseUntil) = change.LeaseUntil is null ? (null, null) : (change.Lease, change.LeaseUntil);
        }
    }
}

namespace Florin.Sandbox.Faults;

/// <summary>The faults that wait, and how often each has struck. In memory only: a restarted sandbox is a healthy one.</summary>
internal sealed class FaultPlan
{
    private readonly Lock gate = new();
    private readonly List<Entry> entries = [];
    private long made;

    /// <returns><see langword="false"/> when <see cref="Limits.Faults"/> wait already.</returns>
    public bool TryAdd(Fault fault)
    {
        lock (gate)
        {
            if (entries.Count >= Limits.Faults)
            {
                return false;
            }

            entries.Add(new Entry(fault));
            return true;
        }
    }

    public string NextId()
    {
        lock (gate)
        {
            return $"fault_{++made}";
        }
    }

    public void Clear()
    {
        lock (gate)
        {
            entries.Clear();
        }
    }

    public IReadOnlyList<(Fault Fault, int Struck)> List()
    {
        lock (gate)
        {
            return [.. entries.Select(entry => (entry.Fault, entry.Struck - entry.UnderWay))];
        }
    }

    /// <summary>The effect that a fault lets happen has happened. Until then the fault is not told as struck, so that nobody acts on it too early.</summary>
    public void EffectDone(Fault fault)
    {
        lock (gate)
        {
            if (entries.Find(entry => ReferenceEquals(entry.Fault, fault)) is { UnderWay: > 0 } entry)
            {
                entry.UnderWay--;
            }
        }
    }

    /// <summary>The fault that strikes this request, if one does: the oldest that matches. It is used up by one.</summary>
    public Fault? TakeForRequest(string provider, string operation) =>
        Take(entry => entry.Fault.Kind != FaultKind.NotFoundFor && entry.Matches(provider, operation, webhook: false));

    /// <summary>The fault that strikes this webhook, if one does.</summary>
    public Fault? TakeForWebhook(string provider, string eventType) =>
        Take(entry => entry.Matches(provider, Fault.WebhookOperation, webhook: true)
            && (entry.Fault.EventType is null || entry.Fault.EventType == eventType));

    /// <summary>How young an object must be for this read not to find it; zero when it finds all.</summary>
    public TimeSpan HidesYoungerThan(string provider, string operation)
    {
        lock (gate)
        {
            var hiding = TimeSpan.Zero;
            foreach (var entry in entries)
            {
                if (entry.Fault.Kind == FaultKind.NotFoundFor && entry.Matches(provider, operation, webhook: false) && entry.Fault.Duration > hiding)
                {
                    hiding = entry.Fault.Duration;
                    entry.Struck++;
                }
            }

            return hiding;
        }
    }

    private Fault? Take(Predicate<Entry> matches)
    {
        lock (gate)
        {
            foreach (var entry in entries)
            {
                if (entry.Struck >= entry.Fault.Count || !matches(entry))
                {
                    continue;
                }

                if (entry.Passed < entry.Fault.Skip)
                {
                    entry.Passed++;
                    continue;
                }

                entry.Struck++;
                entry.UnderWay += entry.Fault.Kind == FaultKind.TimeoutAfterEffect ? 1 : 0;
                return entry.Fault;
            }

            return null;
        }
    }

    private sealed class Entry(Fault fault)
    {
        public Fault Fault { get; } = fault;

        public int Struck { get; set; }

        /// <summary>Of those, how many requests have not had their effect yet.</summary>
        public int UnderWay { get; set; }

        public int Passed { get; set; }

        public bool Matches(string provider, string operation, bool webhook) =>
            Fault.Provider == provider
            && Fault.Kind.Strikes(webhook)
            && (Fault.Operation == operation || (Fault.Operation == Fault.AnyOperation && !(webhook && Fault.Kind == FaultKind.AmountMismatch)));
    }
}

using System.Diagnostics.CodeAnalysis;

namespace Florin.Sandbox.State;

/// <summary>All that one provider knows. One request at a time changes it; what a request changed is applied whole or not at all.</summary>
internal sealed class World : IDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, StoredObject> objects = [];
    private readonly Dictionary<string, List<string>> idsByType = [];
    private readonly Dictionary<string, long> createdByType = [];
    private readonly SortedSet<DueKey> due = [];
    private readonly Journal? journal;
    private long sequence;

    /// <param name="journalPath">Where changes are kept, or <see langword="null"/> for memory only.</param>
    /// <param name="compactOverBytes">A journal that is longer at the start is rewritten without what was overwritten or deleted.</param>
    public World(string? journalPath, long compactOverBytes = Limits.JournalCompactOverBytes)
    {
        if (journalPath is null)
        {
            return;
        }

        journal = Journal.Open(journalPath, Apply);
        if (journal.Length > compactOverBytes)
        {
            journal.Compact(objects.Values.OrderBy(stored => stored.Sequence));
        }
    }

    /// <summary>Raised inside the lock after each commit, with what was new or changed, in order.</summary>
    public event Action<IReadOnlyList<StoredObject>>? Committed;

    /// <summary>Runs <paramref name="work"/> alone. Its changes are journaled and applied when it asks for it.</summary>
    public T Execute<T>(DateTimeOffset now, RequestOrigin? origin, Func<UnitOfWork, T> work)
    {
        lock (gate)
        {
            return work(new UnitOfWork(this, now, origin));
        }
    }

    /// <summary>The work that falls due first, when that is no later than <paramref name="until"/>.</summary>
    public DateTimeOffset? NextDue(DateTimeOffset until)
    {
        lock (gate)
        {
            return due.Count > 0 && due.Min.At <= until ? due.Min.At : null;
        }
    }

    public void Reset()
    {
        lock (gate)
        {
            journal?.Clear();
            objects.Clear();
            idsByType.Clear();
            createdByType.Clear();
            due.Clear();
            sequence = 0;
        }
    }

    public void Dispose() => journal?.Dispose();

    // The members below are called by a unit of work, which runs inside the lock.
    internal bool TryGet(string id, [NotNullWhen(true)] out StoredObject? stored) => objects.TryGetValue(id, out stored);

    internal long NextSequence() => ++sequence;

    internal int Count => objects.Count;

    internal long CreatedOf(string type) => createdByType.GetValueOrDefault(type);

    internal IEnumerable<string> Types => idsByType.Keys;

    internal IReadOnlyList<string> IdsOf(string type) => idsByType.TryGetValue(type, out var ids) ? ids : [];

    internal StoredObject? FirstDue(DateTimeOffset until) => due.Count > 0 && due.Min.At <= until ? objects[due.Min.Id] : null;

    internal void Commit(JournalLine line)
    {
        journal?.Append(line);
        Apply(line);
        Committed?.Invoke(line.Upserts);
    }

    private void Apply(JournalLine line)
    {
        foreach (var stored in line.Upserts)
        {
            Forget(stored.Id);
            if (objects.TryAdd(stored.Id, stored))
            {
                Index(stored);
            }
            else
            {
                objects[stored.Id] = stored;
            }

            if (stored.Type == ObjectTypes.Due)
            {
                due.Add(DueKey.Of(stored));
            }
        }

        foreach (var id in line.Deletes)
        {
            Forget(id);
            objects.Remove(id);
        }
    }

    private void Index(StoredObject stored)
    {
        sequence = Math.Max(sequence, stored.Sequence);
        createdByType[stored.Type] = CreatedOf(stored.Type) + 1;

        // Finished work and deliveries are deleted again: nobody lists them, so they need no place in a list.
        if (stored.Type is ObjectTypes.Due)
        {
            return;
        }

        if (!idsByType.TryGetValue(stored.Type, out var ids))
        {
            idsByType[stored.Type] = ids = [];
        }

        ids.Add(stored.Id);
    }

    private void Forget(string id)
    {
        if (objects.TryGetValue(id, out var old) && old.Type == ObjectTypes.Due)
        {
            due.Remove(DueKey.Of(old));
        }
    }

    private readonly record struct DueKey(DateTimeOffset At, long Sequence, string Id) : IComparable<DueKey>
    {
        public static DueKey Of(StoredObject stored) =>
            new(DateTimeOffset.FromUnixTimeMilliseconds(stored.Body.Number("at_ms")), stored.Sequence, stored.Id);

        public int CompareTo(DueKey other) => (At, Sequence).CompareTo((other.At, other.Sequence));
    }
}

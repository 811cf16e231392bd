using System.Text.Json.Nodes;

namespace Florin.Sandbox.State;

/// <summary>The request that caused a change: events name it.</summary>
internal sealed record RequestOrigin(string RequestId, string? IdempotencyKey);

/// <summary>One request's view of the world: it sees its own changes, and nobody else does before <see cref="Commit"/>.</summary>
internal sealed class UnitOfWork(World world, DateTimeOffset now, RequestOrigin? origin)
{
    private readonly Dictionary<string, StoredObject> changed = [];
    private readonly List<string> order = [];
    private readonly List<string> deleted = [];

    public DateTimeOffset Now => now;

    /// <summary>The sandbox's time in whole seconds since 1970, as the wire shows it.</summary>
    public long UnixNow => now.ToUnixTimeSeconds();

    public RequestOrigin? Origin => origin;

    public bool IsFull => world.Count >= Limits.Objects;

    /// <summary>The current version. Not to be changed: see <see cref="Edit"/>.</summary>
    public StoredObject? Find(string id)
    {
        if (deleted.Contains(id))
        {
            return null;
        }

        return changed.TryGetValue(id, out var mine) ? mine : world.TryGet(id, out var stored) ? stored : null;
    }

    public StoredObject? Find(string type, string id) => Find(id) is { } stored && stored.Type == type ? stored : null;

    /// <summary>A version that may be changed. The caller knows that the object is there.</summary>
    public StoredObject Edit(string id)
    {
        if (changed.TryGetValue(id, out var mine))
        {
            return mine;
        }

        if (!world.TryGet(id, out var stored))
        {
            throw new InvalidOperationException($"There is no object {id}.");
        }

        return Keep(stored.Copy());
    }

    public StoredObject Add(string type, string id, JsonObject body, JsonObject? hidden = null) =>
        Keep(new StoredObject(type, id, world.NextSequence(), body, hidden ?? []));

    public void Delete(string id)
    {
        changed.Remove(id);
        order.Remove(id);
        deleted.Add(id);
    }

    /// <summary>Objects of a type, newest first, with this unit's own changes.</summary>
    public IEnumerable<StoredObject> NewestFirst(string type)
    {
        for (var i = order.Count - 1; i >= 0; i--)
        {
            if (changed[order[i]] is { } mine && mine.Type == type && !world.TryGet(mine.Id, out _))
            {
                yield return mine;
            }
        }

        var ids = world.IdsOf(type);
        for (var i = ids.Count - 1; i >= 0; i--)
        {
            if (Find(ids[i]) is { } stored)
            {
                yield return stored;
            }
        }
    }

    /// <summary>How many objects of a type were ever created.</summary>
    public long CreatedOf(string type) => world.CreatedOf(type);

    public IEnumerable<string> Types => world.Types;

    public StoredObject? FirstDue(DateTimeOffset until) => world.FirstDue(until);

    /// <summary>Has <paramref name="kind"/> done to <paramref name="target"/> once the sandbox's clock reaches the instant.</summary>
    public void Schedule(string kind, string target, DateTimeOffset at, JsonObject? more = null)
    {
        var body = new JsonObject { ["kind"] = kind, ["target"] = target, ["at_ms"] = at.ToUnixTimeMilliseconds() };
        if (more is not null)
        {
            body["more"] = more;
        }

        Add(ObjectTypes.Due, $"due_{kind}_{target}_{world.NextSequence()}", body);
    }

    /// <summary>Writes the changes and makes them visible. Without changes it does nothing.</summary>
    public void Commit()
    {
        if (changed.Count == 0 && deleted.Count == 0)
        {
            return;
        }

        var line = new JournalLine([.. order.Select(id => changed[id])], [.. deleted]);
        Discard();
        world.Commit(line);
    }

    /// <summary>Forgets the changes.</summary>
    public void Discard()
    {
        changed.Clear();
        order.Clear();
        deleted.Clear();
    }

    private StoredObject Keep(StoredObject stored)
    {
        changed[stored.Id] = stored;
        order.Add(stored.Id);
        return stored;
    }
}

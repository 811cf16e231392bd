namespace Florin.Ledger.Cluster;

/// <summary>What a node is at the moment.</summary>
public enum LedgerRole
{
    /// <summary>Nobody is known to lead.</summary>
    Waiting,

    /// <summary>Forwards to the node that leads.</summary>
    Follower,

    /// <summary>Holds the lease and answers.</summary>
    Leader,
}

/// <summary>This node's place among those that share a ledger. Thread-safe.</summary>
public interface ILedgerNode
{
    LedgerRole Role { get; }

    /// <summary>The newest term that this node knows of.</summary>
    long Term { get; }

    /// <summary>The ledger of this node for a peer that forwards to it.</summary>
    /// <exception cref="NotLeaderException">It does not lead, or the token is not that of its term.</exception>
    ILeaderLedger Leading(string token);
}

/// <summary>The ledger of the node that leads: executes here or not at all.</summary>
public interface ILeaderLedger : ILedger
{
    /// <inheritdoc cref="ILedgerHost.GetStateHashAsync"/>
    ValueTask<byte[]> GetStateHashAsync(CancellationToken cancellationToken);
}

/// <summary>What becomes of the leadership, for logs and metrics. Implementations return at once.</summary>
public interface ILedgerNodeEvents
{
    /// <summary>This node has the lease and has rebuilt its memory.</summary>
    void Leads(long term);

    /// <summary>This node does not lead any more.</summary>
    void LeadershipEnded(long term, string reason);

    /// <summary>Another node leads; this one forwards to it.</summary>
    void Follows(long term, Uri leader);

    /// <summary>The lease could not be read or renewed.</summary>
    void LeaseFailed(Exception exception);

    /// <summary>The lease was read or renewed. Called several times a second.</summary>
    void LeaseReached();
}

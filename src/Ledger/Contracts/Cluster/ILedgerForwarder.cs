namespace Florin.Ledger.Cluster;

/// <summary>Brings a call to the node that leads, and its answer back.</summary>
public interface ILedgerForwarder
{
    /// <param name="operation">One of <see cref="LedgerOperations"/>.</param>
    /// <exception cref="NotLeaderException">The peer did not take it, and never will: it does not lead in this term, or nothing reached it.</exception>
    /// <exception cref="LedgerUnavailableException">It may or may not have been executed.</exception>
    ValueTask<TAnswer> CallAsync<TRequest, TAnswer>(LedgerPeer peer, string operation, TRequest request, CancellationToken cancellationToken);
}

/// <summary>The node that leads in one term.</summary>
/// <param name="Token">Of this term alone: what was sent under it and arrives after its end is refused.</param>
public sealed record LedgerPeer(long Term, Uri Url, string Token);

/// <summary>The names of the calls between nodes. Nodes of two versions speak to each other during an update: append, never rename.</summary>
public static class LedgerOperations
{
    public const string Submit = "submit";
    public const string SubmitMany = "submit-many";
    public const string RecentEntries = "recent-entries";
    public const string Locate = "locate";
    public const string Balance = "balance";
    public const string Balances = "balances";
    public const string StateHash = "state-hash";
}

/// <summary>What <see cref="ILedger.GetRecentEntriesAsync"/> is asked for.</summary>
public sealed record RecentEntriesRequest(AccountId Account, ulong BeforeSequence, int Limit);

/// <summary>A node was asked that does not lead in the term that the sender believed in. Nothing was executed; look at the lease again.</summary>
public sealed class NotLeaderException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A kind of commit participant that nodes forward: the type that carries it, with all its public members.</summary>
public sealed record ParticipantType(string ParticipantKind, Type Type);

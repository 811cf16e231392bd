using System.Collections.Concurrent;
using Florin.Ledger;
using Florin.Ledger.Cluster;
using Florin.Ledger.Journal;
using Florin.Storage.Ledger;
using Florin.Tests.Ledger.Pipeline;
using Florin.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;

namespace Florin.Tests.Ledger.Cluster;

/// <summary>One node on the real journal and the real lease, with switches for what can go wrong around it.</summary>
internal sealed class LedgerNodeUnderTest : IAsyncDisposable
{
    public LedgerNodeUnderTest(NodeNetwork network, NpgsqlDataSource source, string name, LedgerNodeOptions options, NoteWriter notes)
    {
        Lease = new LeaseSwitch(new PostgresLedgerLease(source));
        (Ledger, Node) = LedgerFactory.CreateNode(new LedgerNodeParts
        {
            Lease = Lease,
            Journal = term => new PostgresLedgerJournal(source, [notes], NullLogger<PostgresLedgerJournal>.Instance, term),
            Forwarder = network,
            TimeProvider = TimeProvider.System,
            IdSource = new SystemIdSource(TimeProvider.System),
            Options = new LedgerOptions { RecoveryPauseMin = TimeSpan.FromMilliseconds(5) },
            NodeOptions = options with { AdvertiseUrl = new Uri($"http://{name}") },
            Events = Events,
            NodeEvents = Told,
        });
        network.Add(name, Node);
    }

    public ILedgerHost Ledger { get; }

    public ILedgerNode Node { get; }

    public LeaseSwitch Lease { get; }

    public EventRecord Events { get; } = new();

    public NodeEventRecord Told { get; } = new();

    public Task<SubmissionResult> SubmitAsync(params Transaction[] transactions) =>
        Ledger.SubmitAsync(new Submission { Transactions = [.. transactions] }, TestContext.Current.CancellationToken).AsTask();

    public async ValueTask DisposeAsync() => await Ledger.DisposeAsync();
}

/// <summary>Cuts a node from the lease: it cannot read, renew or take it, and does not know why.</summary>
internal sealed class LeaseSwitch(ILedgerLease lease) : ILedgerLease
{
    private volatile bool _isCut;

    public bool IsCut
    {
        get => _isCut;
        set => _isCut = value;
    }

    public ValueTask<LeaseView> ReadAsync(CancellationToken cancellationToken) => Check().ReadAsync(cancellationToken);

    public ValueTask<bool> TryTakeAsync(LeaseView seen, LeaseClaim claim, CancellationToken cancellationToken) => Check().TryTakeAsync(seen, claim, cancellationToken);

    public ValueTask<bool> RenewAsync(long term, CancellationToken cancellationToken) => Check().RenewAsync(term, cancellationToken);

    public ValueTask ReleaseAsync(long term, CancellationToken cancellationToken) => Check().ReleaseAsync(term, cancellationToken);

    public ValueTask DisposeAsync() => lease.DisposeAsync();

    private ILedgerLease Check() => _isCut ? throw new JournalException("cut") : lease;
}

/// <summary>Forwards within the process, and loses what it is told to lose.</summary>
internal sealed class NodeNetwork : ILedgerForwarder
{
    private readonly ConcurrentDictionary<string, ILedgerNode> _nodes = new();

    /// <summary>Loses so many answers of submissions after they were given.</summary>
    public int AnswersToLose { get; set; }

    /// <summary>How many submissions reached a leader.</summary>
    public int Submissions { get; private set; }

    /// <summary>The peers that submissions were sent to, with their tokens: what a late copy would be sent with.</summary>
    public ConcurrentQueue<LedgerPeer> Peers { get; } = new();

    public void Add(string name, ILedgerNode node) => _nodes[name] = node;

    public async ValueTask<TAnswer> CallAsync<TRequest, TAnswer>(
        LedgerPeer peer, string operation, TRequest request, CancellationToken cancellationToken)
    {
        ILeaderLedger leader = _nodes[peer.Url.Host].Leading(peer.Token);
        object? answer = operation switch
        {
            LedgerOperations.Submit => await SubmitAsync(peer, leader, (Submission)(object)request!, cancellationToken),
            LedgerOperations.Balance => await leader.GetBalanceAsync((AccountId)(object)request!, cancellationToken),
            LedgerOperations.Balances => await leader.GetBalancesAsync((string)(object)request!, cancellationToken),
            _ => await leader.GetStateHashAsync(cancellationToken),
        };
        return (TAnswer)answer!;
    }

    private async ValueTask<SubmissionResult> SubmitAsync(LedgerPeer peer, ILeaderLedger leader, Submission submission, CancellationToken cancellationToken)
    {
        Peers.Enqueue(peer);
        Submissions++;
        SubmissionResult result = await leader.SubmitAsync(submission, cancellationToken);
        if (AnswersToLose > 0)
        {
            AnswersToLose--;
            throw new LedgerUnavailableException("The answer was lost.");
        }

        return result;
    }
}

internal sealed class NodeEventRecord : ILedgerNodeEvents
{
    public ConcurrentQueue<string> Told { get; } = new();

    public void Leads(long term) => Told.Enqueue($"leads {term}");

    public void LeadershipEnded(long term, string reason) => Told.Enqueue($"ended {term}");

    public void Follows(long term, Uri leader) => Told.Enqueue($"follows {term}");

    public void LeaseFailed(Exception exception)
    {
    }

    public void LeaseReached()
    {
    }
}

/// <summary>Work that commits with a submission.</summary>
internal sealed record Note : ICommitParticipant
{
    public const string Kind = "note";

    public string ParticipantKind => Kind;
}

/// <summary>Counts what it was asked to write.</summary>
internal sealed class NoteWriter : IParticipantWriter
{
    public string ParticipantKind => Note.Kind;

    public int Written { get; private set; }

    public ValueTask<IReadOnlyList<int>> WriteAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyList<ICommitParticipant> participants, CancellationToken cancellationToken)
    {
        Written += participants.Count;
        return ValueTask.FromResult<IReadOnlyList<int>>([]);
    }
}

using Florin.Ledger;
using Florin.Simulator.Judgement;
using Florin.Simulator.Scheduling;
using Florin.Simulator.Workload;

namespace Florin.Simulator.Processes;

/// <summary>Clients that ask one thing at a time each, and ask again by the same ids until they know.</summary>
internal sealed class Clients
{
    private const int ClientsMax = 12;
    private const int ReadPercent = 15;
    private const int PatiencePercent = 85;

    private static readonly TimeSpan PatienceMax = TimeSpan.FromSeconds(30);

    private readonly Chance _chance;
    private readonly SimulatedClock _clock;
    private readonly Servers _servers;
    private readonly Judge _judge;
    private readonly Trace _trace;
    private readonly Clerk _clerk;
    private readonly List<Client> _clients;
    private readonly List<Request> _unknown = [];

    public Clients(Chance chance, SimulatedClock clock, Servers servers, bool withFlows, Judge judge, Trace trace)
    {
        (_chance, _clock, _servers, _judge, _trace) = (chance, clock, servers, judge, trace);
        _clerk = new Clerk(chance, judge.Books.VersionOf, withFlows, () => judge.Books.EarliestTime);
        _clients = [.. Enumerable.Range(0, chance.Between(1, ClientsMax)).Select(_ => new Client())];
    }

    /// <summary>How many submissions were sent, repeats included.</summary>
    public int Submissions { get; private set; }

    public bool AreDone
    {
        get
        {
            _clients.ForEach(Notice);
            return _unknown.Count == 0 && _clients.TrueForAll(client => client.IsIdle);
        }
    }

    /// <summary>When the next of them gives up waiting.</summary>
    public TimeSpan? NextChangeAt => _clients.Where(client => !client.IsIdle).Min(client => (TimeSpan?)client.WaitsUntil);

    /// <summary>How many could ask something now.</summary>
    public int IdleCount(bool withNewWork)
    {
        int count = 0;
        foreach (Client client in _clients)
        {
            Notice(client);
            count += client.IsIdle ? 1 : 0;
        }

        return _servers.AnyServes && (withNewWork || _unknown.Count > 0) ? count : 0;
    }

    public void ActOne(bool withNewWork)
    {
        Client client = _chance.Of(_clients.FindAll(one => one.IsIdle));
        SimulatedProcess server = _servers.Serving!;
        if (_unknown.Count > 0 && (!withNewWork || _chance.Percent(PatiencePercent)))
        {
            int position = _chance.Below(_unknown.Count);
            Request again = _unknown[position];
            _unknown.RemoveAt(position);
            Submit(client, server, again);
        }
        else if (_chance.Percent(ReadPercent))
        {
            client.Read = _judge.AskBalance(_judge.NextQuestion(), server.Name, _clerk.AccountToRead());
            client.ReadFrom = server;
            client.WaitsUntil = _clock.Now + _chance.Duration(PatienceMax);
            _trace.Note($"#{client.Read.Number} reads {client.Read.Account?.ToString() ?? "all"} at {server.Name}");
            server.Send(client.Read);
        }
        else
        {
            Submit(client, server, _clerk.Next());
        }
    }

    // Whose server was killed hears nothing: it goes on when it notices.
    private void Notice(Client client)
    {
        if (client.Attempt is { IsDone: true } attempt)
        {
            client.Attempt = null;
            if (attempt.Result is null)
            {
                _unknown.Add(new Request(attempt.Submission, attempt.IsBulk));
            }
            else if (attempt.Result.IsApplied)
            {
                _clerk.Learn(attempt.Submission);
            }
        }

        if (client.Read is { } read && (read.IsDone || client.ReadFrom!.IsDead || client.WaitsUntil <= _clock.Now))
        {
            (client.Read, client.ReadFrom) = (null, null);
        }

        // The answer may still come; it is judged then, though nobody waits for it.
        if (client.Attempt is { } waiting && client.WaitsUntil <= _clock.Now)
        {
            _trace.Note($"#{waiting.Number} given up");
            client.Attempt = null;
            _unknown.Add(new Request(waiting.Submission, waiting.IsBulk));
        }
    }

    private void Submit(Client client, SimulatedProcess server, Request request)
    {
        Submissions++;
        client.Attempt = new Attempt(_judge.NextQuestion(), request.Submission, server.Name, request.IsBulk);
        client.WaitsUntil = _clock.Now + _chance.Duration(PatienceMax);
        _trace.Note($"#{client.Attempt.Number} at {server.Name}: {(request.IsBulk ? "each of " : "")}{Describe(request.Submission)}");
        _judge.Asked(client.Attempt);
        server.Send(client.Attempt);
    }

    private static string Describe(Submission submission)
    {
        IEnumerable<string> parts = submission.Transactions.Select(transaction =>
            $"{transaction.Kind} {transaction.Id.Value:x}{(transaction.Related is { } related ? $" of {related.Value:x}" : "")}"
            + string.Concat(transaction.Transfers.Select(transfer => $" {transfer.Debit.Address}>{transfer.Credit.Address} {transfer.Amount}"))
            + (transaction.Amounts.IsEmpty ? "" : $" amounts {string.Join(",", transaction.Amounts)}")
            + Terms(transaction));
        string accounts = submission.Accounts.IsEmpty ? "" : $"opens {submission.Accounts.Length}, ";
        return $"{accounts}{Changes(submission)}{string.Join("; ", parts)}{(submission.Participant is { } participant ? $" with {participant}" : "")}";
    }

    private static string Terms(Transaction transaction) =>
        string.Concat(transaction.Transfers.Where(transfer => transfer.Balancing != Balancing.None).Select(transfer => $" {transfer.Balancing} at least {transfer.Minimum}"))
        + string.Concat(transaction.Conditions.Take(2).Select(condition => $" if {condition.Account.Address} {condition.Measure} {condition.Comparison} {condition.Value}"))
        + (transaction.EffectiveDate is { } day ? $" on {day:O} {transaction.ClosedPeriod}" : "");

    private static string Changes(Submission submission) =>
        string.Concat(submission.AccountChanges.Select(change => $"{change.Account} {change.Standing}, "))
        + string.Concat(submission.Limits.Select(use => $"{use.Key} {use.Amount}/{use.Max} until {use.ForgetAfter:O}, "))
        + (submission.ClosePeriodThrough is { } through ? $"closes {through:O}, " : "")
        + (submission.Deadline is { } deadline ? $"by {deadline:O}, " : "");

    private sealed class Client
    {
        public Attempt? Attempt { get; set; }

        public BalanceRead? Read { get; set; }

        public SimulatedProcess? ReadFrom { get; set; }

        public TimeSpan WaitsUntil { get; set; }

        public bool IsIdle => Attempt is null && Read is null;
    }
}

using System.Collections.Immutable;
using Florin.Flows;
using Florin.Ledger;
using Florin.Providers;
using Florin.Tests.Support;
using Florin.Wallets;
using Florin.Wallets.Deposits;
using Florin.Wallets.Steps;
using Florin.Wallets.Withdrawals;
using Xunit;

namespace Florin.Tests.Wallets;

/// <summary>
/// Takes one flow from turn to turn in memory, as a runner does, and checks every change against the declaration. A crash drops what was decided and
/// not yet durable, and goes on in a new process.
/// </summary>
internal sealed class FlowDriver
{
    public static readonly Guid User = new("11111111-1111-4111-8111-111111111111");
    public const string UserAccount = "user:11111111-1111-4111-8111-111111111111:available";
    public const string Clearing = "psp:stripe:clearing";
    public const string InTransit = "payout:stripe:in_transit";
    public const string Suspense = "suspense:stripe";
    public const string Receiver = "somebody@example.com";

    private readonly Func<ScriptedProvider, SubmissionPermits, ManualTimeProvider, IFlowHandler> _makeHandler;
    private readonly List<FlowSignal> _inbox = [];
    private readonly HashSet<string> _signalIds = [];
    private IFlowHandler _handler;
    private long _signals;

    private FlowDriver(Func<ScriptedProvider, SubmissionPermits, ManualTimeProvider, IFlowHandler> makeHandler, string kind, string state, string data)
    {
        _makeHandler = makeHandler;
        _handler = NewProcess();
        Flow = new Flow
        {
            Id = new FlowId(new Guid("22222222-2222-4222-8222-222222222222")),
            Kind = kind,
            State = state,
            Version = 1,
            Data = data,
            OwnerId = User.ToString(),
            CreatedAt = Clock.GetUtcNow(),
            UpdatedAt = Clock.GetUtcNow(),
            DueAt = Clock.GetUtcNow(),
        };
    }

    public static WalletOptions Options { get; } = new WalletOptions().Check();

    public Flow Flow { get; private set; }

    public ScriptedProvider Provider { get; } = new();

    public ManualTimeProvider Clock { get; } = new();

    public NaiveBooks Books { get; } = new();

    public List<string> Path { get; } = [];

    public static FlowDriver Deposit(string amount = "10000", PaymentMethodKind methodKind = PaymentMethodKind.Card) => new(
        (provider, permits, clock) => new DepositHandler(provider, permits, new LedgerPulse(new AnsweringLedger()), Options, clock),
        DepositFlow.Kind,
        DepositFlow.Created,
        FlowFacts.Write(new DepositFacts
        {
            UserId = User,
            Amount = amount,
            Asset = "USD",
            SourceId = User,
            Provider = "stripe",
            PaymentMethodId = "pm_1",
            MethodKind = methodKind,
            CustomerId = "cus_1",
        }));

    /// <summary>A withdrawal of 40.00 by a user who has 100.00, debited as its start does.</summary>
    /// <param name="destination">What the flow remembers of whom it pays; null where that is read from where it is kept.</param>
    public static FlowDriver Withdrawal(string? destination = "ba_1")
    {
        WithdrawalFacts facts = new()
        {
            UserId = User, Amount = "4000", Asset = "USD", DestinationId = User, Provider = "stripe", PayoutDestination = destination,
        };
        FlowDriver driver = new(
            (provider, permits, clock) => new WithdrawalHandler(new PayoutRails([provider], new KnownDestinations()), permits, Options, clock),
            WithdrawalFlow.Kind,
            WithdrawalFlow.Debited,
            FlowFacts.Write(facts));
        Asset usd = Assets.Get("USD");
        driver.Books.Apply(new Transaction
        {
            Id = TransactionId.FromName("opening"),
            Kind = TransactionKind.Posted,
            Transfers =
            [
                new(ChartOfAccounts.PspClearing("stripe", usd).Id, ChartOfAccounts.UserAvailable(User, usd).Id, 100_00, TransferCodes.Deposit),
            ],
        });
        driver.Books.Apply(WithdrawalPostings.Debit(driver.Flow.Id, facts));
        return driver;
    }

    /// <summary>A signal, as an event's delivery makes it.</summary>
    public bool Signal(string type, string? objectId = null, string? eventId = null, string source = "stripe")
    {
        string id = eventId ?? $"evt_{type}_{objectId}";
        if (!_signalIds.Add(id))
        {
            return false;
        }

        _inbox.Add(new FlowSignal(++_signals, source, id, type, OutsideEvidence.SignalPayload(objectId ?? ""), Clock.GetUtcNow()));
        Flow = Flow with { DueAt = Clock.GetUtcNow(), ParkedReason = source == FlowSignal.OperatorSource ? null : Flow.ParkedReason };
        return true;
    }

    /// <summary>Moves the clock to the next due time and takes the flow up.</summary>
    public async Task WakeAsync()
    {
        Assert.NotNull(Flow.DueAt);
        TimeSpan wait = Flow.DueAt.Value - Clock.GetUtcNow();
        if (wait > TimeSpan.Zero)
        {
            Clock.Advance(wait);
        }

        await RunAsync();
    }

    /// <summary>Takes the flow up now, until it waits.</summary>
    /// <param name="crashBefore">The process dies before it takes this decision, counted from 0.</param>
    /// <param name="crashAfter">The process dies after it took this decision, effects outside included, and before it was durable.</param>
    public async Task RunAsync(int crashBefore = int.MaxValue, int crashAfter = int.MaxValue)
    {
        if (Flow.ParkedReason is not null)
        {
            return;
        }

        for (int step = 0; step < 20; step++)
        {
            if (step == crashBefore)
            {
                _handler = NewProcess();
            }

            ImmutableArray<FlowSignal> signals = [.. _inbox];
            FlowDecision decision = await _handler.DecideAsync(Flow, signals, CancellationToken.None);
            if (step == crashAfter)
            {
                _handler = NewProcess();
                continue;
            }

            if (!Follow(decision))
            {
                return;
            }
        }

        Assert.Fail($"no end: {string.Join(" ", Path)}");
    }

    /// <returns>Whether the turn goes on.</returns>
    private bool Follow(FlowDecision decision)
    {
        switch (decision)
        {
            case FlowDecision.Move move:
                FlowTransition? declared = _handler.Definition.Transitions.SingleOrDefault(candidate =>
                    candidate.From == Flow.State && candidate.To == move.To && candidate.Event == move.Reason);
                Assert.True(declared is not null, $"undeclared: {Flow.State} -> {move.To} by {move.Reason}");
                Assert.True(declared.Postings is not null || move.Transactions.IsEmpty, "posts what is not declared");
                foreach (Transaction transaction in move.Transactions)
                {
                    Books.Apply(transaction);
                }

                Path.Add(move.To);
                if (!move.KeepSignals)
                {
                    _inbox.Clear();
                }

                bool rests = move.RestUntilSignal || move.Delay is not null || _handler.Definition.State(move.To).IsFinal;
                Flow = Flow with
                {
                    State = move.To,
                    Data = move.Data,
                    Version = Flow.Version + 1,
                    UpdatedAt = Clock.GetUtcNow(),
                    ProviderReference = move.ProviderReference ?? Flow.ProviderReference,
                    DueAt = move.Delay is { } delay ? Clock.GetUtcNow() + delay : rests ? null : Clock.GetUtcNow(),
                };
                return !rests;
            case FlowDecision.Wait wait:
                Assert.NotNull(wait.Delay);
                Flow = Flow with { DueAt = Clock.GetUtcNow() + wait.Delay };
                return false;
            case FlowDecision.Park park:
                _inbox.Clear();
                Flow = Flow with { ParkedReason = park.Reason, DueAt = null };
                return false;
            case FlowDecision.Rest:
                _inbox.Clear();
                Flow = Flow with { DueAt = null };
                return false;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    /// <summary>Whom a destination names that no flow may remember.</summary>
    private sealed class KnownDestinations : IPayoutDestinations
    {
        public ValueTask<string?> FindReceiverAsync(Guid destinationId, CancellationToken cancellationToken) =>
            ValueTask.FromResult<string?>(destinationId == User ? Receiver : null);
    }

    private IFlowHandler NewProcess() => _makeHandler(Provider, new SubmissionPermits(new SystemIdSource(Clock)), Clock);
}

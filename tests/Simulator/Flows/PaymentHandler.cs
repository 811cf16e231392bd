using System.Collections.Immutable;
using Florin.Flows;
using Florin.Ledger;
using Florin.Simulator.Store;

namespace Florin.Simulator.Flows;

/// <summary>
/// A payment in (credited when the provider has the money) or out (held at its start, posted or released when the provider has paid or not), as
/// the wallets' flows are: intent first, effects under keys of the flow, postings with the change of state.
/// </summary>
internal sealed class PaymentHandler(string kind, SimulatedProvider provider, RemoteCalls calls) : IFlowHandler
{
    public const string In = "sim.in";
    public const string Out = "sim.out";

    private static readonly Asset Dollar = Assets.Get("USD");
    private static readonly AccountDefinition Bank = new(AccountId.Of("bank:x:safeguarded", Dollar), NormalSide.Debit, AccountFlags.Safeguarding);

    public FlowDefinition Definition { get; } = new(
        kind,
        "Moves money once.",
        [
            new FlowState("created", false, false, "The intent is durable."),
            new FlowState("charged", false, true, "The provider has it."),
            new FlowState("succeeded", true, true, "The provider moved the money, and so did the books."),
            new FlowState("failed", true, true, "No money moved."),
        ],
        ["created"],
        [
            new FlowTransition("created", "charged", "the provider has it"),
            new FlowTransition("charged", "succeeded", "the provider says succeeded"),
            new FlowTransition("charged", "failed", "the provider says failed"),
        ]);

    public static AccountDefinition User(int user) =>
        new(AccountId.Of($"user:{user}:available", Dollar), NormalSide.Credit, AccountFlags.DebitsMustNotExceedCredits | AccountFlags.Safeguarding);

    /// <summary>The data of a flow: user and amount.</summary>
    public static string Data(int user, int amount) => $$"""{"user":{{user}},"amount":{{amount}}}""";

    /// <summary>What a start commits with the flow's first row.</summary>
    public static ImmutableArray<Transaction> Opening(string kind, FlowId id, int user, int amount) => kind == In
        ? []
        : [new Transaction { Id = FlowTransactions.IdOf(id, "hold"), Kind = TransactionKind.Pending, Transfers = [new Transfer(User(user).Id, Bank.Id, (UInt128)amount, 1)] }];

    public static string Key(FlowId id) => $"{id}/charge";

    public async ValueTask<FlowDecision> DecideAsync(Flow flow, ImmutableArray<FlowSignal> signals, CancellationToken cancellationToken)
    {
        (int user, int amount) = Read(flow.Data);
        switch (flow.State)
        {
            case "created":
                string reference = await calls.CallAsync("charge", () => provider.Charge(Key(flow.Id), flow.Id, (UInt128)amount), cancellationToken);
                return new FlowDecision.Move("charged", flow.Data, "charged") { ProviderReference = reference, KeepSignals = true };

            // A payment in waits until it is told: a signal that is lost is a payment that never ends.
            case "charged" when kind == In && signals.IsEmpty:
                return new FlowDecision.Rest("the provider will tell");

            case "charged":
                return await calls.CallAsync("status", () => provider.Status(Key(flow.Id)), cancellationToken) switch
                {
                    "succeeded" => new FlowDecision.Move("succeeded", flow.Data, "succeeded") { Accounts = [Bank, User(user)], Transactions = [Success(flow.Id, user, amount)] },
                    "failed" => new FlowDecision.Move("failed", flow.Data, "failed") { Transactions = Failure(flow.Id) },
                    _ => new FlowDecision.Wait("processing"),
                };

            default:
                return new FlowDecision.Rest("nothing to do");
        }
    }

    private Transaction Success(FlowId id, int user, int amount) => kind == In
        ? new Transaction { Id = FlowTransactions.IdOf(id, "credit"), Kind = TransactionKind.Posted, Transfers = [new Transfer(Bank.Id, User(user).Id, (UInt128)amount, 1)] }
        : new Transaction { Id = FlowTransactions.IdOf(id, "post"), Kind = TransactionKind.Post, Related = FlowTransactions.IdOf(id, "hold") };

    private ImmutableArray<Transaction> Failure(FlowId id) => kind == In
        ? []
        : [new Transaction { Id = FlowTransactions.IdOf(id, "void"), Kind = TransactionKind.Void, Related = FlowTransactions.IdOf(id, "hold") }];

    private static (int User, int Amount) Read(string data)
    {
        using System.Text.Json.JsonDocument document = System.Text.Json.JsonDocument.Parse(data);
        return (document.RootElement.GetProperty("user").GetInt32(), document.RootElement.GetProperty("amount").GetInt32());
    }
}

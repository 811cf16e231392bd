using System.Collections.Immutable;
using Florin.Flows;
using Florin.Ledger;

namespace Florin.Tests.Flows;

/// <summary>A payment as the wallets have it, small: intent, charge, posting, and a reversal as a named event.</summary>
internal sealed class PaymentFlow(Outside outside) : IFlowHandler
{
    public const string Kind = "test.payment";

    public FlowDefinition Definition { get; } = new(
        Kind,
        "Charges once and posts once.",
        [
            new FlowState("created", false, false, "The intent is durable."),
            new FlowState("charged", false, true, "The provider has it."),
            new FlowState("succeeded", true, true, "Posted."),
            new FlowState("failed", true, true, "Nothing was taken."),
            new FlowState("returned", true, true, "Taken back after success."),
        ],
        ["created"],
        [
            new FlowTransition("created", "charged", "the provider accepts"),
            new FlowTransition("charged", "succeeded", "the provider says succeeded", "Dr psp:test:clearing / Cr user:{id}:available"),
            new FlowTransition("charged", "failed", "the provider says failed"),
            new FlowTransition("succeeded", "returned", "return", "Dr user:{id}:available / Cr psp:test:clearing"),
        ]);

    /// <summary>Asks the provider only when a signal came: then a lost signal is a payment that never ends.</summary>
    public bool AsksOnlyWhenTold { get; set; }

    /// <summary>Comes before every decision of the handler; a test stops, counts or kills there.</summary>
    public Func<Flow, CancellationToken, ValueTask> BeforeDecision { get; set; } = (_, _) => ValueTask.CompletedTask;

    /// <summary>Comes after the effect outside and before it is stored: where a kill hurts most.</summary>
    public Func<Flow, CancellationToken, ValueTask> AfterEffect { get; set; } = (_, _) => ValueTask.CompletedTask;

    public async ValueTask<FlowDecision> DecideAsync(Flow flow, ImmutableArray<FlowSignal> signals, CancellationToken cancellationToken)
    {
        await BeforeDecision(flow, cancellationToken);
        switch (flow.State)
        {
            case "created":
                string reference = outside.Charge($"{flow.Id}/charge");
                await AfterEffect(flow, cancellationToken);
                return new FlowDecision.Move("charged", flow.Data, "charged") { ProviderReference = "test:" + reference };

            case "charged" when AsksOnlyWhenTold && signals.IsEmpty:
                return new FlowDecision.Rest("the provider will tell");

            case "charged":
                // A signal is only a hint that it is worth asking.
                return outside.Status switch
                {
                    "succeeded" => new FlowDecision.Move("succeeded", flow.Data, "succeeded") 
                    {
                        Transactions = [Posting(flow.Id, "credit")],

                        // A return may have been told already, before we knew of the success.
                        KeepSignals = true,
                    },
                    "failed" => new FlowDecision.Move("failed", flow.Data, "failed"),
                    _ => new FlowDecision.Rest("processing"),
                };

            case "succeeded" when signals.Any(signal => signal.Type == "return"):
                return new FlowDecision.Move("returned", flow.Data, "return") { Transactions = [Posting(flow.Id, "return")] };

            default:
                return new FlowDecision.Rest("nothing to do");
        }
    }

    public static Transaction Posting(FlowId flow, string step) => new()
    {
        Id = FlowTransactions.IdOf(flow, step),
        Kind = TransactionKind.Posted,
        Transfers =
        [
            new Transfer(
                AccountId.Of("psp:test:clearing", Assets.Get("USD")), AccountId.Of("user:1:available", Assets.Get("USD")), 1_000, 1),
        ],
    };
}

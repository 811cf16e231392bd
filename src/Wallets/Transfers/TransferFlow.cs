using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Florin.Flows;
using Florin.Ledger;

namespace Florin.Wallets.Transfers;

/// <summary>The declared states of <c>wallet.transfer</c>: it is complete with its first row.</summary>
internal static class TransferFlow
{
    public const string Kind = "wallet.transfer";

    public const string Completed = "completed";

    /// <summary>Of the start: the flow and its transfer are one commit.</summary>
    public const string Posting = "Dr user:{from}:available / Cr user:{to}:available";

    public static FlowDefinition Definition { get; } = new(
        Kind,
        "Moves money from one wallet to another.",
        [new(Completed, IsFinal: true, IsReportable: true, "The money is in the other wallet.")],
        [Completed],
        []);
}

/// <summary>What a transfer remembers. No personal data: the e-mail that named the recipient is not kept.</summary>
internal sealed record TransferFacts
{
    public required Guid FromUserId { get; init; }

    public required Guid ToUserId { get; init; }

    /// <summary>Smallest units, as text.</summary>
    public required string Amount { get; init; }

    public required string Asset { get; init; }

    [JsonIgnore]
    public Money Ordered => FlowFacts.Amount(Amount, Asset);

    public static TransferFacts Of(Flow flow) => FlowFacts.Read<TransferFacts>(flow.Data);
}

/// <summary>The ledger transaction of a transfer.</summary>
internal static class TransferPostings
{
    private const string TransferStep = "transfer";

    public static ImmutableArray<AccountDefinition> Accounts(TransferFacts facts) =>
        [ChartOfAccounts.UserAvailable(facts.FromUserId, facts.Ordered.Asset), ChartOfAccounts.UserAvailable(facts.ToUserId, facts.Ordered.Asset)];

    public static Transaction Transfer(FlowId flow, TransferFacts facts)
    {
        ImmutableArray<AccountDefinition> accounts = Accounts(facts);
        return new Transaction
        {
            Id = FlowTransactions.IdOf(flow, TransferStep),
            Kind = TransactionKind.Posted,
            Reference = flow.ToString(),
            Transfers = [new Transfer(accounts[0].Id, accounts[1].Id, facts.Ordered.MinorUnits, TransferCodes.WalletTransfer)],
        };
    }
}

/// <summary>There is nothing left to do for a transfer.</summary>
internal sealed class TransferHandler : IFlowHandler
{
    public FlowDefinition Definition => TransferFlow.Definition;

    public ValueTask<FlowDecision> DecideAsync(Flow flow, ImmutableArray<FlowSignal> signals, CancellationToken cancellationToken) =>
        ValueTask.FromResult<FlowDecision>(new FlowDecision.Rest("complete with its first row"));
}

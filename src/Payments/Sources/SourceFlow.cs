using Florin.Flows;

namespace Florin.Payments.Sources;

/// <summary>The declared states and transitions of <c>payment.source</c>.</summary>
internal static class SourceFlow
{
    public const string Kind = "payment.source";

    public const string Created = "created";
    public const string AwaitingPayer = "awaiting_payer";
    public const string Stored = "stored";
    public const string Failed = "failed";

    public static FlowDefinition Definition { get; } = new(
        Kind,
        "Stores a payer's payment method at an acquirer, with the payer's agreement there. Moves no money.",
        [
            new(Created, IsFinal: false, IsReportable: false, "Durable; the acquirer was not asked yet, or did not answer."),
            new(AwaitingPayer, IsFinal: false, IsReportable: true, "The payer has to agree at the acquirer, until a time."),
            new(Stored, IsFinal: true, IsReportable: true, "The payer agreed; the token can be charged."),
            new(Failed, IsFinal: true, IsReportable: true, "Refused, or the payer did not agree in time."),
        ],
        [Created],
        [
            new(Created, AwaitingPayer, SourceEvents.Begun),
            new(Created, Failed, SourceEvents.Refused),
            new(AwaitingPayer, Stored, SourceEvents.Stored),
            new(AwaitingPayer, Failed, SourceEvents.Refused),
            new(AwaitingPayer, Failed, SourceEvents.Expired),
        ]);
}

/// <summary>The events that change a source; they are the reasons in its history.</summary>
internal static class SourceEvents
{
    public const string Begun = "begun";
    public const string Stored = "stored";
    public const string Refused = "refused";
    public const string Expired = "expired";
}

/// <summary>What a source remembers. No personal data: ids only.</summary>
internal sealed record SourceFacts
{
    public required string Provider { get; init; }

    public required string ReturnUrl { get; init; }

    public required string CancelUrl { get; init; }

    /// <summary>The acquirer's id of the setup, once it is known.</summary>
    public string? SetupId { get; init; }

    /// <summary>Where the payer agrees.</summary>
    public string? ApprovalUrl { get; init; }

    public DateTimeOffset? ApprovalUntil { get; init; }

    /// <summary>The acquirer's token.</summary>
    public string? Token { get; init; }

    public string? FailureCode { get; init; }

    public static SourceFacts Of(Flow flow) => FlowFacts.Read<SourceFacts>(flow.Data);
}

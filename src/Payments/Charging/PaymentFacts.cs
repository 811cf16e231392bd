using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Florin.Flows;
using Florin.Ledger;
using Florin.Providers;

namespace Florin.Payments.Charging;

/// <summary>What a payment remembers. No personal data: ids only.</summary>
internal sealed record PaymentFacts
{
    public required Guid MerchantId { get; init; }

    /// <summary>Smallest units, as text; so are all amounts here.</summary>
    public required string Amount { get; init; }

    public required string Asset { get; init; }

    /// <summary>The acquirer. It changes at most once, to <see cref="Fallback"/>, and only when nothing was sent to the first.</summary>
    public required string Provider { get; init; }

    /// <summary>That acquirer's token.</summary>
    public required string PaymentSource { get; init; }

    /// <summary>Where it may still go instead, or null.</summary>
    public PaymentPlace? Fallback { get; init; }

    /// <summary>Whether it went there.</summary>
    public bool HasFailedOver { get; init; }

    public required CaptureMode Capture { get; init; }

    public string? Description { get; init; }

    public string? Obligation { get; init; }

    /// <summary>How many payments of the obligation failed before this one.</summary>
    public int ObligationAttempt { get; init; }

    /// <summary>A payment of a moment before that this one may repeat, or null.</summary>
    public Guid? DuplicateOf { get; init; }

    /// <summary>The terms of the day it began; they stay.</summary>
    public required MerchantFees Fees { get; init; }

    public required bool RefundsFees { get; init; }

    /// <summary>Where the payer returns to after acting at the bank, or null when nobody is there to act.</summary>
    public string? ReturnUrl { get; init; }

    /// <summary>Where the payer returns to without having approved.</summary>
    public string? CancelUrl { get; init; }

    /// <summary>When the payer's approval was seen and its completion decided; null before, and when the completion certainly did not leave.</summary>
    public DateTimeOffset? ApprovedAt { get; init; }

    /// <summary>Where the payer acts, while it is waited for.</summary>
    public string? NextActionUrl { get; init; }

    /// <summary>Until when the payer may act.</summary>
    public DateTimeOffset? ActionUntil { get; init; }

    /// <summary>How often the provider was asked to cancel what the payer did not complete.</summary>
    public int Expiries { get; init; }

    /// <summary>When the call of the present step may have left for the first time; set with the durable intent.</summary>
    public DateTimeOffset? SubmittedAt { get; init; }

    public Guid? Permit { get; init; }

    /// <summary>The provider's id of the payment, once it is known.</summary>
    public string? PaymentId { get; init; }

    public ImmutableArray<string> CaptureIds { get; init; } = [];

    /// <summary>What can still be captured.</summary>
    public string Capturable { get; init; } = "0";

    public string Captured { get; init; } = "0";

    /// <summary>How many captures were posted.</summary>
    public int Captures { get; init; }

    public string Fee { get; init; } = "0";

    public string Refunded { get; init; } = "0";

    /// <summary>Reserved after another payment of its obligation had paid, or may have: it is only ever given back, and never captured for the merchant.</summary>
    public bool IsPaidOtherwise { get; init; }

    /// <summary>What lies in suspense, or lay there, while it is not decided whether this payment is honoured.</summary>
    public string Suspended { get; init; } = "0";

    /// <summary>What of <see cref="Captured"/> is at our bank.</summary>
    public string Settled { get; init; } = "0";

    /// <summary>What the scheme did not pay after all; taken back from the merchant.</summary>
    public string Reversed { get; init; } = "0";

    public string? FailureCode { get; init; }

    /// <summary>The requests to capture and void, in the order in which they were considered.</summary>
    public ImmutableArray<PaymentCommand> Commands { get; init; } = [];

    /// <summary>Disputes that were told of, and where they stand.</summary>
    public ImmutableArray<PaymentDispute> Disputes { get; init; } = [];

    /// <summary>Whether the payer approves it in the browser, and we ask for it then.</summary>
    [JsonIgnore]
    public bool IsApproval => PaymentSource == AuthorizationRequest.ApprovedByPayer;

    [JsonIgnore]
    public Money Ordered => FlowFacts.Amount(Amount, Asset);

    [JsonIgnore]
    public UInt128 CapturedUnits => Units(Captured);

    [JsonIgnore]
    public UInt128 CapturableUnits => Units(Capturable);

    [JsonIgnore]
    public UInt128 SuspendedUnits => Units(Suspended);

    [JsonIgnore]
    public UInt128 FeeUnits => Units(Fee);

    /// <summary>The command that is being carried out, or null.</summary>
    [JsonIgnore]
    public PaymentCommand? Open => Commands.IsEmpty || Commands[^1].Outcome is not null ? null : Commands[^1];

    public static PaymentFacts Of(Flow flow) => FlowFacts.Read<PaymentFacts>(flow.Data);

    /// <summary>With a command that is considered now: an attempt of it that never left is forgotten.</summary>
    public PaymentFacts With(PaymentCommand command) => this with { Commands = [.. Commands.Where(other => other.Id != command.Id), command] };

    /// <summary>With an outcome for the open command, when there is one.</summary>
    public PaymentFacts Closed(string outcome) =>
        Open is { } open ? this with { Commands = Commands.SetItem(Commands.Length - 1, open with { Outcome = outcome }) } : this;

    /// <summary>Before its call: not submitted.</summary>
    public PaymentFacts NotSubmitted() => this with { SubmittedAt = null, Permit = null };

    /// <summary>At the other acquirer, or null when there is none.</summary>
    public PaymentFacts? FailedOver() => Fallback is { } other
        ? NotSubmitted() with { Provider = other.Provider, PaymentSource = other.Source, Fallback = null, HasFailedOver = true }
        : null;

    public Money Units(UInt128 minorUnits) => new(minorUnits, Ordered.Asset);

    public UInt128 Units(string minorUnits) => FlowFacts.Amount(minorUnits, Asset).MinorUnits;
}

/// <param name="Id">Follows from the idempotency key.</param>
/// <param name="Hash">Of the request.</param>
/// <param name="Type"><see cref="CaptureType"/> or <see cref="VoidType"/>.</param>
/// <param name="Amount">Smallest units, as text; null for all.</param>
/// <param name="Outcome">Null while it is carried out.</param>
/// <param name="IsFinal">Whether a capture gives what is left back to the payer.</param>
/// <param name="Attempt">How often it was carried out before without having left.</param>
internal sealed record PaymentCommand(Guid Id, string Hash, string Type, string? Amount, string? Outcome, bool IsFinal = true, int Attempt = 0)
{
    /// <summary>Captures and voids that one payment considers, refused ones included; beyond them every further one is refused.</summary>
    public const int CountMax = 100;

    public const string CaptureType = "capture";
    public const string VoidType = "void";
    public const string Done = "done";
    public const string Refused = "refused";

    /// <summary>The payer was quicker than the void.</summary>
    public const string TooLate = "too_late";

    /// <summary>Nothing was sent, so that its key is free: a repeat is carried out (fault I-06).</summary>
    [JsonIgnore]
    public bool IsFree => Outcome == FailureCodes.ProviderUnavailable;
}

/// <param name="State">Of the dispute's flow.</param>
internal sealed record PaymentDispute(Guid Id, string State);

using System.Text.Json.Nodes;

namespace Florin.Tests.Payments.Sequences;

/// <summary>One scripted failure of a provider.</summary>
/// <param name="Member">The name of the number that belongs to the fault, if one does.</param>
internal sealed record PlannedFault(string Provider, string Operation, string Name, int Count, string? Member = null, long Value = 0)
{
    private const string Webhook = "webhook";
    private const string Mismatch = "amount_mismatch";

    private static readonly string[] OfCalls =
    [
        "timeout_after_effect", "timeout_before_effect", "error_500", "error_500_after_effect", "error_503", "error_429", "connection_reset",
        "connection_reset_before_effect", "malformed_body", "empty_body", "slow",
    ];

    private static readonly string[] OfReads = ["timeout_before_effect", "error_500", "error_503", "connection_reset", "malformed_body", "empty_body"];

    private static readonly string[] StripeReads =
        ["payment_intents.get", "payment_intents.list", "refunds.get", "refunds.list", "disputes.get", "events.list"];

    private static readonly string[] PayPalReads =
        ["orders.get", "captures.get", "refunds.get", "disputes.get", "webhooks_events.list", "oauth2.token"];

    private static readonly string[] OfWebhooks =
        ["duplicate_webhook", "late_webhook", "out_of_order", "drop_webhook", "bad_signature_webhook", "old_timestamp_webhook"];

    public JsonObject? More => Member is null ? null : new JsonObject { [Member] = Value };

    /// <summary>Whether the provider does something else than it is asked for.</summary>
    public bool Alters => Name == Mismatch;

    public static PlannedFault Altering(Random random, string provider) =>
        new(provider, OperationOf(provider, StepKind.Pay), Mismatch, 1, "amount_delta", 100 * (random.Next(2) == 0 ? -1 : 1));

    /// <param name="kind">What is called next.</param>
    public static PlannedFault? Draw(Random random, string provider, StepKind kind)
    {
        int drawn = random.Next(100);
        if (drawn < 55)
        {
            return null;
        }

        int count = 1 + random.Next(2);
        string operation = OperationOf(provider, kind);
        bool isStripe = provider == ProviderRecord.Stripe;
        return drawn switch
        {
            < 75 => OfCall(provider, operation, random.GetItems(OfCalls, 1)[0], random),
            < 81 => new PlannedFault(provider, random.GetItems(isStripe ? StripeReads : PayPalReads, 1)[0], random.GetItems(OfReads, 1)[0], count),
            < 83 when isStripe => new PlannedFault(provider, random.Next(2) == 0 ? "payment_intents.list" : "refunds.list", "not_found_for", 1, "seconds", 2),
            _ => OfWebhook(provider, random.GetItems(OfWebhooks, 1)[0], count, random),
        };
    }

    public override string ToString() => $"{Name} of {Provider}'s {Operation}{(Member is null ? "" : $" ({Member} {Value})")} {Count}x";

    private static string OperationOf(string provider, StepKind kind) => (provider, kind) switch
    {
        (ProviderRecord.PayPal, StepKind.Pay) => "orders.create",
        (ProviderRecord.PayPal, StepKind.Capture) => "authorizations.capture",
        (ProviderRecord.PayPal, StepKind.Void) => "authorizations.void",
        (ProviderRecord.PayPal, StepKind.Refund) => "captures.refund",
        (_, StepKind.Pay) => "payment_intents.create",
        (_, StepKind.Capture) => "payment_intents.capture",
        (_, StepKind.Void) => "payment_intents.cancel",
        (_, StepKind.Refund) => "refunds.create",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static PlannedFault OfCall(string provider, string operation, string name, Random random) => name == "slow"
        ? new PlannedFault(provider, operation, name, 1, "delay_ms", 100 + random.Next(700))
        : new PlannedFault(provider, operation, name, 1);

    private static PlannedFault OfWebhook(string provider, string name, int count, Random random) => name == "late_webhook"
        ? new PlannedFault(provider, Webhook, name, count, "seconds", 1 + random.Next(60))
        : new PlannedFault(provider, Webhook, name, count * 2);
}

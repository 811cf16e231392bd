using System.Text.Json.Nodes;

namespace Florin.Tests.Payments.Sequences;

/// <summary>One scripted failure of the provider.</summary>
/// <param name="Member">The name of the number that belongs to the fault, if one does.</param>
internal sealed record PlannedFault(string Operation, string Name, int Count, string? Member = null, long Value = 0)
{
    private const string Webhook = "webhook";

    private static readonly string[] OfCalls =
    [
        "timeout_after_effect", "timeout_before_effect", "error_500", "error_500_after_effect", "error_503", "error_429", "connection_reset",
        "connection_reset_before_effect", "malformed_body", "empty_body", "slow",
    ];

    private static readonly string[] OfReads = ["timeout_before_effect", "error_500", "error_503", "connection_reset", "malformed_body", "empty_body"];

    private static readonly string[] Reads =
        ["payment_intents.get", "payment_intents.list", "refunds.get", "refunds.list", "disputes.get", "events.list"];

    private static readonly string[] OfWebhooks =
        ["duplicate_webhook", "late_webhook", "out_of_order", "drop_webhook", "bad_signature_webhook", "old_timestamp_webhook"];

    public JsonObject? More => Member is null ? null : new JsonObject { [Member] = Value };

    /// <param name="operation">What is called next.</param>
    /// <param name="mayAlter">Whether the provider may do something else than it is asked for.</param>
    public static PlannedFault? Draw(Random random, string operation, bool mayAlter)
    {
        int kind = random.Next(100);
        if (kind < 55)
        {
            return null;
        }

        int count = 1 + random.Next(2);
        return kind switch
        {
            < 75 => OfCall(operation, random.GetItems(OfCalls, 1)[0], random),
            < 81 => new PlannedFault(random.GetItems(Reads, 1)[0], random.GetItems(OfReads, 1)[0], count),
            < 83 => new PlannedFault(random.Next(2) == 0 ? "payment_intents.list" : "refunds.list", "not_found_for", 1, "seconds", 2),
            < 85 when mayAlter => new PlannedFault(operation, "amount_mismatch", 1, "amount_delta", 100 * (random.Next(2) == 0 ? -1 : 1)),
            _ => OfWebhook(random.GetItems(OfWebhooks, 1)[0], count, random),
        };
    }

    public override string ToString() => $"{Name} of {Operation}{(Member is null ? "" : $" ({Member} {Value})")} {Count}x";

    private static PlannedFault OfCall(string operation, string name, Random random) =>
        name == "slow" ? new PlannedFault(operation, name, 1, "delay_ms", 100 + random.Next(700)) : new PlannedFault(operation, name, 1);

    private static PlannedFault OfWebhook(string name, int count, Random random) =>
        name == "late_webhook" ? new PlannedFault(Webhook, name, count, "seconds", 1 + random.Next(60)) : new PlannedFault(Webhook, name, count * 2);
}

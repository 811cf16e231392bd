using System.Text.Json;
using Florin.Providers.Resilience;

namespace Florin.Providers.PayPal;

/// <summary>Reads the envelope of an event, as a webhook brings it and as the list of events shows it.</summary>
internal static class PayPalEvent
{
    /// <remarks>What is kept of it names nobody: see <see cref="PayPalEventText"/>.</remarks>
    /// <returns><see langword="null"/> when it is no event.</returns>
    public static ProviderEvent? Read(JsonElement root, bool isLive)
        => root.Text("id") is { Length: > 0 } id && root.Text("event_type") is { Length: > 0 } type
            && root.Time("create_time") is { } created && root.Object("resource") is { } resource
            ? new ProviderEvent(id, type, ObjectId(resource), Reference(resource), isLive, created, PayPalEventText.Mask(root.GetRawText()))
            : null;

    /// <summary>Payouts are told by their batch, which is what we know them by; disputes have an id of their own name.</summary>
    public static string ObjectId(JsonElement resource)
        => resource.Text("payout_batch_id") ?? resource.Object("batch_header")?.Text("payout_batch_id") ?? resource.Text("dispute_id") ?? resource.Text("id") ?? string.Empty;

    public static string? Reference(JsonElement resource)
        => resource.Text("custom_id")
            ?? resource.Object("payout_item")?.Text("sender_item_id")
            ?? resource.Objects("purchase_units").FirstOrDefault().Text("custom_id")
            ?? resource.Objects("disputed_transactions").FirstOrDefault().Text("custom");
}

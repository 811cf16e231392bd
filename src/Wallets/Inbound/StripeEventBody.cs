using System.Text.Json;

namespace Florin.Wallets.Inbound;

/// <summary>What a stored Stripe event says about where it belongs. Nothing in it is believed about money: that is read from Stripe.</summary>
/// <param name="IsLive"><see langword="null"/> when the event does not say.</param>
/// <param name="ObjectId">The payment or payout that it is about; for an event of a charge, its payment.</param>
/// <param name="OurReference">Our flow's id in the object's metadata, or null.</param>
internal sealed record StripeEventBody(bool? IsLive, string? ObjectId, string? OurReference)
{
    /// <summary>Under which the connector keeps our reference at Stripe.</summary>
    private const string ReferenceKey = "florin_reference";

    /// <returns><see langword="null"/> when the body is no such event.</returns>
    public static StripeEventBody? Read(string body)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            JsonElement root = document.RootElement;
            if (Member(Member(root, "data"), "object") is not { ValueKind: JsonValueKind.Object } subject)
            {
                return null;
            }

            string? objectId = Text(subject, "object") == "charge" ? Text(subject, "payment_intent") : Text(subject, "id");
            string? reference = Member(subject, "metadata") is { } metadata ? Text(metadata, ReferenceKey) : null;
            return new StripeEventBody(Flag(root, "livemode"), objectId, reference);
        }
        catch (JsonException)
        {
            // The event was stored as it came; what cannot be read is for a person.
            return null;
        }
    }

    private static JsonElement? Member(JsonElement? element, string name) =>
        element is { ValueKind: JsonValueKind.Object } owner && owner.TryGetProperty(name, out JsonElement member) ? member : null;

    private static string? Text(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.String } member ? member.GetString() : null;

    private static bool? Flag(JsonElement element, string name) => Member(element, name)?.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };
}

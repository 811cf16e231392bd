using System.Text.Json;

namespace Florin.Providers;

/// <summary>What a stored Stripe event says about where it belongs. Nothing in it is believed about money: that is read from Stripe.</summary>
/// <param name="IsLive"><see langword="null"/> when the event does not say.</param>
/// <param name="ObjectType">Stripe's word for the object: <c>payment_intent</c>, <c>charge</c>, <c>refund</c>, <c>dispute</c>, …</param>
/// <param name="ObjectId">The payment, payout, refund or dispute that it is about; for an event of a charge, its payment.</param>
/// <param name="PaymentId">The payment that the object belongs to, or null.</param>
/// <param name="OurReference">Our flow's id in the object's metadata, or null.</param>
public sealed record StripeEventBody(bool? IsLive, string? ObjectType, string? ObjectId, string? PaymentId, string? OurReference)
{
    /// <summary>Under which the connector keeps our reference at Stripe.</summary>
    private const string ReferenceKey = Stripe.StripeObjects.ReferenceKey;

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

            string? type = Text(subject, "object");
            string? payment = type == "payment_intent" ? Text(subject, "id") : Text(subject, "payment_intent");
            string? objectId = type == "charge" ? payment : Text(subject, "id");
            string? reference = Member(subject, "metadata") is { } metadata ? Text(metadata, ReferenceKey) : null;
            return new StripeEventBody(Flag(root, "livemode"), type, objectId, payment, reference);
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

using System.Text;
using System.Text.Json;
using Florin.Providers.PayPal;
using Florin.Providers.Resilience;

namespace Florin.Providers;

/// <summary>What a stored PayPal event says about where it belongs. Nothing in it is believed about money: that is read from PayPal.</summary>
/// <param name="ObjectId">PayPal's id of what it is about; empty when it names none.</param>
/// <param name="OrderId">The order of a capture or an authorisation, or the order itself; <see langword="null"/> for everything else.</param>
/// <param name="OurReference">Our flow's id, or null.</param>
public sealed record PayPalEventBody(string ObjectId, string? OrderId, string? OurReference)
{
    /// <returns><see langword="null"/> when the body is no such event.</returns>
    public static PayPalEventBody? Read(string body)
    {
        if (!ProviderJson.TryParse(Encoding.UTF8.GetBytes(body), out JsonDocument? document))
        {
            return null;
        }

        using (document)
        {
            if (document.RootElement.Object("resource") is not { } resource)
            {
                return null;
            }

            string? order = resource.List("purchase_units") is null
                ? resource.Object("supplementary_data")?.Object("related_ids")?.Text("order_id")
                : resource.Text("id");
            return new PayPalEventBody(PayPalEvent.ObjectId(resource), order, PayPalEvent.Reference(resource));
        }
    }
}

using System.Text.Json;
using Florin.Providers.Resilience;

namespace Florin.Providers.PayPal;

/// <summary>Reads PayPal's objects by their ids.</summary>
internal sealed class PayPalReads(PayPalClient client, PayPalOutcomes outcomes)
{
    public ValueTask<ProviderLookup<PayPalOrder>> OrderAsync(string operation, string orderId, CancellationToken cancellationToken)
        => ReadAsync(operation, "/v2/checkout/orders/", orderId, PayPalOrder.Read, cancellationToken);

    /// <summary>The payment that a capture belongs to.</summary>
    public ValueTask<ProviderLookup<string>> OrderOfCaptureAsync(string operation, string captureId, CancellationToken cancellationToken)
        => ReadAsync(
            operation,
            "/v2/payments/captures/",
            captureId,
            json => json.Object("supplementary_data")?.Object("related_ids")?.Text("order_id"),
            cancellationToken);

    public async ValueTask<ProviderLookup<T>> ReadAsync<T>(
        string operation, string path, string id, Func<JsonElement, T?> read, CancellationToken cancellationToken)
        where T : class
    {
        if (!PayPalIds.IsId(id))
        {
            return outcomes.Unavailable<T>(operation, "not an id of the provider's");
        }

        PayPalCall call = client.Get(operation, path + id);
        return outcomes.Lookup(call, await client.SendAsync(call, cancellationToken), read);
    }
}

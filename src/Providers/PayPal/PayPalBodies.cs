using System.Text.Json;

namespace Florin.Providers.PayPal;

/// <summary>Writes the bodies that we send. Nothing in them depends on the time or on chance: a repeat is the same request.</summary>
internal static class PayPalBodies
{
    private const int DescriptorMax = 22;

    public static readonly byte[] Empty = "{}"u8.ToArray();

    /// <summary>An order that charges a stored wallet at once, or waits until its payer has approved it and we ask for it.</summary>
    public static byte[] Order(AuthorizationRequest request, string value) => Write(json =>
    {
        json.WriteString("intent", request.Capture == CaptureMode.Automatic ? "CAPTURE" : "AUTHORIZE");
        json.WriteStartArray("purchase_units");
        json.WriteStartObject();
        Amount(json, value, request.Currency);
        json.WriteString("custom_id", request.OurReference);

        // Unique: when the request id is forgotten after six hours, a repeat is refused by this one.
        json.WriteString("invoice_id", request.OurReference);
        if (Descriptor(request.Description) is { Length: > 0 } descriptor)
        {
            json.WriteString("soft_descriptor", descriptor);
        }

        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteStartObject("payment_source");
        json.WriteStartObject("paypal");
        if (request.IsApprovedByPayer)
        {
            Experience(json, request.ReturnUrl!, request.CancelUrl!, isPaidAtOnce: true);
        }
        else
        {
            StoredCredential(json, request.PaymentSource);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    });

    public static byte[] Capture(CaptureRequest request, string value) => Write(json =>
    {
        Amount(json, value, request.Currency);
        json.WriteBoolean("final_capture", request.IsFinal);
    });

    public static byte[] Refund(RefundRequest request, string value) => Write(json =>
    {
        Amount(json, value, request.Currency);
        json.WriteString("custom_id", request.OurReference);
    });

    /// <summary>One item for each batch: a batch is taken or refused as a whole.</summary>
    public static byte[] Payout(PayoutRequest request, string value, string batchId) => Write(json =>
    {
        json.WriteStartObject("sender_batch_header");
        json.WriteString("sender_batch_id", batchId);
        json.WriteEndObject();
        json.WriteStartArray("items");
        json.WriteStartObject();
        json.WriteString("recipient_type", PayPalIds.IsEmail(request.Destination) ? "EMAIL" : "PAYPAL_ID");
        json.WriteString("receiver", request.Destination);
        json.WriteString("sender_item_id", request.OurReference);
        json.WriteStartObject("amount");
        json.WriteString("currency", request.Currency);
        json.WriteString("value", value);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
    });

    /// <summary>A wallet that is to be stored for charges without its payer.</summary>
    public static byte[] Setup(SourceSetupRequest request) => Write(json =>
    {
        json.WriteStartObject("payment_source");
        json.WriteStartObject("paypal");
        json.WriteString("usage_type", "MERCHANT");
        Experience(json, request.ReturnUrl, request.CancelUrl, isPaidAtOnce: false);
        json.WriteEndObject();
        json.WriteEndObject();
    });

    public static byte[] Token(string setupId) => Write(json =>
    {
        json.WriteStartObject("payment_source");
        json.WriteStartObject("token");
        json.WriteString("id", setupId);
        json.WriteString("type", "SETUP_TOKEN");
        json.WriteEndObject();
        json.WriteEndObject();
    });

    public static byte[] Evidence(IReadOnlyDictionary<string, string> evidence) => Write(json =>
    {
        json.WriteStartArray("evidences");
        foreach ((string type, string notes) in evidence.OrderBy(item => item.Key, StringComparer.Ordinal))
        {
            json.WriteStartObject();
            json.WriteString("evidence_type", type);
            json.WriteString("notes", notes);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private static void StoredCredential(Utf8JsonWriter json, string vaultId)
    {
        json.WriteString("vault_id", vaultId);
        json.WriteStartObject("stored_credential");
        json.WriteString("payment_initiator", "MERCHANT");
        json.WriteString("usage", "SUBSEQUENT");
        json.WriteString("usage_pattern", "UNSCHEDULED_POSTPAID");
        json.WriteEndObject();
    }

    /// <summary>What PayPal's page shows the payer, and where the payer goes from there.</summary>
    /// <param name="isPaidAtOnce">Whether the page says "pay now": nothing is shown to the payer afterwards.</param>
    private static void Experience(Utf8JsonWriter json, string returnUrl, string cancelUrl, bool isPaidAtOnce)
    {
        json.WriteStartObject("experience_context");
        json.WriteString("return_url", returnUrl);
        json.WriteString("cancel_url", cancelUrl);
        json.WriteString("shipping_preference", "NO_SHIPPING");
        if (isPaidAtOnce)
        {
            json.WriteString("user_action", "PAY_NOW");
        }

        json.WriteEndObject();
    }

    private static string? Descriptor(string? description)
        => description is null ? null : string.Concat(description.Where(c => char.IsAsciiLetterOrDigit(c) || c is ' ' or '-' or '.' or '*').Take(DescriptorMax)).Trim();

    private static void Amount(Utf8JsonWriter json, string value, string currency)
    {
        json.WriteStartObject("amount");
        json.WriteString("currency_code", currency);
        json.WriteString("value", value);
        json.WriteEndObject();
    }

    private static byte[] Write(Action<Utf8JsonWriter> write)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return stream.ToArray();
    }
}

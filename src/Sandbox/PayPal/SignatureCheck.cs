using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Florin.Sandbox.PayPal;

/// <summary><c>POST /v1/notifications/verify-webhook-signature</c>: works on the raw bytes of the event in the request.</summary>
internal static class SignatureCheck
{
    public const string Path = "/v1/notifications/verify-webhook-signature";

    public static PayPalAnswer Answer(PayPalSession session, SigningCertificate signing, string text)
    {
        JsonElement body;
        try
        {
            using var document = JsonDocument.Parse(text);
            body = document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return PayPalAnswer.Issue("MALFORMED_REQUEST_JSON");
        }

        string[] names = ["auth_algo", "cert_url", "transmission_id", "transmission_sig", "transmission_time", "webhook_id"];
        if (body.ValueKind != JsonValueKind.Object || !body.TryGetProperty("webhook_event", out var told)
            || names.Any(name => !body.TryGetProperty(name, out var member) || member.ValueKind != JsonValueKind.String))
        {
            return PayPalAnswer.Issue("MISSING_REQUIRED_PARAMETER");
        }

        string Of(string name) => body.GetProperty(name).GetString()!;
        var signature = new byte[Of("transmission_sig").Length];
        var message = PayPalWebhookScheme.Message(
            Of("transmission_id"), Of("transmission_time"), Of("webhook_id"), Encoding.UTF8.GetBytes(told.GetRawText()));
        var isGood = session.Unit.Find(PayPalTypes.Webhook, Of("webhook_id")) is not null
            && Convert.TryFromBase64String(Of("transmission_sig"), signature, out var length)
            && signing.Verify(message, signature.AsSpan(0, length));
        return PayPalAnswer.Ok(new JsonObject { ["verification_status"] = isGood ? "SUCCESS" : "FAILURE" });
    }
}

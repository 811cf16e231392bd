using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Florin.Sandbox.Clock;
using Florin.Sandbox.Faults;
using Florin.Sandbox.State;
using Florin.Sandbox.Webhooks;

namespace Florin.Sandbox.PayPal;

/// <summary>How PayPal signs a webhook: RSA over the transmission's id and time, the webhook's id, and the body's CRC-32.</summary>
internal sealed class PayPalWebhookScheme(SigningCertificate signing, SandboxOptions options, SandboxClock clock, SandboxIds ids) : IWebhookScheme
{
    private const string Algorithm = "SHA256withRSA";

    /// <summary>How old a transmission is that the fault <c>old_timestamp_webhook</c> sends: PayPal itself tries for three days.</summary>
    private static readonly TimeSpan Old = TimeSpan.FromDays(4);

    public string Provider => PayPalWorld.ProviderName;

    public (string Type, string Subject) Describe(JsonObject told)
    {
        var resource = told["resource"]!.AsObject();
        return (told.Text("event_type")!, resource.Text("id") ?? resource.Text("payout_item_id") ?? resource.Text("dispute_id") ?? told.Text("id")!);
    }

    public void AlterAmount(JsonObject told, Fault fault) => PayPalMismatch.Alter(told["resource"], fault);

    public void Sign(HttpRequestMessage request, StoredObject endpoint, byte[] body, Fault? fault)
    {
        var at = clock.RealNow - (fault?.Kind == FaultKind.OldTimestampWebhook ? Old : TimeSpan.Zero);
        var id = ids.Text(36).ToLowerInvariant();
        var time = PayPalSession.Time(at);
        var webhookId = fault?.Kind == FaultKind.BadSignatureWebhook ? "NOT-THIS-WEBHOOK" : endpoint.Id;
        request.Headers.TryAddWithoutValidation("User-Agent", "PayPal/AUHR-214.0-56409811");
        request.Headers.TryAddWithoutValidation("PAYPAL-TRANSMISSION-ID", id);
        request.Headers.TryAddWithoutValidation("PAYPAL-TRANSMISSION-TIME", time);
        request.Headers.TryAddWithoutValidation("PAYPAL-TRANSMISSION-SIG", Convert.ToBase64String(signing.Sign(Message(id, time, webhookId, body))));
        request.Headers.TryAddWithoutValidation("PAYPAL-CERT-URL", $"{options.PublicUrl}/paypal{SigningCertificate.Path}CERT-360caa42-fca2a594-1d93a270");
        request.Headers.TryAddWithoutValidation("PAYPAL-AUTH-ALGO", Algorithm);
    }

    public static byte[] Message(string id, string time, string webhookId, ReadOnlySpan<byte> body) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}|{time}|{webhookId}|{Crc32.Of(body)}"));
}

using System.Text.Json;
using Florin.Providers.Resilience;

namespace Florin.Providers.PayPal;

/// <summary>Says in the port's words what a refund is.</summary>
internal static class PayPalRefunds
{
    private const string CapturePath = "/v2/payments/captures/";

    public static AcquirerRefund Of(PayPalPart refund, string paymentId)
    {
        AcquirerRefundStatus status = refund.Status switch
        {
            "PENDING" => AcquirerRefundStatus.Pending,
            "COMPLETED" => AcquirerRefundStatus.Succeeded,
            "FAILED" or "CANCELLED" => AcquirerRefundStatus.Failed,
            _ => AcquirerRefundStatus.Unrecognised,
        };
        string? failure = status == AcquirerRefundStatus.Failed ? refund.Reason ?? refund.Status : null;
        return new AcquirerRefund(refund.Id, paymentId, status, refund.MinorUnits, refund.Currency, refund.CustomId, failure, refund.Status);
    }

    /// <summary>The capture that a refund gives back, from its link upwards; only the id is taken from the link.</summary>
    public static string? CaptureOf(JsonElement json)
    {
        string? link = json.Objects("links").Where(item => item.Text("rel") == "up").Select(item => item.Text("href")).FirstOrDefault();
        int at = link?.IndexOf(CapturePath, StringComparison.Ordinal) ?? -1;
        string? id = at < 0 ? null : link![(at + CapturePath.Length)..];
        return id is not null && PayPalIds.IsId(id) ? id : null;
    }
}

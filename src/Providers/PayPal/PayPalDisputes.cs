using System.Text;
using Florin.Providers.Resilience;

namespace Florin.Providers.PayPal;

/// <summary>Reads disputes and hands in evidence.</summary>
/// <remarks>
/// Evidence has no request id at PayPal, and a dispute takes it only while it waits for us: a lost answer is unknown, and the dispute's state tells.
/// What PayPal charges for a dispute is not part of it: the fee is in the settlement report (T0106), and 0 here.
/// </remarks>
internal sealed class PayPalDisputes(PayPalClient client, PayPalOutcomes outcomes, PayPalReads reads)
{
    private const string Path = "/v1/customer/disputes/";
    private const string Boundary = "florin-evidence-7MA4YWxkTrZu0gW";
    private const int EvidencesMax = 20;
    private const int TypeLengthMax = 255;
    private const int NotesLengthMax = 2000;

    public async ValueTask<ProviderLookup<AcquirerDispute>> GetAsync(string disputeId, CancellationToken cancellationToken)
    {
        const string operation = "get_dispute";
        ProviderLookup<PayPalDispute> lookup = await reads.ReadAsync(operation, Path, disputeId, PayPalDispute.Read, cancellationToken);
        if (lookup is not ProviderLookup<PayPalDispute>.Found { Value: var dispute })
        {
            return lookup is ProviderLookup<PayPalDispute>.Unavailable unavailable
                ? new ProviderLookup<AcquirerDispute>.Unavailable(unavailable.Reason)
                : new ProviderLookup<AcquirerDispute>.NotFound();
        }

        return await reads.OrderOfCaptureAsync(operation, dispute.CaptureId, cancellationToken) is ProviderLookup<string>.Found { Value: var payment }
            ? new ProviderLookup<AcquirerDispute>.Found(dispute.ToDispute(payment))
            : new ProviderLookup<AcquirerDispute>.Unavailable("the disputed capture cannot be read");
    }

    public async ValueTask<ProviderOutcome<AcquirerDispute>> SubmitAsync(
        string disputeId, IReadOnlyDictionary<string, string> evidence, string idempotencyKey, CancellationToken cancellationToken)
    {
        const string operation = "submit_evidence";
        _ = PayPalIds.RequestId(idempotencyKey, operation);
        if (!PayPalIds.IsId(disputeId))
        {
            return outcomes.Refused<AcquirerDispute>(operation, PayPalRefusals.InvalidDispute);
        }

        if (evidence.Count is 0 or > EvidencesMax || !evidence.All(IsEvidence))
        {
            return outcomes.Refused<AcquirerDispute>(operation, PayPalRefusals.InvalidEvidence);
        }

        PayPalCall call = client.Post(
            operation, CallKind.Money, $"{Path}{disputeId}/provide-evidence", Multipart(PayPalBodies.Evidence(evidence)), null, $"multipart/form-data; boundary={Boundary}");
        ProviderAttempt attempt = await client.SendAsync(call, cancellationToken);
        if (!attempt.IsSuccess)
        {
            return outcomes.Outcome<AcquirerDispute>(call, attempt, _ => null);
        }

        // The answer has links alone: what became of the dispute has to be read.
        ProviderLookup<AcquirerDispute> now = await GetAsync(disputeId, cancellationToken);
        return outcomes.Outcome<AcquirerDispute>(
            call,
            attempt,
            _ => now is ProviderLookup<AcquirerDispute>.Found { Value: var dispute }
                ? new ProviderOutcome<AcquirerDispute>.Accepted(dispute)
                : new ProviderOutcome<AcquirerDispute>.Unknown("the evidence was taken, and the dispute cannot be read"));
    }

    private static bool IsEvidence(KeyValuePair<string, string> item)
        => item.Key.Length is > 0 and <= TypeLengthMax && item.Key.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c == '_')
            && item.Value.Length is > 0 and <= NotesLengthMax;

    /// <summary>JSON escapes line breaks and all but ASCII, so that the boundary cannot stand in it at the start of a line.</summary>
    private static byte[] Multipart(byte[] input)
        =>
        [
            .. Encoding.ASCII.GetBytes($"--{Boundary}\r\nContent-Disposition: form-data; name=\"input\"\r\nContent-Type: application/json\r\n\r\n"),
            .. input,
            .. Encoding.ASCII.GetBytes($"\r\n--{Boundary}--\r\n"),
        ];
}

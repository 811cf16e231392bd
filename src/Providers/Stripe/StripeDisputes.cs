using Florin.Providers.Resilience;

namespace Florin.Providers.Stripe;

/// <summary>Reads disputes and hands in evidence.</summary>
internal sealed class StripeDisputes(StripeClient client, StripeOutcomes outcomes)
{
    /// <summary>The longest text of one piece of evidence. Source: Stripe's limit for each of the evidence texts.</summary>
    private const int TextLengthMax = 20_000;

    private const int NameLengthMax = 64;

    /// <summary>Put into the dispute, for it tells the currency of the payment.</summary>
    private const string Charge = "charge";

    public async ValueTask<ProviderLookup<AcquirerDispute>> GetAsync(string disputeId, CancellationToken cancellationToken)
    {
        const string operation = "get_dispute";
        if (!StripeIds.IsDispute(disputeId))
        {
            return outcomes.Unavailable<AcquirerDispute>(operation, "not the provider's id of a dispute");
        }

        ProviderCall call = client.Get(operation, $"/v1/disputes/{disputeId}", new StripeForm().AddItem("expand", Charge));
        return outcomes.Lookup(call, await client.SendAsync(call, cancellationToken), StripeAcquirerObjects.Dispute);
    }

    public async ValueTask<ProviderOutcome<AcquirerDispute>> SubmitAsync(
        string disputeId, IReadOnlyDictionary<string, string> evidence, string idempotencyKey, CancellationToken cancellationToken)
    {
        const string operation = "submit_evidence";
        if (!StripeIds.IsDispute(disputeId) || evidence.Count == 0 || !evidence.All(IsGood))
        {
            return outcomes.Refused<AcquirerDispute>(operation, StripeRefusals.InvalidEvidence);
        }

        StripeForm form = new();
        foreach ((string name, string text) in evidence.OrderBy(item => item.Key, StringComparer.Ordinal))
        {
            form = form.AddField("evidence", name, text);
        }

        ProviderCall call = client.Post(operation, CallKind.Change, $"/v1/disputes/{disputeId}", form.Add("submit", value: true).AddItem("expand", Charge), idempotencyKey);
        return outcomes.Outcome(call, await client.SendAsync(call, cancellationToken), StripeAcquirerObjects.Dispute);
    }

    private static bool IsGood(KeyValuePair<string, string> item) =>
        item.Key.Length is > 0 and <= NameLengthMax && item.Key.All(character => char.IsAsciiLetterLower(character) || character == '_')
        && item.Value.Length is > 0 and <= TextLengthMax;
}

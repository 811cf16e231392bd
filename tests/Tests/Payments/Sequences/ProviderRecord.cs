using Florin.Tests.Support;

namespace Florin.Tests.Payments.Sequences;

/// <summary>What the providers believe at the end, in plain words. Amounts are in ISO 4217's smallest units.</summary>
internal sealed record ProviderRecord(
    IReadOnlyList<ProviderCharge> Charges, IReadOnlyList<ProviderRefund> Refunds, IReadOnlyList<ProviderDispute> Disputes, IReadOnlyList<string> PayPalEvents)
{
    public const string Stripe = "stripe";
    public const string PayPal = "paypal";

    public static async Task<ProviderRecord> ReadAsync(SandboxProcess sandbox)
    {
        ProviderRecord stripe = await StripeRecord.ReadAsync(sandbox);
        ProviderRecord paypal = await PayPalRecord.ReadAsync(sandbox);
        return new ProviderRecord(
            [.. stripe.Charges, .. paypal.Charges], [.. stripe.Refunds, .. paypal.Refunds], [.. stripe.Disputes, .. paypal.Disputes], paypal.PayPalEvents);
    }

    public IEnumerable<ProviderRefund> RefundsOf(ProviderCharge charge) => Refunds.Where(refund => refund.ChargeId == charge.Id);

    public IEnumerable<ProviderDispute> DisputesOf(ProviderCharge charge) => Disputes.Where(dispute => dispute.ChargeId == charge.Id);
}

/// <param name="Reference">The flow's id, when it carries one.</param>
/// <param name="Amount">Asked for.</param>
/// <param name="Capturable">Reserved still.</param>
internal sealed record ProviderCharge(string Provider, string Id, string? Reference, string Currency, long Amount, long Captured, long Capturable, string Status)
{
    public string Clearing => $"psp:{Provider}:clearing";
}

/// <param name="Status">pending, succeeded or failed.</param>
/// <param name="Created">Seconds of the provider's clock.</param>
internal sealed record ProviderRefund(string Provider, string Id, string? Reference, string ChargeId, long Amount, string Status, long Created)
{
    /// <summary>The flow that it is of; a refund over several captures is asked for in parts, which are told apart by a number behind it.</summary>
    public string? FlowId => Reference?.Split(':')[0];

    /// <summary>Whether the payer has the money, or will have.</summary>
    public bool IsGiven => Status is "succeeded" or "pending";

    public string Clearing => $"psp:{Provider}:clearing";
}

/// <param name="Withheld">What the provider took for it and has not given back.</param>
/// <param name="Fees">What it keeps for its trouble.</param>
/// <param name="State">In our words: inquiry, needs_response, under_review, won or lost.</param>
internal sealed record ProviderDispute(string Provider, string Id, string ChargeId, long Amount, long Withheld, long Fees, string State, long Created)
{
    public string Clearing => $"psp:{Provider}:clearing";
}

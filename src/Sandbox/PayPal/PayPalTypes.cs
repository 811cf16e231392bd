namespace Florin.Sandbox.PayPal;

/// <summary>The types of PayPal's objects in its world; those with an underscore are book-keeping and shown to nobody.</summary>
internal static class PayPalTypes
{
    public const string Order = "order";
    public const string Authorization = "authorization";
    public const string Capture = "capture";
    public const string Refund = "refund";
    public const string SetupToken = "setup_token";
    public const string PaymentToken = "payment_token";
    public const string PayoutBatch = "payout_batch";
    public const string PayoutItem = "payout_item";
    public const string Dispute = "dispute";

    /// <summary>One movement of the balance, as the transaction search lists it.</summary>
    public const string Transaction = "transaction";
    public const string Event = "event";
    public const string Webhook = "webhook";

    /// <summary>An OAuth token that was given out.</summary>
    public const string AccessToken = "_access_token";

    /// <summary>What can be paid out in one currency.</summary>
    public const string Balance = "_balance";

    /// <summary>An invoice id that a payment has used up.</summary>
    public const string Invoice = "_invoice";

    /// <summary>A sender's batch id, and the batch that it belongs to.</summary>
    public const string SenderBatch = "_sender_batch";

    /// <summary>The key and the certificates that sign webhooks.</summary>
    public const string Signing = "_signing";
}

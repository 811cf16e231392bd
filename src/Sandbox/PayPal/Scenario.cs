namespace Florin.Sandbox.PayPal;

/// <summary>What the sandbox's own vault ids will do; every other payment token pays. The real service has the mock header instead.</summary>
internal static class Scenario
{
    /// <summary>Pays at once.</summary>
    public const string Pays = "sandbox_ok";

    /// <summary>The charge is refused with the issue that follows: <c>sandbox_decline_TRANSACTION_REFUSED</c>.</summary>
    public const string DeclinePrefix = "sandbox_decline_";

    /// <summary>The order waits for its payer.</summary>
    public const string PayerAction = "sandbox_payer_action";

    /// <summary>The order is approved and not charged: the merchant has to ask for it.</summary>
    public const string Approved = "sandbox_approved";

    /// <summary>The capture is answered with the status DECLINED.</summary>
    public const string CaptureDeclined = "sandbox_capture_declined";

    public const string CapturePending = "sandbox_capture_pending";

    /// <summary>Pending, and declined after a delay.</summary>
    public const string CapturePendingDeclined = "sandbox_capture_pending_declined";

    /// <summary>The authorisation is answered with the status DENIED.</summary>
    public const string AuthorizationDenied = "sandbox_authorization_denied";

    /// <summary>Refunds are pending, and completed after a delay.</summary>
    public const string RefundPending = "sandbox_refund_pending";

    /// <summary>Refunds are pending, and fail after a delay.</summary>
    public const string RefundFails = "sandbox_refund_fails";

    /// <summary>Refunds are completed, and fail all the same after a delay.</summary>
    public const string RefundFailsLate = "sandbox_refund_fails_late";

    /// <summary>A chargeback is opened after a delay.</summary>
    public const string Disputed = "sandbox_dispute";

    /// <summary>An inquiry is opened after a delay: no money moves yet.</summary>
    public const string Inquiry = "sandbox_inquiry";

    /// <summary>PayPal takes the captured money back after a delay.</summary>
    public const string Reversed = "sandbox_reversed";

    private static readonly string[] Names =
    [
        Pays, PayerAction, Approved, CaptureDeclined, CapturePending, CapturePendingDeclined, AuthorizationDenied, RefundPending, RefundFails,
        RefundFailsLate, Disputed, Inquiry, Reversed,
    ];

    public static bool IsKnown(string vaultId) => Names.Contains(vaultId) || IssueOf(vaultId) is not null;

    public static string? IssueOf(string vaultId) =>
        vaultId.StartsWith(DeclinePrefix, StringComparison.Ordinal) && PayPalIssues.IsKnown(vaultId[DeclinePrefix.Length..])
            ? vaultId[DeclinePrefix.Length..]
            : null;
}

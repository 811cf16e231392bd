using System.Collections.Frozen;

namespace Florin.Sandbox.Faults;

/// <summary>What can go wrong on purpose. The names on the wire are in <see cref="FaultKinds.Names"/>.</summary>
internal enum FaultKind
{
    /// <summary>The work is done and stored; the connection is held and then cut.</summary>
    TimeoutAfterEffect = 1,

    /// <summary>Nothing is done; the connection is held and then cut.</summary>
    TimeoutBeforeEffect = 2,

    /// <summary>A 500 instead of the work. As with any answer of an endpoint, the idempotency key remembers it.</summary>
    Error500 = 3,

    /// <summary>The work is done; the answer, which the idempotency key remembers, is a 500.</summary>
    Error500AfterEffect = 4,

    /// <summary>A 503 from in front of the endpoint: nothing is done and no key remembers it.</summary>
    Error503 = 5,

    /// <summary>A 429 from the rate limiter, which stands in front of the idempotency layer.</summary>
    Error429 = 6,

    /// <summary>The work is done and stored; the connection is reset.</summary>
    ConnectionReset = 7,

    /// <summary>Nothing is done; the connection is reset.</summary>
    ConnectionResetBeforeEffect = 8,

    /// <summary>The work is done and stored; the answer is 200 with half a JSON document.</summary>
    MalformedBody = 9,

    /// <summary>The work is done and stored; the answer is 200 without a body.</summary>
    EmptyBody = 10,

    /// <summary>The work starts after a delay; its idempotency key is in use meanwhile.</summary>
    Slow = 11,

    /// <summary>Objects younger than some seconds of the sandbox's clock are not found: late indexing. Stays until it is deleted.</summary>
    NotFoundFor = 12,

    /// <summary>Another amount: on a create the provider's own truth is altered, on a read the answer, on a webhook its payload.</summary>
    AmountMismatch = 13,

    DuplicateWebhook = 14,

    /// <summary>The first attempt is made some seconds of the sandbox's clock later.</summary>
    LateWebhook = 15,

    /// <summary>The webhook is held until another one was sent to the same endpoint.</summary>
    OutOfOrder = 16,

    DropWebhook = 17,

    BadSignatureWebhook = 18,

    /// <summary>Signed well, with a time stamp six hours old.</summary>
    OldTimestampWebhook = 19,
}

internal static class FaultKinds
{
    public static readonly FrozenDictionary<string, FaultKind> Names = new Dictionary<string, FaultKind>
    {
        ["timeout_after_effect"] = FaultKind.TimeoutAfterEffect,
        ["timeout_before_effect"] = FaultKind.TimeoutBeforeEffect,
        ["error_500"] = FaultKind.Error500,
        ["error_500_after_effect"] = FaultKind.Error500AfterEffect,
        ["error_503"] = FaultKind.Error503,
        ["error_429"] = FaultKind.Error429,
        ["connection_reset"] = FaultKind.ConnectionReset,
        ["connection_reset_before_effect"] = FaultKind.ConnectionResetBeforeEffect,
        ["malformed_body"] = FaultKind.MalformedBody,
        ["empty_body"] = FaultKind.EmptyBody,
        ["slow"] = FaultKind.Slow,
        ["not_found_for"] = FaultKind.NotFoundFor,
        ["amount_mismatch"] = FaultKind.AmountMismatch,
        ["duplicate_webhook"] = FaultKind.DuplicateWebhook,
        ["late_webhook"] = FaultKind.LateWebhook,
        ["out_of_order"] = FaultKind.OutOfOrder,
        ["drop_webhook"] = FaultKind.DropWebhook,
        ["bad_signature_webhook"] = FaultKind.BadSignatureWebhook,
        ["old_timestamp_webhook"] = FaultKind.OldTimestampWebhook,
    }.ToFrozenDictionary();

    /// <summary>Whether the fault strikes webhooks, requests, or either.</summary>
    public static bool Strikes(this FaultKind kind, bool webhook) => kind == FaultKind.AmountMismatch || webhook == kind >= FaultKind.DuplicateWebhook;
}

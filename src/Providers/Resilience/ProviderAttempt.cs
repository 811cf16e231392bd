namespace Florin.Providers.Resilience;

/// <summary>How far one attempt came.</summary>
internal enum Delivery
{
    /// <summary>We did not let it out: breaker, bulkhead or rate.</summary>
    Refused = 1,

    /// <summary>No connection; not one byte of the request's body left.</summary>
    Unreachable = 2,

    /// <summary>A whole answer came back.</summary>
    Answered = 3,

    /// <summary>It may have arrived, and no whole answer came back.</summary>
    Lost = 4,
}

/// <summary>The evidence that one attempt left.</summary>
/// <param name="Reason">For people; no personal data, no secret.</param>
internal sealed record ProviderAttempt(Delivery Delivery, string Reason)
{
    private const int Conflict = 409;
    private const int TooManyRequests = 429;
    private const int ServerError = 500;

    /// <summary>The HTTP status, or 0 when none was seen.</summary>
    public int Status { get; init; }

    /// <summary>What was read of the answer's body.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>False when the body is longer than what we read.</summary>
    public bool BodyIsWhole { get; init; } = true;

    /// <summary>The provider's id of the request, for its support.</summary>
    public string? RequestId { get; init; }

    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The provider's own opinion on a repeat, or null.</summary>
    public bool? ShouldRetry { get; init; }

    public bool IsSuccess => Delivery == Delivery.Answered && Status is >= 200 and < 300;

    public bool IsThrottled => Delivery == Delivery.Answered && Status == TooManyRequests;

    public bool IsConflict => Delivery == Delivery.Answered && Status == Conflict;

    public bool IsServerError => Delivery == Delivery.Answered && Status >= ServerError;

    /// <summary>Whether this attempt, by itself, leaves it open that the effect happened or is about to.</summary>
    public bool MayHaveArrived => Delivery == Delivery.Lost || IsServerError || IsConflict;

    /// <summary>Whether it speaks of a provider in trouble: what opens the breaker.</summary>
    public bool IsTrouble => Delivery is Delivery.Lost or Delivery.Unreachable || IsServerError || IsThrottled;
}

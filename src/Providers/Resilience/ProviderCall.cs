namespace Florin.Providers.Resilience;

/// <summary>What a repeat of a call could do.</summary>
internal enum CallKind
{
    /// <summary>No effect; may be repeated at will, and may be given up at any moment.</summary>
    Read = 1,

    /// <summary>Has an effect, but moves no money; repeated under its idempotency key.</summary>
    Change = 2,

    /// <summary>Moves money; repeated only when the attempt before certainly did nothing, or is still being worked on under the same key.</summary>
    Money = 3,

    /// <summary>Moves money; a repeat under the same key is answered by the state of the original, so that repeating is how to learn of a lost answer.</summary>
    RepeatableMoney = 4,
}

/// <summary>One operation at a provider, from its first attempt to its last. Used by one caller at a time.</summary>
/// <param name="operation">A short name for logs and metrics: <c>charge</c>.</param>
/// <param name="createRequest">Makes the request anew for each attempt, always with the same content.</param>
internal sealed class ProviderCall(string operation, CallKind kind, Func<HttpRequestMessage> createRequest)
{
    public string Operation => operation;

    public CallKind Kind => kind;

    public bool MovesMoney => kind is CallKind.Money or CallKind.RepeatableMoney;

    /// <summary>Whether any attempt so far may have had its effect. From then on "not sent" is no longer true of the call.</summary>
    public bool MayHaveArrived { get; private set; }

    public int Attempts { get; private set; }

    /// <summary>When the first attempt was asked for, as a timestamp of the clock in use.</summary>
    public long StartedAt { get; init; }

    /// <summary>The back-off that was decided together with the repeat.</summary>
    public TimeSpan NextDelay { get; set; }

    public HttpRequestMessage CreateRequest() => createRequest();

    public void Record(ProviderAttempt attempt)
    {
        Attempts++;
        MayHaveArrived |= attempt.MayHaveArrived;
    }
}

using Florin.Providers;

namespace Florin.Tests.Providers;

/// <summary>One connector before its sandbox, as the conformance kit needs it. Each connector brings its own.</summary>
public interface IAcquirerBench : IAsyncDisposable
{
    IAcquirer Acquirer { get; }

    /// <summary>Before anything of a test was made, on either clock.</summary>
    DateTimeOffset Began { get; }

    /// <summary>Whether one authorisation can be captured more than once.</summary>
    bool CapturesInParts { get; }

    /// <summary>A payment source for what it is to come to, as the provider documents it.</summary>
    string Source(AcquirerScript script);

    /// <summary>Runs an operation while the connector's clock moves past its back-offs.</summary>
    Task<T> Play<T>(ValueTask<T> operation);

    /// <summary>Has the next requests of an operation run into the connector's deadline, after or before the provider did its work.</summary>
    Task LoseAnswerAsync(AcquirerOperation operation, bool afterEffect);

    /// <summary>Runs an operation that <see cref="LoseAnswerAsync"/> was said of: its deadline passes once the provider has the request.</summary>
    Task<T> PlayLost<T>(ValueTask<T> operation);

    /// <summary>Brings everything that the provider does later to its end.</summary>
    Task AdvanceAsync();

    /// <summary>What the provider itself believes of our payment: captured, and given back of that, in smallest units. The independent judge.</summary>
    Task<(long Captured, long Refunded)> JudgeAsync(string ourReference);

    /// <summary>How many payments the provider has under a reference.</summary>
    Task<int> CountAsync(string ourReference);

    /// <summary>The provider's ids of the disputes of a payment.</summary>
    Task<IReadOnlyList<string>> DisputesAsync(string paymentId);

    /// <summary>Evidence with which a dispute is won or lost.</summary>
    IReadOnlyDictionary<string, string> Evidence(bool wins);
}

/// <summary>What a payment source is to come to.</summary>
public enum AcquirerScript
{
    Succeeds,
    Declined,
    NeedsThePayer,
    RefundIsPending,
    RefundFailsLater,
    Disputed,
    Inquired,
}

/// <summary>The calls of the port that move money.</summary>
public enum AcquirerOperation
{
    Authorize,
    Capture,
    Void,
    Refund,
}

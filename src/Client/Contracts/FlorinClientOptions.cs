using System.Security.Cryptography;

namespace Florin.Client;

/// <summary>Where the server is, who calls, and how patient the client is.</summary>
public sealed record FlorinClientOptions
{
    /// <summary>The server's address, such as <c>https://florin.example</c>.</summary>
    public required Uri BaseAddress { get; init; }

    /// <summary>Gives the access token or API key of a call; asked for every attempt, so that it can be renewed. <see langword="null"/> sends none.</summary>
    public Func<CancellationToken, ValueTask<string>>? Credentials { get; init; }

    /// <summary>How often a call is made at most, the first time included. 1 to 20.</summary>
    public int AttemptsMax { get; init; } = 6;

    /// <summary>The first pause before a call is made again; each further one is twice as long. A random part of it is waited, so that clients do not return together.</summary>
    public TimeSpan PauseFirst { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest pause, and the longest <c>Retry-After</c> that is waited for: when the server asks for more, the call ends with its answer.</summary>
    public TimeSpan PauseMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one attempt may take. An attempt that ran into it may have taken effect: it is repeated with the same key.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Makes the idempotency key of a call that brings none. 1 to 255 visible ASCII characters, never the same twice.</summary>
    public Func<string> NewKey { get; init; } = static () => RandomNumberGenerator.GetHexString(32, lowercase: true);

    /// <summary>A number from 0 to 1 000 000, evenly spread: which part of a pause is waited.</summary>
    public Func<int> Jitter { get; init; } = static () => RandomNumberGenerator.GetInt32(JitterMax + 1);

    /// <summary>The clock of pauses and time-outs.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>The upper end of <see cref="Jitter"/>.</summary>
    public const int JitterMax = 1_000_000;

    /// <summary>Credentials that do not change.</summary>
    public static Func<CancellationToken, ValueTask<string>> Fixed(string token) => _ => ValueTask.FromResult(token);
}

/// <summary>What one call does differently.</summary>
public sealed record CallOptions
{
    /// <summary>
    /// The key of a call that moves money. Bring one that you stored before the call, and the same movement can be asked for again after a restart of
    /// yours. Without it one is made for the call and kept over its retries.
    /// </summary>
    public string? IdempotencyKey { get; init; }
}

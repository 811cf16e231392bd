using System.Diagnostics.CodeAnalysis;
using Florin.Identity.Jose;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace Florin.Identity.AccessTokens;

/// <summary>
/// Tokens whose signature held before, so that a caller who sends one token with each request costs one verification. Only what cannot change is
/// remembered: what the token says, and by which key. Whether the key still stands and whether the time is right is asked at every use.
/// </summary>
internal sealed class OpenedTokens : IDisposable
{
    /// <summary>More are not remembered, and a part is forgotten. A token has about 500 characters.</summary>
    public const int CountMax = 10_000;

    private readonly MemoryCache _tokens = new(Options.Create(new MemoryCacheOptions { SizeLimit = CountMax }));

    /// <param name="text">The whole token: one with another signature is another.</param>
    public bool TryFind(string text, [NotNullWhen(true)] out Opened? opened) => _tokens.TryGetValue(text, out opened) && opened is not null;

    public void Remember(string text, Opened opened) => _tokens.Set(text, opened, new MemoryCacheEntryOptions { Size = 1 });

    public void Dispose() => _tokens.Dispose();

    /// <param name="Key">The key that the signature was verified with.</param>
    internal sealed record Opened(VerificationKey Key, AccessToken Token);
}

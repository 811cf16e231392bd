namespace Florin.Identity.Jose;

/// <summary>What the claims of one kind of token must say (RFC 8725, section 3).</summary>
/// <param name="Types">Accepted <c>typ</c>.</param>
/// <param name="Issuer">Exact <c>iss</c>.</param>
/// <param name="Audience">Must be <c>aud</c> or one of its members.</param>
/// <param name="Leeway">Allowed difference of clocks.</param>
internal sealed record JwtRules(IReadOnlyCollection<string> Types, string Issuer, string Audience, TimeSpan Leeway);

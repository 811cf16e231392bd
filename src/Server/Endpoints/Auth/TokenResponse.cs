using Florin.Identity;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Auth;

/// <summary>The tokens of a session, as RFC 6749, section 5.1, names them.</summary>
/// <param name="ExpiresIn">Seconds until the access token expires.</param>
internal sealed record TokenResponse(string AccessToken, string RefreshToken, string TokenType, int ExpiresIn)
{
    public static IResult Of(SessionTokens tokens) => Results.Json(
        new TokenResponse(tokens.AccessToken, tokens.RefreshToken, "Bearer", (int)tokens.AccessTokenLifetime.TotalSeconds), JsonConventions.Options);
}

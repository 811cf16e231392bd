using System.Diagnostics;
using Florin.Identity;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Auth;

/// <summary><c>POST /auth/refresh</c>: exchanges a refresh token, which works once, for the next one and a new access token.</summary>
internal sealed class Refresh : IEndpoint
{
    internal const int RefreshTokenLengthMax = 1_000;

    internal sealed record RefreshRequest(string RefreshToken);

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/auth/refresh", HandleAsync)
        .WithTags("Identity").WithSummary("Refreshes the tokens of a session").WithName("refresh")
        .Accepts<RefreshRequest>("application/json").Produces<TokenResponse>()
        .Answers(ProblemCode.InvalidCredentials).LimitLogins();

    private static async Task<IResult> HandleAsync(HttpContext context, ISessions sessions, CancellationToken cancellationToken)
    {
        using RequestBody body = await RequestBody.ReadAsync(context, cancellationToken);
        string refreshToken = body.Text("refresh_token", 1, RefreshTokenLengthMax);
        if (body.Refusal() is { } refusal)
        {
            return refusal;
        }

        return await sessions.RefreshAsync(refreshToken, cancellationToken) switch
        {
            RefreshOutcome.Succeeded succeeded => TokenResponse.Of(succeeded.Tokens),
            RefreshOutcome.Failed => Problems.Of(ProblemCode.InvalidCredentials, "The refresh token is unknown, expired or used. Log in again."),
            _ => throw new UnreachableException(),
        };
    }
}

using Florin.Identity;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Auth;

/// <summary><c>POST /auth/logout</c>: ends the session of a refresh token. An unknown token ends nothing and is no error.</summary>
internal sealed class Logout : IEndpoint
{
    internal sealed record LogoutRequest(string RefreshToken);

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/auth/logout", HandleAsync)
        .WithTags("Identity").WithSummary("Ends a session").WithName("logout")
        .Accepts<LogoutRequest>("application/json").Produces(StatusCodes.Status204NoContent);

    private static async Task<IResult> HandleAsync(HttpContext context, ISessions sessions, CancellationToken cancellationToken)
    {
        using RequestBody body = await RequestBody.ReadAsync(context, cancellationToken);
        string refreshToken = body.Text("refresh_token", 1, Refresh.RefreshTokenLengthMax);
        if (body.Refusal() is { } refusal)
        {
            return refusal;
        }

        await sessions.LogoutAsync(refreshToken, cancellationToken);
        return Results.NoContent();
    }
}

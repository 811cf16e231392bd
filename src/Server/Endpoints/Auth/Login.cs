using System.Diagnostics;
using Florin.Identity;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Auth;

/// <summary><c>POST /auth/login</c>: exchanges e-mail and password for tokens.</summary>
internal sealed class Login : IEndpoint
{
    private const int TextLengthMax = 1_000;

    internal sealed record LoginRequest(string Email, string Password);

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/auth/login", HandleAsync)
        .WithTags("Identity").WithSummary("Logs a user in").WithName("login")
        .Accepts<LoginRequest>("application/json").Produces<TokenResponse>()
        .Answers(ProblemCode.InvalidCredentials, ProblemCode.RateLimited).LimitLogins();

    private static async Task<IResult> HandleAsync(HttpContext context, ISessions sessions, CancellationToken cancellationToken)
    {
        using RequestBody body = await RequestBody.ReadAsync(context, cancellationToken);
        string email = body.Text("email", 1, TextLengthMax);
        string password = body.Text("password", 1, TextLengthMax);
        if (body.Refusal() is { } refusal)
        {
            return refusal;
        }

        return await sessions.LoginAsync(email, password, cancellationToken) switch
        {
            LoginOutcome.Succeeded succeeded => TokenResponse.Of(succeeded.Tokens),
            LoginOutcome.Failed => Problems.Of(ProblemCode.InvalidCredentials, "The e-mail address or the password is wrong."),
            LoginOutcome.LockedOut locked => new ProblemResult
            {
                Code = ProblemCode.RateLimited,
                Detail = "Too many failed logins for this e-mail address.",
                RetryAfterSeconds = Math.Max(1, (int)Math.Ceiling(locked.RetryAfter.TotalSeconds)),
            },
            _ => throw new UnreachableException(),
        };
    }
}

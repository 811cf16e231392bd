using System.Diagnostics;
using Florin.Identity;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Auth;

/// <summary><c>POST /auth/register</c>: makes a user.</summary>
internal sealed class Register : IEndpoint
{
    private const int TextLengthMax = 1_000;

    /// <param name="Email">At most 254 characters; compared without regard to case.</param>
    /// <param name="Password">10 to 128 characters; no rules of composition.</param>
    /// <param name="Name">The legal name.</param>
    /// <param name="Kind"><c>person</c> or <c>business</c>.</param>
    internal sealed record RegisterRequest(string Email, string Password, string Name, UserKind Kind);

    internal sealed record RegisterResponse(Guid UserId);

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/auth/register", HandleAsync)
        .WithTags("Identity").WithSummary("Registers a user").WithName("register")
        .Accepts<RegisterRequest>("application/json").Produces<RegisterResponse>(StatusCodes.Status201Created)
        .Answers(ProblemCode.EmailTaken).LimitLogins();

    private static async Task<IResult> HandleAsync(HttpContext context, IUsers users, CancellationToken cancellationToken)
    {
        using RequestBody body = await RequestBody.ReadAsync(context, cancellationToken);
        string email = body.Text("email", 1, TextLengthMax);
        string password = body.Text("password", 1, TextLengthMax);
        string name = body.Text("name", 1, TextLengthMax);
        UserKind kind = body.Word<UserKind>("kind");
        if (body.Refusal() is { } refusal)
        {
            return refusal;
        }

        Registration registration = new(email, password, name, JsonConventions.SnakeCase(kind.ToString()));
        return await users.RegisterAsync(registration, cancellationToken) switch
        {
            RegisterOutcome.Created created => Results.Json(
                new RegisterResponse(created.Id.Value), JsonConventions.Options, statusCode: StatusCodes.Status201Created),
            RegisterOutcome.EmailTaken => Problems.Of(ProblemCode.EmailTaken),
            RegisterOutcome.Invalid invalid => new ProblemResult
            {
                Code = ProblemCode.ValidationFailed, Detail = "See errors for each field.", Errors = invalid.Errors,
            },
            _ => throw new UnreachableException(),
        };
    }
}

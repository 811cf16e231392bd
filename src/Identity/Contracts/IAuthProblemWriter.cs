using Microsoft.AspNetCore.Http;

namespace Florin.Identity;

/// <summary>Writes the body of a 401 or 403. The host registers one; without it such answers have no body.</summary>
/// <remarks>Status and <c>WWW-Authenticate</c> (RFC 6750, section 3) are set before the call.</remarks>
public interface IAuthProblemWriter
{
    Task WriteAsync(HttpContext context, AuthProblem problem);
}

/// <summary>Why a request was turned away, in the words of the API.</summary>
/// <param name="Status">401 or 403.</param>
/// <param name="Code">The stable <c>code</c> of the problem document.</param>
public sealed record AuthProblem(int Status, string Code, string Title, string Detail)
{
    public static AuthProblem CredentialsMissing { get; } =
        new(StatusCodes.Status401Unauthorized, "unauthenticated", "Not authenticated", "Send Authorization: Bearer with an access token or an API key.");

    /// <summary>One answer for every cause, so that it teaches nothing about tokens and keys.</summary>
    public static AuthProblem CredentialsInvalid { get; } =
        new(StatusCodes.Status401Unauthorized, "invalid_credentials", "Credentials not accepted", "The token or key is malformed, unknown, expired or revoked.");

    public static AuthProblem NotAllowed { get; } =
        new(StatusCodes.Status403Forbidden, "insufficient_scope", "Not allowed", "The token or key does not carry the right that this request needs.");
}

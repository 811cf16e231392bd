using System.Security.Claims;
using System.Text.Encodings.Web;
using Florin.Identity.ApiKeys;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Florin.Identity.Http;

/// <summary>Accepts <c>Authorization: Bearer</c> with an access token or an API key.</summary>
internal sealed partial class FlorinAuthenticationHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, IAccessTokens accessTokens, IApiKeys apiKeys)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    private const string RefusedText = "The credentials were not accepted.";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (!BearerCredentials.TryRead(Request.Headers.Authorization, out string? credentials))
        {
            return AuthenticateResult.Fail(RefusedText);
        }

        if (credentials is null)
        {
            return AuthenticateResult.NoResult();
        }

        ClaimsPrincipal? principal = credentials.StartsWith(ApiKeyText.Marker, StringComparison.Ordinal)
            ? await ByKeyAsync(credentials)
            : await ByTokenAsync(credentials);
        return principal is null
            ? AuthenticateResult.Fail(RefusedText)
            : AuthenticateResult.Success(new AuthenticationTicket(principal, Scheme.Name));
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        AuthenticateResult result = await HandleAuthenticateOnceSafeAsync();
        bool wasRefused = result.Failure is not null;
        Response.StatusCode = StatusCodes.Status401Unauthorized;

        // RFC 6750, section 3.1: a request without credentials gets no error code.
        Response.Headers.Append(HeaderNames.WWWAuthenticate, wasRefused ? "Bearer realm=\"florin\", error=\"invalid_token\"" : "Bearer realm=\"florin\"");
        await WriteAsync(wasRefused ? AuthProblem.CredentialsInvalid : AuthProblem.CredentialsMissing);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status403Forbidden;
        Response.Headers.Append(HeaderNames.WWWAuthenticate, "Bearer realm=\"florin\", error=\"insufficient_scope\"");
        return WriteAsync(AuthProblem.NotAllowed);
    }

    private async Task<ClaimsPrincipal?> ByKeyAsync(string credentials)
    {
        ApiKeyCheck check = await apiKeys.VerifyAsync(credentials, Context.Connection.RemoteIpAddress, Context.RequestAborted);
        if (check is ApiKeyCheck.Accepted accepted)
        {
            return CallerClaims.Write(accepted.Key);
        }

        LogKeyRefused(Logger, ((ApiKeyCheck.Refused)check).Reason);
        return null;
    }

    private async Task<ClaimsPrincipal?> ByTokenAsync(string credentials)
    {
        AccessTokenCheck check = await accessTokens.VerifyAsync(credentials, Context.RequestAborted);
        if (check is AccessTokenCheck.Valid valid)
        {
            return CallerClaims.Write(valid.Token);
        }

        LogTokenRefused(Logger, ((AccessTokenCheck.Refused)check).Reason);
        return null;
    }

    private Task WriteAsync(AuthProblem problem) =>
        Context.RequestServices.GetService<IAuthProblemWriter>() is { } writer ? writer.WriteAsync(Context, problem) : Task.CompletedTask;

    [LoggerMessage(3201, LogLevel.Debug, "An API key was refused: {Reason}")]
    private static partial void LogKeyRefused(ILogger logger, ApiKeyRefusal reason);

    [LoggerMessage(3202, LogLevel.Debug, "An access token was refused: {Reason}")]
    private static partial void LogTokenRefused(ILogger logger, TokenRefusal reason);
}

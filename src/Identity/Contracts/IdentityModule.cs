using Florin.Flows;
using Florin.Identity.AccessTokens;
using Florin.Identity.Accounts;
using Florin.Identity.ApiKeys;
using Florin.Identity.Http;
using Florin.Identity.Keys;
using Florin.Identity.Sessions;
using Florin.Ledger;
using Florin.Storage.Database;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection;

namespace Florin.Identity;

/// <summary>The identity module as the host sees it.</summary>
public static class IdentityModule
{
    /// <summary>The schema <c>identity</c>.</summary>
    public static MigrationSet Migrations { get; } = new("identity", 30, typeof(IdentityModule).Assembly, "Florin.Identity.Migrations.");

    /// <summary>
    /// Registers <see cref="IUsers"/>, <see cref="ISessions"/>, <see cref="IApiKeys"/>, <see cref="IAccessTokens"/>, <see cref="ISigningKeys"/>, <see cref="ISecretBox"/>, the
    /// authentication scheme <see cref="FlorinAuthentication.Scheme"/> as the default, and one authorization policy per scope and for users.
    /// </summary>
    /// <remarks>
    /// The host registers <see cref="IDatabase"/>, <see cref="TimeProvider"/>, <see cref="IdSource"/>, and <see cref="IAuthProblemWriter"/> when 401
    /// and 403 shall have bodies. Nothing runs in the background.
    /// </remarks>
    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    public static IServiceCollection AddIdentity(this IServiceCollection services, IdentityOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();

        services.AddSingleton(options);
        services.AddSingleton(provider => new MasterKey(options.MasterKey, provider.GetRequiredService<IdSource>().NextSecret));
        services.AddSingleton<ISecretBox, WebhookSecrets>();
        services.AddSingleton<SigningKeyTable>();
        services.AddSingleton<SigningKeyRing>();
        services.AddSingleton<ISigningKeys>(provider => provider.GetRequiredService<SigningKeyRing>());
        services.AddSingleton<PasswordHashes>();
        services.AddSingleton<KnownUsers>();
        services.AddSingleton<CredentialTable>();
        services.AddSingleton<LoginThrottle>();
        services.AddSingleton<AccessTokenWriter>();
        services.AddSingleton<OpenedTokens>();
        services.AddSingleton<IUsers, Users>();
        services.AddSingleton<ISessions, UserSessions>();
        services.AddSingleton<IApiKeys, StoredApiKeys>();
        services.AddSingleton<IAccessTokens, SignedAccessTokens>();
        AddHttp(services);
        return services;
    }

    private static void AddHttp(IServiceCollection services)
    {
        services.AddAuthentication(FlorinAuthentication.Scheme)
            .AddScheme<AuthenticationSchemeOptions, FlorinAuthenticationHandler>(FlorinAuthentication.Scheme, configureOptions: null);
        AuthorizationBuilder policies = services.AddAuthorizationBuilder();
        policies.AddPolicy(
            IdentityPolicies.User,
            policy => policy.RequireAuthenticatedUser()
                .RequireAssertion(context => Caller.TryFrom(context.User, out Caller? caller) && caller.Kind == CallerKind.User));
        foreach (string scope in Scopes.All)
        {
            policies.AddPolicy(
                scope,
                policy => policy.RequireAuthenticatedUser()
                    .RequireAssertion(context => Caller.TryFrom(context.User, out Caller? caller) && caller.May(scope)));
        }
    }
}

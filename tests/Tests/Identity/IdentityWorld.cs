using System.Security.Cryptography;
using Florin.Identity;
using Florin.Identity.Keys;
using Florin.Ledger;
using Florin.Storage.Database;
using Florin.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Florin.Tests.Identity;

/// <summary>The identity module as a host wires it, on a database of its own and a clock that the test moves.</summary>
internal sealed class IdentityWorld : IAsyncDisposable
{
    public const string Password = "correct horse battery";

    private readonly ServiceProvider _services;

    private IdentityWorld(TestDatabase database, ManualTimeProvider time, IdentityOptions options, bool ownsDatabase)
    {
        Database = database;
        Time = time;
        Options = options;
        OwnsDatabase = ownsDatabase;
        ServiceCollection services = new();
        services.AddLogging();
        services.AddSingleton<IDatabase>(database);
        services.AddSingleton<TimeProvider>(time);
        services.AddSingleton<IdSource>(new SystemIdSource(time));
        services.AddIdentity(options);
        _services = services.BuildServiceProvider();
    }

    public TestDatabase Database { get; }

    public ManualTimeProvider Time { get; }

    public IdentityOptions Options { get; }

    public IUsers Users => _services.GetRequiredService<IUsers>();

    public ISessions Sessions => _services.GetRequiredService<ISessions>();

    public IApiKeys ApiKeys => _services.GetRequiredService<IApiKeys>();

    public IAccessTokens AccessTokens => _services.GetRequiredService<IAccessTokens>();

    public ISigningKeys SigningKeys => _services.GetRequiredService<ISigningKeys>();

    public SigningKeyRing Ring => _services.GetRequiredService<SigningKeyRing>();

    private bool OwnsDatabase { get; }

    private static CancellationToken Token => Xunit.TestContext.Current.CancellationToken;

    public static async Task<IdentityWorld> CreateAsync() =>
        new(await TestDatabase.CreateAsync(), new ManualTimeProvider(), NewOptions(), ownsDatabase: true);

    /// <summary>Another process on the same database; with its own caches, and by default with the same settings.</summary>
    public IdentityWorld Another(IdentityOptions? options = null) => new(Database, Time, options ?? Options, ownsDatabase: false);

    /// <summary>The least work per password that the module takes: tests hash many.</summary>
    public static IdentityOptions NewOptions(int passwordHashIterations = IdentityOptions.PasswordHashIterationsMin) =>
        new() { MasterKey = RandomNumberGenerator.GetBytes(IdentityOptions.MasterKeyBytes), PasswordHashIterations = passwordHashIterations };

    public async Task<UserId> RegisterAsync(string email, string kind = "person")
    {
        RegisterOutcome outcome = await Users.RegisterAsync(new Registration(email, Password, "Ada Lovelace", kind), Token);
        return Xunit.Assert.IsType<RegisterOutcome.Created>(outcome).Id;
    }

    public async Task<SessionTokens> LoginAsync(string email) =>
        Xunit.Assert.IsType<LoginOutcome.Succeeded>(await Sessions.LoginAsync(email, Password, Token)).Tokens;

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        if (OwnsDatabase)
        {
            await Database.DisposeAsync();
        }
    }
}

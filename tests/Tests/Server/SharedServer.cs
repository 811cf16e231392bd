using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Server;

/// <summary>One real server on a database of its own, for tests that leave it usable.</summary>
public sealed class SharedServer : IAsyncLifetime
{
    public const string Collection = "shared server";

    private TestDatabase _database = null!;

    public ServerProcess Server { get; private set; } = null!;

    public TestDatabase Database => _database;

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        Server = await ServerProcess.StartAsync(_database.OwnerUrl);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await _database.DisposeAsync();
    }
}

[CollectionDefinition(SharedServer.Collection)]
public sealed class SharedServerCollection : ICollectionFixture<SharedServer>;

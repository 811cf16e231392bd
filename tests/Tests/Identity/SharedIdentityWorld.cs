using Xunit;

namespace Florin.Tests.Identity;

/// <summary>One world for the tests of a class that change nothing in it.</summary>
public sealed class SharedIdentityWorld : IAsyncLifetime
{
    internal IdentityWorld World { get; private set; } = null!;

    public async ValueTask InitializeAsync() => World = await IdentityWorld.CreateAsync();

    public ValueTask DisposeAsync() => World.DisposeAsync();
}

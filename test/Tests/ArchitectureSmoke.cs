namespace Florin.Tests;

public sealed class ArchitectureSmoke
{
    [Xunit.Fact]
    public void Solution_builds() => Xunit.Assert.True(true);
}

using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Sandbox;

/// <summary>One sandbox process for the tests of a class, which run one after another.</summary>
public sealed class SandboxFixture : IAsyncLifetime
{
    private SandboxProcess? sandbox;

    public SandboxProcess Sandbox => sandbox!;

    public async ValueTask InitializeAsync() => sandbox = await SandboxProcess.StartAsync();

    public ValueTask DisposeAsync() => sandbox?.DisposeAsync() ?? ValueTask.CompletedTask;
}

using Florin.Server.Logging;
using Florin.Tests.Support;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Florin.Tests.Server;

public sealed class FileLogTests
{
    /// <summary>A device of Linux on which every write ends with "no space left".</summary>
    private const string FullDevice = "/dev/full";

    [Fact]
    [Fault("T-04")]
    public async Task A_log_whose_disk_is_full_loses_lines_and_counts_them_and_fails_nobody()
    {
        await using TemporaryFolder folder = TemporaryFolder.Create();
        File.CreateSymbolicLink(Path.Combine(folder.Path, FileLog.FileName), FullDevice);
        using FileLog log = new(folder.Path, TimeProvider.System);
        using ILoggerFactory factory = LoggerFactory.Create(logging => logging.AddProvider(log));
        ILogger logger = factory.CreateLogger("money");

        logger.LogError("one that is lost");
        logger.LogError("one more");

        Assert.Equal(2, log.Failures);
        Assert.True(log.IsFailing);
    }

    [Fact]
    public async Task Lines_are_written_when_they_are_logged()
    {
        await using TemporaryFolder folder = TemporaryFolder.Create();
        using FileLog log = new(folder.Path, TimeProvider.System);
        ILogger logger = log.CreateLogger("money");

        logger.LogError("first\nsecond");

        string[] lines = await File.ReadAllLinesAsync(Path.Combine(folder.Path, FileLog.FileName), TestContext.Current.CancellationToken);
        Assert.Contains("first\\nsecond", Assert.Single(lines), StringComparison.Ordinal);
        Assert.False(log.IsFailing);
        Assert.Equal(0, log.Failures);
    }
}

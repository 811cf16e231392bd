using System.Runtime.Versioning;
using Florin.Storage.Database.Cluster;
using Florin.Tests.Support;
using Xunit;

namespace Florin.Tests.Storage;

[UnsupportedOSPlatform("windows")]
public sealed class PostgresInstallationTests
{
    [Fact]
    public async Task Only_folders_with_both_programs_count_and_say_their_version()
    {
        await using var folder = TemporaryFolder.Create();
        var old = Install(folder, "old", "postgres (PostgreSQL) 14.2 (Debian 14.2-1)");
        var good = Install(folder, "good", "postgres (PostgreSQL) 16beta1");
        var half = Install(folder, "half", "postgres (PostgreSQL) 17.0");
        File.Delete(Path.Combine(half, "initdb"));

        var found = await PostgresInstallation.FindAsync(
            [old, Path.Combine(folder.Path, "none"), half, good, good], TestContext.Current.CancellationToken);

        Assert.Equal([new PostgresInstallation(old, 14), new PostgresInstallation(good, 16)], found);
    }

    [Theory]
    [InlineData(null, "b")]
    [InlineData(14, "a")]
    [InlineData(17, "c")]
    [InlineData(18, null)]
    public void Data_needs_the_version_that_made_it_and_new_data_the_first_that_is_new_enough(int? required, string? chosen)
    {
        PostgresInstallation[] found = [new("a", 14), new("b", 16), new("c", 17)];
        Assert.Equal(chosen, PostgresInstallation.Choose(found, required)?.BinFolder);
    }

    private static string Install(TemporaryFolder folder, string name, string version)
    {
        var bin = Directory.CreateDirectory(Path.Combine(folder.Path, name)).FullName;
        foreach (var program in new[] { "postgres", "initdb" })
        {
            var file = Path.Combine(bin, program);
            File.WriteAllText(file, $"#!/bin/sh\necho '{version}'\n");
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        return bin;
    }
}

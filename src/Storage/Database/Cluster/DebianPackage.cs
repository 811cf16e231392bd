namespace Florin.Storage.Database.Cluster;

/// <summary>Installs Debian's package <c>postgresql</c> where we are root, or may become root without a password.</summary>
internal static class DebianPackage
{
    // Debian's package would make and start a cluster of its own, which nobody here asked for: createcluster(5).
    private const string NoDebianCluster =
        """
        set -e
        mkdir -p /etc/postgresql-common/createcluster.d
        echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.d/florin.conf
        """;

    /// <exception cref="PostgresMissingException">It may not be installed, or the installation failed.</exception>
    public static async Task InstallAsync(
        IReadOnlyList<PostgresInstallation> tooOld, Action<string> progress, CancellationToken cancellationToken)
    {
        var missing = tooOld.Count == 0
            ? $"PostgreSQL {PostgresInstallation.MajorVersionMin} or newer is not installed"
            : $"PostgreSQL {tooOld[0].MajorVersion} in {tooOld[0].BinFolder} is too old: {PostgresInstallation.MajorVersionMin} or newer is needed";
        const string Otherwise = "install it (Debian: apt-get install postgresql), or use --database-url.";

        var hasApt = await Command.RunAsync("sh", ["-c", "command -v apt-get"], "", cancellationToken);
        if (!hasApt.Succeeded)
        {
            throw new PostgresMissingException($"{missing}: {Otherwise}");
        }

        string[] becomeRoot = [];
        if (!Environment.IsPrivilegedProcess)
        {
            becomeRoot = ["sudo", "-n"];
            if (!(await Command.RunAsync("sudo", ["-n", "true"], "", cancellationToken)).Succeeded)
            {
                throw new PostgresMissingException($"{missing}, and only root may install it: {Otherwise}");
            }
        }

        // A machine without package lists has to fetch them first; one with lists may be offline for the update but not for the package.
        progress("PostgreSQL is not installed: installing Debian's package postgresql");
        await RunAsync(becomeRoot, ["sh", "-c", NoDebianCluster], cancellationToken);
        progress("apt-get update …");
        await RunAsync(becomeRoot, ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "update"], cancellationToken);
        progress("apt-get install postgresql …");
        var installed = await RunAsync(
            becomeRoot,
            ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y", "--no-install-recommends", "install", "postgresql"],
            cancellationToken);
        if (!installed.Succeeded)
        {
            throw new PostgresMissingException($"{missing}, and apt-get could not install it ({installed.LastLine}): {Otherwise}");
        }

        progress("PostgreSQL is installed");
    }

    private static Task<CommandResult> RunAsync(string[] becomeRoot, string[] command, CancellationToken cancellationToken)
    {
        string[] whole = [.. becomeRoot, .. command];
        return Command.RunAsync(whole[0], whole[1..], "", cancellationToken);
    }
}

namespace Florin.Storage.Database.Cluster;

/// <summary>Makes the files of a new cluster.</summary>
internal static class ClusterCreation
{
    // initdb reads the password from its standard input, through a pipe that its own user made: the password is on no command
    // line and in no file. The new cluster is made beside and renamed, so that a kill leaves a whole one or none. A script that
    // outlives its server has the same passwords: if it finishes first, its cluster is as good.
    private const string Script =
        """
        set -e
        umask 077
        initdb=$1; parent=$2; shift 2
        rm -rf "$parent"/data.new.*
        new="$parent/data.new.$$"
        cat | "$initdb" --pgdata="$new" --pwfile=/dev/stdin "$@"
        [ -e "$parent/data" ] || mv "$new" "$parent/data"
        rm -rf "$new"
        sync "$parent" 2>/dev/null || sync
        """;

    /// <exception cref="DataFolderException"><c>initdb</c> failed.</exception>
    public static async Task CreateIfMissingAsync(
        DataFolder folder,
        PostgresInstallation installation,
        PostgresUser user,
        ClusterSecrets secrets,
        Action<string> progress,
        CancellationToken cancellationToken)
    {
        if (folder.ClusterVersion is not null)
        {
            return;
        }

        progress($"making a PostgreSQL {installation.MajorVersion} cluster in {folder.Postgres}");

        // Text is ordered by its bytes, which no upgrade of the C library changes under an index; letters are Unicode's.
        var letters = OperatingSystem.IsLinux() ? "C.UTF-8" : "C";
        var made = await user.RunAsync(
            [
                "/bin/sh", "-c", Script, "florin-initdb", installation.Program("initdb"), folder.Postgres,
                "--username=" + PrivateCluster.Superuser, "--auth=scram-sha-256", "--data-checksums",
                "--encoding=UTF8", "--locale=C", "--lc-ctype=" + letters,
            ],
            secrets.Superuser + "\n",
            cancellationToken);
        if (!made.Succeeded)
        {
            throw new DataFolderException($"The PostgreSQL cluster could not be made in {folder.Postgres}: {made.LastLine}");
        }
    }
}

namespace Florin.Storage.Database.Cluster;

/// <summary>Who PostgreSQL runs as: ourselves, or an unprivileged system user when we are root, which PostgreSQL refuses.</summary>
/// <param name="Name">The user to become; null when we stay who we are.</param>
/// <param name="Ids">Its user and group number.</param>
internal sealed record PostgresUser(string? Name, (string User, string Group) Ids)
{
    // Debian's package makes the first; the second is on every Unix.
    private static readonly string[] Candidates = ["postgres", "nobody"];

    /// <summary>Chooses the user, makes the folder that is its own, and checks that it can get there.</summary>
    /// <exception cref="DataFolderException">There is no such user, or it cannot reach the folder.</exception>
    public static async Task<PostgresUser> PrepareAsync(DataFolder folder, CancellationToken cancellationToken)
    {
        var user = Environment.IsPrivilegedProcess
            ? await ForRootAsync(folder, cancellationToken)
            : new PostgresUser(null, ("", ""));
        await user.CheckReachAsync(folder, cancellationToken);
        await user.MakeFolderAsync(folder, cancellationToken);
        return user;
    }

    /// <summary>The command that runs <paramref name="command"/> as this user.</summary>
    public string[] Wrap(params string[] command) =>
        Name is null
            ? command
            : ["setpriv", $"--reuid={Ids.User}", $"--regid={Ids.Group}", "--clear-groups", "--", .. command];

    public Task<CommandResult> RunAsync(string[] command, string input, CancellationToken cancellationToken)
    {
        var whole = Wrap(command);
        return Command.RunAsync(whole[0], whole[1..], input, cancellationToken, PlainMessages);
    }

    /// <summary>Messages in English, because some of them decide what to do next.</summary>
    public static IReadOnlyDictionary<string, string> PlainMessages { get; } =
        new Dictionary<string, string> { ["LC_ALL"] = "C", ["TZ"] = "UTC" };

    private static async Task<PostgresUser> ForRootAsync(DataFolder folder, CancellationToken cancellationToken)
    {
        // A folder of an earlier start keeps its user, even if that start was not made by root.
        var owner = Directory.Exists(folder.Postgres)
            ? (await Command.RunAsync("stat", ["-c", "%U", folder.Postgres], "", cancellationToken)).Output.Trim()
            : "";
        string[] names = owner is "" or "root" or "UNKNOWN" ? Candidates : [owner];
        foreach (var name in names)
        {
            var user = await Command.RunAsync("id", ["-u", name], "", cancellationToken);
            var group = await Command.RunAsync("id", ["-g", name], "", cancellationToken);
            if (user.Succeeded && group.Succeeded)
            {
                return new PostgresUser(name, (user.Output.Trim(), group.Output.Trim()));
            }
        }

        throw new DataFolderException(
            $"PostgreSQL never runs as root, and none of the users {string.Join(", ", names)} exists: start Florin as another user.");
    }

    private async Task CheckReachAsync(DataFolder folder, CancellationToken cancellationToken)
    {
        if (Name is null)
        {
            return;
        }

        List<string> path = [];
        for (var part = folder.Path; part is not null; part = Path.GetDirectoryName(part))
        {
            path.Insert(0, part);
        }

        const string FirstClosed = "for part do [ -x \"$part\" ] || { printf %s \"$part\"; exit 1; }; done";
        var check = await RunAsync(["sh", "-c", FirstClosed, "sh", .. path], "", cancellationToken);
        if (!check.Succeeded)
        {
            throw new DataFolderException(
                $"PostgreSQL runs as the user {Name}, not as root, and that user cannot pass {(check.Output == "" ? folder.Path : check.Output)}: "
                + "choose a data folder that it can reach with --data.");
        }
    }

    private async Task MakeFolderAsync(DataFolder folder, CancellationToken cancellationToken)
    {
        string[] ownership = Name is null ? [] : ["-o", Ids.User, "-g", Ids.Group];
        foreach (var path in new[] { folder.Postgres, folder.SocketFolder })
        {
            var made = await Command.RunAsync("install", ["-d", "-m", "700", .. ownership, path], "", cancellationToken);
            if (!made.Succeeded)
            {
                throw new DataFolderException(
                    $"The folder {path} cannot be made or is not ours ({made.LastLine}): choose another data folder with --data.");
            }
        }
    }
}

namespace Florin.Storage.Database.Cluster;

/// <summary>The settings of a private cluster, given on its command line, where nothing in the data folder can weaken them.</summary>
/// <param name="WalMegabytesMax">How much log may pile up between two checkpoints: the price of a crash is reading it again.</param>
internal sealed record ClusterSettings(int SharedMegabytes, int WalMegabytesMax, int ConnectionsMax)
{
    private const int SharedMegabytesMin = 32;
    private const int SharedMegabytesMax = 512;
    private const long BytesPerMegabyte = 1 << 20;

    /// <summary>An eighth of the memory of this machine or container, at most 512 MB.</summary>
    public static ClusterSettings ForThisMachine()
    {
        var megabytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / BytesPerMegabyte;
        return new ClusterSettings(
            SharedMegabytes: (int)Math.Clamp(megabytes / 8, SharedMegabytesMin, SharedMegabytesMax),
            WalMegabytesMax: 4096,
            ConnectionsMax: 100);
    }

    public IEnumerable<string> Arguments(DataFolder folder, int port)
    {
        Dictionary<string, string> settings = new()
        {
            // An answer is sent after the commit is durable.
            ["fsync"] = "on",
            ["synchronous_commit"] = "on",
            ["full_page_writes"] = "on",

            // Nobody from outside this machine.
            ["listen_addresses"] = "127.0.0.1",
            ["port"] = $"{port}",
            ["unix_socket_directories"] = folder.MayUseSocket ? $"\"{folder.SocketFolder}\"" : "",
            ["unix_socket_permissions"] = "0700",
            ["password_encryption"] = "scram-sha-256",

            ["max_connections"] = $"{ConnectionsMax}",
            ["shared_buffers"] = $"{SharedMegabytes}MB",
            ["wal_buffers"] = "16MB",
            ["max_wal_size"] = $"{WalMegabytesMax}MB",

            // Files of the log are used again instead of made: making one holds up every commit for 50 ms.
            ["min_wal_size"] = $"{WalMegabytesMax / 4}MB",
            ["checkpoint_timeout"] = "15min",
            ["random_page_cost"] = "1.1",

            // Compiling a statement costs more than it saves on the short ones of a ledger.
            ["jit"] = "off",

            ["cluster_name"] = "florin",
            ["timezone"] = "UTC",
            ["log_timezone"] = "UTC",
            ["log_line_prefix"] = "%m [%p] %q%u@%d ",
            ["logging_collector"] = "off",
            ["log_destination"] = "stderr",
        };
        return settings.SelectMany(setting => new[] { "-c", $"{setting.Key}={setting.Value}" });
    }
}

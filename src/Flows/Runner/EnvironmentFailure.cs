using System.Data.Common;
using System.Net.Sockets;
using Florin.Ledger;

namespace Florin.Flows.Runner;

/// <summary>Tells failures of the world around us, which pass, from bugs of ours, which do not.</summary>
internal static class EnvironmentFailure
{
    /// <summary>Network, disk, time-outs, the ledger's absence, and what the database driver itself calls transient.</summary>
    public static bool Is(Exception exception) => exception
        is HttpRequestException
        or IOException
        or SocketException
        or TimeoutException
        or LedgerUnavailableException
        or DbException { IsTransient: true };
}

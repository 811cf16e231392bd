using System.Data.Common;
using System.Net.Sockets;
using Florin.Ledger;

namespace Florin.Flows.Runner;

/// <summary>Tells failures of the world around us, which pass, from bugs of ours, which do not.</summary>
internal static class EnvironmentFailure
{
    /// <summary>A standby answered, in the middle of a fail-over (PostgreSQL, appendix A).</summary>
    private const string ReadOnlyTransaction = "25006";

    /// <summary>A statement was cancelled by an administrator or a time-out.</summary>
    private const string QueryCanceled = "57014";

    /// <summary>This process stood still in the middle of a transaction, and the database ended it.</summary>
    private const string IdleInTransactionTimeout = "25P03";

    /// <summary>What PostgreSQL says when a file could not be written for a reason that it has no name for: a quota, a limit on a file's size (fault T-04).</summary>
    private const string InternalError = "XX000";

    /// <summary>Network, disk, time-outs, the ledger's absence, and what the database driver itself calls transient.</summary>
    public static bool Is(Exception exception) => exception
        is HttpRequestException
        or IOException
        or SocketException
        or TimeoutException
        or LedgerUnavailableException
        or DbException { IsTransient: true }
        or DbException { SqlState: ReadOnlyTransaction or QueryCanceled or IdleInTransactionTimeout or InternalError };
}

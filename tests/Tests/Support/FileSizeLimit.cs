using System.ComponentModel;
using System.Runtime.InteropServices;
using Florin.Storage.Database.Cluster;

namespace Florin.Tests.Support;

/// <summary>
/// A disk that is full, for the processes of one PostgreSQL: none of its files grows beyond a size, and every attempt ends with an error of the
/// operating system (EFBIG; PostgreSQL ignores SIGXFSZ). Only the soft limit is lowered, which the owner of the processes may lift again.
/// </summary>
internal static class FileSizeLimit
{
    /// <summary>A segment of the write-ahead log: what is smaller would not be a full disk, but no log.</summary>
    public const long WalSegmentBytes = 16 << 20;

    /// <summary>RLIMIT_FSIZE of Linux.</summary>
    private const int FileSize = 1;

    /// <summary>RLIM_INFINITY, and the hard limit where nobody set one.</summary>
    private const ulong Unlimited = ulong.MaxValue;

    public static void Set(int postmaster) => Apply(postmaster, WalSegmentBytes);

    public static void Lift(int postmaster) => Apply(postmaster, Unlimited);

    // The postmaster first: what it starts from now on has its limit.
    private static void Apply(int postmaster, ulong bytes)
    {
        Limit(postmaster, bytes);
        foreach (int process in UnixProcess.All().Where(process => UnixProcess.Parent(process) == postmaster))
        {
            Limit(process, bytes);
        }
    }

    private static void Limit(int process, ulong bytes)
    {
        if (Read(process, FileSize, 0, out Pair found) != 0)
        {
            // It ended meanwhile.
            return;
        }

        Pair limit = found with { Soft = Math.Min(bytes, found.Hard) };
        if (Write(process, FileSize, in limit, 0) != 0 && UnixProcess.IsAlive(process))
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    private readonly record struct Pair(ulong Soft, ulong Hard);

    [DllImport("libc", EntryPoint = "prlimit", SetLastError = true)]
    private static extern int Read(int process, int resource, nint none, out Pair found);

    [DllImport("libc", EntryPoint = "prlimit", SetLastError = true)]
    private static extern int Write(int process, int resource, in Pair limit, nint none);
}

namespace Florin.Server.Http;

/// <summary>Ends the host because something that must be true is not. The process exits with <see cref="ExitCode"/>.</summary>
internal sealed class FatalStop(IHostApplicationLifetime lifetime)
{
    public const int ExitCode = 70;

    private Exception? _cause;

    /// <summary>What ended the host; <see langword="null"/> when it ended as asked.</summary>
    public Exception? Cause => Volatile.Read(ref _cause);

    /// <summary>Begins the stop and returns at once. The first cause stands.</summary>
    public void Stop(Exception cause)
    {
        Interlocked.CompareExchange(ref _cause, cause, null);
        lifetime.StopApplication();
    }
}

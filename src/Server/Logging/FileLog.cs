using System.Globalization;
using System.Text;
using Florin.Server.Hosting;

namespace Florin.Server.Logging;

/// <summary>Writes log lines to a file, one line each, and begins a new file when it is full; one older file is kept.</summary>
/// <remarks>
/// A line that cannot be written, because the disk is full, is counted and given up: whoever logs is at other work, which must not fail for it
/// (fault T-04). The next line is tried again.
/// </remarks>
internal sealed class FileLog : ILoggerProvider
{
    public const string FileName = "florin.log";

    private const long BytesMax = 64L << 20;

    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly TimeProvider _timeProvider;
    private FileStream? _stream;
    private long _failures;
    private bool _isFailing;

    /// <param name="folder">Made when it is missing, for the owner alone.</param>
    /// <exception cref="IOException">The file cannot be opened: a server that could never log does not start.</exception>
    public FileLog(string folder, TimeProvider timeProvider)
    {
        _timeProvider = timeProvider;
        _path = Path.Combine(Directory.CreateDirectory(folder).FullName, FileName);
        _stream = Open();
    }

    /// <summary>Lines that could not be written when they were due.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>Whether the last line could not be written.</summary>
    public bool IsFailing => Volatile.Read(ref _isFailing);

    public ILogger CreateLogger(string categoryName) => new CategoryLogger(this, categoryName[(categoryName.LastIndexOf('.') + 1)..]);

    public void Dispose()
    {
        lock (_lock)
        {
            Close();
        }
    }

    private FileStream Open() => PrivateFile.Open(_path, FileMode.Append);

    private void Write(LogLevel level, string category, EventId eventId, string message, Exception? exception)
    {
        string time = _timeProvider.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        string cause = exception is null ? "" : " | " + exception;

        // One event is one line, so that no text can pretend to be another event.
        string line = $"{time} {level} {category}[{eventId.Id}] {message}{cause}".ReplaceLineEndings("\\n");
        lock (_lock)
        {
            try
            {
                Write(Encoding.UTF8.GetBytes(line + Environment.NewLine));
                Volatile.Write(ref _isFailing, false);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                Interlocked.Increment(ref _failures);
                Volatile.Write(ref _isFailing, true);
            }
        }
    }

    private void Write(byte[] line)
    {
        if (_stream is { Length: > BytesMax })
        {
            Close();
            File.Move(_path, _path + ".1", overwrite: true);
        }

        _stream ??= Open();
        _stream.Write(line);
        _stream.Flush();
    }

    private void Close()
    {
        FileStream? stream = _stream;
        _stream = null;
        try
        {
            stream?.Dispose();
        }
        catch (IOException)
        {
            // It is closed all the same; what could not be written was counted.
        }
    }

    private sealed class CategoryLogger(FileLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.Write(logLevel, category, eventId, formatter(state, exception), exception);
    }
}

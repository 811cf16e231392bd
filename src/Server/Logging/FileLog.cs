using System.Globalization;
using Florin.Server.Hosting;

namespace Florin.Server.Logging;

/// <summary>Writes log lines to a file, one line each, and begins a new file when it is full; one older file is kept.</summary>
internal sealed class FileLog : ILoggerProvider
{
    public const string FileName = "florin.log";

    private const long BytesMax = 64L << 20;

    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly TimeProvider _timeProvider;
    private StreamWriter _writer;

    /// <param name="folder">Made when it is missing, for the owner alone.</param>
    public FileLog(string folder, TimeProvider timeProvider)
    {
        _timeProvider = timeProvider;
        _path = Path.Combine(Directory.CreateDirectory(folder).FullName, FileName);
        _writer = Open();
    }

    public ILogger CreateLogger(string categoryName) => new CategoryLogger(this, categoryName[(categoryName.LastIndexOf('.') + 1)..]);

    public void Dispose()
    {
        lock (_lock)
        {
            _writer.Dispose();
        }
    }

    private StreamWriter Open() => new(PrivateFile.Open(_path, FileMode.Append)) { AutoFlush = true };

    private void Write(LogLevel level, string category, EventId eventId, string message, Exception? exception)
    {
        string time = _timeProvider.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        string cause = exception is null ? "" : " | " + exception;

        // One event is one line, so that no text can pretend to be another event.
        string line = $"{time} {level} {category}[{eventId.Id}] {message}{cause}".ReplaceLineEndings("\\n");
        lock (_lock)
        {
            if (_writer.BaseStream.Length > BytesMax)
            {
                _writer.Dispose();
                File.Move(_path, _path + ".1", overwrite: true);
                _writer = Open();
            }

            _writer.WriteLine(line);
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

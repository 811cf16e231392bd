using Florin.Server.Configuration;
using Florin.Server.Hosting;
using Microsoft.Extensions.Logging.Console;

namespace Florin.Server.Logging;

/// <summary>Where log lines go, for what runs around the host and for the host itself.</summary>
internal sealed class LogSetup : IDisposable
{
    public const string FolderName = "log";

    /// <summary><see langword="null"/> when lines go to the console alone.</summary>
    public FileLog? File => _file;

    private readonly bool _isQuiet;
    private readonly LogLevel _level;
    private readonly FileLog? _file;

    /// <exception cref="ConfigurationRefusedException">The log level is not known.</exception>
    public LogSetup(ServeOptions options, TimeProvider timeProvider)
    {
        _isQuiet = options.IsQuiet;
        string level = options.Configuration.Get(Settings.LogLevel);
        _level = Enum.TryParse(level, ignoreCase: true, out LogLevel parsed) && Enum.IsDefined(parsed) && !char.IsAsciiDigit(level[0])
            ? parsed
            : throw new ConfigurationRefusedException($"{Settings.LogLevel.Path} must be trace, debug, information, warning or error.");
        _file = _isQuiet ? new FileLog(Path.Combine(options.DataFolder, FolderName), timeProvider) : null;
    }

    /// <summary>Makes a factory for what runs around the host. Disposed by the caller.</summary>
    public ILoggerFactory CreateFactory() => LoggerFactory.Create(Apply);

    public void Apply(ILoggingBuilder logging)
    {
        logging.ClearProviders();
        logging.SetMinimumLevel(_isQuiet && _level > LogLevel.Debug ? LogLevel.Debug : _level);

        // The framework logs the addresses of requests, which may hold personal data; ours logs route patterns.
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.AddFilter("System", LogLevel.Warning);
        logging.AddFilter("Npgsql", LogLevel.Warning);
        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss.fff ";
            console.UseUtcTimestamp = true;
        });
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        if (_file is not null)
        {
            logging.AddFilter<ConsoleLoggerProvider>(level => level >= LogLevel.Warning);
            logging.AddProvider(new Shared(_file));
        }
    }

    public void Dispose() => _file?.Dispose();

    /// <summary>Keeps the host from closing a file that others still write to.</summary>
    private sealed class Shared(FileLog file) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => file.CreateLogger(categoryName);

        public void Dispose()
        {
        }
    }
}

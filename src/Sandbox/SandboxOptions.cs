using System.Globalization;

namespace Florin.Sandbox;

/// <summary>What the command line says.</summary>
internal sealed record SandboxOptions
{
    public const string Usage = """
        usage: sandbox [--urls URL] [--data DIR] [--webhook-url PROVIDER=URL]... [--webhook-secret PROVIDER=SECRET]... [--secret-key KEY]
                       [--paypal-client ID:SECRET]
                       [--auto-advance true|false] [--async-delay SECONDS] [--opening-balance AMOUNT] [--strict-attach true|false] [--exit-with-stdin]
        """;

    /// <summary>Where to listen; port 0 takes any free one.</summary>
    public string Url { get; init; } = "http://127.0.0.1:0";

    /// <summary>Where it really listens, without a slash at the end; known once it does.</summary>
    public string PublicUrl { get; set; } = string.Empty;

    /// <summary>The folder of the journals; <see langword="null"/> keeps everything in memory.</summary>
    public string? DataFolder { get; init; }

    public IReadOnlyList<(string Provider, string Value)> WebhookUrls { get; init; } = [];

    /// <summary>All secrets of a provider sign every webhook of it.</summary>
    public IReadOnlyList<(string Provider, string Value)> WebhookSecrets { get; init; } = [];

    /// <summary>The one key that is taken; <see langword="null"/> takes every test key.</summary>
    public string? SecretKey { get; init; }

    /// <summary>The one PayPal client that is taken, as <c>id:secret</c>; <see langword="null"/> takes every one.</summary>
    public string? PayPalClient { get; init; }

    /// <summary>Whether what falls due happens by itself in real time, or only when the clock is moved.</summary>
    public bool AutoAdvance { get; init; } = true;

    /// <summary>The pace of everything asynchronous: one step of a debit or a payout takes this long, on the sandbox's clock.</summary>
    public TimeSpan AsyncDelay { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>What can be paid out from the start, in the smallest unit of every currency.</summary>
    public long OpeningBalance { get; init; } = 100_000_000_000;

    /// <summary>Whether attaching a card that is always declined fails too, as in Stripe's test mode.</summary>
    public bool StrictAttach { get; init; }

    /// <summary>Whether the process ends when its standard input is closed, so that it dies with its parent.</summary>
    public bool ExitWithStandardInput { get; init; }

    /// <returns>The options, or <see langword="null"/> with one sentence in <paramref name="problem"/>.</returns>
    public static SandboxOptions? Parse(string[] arguments, out string? problem)
    {
        var options = new SandboxOptions();
        problem = null;
        for (var i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] == "--exit-with-stdin")
            {
                options = options with { ExitWithStandardInput = true };
                continue;
            }

            var value = i + 1 < arguments.Length ? arguments[i + 1] : null;
            if (value is null || options.With(arguments[i], value) is not { } next)
            {
                problem = value is null ? $"{arguments[i]} needs a value, or is unknown." : $"{arguments[i]} {value} is not understood.";
                return null;
            }

            options = next;
            i++;
        }

        return options;
    }

    private SandboxOptions? With(string name, string value) => name switch
    {
        "--urls" => IsHttp(value) ? this with { Url = value } : null,
        "--data" => this with { DataFolder = Path.GetFullPath(value) },
        "--webhook-url" => Pair(value) is { } url && IsHttp(url.Value) ? this with { WebhookUrls = [.. WebhookUrls, url] } : null,
        "--webhook-secret" => Pair(value) is { } secret ? this with { WebhookSecrets = [.. WebhookSecrets, secret] } : null,
        "--secret-key" => this with { SecretKey = value },
        "--paypal-client" => value.Contains(':', StringComparison.Ordinal) ? this with { PayPalClient = value } : null,
        "--auto-advance" => bool.TryParse(value, out var automatic) ? this with { AutoAdvance = automatic } : null,
        "--strict-attach" => bool.TryParse(value, out var strict) ? this with { StrictAttach = strict } : null,
        "--async-delay" => Whole(value) is { } seconds and <= 86_400 ? this with { AsyncDelay = TimeSpan.FromSeconds(seconds) } : null,
        "--opening-balance" => Whole(value) is { } amount ? this with { OpeningBalance = amount } : null,
        _ => null,
    };

    private static bool IsHttp(string value) =>
        Uri.TryCreate(value, UriKind.Absolute, out var url) && url.Scheme is "http" or "https";

    private static long? Whole(string value) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static (string Provider, string Value)? Pair(string text) =>
        text.Split('=', 2) is [{ Length: > 0 } provider, { Length: > 0 } value] ? (provider, value) : null;
}

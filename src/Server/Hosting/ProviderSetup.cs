using Florin.Ledger;
using Florin.Providers;
using Florin.Server.Configuration;

namespace Florin.Server.Hosting;

/// <summary>Which Stripe and which PayPal the server speaks to: the configured accounts, or the sandbox in development mode.</summary>
internal static class ProviderSetup
{
    private const string SandboxSecretFile = "sandbox.secret";
    private const string SecretPrefix = "whsec_";
    private const int SecretBytes = 24;
    private const string SandboxClient = "florin-sandbox";
    /// <summary>The webhook's id at the sandbox, which its signatures name.</summary>
    public const string SandboxPayPalWebhook = "FLORINSANDBOXWEBHOOK";
    private const int AuthorityBytesMax = 16 * 1024;
    private const int TimeoutSecondsMin = 1;
    private const int TimeoutSecondsMax = 300;
    private const int RequestsPerSecondMax = 10_000;
    private static readonly TimeSpan AuthorityPatience = TimeSpan.FromSeconds(30);

    /// <summary>Development mode without a key of its own uses a sandbox.</summary>
    public static bool UsesSandbox(ServeOptions options) => options.IsDevelopment && options.Configuration.Find(Settings.StripeSecretKey) is null;

    /// <summary>The webhook secret that server and sandbox share, the same over restarts so that late webhooks stay genuine.</summary>
    public static string SandboxWebhookSecret(string dataFolder, IdSource ids)
    {
        string path = Path.Combine(dataFolder, SandboxSecretFile);
        if (!File.Exists(path))
        {
            PrivateFile.Write(path, SecretPrefix + Convert.ToHexStringLower(ids.NextSecret(SecretBytes)) + "\n");
        }

        return File.ReadAllText(path).Trim();
    }

    public static StripeOptions ForSandbox(FlorinConfiguration configuration, Uri sandboxUrl, string webhookSecret) => new()
    {
        ApiBase = new Uri(sandboxUrl, "/stripe"),
        SecretKey = SandboxProcess.StripeKey,
        WebhookSecrets = [webhookSecret],
        Resilience = Resilience(configuration, Settings.StripeTimeout, Settings.StripeRate),
    };

    /// <exception cref="ConfigurationRefusedException">A setting is missing.</exception>
    public static StripeOptions ForAccount(FlorinConfiguration configuration) => new()
    {
        ApiBase = Uri.TryCreate(configuration.Get(Settings.StripeUrl), UriKind.Absolute, out Uri? url)
            ? url
            : throw new ConfigurationRefusedException($"{Settings.StripeUrl.Path} must be an absolute address."),
        SecretKey = configuration.Get(Settings.StripeSecretKey),
        WebhookSecrets = configuration.Find(Settings.StripeWebhookSecretPrevious) is { } previous
            ? [configuration.Get(Settings.StripeWebhookSecret), previous]
            : [configuration.Get(Settings.StripeWebhookSecret)],
        Resilience = Resilience(configuration, Settings.StripeTimeout, Settings.StripeRate),
    };

    /// <summary>Whether the configured PayPal is one that moves no real money.</summary>
    public static bool IsPayPalTest(FlorinConfiguration configuration) =>
        Uri.TryCreate(configuration.Get(Settings.PayPalUrl), UriKind.Absolute, out Uri? url) && (url.IsLoopback || url.Host == PayPalOptions.SandboxHost);

    /// <summary>PayPal's account, or <see langword="null"/> when none is configured: then there is no PayPal.</summary>
    /// <exception cref="ConfigurationRefusedException">A setting is missing.</exception>
    public static PayPalOptions? PayPalForAccount(FlorinConfiguration configuration) => configuration.Find(Settings.PayPalClientId) is not { } clientId
        ? null
        : new PayPalOptions
        {
            ApiBase = Uri.TryCreate(configuration.Get(Settings.PayPalUrl), UriKind.Absolute, out Uri? url)
                ? url
                : throw new ConfigurationRefusedException($"{Settings.PayPalUrl.Path} must be an absolute address."),
            ClientId = clientId,
            ClientSecret = configuration.Get(Settings.PayPalClientSecret),
            WebhookId = configuration.Get(Settings.PayPalWebhookId),
            Resilience = Resilience(configuration, Settings.PayPalTimeout, Settings.PayPalRate),
        };

    /// <summary>Takes any client.</summary>
    /// <param name="authority">The certificate that the sandbox's webhooks are traced to, in PEM; without it none is believed.</param>
    public static PayPalOptions PayPalForSandbox(FlorinConfiguration configuration, Uri sandboxUrl, string? authority) => new()
    {
        ApiBase = new Uri(sandboxUrl, "/paypal"),
        ClientId = SandboxClient,
        ClientSecret = SandboxClient,
        WebhookId = SandboxPayPalWebhook,
        TrustedRoots = authority,
        Resilience = Resilience(configuration, Settings.PayPalTimeout, Settings.PayPalRate),
    };

    /// <summary>The authority of the sandbox's certificates, or <see langword="null"/> when it does not answer now.</summary>
    public static async Task<string?> SandboxAuthorityAsync(Uri sandboxUrl, CancellationToken cancellationToken)
    {
        using HttpClient http = new() { Timeout = AuthorityPatience, MaxResponseContentBufferSize = AuthorityBytesMax };
        try
        {
            return await http.GetStringAsync(new Uri(sandboxUrl, "/_sandbox/paypal/authority.pem"), cancellationToken);
        }
        catch (HttpRequestException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private static ResilienceOptions Resilience(FlorinConfiguration configuration, Setting timeout, Setting rate)
    {
        ResilienceOptions defaults = new();
        TimeSpan attempt = configuration.Find(timeout) is null
            ? defaults.AttemptTimeout
            : TimeSpan.FromSeconds(configuration.GetInteger(timeout, TimeoutSecondsMin, TimeoutSecondsMax));
        return new ResilienceOptions
        {
            AttemptTimeout = attempt,

            // A connection is made within the attempt, so it may not take longer.
            ConnectTimeout = attempt < defaults.ConnectTimeout ? attempt : defaults.ConnectTimeout,
            RequestsPerSecond = configuration.Find(rate) is null ? defaults.RequestsPerSecond : configuration.GetInteger(rate, 1, RequestsPerSecondMax),
        };
    }
}

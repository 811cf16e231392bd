using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Florin.Providers;

/// <summary>How to reach PayPal and how to know its webhooks. Holds secrets: never log it.</summary>
public sealed class PayPalOptions
{
    /// <summary>Where real money moves.</summary>
    public const string LiveHost = "api-m.paypal.com";

    /// <summary>PayPal's own test environment.</summary>
    public const string SandboxHost = "api-m.sandbox.paypal.com";

    private const int RootsMax = 8;

    /// <summary>Where <c>/v2/…</c> lives. Plain HTTP is allowed on loopback only: the sandbox is at <c>{sandbox_url}/paypal</c>.</summary>
    public Uri ApiBase { get; init; } = new($"https://{LiveHost}");

    public required string ClientId { get; init; }

    public required string ClientSecret { get; init; }

    /// <summary>PayPal's id of our webhook, which every signature names.</summary>
    public required string WebhookId { get; init; }

    /// <summary>How old a webhook may be: PayPal tries for three days. Repeats within it are told by the event's id.</summary>
    public TimeSpan WebhookAgeMax { get; init; } = TimeSpan.FromDays(3);

    /// <summary>How far a webhook's time may be ahead of ours.</summary>
    public TimeSpan WebhookAheadMax { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Authorities in PEM that certificates are traced to instead of the system's; only for an <see cref="ApiBase"/> on loopback.</summary>
    public string? TrustedRoots { get; init; }

    public ResilienceOptions Resilience { get; init; } = new();

    /// <summary>Whether the client moves real money.</summary>
    public bool IsLive => ApiBase.Host is not SandboxHost && !ApiBase.IsLoopback;

    /// <exception cref="ArgumentException">A value is missing or dangerous; the message never contains a secret.</exception>
    internal void Validate()
    {
        Require(IsCredential(ClientId), "ClientId is the id of a REST app at PayPal.");
        Require(IsCredential(ClientSecret), "ClientSecret is the secret of a REST app at PayPal.");
        Require(IsCredential(WebhookId), "WebhookId is PayPal's id of our webhook.");
        Require(WebhookAgeMax > TimeSpan.Zero && WebhookAgeMax <= TimeSpan.FromDays(30), "WebhookAgeMax is more than zero and at most 30 days.");
        Require(WebhookAheadMax >= TimeSpan.Zero && WebhookAheadMax <= TimeSpan.FromHours(1), "WebhookAheadMax is at most an hour.");
        Require(ApiBase.IsAbsoluteUri && ApiBase.Query.Length == 0 && ApiBase.Fragment.Length == 0, "ApiBase is an absolute address without query.");
        Require(
            (ApiBase.Scheme == Uri.UriSchemeHttps && ApiBase.Host is LiveHost or SandboxHost) || ApiBase.IsLoopback,
            $"ApiBase is https://{LiveHost}, https://{SandboxHost} or on loopback: the secret is sent nowhere else.");
        Require(TrustedRoots is null || ApiBase.IsLoopback, "TrustedRoots is for an ApiBase on loopback only.");
        Require(TrustedRoots is null || ReadRoots().Count is > 0 and <= RootsMax, "TrustedRoots holds certificates in PEM.");
        Resilience.Validate();
    }

    /// <summary>The authorities of <see cref="TrustedRoots"/>; empty when there are none or they cannot be read.</summary>
    internal X509Certificate2Collection ReadRoots()
    {
        X509Certificate2Collection roots = [];
        try
        {
            roots.ImportFromPem(TrustedRoots);
        }
        catch (CryptographicException)
        {
            roots.Clear();
        }

        return roots;
    }

    private static bool IsCredential(string text) => text.Length is > 0 and <= 256 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');

    private static void Require(bool holds, string message)
    {
        if (!holds)
        {
            throw new ArgumentException(message);
        }
    }
}

namespace Florin.Providers;

/// <summary>How to reach Stripe and how to know its webhooks. Holds secrets: never log it.</summary>
public sealed class StripeOptions
{
    /// <summary>The version of Stripe's API whose forms and answers this connector is written and tested against.</summary>
    public const string ApiVersion = "2023-08-16";

    /// <summary>Where <c>/v1/…</c> lives. Plain HTTP is allowed on loopback only: the sandbox is at <c>{sandbox_url}/stripe</c>.</summary>
    public Uri ApiBase { get; init; } = new("https://api.stripe.com");

    /// <summary>A secret or restricted key: <c>sk_test_…</c>, <c>sk_live_…</c>, <c>rk_…</c>.</summary>
    public required string SecretKey { get; init; }

    /// <summary>One <c>whsec_…</c> secret, or two while it is being rotated: an event signed with either is genuine (fault W-09).</summary>
    public required IReadOnlyList<string> WebhookSecrets { get; init; }

    /// <summary>How far a webhook's time may be from ours, in either direction.</summary>
    public TimeSpan WebhookTolerance { get; init; } = TimeSpan.FromSeconds(300);

    public ResilienceOptions Resilience { get; init; } = new();

    /// <summary>Whether the key moves real money. Events of the other environment are refused (fault W-12).</summary>
    public bool IsLive => SecretKey.StartsWith("sk_live_", StringComparison.Ordinal) || SecretKey.StartsWith("rk_live_", StringComparison.Ordinal);

    /// <exception cref="ArgumentException">A value is missing or dangerous; the message never contains a secret.</exception>
    internal void Validate()
    {
        string[] keyPrefixes = ["sk_test_", "sk_live_", "rk_test_", "rk_live_"];
        Require(keyPrefixes.Any(prefix => SecretKey.StartsWith(prefix, StringComparison.Ordinal)), "SecretKey must be a secret or restricted key of Stripe.");
        Require(SecretKey.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'), "SecretKey has characters that no key has.");
        Require(WebhookSecrets.Count is 1 or 2, "WebhookSecrets takes one secret, or two during a rotation.");
        Require(
            WebhookSecrets.All(secret => secret.StartsWith("whsec_", StringComparison.Ordinal) && secret.Length > "whsec_".Length),
            "Each of WebhookSecrets starts with whsec_.");
        Require(WebhookTolerance > TimeSpan.Zero && WebhookTolerance <= TimeSpan.FromHours(1), "WebhookTolerance is more than zero and at most an hour.");
        Require(ApiBase.IsAbsoluteUri && ApiBase.Query.Length == 0 && ApiBase.Fragment.Length == 0, "ApiBase is an absolute address without query.");
        Require(ApiBase.Scheme == Uri.UriSchemeHttps || (ApiBase.Scheme == Uri.UriSchemeHttp && ApiBase.IsLoopback), "ApiBase is https, or http on loopback.");
        Require(!IsLive || ApiBase.Host == "api.stripe.com", "A live key is sent to api.stripe.com only.");
        Resilience.Validate();
    }

    private static void Require(bool holds, string message)
    {
        if (!holds)
        {
            throw new ArgumentException(message);
        }
    }
}

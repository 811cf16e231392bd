using Florin.Providers;
using Florin.Server.Configuration;

namespace Florin.Server.Hosting;

/// <summary>Development mode plays with money, so it never runs with a key that moves real money.</summary>
internal static class LiveKeyGuard
{
    private static readonly string[] LivePrefixes = ["sk_live_", "rk_live_"];

    /// <remarks>PayPal's client ids do not say which environment they are of: the address does.</remarks>
    /// <exception cref="ConfigurationRefusedException">A real provider key is configured.</exception>
    public static void Require(FlorinConfiguration configuration)
    {
        if (configuration.Find(Settings.StripeSecretKey) is { } key && LivePrefixes.Any(prefix => key.Trim().StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
        {
            throw new ConfigurationRefusedException(
                $"Development mode does not start with a live Stripe key: remove {Settings.StripeSecretKey.Path}, or serve without --dev.");
        }

        if (configuration.Find(Settings.PayPalClientId) is not null && !ProviderSetup.IsPayPalTest(configuration))
        {
            throw new ConfigurationRefusedException(
                $"Development mode does not start with PayPal's live address: set {Settings.PayPalUrl.Path} to https://{PayPalOptions.SandboxHost}, "
                + $"remove {Settings.PayPalClientId.Path}, or serve without --dev.");
        }
    }
}

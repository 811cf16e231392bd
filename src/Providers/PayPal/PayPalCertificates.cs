using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Florin.Providers.Resilience;

namespace Florin.Providers.PayPal;

/// <summary>Fetches the certificates that sign webhooks, checks them, and keeps their keys until they end. Thread-safe.</summary>
/// <remarks>
/// The address stands in the webhook, so anybody can write it: only PayPal's own host of our environment is asked, over https, below one path, without
/// redirects, up to a bound. The certificate must be valid now, chain to a trusted authority, and be issued to PayPal's message verification.
/// Revocation is not asked for: PayPal changes the address when it changes the certificate.
/// </remarks>
internal sealed class PayPalCertificates(PayPalOptions options, HttpClient http, TimeProvider timeProvider) : IDisposable
{
    private const string PathPrefix = "/v1/notifications/certs/";
    private const string LiveSubject = "messageverificationcerts.paypal.com";
    private const string SandboxSubject = "messageverificationcerts.sandbox.paypal.com";
    private const int AddressLengthMax = 500;
    private const int BytesMax = 64 * 1024;
    private const int KeptMax = 16;
    private static readonly TimeSpan FetchTimeout = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, Kept> _kept = new(StringComparer.Ordinal);
    private readonly X509Certificate2Collection _roots = options.ReadRoots();

    /// <summary>Whether an address is one that PayPal's certificates of our environment have.</summary>
    public bool IsTrusted(string address)
    {
        if (address.Length > AddressLengthMax || !Uri.TryCreate(address, UriKind.Absolute, out Uri? url) || url.Query.Length > 0 || url.UserInfo.Length > 0)
        {
            return false;
        }

        string prefix = options.ApiBase.IsLoopback ? options.ApiBase.AbsolutePath.TrimEnd('/') + PathPrefix : PathPrefix;
        string rest = url.AbsolutePath.StartsWith(prefix, StringComparison.Ordinal) ? url.AbsolutePath[prefix.Length..] : string.Empty;
        bool isOurs = options.ApiBase.IsLoopback
            ? (url.Scheme, url.Host, url.Port) == (options.ApiBase.Scheme, options.ApiBase.Host, options.ApiBase.Port)
            : url.Scheme == Uri.UriSchemeHttps && url.IsDefaultPort && url.Host == (options.IsLive ? "api.paypal.com" : "api.sandbox.paypal.com");
        return isOurs && rest.Length > 0 && rest.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
    }

    /// <summary>The key of the certificate at a trusted address.</summary>
    /// <returns>The key; or why there is none, and whether it may be there later.</returns>
    public async ValueTask<(RSA? Key, string? Problem, bool MayComeLater)> KeyAsync(string address, CancellationToken cancellationToken)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        if (_kept.TryGetValue(address, out Kept? kept) && now < kept.Until)
        {
            return (kept.Key, null, false);
        }

        (byte[]? pem, string? problem) = await FetchAsync(address, cancellationToken);
        return pem is null ? (null, problem, true) : Check(address, pem, now);
    }

    public void Dispose()
    {
        foreach (Kept kept in _kept.Values)
        {
            kept.Key.Dispose();
        }
    }

    private async ValueTask<(byte[]? Pem, string? Problem)> FetchAsync(string address, CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = new(FetchTimeout, timeProvider);
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            using HttpResponseMessage response = await http.GetAsync(new Uri(address), HttpCompletionOption.ResponseHeadersRead, linked.Token);
            BoundedBody body = new(BytesMax);
            return !response.IsSuccessStatusCode ? (null, $"the certificate is answered with HTTP {(int)response.StatusCode}")
                : await body.ReadAsync(response.Content, linked.Token) ? (body.Bytes.ToArray(), null)
                : (null, "the certificate is too long");
        }
        catch (HttpRequestException exception)
        {
            return (null, $"the certificate cannot be fetched: {exception.HttpRequestError}");
        }
        catch (IOException)
        {
            return (null, "the certificate cannot be fetched: connection lost");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, "the certificate cannot be fetched: no answer");
        }
    }

    private (RSA? Key, string? Problem, bool MayComeLater) Check(string address, byte[] pem, DateTimeOffset now)
    {
        X509Certificate2Collection certificates = [];
        try
        {
            certificates.ImportFromPem(Encoding.ASCII.GetString(pem));
            return certificates.Count == 0 ? (null, "the certificate cannot be read", false) : Check(address, certificates, now);
        }
        catch (CryptographicException)
        {
            return (null, "the certificate cannot be read", false);
        }
        finally
        {
            foreach (X509Certificate2 certificate in certificates)
            {
                certificate.Dispose();
            }
        }
    }

    private (RSA? Key, string? Problem, bool MayComeLater) Check(string address, X509Certificate2Collection certificates, DateTimeOffset now)
    {
        X509Certificate2 leaf = certificates[0];
        if (leaf.GetNameInfo(X509NameType.SimpleName, forIssuer: false) != (options.IsLive ? LiveSubject : SandboxSubject))
        {
            return (null, "the certificate is issued to somebody else", false);
        }

        using X509Chain chain = new();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        chain.ChainPolicy.ExtraStore.AddRange(certificates);
        if (_roots.Count > 0)
        {
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(_roots);
        }

        if (!chain.Build(leaf))
        {
            return (null, $"the certificate is not trusted: {string.Join(", ", chain.ChainStatus.Select(status => status.Status).Distinct())}", false);
        }

        if (leaf.GetRSAPublicKey() is not { } key)
        {
            return (null, "the certificate has no RSA key", false);
        }

        // A bounded memory: whoever can put so many certificates on PayPal's host is PayPal.
        if (_kept.Count >= KeptMax)
        {
            _kept.Clear();
        }

        _kept[address] = new Kept(key, new DateTimeOffset(leaf.NotAfter.ToUniversalTime(), TimeSpan.Zero));
        return (key, null, false);
    }

    private sealed record Kept(RSA Key, DateTimeOffset Until);
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Florin.Client;

/// <summary>What is wrong with a webhook; <see cref="Genuine"/> when nothing is.</summary>
public enum WebhookCheck
{
    /// <summary>It comes from who knows the secret, and is fresh. It may still be a repetition: keep <c>webhook-id</c>.</summary>
    Genuine = 0,

    /// <summary>A header is missing or malformed.</summary>
    Malformed = 1,

    /// <summary>It is too old, or from the future.</summary>
    NotFresh = 2,

    /// <summary>No signature is by any of the secrets.</summary>
    NotGenuine = 3,
}

/// <summary>Tells whether a webhook comes from the server (Standard Webhooks, signatures <c>v1</c>). Thread-safe.</summary>
public sealed class WebhookVerifier
{
    /// <summary>The header with the event's id: the same however often the event is sent.</summary>
    public const string IdHeader = "webhook-id";

    /// <summary>The header with the time of this attempt, in seconds.</summary>
    public const string TimestampHeader = "webhook-timestamp";

    /// <summary>The header with the signatures, one for each secret in use.</summary>
    public const string SignatureHeader = "webhook-signature";

    private const string SecretPrefix = "whsec_";
    private const string VersionPrefix = "v1,";
    private const int SecretBytesMin = 24;
    private const int SecretBytesMax = 64;
    private const int SignaturesMax = 16;
    private const int TimestampLengthMax = 12;

    private readonly byte[][] _keys;
    private readonly TimeProvider _timeProvider;
    private readonly TimeSpan _tolerance;

    /// <param name="secrets">As they were shown: <c>whsec_…</c>. Two while a secret is being rotated.</param>
    /// <param name="timeProvider">The clock; the system's when absent.</param>
    /// <param name="tolerance">How far the sender's clock and ours may be apart, either way; 5 minutes when absent.</param>
    /// <exception cref="ArgumentException">There is no secret, or one that is none.</exception>
    public WebhookVerifier(IEnumerable<string> secrets, TimeProvider? timeProvider = null, TimeSpan? tolerance = null)
    {
        ArgumentNullException.ThrowIfNull(secrets);
        _keys = [.. secrets.Select(Key)];
        _timeProvider = timeProvider ?? TimeProvider.System;
        _tolerance = tolerance ?? TimeSpan.FromMinutes(5);
        if (_keys.Length == 0)
        {
            throw new ArgumentException("There must be a secret.", nameof(secrets));
        }
    }

    /// <summary>Checks one delivery.</summary>
    /// <param name="id">The header <see cref="IdHeader"/>.</param>
    /// <param name="timestamp">The header <see cref="TimestampHeader"/>.</param>
    /// <param name="signatures">The header <see cref="SignatureHeader"/>.</param>
    /// <param name="body">The bytes as they came, before a parser saw them.</param>
    public WebhookCheck Check(string? id, string? timestamp, string? signatures, ReadOnlySpan<byte> body)
    {
        bool isWellFormed = id is { Length: > 0 } && signatures is { Length: > 0 } && timestamp is { Length: > 0 and <= TimestampLengthMax }
            && long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out _);
        if (!isWellFormed)
        {
            return WebhookCheck.Malformed;
        }

        long seconds = long.Parse(timestamp!, NumberStyles.None, CultureInfo.InvariantCulture);
        if (Math.Abs(_timeProvider.GetUtcNow().ToUnixTimeSeconds() - seconds) > _tolerance.TotalSeconds)
        {
            return WebhookCheck.NotFresh;
        }

        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
        string[] given = signatures!.Split(' ', SignaturesMax + 1);
        bool isGenuine = false;
        foreach (byte[] key in _keys)
        {
            byte[] expected = Encoding.ASCII.GetBytes(VersionPrefix + Convert.ToBase64String(HMACSHA256.HashData(key, signed)));
            foreach (string signature in given)
            {
                // Every one is compared, in a time that tells nothing about where it differs.
                isGenuine |= CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(signature), expected);
            }
        }

        return isGenuine ? WebhookCheck.Genuine : WebhookCheck.NotGenuine;
    }

    private static byte[] Key(string secret)
    {
        byte[] key = new byte[SecretBytesMax];
        bool isKey = secret is not null && secret.StartsWith(SecretPrefix, StringComparison.Ordinal);
        int length = 0;
        isKey = isKey && Convert.TryFromBase64String(secret![SecretPrefix.Length..], key, out length) && length >= SecretBytesMin;
        return isKey ? key[..length] : throw new ArgumentException("A secret is whsec_ and 24 to 64 bytes in base64.", nameof(secret));
    }
}

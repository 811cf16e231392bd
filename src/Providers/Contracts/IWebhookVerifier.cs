namespace Florin.Providers;

/// <summary>Checks a webhook whose signature is spread over several headers, or needs what has to be fetched first. Thread-safe.</summary>
public interface IWebhookVerifier
{
    /// <summary>The provider's name: <c>paypal</c>.</summary>
    string Name { get; }

    /// <summary>Checks origin and age of a webhook and reads its envelope.</summary>
    /// <param name="body">The raw bytes as received.</param>
    /// <param name="header">Gives the value of a request header by its name, whatever its case; <see langword="null"/> when there is none.</param>
    ValueTask<WebhookVerification> VerifyAsync(ReadOnlyMemory<byte> body, Func<string, string?> header, CancellationToken cancellationToken);
}

namespace Florin.Server.Http;

/// <summary>
/// Stands before everything that reads, logs or stores a request, and refuses one that carries something like a card number in its body, its
/// address or its idempotency key. Card data never becomes ours, so that the rules for it (PCI DSS) do not reach us.
/// </summary>
/// <remarks>
/// Provider webhooks are let through, because only their signature tells whose they are; their handler masks the body before it is stored.
/// The body is read whole here, within the host's limit, and handed on from memory.
/// </remarks>
internal sealed class CardGuard(RequestDelegate next)
{
    private const string WebhooksPath = "/webhooks";

    public async Task InvokeAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        bool refused = CardNumbers.Contains(request.Path.Value ?? "")
            || CardNumbers.Contains(request.QueryString.Value ?? "")
            || CardNumbers.Contains(request.Headers[IdempotencyKey.Header].ToString());
        if (refused)
        {
            await Refuse(context);
            return;
        }

        bool hasBody = request.ContentLength is > 0 || (request.ContentLength is null && request.Headers.TransferEncoding.Count > 0)
            || (request.ContentLength is null && !HttpProtocol.IsHttp11(request.Protocol));
        if (!hasBody || request.Path.StartsWithSegments(WebhooksPath, StringComparison.OrdinalIgnoreCase))
        {
            await next(context);
            return;
        }

        if (request.Headers.ContentEncoding.Count > 0)
        {
            // A packed body cannot be looked into, and nothing of this API is large enough to need one.
            await Problems.Of(ProblemCode.UnsupportedMediaType, "Content-Encoding is not supported.").ExecuteAsync(context);
            return;
        }

        byte[] body = await ReadAsync(request, context.RequestAborted);
        if (CardNumbers.Contains(body))
        {
            await Refuse(context);
            return;
        }

        request.Body = new MemoryStream(body, writable: false);
        await next(context);
    }

    private static Task Refuse(HttpContext context) =>
        Problems.Of(ProblemCode.CardNumberRefused, "Card numbers are never accepted here. Nothing of the request was stored.").ExecuteAsync(context);

    /// <exception cref="BadHttpRequestException">The body is larger than the server's limit, or breaks off.</exception>
    private static async Task<byte[]> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        using MemoryStream buffer = new();
        await request.Body.CopyToAsync(buffer, cancellationToken);
        return buffer.ToArray();
    }
}

using Florin.Server.Grpc;

namespace Florin.Server.Http;

/// <summary>
/// Stands before everything that reads, logs or stores a request, and refuses one that carries something like a card number in its body, its
/// address or its idempotency key. Card data never becomes ours, so that the rules for it (PCI DSS) do not reach us.
/// </summary>
/// <remarks>
/// Provider webhooks are let through, because only their signature tells whose they are; their handler masks the body before it is stored.
/// The body is read whole here and handed on from memory. What is beyond the limit is read and thrown away, so that a caller who is still
/// writing gets to see the refusal instead of a broken connection; beyond <see cref="DrainBytesMax"/> the server cuts him off.
/// </remarks>
internal sealed class CardGuard(RequestDelegate next)
{
    /// <summary>What the endpoints behind this take. Looking through a body costs many times its length, so nothing longer is looked at.</summary>
    public const int BodyBytesMax = RequestBody.BytesMax;

    /// <summary>The host's own limit.</summary>
    public const int DrainBytesMax = 16 << 20;

    public const string RefusalDetail = "Card numbers are never accepted here. Nothing of the request was stored.";

    private const int ChunkBytes = 64 * 1024;

    private const string WebhooksPath = "/webhooks";

    /// <summary>Between servers: what is in there was looked at where it came in, and the endpoint reads nothing of a sender without the token.</summary>
    private const string InternalPath = "/internal";

    /// <summary>Long bodies, which their endpoint looks at once it knows that the caller may send one: see <see cref="RequestBody.ReadLongAsync"/>.</summary>
    private const string BulkPath = "/ledger/transactions/bulk";

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
        if (!hasBody || request.Path.StartsWithSegments(WebhooksPath, StringComparison.OrdinalIgnoreCase)
            || request.Path.StartsWithSegments(InternalPath, StringComparison.OrdinalIgnoreCase)
            || request.Path.Equals(BulkPath, StringComparison.OrdinalIgnoreCase)
            || IsGrpcMethod(request))
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

        byte[]? body = await ReadAsync(request, context.RequestAborted);
        if (body is null)
        {
            await Problems.Of(ProblemCode.PayloadTooLarge, $"A body is limited to {BodyBytesMax} bytes.").ExecuteAsync(context);
            return;
        }

        if (CardNumbers.Contains(body))
        {
            await Refuse(context);
            return;
        }

        request.Body = new MemoryStream(body, writable: false);
        await next(context);
    }

    /// <summary>Its message is read, and looked at field by field, by <see cref="GrpcRequest.ReadAsync"/>, the only reader of such a body.</summary>
    private static bool IsGrpcMethod(HttpRequest request) =>
        GrpcRequest.IsGrpc(request) && request.Path.Value?.StartsWith(GrpcRequest.PathPrefix, StringComparison.Ordinal) == true;

    private static Task Refuse(HttpContext context) =>
        Problems.Of(ProblemCode.CardNumberRefused, RefusalDetail).ExecuteAsync(context);

    /// <returns><see langword="null"/> when the body is larger than <see cref="BodyBytesMax"/>.</returns>
    /// <exception cref="BadHttpRequestException">It is larger than the host's limit, or breaks off.</exception>
    private static async Task<byte[]?> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        byte[]? body = await BoundedBody.ReadAsync(request, BodyBytesMax, cancellationToken);
        if (body is null)
        {
            byte[] chunk = new byte[ChunkBytes];
            while (await request.Body.ReadAsync(chunk, cancellationToken) > 0)
            {
            }
        }

        return body;
    }
}

using System.Net;
using System.Net.Http.Headers;

namespace Florin.Providers.Resilience;

/// <summary>A request body that remembers whether any of it may have been sent.</summary>
/// <remarks>
/// A handler writes the body only after it has a connection. So while <see cref="Started"/> is false, no provider can have acted on the request,
/// whatever else went wrong; from then on only an answer tells.
/// </remarks>
internal sealed class MarkedContent : HttpContent
{
    private readonly byte[] _bytes;

    public MarkedContent(byte[] bytes, string mediaType)
    {
        _bytes = bytes;
        Headers.ContentType = MediaTypeHeaderValue.Parse(mediaType);
    }

    public bool Started { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        Started = true;
        await stream.WriteAsync(_bytes, cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _bytes.Length;
        return true;
    }
}

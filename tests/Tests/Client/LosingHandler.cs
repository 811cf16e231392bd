namespace Florin.Tests.Client;

/// <summary>A network that loses answers: the request arrives and takes effect, and nobody hears of it.</summary>
internal sealed class LosingHandler(int losesMax) : DelegatingHandler(new SocketsHttpHandler())
{
    private int _lost;

    public int Lost => Math.Min(_lost, losesMax);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage response = await base.SendAsync(request, cancellationToken);
        if (request.Method != HttpMethod.Post || Interlocked.Increment(ref _lost) > losesMax)
        {
            return response;
        }

        response.Dispose();
        throw new HttpRequestException("the answer was lost");
    }
}

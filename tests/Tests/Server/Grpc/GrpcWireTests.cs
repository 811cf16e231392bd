using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Florin.Server.Grpc;
using Florin.Server.Grpc.V1;
using Florin.Server.Http;
using Florin.Tests.Faults;
using Google.Protobuf;
using Xunit;

namespace Florin.Tests.Server.Grpc;

/// <summary>The wire itself, in the cases that an official client does not make.</summary>
public sealed class GrpcWireTests(HttpPollingWorld world) : IClassFixture<HttpPollingWorld>
{
    private const string ChargePath = "/florin.v1.PaymentService/Charge";

    [Fact]
    public async Task The_server_keeps_the_deadline_by_itself()
    {
        (string id, _, string token) = await world.Server.CreateUserAsync("Shop", "business");
        HttpMerchant merchant = new(world, id, token);
        string key = world.NewKey();
        await world.Sandbox.FaultAsync("payment_intents.create", "slow", count: 1, more: new JsonObject { ["delay_ms"] = 2_500 });
        Assert.Equal(("4", HttpStatusCode.OK), await SendAsync(ChargePath, Frame(Charge(key)), token, timeout: "400m"));
        await Eventually.GetAsync(() => SendAsync(ChargePath, Frame(Charge(key)), token), answer => answer.GrpcStatus == "0", "the same key");
        Assert.Single(await merchant.PaymentsAsync());
        Assert.Equal(1, await merchant.FlowsAsync());
    }

    [Fact]
    public async Task What_is_no_good_call_is_told_so()
    {
        (string id, _, string token) = await world.Server.CreateUserAsync("Shop", "business");
        byte[] good = Frame(Charge(world.NewKey()));
        byte[] packed = [1, .. good[1..]];
        byte[] none = [];
        byte[] half = good[..^1];
        byte[] two = [.. good, .. good];
        byte[] garbage = [0, 0, 0, 0, 2, 0x0a, 0xff];
        byte[] large = new byte[GrpcRequest.PrefixBytes + GrpcRequest.MessageBytesMax + 1];
        BinaryPrimitives.WriteUInt32BigEndian(large.AsSpan(1), GrpcRequest.MessageBytesMax + 1);
        Assert.Equal(("12", HttpStatusCode.OK), await SendAsync("/florin.v1.PaymentService/Nothing", good, token));
        Assert.Equal(("12", HttpStatusCode.OK), await SendAsync("/florin.v1.Nothing/Charge", good, token));
        Assert.Equal(("12", HttpStatusCode.OK), await SendAsync(ChargePath, packed, token));
        Assert.Equal(("8", HttpStatusCode.OK), await SendAsync(ChargePath, large, token));
        Assert.Equal(("3", HttpStatusCode.OK), await SendAsync(ChargePath, none, token));
        Assert.Equal(("3", HttpStatusCode.OK), await SendAsync(ChargePath, half, token));
        Assert.Equal(("3", HttpStatusCode.OK), await SendAsync(ChargePath, two, token));
        Assert.Equal(("3", HttpStatusCode.OK), await SendAsync(ChargePath, garbage, token));
        Assert.Equal(("3", HttpStatusCode.OK), await SendAsync(ChargePath, good, token, timeout: "1x"));
        Assert.Equal(((string?)null, HttpStatusCode.UnsupportedMediaType), await SendAsync(ChargePath, good, token, contentType: "application/json"));
        Assert.Equal(0, await new HttpMerchant(world, id, token).FlowsAsync());
    }

    [Fact]
    public async Task A_method_over_http_1_says_what_it_takes()
    {
        (_, _, string token) = await world.Server.CreateUserAsync("Shop", "business");
        using ByteArrayContent content = new(Frame(Charge(world.NewKey())));
        content.Headers.ContentType = new MediaTypeHeaderValue(GrpcRequest.MediaType);
        using HttpResponseMessage response = await world.Server.SendAsync(HttpMethod.Post, ChargePath, content, token);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        Assert.Equal(ProblemResult.MediaType, response.Content.Headers.ContentType?.MediaType);
    }

    /// <summary>No refusal looks like a fault of ours, and only what cannot take effect twice invites a retry.</summary>
    [Fact]
    public void Every_problem_has_its_status()
    {
        foreach (ProblemCode problem in ProblemCode.All.Values)
        {
            GrpcCode code = GrpcCodes.Of(problem, isKnownMethod: true);
            Assert.Equal(problem.Status == 500 || problem == ProblemCode.NotAcceptable || problem == ProblemCode.LengthRequired || problem == ProblemCode.UriTooLong, code == GrpcCode.Internal);
            Assert.Equal(problem.Status is 503 or 202 or 408, code == GrpcCode.Unavailable);
        }
    }

    private async Task<(string? GrpcStatus, HttpStatusCode HttpStatus)> SendAsync(
        string path, byte[] body, string token, string? timeout = null, string contentType = GrpcRequest.MediaType)
    {
        using HttpClient http = new() { BaseAddress = new Uri(world.Server.Dev.GetProperty("grpc_url").GetString()!) };
        using HttpRequestMessage request = new(HttpMethod.Post, path)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        if (timeout is not null)
        {
            request.Headers.Add("grpc-timeout", timeout);
        }

        using HttpResponseMessage response = await http.SendAsync(request);
        await response.Content.ReadAsByteArrayAsync();
        IEnumerable<string>? values = response.Headers.TryGetValues("grpc-status", out IEnumerable<string>? early) ? early
            : response.TrailingHeaders.TryGetValues("grpc-status", out IEnumerable<string>? late) ? late : null;
        return (values?.Single(), response.StatusCode);
    }

    private static ChargeRequest Charge(string key) => new() { IdempotencyKey = key, AmountCents = 1_000, Currency = "USD", PaymentSource = "pm_card_visa" };

    private static byte[] Frame(ChargeRequest message)
    {
        byte[] bytes = message.ToByteArray();
        byte[] frame = [0, 0, 0, 0, 0, .. bytes];
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(1), (uint)bytes.Length);
        return frame;
    }
}

using System.Text.Json;
using Florin.Ledger;
using Florin.Server.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Florin.Tests.Server;

public sealed class CatchAllTests
{
    [Fact]
    public async Task A_violated_invariant_is_a_500_and_stops_the_host()
    {
        Lifetime lifetime = new();
        FatalStop fatalStop = new(lifetime);
        (int status, string code, _) = await RunAsync(new InvariantException("debits equal credits"), fatalStop);
        Assert.Equal((500, "internal_error"), (status, code));
        Assert.True(lifetime.IsStopping);
        Assert.IsType<InvariantException>(fatalStop.Cause);
    }

    [Fact]
    public async Task Any_other_defect_is_a_500_without_its_message_and_the_host_goes_on()
    {
        Lifetime lifetime = new();
        (int status, string code, string body) = await RunAsync(new InvalidOperationException("secret detail"), new FatalStop(lifetime));
        Assert.Equal((500, "internal_error"), (status, code));
        Assert.DoesNotContain("secret detail", body, StringComparison.Ordinal);
        Assert.False(lifetime.IsStopping);
    }

    [Fact]
    public async Task A_ledger_that_cannot_answer_is_a_503_where_nothing_moves_and_an_unknown_outcome_where_money_may_have_moved()
    {
        FatalStop fatalStop = new(new Lifetime());
        Assert.Equal((503, "unavailable"), Short(await RunAsync(new LedgerUnavailableException("stopping"), fatalStop)));
        Endpoint moving = new(null, new EndpointMetadataCollection(new IdempotencyKey.Required()), "moving");
        Assert.Equal((202, "outcome_unknown"), Short(await RunAsync(new LedgerUnavailableException("stopping"), fatalStop, moving)));
    }

    [Theory]
    [InlineData(400, "bad_request")]
    [InlineData(408, "request_timeout")]
    [InlineData(413, "payload_too_large")]
    public async Task What_the_framework_refuses_keeps_its_status(int status, string code) =>
        Assert.Equal((status, code), Short(await RunAsync(new BadHttpRequestException("x", status), new FatalStop(new Lifetime()))));

    private static (int Status, string Code) Short((int Status, string Code, string Body) answer) => (answer.Status, answer.Code);

    private static async Task<(int Status, string Code, string Body)> RunAsync(Exception thrown, FatalStop fatalStop, Endpoint? endpoint = null)
    {
        DefaultHttpContext context = new() { TraceIdentifier = "request-1" };
        context.SetEndpoint(endpoint);
        using MemoryStream body = new();
        context.Response.Body = body;
        CatchAll catchAll = new(_ => throw thrown, NullLogger<CatchAll>.Instance, fatalStop);
        await catchAll.InvokeAsync(context);
        string text = System.Text.Encoding.UTF8.GetString(body.ToArray());
        JsonElement problem = JsonSerializer.Deserialize<JsonElement>(text);
        Assert.Equal("request-1", problem.GetProperty("request_id").GetString());
        Assert.Equal("application/problem+json", context.Response.ContentType);
        return (context.Response.StatusCode, problem.GetProperty("code").GetString()!, text);
    }

    private sealed class Lifetime : IHostApplicationLifetime
    {
        public bool IsStopping { get; private set; }

        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() => IsStopping = true;
    }
}

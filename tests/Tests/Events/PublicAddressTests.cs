using System.Net;
using System.Net.Sockets;
using Florin.Flows;
using Florin.Flows.Outbound;
using Xunit;

namespace Florin.Tests.Events;

/// <summary>Events never go into the network that the server stands in.</summary>
[Fault("O-06")]
public sealed class PublicAddressTests
{
    private static readonly IPAddress Public = IPAddress.Parse("93.184.215.14");

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("10.1.2.3")]
    [InlineData("100.64.0.1")]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.255.254")]
    [InlineData("169.254.169.254")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.0.0.192")]
    [InlineData("192.0.2.1")]
    [InlineData("192.168.1.1")]
    [InlineData("198.18.0.1")]
    [InlineData("224.0.0.1")]
    [InlineData("240.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("::127.0.0.1")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("64:ff9b:1::a00:1")]
    [InlineData("fe80::1")]
    [InlineData("fec0::1")]
    [InlineData("fc00::1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("ff02::1")]
    [InlineData("2001::1")]
    [InlineData("2001:db8::1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("100::1")]
    public void Special_addresses_are_refused(string address) =>
        Assert.False(PublicAddress.IsAllowed(IPAddress.Parse(address), allowsLoopback: false));

    [Theory]
    [InlineData("93.184.215.14")]
    [InlineData("172.32.0.1")]
    [InlineData("100.128.0.1")]
    [InlineData("::ffff:93.184.215.14")]
    [InlineData("2606:2800:21f:cb07:6820:80da:af6b:8b2c")]
    public void Public_addresses_are_allowed(string address) =>
        Assert.True(PublicAddress.IsAllowed(IPAddress.Parse(address), allowsLoopback: false));

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("::1", true)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("10.0.0.1", false)]
    [InlineData("169.254.169.254", false)]
    public void Development_adds_this_machine_and_nothing_else(string address, bool isAllowed) =>
        Assert.Equal(isAllowed, PublicAddress.IsAllowed(IPAddress.Parse(address), allowsLoopback: true));

    [Theory]
    [InlineData("http://hooks.example/", false)]
    [InlineData("https://127.0.0.1/", false)]
    [InlineData("https://2130706433/", false)]
    [InlineData("https://0x7f.1/", false)]
    [InlineData("https://0177.0.0.1/", false)]
    [InlineData("https://[::1]/", false)]
    [InlineData("https://[::ffff:10.0.0.1]/", false)]
    [InlineData("https://169.254.169.254/latest/meta-data/", false)]
    [InlineData("https://user:secret@hooks.example/", false)]
    [InlineData("https://hooks.example/#there", false)]
    [InlineData("ftp://hooks.example/", false)]
    [InlineData("file:///etc/passwd", false)]
    [InlineData("https://inside.example/", false)]
    [InlineData("https://mixed.example/", false)]
    [InlineData("https://nowhere.example/", false)]
    [InlineData("https://hooks.example/", true)]
    [InlineData("https://hooks.example:8443/florin?tenant=1", true)]
    public async Task An_endpoint_is_registered_only_with_a_public_https_address(string url, bool isTaken)
    {
        await using EventBench bench = await EventBench.CreateAsync(new EventOptions(), Resolve);
        WebhookEndpointOutcome outcome = await bench.Endpoints.CreateAsync(new NewWebhookEndpoint(new Uri(url), null, ["*"], "test"), EventBench.Token);
        Assert.Equal(isTaken, outcome is WebhookEndpointOutcome.Created);
        Assert.Equal(isTaken ? 1 : 0, await bench.Database.QueryAsync<long>("select count(*) from flows.webhook_endpoint"));
    }

    [Fact]
    public async Task A_name_that_changes_its_answer_after_registration_is_not_dialled()
    {
        using TcpListener inside = new(IPAddress.Loopback, 0);
        inside.Start();
        int port = ((IPEndPoint)inside.LocalEndpoint).Port;
        IPAddress answer = Public;
        await using EventBench bench = await EventBench.CreateAsync(new EventOptions(), (_, _) => Task.FromResult<IPAddress[]>([answer]));
        (WebhookEndpointId id, _) = await bench.SubscribeAsync($"https://rebinding.example:{port}/");

        answer = IPAddress.Loopback;
        await bench.OpenAsync();
        await bench.NumberAsync();
        await bench.DeliverAsync();

        Assert.Equal("address_refused", Assert.Single(await bench.ListAsync(id)).LastError);
        Assert.False(inside.Pending());
    }

    [Fact]
    public async Task A_redirect_is_a_failure_and_is_not_followed()
    {
        await using EventReceiver inside = new();
        await using EventReceiver outside = new() { Answer = _ => 307, Location = inside.Url };
        await using EventBench bench = await EventBench.CreateAsync();
        (WebhookEndpointId id, _) = await bench.SubscribeAsync(outside.Url);
        await bench.OpenAsync();
        await bench.NumberAsync();
        await bench.DeliverAsync();

        Assert.Equal(("redirect_not_followed", 307), Assert.Single(await bench.ListAsync(id)) is var item ? (item.LastError, item.LastStatus) : default);
        Assert.Empty(inside.Received);
    }

    private static Task<IPAddress[]> Resolve(string host, CancellationToken cancellationToken) => host switch
    {
        "hooks.example" => Task.FromResult<IPAddress[]>([Public]),
        "inside.example" => Task.FromResult<IPAddress[]>([IPAddress.Parse("10.0.0.7")]),
        "mixed.example" => Task.FromResult<IPAddress[]>([Public, IPAddress.Loopback]),
        _ => Task.FromException<IPAddress[]>(new SocketException((int)SocketError.HostNotFound)),
    };
}

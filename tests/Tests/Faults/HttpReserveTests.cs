using System.Text.Json;
using Xunit;

namespace Florin.Tests.Faults;

/// <summary>A tenth of each capture is kept back for a quarter of a minute.</summary>
public sealed class HttpReserveWorld() : HttpWorld(settleSeconds: 600, pollSeconds: 1, pullSeconds: HttpWorld.Never, sendsWebhooks: false)
{
    protected override IReadOnlyDictionary<string, string> Settings { get; } = new Dictionary<string, string>
    {
        ["FLORIN__PAYMENTS__RESERVE_BASIS_POINTS"] = "1000",
        ["FLORIN__PAYMENTS__RESERVE_SECONDS"] = "15",
    };
}

/// <summary>What is kept back of captures, and when it is free again.</summary>
public sealed class HttpReserveTests(HttpReserveWorld world) : IClassFixture<HttpReserveWorld>
{
    [Fact]
    public async Task A_part_of_each_capture_is_kept_back_and_becomes_available_by_itself()
    {
        HttpMerchant merchant = await HttpMerchant.CreateAsync(world);
        Assert.Equal("captured", (await merchant.PayAsync("100.00")).MovementStatus);
        Assert.Equal(("86.80", "10.00", "0.00", "0.00"), await StandAsync(merchant));
        Assert.Equal(86_80, await merchant.AvailableAsync());
        await Eventually.GetAsync(() => StandAsync(merchant), stand => stand == ("96.80", "0.00", "0.00", "0.00"), "the reserve is free");
        Assert.Equal(96_80, await merchant.AvailableAsync());
        await merchant.JudgeAsync();
    }

    private static async Task<(string? Available, string? Reserved, string? Disputed, string? Receivable)> StandAsync(HttpMerchant merchant)
    {
        JsonElement balance = Assert.Single((await merchant.GetAsync("/merchants/me/balance")).GetProperty("balances").EnumerateArray());
        Assert.Equal("USD", balance.GetProperty("currency").GetString());
        return (Text("available"), Text("reserved"), Text("disputed"), Text("receivable"));

        string? Text(string name) => balance.GetProperty(name).GetString();
    }
}

using System.Text;
using Florin.Ledger;
using Florin.Server.Http;
using Xunit;

namespace Florin.Tests.Server;

public sealed class RequestBodyTests
{
    private enum Shape
    {
        RoundOne = 0,
        Square = 1,
    }

    [Theory]
    [InlineData("{\"amount\":\"10.50\",\"currency\":\"USD\"}", "1050")]
    [InlineData("{\"amount\":10.5,\"currency\":\"USD\"}", "1050")]
    [InlineData("{\"amount\":10.50,\"currency\":\"USD\"}", "1050")]
    [InlineData("{\"amount\":0.29,\"currency\":\"USD\"}", "29")]
    [InlineData("{\"amount\":9007199254740993,\"currency\":\"JPY\"}", "9007199254740993")]
    [InlineData("{\"amount\":\"0.000000000000000001\",\"currency\":\"ETH\"}", "1")]
    [Fault("M-08")]
    public void An_amount_is_read_from_its_text(string json, string minorUnits)
    {
        using RequestBody body = Parse(json);
        Money money = body.Money();
        Assert.Null(body.Refusal());
        Assert.Equal(UInt128.Parse(minorUnits), money.MinorUnits);
    }

    [Theory]
    [InlineData("{\"amount\":\"10.505\",\"currency\":\"USD\"}", "too_many_decimals", "amount")]
    [InlineData("{\"amount\":\"10.500\",\"currency\":\"USD\"}", "too_many_decimals", "amount")]
    [InlineData("{\"amount\":10.505,\"currency\":\"USD\"}", "too_many_decimals", "amount")]
    [InlineData("{\"amount\":\"1.0\",\"currency\":\"JPY\"}", "too_many_decimals", "amount")]
    [InlineData("{\"amount\":\"0.00\",\"currency\":\"USD\"}", "validation_failed", "amount")]
    [InlineData("{\"amount\":\"-1\",\"currency\":\"USD\"}", "validation_failed", "amount")]
    [InlineData("{\"amount\":-1,\"currency\":\"USD\"}", "validation_failed", "amount")]
    [InlineData("{\"amount\":1e2,\"currency\":\"USD\"}", "validation_failed", "amount")]
    [InlineData("{\"amount\":\"1,000\",\"currency\":\"USD\"}", "validation_failed", "amount")]
    [InlineData("{\"amount\":\"\",\"currency\":\"USD\"}", "validation_failed", "amount")]
    [InlineData("{\"amount\":\"10\"}", "validation_failed", "currency")]
    [InlineData("{\"currency\":\"USD\"}", "validation_failed", "amount")]
    [InlineData("{\"amount\":true,\"currency\":\"USD\"}", "validation_failed", "amount")]
    [InlineData("{\"amount\":null,\"currency\":\"USD\"}", "validation_failed", "amount")]
    [InlineData("{\"amount\":\"340282366920938463463374607431768211456\",\"currency\":\"JPY\"}", "validation_failed", "amount")]
    [InlineData("{\"amount\":1,\"currency\":\"usd\"}", "unsupported_currency", "currency")]
    [InlineData("{\"amount\":1,\"currency\":\"XXX\"}", "unsupported_currency", "currency")]
    [Fault("M-02")]
    public void A_wrong_amount_is_refused_with_its_field(string json, string code, string field)
    {
        using RequestBody body = Parse(json);
        body.Money();
        ProblemResult refusal = Assert.IsType<ProblemResult>(body.Refusal());
        Assert.Equal(code, refusal.Code.Code);
        Assert.Contains(field, refusal.Errors!.Keys);
    }

    [Fact]
    public void A_field_that_nobody_asks_for_is_refused()
    {
        using RequestBody body = Parse("{\"name\":\"x\",\"nmae\":\"y\"}");
        body.Text("name", 1, 10);
        ProblemResult refusal = Assert.IsType<ProblemResult>(body.Refusal());
        Assert.Equal("unknown_field", refusal.Code.Code);
        Assert.Contains("nmae", refusal.Errors!.Keys);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("null")]
    [InlineData("{\"a\":1,\"a\":2}")]
    [InlineData("{\"a\":1,\"\\u0061\":2}")]
    [InlineData("{\"a\":1} x")]
    [InlineData("{\"a\":01}")]
    [InlineData("{\"a\":1,}")]
    [InlineData("/* c */{\"a\":1}")]
    [InlineData("{'a':1}")]
    public void What_is_no_json_object_is_malformed(string json)
    {
        using RequestBody body = Parse(json);
        body.Find("a");
        Assert.Equal("malformed_json", Assert.IsType<ProblemResult>(body.Refusal()).Code.Code);
    }

    [Fact]
    public void Depth_is_limited()
    {
        using RequestBody good = Parse("{\"a\":" + new string('[', RequestBody.DepthMax - 1) + new string(']', RequestBody.DepthMax - 1) + "}");
        good.Find("a");
        Assert.Null(good.Refusal());
        using RequestBody deep = Parse("{\"a\":" + new string('[', RequestBody.DepthMax) + new string(']', RequestBody.DepthMax) + "}");
        Assert.Equal("malformed_json", Assert.IsType<ProblemResult>(deep.Refusal()).Code.Code);
    }

    [Fact]
    public void Invalid_utf8_is_malformed()
    {
        using RequestBody body = RequestBody.Parse((byte[])[(byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)':', (byte)'1', (byte)'}']);
        Assert.Equal("malformed_json", Assert.IsType<ProblemResult>(body.Refusal()).Code.Code);
    }

    [Theory]
    [InlineData("{\"name\":\"\\ud800\"}")]
    [InlineData("{\"name\":\"a\\u0000b\"}")]
    [InlineData("{\"name\":\"a\\nb\"}")]
    [InlineData("{\"name\":\"toolongtext\"}")]
    [InlineData("{\"name\":\"\"}")]
    [InlineData("{\"name\":7}")]
    [InlineData("{\"name\":{\"x\":1}}")]
    public void Text_that_cannot_be_kept_is_refused(string json)
    {
        using RequestBody body = Parse(json);
        body.Text("name", 1, 10);
        Assert.Contains("name", Assert.IsType<ProblemResult>(body.Refusal()).Errors!.Keys);
    }

    [Fact]
    public void A_name_that_is_no_text_is_refused()
    {
        using RequestBody body = Parse("{\"\\ud800\":1}");
        Assert.NotNull(body.Refusal());
    }

    [Fact]
    public void Words_are_taken_exactly()
    {
        using RequestBody good = Parse("{\"shape\":\"round_one\"}");
        Assert.Equal(Shape.RoundOne, good.Word<Shape>("shape"));
        Assert.Null(good.Refusal());
        foreach (string wrong in (string[])["\"RoundOne\"", "\"0\"", "0", "\"\"", "null", "\"square \""])
        {
            using RequestBody body = Parse($"{{\"shape\":{wrong}}}");
            body.Word<Shape>("shape");
            Assert.NotNull(body.Refusal());
        }
    }

    [Fact]
    public void Uuids_are_taken_in_one_form()
    {
        Guid id = new("0195f3a0-0000-7000-8000-000000000001");
        using RequestBody good = Parse($"{{\"id\":\"{id}\"}}");
        Assert.Equal(id, good.Uuid("id"));
        Assert.Null(good.Refusal());
        foreach (string wrong in (string[])[$"\"{id:N}\"", $"\"{{{id}}}\"", "\"\"", "1", $"\" {id}\""])
        {
            using RequestBody body = Parse($"{{\"id\":{wrong}}}");
            body.Uuid("id");
            Assert.NotNull(body.Refusal());
        }
    }

    [Theory]
    [InlineData("\"2026-01-31T12:00:00Z\"", true)]
    [InlineData("\"2026-01-31T12:00:00+02:00\"", true)]
    [InlineData("\"2026-01-31T12:00:00\"", false)]
    [InlineData("\"2026-01-31\"", false)]
    [InlineData("\"yesterday\"", false)]
    [InlineData("1767225600", false)]
    public void Times_carry_their_offset(string value, bool isGood)
    {
        using RequestBody body = Parse($"{{\"at\":{value}}}");
        body.OptionalTime("at");
        Assert.Equal(isGood, body.Refusal() is null);
    }

    private static RequestBody Parse(string json) => RequestBody.Parse(Encoding.UTF8.GetBytes(json));
}

using Florin.Identity.Jose;
using Xunit;

namespace Florin.Tests.Identity;

public sealed class StrictBase64UrlTests
{
    [Theory]
    [InlineData("", 0)]
    [InlineData("AA", 1)]
    [InlineData("AAA", 2)]
    [InlineData("-_-_", 3)]
    public void Canonical_text_decodes(string text, int bytes)
    {
        Assert.True(StrictBase64Url.TryDecode(text, out byte[]? decoded));
        Assert.Equal(bytes, decoded.Length);
        Assert.Equal(text, StrictBase64Url.Encode(decoded));
    }

    [Theory]
    [InlineData("A")]
    [InlineData("AAAAA")]
    [InlineData("AA==")]
    [InlineData("AB")]
    [InlineData("AAB")]
    [InlineData("A A")]
    [InlineData("AA\n")]
    [InlineData("+/+/")]
    [InlineData("AA%")]
    [InlineData("ＡＡ")]
    [InlineData("AA\0")]
    public void Every_other_spelling_is_refused(string text) => Assert.False(StrictBase64Url.TryDecode(text, out _));
}

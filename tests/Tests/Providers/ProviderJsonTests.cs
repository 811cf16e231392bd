using System.Text;
using System.Text.Json;
using Florin.Providers.Resilience;
using Xunit;

namespace Florin.Tests.Providers;

/// <summary>What a provider's broken answer may hold, for every connector.</summary>
public sealed class ProviderJsonTests
{
    [Theory]
    [InlineData("""{"id":"x","\ud800":1}""")]
    [InlineData("""{"id":"\ud800"}""")]
    [InlineData("""{"id":7}""")]
    [InlineData("""{"id":null}""")]
    public void What_cannot_be_read_as_text_counts_as_absent(string body)
    {
        Assert.True(ProviderJson.TryParse(Encoding.UTF8.GetBytes(body), out JsonDocument? document));
        using (document)
        {
            Assert.Null(document.RootElement.Text("id"));
            Assert.Empty(document.RootElement.Objects("id"));
            Assert.Null(document.RootElement.Time("id"));
        }
    }
}

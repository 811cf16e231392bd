using Florin.Flows;
using Xunit;

namespace Florin.Tests.Flows;

public sealed class RequestHashTests
{
    [Fact]
    public void Same_request_has_the_same_hash_for_ever() =>
        Assert.Equal(Known, RequestHash.Of("POST /payments/deposit", "1000", "USD", null));

    [Fact]
    public void Different_requests_have_different_hashes()
    {
        string[] hashes =
        [
            RequestHash.Of("POST /a", "1", "2"),
            RequestHash.Of("POST /b", "1", "2"),
            RequestHash.Of("POST /a", "12"),
            RequestHash.Of("POST /a", "12", ""),
            RequestHash.Of("POST /a", "12", null),
            RequestHash.Of("POST /a", "", "12"),
            RequestHash.Of("POST /a", "2", "1"),
            RequestHash.Of("POST /a"),
            RequestHash.Of("POST /a1", "2"),
        ];

        Assert.Equal(hashes.Length, hashes.Distinct().Count());
    }

    // Computed by another program from the same length-prefixed parts.
    private const string Known = "c2342693f76fe0884c7f5e41fe0fc20c3da5306a699aa789978c258778127f24";
}

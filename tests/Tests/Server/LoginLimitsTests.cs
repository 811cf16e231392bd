using System.Net;
using Florin.Server.Http;
using Xunit;

namespace Florin.Tests.Server;

public sealed class LoginLimitsTests
{
    [Theory]
    [InlineData("203.0.113.7", "203.0.113.8", false)]
    [InlineData("203.0.113.7", "::ffff:203.0.113.7", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    public void Addresses_of_one_holder_share_a_limit(string first, string second, bool isShared) =>
        Assert.Equal(isShared, LoginLimits.Partition(IPAddress.Parse(first)) == LoginLimits.Partition(IPAddress.Parse(second)));
}

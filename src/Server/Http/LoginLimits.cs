using System.Net;
using System.Threading.RateLimiting;

namespace Florin.Server.Http;

/// <summary>How often one address may try to log in, register or refresh.</summary>
internal static class LoginLimits
{
    public const string Policy = "login";

    private const int SegmentsPerWindow = 6;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    /// <param name="attemptsPerMinute">For one IPv4 address, or one IPv6 network of 64 bits, which is one household or host.</param>
    public static IServiceCollection AddLoginLimits(this IServiceCollection services, int attemptsPerMinute) => services.AddRateLimiter(options =>
    {
        options.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        options.OnRejected = async (rejected, _) => await new ProblemResult
        {
            Code = ProblemCode.RateLimited,
            Detail = "Too many attempts from this address.",
            RetryAfterSeconds = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out TimeSpan wait) ? Math.Max(1, (int)wait.TotalSeconds) : 60,
        }.ExecuteAsync(rejected.HttpContext);
        options.AddPolicy(Policy, context => RateLimitPartition.GetSlidingWindowLimiter(Partition(context.Connection.RemoteIpAddress), _ => new SlidingWindowRateLimiterOptions
        {
            PermitLimit = attemptsPerMinute,
            Window = Window,
            SegmentsPerWindow = SegmentsPerWindow,
            QueueLimit = 0,
        }));
    });

    public static RouteHandlerBuilder LimitLogins(this RouteHandlerBuilder builder) => builder.RequireRateLimiting(Policy);

    internal static string Partition(IPAddress? address)
    {
        if (address is null)
        {
            return "unknown";
        }

        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        byte[] bytes = address.GetAddressBytes();
        return bytes.Length == 4 ? address.ToString() : Convert.ToHexString(bytes.AsSpan(0, 8));
    }
}

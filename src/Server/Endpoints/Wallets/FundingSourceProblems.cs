using Florin.Server.Http;

namespace Florin.Server.Endpoints.Wallets;

/// <summary>The problems of linking and unlinking.</summary>
internal static class FundingSourceProblems
{
    /// <param name="code">The provider's code, already made safe to show.</param>
    public static ProblemResult Declined(string code) => new()
    {
        Code = ProblemCode.ProviderDeclined,
        Detail = "The provider does not accept this payment method; provider_code says why.",
        Extensions = new Dictionary<string, object?> { ["provider_code"] = code },
    };

    public static ProblemResult Unavailable(TimeSpan retryAfter) => new()
    {
        Code = ProblemCode.ProviderUnavailable,
        Detail = "The provider gave no usable answer. No money moves here: send the request again.",
        RetryAfterSeconds = Math.Max(1, (int)Math.Ceiling(retryAfter.TotalSeconds)),
    };
}

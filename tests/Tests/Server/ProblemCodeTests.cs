using Florin.Server.Http;
using Xunit;

namespace Florin.Tests.Server;

public sealed class ProblemCodeTests
{
    /// <summary>The codes that the published API names, with their statuses.</summary>
    [Theory]
    [InlineData("insufficient_funds", 409)]
    [InlineData("limit_exceeded", 409)]
    [InlineData("step_up_required", 403)]
    [InlineData("kyc_required", 403)]
    [InlineData("screening_hold", 403)]
    [InlineData("too_many_decimals", 422)]
    [InlineData("unsupported_currency", 422)]
    [InlineData("invalid_transition", 409)]
    [InlineData("not_found", 404)]
    [InlineData("card_number_refused", 422)]
    [InlineData("rate_limited", 429)]
    [InlineData("outcome_unknown", 202)]
    [InlineData("idempotency_key_missing", 400)]
    [InlineData("idempotency_key_mismatch", 422)]
    [InlineData("idempotency_key_in_progress", 409)]
    public void Published_codes_keep_their_status(string code, int status) => Assert.Equal(status, ProblemCode.All[code].Status);

    [Fact]
    public void Codes_are_snake_case()
    {
        Assert.All(ProblemCode.All.Values, code => Assert.Matches("^[a-z]+(_[a-z]+)*$", code.Code));
    }

    [Fact]
    public void Every_status_of_the_framework_has_a_code_with_that_status()
    {
        foreach (int status in (int[])[202, 400, 401, 403, 404, 405, 406, 408, 409, 411, 413, 414, 415, 422, 429, 431, 500, 503])
        {
            Assert.Equal(status, ProblemCode.ForStatus(status).Status);
        }
    }
}

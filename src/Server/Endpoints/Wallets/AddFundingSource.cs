using System.Diagnostics;
using Florin.Identity;
using Florin.Server.Http;
using Florin.Wallets;

namespace Florin.Server.Endpoints.Wallets;

/// <summary><c>POST /wallets/funding-sources</c>: links a card or bank account by the id that the user's browser obtained from the provider.</summary>
internal sealed class AddFundingSource : IEndpoint
{
    private const int TokenLengthMax = 100;

    /// <param name="PaymentMethodId">Such as <c>pm_…</c>; never a card number.</param>
    internal sealed record AddFundingSourceRequest(string PaymentMethodId);

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/wallets/funding-sources", HandleAsync)
        .WithTags("Wallets").WithSummary("Links a card or bank account").WithName("add_funding_source").RequireAuthorization(IdentityPolicies.User)
        .Accepts<AddFundingSourceRequest>("application/json").Produces<FundingSourceResponse>(StatusCodes.Status201Created)
        .Answers(ProblemCode.ProviderDeclined, ProblemCode.ProviderUnavailable);

    private static async Task<IResult> HandleAsync(HttpContext context, IWallets wallets, CancellationToken cancellationToken)
    {
        using RequestBody body = await RequestBody.ReadAsync(context, cancellationToken);
        string token = body.Text("payment_method_id", 1, TokenLengthMax);
        if (token.Length > 0 && token.Any(character => !char.IsAsciiLetterOrDigit(character) && character is not ('_' or '-')))
        {
            body.AddError("payment_method_id", "must be a provider's id, such as pm_card_visa");
        }

        if (body.Refusal() is { } refusal)
        {
            return refusal;
        }

        return await wallets.AddFundingSourceAsync(context.WalletCaller().UserId, token, cancellationToken) switch
        {
            FundingSourceOutcome.Done done => Created(done.Source),
            FundingSourceOutcome.AlreadyLinked known => Created(known.Source),
            FundingSourceOutcome.Declined declined => FundingSourceProblems.Declined(declined.Code),
            FundingSourceOutcome.ProviderUnavailable unavailable => FundingSourceProblems.Unavailable(unavailable.RetryAfter),
            _ => throw new UnreachableException(),
        };
    }

    private static IResult Created(FundingSource source) => Results.Json(
        FundingSourceResponse.Of(source), JsonConventions.Options, statusCode: StatusCodes.Status201Created);
}

using System.Diagnostics;
using Florin.Identity;
using Florin.Server.Http;
using Florin.Wallets;

namespace Florin.Server.Endpoints.Wallets;

/// <summary>
/// <c>POST /wallets/funding-sources</c>: links a card or bank account by the id that the user's browser obtained from the provider, or a PayPal account that is
/// paid out to.
/// </summary>
internal sealed class AddFundingSource : IEndpoint
{
    private const int TokenLengthMax = 100;
    private const int AccountLengthMax = 127;

    /// <param name="PaymentMethodId">Such as <c>pm_…</c>; never a card number.</param>
    /// <param name="PaypalAccount">Instead of it: the e-mail address or account id of a PayPal account to pay out to.</param>
    internal sealed record AddFundingSourceRequest(string? PaymentMethodId, string? PaypalAccount);

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/wallets/funding-sources", HandleAsync)
        .WithTags("Wallets").WithSummary("Links a card, bank account or PayPal account").WithName("add_funding_source").RequireAuthorization(IdentityPolicies.User)
        .Accepts<AddFundingSourceRequest>("application/json").Produces<FundingSourceResponse>(StatusCodes.Status201Created)
        .Answers(ProblemCode.ProviderDeclined, ProblemCode.ProviderUnavailable);

    private static async Task<IResult> HandleAsync(HttpContext context, IWallets wallets, CancellationToken cancellationToken)
    {
        using RequestBody body = await RequestBody.ReadAsync(context, cancellationToken);
        string? account = body.OptionalText("paypal_account", 1, AccountLengthMax);
        string? token = account is null ? body.Text("payment_method_id", 1, TokenLengthMax) : body.OptionalText("payment_method_id", 1, TokenLengthMax);
        if (account is not null && token is not null)
        {
            body.AddError("paypal_account", "must be given without payment_method_id");
        }

        if (token is { Length: > 0 } && token.Any(character => !char.IsAsciiLetterOrDigit(character) && character is not ('_' or '-')))
        {
            body.AddError("payment_method_id", "must be a provider's id, such as pm_card_visa");
        }

        if (body.Refusal() is { } refusal)
        {
            return refusal;
        }

        Guid userId = context.WalletCaller().UserId;
        return await (account is null
            ? wallets.AddFundingSourceAsync(userId, token!, cancellationToken)
            : wallets.AddPayPalAccountAsync(userId, account, cancellationToken)) switch
        {
            FundingSourceOutcome.Done done => Created(done.Source),
            FundingSourceOutcome.AlreadyLinked known => Created(known.Source),
            FundingSourceOutcome.Declined declined => FundingSourceProblems.Declined(declined.Code),
            FundingSourceOutcome.NotOffered => Problems.Field("paypal_account", "cannot be linked: PayPal is not configured here"),
            FundingSourceOutcome.NotAnAccount => Problems.Field("paypal_account", "must be an e-mail address or an account id"),
            FundingSourceOutcome.ProviderUnavailable unavailable => FundingSourceProblems.Unavailable(unavailable.RetryAfter),
            _ => throw new UnreachableException(),
        };
    }

    private static IResult Created(FundingSource source) => Results.Json(
        FundingSourceResponse.Of(source), JsonConventions.Options, statusCode: StatusCodes.Status201Created);
}

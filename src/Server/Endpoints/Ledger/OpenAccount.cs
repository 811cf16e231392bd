using Florin.Identity;
using Florin.Ledger;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Ledger;

/// <summary><c>POST /ledger/accounts</c>: opens an account. Opening it again with the same definition is no change.</summary>
internal sealed class OpenAccount : IEndpoint
{
    /// <param name="NormalSide"><c>debit</c> or <c>credit</c>: the side on which it grows.</param>
    /// <param name="Flags">Any of <c>debits_must_not_exceed_credits</c> and <c>credits_must_not_exceed_debits</c>.</param>
    internal sealed record OpenAccountRequest(string Address, string Asset, string NormalSide, IReadOnlyList<string>? Flags);

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/ledger/accounts", HandleAsync)
        .WithTags("Ledger").WithSummary("Opens an account").WithName("open_account").RequireAuthorization(Scopes.LedgerWrite)
        .Accepts<OpenAccountRequest>("application/json").Produces<AccountResponse>(StatusCodes.Status201Created).Answers(ProblemCode.LedgerRefused);

    private static async Task<IResult> HandleAsync(HttpContext context, ILedger ledger, CancellationToken cancellationToken)
    {
        using RequestBody body = await RequestBody.ReadAsync(context, cancellationToken);
        bool isAddress = AccountAddress.TryParse(body.Text("address", 1, AccountAddress.LengthMax), out AccountAddress address);
        if (!isAddress)
        {
            body.AddError("address", "must be an account address such as user:7:available");
        }

        if (!Assets.TryGet(body.Text("asset", 2, 16), out Asset? asset))
        {
            body.AddError("asset", "is not an asset that is supported here", ProblemCode.UnsupportedCurrency);
        }

        NormalSide side = body.Word<NormalSide>("normal_side");
        AccountFlags flags = AccountFlags.None;
        foreach (string name in body.Find("flags") is null ? [] : body.Texts("flags", 2, 64))
        {
            AccountFlags flag = Enum.GetValues<AccountFlags>().FirstOrDefault(known => JsonConventions.SnakeCase(known.ToString()) == name);
            flags |= flag;
            if (flag == AccountFlags.None)
            {
                body.AddError("flags", "holds a flag that is not known");
            }
        }

        if (body.Refusal() is { } refusal)
        {
            return refusal;
        }

        AccountId id = new(address, asset!);
        SubmissionResult result = await ledger.SubmitAsync(new Submission { Accounts = [new AccountDefinition(id, side, flags)] }, cancellationToken);
        return result.IsApplied && await ledger.GetBalanceAsync(id, cancellationToken) is { } balance
            ? Results.Json(AccountResponse.Of(balance), JsonConventions.Options, statusCode: StatusCodes.Status201Created)
            : Problems.Ledger(result.Status);
    }
}

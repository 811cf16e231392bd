using Florin.Identity;
using Florin.Ledger;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Ledger;

/// <summary><c>POST /ledger/periods/close</c>: closes the books up to and with a day. It cannot be undone.</summary>
internal sealed class ClosePeriod : IEndpoint
{
    /// <param name="Through">The last closed day, before today.</param>
    internal sealed record ClosePeriodRequest(DateOnly Through);

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/ledger/periods/close", HandleAsync)
        .WithTags("Ledger").WithSummary("Closes the books up to and with a day").WithName("close_period").RequireAuthorization(Scopes.Admin)
        .Accepts<ClosePeriodRequest>("application/json").Produces<ClosePeriodRequest>().Answers(ProblemCode.LedgerRefused);

    private static async Task<IResult> HandleAsync(HttpContext context, ILedger ledger, CancellationToken cancellationToken)
    {
        using RequestBody body = await RequestBody.ReadAsync(context, cancellationToken);
        DateOnly? through = TransactionBody.ReadDate(body, "through");
        if (through is null && body.Find("through") is null)
        {
            body.AddError("through", "is required");
        }

        if (body.Refusal() is { } refusal)
        {
            return refusal;
        }

        SubmissionResult result = await ledger.SubmitAsync(new Submission { ClosePeriodThrough = through }, cancellationToken);
        return result.IsApplied ? Results.Json(new ClosePeriodRequest(through!.Value), JsonConventions.Options) : Problems.Ledger(result.Status);
    }
}

using Florin.Identity;
using Florin.Payments;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Payments;

/// <summary><c>POST /disputes/{id}/evidence</c>: hands in the evidence, once and for all.</summary>
internal sealed class SubmitEvidence : IEndpoint
{
    private const int PiecesMax = 30;
    private const int NameLengthMax = 64;
    private const int TextLengthMax = 20_000;

    /// <param name="Evidence">Texts by the provider's names for them.</param>
    internal sealed record EvidenceRequest(IReadOnlyList<EvidencePiece> Evidence);

    /// <param name="Name">The provider's own name of the field.</param>
    internal sealed record EvidencePiece(string Name, string Text);

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/disputes/{id}/evidence", HandleAsync)
        .WithTags("Payments").WithSummary("Hands in the evidence of a dispute").WithName("submit_evidence").RequireAuthorization(IdentityPolicies.User)
        .RequireIdempotencyKey().Accepts<EvidenceRequest>("application/json").Produces<DisputeResponse>().Answers(PaymentAnswers.Codes);

    private static async Task<IResult> HandleAsync(HttpContext context, string id, IPayments payments, CancellationToken cancellationToken)
    {
        using RequestBody body = await RequestBody.ReadAsync(context, cancellationToken);
        IReadOnlyList<EvidencePiece> pieces = body.Objects(
            "evidence", PiecesMax, piece => new EvidencePiece(piece.Text("name", 1, NameLengthMax), piece.Text("text", 1, TextLengthMax)));
        if (pieces.Count == 0 || pieces.DistinctBy(piece => piece.Name).Count() != pieces.Count)
        {
            body.AddError("evidence", "must have at least one piece, and none twice");
        }

        if (body.Refusal() is { } refusal)
        {
            return refusal;
        }

        if (!context.TryGetMerchant(out MerchantCaller merchant, out IResult? forbidden))
        {
            return forbidden!;
        }

        if (!Guid.TryParseExact(id, "D", out Guid disputeId))
        {
            return Problems.NotFound("dispute");
        }

        PaymentOutcome<Dispute> outcome = await payments.SubmitEvidenceAsync(
            merchant, IdempotencyKey.Of(context), disputeId, pieces.ToDictionary(piece => piece.Name, piece => piece.Text), cancellationToken);
        return outcome.ToResult("dispute", DisputeResponse.Of, _ => false, dispute => $"/disputes/{dispute.Id}", StatusCodes.Status200OK);
    }
}

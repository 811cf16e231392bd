using Florin.Flows;
using Florin.Identity;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Flows;

/// <summary>
/// <c>GET /flows/unknown</c>: deposits, withdrawals, payments and refunds whose outcome at the provider is unknown, oldest first, and payments whose
/// cancellation at the provider is not confirmed and overdue. They are looked up until evidence ends it; the list is for the person who asks the provider
/// about those that are overdue (fault U-04).
/// </summary>
internal sealed class ListUnknownFlows : IEndpoint
{
    private const int KindLengthMax = 60;

    /// <param name="Kind"><c>wallet.deposit</c>, <c>wallet.withdrawal</c>, <c>payment</c>, <c>payment.refund</c>.</param>
    /// <param name="OwnerId">Whose money it is: a user or a merchant.</param>
    /// <param name="UnknownSince">When the answer was lost, or the provider first asked to cancel.</param>
    /// <param name="AgeSeconds">How long ago that was.</param>
    /// <param name="OverdueAt">By when it should be known.</param>
    /// <param name="NextLookAt">When it is looked for again; null while it is being looked for.</param>
    /// <param name="ParkedReason">Why it waits for a person on top of that.</param>
    internal sealed record UnknownFlowResponse(
        Guid Id,
        string Kind,
        string OwnerId,
        string? ProviderReference,
        DateTimeOffset UnknownSince,
        long AgeSeconds,
        DateTimeOffset OverdueAt,
        bool IsOverdue,
        DateTimeOffset? NextLookAt,
        string? ParkedReason)
    {
        public static UnknownFlowResponse Of(UnknownFlow unknown, TimeSpan max, DateTimeOffset now) => new(
            unknown.Flow.Id.Value,
            unknown.Flow.Kind,
            unknown.Flow.OwnerId,
            unknown.Flow.ProviderReference,
            unknown.Since,
            Math.Max(0, (long)(now - unknown.Since).TotalSeconds),
            unknown.Since + max,
            now >= unknown.Since + max,
            unknown.Flow.DueAt,
            unknown.Flow.ParkedReason);
    }

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/flows/unknown", HandleAsync)
        .WithTags("Operations").WithSummary("Lists flows whose outcome is unknown").WithName("list_unknown_flows")
        .RequireAuthorization(Scopes.FlowsManage).Produces<ListResponse<UnknownFlowResponse>>()
        .TakesQuery("limit", "1 to 200; 50 when absent").TakesQuery("kind", "only flows of this kind");

    private static async Task<IResult> HandleAsync(
        HttpContext context, IFlows flows, FlowOptions options, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        RequestQuery query = new(context);
        int limit = query.Limit();
        string? kind = query.Text("kind", KindLengthMax);
        if (query.Refusal() is { } refusal)
        {
            return refusal;
        }

        IReadOnlyList<UnknownFlow> unknown = await flows.ListUnknownAsync(kind, limit, cancellationToken);
        DateTimeOffset now = timeProvider.GetUtcNow();
        return Results.Json(
            new ListResponse<UnknownFlowResponse>([.. unknown.Select(flow => UnknownFlowResponse.Of(flow, options.UnknownMax, now))], NextCursor: null),
            JsonConventions.Options);
    }
}

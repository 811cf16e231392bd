using Florin.Identity;
using Florin.Payments;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Subscriptions;

/// <summary><c>GET /invoices/{id}</c>.</summary>
internal sealed class GetInvoice : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/invoices/{id}", HandleAsync)
        .WithTags("Subscriptions").WithSummary("Shows an invoice with its lines").WithName("get_invoice").RequireAuthorization(IdentityPolicies.User)
        .Produces<InvoiceResponse>().Answers(ProblemCode.Forbidden, ProblemCode.NotFound);

    private static Task<IResult> HandleAsync(HttpContext context, string id, ISubscriptions subscriptions, CancellationToken cancellationToken) =>
        context.FindAsync("invoice", id, subscriptions.GetInvoiceAsync, InvoiceResponse.Of, cancellationToken);
}

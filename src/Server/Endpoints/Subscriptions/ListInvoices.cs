using Florin.Identity;
using Florin.Payments;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Subscriptions;

/// <summary><c>GET /invoices</c>: the caller's, newest first.</summary>
internal sealed class ListInvoices : IEndpoint
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/invoices", HandleAsync)
        .WithTags("Subscriptions").WithSummary("Lists invoices").WithName("list_invoices").RequireAuthorization(IdentityPolicies.User)
        .Produces<ListResponse<InvoiceResponse>>().Answers(ProblemCode.Forbidden).TakesPage();

    private static Task<IResult> HandleAsync(HttpContext context, ISubscriptions subscriptions, CancellationToken cancellationToken) =>
        context.PageAsync<Invoice, InvoiceResponse>(subscriptions.ListInvoicesAsync, InvoiceResponse.Of, item => item.Id, cancellationToken);
}

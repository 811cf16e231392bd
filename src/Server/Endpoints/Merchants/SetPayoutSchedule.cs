using Florin.Identity;
using Florin.Server.Http;
using Florin.Wallets;

namespace Florin.Server.Endpoints.Merchants;

/// <summary><c>PUT /merchants/me/payout-schedule</c>: says when the business is paid by itself. Moves no money; batches that are planned stay as they are.</summary>
internal sealed class SetPayoutSchedule : IEndpoint
{
    private const int DaysOfWeek = 7;
    private const int DaysOfMonth = 31;

    /// <param name="Interval"><c>manual</c>, <c>daily</c>, <c>weekly</c> or <c>monthly</c>.</param>
    /// <param name="Day">Weekly: 1 (Monday) to 7. Monthly: 1 to 31, the last day of shorter months. Else left out.</param>
    /// <param name="DelayDays">Days from the run to its payment, 0 to 30; 0 when it is left out.</param>
    /// <param name="Currencies">What is paid by schedule, each currency once; needed unless manual.</param>
    internal sealed record PayoutScheduleRequest(string Interval, int? Day, int? DelayDays, IReadOnlyList<PayoutTermsRequest>? Currencies);

    /// <param name="MinimumAmount">Less than this is not paid; above zero.</param>
    /// <param name="DestinationId">A bank or PayPal account among the business's funding sources.</param>
    internal sealed record PayoutTermsRequest(string Currency, string MinimumAmount, Guid DestinationId);

    public void Map(IEndpointRouteBuilder routes) => routes.MapPut("/merchants/me/payout-schedule", HandleAsync)
        .WithTags("Payouts").WithSummary("Says when a business is paid by itself").WithName("set_payout_schedule").RequireAuthorization(IdentityPolicies.User)
        .Accepts<PayoutScheduleRequest>("application/json").Produces<PayoutScheduleResponse>().Answers(ProblemCode.Forbidden, ProblemCode.NotFound);

    private static async Task<IResult> HandleAsync(HttpContext context, IPayouts payouts, WalletOptions options, CancellationToken cancellationToken)
    {
        using RequestBody body = await RequestBody.ReadAsync(context, cancellationToken);
        PayoutSchedule schedule = Read(body, options);
        if (body.Refusal() is { } refusal)
        {
            return refusal;
        }

        if (!context.TryGetPayee(null, out WalletCaller payee, out IResult? forbidden))
        {
            return forbidden!;
        }

        return await payouts.SetScheduleAsync(payee, schedule, cancellationToken) is { } set
            ? Results.Json(PayoutScheduleResponse.Of(set), JsonConventions.Options)
            : Problems.Of(ProblemCode.NotFound, "A destination_id names no bank or PayPal account of yours that can be paid in its currency.");
    }

    private static PayoutSchedule Read(RequestBody body, WalletOptions options)
    {
        PayoutInterval interval = body.Word<PayoutInterval>("interval");
        int? day = body.OptionalInteger("day", 1, interval == PayoutInterval.Weekly ? DaysOfWeek : DaysOfMonth);
        int delay = body.OptionalInteger("delay_days", 0, PayoutSchedule.DelayDaysMax) ?? 0;
        IReadOnlyList<PayoutTerms> terms = body.Objects(
            "currencies",
            PayoutSchedule.CurrenciesMax,
            item => new PayoutTerms(item.Money("minimum_amount", isSupported: asset => options.Currencies.Contains(asset.Code)), item.Uuid("destination_id")));
        if ((interval is PayoutInterval.Weekly or PayoutInterval.Monthly) != (day is not null))
        {
            body.AddError("day", "is needed for weekly and monthly, and for nothing else");
        }

        if (interval != PayoutInterval.Manual && terms.Count == 0)
        {
            body.AddError("currencies", "must have at least one");
        }

        if (terms.DistinctBy(item => item.Minimum.Asset?.Code).Count() != terms.Count)
        {
            body.AddError("currencies", "must have each currency once");
        }

        return new PayoutSchedule(interval, day, delay, [.. terms], NextRun: null);
    }
}

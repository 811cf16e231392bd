using Florin.Ledger;
using Florin.Payments;
using Florin.Server.Http;
using Florin.Wallets;

namespace Florin.Server.Endpoints.Subscriptions;

/// <param name="Amount">Of one period: a decimal string in major units, above zero.</param>
/// <param name="Interval"><c>day</c>, <c>week</c>, <c>month</c> or <c>year</c>.</param>
/// <param name="IntervalCount">1 to 366; 1 when it is left out.</param>
/// <param name="TrialDays">0 to 730; 0 when it is left out.</param>
/// <param name="Proration"><c>on</c> or <c>off</c>.</param>
internal sealed record PlanRequest(string Name, string Amount, string Currency, string Interval, int? IntervalCount, int? TrialDays, string Proration);

/// <summary>Reads the terms of a plan.</summary>
internal static class PlanBody
{
    private enum Proration
    {
        On = 1,
        Off = 2,
    }

    public static PlanTerms PlanTerms(this RequestBody body, WalletOptions wallets)
    {
        Money amount = body.Money(isSupported: asset => wallets.Currencies.Contains(asset.Code));
        if (amount.MinorUnits > Florin.Payments.PlanTerms.MinorUnitsMax)
        {
            body.AddError("amount", "is too large");
        }

        return new PlanTerms(
            body.Text("name", 1, Florin.Payments.PlanTerms.NameLengthMax),
            amount,
            body.Word<PlanInterval>("interval"),
            body.OptionalInteger("interval_count", 1, Florin.Payments.PlanTerms.IntervalCountMax) ?? 1,
            body.OptionalInteger("trial_days", 0, Florin.Payments.PlanTerms.TrialDaysMax) ?? 0,
            body.Word<Proration>("proration") == Proration.On);
    }
}

using System.Collections.Immutable;
using Florin.Identity;
using Florin.Ledger;
using Florin.Server.Http;

namespace Florin.Server.Endpoints.Ledger;

/// <summary><c>GET /ledger/trial-balance</c>: every account's balance on its side, and for each asset the sums of both sides, which are equal.</summary>
internal sealed class TrialBalance : IEndpoint
{
    /// <param name="Debit">The balance when it stands on the debit side, else zero.</param>
    /// <param name="Credit">The balance when it stands on the credit side, else zero.</param>
    internal sealed record TrialBalanceLine(string Address, string Asset, string Debit, string Credit);

    /// <param name="IsBalanced">Both sums are equal. Anything else is a defect of the ledger.</param>
    internal sealed record TrialBalanceTotal(string Asset, string Debit, string Credit, bool IsBalanced);

    /// <param name="Sequence">The ledger sequence at which all of it was true at once.</param>
    internal sealed record TrialBalanceResponse(ulong Sequence, IReadOnlyList<TrialBalanceTotal> Totals, IReadOnlyList<TrialBalanceLine> Lines);

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/ledger/trial-balance", HandleAsync)
        .WithTags("Ledger").WithSummary("Tells the trial balance").WithName("trial_balance").RequireAuthorization(Scopes.LedgerRead)
        .Produces<TrialBalanceResponse>().TakesQuery("at", LedgerMoment.Meaning);

    private static async Task<IResult> HandleAsync(HttpContext context, ILedger ledger, ILedgerHistory history, CancellationToken cancellationToken)
    {
        RequestQuery query = new(context);
        LedgerMoment? at = LedgerMoment.Of(query);
        if (query.Refusal() is { } refusal)
        {
            return refusal;
        }

        ImmutableArray<AccountBalance> balances = at is null
            ? await ledger.GetBalancesAsync("", cancellationToken)
            : await history.GetBalancesAtAsync("", await at.SequenceAsync(history, cancellationToken), cancellationToken);
        return Results.Json(Of(balances), JsonConventions.Options);
    }

    internal static TrialBalanceResponse Of(IReadOnlyCollection<AccountBalance> balances)
    {
        List<TrialBalanceLine> lines = [];
        SortedDictionary<string, (Asset Asset, UInt128 Debit, UInt128 Credit)> totals = new(StringComparer.Ordinal);
        foreach (AccountBalance balance in balances)
        {
            Asset asset = balance.Id.Asset;
            UInt128 amount = balance.Posted(out bool isNegative);
            bool isDebit = (balance.NormalSide == NormalSide.Debit) != isNegative;
            (UInt128 debit, UInt128 credit) = isDebit ? (amount, UInt128.Zero) : (UInt128.Zero, amount);
            (Asset _, UInt128 debits, UInt128 credits) = totals.GetValueOrDefault(asset.Code);
            totals[asset.Code] = (asset, debits + debit, credits + credit);
            lines.Add(new TrialBalanceLine(
                balance.Id.Address.Value, asset.Code, MoneyText.Format(debit, asset.Scale), MoneyText.Format(credit, asset.Scale)));
        }

        return new TrialBalanceResponse(
            balances.Count == 0 ? 0 : balances.Max(balance => balance.Sequence),
            [.. totals.Values.Select(total => new TrialBalanceTotal(
                total.Asset.Code, MoneyText.Format(total.Debit, total.Asset.Scale), MoneyText.Format(total.Credit, total.Asset.Scale), total.Debit == total.Credit))],
            lines);
    }
}

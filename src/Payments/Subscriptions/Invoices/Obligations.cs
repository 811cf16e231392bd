using Florin.Flows;
using Florin.Payments.Charging;

namespace Florin.Payments.Subscriptions.Invoices;

/// <summary>The obligation of an invoice, and who has paid it or may.</summary>
internal static class Obligations
{
    private const string Prefix = "invoice:";

    public static string Of(Guid invoice) => $"{Prefix}{invoice:D}";

    /// <summary>The invoice that an obligation may name.</summary>
    public static Guid? InvoiceOf(string? obligation) =>
        obligation is not null && obligation.StartsWith(Prefix, StringComparison.Ordinal) && Guid.TryParseExact(obligation.AsSpan(Prefix.Length), "D", out Guid id)
            ? id
            : null;

    /// <summary>The payment that has taken the money, else one that may; whoever began it, and with whatever key.</summary>
    public static async ValueTask<Flow?> FindPayerAsync(this IFlows flows, Guid merchant, Guid invoice, CancellationToken cancellationToken)
    {
        Flow? open = null;
        for (int attempt = 0; attempt < PaymentRivals.AttemptsMax; attempt++)
        {
            if (await flows.FindObligationHolderAsync(PaymentRivals.Name(merchant, Of(invoice), attempt), cancellationToken) is not { } holder)
            {
                return open;
            }

            Flow? payment = await flows.GetAsync(holder, cancellationToken);
            if (payment is not null && PaymentFlow.IsTaken(payment.State))
            {
                return payment;
            }

            open ??= payment is not null && !PaymentRivals.IsOver(payment) ? payment : null;
        }

        return open;
    }
}

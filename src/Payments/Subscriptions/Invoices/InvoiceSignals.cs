using System.Collections.Immutable;
using Florin.Flows;

namespace Florin.Payments.Subscriptions.Invoices;

/// <summary>What a subscription tells its invoices.</summary>
internal static class InvoiceSignals
{
    public const string Source = "subscription";

    private const string SourceChanged = "source";
    private const string Close = "close";

    /// <summary>The next attempt is made with another payment source, and at once when the invoice waits for one. Telling twice is telling once.</summary>
    /// <param name="number">Counts the changes of the source.</param>
    public static ValueTask<bool> TellSourceAsync(this IFlows flows, Guid invoice, string paymentSource, int number, CancellationToken cancellationToken) =>
        flows.SignalAsync(
            new FlowId(invoice), Source, $"{SourceChanged}:{number}", SourceChanged, FlowFacts.Write(new SourceNote(paymentSource)), cancellationToken);

    /// <summary>The subscription has ended: what is under way is waited for, and nothing more is begun.</summary>
    public static ValueTask<bool> TellCloseAsync(this IFlows flows, Guid invoice, CancellationToken cancellationToken) =>
        flows.SignalAsync(new FlowId(invoice), Source, Close, Close, "{}", cancellationToken);

    /// <summary>The facts with what was told and is not in them yet.</summary>
    public static InvoiceFacts With(this InvoiceFacts facts, ImmutableArray<FlowSignal> signals)
    {
        foreach (FlowSignal signal in signals.Where(signal => signal.Source == Source))
        {
            facts = signal.Type == Close
                ? facts with { IsClosed = true }
                : facts with { PaymentSource = FlowFacts.Read<SourceNote>(signal.Payload).PaymentSource };
        }

        return facts;
    }

    private sealed record SourceNote(string PaymentSource);
}

using System.Collections.Immutable;
using System.Diagnostics;
using Florin.Flows;
using Florin.Payments.Charging;
using Florin.Providers;

namespace Florin.Payments.Subscriptions.Invoices;

/// <summary>
/// Collects an invoice. Each attempt is an ordinary payment for the invoice's obligation, under a key that follows from invoice and attempt and is durable before
/// the payment begins; the obligation keeps every other payment off while one may have taken money, so an unknown outcome is never tried again.
/// </summary>
internal sealed class InvoiceHandler(
    IServiceProvider services, SubscriptionOptions options, PaymentOptions paymentOptions, TimeProvider timeProvider) : IFlowHandler
{
    /// <summary>The principal of payments that are begun by schedule.</summary>
    private const string Principal = "florin:subscriptions";

    /// <summary>The source of what an invoice tells its subscription.</summary>
    public const string Told = "invoice";

    // The runner is made of the handlers, which use these.
    private readonly Lazy<IFlows> _flows = new(() => services.Require<IFlows>());
    private readonly Lazy<PaymentService> _payments = new(() => services.Require<PaymentService>());

    public FlowDefinition Definition => InvoiceFlow.Definition;

    public async ValueTask<FlowDecision> DecideAsync(Flow flow, ImmutableArray<FlowSignal> signals, CancellationToken cancellationToken)
    {
        InvoiceFacts facts = InvoiceFacts.Of(flow).With(signals);
        return flow.State switch
        {
            InvoiceFlow.Open when facts.Due.MinorUnits == 0 => Pay(facts, payment: null),
            InvoiceFlow.Open => facts.IsClosed ? await LookAsync(flow, facts, cancellationToken) : Attempt(facts, InvoiceEvents.Attempt),
            InvoiceFlow.Collecting => await CollectAsync(flow, facts, cancellationToken),
            InvoiceFlow.Retrying or InvoiceFlow.AwaitingSource or InvoiceFlow.Uncollectible => await LookAsync(flow, facts, cancellationToken),
            InvoiceFlow.Paid => await RestAsync(flow, facts, cancellationToken),
            _ => throw new UnreachableException($"An invoice cannot be in state '{flow.State}'."),
        };
    }

    private static FlowDecision.Move Attempt(InvoiceFacts facts, string reason)
    {
        InvoiceFacts intent = facts with { Attempts = facts.Attempts + 1, AttemptSource = facts.PaymentSource, NextAttemptAt = null };
        return new FlowDecision.Move(InvoiceFlow.Collecting, FlowFacts.Write(intent), reason);
    }

    private async ValueTask<FlowDecision> CollectAsync(Flow flow, InvoiceFacts facts, CancellationToken cancellationToken)
    {
        PaymentOrder order = new(
            facts.Due, facts.AttemptSource!, CaptureMode.Automatic, Obligations.Of(flow.Id.Value), $"Invoice {facts.Number}");
        PaymentOutcome<Payment> outcome = await _payments.Value.PayAsync(
            new MerchantCaller(facts.MerchantId, Principal), $"{flow.Id}:{facts.Attempts}", order, TimeSpan.Zero, cancellationToken);
        switch (outcome)
        {
            case PaymentOutcome<Payment>.Done { Value.Id: var id } when await _flows.Value.GetAsync(new FlowId(id), cancellationToken) is { } payment:
                return PaymentRivals.IsOver(payment) ? Failed(facts, PaymentFacts.Of(payment).FailureCode) : After(flow, facts, payment);

            // Somebody pays it by hand, or has paid it.
            case PaymentOutcome<Payment>.Refused { Reason: PaymentRefusal.ObligationTaken, Holder: { } holder }
                when await _flows.Value.GetAsync(new FlowId(holder), cancellationToken) is { } payment:
                return After(flow, facts, payment);

            case PaymentOutcome<Payment>.InProgress:
                return Wait(flow, "the payment is in its first execution");

            default:
                return new FlowDecision.Park($"The payment of an invoice was refused: {outcome}.");
        }
    }

    private FlowDecision After(Flow flow, InvoiceFacts facts, Flow payment) => PaymentFlow.IsTaken(payment.State)
        ? Pay(facts, payment.Id.Value)
        : Wait(flow, $"payment {payment.Id} is '{payment.State}'");

    private FlowDecision.Move Failed(InvoiceFacts facts, string? code)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        DateTimeOffset first = facts.FirstFailedAt ?? now;
        InvoiceFacts failed = facts with { FirstFailedAt = first, FailureCode = code ?? FailureCodes.Declined };
        if (failed.IsClosed)
        {
            return GiveUp(failed);
        }

        if (failed.PaymentSource != failed.AttemptSource)
        {
            return Attempt(failed, InvoiceEvents.SourceChanged);
        }

        DateTimeOffset? next = Retries(first).FirstOrDefault(at => at > now);
        if (next is null)
        {
            return GiveUp(failed);
        }

        bool isHard = HardDeclines.Contains(code);
        InvoiceFacts waiting = failed with { NextAttemptAt = isHard ? null : next };
        return new FlowDecision.Move(
            isHard ? InvoiceFlow.AwaitingSource : InvoiceFlow.Retrying, FlowFacts.Write(waiting), isHard ? InvoiceEvents.HardDeclined : InvoiceEvents.Declined);
    }

    /// <summary>While no attempt of ours is under way: whether somebody has paid it, and whether it is time for the next attempt.</summary>
    private async ValueTask<FlowDecision> LookAsync(Flow flow, InvoiceFacts facts, CancellationToken cancellationToken)
    {
        if (await _flows.Value.FindPayerAsync(facts.MerchantId, flow.Id.Value, cancellationToken) is { } payment)
        {
            return flow.State == InvoiceFlow.Uncollectible && !PaymentFlow.IsTaken(payment.State)
                ? await RestAsync(flow, facts, cancellationToken)
                : After(flow, facts, payment);
        }

        if (flow.State == InvoiceFlow.Uncollectible)
        {
            return await RestAsync(flow, facts, cancellationToken);
        }

        if (facts.IsClosed)
        {
            return GiveUp(facts);
        }

        if (facts.PaymentSource != facts.AttemptSource)
        {
            return Attempt(facts, InvoiceEvents.SourceChanged);
        }

        // After a hard decline it waits as long as retries would have lasted.
        DateTimeOffset now = timeProvider.GetUtcNow();
        DateTimeOffset due = facts.NextAttemptAt ?? Retries(facts.FirstFailedAt ?? now).LastOrDefault() ?? now;
        if (now >= due)
        {
            return flow.State == InvoiceFlow.Retrying ? Attempt(facts, InvoiceEvents.Attempt) : GiveUp(facts);
        }

        await TellAsync(flow, facts, cancellationToken);
        return new FlowDecision.Wait("declined", due - now);
    }

    private IEnumerable<DateTimeOffset?> Retries(DateTimeOffset first) => options.RetryDays.Select(day => (DateTimeOffset?)first.AddDays(day));

    private static FlowDecision.Move Pay(InvoiceFacts facts, Guid? payment) =>
        new(InvoiceFlow.Paid, FlowFacts.Write(facts with { PaymentId = payment, FailureCode = null, NextAttemptAt = null }), InvoiceEvents.Paid)
        {
            Delay = TimeSpan.Zero,
        };

    private static FlowDecision.Move GiveUp(InvoiceFacts facts) =>
        new(InvoiceFlow.Uncollectible, FlowFacts.Write(facts with { NextAttemptAt = null }), InvoiceEvents.GaveUp) { Delay = TimeSpan.Zero };

    /// <summary>The payment rings when it comes to its end; the looks in between are for a ring that was lost.</summary>
    private FlowDecision.Wait Wait(Flow flow, string reason) =>
        new(reason, PollSchedule.Next(timeProvider.GetUtcNow() - flow.UpdatedAt, paymentOptions.PollFirst, paymentOptions.PollMax));

    private async ValueTask<FlowDecision> RestAsync(Flow flow, InvoiceFacts facts, CancellationToken cancellationToken)
    {
        await TellAsync(flow, facts, cancellationToken);
        return new FlowDecision.Rest("at its end");
    }

    private async ValueTask TellAsync(Flow flow, InvoiceFacts facts, CancellationToken cancellationToken) => await _flows.Value.SignalAsync(
        new FlowId(facts.SubscriptionId), Told, $"{flow.Id}:{flow.Version}", flow.State, OutsideEvidence.SignalPayload(flow.Id.ToString()), cancellationToken);
}

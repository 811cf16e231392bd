using Florin.Flows;

namespace Florin.Payments.Charging;

/// <summary>Captures and voids: brings a command to the payment's flow and waits for what becomes of it.</summary>
internal sealed class PaymentCommandService(IFlows flows, PaymentService payments, PaymentOptions options, TimeProvider timeProvider)
{
    /// <summary>How often it is looked whether a command had its effect.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(25);

    public async ValueTask<PaymentOutcome<Payment>> RunAsync(
        MerchantCaller caller, string idempotencyKey, Guid paymentId, string type, UInt128? amount, bool isFinal, CancellationToken cancellationToken)
    {
        string endpoint = $"POST /payments/{paymentId:D}/{type}";
        string? text = amount is { } units ? FlowFacts.AmountText(units) : null;
        string hash = isFinal ? RequestHash.Of(endpoint, text) : RequestHash.Of(endpoint, text, "not_final");
        PaymentCommand command = new(
            FlowId.FromIdempotencyKey(caller.Principal, endpoint, idempotencyKey).Value, hash, type, text, Outcome: null, isFinal);
        if (await payments.FindAsync(caller.MerchantId, paymentId, cancellationToken) is not { } flow)
        {
            return new PaymentOutcome<Payment>.Refused(PaymentRefusal.NotFound);
        }

        PaymentFacts facts = PaymentFacts.Of(flow);
        if (facts.Commands.FirstOrDefault(considered => considered.Id == command.Id) is { IsFree: true } unsent)
        {
            command = command with { Attempt = unsent.Attempt + 1 };
        }
        else if (facts.Commands.Length >= PaymentCommand.CountMax && Considered(flow, command) is null)
        {
            return new PaymentOutcome<Payment>.Refused(PaymentRefusal.InvalidTransition);
        }

        bool isReplayed = Considered(flow, command) is not null;

        if (!isReplayed && IsOpen(flow, type))
        {
            isReplayed = !await flows.SignalAsync(
                flow.Id, PaymentCommands.Source, PaymentCommands.SignalId(command), type, PaymentCommands.Write(command), cancellationToken);
            flow = await AwaitEffectAsync(flow, command, cancellationToken);
        }

        return Outcome(flow, command, isReplayed);
    }

    private static PaymentOutcome<Payment> Outcome(Flow flow, PaymentCommand asked, bool isReplayed)
    {
        PaymentCommand? command = Considered(flow, asked);
        if (command is null)
        {
            // It did not come to it, and will not: another command was first, or the payment is at its end (fault R-12). While an outcome is unknown it
            // waits its turn, so that it is not refused.
            return IsOpen(flow, asked.Type) ? new PaymentOutcome<Payment>.InProgress() : new PaymentOutcome<Payment>.Refused(PaymentRefusal.InvalidTransition);
        }

        return command.Hash != asked.Hash ? new PaymentOutcome<Payment>.KeyBelongsToOtherRequest() : command.Outcome switch
        {
            null => new PaymentOutcome<Payment>.Done(PaymentService.Present(flow), isReplayed),

            // What another command of the payment comes to may be open; this one is done.
            PaymentCommand.Done => new PaymentOutcome<Payment>.Done(
                PaymentService.Present(flow) with { OutcomeUnknown = flow.State == PaymentFlow.Unknown }, isReplayed),
            PaymentCommand.TooLate => new PaymentOutcome<Payment>.Refused(PaymentRefusal.InvalidTransition),
            PaymentCommand.Refused => new PaymentOutcome<Payment>.Refused(PaymentRefusal.ExceedsRest),
            FailureCodes.ProviderUnavailable => new PaymentOutcome<Payment>.Refused(PaymentRefusal.ProviderUnavailable),
            _ => new PaymentOutcome<Payment>.Refused(PaymentRefusal.ProviderDeclined),
        };
    }

    private static PaymentCommand? Considered(Flow flow, PaymentCommand command) =>
        PaymentFacts.Of(flow).Commands.FirstOrDefault(considered => considered.Id == command.Id && considered.Attempt >= command.Attempt);

    /// <summary>What is only given back takes no command any more, and what waits for its payer can be voided and not captured.</summary>
    private static bool IsOpen(Flow flow, string type) => flow.State switch
    {
        PaymentFlow.Authorized or PaymentFlow.Capturing or PaymentFlow.Voiding or PaymentFlow.Unknown => !PaymentFacts.Of(flow).IsPaidOtherwise,
        PaymentFlow.RequiresAction or PaymentFlow.Completing or PaymentFlow.Expiring or PaymentFlow.Canceling => type == PaymentCommand.VoidType,
        _ => false,
    };

    /// <summary>Waits until the command was carried out, or cannot be any more, or the patience ends.</summary>
    private async ValueTask<Flow> AwaitEffectAsync(Flow flow, PaymentCommand command, CancellationToken cancellationToken)
    {
        DateTimeOffset until = timeProvider.GetUtcNow() + options.Patience;
        Flow seen = flow;
        while (timeProvider.GetUtcNow() < until && IsOpen(seen, command.Type) && seen.State != PaymentFlow.Unknown && Considered(seen, command)?.Outcome is null)
        {
            await Task.Delay(Look, timeProvider, cancellationToken);
            seen = await flows.GetAsync(flow.Id, cancellationToken) ?? seen;
        }

        return seen;
    }
}

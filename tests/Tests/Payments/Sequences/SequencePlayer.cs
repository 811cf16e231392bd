using Florin.Tests.Faults;

namespace Florin.Tests.Payments.Sequences;

/// <summary>Plays one plan through the public API, act by act.</summary>
internal sealed class SequencePlayer(SequenceWorld world, SequencePlan plan)
{
    private readonly List<Func<Task>> _repeats = [];
    private string? _payment;

    public SequencePlan Plan => plan;

    public async Task PayAsync()
    {
        await world.SetFaultAsync(plan.Fault);
        List<Task<HttpAnswer>> payments = [.. plan.Sources.Select((source, index) => PayAsync(source.Name, $"pay-{index}", index == 0))];
        if (plan.RepeatsAtOnce)
        {
            payments.Add(PayAsync(plan.Sources[0].Name, "pay-0", isFirst: true));
        }

        HttpAnswer[] answers = await Task.WhenAll(payments);
        _repeats.Add(() => PayAsync(plan.Sources[0].Name, "pay-0", isFirst: true));
        if (plan.Obligation is not null && answers.All(answer => answer.Status != 202 && (answer.Status != 201 || answer.MovementStatus == "failed")))
        {
            // Whoever was declined tries another card, as payers do.
            answers = [.. answers, await PayAsync("pm_card_visa", "pay-again", isFirst: false)];
        }

        HttpAnswer[] accepted = [.. answers.Where(answer => answer.Status is 201 or 202)];
        _payment = (accepted.FirstOrDefault(answer => answer.MovementStatus != "failed") ?? accepted.FirstOrDefault())?.Id;
    }

    /// <summary>Captures, voids and refunds of an act.</summary>
    public async Task StepAsync(int act)
    {
        if (_payment is not { } payment)
        {
            return;
        }

        List<Task> open = [];
        foreach ((PlannedStep step, int index) in plan.Steps.Select((step, index) => (step, index)).Where(entry => entry.step.Act == act))
        {
            await world.SetFaultAsync(step.Fault);
            Func<Task> run = () => RunAsync(payment, step, $"{step.Kind}-{index}");
            open.Add(run());
            for (int repeat = 0; repeat < step.Repeats; repeat++)
            {
                (act + repeat < SequencePlan.Acts ? _repeats : null)?.Add(run);
                if (repeat > 0)
                {
                    open.Add(run());
                }
            }

            if (!step.IsAtOnce)
            {
                await Task.WhenAll(open);
            }
        }

        await Task.WhenAll(open);
    }

    /// <summary>Answers the dispute of the payment, when the provider has opened one; at PayPal somebody decides about it then.</summary>
    public async Task AnswerAsync(FlowRow dispute)
    {
        if (plan.Evidence is not { } text)
        {
            return;
        }

        bool isPayPal = dispute.Text("provider") == ProviderRecord.PayPal;
        string name = isPayPal ? "PROOF_OF_FULFILLMENT" : "uncategorized_text";
        await world.AskAsync(plan.Seed, "evidence", $"/disputes/{dispute.Id}/evidence", new { evidence = new[] { new { name, text } } }, Key("evidence"));
        if (isPayPal && text is "winning_evidence" or "losing_evidence")
        {
            await world.AdjudicateAsync(dispute.Text("dispute_id")!, isWon: text == "winning_evidence");
        }
    }

    /// <summary>Sends what was sent before once more, under the same keys.</summary>
    public async Task RepeatAsync()
    {
        foreach (Func<Task> repeat in _repeats)
        {
            await repeat();
        }
    }

    private Task<HttpAnswer> PayAsync(string source, string key, bool isFirst) => world.AskAsync(
        plan.Seed,
        "pay",
        "/payments",
        new
        {
            amount = plan.Text(plan.Units),
            currency = plan.Currency,
            payment_source = world.SourceOf(source),
            fallback_payment_source = isFirst && plan.Fallback is { } fallback ? world.SourceOf(fallback.Name) : null,
            capture = plan.IsManual ? "manual" : "automatic",
            obligation = plan.Obligation,
            description = $"sequence {plan.Seed}",
        },
        Key(key),
        plan.Units);

    private Task<HttpAnswer> RunAsync(string payment, PlannedStep step, string key)
    {
        string? amount = step.Units is { } units ? plan.Text(units) : null;
        return step.Kind switch
        {
            StepKind.Capture => world.AskAsync(
                plan.Seed, "capture", $"/payments/{payment}/capture", step.LeavesRest ? new { amount, final = false } : CaptureOf(amount), Key(key), step.Units),
            StepKind.Void => world.AskAsync(plan.Seed, "void", $"/payments/{payment}/void", new { }, Key(key)),
            StepKind.Refund => world.AskAsync(
                plan.Seed, "refund", $"/payments/{payment}/refunds", new { amount, reason = $"sequence {plan.Seed}" }, Key(key), step.Units),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private static object CaptureOf(string? amount) => amount is null ? new { } : new { amount };

    private string Key(string name) => $"{plan.Seed}-{name}";
}

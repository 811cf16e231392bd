namespace Florin.Tests.Payments.Sequences;

/// <summary>What clients were told, against the end: a promise is kept, or left by an event that has a name; and nothing is there that nobody asked for.</summary>
internal sealed class AnswerJudge(SequenceWorld world, FlowRecord flows, Findings findings)
{
    private static readonly string[] Taken = ["captured", "settled", "partially_refunded", "refunded", "disputed"];

    /// <summary>The events that may leave "failed" and "voided".</summary>
    private static readonly string[] Left = ["late_success", "late_mismatch", "paid_otherwise"];

    public void Judge()
    {
        foreach (IGrouping<string, Answer> request in world.Answers.GroupBy(answer => $"{world.MerchantOf(answer.Seed)} {answer.Path} {answer.Key}"))
        {
            Answer[] accepted = [.. request.Where(answer => answer.IsAccepted)];
            int seed = request.First().Seed;
            string[] ids = [.. accepted.Select(answer => answer.Id!).Distinct()];
            findings.Demand(ids.Length <= 1, "V5", seed, $"one key is several: {string.Join(", ", ids)}");
            findings.Demand(
                request.First().Kind is not ("pay" or "refund") || accepted.Count(answer => !answer.IsReplayed) <= 1,
                "V5", seed, $"one key was first more than once: {request.Key}");
            foreach (Answer answer in request.Where(answer => answer.Status >= 500 && answer.Code != "provider_unavailable"))
            {
                findings.Demand(false, "V5", seed, $"the server failed: {answer}");
            }
        }

        foreach (Answer answer in world.Answers.Where(answer => answer.IsAccepted))
        {
            JudgePromise(answer);
        }

        foreach (IGrouping<string?, Answer> payment in world.Answers.Where(answer => answer is { Kind: "capture", IsAccepted: true }).GroupBy(answer => answer.Id))
        {
            if (flows.Flows.TryGetValue(payment.Key!, out FlowRow? flow))
            {
                JudgeCaptures(flow, [.. payment.DistinctBy(answer => answer.Key)]);
            }
        }

        JudgeExistence("pay", FlowRecord.Payment);
        JudgeExistence("refund", FlowRecord.Refund);
    }

    private void JudgePromise(Answer answer)
    {
        if (!flows.Flows.TryGetValue(answer.Id!, out FlowRow? flow))
        {
            findings.Demand(false, "V5", answer.Seed, $"{answer} is lost");
            return;
        }

        bool isKept = answer.Kind switch
        {
            "pay" => answer.State switch
            {
                "authorized" => flow.State is "authorized" or "voided" or "mismatch" or "returned" || Taken.Contains(flow.State) || IsDenied(flow),
                "captured" or "partially_refunded" or "refunded" or "disputed" => Taken.Contains(flow.State),
                "voided" or "failed" => flow.State == answer.State || Left.Any(reason => flows.Has(flow.Id, reason)),
                _ => true,
            },
            "capture" when answer.Status == 200 => Taken.Contains(flow.State),
            "void" when answer.Status == 200 => flow.State == "voided" || flows.Has(flow.Id, "late_success") || flows.Has(flow.Id, "released"),
            "refund" => answer.State switch
            {
                "succeeded" => flow.State == "succeeded" || flows.Has(flow.Id, "late_failure"),
                "failed" => flow.State == "failed" || flows.Has(flow.Id, "late_success"),
                _ => true,
            },
            _ => true,
        };
        findings.Demand(isKept, "V6", answer.Seed, $"was told {answer}, ended as {flow}");
        bool isTooLarge = answer.Kind is "capture" or "refund" && answer.Units > SequencePlan.Draw(answer.Seed).Units;
        findings.Demand(!isTooLarge, "V11", answer.Seed, $"more than there is was accepted: {answer}");
    }

    /// <summary>What captures were told to be done, each under its key, adds up to what was captured.</summary>
    private void JudgeCaptures(FlowRow flow, Answer[] captures)
    {
        long done = captures.Where(answer => answer.Status == 200).Sum(answer => answer.Units ?? 0);
        long captured = flow.Units("captured");
        bool isAll = captures.All(answer => answer is { Status: 200, Units: not null })
            && !world.Answers.Any(answer => answer is { Kind: "capture", Code: Answer.InProgress } && answer.Path.Contains(flow.Id, StringComparison.Ordinal));
        findings.Demand(
            isAll ? done == captured : done <= captured, "V6", flows.SeedOf(flow), $"{flow}: was told that {done} was captured{(isAll ? "" : " at least")}, it is {captured}");
    }

    /// <summary>A reservation is no promise of a capture: PayPal may think about one, and deny it in the end.</summary>
    private bool IsDenied(FlowRow flow) => flow.State == "failed" && flow.Text("provider") == ProviderRecord.PayPal && flows.Has(flow.Id, "capture");

    /// <summary>Every flow was asked for, and every accepted request is a flow: of lost answers the client has asked again.</summary>
    private void JudgeExistence(string asked, string kind)
    {
        HashSet<string?> told = [.. world.Answers.Where(answer => answer.Kind == asked && answer.IsAccepted).Select(answer => answer.Id)];
        foreach (FlowRow flow in flows.Of(kind).Where(flow => !told.Contains(flow.Id)))
        {
            findings.Demand(false, "V5", flows.SeedOf(flow), $"nobody was told of {flow}");
        }
    }
}

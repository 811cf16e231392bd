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
                "authorized" => flow.State is "authorized" or "voided" or "mismatch" or "returned" || Taken.Contains(flow.State),
                "captured" or "partially_refunded" or "refunded" or "disputed" => Taken.Contains(flow.State),
                "voided" or "failed" => flow.State == answer.State || Left.Any(reason => flows.Has(flow.Id, reason)),
                _ => true,
            },
            "capture" when answer.Status == 200 => Taken.Contains(flow.State) && (answer.Units is null || answer.IsReplayed || flow.Units("captured") == answer.Units),
            "void" when answer.Status == 200 => flow.State == "voided" || flows.Has(flow.Id, "late_success"),
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

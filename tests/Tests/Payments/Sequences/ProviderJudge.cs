namespace Florin.Tests.Payments.Sequences;

/// <summary>The providers' records against flows and postings, one by one, both ways: V5, V7 and V11.</summary>
internal sealed class ProviderJudge(ProviderRecord provider, FlowRecord flows, BookRecord books, Findings findings)
{
    private static readonly string[] Taken = ["captured", "settled", "partially_refunded", "refunded", "disputed"];

    /// <summary>What was taken is nobody's: it is in suspense, or was given back at once.</summary>
    private static readonly string[] Breaks = ["mismatch", "returned"];

    private static readonly string[] Clearings = ["psp:stripe:clearing", "psp:paypal:clearing"];

    private readonly IReadOnlyDictionary<string, decimal> _refundable = books.Refundable();
    private readonly ILookup<string?, ProviderCharge> _chargesOf = provider.Charges.ToLookup(charge => charge.Reference);

    public void Judge()
    {
        foreach (ProviderCharge charge in provider.Charges)
        {
            JudgeCharge(charge);
        }

        foreach (ProviderRefund refund in provider.Refunds)
        {
            JudgeRefund(refund);
        }

        foreach (ProviderDispute dispute in provider.Disputes)
        {
            JudgeDispute(dispute);
        }

        JudgeFlows();
        JudgeObligations();
        JudgeReferences();
    }

    private void JudgeCharge(ProviderCharge charge)
    {
        if (charge.Reference is null || !flows.Flows.TryGetValue(charge.Reference, out FlowRow? flow) || flow.Kind != FlowRecord.Payment)
        {
            findings.Demand(false, "V5", 0, $"{charge} belongs to no payment");
            return;
        }

        int seed = flows.SeedOf(flow);
        ProviderRefund[] refunds = [.. provider.RefundsOf(charge)];
        ProviderDispute[] disputes = [.. provider.DisputesOf(charge)];
        long given = refunds.Where(refund => refund.IsGiven).Sum(refund => refund.Amount);
        long withheld = disputes.Sum(dispute => dispute.Withheld);
        findings.Demand(_chargesOf[charge.Reference].Count() == 1, "V5", seed, $"{flow} was charged more than once");
        findings.Demand(charge.Captured <= charge.Amount, "V11", seed, $"{charge} captured more than was authorised");
        findings.Demand(given <= charge.Captured, "V11", seed, $"{charge} gave back {given}");

        // A bank may dispute the whole of what was partly given back before, or what we had asked to be given back before we knew (R-05, R-06).
        bool isOverlap = disputes.Length > 0
            && refunds.Where(refund => refund.IsGiven).All(refund => refund.Created <= disputes.Min(dispute => dispute.Created) || IsAskedBefore(refund, flow));
        findings.Demand(given + withheld <= charge.Captured || isOverlap, "V11", seed, $"{charge} gave back {given} and lost {withheld}");

        decimal posted = books.Moved(flow.Id, charge.Clearing);
        if (flow.IsParked || Breaks.Contains(flow.State))
        {
            JudgeBreak(flow, charge, posted, given, seed);
            return;
        }

        findings.Demand(posted == charge.Captured, "V5", seed, $"{flow}: the provider captured {charge.Captured} with {charge.Id}, posted is {posted}");
        findings.Demand(
            (charge.Captured > 0) == Taken.Contains(flow.State), "V5", seed, $"{flow}, but the provider says {charge.Status} and captured {charge.Captured}");
        findings.Demand(flow.Units("captured") == charge.Captured, "V5", seed, $"{flow} says that {flow.Units("captured")} of {charge.Captured} was captured");
        findings.Demand(charge.Captured == 0 || flow.Units("amount") == charge.Amount, "V5", seed, $"{flow} ordered {flow.Units("amount")}, the provider was asked for {charge.Amount}");
        findings.Demand(charge.Captured == 0 || charge.Capturable == 0, "V5", seed, $"{charge} still holds something");
        decimal refundable = _refundable.GetValueOrDefault(flow.Id);
        long left = Math.Max(0, charge.Captured - given - withheld);
        findings.Demand(refundable == left, "V11", seed, $"{flow}: {left} is left by the provider's record, {refundable} by the books");
    }

    /// <summary>Whether a refund was on its way before we knew of any dispute of its payment.</summary>
    private bool IsAskedBefore(ProviderRefund refund, FlowRow payment)
    {
        DateTimeOffset? asked = flows.History[refund.FlowId ?? ""].LastOrDefault(entry => entry.To == "submitting")?.At;
        return asked <= flows.History[payment.Id].FirstOrDefault(entry => entry.To == "disputed")?.At;
    }

    /// <summary>One open break: nothing of it is the merchant's, and there is a reason for it in the provider's record.</summary>
    private void JudgeBreak(FlowRow flow, ProviderCharge charge, decimal posted, long given, int seed)
    {
        decimal suspended = -books.Moved(flow.Id, $"suspense:{charge.Provider}");
        bool isPaidOtherwise = flow.Text("obligation") is { } obligation
            && flows.Of(FlowRecord.Payment).Any(rival => rival.Id != flow.Id && rival.Text("obligation") == obligation && Taken.Contains(rival.State));
        findings.Demand(charge.Amount != flow.Units("amount") || isPaidOtherwise, "V5", seed, $"{flow} is open without a reason: {charge}");
        findings.Demand(posted == suspended, "V5", seed, $"{flow}: {posted} posted, {suspended} of it in suspense");
        findings.Demand(
            flow.IsParked || posted == charge.Captured - given, "V5", seed, $"{flow}: the provider captured {charge.Captured} and gave back {given}, in suspense is {suspended}");
    }

    private void JudgeRefund(ProviderRefund refund)
    {
        if (refund.Reference is { } payment && flows.Flows.TryGetValue(payment, out FlowRow? returned) && Breaks.Contains(returned.State))
        {
            // Given back without anybody's request: the payment itself says so, and is judged with its charge.
            return;
        }

        if (refund.FlowId is not { } id || !flows.Flows.TryGetValue(id, out FlowRow? flow) || flow.Kind != FlowRecord.Refund)
        {
            findings.Demand(false, "V5", 0, $"{refund} belongs to no refund of ours");
            return;
        }

        int seed = flows.SeedOf(flow);
        findings.Demand(provider.Refunds.Count(other => other.Reference == refund.Reference) == 1, "V5", seed, $"{flow} was given back more than once");
        findings.Demand(refund.Status != "pending", "V5", seed, $"{refund} has not come to its end");
        decimal posted = -books.Moved(flow.Id, refund.Clearing);
        long given = provider.Refunds.Where(part => part.FlowId == id && part.Status == "succeeded").Sum(part => part.Amount);
        string state = given == flow.Units("amount") ? "succeeded" : given == 0 ? "failed" : "partially_succeeded";
        findings.Demand(posted == given, "V5", seed, $"{flow}: the provider gave back {given}, also with {refund.Id} ({refund.Status}), posted is {posted}");
        findings.Demand(flow.State == state, "V5", seed, $"{flow}, but the provider gave back {given}, and says {refund.Status} of {refund.Id}");
        findings.Demand(
            provider.Charges.Any(charge => charge.Id == refund.ChargeId && charge.Reference == flow.Text("payment_id")),
            "V5", seed, $"{flow} gave back another payment's money: {refund}");
    }

    private void JudgeDispute(ProviderDispute dispute)
    {
        FlowRow? flow = flows.Of(FlowRecord.Dispute).SingleOrDefault(candidate => candidate.Text("dispute_id") == dispute.Id);
        if (flow is null)
        {
            findings.Demand(false, "V5", 0, $"nobody follows {dispute}");
            return;
        }

        int seed = flows.SeedOf(flow);
        decimal posted = -books.Moved(flow.Id, dispute.Clearing);
        decimal kept = books.Moved(flow.Id, "expense:psp_fees");
        findings.Demand(flow.State == dispute.State, "V5", seed, $"{flow}, but the provider says {dispute.State}");
        findings.Demand(posted == dispute.Withheld + dispute.Fees, "V5", seed, $"{flow}: {dispute}, posted is {posted}");
        findings.Demand(kept == dispute.Fees, "V5", seed, $"{flow}: {dispute}, as fees {kept} is posted");
    }

    /// <summary>The other way: what the books and flows say must be in the provider's record.</summary>
    private void JudgeFlows()
    {
        HashSet<string?> charged = [.. provider.Charges.Select(charge => charge.Reference)];
        HashSet<string?> refunded = [.. provider.Refunds.Select(refund => refund.FlowId)];
        HashSet<string?> disputed = [.. provider.Disputes.Select(dispute => dispute.Id)];
        foreach (FlowRow flow in flows.Flows.Values)
        {
            int seed = flows.SeedOf(flow);
            bool isKnown = flow.Kind switch
            {
                FlowRecord.Payment => charged.Contains(flow.Id) || flow.State == "failed",
                FlowRecord.Refund => refunded.Contains(flow.Id) || flow.State == "failed",
                FlowRecord.Dispute => disputed.Contains(flow.Text("dispute_id")),
                _ => true,
            };
            findings.Demand(isKnown, "V5", seed, $"{flow} is not in the provider's record");
            bool isOfNothing = (flow.Kind == FlowRecord.Payment && !charged.Contains(flow.Id)) || (flow.Kind == FlowRecord.Refund && !refunded.Contains(flow.Id));
            findings.Demand(!isOfNothing || Clearings.All(clearing => books.Moved(flow.Id, clearing) == 0), "V5", seed, $"{flow} posted money that the provider never moved");
        }
    }

    /// <summary>What was captured twice for one obligation is in suspense, or was given back at once.</summary>
    private void JudgeObligations()
    {
        foreach (IGrouping<(string Owner, string Obligation), FlowRow> obligation in flows.Of(FlowRecord.Payment)
            .Where(flow => flow.Text("obligation") is not null).GroupBy(flow => (flow.Owner, flow.Text("obligation")!)))
        {
            ProviderCharge[] paid = [.. provider.Charges.Where(charge =>
                charge.Captured > 0 && obligation.Any(flow => flow.Id == charge.Reference && flow.State != "mismatch" && !flow.IsParked))];
            findings.Demand(
                paid.Length <= 1, "V7", flows.SeedOf(obligation.First()), $"{obligation.Key.Obligation} was paid by {string.Join(" and ", paid.Select(charge => charge.Id))}");
        }
    }

    /// <summary>Every row of money belongs to a flow.</summary>
    private void JudgeReferences()
    {
        foreach (string reference in books.Effects.Select(effect => effect.Reference).Distinct().Where(reference => !flows.Flows.ContainsKey(reference)))
        {
            findings.Demand(false, "V5", 0, $"postings under '{reference}' belong to nobody");
        }
    }
}

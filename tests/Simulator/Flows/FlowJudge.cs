using Florin.Flows;
using Florin.Ledger;
using Florin.Simulator.Judgement;
using Florin.Simulator.Scheduling;
using Florin.Simulator.Store;

namespace Florin.Simulator.Flows;

/// <summary>Says what is wrong with flows: what was told of them, and in the end whether the provider, the flows and the ledger tell the same.</summary>
internal sealed class FlowJudge(FlowSide flows, Judge judge, Verdict verdict, Trace trace)
{
    public bool AllAreFinal => flows.Table.Rows.All(row => row.Flow.State is "succeeded" or "failed" || row.Flow.ParkedReason is not null);

    public int NextQuestion() => judge.NextQuestion();

    public void Answered(FlowQuestion question, FlowStartOutcome outcome)
    {
        (question.IsDone, question.Outcome) = (true, outcome);
        FlowRow? row = flows.Table.Find(question.Start.Id);
        trace.Note($"#{question.Number} told {outcome.GetType().Name}");
        string name = $"#{question.Number} at {question.Process.Name} was told {outcome}";
        switch (outcome)
        {
            case FlowStartOutcome.Started told:
                CheckState(name, row, told.Flow, question.Start.RequestHash);
                break;
            case FlowStartOutcome.Replayed told:
                CheckState(name, row, told.Flow, question.Start.RequestHash);
                break;
            case FlowStartOutcome.InProgress told:
                CheckState(name, row, told.Flow, question.Start.RequestHash);
                break;
            case FlowStartOutcome.RequestDiffers:
                verdict.Require(row is not null && row.Flow.RequestHash != question.Start.RequestHash, $"{name}, but the request is the same");
                break;
            case FlowStartOutcome.ObligationTaken taken:
                verdict.Require(flows.Table.HolderOf(question.Start.Obligation!) == taken.Holder && taken.Holder != question.Start.Id, $"{name}, but it is not");
                break;
            case FlowStartOutcome.Refused refused:
                verdict.Require(refused.Result.Status == TransactionStatus.ExceedsCredits || refused.Result.Status is TransactionStatus.DebitAccountNotFound or TransactionStatus.CreditAccountNotFound, $"{name}, which is no reason");
                break;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    /// <summary>At the end: every flow is final, and money moved outside exactly when it moved in the books.</summary>
    public void CheckAll(SimulatedStore store)
    {
        HashSet<TransactionId> written = [.. store.Batches.SelectMany(stored => stored.Batch.Transfers).Select(row => row.TransactionId)];
        foreach (FlowRow row in flows.Table.Rows)
        {
            Flow flow = row.Flow;
            string name = $"{flow.Kind} {flow.Id} in state {flow.State}";
            verdict.Require(flow.ParkedReason is null, $"{name} is parked: {flow.ParkedReason}");
            verdict.Require(row.History.Select(entry => entry.Version).SequenceEqual(Enumerable.Range(1, flow.Version)), $"{name} has gaps in its history");
            ProviderCharge? charge = flows.Provider.Charges.GetValueOrDefault(PaymentHandler.Key(flow.Id));
            verdict.Require(charge?.Status(TimeSpan.MaxValue) == flow.State, $"{name}: the provider says {charge?.Status(TimeSpan.MaxValue) ?? "nothing"}");
            bool succeeded = flow.State == "succeeded";
            Check(written, flow, name, "credit", flow.Kind == PaymentHandler.In && succeeded);
            Check(written, flow, name, "hold", flow.Kind == PaymentHandler.Out);
            Check(written, flow, name, "post", flow.Kind == PaymentHandler.Out && succeeded);
            Check(written, flow, name, "void", flow.Kind == PaymentHandler.Out && !succeeded);
        }

        foreach (ProviderCharge charge in flows.Provider.Charges.Values)
        {
            verdict.Require(flows.Table.Find(charge.Flow) is not null, $"the provider moved money for the flow {charge.Flow}, which does not exist");
        }
    }

    private void Check(HashSet<TransactionId> written, Flow flow, string name, string step, bool isWanted) =>
        verdict.Require(written.Contains(FlowTransactions.IdOf(flow.Id, step)) == isWanted, $"{name}: its posting '{step}' is {(isWanted ? "not " : "")}in the ledger");

    private void CheckState(string name, FlowRow? row, Flow told, string requestHash)
    {
        bool isThere = row is not null && row.History.Exists(entry => entry.Version == told.Version && entry.To == told.State);
        verdict.Require(isThere, $"{name}, which is not durable");
        verdict.Require(told.RequestHash == requestHash, $"{name} for another request");
    }
}

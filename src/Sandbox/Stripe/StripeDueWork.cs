using System.Diagnostics;
using Florin.Sandbox.State;

namespace Florin.Sandbox.Stripe;

/// <summary>Does what falls due in Stripe's world.</summary>
internal static class StripeDueWork
{
    public static void Run(StripeSession session, StoredObject due)
    {
        var target = due.Body.Text("target")!;
        switch (due.Body.Text("kind"))
        {
            case BankDebits.Ends:
                BankDebits.End(session, target);
                break;
            case PayoutProgress.GoesInTransit:
                PayoutProgress.GoInTransit(session, target);
                break;
            case PayoutProgress.Arrives:
                PayoutProgress.Arrive(session, target);
                break;
            case PayoutProgress.Returns:
                PayoutProgress.Return(session, target);
                break;
            case Refunds.Ends:
                Refunds.End(session, target);
                break;
            case Disputes.Opens:
                Disputes.Open(session, target);
                break;
            case DisputeAnswers.Decides:
                DisputeAnswers.Decide(session, target);
                break;
            case PaymentIntentEnd.AuthorizationExpires:
                PaymentIntentEnd.Expire(session, target);
                break;
            case BalanceTransactions.BecomesAvailable:
                BalanceTransactions.MakeAvailable(session, target);
                break;
            case Webhooks.Delivery.Attempt:
                Webhooks.Delivery.Renew(session.Unit, target);
                break;
            case var other:
                throw new UnreachableException($"Nobody knows the work {other}.");
        }
    }
}

using System.Diagnostics;
using Florin.Sandbox.State;

namespace Florin.Sandbox.PayPal;

/// <summary>Does what falls due in PayPal's world.</summary>
internal static class PayPalDueWork
{
    public static void Run(PayPalSession session, StoredObject due)
    {
        var target = due.Body.Text("target")!;
        switch (due.Body.Text("kind"))
        {
            case Captures.Ends:
                Captures.End(session, target);
                break;
            case Captures.IsReversed:
                Captures.Reverse(session, target);
                break;
            case Authorizations.Expires:
                Authorizations.Expire(session, target);
                break;
            case Refunds.Ends:
                Refunds.End(session, target);
                break;
            case Disputes.Opens:
                Disputes.Open(session, target);
                break;
            case Disputes.TimeIsUp:
                Disputes.EndUnanswered(session, target);
                break;
            case PayoutProgress.Starts:
                PayoutProgress.Start(session, target);
                break;
            case PayoutProgress.Arrives:
                PayoutProgress.Arrive(session, target);
                break;
            case PayoutProgress.ComesBack:
                PayoutProgress.ComeBack(session, target);
                break;
            case Webhooks.Delivery.Attempt:
                Webhooks.Delivery.Renew(session.Unit, target);
                break;
            case var other:
                throw new UnreachableException($"Nobody knows the work {other}.");
        }
    }
}
